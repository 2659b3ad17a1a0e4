//! Feeds of an example's world that say which fix removes which weakness.

use super::World;
use crate::fact::{Fact, Feed, FeedDocument, FixedBy, Relation, Scheme};

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
        let read = FeedDocument { feed, id: "advisory-1".to_owned(), listed: false, dated: None };
        let world = self.fact(Fact::Relation(Box::new(relation))).feed_dated(feed, 24);
        world.edit(move |fact| !matches!(fact, Fact::FeedDocument(known) if *known == read)).reading(feed)
    }

    /// The one document of a feed was read, and its index names it.
    fn reading(self, feed: &'static str) -> World {
        let read = FeedDocument { feed, id: "advisory-1".to_owned(), listed: false, dated: None };
        let listed = FeedDocument { listed: true, ..read.clone() };
        let own = listed.clone();
        let world = self.edit(move |fact| !matches!(fact, Fact::FeedDocument(known) if *known == own));
        world.fact(Fact::FeedDocument(read)).fact(Fact::FeedDocument(listed))
    }

    /// The index of a feed names a document, and when it was changed.
    #[must_use]
    pub fn listing(self, feed: &'static str, id: &str, hours_ago: i64) -> World {
        let dated = Some(self.hours_ago(hours_ago));
        self.fact(Fact::FeedDocument(FeedDocument { feed, id: id.to_owned(), listed: true, dated }))
    }

    /// A document of a feed was read that its index does not name.
    #[must_use]
    pub fn given(self, feed: &'static str, id: &str) -> World {
        self.fact(Fact::FeedDocument(FeedDocument { feed, id: id.to_owned(), listed: false, dated: None }))
    }

    /// The index of a feed was not given.
    #[must_use]
    pub fn without_index(self, feed: &'static str) -> World {
        self.edit(|fact| !matches!(fact, Fact::FeedDocument(known) if known.feed == feed && known.listed))
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
