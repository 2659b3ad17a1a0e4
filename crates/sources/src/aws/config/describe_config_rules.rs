//! Config's rules of a region: what remediation exceptions are from, and of which rules it is worth asking for any.

use crate::codec::json;
use crate::{
    Answer, Ask, Asks, Expect, Fixture, Operation, Page, Protocol, Reach, Reject, Request, Rows, Sink, Tally, When,
};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, HeldBasis};
use patchseal_core::op;
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "config.DescribeConfigRules",
    permissions: &["config:DescribeConfigRules"],
    docs: "https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeConfigRules.html",
    reach: Reach::Region,
    when: When::Extra,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

/// Identifiers of AWS's own rules that are about patches: whether they are installed, whether what installs them is
/// there, and whether images are approved ones. Source: list of Config's managed rules.
const PATCHING: [&str; 5] = [
    "APPROVED_AMIS_BY_ID",
    "APPROVED_AMIS_BY_TAG",
    "EC2_INSTANCE_MANAGED_BY_SSM",
    "EC2_MANAGEDINSTANCE_ASSOCIATION_COMPLIANCE_STATUS_CHECK",
    "EC2_MANAGEDINSTANCE_PATCH_COMPLIANCE_STATUS_CHECK",
];

fn request(ask: &Ask) -> Request {
    let mut body = serde_json::Map::new();
    if let Some(token) = &ask.token {
        body.insert("NextToken".into(), token.as_str().into());
    }
    let target = "StarlingDoveService.DescribeConfigRules";
    let body = serde_json::Value::Object(body).to_string().into_bytes();
    Request { service: "config", protocol: Protocol::AwsJson { target }, body }
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

/// Of AWS's other rules the identifier says that they are about something else; what a customer's own rules are about
/// nobody knows.
fn asks(answer: &Answer<'_>, asks: &mut Asks) {
    let Ok(body) = json::read::<Body>(answer) else { return };
    for rule in body.config_rules {
        let own = rule.source.owner != "AWS";
        let types = rule.scope.as_ref().map_or(&[][..], |scope| &scope.compliance_resource_types);
        let may_mean_hosts = types.is_empty() || types.iter().any(|kind| super::may_mean_hosts(kind));
        if rule.is_about_patches() || own && may_mean_hosts {
            asks.about(op::REMEDIATION_EXCEPTIONS, answer.exchange.scope.clone(), rule.config_rule_name);
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    config_rules: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    config_rule_name: String,
    source: Source,
    #[serde(default)]
    scope: Option<RuleScope>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Source {
    /// `AWS`, `CUSTOM_LAMBDA`, `CUSTOM_POLICY`.
    owner: String,
    #[serde(default)]
    source_identifier: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RuleScope {
    #[serde(default)]
    compliance_resource_types: Vec<String>,
}

impl Row {
    fn is_about_patches(&self) -> bool {
        self.source.owner == "AWS" && PATCHING.contains(&self.source.source_identifier.as_str())
    }
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, rule) in body.config_rules.into_iter().enumerate() {
        let patching = rule.is_about_patches();
        let id = super::rule_key(&answer.exchange.scope, &rule.config_rule_name);
        let basis = HeldBasis { id, name: rule.config_rule_name, patching, has_parts: false };
        rows.fact(Pointer::Row(&"/ConfigRules", number as u32), Fact::HeldBasis(basis));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"ConfigRules": [
  {"ConfigRuleName": "patched", "ConfigRuleArn": "arn:aws:config:eu-west-1:111122223333:config-rule/config-rule-0a", "ConfigRuleId": "config-rule-0a", "ConfigRuleState": "ACTIVE",
   "Scope": {"ComplianceResourceTypes": ["AWS::SSM::PatchCompliance"]}, "Source": {"Owner": "AWS", "SourceIdentifier": "EC2_MANAGEDINSTANCE_PATCH_COMPLIANCE_STATUS_CHECK"}, "EvaluationModes": [{"Mode": "DETECTIVE"}]},
  {"ConfigRuleName": "agents", "ConfigRuleState": "ACTIVE", "Scope": {"ComplianceResourceTypes": ["AWS::EC2::Instance"]},
   "Source": {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": "arn:aws:lambda:eu-west-1:111122223333:function:agents"}},
  {"ConfigRuleName": "anything", "ConfigRuleState": "ACTIVE", "Source": {"Owner": "CUSTOM_POLICY", "CustomPolicyDetails": {"PolicyRuntime": "guard-2.x.x"}}},
  {"ConfigRuleName": "buckets", "ConfigRuleState": "ACTIVE", "Scope": {"ComplianceResourceTypes": ["AWS::S3::Bucket"]},
   "Source": {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": "arn:aws:lambda:eu-west-1:111122223333:function:buckets"}},
  {"ConfigRuleName": "volumes", "ConfigRuleState": "ACTIVE", "Scope": {"ComplianceResourceTypes": ["AWS::EC2::Volume"]}, "Source": {"Owner": "AWS", "SourceIdentifier": "ENCRYPTED_VOLUMES"}}
], "NextToken": "page-2"}"#,
        expect: Expect::Read { rows: 5, facts: 5, more: true },
    },
    Fixture { name: "empty", body: r#"{"ConfigRules": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "error document",
        body: r#"{"__type": "InvalidNextTokenException", "message": "The specified next token is not valid."}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{asks_of, facts_of};

    #[test]
    fn exceptions_are_asked_of_rules_that_may_be_about_patches() {
        let asked: Vec<_> = asks_of(&OPERATION, "answered", None).into_iter().filter_map(|ask| ask.subject).collect();
        assert_eq!(asked, ["agents", "anything", "patched"]);
    }

    #[test]
    fn only_the_identifier_says_that_a_rule_is_about_patches() {
        let facts = facts_of(&OPERATION, "answered", None);
        let known: Vec<_> = facts
            .iter()
            .map(|fact| {
                if let Fact::HeldBasis(basis) = fact { (basis.id.as_str(), basis.patching) } else { panic!("{fact:?}") }
            })
            .collect();
        assert_eq!(known[..2], [("111122223333/eu-west-1/patched", true), ("111122223333/eu-west-1/agents", false)]);
    }
}
