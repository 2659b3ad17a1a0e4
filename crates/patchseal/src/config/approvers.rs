//! `[exceptions]` and `[[approvers]]`: who may approve which risk, for how long, and which human is behind an id.

use super::table::Table;
use super::{Wrong, list};
use base64::prelude::*;
use patchseal_core::exception::{Approver, Role, Tier, quorum};
use patchseal_core::policy::{HOUR, Policy};

pub(super) fn read(root: &mut Table<'_>, policy: &mut Policy) -> Result<(), Wrong> {
    if let Some(mut table) = root.table("exceptions")? {
        for key in table.keys() {
            policy.lines.extend(table.line_of(&key).map(|line| (format!("exceptions.{key}"), line)));
        }
        let rules = &mut policy.exceptions;
        for tier in Tier::ALL {
            let key = tier.as_str();
            if let Some((length, at)) = table.duration(key)? {
                if length < HOUR {
                    return Err(at.wrong(format!("{key} is the longest time of an exception, at least 1h")));
                }
                rules.longest.insert(tier, length);
            }
        }
        if let Some((number, at)) = table.number("renewals")? {
            let number = u32::try_from(number).ok();
            rules.renewals =
                Some(number.ok_or_else(|| at.wrong("renewals is how often an exception may be extended, from 0"))?);
        }
        if table.is_word("seal_limit", "off") {
            rules.seal_limit = None;
            table.text("seal_limit")?;
        } else if let Some((length, _)) = table.duration("seal_limit")? {
            rules.seal_limit = Some(length);
        }
        rules.unrelated = table.words("unrelated")?.unwrap_or_default();
        if let Some(mut people) = table.table("people")? {
            for id in people.keys() {
                let (person, _) = people.required_text(&id)?;
                rules.people.insert(id, person);
            }
        }
        table.finish()?;
    }
    for mut table in root.tables("approvers")? {
        let approver = approver(&mut table)?;
        let at = table.place("id");
        table.finish()?;
        let known = &mut policy.exceptions;
        if known.approver(&approver.id).is_some() || known.people.contains_key(&approver.id) {
            return Err(Wrong {
                line: approver.line as usize,
                ..at.wrong(format!("{:?} stands here a second time: one id is one person", approver.id))
            });
        }
        policy.lines.entry("approvers".to_owned()).or_insert(approver.line);
        policy.lines.insert(format!("approvers.{}", approver.id), approver.line);
        known.approvers.push(approver);
    }
    Ok(())
}

fn approver(table: &mut Table<'_>) -> Result<Approver, Wrong> {
    let (id, at) = table.required_text("id")?;
    let line = at.line();
    if id.is_empty() || !id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        return Err(at.wrong(format!("{id:?} is no id: it goes into file names, so letters, digits, - and _")));
    }
    let (role, at) = table.required_text("role")?;
    let role = Role::ALL.into_iter().find(|one| one.as_str() == role).ok_or_else(|| {
        at.wrong(format!(
            "no role is called {role:?}: the roles are {}",
            list(Role::ALL.iter().map(|one| one.as_str()))
        ))
    })?;
    let at = table.place("tiers");
    let tiers = match table.words("tiers")? {
        Some(words) => words.iter().map(|word| tier(word).ok_or_else(|| at.wrong(no_tier(word)))).collect(),
        None => Ok(Tier::ALL.into_iter().filter(|tier| quorum(*tier).iter().any(|any| any.contains(&role))).collect()),
    }?;
    let (key, at) = table.required_text("key")?;
    let bytes = BASE64_STANDARD.decode(&key).ok().and_then(|bytes| bytes.try_into().ok());
    let key = bytes.ok_or_else(|| {
        at.wrong("key is an Ed25519 public key, 32 bytes in base64: `patchseal exception key` prints it")
    })?;
    let person = table.required_text("person")?.0;
    let service = table.flag("service")?.unwrap_or(false);
    Ok(Approver { id, person, role, tiers, key, service, line })
}

pub(super) fn tier(word: &str) -> Option<Tier> {
    Tier::ALL.into_iter().find(|tier| tier.as_str() == word)
}

pub(super) fn no_tier(word: &str) -> String {
    format!("no tier is called {word:?}: the tiers are {}", list(Tier::ALL.iter().map(|tier| tier.as_str())))
}
