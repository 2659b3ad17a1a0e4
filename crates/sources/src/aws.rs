//! Amazon Web Services.

pub mod autoscaling;
pub mod cloudtrail;
pub mod cloudwatch;
pub mod config;
pub mod ec2;
pub mod events;
pub mod inspector2;
pub mod organizations;
pub mod resource_data_sync;
pub mod sns;
pub mod ssm;

use crate::Operation;
use patchseal_core::scope::Scope;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Lists of operations, a list per service.
pub const OPERATIONS: &[&[&Operation]] = &[
    autoscaling::OPERATIONS,
    cloudtrail::OPERATIONS,
    cloudwatch::OPERATIONS,
    config::OPERATIONS,
    ec2::OPERATIONS,
    events::OPERATIONS,
    inspector2::OPERATIONS,
    organizations::OPERATIONS,
    resource_data_sync::OPERATIONS,
    sns::OPERATIONS,
    ssm::OPERATIONS,
];

/// The partition of a region: China and GovCloud have ARNs of their own (trap 24).
fn partition(scope: &Scope) -> &'static str {
    if scope.region.starts_with("cn-") {
        "aws-cn"
    } else if scope.region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// Members of an AWS Query request, form-encoded.
fn form(members: &[(&str, &str)]) -> Vec<u8> {
    let mut body = String::new();
    for (name, value) in members {
        if !body.is_empty() {
            body.push('&');
        }
        body.push_str(name);
        body.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                body.push(char::from(byte));
            } else {
                body.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    body.into_bytes()
}

/// A tag as most services print it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

fn tags(list: Vec<Tag>) -> BTreeMap<String, String> {
    list.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

/// Text that says something.
fn said(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchseal_core::scope::Cloud;

    #[test]
    fn forms_are_encoded() {
        assert_eq!(form(&[("Action", "X"), ("NextToken", "a+b/c=")]), b"Action=X&NextToken=a%2Bb%2Fc%3D");
    }

    /// Trap 24: partitions are separate.
    #[test]
    fn partitions() {
        let of = |region| partition(&Scope::new(Cloud::Aws, "111122223333", region));
        assert_eq!((of("cn-north-1"), of("us-gov-west-1"), of("eu-west-1")), ("aws-cn", "aws-us-gov", "aws"));
    }
}
