//! A rejected patch is an exclusion without an owner or an end. Under `ALLOW_AS_DEPENDENCY` it leaves every counter.

use crate::context::{BaselineSubject, Context};
use crate::control::{PC_07, PC_13};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::fact::{PatchAction, SettingKind, Target};
use crate::op;
use crate::reading::{Reading, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::schedule::{Schedule, ScheduleKind};
use crate::severity::Severity;
use crate::text::count;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "baseline-rejects-patches",
    title: "patches excluded by name",
    severity: Severity::Medium,
    since: "0.1",
    why: "A rejected or excluded patch is never installed and is counted as missing nowhere: an exception that nobody \
          approved and that never expires.",
    fix: "Take the patch off the list, or have an exception with an owner and an end approved and named after it.",
    references: &[
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-approved-rejected-package-name-formats.html",
        "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_InstancePatchState.html",
    ],
    controls: &[&PC_07, &PC_13],
    checks: &[Check::EachBaseline(baseline), Check::EachSchedule(schedule)],
    examples: &[
        pass("nothing rejected", |w| w.baseline(|_| {})),
        pass("Azure schedule without masks", |w| w.vm("web-1").window("weekly").aimed_here()),
        fail("trap aws-4: rejected and hidden from every counter", |w| {
            w.baseline(|b| b.rejected = vec!["kernel*".into()])
        }),
        fail("rejected with BLOCK", |w| {
            w.baseline(|b| (b.rejected, b.rejected_action) = (vec!["KB5031356".into()], "BLOCK".into()))
        }),
        fail("Azure schedule that excludes a kernel", |w| {
            w.vm("web-1").window_with("weekly", |window| {
                if let Some(install) = &mut window.install {
                    install.linux_excluded = vec!["linux-image*".into()];
                }
            })
        }),
        unknown("baseline not readable", |w| w.baseline(|_| {}).denied(op::BASELINE)),
        unknown("Azure schedule without its selection", |w| {
            w.vm("web-1").window_with("weekly", |window| window.install = None)
        }),
        not_applicable("an SSM window", |w| w.window("weekly").aimed_at(Target::All).patching(PatchAction::Install)),
    ],
};

fn baseline(subject: &BaselineSubject<'_>, cx: &Context<'_>) -> Verdict {
    let (baseline, evidence) = match &subject.baseline {
        Reading::Known(baseline, evidence) => (*baseline, evidence.clone()),
        Reading::Absent(seen) => {
            return Verdict::unknown(
                Reason::NotStated,
                format!("{} is listed and not described", subject.id),
                seen.clone(),
            );
        }
        Reading::Unread(gap) => return gap.clone().into(),
    };
    if baseline.rejected.is_empty() {
        return Verdict::pass(evidence);
    }
    let hidden = baseline.rejected_action == "ALLOW_AS_DEPENDENCY";
    let masks = baseline.rejected.iter().map(String::as_str);
    let (origin, event) =
        cx.origin(subject.scope, &baseline.id, &baseline.id, |change| change.kind == SettingKind::Baseline);
    Verdict::fail(
        format!(
            "{} rejects {}: {}{}{origin}",
            baseline.name,
            count(baseline.rejected.len(), "patch mask"),
            shown(&baseline.rejected),
            if hidden { "; ALLOW_AS_DEPENDENCY keeps them out of every counter" } else { "" },
        ),
        "no rejected patches",
        format!(
            "{} under {}, {} affected",
            baseline.rejected.len(),
            baseline.rejected_action,
            count(subject.hosts.len(), "host")
        ),
        Evidences::of(evidence).and_all(&event),
    )
    .with_severity(severity(masks))
}

fn schedule(schedule: &Schedule, cx: &Context<'_>) -> Verdict {
    if schedule.kind != ScheduleKind::MaintenanceConfiguration {
        return Verdict::NotApplicable("what it leaves out is up to the baseline");
    }
    let key = schedule.window.as_ref().map_or("", |window| &window.key);
    let Some(install) = schedule.window.as_ref().and_then(|window| window.install.as_ref()) else {
        let message = format!("{} does not say what it installs", schedule.name);
        return Verdict::unknown(Reason::NotStated, message, schedule.evidence.clone());
    };
    let all: Vec<String> = install.linux_excluded.iter().chain(&install.windows_excluded).cloned().collect();
    if all.is_empty() {
        return Verdict::pass(schedule.evidence.clone());
    }
    let (origin, event) = cx.origin(&schedule.scope, key, key, |change| change.kind == SettingKind::Configuration);
    Verdict::fail(
        format!("{} excludes {}: {}{origin}", schedule.name, count(all.len(), "patch mask"), shown(&all)),
        "no excluded patches",
        format!("{} Linux masks, {} Windows KBs", install.linux_excluded.len(), install.windows_excluded.len()),
        Evidences::of(schedule.evidence.clone()).and_all(&event),
    )
    .with_severity(severity(all.iter().map(String::as_str)))
}

/// The first few masks.
fn shown(masks: &[String]) -> String {
    let first: Vec<&str> = masks.iter().take(5).map(String::as_str).collect();
    let more = masks.len().saturating_sub(first.len());
    if more > 0 { format!("{} and {more} more", first.join(", ")) } else { first.join(", ") }
}

/// Kernels and cryptography carry most exploited weaknesses of a Linux host; a bare `*` takes everything.
fn severity<'a>(mut masks: impl Iterator<Item = &'a str>) -> Severity {
    let heavy = |mask: &str| {
        let mask = mask.to_ascii_lowercase();
        mask.starts_with('*')
            || ["kernel", "linux-image", "linux-aws", "linux-azure", "openssl", "libssl", "glibc"]
                .iter()
                .any(|w| mask.starts_with(w))
    };
    if masks.any(heavy) { Severity::High } else { Severity::Medium }
}
