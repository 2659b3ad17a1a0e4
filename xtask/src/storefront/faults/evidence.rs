//! Holes in the record itself.

use super::{Fault, state};
use crate::storefront::PLATFORM;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "evidence-gap",
        cloud: "aws",
        about: "a region that nobody observed for five days",
        findings: &[("evidence-gap", "aws 444455556666/us-east-1", "fail")],
        apply: |e| {
            e.early.places.push((PLATFORM, "us-east-1"));
            Ok(())
        },
    },
    Fault {
        id: "stale-catalogue",
        cloud: "feeds",
        about: "a catalogue of exploited weaknesses from October",
        findings: &[("feed-stale", "kev", "fail")],
        apply: |e| {
            e.kev_day = "2026-10-01".into();
            Ok(())
        },
    },
    Fault {
        id: "clock-ahead",
        cloud: "aws",
        about: "a host whose clock runs half a day ahead",
        findings: &[("claim-unverified", "sf-weekly-pe", "fail"), ("clock-skewed", "sf-search-pe-8", "fail")],
        apply: |e| {
            let day = e.day;
            state(e, "sf-search-pe-8", "OperationEndTime", format!("{day}T18:00:00+00:00"))?;
            Ok(())
        },
    },
    Fault {
        id: "clock-ahead-arc",
        cloud: "azure",
        about: "a store server whose assessment is dated half a day ahead",
        findings: &[("clock-skewed", "sf-store-4", "fail")],
        apply: |e| {
            let day = e.day;
            e.assessment("sf-store-4")?["properties"]["lastModifiedDateTime"] = format!("{day}T18:00:00Z").into();
            Ok(())
        },
    },
    Fault {
        id: "evidence-gap-azure",
        cloud: "azure",
        about: "a subscription that nobody observed for five days",
        findings: &[("evidence-gap", "azure 0aaaaaaa-0000-4000-8000-000000000001", "fail")],
        apply: |e| {
            e.early.subscription = true;
            Ok(())
        },
    },
];
