//! What can be said of an example's world.

use super::{World, aws, azure, since};
use crate::fact::*;
use crate::op;
use crate::scope::Cloud;
use crate::severity::Severity;
use std::collections::BTreeMap;

impl World {
    /// A running EC2 instance `i-<name>`, a month old, without tags.
    #[must_use]
    pub fn host(mut self, name: &str) -> World {
        self.scope = aws();
        self.host = format!("i-{name}");
        let host = self.plain_host(
            name,
            HostKind::Ec2Instance,
            format!("arn:aws:ec2:eu-west-1:111122223333:instance/i-{name}"),
        );
        self.fact(Fact::Host(host))
    }

    /// A running Azure virtual machine on platform patching.
    #[must_use]
    pub fn vm(mut self, name: &str) -> World {
        self.scope = azure();
        let id = format!(
            "/subscriptions/{}/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/{name}",
            azure().account
        );
        self.host = id.to_ascii_lowercase();
        let mut host = self.plain_host(name, HostKind::AzureVm, id);
        host.public_address = None;
        host.patch_settings = Some(PatchSettings {
            patch_mode: Some("AutomaticByPlatform".into()),
            assessment_mode: Some("AutomaticByPlatform".into()),
            bypass: Some(true),
            has_os_profile: true,
            legacy_extensions: Some(Vec::new()),
            ..PatchSettings::default()
        });
        self.fact(Fact::Host(host))
    }

    /// A connected Arc machine.
    #[must_use]
    pub fn arc(mut self, name: &str) -> World {
        self.scope = azure();
        let id = format!(
            "/subscriptions/{}/resourceGroups/rg-dc/providers/Microsoft.HybridCompute/machines/{name}",
            azure().account
        );
        self.host = id.to_ascii_lowercase();
        let mut host = self.plain_host(name, HostKind::ArcMachine, id);
        host.public_address = None;
        host.agent_status = Some("Connected".into());
        host.agent_seen = since(&self, 1);
        host.patch_settings = Some(PatchSettings {
            has_os_profile: true,
            legacy_extensions: Some(Vec::new()),
            assessment_mode: Some("AutomaticByPlatform".into()),
            ..PatchSettings::default()
        });
        self.fact(Fact::Host(host))
    }

    /// A hybrid SSM node `mi-<name>` that answers.
    #[must_use]
    pub fn node(mut self, name: &str) -> World {
        self.scope = aws();
        self.host = format!("mi-{name}");
        let agent =
            Agent { resource_type: "ManagedInstance".into(), name: name.into(), ..self.plain_agent(Ping::Online) };
        self.fact(Fact::Agent(agent))
    }

    fn plain_host(&self, name: &str, kind: HostKind, id: String) -> Host {
        Host {
            key: self.host.clone(),
            id,
            kind,
            account: None,
            region: (self.scope.cloud == Cloud::Azure).then(|| "westeurope".to_owned()),
            name: name.to_owned(),
            power: Power::Running,
            launched: since(self, 30 * 24),
            image: None,
            image_version: None,
            family: Family::Linux,
            os_name: String::new(),
            os_version: String::new(),
            tags: BTreeMap::new(),
            public_address: Some(false),
            group: None,
            template: None,
            patch_settings: None,
            agent_status: None,
            agent_seen: None,
        }
    }

    fn plain_agent(&self, ping: Ping) -> Agent {
        Agent {
            host: self.host.as_str().into(),
            account: None,
            region: None,
            ping: Some(ping),
            last_ping: since(self, if ping == Ping::Online { 0 } else { 72 }),
            resource_type: "EC2Instance".into(),
            platform_name: "Amazon Linux".into(),
            platform_version: "2023".into(),
            family: Family::Linux,
            name: "".into(),
            computer_name: "".into(),
            address: "".into(),
            registered: None,
            terminated: false,
            tags: BTreeMap::new(),
        }
    }

    /// Changes the host named last.
    #[must_use]
    pub fn with(self, change: impl Fn(&mut Host)) -> World {
        let key = self.host.clone();
        self.edit(|fact| {
            if let Fact::Host(host) = fact
                && host.key == key
            {
                change(host);
            }
            true
        })
    }

