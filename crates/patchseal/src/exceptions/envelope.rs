//! An approval: a DSSE envelope (github.com/secure-systems-lab/dsse, v1) around an in-toto Statement v1
//! (github.com/in-toto/attestation), whose subject is the digest of what is approved.

use base64::prelude::*;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use jiff::Timestamp;
use patchseal_core::exception::{ExceptionPolicy, Record};
use patchseal_core::exchange::Digest;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Media type of what is signed.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// Type of the statement.
pub const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// Type of what it says.
pub const PREDICATE: &str = "https://github.com/patchseal/patchseal/predicate/exception-approval/v1";
/// Type of what an approval of a policy says.
pub const POLICY_PREDICATE: &str = "https://github.com/patchseal/patchseal/predicate/policy-approval/v1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<Signed>,
}

#[derive(Serialize, Deserialize)]
struct Signed {
    #[serde(default)]
    keyid: String,
    sig: String,
}

#[derive(Deserialize)]
struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: Predicate,
}

#[derive(Deserialize)]
struct Subject {
    name: String,
    digest: Digests,
}

#[derive(Deserialize)]
struct Digests {
    sha256: String,
}

#[derive(Deserialize)]
struct Predicate {
    approver: String,
    decision: String,
    signed_at: String,
}

/// What an approval says, whoever signed it.
pub struct Said {
    /// Exception; or the policy's file name.
    pub exception: String,
    /// Approver.
    pub approver: String,
    /// What was approved.
    pub record: Digest,
    /// When, by its own word.
    pub signed_at: Timestamp,
    /// The bytes that are signed.
    signed: Vec<u8>,
    signatures: Vec<Signature>,
}

/// DSSE's pre-authentication encoding: what the signature is over.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// Signs a record; gives the envelope's text.
pub fn sign(record: &Record, approver: &str, at: Timestamp, key: &SigningKey) -> String {
    let statement = json!({
        "_type": STATEMENT,
        "subject": [{"name": name(&record.id), "digest": {"sha256": record.digest.to_string()}}],
        "predicateType": PREDICATE,
        "predicate": {
            "approver": approver,
            "decision": "approve",
            "expires": record.expires.to_string(),
            "signed_at": at.to_string(),
            "version": record.version,
        },
    });
    enclose(&statement, key)
}

/// Signs the text of a policy; gives the envelope's text.
pub fn sign_policy(source: &str, digest: Digest, approver: &str, at: Timestamp, key: &SigningKey) -> String {
    let statement = json!({
        "_type": STATEMENT,
        "subject": [{"name": format!("policy/{source}"), "digest": {"sha256": digest.to_string()}}],
        "predicateType": POLICY_PREDICATE,
        "predicate": {"approver": approver, "decision": "approve", "signed_at": at.to_string()},
    });
    enclose(&statement, key)
}

fn enclose(statement: &serde_json::Value, key: &SigningKey) -> String {
    let payload = statement.to_string().into_bytes();
    let signature = key.sign(&pae(PAYLOAD_TYPE, &payload));
    let envelope = Envelope {
        payload: BASE64_STANDARD.encode(&payload),
        payload_type: PAYLOAD_TYPE.to_owned(),
        signatures: vec![Signed {
            keyid: patchseal_log::sha256(key.verifying_key().as_bytes()).to_string(),
            sig: BASE64_STANDARD.encode(signature.to_bytes()),
        }],
    };
    serde_json::to_string_pretty(&envelope).map(|text| text + "\n").unwrap_or_default()
}

fn name(id: &str) -> String {
    format!("exceptions/{id}")
}

/// Reads an envelope; the error is a sentence with a line where there is one.
pub fn read(text: &str) -> Result<Said, (usize, String)> {
    read_as(text, PREDICATE, "exceptions/")
}

/// The same of a policy.
pub fn read_policy(text: &str) -> Result<Said, (usize, String)> {
    read_as(text, POLICY_PREDICATE, "policy/")
}

fn read_as(text: &str, predicate: &str, prefix: &str) -> Result<Said, (usize, String)> {
    let envelope: Envelope =
        serde_json::from_str(text).map_err(|error| (error.line(), format!("not a DSSE envelope: {error}")))?;
    let wrong = |what: String| (1, what);
    if envelope.payload_type != PAYLOAD_TYPE {
        return Err(wrong(format!("payloadType is {:?}, and {PAYLOAD_TYPE:?} was expected", envelope.payload_type)));
    }
    let payload = decode(&envelope.payload).ok_or_else(|| wrong("its payload is no base64".to_owned()))?;
    let statement: Statement =
        serde_json::from_slice(&payload).map_err(|error| wrong(format!("its payload is no approval: {error}")))?;
    for (found, expected) in [
        (&statement.kind, STATEMENT),
        (&statement.predicate_type, predicate),
        (&statement.predicate.decision, "approve"),
    ] {
        if found != expected {
            return Err(wrong(format!("its payload says {found:?}, and {expected:?} was expected")));
        }
    }
    let [subject] = statement.subject.as_slice() else {
        return Err(wrong(format!("its statement has {} subjects, and one was expected", statement.subject.len())));
    };
    let digest: Result<patchseal_log::Digest, _> = subject.digest.sha256.parse();
    let exception = subject.name.strip_prefix(prefix).unwrap_or_default().to_owned();
    let signatures: Option<Vec<Signature>> = envelope
        .signatures
        .iter()
        .map(|one| decode(&one.sig).and_then(|bytes| Signature::from_slice(&bytes).ok()))
        .collect();
    let signed_at = statement.predicate.signed_at.parse();
    Ok(Said {
        exception,
        approver: statement.predicate.approver,
        record: Digest(digest.map_err(|_| wrong("its subject has no SHA-256 digest".to_owned()))?.0),
        signed_at: signed_at.map_err(|_| wrong(format!("{:?} is no time", statement.predicate.signed_at)))?,
        signed: pae(PAYLOAD_TYPE, &payload),
        signatures: signatures.ok_or_else(|| wrong("a signature is no Ed25519 signature in base64".to_owned()))?,
    })
}

/// The specification lets producers use either alphabet.
fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).or_else(|_| BASE64_URL_SAFE.decode(text)).ok()
}

impl Said {
    /// Whether the approver that it names signed it, by the key of the policy; else why not.
    pub fn verify(&self, policy: &ExceptionPolicy) -> Result<(), String> {
        let Some(approver) = policy.approver(&self.approver) else {
            return Err(format!("the policy has no key of {:?}", self.approver));
        };
        let key = VerifyingKey::from_bytes(&approver.key)
            .map_err(|_| format!("the key of {:?} in the policy is no Ed25519 key", self.approver))?;
        match self.signatures.iter().any(|signature| key.verify_strict(&self.signed, signature).is_ok()) {
            true => Ok(()),
            false => Err(format!("it is not signed with the key of {:?}", self.approver)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of DSSE's protocol.md.
    #[test]
    fn the_encoding_is_that_of_the_specification() {
        let encoded = pae("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
        assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
    }
}
