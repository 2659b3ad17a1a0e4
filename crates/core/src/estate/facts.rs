//! Every fact of a run, each kind in a table of its own.

use super::relations::Relations;
use super::rows::{PatchRow, Texts};
use super::table::{Placed, Table, packed};
use crate::exchange::{Evidence, ExchangeId, Pointer};
use crate::fact::*;
use crate::fix::is_kernel;
use crate::gather::{Gathered, HostRows};
use crate::scope::Scope;
use crate::tags::Tags;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Patches of a host in a run.
#[derive(Clone, Debug, Default)]
pub struct HostPatches {
    /// Rows of fixes the host lacks, and of fixes now in place that it lacked before; sorted.
    pub rows: Vec<(PatchRow, Evidence)>,
    /// Rows in the answers.
    pub count: u64,
    /// Rows of missing and failed fixes, those included that say the same as another one.
    pub lacking: u32,
    /// Operations that had rows of this host, sorted.
    pub via: Vec<Arc<str>>,
    /// Account and region of the answer.
    pub scope: Option<Arc<Scope>>,
}

/// Every fact of a run, or of the runs that speak for the present.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "each table holds the fact of its name, keyed as its type says")]
pub struct Facts {
    pub accounts: Table<String, Account>,
    pub regions: Table<(Scope, String), Region>,
    /// Machines on the clouds' lists, while their run is read; afterwards assets hold what they say.
    pub hosts: Table<Arc<str>, Host>,
    /// Keys of those machines, with the account and region of the list.
    pub listed: BTreeMap<Arc<str>, Arc<Scope>>,
    pub groups: Table<(Scope, Arc<str>), Group>,
    pub images: Table<(Scope, String), Image>,
    pub templates: Table<(Scope, String, u64), TemplateVersion>,
    pub launch_configurations: Table<(Scope, String), LaunchConfiguration>,
    pub agents: Table<Arc<str>, Agent>,
    pub outside: Table<(Arc<str>, Arc<str>), OutsideHost>,
    pub patch_states: Table<(Arc<str>, Option<Timestamp>), PatchState>,
    pub patches: BTreeMap<Arc<str>, Box<HostPatches>>,
    pub installations: Table<(Arc<str>, Option<Timestamp>, String), Installation>,
    pub compliance: Table<(Arc<str>, String), Compliance>,
    pub software: Table<(Arc<str>, String, String, String), Software>,
    pub vulnerabilities: Table<(Arc<str>, String), Vulnerability>,
    pub scan_coverage: Table<Arc<str>, ScanCoverage>,
    pub suppressions: Table<(Scope, String), Suppression>,
    pub baselines_listed: Table<(Scope, String), BaselineListed>,
    pub baselines: Table<(Scope, String), Baseline>,
    pub default_baselines: Table<(Scope, String), DefaultBaseline>,
    pub patch_groups: Table<(Scope, String, String), PatchGroup>,
    pub windows: Table<(Scope, String), Window>,
    pub window_targets: Table<(String, String), WindowTarget>,
    pub window_tasks: Table<(String, String), WindowTask>,
    pub window_executions: Table<(String, Option<Timestamp>, String), WindowExecution>,
    pub associations: Table<(Scope, String), Association>,
    pub association_executions: Table<(String, Option<Timestamp>, String), AssociationExecution>,
    pub commands: Table<(Scope, String), Command>,
    pub invocations: Table<(Arc<str>, Option<Timestamp>, String), Invocation>,
    pub calendars: Table<(Scope, String), Calendar>,
    pub exploited: Table<String, Exploited>,
    pub epss: Table<String, Epss>,
    pub lifecycle: Table<(String, String), crate::lifecycle::LifecycleRow>,
    pub feeds: Table<String, Feed>,
    /// By feed, whether its index names it, and id.
    pub feed_documents: Table<(String, bool, String), FeedDocument>,
    pub relations: Relations,
    pub watchers: Table<(Scope, String), Watcher>,
    pub rule_targets: Table<(Scope, String, String), RuleTarget>,
    pub channels: Table<String, Channel>,
    pub receivers: Table<(String, u32), Receiver>,
    pub alert_events: Table<(Scope, AlertEvent), AlertEvent>,
    pub held: Table<String, HeldException>,
    /// Those of earlier runs, where the list that they were on was not read since.
    pub held_before: Table<String, HeldException>,
    pub held_bases: Table<String, HeldBasis>,
    pub changes: Table<(Arc<str>, Arc<str>), ChangeRecord>,
    /// By event and tag, of all runs: what happened does not cease to have happened when a log forgets it.
    pub setting_changes: Table<(String, Option<String>), SettingChange>,
}

