//! Which answers would have to be there, and whether they are.

use crate::asset::Asset;
use crate::coverage::Coverage;
use crate::estate::HostPatches;
use crate::exchange::Evidence;
use crate::fact::HostKind;
use crate::op;
use crate::reading::Gap;
use crate::scope::Cloud;

/// Whether every patch of a host was read, by whichever route; the gap of the main route otherwise.
pub(crate) fn patches_read(coverage: &Coverage, patches: Option<&HostPatches>, asset: &Asset) -> Result<Evidence, Gap> {
    if asset.scope.cloud == Cloud::Azure {
        let main = coverage.answered_around(op::AZURE_ASSESSMENTS, &asset.scope.account_wide());
        let assessed = |patches: &&HostPatches| patches.via.iter().any(|via| &**via == "compute.AssessPatches");
        return main.or_else(|gap| match patches.filter(assessed).and_then(|patches| patches.rows.first()) {
            Some((_, evidence)) => Ok(evidence.clone()),
            None => Err(gap),
        });
    }
    let main = coverage.answered(op::PATCHES, &asset.scope, Some(&asset.key));
    let Err(gap) = main else { return main };
    for other in [op::COMPLIANCE_ITEMS, "resource-data-sync.ComplianceItem"] {
        if let Ok(evidence) = coverage.answered(other, &asset.scope, Some(&asset.key)) {
            return Ok(evidence);
        }
    }
    // Config answers mix hosts: one that has rows of the host describes it whole.
    match patches.filter(|patches| patches.via.iter().any(|via| via.starts_with("config."))) {
        Some(patches) if !patches.rows.is_empty() => Ok(patches.rows[0].1.clone()),
        _ => Err(gap),
    }
}

/// The operation whose complete answer would list a host of this kind.
pub(crate) fn listing(kind: HostKind) -> &'static str {
    match kind {
        HostKind::Ec2Instance => op::EC2_INSTANCES,
        HostKind::HybridNode => op::AGENTS,
        HostKind::AzureVm | HostKind::ArcMachine => op::AZURE_RESOURCES,
        HostKind::OutsideHost => op::OUTSIDE,
    }
}
