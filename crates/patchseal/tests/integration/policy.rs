//! The policy's own life: approved, changed, approved again too late.

use crate::sandbox::Sandbox;
use patchseal::exceptions::key;
use serde_json::Value;

/// Verdict and message of the rule on the policy.
fn verdict(sandbox: &Sandbox, arguments: &[&str]) -> (String, String) {
    let ran = sandbox.run(&[arguments, &["--format", "json", "--all", "-q"]].concat());
    let result: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", ran.stdout, ran.stderr));
    let own: Vec<&Value> = result["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["rule"] == "policy-unapproved")
        .collect();
    let [one] = own.as_slice() else { panic!("{own:?}") };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&one["verdict"]), text(&one["message"]))
}

/// A policy by `author` with a head of security and a team lead, whose keys are in files.
fn sandbox() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let mut policy = String::from(
        "[review]\nlast = \"2026-03-02\"\nauthor = \"engineer\"\n\n[exceptions.people]\nengineer = \"person-1\"\n",
    );
    for (id, person, role, seed) in [
        ("head", "person-3", "security-head", 3),
        ("lead", "person-2", "team-lead", 2),
        ("alter-ego", "person-1", "ciso", 4),
    ] {
        let key = key::from_seed(&[seed; 32]);
        sandbox.write(&format!("{id}.pem"), &key::text(&key));
        policy.push_str(&format!(
            "\n[[approvers]]\nid = \"{id}\"\nperson = \"{person}\"\nrole = \"{role}\"\nkey = \"{}\"\n",
            key::public(&key)
        ));
    }
    sandbox.write("patchseal.toml", &policy);
    (sandbox, policy)
}

fn approve(sandbox: &Sandbox, by: &str, key: &str) -> (i32, String) {
    let ran = sandbox.run(&["policy", "approve", "--as", by, "--key", key]);
    (ran.code, ran.stdout + &ran.stderr)
}

#[test]
fn a_change_of_the_policy_needs_another_approval() {
    let (sandbox, policy) = sandbox();
    let (code, told) = approve(&sandbox, "head", "head.pem");
    assert!(code == 0 && told.contains("patchseal.head.dsse.json; there is no store"), "{told}");
    assert_eq!(verdict(&sandbox, &["assess", "rec"]).0, "pass");
    // What was sealed stays on record.
    std::fs::remove_file(sandbox.path("patchseal.head.dsse.json")).unwrap();
    assert_eq!(verdict(&sandbox, &["check"]).0, "pass");
    sandbox.write("patchseal.toml", &format!("{policy}\n[sla]\ncritical = \"90d\"\n"));
    let (verdict_then, message) = verdict(&sandbox, &["check"]);
    assert!(verdict_then == "fail" && message.contains("has changed since head approved"), "{message}");
    // The clock has whole seconds: the next one is later than the seal of the text.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let (code, told) = approve(&sandbox, "head", "head.pem");
    assert!(code == 0 && told.contains("sealed as leaf"), "{told}");
    let (verdict_then, message) = verdict(&sandbox, &["check"]);
    assert!(verdict_then == "fail" && message.contains("was approved by head at"), "{message}");
    assert_eq!(sandbox.run(&["reperform"]).code, 0);
}

#[test]
fn without_an_approval_nobody_can_tell() {
    let (sandbox, _) = sandbox();
    let (verdict_then, message) = verdict(&sandbox, &["assess", "rec"]);
    assert!(verdict_then == "unknown" && message == "no approval of patchseal.toml is on record", "{message}");
    sandbox.write("patchseal.toml", "[review]\nlast = \"2026-03-02\"\n");
    assert_eq!(verdict(&sandbox, &["check"]).0, "not-applicable");
}

#[test]
fn what_would_not_count_is_not_written() {
    let (sandbox, policy) = sandbox();
    for (by, key, part) in [
        ("lead", "lead.pem", "patchseal.toml:"),
        ("lead", "lead.pem", "who may not approve a policy"),
        ("alter-ego", "alter-ego.pem", "nobody approves their own policy"),
        ("head", "lead.pem", "it is not signed with the key of \"head\""),
        ("stranger", "head.pem", "the policy knows no approver stranger"),
        ("head", "none.pem", "none.pem"),
    ] {
        let (code, told) = approve(&sandbox, by, key);
        assert!(code == 2 && told.contains(part), "{by}: {code} {told}");
        assert!(!sandbox.path(&format!("patchseal.{by}.dsse.json")).exists());
    }
    // An approval that was edited, or stands under another name, stops everything that would seal it.
    assert_eq!(approve(&sandbox, "head", "head.pem").0, 0);
    std::fs::rename(sandbox.path("patchseal.head.dsse.json"), sandbox.path("patchseal.lead.dsse.json")).unwrap();
    let ran = sandbox.run(&["assess", "rec"]);
    assert!(ran.code == 2 && ran.stderr.contains("the approval of patchseal.toml by head"), "{}", ran.stderr);
    sandbox.write("patchseal.lead.dsse.json", "{\n\"payload\": 7}");
    let ran = sandbox.run(&["assess", "rec"]);
    assert!(ran.code == 2 && ran.stderr.contains("patchseal.lead.dsse.json:2"), "{}", ran.stderr);
    std::fs::remove_file(sandbox.path("patchseal.lead.dsse.json")).unwrap();
    // A key that the policy does not have any more proves nothing.
    assert_eq!(approve(&sandbox, "head", "head.pem").0, 0);
    let other = key::public(&key::from_seed(&[9; 32]));
    let own = key::public(&key::from_seed(&[3; 32]));
    sandbox.write("patchseal.toml", &policy.replace(&own, &other));
    assert_eq!(verdict(&sandbox, &["assess", "rec"]).0, "fail");
}
