//! Words and times of ticket systems.

use super::shape::Mapping;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use patchseal_core::fact::{Approval, ChangeKind, ChangeOutcome};

/// What a word means: by the policy, else by what ServiceNow and Jira ship with.
fn meaning<'m>(mapping: &'m Mapping, member: &str, word: &str, built_in: &[(&'static str, &[&str])]) -> Option<&'m str>
where
    'static: 'm,
{
    let word = word.trim();
    let own = mapping.words.iter().filter(|((known, _), _)| known == member);
    let mut stated = own.filter(|(_, values)| values.iter().any(|value| value.trim().eq_ignore_ascii_case(word)));
    if let Some(((_, meaning), _)) = stated.next() {
        return Some(meaning);
    }
    built_in.iter().find(|(_, words)| words.iter().any(|known| known.eq_ignore_ascii_case(word))).map(|(m, _)| *m)
}

/// Kind of a change.
pub(super) fn kind(mapping: &Mapping, word: &str) -> ChangeKind {
    let words: [(&str, &[&str]); 3] = [
        ("standard", &["standard"]),
        ("normal", &["normal", "minor", "major"]),
        ("emergency", &["emergency", "expedited"]),
    ];
    match meaning(mapping, "kind", word, &words) {
        Some("standard") => ChangeKind::Standard,
        Some("normal") => ChangeKind::Normal,
        Some("emergency") => ChangeKind::Emergency,
        _ => ChangeKind::Unsaid,
    }
}

/// Whether it was approved. The words are ServiceNow's values and labels of `approval`, and Jira's decisions.
pub(super) fn approval(mapping: &Mapping, word: &str) -> Approval {
    let words: [(&str, &[&str]); 3] = [
        ("approved", &["approved", "approve"]),
        ("rejected", &["rejected", "declined", "decline", "cancelled", "canceled"]),
        ("missing", &["requested", "not requested", "not yet requested", "not_requested", "pending", "duplicate"]),
    ];
    match meaning(mapping, "approval", word, &words) {
        Some("approved") => Approval::Approved,
        Some("rejected") => Approval::Rejected,
        Some("missing") => Approval::Missing,
        _ => Approval::Unsaid,
    }
}

/// What became of it, by all the words that say something of it: called off outweighs failed, and that outweighs done.
pub(super) fn outcome(mapping: &Mapping, said: &[String]) -> ChangeOutcome {
    let words: [(&str, &[&str]); 4] = [
        // ServiceNow's close codes; Jira's statuses of the change workflow and resolutions.
        ("done", &["successful", "successful_issues", "successful with issues", "done", "completed", "implemented"]),
        ("failed", &["unsuccessful", "failed", "rolled back", "backed out"]),
        ("cancelled", &["4", "canceled", "cancelled", "declined", "rejected", "won't do", "duplicate"]),
        // ServiceNow's states -5 to -1 are New, Assess, Authorize, Scheduled and Implement.
        (
            "open",
            &[
                "-5",
                "-4",
                "-3",
                "-2",
                "-1",
                "new",
                "assess",
                "authorize",
                "scheduled",
                "implement",
                "open",
                "planning",
                "awaiting approval",
                "awaiting implementation",
                "implementing",
                "in progress",
                "to do",
                "unresolved",
            ],
        ),
    ];
    let mean = |word: &String| match meaning(mapping, "outcome", word, &words) {
        Some("done") => ChangeOutcome::Done,
        Some("failed") => ChangeOutcome::Failed,
        Some("cancelled") => ChangeOutcome::Cancelled,
        Some("open") => ChangeOutcome::Open,
        _ => ChangeOutcome::Unsaid,
    };
    let all: Vec<ChangeOutcome> = said.iter().map(mean).collect();
    let order = [ChangeOutcome::Cancelled, ChangeOutcome::Failed, ChangeOutcome::Done, ChangeOutcome::Open];
    order.into_iter().find(|outcome| all.contains(outcome)).unwrap_or_default()
}

/// A time: in the policy's form; RFC 3339; `YYYY-MM-DD HH:MM:SS` as ServiceNow has it, which is UTC unless the policy
/// names a zone; or as Jira's tables print it (`25/Nov/26 2:03 PM`). A day without a time decides nothing.
pub(super) fn time(mapping: &Mapping, text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let zone = mapping.zone.clone().unwrap_or(TimeZone::UTC);
    // An hour that a change of the clock repeats is taken as its earlier one, and one that it skips as the later.
    let local = |time: DateTime| zone.to_timestamp(time).ok();
    if let Some(form) = &mapping.dates {
        if let Ok(time) = Timestamp::strptime(form, text) {
            return Some(time);
        }
        if let Ok(time) = DateTime::strptime(form, text) {
            return local(time);
        }
    }
    if !text.contains(':') {
        return None;
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    if let Ok(time) = text.parse::<DateTime>() {
        return local(time);
    }
    DateTime::strptime("%d/%b/%y %I:%M %p", text).ok().and_then(local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_ticket_systems_print_them() {
        let check = |mapping: &Mapping, text: &str, expected: Option<&str>| {
            assert_eq!(time(mapping, text), expected.map(|time| time.parse().unwrap()), "{text}");
        };
        let plain = Mapping::default();
        check(&plain, "2026-11-24T06:00:00Z", Some("2026-11-24T06:00:00Z"));
        check(&plain, "2026-11-24T06:00:00.000+0100", Some("2026-11-24T05:00:00Z"));
        check(&plain, " 2026-11-24 06:00:00", Some("2026-11-24T06:00:00Z"));
        check(&plain, "24/Nov/26 6:05 PM", Some("2026-11-24T18:05:00Z"));
        check(&plain, "2026-11-24", None);
        check(&plain, "24.11.2026 06:00", None);
        check(&plain, "soon", None);
        let berlin = Mapping {
            zone: Some(TimeZone::get("Europe/Berlin").unwrap()),
            dates: Some("%d.%m.%Y %H:%M".into()),
            ..Mapping::default()
        };
        check(&berlin, "24.11.2026 06:00", Some("2026-11-24T05:00:00Z"));
        check(&berlin, "2026-07-01 06:00:00", Some("2026-07-01T04:00:00Z"));
    }

    #[test]
    fn the_policy_explains_words() {
        let words = [(("kind".to_owned(), "emergency".to_owned()), vec!["P0".to_owned()])];
        let mapping = Mapping { words: words.into(), ..Mapping::default() };
        assert_eq!(kind(&mapping, " p0 "), ChangeKind::Emergency);
        assert_eq!(kind(&mapping, "Standard"), ChangeKind::Standard);
        assert_eq!(kind(&mapping, "P1"), ChangeKind::Unsaid);
        let outcome =
            |said: &[&str]| outcome(&mapping, &said.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(outcome(&["Successful", "Canceled"]), ChangeOutcome::Cancelled);
        assert_eq!(outcome(&["3"]), ChangeOutcome::Unsaid);
        assert_eq!(approval(&mapping, "Not Yet Requested"), Approval::Missing);
    }
}
