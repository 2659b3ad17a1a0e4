//! Nobody would hear of a failed deployment. A route has to end at a person, and every link of it has to be read.

use crate::context::{Context, Route, ScopeSubject};
use crate::control::{PC_07, PC_17};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::{Evidence, Evidences};
use crate::fact::{Fact, Trouble};
use crate::op;
use crate::reading::{Gap, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "failure-unalerted",
    title: "failed deployment of patches that nobody would hear of",
    severity: Severity::High,
    since: "0.1",
    why: "A failed patch run, a lost agent or a failed window that reaches nobody is found by the auditor. An alarm that is \
          off, a topic whose subscription was never confirmed and an action group without receivers look like monitoring.",
    fix: "Have a rule or alarm for each of the three call a topic or action group that a person is known to hear. Where the \
          route ends at a tool, name it in monitoring.routes; where a condition does not tell what it covers, in \
          monitoring.covers.",
    references: &[
        "https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-ssm.html",
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-cloudwatch-metrics.html",
        "https://learn.microsoft.com/azure/update-manager/manage-alerts",
    ],
    controls: &[&PC_07, &PC_17],
    checks: &[Check::EachScope(check)],
    examples: &[
        pass("an event rule and a topic that a person confirmed", |w| w.host("web-1").monitored()),
        pass("Azure: a query for each, and an action group with a mail receiver", |w| w.vm("web-1").monitored()),
        pass("a tool that the policy names", |w| {
            let w = w.host("web-1").monitored().policy(|p| p.monitoring.routes = vec!["arn:aws:lambda:".into()]);
            w.edit(|fact| {
                if let Fact::RuleTarget(target) = fact {
                    target.calls = "arn:aws:lambda:eu-west-1:111122223333:function:notify".into();
                }
                true
            })
        }),
        pass("a condition that the policy explains", |w| {
            let all = vec![("patch*".to_owned(), Trouble::ALL.to_vec())];
            w.host("web-1")
                .monitored()
                .watching(|one| (one.covers, one.unsure) = (vec![], true))
                .policy(|p| p.monitoring.covers = all)
        }),
        fail("lists read, and nothing watches", |w| w.host("web-1").complete(op::ALARMS).complete(op::EVENT_RULES)),
        fail("nothing covers a lost agent", |w| {
            w.host("web-1").monitored().watching(|one| one.covers.retain(|covered| *covered != Trouble::LostAgent))
        }),
        fail("the rule is disabled", |w| w.host("web-1").monitored().watching(|one| one.enabled = false)),
        fail("the rule calls nothing", |w| {
            w.host("web-1")
                .monitored()
                .edit(|fact| !matches!(fact, Fact::RuleTarget(_)))
                .complete_about(op::RULE_TARGETS, "patching")
        }),
        fail("a subscription that was never confirmed", |w| {
            w.host("web-1").monitored().edit(|fact| {
                if let Fact::Receiver(one) = fact {
                    one.ready = false;
                }
                true
            })
        }),
        fail("Azure: an empty action group", |w| {
            w.vm("web-1").monitored().edit(|fact| !matches!(fact, Fact::Receiver(_)))
        }),
        fail("Azure: an action group that is off", |w| {
            w.vm("web-1").monitored().edit(|fact| {
                if let Fact::Channel(group) = fact {
                    group.enabled = false;
                }
                true
            })
        }),
        unknown("nothing of it was ever read", |w| w.host("web-1")),
        unknown("alarms refused, and the rules cover nothing", |w| {
            w.host("web-1").complete(op::EVENT_RULES).denied(op::ALARMS)
        }),
        unknown("the topic was not read", |w| w.host("web-1").monitored().denied(op::SUBSCRIPTIONS_OF_TOPIC)),
        unknown("the rule's targets were not read", |w| w.host("web-1").monitored().denied(op::RULE_TARGETS)),
        unknown("events are handed on to another bus", |w| {
            w.host("web-1").monitored().edit(|fact| {
                if let Fact::RuleTarget(target) = fact {
                    target.calls = "arn:aws:events:eu-west-1:999900001111:event-bus/central".into();
                }
                true
            })
        }),
        unknown("a condition that nobody understands", |w| {
            w.host("web-1").monitored().watching(|one| (one.covers, one.unsure) = (vec![], true))
        }),
        unknown("Azure: action groups refused", |w| w.vm("web-1").monitored().denied(op::ACTION_GROUPS)),
        not_applicable("no hosts", |w| w.complete(op::ALARMS).complete(op::EVENT_RULES)),
    ],
};

