//! Leaves and manifests as they are sealed. Frozen by golden tests: an old log has to stay readable.

use patchseal_core::exchange::FailureKind;
use patchseal_log::{Digest, Place};
use serde::{Deserialize, Serialize};

/// A batch's manifest, in its pack.
#[derive(Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// `patchseal.manifest/v1`.
    pub schema: String,
    /// The run. Its id stands in the leaf: it covers every batch, and packs are written before the last is known.
    pub run: RunEntry,
    /// Exchanges, in the order of their paths.
    pub exchanges: Vec<Entry>,
}

/// The schema's name.
pub const MANIFEST: &str = "patchseal.manifest/v1";

/// A run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEntry {
    /// Who asked.
    pub collector: String,
    /// When.
    pub observed_at: String,
    /// `imported` or `collected`.
    pub origin: String,
    /// Free text.
    pub note: String,
}

/// An exchange.
#[derive(Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Operation.
    pub operation: String,
    /// Cloud, account, region.
    pub scope: [String; 3],
    /// About what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Page.
    pub page: u32,
    /// File of the recording.
    pub path: String,
    /// HTTP status.
    pub status: u16,
    /// Media type.
    pub media_type: String,
    /// The body.
    pub body: Body,
    /// Pointers of what was redacted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<String>,
    /// Why there is no usable answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// A failure.
#[derive(Debug, Serialize, Deserialize)]
pub struct Failure {
    /// Kind.
    pub kind: String,
    /// What the provider or the reader said.
    pub message: String,
}

impl Failure {
    /// The kind; an unknown word of a later version is an error answer, never a success.
    pub fn kind(&self) -> FailureKind {
        FailureKind::from_word(&self.kind).unwrap_or(FailureKind::Error)
    }
}

/// Where a body lies.
#[derive(Debug, Serialize, Deserialize)]
pub struct Body {
    /// Of the redacted bytes.
    pub sha256: String,
    /// Length of the redacted bytes.
    pub bytes: u64,
    /// Pack, where it is another than the manifest's own (the body was stored before).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    /// Offset behind the pack's manifest.
    pub offset: u64,
    /// Length of the compressed frame.
    pub length: u32,
}

impl Body {
    /// The place in its pack.
    pub fn place(&self) -> Place {
        Place { offset: self.offset, length: self.length }
    }

    /// The digest.
    pub fn digest(&self) -> Option<Digest> {
        self.sha256.parse().ok()
    }
}

/// A leaf. Members are whole numbers and texts only, in the order of RFC 8785.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Leaf {
    /// A batch of exchanges.
    #[serde(rename = "batch/v1")]
    Batch {
        /// Exchanges.
        exchanges: u64,
        /// Those without a usable answer.
        failures: u64,
        /// When it was sealed.
        logged_at: String,
        /// Of the manifest.
        manifest: String,
        /// When the sources were asked.
        observed_at: String,
        /// Pack with the manifest.
        pack: String,
        /// Rows in the answers.
        rows: u64,
        /// Run.
        run: String,
        /// Number of the batch in its run, from 0.
        sequence: u32,
        /// Batches of the run.
        sequences: u32,
    },
    /// A policy in force.
    #[serde(rename = "policy/v1")]
    Policy {
        /// When it was sealed.
        logged_at: String,
        /// Pack whose manifest is the policy's text.
        pack: String,
        /// Of the text.
        sha256: String,
        /// File name.
        source: String,
    },
    /// An approval of a policy's text.
    #[serde(rename = "policy-approval/v1")]
    PolicyApproval {
        /// Id of who approved it, as the policy names them.
        approver: String,
        /// When it was sealed.
        logged_at: String,
        /// Pack whose manifest is the approval.
        pack: String,
        /// Of the policy's text.
        policy: String,
        /// Of the approval.
        sha256: String,
        /// File name.
        source: String,
    },
    /// A customer's own controls in force.
    #[serde(rename = "controls/v1")]
    Controls {
        /// When they were sealed.
        logged_at: String,
        /// Pack whose manifest is their text.
        pack: String,
        /// Of the text.
        sha256: String,
    },
    /// An exception with its approvals, or that its file is gone.
    #[serde(rename = "exception/v1")]
    Exception {
        /// Ids of those who approved it, as the policy names them.
        approvals: Vec<String>,
        /// Its id.
        exception: String,
        /// When it was sealed.
        logged_at: String,
        /// Pack whose manifest is the file's text and the approvals'; none where the file is gone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pack: Option<String>,
        /// Of what is approved; none where the file is gone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        record: Option<String>,
        /// Of the pack's manifest; none where the file is gone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sha256: Option<String>,
    },
    /// An evaluation.
    #[serde(rename = "evaluation/v1")]
    Evaluation {
        /// State of the world at this time.
        as_of: String,
        /// Leaf of the evaluation that the delta is held against; none where it is the whole state.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        base: Option<u64>,
        /// Digest of what it left to go on from, which is a cache and no evidence.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        carried: Option<String>,
        /// Rules and engine.
        edition: String,
        /// Failures.
        fail: u64,
        /// Root of the log that was read.
        input_root: String,
        /// Its size.
        input_size: u64,
        /// When it was sealed.
        logged_at: String,
        /// Inherited and not applicable.
        other: u64,
        /// Pack with the rows that came, changed or went. Evaluations sealed before history was kept have none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pack: Option<String>,
        /// Passes.
        pass: u64,
        /// Of the policy.
        policy: String,
        /// Leaf of the evaluation before, if any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        previous: Option<u64>,
        /// Root over the verdict stream.
        root: String,
        /// Unknowns.
        unknown: u64,
    },
}

