//! A patch that production got first. An emergency shortens the test and does not replace it.

use crate::context::{Context, doubt, exactly, rests_on};
use crate::control::{PC_10, PC_19};
use crate::estate::Placed;
use crate::example::{World, fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::fact::{ChangeKind, ChangeOutcome, ChangeRecord, Said};
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::minute;
use jiff::Timestamp;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "change-untested",
    title: "production patched without a test deployment before",
    severity: Severity::Medium,
    since: "0.1",
    why: "A patch that no lower environment has seen is tested by customers. An accelerated test of an hour counts; a test \
          plan that nobody carried out does not.",
    fix: "Deploy to a lower environment first, and record which, when, or the change that did it. In an emergency, test on \
          one machine for an hour.",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final", "https://csrc.nist.gov/pubs/sp/800/128/upd1/final"],
    controls: &[&PC_10, &PC_19],
    checks: &[Check::EachChange(check)],
    examples: &[
        pass("staging a day before", |w| production(w).change("CHG2")),
        pass("the change that deployed to staging is on record", |w| {
            let w = w.host("web-0").tag("env", "staging").change_with("CHG1", |w, c| c.deployed_at = w.said(48));
            production(w).change_with("CHG2", |_, c| {
                c.tested_ref = Said::Value("CHG1".into());
                (c.test_environment, c.tested_at) = (Said::Unsaid, Said::Unsaid);
            })
        }),
        pass("an emergency, tested for an hour", |w| {
            production(w).change_with("CHG2", |w, c| {
                (c.kind, c.tested_at) = (ChangeKind::Emergency, w.said(25));
            })
        }),
        fail("no test", |w| {
            production(w).change_with("CHG2", |_, c| {
                (c.tested_ref, c.test_environment, c.tested_at) = (Said::Nothing, Said::Nothing, Said::Nothing);
            })
        }),
        fail("an emergency is no exemption", |w| {
            production(w).change_with("CHG2", |_, c| {
                c.kind = ChangeKind::Emergency;
                (c.test_environment, c.tested_at) = (Said::Nothing, Said::Nothing);
            })
        }),
        fail("tested afterwards", |w| production(w).change_with("CHG2", |w, c| c.tested_at = w.said(2))),
        fail("tested on production", |w| {
            production(w).change_with("CHG2", |_, c| c.test_environment = Said::Value("prod".into()))
        }),
        fail("the change that should have tested it came later", |w| {
            let w = w.host("web-0").tag("env", "staging").change_with("CHG1", |w, c| c.deployed_at = w.said(3));
            production(w).change_with("CHG2", |_, c| c.tested_ref = Said::Value("CHG1".into()))
        }),
        unknown("no change records were ever read", |w| w.host("web-1")),
        unknown("the export has no tests", |w| {
            production(w).change_with("CHG2", |_, c| (c.test_environment, c.tested_at) = (Said::Unsaid, Said::Unsaid))
        }),
        unknown("a reference that nobody can follow", |w| {
            production(w).change_with("CHG2", |_, c| {
                c.tested_ref = Said::Value("TEST-7".into());
                (c.test_environment, c.tested_at) = (Said::Unsaid, Said::Unsaid);
            })
        }),
        unknown("no machines named", |w| production(w).change_with("CHG2", |_, c| c.assets = Said::Unsaid)),
        unknown("the machine is on no list that was read", |w| {
            production(w).change("CHG2").denied(crate::op::EC2_INSTANCES)
        }),
        not_applicable("staging alone", |w| w.host("web-1").tag("env", "staging").change("CHG2")),
    ],
};

fn production(world: World) -> World {
    world.host("web-1").tag("env", "production")
}

