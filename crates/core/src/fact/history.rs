//! Who changed the settings that decide what patches reach.

use jiff::Timestamp;

/// What kind of setting was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SettingKind {
    /// A patch baseline, or which one is the default.
    Baseline,
    /// The baseline of a patch group.
    PatchGroup,
    /// A tag.
    Tag,
    /// A maintenance window, its targets or tasks.
    Window,
    /// A State Manager association.
    Association,
    /// How Azure patches or assesses a machine.
    PatchMode,
    /// A maintenance configuration or its assignment.
    Configuration,
}

impl SettingKind {
    /// The word used in results.
    pub fn as_str(self) -> &'static str {
        match self {
            SettingKind::Baseline => "patch baseline",
            SettingKind::PatchGroup => "patch group",
            SettingKind::Tag => "tag",
            SettingKind::Window => "maintenance window",
            SettingKind::Association => "association",
            SettingKind::PatchMode => "patch mode",
            SettingKind::Configuration => "maintenance configuration",
        }
    }
}

/// One change of a setting, as the cloud's own log has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SettingChange {
    /// The log's id of the event.
    pub event: String,
    /// What kind of setting.
    pub kind: SettingKind,
    /// Call or operation, such as `UpdatePatchBaseline`.
    pub action: String,
    /// Who, as the log has it: an ARN, an account, an application.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// Short ids of what was changed: `pb-…`, `mw-…`, `i-…`, or an ARM id in lower case.
    pub resources: Vec<String>,
    /// Key of the tag, where a tag was changed.
    pub tag: Option<String>,
    /// Value before, where the log has it.
    pub from: Option<String>,
    /// Value after, or what was asked for; `None` where the log does not say.
    pub to: Option<String>,
}

crate::carry::carried_words! {
    SettingKind { Baseline, PatchGroup, Tag, Window, Association, PatchMode, Configuration }
}

crate::carry::carried_struct! {
    SettingChange { event, kind, action, actor, at, resources, tag, from, to }
}
