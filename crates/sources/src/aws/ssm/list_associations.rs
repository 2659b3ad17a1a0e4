//! State Manager associations, without their parameters: whether one scans or installs is known only where its document
//! does nothing else.

use super::associations::Row;
use super::patch_documents::{self, Parameters};
use crate::codec::json;
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::Fact;
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "ssm.ListAssociations",
    permissions: &["ssm:ListAssociations"],
    docs: "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListAssociations.html",
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
    let members = serde_json::json!({ "MaxResults": 50 });
    super::request(ask, "AmazonSSM.ListAssociations", members.as_object().cloned().unwrap_or_default())
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(answer: &Answer<'_>, asks: &mut Asks) {
    let Ok(body) = json::read::<Body>(answer) else { return };
    for row in body.associations.into_iter().filter(|row| patch_documents::is_patch_document(&row.name)) {
        for operation in ["ssm.DescribeAssociation", "ssm.DescribeAssociationExecutions"] {
            asks.about(operation, answer.exchange.scope.clone(), row.association_id.as_str());
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    associations: Vec<Row>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.associations.into_iter().enumerate() {
        let action = patch_documents::action(&row.name, &Parameters::default());
        rows.fact(Pointer::Row(&"/Associations", number as u32), Fact::Association(Box::new(row.association(action))));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{
  "Associations": [
    {"Name": "AWS-RunPatchBaseline", "AssociationId": "44444444-0000-4000-8000-000000000001", "AssociationVersion": "3",
     "Targets": [{"Key": "tag:Environment", "Values": ["prod"]}], "LastExecutionDate": "2026-11-23T03:00:00+00:00",
     "Overview": {"Status": "Failed", "DetailedStatus": "Failed", "AssociationStatusAggregatedCount": {"Failed": 2, "Success": 40}},
     "ScheduleExpression": "rate(1 day)", "AssociationName": "scan-prod"},
    {"Name": "AWS-UpdateSSMAgent", "InstanceId": "i-0a1", "AssociationId": "44444444-0000-4000-8000-000000000002",
     "Overview": {"Status": "Success"}}
  ],
  "NextToken": "page-2"
}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: true },
    },
    Fixture { name: "empty", body: r#"{"Associations": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "wire",
        body: r#"{"Associations": [
            {"Name": "AWS-PatchAsgInstance", "AssociationId": "44444444-0000-4000-8000-000000000003", "LastExecutionDate": 1795564800.0,
             "TargetMaps": [{"InstanceId": ["i-0a1"]}]},
            {"Name": "AWS-RunPatchBaselineWithHooks", "AssociationId": "44444444-0000-4000-8000-000000000004"}]}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture {
        name: "error document",
        body: r#"{"__type": "AccessDeniedException", "Message": "not authorized to perform: ssm:ListAssociations"}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{asks_of, facts_of, time};
    use patchseal_core::fact::{Association, PatchAction, Target};

    fn associations(fixture: &str) -> Vec<Association> {
        facts_of(&OPERATION, fixture, None)
            .into_iter()
            .map(|fact| match fact {
                Fact::Association(association) => *association,
                other => panic!("not an association: {other:?}"),
            })
            .collect()
    }

    #[test]
    fn the_list_does_not_say_what_a_patch_document_does() {
        let association = &associations("answered")[0];
        assert_eq!((association.action, association.status.as_str()), (None, "Failed"));
        assert_eq!((association.name.as_str(), association.schedule.as_str()), ("scan-prod", "rate(1 day)"));
        assert_eq!(association.last_executed, Some(time("2026-11-23T03:00:00Z")));
    }

    #[test]
    fn a_document_that_does_one_thing_says_so() {
        let associations = associations("wire");
        assert_eq!((associations[0].action, associations[1].action), (Some(PatchAction::Install), None));
        assert_eq!(associations[0].last_executed, Some(time("2026-11-25T00:00:00Z")));
    }

    #[test]
    fn no_targets_are_no_hosts_rather_than_all() {
        assert_eq!(associations("answered")[1].targets, [Target::Hosts(vec!["i-0a1".into()])]);
        assert_eq!(associations("wire")[0].targets, [Target::Opaque("TargetMaps".into())]);
        assert_eq!(associations("wire")[1].targets, [Target::Hosts(Vec::new())]);
    }

    #[test]
    fn patch_associations_are_asked_for_parameters_and_executions() {
        let asks: Vec<_> =
            asks_of(&OPERATION, "answered", None).into_iter().map(|ask| (ask.operation, ask.subject)).collect();
        let subject = Some("44444444-0000-4000-8000-000000000001".to_owned());
        assert_eq!(
            asks,
            [("ssm.DescribeAssociation", subject.clone()), ("ssm.DescribeAssociationExecutions", subject)]
        );
    }
}
