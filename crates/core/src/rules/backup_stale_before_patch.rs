//! A database that was patched without a way back. Only a backup from shortly before is one.

use crate::context::{Context, doubt, exactly, rests_on};
use crate::control::{PC_10, PC_19};
use crate::estate::Placed;
use crate::example::{World, fail, not_applicable, pass, unknown};
use crate::fact::{ChangeRecord, Said};
use crate::reading::Reason;
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::{length, minute};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "backup-stale-before-patch",
    title: "stateful machine patched without a fresh backup",
    severity: Severity::Medium,
    since: "0.1",
    why: "If the patch breaks a database, what was written since the last backup is lost. Teams that know this postpone \
          database patches; teams that do not find out.",
    fix: "Take a snapshot or backup within changes.backup_max_age (24 h by default) before the change, and record when.",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_19, &PC_10],
    checks: &[Check::EachChange(check)],
    examples: &[
        pass("two hours before", |w| database(w).change("CHG1")),
        fail("a month old", |w| database(w).change_with("CHG1", |w, c| c.backup_at = w.said(24 + 720))),
        fail("taken afterwards", |w| database(w).change_with("CHG1", |w, c| c.backup_at = w.said(2))),
        unknown("no change records were ever read", |w| w.host("web-1")),
        unknown("no backup on record, which may be elsewhere", |w| {
            database(w).change_with("CHG1", |_, c| (c.backup_ref, c.backup_at) = (Said::Nothing, Said::Nothing))
        }),
        unknown("a backup of no stated time", |w| database(w).change_with("CHG1", |_, c| c.backup_at = Said::Unsaid)),
        unknown("no time of deployment", |w| database(w).change_with("CHG1", |_, c| c.deployed_at = Said::Unsaid)),
        unknown("no machines named", |w| database(w).change_with("CHG1", |_, c| c.assets = Said::Nothing)),
        unknown("a machine that no list has", |w| {
            database(w).change_with("CHG1", |_, c| c.assets = Said::Value(vec!["orders-db-9".into()]))
        }),
        not_applicable("a web server", |w| w.host("web-1").change("CHG1")),
    ],
};

fn database(world: World) -> World {
    world.host("orders-db-1").tag("role", "database")
}

fn check<'a>(change: &'a Placed<ChangeRecord>, cx: &Context<'a>) -> Verdict {
    let deployment = match cx.deployed(change) {
        Ok(deployment) => deployment,
        Err(verdict) => return verdict,
    };
    let record = &change.fact;
    let named = cx.hosts_of_change(record);
    let stateful = named.as_ref().and_then(|named| named.hosts.iter().find(|host| host.stateful));
    let Some(host) = stateful else {
        let unnamed = named.as_ref().is_none_or(|named| !named.strangers.is_empty());
        return unnamed
            .then(|| cx.unnamed_hosts(change, named.as_ref()))
            .flatten()
            .unwrap_or(Verdict::NotApplicable("no stateful machine"));
    };
    let limit = cx.policy.changes.backup_max_age;
    let Some(deployed) = exactly(deployment) else {
        return doubt(change, Reason::NotStated, "it does not say when it was deployed");
    };
    let evidence = rests_on(change).and(host.evidence.clone());
    match (&record.backup_at, &record.backup_ref) {
        (Said::Value(taken), _) => {
            let age = deployed.as_second() - taken.as_second();
            if (0..=limit).contains(&age) {
                return Verdict::Pass(evidence);
            }
            let when = if age < 0 { "afterwards".to_owned() } else { format!("{} before", length(age)) };
            Verdict::fail(
                format!("{} patched {}, and its last backup on record was taken {when}", record.id, host.name),
                format!("a backup of at most {} before the change", length(limit)),
                format!("backup {}, deployed {}", minute(*taken), minute(deployed)),
                evidence,
            )
            .with_times(Some(deployed), None)
            .with_policy(&["changes.backup_max_age"])
        }
        (_, Said::Value(backup)) => {
            doubt(change, Reason::NotStated, &format!("it names the backup {backup}, and not when that was taken"))
        }
        _ => doubt(change, Reason::NotStated, &format!("it patched {}, and names no backup", host.name)),
    }
}
