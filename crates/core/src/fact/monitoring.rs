//! Who hears when patching goes wrong: alarms, rules over events, where they lead, and what became of alerts.

use jiff::Timestamp;

/// What can go wrong with a deployment of patches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// A patch run failed on a host.
    PatchRun,
    /// An agent no longer answers.
    LostAgent,
    /// A maintenance window, or its run, failed.
    Window,
}

impl Trouble {
    /// All, in the order of results.
    pub const ALL: [Trouble; 3] = [Trouble::PatchRun, Trouble::LostAgent, Trouble::Window];

    /// The word used in policies.
    pub fn as_str(self) -> &'static str {
        match self {
            Trouble::PatchRun => "patch-run",
            Trouble::LostAgent => "lost-agent",
            Trouble::Window => "window",
        }
    }

    /// In words, for messages.
    pub fn words(self) -> &'static str {
        match self {
            Trouble::PatchRun => "a failed patch run",
            Trouble::LostAgent => "a lost agent",
            Trouble::Window => "a failed maintenance window",
        }
    }
}

/// Something that watches: an alarm on a metric, a rule over events, an alert rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Watcher {
    /// ARN, or ARM id in lower case.
    pub id: String,
    /// Name.
    pub name: String,
    /// What it is, in words: `alarm`, `event rule`, `activity log alert`, `query alert`.
    pub kind: &'static str,
    /// It is on, and its actions are.
    pub enabled: bool,
    /// What it covers, sorted.
    pub covers: Vec<Trouble>,
    /// Its condition holds something that is not understood: it may cover what `covers` does not have, or less.
    pub unsure: bool,
    /// Topics and action groups that it calls. (Targets of event rules are on a list of their own.)
    pub calls: Vec<String>,
}

/// A target of an event rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleTarget {
    /// Name of the rule.
    pub rule: String,
    /// Id within the rule.
    pub id: String,
    /// ARN that is called.
    pub calls: String,
}

/// Where notifications leave: one receiver of a topic or action group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Receiver {
    /// ARN of the topic, or ARM id of the action group in lower case.
    pub channel: String,
    /// Position in the answer: receivers have no ids that are no addresses.
    pub number: u32,
    /// How: `email`, `sms`, `voice`, `push`, `role`, `itsm`, `https`, `lambda`, …
    pub way: String,
    /// Address of a web hook without its query; empty for people's addresses, which are not sealed.
    pub address: String,
    /// It is confirmed, or enabled.
    pub ready: bool,
}

/// An action group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Channel {
    /// ARM id in lower case.
    pub id: String,
    /// Name.
    pub name: String,
    /// It is on.
    pub enabled: bool,
}

/// What happened to an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlertStep {
    /// It fired.
    Fired,
    /// Somebody acknowledged it.
    Acknowledged,
    /// It was closed; an alarm went back to OK.
    Closed,
}

/// One step of an alert's life.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AlertEvent {
    /// Name of the alarm, or ARM id of the alert rule in lower case.
    pub watcher: String,
    /// Id of the alert; empty for an alarm, which is its own.
    pub alert: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub step: AlertStep,
}

crate::carry::carried_words! {
    AlertStep { Fired, Acknowledged, Closed }
}

crate::carry::carried_struct! {
    AlertEvent { watcher, alert, at, step }
}
