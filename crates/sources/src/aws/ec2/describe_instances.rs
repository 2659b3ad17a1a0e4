//! The population. Terminated machines stay on the list for about an hour and are facts like the others; user data is
//! on another operation, which nothing here calls.

use crate::aws::Tag;
use crate::codec::json::Time;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Family, Host, HostKind, Power};
use serde::Deserialize;
use std::net::Ipv6Addr;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ec2.DescribeInstances",
    permissions: &["ec2:DescribeInstances"],
    docs: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html",
    reach: Reach::Region,
    when: When::Start,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    super::request(ask, "DescribeInstances", &[("MaxResults", "1000")])
}

fn page(answer: &Answer<'_>) -> Page {
    super::page(answer, OPERATION.id)
}

fn asks(answer: &Answer<'_>, asks: &mut Asks) {
    let Ok(body) = super::read::<Body>(answer) else { return };
    let scope = &answer.exchange.scope;
    for row in body.reservations.into_iter().flat_map(|reservation| reservation.instances) {
        if power(row.state.as_ref()) == Power::Terminated {
            continue;
        }
        if let Some(image) = crate::aws::said(row.image_id) {
            asks.together("ec2.DescribeImages", scope.clone(), image);
        }
        asks.together("ssm.DescribeInstancePatchStates", scope.clone(), row.instance_id);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    reservations: Vec<Reservation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reservation {
    owner_id: Option<String>,
    instances: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    instance_id: String,
    image_id: Option<String>,
    state: Option<State>,
    #[serde(default)]
    launch_time: Time,
    #[serde(default)]
    platform: String,
    #[serde(default)]
    platform_details: String,
    public_ip_address: Option<String>,
    ipv6_address: Option<String>,
    #[serde(default)]
    network_interfaces: Vec<Interface>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Interface {
    association: Option<Association>,
    #[serde(default)]
    private_ip_addresses: Vec<PrivateAddress>,
    #[serde(default)]
    ipv6_addresses: Vec<Ipv6Address>,
    #[serde(default)]
    ipv6_prefixes: Vec<Ipv6Prefix>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ipv6Address {
    ipv6_address: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ipv6Prefix {
    ipv6_prefix: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrivateAddress {
    association: Option<Association>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Association {
    public_ip: Option<String>,
    carrier_ip: Option<String>,
}

impl Interface {
    /// Whether an address of the outside leads here. Machines that are stopped or gone can keep an empty association,
    /// and a secondary private address can have a public one of its own.
    fn is_public(&self) -> bool {
        let addresses = self.ipv6_addresses.iter().map(|address| address.ipv6_address.as_str());
        let mut ipv6 = addresses.chain(self.ipv6_prefixes.iter().map(|prefix| prefix.ipv6_prefix.as_str()));
        if ipv6.any(is_global) {
            return true;
        }
        let secondary = self.private_ip_addresses.iter().map(|address| &address.association);
        secondary
            .chain([&self.association])
            .flatten()
            .flat_map(|association| [&association.public_ip, &association.carrier_ip])
            .flatten()
            .any(|address| !address.is_empty())
    }
}

/// Whether an IPv6 address or prefix is one of the outside's: `2000::/3`, the only global unicast there is (source: RFC
/// 4291 section 2.4 and IANA's registry). No translation stands before it: "IPv6 addresses are globally unique, and are
/// therefore public by default" (source: VPC user guide, egress-only internet gateways). Routes and security groups, which
/// may still keep the outside away, are on other answers. Text that is no address is not taken for an inner one.
fn is_global(text: &str) -> bool {
    let address = text.split('/').next().unwrap_or(text);
    match address.parse::<Ipv6Addr>() {
        Ok(address) => address.segments()[0] & 0xe000 == 0x2000,
        Err(_) => !address.is_empty(),
    }
}

fn power(state: Option<&State>) -> Power {
    match state.map(|state| state.name.as_str()) {
        Some("running" | "pending") => Power::Running,
        Some("stopped" | "stopping") => Power::Stopped,
        // One that is shutting down cannot come back.
        Some("terminated" | "shutting-down") => Power::Terminated,
        _ => Power::Unknown,
    }
}

fn family(row: &Row) -> Family {
    let linux = ["Linux", "Red Hat", "SUSE", "Ubuntu"];
    if row.platform.eq_ignore_ascii_case("windows") || row.platform_details.starts_with("Windows") {
        Family::Windows
    } else if linux.iter().any(|word| row.platform_details.contains(word)) {
        Family::Linux
    } else {
        Family::Unknown
    }
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = super::read(answer)?;
    let scope = &answer.exchange.scope;
    let mut rows = Rows::into_sink(sink);
    for (outer, reservation) in body.reservations.into_iter().enumerate() {
        let owner = crate::aws::said(reservation.owner_id);
        let prefix = format!(
            "arn:{}:ec2:{}:{}:instance/",
            crate::aws::partition(scope),
            scope.region,
            owner.as_deref().unwrap_or(&scope.account)
        );
        for (inner, row) in reservation.instances.into_iter().enumerate() {
            let pointer = Pointer::nested(&["/Reservations", "/Instances"], outer as u32, inner);
            rows.fact(pointer, Fact::Host(host(row, &prefix, owner.clone())));
        }
    }
    Ok(rows.tally())
}

fn host(row: Row, prefix: &str, account: Option<String>) -> Host {
    let family = family(&row);
    let named = ["Red Hat", "SUSE", "Ubuntu"].iter().any(|word| row.platform_details.starts_with(word));
    let associated = row.network_interfaces.iter().any(Interface::is_public)
        || row.ipv6_address.as_deref().is_some_and(is_global)
        || crate::aws::said(row.public_ip_address).is_some();
    let tags = crate::aws::tags(row.tags);
    let template = tags.get("aws:ec2launchtemplate:id").zip(tags.get("aws:ec2launchtemplate:version"));
    Host {
        id: format!("{prefix}{}", row.instance_id),
        key: row.instance_id,
        kind: HostKind::Ec2Instance,
        account,
        region: None,
        name: tags.get("Name").cloned().unwrap_or_default(),
        power: power(row.state.as_ref()),
        launched: row.launch_time.0,
        image: crate::aws::said(row.image_id),
        image_version: None,
        family,
        // `Linux/UNIX` and `Windows` are how the machine is billed and name no operating system.
        os_name: if named { row.platform_details } else { String::new() },
        os_version: String::new(),
        public_address: Some(associated),
        group: tags.get("aws:autoscaling:groupName").or_else(|| tags.get("eks:nodegroup-name")).cloned(),
        template: template.map(|(id, version)| (id.clone(), version.clone())),
        tags,
        patch_settings: None,
        agent_status: None,
        agent_seen: None,
    }
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "Reservations": [
    {"ReservationId": "r-0a", "OwnerId": "111122223333", "Groups": [], "Instances": [
      {"InstanceId": "i-0a1", "ImageId": "ami-0a1", "State": {"Code": 16, "Name": "running"}, "LaunchTime": "2026-10-01T08:00:00+00:00",
       "PlatformDetails": "Linux/UNIX", "PublicIpAddress": "198.51.100.7", "NetworkInterfaces": [],
       "Tags": [{"Key": "Name", "Value": "web-1"}, {"Key": "aws:autoscaling:groupName", "Value": "web"},
                {"Key": "aws:ec2launchtemplate:id", "Value": "lt-0a1"}, {"Key": "aws:ec2launchtemplate:version", "Value": "3"}]}]},
    {"ReservationId": "r-0b", "OwnerId": "444455556666", "Instances": [
      {"InstanceId": "i-0b2", "ImageId": "ami-0b2", "State": {"Code": 80, "Name": "stopped"}, "LaunchTime": "2024-01-09T08:00:00+00:00",
       "Platform": "windows", "PlatformDetails": "Windows with SQL Server Standard",
       "NetworkInterfaces": [{"Association": {"PublicIp": "198.51.100.8"}}]},
      {"InstanceId": "i-0c3", "ImageId": "ami-0c3", "State": {"Code": 48, "Name": "terminated"}, "LaunchTime": "2026-11-23T08:00:00+00:00",
       "PlatformDetails": "Red Hat Enterprise Linux", "NetworkInterfaces": [{"Association": {}}], "Tags": []}]}
  ],
  "NextToken": "page-2"
}"#,
        expect: Expect::Read { rows: 3, facts: 3, more: true },
    },
    Fixture { name: "empty", body: r#"{"Reservations": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "IPv6",
        body: r#"{"Reservations": [{"OwnerId": "111122223333", "Instances": [
  {"InstanceId": "i-0a1", "NetworkInterfaces": [{"Ipv6Addresses": [{"Ipv6Address": "2001:db8:1234:1a00::7", "IsPrimaryIpv6": true}]}]},
  {"InstanceId": "i-0b2", "NetworkInterfaces": [{"Ipv6Addresses": [{"Ipv6Address": "fd00:ec2::254"}, {"Ipv6Address": "fe80::1"}], "Ipv6Prefixes": []}]},
  {"InstanceId": "i-0c3", "NetworkInterfaces": [{"Ipv6Addresses": [], "Ipv6Prefixes": [{"Ipv6Prefix": "2001:db8:1234:1a00:1::/80"}]}]},
  {"InstanceId": "i-0d4", "Ipv6Address": "2001:db8::1"}]}]}"#,
        expect: Expect::Read { rows: 4, facts: 4, more: false },
    },
    Fixture {
        name: "truncated",
        body: r#"{"Reservations": [{"OwnerId": "111122223333", "Instances": ["#,
        expect: Expect::Refused,
    },
    Fixture {
        name: "wire",
        body: r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>0a</requestId>
  <reservationSet>
    <item><reservationId>r-0a</reservationId><ownerId>111122223333</ownerId><groupSet/>
      <instancesSet>
        <item><instanceId>i-0a1</instanceId><imageId>ami-0a1</imageId><instanceState><code>16</code><name>running</name></instanceState>
          <launchTime>2026-10-01T08:00:00.000Z</launchTime><platformDetails>Linux/UNIX</platformDetails><ipAddress>198.51.100.7</ipAddress>
          <networkInterfaceSet><item><association/><ipv6AddressesSet/></item></networkInterfaceSet>
          <tagSet><item><key>eks:nodegroup-name</key><value>system</value></item><item><key>Name</key><value>web &amp; api</value></item></tagSet></item>
        <item><instanceId>i-0b2</instanceId><imageId>ami-0b2</imageId><instanceState><code>80</code><name>stopped</name></instanceState>
          <launchTime>2026-10-01T08:00:00.000Z</launchTime><platform>windows</platform>
          <networkInterfaceSet><item><ipv6AddressesSet><item><ipv6Address>fd00::7</ipv6Address><isPrimaryIpv6>false</isPrimaryIpv6></item></ipv6AddressesSet>
            <ipv6PrefixSet/></item></networkInterfaceSet><tagSet/></item>
        <item><instanceId>i-0d4</instanceId><networkInterfaceSet><item>
          <ipv6AddressesSet><item><ipv6Address>2001:db8::7</ipv6Address></item></ipv6AddressesSet></item></networkInterfaceSet></item>
        <item><instanceId>i-0c3</instanceId><networkInterfaceSet><item><privateIpAddressesSet>
          <item><privateIpAddress>10.0.0.5</privateIpAddress><primary>true</primary></item>
          <item><privateIpAddress>10.0.0.6</privateIpAddress><association><publicIp>198.51.100.9</publicIp></association></item>
        </privateIpAddressesSet></item></networkInterfaceSet></item>
      </instancesSet>
    </item>
  </reservationSet>
  <nextToken>page-2</nextToken>
</DescribeInstancesResponse>"#,
        expect: Expect::Read { rows: 4, facts: 4, more: true },
    },
    Fixture {
        name: "wire, empty",
        body: r#"<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><reservationSet/></DescribeInstancesResponse>"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "wire error",
        body: "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Request limit exceeded.</Message></Error></Errors></Response>",
        expect: Expect::Refused,
    },
    Fixture {
        name: "error document",
        body: r#"{"Error": {"Code": "UnauthorizedOperation", "Message": "You are not authorized to perform this operation."}}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{asks_of, facts_of, read, time};

    fn hosts(fixture: &str) -> Vec<Host> {
        let host = |fact| if let Fact::Host(host) = fact { host } else { panic!("not a host: {fact:?}") };
        facts_of(&OPERATION, fixture, None).into_iter().map(host).collect()
    }

    #[test]
    fn a_machine_is_told_whole() {
        let hosts = hosts("answered");
        assert_eq!(hosts[0].id, "arn:aws:ec2:eu-west-1:111122223333:instance/i-0a1");
        assert_eq!((hosts[0].power, hosts[0].family, hosts[0].os_name.as_str()), (Power::Running, Family::Linux, ""));
        assert_eq!((hosts[0].name.as_str(), hosts[0].group.as_deref()), ("web-1", Some("web")));
        assert_eq!(hosts[0].template, Some(("lt-0a1".into(), "3".into())));
        assert_eq!(hosts[0].launched, Some(time("2026-10-01T08:00:00Z")));
        assert_eq!((hosts[1].family, hosts[1].account.as_deref()), (Family::Windows, Some("444455556666")));
        assert_eq!(hosts[2].os_name, "Red Hat Enterprise Linux");
        let public: Vec<_> = hosts.iter().map(|host| host.public_address).collect();
        assert_eq!(public, [Some(true), Some(true), Some(false)]);
    }

    /// Trap 10: what is gone stays in the period's population, and nobody is asked about it.
    #[test]
    fn terminated_machines_are_facts_and_not_asked_about() {
        assert_eq!(hosts("answered")[2].power, Power::Terminated);
        let asks = asks_of(&OPERATION, "answered", None);
        assert_eq!(asks.len(), 2);
        assert_eq!((asks[0].operation, asks[0].ids.join(" ").as_str()), ("ec2.DescribeImages", "ami-0a1 ami-0b2"));
        assert_eq!(
            (asks[1].operation, asks[1].ids.join(" ").as_str()),
            ("ssm.DescribeInstancePatchStates", "i-0a1 i-0b2")
        );
    }

    /// Trap 8: the population comes from here outward, so each row has to say where it stands.
    #[test]
    fn pointers_name_reservation_and_instance() {
        let fixture = OPERATION.fixtures.iter().find(|fixture| fixture.name == "answered").unwrap();
        let (_, facts) = read(&OPERATION, None, fixture.body.as_bytes()).unwrap();
        assert_eq!(facts[2].0, "/Reservations/1/Instances/1");
    }

    #[test]
    fn the_wire_tells_the_same() {
        let hosts = hosts("wire");
        assert_eq!((hosts[0].name.as_str(), hosts[0].public_address), ("web & api", Some(true)));
        assert_eq!((hosts[0].power, hosts[1].power), (Power::Running, Power::Stopped));
        assert_eq!(hosts[0].launched, Some(time("2026-10-01T08:00:00Z")));
        assert_eq!((hosts[1].family, hosts[1].public_address), (Family::Windows, Some(false)));
        assert_eq!(hosts[0].group.as_deref(), Some("system"));
    }

    /// A global IPv6 address leads here from the outside; unique local and link-local ones do not.
    #[test]
    fn global_ipv6_addresses_are_public() {
        let public: Vec<_> = hosts("IPv6").iter().map(|host| host.public_address).collect();
        assert_eq!(public, [Some(true), Some(false), Some(true), Some(true)]);
        assert_eq!(hosts("wire")[2].public_address, Some(true));
        for (text, expected) in
            [("2600:1f18::1", true), ("3fff::", true), ("4000::", false), ("::1", false), ("", false)]
        {
            assert_eq!(is_global(text), expected, "{text}");
        }
        assert!(is_global("not an address"));
    }

    #[test]
    fn an_address_may_stand_at_a_secondary_one() {
        assert_eq!(hosts("wire")[3].public_address, Some(true));
    }
}
