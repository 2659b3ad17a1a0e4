//! What the policy asks of changes.

use super::{DAY, HOUR, Seconds};
use crate::fact::ChangeRecord;
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

impl ChangePolicy {
    /// Whether a change concerns patching. A record that says nothing of itself does; where it has a title without any of
    /// the words and no category, nobody can tell.
    pub fn concerns_patching(&self, change: &ChangeRecord) -> Option<bool> {
        if change.patching.is_some() {
            return change.patching;
        }
        let category = |word: &String| self.categories.iter().any(|known| known.eq_ignore_ascii_case(word.trim()));
        let categories = change.categories.value().map(Vec::as_slice).unwrap_or_default();
        let title = change.title.value().map(|title| title.to_lowercase()).unwrap_or_default();
        // A category alone does not dismiss it: many stand for patches and for anything else.
        let does = title.is_empty()
            || !change.fixes.is_empty()
            || categories.iter().any(category)
            || self.keywords.iter().any(|word| begins_a_word(&title, word));
        if does { Some(true) } else { (!categories.is_empty()).then_some(false) }
    }

    /// Whether a change can stand for one about patching, where that speaks for somebody: a record that says nothing of itself
    /// does not, and one of another category without a title does not either.
    pub fn may_cover_patching(&self, change: &ChangeRecord) -> Option<bool> {
        let concerns = self.concerns_patching(change);
        let untitled = change.title.value().is_none_or(|title| title.trim().is_empty());
        let says_nothing = change.patching.is_none() && change.fixes.is_empty() && untitled;
        if concerns != Some(true) || !says_nothing {
            return concerns;
        }
        let categories = change.categories.value().map(Vec::as_slice).unwrap_or_default();
        let known = |word: &String| self.categories.iter().any(|known| known.eq_ignore_ascii_case(word.trim()));
        match categories {
            [] => None,
            own => Some(own.iter().any(known)),
        }
    }
}

/// Whether a word of a lower-case text begins like this: `dispatch` is no patch.
fn begins_a_word(text: &str, word: &str) -> bool {
    let ends_a_word = |at: usize| !text[..at].ends_with(|before: char| before.is_alphanumeric());
    !word.is_empty() && text.match_indices(word).any(|(at, _)| ends_a_word(at))
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