fn check<'a>(change: &'a Placed<ChangeRecord>, cx: &Context<'a>) -> Verdict {
    let deployment = match cx.deployed(change) {
        Ok(deployment) => deployment,
        Err(verdict) => return verdict,
    };
    match in_production(change, cx) {
        Ok(true) => {}
        Ok(false) => return Verdict::NotApplicable("no production machine"),
        Err(verdict) => return verdict,
    }
    let record = &change.fact;
    let Some(deployed) = exactly(deployment) else {
        return doubt(change, Reason::NotStated, "it does not say when it was deployed");
    };
    let failed = |message: String, found: String, evidence: Evidences| {
        Verdict::fail(message, "a deployment to a lower environment before", found, evidence)
            .with_times(Some(deployed), None)
    };
    let id = &record.id;
    let own = rests_on(change);
    if let Some(test) = record.tested_ref.value().and_then(|id| cx.change(&record.source, id)) {
        let both = own.and(test.evidence.clone());
        let name = &test.fact.id;
        if let Some(problem) = test.fact.problems.first() {
            return doubt(test, Reason::Malformed, problem);
        }
        return match in_production(test, cx) {
            Ok(true) => failed(format!("{id} was tested by {name}, on production"), "production".into(), both),
            Err(verdict) => verdict,
            Ok(false) => match (test.fact.outcome, exactly(test.fact.deployment())) {
                (_, Some(tested)) if tested >= deployed => late(id, tested, deployed, both, failed),
                (ChangeOutcome::Done, Some(_)) => Verdict::Pass(both),
                (ChangeOutcome::Failed, _) => {
                    failed(format!("{id} rests on {name}, which failed"), "failed".into(), both)
                }
                (ChangeOutcome::Open | ChangeOutcome::Cancelled, _) => {
                    failed(format!("{id} rests on {name}, which was not deployed"), "not deployed".into(), both)
                }
                _ => doubt(test, Reason::NotStated, "it does not say when and with what success it was deployed"),
            },
        };
    }
    match (&record.test_environment, &record.tested_at) {
        (Said::Value(place), _) if is_production(place, cx) => {
            failed(format!("{id} was tested on {place}, which is production"), place.clone(), own)
        }
        (_, Said::Value(tested)) if *tested >= deployed => late(id, *tested, deployed, own, failed),
        (Said::Value(_), Said::Value(_)) => Verdict::Pass(own),
        (Said::Value(place), _) => doubt(change, Reason::NotStated, &format!("tested on {place}, and not when")),
        (_, Said::Value(_)) => doubt(change, Reason::NotStated, "it does not say where it was tested"),
        _ => match &record.tested_ref {
            Said::Value(test) => doubt(
                change,
                Reason::NotStated,
                &format!("it names {test} as its test, and not where and when that was"),
            ),
            // Where no column could have told, an empty one says nothing.
            Said::Unsaid if record.test_environment.is_unsaid() || record.tested_at.is_unsaid() => {
                doubt(change, Reason::NotStated, "it does not say whether it was tested")
            }
            _ => failed(format!("{id} went to production without a test deployment before"), "no test".into(), own),
        },
    }
}

fn late(
    id: &str,
    tested: Timestamp,
    deployed: Timestamp,
    evidence: Evidences,
    failed: impl Fn(String, String, Evidences) -> Verdict,
) -> Verdict {
    let found = format!("tested {}, deployed {}", minute(tested), minute(deployed));
    failed(format!("{id} was tested after it went to production"), found, evidence)
}

/// Unlike for machines, an environment that is named and not production is a lower one.
fn is_production(environment: &str, cx: &Context<'_>) -> bool {
    cx.policy.is_production(Some(environment.trim()))
}

/// Whether a change reaches production: by its machines, else by the environment it names.
fn in_production<'a>(change: &'a Placed<ChangeRecord>, cx: &Context<'a>) -> Result<bool, Verdict> {
    let named = cx.hosts_of_change(&change.fact);
    if let Some(named) = &named
        && named.hosts.iter().any(|host| host.is_production(cx.policy))
    {
        return Ok(true);
    }
    match (&change.fact.environment, named) {
        (Said::Value(environment), _) if is_production(environment, cx) => Ok(true),
        (_, Some(named)) if named.strangers.is_empty() => Ok(false),
        (Said::Value(_), None) => Ok(false),
        (_, named) => match cx.unnamed_hosts(change, named.as_ref()) {
            Some(verdict) => Err(verdict),
            None => Ok(false),
        },
    }
}
