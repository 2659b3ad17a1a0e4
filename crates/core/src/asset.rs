//! Assets and lineages: who they are and what the policy makes of their tags.

use crate::exchange::Evidence;
use crate::fact::{Agent, Family, Host, HostKind, OutsideHost, PatchSettings, Power};
use crate::policy::Policy;
use crate::scope::Scope;
use crate::tags::Tags;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who patches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Responsibility {
    /// The customer: guest operating systems.
    Customer,
    /// Both.
    Shared,
    /// The provider.
    Provider,
}

/// Whether a host can be reached from the internet, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Facing {
    /// The answers show a public address.
    Address,
    /// A tag says yes.
    Declared,
    /// The answers have no public address, or a tag says no.
    Internal,
    /// Nobody says. Counts as internet-facing for deadlines: unknown must not relax anything.
    Unknown,
}

impl Facing {
    /// Whether deadlines for internet-facing assets apply.
    pub fn counts_as_facing(self) -> bool {
        !matches!(self, Facing::Internal)
    }
}

/// A host. There are a hundred thousand of them: texts that hosts have in common are shared.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Position among the estate's assets.
    pub(crate) position: u32,
    /// Short key: `i-…`, `mi-…`, an ARM id in lower case, or `inventory/<name>/<id>`.
    pub key: Arc<str>,
    /// ARN or ARM id as printed.
    pub id: Arc<str>,
    /// Kind.
    pub kind: HostKind,
    /// Account and region it is in.
    pub scope: Scope,
    /// Display name; the short key where there is none.
    pub name: Arc<str>,
    /// Lineage's id; equals `id` for a host that stands alone.
    pub lineage: Arc<str>,
    /// State.
    pub power: Power,
    /// Operating system family.
    pub family: Family,
    /// Operating system name as a source prints it.
    pub os_name: Arc<str>,
    /// Its version.
    pub os_version: Arc<str>,
    /// Image.
    pub image: Option<Arc<str>>,
    /// Its exact version where the answer has it (Azure `exactVersion`).
    pub image_version: Option<Arc<str>>,
    /// Launch.
    pub launched: Option<Timestamp>,
    /// Group key (Auto Scaling group name or scale set id).
    pub group: Option<Arc<str>>,
    /// Azure patch settings.
    pub patch_settings: Option<Arc<PatchSettings>>,
    /// Guest agent's status (Azure).
    pub agent_status: Option<Arc<str>>,
    /// Last change of it.
    pub agent_seen: Option<Timestamp>,
    /// Tags.
    pub tags: Tags,
    /// Service.
    pub service: Option<Arc<str>>,
    /// Owner: of the host, else of its service.
    pub owner: Option<Arc<str>>,
    /// Environment.
    pub environment: Option<Arc<str>>,
    /// Data class.
    pub data_class: Option<Arc<str>>,
    /// A public address that the answers show; `None` where they have no place for one.
    pub public_address: Option<bool>,
    /// What the tag says of being internet-facing.
    pub declared_facing: Option<bool>,
    /// The two together.
    pub facing: Facing,
    /// Stateful by policy, such as a database host.
    pub stateful: bool,
    /// Who patches it.
    pub responsibility: Responsibility,
    /// First observation.
    pub first_seen: Timestamp,
    /// Last observation.
    pub last_seen: Timestamp,
    /// How long a recent successful patch operation stood behind it.
    pub assessed: crate::metric::Assessed,
    /// Gone: terminated, or no longer on a complete list.
    pub gone: bool,
    /// Where it is listed.
    pub evidence: Evidence,
}

impl Asset {
    /// Whether the customer has an operating system to patch here.
    pub fn runs_a_host_os(&self) -> bool {
        !self.gone && self.power != Power::Terminated && self.responsibility == Responsibility::Customer
    }

    /// Whether it is running, as far as the answers say.
    pub fn is_running(&self) -> bool {
        self.runs_a_host_os() && self.power != Power::Stopped
    }

    /// Whether the policy counts it as production.
    pub fn is_production(&self, policy: &Policy) -> bool {
        policy.is_production(self.environment.as_deref())
    }

