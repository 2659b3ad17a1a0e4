//! Nodes that once reported. The file stays for weeks after the machine went, and has no state of the link.

use crate::{Answer, Asks, Expect, Fixture, Operation, Reach, Reject, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Agent, Fact, Family};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "resource-data-sync.InstanceInformation",
    permissions: &["s3:GetObject"],
    docs: super::DOCS,
    reach: Reach::Resource,
    when: When::Extra,
    instead: &[],
    request: super::request,
    page: super::page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    #[serde(rename = "resourceId")]
    resource_id: String,
    #[serde(default)]
    platform_name: String,
    #[serde(default)]
    platform_type: String,
    #[serde(default)]
    platform_version: String,
    #[serde(default)]
    computer_name: String,
    #[serde(default)]
    ip_address: String,
    #[serde(default)]
    resource_type: String,
    #[serde(default)]
    instance_status: String,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let mut rows = Rows::into_sink(sink);
    super::lines(answer, |number, row: Row| {
        if !super::is_of_its_file(answer, &row.resource_id) {
            return rows.without(super::OF_ANOTHER_FILE);
        }
        let agent = Agent {
            host: row.resource_id.into(),
            account: None,
            region: None,
            ping: None,
            last_ping: None,
            resource_type: row.resource_type.into(),
            platform_name: row.platform_name.into(),
            platform_version: row.platform_version.into(),
            family: match row.platform_type.as_str() {
                "Linux" => Family::Linux,
                "Windows" => Family::Windows,
                _ => Family::Unknown,
            },
            name: "".into(),
            computer_name: row.computer_name.into(),
            address: row.ip_address.into(),
            registered: None,
            terminated: row.instance_status.eq_ignore_ascii_case("Terminated"),
            tags: BTreeMap::new(),
        };
        rows.fact(Pointer::Row(&"", number), Fact::Agent(agent));
    })?;
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"PlatformName":"Microsoft Windows Server 2019 Datacenter","PlatformVersion":"10.0.17763","AgentType":"amazon-ssm-agent","AgentVersion":"3.3.987.0","InstanceId":"i-0abc","ComputerName":"WEB1","IpAddress":"10.0.1.17","InstanceStatus":"Terminated","PlatformType":"Windows","resourceId":"i-0abc","captureTime":"2026-11-02T02:04:41Z","schemaVersion":"1.0"}
"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture { name: "empty", body: "\n", expect: Expect::Refused },
    Fixture {
        name: "node that is there",
        body: r#"{"PlatformName":"Amazon Linux","PlatformType":"Linux","InstanceStatus":"Active","resourceId":"i-0abc"}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture { name: "another document", body: r#"{"Reservations": []}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;

    /// Trap 10: the file outlives its machine.
    #[test]
    fn a_node_that_is_gone_is_told_as_gone() {
        for (fixture, gone, family) in
            [("answered", true, Family::Windows), ("node that is there", false, Family::Linux)]
        {
            let facts = facts_of(&OPERATION, fixture, Some("i-0abc"));
            let Fact::Agent(agent) = &facts[0] else { panic!("not an agent: {facts:?}") };
            assert_eq!((agent.terminated, agent.family, agent.ping), (gone, family, None));
        }
    }
}
