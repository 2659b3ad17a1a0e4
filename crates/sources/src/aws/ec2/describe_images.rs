//! Images that machines were made from. Deregistered images are never returned, so that absence is no error; and one
//! unknown id refuses a whole question by id, hence the filter.

use crate::aws::Tag;
use crate::codec::json::Time;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Fact, Image};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ec2.DescribeImages",
    permissions: &["ec2:DescribeImages"],
    docs: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeImages.html",
    reach: Reach::Region,
    when: When::Answer,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

/// Without `MaxResults` an answer to this never continues. Recordings can.
fn request(ask: &Ask) -> Request {
    let names: Vec<String> = (1..=ask.ids.len()).map(|number| format!("Filter.1.Value.{number}")).collect();
    let mut members = vec![("IncludeDeprecated", "true"), ("IncludeDisabled", "true"), ("Filter.1.Name", "image-id")];
    members.extend(names.iter().zip(&ask.ids).map(|(name, id)| (name.as_str(), id.as_str())));
    super::request(ask, "DescribeImages", &members)
}

fn page(answer: &Answer<'_>) -> Page {
    super::page(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    images: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    image_id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    creation_date: Time,
    #[serde(default)]
    deprecation_time: Time,
    #[serde(default)]
    state: String,
    #[serde(default)]
    image_owner_alias: String,
    source_image_id: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = super::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.images.into_iter().enumerate() {
        rows.fact(
            Pointer::Row(&"/Images", number as u32),
            Fact::Image(Image {
                id: row.image_id,
                name: row.name,
                created: row.creation_date.0,
                deprecated: row.deprecation_time.0,
                state: row.state,
                owner: row.image_owner_alias,
                source: crate::aws::said(row.source_image_id),
                tags: crate::aws::tags(row.tags),
            }),
        );
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"Images": [
  {"ImageId": "ami-0a1", "Name": "al2023-ami-2023.6.20241121.0-kernel-6.1-x86_64", "CreationDate": "2024-11-21T02:03:04.000Z",
   "DeprecationTime": "2025-02-19T02:03:00.000Z", "State": "available", "OwnerId": "137112412989", "ImageOwnerAlias": "amazon"},
  {"ImageId": "ami-0b2", "Name": "golden-copy", "CreationDate": "2026-11-01T02:03:04.000Z", "State": "disabled", "OwnerId": "111122223333",
   "SourceImageId": "ami-0c3", "SourceImageRegion": "us-east-1", "Tags": [{"Key": "approved", "Value": "true"}]}
]}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture { name: "empty", body: r#"{"Images": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "another page",
        body: r#"{"Images": [{"ImageId": "ami-0a1"}], "NextToken": "page-2"}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: true },
    },
    Fixture {
        name: "wire",
        body: r#"<DescribeImagesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>0a</requestId><imagesSet>
  <item><imageId>ami-0a1</imageId><imageState>available</imageState><imageOwnerId>137112412989</imageOwnerId><imageOwnerAlias>amazon</imageOwnerAlias>
    <creationDate>2024-11-21T02:03:04.000Z</creationDate><name>al2023</name><blockDeviceMapping><item><deviceName>/dev/xvda</deviceName></item></blockDeviceMapping>
    <deprecationTime>2025-02-19T02:03:00.000Z</deprecationTime></item>
</imagesSet></DescribeImagesResponse>"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "wire error",
        body: "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Request limit exceeded.</Message></Error></Errors></Response>",
        expect: Expect::Refused,
    },
    Fixture {
        name: "error document",
        body: r#"{"Error": {"Code": "InvalidAMIID.NotFound", "Message": "The image id '[ami-0a1]' does not exist"}}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{exchange, facts_of, time};

    /// Trap 20: of a copy the date is the copy's, so the source has to be told; deprecation is told by the answer.
    #[test]
    fn a_copied_image_names_its_source() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::Image(listed) = &facts[0] else { panic!("not an image: {facts:?}") };
        assert_eq!((listed.owner.as_str(), listed.source.as_deref()), ("amazon", None));
        assert_eq!(listed.deprecated, Some(time("2025-02-19T02:03:00Z")));
        let Fact::Image(copy) = &facts[1] else { panic!("not an image: {facts:?}") };
        assert_eq!(
            (copy.owner.as_str(), copy.source.as_deref(), copy.state.as_str()),
            ("", Some("ami-0c3"), "disabled")
        );
    }

    /// Trap 20: deprecated images are left out unless they are asked for.
    #[test]
    fn deprecated_images_are_asked_for() {
        let scope = exchange(&OPERATION, None).scope;
        let ids = vec!["ami-0a1".to_owned(), "ami-0b2".to_owned()];
        let body = request(&Ask { operation: OPERATION.id, scope, subject: None, ids, token: None }).body;
        assert_eq!(
            String::from_utf8_lossy(&body),
            "Action=DescribeImages&Version=2016-11-15&IncludeDeprecated=true&IncludeDisabled=true&Filter.1.Name=image-id\
             &Filter.1.Value.1=ami-0a1&Filter.1.Value.2=ami-0b2"
        );
    }

    #[test]
    fn the_wire_tells_the_same() {
        let facts = facts_of(&OPERATION, "wire", None);
        let Fact::Image(image) = &facts[0] else { panic!("not an image: {facts:?}") };
        assert_eq!(
            (image.state.as_str(), image.owner.as_str(), image.name.as_str()),
            ("available", "amazon", "al2023")
        );
        assert_eq!(image.created, Some(time("2024-11-21T02:03:04Z")));
    }
}
