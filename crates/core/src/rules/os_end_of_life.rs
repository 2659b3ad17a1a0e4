//! An operating system that gets no fixes any more. Its repositories are empty, so nothing is ever missing.

use crate::asset::{Asset, Facing};
use crate::context::Context;
use crate::control::PC_12;
use crate::example::{World, fail, not_applicable, pass, unknown};
use crate::fact::{Fact, HostKind};
use crate::lifecycle::{LifecycleRow, from_image, product_and_cycle};
use crate::op;
use crate::reading::{Reading, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "os-end-of-life",
    title: "operating system out of support",
    severity: Severity::High,
    since: "0.1",
    why: "Nothing is published for it any more: no patch is missing, and every weakness found since is open for good.",
    fix: "Move to a supported release, or have extended support and state it in an approved exception.",
    references: &["https://endoflife.date"],
    controls: &[&PC_12],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("supported", |w| dated(os(w.host("web-1"), "Ubuntu", "22.04"), "ubuntu", "22.04", date(2027, 4, 1))),
        fail("trap aws-13: zero missing because nothing is published", |w| {
            dated(os(w.host("web-1"), "Ubuntu", "16.04"), "ubuntu", "16.04", date(2021, 4, 30))
        }),
        fail("Azure machine by its image", |w| {
            let world = w.vm("web-1").with(|host| host.image = Some("Canonical/UbuntuServer/16.04-LTS/latest".into()));
            dated(world, "ubuntu", "16.04", date(2021, 4, 30))
        }),
        unknown("a system that the table does not know", |w| {
            dated(os(w.host("web-1"), "Plan 9", "4"), "ubuntu", "22.04", date(2027, 4, 1))
        }),
        unknown("no table", |w| os(w.host("web-1"), "Ubuntu", "22.04").denied(op::LIFECYCLE)),
        unknown("no source says what runs", |w| w.host("web-1")),
        not_applicable("terminated", |w| w.host("web-1").terminated()),
    ],
};

fn os(world: World, name: &str, version: &str) -> World {
    world.with(|host| (host.os_name, host.os_version) = (name.to_owned(), version.to_owned()))
}

fn dated(world: World, product: &str, cycle: &str, end: Date) -> World {
    world.fact(Fact::Lifecycle(LifecycleRow {
        product: product.to_owned(),
        cycle: cycle.to_owned(),
        end_of_standard_support: end,
        end_of_extended_support: None,
        extended_needs: None,
        source: "https://ubuntu.com/about/release-cycle".to_owned(),
    }))
}

fn check(asset: &Asset, cx: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() {
        return Verdict::NotApplicable("no operating system of the customer's");
    }
    let shown = format!("{} {}", asset.os_name, asset.os_version).trim().to_owned();
    let Some((product, cycle)) = identify(asset) else {
        let message = match shown.as_str() {
            "" => format!("no source says what {} runs", asset.name),
            shown => format!("{} runs {shown}, which the lifecycle table does not know", asset.name),
        };
        return Verdict::unknown(Reason::NotStated, message, asset.evidence.clone());
    };
    match cx.lifecycle(product, &cycle) {
        Reading::Unread(gap) => gap.into(),
        Reading::Absent(table) => {
            let message = format!("{} runs {product} {cycle}, which the lifecycle table does not have", asset.name);
            Verdict::unknown(Reason::NotStated, message, table)
        }
        Reading::Known(row, table) => {
            let evidence = crate::exchange::Evidences::of(asset.evidence.clone()).and(table);
            let today = TimeZone::UTC.to_datetime(cx.as_of).date();
            if row.end_of_standard_support >= today {
                return Verdict::Pass(evidence);
            }
            let extended = match (row.end_of_extended_support, &row.extended_needs) {
                (Some(end), Some(needs)) if end >= today => format!("; {needs} extends it to {end}"),
                (Some(end), None) if end >= today => format!("; extended support ends {end}"),
                _ => String::new(),
            };
            let message = format!(
                "{} runs {product} {cycle}, whose support ended {}{extended}",
                asset.name, row.end_of_standard_support
            );
            let severity = if asset.facing == Facing::Internal { Severity::High } else { Severity::Critical };
            Verdict::fail(message, "a supported release", format!("{product} {cycle}"), evidence)
                .with_severity(severity)
        }
    }
}

/// What the agent inside says, else what the image is called.
fn identify(asset: &Asset) -> Option<(&'static str, String)> {
    // On Arc's Linux machines the version is the running kernel; the name carries the release.
    let version = if asset.kind == HostKind::ArcMachine { "" } else { &asset.os_version };
    product_and_cycle(&asset.os_name, version).or_else(|| {
        let parts: Vec<&str> = asset.image.as_deref()?.split('/').collect();
        match parts.as_slice() {
            [publisher, offer, sku, _] => from_image(publisher, offer, sku),
            _ => None,
        }
    })
}
