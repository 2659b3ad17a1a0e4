//! Exceptions of the example: written and signed like a customer's, with keys that are no secret.

use super::quarter::{DEPOT, REGION};
use super::{PLATFORM, rename};
use jiff::Timestamp;
use patchseal::config::exception::parse;
use patchseal::exceptions::draft::{self, Draft};
use patchseal::exceptions::{envelope, key};
use patchseal_core::exception::{Kind, Member, Selector, Tier};
use patchseal_core::severity::Severity;
use std::collections::BTreeMap;

/// An exception to one finding.
pub struct Exception {
    /// Id.
    pub id: String,
    /// What it covers.
    pub covers: Covers,
    /// Who approves it.
    pub approvers: Vec<String>,
    /// Why.
    pub justification: String,
    /// When it was written; it is signed an hour later.
    pub created: String,
    /// When it ends.
    pub expires: String,
    /// Changes its text before it is approved.
    pub change: fn(String) -> String,
}

/// What an exception covers.
pub enum Covers {
    /// That a baseline of the platform, by its id, rejects patches.
    Rejects(String),
    /// That a machine of the depot, by its id, is overdue with a fix.
    Overdue {
        /// Id of the machine.
        host: String,
        /// Fix line.
        line: String,
        /// Weakness.
        cve: String,
    },
}

/// Approvers: id, person, role.
const APPROVERS: [(&str, &str, &str); 2] =
    [("sf-team-lead", "sf-person-2", "team-lead"), ("sf-security-head", "sf-person-3", "security-head")];

/// When those of the platform were written.
pub const CREATED: &str = "2026-11-10T09:00:00Z";
/// When the policy was approved.
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
    let member = member(&exception.covers, named);
    let time = |text: &str| text.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let id = named(&exception.id);
    let created = time(&exception.created);
    let tier = Tier::of(member.severity, false);
    let text = draft::text(&Draft {
        id: &id,
        kind: Kind::Deferral,
        tier,
        limit: tier.longest(),
        justification: &exception.justification,
        owner: &named("sf-shop-owner"),
        requester: &named("sf-web-engineer"),
        ticket: None,
        created,
        start: None,
        expires: time(&exception.expires),
        selector: &Selector::default(),
        members: &[member],
        adopts: &[],
    });
    let text = named(&(exception.change)(text));
    let source = format!("exceptions/{id}.toml");
    let signed = Timestamp::from_second(created.as_second() + 3_600).unwrap_or(created);
    if let Ok(record) = parse(&text, &source) {
        for approver in &exception.approvers {
            let signed = envelope::sign(&record, &named(approver), signed, &key::from_seed(&key_of(approver)));
            all.insert(format!("exceptions/{id}.{}.dsse.json", named(approver)), signed);
        }
    }
    all.insert(source, text);
}

/// The finding as it was when the exception was written.
fn member(covers: &Covers, named: impl Fn(&str) -> String) -> Member {
    let none = Member {
        finding: "".into(),
        rule: "".into(),
        subject: "".into(),
        owner: None,
        severity: Severity::Medium,
        exploited: false,
        internet_facing: false,
        production: false,
        data_class: None,
        fix_lines: Vec::new(),
        cves: Vec::new(),
    };
    match covers {
        Covers::Rejects(baseline) => {
            let (rule, subject) = ("baseline-rejects-patches", named(baseline));
            let finding = finding_id(&[rule, "aws", &named(PLATFORM), "eu-west-1", "patch-baseline", &subject]);
            Member { finding: finding.into(), rule: rule.into(), subject: subject.into(), ..none }
        }
        Covers::Overdue { host, line, cve } => {
            let (rule, account) = ("patch-overdue", named(DEPOT));
            let subject = format!("arn:aws:ec2:{REGION}:{account}:instance/{}", named(host));
            Member {
                finding: finding_id(&[rule, "aws", &account, REGION, "ec2-instance", &subject]).into(),
                rule: rule.into(),
                subject: subject.into(),
                owner: Some(named("store-systems").into()),
                severity: Severity::High,
                production: true,
                data_class: Some("internal".into()),
                fix_lines: vec![line.clone()],
                cves: vec![cve.clone()],
                ..none
            }
        }
    }
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
