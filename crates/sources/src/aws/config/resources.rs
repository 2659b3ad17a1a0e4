//! Results of an advanced query: a list of texts, each of them JSON. Of the configuration of Systems Manager's types
//! only the envelope is documented, so that everything inside is optional, and its absence counted.

use crate::aws::said;
use crate::aws::ssm;
use crate::codec::json::{self, Time};
use crate::codec::place;
use crate::{Answer, Ask, Expect, Fixture, Protocol, Reject, Request, Rows, Sink, Tally};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Agent, Compliance, Fact, Family, Patch};
use patchseal_core::severity::Severity;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// What is selected. The configuration is asked for whole: its members are in no published schema to select by.
const EXPRESSION: &str = "SELECT resourceId, resourceType, accountId, awsRegion, configurationItemStatus, configuration, \
                          supplementaryConfiguration WHERE resourceType IN \
                          ('AWS::SSM::PatchCompliance', 'AWS::SSM::ManagedInstanceInventory')";

/// Patch compliance and inventory name the node after this (source: sample queries of CloudTrail Lake).
const PREFIX: &str = "AWS::SSM::ManagedInstanceInventory/";

pub(super) fn request(
    ask: &Ask,
    target: &'static str,
    mut members: serde_json::Map<String, serde_json::Value>,
) -> Request {
    members.insert("Expression".into(), EXPRESSION.into());
    members.insert("Limit".into(), 100.into());
    if let Some(token) = &ask.token {
        members.insert("NextToken".into(), token.as_str().into());
    }
    Request {
        service: "config",
        protocol: Protocol::AwsJson { target },
        body: serde_json::Value::Object(members).to_string().into_bytes(),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    #[serde(borrow)]
    results: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    resource_id: Option<String>,
    resource_type: Option<String>,
    account_id: Option<String>,
    aws_region: Option<String>,
    configuration_item_status: Option<String>,
    configuration: Option<Configuration>,
    supplementary_configuration: Option<Supplement>,
}

#[derive(Default, Deserialize)]
struct Configuration {
    #[serde(rename = "AWS:ComplianceItem")]
    items: Option<Section<Patches<BTreeMap<String, Item>>>>,
    #[serde(rename = "AWS:ComplianceSummary")]
    summary: Option<Section<Patches<Option<Summary>>>>,
    #[serde(rename = "AWS:InstanceInformation")]
    information: Option<Section<serde_json::Value>>,
}

#[derive(Deserialize)]
struct Section<T> {
    #[serde(rename = "Content")]
    content: T,
}

#[derive(Deserialize)]
struct Patches<T: Default> {
    #[serde(rename = "Patch", default)]
    patch: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    #[serde(default)]
    title: String,
    patch_state: Option<String>,
    #[serde(default)]
    classification: String,
    #[serde(default)]
    patch_severity: String,
    #[serde(default)]
    installed_time: String,
    #[serde(rename = "CVEIds", default)]
    cves: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    status: String,
    #[serde(default)]
    execution_time: Time,
    #[serde(default)]
    execution_type: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Information {
    #[serde(default)]
    platform_name: String,
    #[serde(default)]
    platform_version: String,
    #[serde(default)]
    platform_type: String,
    #[serde(default)]
    computer_name: String,
    #[serde(default)]
    ip_address: String,
    #[serde(default)]
    resource_type: String,
    #[serde(default)]
    instance_status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Supplement {
    #[serde(default, alias = "InstanceStatus")]
    instance_status: Option<String>,
}

pub(super) fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body<'_> = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, result) in body.results.iter().enumerate() {
        let text: Result<String, _> = serde_json::from_str(result.get());
        let row: Row = text.and_then(|text| serde_json::from_str(&text)).map_err(|error| Reject {
            position: Some(place(answer.body, offset(answer.body, result))),
            cut_short: false,
            message: format!("result {number} is not the JSON of a resource: {error}"),
        })?;
        let pointer = || Pointer::Row(&"/Results", number as u32);
        let (Some(id), Some(kind)) = (&row.resource_id, row.resource_type.as_deref()) else {
            rows.without("result without resourceId or resourceType: the query has to select them");
            continue;
        };
        let host = id.strip_prefix(PREFIX).unwrap_or(id).to_owned();
        match kind {
            "AWS::SSM::PatchCompliance" => patches(&mut rows, host, row, &pointer),
            "AWS::SSM::ManagedInstanceInventory" => match agent(host, row) {
                Some(agent) => rows.fact(pointer(), Fact::Agent(agent)),
                None => rows.without("inventory of a node without AWS:InstanceInformation"),
            },
            _ => rows.without("result of a resource type that says nothing about patches"),
        }
    }
    Ok(rows.tally())
}

/// The facts of a node's patch compliance are one row; patches that cannot be read are rows of their own.
fn patches(rows: &mut Rows<'_>, host: String, row: Row, pointer: &dyn Fn() -> Pointer) {
    if row.configuration_item_status.as_deref().is_some_and(is_deleted) {
        return rows.without("patch compliance of a node that Config recorded as deleted");
    }
    let configuration = row.configuration.unwrap_or_default();
    let mut facts = Vec::new();
    if let Some(summary) = configuration.summary.and_then(|section| section.content.patch) {
        facts.push(Fact::Compliance(Compliance {
            host: host.clone(),
            compliance_type: "Patch".to_owned(),
            compliant: summary.status == "COMPLIANT",
            executed: summary.execution_time.0,
            execution_type: summary.execution_type,
        }));
    }
    let mut unknown = 0;
    for (id, item) in configuration.items.into_iter().flat_map(|section| section.content.patch) {
        let Some(presence) = item.patch_state.as_deref().and_then(ssm::presence) else {
            unknown += 1;
            continue;
        };
        facts.push(Fact::Patch(Patch {
            host: host.clone().into(),
            title: if item.title.is_empty() { id.clone() } else { item.title }.into(),
            kb: ssm::kb_number(id.into()),
            version: None,
            presence,
            severity: Severity::from_vendor(&item.patch_severity),
            security: item.classification.contains("Security") || item.classification.contains("Critical"),
            // Free text that whoever wrote the item put there; the state counts without it.
            installed: json::text_time(&item.installed_time).and_then(|time| time.0),
            published: None,
            cves: ssm::cve_list(item.cves.into()),
        }));
    }
    if facts.is_empty() && unknown == 0 {
        rows.without("patch compliance without its content: the query has to select configuration");
    }
    for (nth, fact) in facts.into_iter().enumerate() {
        if nth == 0 { rows.fact(pointer(), fact) } else { rows.more(pointer(), fact) }
    }
    (0..unknown).for_each(|_| rows.without("patch state that is missing or not documented"));
}

/// An agent that says nothing of itself would hide what other answers say of it, unless it is gone.
fn agent(host: String, row: Row) -> Option<Agent> {
    let section = row.configuration.and_then(|configuration| configuration.information);
    let stated = section.and_then(|section| information(section.content, &host));
    let supplement = row.supplementary_configuration.and_then(|supplement| supplement.instance_status);
    let is_terminated = |status: &str| status.eq_ignore_ascii_case("Terminated");
    let terminated = stated.as_ref().is_some_and(|stated| is_terminated(&stated.instance_status))
        || supplement.as_deref().is_some_and(is_terminated)
        || row.configuration_item_status.as_deref().is_some_and(is_deleted);
    if stated.is_none() && !terminated {
        return None;
    }
    let information = stated.unwrap_or_default();
    Some(Agent {
        account: said(row.account_id),
        region: said(row.aws_region),
        ping: None,
        last_ping: None,
        resource_type: information.resource_type.into(),
        platform_name: information.platform_name.into(),
        platform_version: information.platform_version.into(),
        family: match information.platform_type.as_str() {
            "Linux" => Family::Linux,
            "Windows" => Family::Windows,
            _ => Family::Unknown,
        },
        name: "".into(),
        computer_name: information.computer_name.into(),
        address: information.ip_address.into(),
        registered: None,
        terminated,
        tags: BTreeMap::new(),
        host: host.into(),
    })
}

/// The node's own entry, or the content itself: which of them Config records is not documented.
fn information(mut content: serde_json::Value, host: &str) -> Option<Information> {
    let own = content.get_mut(host).map(serde_json::Value::take);
    serde_json::from_value::<Information>(own.unwrap_or(content)).ok().filter(|it| !it.platform_type.is_empty())
}

/// Where in the answer a result begins.
fn offset(body: &[u8], result: &RawValue) -> usize {
    (result.get().as_ptr() as usize).saturating_sub(body.as_ptr() as usize)
}

/// `ResourceDeleted`, `ResourceDeletedNotRecorded`.
fn is_deleted(status: &str) -> bool {
    status.starts_with("ResourceDeleted")
}

pub(super) const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"Results": [
  "{\"resourceId\":\"AWS::SSM::ManagedInstanceInventory/i-0a1\",\"resourceType\":\"AWS::SSM::PatchCompliance\",\"accountId\":\"444455556666\",\"awsRegion\":\"us-east-1\",\"configuration\":{\"AWS:ComplianceSummary\":{\"SchemaVersion\":\"1.0\",\"Content\":{\"Patch\":{\"Status\":\"NON_COMPLIANT\",\"PatchBaselineId\":\"pb-0a\",\"ExecutionTime\":\"2026-11-23T02:04:40Z\",\"ExecutionType\":\"Command\"}}},\"AWS:ComplianceItem\":{\"SchemaVersion\":\"1.0\",\"Content\":{\"Patch\":{\"KB5046615\":{\"Id\":\"KB5046615\",\"Title\":\"2026-11 Cumulative Update\",\"PatchState\":\"Missing\",\"Classification\":\"SecurityUpdates\",\"PatchSeverity\":\"Critical\",\"Severity\":\"UNSPECIFIED\",\"InstalledTime\":\"1970-01-01T00:00:00Z\"},\"tzdata.noarch\":{\"Id\":\"tzdata.noarch\",\"Title\":\"tzdata-2026b-1.noarch\",\"PatchState\":\"InstalledOther\",\"Classification\":\"Bugfix\",\"InstalledTime\":\"2026-10-01T00:00:00Z\"}}}}}}",
  "{\"resourceId\":\"AWS::SSM::ManagedInstanceInventory/mi-0b2\",\"resourceType\":\"AWS::SSM::ManagedInstanceInventory\",\"accountId\":\"444455556666\",\"awsRegion\":\"us-east-1\",\"configuration\":{\"AWS:InstanceInformation\":{\"SchemaVersion\":\"1.0\",\"Content\":{\"mi-0b2\":{\"PlatformName\":\"Ubuntu\",\"PlatformVersion\":\"22.04\",\"PlatformType\":\"Linux\",\"ComputerName\":\"till-0417\",\"IpAddress\":\"192.168.4.17\"}}}},\"supplementaryConfiguration\":{\"instanceStatus\":\"Terminated\"}}"
 ], "QueryInfo": {"SelectFields": [{"Name": "resourceId"}]}, "NextToken": "page-2"}"#,
        expect: Expect::Read { rows: 2, facts: 4, more: true },
    },
    Fixture {
        name: "empty",
        body: r#"{"Results": [], "QueryInfo": {"SelectFields": []}}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "results that state nothing",
        body: r#"{"Results": [
  "{\"resourceId\":\"sg-0a\",\"resourceType\":\"AWS::EC2::SecurityGroup\",\"configuration\":{\"groupName\":\"web\"}}",
  "{\"configuration\":{}}",
  "{\"resourceId\":\"i-0a1\",\"resourceType\":\"AWS::SSM::ManagedInstanceInventory\",\"configuration\":{}}",
  "{\"resourceId\":\"i-0a1\",\"resourceType\":\"AWS::SSM::PatchCompliance\"}",
  "{\"resourceId\":\"i-0a2\",\"resourceType\":\"AWS::SSM::PatchCompliance\",\"configurationItemStatus\":\"ResourceDeleted\"}",
  "{\"resourceId\":\"i-0a3\",\"resourceType\":\"AWS::SSM::PatchCompliance\",\"configuration\":{\"AWS:ComplianceItem\":{\"Content\":{\"Patch\":{\"x\":{\"PatchState\":\"Sleeping\"}}}}}}"
 ]}"#,
        expect: Expect::Read { rows: 6, facts: 0, more: false },
    },
    Fixture {
        name: "nodes by other means",
        body: r#"{"Results": [
  "{\"resourceId\":\"i-0a1\",\"resourceType\":\"AWS::SSM::ManagedInstanceInventory\",\"configuration\":{\"AWS:InstanceInformation\":{\"Content\":{\"PlatformName\":\"Amazon Linux\",\"PlatformType\":\"Linux\"}}}}",
  "{\"resourceId\":\"i-0a2\",\"resourceType\":\"AWS::SSM::ManagedInstanceInventory\",\"configurationItemStatus\":\"ResourceDeleted\"}",
  "{\"resourceId\":\"i-0a3\",\"resourceType\":\"AWS::SSM::PatchCompliance\",\"configuration\":{\"AWS:ComplianceItem\":{\"Content\":{\"Patch\":{\"x\":{\"PatchState\":\"Missing\",\"InstalledTime\":\"never\"}}}}}}"
 ]}"#,
        expect: Expect::Read { rows: 3, facts: 3, more: false },
    },
    Fixture {
        name: "results that are no JSON",
        body: "{\"Results\": [\n  \"{}\",\n  \"{\\\"resourceId\\\": \"]}",
        expect: Expect::Refused,
    },
    Fixture {
        name: "error document",
        body: r#"{"__type": "NoSuchConfigurationAggregatorException", "message": "The configuration aggregator does not exist."}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::super::select_resource_config::OPERATION;
    use super::*;
    use crate::testing::{facts_of, read, time};
    use patchseal_core::fact::PatchPresence;

    /// Trap 12: the vendor's severity counts; `Severity` is what the baseline's author assigned.
    #[test]
    fn patches_are_told_in_the_vendors_words() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::Compliance(summary) = &facts[0] else { panic!("no summary: {facts:?}") };
        assert_eq!((summary.host.as_str(), summary.compliant), ("i-0a1", false));
        assert_eq!(summary.executed, Some(time("2026-11-23T02:04:40Z")));
        let Fact::Patch(update) = &facts[1] else { panic!("no patch: {facts:?}") };
        assert_eq!((update.severity, update.kb.as_deref()), (Severity::Critical, Some("5046615")));
        assert_eq!((update.presence, update.security, update.installed), (PatchPresence::Missing, true, None));
        let Fact::Patch(package) = &facts[2] else { panic!("no patch: {facts:?}") };
        assert_eq!((package.presence, package.kb.as_deref()), (PatchPresence::InstalledOther, None));
    }

    #[test]
    fn a_broken_result_is_placed_in_the_answer() {
        let fixture = FIXTURES.iter().find(|fixture| fixture.name == "results that are no JSON").unwrap();
        let reject = read(&OPERATION, None, fixture.body.as_bytes()).unwrap_err();
        assert_eq!((reject.position, reject.cut_short), (Some((3, 3)), false));
        assert!(reject.message.contains("result 1"), "{}", reject.message);
    }

    /// Trap 23: what a query did not select is no statement about the node.
    #[test]
    fn a_node_is_read_where_its_information_stands() {
        let facts = facts_of(&OPERATION, "nodes by other means", None);
        let (Fact::Agent(here), Fact::Agent(gone)) = (&facts[0], &facts[1]) else { panic!("no agents: {facts:?}") };
        assert_eq!((&*here.platform_name, here.family, here.terminated), ("Amazon Linux", Family::Linux, false));
        assert!(gone.terminated);
    }

    /// Trap 10: Config keeps nodes that are gone.
    #[test]
    fn a_node_that_is_gone_is_told_as_gone() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::Agent(agent) = &facts[3] else { panic!("no agent: {facts:?}") };
        assert_eq!((&*agent.host, agent.terminated, agent.ping), ("mi-0b2", true, None));
        assert_eq!((&*agent.platform_name, agent.family), ("Ubuntu", Family::Linux));
    }
}
