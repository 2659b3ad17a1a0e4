//! Results of an advanced query: a list of texts, each of them JSON. Of the configuration of Systems Manager's types
//! only the envelope is documented, so that everything inside is optional, and its absence counted.

use crate::aws::said;
use crate::aws::ssm;
use crate::codec::json::{self, Time};
use crate::{Answer, Ask, Expect, Fixture, Protocol, Reject, Request, Rows, Sink, Tally};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Agent, Compliance, Fact, Family, Patch};
use patchseal_core::severity::Severity;
use serde::Deserialize;
use std::borrow::Cow;
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
    results: Vec<Cow<'a, str>>,
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
    information: Option<Section<BTreeMap<String, Information>>>,
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
    installed_time: Time,
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
    for (number, text) in body.results.iter().enumerate() {
        let row: Row = serde_json::from_str(text).map_err(|error| Reject {
            position: None,
            cut_short: false,
            message: format!("result {number} is not the JSON of a resource: {error}"),
        })?;
        let pointer = || Pointer::Row("/Results", number as u32);
        let (Some(id), Some(kind)) = (&row.resource_id, row.resource_type.as_deref()) else {
            rows.without("result without resourceId or resourceType: the query has to select them");
            continue;
        };
        let host = id.strip_prefix(PREFIX).unwrap_or(id).to_owned();
        match kind {
            "AWS::SSM::PatchCompliance" => patches(&mut rows, host, row, &pointer),
            "AWS::SSM::ManagedInstanceInventory" => rows.fact(pointer(), Fact::Agent(agent(host, row))),
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
            installed: item.installed_time.0,
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

fn agent(host: String, row: Row) -> Agent {
    let information = row.configuration.and_then(|configuration| configuration.information);
    let mut content = information.map(|section| section.content).unwrap_or_default();
    let information = content.remove(&host).or_else(|| content.into_values().next()).unwrap_or_default();
    let supplement = row.supplementary_configuration.and_then(|supplement| supplement.instance_status);
    let terminated = |status: &str| status.eq_ignore_ascii_case("Terminated");
    Agent {
        account: said(row.account_id),
        region: said(row.aws_region),
        ping: None,
        last_ping: None,
        resource_type: information.resource_type,
        platform_name: information.platform_name,
        platform_version: information.platform_version,
        family: match information.platform_type.as_str() {
            "Linux" => Family::Linux,
            "Windows" => Family::Windows,
            _ => Family::Unknown,
        },
        name: String::new(),
        computer_name: information.computer_name,
        address: information.ip_address,
        registered: None,
        terminated: terminated(&information.instance_status)
            || supplement.as_deref().is_some_and(terminated)
            || row.configuration_item_status.as_deref().is_some_and(is_deleted),
        tags: BTreeMap::new(),
        host,
    }
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
  "{\"resourceId\":\"i-0a1\",\"resourceType\":\"AWS::SSM::PatchCompliance\"}",
  "{\"resourceId\":\"i-0a2\",\"resourceType\":\"AWS::SSM::PatchCompliance\",\"configurationItemStatus\":\"ResourceDeleted\"}",
  "{\"resourceId\":\"i-0a3\",\"resourceType\":\"AWS::SSM::PatchCompliance\",\"configuration\":{\"AWS:ComplianceItem\":{\"Content\":{\"Patch\":{\"x\":{\"PatchState\":\"Sleeping\"}}}}}}"
 ]}"#,
        expect: Expect::Read { rows: 5, facts: 0, more: false },
    },
    Fixture {
        name: "results that are no JSON",
        body: r#"{"Results": ["{\"resourceId\": "]}"#,
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
    use crate::testing::{facts_of, time};
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

    /// Trap 10: Config keeps nodes that are gone.
    #[test]
    fn a_node_that_is_gone_is_told_as_gone() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::Agent(agent) = &facts[3] else { panic!("no agent: {facts:?}") };
        assert_eq!((agent.host.as_str(), agent.terminated, agent.ping), ("mi-0b2", true, None));
        assert_eq!((agent.platform_name.as_str(), agent.family), ("Ubuntu", Family::Linux));
    }
}
