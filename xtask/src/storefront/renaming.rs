//! The example under other names: what rules find must not hang on any.

use super::{CLOSED_SUBSCRIPTION, OTHER_SUBSCRIPTION, PLATFORM, SHOP, SUBSCRIPTION, quarter};

/// Replaces every id and name. They are made so that a handful of replacements reaches all of them.
pub fn rename(text: &str) -> String {
    let pairs = [
        ("sf-", "rn-"),
        (SHOP, "999900001111"),
        (PLATFORM, "999900002222"),
        (quarter::DEPOT, "999900004444"),
        ("777788889999", "999900003333"),
        (CLOSED_SUBSCRIPTION, "0fffffff-0000-4000-8000-000000000006"),
        (OTHER_SUBSCRIPTION, "0fffffff-0000-4000-8000-000000000008"),
        (SUBSCRIPTION, "0fffffff-0000-4000-8000-000000000009"),
        ("i-0", "i-9"),
        ("ami-0", "ami-9"),
        ("lt-0", "lt-9"),
        ("pb-0", "pb-9"),
        ("mw-0", "mw-9"),
        ("0aaaaaaa-0000-4000-8000-000000000000", "0fffffff-0000-4000-8000-000000000007"),
        ("0aaaaaaaaaaaaaaa", "0fffffffffffffff"),
        ("11111111-0000", "91111111-0000"),
        ("22222222-0000", "92222222-0000"),
        ("33333333-0000", "93333333-0000"),
        ("44444444-0000", "94444444-0000"),
        ("55555555-0000", "95555555-0000"),
        ("66666666-0000", "96666666-0000"),
        ("1f0c2d3e-0000", "9f0c2d3e-0000"),
        ("5f0e1d2c-0000", "9f0e1d2c-0000"),
        ("cfc8b1b5-0000", "9fc8b1b5-0000"),
        ("r-0000000000000001", "r-9000000000000001"),
        ("8a21d249-0000", "9a21d249-0000"),
        ("66114d64-0000", "96114d64-0000"),
        ("CI-", "RN-"),
        ("rg-shop", "rg-renamed"),
        ("storefront-platform", "team-a"),
        ("payments", "team-b"),
        ("store-systems", "team-c"),
        ("tills", "kiosks"),
    ];
    pairs.into_iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}
