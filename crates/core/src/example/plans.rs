//! More that can be said of an example's world: plans, images, scanners.

use super::{World, aws, since};
use crate::fact::*;
use crate::op;
use crate::recurrence::{Every, Recurrence};
use jiff::Timestamp;
use std::collections::BTreeMap;

impl World {
    /// A daily State Manager association `assoc-<name>` that runs the patch document on every managed node.
    #[must_use]
    pub fn association(self, name: &str, action: PatchAction) -> World {
        self.association_with(name, |association| association.action = Some(action))
    }

    /// The same with a change; without one the answer does not say what it does.
    #[must_use]
    pub fn association_with(self, name: &str, change: impl FnOnce(&mut Association)) -> World {
        let id = format!("assoc-{name}");
        let mut association = Association {
            id: id.clone(),
            name: name.to_owned(),
            document: "AWS-RunPatchBaseline".into(),
            action: None,
            targets: vec![Target::All],
            schedule: "rate(1 day)".into(),
            status: "Success".into(),
            last_executed: since(&self, 12),
        };
        change(&mut association);
        self.fact(Fact::Association(Box::new(association))).complete_about(op::ASSOCIATION_EXECUTIONS, &id)
    }

    /// The association ran so many hours ago with this status.
    #[must_use]
    pub fn association_ran(self, name: &str, hours_ago: i64, status: &str) -> World {
        let created = since(&self, hours_ago);
        self.fact(Fact::AssociationExecution(AssociationExecution {
            association: format!("assoc-{name}"),
            id: format!("run-{hours_ago}"),
            status: status.to_owned(),
            created,
            resources: String::new(),
        }))
    }

    /// The window named last is aimed at the host named last.
    #[must_use]
    pub fn aimed_here(self) -> World {
        let host = self.host.clone();
        self.aimed_at(Target::Hosts(vec![host]))
    }

    /// The window named last is aimed at a tag.
    #[must_use]
    pub fn aimed_at_tag(self, key: &str, value: &str) -> World {
        self.aimed_at(Target::Tag { key: key.to_owned(), values: vec![value.to_owned()] })
    }

    /// What the scanner says of covering the host: nothing wrong when there is no reason.
    #[must_use]
    pub fn covered(self, reason: Option<&str>) -> World {
        let host = self.host.clone();
        let last_scanned = since(&self, 6);
        self.fact(Fact::ScanCoverage(ScanCoverage {
            host: host.into(),
            account: aws().account,
            active: reason.is_none(),
            reason: reason.unwrap_or("SUCCESSFUL").into(),
            last_scanned,
        }))
    }

    /// A scanner filter that hides findings, with this reason.
    #[must_use]
    pub fn suppression(self, name: &str, reason: &str) -> World {
        let created = since(&self, 90 * 24);
        self.fact(Fact::Suppression(Suppression {
            id: format!("arn:aws:inspector2:eu-west-1:111122223333:owner/111122223333/filter/{name}"),
            name: name.to_owned(),
            suppresses: true,
            reason: reason.to_owned(),
            created,
            criteria: vec!["vulnerabilityId EQUALS CVE-2026-1111".into()],
        }))
    }

    /// A patch group and its baseline.
    #[must_use]
    pub fn patch_group(self, group: &str, baseline: &str) -> World {
        self.fact(Fact::PatchGroup(PatchGroup {
            group: group.to_owned(),
            os: String::new(),
            baseline: baseline.to_owned(),
        }))
    }

    /// An image of one's own, made so many days ago, with a change.
    #[must_use]
    pub fn image(self, id: &str, days_old: i64, change: impl FnOnce(&mut Image)) -> World {
        let mut image = Image {
            id: id.to_owned(),
            name: format!("golden-{days_old}"),
            created: since(&self, days_old * 24),
            deprecated: None,
            state: "available".into(),
            owner: "self".into(),
            source: None,
            tags: BTreeMap::new(),
        };
        change(&mut image);
        self.fact(Fact::Image(image))
    }

    /// An Auto Scaling group around the host named last, launched from version `version` of template `lt-1`.
    #[must_use]
    pub fn scaling_group(self, name: &str, version: &str) -> World {
        self.scaling_group_with(name, version, |_| {})
    }

    /// The same with a change.
    #[must_use]
    pub fn scaling_group_with(self, name: &str, version: &str, change: impl FnOnce(&mut Group)) -> World {
        let members = if self.host.is_empty() { Vec::new() } else { vec![self.host.clone()] };
        let mut group = Group {
            key: name.to_owned(),
            id: format!("arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:1:autoScalingGroupName/{name}"),
            name: name.to_owned(),
            account: None,
            region: None,
            templates: vec![("lt-1".to_owned(), version.to_owned())],
            launch_configuration: None,
            override_images: Vec::new(),
            image: None,
            members,
            tags: BTreeMap::new(),
            family: Family::Linux,
            upgrade_mode: None,
            automatic_os_upgrade: None,
            orchestration: None,
        };
        change(&mut group);
        let own = name.to_owned();
        self.with(|host| host.group = Some(own.clone())).fact(Fact::Group(group))
    }

    /// A version of template `lt-1` with its image.
    #[must_use]
    pub fn template(self, version: u64, default: bool, image: &str) -> World {
        let created = since(&self, 24 * 30);
        self.fact(Fact::Template(TemplateVersion {
            id: "lt-1".into(),
            name: "shop".into(),
            version,
            default,
            image: Some(image.to_owned()),
            created,
        }))
    }

    /// An Auto Scaling group around the host named last that launches from a launch configuration.
    #[must_use]
    pub fn configured_group(self, name: &str, configuration: &str) -> World {
        self.scaling_group_with(name, "", |group| {
            group.templates.clear();
            group.launch_configuration = Some(configuration.to_owned());
        })
    }

    /// A launch configuration with its image.
    #[must_use]
    pub fn launch_configuration(self, name: &str, image: &str) -> World {
        let created = since(&self, 24 * 300);
        let id =
            format!("arn:aws:autoscaling:eu-west-1:111122223333:launchConfiguration:1:launchConfigurationName/{name}");
        let image = Some(image.to_owned());
        self.fact(Fact::LaunchConfiguration(LaunchConfiguration { name: name.to_owned(), id, image, created }))
    }

    /// A change calendar as it is now, until so many hours from now.
    #[must_use]
    pub fn calendar(self, name: &str, open: bool, for_hours: i64) -> World {
        let at = Some(self.now());
        let next_transition = Some(self.hours_ahead(for_hours));
        self.fact(Fact::Calendar(Calendar { name: name.to_owned(), open, at, next_transition }))
            .complete_about(op::CALENDAR, name)
    }

    /// The current run observed so many hours before the time of the example, and nothing was asked since.
    #[must_use]
    pub fn observed_before(mut self, hours: i64) -> World {
        let at = self.hours_ago(hours);
        let draft = self.draft();
        (draft.at, draft.logged) = (at, at);
        self
    }

    /// A question that nobody had to ask is refused.
    #[must_use]
    pub fn refused_needlessly(mut self, operation: &'static str) -> World {
        self.draft().needless.insert((operation, super::place_of(operation), None));
        self.denied(operation)
    }

    /// Short key of the host named last.
    pub fn here(&self) -> &str {
        &self.host
    }
}

/// Every week from a time on, UTC.
pub(super) fn weekly_from(start: Timestamp) -> Recurrence {
    Recurrence {
        start: jiff::tz::TimeZone::UTC.to_datetime(start),
        zone: "UTC".into(),
        every: Every::Weeks(1, Vec::new()),
    }
}
