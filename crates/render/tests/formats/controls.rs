//! What controls came to, in its formats.

use crate::sample::world;
use crate::schema::assert_fits;
use patchseal_core::control::own::{OwnControl, OwnCriterion, Selector, test};
use patchseal_core::control::{PC_02, PC_07};
use patchseal_render::LogState;
use patchseal_render::controls::{Judged, Statement, human, json, table};
use std::io::{Result, Write};

fn written(write: impl Fn(&Statement<'_>, &mut dyn Write) -> Result<()>) -> String {
    let world = world();
    let estate = world.estate();
    let judged = |mut control: OwnControl, nowhere: bool| {
        if nowhere {
            control.population = Selector { scopes: vec!["nowhere".to_owned()], ..Selector::default() };
            control.owner = "=owner".to_owned();
            control.to = Some(world.hours_ago(1));
            control.criteria.push(OwnCriterion {
                framework: "SOC 2".to_owned(),
                id: "CC1.3".to_owned(),
                rules: Vec::new(),
                manual: Some("minutes of the review".to_owned()),
            });
        }
        let tested = test(&control, &world.policy, &estate);
        Judged { control, tested }
    };
    let own = |control| OwnControl::built_in(control, &world.policy);
    let controls = [judged(own(&PC_02), false), judged(own(&PC_07), true)];
    let log = LogState { origin: "example.com/log", size: 4, root: "00ff", assurance: "L1" };
    let mut out = Vec::new();
    write(&Statement { controls: &controls, as_of: world.now(), known_at: 4, log }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn for_reading() {
    insta::assert_snapshot!(written(human));
}

#[test]
fn a_row_each() {
    let text = written(table);
    assert!(text.lines().count() == 3 && text.contains(",'=owner,"), "{text}");
}

#[test]
fn a_statement_is_what_its_schema_says() {
    assert_fits("controls.v1.json", &serde_json::from_str(&written(json)).unwrap());
}
