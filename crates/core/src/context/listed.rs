//! Whether lists of hosts were read.

use super::Context;
use crate::op;
use crate::reading::Gap;

impl Context<'_> {
    /// A list of hosts, of any cloud, that was not read completely: what is on no list may be on that one.
    pub fn listing_gap(&self) -> Option<&Gap> {
        let lists = [op::EC2_INSTANCES, op::AGENTS, op::AZURE_RESOURCES];
        self.gaps.values().flatten().find(|gap| lists.contains(&&*gap.operation))
    }
}
