//! What a rule may look up. Every look-up gives a reading, so that a rule has to say what "not there" and "not read"
//! mean.

use crate::asset::{Asset, Lineage};
use crate::engine::Subject;
use crate::estate::{Estate, Placed};
use crate::exchange::Evidence;
use crate::exposure::Exposure;
use crate::fact::*;
use crate::lifecycle::LifecycleRow;
use crate::op;
use crate::policy::Policy;
use crate::reading::{Gap, Reading, Reason};
use crate::schedule::{Meant, Schedule};
use crate::scope::{Cloud, Scope};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

mod changes;
mod claims;
mod collectors;
mod delays;
mod exceptions;
mod held;
mod history;
mod holdings;
mod images;
mod installers;
mod joined;
mod listed;
mod monitoring;
mod outside;
mod related;
mod scanner;
mod subjects;
mod tickets;

pub use changes::{ChangeSubject, Named, doubt, exactly, no_records, rests_on};
pub use collectors::CollectorSubject;
pub use delays::{Missing, OnRecord, Wanted};
pub use exceptions::Watched;
pub use held::{Adoption, Concern, HeldSubject, nobody_holds};
pub use history::{Covered, SettingSubject, no_history};
pub use holdings::Holding;
pub use images::{Launch, LaunchImages};
pub use installers::Installers;
pub(crate) use installers::is_by_platform;
pub use monitoring::{Alert, Route};
pub use tickets::{Ticket, is_run};

pub use subjects::{BaselineSubject, FeedSubject, Lacking, Population, ScopeSubject, SuppressionSubject};

/// What rules look things up in.
pub struct Context<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The state.
    pub estate: &'a Estate,
    /// The time.
    pub as_of: Timestamp,
    hosts_by_scope: BTreeMap<&'a Scope, Vec<&'a Asset>>,
    joined: Vec<joined::Joined<'a>>,
    /// Hosts as findings describe them, where there are any.
    subjects: Vec<OnceLock<Arc<Subject>>>,
    outside_rows: Vec<(usize, &'a Placed<OutsideHost>)>,
    /// Hosts by the names that change records use, where any does.
    host_names: OnceLock<changes::HostNames<'a>>,
    feed_gaps: OnceLock<BTreeMap<&'static str, String>>,
    maintenance_runs: OnceLock<BTreeMap<&'a str, Vec<&'a crate::claim::Claim>>>,
    changes_by_name: OnceLock<changes::ChangesByName<'a>>,
    events_by_resource: OnceLock<history::EventsByResource<'a>>,
    gaps: BTreeMap<Scope, Vec<Gap>>,
    listings: BTreeMap<&'static str, BTreeMap<Scope, Result<Evidence, Gap>>>,
    exceptions: Vec<crate::exception::ExceptionSubject<'a>>,
}

