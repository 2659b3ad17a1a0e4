//! Accounts of the organisation: the list that says which answers are missing. Each row has the e-mail address of a
//! person, which is not read. `State` follows `Status`, which is being retired.

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
    let mut members = serde_json::json!({ "MaxResults": 20 });
    if let Some(token) = &ask.token {
        members["NextToken"] = token.as_str().into();
    }
    Request {
        service: "organizations",
        protocol: Protocol::AwsJson { target: "AWSOrganizationsV20161128.ListAccounts" },
        body: members.to_string().into_bytes(),
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
        let active = [&row.status, &row.state].into_iter().any(|word| word.as_deref() == Some("ACTIVE"));
        rows.fact(
            Pointer::Row(&"/Accounts", number as u32),
            Fact::Account(Account { id: row.id, name: row.name, active }),
        );
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"Accounts": [
  {"Id": "111122223333", "Arn": "arn:aws:organizations::111122223333:account/o-0a/111122223333", "Email": "root@example.com",
   "Name": "shop", "Status": "ACTIVE", "State": "ACTIVE", "JoinedMethod": "CREATED", "JoinedTimestamp": "2020-01-02T03:04:05+00:00"},
  {"Id": "444455556666", "Name": "trial", "Status": "SUSPENDED", "State": "CLOSED"},
  {"Id": "777788889999", "Name": "new", "State": "ACTIVE"}
], "NextToken": "page-2"}"#,
        expect: Expect::Read { rows: 3, facts: 3, more: true },
    },
    Fixture { name: "empty", body: r#"{"Accounts": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "error document",
        body: r#"{"__type": "AWSOrganizationsNotInUseException", "Message": "Your account is not a member of an organization."}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;

    /// Trap 8: the population begins with the accounts; a closed one holds no machines.
    #[test]
    fn either_word_makes_an_account_active() {
        let facts = facts_of(&OPERATION, "answered", None);
        let active: Vec<_> =
            facts.iter().map(|fact| matches!(fact, Fact::Account(account) if account.active)).collect();
        assert_eq!(active, [true, false, true]);
        assert!(!format!("{facts:?}").contains('@'), "an e-mail address was read");
    }
}
