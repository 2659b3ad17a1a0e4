//! The cloud's own list of machines: the population starts here, not with any agent.

use super::super::tags::{Tag, by_key, partition};
use crate::codec::json::{self, Time};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Family, Host, HostKind, Power};
use patchseal_core::op;
use serde::Deserialize;

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
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(answer: &Answer<'_>, asks: &mut Asks) {
    let Ok(body) = json::read::<Body>(answer) else { return };
    let scope = &answer.exchange.scope;
    for row in body.reservations.into_iter().flat_map(|reservation| reservation.instances) {
        if row.power() == Power::Terminated {
            continue;
        }
        if let Some(image) = row.image_id.filter(|image| !image.is_empty()) {
            asks.together(op::IMAGES, scope.clone(), image);
        }
        asks.together(op::PATCH_STATES, scope.clone(), row.instance_id);
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
    #[serde(default)]
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
    platform: Option<String>,
    platform_details: Option<String>,
    public_ip_address: Option<String>,
    #[serde(default)]
    network_interfaces: Vec<Interface>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Interface {
    association: Option<Association>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Association {
    public_ip: Option<String>,
}

impl Row {
    fn power(&self) -> Power {
        match self.state.as_ref().and_then(|state| state.name.as_deref()) {
            Some("running" | "pending") => Power::Running,
            Some("stopped" | "stopping") => Power::Stopped,
            Some("terminated" | "shutting-down") => Power::Terminated,
            _ => Power::Unknown,
        }
    }

    /// `Platform` is there for Windows only; `PlatformDetails` names Linux kinds too.
    fn family(&self) -> Family {
        match (self.platform.as_deref(), self.platform_details.as_deref()) {
            (Some(platform), _) if platform.eq_ignore_ascii_case("windows") => Family::Windows,
            (_, Some(details)) if details.starts_with("Windows") => Family::Windows,
            (_, Some(_)) => Family::Linux,
            _ => Family::Unknown,
        }
    }

    fn has_public_address(&self) -> bool {
        let associated = |interface: &Interface| {
            interface
                .association
                .as_ref()
                .and_then(|link| link.public_ip.as_deref())
                .is_some_and(|address| !address.is_empty())
        };
        self.public_ip_address.as_deref().is_some_and(|address| !address.is_empty())
            || self.network_interfaces.iter().any(associated)
    }
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let scope = &answer.exchange.scope;
    let mut rows = Rows::into_sink(sink);
    for (outer, reservation) in body.reservations.into_iter().enumerate() {
        let account = reservation.owner_id.unwrap_or_else(|| scope.account.clone());
        for (inner, row) in reservation.instances.into_iter().enumerate() {
            let (power, family, public_address) = (row.power(), row.family(), row.has_public_address());
            let tags = by_key(row.tags);
            let tag = |key: &str| tags.get(key).cloned();
            let template = tag("aws:ec2launchtemplate:id")
                .map(|id| (id, tag("aws:ec2launchtemplate:version").unwrap_or_default()));
            let host = Host {
                id: format!(
                    "arn:{}:ec2:{}:{account}:instance/{}",
                    partition(&scope.region),
                    scope.region,
                    row.instance_id
                ),
                key: row.instance_id,
                kind: HostKind::Ec2Instance,
                account: Some(account.clone()),
                region: None,
                name: tag("Name").unwrap_or_default(),
                power,
                launched: row.launch_time.0,
                image: row.image_id.filter(|image| !image.is_empty()),
                image_version: None,
                family,
                os_name: String::new(),
                os_version: String::new(),
                public_address: Some(public_address),
                group: tag("aws:autoscaling:groupName"),
                template,
                patch_settings: None,
                agent_status: None,
                agent_seen: None,
                tags,
            };
            let place = format!("/Reservations/{outer}/Instances/{inner}");
            rows.fact(Pointer::Path(place.into()), Fact::Host(host));
        }
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "Reservations": [
    {"OwnerId": "111122223333", "ReservationId": "r-0aaaaaaaaaaaaaaaa", "Instances": [
      {"InstanceId": "i-0aaaaaaaaaaaaaaaa", "ImageId": "ami-0aaaaaaaaaaaaaaaa", "State": {"Code": 16, "Name": "running"},
       "LaunchTime": "2026-10-01T08:00:00+00:00", "PlatformDetails": "Linux/UNIX",
       "NetworkInterfaces": [{"Association": {"PublicIp": "203.0.113.7"}}],
       "Tags": [{"Key": "Name", "Value": "web-1"}, {"Key": "aws:autoscaling:groupName", "Value": "web"},
                {"Key": "aws:ec2launchtemplate:id", "Value": "lt-0aaaaaaaaaaaaaaaa"}, {"Key": "aws:ec2launchtemplate:version", "Value": "3"}]},
      {"InstanceId": "i-0bbbbbbbbbbbbbbbb", "ImageId": "ami-0bbbbbbbbbbbbbbbb", "State": {"Code": 48, "Name": "terminated"},
       "Platform": "windows", "LaunchTime": "2025-01-01T00:00:00.000Z"}]}
  ],
  "NextToken": "page-2"
}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: true },
    },
    Fixture { name: "empty", body: r#"{"Reservations": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "error document",
        body: r#"{"Error": {"Code": "UnauthorizedOperation", "Message": "You are not authorized"}}"#,
        expect: Expect::Refused,
    },
    Fixture { name: "truncated", body: r#"{"Reservations": [{"OwnerId": "1111"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{asks_of, facts_of};

    #[test]
    fn hosts_carry_their_group_template_and_address() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::Host(web) = &facts[0] else { panic!("not a host: {facts:?}") };
        assert_eq!(web.id, "arn:aws:ec2:eu-west-1:111122223333:instance/i-0aaaaaaaaaaaaaaaa");
        assert_eq!((web.name.as_str(), web.group.as_deref(), web.public_address), ("web-1", Some("web"), Some(true)));
        assert_eq!(web.template, Some(("lt-0aaaaaaaaaaaaaaaa".into(), "3".into())));
        let Fact::Host(gone) = &facts[1] else { panic!("not a host: {facts:?}") };
        assert_eq!((gone.power, gone.family), (Power::Terminated, Family::Windows));
    }

    /// Trap 8: what was never scanned is not in the patch states, so they are asked for by the ids listed here.
    #[test]
    fn patch_states_are_asked_for_every_machine_that_is_not_gone() {
        let asks = asks_of(&OPERATION, "answered", None);
        let states = asks.iter().find(|ask| ask.operation == op::PATCH_STATES).unwrap();
        assert_eq!(states.ids, ["i-0aaaaaaaaaaaaaaaa"]);
    }
}
