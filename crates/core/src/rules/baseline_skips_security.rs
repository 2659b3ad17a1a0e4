//! A filter that leaves security updates out leaves them out of the missing counter as well.

use crate::approval::{products_named, severities_skipped};
use crate::asset::Asset;
use crate::context::{BaselineSubject, Context};
use crate::control::PC_07;
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::Evidence;
use crate::fact::{Baseline, PatchAction, Ping, Target};
use crate::op;
use crate::reading::{Reading, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::schedule::{Schedule, ScheduleKind};
use crate::severity::Severity;
use crate::text::count;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "baseline-skips-security",
    title: "security updates outside the selection",
    severity: Severity::High,
    since: "0.1",
    why: "Updates that no rule selects are neither installed nor counted as missing. A filter on severity or \
          classification can leave a host without security updates and fully compliant.",
    fix: "Let a rule take security updates of every severity and product; on Azure select Critical, Security and, on \
          Windows, UpdateRollup.",
    references: &[
        "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PatchFilter.html",
        "https://learn.microsoft.com/azure/update-manager/scheduled-patching",
    ],
    controls: &[&PC_07],
    checks: &[Check::EachBaseline(baseline), Check::EachSchedule(schedule)],
    examples: &[
        pass("everything", |w| w.baseline(|_| {})),
        pass("severities spread over two rules", |w| {
            w.baseline(|b| {
                only(b, "SEVERITY", &["Critical", "Important"]);
                let mut rest = b.rules[0].clone();
                rest.filters = vec![("SEVERITY".into(), vec!["Medium".into(), "Low".into()])];
                b.rules.push(rest);
            })
        }),
        pass("Azure with all three classifications", |w| w.vm("web-1").window("weekly").aimed_here()),
        fail("trap aws-12: only severity Critical", |w| w.baseline(|b| only(b, "SEVERITY", &["Critical"]))),
        fail("only bug fixes", |w| w.baseline(|b| only(b, "CLASSIFICATION", &["Bugfix"]))),
        fail("trap aws-13: CentOS without non-security updates", |w| w.baseline(|b| b.os = "CENTOS".into())),
        fail("approves nothing", |w| w.baseline(|b| b.rules.clear())),
        fail("product of another release", |w| {
            w.host("web-1").agent(Ping::Online).scanned(2).baseline(|b| only(b, "PRODUCT", &["AmazonLinux2"]))
        }),
        fail("trap azure-5: Windows without UpdateRollup", |w| {
            w.vm("web-1").window_with("weekly", |window| {
                if let Some(install) = &mut window.install {
                    install.windows_classifications = vec!["Critical".into(), "Security".into()];
                }
            })
        }),
        fail("Azure leaves out what needs a reboot", |w| {
            w.vm("web-1").window_with("weekly", |window| {
                if let Some(install) = &mut window.install {
                    install.exclude_reboot_kbs = true;
                }
            })
        }),
        pass("product of the host's release", |w| {
            w.host("web-1").agent(Ping::Online).scanned(2).baseline(|b| only(b, "PRODUCT", &["AmazonLinux2023"]))
        }),
        unknown("named products, and hosts not listed", |w| {
            w.baseline(|b| only(b, "PRODUCT", &["AmazonLinux2"])).denied(op::EC2_INSTANCES)
        }),
        unknown("baseline not readable", |w| w.baseline(|_| {}).denied(op::BASELINE)),
        unknown("Azure schedule without its selection", |w| {
            w.vm("web-1").window_with("weekly", |window| window.install = None)
        }),
        not_applicable("an SSM window", |w| w.window("weekly").aimed_at(Target::All).patching(PatchAction::Install)),
    ],
};

