//! Single exclusions can be explained one by one; their share cannot.

use crate::asset::Asset;
use crate::context::{Context, ScopeSubject};
use crate::control::{PC_02, PC_13};
use crate::example::{fail, not_applicable, pass, unknown};
use crate::exchange::Evidences;
use crate::op;
use crate::rule::{Check, Rule, Verdict};
use crate::scope::Cloud;
use crate::severity::Severity;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "exclusion-overreach",
    title: "too many hosts taken out of patching by tag",
    severity: Severity::High,
    since: "0.1",
    why: "An exclusion tag is set in seconds and leaves no approval. When many hosts carry one, the control's population \
          is no longer the fleet.",
    fix: "Remove exclusion tags that have no approved exception; raise the limit only with a reason on record.",
    references: &["https://csrc.nist.gov/pubs/sp/800/40/r4/final"],
    controls: &[&PC_02, &PC_13],
    checks: &[Check::EachScope(check)],
    examples: &[
        pass("nobody excluded", |w| w.host("web-1").host("web-2")),
        pass("one of two, and the policy allows half", |w| {
            w.host("web-1").host("web-2").tag("patching", "off").policy(|p| p.exclusion_max_percent = 50)
        }),
        pass("Azure, nobody excluded", |w| w.vm("web-1")),
        fail("one of three", |w| w.host("web-1").host("web-2").host("web-3").tag("PatchExclude", "")),
        fail("Azure, one of two", |w| w.vm("web-1").vm("web-2").tag("patching", "none")),
        unknown("hosts not listed", |w| w.host("web-1").denied(op::EC2_INSTANCES)),
        unknown("Azure machines not listed", |w| w.vm("web-1").denied(op::AZURE_RESOURCES)),
        not_applicable("no hosts", |w| w),
    ],
};

fn check(subject: &ScopeSubject<'_>, cx: &Context<'_>) -> Verdict {
    let scope = subject.scope;
    let listing = match scope.cloud {
        Cloud::Aws if !scope.is_global() => op::EC2_INSTANCES,
        Cloud::Azure => op::AZURE_RESOURCES,
        _ => return Verdict::NotApplicable("no place with hosts"),
    };
    let all = || cx.estate.assets.iter().map(|asset| &**asset);
    let is_host = |asset: &&Asset| asset.runs_a_host_os();
    // Azure is asked per subscription, its hosts lie in locations, and each is judged once, where it lies. The
    // subscription says what nobody can tell as long as no location of it is known.
    if scope.is_global() {
        let mut hosts = all().filter(is_host).filter(|asset| asset.scope.account_wide() == *scope);
        // Hosts of no location are the subscription's own.
        if hosts.clone().next().is_some() && hosts.all(|asset| asset.scope != *scope) {
            return Verdict::NotApplicable("its hosts are judged in the locations where they lie");
        }
    }
    let listed = match cx.answered(listing, scope) {
        Ok(evidence) => evidence,
        // Where nothing was ever asked, scope-uncollected says so.
        Err(gap) => return gap.into(),
    };
    let own = all().filter(is_host).filter(|asset| asset.scope == *scope);
    let hosts: Vec<&Asset> = own.collect();
    if hosts.is_empty() {
        return Verdict::NotApplicable("no hosts here");
    }
    let excluded: Vec<&&Asset> = hosts.iter().filter(|asset| asset.exclusion_tag(cx.policy).is_some()).collect();
    let limit = cx.policy.exclusion_max_percent as usize;
    if excluded.len() * 100 <= hosts.len() * limit {
        return Verdict::pass(listed);
    }
    let names: Vec<&str> = excluded.iter().take(5).map(|asset| &*asset.name).collect();
    let more = excluded.len() - names.len();
    // Whoever began it is asked about all of them.
    let first = excluded.iter().find_map(|asset| Some((asset, asset.exclusion_tag(cx.policy)?.0)));
    let (origin, event) = first.map(|(asset, tag)| cx.origin_of_tag(asset, tag)).unwrap_or_default();
    Verdict::fail(
        format!(
            "{} of {} hosts are taken out of patching by tag ({}%): {}{}{origin}",
            excluded.len(),
            hosts.len(),
            excluded.len() * 100 / hosts.len(),
            names.join(", "),
            if more > 0 { format!(" and {more} more") } else { String::new() },
        ),
        format!("at most {limit}%"),
        format!("{} of {}", excluded.len(), hosts.len()),
        Evidences::of(listed).and_all(excluded.iter().take(20).map(|asset| &asset.evidence)).and_all(&event),
    )
    .with_policy(&["exclusions.max_percent", "tags.exclusion"])
}
