//! `exception`: writes, signs, lists and checks acceptances of risk.

mod check;
mod list;

use super::{document, evaluate, now, say, write_file};
use crate::cli::{ApproveArgs, ExceptionCommand, Global, KeyArgs, NewArgs, RenewArgs, RevokeArgs};
use crate::config::{self, Config};
use crate::error::Error;
use crate::exceptions::draft::{self, Draft};
use crate::exceptions::folder::NAME;
use crate::exceptions::{Folder, Given, envelope, given, key};
use crate::exit::Exit;
use crate::pipeline::{self, Begin, Question};
use crate::{recall, store};
use jiff::Timestamp;
use patchseal_core::clock::after;
use patchseal_core::context::Context;
use patchseal_core::engine::Keep;
use patchseal_core::exception::{Adopted, Kind, Member, Selector, Tier, may_be_excepted};
use patchseal_core::policy::{DAY, HOUR, Seconds};
use patchseal_core::rule::Verdict;
use std::path::PathBuf;

pub(super) fn run(global: &Global, command: ExceptionCommand) -> Result<Exit, Error> {
    match command {
        ExceptionCommand::New(args) => new(global, &args),
        ExceptionCommand::Approve(args) => approve(global, &args),
        ExceptionCommand::Key(args) => make_key(global, &args),
        ExceptionCommand::List(args) => list::run(global, &args),
        ExceptionCommand::Check => check::run(global),
        ExceptionCommand::Revoke(args) => revoke(global, &args),
        ExceptionCommand::Renew(args) => renew(global, &args),
    }
}

/// The policy and the folder beside it.
fn place(global: &Global) -> Result<(Config, Folder), Error> {
    let config = config::load(global.config.as_deref(), None)?;
    let folder = Folder::of(&config);
    Ok((config, folder))
}

fn usage(message: impl Into<String>) -> Error {
    Error::Usage(message.into())
}

/// Writes an exception over present findings.
fn new(global: &Global, args: &NewArgs) -> Result<Exit, Error> {
    let (config, folder) = place(global)?;
    if !config::exception::is_id(&args.id) {
        return Err(usage(format!("{:?} is no id: at most 64 letters, digits, - and _", args.id)));
    }
    let path = folder.path.join(format!("{}.toml", args.id));
    if path.exists() {
        return Err(usage(format!("{} is there already: `patchseal exception renew` extends it", path.display())));
    }
    let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == args.kind).ok_or_else(|| {
        let words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        usage(format!("no type is called {:?}: the types are {}", args.kind, words.join(", ")))
    })?;
    let selector = Selector {
        rules: args.rule.clone(),
        assets: args.asset.clone(),
        services: args.service.clone(),
        cves: args.cve.clone(),
        fix_lines: args.fix_line.clone(),
    };
    let (members, adopts) = covered(global, &config, args, &selector)?;
    let least = if adopts.is_empty() { Tier::Low } else { config::exception::ADOPTED };
    let tier = members.iter().map(|one| Tier::of(one.severity, one.exploited)).max().unwrap_or(least).max(least);
    let limit = config.policy.exceptions.longest(tier);
    let created = now();
    let start = match &args.start {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| usage(format!("--start {text:?} is no time with its offset")))?),
    };
    let begins: Timestamp = start.unwrap_or(created);
    let expires = end(args.expires.as_deref(), begins, limit, tier)?;
    let text = draft::text(&Draft {
        id: &args.id,
        kind,
        tier,
        limit,
        justification: &args.justification,
        owner: &args.owner,
        requester: &args.requester,
        ticket: args.ticket.as_deref(),
        created,
        start,
        expires,
        selector: &selector,
        members: &members,
        adopts: &adopts,
    });
    // What would not be read back is not written.
    config::exception::parse(&text, &format!("{NAME}/{}.toml", args.id)).map_err(|wrong| usage(wrong.message))?;
    std::fs::create_dir_all(&folder.path).map_err(|source| Error::Write { path: folder.path.clone(), source })?;
    write_file(&path, |out| out.write_all(text.as_bytes()))?;
    let mut findings = patchseal_core::text::count(members.len(), "finding");
    if !adopts.is_empty() {
        let taken = patchseal_core::text::count(adopts.len(), "exception");
        findings.push_str(&format!(" and {taken} that a provider holds"));
    }
    let day = patchseal_core::text::day(expires);
    let text = format!(
        "wrote {}: {findings}, {} risk, until {day}; it covers nothing until it is approved\n",
        path.display(),
        tier.as_str()
    );
    document(global, text.as_bytes())?;
    Ok(Exit::Clean)
}

