//! Groups, and everything they launch from: a mixed group can override its template, and its image, per machine type.

use super::names;
use crate::aws::Tag;
use crate::codec::xml;
use crate::{
    Answer, Ask, Asks, Expect, Fixture, Operation, Page, Protocol, Reach, Reject, Request, Rows, Sink, Tally, When,
};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Family, Group};
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
    let mut members = vec![("Action", "DescribeAutoScalingGroups"), ("Version", "2011-01-01"), ("MaxRecords", "100")];
    if let Some(token) = &ask.token {
        members.push(("NextToken", token));
    }
    Request { service: "autoscaling", protocol: Protocol::AwsQuery, body: crate::aws::form(&members) }
}

fn page(answer: &Answer<'_>) -> Page {
    xml::page_by_next_token(answer, OPERATION.id, names)
}

fn asks(answer: &Answer<'_>, asks: &mut Asks) {
    let Ok(body) = xml::read::<Body>(answer, names) else { return };
    let scope = &answer.exchange.scope;
    for row in body.auto_scaling_groups {
        for image in row.override_images().filter(|image| image.starts_with("ami-")) {
            asks.together(patchseal_core::op::IMAGES, scope.clone(), image);
        }
        if row.launch_configuration_name.as_deref().is_some_and(|name| !name.is_empty()) {
            asks.once(patchseal_core::op::LAUNCH_CONFIGURATIONS, scope.clone());
        }
        for (template, _) in row.templates() {
            asks.about("ec2.DescribeLaunchTemplateVersions", scope.clone(), template);
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
    #[serde(default, rename = "AutoScalingGroupARN")]
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
struct Template {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
    version: Option<String>,
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
    image_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Member {
    instance_id: String,
}

impl Row {
    /// Images that overrides name themselves: what they launch, whatever their template says (source: the model of
    /// `LaunchTemplateOverrides` in botocore, "to use for instances launched with this override").
    fn override_images(&self) -> impl Iterator<Item = &str> {
        let mixed = self.mixed_instances_policy.as_ref().and_then(|policy| policy.launch_template.as_ref());
        let overrides = mixed.map(|mixed| mixed.overrides.as_slice()).unwrap_or_default();
        overrides.iter().filter_map(|other| other.image_id.as_deref()).filter(|image| !image.is_empty())
    }

    /// Id (or name) and version of each template, once, in the order they stand.
    fn templates(self) -> Vec<(String, String)> {
        let mut all: Vec<Template> = self.launch_template.into_iter().collect();
        if let Some(mixed) = self.mixed_instances_policy.and_then(|policy| policy.launch_template) {
            all.extend(mixed.launch_template_specification);
            all.extend(mixed.overrides.into_iter().filter_map(|other| other.launch_template_specification));
        }
        let mut templates = Vec::new();
        for template in all {
            let id = crate::aws::said(template.launch_template_id).or(crate::aws::said(template.launch_template_name));
            // The version is optional and then the default one (source: LaunchTemplateSpecification).
            let version = crate::aws::said(template.version).unwrap_or_else(|| "$Default".to_owned());
            if let Some(pair) = id.map(|id| (id, version)).filter(|pair| !templates.contains(pair)) {
                templates.push(pair);
            }
        }
        templates
    }
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = xml::read(answer, names)?;
    let mut rows = Rows::into_sink(sink);
    for (number, mut row) in body.auto_scaling_groups.into_iter().enumerate() {
        let mut override_images: Vec<String> = row.override_images().map(str::to_owned).collect();
        override_images.sort();
        override_images.dedup();
        rows.fact(
            Pointer::Row(&"/AutoScalingGroups", number as u32),
            Fact::Group(Group {
                key: row.auto_scaling_group_name.clone(),
                id: std::mem::take(&mut row.arn),
                name: std::mem::take(&mut row.auto_scaling_group_name),
                account: None,
                region: None,
                launch_configuration: crate::aws::said(row.launch_configuration_name.take()),
                image: None,
                override_images,
                members: row.instances.drain(..).map(|member| member.instance_id).collect(),
                tags: crate::aws::tags(std::mem::take(&mut row.tags)),
                templates: row.templates(),
                family: Family::Unknown,
                upgrade_mode: None,
                automatic_os_upgrade: None,
                orchestration: None,
            }),
        );
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"AutoScalingGroups": [
  {"AutoScalingGroupName": "web", "AutoScalingGroupARN": "arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:0a:autoScalingGroupName/web",
   "LaunchTemplate": {"LaunchTemplateId": "lt-0a1", "LaunchTemplateName": "web", "Version": "$Default"}, "MinSize": 1, "MaxSize": 4,
   "Instances": [{"InstanceId": "i-0a1", "LifecycleState": "InService"}, {"InstanceId": "i-0a2", "LifecycleState": "InService"}],
   "Tags": [{"ResourceId": "web", "ResourceType": "auto-scaling-group", "Key": "env", "Value": "prod", "PropagateAtLaunch": true}]},
  {"AutoScalingGroupName": "batch", "AutoScalingGroupARN": "arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:0b:autoScalingGroupName/batch",
   "MixedInstancesPolicy": {"LaunchTemplate": {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-0b2", "LaunchTemplateName": "batch", "Version": "$Latest"},
     "Overrides": [{"InstanceType": "m7i.large", "ImageId": "ami-0b7"},
       {"InstanceType": "m7g.large", "LaunchTemplateSpecification": {"LaunchTemplateName": "batch-arm", "Version": "4"}},
       {"InstanceType": "m7g.xlarge", "LaunchTemplateSpecification": {"LaunchTemplateName": "batch-arm", "Version": "4"}}]}},
   "Instances": [], "Tags": []},
  {"AutoScalingGroupName": "old", "LaunchConfigurationName": "old-2019", "Instances": [], "Tags": []}
], "NextToken": "page-2"}"#,
        expect: Expect::Read { rows: 3, facts: 3, more: true },
    },
    Fixture {
        name: "empty",
        body: r#"{"AutoScalingGroups": []}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "wire",
        body: r#"<DescribeAutoScalingGroupsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
  <DescribeAutoScalingGroupsResult><NextToken>page-2</NextToken><AutoScalingGroups>
    <member><AutoScalingGroupName>web</AutoScalingGroupName><AutoScalingGroupARN>arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:0a:autoScalingGroupName/web</AutoScalingGroupARN>
      <LaunchTemplate><LaunchTemplateId>lt-0a1</LaunchTemplateId><LaunchTemplateName>web</LaunchTemplateName><Version>3</Version></LaunchTemplate>
      <Instances><member><InstanceId>i-0a1</InstanceId></member></Instances><Tags/></member>
  </AutoScalingGroups></DescribeAutoScalingGroupsResult>
  <ResponseMetadata><RequestId>0a</RequestId></ResponseMetadata>
</DescribeAutoScalingGroupsResponse>"#,
        expect: Expect::Read { rows: 1, facts: 1, more: true },
    },
    Fixture {
        name: "wire error",
        body: "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code></Error><RequestId>0a</RequestId></ErrorResponse>",
        expect: Expect::Refused,
    },
    Fixture {
        name: "error document",
        body: r#"{"Error": {"Type": "Sender", "Code": "AccessDenied", "Message": "not authorized to perform: autoscaling:DescribeAutoScalingGroups"}}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{asks_of, facts_of};

    /// Trap 20: a group can launch from several templates, each with a version of its own.
    #[test]
    fn templates_of_a_mixed_group() {
        let facts = facts_of(&OPERATION, "answered", None);
        let group = |number: usize| if let Fact::Group(group) = &facts[number] { group } else { panic!("{facts:?}") };
        assert_eq!(group(0).templates, [("lt-0a1".to_owned(), "$Default".to_owned())]);
        assert_eq!((group(0).members.join(" ").as_str(), group(0).tags["env"].as_str()), ("i-0a1 i-0a2", "prod"));
        assert_eq!(
            group(1).templates,
            [("lt-0b2".to_owned(), "$Latest".to_owned()), ("batch-arm".to_owned(), "4".to_owned())]
        );
        assert_eq!(group(1).override_images, ["ami-0b7"]);
        assert_eq!((group(2).launch_configuration.as_deref(), group(2).templates.len()), (Some("old-2019"), 0));
    }

    #[test]
    fn each_template_is_asked_about_once_and_so_are_launch_configurations() {
        let asks = asks_of(&OPERATION, "answered", None);
        let subjects: Vec<_> = asks.iter().filter_map(|ask| ask.subject.as_deref()).collect();
        assert_eq!(subjects, ["batch-arm", "lt-0a1", "lt-0b2"]);
        let others: Vec<_> =
            asks.iter().filter(|ask| ask.subject.is_none()).map(|ask| (ask.operation, ask.ids.len())).collect();
        assert_eq!(others, [("autoscaling.DescribeLaunchConfigurations", 0), ("ec2.DescribeImages", 1)]);
        assert!(asks_of(&OPERATION, "wire", None).iter().all(|ask| ask.subject.is_some()));
    }
}
