//! Whether lists of hosts were read, and how long ago.

use super::Context;
use crate::op;
use crate::policy::Seconds;
use crate::reading::Gap;
use jiff::Timestamp;

impl Context<'_> {
    /// A list of hosts, of any cloud, that was not read completely: what is on no list may be on that one.
    pub fn listing_gap(&self) -> Option<&Gap> {
        let lists = [op::EC2_INSTANCES, op::AGENTS, op::AZURE_RESOURCES];
        self.gaps.values().flatten().find(|gap| lists.contains(&&*gap.operation))
    }

    /// How long ago, in seconds.
    pub fn age(&self, time: Timestamp) -> Seconds {
        self.as_of.as_second() - time.as_second()
    }
}
