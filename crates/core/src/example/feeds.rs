//! Feeds of an example's world that say which fix removes which weakness.

use super::World;
use crate::fact::{Fact, Feed, FixedBy, Relation, Scheme};

impl World {
    /// A feed says that a KB of Windows Server 2019 removes a weakness; the feed is of yesterday.
    #[must_use]
    pub fn relates_kb(self, cve: &str, kb: &str, supersedes: Option<&str>, hours_ago: i64) -> World {
        let fix = FixedBy::Kb { number: kb.to_owned(), supersedes: supersedes.map(str::to_owned) };
        self.relates("msrc", cve, fix, "Windows Server 2019", hours_ago)
    }

    /// A feed says that a version of a package removes a weakness; the feed is of yesterday.
    #[must_use]
    pub fn relates_package(self, cve: &str, name: &str, version: &str, release: &str) -> World {
        let (feed, scheme) = if release.contains(':') { ("osv", Scheme::Deb) } else { ("amazon", Scheme::Rpm) };
        let fix = FixedBy::Package { name: name.to_owned(), version: version.to_owned(), scheme, source_only: false };
        self.relates(feed, cve, fix, release, 24)
    }

    fn relates(self, feed: &'static str, cve: &str, fix: FixedBy, release: &str, hours_ago: i64) -> World {
        let published = Some(self.hours_ago(hours_ago));
        let relation = Relation {
            feed,
            advisory: "ADVISORY-1".to_owned(),
            cves: vec![cve.to_owned()],
            fix,
            release: release.to_owned(),
            published,
            modified: published,
        };
        self.fact(Fact::Relation(Box::new(relation))).feed_dated(feed, 24)
    }

    /// A feed dates itself.
    #[must_use]
    pub fn feed_dated(self, name: &str, hours_ago: i64) -> World {
        let dated = Some(self.hours_ago(hours_ago));
        let own = name.to_owned();
        let world = self.edit(|fact| !matches!(fact, Fact::Feed(feed) if feed.name == own));
        world.fact(Fact::Feed(Feed { name: name.to_owned(), version: String::new(), dated, records: None }))
    }
}
