//! `[monitoring]`: which routes end at a person, how soon alerts are acted on, and what alarms cover.

use super::table::Table;
use super::{Wrong, list, set};
use patchseal_core::fact::Trouble;
use patchseal_core::policy::Policy;

pub(super) fn read(root: &mut Table<'_>, policy: &mut Policy) -> Result<(), Wrong> {
    let Some(mut table) = root.table("monitoring")? else { return Ok(()) };
    for key in table.keys() {
        policy.lines.extend(table.line_of(&key).map(|line| (format!("monitoring.{key}"), line)));
    }
    let monitoring = &mut policy.monitoring;
    set(&mut table, "act_within", &mut monitoring.act_within)?;
    let at = table.place("routes");
    if let Some(routes) = table.words("routes")? {
        let is_route = |route: &str| {
            let host = route.strip_prefix("https://").is_some_and(|rest| rest.len() > 3);
            let word = !route.is_empty() && route.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            host || word || route.starts_with("arn:") && route.len() > 8
        };
        if let Some(wrong) = routes.iter().find(|route| !is_route(route)) {
            return Err(at.wrong(format!(
                "{wrong:?} is no route: write a way such as \"email\" or \"sms\", the address of a web hook \
                 (\"https://events.pagerduty.com/\"), or how an ARN begins (\"arn:aws:lambda:\")"
            )));
        }
        monitoring.routes = routes;
    }
    let at = table.place("covers");
    if let Some(covers) = table.table("covers")? {
        for (name, words) in covers.words_by_key()? {
            let mut troubles = Vec::new();
            for word in words {
                let known = Trouble::ALL.into_iter().find(|trouble| trouble.as_str() == word);
                troubles.push(known.ok_or_else(|| {
                    let all = list(Trouble::ALL.iter().map(|trouble| trouble.as_str()));
                    at.wrong(format!("{word:?} is nothing that an alarm covers: the words are {all}"))
                })?);
            }
            monitoring.covers.push((name, troubles));
        }
    }
    table.finish()
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use patchseal_core::fact::Trouble;

    #[test]
    fn what_the_policy_says_of_monitoring() {
        let text = "[monitoring]\nroutes = [\"email\", \"arn:aws:lambda:eu-west-1:\"]\nact_within = \"4h\"\n[monitoring.covers]\n\"patch-*\" = [\"patch-run\", \"window\"]\n";
        let monitoring = parse(text, "p").unwrap_or_else(|wrong| panic!("{wrong:?}")).policy.monitoring;
        assert_eq!((monitoring.routes.len(), monitoring.act_within), (2, 4 * 3600));
        assert_eq!(monitoring.covered_by("patch-runs"), Some(&[Trouble::PatchRun, Trouble::Window][..]));
        for (text, line, says) in [
            ("[monitoring]\nroutes = [\"E-Mail\"]\n", 2, "is no route"),
            ("[monitoring]\n[monitoring.covers]\nx = [\"disk\"]\n", 2, "patch-run, lost-agent, window"),
            ("[monitoring]\nroute = [\"email\"]\n", 2, "routes"),
        ] {
            let wrong = parse(text, "p").err().unwrap_or_else(|| panic!("{text} was read"));
            assert!(wrong.line == line && wrong.message.contains(says), "{text}: {wrong:?}");
        }
    }
}
