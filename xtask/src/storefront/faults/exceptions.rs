//! Exceptions that hold, and those that do not. Each covers what a baseline of its own rejects.

use super::{Fault, baseline};
use crate::storefront::exceptions::{CREATED, Covers, EXPIRES, Exception};
use crate::storefront::{Done, Estate};
use serde_json::json;

const LEAD: &[&str] = &["sf-team-lead"];

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "excepted-baseline",
        cloud: "governance",
        about: "a baseline that rejects drivers, under an exception that holds",
        findings: &[("baseline-rejects-patches", "sf-rejects-20", "fail")],
        apply: |e| except(e, "sf-ex-holds", 20, LEAD, |text| text),
    },
    Fault {
        id: "expired-exception",
        cloud: "governance",
        about: "an exception that ended four days ago, and the baseline still rejects",
        findings: &[
            ("baseline-rejects-patches", "sf-rejects-21", "fail"),
            ("exception-expired", "sf-ex-expired", "fail"),
        ],
        apply: |e| except(e, "sf-ex-expired", 21, LEAD, |text| text.replace(EXPIRES, "2026-11-20T00:00:00Z")),
    },
    Fault {
        id: "unapproved-exception",
        cloud: "governance",
        about: "an exception that nobody signed",
        findings: &[
            ("baseline-rejects-patches", "sf-rejects-22", "fail"),
            ("exception-unapproved", "sf-ex-draft", "fail"),
        ],
        apply: |e| except(e, "sf-ex-draft", 22, &[], |text| text),
    },
    Fault {
        id: "self-approved-exception",
        cloud: "governance",
        about: "an exception that its requester approved under another id",
        findings: &[
            ("baseline-rejects-patches", "sf-rejects-23", "fail"),
            ("exception-self-approved", "sf-ex-own", "fail"),
            ("exception-unapproved", "sf-ex-own", "fail"),
        ],
        apply: |e| {
            except(e, "sf-ex-own", 23, LEAD, |text| {
                // The renamed example has the same people under other names.
                text.replace("-web-engineer\"", "-team-deputy\"")
            })
        },
    },
    Fault {
        id: "retroactive-exception",
        cloud: "governance",
        about: "an exception that was to hold from the first of the month, and was signed on the tenth",
        findings: &[
            ("baseline-rejects-patches", "sf-rejects-24", "fail"),
            ("exception-retroactive", "sf-ex-late", "fail"),
        ],
        apply: |e| {
            except(e, "sf-ex-late", 24, LEAD, |text| {
                text.replace("expires =", "start = \"2026-11-01T00:00:00Z\"\nexpires =")
            })
        },
    },
    Fault {
        id: "long-exception",
        cloud: "governance",
        about: "an exception for a year where half a year is allowed",
        findings: &[
            ("baseline-rejects-patches", "sf-rejects-25", "fail"),
            ("exception-too-long", "sf-ex-year", "fail"),
        ],
        apply: |e| except(e, "sf-ex-year", 25, LEAD, |text| text.replace(EXPIRES, "2027-11-10T09:00:00Z")),
    },
    Fault {
        id: "renewed-exception",
        cloud: "governance",
        about: "an exception that was extended for the fifth time",
        findings: &[
            ("baseline-rejects-patches", "sf-rejects-26", "fail"),
            ("exception-over-renewed", "sf-ex-again", "fail"),
        ],
        apply: |e| except(e, "sf-ex-again", 26, LEAD, |text| text.replace("renewals = 0", "renewals = 5")),
    },
    Fault {
        id: "widened-exception",
        cloud: "governance",
        about: "an exception whose members are others than it was written with",
        findings: &[
            ("baseline-rejects-patches", "sf-rejects-27", "fail"),
            ("exception-scope-grown", "sf-ex-wider", "fail"),
        ],
        apply: |e| {
            except(e, "sf-ex-wider", 27, LEAD, |text| {
                text.replace("exploited = false", "exploited = false\nfix_lines = [\"openssl-libs\"]")
            })
        },
    },
    Fault {
        id: "invalidated-exception",
        cloud: "governance",
        about: "an exception whose plan missed its milestone",
        findings: &[
            ("baseline-rejects-patches", "sf-rejects-28", "fail"),
            ("exception-invalidated", "sf-ex-plan", "fail"),
        ],
        apply: |e| {
            except(e, "sf-ex-plan", 28, LEAD, |text| {
                text + "\n[[milestones]]\nwhat = \"drivers from the vendor's channel\"\ndue = \"2026-11-20T00:00:00Z\"\n"
            })
        },
    },
    Fault {
        id: "unused-exception",
        cloud: "governance",
        about: "an exception for a baseline that rejects nothing any more",
        findings: &[("exception-unused", "sf-ex-idle", "fail")],
        apply: |e| {
            baseline(e, "sf-rejects-29", 29, |_| {})?;
            file(e, "sf-ex-idle", 29, LEAD, |text| text);
            Ok(())
        },
    },
    Fault {
        id: "untested-control",
        cloud: "governance",
        about: "an exception whose compensating control was tested last in October",
        findings: &[
            ("baseline-rejects-patches", "sf-rejects-30", "fail"),
            ("compensating-control-stale", "sf-ex-untested", "fail"),
            ("exception-invalidated", "sf-ex-untested", "fail"),
        ],
        apply: |e| except(e, "sf-ex-untested", 30, LEAD, |text| text + &control("2026-10-05T08:00:00Z", "passed")),
    },
    Fault {
        id: "failed-control",
        cloud: "governance",
        about: "an exception whose compensating control failed its last test",
        findings: &[
            ("baseline-rejects-patches", "sf-rejects-31", "fail"),
            ("compensating-control-failed", "sf-ex-failed", "fail"),
            ("exception-invalidated", "sf-ex-failed", "fail"),
        ],
        apply: |e| except(e, "sf-ex-failed", 31, LEAD, |text| text + &control("2026-11-23T08:00:00Z", "failed")),
    },
];

/// A baseline of its own that rejects drivers, and an exception for it.
pub(super) fn except(
    estate: &mut Estate,
    id: &'static str,
    number: u32,
    approvers: &'static [&'static str],
    change: fn(String) -> String,
) -> Done {
    baseline(estate, &format!("sf-rejects-{number}"), number, |one| one["RejectedPatches"] = json!(["nvidia-*"]))?;
    file(estate, id, number, approvers, change);
    Ok(())
}

fn file(
    estate: &mut Estate,
    id: &'static str,
    number: u32,
    approvers: &'static [&'static str],
    change: fn(String) -> String,
) {
    estate.exceptions.push(Exception {
        id: id.to_owned(),
        covers: Covers::Rejects(format!("pb-0200000000000000{number}")),
        approvers: approvers.iter().map(|&id| id.to_owned()).collect(),
        justification: "the graphics drivers come from the vendor until the peak is over".to_owned(),
        created: CREATED.to_owned(),
        expires: EXPIRES.to_owned(),
        change,
    });
}

fn control(at: &str, result: &str) -> String {
    format!(
        "\n[[compensating_controls]]\nid = \"gateway-filter\"\ndescription = \"the gateway lets nothing through to it\"\n\
         cadence = \"7d\"\n\n[[compensating_controls.tests]]\nat = \"{at}\"\nresult = \"{result}\"\n"
    )
}
