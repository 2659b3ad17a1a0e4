//! When a vulnerability scanner's silence about a host means something.

use super::Context;
use crate::asset::Asset;
use crate::exchange::Evidence;
use crate::op;

impl Context<'_> {
    /// Coverage and findings of a scanner that knows the weaknesses of a host: it covers the host, looked recently, and
    /// its findings were read whole. Only then is a weakness that it does not report not there.
    pub fn scanner_speaks(&self, asset: &Asset) -> Option<[Evidence; 2]> {
        let (coverage, seen) = self.scan_coverage(asset).known()?;
        let looked = coverage.last_scanned.is_some_and(|at| self.age(at) <= self.policy.evidence.scan_max_age);
        let findings = self.answered(op::VULNERABILITIES, &asset.scope).ok()?;
        (coverage.active && looked).then_some([seen, findings])
    }
}
