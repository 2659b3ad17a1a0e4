//! An advanced query over one account and region. No row can mean that the recorder does not record the type.

use super::resources;
use crate::codec::json;
use crate::{Answer, Ask, Asks, Fixture, Operation, Page, Reach, Request, When};

/// The operation.
pub(super) static OPERATION: Operation = Operation {
    id: "config.SelectResourceConfig",
    permissions: &["config:SelectResourceConfig"],
    docs: "https://docs.aws.amazon.com/config/latest/APIReference/API_SelectResourceConfig.html",
    reach: Reach::Account,
    when: When::Extra,
    instead: &[],
    request,
    page,
    asks,
    rows: resources::rows,
    fixtures: FIXTURES,
};

fn request(ask: &Ask) -> Request {
    resources::request(ask, "StarlingDoveService.SelectResourceConfig", serde_json::Map::new())
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

    /// Trap 23: results are text that holds JSON.
    #[test]
    fn results_are_decoded_twice() {
        let facts = facts_of(&OPERATION, "answered", None);
        assert!(facts.iter().any(|fact| matches!(fact, Fact::Patch(patch) if patch.host == "i-0a1")), "{facts:?}");
    }
}
