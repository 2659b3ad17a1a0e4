//! What ticket systems can say of an example's world.

use super::{World, since};
use crate::fact::{Approval, ChangeKind, ChangeOutcome, ChangeRecord, Fact, Said, SettingChange, SettingKind};

impl World {
    /// A patch change of the host named last: asked for, approved, tested, backed up and deployed a day ago by different
    /// people.
    #[must_use]
    pub fn change(self, id: &str) -> World {
        self.change_with(id, |_, _| {})
    }

    /// The same, with a change to the record.
    #[must_use]
    pub fn change_with(self, id: &str, edit: impl FnOnce(&World, &mut ChangeRecord)) -> World {
        let text = |text: &str| Said::Value(text.to_owned());
        let mut record = ChangeRecord {
            source: "servicenow".into(),
            id: id.into(),
            line: Some(2),
            title: text("Monthly patches"),
            categories: Said::Value(vec!["Patching".to_owned()]),
            kind: ChangeKind::Normal,
            requester: text("platform-engineer"),
            approval: Approval::Approved,
            approvers: Said::Value(vec!["change-manager".to_owned()]),
            approved_at: self.said(72),
            deployer: text("release-engineer"),
            window_start: self.said(24),
            window_end: self.said(20),
            deployed_at: self.said(24),
            closed_at: self.said(20),
            outcome: ChangeOutcome::Done,
            assets: Said::Value(vec![self.host.clone()]),
            test_environment: text("staging"),
            tested_at: self.said(48),
            backup_ref: text("snap-0123456789abcdef0"),
            backup_at: self.said(26),
            reviewed_at: Said::Nothing,
            ..ChangeRecord::default()
        };
        edit(&self, &mut record);
        self.fact(Fact::Change(Box::new(record)))
    }

    /// A time so many hours ago, as a record says it.
    pub fn said(&self, hours_ago: i64) -> Said<jiff::Timestamp> {
        since(self, hours_ago).map_or(Said::Nothing, Said::Value)
    }

    /// Somebody changed a setting of a resource so many hours ago.
    #[must_use]
    pub fn set(self, kind: SettingKind, resource: &str, hours_ago: i64) -> World {
        self.set_with(kind, resource, hours_ago, |_| {})
    }

    /// The same, with a change to the event.
    #[must_use]
    pub fn set_with(
        self,
        kind: SettingKind,
        resource: &str,
        hours_ago: i64,
        edit: impl FnOnce(&mut SettingChange),
    ) -> World {
        let mut change = SettingChange {
            event: format!("event-{}-{hours_ago}", kind.as_str()),
            kind,
            action: "UpdatePatchBaseline".to_owned(),
            actor: "arn:aws:sts::111122223333:assumed-role/platform/engineer-7".to_owned(),
            at: self.hours_ago(hours_ago),
            resources: vec![resource.to_owned()],
            tag: None,
            from: None,
            to: Some("RejectedPatches=[\"kernel*\"]".to_owned()),
        };
        edit(&mut change);
        self.fact(Fact::SettingChange(Box::new(change)))
    }
}
