//! `exceptions/<id>.toml`: one exception, read with spans. What is approved is its record in canonical JSON, so that a
//! comment may change and a date may not.

use super::approvers::{no_tier, tier};
use super::table::{Place, Table};
use super::{Wrong, list};
use jiff::Timestamp;
use patchseal_core::exception::{
    Adopted, Control, Kind, Member, Milestone, Record, Revocation, Selector, Test, Tier, may_be_excepted,
};
use patchseal_core::exchange::Digest;
use patchseal_core::severity::Severity;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Descriptive texts that a record may hold; no verdict depends on them.
const TEXTS: [&str; 8] = [
    "technical_reason",
    "inherent_risk",
    "likelihood",
    "impact",
    "residual_risk",
    "reviewer",
    "remediation_plan",
    "ticket",
];
/// The same, as lists.
const LISTS: [&str; 3] = ["conditions", "regulations", "review_dates"];

/// The least tier of an exception that takes over one of a provider, which nobody rated.
pub const ADOPTED: Tier = Tier::High;

/// Whether a text can be an id: it becomes a file name.
pub fn is_id(id: &str) -> bool {
    let plain = id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    plain && !id.is_empty() && id.len() <= 64
}

/// Reads an exception; `source` is its file as messages name it.
pub fn parse(text: &str, source: &str) -> Result<Record, Wrong> {
    let mut root = Table::parse(text)?;
    let mut lines: BTreeMap<String, u32> =
        root.keys().into_iter().filter_map(|key| root.line_of(&key).map(|line| (key, line))).collect();
    let (id, at) = root.required_text("id")?;
    if !is_id(&id) {
        return Err(at.wrong(format!("{id:?} is no id: at most 64 letters, digits, - and _")));
    }
    let version = positive(&mut root, "version")?.unwrap_or(1);
    let previous = digest(&mut root, "previous")?;
    let (word, at) = root.required_text("type")?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| {
        at.wrong(format!(
            "no type is called {word:?}: the types are {}",
            list(Kind::ALL.iter().map(|kind| kind.as_str()))
        ))
    })?;
    let (word, tier_at) = root.required_text("tier")?;
    let tier = tier(&word).ok_or_else(|| tier_at.wrong(no_tier(&word)))?;
    let limit = root.duration("limit")?.map_or(tier.longest(), |(limit, _)| limit);
    let justification = said(&mut root, "justification")?;
    let owner: Arc<str> = said(&mut root, "owner")?.into();
    let requester: Arc<str> = said(&mut root, "requester")?.into();
    let created = root.required_time("created")?;
    let start = root.time("start")?;
    let at = root.place("expires");
    let expires = root.required_time("expires")?;
    if expires <= start.unwrap_or(created) {
        return Err(at.wrong("the exception expires before it begins"));
    }
    let renewals = positive(&mut root, "renewals")?.unwrap_or(0);
    let mut details = Map::new();
    for key in TEXTS {
        if let Some((text, _)) = root.text(key)? {
            details.insert(key.to_owned(), text.into());
        }
    }
    for key in LISTS {
        if let Some(words) = root.words(key)? {
            details.insert(key.to_owned(), words.into());
        }
    }
    if let Some(flag) = root.flag("customer_notice")? {
        details.insert("customer_notice".to_owned(), flag.into());
    }
    let Scope { selector, members, members_stated, adopts } = scope(&mut root, &mut lines)?;
    let worst = members.iter().map(|member| Tier::of(member.severity, member.exploited)).max();
    if let Some(worst) = worst.filter(|worst| *worst > tier) {
        return Err(tier_at.wrong(format!("tier is {}, and a member is {}", tier.as_str(), worst.as_str())));
    }
    if !adopts.is_empty() && tier < ADOPTED {
        let message =
            format!("tier is {}, and nobody rated what it adopts: that counts as {}", tier.as_str(), ADOPTED.as_str());
        return Err(tier_at.wrong(message));
    }
    let controls = controls(&mut root, &mut lines)?;
    let milestones = milestones(&mut root, &mut lines)?;
    let revoked = match root.table("revocation")? {
        None => None,
        Some(mut table) => {
            lines.insert("revocation".to_owned(), table.line());
            let revoked = Revocation { at: table.required_time("at")?, reason: said(&mut table, "reason")? };
            table.finish()?;
            Some(revoked)
        }
    };
    root.finish()?;
    let members_found = members_digest(&members);
    let mut record = Record {
        id: id.into(),
        version,
        previous,
        digest: Digest([0; 32]),
        kind,
        tier,
        limit,
        justification,
        owner,
        requester,
        ticket: details.get("ticket").and_then(Value::as_str).map(str::to_owned),
        created,
        start,
        expires,
        renewals,
        selector,
        members,
        adopts,
        members_stated,
        members_found,
        controls,
        milestones,
        revoked,
        source: source.into(),
        lines,
    };
    record.digest = sha256(&canonical(&record, &details));
    Ok(record)
}

