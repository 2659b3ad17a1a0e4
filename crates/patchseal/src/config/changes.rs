//! `[changes]` and `[identities]`: what the policy asks of changes, how exports of ticket systems are mapped, and which
//! accounts belong to one person.

use super::table::Table;
use super::{DAY, Wrong, set};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use patchseal_core::policy::{Identities, Policy};
use patchseal_sources::changes::{MEMBERS, Mapping, Patching, WORDS};
use std::collections::BTreeMap;

/// Keys of `[changes]` that are limits; every other one is the name of a source.
const LIMITS: [&str; 5] = ["emergency_review", "backup_max_age", "freeze_max", "categories", "keywords"];

/// Reads both sections.
pub(super) fn read(root: &mut Table<'_>, policy: &mut Policy) -> Result<BTreeMap<String, Mapping>, Wrong> {
    if let Some(mut table) = root.table("identities")? {
        let mut pairs = Vec::new();
        for account in table.keys() {
            pairs.push((account.clone(), table.required_text(&account)?.0));
        }
        policy.identities = Identities::new(pairs);
        table.finish()?;
    }
    let mut mappings = BTreeMap::new();
    let Some(mut table) = root.table("changes")? else { return Ok(mappings) };
    for key in LIMITS {
        policy.lines.extend(table.line_of(key).map(|line| (format!("changes.{key}"), line)));
    }
    let changes = &mut policy.changes;
    set(&mut table, "emergency_review", &mut changes.emergency_review)?;
    set(&mut table, "backup_max_age", &mut changes.backup_max_age)?;
    if let Some((length, at)) = table.duration("freeze_max")? {
        if length < DAY {
            return Err(at.wrong("changes.freeze_max is the longest time of a freeze, of at least 1d"));
        }
        changes.freeze_max = Some(length);
    }
    if let Some(words) = table.words("categories")? {
        changes.categories = words;
    }
    if let Some(words) = table.words("keywords")? {
        changes.keywords = words.iter().map(|word| word.to_lowercase()).collect();
    }
    for name in table.tables_here() {
        let Some(mut own) = table.table(&name)? else { continue };
        mappings.insert(name, mapping(&mut own)?);
        own.finish()?;
    }
    table.finish()?;
    Ok(mappings)
}

/// The mapping of one export.
fn mapping(table: &mut Table<'_>) -> Result<Mapping, Wrong> {
    let mut mapping = Mapping::default();
    for member in MEMBERS {
        if let Some((column, _)) = table.text(member)? {
            mapping.columns.insert(member.to_owned(), column);
        }
    }
    if let Some((name, at)) = table.text("zone")? {
        let zone = TimeZone::get(&name).map_err(|_| at.wrong(format!("no time zone is called {name:?}")))?;
        mapping.zone = Some(zone);
    }
    if let Some((form, at)) = table.text("dates")? {
        let written = jiff::fmt::strtime::format(&form, Timestamp::UNIX_EPOCH).unwrap_or_default();
        let reads = |text: &str| Timestamp::strptime(&form, text).is_ok() || DateTime::strptime(&form, text).is_ok();
        if !reads(&written) {
            return Err(at.wrong("dates is no form of a day and a time, such as \"%d.%m.%Y %H:%M\""));
        }
        mapping.dates = Some(form);
    }
    let at = table.place("patching");
    if let Some(mut patching) = table.table("patching")? {
        let (column, _) = patching.required_text("column")?;
        let values = patching.words("values")?.unwrap_or_default();
        if values.is_empty() {
            return Err(at.wrong("patching.values names the values that mean patching, and none is named"));
        }
        mapping.patching = Some(Patching { column, values });
        patching.finish()?;
    }
    if let Some(mut words) = table.table("words")? {
        for (member, meanings) in WORDS {
            let Some(mut own) = words.table(member)? else { continue };
            for meaning in meanings {
                if let Some(values) = own.words(meaning)? {
                    mapping.words.insert((member.to_owned(), (*meaning).to_owned()), values);
                }
            }
            own.finish()?;
        }
        words.finish()?;
    }
    Ok(mapping)
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[test]
    fn limits_mappings_and_people() {
        let text = "[changes]\nemergency_review = \"48h\"\nkeywords = [\"Patchday\"]\n[changes.remedy]\nid = \"Infrastructure Change ID\"\n\
                    zone = \"Europe/Berlin\"\ndates = \"%d.%m.%Y %H:%M\"\npatching = {column = \"Tier 3\", values = [\"Patch\"]}\n\
                    words.kind.emergency = [\"Expedited\"]\n[identities]\n\"adm-17\" = \"platform-engineer\"\n";
        let config = parse(text, "patchseal.toml").unwrap_or_else(|wrong| panic!("{wrong:?}"));
        let changes = &config.policy.changes;
        assert_eq!((changes.emergency_review, changes.keywords.as_slice()), (48 * 3600, &["patchday".to_owned()][..]));
        assert_eq!(config.policy.line_of(&["changes.emergency_review"]), Some(2));
        let mapping = &config.changes["remedy"];
        assert_eq!(mapping.columns["id"], "Infrastructure Change ID");
        assert_eq!(mapping.words[&("kind".to_owned(), "emergency".to_owned())], ["Expedited"]);
        assert!(config.policy.identities.same("ADM-17", "platform-engineer"));
    }

    #[test]
    fn errors_point_at_the_line() {
        let check = |text: &str, line: usize, part: &str| {
            let Err(wrong) = parse(text, "patchseal.toml") else { panic!("{text} was read") };
            assert!(wrong.line == line && wrong.message.contains(part), "{text}: {wrong:?}");
        };
        check("[changes]\nemergency_revue = \"48h\"\n", 2, "did you mean \"emergency_review\"?");
        check("[changes.x]\nrequestor = \"a\"\n", 2, "no key is called \"changes.x.requestor\"");
        check("[changes.x]\nzone = \"Berlin\"\n", 2, "no time zone is called \"Berlin\"");
        check("[changes.x]\ndates = \"%H:%M\"\n", 2, "no form of a day and a time");
        check("[changes.x]\nid = \"a\"\npatching = {column = \"b\"}\n", 3, "none is named");
        check("[changes.x.words.kind]\nurgent = [\"a\"]\n", 2, "no key is called \"changes.x.words.kind.urgent\"");
        check("[identities]\n\"adm-17\" = 3\n", 2, "text in quotes");
    }
}