impl Facts {
    /// Takes in what one answer states.
    pub(super) fn absorb(
        &mut self,
        scope: &Arc<Scope>,
        operation: &str,
        id: ExchangeId,
        gathered: Gathered,
        texts: &mut Texts,
    ) {
        for (host, rows) in gathered.patches {
            self.absorb_patches(scope, operation, id, host, rows, texts);
        }
        let outside = gathered.outside.into_iter().map(|(pointer, row)| (pointer, Fact::Outside(row)));
        for (pointer, fact) in gathered.facts.into_iter().chain(outside) {
            self.absorb_fact(scope, Evidence { exchange: id, pointer }, fact, texts);
        }
    }

    fn absorb_patches(
        &mut self,
        scope: &Arc<Scope>,
        operation: &str,
        id: ExchangeId,
        host: String,
        rows: HostRows,
        texts: &mut Texts,
    ) {
        let patches = self.patches.entry(texts.text(&host)).or_default();
        patches.count += rows.count;
        patches.scope.get_or_insert_with(|| scope.clone());
        if let Err(at) = patches.via.binary_search_by(|known| (**known).cmp(operation)) {
            patches.via.insert(at, texts.text(operation));
        }
        // A run's record of a failed installation may be weeks old: whether the fix is missing now is for the assessment
        // to say. That it was installed is a claim, and claims are kept.
        let claims_only = operation.ends_with("Installations") || operation.ends_with("InstallPatches");
        for (pointer, patch, line) in rows.rows {
            if claims_only && patch.presence.is_exposed() {
                continue;
            }
            let row = PatchRow {
                detail: texts.detail(&patch, &line),
                installed: patch.installed.into(),
                presence: patch.presence,
            };
            patches.lacking += u32::from(row.presence.is_counted());
            patches.rows.push((row, Evidence { exchange: id, pointer }));
        }
    }

    /// Brings rows into an order that does not depend on the order of pages, and drops what was said twice.
    pub(super) fn settle(&mut self) {
        for patches in self.patches.values_mut() {
            patches.rows.sort_by(|(one, _), (other, _)| one.order().cmp(&other.order()));
            patches.rows.dedup_by(|(one, _), (other, _)| one == other);
            patches.rows.shrink_to_fit();
        }
        self.relations.settle();
    }

