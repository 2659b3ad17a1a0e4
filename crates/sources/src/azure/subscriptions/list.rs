//! Which subscriptions there are. ARM prints the id as a path and a member; `az account list` prints the bare id, and
//! leaves out disabled subscriptions unless it is asked for all.

use crate::codec::arm::{self, Text};
use crate::{Answer, Ask, Asks, Expect, Fixture, Operation, Page, Reach, Reject, Request, Rows, Sink, Tally, When};
use patchseal_core::fact::{Account, Fact};
use serde::Deserialize;

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "subscriptions.List",
    permissions: &["Microsoft.Resources/subscriptions/read"],
    docs: "https://learn.microsoft.com/en-us/rest/api/resources/subscriptions/list",
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
    crate::azure::get(ask, "/subscriptions?api-version=2022-12-01".to_owned())
}

fn page(answer: &Answer<'_>) -> Page {
    arm::page(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow, default)]
    subscription_id: Text<'a>,
    #[serde(borrow, default)]
    display_name: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow)]
    state: Text<'a>,
}

fn rows(answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<Tally, Reject> {
    let mut rows = Rows::into_sink(sink);
    for (pointer, raw) in arm::resources(answer)? {
        let row: Row<'_> = arm::part(&pointer, raw)?;
        let id = row.subscription_id.some().unwrap_or_else(|| arm::last_segment(&row.id).to_owned());
        if id.is_empty() {
            rows.without("subscription without an id");
            continue;
        }
        let account = Account {
            id: id.to_ascii_lowercase(),
            name: row.display_name.some().or_else(|| row.name.some()).unwrap_or_default(),
            // Machines run on while a subscription is warned or past due.
            active: !["Disabled", "Deleted"].iter().any(|word| row.state.eq_ignore_ascii_case(word)),
        };
        rows.fact(pointer, Fact::Account(account));
    }
    Ok(rows.tally())
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        name: "answered",
        body: r#"{"value": [
  {"id": "/subscriptions/0AAAAAAA-0000-4000-8000-000000000001", "subscriptionId": "0AAAAAAA-0000-4000-8000-000000000001",
   "tenantId": "0bbbbbbb-0000-4000-8000-000000000009", "displayName": "Shop production", "state": "Enabled"},
  {"id": "/subscriptions/0aaaaaaa-0000-4000-8000-000000000002", "subscriptionId": "0aaaaaaa-0000-4000-8000-000000000002",
   "displayName": "Closed trial", "state": "Disabled"}],
 "count": {"type": "Total", "value": 2}}"#,
        expect: Expect::Read { rows: 2, facts: 2, more: false },
    },
    Fixture {
        name: "az account list",
        body: r#"[{"cloudName": "AzureCloud", "id": "0aaaaaaa-0000-4000-8000-000000000001", "isDefault": true, "name": "Shop production",
  "state": "PastDue", "tenantId": "0bbbbbbb-0000-4000-8000-000000000009", "user": {"name": "x", "type": "user"}}]"#,
        expect: Expect::Read { rows: 1, facts: 1, more: false },
    },
    Fixture {
        name: "first page",
        body: r#"{"value": [], "nextLink": "https://management.azure.com/subscriptions?api-version=2022-12-01&$skiptoken=a"}"#,
        expect: Expect::Read { rows: 0, facts: 0, more: true },
    },
    Fixture { name: "empty", body: r#"{"value": []}"#, expect: Expect::Read { rows: 0, facts: 0, more: false } },
    Fixture {
        name: "error",
        body: r#"{"error": {"code": "InvalidAuthenticationToken", "message": "The access token is invalid."}}"#,
        expect: Expect::Refused,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;

    /// §1.0 trap 6: coverage is proved against this list, so both spellings of an id have to meet.
    #[test]
    fn ids_are_bare_and_in_lower_case() {
        for fixture in ["answered", "az account list"] {
            let facts = facts_of(&OPERATION, fixture, None);
            let Fact::Account(account) = &facts[0] else { panic!("not an account: {facts:?}") };
            assert_eq!(account.id, "0aaaaaaa-0000-4000-8000-000000000001");
            assert_eq!((account.name.as_str(), account.active), ("Shop production", true));
        }
        let facts = facts_of(&OPERATION, "answered", None);
        assert!(matches!(&facts[1], Fact::Account(Account { active: false, .. })));
    }
}
