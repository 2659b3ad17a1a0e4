//! `[claims]`: how soon what a record claims has to be verified.

use super::table::Table;
use super::{HOUR, Policy, Wrong};

/// Reads the section.
pub(super) fn read(root: &mut Table<'_>, policy: &mut Policy) -> Result<(), Wrong> {
    let Some(mut table) = root.table("claims")? else { return Ok(()) };
    for key in table.keys() {
        policy.lines.extend(table.line_of(&key).map(|line| (format!("claims.{key}"), line)));
    }
    if let Some((length, at)) = table.duration("verify_within")? {
        if length < HOUR {
            return Err(at.wrong("claims.verify_within is a limit of at least 1h"));
        }
        policy.claims.verify_within = length;
        // A target that nobody set does not outlast the limit that somebody did.
        policy.claims.verify_target = policy.claims.verify_target.min(length);
    }
    if let Some((length, at)) = table.duration("verify_target")? {
        if length > policy.claims.verify_within {
            return Err(at.wrong("claims.verify_target is longer than claims.verify_within, which is the limit"));
        }
        policy.claims.verify_target = length;
    }
    if let Some((length, at)) = table.duration("run_within")? {
        if length < HOUR {
            return Err(at.wrong("claims.run_within is a limit of at least 1h"));
        }
        policy.claims.run_within = length;
    }
    table.finish()
}

#[cfg(test)]
mod tests {
    use crate::config::parse;

    fn check(text: &str, expected: Result<(i64, i64), &str>) {
        let found = parse(text, "patchseal.toml");
        let found =
            found.map(|config| (config.policy.claims.verify_within / 3600, config.policy.claims.verify_target / 3600));
        match expected {
            Ok(hours) => assert_eq!(found, Ok(hours), "{text}"),
            Err(part) => assert!(found.as_ref().is_err_and(|wrong| wrong.message.contains(part)), "{text}: {found:?}"),
        }
    }

    #[test]
    fn limits_of_verification() {
        check("", Ok((72, 24)));
        check("[claims]\nverify_within = \"2d\"\n", Ok((48, 24)));
        check("[claims]\nverify_within = \"12h\"\n", Ok((12, 12)));
        check("[claims]\nverify_within = \"48h\"\nverify_target = \"6h\"\n", Ok((48, 6)));
        check("[claims]\nverify_target = \"4d\"\n", Err("longer than claims.verify_within"));
        check("[claims]\nverify_within = \"0h\"\n", Err("at least 1h"));
        check("[claims]\nrun_within = \"1m\"\n", Err("at least 1h"));
        check("[claims]\nrun_within = \"4h\"\n", Ok((72, 24)));
        check("[claims]\nverify_in = \"1d\"\n", Err("no key is called"));
        check("[claims]\nverify_within = 72\n", Err("has to be text in quotes"));
    }
}
