//! The hosts of an exposure.

use crate::exchange::Evidence;
use crate::fact::PatchPresence;
use std::sync::Arc;

/// A host that lacks the fix.
#[derive(Clone, Debug)]
pub struct Member {
    /// Host's short key.
    pub host: Arc<str>,
    /// State of the fix there.
    pub presence: PatchPresence,
    /// A vulnerability scanner saw it, at some time since the exposure began there.
    pub by_scanner: bool,
    /// Where it is said.
    pub evidence: Evidence,
}

/// Hosts that lack a fix, sorted by key. Most often there is one, which needs no memory of its own.
#[derive(Clone, Debug)]
pub struct Members(Hosts);

#[derive(Clone, Debug)]
enum Hosts {
    One(Member),
    Several(Vec<Member>),
}

impl std::ops::Deref for Members {
    type Target = [Member];

    fn deref(&self) -> &[Member] {
        match &self.0 {
            Hosts::One(member) => std::slice::from_ref(member),
            Hosts::Several(members) => members,
        }
    }
}

impl Members {
    pub(super) fn none() -> Members {
        Members(Hosts::Several(Vec::new()))
    }

    /// Takes a host in, or what is said of it now.
    pub(super) fn put(&mut self, member: Member) {
        match &mut self.0 {
            Hosts::Several(members) if members.is_empty() => self.0 = Hosts::One(member),
            Hosts::Several(members) => match members.binary_search_by(|known| known.host.cmp(&member.host)) {
                Ok(at) => members[at].put(member),
                Err(at) => members.insert(at, member),
            },
            Hosts::One(known) if known.host == member.host => known.put(member),
            Hosts::One(known) => {
                let mut both = vec![known.clone(), member];
                both.sort_by(|one, other| one.host.cmp(&other.host));
                self.0 = Hosts::Several(both);
            }
        }
    }

    /// Whether the host was one of them.
    pub(super) fn remove(&mut self, host: &str) -> bool {
        let Ok(at) = self.binary_search_by(|member| (*member.host).cmp(host)) else { return false };
        match &mut self.0 {
            Hosts::One(_) => *self = Members::none(),
            Hosts::Several(members) => drop(members.remove(at)),
        }
        true
    }
}

impl Member {
    /// Two rows of one line on one host: the earlier state in the enumeration is the worse one.
    fn put(&mut self, other: Member) {
        let by_scanner = self.by_scanner || other.by_scanner;
        if other.presence <= self.presence || self.evidence.exchange != other.evidence.exchange {
            *self = other;
        }
        self.by_scanner = by_scanner;
    }
}

crate::carry::carried_struct! {
    Member { host, presence, by_scanner, evidence }
}

impl crate::carry::Carry for Members {
    fn put(&self, out: &mut crate::carry::Out<'_>) {
        crate::carry::put_all(self, out);
    }
    fn take(from: &mut crate::carry::In<'_>) -> Option<Self> {
        let mut members = Vec::take(from)?;
        Some(Members(match (members.len(), members.pop()) {
            (1, Some(one)) => Hosts::One(one),
            (_, last) => Hosts::Several(members.into_iter().chain(last).collect()),
        }))
    }
}
