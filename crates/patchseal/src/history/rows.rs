//! What is kept of a verdict, an exposure, an asset and a place.

use patchseal_core::asset::Asset;
use patchseal_core::engine::{Finding, Subject};
use patchseal_core::exposure::Exposure;
use patchseal_core::rule::Verdict;
use patchseal_render::coverage;
use patchseal_render::history::{AssetRow, ExposureRow, Key, ScopeRow, SubjectRow, Table, VerdictRow};

/// The id of a row: the first 8 bytes of a digest over its table and what tells it from others.
pub fn id_of(table: Table, parts: &[&str]) -> u64 {
    let mut text = table.as_str().to_owned();
    for part in parts {
        text.push('\0');
        text.push_str(part);
    }
    super::lines::print(&text)
}

pub(super) fn verdict(finding: &Finding) -> Option<(Key, VerdictRow<'_>, Option<&str>)> {
    let (opened, due, reason, note) = match &finding.verdict {
        Verdict::Fail(failure) => (failure.opened, failure.due, None, &*failure.message),
        Verdict::Unknown(unknown) => (None, None, Some(unknown.reason.as_str().into()), &*unknown.message),
        _ => return None,
    };
    // A finding's id is its key everywhere else, too.
    let id = u64::from_str_radix(&finding.id, 16).unwrap_or_default();
    let row = VerdictRow {
        rule: finding.rule.id.into(),
        verdict: finding.verdict.as_str().into(),
        severity: finding.severity.as_str().into(),
        reason,
        opened,
        due,
        exception: finding.exception.as_ref().map(|exception| (&*exception.ids).into()),
        subject: subject(&finding.subject),
    };
    Some(((Table::Verdict, id), row, Some(note)))
}

fn subject(subject: &Subject) -> SubjectRow<'_> {
    SubjectRow {
        cloud: subject.cloud.into(),
        account: (&*subject.account).into(),
        region: (&*subject.region).into(),
        kind: subject.kind.into(),
        id: (&*subject.id).into(),
        name: (&*subject.name).into(),
        lineage: (&*subject.lineage).into(),
        service: subject.service.as_deref().map(Into::into),
        owner: subject.owner.as_deref().map(Into::into),
        environment: subject.environment.as_deref().map(Into::into),
    }
}

pub(super) fn exposure(exposure: &Exposure) -> (Key, ExposureRow<'_>) {
    let closed = exposure.closed();
    let row = ExposureRow {
        lineage: (&*exposure.lineage).into(),
        fix_line: (&*exposure.fix_line).into(),
        title: (&*exposure.title).into(),
        cves: exposure.cves.iter().map(|cve| (&**cve).into()).collect(),
        severity: exposure.severity.as_str().into(),
        exploited: exposure.exploited,
        opened: exposure.opened(),
        clock_start: exposure.clock_start(),
        basis: exposure.basis.as_str().into(),
        due: exposure.due(),
        claimed: exposure.claimed(),
        closed: closed.map(|(at, _)| at),
        closed_by: closed.map(|(_, by)| by.as_str().into()),
        reopened: exposure.reopened,
        hosts: exposure.members.iter().map(|member| (&*member.host).into()).collect(),
    };
    ((Table::Exposure, id_of(Table::Exposure, &[&exposure.lineage, &exposure.fix_line])), row)
}

/// Of a host that exists.
pub(super) fn asset(asset: &Asset) -> Option<(Key, AssetRow<'_>)> {
    coverage::exists(asset).then(|| {
        let row = AssetRow {
            key: (&*asset.key).into(),
            subject: SubjectRow {
                cloud: asset.scope.cloud.as_str().into(),
                account: (&*asset.scope.account).into(),
                region: (&*asset.scope.region).into(),
                kind: asset.kind.as_str().into(),
                id: (&*asset.id).into(),
                name: (&*asset.name).into(),
                lineage: (&*asset.lineage).into(),
                service: asset.service.as_deref().map(Into::into),
                owner: asset.owner.as_deref().map(Into::into),
                environment: asset.environment.as_deref().map(Into::into),
            },
            os: (&*asset.os_name).into(),
            os_version: (&*asset.os_version).into(),
            data_class: asset.data_class.as_deref().map(Into::into),
            internet_facing: asset.facing.counts_as_facing(),
            stateful: asset.stateful,
            first_seen: asset.first_seen,
        };
        ((Table::Asset, id_of(Table::Asset, &[&asset.key])), row)
    })
}

pub(super) fn scope<'a>(scope: &'a coverage::ScopeRow<'_>) -> (Key, ScopeRow<'a>) {
    let (cloud, account, region) = (scope.scope.cloud.as_str(), &scope.scope.account, &scope.scope.region);
    let row = ScopeRow {
        cloud: cloud.into(),
        account: (&**account).into(),
        region: (&**region).into(),
        status: scope.status.as_str().into(),
        reasons: scope.reasons[..scope.of_now].iter().map(|reason| reason.as_str().into()).collect(),
    };
    ((Table::Scope, id_of(Table::Scope, &[cloud, account, region])), row)
}
