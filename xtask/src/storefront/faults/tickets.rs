//! Runs without a ticket, and a ticket without a run.

use super::{Fault, changes, claims};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "command-without-change",
        cloud: "aws",
        about: "a patch command that no change record announces",
        findings: &[("patch-without-change", "sf-web-se-1", "fail")],
        apply: |e| claims::sent(e, "sf-web-se-1", 4, "2026-11-20", "Success"),
    },
    Fault {
        id: "installation-without-change",
        cloud: "azure",
        about: "an installation run that no change record announces",
        findings: &[("patch-without-change", "sf-az-2", "fail")],
        apply: |e| {
            e.installations.push(claims::installation("sf-az-2", "d", "2026-11-20", |_| {}));
            Ok(())
        },
    },
    Fault {
        id: "change-without-run",
        cloud: "changes",
        about: "a change that was closed as successful, on a day on which nothing ran on its machine",
        findings: &[("patch-without-change", "CHG0042008", "fail")],
        apply: |e| {
            e.changes.push(changes::on("2026-11-20", "CHG0042008", "sf-search-se-3"));
            Ok(())
        },
    },
];
