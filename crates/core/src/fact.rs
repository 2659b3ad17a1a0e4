//! What pure parsers read out of answers. A fact says what a source said, never what it means.
//!
//! Hosts are named by the source's own short key: `i-…`, `mi-…`, or an ARM id in lower case. Times are the source's
//! own. A member that the answer does not have is `None`: a default would be an invention.

mod change;
mod held;
mod history;
mod image;
mod inventory;
mod monitoring;
mod patch;
mod relation;
mod schedule;

pub use change::*;
pub use held::*;
pub use history::*;
pub use image::*;
pub use inventory::*;
pub use monitoring::*;
pub use patch::*;
pub use relation::*;
pub use schedule::*;

/// One statement of a source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact<'a> {
    /// An account or subscription of the organisation.
    Account(Account),
    /// A region of an account.
    Region(Region),
    /// A machine on the cloud's own list.
    Host(Host),
    /// An Auto Scaling group or scale set.
    Group(Group),
    /// A machine image.
    Image(Image),
    /// A launch template version.
    Template(TemplateVersion),
    /// A launch configuration.
    LaunchConfiguration(LaunchConfiguration),
    /// A patch agent's own registration.
    Agent(Agent),
    /// A row of an outside inventory.
    Outside(OutsideHost),
    /// The last patch operation on a host, in counts.
    PatchState(PatchState),
    /// One patch on one host. The only fact that comes in tens of millions, hence the only one that borrows.
    Patch(Patch<'a>),
    /// An installation run on one host.
    Installation(Installation),
    /// A compliance summary of one host and compliance type.
    Compliance(Compliance),
    /// Installed software of one host.
    Software(Software),
    /// A vulnerability that a scanner sees on a host.
    Vulnerability(Vulnerability),
    /// Whether a scanner covers a host.
    ScanCoverage(ScanCoverage),
    /// A filter that hides scanner findings.
    Suppression(Suppression),
    /// A patch baseline in a list.
    BaselineListed(BaselineListed),
    /// A patch baseline with its rules.
    Baseline(Box<Baseline>),
    /// The baseline used where no patch group names one.
    DefaultBaseline(DefaultBaseline),
    /// A patch group's baseline.
    PatchGroup(PatchGroup),
    /// A maintenance window or maintenance configuration.
    Window(Box<Window>),
    /// What a window is aimed at.
    WindowTarget(WindowTarget),
    /// What a window does.
    WindowTask(WindowTask),
    /// One time a window ran.
    WindowExecution(WindowExecution),
    /// A State Manager association.
    Association(Box<Association>),
    /// One time an association ran.
    AssociationExecution(AssociationExecution),
    /// A Run Command.
    Command(Command),
    /// A Run Command on one host.
    Invocation(Invocation),
    /// State of a change calendar.
    Calendar(Calendar),
    /// A weakness known to be exploited.
    Exploited(Exploited),
    /// Probability of exploitation of a weakness.
    Epss(Epss),
    /// End-of-life dates of one product cycle.
    Lifecycle(crate::lifecycle::LifecycleRow),
    /// What a feed says of itself.
    Feed(Feed),
    /// A document of a feed that has several.
    FeedDocument(FeedDocument),
    /// Which fix removes which weaknesses.
    Relation(Box<Relation>),
    /// Something that watches deployments.
    Watcher(Box<Watcher>),
    /// A target of an event rule.
    RuleTarget(RuleTarget),
    /// An action group.
    Channel(Channel),
    /// A receiver of notifications.
    Receiver(Receiver),
    /// A step of an alert's life.
    AlertEvent(AlertEvent),
    /// An exception that a provider holds.
    Held(Box<HeldException>),
    /// What such an exception is from.
    HeldBasis(HeldBasis),
    /// A record of a ticket system about a change.
    Change(Box<ChangeRecord>),
    /// A change of a setting that decides what patches reach.
    SettingChange(Box<SettingChange>),
}

impl Fact<'_> {
    /// The same fact, borrowing nothing.
    pub fn into_static(self) -> Fact<'static> {
        macro_rules! same {
            ($($kind:ident),*) => {
                match self {
                    Fact::Patch(patch) => Fact::Patch(patch.into_owned()),
                    $(Fact::$kind(fact) => Fact::$kind(fact),)*
                }
            };
        }
        same!(
            Account,
            Region,
            Host,
            Group,
            Image,
            Template,
            LaunchConfiguration,
            Agent,
            Outside,
            PatchState,
            Installation,
            Compliance,
            Software,
            Vulnerability,
            ScanCoverage,
            Suppression,
            BaselineListed,
            Baseline,
            DefaultBaseline,
            PatchGroup,
            Window,
            WindowTarget,
            WindowTask,
            WindowExecution,
            Association,
            AssociationExecution,
            Command,
            Invocation,
            Calendar,
            Exploited,
            Epss,
            Lifecycle,
            Feed,
            FeedDocument,
            Relation,
            Watcher,
            RuleTarget,
            Channel,
            Receiver,
            AlertEvent,
            Held,
            HeldBasis,
            Change,
            SettingChange
        )
    }
}
