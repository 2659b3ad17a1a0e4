//! Where a question was put: cloud, account or subscription, region.

use std::fmt;
use std::sync::Arc;

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cloud {
    /// Amazon Web Services; hybrid `mi-` nodes belong to the account that manages them.
    Aws,
    /// Microsoft Azure; Arc machines belong to their subscription.
    Azure,
    /// The outside population: a CMDB, hypervisor or billing export.
    Inventory,
    /// Published feeds: KEV, EPSS, lifecycle dates.
    Feeds,
    /// Change records out of a ticket system.
    Changes,
    /// What the customer's own files govern: exceptions. Nobody answers for it; it is what was sealed.
    Governance,
}

impl Cloud {
    /// The word used in files and results.
    pub fn as_str(self) -> &'static str {
        match self {
            Cloud::Aws => "aws",
            Cloud::Azure => "azure",
            Cloud::Inventory => "inventory",
            Cloud::Feeds => "feeds",
            Cloud::Changes => "changes",
            Cloud::Governance => "governance",
        }
    }

    /// The cloud of a word in a file or result.
    pub fn from_word(word: &str) -> Option<Cloud> {
        [Cloud::Aws, Cloud::Azure, Cloud::Inventory, Cloud::Feeds, Cloud::Changes]
            .into_iter()
            .find(|c| c.as_str() == word)
    }
}

/// One place that can be read or stay unread. Cheap to clone: every fact, gap and question carries one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// Who answers.
    pub cloud: Cloud,
    /// AWS account, Azure subscription or tenant, or the name of an inventory or feed.
    pub account: Arc<str>,
    /// AWS region, Azure location, or [`Scope::GLOBAL`] where the answer is not regional.
    pub region: Arc<str>,
}

impl Scope {
    /// The region of answers that belong to no region.
    pub const GLOBAL: &'static str = "global";

    /// A scope from its parts.
    pub fn new(cloud: Cloud, account: impl Into<Arc<str>>, region: impl Into<Arc<str>>) -> Scope {
        Scope { cloud, account: account.into(), region: region.into() }
    }

    /// Whether answers of this scope belong to no region.
    pub fn is_global(&self) -> bool {
        &*self.region == Scope::GLOBAL
    }

    /// The account-wide scope around this one.
    pub fn account_wide(&self) -> Scope {
        Scope::new(self.cloud, self.account.clone(), Scope::GLOBAL)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.cloud.as_str(), self.account)?;
        if !self.is_global() {
            write!(f, "/{}", self.region)?;
        }
        Ok(())
    }
}

crate::carry::carried_words! {
    Cloud { Aws, Azure, Inventory, Feeds, Changes, Governance }
}

crate::carry::carried_struct! {
    Scope { cloud, account, region }
}
