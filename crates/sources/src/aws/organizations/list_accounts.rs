//! Accounts of the organisation: each active one is expected to be read. Mail addresses are never read.

use crate::codec::json;
use crate::{
    Answer, Ask, Asks, Expect, Fixture, Operation, Page, Protocol, Reach, Reject, Request, Rows, Sink, Tally, When,
};
use patchseal_core::exchange::Pointer;
use patchseal_core::fact::{Account, Fact};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "organizations.ListAccounts",
    permissions: &["organizations:ListAccounts"],
    docs: "https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html",
    reach: Reach::Organisation,
    when: When::Start,
    instead: &[],
    request,
    page,
    asks,
    rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    let mut members = serde_json::Map::new();
    if let Some(token) = &ask.token {
        members.insert("NextToken".into(), token.as_str().into());
    }
    Request {
        service: "organizations",
        protocol: Protocol::AwsJson { target: "AWSOrganizationsV20161128.ListAccounts" },
        body: serde_json::Value::Object(members).to_string().into_bytes(),
    }
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    accounts: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    id: String,
    #[serde(default)]
    name: String,
    status: Option<String>,
    state: Option<String>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let body: Body = json::read(answer)?;
    let mut rows = Rows::into_sink(sink);
    for (number, row) in body.accounts.into_iter().enumerate() {
        // `State` replaces `Status`. An account whose state is not said could hold machines.
        let word = row.state.or(row.status);
        let active = !matches!(word.as_deref(), Some("SUSPENDED" | "CLOSED" | "PENDING_CLOSURE"));
        let account = Account { id: row.id, name: row.name, active };
        rows.fact(Pointer::Row("/Accounts", number as u32), Fact::Account(account));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"Accounts": [
  {"Id": "111122223333", "Arn": "arn:aws:organizations::111122223333:account/o-exampleorgid/111122223333", "Name": "shop", "Status": "ACTIVE", "State": "ACTIVE"},
  {"Id": "444455556666", "Name": "old", "Status": "SUSPENDED", "JoinedTimestamp": 1481835795.536}
], "NextToken": "page-2"}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: true },
    },
    Fixture { name: "empty", body: r#"{"Accounts": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "denied",
        body: r#"{"__type": "AccessDeniedException", "Message": "You don't have permissions"}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;

    #[test]
    fn suspended_accounts_are_not_expected() {
        let facts = facts_of(&OPERATION, "answered", None);
        let active = |fact: &Fact<'_>| matches!(fact, Fact::Account(account) if account.active);
        assert_eq!(facts.iter().map(active).collect::<Vec<_>>(), [true, false]);
    }
}
