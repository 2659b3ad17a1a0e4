use crate::sample::{Sample, busy, world, written};
use patchseal_core::engine::Keep;
use patchseal_render::human;

/// Colours as the words of what they paint, so that a snapshot can be read.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut parts = text.split('\x1b');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        out.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
    }
    out
}

#[test]
fn the_whole_output() {
    let sample = Sample::new();
    insta::assert_snapshot!(plain(&written(human::write, &sample.report())));
}

#[test]
fn every_verdict() {
    let sample = Sample::of(world(), Keep::All);
    let text = plain(&written(human::write, &sample.report()));
    assert!(text.contains("pass[asset-unmanaged]: aws 111122223333/eu-west-1/i-web-1   evidence 0/"), "{text}");
    assert!(!text.contains("--all shows them"), "--all hides nothing:\n{text}");
}

#[test]
fn what_was_allowed_to_be_missing_is_said_first() {
    let sample = Sample::new();
    let report = patchseal_render::Report { allow_incomplete: true, ..sample.report() };
    let text = plain(&written(human::write, &report));
    let second = text.lines().nth(1).unwrap();
    assert!(second.contains("--allow-incomplete"), "{second}");
}

#[test]
fn names_cannot_steer_the_terminal() {
    let sample = Sample::of(patchseal_core::example::World::new().host("x\x1b[2Jy"), Keep::Findings);
    let text = written(human::write, &sample.report());
    assert!(text.contains("x\u{fffd}[2Jy") && !text.contains("\x1b[2J"));
}

#[test]
fn a_deadline_points_at_the_line_that_set_it() {
    let sample = Sample::of(busy(), Keep::Findings);
    let text = plain(&written(human::write, &sample.report()));
    assert!(text.contains(" (patchseal.toml:18)"), "{text}");
}
