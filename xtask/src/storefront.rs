//! The bundled example: a retailer three days before Black Friday, written for this project in the documented shapes.
//!
//! A healthy estate is built first; each fault then changes one thing. Leaving a fault out gives the repaired estate.

mod aws;
mod azure;
mod command;
pub mod exceptions;
mod faults;
mod files;
mod monitoring;
pub mod quarter;
mod relations;
mod renaming;

pub use command::{USAGE, run};
pub use faults::{Fault, INHERENT, Inherent, faults};
pub use renaming::rename;

use relations::Relations;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;

/// A fault means something that the estate does not have.
#[derive(Debug)]
pub struct Missing(String);

impl fmt::Display for Missing {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "the example has no {}", self.0)
    }
}

impl std::error::Error for Missing {}

/// A fault was seeded.
pub type Done = Result<(), Missing>;

/// The estate on one day.
pub struct Estate {
    /// The day, such as `2026-11-24`.
    pub day: &'static str,
    /// Places of AWS: account and region.
    pub places: Vec<Place>,
    /// Resource Graph rows of machines, scale sets and maintenance configurations.
    pub resources: Vec<Value>,
    /// Rows of assessments.
    pub assessments: Vec<Value>,
    /// Rows of installation runs.
    pub installations: Vec<Value>,
    /// Rows of assignments and runs.
    pub maintenance: Vec<Value>,
    /// Rows of the CMDB: id, host name, owner, environment, service, data class.
    pub cmdb: Vec<[String; 6]>,
    /// Assignments and exemptions of Azure Policy.
    pub policies: Vec<Value>,
    /// Assessments of Defender that are exempt.
    pub exempt: Vec<Value>,
    /// Events of the Activity Log.
    pub events: Vec<Value>,
    /// Records of the ticket system.
    pub changes: Vec<Value>,
    /// Known exploited vulnerabilities: id and day listed.
    pub exploited: Vec<(String, String)>,
    /// Day of the catalogue of exploited vulnerabilities.
    pub kev_day: String,
    /// Who would hear of a failure in the subscription.
    pub monitoring: monitoring::Subscription,
    /// Days of the feeds that relate weaknesses to fixes.
    pub relations: Relations,
    /// Accounts of the organisation beyond the two that are read.
    pub accounts: Vec<Value>,
    /// Subscriptions beyond the one that is read.
    pub subscriptions: Vec<Value>,
    /// Answers refused with 403: paths without their ending.
    pub refused: Vec<String>,
    /// What was read once, days before the first full recording.
    pub early: Early,
    /// Exceptions.
    pub exceptions: Vec<exceptions::Exception>,
    /// The policy's own life.
    pub policy: PolicyLife,
}

/// When the policy was reviewed last, and whether it is as it was approved.
#[derive(Clone, Copy)]
pub struct PolicyLife {
    /// Day of the last review.
    pub reviewed: &'static str,
    /// It was edited after it was signed.
    pub edited: bool,
}

/// Part of the estate that an early recording read; without any, there is no such recording.
#[derive(Default)]
pub struct Early {
    /// Accounts and regions.
    pub places: Vec<(&'static str, &'static str)>,
    /// The subscription.
    pub subscription: bool,
}

/// One account and region.
pub struct Place {
    /// Account.
    pub account: &'static str,
    /// Region.
    pub region: &'static str,
    /// Hosts.
    pub hosts: Vec<Host>,
    /// Images.
    pub images: Vec<Value>,
    /// Auto Scaling groups.
    pub groups: Vec<Value>,
    /// Launch template versions by template id.
    pub templates: BTreeMap<String, Vec<Value>>,
    /// Baselines, in full.
    pub baselines: Vec<Value>,
    /// Patch group mappings.
    pub patch_groups: Vec<Value>,
    /// Windows with targets, tasks and executions.
    pub windows: Vec<Window>,
    /// Associations with executions.
    pub associations: Vec<(Value, Vec<Value>)>,
    /// Scanner findings.
    pub findings: Vec<Value>,
    /// Scanner filters.
    pub filters: Vec<Value>,
    /// Run Commands.
    pub commands: Vec<Value>,
    /// Who would hear of a failure.
    pub monitoring: monitoring::Region,
    /// Run Command invocations.
    pub invocations: Vec<Value>,
    /// Remediation exceptions of the Config rule on patches.
    pub left_alone: Vec<Value>,
    /// Events of CloudTrail.
    pub events: Vec<Value>,
}

/// A host of AWS, or a hybrid node.
pub struct Host {
    /// Name.
    pub name: String,
    /// `i-…` or `mi-…`.
    pub id: String,
    /// As EC2 lists it; `None` for a hybrid node.
    pub instance: Option<Value>,
    /// As SSM lists it.
    pub agent: Option<Value>,
    /// Last patch operation.
    pub state: Option<Value>,
    /// Patches.
    pub patches: Vec<Value>,
    /// Scanner coverage.
    pub coverage: Option<Value>,
}