fn sha256(value: &Value) -> Digest {
    Digest(patchseal_log::sha256(value.to_string().as_bytes()).0)
}

/// Digest over a member list.
pub fn members_digest(members: &[Member]) -> Digest {
    sha256(&Value::Array(members.iter().map(member_json).collect()))
}

fn member_json(member: &Member) -> Value {
    json!({
        "cves": member.cves,
        "data_class": member.data_class.as_deref(),
        "exploited": member.exploited,
        "finding": &*member.finding,
        "fix_lines": member.fix_lines,
        "internet_facing": member.internet_facing,
        "owner": member.owner.as_deref(),
        "production": member.production,
        "rule": &*member.rule,
        "severity": member.severity.as_str(),
        "subject": &*member.subject,
    })
}

/// What is approved, as RFC 8785 writes it: `Value` keeps members sorted, there are no floats, keys are ASCII.
fn canonical(record: &Record, details: &Map<String, Value>) -> Value {
    let control = |control: &Control| {
        json!({
            "cadence": control.cadence,
            "description": control.description,
            "id": &*control.id,
            "owner": control.owner,
        })
    };
    let milestone = |step: &Milestone| json!({"due": step.due.to_string(), "what": step.what});
    let selector = &record.selector;
    let mut value = json!({
        "schema": "patchseal.exception/v1",
        "id": &*record.id,
        "version": record.version,
        "previous": record.previous.map(|digest| digest.to_string()),
        "type": record.kind.as_str(),
        "tier": record.tier.as_str(),
        "limit": record.limit,
        "justification": record.justification,
        "owner": &*record.owner,
        "requester": &*record.requester,
        "created": record.created.to_string(),
        "start": record.start.map(|time| time.to_string()),
        "expires": record.expires.to_string(),
        "renewals": record.renewals,
        "details": details,
        "scope": {
            "rules": selector.rules,
            "assets": selector.assets,
            "services": selector.services,
            "cves": selector.cves,
            "fix_lines": selector.fix_lines,
            "members": record.members.iter().map(member_json).collect::<Vec<_>>(),
            "members_sha256": record.members_stated.to_string(),
        },
        "compensating_controls": record.controls.iter().map(control).collect::<Vec<_>>(),
        "milestones": record.milestones.iter().map(milestone).collect::<Vec<_>>(),
        "revocation": record.revoked.as_ref().map(|end| json!({"at": end.at.to_string(), "reason": end.reason})),
    });
    // Only where there are any: records from before there could be keep their digests, and so their approvals.
    if !record.adopts.is_empty() {
        let adopted = |one: &Adopted| json!({"held": &*one.held, "sha256": one.terms.to_string()});
        value["scope"]["adopts"] = record.adopts.iter().map(adopted).collect();
    }
    value
}

/// A required text that says something.
fn said(table: &mut Table<'_>, key: &str) -> Result<String, Wrong> {
    let (text, at) = table.required_text(key)?;
    if text.trim().is_empty() { Err(at.wrong(format!("{key} is empty"))) } else { Ok(text) }
}

fn positive(table: &mut Table<'_>, key: &str) -> Result<Option<u32>, Wrong> {
    let Some((number, at)) = table.number(key)? else { return Ok(None) };
    u32::try_from(number).map(Some).map_err(|_| at.wrong(format!("{key} is {number}, and has to be 0 or more")))
}

fn digest(table: &mut Table<'_>, key: &str) -> Result<Option<Digest>, Wrong> {
    let Some((text, at)) = table.text(key)? else { return Ok(None) };
    let parsed: Result<patchseal_log::Digest, _> = text.parse();
    parsed.map(|digest| Some(Digest(digest.0))).map_err(|_| at.wrong(format!("{key} is a SHA-256 digest, 64 digits")))
}

struct Scope {
    selector: Selector,
    members: Vec<Member>,
    members_stated: Digest,
    adopts: Vec<Adopted>,
}

