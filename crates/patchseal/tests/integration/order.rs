//! Invariant 4 on the bundled example: the order of files, pages and rows changes nothing outside log and evidence.

use crate::sandbox::{Ran, Sandbox, copy, example, files};
use serde_json::Value;

/// The result without what may differ: the log, and where in it evidence stands.
fn result(sandbox: &Sandbox, folder: &str, store: &str, threads: &str) -> String {
    let html = format!("{store}.html");
    let arguments = ["assess", folder, "--store", store, "--html", &html, "--format", "json", "--all", "-q"];
    without_places(&sandbox.run_with(&arguments, &[("RAYON_NUM_THREADS", threads)]))
}

/// A JSON result without the log, and without where in it evidence stands.
pub(crate) fn without_places(ran: &Ran) -> String {
    let mut document: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr));
    let members = document.as_object_mut().unwrap();
    members.remove("log");
    members.remove("known_at");
    for finding in members["findings"].as_array_mut().unwrap() {
        finding.as_object_mut().unwrap().remove("evidence");
    }
    format!("{document:#}")
}

/// Turns every list of the answers round: lists of rows, and lists inside rows whose order says nothing either.
fn turn(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(turn);
            items.reverse();
        }
        Value::Object(members) => members.values_mut().for_each(turn),
        _ => {}
    }
}

#[test]
fn rows_and_pages_in_another_order_give_the_same_result() {
    let sandbox = Sandbox::new();
    copy(&example(), &sandbox.path("turned"));
    let mut pages: Vec<std::path::PathBuf> = Vec::new();
    for file in files(&sandbox.path("turned")) {
        if file.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        if let Ok(mut value) = serde_json::from_str::<Value>(&text) {
            turn(&mut value);
            std::fs::write(&file, value.to_string()).unwrap();
        }
        if file.to_string_lossy().ends_with(".2.json") {
            pages.push(file);
        }
    }
    assert!(!pages.is_empty(), "the example has paged answers");
    for second in pages {
        let first = std::path::PathBuf::from(second.to_string_lossy().replace(".2.json", ".1.json"));
        let parked = second.with_extension("parked");
        std::fs::rename(&second, &parked).unwrap();
        std::fs::rename(&first, &second).unwrap();
        std::fs::rename(&parked, &first).unwrap();
    }
    let straight = result(&sandbox, example().to_str().unwrap(), "store-straight", "2");
    let turned = result(&sandbox, "turned", "store-turned", "2");
    for (one, other) in straight.lines().zip(turned.lines()) {
        assert_eq!(one, other);
    }
    assert_eq!(straight.len(), turned.len());
}

#[test]
fn one_thread_gives_the_same_bytes_as_many() {
    let sandbox = Sandbox::new();
    let folder = example();
    let folder = folder.to_str().unwrap();
    assert_eq!(result(&sandbox, folder, "store-1", "1"), result(&sandbox, folder, "store-4", "4"));
}

/// The list of a window's tasks and the task itself state one fact: what the task says stays, under any names of files.
#[test]
fn a_task_outweighs_the_list_that_leaves_its_action_out() {
    let verdicts = |list: &str, own: Option<&str>| {
        let sandbox = Sandbox::new();
        let region = crate::sandbox::REGION;
        let task = r#""WindowId": "mw-0a", "WindowTaskId": "t1", "TaskArn": "AWS-RunPatchBaseline", "Targets": [{"Key": "InstanceIds", "Values": ["mi-0aaaaaaaaaaaaaaaa"]}]"#;
        sandbox.write(
            &format!("{region}/ssm.DescribeMaintenanceWindows.json"),
            r#"{"WindowIdentities": [{"WindowId": "mw-0a", "Name": "weekly", "Enabled": true, "Duration": 3, "Cutoff": 1}]}"#,
        );
        sandbox.write(
            &format!("{region}/ssm.DescribeMaintenanceWindowTasks@mw-0a.json"),
            &format!(r#"{{"Tasks": [{{{task}, "Type": "RUN_COMMAND", "TaskParameters": {list}}}]}}"#),
        );
        if let Some(own) = own {
            sandbox.write(
                &format!("{region}/ssm.GetMaintenanceWindowTask@mw-0a~t1.json"),
                &format!(r#"{{{task}, "TaskType": "RUN_COMMAND", "TaskInvocationParameters": {{"RunCommand": {{"Parameters": {{"Operation": ["{own}"]}}}}}}}}"#),
            );
        }
        let ran = sandbox.run(&["assess", "rec", "--format", "json", "-q", "--all"]);
        let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let finding = findings.iter().find(|finding| finding["rule"] == "association-scan-only").unwrap();
        let text = |member: &str| finding[member].as_str().unwrap_or_default().to_owned();
        (text("verdict"), text("message"))
    };
    let (verdict, message) = verdicts("{}", None);
    assert!(verdict == "unknown" && message.contains("ssm.GetMaintenanceWindowTask"), "{verdict}: {message}");
    assert_eq!(verdicts("{}", Some("Install")).0, "pass");
    // Another schedule that nobody read might install on the same hosts.
    let (verdict, message) = verdicts("{}", Some("Scan"));
    assert!(verdict == "unknown" && !message.contains("ssm.GetMaintenanceWindowTask"), "{verdict}: {message}");
    assert_eq!(verdicts(r#"{"Operation": {"Values": ["Install"]}}"#, None).0, "pass");
}
