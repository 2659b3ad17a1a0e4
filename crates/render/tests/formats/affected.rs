//! `exposure` in its formats.

use crate::sample::world;
use patchseal_core::affected::{Wanted, affected};
use patchseal_core::context::Context;
use patchseal_render::LogState;
use patchseal_render::affected::{Answer, human, table};
use std::io::{Result, Write};

pub(crate) fn written(what: &str, write: impl Fn(&Answer<'_>, &mut dyn Write) -> Result<()>) -> String {
    let world = world();
    let estate = world.estate();
    let context = Context::new(&world.policy, &estate);
    let wanted = Wanted::of(what);
    let hosts = affected(&wanted, &context);
    let answer = Answer {
        wanted: &wanted,
        hosts: &hosts,
        estate: &estate,
        as_of: world.now(),
        known_at: 4,
        log: LogState { origin: "example.com/log", size: 4, root: "00ff", assurance: "L1" },
    };
    let mut out = Vec::new();
    write(&answer, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn for_reading() {
    insta::assert_snapshot!(written("openssl-libs", human));
}

#[test]
fn a_row_each() {
    let text = written("curl", table);
    assert_eq!(text.lines().count(), 20, "{text}");
    assert!(text.lines().all(|line| !line.contains(",=")), "{text}");
}
