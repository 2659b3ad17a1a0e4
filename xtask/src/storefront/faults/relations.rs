//! What only a vendor's feed tells of a missing fix, and such a feed that is too old.

use super::Fault;
use crate::storefront::azure::{VM, missing, vm_id, windows};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "exploited-vm",
        cloud: "azure",
        about: "a Windows update without CVEs, of which Microsoft's feed says that it removes a weakness listed as exploited",
        findings: &[("exploited-unpatched", "sf-az-26", "fail")],
        apply: |e| {
            windows(e, "sf-az-26")?;
            let title = "2026-11 Cumulative Update for Microsoft server operating system version 21H2 for x64-based Systems (KB5088888)";
            e.assessment("sf-az-26")?["properties"]["availablePatchCountByClassification"]["security"] = 1.into();
            let mut row = missing(e.day, &vm_id("sf-az-26"), VM, title, Some("2026-11-10T00:00:00Z"), Some("5088888"));
            // Of a severity whose deadline is far: nothing but the feed makes it urgent.
            row["properties"]["msrcSeverity"] = "Moderate".into();
            e.assessments.push(row);
            e.exploited.push(("CVE-2026-90051".into(), "2026-11-18".into()));
            Ok(())
        },
    },
    Fault {
        id: "stale-relations",
        cloud: "feeds",
        about: "a list of Amazon Linux's advisories from October",
        findings: &[("feed-stale", "amazon", "fail")],
        apply: |e| {
            e.relations.amazon = "2026-10-02".into();
            Ok(())
        },
    },
];
