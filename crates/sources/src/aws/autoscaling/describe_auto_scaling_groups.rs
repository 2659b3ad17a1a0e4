//! Groups and their templates. A mixed-instances policy can launch from several templates at once.

use super::super::query;
use super::super::tags::{Tag, by_key};
use crate::codec::json;
use crate::{
    Answer, Ask, Asks, Expect, Fixture, Operation, Page, Protocol, Reach, Reject, Request, Rows, Sink, Tally, When,
};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Family, Group};
use patchseal_core::op;
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "autoscaling.DescribeAutoScalingGroups",
    permissions: &["autoscaling:DescribeAutoScalingGroups"],
    docs: "https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingGroups.html",
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
    Request {
        service: "autoscaling",
        protocol: Protocol::AwsQuery,
        body: query::body("DescribeAutoScalingGroups", "2011-01-01", ask.token.as_deref(), &[("MaxRecords", "100")]),
    }
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(answer: &Answer<'_>, asks: &mut Asks) {
    let Ok(body) = json::read::<Body>(answer) else { return };
    for row in body.auto_scaling_groups {
        for (template, _) in row.templates() {
            asks.about(op::TEMPLATES, answer.exchange.scope.clone(), template);
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    auto_scaling_groups: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    auto_scaling_group_name: String,
    #[serde(rename = "AutoScalingGroupARN", default)]
    arn: String,
    launch_template: Option<Template>,
    mixed_instances_policy: Option<Mixed>,
    launch_configuration_name: Option<String>,
    #[serde(default)]
    instances: Vec<Member>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mixed {
    launch_template: Option<MixedTemplate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MixedTemplate {
    launch_template_specification: Option<Template>,
    #[serde(default)]
    overrides: Vec<Override>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Override {
    launch_template_specification: Option<Template>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Template {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
    version: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Member {
    instance_id: String,
}

impl Row {
    /// Id (or name) and version of every template the group can launch from. Without a version the default is meant.
    fn templates(&self) -> Vec<(String, String)> {
        let mixed = self.mixed_instances_policy.as_ref().and_then(|mixed| mixed.launch_template.as_ref());
        let overrides = mixed.into_iter().flat_map(|mixed| &mixed.overrides);
        let mut all: Vec<(String, String)> = (self.launch_template.as_ref().into_iter())
            .chain(mixed.and_then(|mixed| mixed.launch_template_specification.as_ref()))
            .chain(overrides.filter_map(|one| one.launch_template_specification.as_ref()))
            .filter_map(|template| {
                let id = template.launch_template_id.as_ref().or(template.launch_template_name.as_ref())?;
                Some((id.clone(), template.version.clone().unwrap_or_else(|| "$Default".to_owned())))
            })
            .collect();
        all.sort();
        all.dedup();
        all
    }
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.auto_scaling_groups.into_iter().enumerate() {
        let mut members: Vec<String> = row.instances.iter().map(|member| member.instance_id.clone()).collect();
        members.sort();
        let group = Group {
            templates: row.templates(),
            id: if row.arn.is_empty() { row.auto_scaling_group_name.clone() } else { row.arn },
            name: row.auto_scaling_group_name.clone(),
            key: row.auto_scaling_group_name,
            account: None,
            region: None,
            launch_configuration: row.launch_configuration_name.filter(|name| !name.is_empty()),
            image: None,
            members,
            tags: by_key(row.tags),
            family: Family::Unknown,
            upgrade_mode: None,
            automatic_os_upgrade: None,
            orchestration: None,
        };
        rows.fact(Pointer::Row("/AutoScalingGroups", number as u32), Fact::Group(group));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"AutoScalingGroups": [
  {"AutoScalingGroupName": "web",
   "AutoScalingGroupARN": "arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:0aaaaaaa-0000-4000-8000-000000000000:autoScalingGroupName/web",
   "LaunchTemplate": {"LaunchTemplateId": "lt-0aaaaaaaaaaaaaaaa", "LaunchTemplateName": "web", "Version": "3"},
   "Instances": [{"InstanceId": "i-0bbbbbbbbbbbbbbbb"}, {"InstanceId": "i-0aaaaaaaaaaaaaaaa"}],
   "Tags": [{"Key": "service", "Value": "web", "PropagateAtLaunch": true}]},
  {"AutoScalingGroupName": "batch",
   "MixedInstancesPolicy": {"LaunchTemplate": {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-0bbbbbbbbbbbbbbbb", "Version": "$Latest"},
     "Overrides": [{"InstanceType": "m7g.large", "LaunchTemplateSpecification": {"LaunchTemplateId": "lt-0cccccccccccccccc"}}]}}},
  {"AutoScalingGroupName": "legacy", "LaunchConfigurationName": "legacy-2019"}
], "NextToken": "page-2"}"#,
        expect: Expect::Read { rows: 3, facts: 3, more: true },
    },
    Fixture {
        name: "empty",
        body: r#"{"AutoScalingGroups": []}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture { name: "another answer", body: r#"{"Reservations": []}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;

    #[test]
    fn every_template_of_a_mixed_group_counts() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::Group(batch) = &facts[1] else { panic!("not a group: {facts:?}") };
        let expected = [("lt-0bbbbbbbbbbbbbbbb", "$Latest"), ("lt-0cccccccccccccccc", "$Default")];
        assert_eq!(batch.templates, expected.map(|(id, version)| (id.to_owned(), version.to_owned())));
        let Fact::Group(legacy) = &facts[2] else { panic!("not a group: {facts:?}") };
        assert_eq!(legacy.launch_configuration.as_deref(), Some("legacy-2019"));
    }
}