    fn absorb_fact(&mut self, asked: &Arc<Scope>, at: Evidence, fact: Fact<'static>, texts: &mut Texts) {
        // A row of an organisation-wide answer names its own place.
        let own = |account: &Option<String>, region: &Option<String>| match (account, region) {
            (None, None) => asked.clone(),
            _ => Arc::new(Scope::new(
                asked.cloud,
                account.as_deref().map_or_else(|| asked.account.clone(), Arc::from),
                region.as_deref().map_or_else(|| asked.region.clone(), Arc::from),
            )),
        };
        let here = |key: &str| ((**asked).clone(), key.to_owned());
        match fact {
            Fact::Patch(_) => {}
            Fact::Account(f) => self.accounts.put(f.id.clone(), asked, f, at),
            Fact::Region(f) => self.regions.put(here(&f.name), asked, f, at),
            Fact::Host(f) => self.hosts.put(texts.text(&f.key), &own(&f.account, &f.region), f, at),
            Fact::Group(f) => {
                let scope = own(&f.account, &f.region);
                self.groups.put(((*scope).clone(), texts.text(&f.key)), &scope, f, at);
            }
            Fact::Image(f) => self.images.put(here(&f.id), asked, f, at),
            Fact::Template(f) => self.templates.put(((**asked).clone(), f.id.clone(), f.version), asked, f, at),
            Fact::LaunchConfiguration(f) => self.launch_configurations.put(here(&f.name), asked, f, at),
            Fact::Agent(mut f) => {
                for text in
                    [&mut f.host, &mut f.resource_type, &mut f.platform_name, &mut f.platform_version, &mut f.name]
                {
                    *text = texts.text(text);
                }
                self.agents.put(f.host.clone(), &own(&f.account, &f.region), f, at);
            }
            Fact::Outside(mut f) => {
                f.inventory = texts.text(&f.inventory);
                f.os = texts.text(&f.os);
                f.tags = Tags::shared(f.tags.iter(), |key, value| texts.tag(key, value));
                self.outside.put((f.inventory.clone(), f.id.clone()), asked, f, at);
            }
            Fact::PatchState(mut f) => {
                for text in [&mut f.host, &mut f.patch_group, &mut f.error] {
                    *text = texts.text(text);
                }
                // No rule asks for a snapshot, and each is its own.
                f.snapshot = None;
                let words = [&mut f.baseline, &mut f.override_list, &mut f.reboot_option, &mut f.support];
                for text in words.into_iter().flatten() {
                    *text = texts.text(text);
                }
                self.patch_states.put((f.host.clone(), f.ended), asked, f, at);
            }
            Fact::Installation(f) => self.installations.put((texts.text(&f.host), f.ended, f.id.clone()), asked, f, at),
            Fact::Compliance(f) => self.compliance.put((texts.text(&f.host), f.compliance_type.clone()), asked, f, at),
            // Of installed software only kernels decide anything today, and a host has hundreds of packages.
            Fact::Software(f) if f.name.is_empty() || is_kernel(&f.name) => {
                let key = (texts.text(&f.host), f.inventory_type.clone(), f.name.clone(), f.version.clone());
                self.software.put(key, asked, f, at);
            }
            Fact::Software(_) => {}
            Fact::Vulnerability(f) => self.vulnerabilities.put((texts.text(&f.host), f.id.clone()), asked, f, at),
            Fact::ScanCoverage(mut f) => {
                for text in [&mut f.host, &mut f.account, &mut f.reason] {
                    *text = texts.text(text);
                }
                self.scan_coverage.put(f.host.clone(), asked, f, at);
            }
            Fact::Suppression(f) => self.suppressions.put(here(&f.id), asked, f, at),
            Fact::BaselineListed(f) => self.baselines_listed.put(here(&f.id), asked, f, at),
            Fact::Baseline(f) => self.baselines.put(here(&f.id), asked, *f, at),
            Fact::DefaultBaseline(f) => self.default_baselines.put(here(&f.os), asked, f, at),
            Fact::PatchGroup(f) => {
                self.patch_groups.put(((**asked).clone(), f.group.clone(), f.os.clone()), asked, f, at);
            }
            Fact::Window(f) => {
                let scope = own(&f.account, &f.region);
                self.windows.put(((*scope).clone(), f.key.clone()), &scope, *f, at);
            }
            Fact::WindowTarget(f) => self.window_targets.put((f.window.clone(), f.id.clone()), asked, f, at),
            Fact::WindowTask(f) => self.window_tasks.put((f.window.clone(), f.id.clone()), asked, f, at),
            Fact::WindowExecution(f) => {
                self.window_executions.put((f.window.clone(), f.started, f.id.clone()), asked, f, at);
            }
            Fact::Association(f) => self.associations.put(here(&f.id), asked, *f, at),
            Fact::AssociationExecution(f) => {
                self.association_executions.put((f.association.clone(), f.created, f.id.clone()), asked, f, at);
            }
            Fact::Command(f) => self.commands.put(here(&f.id), asked, f, at),
            Fact::Invocation(f) => {
                self.invocations.put((texts.text(&f.host), f.requested, f.command.clone()), asked, f, at)
            }
            Fact::Calendar(f) => self.calendars.put(here(&f.name), asked, f, at),
            Fact::Exploited(f) => self.exploited.put(f.cve.clone(), asked, f, at),
            Fact::Epss(f) => self.epss.put(f.cve.clone(), asked, f, at),
            Fact::Lifecycle(f) => self.lifecycle.put((f.product.clone(), f.cycle.clone()), asked, f, at),
            Fact::Feed(f) => self.feeds.put(f.name.clone(), asked, f, at),
            Fact::FeedDocument(f) => {
                self.feed_documents.put((f.feed.to_owned(), f.listed, f.id.clone()), asked, f, at);
            }
            Fact::Watcher(f) => {
                let name = if f.id.is_empty() { f.name.clone() } else { f.id.clone() };
                self.watchers.put(here(&name), asked, *f, at);
            }
            Fact::RuleTarget(f) => {
                self.rule_targets.put(((**asked).clone(), f.rule.clone(), f.id.clone()), asked, f, at);
            }
            Fact::Channel(f) => self.channels.put(f.id.clone(), asked, f, at),
            Fact::Receiver(f) => self.receivers.put((f.channel.clone(), f.number), asked, f, at),
            Fact::AlertEvent(f) => self.alert_events.put(((**asked).clone(), f.clone()), asked, f, at),
            Fact::Held(f) => self.held.put(f.id.clone(), asked, *f, at),
            Fact::HeldBasis(f) => self.held_bases.put(f.id.clone(), asked, f, at),
            Fact::Relation(f) => self.relations.put(&f, asked, at, texts),
            Fact::SettingChange(f) => {
                self.setting_changes.put((f.event.clone(), f.tag.clone()), asked, *f, at);
            }
            Fact::Change(f) => super::changes::put(&mut self.changes, asked, *f, at),
        }
    }

