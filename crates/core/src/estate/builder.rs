//! Folds runs, in order of observation, into the estate.

use super::facts::Facts;
use super::rows::Texts;
use super::table::Table;
use super::{Estate, ScopeHistory, ScopeRun};
use crate::asset::{Asset, Lineage};
use crate::claim::{ClaimBook, PlanRun, Seen};
use crate::clock::Times;
use crate::coverage::{Coverage, PageSigns};
use crate::exchange::{Evidence, Exchange, ExchangeId, Pointer, Run, Source};
use crate::exposure::{Ledger, Sighting};
use crate::fact::{AlertEvent, PatchAction, PatchPresence, ScanStatus};
use crate::fix::Remedy;
use crate::gather::{Gathered, Watch};
use crate::policy::Policy;
use crate::reading::Gap;
use crate::scope::{Cloud, Scope};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

mod answers;
mod assets;
mod carry;
mod claims;
mod join;
mod launches;

pub(crate) use answers::{listing, patches_read};
pub use carry::CARRIED_FORM;

/// Takes runs in.
#[derive(Clone)]
pub struct EstateBuilder<'p> {
    policy: &'p Policy,
    as_of: Timestamp,
    runs: Vec<Run>,
    exchanges: Vec<Source>,
    /// First exchange of the newest run that has any: what shows that a place was not asked.
    newest: Option<Evidence>,
    texts: Texts,
    scopes: BTreeMap<Scope, Arc<Scope>>,
    watch: Arc<Watch>,
    ledger: Ledger,
    claims: ClaimBook,
    assets: BTreeMap<Arc<str>, Box<Asset>>,
    last_scan: BTreeMap<Arc<str>, Timestamp>,
    histories: BTreeMap<Scope, ScopeHistory>,
    covered: BTreeMap<String, BTreeSet<Scope>>,
    latest: BTreeMap<String, RunState>,
    /// Changes of settings that any run's logs had.
    setting_changes: SettingChanges,
    past: super::Past,
    held: super::held::Remembered,
    current: RunState,
    /// Number of the next exchange, while a run is read again.
    again: Option<u32>,
    /// Alerts of every run: what fired and was never acted on does not pass by falling out of a history.
    alerts: Table<(Scope, AlertEvent), AlertEvent>,
}

type SettingChanges = super::table::Table<(String, Option<String>), crate::fact::SettingChange>;

/// What one run says.
#[derive(Clone, Default)]
struct RunState {
    run: u32,
    observed_at: Timestamp,
    facts: Facts,
    coverage: Coverage,
    /// Places whose scanner was to be read, and was not; known once all was read.
    unread_scanners: BTreeSet<Scope>,
    /// Its exchanges.
    exchanges: std::ops::Range<u32>,
    /// Exposures as they stood before it.
    watch: Arc<Watch>,
    /// Its facts were not read: it was carried over from an earlier reading.
    unread: bool,
}

