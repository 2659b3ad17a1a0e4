//! Exceptions of the example: written and signed like a customer's, with keys that are no secret.

use super::{PLATFORM, rename};
use jiff::Timestamp;
use patchseal::config::exception::parse;
use patchseal::exceptions::draft::{self, Draft};
use patchseal::exceptions::{envelope, key};
use patchseal_core::exception::{Kind, Member, Selector, Tier};
use patchseal_core::severity::Severity;
use std::collections::BTreeMap;

/// An exception over what one baseline of the platform rejects.
pub struct Exception {
    /// Id.
    pub id: &'static str,
    /// Id of the baseline.
    pub subject: String,
    /// Who approves it.
    pub approvers: &'static [&'static str],
    /// Changes its text before it is approved.
    pub change: fn(String) -> String,
}

/// Approvers: id, person, role.
const APPROVERS: [(&str, &str, &str); 2] =
    [("sf-team-lead", "sf-person-2", "team-lead"), ("sf-security-head", "sf-person-3", "security-head")];

/// The rule that all of them are about.
const RULE: &str = "baseline-rejects-patches";
/// When all of them were written, and when they were signed.
const CREATED: &str = "2026-11-10T09:00:00Z";
const SIGNED: &str = "2026-11-10T10:00:00Z";
/// When they end, unless they say otherwise.
pub const EXPIRES: &str = "2027-01-31T00:00:00Z";

/// A key of the example: its seed is its number.
fn key_of(approver: &str) -> [u8; 32] {
    let at = APPROVERS.iter().position(|(id, ..)| *id == approver).unwrap_or_default();
    [at as u8 + 1; 32]
}

/// What the policy says of its review and of exceptions.
pub(super) fn policy(reviewed: &str) -> String {
    let mut text = format!("\n[review]\nlast = \"{reviewed}\"\nauthor = \"sf-web-engineer\"\n");
    text.push_str(
        "\n[exceptions]\n# Like the recordings, the approvals are older than any store that seals them.\nseal_limit = \"off\"\n\n\
         [exceptions.people]\nsf-web-engineer = \"sf-person-1\"\nsf-team-deputy = \"sf-person-2\"\n",
    );
    for (id, person, role) in APPROVERS {
        let key = key::public(&key::from_seed(&key_of(id)));
        text.push_str(&format!(
            "\n[[approvers]]\nid = \"{id}\"\nperson = \"{person}\"\nrole = \"{role}\"\nkey = \"{key}\"\n"
        ));
    }
    text
}

/// The approval of the policy by the head of security; of another text, where it was edited afterwards.
pub(super) fn approve_policy(edited: bool, renamed: bool, all: &mut BTreeMap<String, String>) {
    let Some(text) = all.get("patchseal.toml") else { return };
    let signed = if edited { text.replace("max_percent = 10", "max_percent = 5") } else { text.clone() };
    let digest = patchseal_core::exchange::Digest(patchseal_log::sha256(signed.as_bytes()).0);
    let by = "sf-security-head";
    let approver = if renamed { rename(by) } else { by.to_owned() };
    let at = SIGNED.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let signed = envelope::sign_policy("patchseal.toml", digest, &approver, at, &key::from_seed(&key_of(by)));
    all.insert(format!("patchseal.{approver}.dsse.json"), signed);
}

/// The files of an exception.
pub(super) fn write(exception: &Exception, renamed: bool, all: &mut BTreeMap<String, String>) {
    let named = |text: &str| if renamed { rename(text) } else { text.to_owned() };
    let (account, subject) = (named(PLATFORM), named(&exception.subject));
    let finding = finding_id(&[RULE, "aws", &account, "eu-west-1", "patch-baseline", &subject]);
    let member = Member {
        finding: finding.into(),
        rule: RULE.into(),
        subject: subject.into(),
        owner: None,
        severity: Severity::Medium,
        exploited: false,
        internet_facing: false,
        production: false,
        data_class: None,
        fix_lines: Vec::new(),
        cves: Vec::new(),
    };
    let time = |text: &str| text.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let id = named(exception.id);
    let text = draft::text(&Draft {
        id: &id,
        kind: Kind::Deferral,
        tier: Tier::Medium,
        limit: Tier::Medium.longest(),
        justification: "the graphics drivers come from the vendor until the peak is over",
        owner: &named("sf-shop-owner"),
        requester: &named("sf-web-engineer"),
        ticket: None,
        created: time(CREATED),
        start: None,
        expires: time(EXPIRES),
        selector: &Selector::default(),
        members: &[member],
        adopts: &[],
    });
    let text = (exception.change)(text);
    let source = format!("exceptions/{id}.toml");
    if let Ok(record) = parse(&text, &source) {
        for approver in exception.approvers {
            let signed = envelope::sign(&record, &named(approver), time(SIGNED), &key::from_seed(&key_of(approver)));
            all.insert(format!("exceptions/{id}.{}.dsse.json", named(approver)), signed);
        }
    }
    all.insert(source, text);
}

/// The id that results give a finding: the first 16 digits of a digest over rule and subject, each with its length.
fn finding_id(parts: &[&str]) -> String {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    let mut text = patchseal_log::sha256(&bytes).to_string();
    text.truncate(16);
    text
}
