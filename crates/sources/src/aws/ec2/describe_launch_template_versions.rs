//! Versions of a launch template. User data is never read.

use crate::codec::json::{self, Time};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, TemplateVersion};
use patchseal_core::op;
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
    let name = if subject.starts_with("lt-") { "LaunchTemplateId" } else { "LaunchTemplateName" };
    super::request(ask, "DescribeLaunchTemplateVersions", &[(name, subject), ("MaxResults", "200")])
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

/// The images that templates launch are worth knowing before anything launches from them.
fn asks(answer: &Answer<'_>, asks: &mut Asks) {
    let Ok(body) = json::read::<Body>(answer) else { return };
    for row in body.launch_template_versions {
        if let Some(image) =
            row.launch_template_data.and_then(|data| data.image_id).filter(|image| image.starts_with("ami-"))
        {
            asks.together(op::IMAGES, answer.exchange.scope.clone(), image);
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
    version_number: json::Count,
    #[serde(default)]
    default_version: json::Flag,
    #[serde(default)]
    create_time: Time,
    launch_template_data: Option<Data>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Data {
    image_id: Option<String>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.launch_template_versions.into_iter().enumerate() {
        let Some(version) = row.version_number.0 else {
            rows.without("launch template version without a number");
            continue;
        };
        let fact = TemplateVersion {
            id: row.launch_template_id,
            name: row.launch_template_name,
            version: u64::from(version),
            default: row.default_version.0,
            image: row.launch_template_data.and_then(|data| data.image_id).filter(|image| !image.is_empty()),
            created: row.create_time.0,
        };
        rows.fact(Pointer::Row("/LaunchTemplateVersions", number as u32), Fact::Template(fact));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"LaunchTemplateVersions": [
  {"LaunchTemplateId": "lt-0aaaaaaaaaaaaaaaa", "LaunchTemplateName": "web", "VersionNumber": 4, "DefaultVersion": false,
   "CreateTime": "2026-11-02T00:00:00.000Z", "LaunchTemplateData": {"ImageId": "ami-0bbbbbbbbbbbbbbbb", "InstanceType": "m7g.large"}},
  {"LaunchTemplateId": "lt-0aaaaaaaaaaaaaaaa", "LaunchTemplateName": "web", "VersionNumber": 3, "DefaultVersion": true,
   "CreateTime": "2025-11-02T00:00:00.000Z",
   "LaunchTemplateData": {"ImageId": "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"}}
]}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture {
        name: "empty",
        body: r#"{"LaunchTemplateVersions": []}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: false },
    },
    Fixture { name: "another answer", body: r#"{"LaunchTemplates": []}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{asks_of, facts_of};

    #[test]
    fn versions_keep_their_number_and_image() {
        let facts = facts_of(&OPERATION, "answered", Some("lt-0aaaaaaaaaaaaaaaa"));
        let Fact::Template(default) = &facts[1] else { panic!("not a template: {facts:?}") };
        assert_eq!((default.version, default.default), (3, true));
        assert!(default.image.as_deref().is_some_and(|image| image.starts_with("resolve:ssm:")));
    }

    #[test]
    fn only_literal_images_are_asked_about() {
        let asks = asks_of(&OPERATION, "answered", Some("lt-0aaaaaaaaaaaaaaaa"));
        assert_eq!(asks.len(), 1);
        assert_eq!(asks[0].ids, ["ami-0bbbbbbbbbbbbbbbb"]);
    }
}