/// A maintenance window.
pub struct Window {
    /// As listed.
    pub window: Value,
    /// Targets.
    pub targets: Vec<Value>,
    /// Tasks.
    pub tasks: Vec<Value>,
    /// Executions.
    pub executions: Vec<Value>,
}

/// Production account of the shop.
pub const SHOP: &str = "111122223333";
/// Account of the platform.
pub const PLATFORM: &str = "444455556666";
/// The subscription.
pub const SUBSCRIPTION: &str = "0aaaaaaa-0000-4000-8000-000000000001";

/// A subscription that is closed, and so need not be read.
pub const CLOSED_SUBSCRIPTION: &str = "0aaaaaaa-0000-4000-8000-000000000003";
/// A subscription that nobody reads.
pub const OTHER_SUBSCRIPTION: &str = "0aaaaaaa-0000-4000-8000-000000000002";

impl Estate {
    fn healthy(day: &'static str) -> Estate {
        let mut estate = Estate {
            day,
            places: Vec::new(),
            resources: Vec::new(),
            assessments: Vec::new(),
            installations: Vec::new(),
            maintenance: Vec::new(),
            cmdb: Vec::new(),
            policies: vec![azure::policy_assignment()],
            exempt: Vec::new(),
            events: Vec::new(),
            changes: vec![
                faults::changes::healthy("CHG0041001", "sf-web-pe-16"),
                faults::changes::healthy("CHG0041002", "sf-orders-db-pe-14"),
                faults::changes::weekly("CHG0041003", "mw-00000000000000001"),
                faults::changes::weekly("CHG0041004", "mw-01000000000000001"),
                faults::changes::weekly("CHG0041005", "mw-02000000000000001"),
                faults::changes::weekly("CHG0041006", "mw-03000000000000001"),
                faults::changes::weekly("CHG0041007", "sf-mc-weekly"),
            ],
            exploited: vec![("CVE-2026-90999".into(), "2026-03-02".into())],
            kev_day: day.to_owned(),
            monitoring: monitoring::subscription(),
            relations: Relations { msrc: day.to_owned(), amazon: day.to_owned() },
            accounts: Vec::new(),
            subscriptions: Vec::new(),
            refused: Vec::new(),
            early: Early::default(),
            exceptions: Vec::new(),
            policy: PolicyLife { reviewed: "2026-03-02", edited: false },
        };
        aws::build(&mut estate);
        azure::build(&mut estate);
        estate
    }

    /// The host of a name.
    pub fn host(&mut self, name: &str) -> Result<&mut Host, Missing> {
        let all = self.places.iter_mut().flat_map(|place| &mut place.hosts);
        all.into_iter().find(|host| host.name == name).ok_or_else(|| Missing(format!("host {name}")))
    }

    /// The place of an account and region.
    pub fn place(&mut self, account: &str, region: &str) -> Result<&mut Place, Missing> {
        let mut all = self.places.iter_mut();
        all.find(|place| place.account == account && place.region == region)
            .ok_or_else(|| Missing(format!("place {account}/{region}")))
    }

    /// The Resource Graph row of a name.
    pub fn resource(&mut self, name: &str) -> Result<&mut Value, Missing> {
        self.resources.iter_mut().find(|row| row["name"] == name).ok_or_else(|| Missing(format!("resource {name}")))
    }

    /// The assessment of a machine.
    pub fn assessment(&mut self, name: &str) -> Result<&mut Value, Missing> {
        let part = format!("/{name}/patchAssessmentResults/latest");
        let own = |row: &&mut Value| row["id"].as_str().is_some_and(|id| id.ends_with(&part));
        self.assessments.iter_mut().find(own).ok_or_else(|| Missing(format!("assessment of {name}")))
    }
}

/// What to leave out and how to name things.
#[derive(Clone, Copy, Default)]
pub struct Variant<'a> {
    /// Fault to leave out.
    pub repaired: Option<&'a str>,
    /// Every id and name is replaced.
    pub renamed: bool,
}

impl<'a> Variant<'a> {
    /// Faults that stay in.
    fn seeded(self) -> impl Iterator<Item = &'static Fault> + use<'a> {
        faults().filter(move |fault| self.repaired != Some(fault.id))
    }
}

