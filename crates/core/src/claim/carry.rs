//! How claims are carried.

use super::{About, Claim, ClaimSource, Left, Progress, Reach, Record, Told};
use crate::carry::{Carry, In, Out, carried_struct, carried_words};
use std::sync::Arc;

carried_words! {
    ClaimSource {
        Command, InstallReport, MaintenanceWindow, Association, AzureInstallation, AzureMaintenance, ImageRollout,
    }
    Progress { Open, Unclear, Reboot, Verified, Contradicted, Regressed, Retired }
}

carried_struct! {
    Record { source, id, scope, title }
    Left { failed, not_done, window_exceeded }
    Reach { hosts, verified, contradicted, awaiting_reboot, unclear, unseen }
    Claim {
        record, about, lineage, told, leaves_out, fixes, reach, method, against, against_hosts, evidence, witness, progress,
        claimed, deployed, settled, resolved,
    }
}

impl Carry for Told {
    fn put(&self, out: &mut Out<'_>) {
        let (word, left) = match self {
            Told::Running => (0u8, None),
            Told::Done => (1, None),
            Told::AwaitsReboot => (2, None),
            Told::Partly(left) => (3, Some(left)),
            Told::Failed => (4, None),
        };
        word.put(out);
        if let Some(left) = left {
            left.put(out);
        }
    }
    fn take(from: &mut In<'_>) -> Option<Self> {
        Some(match u8::take(from)? {
            0 => Told::Running,
            1 => Told::Done,
            2 => Told::AwaitsReboot,
            3 => Told::Partly(Left::take(from)?),
            4 => Told::Failed,
            _ => return None,
        })
    }
}

impl Carry for About {
    fn put(&self, out: &mut Out<'_>) {
        match self {
            About::Host(key) => (0u8, key.clone()).put(out),
            About::Schedule(key) => (1u8, key.clone()).put(out),
            About::Group => 2u8.put(out),
        }
    }
    fn take(from: &mut In<'_>) -> Option<Self> {
        Some(match u8::take(from)? {
            0 => About::Host(Arc::take(from)?),
            1 => About::Schedule(Arc::take(from)?),
            2 => About::Group,
            _ => return None,
        })
    }
}
