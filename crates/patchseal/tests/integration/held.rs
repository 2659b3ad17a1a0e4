//! Exceptions that providers hold, from the provider's answer to the exception that takes them over.

use crate::sandbox::Sandbox;
use jiff::{SignedDuration, Timestamp};
use patchseal::exceptions::key;
use serde_json::{Value, json};

const AZURE: &str = "rec/azure/0aaaaaaa-0000-4000-8000-000000000001";
const ASSIGNMENT: &str =
    "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/providers/Microsoft.Authorization/policyAssignments/updates";

fn page(rows: &[Value]) -> String {
    json!({"totalRecords": rows.len(), "count": rows.len(), "data": rows, "facets": [], "resultTruncated": "false"})
        .to_string()
}

fn exemption(name: &str, reason: &str) -> Value {
    json!({"id": format!("/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web-1/providers/Microsoft.Authorization/policyExemptions/{name}"),
        "name": name, "type": "microsoft.authorization/policyexemptions", "properties": {"policyAssignmentId": ASSIGNMENT, "exemptionCategory": "Waiver", "description": reason}})
}

fn assignment() -> Value {
    json!({"id": ASSIGNMENT, "name": "updates", "type": "microsoft.authorization/policyassignments",
        "properties": {"policyDefinitionId": "/providers/Microsoft.Authorization/policyDefinitions/f85bf3e0-d513-442e-89c3-1784ad63382b"}})
}

/// A sandbox whose subscription has these rows of Azure Policy, with an approver of high risk.
fn sandbox(rows: &[Value]) -> Sandbox {
    let sandbox = Sandbox::new();
    let observed = Timestamp::now() - SignedDuration::from_hours(1);
    sandbox.write("rec/recording.toml", &format!("observed_at = \"{observed}\"\ncollector = \"test\"\n"));
    sandbox.write(&format!("{AZURE}/resource-graph.PolicyExemptions.json"), &page(rows));
    sandbox.write(&format!("{AZURE}/resource-graph.SecurityExemptions.json"), &page(&[]));
    let key = key::from_seed(&[3; 32]);
    sandbox.write("head.pem", &key::text(&key));
    let policy = format!(
        "[exceptions.people]\nweb-engineer = \"person-1\"\n\n[[approvers]]\nid = \"head\"\nperson = \"person-3\"\nrole = \"security-head\"\nkey = \"{}\"\n",
        key::public(&key)
    );
    sandbox.write("patchseal.toml", &policy);
    sandbox
}

/// The verdict on an exemption, or none.
fn verdict(result: &Value, name: &str) -> Option<String> {
    let mut all = result["findings"].as_array().unwrap().iter();
    let own = |one: &&Value| one["rule"] == "exception-unapproved" && one["subject"]["name"] == name;
    all.find(own).map(|one| one["verdict"].as_str().unwrap().to_owned())
}

fn judged(sandbox: &Sandbox, arguments: &[&str]) -> Value {
    let ran = sandbox.run(&[arguments, &["--format", "json", "--all", "-q"]].concat());
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr))
}

fn list(sandbox: &Sandbox) -> Vec<Value> {
    let ran = sandbox.run(&["exception", "list", "--format", "json"]);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr));
    document["exceptions"].as_array().unwrap().clone()
}

