//! What one observation of a host says of one claim.

use super::Claim;
use super::witness::{Witness, may};
use crate::exchange::Evidence;
use crate::exposure::Exposure;
use crate::fix::Remedy;
use crate::policy::Seconds;
use jiff::Timestamp;
use std::sync::Arc;

/// A fix that a source says a host lacks.
pub(crate) struct Seen {
    pub remedy: Arc<Remedy>,
    /// Installed, and not in effect.
    pub awaits_reboot: bool,
    /// A scanner names it, by weakness, rather than the patch tool.
    pub by_scanner: bool,
    /// When that source looked; `None` where it is a run's own result.
    pub looked: Option<Timestamp>,
    /// When a scanner saw it on the host first.
    pub first: Option<Timestamp>,
    /// When the vendor published it.
    pub released: Option<Timestamp>,
    pub evidence: Evidence,
}

/// Whether a source says that a reboot is pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reboot {
    Pending,
    No,
    Unsaid,
}

/// A separate scan by the patch tool.
pub(crate) struct Scan {
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    pub reboot: Reboot,
    /// Last installation that was told not to reboot.
    pub no_reboot_install: Option<Timestamp>,
    pub evidence: Evidence,
    /// Where every patch was read, if it was.
    pub whole: Option<Evidence>,
}

/// A vulnerability scanner's look.
pub(crate) struct Scanned {
    pub at: Timestamp,
    pub evidence: Evidence,
}

/// What a run shows of one host.
pub(crate) struct Look<'a> {
    pub host: &'a Arc<str>,
    pub launched: Option<Timestamp>,
    pub scan: Option<Scan>,
    /// The scanner's look, where all of its findings were read, and the patch tool's last look at every host.
    pub scanner: Option<Scanned>,
    /// A newer kernel is installed than runs.
    pub old_kernel: Option<Evidence>,
    pub seen: Vec<Seen>,
    /// Exposures of the lineage, this run's sightings included.
    pub exposures: Vec<&'a Exposure>,
    /// The last complete scan of an earlier run.
    pub before: Option<Timestamp>,
    /// How often hosts are to be scanned.
    pub interval: Seconds,
    /// How long a baseline may wait before it approves a fix.
    pub approval: Seconds,
}

/// Whether a fix that is missing after a run was there to be installed when it ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Age {
    Older,
    Newer,
    Unclear,
}

/// What an observation says of a claim.
#[derive(Debug)]
pub(crate) enum Says {
    /// Nothing independent, or not everything.
    Nothing,
    /// Something is missing, and nobody can tell whether it was due.
    Unclear(Evidence),
    /// A reboot is pending.
    Reboot(Witness, Evidence),
    /// A fix that was there to be installed is missing.
    Missing(Witness, Arc<Remedy>, Timestamp, Evidence),
    /// Nothing that was due is missing.
    Agrees(Witness, Timestamp, Evidence),
}

