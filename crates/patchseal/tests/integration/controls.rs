//! A customer's own controls: stated from what is sealed, and refused where nothing would show that they are met.

use crate::sandbox::{Sandbox, copy, example};

const CONTROLS: &str = r#"[[control]]
id = "VM-07"
wording = "Security patches reach production within the deadlines of the policy."
owner = "platform-security"
frequency = "24h"
effective_from = "2026-11-20T00:00:00Z"
[control.population]
environments = ["production"]
[[control.criteria]]
framework = "SOC 2"
id = "CC7.1"
rules = ["patch-overdue", "asset-unmanaged"]
[[control.criteria]]
framework = "SOC 2"
id = "CC1.3"
manual = "minutes of the quarterly review"
"#;

#[test]
fn an_own_control_is_stated_and_sealed() {
    let sandbox = Sandbox::new();
    copy(&example(), &sandbox.path("shop"));
    sandbox.write("shop/controls.toml", CONTROLS);
    let asked = ["assess", "shop", "--store", "store", "-q", "--control", "VM-07", "--control", "pc-04", "--format"];
    let ran = sandbox.run(&[&asked[..], &["human"]].concat());
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    for says in [
        "VM-07  as of 2026-11-24 06:00Z",
        "missed runs  3 of 4 due: none from 2026-11-20",
        "CC1.3 needs evidence that people keep",
    ] {
        assert!(ran.stdout.contains(says), "{says}: {}", ran.stdout);
    }
    let ran = sandbox.run(&[&asked[..], &["json"]].concat());
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let number = |control: usize, member: &str| document["controls"][control][member].as_u64().unwrap();
    assert!(number(0, "deviations") > 0 && number(0, "population") < number(1, "population"), "{document}");
    for control in [0, 1] {
        let parts = number(control, "tested") + number(control, "unknown");
        assert_eq!(number(control, "population"), parts);
    }
    let environments = ["fail", "unknown"];
    for finding in document["controls"][0]["findings"].as_array().unwrap() {
        assert!(environments.contains(&finding["verdict"].as_str().unwrap()));
        assert!(["patch-overdue", "asset-unmanaged"].contains(&finding["rule"].as_str().unwrap()));
    }
    let rows = sandbox.run(&[&asked[..], &["csv"]].concat()).stdout;
    assert!(rows.starts_with("control_id,owner,") && rows.lines().count() == 3, "{rows}");
    // Once sealed, the same text is not sealed again.
    let store = patchseal_log::Store::open(sandbox.path("store")).unwrap();
    let leaves: Vec<String> =
        store.leaves(0..store.checkpoint().size).map(|leaf| String::from_utf8(leaf.unwrap()).unwrap()).collect();
    assert_eq!(leaves.iter().filter(|leaf| leaf.contains("controls/v1")).count(), 1);
    assert_eq!(sandbox.run(&["verify", "--store", "store"]).code, 0);
}

#[test]
fn a_control_that_nothing_shows_is_a_usage_error() {
    let sandbox = Sandbox::new();
    let said = |controls: &str, more: &[&str], says: &str| {
        sandbox.write("controls.toml", controls);
        sandbox.write("patchseal.toml", "");
        let ran = sandbox.run(&[&["assess", "rec", "--store", "store"], more].concat());
        assert!(ran.code == 2 && ran.stderr.contains(says), "{} {}", ran.code, ran.stderr);
        assert!(!sandbox.path("store").exists(), "nothing is sealed before it is checked");
    };
    said(
        &CONTROLS.replace("\"patch-overdue\"", "\"patch-over\""),
        &[],
        "controls.toml:12:1: no rule is called \"patch-over\"",
    );
    said(&CONTROLS.replace("environments = [\"production\"]\n", ""), &[], "the population of control VM-07 is empty");
    said(
        &CONTROLS.replace("manual = \"minutes of the quarterly review\"\n", ""),
        &[],
        "controls.toml:15:1: criterion SOC 2 CC1.3",
    );
    said(
        CONTROLS,
        &["--control", "VM-08"],
        "no control is called \"VM-08\": built in are pc-01 to pc-20, and controls.toml has VM-07",
    );
    said(CONTROLS, &["--control", "VM-07", "--format", "markdown"], "stated as human, json or csv");
}
