//! Changes that were made without care.

use super::Fault;
use crate::storefront::{Done, Estate};
use serde_json::{Value, json};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "approved-afterwards",
        cloud: "changes",
        about: "a patch change that was approved four hours after the deployment",
        findings: &[("change-unapproved", "CHG0042001", "fail")],
        apply: |e| ticket(e, "CHG0042001", "sf-web-pe-6", |t| t["approval_set"] = "2026-11-18 06:00:00".into()),
    },
    Fault {
        id: "approved-by-oneself",
        cloud: "changes",
        about: "a patch change whose requester approved it with an administrator's account",
        findings: &[("change-self-approved", "CHG0042002", "fail")],
        apply: |e| ticket(e, "CHG0042002", "sf-cart-pe-7", |t| t["u_approved_by"] = "adm-platform-1".into()),
    },
    Fault {
        id: "emergency-unreviewed",
        cloud: "changes",
        about: "an emergency change that nobody has reviewed for six days",
        findings: &[("emergency-change-unreviewed", "CHG0042003", "fail")],
        apply: |e| {
            ticket(e, "CHG0042003", "sf-search-pe-13", |t| {
                t["type"] = "emergency".into();
                t["review_date"] = "".into();
            })
        },
    },
    Fault {
        id: "tested-by-customers",
        cloud: "changes",
        about: "a production patch without a test deployment before",
        findings: &[("change-untested", "CHG0042004", "fail")],
        apply: |e| {
            ticket(e, "CHG0042004", "sf-loyalty-pe-10", |t| {
                t["u_test_environment"] = "".into();
                t["u_tested_at"] = "".into();
            })
        },
    },
    Fault {
        id: "backup-of-last-month",
        cloud: "changes",
        about: "a database patched with a backup that was a month old",
        findings: &[("backup-stale-before-patch", "CHG0042005", "fail")],
        apply: |e| ticket(e, "CHG0042005", "sf-orders-db-pe-9", |t| t["u_backup_at"] = "2026-10-18 01:00:00".into()),
    },
    Fault {
        id: "unknown-machine",
        cloud: "changes",
        about: "a change for a machine that no list has",
        findings: &[
            ("backup-stale-before-patch", "CHG0042006", "unknown"),
            ("change-unapproved", "CHG0042006", "unknown"),
            ("change-untested", "CHG0042006", "unknown"),
            ("patch-without-change", "CHG0042006", "unknown"),
        ],
        apply: |e| ticket(e, "CHG0042006", "sf-orders-db-pe-99", |_| {}),
    },
    Fault {
        id: "deployed-next-year",
        cloud: "changes",
        about: "a change that says it was deployed next year",
        findings: &[
            ("backup-stale-before-patch", "CHG0042007", "unknown"),
            ("change-self-approved", "CHG0042007", "unknown"),
            ("change-unapproved", "CHG0042007", "unknown"),
            ("change-untested", "CHG0042007", "unknown"),
            ("emergency-change-unreviewed", "CHG0042007", "unknown"),
            ("patch-without-change", "CHG0042007", "unknown"),
        ],
        apply: |e| ticket(e, "CHG0042007", "sf-web-pe-11", |t| t["work_start"] = "2027-11-18 02:00:00".into()),
    },
];

/// A further change that is as it should be but for one thing.
fn ticket(estate: &mut Estate, number: &str, host: &str, change: fn(&mut Value)) -> Done {
    let mut ticket = healthy(number, host);
    change(&mut ticket);
    estate.changes.push(ticket);
    Ok(())
}

/// A patch change in the shape of ServiceNow's Table API, with the fields that the example's policy maps.
pub(in crate::storefront) fn healthy(number: &str, host: &str) -> Value {
    json!({"number": number, "type": "normal", "short_description": "November patches", "category": "Patching",
        "requested_by": "platform-engineer", "approval": "approved", "approval_set": "2026-11-16 10:00:00",
        "u_approved_by": "change-manager", "assigned_to": "release-engineer", "start_date": "2026-11-18 02:00:00",
        "end_date": "2026-11-18 06:00:00", "work_start": "2026-11-18 02:00:00", "closed_at": "2026-11-18 04:00:00",
        "close_code": "successful", "state": "3", "cmdb_ci": host, "u_test_environment": "staging",
        "u_tested_at": "2026-11-17 02:00:00", "review_date": "2026-11-19 09:00:00", "u_backup_at": "2026-11-18 01:00:00"})
}

/// The standing change for what runs every week.
pub(in crate::storefront) fn weekly(number: &str, schedule: &str) -> Value {
    let mut ticket = healthy(number, schedule);
    ticket["type"] = "standard".into();
    ticket["short_description"] = "Weekly patches".into();
    ticket
}

/// The change for a run at two in the morning of another day.
pub(in crate::storefront) fn on(day: &str, number: &str, host: &str) -> Value {
    let mut ticket = healthy(number, host);
    for (member, hour) in
        [("start_date", "02"), ("work_start", "02"), ("end_date", "06"), ("closed_at", "04"), ("u_backup_at", "01")]
    {
        ticket[member] = format!("{day} {hour}:00:00").into();
    }
    ticket
}
