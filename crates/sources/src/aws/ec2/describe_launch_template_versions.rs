//! Every version of one launch template. The data of a version holds user data, which can hold secrets and is not read.

use crate::codec::json::{Count, Flag, Time};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, TemplateVersion};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ec2.DescribeLaunchTemplateVersions",
    permissions: &["ec2:DescribeLaunchTemplateVersions"],
    docs: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeLaunchTemplateVersions.html",
    reach: Reach::Resource,
    when: When::Answer,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    let subject = ask.subject.as_deref().unwrap_or_default();
    let member = if is_id(subject) { "LaunchTemplateId" } else { "LaunchTemplateName" };
    super::request(ask, "DescribeLaunchTemplateVersions", &[(member, subject), ("MaxResults", "200")])
}

/// A name may begin like an id.
fn is_id(subject: &str) -> bool {
    subject.strip_prefix("lt-").is_some_and(|rest| rest.len() >= 8 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn page(answer: &Answer<'_>) -> Page {
    super::page(answer, OPERATION.id)
}

/// The images that templates launch are worth knowing before anything launches from them.
fn asks(answer: &Answer<'_>, asks: &mut Asks) {
    let read: Result<Body, Reject> = super::read(answer);
    let Ok(body) = read else { return };
    for image in body.launch_template_versions.into_iter().filter_map(|row| row.launch_template_data.image_id) {
        if image.starts_with("ami-") {
            asks.together(patchseal_core::op::IMAGES, answer.exchange.scope.clone(), image);
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    launch_template_versions: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    launch_template_id: String,
    #[serde(default)]
    launch_template_name: String,
    version_number: Count,
    #[serde(default)]
    default_version: Flag,
    #[serde(default)]
    launch_template_data: Data,
    #[serde(default)]
    create_time: Time,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Data {
    image_id: Option<String>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = super::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.launch_template_versions.into_iter().enumerate() {
        let Some(version) = row.version_number.0 else {
            rows.without("launch template version without a number");
            continue;
        };
        rows.fact(
            Pointer::Row(&"/LaunchTemplateVersions", number as u32),
            Fact::Template(TemplateVersion {
                id: row.launch_template_id,
                name: row.launch_template_name,
                version: version.into(),
                default: row.default_version.0,
                image: crate::aws::said(row.launch_template_data.image_id),
                created: row.create_time.0,
            }),
        );
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"LaunchTemplateVersions": [
  {"LaunchTemplateId": "lt-0a1b2c3d4e5f60718", "LaunchTemplateName": "web", "VersionNumber": 3, "DefaultVersion": false,
   "CreateTime": "2026-11-20T13:19:54+00:00", "LaunchTemplateData": {"UserData": "c2VjcmV0", "ImageId": "resolve:ssm:/golden/web"}},
  {"LaunchTemplateId": "lt-0a1b2c3d4e5f60718", "LaunchTemplateName": "web", "VersionNumber": 1, "DefaultVersion": true,
   "CreateTime": "2024-02-01T13:19:54+00:00", "LaunchTemplateData": {"ImageId": "ami-0a1"}},
  {"LaunchTemplateId": "lt-0a1b2c3d4e5f60718", "LaunchTemplateName": "web", "VersionNumber": 2, "DefaultVersion": false,
   "LaunchTemplateData": {"InstanceType": "t3.small"}}
], "NextToken": "page-2"}"#,
        expect: Expect::Read { rows: 3, facts: 3, more: true },
    },
    Fixture {
        name: "empty",
        body: r#"{"LaunchTemplateVersions": []}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture {
        name: "version without a number",
        body: r#"{"LaunchTemplateVersions": [{"LaunchTemplateId": "lt-0a1b2c3d4e5f60718", "VersionNumber": null}]}"#,
        expect: Expect::Read { rows: 1, facts: 0, more: false },
    },
    Fixture {
        name: "wire",
        body: r#"<DescribeLaunchTemplateVersionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><launchTemplateVersionSet>
  <item><launchTemplateId>lt-0a1b2c3d4e5f60718</launchTemplateId><launchTemplateName>web</launchTemplateName><versionNumber>12</versionNumber>
    <defaultVersion>true</defaultVersion><createTime>2026-11-20T13:19:54.000Z</createTime>
    <launchTemplateData><imageId>ami-0a1</imageId><networkInterfaceSet/></launchTemplateData></item>
  <item><launchTemplateId>lt-0a1b2c3d4e5f60718</launchTemplateId><versionNumber>11</versionNumber><defaultVersion>false</defaultVersion><launchTemplateData/></item>
</launchTemplateVersionSet></DescribeLaunchTemplateVersionsResponse>"#,
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture {
        name: "wire error",
        body: "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Request limit exceeded.</Message></Error></Errors></Response>",
        expect: Expect::Refused,
    },
    Fixture {
        name: "error document",
        body: r#"{"Error": {"Code": "InvalidLaunchTemplateId.NotFound", "Message": "The specified launch template does not exist"}}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{exchange, facts_of};

    /// Trap 20: the default version can be an old one, and an image can be a parameter or nothing at all.
    #[test]
    fn the_default_version_need_not_be_the_latest() {
        let facts = facts_of(&OPERATION, "answered", Some("web"));
        let template = |fact: &Fact<'_>| match fact {
            Fact::Template(t) => (t.version, t.default, t.image.clone()),
            other => panic!("not a template: {other:?}"),
        };
        let all: Vec<_> = facts.iter().map(template).collect();
        assert_eq!(all[0], (3, false, Some("resolve:ssm:/golden/web".into())));
        assert_eq!(all[1..], [(1, true, Some("ami-0a1".into())), (2, false, None)]);
    }

    #[test]
    fn a_name_that_begins_like_an_id_is_a_name() {
        for (subject, member) in [("lt-0a1b2c3d4e5f60718", "LaunchTemplateId"), ("lt-web", "LaunchTemplateName")] {
            let scope = exchange(&OPERATION, None).scope;
            let subject = Some(subject.to_owned());
            let body = request(&Ask { operation: OPERATION.id, scope, subject, ids: Vec::new(), token: None }).body;
            assert!(String::from_utf8_lossy(&body).contains(&format!("{member}=lt-")), "{member}");
        }
    }

    #[test]
    fn the_wire_tells_numbers_and_truth_as_text() {
        let facts = facts_of(&OPERATION, "wire", Some("web"));
        let Fact::Template(template) = &facts[0] else { panic!("not a template: {facts:?}") };
        assert_eq!((template.version, template.default, template.image.as_deref()), (12, true, Some("ami-0a1")));
    }
}