fn only(baseline: &mut Baseline, key: &str, values: &[&str]) {
    baseline.rules[0].filters = vec![(key.to_owned(), values.iter().map(|v| (*v).to_owned()).collect())];
}

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
    let name = &baseline.name;
    let bad = |message: String, found: String, severity, evidence: Evidence| {
        Verdict::fail(message, "security updates of every severity and product", found, evidence)
            .with_severity(severity)
    };
    let Some(skipped) = severities_skipped(baseline) else {
        let named = count(baseline.approved.len(), "patch mask");
        return bad(
            format!("no rule of {name} approves security updates; it approves {named} by name"),
            format!("{}, none for security", count(baseline.rules.len(), "rule")),
            Severity::High,
            evidence,
        );
    };
    if baseline.os == "CENTOS" && !baseline.rules.iter().any(|rule| rule.non_security) {
        let message = format!("{name} takes only classified updates, and CentOS repositories classify none");
        return bad(message, "EnableNonSecurity false".to_owned(), Severity::High, evidence);
    }
    if !skipped.is_empty() {
        let heavy = skipped.iter().any(|word| ["Critical", "Important"].contains(word));
        let words = skipped.join(", ");
        let severity = if heavy { Severity::High } else { Severity::Low };
        return bad(format!("{name} approves no security update of severity {words}"), words, severity, evidence);
    }
    let Some(products) = products_named(baseline) else { return Verdict::pass(evidence) };
    if let Some(host) = subject.hosts.iter().find(|host| !products.iter().any(|product| is_of(host, product))) {
        let message = format!("{name} approves no product of {} ({} {})", host.name, host.os_name, host.os_version);
        return bad(message, products.join(", "), Severity::High, evidence);
    }
    // Named products are enough for the hosts that are known: all of them have to be.
    let lists = [op::EC2_INSTANCES, op::AGENTS, op::PATCH_STATES].map(|list| cx.answered(list, subject.scope));
    if let Some(gap) = lists.into_iter().find_map(Result::err) {
        return gap.into();
    }
    if let Some(host) = subject.hosts.iter().find(|host| release(host).is_empty()) {
        let message =
            format!("{name} approves {} only, and the release of {} is not stated", products.join(", "), host.name);
        return Verdict::unknown(Reason::NotStated, message, host.evidence.clone());
    }
    Verdict::pass(evidence)
}

/// Whether a product filter such as `WindowsServer2019` or `RedhatEnterpriseLinux8` may mean the host's system: decided
/// by its release alone, and in the host's favour where that is not known.
fn is_of(host: &Asset, product: &str) -> bool {
    let release = release(host);
    let major = release.split('.').next().unwrap_or(release);
    product.contains(release) || (major.len() < release.len() && product.ends_with(major))
}

/// The year in the name of a Windows, the version of any other system.
fn release(host: &Asset) -> &str {
    let year = |word: &&str| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    host.os_name.split_whitespace().find(year).unwrap_or(&host.os_version)
}

fn schedule(schedule: &Schedule, _: &Context<'_>) -> Verdict {
    if schedule.kind != ScheduleKind::MaintenanceConfiguration {
        return Verdict::NotApplicable("what it installs is up to the baseline");
    }
    let selection = schedule.window.as_ref().and_then(|window| window.install.as_ref());
    let install = match selection {
        Some(install) if !(install.linux_classifications.is_empty() && install.windows_classifications.is_empty()) => {
            install
        }
        _ => {
            let message = format!("{} does not say which classifications it installs", schedule.name);
            return Verdict::unknown(Reason::NotStated, message, schedule.evidence.clone());
        }
    };
    let mut lacks: Vec<String> = Vec::new();
    let mut severity = Severity::Medium;
    for (system, list, wanted) in [
        ("Linux", &install.linux_classifications, &["Critical", "Security"][..]),
        ("Windows", &install.windows_classifications, &["Critical", "Security", "UpdateRollup"][..]),
    ] {
        for word in
            wanted.iter().filter(|word| !list.is_empty() && !list.iter().any(|have| have.eq_ignore_ascii_case(word)))
        {
            lacks.push(format!("{system} {word}"));
            if *word != "UpdateRollup" {
                severity = Severity::High;
            }
        }
    }
    if install.exclude_reboot_kbs {
        lacks.push("Windows updates that need a reboot".to_owned());
        severity = Severity::High;
    }
    if lacks.is_empty() {
        return Verdict::pass(schedule.evidence.clone());
    }
    let lacks = lacks.join(", ");
    Verdict::fail(
        format!("{} leaves out {lacks}", schedule.name),
        "Critical and Security, and UpdateRollup on Windows",
        format!("without {lacks}"),
        schedule.evidence.clone(),
    )
    .with_severity(severity)
}
