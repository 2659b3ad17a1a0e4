//! What the policy asks of changes.

use super::{DAY, HOUR, Seconds};
use std::collections::BTreeMap;

/// What the policy asks of changes.
#[derive(Clone, Debug)]
pub struct ChangePolicy {
    /// Categories, labels or types of work, in any case, that mean patching.
    pub categories: Vec<String>,
    /// Words of a title that mean patching where they begin a word, lower case.
    pub keywords: Vec<String>,
    /// Longest time from an emergency change to its review.
    pub emergency_review: Seconds,
    /// Longest freeze; `None` sets no limit. No framework names a number, so that none holds unless the policy has one:
    /// what a freeze does to deadlines is judged in any case.
    pub freeze_max: Option<Seconds>,
    /// Oldest backup that still counts as one taken before the change.
    pub backup_max_age: Seconds,
}

impl Default for ChangePolicy {
    fn default() -> ChangePolicy {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        ChangePolicy {
            categories: words(&["patching", "patch", "patch management", "security patch", "security update"]),
            keywords: words(&["patch", "hotfix", "security update", "cumulative update", "cve-"]),
            // A judgement: emergency changes have to be through within 24 to 72 hours where a profile names a time for
            // them (`industry-default`), and the paper follows within the longest of these.
            emergency_review: 72 * HOUR,
            freeze_max: None,
            // Providers' own default backup plans run daily (AWS Backup `Daily`, Azure Backup's default policy).
            backup_max_age: DAY,
        }
    }
}

/// Accounts of people and the id each belongs to: one person with two accounts is one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identities(BTreeMap<String, String>);

impl Identities {
    /// From accounts and ids.
    pub fn new(accounts: impl IntoIterator<Item = (String, String)>) -> Identities {
        Identities(accounts.into_iter().map(|(account, id)| (plain(&account), id.trim().to_owned())).collect())
    }

    /// The id of an account; the account itself, in lower case, where the policy has no id for it.
    pub fn of(&self, account: &str) -> String {
        let account = plain(account);
        self.0.get(&account).map_or(account, |id| plain(id))
    }

    /// Whether two accounts belong to the same person, as far as the policy knows.
    pub fn same(&self, one: &str, other: &str) -> bool {
        self.of(one) == self.of(other)
    }
}

fn plain(account: &str) -> String {
    account.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_with_two_accounts_is_one() {
        let pairs = [("A.One@shop.example", "ops-1"), ("svc-one", "OPS-1")];
        let people = Identities::new(pairs.map(|(account, id)| (account.to_owned(), id.to_owned())));
        assert!(people.same("a.one@shop.example ", "SVC-ONE"));
        assert!(people.same("ops-1", "svc-one"), "the id is an account too");
        assert!(!people.same("svc-one", "svc-two"));
        assert!(people.same("Unknown", "unknown"));
    }
}
