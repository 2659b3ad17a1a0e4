//! Who is affected by a weakness, a KB or a package: for each host, what is known and how old the knowledge is. Silence
//! proves something only where a source that would have spoken looked recently and was read whole.

use crate::asset::Asset;
use crate::context::Context;
use crate::exchange::Evidences;
use crate::exposure::{ClosedBy, Exposure};
use crate::fact::{HostKind, PatchPresence, Vulnerability};
use crate::fix::{Fix, package_name};
use crate::op;
use crate::reading::{Gap, Reading, Reason};
use crate::scope::Cloud;
use crate::text::day;
use jiff::Timestamp;

mod feeds;

pub use feeds::Cited;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A weakness, such as `CVE-2026-90001`, in capitals.
    Weakness(String),
    /// A Microsoft update, digits only.
    Kb(String),
    /// A package, such as `openssl-libs`.
    Package(String),
}

impl Wanted {
    /// Reads what a person writes: `CVE-2026-90001`, `KB5046615`, or the name of a package.
    pub fn of(text: &str) -> Wanted {
        let upper = text.trim().to_ascii_uppercase();
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match upper.strip_prefix("KB") {
            Some(number) if digits(number) => Wanted::Kb(number.to_owned()),
            _ if upper.starts_with("CVE-") => Wanted::Weakness(upper),
            _ => Wanted::Package(text.trim().to_owned()),
        }
    }

    /// What kind of thing it is, in a word for results.
    pub fn kind(&self) -> &'static str {
        match self {
            Wanted::Weakness(_) => "weakness",
            Wanted::Kb(_) => "kb",
            Wanted::Package(_) => "package",
        }
    }

    /// As people write it.
    pub fn name(&self) -> String {
        match self {
            Wanted::Weakness(name) | Wanted::Package(name) => name.clone(),
            Wanted::Kb(number) => format!("KB{number}"),
        }
    }

    fn is_fix<'a>(&self, fix: &Fix, mut cves: impl Iterator<Item = &'a str>) -> bool {
        match self {
            Wanted::Weakness(cve) => cves.any(|known| known == cve),
            Wanted::Kb(number) => fix.kb.as_deref() == Some(number) || names_kb(&fix.title, number),
            Wanted::Package(name) => *fix.line == **name,
        }
    }

    fn is_exposure(&self, exposure: &Exposure) -> bool {
        match self {
            Wanted::Weakness(cve) => exposure.cves.iter().any(|known| **known == **cve),
            Wanted::Kb(number) => names_kb(&exposure.title, number),
            Wanted::Package(name) => *exposure.fix_line == **name,
        }
    }

    fn is_reported(&self, found: &Vulnerability) -> bool {
        match self {
            Wanted::Weakness(cve) => found.cve == *cve,
            Wanted::Kb(_) => false,
            Wanted::Package(name) => found.packages.iter().any(|package| package_name(package) == name),
        }
    }
}

/// Whether a title names a KB: `… (KB5046615)`. Another one that begins with the same digits is another one.
fn names_kb(title: &str, number: &str) -> bool {
    title.match_indices("KB").any(|(at, _)| {
        let rest = &title[at + 2..];
        rest.strip_prefix(number).is_some_and(|after| !after.starts_with(|next: char| next.is_ascii_digit()))
    })
}

/// Where a host stands. The order is that of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// A source says that it is affected.
    Exposed,
    /// Nothing that was read tells.
    Unknown,
    /// It was affected, and a later complete observation no longer shows it.
    Fixed,
    /// A source that would have named it looked recently, was read whole, and does not.
    NotAffected,
}

impl Standing {
    /// All, in the order of results.
    pub const ALL: [Standing; 4] = [Standing::Exposed, Standing::Unknown, Standing::Fixed, Standing::NotAffected];

    /// The word used in results.
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Exposed => "exposed",
            Standing::Unknown => "unknown",
            Standing::Fixed => "fixed",
            Standing::NotAffected => "not-affected",
        }
    }
}

/// What is known of one host.
#[derive(Clone, Debug)]
pub struct Affected<'a> {
    /// The host.
    pub asset: &'a Asset,
    /// Where it stands.
    pub standing: Standing,
    /// Why, in a sentence without its name.
    pub because: String,
    /// When the source looked that this rests on; `None` where none did.
    pub seen: Option<Timestamp>,
    /// Deadline, where it is exposed and one runs.
    pub due: Option<Timestamp>,
    /// The feed that says what fixes it, where the answer rests on one.
    pub feed: Option<Cited>,
    /// Where it is said; `None` where a question was never asked.
    pub evidence: Option<Evidences>,
}