    /// The last patch state of a host.
    pub fn patch_state(&self, host: &str) -> Option<&Placed<PatchState>> {
        let from = (Arc::from(host), None);
        self.patch_states.from(&from).take_while(|((key, _), _)| **key == *host).last().map(|(_, placed)| placed)
    }

    /// Takes over what another run says of the scopes that `speaks_for` names.
    pub(super) fn merge(&mut self, other: Facts, speaks_for: &dyn Fn(&Scope) -> bool) {
        macro_rules! tables {
            ($($table:ident),*) => { $(self.$table.merge(other.$table, speaks_for);)* };
        }
        tables!(
            accounts,
            regions,
            hosts,
            groups,
            images,
            templates,
            launch_configurations,
            agents,
            outside,
            patch_states,
            installations,
            compliance,
            software,
            vulnerabilities,
            scan_coverage,
            suppressions,
            baselines_listed,
            baselines,
            default_baselines,
            patch_groups,
            windows,
            window_targets,
            window_tasks,
            window_executions,
            associations,
            association_executions,
            commands,
            invocations,
            calendars,
            exploited,
            epss,
            lifecycle,
            feeds,
            feed_documents,
            watchers,
            rule_targets,
            channels,
            receivers,
            held,
            held_bases,
            changes
        );
        self.relations.merge(other.relations, speaks_for);
        let (mut patches, mut listed) = (other.patches, other.listed);
        patches.retain(|_, patches| patches.scope.as_deref().is_none_or(speaks_for));
        listed.retain(|_, scope| speaks_for(scope));
        self.patches.append(&mut patches);
        self.listed.append(&mut listed);
        self.patches = packed(std::mem::take(&mut self.patches));
        self.listed = packed(std::mem::take(&mut self.listed));
    }

    /// Whether a pointer leads to a whole answer.
    pub fn whole(id: ExchangeId) -> Evidence {
        Evidence { exchange: id, pointer: Pointer::Whole }
    }
}
