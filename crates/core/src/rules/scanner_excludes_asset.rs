//! Not scanned is not clean: a host that the scanner leaves out has no findings for ever.

use crate::asset::Asset;
use crate::context::Context;
use crate::control::{PC_04, PC_13};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::fact::HostKind;
use crate::op;
use crate::reading::{Reading, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;

/// The tag by which Inspector leaves an instance out, with any value.
const EXCLUSION_TAG: &str = "InspectorEc2Exclusion";

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "scanner-excludes-asset",
    title: "host that the vulnerability scanner leaves out",
    severity: Severity::High,
    since: "0.1",
    why: "A host excluded from scanning shows no vulnerabilities, which looks the same as having none.",
    fix: "Remove the exclusion tag, or have an exception approved for this host.",
    references: &[
        "https://docs.aws.amazon.com/inspector/latest/user/scanning-ec2.html",
        "https://docs.aws.amazon.com/inspector/v2/APIReference/API_ScanStatus.html",
    ],
    controls: &[&PC_04, &PC_13],
    checks: &[Check::EachAsset(check)],
    examples: &[
        pass("scanned", |w| w.host("web-1").covered(None)),
        fail("trap aws-21: left out by tag", |w| w.host("web-1").covered(Some("EXCLUDED_BY_TAG"))),
        fail("tag on the host, coverage unread", |w| {
            w.host("web-1").tag("InspectorEc2Exclusion", "true").denied(op::SCAN_COVERAGE)
        }),
        unknown("trap aws-21: no longer eligible is not clean", |w| {
            w.host("web-1").covered(Some("SCAN_ELIGIBILITY_EXPIRED"))
        }),
        unknown("not managed, hence not scanned", |w| w.host("web-1").covered(Some("UNMANAGED_EC2_INSTANCE"))),
        unknown("coverage denied", |w| w.host("web-1").denied(op::SCAN_COVERAGE)),
        unknown("not on the complete coverage list", |w| w.host("web-1")),
        not_applicable("Azure", |w| w.vm("web-1")),
        not_applicable("hybrid node", |w| w.node("till-7")),
    ],
};

fn check(asset: &Asset, cx: &Context<'_>) -> Verdict {
    if !asset.runs_a_host_os() || asset.kind != HostKind::Ec2Instance {
        return Verdict::NotApplicable("not an EC2 instance: Inspector does not list it");
    }
    let fail = |found: String, evidence: crate::exchange::Evidences| {
        let message = format!("{} is left out of vulnerability scans ({found})", asset.name);
        Verdict::fail(message, "scanned", found, evidence)
    };
    let coverage = cx.scan_coverage(asset);
    if let Reading::Known(coverage, seen) = &coverage
        && !coverage.active
        && coverage.reason.starts_with("EXCLUDED")
    {
        return fail(coverage.reason.to_string(), seen.clone().into());
    }
    if let Some(value) = asset.tag(EXCLUSION_TAG) {
        return fail(format!("tag {EXCLUSION_TAG}={value}"), asset.evidence.clone().into());
    }
    match coverage {
        Reading::Known(coverage, seen) if coverage.active => Verdict::pass(seen),
        Reading::Known(coverage, seen) => {
            let message = format!("{} is not scanned: {}", asset.name, coverage.reason);
            Verdict::unknown(Reason::NeverScanned, message, seen)
        }
        Reading::Absent(seen) => {
            let message = format!("{} is not on the list of what the scanner covers", asset.name);
            Verdict::unknown(Reason::NeverScanned, message, seen)
        }
        Reading::Unread(gap) => gap.into(),
    }
}