/// Every host with a system of its own that is still there, in the order of standings and ids.
pub fn affected<'a>(wanted: &Wanted, cx: &Context<'a>) -> Vec<Affected<'a>> {
    let hosts = cx.estate.assets.iter().filter(|asset| asset.runs_a_host_os());
    let mut all: Vec<Affected<'a>> = hosts.map(|asset| of_host(wanted, asset, cx)).collect();
    all.sort_by(|one, other| (one.standing, &one.asset.id).cmp(&(other.standing, &other.asset.id)));
    all
}

fn of_host<'a>(wanted: &Wanted, asset: &'a Asset, cx: &Context<'a>) -> Affected<'a> {
    if let Some(exposed) = exposed(wanted, asset, cx) {
        return exposed;
    }
    let (plain, list) = match read_now(asset, cx) {
        Ok(list) => (fixed(wanted, asset, &list, cx).unwrap_or_else(|| silent(wanted, asset, &list, cx)), Some(list)),
        Err(unknown) => (*unknown, None),
    };
    match wanted {
        Wanted::Weakness(cve) if plain.standing == Standing::Unknown => {
            feeds::answer(cve, asset, plain, list.as_ref(), cx)
        }
        _ => plain,
    }
}

/// The list of missing fixes that was read whole, and when its scan ended.
struct List {
    scanned: Option<Timestamp>,
    evidence: Evidences,
}

fn unknown<'a>(asset: &'a Asset, gap: Gap, cx: &Context<'a>) -> Affected<'a> {
    let because = match gap.reason {
        Reason::NotAsked => format!("{} was not asked about it", gap.operation),
        Reason::Stale => gap.message.clone(),
        reason if gap.message.is_empty() => format!("{}: {}", gap.operation, reason.as_str()),
        reason => format!("{}: {} ({})", gap.operation, reason.as_str(), gap.message),
    };
    // A scan that is too old says at least when somebody looked last.
    let seen = (gap.reason == Reason::Stale).then(|| cx.patch_state(asset).known()?.0.ended).flatten();
    let evidence = gap.evidence.map(Evidences::from);
    Affected { asset, standing: Standing::Unknown, because, seen, due: None, feed: None, evidence }
}

/// Whether enough was read now for silence, or a repair of the past, to mean anything. Without today's answer it is not
/// known that what was fixed once did not come back.
///
/// Either source alone may be blind to a weakness: the list of patches to what its baseline leaves out, the scanner to
/// what it does not know. What neither names is not there only if both were read.
fn read_now<'a>(asset: &'a Asset, cx: &Context<'a>) -> Result<List, Box<Affected<'a>>> {
    let blind = |because: &str, evidence: Evidences| {
        let because = because.to_owned();
        Box::new(Affected {
            asset,
            standing: Standing::Unknown,
            because,
            seen: None,
            due: None,
            feed: None,
            evidence: Some(evidence),
        })
    };
    if asset.kind == HostKind::OutsideHost {
        return Err(blind("only an inventory names it, and no source looked inside", asset.evidence.clone().into()));
    }
    if let Some(gap) = cx.unlisted(asset) {
        return Err(Box::new(unknown(asset, gap, cx)));
    }
    let list = match (cx.fresh_scan(asset), cx.lacking(asset)) {
        (Reading::Known(state, scanned), Reading::Known(_, list)) => {
            List { scanned: state.ended, evidence: Evidences::of(scanned).and(list) }
        }
        (Reading::Absent(seen), _) | (_, Reading::Absent(seen)) => {
            return Err(blind("it was never scanned", seen.into()));
        }
        (Reading::Unread(gap), _) | (_, Reading::Unread(gap)) => return Err(Box::new(unknown(asset, gap, cx))),
    };
    match cx.expected_gap(op::VULNERABILITIES, &asset.scope) {
        Some(gap) => Err(Box::new(unknown(asset, gap.clone(), cx))),
        None => Ok(list),
    }
}

