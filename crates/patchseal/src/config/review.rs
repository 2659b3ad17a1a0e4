//! `[review]`: who wrote the policy, and when it was looked through last.

use super::table::Table;
use super::{DAY, Policy, Wrong};
use jiff::Timestamp;

/// Reads the section.
pub(super) fn read(root: &mut Table<'_>, policy: &mut Policy) -> Result<(), Wrong> {
    let Some(mut table) = root.table("review")? else { return Ok(()) };
    for key in table.keys() {
        policy.lines.extend(table.line_of(&key).map(|line| (format!("review.{key}"), line)));
    }
    if let Some((text, at)) = table.text("last")? {
        // A day is meant as it begins: a review is never younger than the day that it is dated.
        let begin = format!("{text}T00:00:00Z").parse::<Timestamp>().ok().filter(|_| text.len() == 10);
        policy.review.last =
            Some(begin.ok_or_else(|| {
                at.wrong(format!("review.last has to be a day such as \"2026-03-02\", and is {text:?}"))
            })?);
    }
    if let Some((length, at)) = table.duration("interval")? {
        if length < DAY {
            return Err(at.wrong("review.interval is a time of at least 1d"));
        }
        policy.review.interval = length;
    }
    policy.review.author = table.text("author")?.map(|(author, _)| author);
    table.finish()
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use patchseal_core::policy::DAY;

    #[test]
    fn a_review_has_a_day_and_an_interval() {
        let text = "[review]\nlast = \"2026-03-02\"\ninterval = \"90d\"\nauthor = \"platform-engineer\"\n";
        let policy = parse(text, "patchseal.toml").unwrap().policy;
        assert_eq!(policy.review.last, Some("2026-03-02T00:00:00Z".parse().unwrap()));
        assert_eq!((policy.review.interval, policy.review.author.as_deref()), (90 * DAY, Some("platform-engineer")));
        assert_eq!(policy.line_of(&["review.last", "review.interval"]), Some(2));
        let silent = parse("", "patchseal.toml").unwrap().policy.review;
        assert_eq!((silent.last, silent.interval), (None, 365 * DAY));
    }

    #[test]
    fn errors_point_at_the_line() {
        for (text, line, part) in [
            ("[review]\nlast = \"March\"\n", 2, "has to be a day such as"),
            ("[review]\nlast = \"2026-02-30\"\n", 2, "has to be a day such as"),
            ("[review]\n\ninterval = \"1h\"\n", 3, "at least 1d"),
            ("[review]\nlasts = \"2026-03-02\"\n", 2, "did you mean \"last\"?"),
        ] {
            let wrong = parse(text, "patchseal.toml").map(|_| ()).unwrap_err();
            assert!(wrong.line == line && wrong.message.contains(part), "{text}: {wrong:?}");
        }
    }
}