    /// A tag of the host.
    #[must_use]
    pub fn tag(self, key: &str, value: &str) -> World {
        let node = self.host.clone();
        self.with(|host| {
            host.tags.insert(key.to_owned(), value.to_owned());
        })
        .edit(|fact| {
            if let Fact::Agent(agent) = fact
                && *agent.host == *node
            {
                agent.tags.insert(key.to_owned(), value.to_owned());
            }
            true
        })
    }

    /// The host is terminated.
    #[must_use]
    pub fn terminated(self) -> World {
        self.with(|host| host.power = Power::Terminated)
    }

    /// The host's SSM agent.
    #[must_use]
    pub fn agent(self, ping: Ping) -> World {
        let agent = self.plain_agent(ping);
        self.fact(Fact::Agent(agent))
    }

    /// The host was scanned so many hours ago, successfully, and every patch of it was read.
    #[must_use]
    pub fn scanned(self, hours_ago: i64) -> World {
        self.scanned_with(hours_ago, |_| {})
    }

    /// The same, with a change to the state.
    #[must_use]
    pub fn scanned_with(self, hours_ago: i64, change: impl FnOnce(&mut PatchState)) -> World {
        let host = self.host.clone();
        let mut state = PatchState {
            host: host.as_str().into(),
            action: PatchAction::Scan,
            status: ScanStatus::Succeeded,
            started: since(&self, hours_ago),
            ended: since(&self, hours_ago),
            baseline: (self.scope.cloud == Cloud::Aws).then(|| "pb-0123456789abcdef0".into()),
            snapshot: None,
            patch_group: "".into(),
            override_list: None,
            counts: PatchCounts {
                missing: Some(0),
                failed: Some(0),
                pending_reboot: Some(0),
                ..PatchCounts::default()
            },
            reboot_pending: None,
            reboot_option: None,
            last_no_reboot_install: None,
            error: "".into(),
            support: None,
        };
        change(&mut state);
        let is_aws = self.scope.cloud == Cloud::Aws;
        let world = self.fact(Fact::PatchState(state));
        if is_aws { world.complete_about(op::PATCHES, &host) } else { world }
    }

    /// A patch of the host.
    #[must_use]
    pub fn patch(self, title: &str, presence: PatchPresence, severity: Severity) -> World {
        self.patch_with(title, presence, severity, |_| {})
    }