    /// The tag `key`.
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags.get(key)
    }

    /// The exclusion tag that takes it out of patching, if any.
    pub fn exclusion_tag(&self, policy: &Policy) -> Option<(&str, &str)> {
        self.tags.iter().find_map(|(key, value)| {
            let excludes = policy.tags.exclusion.iter().any(|(name, values)| {
                name.eq_ignore_ascii_case(key)
                    && (values.is_empty() || values.iter().any(|v| v.eq_ignore_ascii_case(value)))
            });
            excludes.then_some((key, value))
        })
    }

    /// The patch group it is in: `Patch Group`, or `PatchGroup` where tags are served by instance metadata. The key is
    /// case-sensitive.
    pub fn patch_group(&self) -> Option<&str> {
        self.tag("Patch Group").or_else(|| self.tag("PatchGroup"))
    }
}

/// A lineage: what a clock belongs to when members are replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// Id: the group's ARN or ARM id, `tag:<key>=<value>`, or the id of the one host.
    pub id: Arc<str>,
    /// Display name.
    pub name: Arc<str>,
    /// `auto-scaling-group`, `scale-set`, `tagged`, or the kind of the one host.
    pub kind: &'static str,
    /// Account and region.
    pub scope: Scope,
    /// Group's key, where it is a group.
    pub group: Option<Arc<str>>,
    /// Members, as indexes into the estate's assets, in order.
    pub members: Vec<u32>,
}

/// What tags and policy say of a host.
pub struct Classification {
    /// Service.
    pub service: Option<String>,
    /// Owner.
    pub owner: Option<String>,
    /// Environment.
    pub environment: Option<String>,
    /// Data class.
    pub data_class: Option<String>,
    /// What the tag says of being internet-facing.
    pub declared_facing: Option<bool>,
    /// Stateful.
    pub stateful: bool,
}

/// Classifies a host by its tags and name.
pub fn classify(tags: &BTreeMap<String, String>, name: &str, policy: &Policy) -> Classification {
    let first = |names: &[String]| {
        names
            .iter()
            .find_map(|key| tags.get(key))
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
    };
    let service = first(&policy.tags.service);
    let rules = service.as_ref().and_then(|name| policy.services.get(name));
    let by_tag = policy.stateful.tags.iter().any(|(key, values)| {
        tags.get(key).is_some_and(|value| values.is_empty() || values.iter().any(|v| v.eq_ignore_ascii_case(value)))
    });
    let by_name = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .map(|part| part.trim_end_matches(|c: char| c.is_ascii_digit()))
        .any(|part| policy.stateful.names.iter().any(|word| word.eq_ignore_ascii_case(part)));
    Classification {
        owner: first(&policy.tags.owner).or_else(|| rules.and_then(|service| service.owner.clone())),
        environment: first(&policy.tags.environment).map(|word| word.to_ascii_lowercase()),
        data_class: first(&policy.tags.data_class),
        declared_facing: first(&policy.tags.internet_facing).map(|word| {
            ["true", "yes", "public", "internet", "external", "1"].iter().any(|yes| yes.eq_ignore_ascii_case(&word))
        }),
        stateful: by_tag || by_name || rules.is_some_and(|service| service.stateful),
        service,
    }
}

/// Joins the two sources of "reachable from outside". A public address outweighs a tag that denies it.
pub fn facing(public_address: Option<bool>, declared: Option<bool>) -> Facing {
    match (public_address, declared) {
        (Some(true), _) => Facing::Address,
        (_, Some(true)) => Facing::Declared,
        (Some(false), _) | (None, Some(false)) => Facing::Internal,
        (None, None) => Facing::Unknown,
    }
}

/// Where an asset comes from.
pub(crate) enum Listed<'a> {
    /// The cloud's own list.
    Host(&'a Host),
    /// A hybrid node, which only its agent knows.
    Node(&'a Agent),
    /// An outside inventory alone.
    Outside(&'a OutsideHost),
}

crate::carry::carried_words! {
    Responsibility { Customer, Shared, Provider }
    Facing { Address, Declared, Internal, Unknown }
}

crate::carry::carried_struct! {
    Asset {
        position, key, id, kind, scope, name, lineage, power, family, os_name, os_version, image, image_version, launched,
        group, patch_settings, agent_status, agent_seen, tags, service, owner, environment, data_class, public_address,
        declared_facing, facing, stateful, responsibility, first_seen, last_seen, assessed, gone, evidence,
    }
}