fn scope(root: &mut Table<'_>, lines: &mut BTreeMap<String, u32>) -> Result<Scope, Wrong> {
    let missing = root.place("id").wrong("[scope] is missing: an exception covers what it lists");
    let mut table = root.table("scope")?.ok_or(missing)?;
    lines.extend(
        table.keys().into_iter().filter_map(|key| table.line_of(&key).map(|line| (format!("scope.{key}"), line))),
    );
    let at = table.place("rules");
    let mut selector = Selector::default();
    for (key, words) in [
        ("rules", &mut selector.rules),
        ("assets", &mut selector.assets),
        ("services", &mut selector.services),
        ("cves", &mut selector.cves),
        ("fix_lines", &mut selector.fix_lines),
    ] {
        *words = table.words(key)?.unwrap_or_default();
    }
    for rule in &selector.rules {
        known_rule(rule, at)?;
    }
    let hash_at = table.place("members_sha256");
    let stated = digest(&mut table, "members_sha256")?
        .ok_or_else(|| hash_at.wrong("scope.members_sha256 is missing: `patchseal exception new` writes it"))?;
    let mut members = Vec::new();
    for (at, mut own) in table.tables("members")?.into_iter().enumerate() {
        lines.insert(format!("scope.members.{at}"), own.line());
        members.push(member(&mut own)?);
        own.finish()?;
    }
    let mut adopts = Vec::new();
    for mut own in table.tables("adopts")? {
        let at = own.place("sha256");
        let held: Arc<str> = said(&mut own, "held")?.into();
        let terms = digest(&mut own, "sha256")?
            .ok_or_else(|| at.wrong("sha256 is missing: `patchseal exception new --adopt` writes it"))?;
        own.finish()?;
        adopts.push(Adopted { held, terms });
    }
    if members.is_empty() && adopts.is_empty() {
        return Err(hash_at.wrong("scope has no members: an exception without members covers nothing"));
    }
    table.finish()?;
    Ok(Scope { selector, members, members_stated: stated, adopts })
}

fn known_rule(rule: &str, at: Place<'_>) -> Result<(), Wrong> {
    if !may_be_excepted(rule) {
        return Err(at.wrong(format!("{rule} judges exceptions, and cannot be excepted")));
    }
    match patchseal_core::rules::rule(rule) {
        Some(_) => Ok(()),
        None => Err(at.wrong(format!("no rule is called {rule:?}: `patchseal explain --all` lists them"))),
    }
}

fn member(table: &mut Table<'_>) -> Result<Member, Wrong> {
    let finding = said(table, "finding")?;
    let (rule, at) = table.required_text("rule")?;
    known_rule(&rule, at)?;
    let (word, at) = table.required_text("severity")?;
    let severity = Severity::ALL.into_iter().find(|severity| severity.as_str() == word);
    Ok(Member {
        finding: finding.into(),
        rule: rule.into(),
        subject: said(table, "subject")?.into(),
        owner: table.text("owner")?.map(|(owner, _)| owner.into()),
        severity: severity.ok_or_else(|| {
            let words = list(Severity::ALL.iter().map(|severity| severity.as_str()));
            at.wrong(format!("no severity is called {word:?}: the severities are {words}"))
        })?,
        exploited: table.flag("exploited")?.unwrap_or(false),
        internet_facing: table.flag("internet_facing")?.unwrap_or(false),
        production: table.flag("production")?.unwrap_or(false),
        data_class: table.text("data_class")?.map(|(class, _)| class.into()),
        fix_lines: table.words("fix_lines")?.unwrap_or_default(),
        cves: table.words("cves")?.unwrap_or_default(),
    })
}

fn controls(root: &mut Table<'_>, lines: &mut BTreeMap<String, u32>) -> Result<Vec<Control>, Wrong> {
    let mut controls = Vec::new();
    for (at, mut table) in root.tables("compensating_controls")?.into_iter().enumerate() {
        let (id, place) = table.required_text("id")?;
        let line = place.line();
        lines.insert(format!("compensating_controls.{at}"), line);
        let description = said(&mut table, "description")?;
        let owner = table.text("owner")?.map(|(owner, _)| owner);
        let missing = place.wrong(format!("{id} has no cadence: say how often it is tested, such as \"7d\""));
        let (cadence, _) = table.duration("cadence")?.ok_or(missing)?;
        let mut tests = Vec::new();
        for mut own in table.tables("tests")? {
            let time: Timestamp = own.required_time("at")?;
            let (word, place) = own.required_text("result")?;
            let passed = match word.as_str() {
                "passed" => true,
                "failed" => false,
                _ => return Err(place.wrong(format!("result is \"passed\" or \"failed\", and is {word:?}"))),
            };
            // Who tested, and where the record of it is: for people.
            own.text("by")?;
            own.text("evidence")?;
            tests.push(Test { at: time, passed, line: place.line() });
            own.finish()?;
        }
        tests.sort_by_key(|test| test.at);
        table.finish()?;
        controls.push(Control { id: id.into(), description, owner, cadence, tests, line });
    }
    Ok(controls)
}

fn milestones(root: &mut Table<'_>, lines: &mut BTreeMap<String, u32>) -> Result<Vec<Milestone>, Wrong> {
    let mut milestones = Vec::new();
    for (at, mut table) in root.tables("milestones")?.into_iter().enumerate() {
        let line = table.line();
        lines.insert(format!("milestones.{at}"), line);
        let what = said(&mut table, "what")?;
        milestones.push(Milestone { what, due: table.required_time("due")?, done: table.time("done")?, line });
        table.finish()?;
    }
    Ok(milestones)
}