impl<'a> Context<'a> {
    /// Around a state.
    pub fn new(policy: &'a Policy, estate: &'a Estate) -> Context<'a> {
        let mut schedules_by_scope: BTreeMap<&Scope, Vec<&Schedule>> = BTreeMap::new();
        for schedule in &estate.schedules {
            schedules_by_scope.entry(&schedule.scope).or_default().push(schedule);
        }
        let mut hosts_by_scope: BTreeMap<&Scope, Vec<&Asset>> = BTreeMap::new();
        for asset in estate.assets.iter().filter(|asset| asset.runs_a_host_os()) {
            hosts_by_scope.entry(&asset.scope).or_default().push(asset);
        }
        let mut gaps: BTreeMap<Scope, Vec<Gap>> = BTreeMap::new();
        for gap in estate.coverage.gaps() {
            gaps.entry(gap.scope.clone()).or_default().push(gap);
        }
        let azure_schedules: Vec<&Schedule> =
            estate.schedules.iter().filter(|schedule| schedule.scope.cloud == Cloud::Azure).collect();
        let mut context = Context {
            policy,
            estate,
            as_of: estate.as_of,
            hosts_by_scope,
            joined: Context::join(estate, &schedules_by_scope, &azure_schedules),
            subjects: estate.assets.iter().map(|_| OnceLock::new()).collect(),
            outside_rows: Context::rows_by_host(estate),
            host_names: OnceLock::new(),
            feed_gaps: OnceLock::new(),
            maintenance_runs: OnceLock::new(),
            changes_by_name: OnceLock::new(),
            events_by_resource: OnceLock::new(),
            gaps,
            listings: BTreeMap::new(),
            exceptions: Vec::new(),
        };
        context.listings = context.list_listings();
        context
    }

    /// Answers that many hosts ask about are looked up once per scope.
    fn list_listings(&self) -> BTreeMap<&'static str, BTreeMap<Scope, Result<Evidence, Gap>>> {
        let operations = [
            op::AGENTS,
            op::PATCH_STATES,
            op::SCAN_COVERAGE,
            op::VULNERABILITIES,
            op::COMPLIANCE,
            op::AZURE_RESOURCES,
            op::AZURE_ASSESSMENTS,
            op::AZURE_INSTALLATIONS,
            op::AZURE_MAINTENANCE,
            op::WINDOWS,
            op::ASSOCIATIONS,
            op::EC2_INSTANCES,
        ];
        let mut scopes: Vec<Scope> = self.estate.assets.iter().map(|asset| asset.scope.clone()).collect();
        scopes.extend(self.estate.scopes.keys().cloned());
        scopes.extend(self.estate.facts.groups.iter().map(|((scope, _), _)| scope.clone()));
        scopes.sort();
        scopes.dedup();
        let listing = |operation: &'static str| {
            let answers =
                scopes.iter().map(|scope| (scope.clone(), self.estate.coverage.answered_around(operation, scope)));
            (operation, answers.collect())
        };
        operations.into_iter().map(listing).collect()
    }

    /// Whether an operation was answered completely for a scope, or account-wide around it.
    pub fn answered(&self, operation: &'static str, scope: &Scope) -> Result<Evidence, Gap> {
        match self.listings.get(operation).and_then(|scopes| scopes.get(scope)) {
            Some(known) => known.clone(),
            None => self.estate.coverage.answered_around(operation, scope),
        }
    }

    /// What the run that speaks for a scope could not read there.
    pub fn gaps(&self, scope: &Scope) -> &[Gap] {
        self.gaps.get(scope).map(Vec::as_slice).unwrap_or_default()
    }

    /// Present, or absent from a complete answer, or unread.
    fn reading<T>(&self, found: Option<(T, Evidence)>, operation: &'static str, scope: &Scope) -> Reading<T> {
        match found {
            Some((value, evidence)) => Reading::Known(value, evidence),
            None => match self.answered(operation, scope) {
                Ok(evidence) => Reading::Absent(evidence),
                Err(gap) => Reading::Unread(gap),
            },
        }
    }

    /// The run that speaks for a host's scope: when it observed, as far as any did.
    pub fn observed_at(&self, evidence: &Evidence) -> Timestamp {
        self.estate.exchange(evidence.exchange).observed_at
    }

    /// A host's last scan, if it succeeded and is recent enough to say something about now.
    pub fn fresh_scan(&self, asset: &Asset) -> Reading<&'a PatchState> {
        match self.patch_state(asset) {
            Reading::Known(state, evidence) => {
                let stale = |message: String| {
                    Reading::Unread(Gap {
                        operation: self.estate.exchange(evidence.exchange).operation.clone(),
                        scope: asset.scope.clone(),
                        subject: Some(asset.key.clone()),
                        reason: Reason::Stale,
                        message,
                        evidence: Some(evidence.clone()),
                    })
                };
                match (state.status, state.ended) {
                    (ScanStatus::Failed | ScanStatus::InProgress, _) => {
                        stale("the last scan did not succeed".to_owned())
                    }
                    (_, None) => stale("the last scan has no time".to_owned()),
                    (_, Some(ended)) if self.age(ended) > self.policy.evidence.scan_max_age => {
                        stale(format!("last scanned {}", crate::text::ago(self.age(ended))))
                    }
                    _ => Reading::Known(state, evidence),
                }
            }
            other => other,
        }
    }

    /// Whether a vulnerability scanner covers an AWS host.
    pub fn scan_coverage(&self, asset: &Asset) -> Reading<&'a ScanCoverage> {
        let found =
            self.estate.facts.scan_coverage.get(&asset.key).map(|placed| (&placed.fact, placed.evidence.clone()));
        self.reading(found, op::SCAN_COVERAGE, &asset.scope)
    }

    /// Vulnerabilities a scanner reported on a host, closed ones left out.
    pub fn vulnerabilities(&self, asset: &Asset) -> Vec<&'a Placed<Vulnerability>> {
        let from = (asset.key.clone(), String::new());
        let own = self.estate.facts.vulnerabilities.from(&from).take_while(|((host, _), _)| *host == asset.key);
        own.map(|(_, placed)| placed).filter(|placed| placed.fact.status != "CLOSED").collect()
    }

    /// A host's compliance in one type, such as `Patch`.
    pub fn compliance(&self, asset: &Asset, compliance_type: &str) -> Reading<&'a Compliance> {
        let key = (asset.key.clone(), compliance_type.to_owned());
        let found = self.estate.facts.compliance.get(&key).map(|placed| (&placed.fact, placed.evidence.clone()));
        self.reading(found, op::COMPLIANCE, &asset.scope)
    }

    /// Kernels among a host's installed software.
    pub fn kernels(&self, asset: &Asset) -> Vec<&'a Placed<Software>> {
        let from = (asset.key.clone(), String::new(), String::new(), String::new());
        let own = self.estate.facts.software.from(&from).take_while(|((host, ..), _)| *host == asset.key);
        own.map(|(_, placed)| placed).filter(|placed| !placed.fact.name.is_empty()).collect()
    }

    /// Installation runs on an Azure host, oldest first.
    pub fn installations(&self, asset: &Asset) -> Vec<&'a Placed<Installation>> {
        let from = (asset.key.clone(), None, String::new());
        let own = self.estate.facts.installations.from(&from).take_while(|((host, ..), _)| *host == asset.key);
        own.map(|(_, placed)| placed).collect()
    }

    /// Patch commands sent to a host, oldest first.
    pub fn invocations(&self, asset: &Asset) -> Vec<&'a Placed<Invocation>> {
        let from = (asset.key.clone(), None, String::new());
        let own = self.estate.facts.invocations.from(&from).take_while(|((host, ..), _)| *host == asset.key);
        own.map(|(_, placed)| placed).collect()
    }

    /// An image by id.
    pub fn image(&self, scope: &Scope, id: &str) -> Reading<&'a Image> {
        let found =
            self.estate.facts.images.get(&(scope.clone(), id.to_owned())).map(|p| (&p.fact, p.evidence.clone()));
        self.reading(found, op::IMAGES, scope)
    }

    /// A group by its key.
    pub fn group(&self, lineage: &Lineage) -> Option<&'a Placed<Group>> {
        let key = (lineage.scope.clone(), lineage.group.clone()?);
        self.estate.facts.groups.get(&key)
    }

    /// Versions of a launch template, by id or name, oldest first.
    pub fn template_versions(&self, scope: &Scope, template: &str) -> Reading<Vec<&'a Placed<TemplateVersion>>> {
        let all = self.estate.facts.templates.iter();
        let own: Vec<_> = all
            .filter(|((place, ..), placed)| {
                place == scope && (placed.fact.id == template || placed.fact.name == template)
            })
            .map(|(_, placed)| placed)
            .collect();
        match own.first().map(|placed| placed.evidence.clone()) {
            Some(evidence) => Reading::Known(own, evidence),
            None => match self.estate.coverage.answered(op::TEMPLATES, scope, Some(template)) {
                Ok(evidence) => Reading::Absent(evidence),
                Err(gap) => Reading::Unread(gap),
            },
        }
    }

    /// A baseline by id. Ids print as `pb-…` in one place and as ARNs in another.
    pub fn baseline(&self, scope: &Scope, id: &str) -> Reading<&'a Baseline> {
        let short = |id: &str| id.rsplit('/').next().unwrap_or(id).to_owned();
        let wanted = short(id);
        let mut own = self.estate.facts.baselines.iter().filter(|((place, _), _)| place == scope);
        if let Some((_, placed)) = own.find(|((_, key), _)| short(key) == wanted) {
            return Reading::Known(&placed.fact, placed.evidence.clone());
        }
        let answered = |subject: &str| self.estate.coverage.answered(op::BASELINE, scope, Some(subject));
        match answered(&wanted).or_else(|gap| answered(id).map_err(|_| gap)) {
            Ok(evidence) => Reading::Absent(evidence),
            Err(gap) => Reading::Unread(gap),
        }
    }

    /// The baseline of a patch group, by operating system where the answer says it.
    pub fn patch_group(&self, scope: &Scope, group: &str) -> Reading<Vec<&'a PatchGroup>> {
        let all = self.estate.facts.patch_groups.iter();
        let own: Vec<_> =
            all.filter(|((place, name, _), _)| place == scope && name == group).map(|(_, placed)| placed).collect();
        let evidence = own.first().map(|placed| placed.evidence.clone());
        let found = evidence.map(|evidence| (own.iter().map(|placed| &placed.fact).collect(), evidence));
        self.reading(found, op::PATCH_GROUPS, scope)
    }

    /// Schedules that could mean a host, with whether they do. Unread schedules come as the second part.
    pub fn schedules_of(&self, asset: &Asset) -> (Vec<(&'a Schedule, Meant)>, Vec<Gap>) {
        let mut gaps = Vec::new();
        let sources: &[&'static str] = match asset.scope.cloud {
            Cloud::Azure => &[op::AZURE_RESOURCES, op::AZURE_MAINTENANCE],
            _ => &[op::WINDOWS, op::ASSOCIATIONS],
        };
        for operation in sources {
            gaps.extend(self.answered(operation, &asset.scope).err());
        }
        (self.joined(asset).schedules.to_vec(), gaps)
    }

    /// Hosts that a schedule means, and whether all hosts it could mean were listed.
    pub fn hosts_of(&self, schedule: &Schedule) -> (Vec<(&'a Asset, Meant)>, Option<Gap>) {
        let listing = if schedule.scope.cloud == Cloud::Azure { op::AZURE_RESOURCES } else { op::EC2_INSTANCES };
        let gap = self.answered(listing, &schedule.scope).err();
        let meant = |asset: &&'a Asset| Some((*asset, schedule.means(asset))).filter(|(_, meant)| *meant != Meant::No);
        let hosts = match schedule.scope.cloud {
            // A configuration reaches across resource groups, regions and subscriptions.
            Cloud::Azure => {
                let azure = self.hosts_by_scope.iter().filter(|(scope, _)| scope.cloud == Cloud::Azure);
                azure.flat_map(|(_, hosts)| hosts).filter_map(meant).collect()
            }
            _ => self.hosts_by_scope.get(&schedule.scope).into_iter().flatten().filter_map(meant).collect(),
        };
        (hosts, gap)
    }

    /// Members of a lineage.
    pub fn members(&self, lineage: &Lineage) -> impl Iterator<Item = &'a Asset> + use<'a> {
        let assets = &self.estate.assets;
        lineage.members.clone().into_iter().map(move |at| &*assets[at as usize])
    }

    /// Exposures of a lineage, open and closed.
    pub fn exposures(&self, lineage: &Lineage) -> impl Iterator<Item = &'a Exposure> + use<'a> {
        self.estate.ledger.of_lineage(&lineage.id)
    }

    /// A feed as it describes itself.
    pub fn feed(&self, subject: &FeedSubject) -> Reading<&'a Feed> {
        let found = self.estate.facts.feeds.get(subject.name).map(|placed| (&placed.fact, placed.evidence.clone()));
        let scope = feed_scope(subject.name);
        // Of a feed in several files each is a question of its own.
        match self.gaps(&scope).first() {
            Some(gap) if found.is_none() => Reading::Unread(gap.clone()),
            _ => self.reading(found, subject.operation, &scope),
        }
    }

    /// Whether a weakness is known to be exploited.
    pub fn exploited(&self, cve: &str) -> Reading<&'a Exploited> {
        let found = self.estate.facts.exploited.get(cve).map(|placed| (&placed.fact, placed.evidence.clone()));
        self.reading(found, op::KEV, &feed_scope("kev"))
    }

    /// Why the deadlines of a lineage's open exposures may be later than they should: their weaknesses could be listed as
    /// exploited, and the catalogue was not read.
    pub fn deadline_gap(&self, lineage: &str) -> Option<Gap> {
        let open = |exposure: &&Exposure| exposure.is_open() && !exposure.cves.is_empty();
        self.estate.ledger.of_lineage(lineage).find(open)?;
        match self.exploited("") {
            Reading::Unread(gap) => Some(gap),
            _ => None,
        }
    }

    /// End-of-life dates of a product cycle.
    pub fn lifecycle(&self, product: &str, cycle: &str) -> Reading<&'a LifecycleRow> {
        let key = (product.to_owned(), cycle.to_owned());
        let found = self.estate.facts.lifecycle.get(&key).map(|placed| (&placed.fact, placed.evidence.clone()));
        self.reading(found, op::LIFECYCLE, &feed_scope("lifecycle"))
    }

    /// The freeze of the policy that a time falls into, for a service.
    pub fn freeze_at(&self, time: Timestamp, service: Option<&str>) -> Option<&'a crate::policy::Freeze> {
        self.policy.freezes.iter().find(|freeze| {
            let for_service =
                freeze.services.is_empty() || service.is_some_and(|name| freeze.services.iter().any(|s| s == name));
            for_service && freeze.from <= time && time < freeze.to
        })
    }

    /// The gap of an operation that was worth asking in a scope, or account-wide around it, and was not read. Unlike
    /// [`Context::answered`] it lets pass what nobody expects there, such as a scanner that is not in use.
    pub fn expected_gap(&self, operation: &str, scope: &Scope) -> Option<&Gap> {
        let of = |gap: &&Gap| *gap.operation == *operation;
        self.gaps(scope).iter().find(of).or_else(|| self.gaps(&scope.account_wide()).iter().find(of))
    }
}

/// The scope of a feed.
pub fn feed_scope(name: &str) -> Scope {
    Scope::new(Cloud::Feeds, name, Scope::GLOBAL)
}
