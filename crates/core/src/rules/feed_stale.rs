//! A feed too old for the verdicts that rest on it.

use crate::context::{Context, FeedSubject};
use crate::control::{PC_03, PC_17};
use crate::example::{fail, pass, unknown};
use crate::fact::{Fact, Feed};
use crate::op;
use crate::reading::{Reading, Reason};
use crate::rule::{Check, Rule, Verdict};
use crate::severity::Severity;
use crate::text::{ago, day, length};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "feed-stale",
    title: "feed too old",
    severity: Severity::Medium,
    since: "0.1",
    why: "Whether a weakness is exploited decides between months and days. A catalogue of last month does not know. A feed that \
          relates weaknesses to fixes is judged where it is imported; it does not have to be.",
    fix: "Save a current copy with every recording: feeds/kev.json and feeds/epss.csv, and the feeds that relate weaknesses \
          to fixes where they are used (docs/feeds.md).",
    references: &[
        "https://www.cisa.gov/known-exploited-vulnerabilities-catalog",
        "https://www.first.org/epss/data_stats",
    ],
    controls: &[&PC_03, &PC_17],
    checks: &[Check::EachFeed(check)],
    examples: &[
        pass("all of today", |w| feeds(w, 12)),
        pass("a feed of relations of today", |w| feeds(w, 12).feed_dated("msrc", 12)),
        fail("a feed of relations of two months ago", |w| feeds(w, 12).feed_dated("msrc", 60 * 24)),
        unknown("a feed of relations that could not be read", |w| feeds(w, 12).denied(op::MSRC)),
        fail("all a hundred days old", |w| feeds(w, 100 * 24)),
        unknown("complete answers that do not date themselves", |w| w),
        unknown("catalogue refused", |w| feeds(w, 12).denied(op::KEV)),
    ],
};

fn feeds(world: crate::example::World, hours_ago: i64) -> crate::example::World {
    let dated = Some(world.hours_ago(hours_ago));
    ["kev", "epss", "lifecycle"].into_iter().fold(world, |world, name| {
        world.fact(Fact::Feed(Feed { name: name.to_owned(), version: "1".into(), dated, records: None }))
    })
}

fn check(subject: &FeedSubject, cx: &Context<'_>) -> Verdict {
    let limit = limit(subject, cx);
    match cx.feed(subject) {
        Reading::Unread(gap) => gap.into(),
        Reading::Absent(seen) => Verdict::unknown(
            Reason::NotStated,
            format!("the feed {} does not say when it was made", subject.name),
            seen,
        ),
        Reading::Known(feed, seen) => match feed.dated {
            None => Verdict::unknown(
                Reason::NotStated,
                format!("the feed {} does not say when it was made", subject.name),
                seen,
            ),
            Some(dated) if cx.age(dated) > limit => Verdict::fail(
                format!("the feed {} is of {}, {}", subject.name, day(dated), ago(cx.age(dated))),
                format!("at most {} old", length(limit)),
                ago(cx.age(dated)),
                seen,
            )
            .with_times(Some(dated), None)
            .with_policy(&["evidence.feed_max_age"]),
            Some(_) => Verdict::pass(seen),
        },
    }
}

/// Ends of support move by announcements months ahead: a table checked within a quarter is current. The other feeds
/// change daily.
fn limit(subject: &FeedSubject, cx: &Context<'_>) -> crate::policy::Seconds {
    match subject.operation {
        op::LIFECYCLE => 90 * crate::policy::DAY,
        _ => cx.policy.evidence.feed_max_age,
    }
}
