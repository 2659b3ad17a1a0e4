//! A folder to run the binary in.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A temporary folder with a recording and a store.
pub(crate) struct Sandbox {
    folder: tempfile::TempDir,
}

/// What a run of the binary left.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: std::process::Output) -> Ran {
        Ran {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A region of the samples.
pub(crate) const REGION: &str = "rec/aws/111122223333/eu-west-1";

impl Sandbox {
    /// A recording of 2026-11-24 with one agent and its patches.
    pub(crate) fn new() -> Sandbox {
        let sandbox = Sandbox { folder: tempfile::tempdir().unwrap() };
        sandbox.write("rec/recording.toml", "observed_at = \"2026-11-24T06:00:00Z\"\ncollector = \"test\"\n");
        sandbox.write(
            &format!("{REGION}/ssm.DescribeInstanceInformation.json"),
            r#"{"InstanceInformationList": [{"InstanceId": "mi-0aaaaaaaaaaaaaaaa", "PingStatus": "Online", "LastPingDateTime": "2026-11-24T05:59:00+00:00",
                "AgentVersion": "3.3.1", "PlatformType": "Linux", "PlatformName": "Ubuntu", "PlatformVersion": "22.04", "ResourceType": "ManagedInstance",
                "Name": "till-1", "IPAddress": "10.0.0.7", "ComputerName": "till-1.shop.example"}]}"#,
        );
        sandbox.write(
            &format!("{REGION}/ssm.DescribeInstancePatches@mi-0aaaaaaaaaaaaaaaa.json"),
            r#"{"Patches": [{"Title": "curl:amd64:7.81.0-1ubuntu1.19", "KBId": "curl.amd64", "Classification": "Security", "Severity": "Important",
                "State": "Missing", "InstalledTime": "1970-01-01T00:00:00+00:00"}]}"#,
        );
        sandbox
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Runs the binary in the folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[])
    }

    /// Runs the binary in the folder with additions to its environment.
    pub(crate) fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_patchseal"))
            .args(arguments)
            .envs(environment.iter().copied())
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        Ran::of(output)
    }

    /// `assess` as JSON.
    pub(crate) fn assess(&self) -> (i32, serde_json::Value) {
        let ran = self.run(&["assess", "rec", "--format", "json", "-q"]);
        (
            ran.code,
            serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", ran.stdout, ran.stderr)),
        )
    }
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Copies a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(file, target).unwrap();
    }
}

/// The bundled example.
pub(crate) fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/storefront").canonicalize().unwrap()
}