impl Leaf {
    /// The leaf's bytes: canonical JSON. Sorted members, no floats and ASCII keys are all that RFC 8785 asks for here.
    pub fn bytes(&self) -> Vec<u8> {
        // `Value` keeps members in a sorted map.
        serde_json::to_value(self).map(|value| value.to_string().into_bytes()).unwrap_or_default()
    }

    /// Reads a leaf; `None` for a type of a later version, which is passed over.
    pub fn parse(bytes: &[u8]) -> Option<Leaf> {
        serde_json::from_slice(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Golden: the bytes of a leaf never change, or old logs could not be given again.
    #[test]
    fn a_leaf_is_frozen() {
        let leaf = Leaf::Batch {
            exchanges: 3,
            failures: 1,
            logged_at: "2026-11-24T06:00:05Z".into(),
            manifest: "aa".into(),
            observed_at: "2026-11-24T06:00:00Z".into(),
            pack: "bb".into(),
            rows: 12,
            run: "cc".into(),
            sequence: 0,
            sequences: 1,
        };
        let bytes = String::from_utf8(leaf.bytes()).unwrap();
        assert_eq!(
            bytes,
            r#"{"exchanges":3,"failures":1,"logged_at":"2026-11-24T06:00:05Z","manifest":"aa","observed_at":"2026-11-24T06:00:00Z","pack":"bb","rows":12,"run":"cc","sequence":0,"sequences":1,"type":"batch/v1"}"#
        );
        assert_eq!(Leaf::parse(bytes.as_bytes()), Some(leaf));
    }

    #[test]
    fn an_approval_of_a_policy_is_frozen() {
        let text = r#"{"approver":"ciso","logged_at":"2026-11-24T06:00:05Z","pack":"bb","policy":"cc","sha256":"dd","source":"patchseal.ciso.dsse.json","type":"policy-approval/v1"}"#;
        assert_eq!(String::from_utf8(Leaf::parse(text.as_bytes()).unwrap().bytes()).unwrap(), text);
    }

    #[test]
    fn leaves_of_exceptions_are_frozen() {
        let filed = r#"{"approvals":["ciso"],"exception":"EX-1","logged_at":"2026-11-24T06:00:05Z","pack":"bb","record":"cc","sha256":"dd","type":"exception/v1"}"#;
        let gone = r#"{"approvals":[],"exception":"EX-1","logged_at":"2026-11-24T06:00:05Z","type":"exception/v1"}"#;
        for text in [filed, gone] {
            assert_eq!(String::from_utf8(Leaf::parse(text.as_bytes()).unwrap().bytes()).unwrap(), text);
        }
    }

    #[test]
    fn an_evaluation_and_own_controls_are_frozen() {
        let evaluation = |base, pack: Option<&str>| Leaf::Evaluation {
            as_of: "2026-11-24T06:00:00Z".into(),
            base,
            carried: base.map(|_| "ff".into()),
            edition: "ee".into(),
            fail: 1,
            input_root: "aa".into(),
            input_size: 2,
            logged_at: "2026-11-24T06:00:05Z".into(),
            other: 3,
            pack: pack.map(str::to_owned),
            pass: 4,
            policy: "bb".into(),
            previous: None,
            root: "cc".into(),
            unknown: 5,
        };
        let controls =
            Leaf::Controls { logged_at: "2026-11-24T06:00:05Z".into(), pack: "dd".into(), sha256: "ee".into() };
        for (leaf, golden) in [
            (
                evaluation(Some(1), Some("dd")),
                r#"{"as_of":"2026-11-24T06:00:00Z","base":1,"carried":"ff","edition":"ee","fail":1,"input_root":"aa","input_size":2,"logged_at":"2026-11-24T06:00:05Z","other":3,"pack":"dd","pass":4,"policy":"bb","root":"cc","type":"evaluation/v1","unknown":5}"#,
            ),
            // As it was sealed before history was kept.
            (
                evaluation(None, None),
                r#"{"as_of":"2026-11-24T06:00:00Z","edition":"ee","fail":1,"input_root":"aa","input_size":2,"logged_at":"2026-11-24T06:00:05Z","other":3,"pass":4,"policy":"bb","root":"cc","type":"evaluation/v1","unknown":5}"#,
            ),
            (controls, r#"{"logged_at":"2026-11-24T06:00:05Z","pack":"dd","sha256":"ee","type":"controls/v1"}"#),
        ] {
            assert_eq!(String::from_utf8(leaf.bytes()).unwrap(), golden);
            assert_eq!(Leaf::parse(golden.as_bytes()), Some(leaf));
        }
    }
}