    /// The same, with a change to the row.
    #[must_use]
    pub fn patch_with(
        self,
        title: &str,
        presence: PatchPresence,
        severity: Severity,
        change: impl FnOnce(&mut Patch<'static>),
    ) -> World {
        let mut patch = Patch {
            host: self.host.clone().into(),
            title: title.to_owned().into(),
            kb: None,
            version: None,
            presence,
            severity,
            security: true,
            installed: None,
            published: None,
            cves: Vec::new(),
        };
        change(&mut patch);
        self.fact(Fact::Patch(patch))
    }

    /// A vulnerability with a fix that a scanner first saw on the host so many hours ago.
    #[must_use]
    pub fn vulnerable(self, cve: &str, package: &str, severity: Severity, hours_ago: i64) -> World {
        let found = Vulnerability {
            host: self.host.clone(),
            account: aws().account.to_string(),
            id: format!("arn:aws:inspector2:eu-west-1:111122223333:finding/{cve}/{}", self.host),
            cve: cve.to_owned(),
            severity,
            status: "ACTIVE".into(),
            first_observed: since(&self, hours_ago),
            last_observed: since(&self, 1),
            published: None,
            fix_available: true,
            exploit_available: false,
            packages: vec![package.to_owned()],
        };
        self.fact(Fact::Vulnerability(found))
    }

    /// The weakness was listed as exploited so many hours ago.
    #[must_use]
    pub fn exploited(self, cve: &str, hours_ago: i64) -> World {
        let added = since(&self, hours_ago);
        self.fact(Fact::Exploited(Exploited { cve: cve.to_owned(), added, due: None, ransomware: false }))
    }

    /// An enabled weekly window `mw-<name>`; AWS or Azure, after the host named last.
    #[must_use]
    pub fn window(self, name: &str) -> World {
        self.window_with(name, |_| {})
    }

    /// The same, with a change.
    #[must_use]
    pub fn window_with(mut self, name: &str, change: impl FnOnce(&mut Window)) -> World {
        let is_azure = self.scope.cloud == Cloud::Azure;
        let id = if is_azure {
            format!(
                "/subscriptions/{}/resourcegroups/rg-shop/providers/microsoft.maintenance/maintenanceconfigurations/{name}",
                azure().account
            )
        } else {
            format!("mw-{name}")
        };
        self.window = id.clone();
        let mut window = Window {
            key: id.clone(),
            id,
            name: name.to_owned(),
            account: None,
            region: None,
            enabled: true,
            schedule: if is_azure { "Week Saturday".into() } else { "cron(0 2 ? * SAT *)".into() },
            zone: Some("UTC".into()),
            starts: None,
            ends: None,
            next: (!is_azure).then(|| self.hours_ahead(4 * 24)),
            recurrence: is_azure.then(|| super::plans::weekly_from(self.hours_ahead(-3 * 24))),
            duration_minutes: Some(180),
            cutoff_minutes: Some(60),
            install: is_azure.then(|| InstallSelection {
                reboot_setting: "IfRequired".into(),
                linux_classifications: vec!["Critical".into(), "Security".into()],
                windows_classifications: vec!["Critical".into(), "Security".into(), "UpdateRollup".into()],
                ..InstallSelection::default()
            }),
            maintenance_scope: is_azure.then(|| "InGuestPatch".to_owned()),
        };
        change(&mut window);
        let key = window.key.clone();
        let world = self.fact(Fact::Window(Box::new(window)));
        if is_azure {
            return world;
        }
        [op::WINDOW_TARGETS, op::WINDOW_TASKS, op::WINDOW_EXECUTIONS]
            .into_iter()
            .fold(world, |world, operation| world.complete_about(operation, &key))
    }

    /// What the window named last is aimed at.
    #[must_use]
    pub fn aimed_at(self, target: Target) -> World {
        let window = self.window.clone();
        self.fact(Fact::WindowTarget(WindowTarget { window, id: "target-1".into(), targets: vec![target] }))
    }

    /// The window named last runs the patch document.
    #[must_use]
    pub fn patching(self, action: PatchAction) -> World {
        let window = self.window.clone();
        self.fact(Fact::WindowTask(WindowTask {
            window,
            id: "task-1".into(),
            document: "AWS-RunPatchBaseline".into(),
            action: Some(action),
            target_ids: vec!["target-1".into()],
            targets: Vec::new(),
        }))
    }

    /// The window named last ran so many hours ago with this status.
    #[must_use]
    pub fn ran(self, hours_ago: i64, status: &str) -> World {
        let started = since(&self, hours_ago);
        let window = self.window.clone();
        self.fact(Fact::WindowExecution(WindowExecution {
            window,
            id: format!("run-{hours_ago}"),
            status: status.to_owned(),
            details: String::new(),
            started,
            ended: started,
            host: None,
        }))
    }

    /// A custom baseline for Amazon Linux 2023 that approves everything after 5 days, with a change.
    #[must_use]
    pub fn baseline(self, change: impl FnOnce(&mut Baseline)) -> World {
        let mut baseline = Baseline {
            id: "pb-0123456789abcdef0".into(),
            name: "linux".into(),
            os: "AMAZON_LINUX_2023".into(),
            rules: vec![ApprovalRule {
                filters: vec![("CLASSIFICATION".into(), vec!["*".into()]), ("SEVERITY".into(), vec!["*".into()])],
                approve_after_days: Some(5),
                approve_until: None,
                non_security: false,
                compliance_level: "CRITICAL".into(),
            }],
            global_filters: Vec::new(),
            approved: Vec::new(),
            rejected: Vec::new(),
            rejected_action: "ALLOW_AS_DEPENDENCY".into(),
            patch_groups: Vec::new(),
            available_security: None,
            modified: None,
        };
        change(&mut baseline);
        let listed = BaselineListed {
            id: baseline.id.clone(),
            name: baseline.name.clone(),
            os: baseline.os.clone(),
            default: false,
        };
        self.fact(Fact::BaselineListed(listed)).fact(Fact::Baseline(Box::new(baseline)))
    }

    /// A row of the outside inventory `cmdb`.
    #[must_use]
    pub fn outside(self, id: &str, name: &str, cloud_id: Option<&str>) -> World {
        self.fact(Fact::Outside(OutsideHost {
            inventory: "cmdb".into(),
            id: id.into(),
            name: name.into(),
            cloud_id: cloud_id.map(Into::into),
            address: None,
            os: "".into(),
            in_use: true,
            tags: crate::tags::Tags::default(),
        }))
    }
}