/// The findings asked for, and the exceptions of providers, as they are now.
fn covered(
    global: &Global,
    config: &Config,
    args: &NewArgs,
    selector: &Selector,
) -> Result<(Vec<Member>, Vec<Adopted>), Error> {
    let selects = selector.is_open() || !selector.cves.is_empty() || !selector.fix_lines.is_empty();
    if args.finding.is_empty() && args.adopt.is_empty() && !selects {
        let ways = "--finding ID, or --rule, --asset, --service, --cve, --fix-line, or --adopt ID";
        return Err(usage(format!("say what to cover: {ways}")));
    }
    for rule in &selector.rules {
        if patchseal_core::rules::rule(rule).is_none() {
            return Err(usage(format!("no rule is called {rule:?}: `patchseal explain --all` lists them")));
        }
    }
    let store = store::read(&global.store)?;
    let as_of = recall::newest(&store)?.unwrap_or_else(now);
    let question =
        Question { config, as_of, known_at: store.checkpoint().size, keep: Keep::Findings, begin: Begin::Resume };
    let evaluated = pipeline::evaluate(&store, &question)?;
    let cx = Context::new(&config.policy, &evaluated.estate);
    let failures = || {
        let all = evaluated.evaluation.findings.iter();
        all.filter(|finding| matches!(finding.verdict, Verdict::Fail(_)) && may_be_excepted(finding.rule.id))
    };
    let mut chosen = Vec::new();
    for id in &args.finding {
        let found = failures().find(|finding| *finding.id == **id);
        chosen.push(found.ok_or_else(|| {
            usage(format!("no failure of the newest observation has the id {id:?}, or it is none that can be excepted"))
        })?);
    }
    if args.finding.is_empty() && selects {
        chosen.extend(failures().filter(|finding| selector.means(finding, &cx)));
    }
    let mut adopts = Vec::new();
    for id in &args.adopt {
        let mut held = evaluated.estate.facts.held.iter().map(|(_, placed)| &placed.fact);
        let held = held.find(|held| held.id.eq_ignore_ascii_case(id) && !cx.is_over(held)).ok_or_else(|| {
            usage(format!("no provider holds an exception {id:?} at the newest observation: `patchseal exception list` prints their ids"))
        })?;
        adopts.push(Adopted { held: held.id.as_str().into(), terms: held.terms() });
    }
    if chosen.is_empty() && adopts.is_empty() {
        return Err(usage("nothing that fails is meant by these: an exception is made for findings that are there"));
    }
    let mut members: Vec<Member> = chosen.into_iter().map(|finding| Member::freeze(finding, selector, &cx)).collect();
    members.sort_by(|one, other| {
        (&one.rule, &one.subject, &one.finding).cmp(&(&other.rule, &other.subject, &other.finding))
    });
    members.dedup();
    adopts.sort_by(|one, other| one.held.cmp(&other.held));
    adopts.dedup();
    Ok((members, adopts))
}

/// The end asked for, or the latest that is allowed.
fn end(asked: Option<&str>, begins: Timestamp, limit: Seconds, tier: Tier) -> Result<Timestamp, Error> {
    let latest = after(begins, limit);
    let Some(text) = asked else { return Ok(latest) };
    let end = match text.parse() {
        Ok(time) => time,
        Err(_) => {
            let (number, unit) = text.split_at(text.len().saturating_sub(1));
            let unit = match unit {
                "d" => Some(DAY),
                "h" => Some(HOUR),
                "w" => Some(7 * DAY),
                _ => None,
            };
            let length = number.parse::<Seconds>().ok().zip(unit).and_then(|(number, unit)| number.checked_mul(unit));
            after(
                begins,
                length.filter(|length| *length > 0).ok_or_else(|| {
                    usage(format!(
                        "--expires {text:?} is neither a time such as 2026-12-24T00:00:00Z nor a length such as 30d"
                    ))
                })?,
            )
        }
    };
    if end > latest {
        return Err(usage(format!(
            "--expires {text}: an exception for {} risk lasts {} at most",
            tier.as_str(),
            draft::length(limit)
        )));
    }
    Ok(end)
}

/// Makes a key.
fn make_key(global: &Global, args: &KeyArgs) -> Result<Exit, Error> {
    let key = key::generate();
    key::save(&key, &args.file)?;
    say(
        global,
        &format!(
            "wrote {}: keep it where only its owner reads it; the policy needs the line below",
            args.file.display()
        ),
    );
    document(global, format!("key = \"{}\"\n", key::public(&key)).as_bytes())?;
    Ok(Exit::Clean)
}

fn find(folder: &Folder, id: &str) -> Result<Given, Error> {
    let all = given(folder)?.unwrap_or_default();
    all.into_iter()
        .find(|one| *one.record.id == *id)
        .ok_or_else(|| usage(format!("there is no exception {id}: {} has no {id}.toml", folder.path.display())))
}