fn adopt(sandbox: &Sandbox, name: &str) {
    let id = exemption(name, "")["id"].as_str().unwrap().to_owned();
    let ran = sandbox.run(&[
        "exception",
        "new",
        "EX-1",
        "--adopt",
        &id,
        "--owner",
        "shop-owner",
        "--requester",
        "web-engineer",
        "--justification",
        "the supplier releases it in March",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("high risk"), "nobody rated it: {}", ran.stdout);
}

#[test]
fn an_exemption_is_unapproved_until_it_is_adopted() {
    let sandbox = sandbox(&[exemption("legacy", "the vendor forbids it"), assignment()]);
    let first = judged(&sandbox, &["assess", "rec"]);
    assert_eq!(verdict(&first, "legacy").as_deref(), Some("fail"));
    let shown = list(&sandbox);
    assert_eq!((&shown[0]["origin"], &shown[0]["state"]), (&json!("provider"), &json!("unapproved")));
    assert_eq!(shown[0]["held"]["reason"], "the vendor forbids it");

    adopt(&sandbox, "legacy");
    assert_eq!(verdict(&judged(&sandbox, &["check"]), "legacy").as_deref(), Some("fail"), "nobody signed");
    let ran = sandbox.run(&["exception", "approve", "EX-1", "--as", "head", "--key", "head.pem"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let adopted = judged(&sandbox, &["check"]);
    assert_eq!(verdict(&adopted, "legacy").as_deref(), Some("pass"));
    assert_eq!(adopted["summary"]["of_fail_excepted"], 0, "what is adopted excuses nothing");
    assert_eq!(adopted["summary"]["fail"].as_u64().unwrap() + 1, first["summary"]["fail"].as_u64().unwrap());
    let shown = list(&sandbox);
    let of = |origin: &str| shown.iter().find(|one| one["origin"] == origin).unwrap();
    assert_eq!((&of("provider")["state"], &of("provider")["held"]["adopted_by"]), (&json!("adopted"), &json!("EX-1")));
    assert_eq!(of("file")["adopts"].as_array().unwrap().len(), 1);
    for format in ["human", "csv"] {
        let ran = sandbox.run(&["exception", "list", "--format", format]);
        assert!(
            ran.code == 0 && ran.stdout.contains("policy-exemption") && ran.stdout.contains("adopted"),
            "{}",
            ran.stdout
        );
    }
    assert_eq!(sandbox.run(&["exception", "check"]).code, 0);

    // When it ends, the exemption is nobody's again.
    let later = (Timestamp::now() + SignedDuration::from_hours(24 * 91)).to_string();
    assert_eq!(verdict(&judged(&sandbox, &["check", "--as-of", &later]), "legacy").as_deref(), Some("fail"));
}

#[test]
fn other_terms_are_not_adopted() {
    let sandbox = sandbox(&[exemption("legacy", "the vendor forbids it"), assignment()]);
    judged(&sandbox, &["assess", "rec"]);
    adopt(&sandbox, "legacy");
    assert_eq!(sandbox.run(&["exception", "approve", "EX-1", "--as", "head", "--key", "head.pem"]).code, 0);
    let rows = [exemption("legacy", "nobody likes it"), assignment()];
    sandbox.write(&format!("{AZURE}/resource-graph.PolicyExemptions.json"), &page(&rows));
    let observed = Timestamp::now() - SignedDuration::from_mins(30);
    sandbox.write("rec/recording.toml", &format!("observed_at = \"{observed}\"\ncollector = \"test\"\n"));
    let changed = judged(&sandbox, &["assess", "rec"]);
    assert_eq!(verdict(&changed, "legacy").as_deref(), Some("fail"));

    // The digest is signed: another one in the file is another exception.
    let text = std::fs::read_to_string(sandbox.path("exceptions/EX-1.toml")).unwrap();
    let at = text.find("[[scope.adopts]]").unwrap();
    let (head, tail) = text.split_at(at);
    let digest = tail.lines().find_map(|line| line.strip_prefix("sha256 = ")).unwrap();
    sandbox
        .write("exceptions/EX-1.toml", &format!("{head}{}", tail.replace(digest, &format!("\"{}\"", "0".repeat(64)))));
    let ran = sandbox.run(&["exception", "check"]);
    assert!(ran.code == 2 && ran.stdout.contains("it was changed after head approved it"), "{}", ran.stdout);
}

/// Invariant 1: whatever is taken away, nothing passes that did not, and what is not there is unknown.
#[test]
fn taking_a_list_away_leaves_an_unknown_and_never_a_pass() {
    let sandbox = sandbox(&[exemption("legacy", "the vendor forbids it"), assignment()]);
    judged(&sandbox, &["assess", "rec"]);
    adopt(&sandbox, "legacy");
    assert_eq!(sandbox.run(&["exception", "approve", "EX-1", "--as", "head", "--key", "head.pem"]).code, 0);
    let with = judged(&sandbox, &["check"]);
    let passes = |result: &Value| -> Vec<String> {
        let all = result["findings"].as_array().unwrap().iter().filter(|one| one["verdict"] == "pass");
        all.map(|one| format!("{} {}", one["rule"], one["subject"]["id"])).collect()
    };
    let lists = ["PolicyExemptions", "SecurityExemptions"];
    for (number, gone) in [&lists[..1], &lists[1..], &lists[..]].into_iter().enumerate() {
        let kept: Vec<_> = gone
            .iter()
            .map(|name| {
                let path = sandbox.path(&format!("{AZURE}/resource-graph.{name}.json"));
                let text = std::fs::read_to_string(&path).unwrap();
                std::fs::remove_file(&path).unwrap();
                (path, text)
            })
            .collect();
        let store = format!("store-{number}");
        let without = judged(&sandbox, &["assess", "rec", "--store", &store]);
        let before = passes(&with);
        let added: Vec<_> = passes(&without).into_iter().filter(|one| !before.contains(one)).collect();
        assert!(added.is_empty(), "without {gone:?}: {added:?}");
        let unknown = without["findings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["rule"] == "exception-unapproved" && one["verdict"] == "unknown");
        assert!(unknown, "without {gone:?} nobody says that it was not read");
        kept.into_iter().for_each(|(path, text)| std::fs::write(path, text).unwrap());
    }
}

/// A list that was left out does not end what it had; a whole one does, for good.
#[test]
fn an_exemption_is_gone_when_a_whole_list_says_so() {
    let sandbox = sandbox(&[exemption("legacy", "the vendor forbids it"), assignment()]);
    let list_of = format!("{AZURE}/resource-graph.PolicyExemptions.json");
    let observe = |minutes: i64, rows: Option<&[Value]>| {
        let observed = Timestamp::now() - SignedDuration::from_mins(minutes);
        sandbox.write("rec/recording.toml", &format!("observed_at = \"{observed}\"\ncollector = \"test\"\n"));
        match rows {
            Some(rows) => sandbox.write(&list_of, &page(rows)),
            None => std::fs::remove_file(sandbox.path(&list_of)).unwrap(),
        }
        verdict(&judged(&sandbox, &["assess", "rec"]), "legacy")
    };
    assert_eq!(verdict(&judged(&sandbox, &["assess", "rec"]), "legacy").as_deref(), Some("fail"));
    assert_eq!(observe(40, None).as_deref(), Some("unknown"));
    assert_eq!(list(&sandbox)[0]["state"], "unclear");
    assert_eq!(observe(30, Some(&[assignment()])), None);
    assert_eq!(observe(20, None), None, "it does not come back");
}

#[test]
fn bad_adoptions_are_named() {
    let sandbox = sandbox(&[exemption("legacy", ""), assignment()]);
    judged(&sandbox, &["assess", "rec"]);
    let ran = sandbox.run(&[
        "exception",
        "new",
        "EX-2",
        "--adopt",
        "nothing",
        "--owner",
        "o",
        "--requester",
        "web-engineer",
        "--justification",
        "j",
    ]);
    assert!(ran.code == 2 && ran.stderr.contains("no provider holds an exception \"nothing\""), "{}", ran.stderr);
    adopt(&sandbox, "legacy");
    let path = "exceptions/EX-1.toml";
    let text = std::fs::read_to_string(sandbox.path(path)).unwrap();
    for (from, to, said) in [
        ("tier = \"high\"", "tier = \"low\"", "nobody rated what it adopts"),
        ("\nheld = ", "\nheld_by = ", "held"),
        ("\nsha256 = \"", "\nsha256 = \"x", "SHA-256"),
    ] {
        assert!(text.contains(from), "{from}: {text}");
        sandbox.write(path, &text.replacen(from, to, 1));
        let ran = sandbox.run(&["exception", "check"]);
        assert!(ran.code == 2 && ran.stdout.contains(said), "{to}: {}{}", ran.stdout, ran.stderr);
    }
}

/// The order of rows does not matter, and an exemption that two subscriptions inherit is one.
#[test]
fn an_inherited_exemption_is_one_finding() {
    let group = "/providers/Microsoft.Management/managementGroups/shops";
    let inherited = json!({"id": format!("{group}/providers/Microsoft.Authorization/policyExemptions/all"), "name": "all", "type": "microsoft.authorization/policyexemptions",
        "properties": {"policyAssignmentId": ASSIGNMENT, "exemptionCategory": "Waiver"}});
    let sandbox = sandbox(&[inherited.clone(), assignment()]);
    let other = AZURE.replace("0001", "0002");
    sandbox.write(&format!("{other}/resource-graph.PolicyExemptions.json"), &page(&[assignment(), inherited]));
    sandbox.write(&format!("{other}/resource-graph.SecurityExemptions.json"), &page(&[]));
    let result = judged(&sandbox, &["assess", "rec"]);
    let all = result["findings"].as_array().unwrap().iter();
    let named = all.filter(|one| one["rule"] == "exception-unapproved" && one["subject"]["name"] == "all");
    let verdicts: Vec<_> = named.map(|one| one["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["fail"]);
}
