//! What is wrong with the policy itself.

use super::Fault;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        id: "policy-edited",
        cloud: "governance",
        about: "a policy that lets more hosts be excluded than the text that was approved",
        findings: &[("policy-unapproved", "patchseal.toml", "fail")],
        apply: |e| {
            e.policy.edited = true;
            Ok(())
        },
    },
    Fault {
        id: "policy-forgotten",
        cloud: "governance",
        about: "a policy that nobody has reviewed for twenty months",
        findings: &[("policy-review-overdue", "patchseal.toml", "fail")],
        apply: |e| {
            e.policy.reviewed = "2025-03-03";
            Ok(())
        },
    },
];
