//! Exceptions that hold, and those that do not. Each covers that a host of its own has no owner.

use super::Fault;
use crate::storefront::exceptions::{EXPIRES, Exception};
use crate::storefront::{Done, Estate, PLATFORM};

const LEAD: &[&str] = &["sf-team-lead"];

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "excepted-host",
        cloud: "governance",
        about: "a host without an owner, under an exception that holds",
        findings: &[("asset-unowned", "sf-cart-pu-12", "fail")],
        apply: |e| except(e, "sf-ex-holds", "sf-cart-pu-12", LEAD, |text| text),
    },
    Fault {
        id: "expired-exception",
        cloud: "governance",
        about: "an exception that ended four days ago, and the host still has no owner",
        findings: &[("asset-unowned", "sf-search-pu-13", "fail"), ("exception-expired", "sf-ex-expired", "fail")],
        apply: |e| {
            except(e, "sf-ex-expired", "sf-search-pu-13", LEAD, |text| text.replace(EXPIRES, "2026-11-20T00:00:00Z"))
        },
    },
    Fault {
        id: "unapproved-exception",
        cloud: "governance",
        about: "an exception that nobody signed",
        findings: &[("asset-unowned", "sf-orders-db-pu-14", "fail"), ("exception-unapproved", "sf-ex-draft", "fail")],
        apply: |e| except(e, "sf-ex-draft", "sf-orders-db-pu-14", &[], |text| text),
    },
    Fault {
        id: "self-approved-exception",
        cloud: "governance",
        about: "an exception that its requester approved under another id",
        findings: &[
            ("asset-unowned", "sf-loyalty-pu-15", "fail"),
            ("exception-self-approved", "sf-ex-own", "fail"),
            ("exception-unapproved", "sf-ex-own", "fail"),
        ],
        apply: |e| {
            except(e, "sf-ex-own", "sf-loyalty-pu-15", LEAD, |text| {
                // The renamed example has the same people under other names.
                text.replace("-web-engineer\"", "-team-deputy\"")
            })
        },
    },
    Fault {
        id: "retroactive-exception",
        cloud: "governance",
        about: "an exception that was to hold from the first of the month, and was signed on the tenth",
        findings: &[("asset-unowned", "sf-web-pu-16", "fail"), ("exception-retroactive", "sf-ex-late", "fail")],
        apply: |e| {
            except(e, "sf-ex-late", "sf-web-pu-16", LEAD, |text| {
                text.replace("expires =", "start = \"2026-11-01T00:00:00Z\"\nexpires =")
            })
        },
    },
    Fault {
        id: "long-exception",
        cloud: "governance",
        about: "an exception for a year where half a year is allowed",
        findings: &[("asset-unowned", "sf-cart-pu-17", "fail"), ("exception-too-long", "sf-ex-year", "fail")],
        apply: |e| except(e, "sf-ex-year", "sf-cart-pu-17", LEAD, |text| text.replace(EXPIRES, "2027-11-10T09:00:00Z")),
    },
    Fault {
        id: "renewed-exception",
        cloud: "governance",
        about: "an exception that was extended for the fifth time",
        findings: &[("asset-unowned", "sf-search-pu-18", "fail"), ("exception-over-renewed", "sf-ex-again", "fail")],
        apply: |e| {
            except(e, "sf-ex-again", "sf-search-pu-18", LEAD, |text| text.replace("renewals = 0", "renewals = 5"))
        },
    },
    Fault {
        id: "widened-exception",
        cloud: "governance",
        about: "an exception whose members are others than it was written with",
        findings: &[("asset-unowned", "sf-orders-db-pu-19", "fail"), ("exception-scope-grown", "sf-ex-wider", "fail")],
        apply: |e| {
            except(e, "sf-ex-wider", "sf-orders-db-pu-19", LEAD, |text| {
                text.replace("exploited = false", "exploited = false\nfix_lines = [\"openssl-libs\"]")
            })
        },
    },
    Fault {
        id: "invalidated-exception",
        cloud: "governance",
        about: "an exception for a test machine that is production now",
        findings: &[("asset-unowned", "sf-loyalty-pu-20", "fail"), ("exception-invalidated", "sf-ex-test", "fail")],
        apply: |e| {
            except(e, "sf-ex-test", "sf-loyalty-pu-20", LEAD, |text| {
                rehash(text.replace("production = true", "production = false"))
            })
        },
    },
    Fault {
        id: "unused-exception",
        cloud: "governance",
        about: "an exception for a host that has its owner",
        findings: &[("exception-unused", "sf-ex-idle", "fail")],
        apply: |e| file(e, "sf-ex-idle", "sf-cart-pe-12", LEAD, |text| text),
    },
    Fault {
        id: "untested-control",
        cloud: "governance",
        about: "an exception whose compensating control was tested last in October",
        findings: &[
            ("asset-unowned", "sf-search-pe-13", "fail"),
            ("compensating-control-stale", "sf-ex-untested", "fail"),
            ("exception-invalidated", "sf-ex-untested", "fail"),
        ],
        apply: |e| {
            except(e, "sf-ex-untested", "sf-search-pe-13", LEAD, |text| {
                text + &control("2026-10-05T08:00:00Z", "passed")
            })
        },
    },
    Fault {
        id: "failed-control",
        cloud: "governance",
        about: "an exception whose compensating control failed its last test",
        findings: &[
            ("asset-unowned", "sf-orders-db-pe-14", "fail"),
            ("compensating-control-failed", "sf-ex-failed", "fail"),
            ("exception-invalidated", "sf-ex-failed", "fail"),
        ],
        apply: |e| {
            except(e, "sf-ex-failed", "sf-orders-db-pe-14", LEAD, |text| {
                text + &control("2026-11-23T08:00:00Z", "failed")
            })
        },
    },
];

/// Takes the owner from a host, and excepts that it has none.
fn except(
    estate: &mut Estate,
    id: &'static str,
    host: &str,
    approvers: &'static [&'static str],
    change: fn(String) -> String,
) -> Done {
    if let Some(instance) = &mut estate.host(host)?.instance
        && let Some(tags) = instance["Tags"].as_array_mut()
    {
        tags.retain(|tag| tag["Key"] != "owner");
    }
    file(estate, id, host, approvers, change)
}

fn file(
    estate: &mut Estate,
    id: &'static str,
    host: &str,
    approvers: &'static [&'static str],
    change: fn(String) -> String,
) -> Done {
    let region = if host.contains("-pe-") { "eu-west-1" } else { "us-east-1" };
    let host = estate.host(host)?.id.clone();
    estate.exceptions.push(Exception { id, place: (PLATFORM, region), host, rule: "asset-unowned", approvers, change });
    Ok(())
}

/// The digest of the members as they are.
fn rehash(text: String) -> String {
    let Ok(record) = patchseal::config::exception::parse(&text, "") else { return text };
    text.replace(&record.members_stated.to_string(), &record.members_found.to_string())
}

fn control(at: &str, result: &str) -> String {
    format!(
        "\n[[compensating_controls]]\nid = \"gateway-filter\"\ndescription = \"the gateway lets nothing through to it\"\n\
         cadence = \"7d\"\n\n[[compensating_controls.tests]]\nat = \"{at}\"\nresult = \"{result}\"\n"
    )
}
