//! Who would hear of a failed deployment, over several recordings.

use crate::sandbox::{Sandbox, files};
use serde_json::Value;

const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:patching";

/// A recording of a day: an alarm for each trouble and a topic with this receiver.
fn day(sandbox: &Sandbox, day: &str, history: &str, receiver: &str) {
    let region = format!("recs/{day}/aws/111122223333/eu-west-1");
    sandbox.write(
        &format!("recs/{day}/recording.toml"),
        &format!("observed_at = \"{day}T06:00:00Z\"\ncollector = \"test\"\n"),
    );
    sandbox.write(
        &format!("{region}/ssm.DescribeInstanceInformation.json"),
        r#"{"InstanceInformationList": [{"InstanceId": "mi-0aaaaaaaaaaaaaaaa", "PingStatus": "Online", "ResourceType": "ManagedInstance", "Name": "till-1"}]}"#,
    );
    let alarm = |name: &str, metric: &str| {
        format!(
            r#"{{"AlarmName": "{name}", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:{name}", "ActionsEnabled": true, "AlarmActions": ["{TOPIC}"], "MetricName": "{metric}", "Namespace": "AWS/SSM-RunCommand"}}"#
        )
    };
    let alarms =
        [alarm("runs", "CommandsFailed"), alarm("agents", "CommandsDeliveryTimedOut"), alarm("windows", "Own")];
    sandbox.write(
        &format!("{region}/cloudwatch.DescribeAlarms.json"),
        &format!(r#"{{"MetricAlarms": [{}]}}"#, alarms.join(", ")),
    );
    sandbox.write(
        &format!("{region}/cloudwatch.DescribeAlarmHistory.json"),
        &format!(r#"{{"AlarmHistoryItems": [{history}]}}"#),
    );
    sandbox.write(&format!("{region}/events.ListRules.json"), r#"{"Rules": []}"#);
    sandbox.write(
        &format!("{region}/sns.ListSubscriptionsByTopic@{}.json", TOPIC.replace(':', "%3A")),
        &format!(r#"{{"Subscriptions": [{receiver}]}}"#),
    );
}

fn receiver(protocol: &str, endpoint: &str) -> String {
    format!(
        r#"{{"SubscriptionArn": "{TOPIC}:0a", "Protocol": "{protocol}", "Endpoint": "{endpoint}", "TopicArn": "{TOPIC}"}}"#
    )
}

/// Verdicts of a rule on the region, with the message.
fn judged(sandbox: &Sandbox, store: &str, rule: &str, policy: &str) -> (String, String) {
    sandbox.write("policy.toml", &format!("[evidence]\ningest_limit = \"off\"\n{policy}"));
    let arguments = ["assess", "recs", "--store", store, "--config", "policy.toml", "--format", "json", "--all", "-q"];
    let ran = sandbox.run(&arguments);
    let result: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr));
    let own = result["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["rule"] == rule && finding["subject"]["name"] == "aws 111122223333/eu-west-1");
    let own = own.unwrap_or_else(|| panic!("no verdict of {rule}: {}", ran.stdout));
    (own["verdict"].as_str().unwrap().to_owned(), own["message"].to_string())
}

const COVERS: &str = "[monitoring.covers]\nwindows = [\"window\"]\n";

#[test]
fn what_reaches_a_person_is_for_the_policy_to_say() {
    let sandbox = Sandbox::new();
    day(&sandbox, "2026-11-24", "", &receiver("https", "https://hooks.shop.example/patching?key=1"));
    let rule = "failure-unalerted";
    let (verdict, message) = judged(&sandbox, "a", rule, COVERS);
    assert!(verdict == "fail" && message.contains("the topic patching reaches no person"), "{message}");
    let named = format!("[monitoring]\nroutes = [\"https://hooks.shop.example/\"]\n{COVERS}");
    assert_eq!(judged(&sandbox, "b", rule, &named).0, "pass");
    // Without the policy's word, nobody knows what an alarm on a metric of one's own covers.
    let (verdict, message) = judged(&sandbox, "c", rule, "[monitoring]\nroutes = [\"https://hooks.shop.example/\"]\n");
    assert!(verdict == "fail" && message.contains("nothing watches for a failed maintenance window"), "{message}");
    let ran = sandbox.run(&["assess", "recs", "--store", "d", "--config", "wrong.toml"]);
    assert_eq!(ran.code, 2);
    sandbox.write("wrong.toml", "[monitoring]\nact_within = \"soon\"\n");
    let ran = sandbox.run(&["assess", "recs", "--store", "d", "--config", "wrong.toml"]);
    assert!(ran.code == 2 && ran.stderr.contains("wrong.toml:2"), "{}", ran.stderr);
}

/// Providers forget alerts: what an earlier run saw fire, and nobody acted on, does not pass by that.
#[test]
fn an_alert_that_fell_out_of_the_history() {
    let sandbox = Sandbox::new();
    let item = |at: &str, to: &str| {
        format!(
            r#"{{"AlarmName": "runs", "Timestamp": "{at}", "HistoryItemType": "StateUpdate", "HistorySummary": "Alarm updated to {to}"}}"#
        )
    };
    let mail = receiver("email", "on.call@shop.example");
    day(&sandbox, "2026-11-20", &item("2026-11-20T03:00:00Z", "ALARM"), &mail);
    let rule = "alert-unactioned";
    assert_eq!(judged(&sandbox, "a", rule, "").0, "pass");
    day(&sandbox, "2026-11-24", "", &mail);
    let (verdict, message) = judged(&sandbox, "b", rule, "");
    assert!(verdict == "fail" && message.contains("fired 4 days ago"), "{message}");
    assert_eq!(judged(&sandbox, "c", rule, "[monitoring]\nact_within = \"10d\"\n").0, "pass");
    day(&sandbox, "2026-11-24", &item("2026-11-20T09:00:00Z", "OK"), &mail);
    assert_eq!(judged(&sandbox, "d", rule, "").0, "pass");
    // The history refused today is no history without alerts.
    let history = "recs/2026-11-24/aws/111122223333/eu-west-1/cloudwatch.DescribeAlarmHistory";
    std::fs::remove_file(sandbox.path(&format!("{history}.json"))).unwrap();
    sandbox.write(&format!("{history}.http403.json"), r#"{"Error": {"Code": "AccessDenied"}}"#);
    sandbox.write(
        "recs/2026-11-20/aws/111122223333/eu-west-1/cloudwatch.DescribeAlarmHistory.json",
        r#"{"AlarmHistoryItems": []}"#,
    );
    assert_eq!(judged(&sandbox, "e", rule, "").0, "unknown");
}

/// A person's address is no evidence that is needed, and is never sealed.
#[test]
fn addresses_are_not_sealed() {
    let sandbox = Sandbox::new();
    day(&sandbox, "2026-11-24", "", &receiver("email", "on.call@shop.example"));
    let ran = sandbox.run(&["import", "recs", "--store", "store", "-q"]);
    assert!(matches!(ran.code, 0 | 3), "{}", ran.stderr);
    let mut read = 0;
    for index in 0..8 {
        let ran = sandbox.run(&["evidence", "show", &format!("0/{index}"), "--store", "store"]);
        assert!(!ran.stdout.contains("on.call@") && !ran.stdout.contains("shop.example"), "{}", ran.stdout);
        read += usize::from(ran.stdout.contains("\"Protocol\""));
    }
    assert_eq!(read, 1);
    for file in files(&sandbox.path("store")) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(8).any(|window| window == b"on.call@"), "{}", file.display());
    }
}
