//! Agents that registered. Stopped machines are left out and lost ones stay, so absence from it says nothing and
//! presence is not contact.

use crate::codec::json::{self, Time};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Agent, Fact, Family, Ping};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.DescribeInstanceInformation",
    permissions: &["ssm:DescribeInstanceInformation"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeInstanceInformation.html",
    reach: Reach::Region,
    when: When::Start,
    instead: &["resource-data-sync.InstanceInformation"],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    let members = serde_json::json!({ "MaxResults": 50 });
    super::request(ask, "AmazonSSM.DescribeInstanceInformation", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

/// Hybrid nodes are on no other list; whoever lists the rest asks about them.
fn asks(answer: &Answer<'_>, asks: &mut Asks) {
    let Ok(body) = json::read::<Body>(answer) else { return };
    for row in body.instance_information_list.into_iter().filter(|row| row.instance_id.starts_with("mi-")) {
        asks.together("ssm.DescribeInstancePatchStates", answer.exchange.scope.clone(), row.instance_id);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    instance_information_list: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    instance_id: String,
    ping_status: Option<String>,
    #[serde(default)]
    last_ping_date_time: Time,
    #[serde(default)]
    platform_type: String,
    #[serde(default)]
    platform_name: String,
    #[serde(default)]
    platform_version: String,
    #[serde(default)]
    registration_date: Time,
    #[serde(default)]
    resource_type: String,
    #[serde(default)]
    name: String,
    #[serde(default, rename = "IPAddress")]
    address: String,
    #[serde(default)]
    computer_name: String,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.instance_information_list.into_iter().enumerate() {
        rows.fact(
            Pointer::Row(&"/InstanceInformationList", number as u32),
            Fact::Agent(Agent {
                host: row.instance_id.into(),
                account: None,
                region: None,
                ping: row.ping_status.map(|status| match status.as_str() {
                    "Online" => Ping::Online,
                    "ConnectionLost" | "Connection Lost" => Ping::Lost,
                    _ => Ping::Other,
                }),
                last_ping: row.last_ping_date_time.0,
                resource_type: row.resource_type.into(),
                platform_name: row.platform_name.into(),
                platform_version: row.platform_version.into(),
                family: match row.platform_type.as_str() {
                    "Linux" => Family::Linux,
                    "Windows" => Family::Windows,
                    _ => Family::Unknown,
                },
                name: row.name.into(),
                computer_name: row.computer_name.into(),
                address: row.address.into(),
                registered: row.registration_date.0,
                terminated: false,
                tags: BTreeMap::new(),
            }),
        );
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "InstanceInformationList": [
    {"InstanceId": "i-0a1", "PingStatus": "Online", "LastPingDateTime": "2026-11-24T05:58:12.345000+00:00", "AgentVersion": "3.3.987.0",
     "IsLatestVersion": true, "PlatformType": "Linux", "PlatformName": "Amazon Linux", "PlatformVersion": "2023",
     "ResourceType": "EC2Instance", "IPAddress": "10.0.1.17", "ComputerName": "ip-10-0-1-17.eu-west-1.compute.internal"},
    {"InstanceId": "mi-0b2", "PingStatus": "ConnectionLost", "LastPingDateTime": "2026-03-03T02:11:00+00:00", "AgentVersion": "3.1.1.0",
     "PlatformType": "Windows", "PlatformName": "Microsoft Windows Server 2019 Standard", "PlatformVersion": "10.0.17763",
     "ActivationId": "a1", "RegistrationDate": "2024-05-06T07:08:09+00:00", "ResourceType": "ManagedInstance", "Name": "till-0417",
     "IPAddress": "192.168.4.17", "ComputerName": "TILL0417"}
  ],
  "NextToken": "page-2"
}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: true },
    },
    Fixture {
        name: "empty",
        body: r#"{"InstanceInformationList": []}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "wire",
        body: r#"{"InstanceInformationList": [{"InstanceId": "i-0a1", "PingStatus": "Inactive", "LastPingDateTime": 1795586292.345,
            "PlatformType": "MacOS", "ResourceType": "EC2Instance"}]}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "error document",
        body: r#"{"__type": "AccessDeniedException", "Message": "not authorized to perform: ssm:DescribeInstanceInformation"}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{asks_of, facts_of, time};

    /// Trap 9: a lost node stays on the list, with the last time it answered.
    #[test]
    fn a_lost_node_is_listed_with_its_age() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::Agent(node) = &facts[1] else { panic!("not an agent: {facts:?}") };
        assert_eq!((node.ping, node.last_ping), (Some(Ping::Lost), Some(time("2026-03-03T02:11:00Z"))));
        assert_eq!(node.registered, Some(time("2024-05-06T07:08:09Z")));
        assert_eq!((&*node.resource_type, node.family), ("ManagedInstance", Family::Windows));
        assert_eq!((&*node.name, &*node.computer_name), ("till-0417", "TILL0417"));
    }

    #[test]
    fn wire_times_are_seconds() {
        let facts = facts_of(&OPERATION, "wire", None);
        let Fact::Agent(agent) = &facts[0] else { panic!("not an agent: {facts:?}") };
        assert_eq!((agent.ping, agent.last_ping), (Some(Ping::Other), Some(time("2026-11-25T05:58:12.345Z"))));
    }

    /// Trap 8: hybrid nodes are in no cloud inventory, so nobody else asks about them.
    #[test]
    fn only_hybrid_nodes_are_asked_about() {
        let asks = asks_of(&OPERATION, "answered", None);
        assert_eq!(asks.len(), 1);
        assert_eq!(
            (asks[0].operation, asks[0].ids.as_slice()),
            ("ssm.DescribeInstancePatchStates", ["mi-0b2".to_owned()].as_slice())
        );
    }
}
