//! An alert about patching on which nobody acted in time. Alerts of every run count: one does not pass by falling out of the
//! provider's history.

use crate::clock::after;
use crate::context::{Alert, Context, ScopeSubject};
use crate::control::{PC_07, PC_17};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::fact::{AlertStep, Watcher};
use crate::op;
use crate::policy::{DAY, Seconds};
use crate::reading::{Gap, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::scope::Cloud;
use crate::severity::Severity;
use crate::text::{ago, count, length};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "alert-unactioned",
    title: "alert about patching that nobody acted on in time",
    severity: Severity::Medium,
    since: "0.1",
    why: "An alert that fires and leads to nothing shows that the failure was known and left. CloudWatch knows no \
          acknowledgement, so that an alarm's return to OK counts; of Azure's alerts, acknowledged and closed do.",
    fix: "Acknowledge or close the alert when it is acted on, or repair what it tells of. monitoring.act_within sets the time.",
    references: &[
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html",
        "https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-manage-alert-instances",
    ],
    controls: &[&PC_07, &PC_17],
    checks: &[Check::EachScope(check)],
    examples: &[
        pass("fired, and back to OK within hours", |w| {
            w.host("web-1").alarmed().alert(AlertStep::Fired, 60).alert(AlertStep::Closed, 55)
        }),
        pass("fired an hour ago", |w| w.host("web-1").alarmed().alert(AlertStep::Fired, 1)),
        pass("never fired", |w| w.host("web-1").alarmed().complete(op::ALARM_HISTORY)),
        pass("Azure: acknowledged", |w| {
            w.vm("web-1").monitored().alert(AlertStep::Fired, 60).alert(AlertStep::Acknowledged, 50)
        }),
        fail("fired two days ago, and still on", |w| w.host("web-1").alarmed().alert(AlertStep::Fired, 60)),
        fail("acted on, too late", |w| {
            w.host("web-1").alarmed().alert(AlertStep::Fired, 100).alert(AlertStep::Closed, 10)
        }),
        fail("Azure: nobody touched it", |w| w.vm("web-1").monitored().alert(AlertStep::Fired, 60)),
        fail("an earlier run saw it, and the history no longer has it", |w| {
            let w = w.host("web-1").alarmed().alert(AlertStep::Fired, 60).after(48);
            w.edit(|fact| !matches!(fact, crate::fact::Fact::AlertEvent(_)))
        }),
        unknown("it fired, nobody acted, and then it was deleted", |w| {
            let w = w.host("web-1").alarmed().alert(AlertStep::Fired, 60);
            w.edit(|fact| !matches!(fact, crate::fact::Fact::Watcher(_)))
        }),
        unknown("the history was refused", |w| w.host("web-1").alarmed().denied(op::ALARM_HISTORY)),
        unknown("alarms were never asked for", |w| w.host("web-1")),
        not_applicable("no alarm about patching", |w| w.host("web-1").complete(op::ALARMS).complete(op::EVENT_RULES)),
        not_applicable("no hosts", |w| w.complete(op::ALARMS)),
    ],
};

/// How long a late action is held against anybody: as long as both providers keep alerts. CloudWatch "preserves alarm history
/// for 30 days" (user guide, "Using Amazon CloudWatch alarms"); Azure's "are stored for 30 days and are deleted after the
/// 30-day retention period" (Azure Monitor, "Manage your alert instances"). That it is then forgiven is our judgement.
const KEPT: Seconds = 30 * DAY;

fn check(subject: &ScopeSubject<'_>, cx: &Context<'_>) -> Verdict {
    let scope = subject.scope;
    if !cx.monitors(scope) {
        return Verdict::NotApplicable("no hosts of the customer's that are watched from here");
    }
    let azure = scope.cloud == Cloud::Azure;
    let history = if azure { op::ALERTS } else { op::ALARM_HISTORY };
    let all = cx.watchers(scope).into_iter().map(|placed| &placed.fact);
    let concerns = |watcher: &&Watcher| {
        let covers = !cx.policy.monitoring.covered_by(&watcher.name).unwrap_or(&watcher.covers).is_empty();
        // What an event rule passed on is not kept by anybody.
        (covers || watcher.unsure) && watcher.kind != "event rule"
    };
    let watchers: Vec<&Watcher> = all.filter(concerns).collect();
    let limit = cx.policy.monitoring.act_within;
    let mut late: Vec<(&Watcher, Alert<'_>)> = Vec::new();
    for watcher in &watchers {
        late.extend(
            cx.alerts(scope, watcher).into_iter().filter(|one| is_late(one, limit, cx)).map(|one| (*watcher, one)),
        );
    }
    late.sort_by_key(|(_, alert)| alert.fired);
    if let Some((watcher, alert)) = late.first() {
        let more = if late.len() > 1 { format!(" (and {} more)", late.len() - 1) } else { String::new() };
        let what = match alert.acted {
            Some(acted) => format!("acted on {} later", length(acted.as_second() - alert.fired.as_second())),
            None => "and no action on it is on record".to_owned(),
        };
        let fired = ago(cx.age(alert.fired));
        return Verdict::fail(
            format!("the {} {} fired {fired}, {what}{more}", watcher.kind, watcher.name),
            format!("an action within {}", length(limit)),
            count(late.len(), "alert"),
            Evidences::of(alert.evidence.clone()),
        )
        .with_times(Some(alert.fired), Some(after(alert.fired, limit)))
        .with_policy(&["monitoring.act_within"]);
    }
    // Which alerts are about patching is not known without the lists of what watches.
    let lists = cx.watcher_lists(scope);
    let needed = if azure { &lists[..] } else { &lists[..1] };
    let mut read = Vec::new();
    for list in needed {
        match list {
            Ok(seen) => read.push(seen.clone()),
            Err(gap) => return Gap::clone(gap).into(),
        }
    }
    // Deleting an alarm acts on nothing, and nobody can tell any more what it was about.
    for (name, alerts) in cx.orphaned_alerts(scope) {
        if let Some(alert) = alerts.iter().find(|alert| is_late(alert, limit, cx)) {
            let fired = ago(cx.age(alert.fired));
            let message = format!("{name} fired {fired}, no action is on record, and it is on no list any more");
            return Verdict::unknown(Reason::NotStated, message, alert.evidence.clone());
        }
    }
    if watchers.is_empty() {
        return Verdict::NotApplicable("no alarm about patching that keeps a history");
    }
    match cx.answered(history, scope) {
        Ok(seen) => Verdict::Pass(Evidences::of(seen).and_all(&read)),
        Err(gap) => gap.into(),
    }
}

fn is_late(alert: &Alert<'_>, limit: Seconds, cx: &Context<'_>) -> bool {
    match alert.acted {
        None => cx.age(alert.fired) > limit,
        Some(acted) => acted.as_second() - alert.fired.as_second() > limit && cx.age(alert.fired) <= KEPT,
    }
}