fn exposed<'a>(wanted: &Wanted, asset: &'a Asset, cx: &Context<'a>) -> Option<Affected<'a>> {
    let exposures = || cx.estate.ledger.of_lineage(&asset.lineage).filter(|exposure| exposure.is_open());
    let mine = |exposure: &&Exposure| exposure.members.iter().any(|member| member.host == asset.key);
    let due_of = |line: &str| {
        let own = exposures().filter(mine).filter(|exposure| *exposure.fix_line == *line);
        own.filter_map(|exposure| exposure.due()).min()
    };
    let host = |because, seen, due, evidence| {
        Some(Affected { asset, standing: Standing::Exposed, because, seen, due, feed: None, evidence: Some(evidence) })
    };
    let rows = cx.lacking_rows(asset).iter().filter(|(row, _)| row.presence.is_exposed());
    for (row, evidence) in rows {
        if wanted.is_fix(&row.fix, row.cves.iter().map(|cve| &**cve)) {
            let scanned = cx.patch_state(asset).known().and_then(|(state, _)| state.ended);
            let because = format!("{} {}", row.fix.title, said_of(row.presence));
            return host(
                because,
                scanned.or(Some(cx.observed_at(evidence))),
                due_of(&row.fix.line),
                evidence.clone().into(),
            );
        }
    }
    for placed in cx.vulnerabilities(asset) {
        let found = &placed.fact;
        if wanted.is_reported(found) {
            let package = found.packages.iter().min().map_or("", String::as_str);
            let more = match (found.status.as_str(), found.fix_available) {
                ("SUPPRESSED", _) => ", in a finding that a filter hides",
                (_, false) => ", and no fix is available",
                _ => "",
            };
            let because = format!("the scanner reports {} in {package}{more}", found.cve);
            let seen = found.last_observed.or(Some(cx.observed_at(&placed.evidence)));
            return host(because, seen, due_of(package), placed.evidence.clone().into());
        }
    }
    // What an earlier run saw and no later one took back.
    let open = exposures().filter(mine).find(|exposure| wanted.is_exposure(exposure))?;
    let member = open.members.iter().find(|member| member.host == asset.key)?;
    let because = format!("{} {}", open.title, said_of(member.presence));
    host(because, Some(cx.observed_at(&member.evidence)), open.due(), member.evidence.clone().into())
}

fn said_of(presence: PatchPresence) -> String {
    format!("is {}", presence.as_str())
}

fn fixed<'a>(wanted: &Wanted, asset: &'a Asset, list: &List, cx: &Context<'a>) -> Option<Affected<'a>> {
    // A scanner that was not read could have seen it again.
    if matches!(wanted, Wanted::Weakness(_)) && matches!(cx.scan_coverage(asset), Reading::Unread(_)) {
        return None;
    }
    // In a group nobody keeps which member it was: of a host that stands alone it is clear.
    let alone = *asset.lineage == *asset.id;
    let all = cx.estate.ledger.of_lineage(&asset.lineage).filter(|_| alone);
    let closed = all.filter(|exposure| wanted.is_exposure(exposure)).filter_map(|exposure| {
        exposure.closed().filter(|(_, by)| *by == ClosedBy::Verified).map(|(at, _)| (at, exposure))
    });
    let (at, exposure) = closed.max_by_key(|(at, _)| *at)?;
    let because =
        format!("{} was missing from {} on, and was no longer on {}", exposure.title, day(exposure.opened()), day(at));
    let evidence = Some(list.evidence.clone());
    let (standing, seen) = (Standing::Fixed, list.scanned);
    Some(Affected { asset, standing, because, seen, due: None, feed: None, evidence })
}

/// No source names it.
fn silent<'a>(wanted: &Wanted, asset: &'a Asset, list: &List, cx: &Context<'a>) -> Affected<'a> {
    let host = |standing, because, seen, evidence| Affected {
        asset,
        standing,
        because,
        seen,
        due: None,
        feed: None,
        evidence,
    };
    let Wanted::Weakness(cve) = wanted else {
        let because = "its complete list of missing fixes does not have it: installed, or not applicable".to_owned();
        return host(Standing::NotAffected, because, list.scanned, Some(list.evidence.clone()));
    };
    match (cx.scanner_speaks(asset), cx.scan_coverage(asset)) {
        (Some([coverage, findings]), Reading::Known(scanned, _)) => {
            // Of a fix whose weaknesses nobody names the list does not say that it is not for this one.
            if let Some((row, lacking)) = feeds::unexplained(cve, asset, cx) {
                let because =
                    format!("{} {}, and no source names what it removes", row.fix.title, said_of(row.presence));
                return host(
                    Standing::Unknown,
                    because,
                    list.scanned,
                    Some(list.evidence.clone().and(lacking.clone())),
                );
            }
            let seen = scanned.last_scanned.into_iter().chain(list.scanned).min();
            let because = "neither the scanner nor its list of missing fixes names it".to_owned();
            host(Standing::NotAffected, because, seen, Some(list.evidence.clone().and(coverage).and(findings)))
        }
        (_, Reading::Unread(gap)) if asset.scope.cloud != Cloud::Azure => unknown(asset, gap, cx),
        (_, covered) => {
            let because = match (&covered, asset.scope.cloud) {
                (Reading::Known(coverage, _), _) if coverage.active => "its scanner has not looked recently enough",
                (_, Cloud::Azure) if cx.has_relation_feeds() => "no source names the weaknesses of an Azure machine",
                (_, Cloud::Azure) => {
                    "no source names the weaknesses of an Azure machine, and no feed was imported that says which update \
                     removes which"
                }
                _ => "no scanner covers it, and its list of patches names the weaknesses of missing fixes only",
            };
            let seen = covered.known();
            let last = seen.as_ref().and_then(|(coverage, _)| coverage.last_scanned);
            host(Standing::Unknown, because.to_owned(), last, seen.map(|(_, evidence)| evidence.into()))
        }
    }
}

#[cfg(test)]
mod tests;
