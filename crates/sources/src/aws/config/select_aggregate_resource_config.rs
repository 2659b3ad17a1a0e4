//! An advanced query over an aggregator, which reflects what its sources last delivered. Each row has its own account
//! and region.

use super::resources;
use crate::codec::json;
use crate::{Answer, Ask, Asks, Fixture, Operation, Page, Reach, Request, When};

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "config.SelectAggregateResourceConfig",
    permissions: &["config:SelectAggregateResourceConfig"],
    docs: "https://docs.aws.amazon.com/config/latest/APIReference/API_SelectAggregateResourceConfig.html",
    reach: Reach::Account,
    when: When::Extra,
    instead: &[],
    request,
    page,
    asks,
    rows: resources::rows,
    fixtures: FIXTURES,
};

/// The subject is the aggregator's name.
fn request(ask: &Ask) -> Request {
    let mut members = serde_json::Map::new();
    members.insert("ConfigurationAggregatorName".into(), ask.subject.as_deref().unwrap_or_default().into());
    resources::request(ask, "StarlingDoveService.SelectAggregateResourceConfig", members)
}

fn page(answer: &Answer<'_>) -> Page {
    json::page_by_next_token(answer, OPERATION.id)
}

fn asks(_: &Answer<'_>, _: &mut Asks) {}

const FIXTURES: &[Fixture] = resources::FIXTURES;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::facts_of;
    use patchseal_core::fact::Fact;

    #[test]
    fn a_row_brings_its_own_account_and_region() {
        let facts = facts_of(&OPERATION, "answered", Some("organisation"));
        let agent =
            facts.iter().find_map(|fact| if let Fact::Agent(agent) = fact { Some(agent) } else { None }).unwrap();
        assert_eq!((agent.account.as_deref(), agent.region.as_deref()), (Some("444455556666"), Some("us-east-1")));
    }
}
