//! Exceptions that somebody made at a provider.

use super::Fault;
use super::exceptions::except;
use crate::storefront::{SHOP, azure};
use serde_json::json;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "exempted-machine",
        cloud: "azure",
        about: "a machine that somebody exempted from the policy on updates, without an end, and Defender counts as none of its business",
        findings: &[("exception-unapproved", "sf-exempt-1", "fail")],
        apply: |e| {
            e.policies.push(azure::exemption("sf-exempt-1", "sf-az-28"));
            e.exempt.push(azure::exempt("sf-az-28"));
            Ok(())
        },
    },
    Fault {
        id: "adopted-otherwise",
        cloud: "azure",
        about: "an exemption that was changed after an exception had taken it over",
        findings: &[
            ("baseline-rejects-patches", "sf-rejects-32", "fail"),
            ("exception-unapproved", "sf-exempt-2", "fail"),
        ],
        apply: |e| {
            e.policies.push(azure::exemption("sf-exempt-2", "sf-az-29"));
            except(e, "sf-ex-adopts", 32, &["sf-security-head"], |text| {
                let held = azure::exemption("sf-exempt-2", "sf-az-29")["id"].to_string().to_lowercase();
                let high = text.replace("tier = \"medium\"", "tier = \"high\"").replace("\"180d\"", "\"90d\"");
                // The digest of terms that nobody has any more.
                format!("{high}\n[[scope.adopts]]\nheld = {held}\nsha256 = \"{}\"\n", "0b".repeat(32))
            })
        },
    },
    Fault {
        id: "left-alone",
        cloud: "aws",
        about: "a host that Config's remediation leaves alone until next year",
        findings: &[("exception-unapproved", "sf-patched of sf-loyalty-se-2", "fail")],
        apply: |e| {
            e.place(SHOP, "us-east-1")?.left_alone.push(json!({"ConfigRuleName": "sf-patched", "ResourceType": "AWS::SSM::ManagedInstanceInventory",
                "ResourceId": "sf-loyalty-se-2", "Message": "until the till is replaced", "ExpirationTime": "2027-03-31T00:00:00+00:00"}));
            Ok(())
        },
    },
];
