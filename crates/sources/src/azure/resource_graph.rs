//! Resource Graph: one query reads a whole subscription. It keeps assessments for 7 days and installations for 30.

mod maintenance;
mod patch_assessments;
mod patch_installations;
mod policy_exemptions;
mod resources;
mod security_exemptions;

use crate::{Ask, Operation, Protocol, Request};

/// Every operation of the service.
pub const OPERATIONS: &[&Operation] = &[
    &maintenance::OPERATION,
    &patch_assessments::OPERATION,
    &patch_installations::OPERATION,
    &policy_exemptions::OPERATION,
    &resources::OPERATION,
    &security_exemptions::OPERATION,
];

/// The most rows that a page can have. Source: reference of `QueryRequestOptions`.
const TOP: u32 = 1000;

/// A query over one subscription. Partial scopes would drop what cannot be read without a word, so they stay off.
fn request(ask: &Ask, query: &str) -> Request {
    let mut options = serde_json::json!({ "$top": TOP, "resultFormat": "objectArray", "allowPartialScopes": false });
    if let Some(token) = &ask.token {
        options["$skipToken"] = token.as_str().into();
    }
    let body = serde_json::json!({ "subscriptions": [*ask.scope.account], "query": query, "options": options });
    Request {
        service: "management",
        protocol: Protocol::Rest {
            method: "POST",
            path: "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01".to_owned(),
        },
        body: body.to_string().into_bytes(),
    }
}

/// Whether an ARM scope is a machine or can hold any: a machine's own types, and everything above resources.
fn may_mean_hosts(scope: &str) -> bool {
    let kind = crate::codec::arm::resource_type(scope);
    let above = ["", "microsoft.management/managementgroups"].contains(&kind.as_str());
    above || kind.starts_with("microsoft.compute/") || kind.starts_with("microsoft.hybridcompute/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchseal_core::scope::{Cloud, Scope};

    /// §1.0 traps 3 and 4: pages need `id` and a stable order, and scopes must not be dropped in silence.
    #[test]
    fn queries_can_be_paged() {
        for operation in OPERATIONS {
            let scope = Scope::new(Cloud::Azure, "0aaaaaaa-0000-4000-8000-000000000001", Scope::GLOBAL);
            let mut ask = Ask { operation: operation.id, scope, subject: None, ids: Vec::new(), token: None };
            let first = String::from_utf8((operation.request)(&ask).body).unwrap();
            assert!(first.contains("order by id asc") && !first.contains("| limit"), "{first}");
            assert!(first.contains(r#""allowPartialScopes":false"#) && !first.contains("$skipToken"), "{first}");
            ask.token = Some("ew0K".into());
            let next = String::from_utf8((operation.request)(&ask).body).unwrap();
            assert!(next.contains(r#""$skipToken":"ew0K""#) && next.contains("order by id asc"), "{next}");
        }
    }
}