impl Look<'_> {
    /// What it says of a claim.
    pub(crate) fn says(&self, claim: &Claim) -> Says {
        let deployed = claim.deployed_at();
        let source = claim.record.source;
        let by = |seen: &Seen| if seen.by_scanner { Witness::Scanner } else { Witness::LaterScan };
        let counts =
            |seen: &&Seen| seen.looked.is_some_and(|looked| looked > deployed) && may(source, by(seen)).contradict;
        let (mut reboot, mut unclear) = (None, None);
        for seen in self.seen.iter().filter(counts) {
            if seen.awaits_reboot {
                reboot = reboot.or(Some((by(seen), seen.evidence.clone())));
                continue;
            }
            match self.age(seen, claim) {
                Age::Newer => {}
                Age::Unclear => unclear = unclear.or(Some(seen.evidence.clone())),
                Age::Older => {
                    let looked = seen.looked.unwrap_or(deployed);
                    return Says::Missing(by(seen), seen.remedy.clone(), looked, seen.evidence.clone());
                }
            }
        }
        let scan = self.scan.as_ref().filter(|scan| scan.began > deployed && may(source, Witness::LaterScan).verify);
        if let Some(old) = self.old_kernel.as_ref().filter(|_| may(source, Witness::RunningKernel).hold_for_reboot) {
            reboot = reboot.or(Some((Witness::RunningKernel, old.clone())));
        }
        let booted = self.launched.is_some_and(|launched| launched > deployed);
        if let Some(scan) = scan.filter(|_| !booted) {
            let told_not_to = scan.no_reboot_install.is_some_and(|at| claim.claimed_at() <= at && at <= deployed);
            if scan.reboot == Reboot::Pending || told_not_to {
                reboot = reboot.or(Some((Witness::LaterScan, scan.evidence.clone())));
            }
        }
        if let Some((witness, evidence)) = reboot {
            return Says::Reboot(witness, evidence);
        }
        match (unclear, scan) {
            (Some(evidence), _) => Says::Unclear(evidence),
            (None, Some(scan)) if scan.whole.is_some() => match scan.reboot {
                Reboot::Unsaid if !booted => Says::Unclear(scan.evidence.clone()),
                _ => Says::Agrees(Witness::LaterScan, scan.ended, scan.evidence.clone()),
            },
            (None, Some(_)) => Says::Nothing,
            (None, None) => self.by_scanner_alone(claim),
        }
    }

    /// Where the patch tool has not looked since, a scanner says by silence only what it had named itself.
    fn by_scanner_alone(&self, claim: &Claim) -> Says {
        let own = |fix: &Arc<Remedy>| !fix.cves.is_empty() && !fix.names_a_version();
        let listed = |fix: &Arc<Remedy>| self.seen.iter().any(|seen| seen.remedy.fix_line == fix.fix_line);
        let gone = !claim.fixes.is_empty() && claim.fixes.iter().all(|fix| own(fix) && !listed(fix));
        let allowed = may(claim.record.source, Witness::Scanner).verify;
        match self.scanner.as_ref().filter(|scanner| gone && allowed && scanner.at > claim.deployed_at()) {
            Some(scanner) => Says::Agrees(Witness::Scanner, scanner.at, scanner.evidence.clone()),
            None => Says::Nothing,
        }
    }

    fn age(&self, seen: &Seen, claim: &Claim) -> Age {
        let deployed = claim.deployed_at();
        // What a schedule leaves out on purpose is not claimed, and nobody can tell whether this is it.
        let older = if claim.leaves_out { Age::Unclear } else { Age::Older };
        let after = |time: Timestamp| if time > deployed { Age::Newer } else { older };
        if seen.by_scanner {
            // A fix that no baseline had to have approved yet is missing, and the run may have claimed nothing of it.
            let waits = |first: Timestamp| first.as_second() + self.approval > deployed.as_second();
            return match seen.first {
                Some(first) if first <= deployed && waits(first) => Age::Unclear,
                first => first.map_or(Age::Unclear, after),
            };
        }
        if let Some(released) = seen.released {
            return after(released);
        }
        // A scan so shortly before the run would have shown it.
        let clear = |at: Timestamp| at.as_second() + self.interval >= deployed.as_second();
        let known = self.exposures.iter().find(|exposure| exposure.fix_line == seen.remedy.fix_line);
        match known.filter(|exposure| exposure.title == seen.remedy.title) {
            Some(exposure) if exposure.since() <= deployed => older,
            Some(exposure) if exposure.clear_at().is_some_and(clear) => Age::Newer,
            None if self.before.is_some_and(clear) => Age::Newer,
            _ => Age::Unclear,
        }
    }

    /// A fix that a verified claim brought, and that is missing again.
    pub(crate) fn undoes(&self, claim: &Claim) -> Option<&Seen> {
        let same = |fix: &Arc<Remedy>, seen: &Seen| {
            fix.fix_line == seen.remedy.fix_line
                && (fix.shares_a_weakness(&seen.remedy) || (fix.title == seen.remedy.title && fix.names_a_version()))
        };
        let after = claim.verified_at()?;
        self.seen.iter().find(|seen| {
            seen.looked.is_some_and(|looked| looked > after) && claim.fixes.iter().any(|fix| same(fix, seen))
        })
    }
}