fn check(subject: &ScopeSubject<'_>, cx: &Context<'_>) -> Verdict {
    let scope = subject.scope;
    if !cx.monitors(scope) {
        return Verdict::NotApplicable("no hosts of the customer's that are watched from here");
    }
    let lists = cx.watcher_lists(scope);
    let read: Vec<Evidence> = lists.iter().filter_map(|list| list.clone().ok()).collect();
    let unlisted: Option<Gap> = lists.into_iter().find_map(Result::err);
    let watchers = cx.watchers(scope);
    let mut proof: Option<Evidences> = Evidences::collect(read.iter().cloned());
    let mut wrong: Vec<String> = Vec::new();
    let mut culprits: Vec<Evidence> = Vec::new();
    let mut unread: Option<Gap> = None;
    for trouble in Trouble::ALL {
        let mut broken: Vec<String> = Vec::new();
        let mut gap: Option<Gap> = unlisted.clone();
        let mut heard = None;
        for watcher in &watchers {
            let (covers, unsure) = cx.watches(&watcher.fact);
            if !covers.contains(&trouble) && !unsure {
                continue;
            }
            let name = format!("the {} {}", watcher.fact.kind, watcher.fact.name);
            if !watcher.fact.enabled {
                broken.push(format!("{name} is off"));
                culprits.push(watcher.evidence.clone());
                continue;
            }
            match cx.route(scope, watcher) {
                Route::Person(_) if unsure => {
                    gap = gap.or(Some(Gap {
                        operation: cx.estate.exchange(watcher.evidence.exchange).operation.clone(),
                        scope: scope.clone(),
                        subject: None,
                        reason: Reason::NotStated,
                        message: format!("what {name} covers is not understood: monitoring.covers can say so"),
                        evidence: Some(watcher.evidence.clone()),
                    }));
                }
                Route::Person(route) => {
                    heard = heard.or(Some(Evidences::of(watcher.evidence.clone()).and_all(route.iter())));
                }
                Route::Nobody(why) => {
                    broken.push(format!("{name}: {why}"));
                    culprits.push(watcher.evidence.clone());
                }
                Route::Unread(route) => gap = gap.or(Some(route)),
            }
        }
        match (heard, gap) {
            (Some(heard), _) => {
                proof = Some(match proof {
                    Some(all) => all.and_all(heard.iter()),
                    None => heard,
                });
            }
            (None, Some(gap)) => unread = unread.or(Some(gap)),
            (None, None) if broken.is_empty() => wrong.push(format!("nothing watches for {}", trouble.words())),
            (None, None) => wrong.push(format!("of {} nobody would hear ({})", trouble.words(), broken.join("; "))),
        }
    }
    match (wrong.is_empty(), unread, proof) {
        (false, _, Some(proof)) => Verdict::fail(
            format!("in {scope}, {}", wrong.join("; ")),
            "an enabled alarm or rule for each, and a route to a person",
            format!("{} of 3 without one", wrong.len()),
            // What is broken first, then the lists that hold nothing else.
            match Evidences::collect(culprits) {
                Some(all) => all.and_all(&read),
                None => proof,
            },
        )
        .with_policy(&["monitoring.routes", "monitoring.covers"]),
        (true, None, Some(proof)) => Verdict::Pass(proof),
        (_, Some(gap), _) => gap.into(),
        (_, None, None) => Verdict::NotApplicable("nothing was asked there"),
    }
}