impl<'p> EstateBuilder<'p> {
    /// For the state at `as_of` under a policy.
    pub fn new(policy: &'p Policy, as_of: Timestamp) -> EstateBuilder<'p> {
        EstateBuilder {
            policy,
            as_of,
            runs: Vec::new(),
            exchanges: Vec::new(),
            newest: None,
            texts: Texts::default(),
            scopes: BTreeMap::new(),
            watch: Arc::default(),
            ledger: Ledger::default(),
            claims: ClaimBook::default(),
            assets: BTreeMap::new(),
            last_scan: BTreeMap::new(),
            histories: BTreeMap::new(),
            covered: BTreeMap::new(),
            latest: BTreeMap::new(),
            setting_changes: SettingChanges::default(),
            past: super::Past::default(),
            held: super::held::Remembered::default(),
            current: RunState::default(),
            again: None,
            alerts: Table::default(),
        }
    }

    /// The estate as the runs so far make it, at a time before the one that this is for. More runs may follow; meanwhile
    /// everything is in memory twice.
    pub fn so_far(&self, as_of: Timestamp) -> Estate {
        EstateBuilder { as_of, ..self.clone() }.finish()
    }

    /// Begins a run. Runs come in the order of `observed_at`, then of collectors' names.
    pub fn begin(&mut self, run: Run) {
        self.watch = Arc::new(self.ledger.watch());
        let first = self.exchanges.len() as u32;
        self.current = RunState {
            run: self.runs.len() as u32,
            observed_at: run.observed_at,
            exchanges: first..first,
            watch: self.watch.clone(),
            ..RunState::default()
        };
        self.runs.push(run);
    }

    /// Exposures as they stood before this run, for [`crate::gather::Gatherer`].
    pub fn watch(&self) -> Arc<Watch> {
        self.watch.clone()
    }

    /// Takes note of an exchange of the run, and of what its page says of itself.
    pub fn add(&mut self, mut exchange: Exchange, signs: PageSigns) -> ExchangeId {
        let scope = match self.scopes.get(&exchange.scope) {
            Some(scope) => scope.clone(),
            None => {
                let scope = Arc::new(exchange.scope.clone());
                self.scopes.insert(exchange.scope.clone(), scope.clone());
                scope
            }
        };
        let Exchange { leaf, index, ref operation, observed_at, .. } = exchange;
        let source = Source { leaf, index, operation: operation.clone(), scope, observed_at };
        let id = match self.again {
            Some(next) if self.exchanges.get(next as usize) == Some(&source) => {
                self.again = Some(next + 1);
                ExchangeId(next)
            }
            again => {
                // Not the exchange that was told of: `end_again` says so.
                self.again = again.map(|_| u32::MAX);
                self.exchanges.push(source);
                ExchangeId(self.exchanges.len() as u32 - 1)
            }
        };
        if self.again.is_none() && self.current.coverage.questions().next().is_none() {
            self.newest = Some(Evidence { exchange: id, pointer: Pointer::Whole });
        }
        exchange.subject = exchange.subject.map(|subject| self.texts.text(&subject));
        self.current.coverage.add(id, &exchange, signs);
        id
    }

    /// Takes in what the exchange's answer states.
    pub fn absorb(&mut self, id: ExchangeId, gathered: Gathered) {
        let exchange = &self.exchanges[id.0 as usize];
        self.current.facts.absorb(&exchange.scope, &exchange.operation, id, gathered, &mut self.texts);
    }

    /// What was asked in this run so far.
    pub fn coverage(&self) -> &Coverage {
        &self.current.coverage
    }

    /// Takes note that something worth asking has no answer in this run.
    pub fn not_asked(&mut self, operation: &str, scope: Scope, subject: Option<Arc<str>>) {
        self.current.coverage.not_asked(operation, scope, subject);
    }

    /// Takes note that a question of this run without an answer need not have been asked.
    pub fn needless(&mut self, operation: Arc<str>, scope: Scope, subject: Option<Arc<str>>) {
        self.current.coverage.needless(operation, scope, subject);
    }

    /// Ends the run: hosts and exposures move to its time.
    pub fn end(&mut self) {
        let mut state = std::mem::take(&mut self.current);
        state.exchanges.end = self.exchanges.len() as u32;
        state.facts.settle();
        self.setting_changes.take_over(std::mem::take(&mut state.facts.setting_changes));
        self.held.see(&state.facts, &state.coverage);
        state.note_unread_scanners();
        let at = state.observed_at;
        for ((scope, id), placed) in state.facts.baselines.iter() {
            self.past.see(scope, id, format!("{:?}", placed.fact), at);
        }
        for ((scope, id), placed) in state.facts.windows.iter() {
            self.past.see(scope, id, format!("{:?}", placed.fact.install), at);
        }
        let collector = self.runs[state.run as usize].collector.clone();
        let mut covered: BTreeSet<Scope> = state.coverage.scopes().cloned().collect();
        covered.extend(state.facts.hosts.iter().map(|(_, host)| (*host.scope).clone()));
        self.note_history(&state, &covered, &collector);
        let before = self.covered.entry(collector.clone()).or_default();
        before.extend(covered);
        let scopes_of_collector = before.clone();
        self.move_assets(&mut state, &scopes_of_collector);
        let mut plans = self.take_claims(&state);
        self.move_exposures(&state, at, &mut plans);
        self.settle_claims(&state, plans);
        self.alerts.take_over(std::mem::take(&mut state.facts.alert_events));
        self.latest.insert(collector, state);
    }

    fn note_history(&mut self, state: &RunState, covered: &BTreeSet<Scope>, collector: &str) {
        let mut gaps: BTreeMap<Scope, Vec<Gap>> = BTreeMap::new();
        for gap in state.coverage.gaps() {
            gaps.entry(gap.scope.clone()).or_default().push(gap);
        }
        let mut evidence: BTreeMap<&Scope, Evidence> = BTreeMap::new();
        for (_, scope, _, question) in state.coverage.questions() {
            if let Some(first) = question.evidence() {
                evidence.entry(scope).or_insert(first);
            }
        }
        let missed = self.covered.get(collector).into_iter().flatten().filter(|scope| !covered.contains(*scope));
        for scope in covered.iter().chain(missed) {
            self.histories.entry(scope.clone()).or_default().runs.push(ScopeRun {
                run: state.run,
                observed_at: state.observed_at,
                gaps: gaps.get(scope).cloned().unwrap_or_default(),
                evidence: evidence.get(scope).cloned(),
            });
        }
    }

    /// Moves exposures to what the run saw of its hosts.
    fn move_exposures(&mut self, state: &RunState, at: Timestamp, plans: &mut PlanRun) {
        let keys: Vec<Arc<str>> = self.assets.keys().cloned().collect();
        for key in keys {
            let Some(asset) = self.assets.get(&key) else { continue };
            if asset.gone {
                if asset.last_seen <= at {
                    let lineage = asset.lineage.clone();
                    self.ledger.retire(at, &key, &lineage);
                    self.claims.retire(&key);
                }
                continue;
            }
            if asset.last_seen == at {
                self.move_host(state, at, &key, plans);
            }
        }
    }

    fn move_host(&mut self, state: &RunState, at: Timestamp, key: &Arc<str>, plans: &mut PlanRun) {
        let Some(asset) = self.assets.get(key) else { return };
        let scanned = state.facts.patch_state(key).filter(|p| p.fact.status != ScanStatus::Failed);
        let ended = scanned.and_then(|placed| placed.fact.ended).filter(|ended| *ended <= at);
        let (host, lineage) = (key.clone(), asset.lineage.clone());
        let sighting = |remedy: Arc<Remedy>| Sighting {
            host: host.clone(),
            lineage: lineage.clone(),
            remedy,
            severity: crate::severity::Severity::Unspecified,
            presence: PatchPresence::Missing,
            times: Times {
                first_detected: Some(ended.unwrap_or(at)),
                last_clear: self.last_scan.get(key).copied(),
                in_scope: Some(asset.launched.unwrap_or(asset.first_seen)),
                ..Times::default()
            },
            facing: asset.facing.counts_as_facing(),
            environment: asset.environment.clone(),
            by_scanner: false,
            evidence: asset.evidence.clone(),
        };
        let claimed = self.claims.concerns(key) || plans.concerns(&asset.scope);
        let looked = claims::separate_scan(state, asset).map(|(_, ended)| ended);
        let is_azure = asset.scope.cloud == Cloud::Azure;
        let mut shown: Vec<Seen> = Vec::new();
        let mut seen: Vec<Sighting> = Vec::new();
        let mut installed: BTreeMap<Arc<str>, Timestamp> = BTreeMap::new();
        for (row, evidence) in state.facts.patches.get(key).map(|patches| patches.rows.as_slice()).unwrap_or_default() {
            if row.presence.is_exposed() {
                let mut one = sighting(row.remedy.clone());
                one.severity = row.severity;
                one.presence = row.presence;
                one.times.released = row.published;
                one.evidence = evidence.clone();
                // Azure lists what its configurations leave out; SSM lists what its baseline approved.
                if claimed && (row.security || !is_azure) {
                    shown.push(Seen {
                        remedy: one.remedy.clone(),
                        awaits_reboot: row.presence == PatchPresence::PendingReboot,
                        by_scanner: false,
                        looked,
                        first: None,
                        released: row.published,
                        evidence: evidence.clone(),
                    });
                }
                seen.push(one);
            } else if let Some(time) = row.installed() {
                installed.entry(row.fix.line.clone()).and_modify(|known| *known = time.max(*known)).or_insert(time);
            }
        }
        let from = (key.clone(), String::new());
        for ((_, _), found) in state.facts.vulnerabilities.from(&from).take_while(|((owner, _), _)| owner == key) {
            // A suppressed finding is hidden, not fixed; a closed one can mean that the scanner stopped looking.
            if found.fact.status == "CLOSED" || !found.fact.fix_available {
                continue;
            }
            let Some(package) = found.fact.packages.iter().min() else { continue };
            let (line, cve) = (self.texts.text(package), self.texts.text(&found.fact.cve));
            let mut one = sighting(self.texts.remedy(Remedy::new(line.clone(), line, [cve])));
            one.severity = found.fact.severity;
            one.presence = PatchPresence::Available;
            one.by_scanner = true;
            one.times.first_detected = found.fact.first_observed.or(Some(at));
            one.times.published = found.fact.published;
            one.times.released = found.fact.published;
            one.evidence = found.evidence.clone();
            if claimed {
                shown.push(Seen {
                    remedy: one.remedy.clone(),
                    awaits_reboot: false,
                    by_scanner: true,
                    looked: found.fact.last_observed.or(Some(at)),
                    first: found.fact.first_observed,
                    released: None,
                    evidence: found.evidence.clone(),
                });
            }
            seen.push(one);
        }
        let mut still: BTreeSet<Arc<str>> = seen.iter().map(|one| one.remedy.fix_line.clone()).collect();
        for one in seen {
            self.ledger.see(at, one, self.policy);
        }
        if claimed {
            let before = self.last_scan.get(key).copied();
            let look = claims::look(state, asset, shown, &self.ledger, before, self.policy);
            self.claims.hold_against(&look);
            plans.hold_against(asset, &look);
        }
        // A scanner that was not read may still see what it saw.
        if !state.scanner_was_read(asset) {
            still.extend(self.ledger.seen_by_scanner(&lineage, key).cloned());
        }
        // A run's own result shows nothing in place: only a separate look does.
        let independent = scanned.is_some_and(|placed| placed.fact.action == PatchAction::Scan);
        if patches_read(&state.coverage, state.facts.patches.get(key).map(|patches| &**patches), asset).is_ok()
            && independent
        {
            self.ledger.clear(at, key, &lineage, &still, &installed);
            self.last_scan.insert(key.clone(), ended.unwrap_or(at));
        }
    }

    /// The estate: the latest run of each collector speaks for every scope that the collector ever read; where two
    /// collectors read the same scope, the one whose latest run is the newer.
    pub fn finish(mut self) -> Estate {
        self.last_scan = BTreeMap::new();
        let mut speaker: BTreeMap<Scope, (Timestamp, String)> = BTreeMap::new();
        for (collector, scopes) in &self.covered {
            let at = self.latest.get(collector).map_or(Timestamp::MIN, |state| state.observed_at);
            for scope in scopes {
                let candidate = (at, collector.clone());
                let best = speaker.entry(scope.clone()).or_insert_with(|| candidate.clone());
                if candidate > *best {
                    *best = candidate;
                }
            }
        }
        let mut facts = Facts::default();
        let mut coverage = Coverage::default();
        for (collector, state) in std::mem::take(&mut self.latest) {
            let speaks_for = |scope: &Scope| speaker.get(scope).is_none_or(|(_, name)| *name == collector);
            facts.merge(state.facts, &speaks_for);
            coverage.merge(state.coverage, speaks_for);
        }
        facts.held_before = std::mem::take(&mut self.held).without(&facts.held);
        facts.alert_events = std::mem::take(&mut self.alerts);
        facts.setting_changes = std::mem::take(&mut self.setting_changes);
        let listed =
            facts.exploited.iter().filter_map(|(cve, placed)| Some((cve.clone(), placed.fact.added?))).collect();
        self.ledger.exploit(&listed, self.policy);
        self.join(facts, coverage)
    }
}

/// The one-host lineages' and groups' table, filled by [`EstateBuilder::join`].
type LineageTable = BTreeMap<Arc<str>, Box<Lineage>>;