/// Every file of the example by path.
///
/// # Errors
/// A fault means something that the estate does not have.
pub fn generate(variant: Variant<'_>) -> Result<BTreeMap<String, String>, Missing> {
    let mut all = BTreeMap::new();
    let mut early = Early::default();
    let mut filed = Vec::new();
    let mut life = PolicyLife { reviewed: "", edited: false };
    for day in ["2026-11-22", "2026-11-24"] {
        let mut estate = Estate::healthy(day);
        for fault in variant.seeded() {
            (fault.apply)(&mut estate)?;
        }
        files::write(&estate, &mut all);
        (early, filed, life) = (estate.early, estate.exceptions, estate.policy);
    }
    files::early(&Estate::healthy("2026-11-17"), &early, &mut all);
    filed.extend(quarter::write(variant, &mut all)?);
    all.insert("patchseal.toml".to_owned(), files::POLICY.to_owned() + &exceptions::policy(life.reviewed));
    if variant.renamed {
        all = all.into_iter().map(|(path, text)| (rename(&path), rename(&text))).collect();
    }
    // Renamed before they are signed: what is signed names hosts.
    for exception in &filed {
        exceptions::write(exception, variant.renamed, &mut all);
    }
    exceptions::approve_policy(life.edited, variant.renamed, &mut all);
    Ok(all)
}

/// The expectation of a variant, machine readable.
///
/// # Errors
/// The scenario of the quarter cannot be read.
pub fn expected(variant: Variant<'_>) -> Result<String, Missing> {
    let mut text = String::from(
        "# Generated by `cargo xtask storefront`. Each fault and the findings that must name it; no others may appear.\n\
         # Then the events of the quarter, each with the days from and to which a finding holds; no others may hold of the depot,\n\
         # nor of anything before 17 November.\n",
    );
    for fault in variant.seeded() {
        text.push_str(&format!(
            "\n[[fault]]\nid = \"{}\"\ncloud = \"{}\"\nabout = \"{}\"\n",
            fault.id, fault.cloud, fault.about
        ));
        for (rule, subject, verdict) in fault.findings {
            text.push_str(&format!(
                "[[fault.finding]]\nrule = \"{rule}\"\nsubject = \"{subject}\"\nverdict = \"{verdict}\"\n"
            ));
        }
    }
    for one in INHERENT {
        text.push_str(&format!(
            "\n[[inherent]]\nrule = \"{}\"\nsubject = \"{}\"\nverdict = \"{}\"\nbecause = \"{}\"\n",
            one.rule, one.subject, one.verdict, one.because
        ));
    }
    text.push_str(&quarter::expected(&quarter::events()?, variant));
    Ok(if variant.renamed { rename(&text) } else { text })
}

/// The README, generated from the faults and the scenario.
///
/// # Errors
/// The scenario of the quarter cannot be read.
pub fn readme() -> Result<String, Missing> {
    let mut text = String::from(
        "<!-- generated by `cargo xtask storefront` from the faults; change the generator, not this file -->\n\n\
         # Storefront\n\n\
         A retailer three days before Black Friday 2026: two AWS accounts in two regions each, one Azure subscription, tills and \
         store servers in a data centre, two full recordings on two days and an early one of a part; and a depot that was read once a \
         week for a quarter. All of it was written for \
         this project in the documented shapes; no answer of a real cloud is in it, and no name belongs to anybody.\n\n\
         ```\npatchseal assess examples/storefront\n```\n\n\
         Most machines are healthy. `expected.toml` says what is not, and which findings must name it; a test holds the result \
         equal to it, none missing, none extra. The policy turns `evidence.ingest_limit` and `exceptions.seal_limit` off, because \
         recordings and approvals are older than any import of them; the keys that signed the approvals are no secret.\n\n| fault | cloud | what is wrong | findings |\n| --- | --- | --- | --- |\n",
    );
    for fault in faults() {
        let findings: Vec<String> =
            fault.findings.iter().map(|(rule, subject, verdict)| format!("{verdict} `{rule}` on {subject}")).collect();
        text.push_str(&format!("| {} | {} | {} | {} |\n", fault.id, fault.cloud, fault.about, findings.join("; ")));
    }
    text.push_str("\nFound whichever fault is repaired:\n\n| finding | why |\n| --- | --- |\n");
    for one in INHERENT {
        text.push_str(&format!("| {} `{}` on {} | {} |\n", one.verdict, one.rule, one.subject, one.because));
    }
    text.push_str(QUARTER);
    text.push_str(&quarter::readme(&quarter::events()?));
    Ok(text)
}

/// What the README says of the quarter, before its events.
const QUARTER: &str = "\n## A quarter in the depot\n\n\
    `sf-depot` reads an account of its own on Tuesdays, from 1 September on: the folders `…-depot`. \
    [`xtask/src/storefront/quarter/scenario.toml`](../../xtask/src/storefront/quarter/scenario.toml) says what happens on which day; \
    the recordings, this table and the events of `expected.toml` are written from it. A test holds what `patchseal query` gives of the \
    depot, and of anything before 17 November, equal to the events: every finding, with its days, none extra. \
    [docs/history.md](../../docs/history.md) walks through them.\n\n";

/// Writes a variant of the example into a folder, in place of what is there.
///
/// # Errors
/// A file cannot be written, or a fault means something that the estate does not have.
pub fn write(folder: &Path, variant: Variant<'_>) -> io::Result<()> {
    for (path, text) in generate(variant).map_err(io::Error::other)? {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(())
}
