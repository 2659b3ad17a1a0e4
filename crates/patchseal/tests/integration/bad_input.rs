//! What users get wrong: each is a clear error with its exit code, and nothing already stored is lost.

use crate::sandbox::{REGION, Sandbox, copy, files};

#[test]
fn a_malformed_file_is_named_with_position_and_the_rest_is_sealed() {
    let sandbox = Sandbox::new();
    sandbox.write(&format!("{REGION}/ssm.DescribeMaintenanceWindows.json"), "{\"WindowIdentities\": [\n  {]}");
    let ran = sandbox.run(&["import", "rec"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("ssm.DescribeMaintenanceWindows.json:2:4: not an answer of ssm.DescribeMaintenanceWindows"),
        "{}",
        ran.stderr
    );
    assert!(ran.stdout.contains("3 files, 2 rows"), "{}", ran.stdout);
    assert_eq!(sandbox.run(&["verify"]).code, 0);
}

#[test]
fn a_truncated_answer_is_truncated_and_not_shorter() {
    let sandbox = Sandbox::new();
    sandbox.write(&format!("{REGION}/ssm.DescribeMaintenanceWindows.json"), "{\"WindowIdentities\": [");
    let ran = sandbox.run(&["import", "rec", "--format", "json"]);
    assert_eq!(ran.code, 3);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let files = report["runs"][0]["files"].as_array().unwrap();
    let cut = files.iter().find(|file| file["operation"] == "ssm.DescribeMaintenanceWindows").unwrap();
    assert_eq!(cut["failure"]["kind"], "truncated");
}

#[test]
fn an_unknown_file_says_what_was_expected() {
    let sandbox = Sandbox::new();
    sandbox.write("rec/notes.txt", "hello");
    sandbox.write(&format!("{REGION}/ssm.DescribeEverything.json"), "{}");
    let ran = sandbox.run(&["import", "rec"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("notes.txt: no such place in a recording"), "{}", ran.stderr);
    assert!(ran.stderr.contains("\"ssm.DescribeEverything\" is no operation that is read"), "{}", ran.stderr);
}

#[test]
fn an_empty_folder_is_a_usage_error_and_makes_no_store() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("empty")).unwrap();
    let ran = sandbox.run(&["assess", "empty"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("holds no recording"), "{}", ran.stderr);
    assert!(!sandbox.path(".patchseal").exists());
}

#[test]
fn a_misspelt_policy_key_is_pointed_at() {
    let sandbox = Sandbox::new();
    sandbox.write("patchseal.toml", "[sla]\ncritcal = \"7d\"\n");
    let ran = sandbox.run(&["assess", "rec"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("patchseal.toml:2:1: no key is called \"sla.critcal\": did you mean \"critical\"?"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_wrong_length_of_time_says_how_to_write_one() {
    let sandbox = Sandbox::new();
    sandbox.write("patchseal.toml", "[sla]\ncritical = \"7 days\"\n");
    let ran = sandbox.run(&["assess", "rec"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("such as \"90m\", \"24h\", \"15d\" or \"2w\""), "{}", ran.stderr);
}

#[test]
fn a_recording_without_its_time_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("rec/recording.toml", "collector = \"test\"\n");
    let ran = sandbox.run(&["import", "rec"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("observed_at is missing"), "{}", ran.stderr);
}

#[test]
fn the_same_recording_again_adds_nothing() {
    let sandbox = Sandbox::new();
    let (code, first) = sandbox.assess();
    let (again, second) = sandbox.assess();
    assert_eq!(code, again);
    assert_eq!(first["summary"], second["summary"]);
    let ids = |result: &serde_json::Value| {
        result["findings"].as_array().unwrap().iter().map(|finding| finding["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&first), ids(&second));
    let ran = sandbox.run(&["import", "rec"]);
    assert!(ran.stderr.contains("sealed before, nothing added"), "{}", ran.stderr);
}

#[test]
fn a_missing_page_leaves_the_question_open() {
    let sandbox = Sandbox::new();
    let name = format!("{REGION}/ssm.DescribeInstancePatches@mi-0aaaaaaaaaaaaaaaa.json");
    let text = std::fs::read_to_string(sandbox.path(&name)).unwrap();
    sandbox.write(&name, &text.replacen('{', "{\"NextToken\": \"more\", ", 1));
    let (code, result) = sandbox.assess();
    assert_ne!(code, 0);
    let reasons = result["coverage"]["scopes"].to_string();
    assert!(reasons.contains("ssm.DescribeInstancePatches"), "{reasons}");
}

#[test]
fn an_error_answer_is_recorded_as_one() {
    let sandbox = Sandbox::new();
    sandbox.write(
        &format!("{REGION}/ssm.DescribeMaintenanceWindows.http403.json"),
        r#"{"__type": "AccessDeniedException", "message": "not authorized to perform: ssm:DescribeMaintenanceWindows"}"#,
    );
    let (_, result) = sandbox.assess();
    let scopes = result["coverage"]["scopes"].to_string();
    assert!(scopes.contains("ssm.DescribeMaintenanceWindows") && scopes.contains("denied"), "{scopes}");
}

#[test]
fn a_store_that_is_a_file_or_read_only_is_a_store_error() {
    let sandbox = Sandbox::new();
    sandbox.write("occupied", "not a folder");
    let ran = sandbox.run(&["import", "rec", "--store", "occupied"]);
    assert_eq!(ran.code, 5, "{}", ran.stderr);
    let ran = sandbox.run(&["check"]);
    assert_eq!(ran.code, 5);
    assert!(ran.stderr.contains("there is no store"), "{}", ran.stderr);
}

#[test]
fn a_flipped_bit_or_a_removed_file_fails_verification() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(&["import", "rec"]).code, 0);
    let store = sandbox.path(".patchseal");
    let damaged: Vec<_> = [files(&store.join("log")), files(&store.join("packs"))].concat();
    for file in damaged {
        let bytes = std::fs::read(&file).unwrap();
        let mut flipped = bytes.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        std::fs::write(&file, &flipped).unwrap();
        let ran = sandbox.run(&["verify"]);
        assert_eq!(ran.code, 4, "{} with a flipped bit: {}", file.display(), ran.stdout);
        let name = file.strip_prefix(&store).unwrap().display().to_string();
        assert!(ran.stdout.contains(&name), "{name} is not named: {}", ran.stdout);
        std::fs::remove_file(&file).unwrap();
        assert_eq!(sandbox.run(&["verify"]).code, 4, "{name} removed");
        std::fs::write(&file, &bytes).unwrap();
    }
    assert_eq!(sandbox.run(&["verify"]).code, 0);
}

#[test]
fn only_a_checkpoint_held_elsewhere_shows_a_rolled_back_store() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(&["import", "rec"]).code, 0);
    let old = sandbox.path("old");
    copy(&sandbox.path(".patchseal"), &old);
    sandbox.assess();
    std::fs::copy(sandbox.path(".patchseal/log/checkpoint"), sandbox.path("held")).unwrap();
    assert_eq!(sandbox.run(&["verify", "--store", "old"]).code, 0);
    let ran = sandbox.run(&["verify", "--store", "old", "--checkpoint", "held"]);
    assert_eq!(ran.code, 4);
    assert!(ran.stdout.contains("rolled back"), "{}", ran.stdout);
    assert_eq!(sandbox.run(&["verify", "--checkpoint", "held"]).code, 0);
}

#[test]
fn two_writers_at_once_are_refused() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(&["import", "rec"]).code, 0);
    let lock = std::fs::OpenOptions::new().write(true).open(sandbox.path(".patchseal/lock")).unwrap();
    lock.try_lock().unwrap();
    let ran = sandbox.run(&["import", "rec"]);
    assert_eq!(ran.code, 5);
    assert!(ran.stderr.contains("another process is writing"), "{}", ran.stderr);
}

#[test]
fn a_recording_from_the_future_is_warned_about() {
    let sandbox = Sandbox::new();
    sandbox.write("rec/recording.toml", "observed_at = \"2099-01-01T00:00:00Z\"\n");
    let ran = sandbox.run(&["import", "rec"]);
    assert!(ran.stderr.contains("check the clocks"), "{}", ran.stderr);
}

#[test]
fn nothing_judged_is_nothing_proven() {
    let sandbox = Sandbox::new();
    sandbox.run(&["init", "--store", "fresh"]);
    let ran = sandbox.run(&["check", "--store", "fresh"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
}

#[test]
fn init_never_overwrites() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(&["init"]).code, 0);
    let key = std::fs::read(sandbox.path(".patchseal/log.key")).unwrap();
    assert!(sandbox.path("patchseal.toml").is_file());
    let ran = sandbox.run(&["init"]);
    assert_eq!(ran.code, 5);
    assert!(ran.stderr.contains("already exists"), "{}", ran.stderr);
    assert_eq!(std::fs::read(sandbox.path(".patchseal/log.key")).unwrap(), key);
    // The policy that `init` writes is one that `assess` reads.
    assert_ne!(sandbox.run(&["assess", "rec"]).code, 2);
}

/// Both ways of saving an error in XML: with its status, and under the name of an answer.
#[test]
fn an_error_in_xml_says_what_it_is_and_another_answer_is_refused() {
    let sandbox = Sandbox::new();
    let error = |code: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code><Message>no</Message></Error></Errors></Response>"
        )
    };
    sandbox.write(&format!("{REGION}/ec2.DescribeInstances.http503.xml"), &error("RequestLimitExceeded"));
    sandbox.write(&format!("{REGION}/ec2.DescribeRegions.xml"), &error("UnauthorizedOperation"));
    sandbox.write(
        &format!("{REGION}/ec2.DescribeImages.xml"),
        "\n<DescribeInstancesResponse><imagesSet/></DescribeInstancesResponse>",
    );
    let ran = sandbox.run(&["import", "rec", "--format", "json"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let files = report["runs"][0]["files"].as_array().unwrap();
    let failure = |operation: &str| {
        let file = files.iter().find(|file| file["operation"] == operation).unwrap();
        (
            file["failure"]["kind"].as_str().unwrap(),
            file["failure"]["message"].as_str().unwrap(),
            file["rejected"] == true,
        )
    };
    assert_eq!(failure("ec2.DescribeInstances"), ("throttled", "RequestLimitExceeded: no", false));
    assert_eq!(failure("ec2.DescribeRegions"), ("denied", "UnauthorizedOperation: no", false));
    let (kind, message, rejected) = failure("ec2.DescribeImages");
    assert!(kind == "malformed" && rejected, "{message}");
    assert!(
        message.ends_with(
            "ec2.DescribeImages.xml:2:1: not an answer of ec2.DescribeImages: the document is a <DescribeInstancesResponse>, \
             and a <DescribeImagesResponse> was expected"
        ),
        "{message}"
    );
}
