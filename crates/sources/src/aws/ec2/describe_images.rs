//! Images by id. Deregistered ones are never returned, so an id that was asked for and is absent is a finding.

use super::super::tags::{Tag, by_key};
use crate::codec::json::{self, Time};
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

/// A filter, rather than `ImageId.N`: one unknown id would otherwise fail the whole question.
fn request(ask: &Ask) -> Request {
    let names: Vec<String> = (1..=ask.ids.len()).map(|number| format!("Filter.1.Value.{number}")).collect();
    let ids = names.iter().map(String::as_str).zip(ask.ids.iter().map(String::as_str));
    let parameters: Vec<(&str, &str)> =
        [("IncludeDeprecated", "true"), ("Filter.1.Name", "image-id")].into_iter().chain(ids).collect();
    super::request(ask, "DescribeImages", &parameters)
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
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
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.images.into_iter().enumerate() {
        let image = Image {
            id: row.image_id,
            name: row.name,
            created: row.creation_date.0,
            deprecated: row.deprecation_time.0,
            state: row.state,
            owner: row.image_owner_alias,
            source: row.source_image_id.filter(|source| !source.is_empty()),
            tags: by_key(row.tags),
        };
        rows.fact(Pointer::Row("/Images", number as u32), Fact::Image(image));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"Images": [
  {"ImageId": "ami-0aaaaaaaaaaaaaaaa", "Name": "al2023-ami-2023.6.20241111.0-kernel-6.1-x86_64", "CreationDate": "2024-11-09T01:15:28.000Z",
   "DeprecationTime": "2026-02-07T01:16:00.000Z", "State": "available", "ImageOwnerAlias": "amazon", "OwnerId": "111122223333"},
  {"ImageId": "ami-0bbbbbbbbbbbbbbbb", "Name": "golden-web-7", "CreationDate": "2026-11-02T00:00:00.000Z", "State": "available",
   "SourceImageId": "ami-0cccccccccccccccc", "SourceImageRegion": "eu-central-1", "Tags": [{"Key": "service", "Value": "web"}]}
]}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture { name: "empty", body: r#"{"Images": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture { name: "truncated", body: r#"{"Images": [{"ImageId""#, expect: Expect::Refused },
    Fixture { name: "another answer", body: r#"{"Regions": []}"#, expect: Expect::Refused },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};

    /// Trap 20: the creation of a copied image is the time of the copy, so its source is kept.
    #[test]
    fn a_copied_image_names_its_source() {
        let facts = facts_of(&OPERATION, "answered", None);
        let Fact::Image(amazon) = &facts[0] else { panic!("not an image: {facts:?}") };
        assert_eq!((amazon.deprecated, amazon.source.as_deref()), (Some(time("2026-02-07T01:16:00Z")), None));
        let Fact::Image(copied) = &facts[1] else { panic!("not an image: {facts:?}") };
        assert_eq!(copied.source.as_deref(), Some("ami-0cccccccccccccccc"));
    }
}
