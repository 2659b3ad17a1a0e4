//! One association with its parameters, the only place that says whether it scans or installs.

use super::associations::Row;
use super::patch_documents::{self, Parameters};
use crate::codec::json;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::Fact;
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.DescribeAssociation",
    permissions: &["ssm:DescribeAssociation"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeAssociation.html",
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
    let members = serde_json::json!({ "AssociationId": ask.subject });
    super::request(ask, "AmazonSSM.DescribeAssociation", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::only_page(answer)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    association_description: Description,
}

#[derive(Deserialize)]
struct Description {
    #[serde(flatten)]
    row: Row,
    #[serde(default, rename = "Parameters")]
    parameters: Parameters,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let Body { association_description: Description { row, parameters } } = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    let action = patch_documents::action(&row.name, &parameters);
    rows.fact(Pointer::path("/AssociationDescription"), Fact::Association(Box::new(row.association(action))));
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "AssociationDescription": {
    "Name": "AWS-RunPatchBaseline", "AssociationVersion": "3", "Date": "2026-01-05T10:00:00+00:00",
    "LastUpdateAssociationDate": "2026-10-01T10:00:00+00:00",
    "Overview": {"Status": "Success", "AssociationStatusAggregatedCount": {"Success": 42}}, "DocumentVersion": "$DEFAULT",
    "Parameters": {"Operation": ["Scan"], "RebootOption": ["NoReboot"]}, "AssociationId": "44444444-0000-4000-8000-000000000001",
    "Targets": [{"Key": "InstanceIds", "Values": ["*"]}], "ScheduleExpression": "cron(0 3 * * ? *)",
    "LastExecutionDate": "2026-11-23T03:00:00+00:00", "LastSuccessfulExecutionDate": "2026-11-23T03:00:00+00:00",
    "AssociationName": "scan-prod", "ApplyOnlyAtCronInterval": true
  }
}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "empty",
        body: r#"{"AssociationDescription": {"Name": "AWS-RunPatchBaseline", "AssociationId": "44444444-0000-4000-8000-000000000005"}}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "wire",
        body: r#"{"AssociationDescription": {"Name": "acme-patch", "AssociationId": "44444444-0000-4000-8000-000000000006",
            "Parameters": {"Operation": ["Install"], "Token": ["not read"]}, "LastExecutionDate": 1795564800.5}}"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "error document",
        body: r#"{"__type": "AssociationDoesNotExist", "Message": ""}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{facts_of, time};
    use patchseal_core::fact::{Association, PatchAction, Target};

    fn association(fixture: &str) -> Association {
        match facts_of(&OPERATION, fixture, Some("44444444-0000-4000-8000-000000000001")).remove(0) {
            Fact::Association(association) => *association,
            other => panic!("not an association: {other:?}"),
        }
    }

    /// Trap 16, for associations: one that only scans never installs anything.
    #[test]
    fn the_parameters_say_what_it_does() {
        let association = association("answered");
        assert_eq!((association.action, association.targets), (Some(PatchAction::Scan), vec![Target::All]));
        assert_eq!((association.schedule.as_str(), association.name.as_str()), ("cron(0 3 * * ? *)", "scan-prod"));
    }

    #[test]
    fn a_document_that_is_not_known_to_patch_says_nothing() {
        let association = association("wire");
        assert_eq!((association.action, association.last_executed), (None, Some(time("2026-11-25T00:00:00.5Z"))));
    }

    #[test]
    fn no_parameters_are_no_action() {
        assert_eq!(association("empty").action, None);
    }
}
