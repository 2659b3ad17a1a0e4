//! `[collectors.<name>]`: how often one collector is to run, and since when.

use super::table::Table;
use super::{HOUR, Policy, Wrong};
use patchseal_core::policy::Collector;

/// Reads the section.
pub(super) fn read(root: &mut Table<'_>, policy: &mut Policy) -> Result<(), Wrong> {
    let Some(mut table) = root.table("collectors")? else { return Ok(()) };
    for name in table.keys() {
        let at = table.place(&name);
        if name.trim().is_empty() {
            return Err(at.wrong("a collector has the name that `collector` in recording.toml gives it, and this one is empty"));
        }
        let Some(mut own) = table.table(&name)? else { continue };
        policy.lines.insert(format!("collectors.{name}"), at.line());
        for key in own.keys() {
            policy.lines.extend(own.line_of(&key).map(|line| (format!("collectors.{name}.{key}"), line)));
        }
        let mut collector = Collector { line: at.line(), since: own.time("since")?, ..Collector::default() };
        if let Some((length, at)) = own.duration("cadence")? {
            if length < HOUR {
                return Err(at.wrong(format!("collectors.{name}.cadence is a time of at least 1h")));
            }
            collector.cadence = Some(length);
        }
        collector.tolerance = own.duration("tolerance")?.map(|(length, _)| length);
        own.finish()?;
        policy.collectors.insert(name, collector);
    }
    table.finish()
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use patchseal_core::policy::{DAY, HOUR};

    #[test]
    fn a_collector_has_its_own_cadence() {
        let text = "[evidence]\ncadence = \"1d\"\nlookback = \"30d\"\n[collectors.scan]\ncadence = \"7d\"\nsince = \"2026-09-01T00:00:00Z\"\n\
                    [collectors.\"sf nightly\"]\ntolerance = \"2h\"\n";
        let policy = parse(text, "patchseal.toml").unwrap().policy;
        assert_eq!(policy.evidence.lookback, 30 * DAY);
        assert_eq!(policy.run_limit("scan"), 7 * DAY + 6 * HOUR);
        assert_eq!(policy.run_limit("sf nightly"), 26 * HOUR);
        assert_eq!(policy.run_limit("another"), 30 * HOUR);
        assert_eq!(policy.line_of(&[policy.cadence_key("scan")]), Some(5));
        assert_eq!(policy.line_of(&[policy.cadence_key("sf nightly")]), Some(2));
        assert_eq!(policy.line_of(&["collectors.sf nightly"]), Some(7));
    }

    #[test]
    fn errors_point_at_the_line() {
        for (text, line, part) in [
            ("[collectors.scan]\ncadence = \"daily\"\n", 2, "has to be a length of time"),
            ("[collectors.scan]\ncadence = \"0h\"\n", 2, "at least 1h"),
            ("[collectors.scan]\n\nsince = \"September\"\n", 3, "has to be a time with its offset"),
            ("[collectors.scan]\ncadense = \"7d\"\n", 2, "did you mean \"cadence\"?"),
            ("[collectors]\nscan = \"7d\"\n", 2, "has to be a table"),
            ("[collectors.\"\"]\ncadence = \"7d\"\n", 1, "is empty"),
            ("[evidence]\nlookback = \"all\"\n", 2, "has to be a length of time"),
        ] {
            let wrong = parse(text, "patchseal.toml").map(|_| ()).unwrap_err();
            assert!(wrong.line == line && wrong.message.contains(part), "{text}: {wrong:?}");
        }
    }
}