/// Signs.
fn approve(global: &Global, args: &ApproveArgs) -> Result<Exit, Error> {
    let (config, folder) = place(global)?;
    let given = find(&folder, &args.id)?;
    let policy = &config.policy.exceptions;
    let approver = policy.approver(&args.approver).ok_or_else(|| {
        let known: Vec<&str> = policy.approvers.iter().map(|approver| approver.id.as_str()).collect();
        let known =
            if known.is_empty() { "it names none".to_owned() } else { format!("it names {}", known.join(", ")) };
        usage(format!("the policy {} has no [[approvers]] {:?}: {known}", config.policy.source, args.approver))
    })?;
    let signing = key::load(&args.key)?;
    if signing.verifying_key().as_bytes() != &approver.key {
        return Err(usage(format!(
            "{} is not the key of {}: {}:{} names another",
            args.key.display(),
            args.approver,
            config.policy.source,
            approver.line
        )));
    }
    let at = now();
    let text = envelope::sign(&given.record, &args.approver, at, &signing);
    let said = envelope::read(&text).map_err(|(_, message)| usage(message))?;
    // Signed in thought first: what would not count is not written.
    let path = folder.path.join(format!("{}.{}.dsse.json", args.id, args.approver));
    let refused = check::refusals(&given, &said, policy, at);
    if let Some(refusal) = refused.into_iter().next() {
        return Err(Error::Policy {
            path: folder.path.join(format!("{}.toml", args.id)),
            line: refusal.line,
            column: 1,
            message: refusal.message,
        });
    }
    write_file(&path, |out| out.write_all(text.as_bytes()))?;
    let sealed = seal(global, &config)?;
    document(global, format!("wrote {}; {sealed}\n", path.display()).as_bytes())?;
    Ok(Exit::Clean)
}

/// Seals at once where there is a store: an approval counts from its sealing.
fn seal(global: &Global, config: &Config) -> Result<String, Error> {
    if !store::exists(&global.store) {
        return Ok(format!(
            "there is no store {}: it counts from when `check` or `assess` seals it",
            global.store.display()
        ));
    }
    let mut opened = store::open_or_create(&global.store)?;
    let leaves = evaluate::seal_exceptions(global, &mut opened, config)?;
    Ok(match leaves.last() {
        Some(leaf) => format!("sealed as leaf {leaf}"),
        None => "sealed before".to_owned(),
    })
}

/// Ends an exception.
fn revoke(global: &Global, args: &RevokeArgs) -> Result<Exit, Error> {
    let (config, folder) = place(global)?;
    let given = find(&folder, &args.id)?;
    if given.record.revoked.is_some() {
        return Err(usage(format!("{} is revoked already ({})", args.id, given.record.at("revocation"))));
    }
    let at = now();
    let mut text = draft::next(&given.text, &given.record, at, &[]);
    let reason = draft::quoted(&args.reason);
    text.push_str(&format!("\n[revocation]\nat = \"{at}\"\nreason = {reason}\n"));
    rewrite(
        global,
        &config,
        &folder,
        &args.id,
        &text,
        "it covers nothing from now on, and the revocation is to be approved",
    )
}

/// Extends an exception.
fn renew(global: &Global, args: &RenewArgs) -> Result<Exit, Error> {
    let (config, folder) = place(global)?;
    let given = find(&folder, &args.id)?;
    let record = &given.record;
    let policy = &config.policy.exceptions;
    let place = |key: &str, message: String| Error::Policy {
        path: folder.path.join(format!("{}.toml", args.id)),
        line: record.lines.get(key).copied().unwrap_or(1) as usize,
        column: 1,
        message,
    };
    if record.revoked.is_some() {
        return Err(place("revocation", "it is revoked: a new exception is needed".to_owned()));
    }
    let most = policy.renewals(record.tier);
    if record.renewals >= most {
        let tier = record.tier.as_str();
        return Err(place(
            "renewals",
            format!("it was extended {} times, and {tier} risk allows {most}", record.renewals),
        ));
    }
    let at = now();
    let limit = policy.longest(record.tier);
    let expires = end(args.expires.as_deref(), at, limit, record.tier)?;
    if expires <= record.expires {
        return Err(place("expires", format!("it ends on {} already", patchseal_core::text::day(record.expires))));
    }
    let changes = [
        ("limit", Some(draft::quoted(&draft::length(limit)))),
        ("start", None),
        ("expires", Some(draft::quoted(&expires.to_string()))),
        ("renewals", Some((record.renewals + 1).to_string())),
    ];
    let text = draft::next(&given.text, record, at, &changes);
    rewrite(global, &config, &folder, &args.id, &text, "the version before holds until it ends or this one is approved")
}

fn rewrite(global: &Global, config: &Config, folder: &Folder, id: &str, text: &str, then: &str) -> Result<Exit, Error> {
    let path: PathBuf = folder.path.join(format!("{id}.toml"));
    let record = config::exception::parse(text, &format!("{NAME}/{id}.toml")).map_err(|wrong| Error::Policy {
        path: path.clone(),
        line: wrong.line,
        column: wrong.column,
        message: format!("the next version would not be read: {}", wrong.message),
    })?;
    // What is sealed so far has to be in the log before its file changes: the version before may be in force.
    if store::exists(&global.store) {
        seal(global, config)?;
    }
    write_file(&path, |out| out.write_all(text.as_bytes()))?;
    let sealed = seal(global, config)?;
    let text = format!("wrote version {} of {}: {then}; {sealed}\n", record.version, path.display());
    document(global, text.as_bytes())?;
    Ok(Exit::Clean)
}
