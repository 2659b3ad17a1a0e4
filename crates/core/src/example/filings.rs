//! Exceptions in examples' worlds.

use super::World;
use crate::context::Context;
use crate::engine::{Keep, evaluate};
use crate::exception::{
    Approval, Approver, Control, Filed, Kind, Member, Record, Role, Selector, Signature, Terms, Test, Tier,
};
use crate::exchange::Digest;
use crate::policy::DAY;
use crate::rule::Verdict;
use crate::rules::rule;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was sealed of an exception.
#[derive(Clone)]
pub struct Filing {
    /// When.
    pub logged_at: Timestamp,
    /// What it says.
    pub record: Record,
    /// Its text could not be read.
    pub unreadable: bool,
    /// Its file was taken away.
    pub removed: bool,
    /// Approvals sealed with it.
    pub approvals: Vec<Approval>,
}

/// Who may approve in these worlds: id, person, role. The dispatcher is a service.
const APPROVERS: [(&str, &str, Role); 5] = [
    ("team-lead", "person-2", Role::TeamLead),
    ("security-head", "person-3", Role::SecurityHead),
    ("ciso", "person-4", Role::Ciso),
    ("business-owner", "person-5", Role::BusinessOwner),
    ("dispatcher", "nobody", Role::SecurityHead),
];

impl World {
    /// An exception over everything that fails a rule now: written ten days ago by `web-engineer`, approved and sealed a
    /// day later by whoever has to, for twenty days more.
    #[must_use]
    pub fn excepted(mut self, rule_id: &'static str, change: impl FnOnce(&mut Filing)) -> World {
        self.know_approvers();
        let members = self.failures(rule_id);
        let tier = members.iter().map(|member| Tier::of(member.severity, member.exploited)).max();
        let at = self.hours_ago(9 * 24);
        let number = self.filings.len() as u8 + 1;
        let hash = Digest([100 + number; 32]);
        let record = Record {
            id: format!("EX-{number}").into(),
            version: 1,
            previous: None,
            digest: Digest([number; 32]),
            kind: Kind::Deferral,
            tier: tier.unwrap_or(Tier::High),
            limit: tier.unwrap_or(Tier::High).longest(),
            justification: "the shop closes for it in December".to_owned(),
            owner: "web-owner".into(),
            requester: "web-engineer".into(),
            ticket: None,
            created: self.hours_ago(10 * 24),
            start: None,
            expires: self.hours_ahead(20 * 24 - 1),
            renewals: 0,
            selector: Selector { rules: vec![rule_id.to_owned()], ..Selector::default() },
            members,
            adopts: Vec::new(),
            members_stated: hash,
            members_found: hash,
            controls: Vec::new(),
            milestones: Vec::new(),
            revoked: None,
            source: format!("exceptions/EX-{number}.toml").into(),
            lines: BTreeMap::new(),
        };
        let by: &[&str] = match record.tier {
            Tier::Low | Tier::Medium => &["team-lead"],
            Tier::High => &["security-head"],
            Tier::Critical | Tier::Exploited => &["ciso", "business-owner"],
        };
        let approvals = by.iter().map(|id| approval(id, &record, at)).collect();
        let mut filing = Filing { logged_at: at, record, unreadable: false, removed: false, approvals };
        change(&mut filing);
        self.filings.push(filing);
        self
    }

    /// The next version of the exception filed last, sealed two days ago and approved like the one before.
    #[must_use]
    pub fn next_version(mut self, change: impl FnOnce(&mut Filing)) -> World {
        let at = self.hours_ago(2 * 24);
        let number = 50 + self.filings.len() as u8;
        if let Some(last) = self.filings.last() {
            let mut next = last.clone();
            next.logged_at = at;
            next.record.version += 1;
            next.record.previous = Some(last.record.digest);
            next.record.digest = Digest([number; 32]);
            for approval in &mut next.approvals {
                (approval.record, approval.signed_at, approval.logged_at) = (next.record.digest, at, at);
            }
            change(&mut next);
            self.filings.push(next);
        }
        self
    }

    /// Changes the exception filed last.
    #[must_use]
    pub fn refiled(mut self, change: impl FnOnce(&mut Filing)) -> World {
        if let Some(last) = self.filings.last_mut() {
            change(last);
        }
        self
    }

    pub(super) fn know_approvers(&mut self) {
        let policy = &mut self.policy.exceptions;
        policy.people.insert("web-engineer".to_owned(), "person-1".to_owned());
        if policy.approvers.is_empty() {
            let approver = |(id, person, role): (&str, &str, Role)| Approver {
                id: id.to_owned(),
                person: person.to_owned(),
                role,
                tiers: Tier::ALL.to_vec(),
                key: [0; 32],
                service: id == "dispatcher",
                line: 1,
            };
            policy.approvers = APPROVERS.map(approver).to_vec();
        }
    }

    /// What fails a rule now, as an exception freezes it.
    fn failures(&self, rule_id: &str) -> Vec<Member> {
        let Some(rule) = rule(rule_id) else { return Vec::new() };
        let estate = self.estate();
        let found = evaluate(&[rule], &self.policy, &estate, Keep::Findings);
        let cx = Context::new(&self.policy, &estate);
        let failures = found.findings.iter().filter(|finding| matches!(finding.verdict, Verdict::Fail(_)));
        failures.map(|finding| Member::freeze(finding, &Selector::default(), &cx)).collect()
    }

    /// What the log holds of exceptions.
    pub(super) fn filed(&self) -> (Vec<Filed>, BTreeMap<Arc<str>, Vec<Approval>>) {
        let mut approvals: BTreeMap<Arc<str>, Vec<Approval>> = BTreeMap::new();
        let file = |(at, filing): (usize, &Filing)| {
            let id = filing.record.id.clone();
            approvals.entry(id.clone()).or_default().extend(filing.approvals.iter().cloned());
            let terms = match filing.unreadable {
                _ if filing.removed => Terms::Removed,
                true => Terms::Unreadable("no key is called \"scope.tenants\"".to_owned()),
                false => Terms::Record(Box::new(filing.record.clone())),
            };
            Filed { id, leaf: at as u64, logged_at: filing.logged_at, terms }
        };
        (self.filings.iter().enumerate().map(file).collect(), approvals)
    }
}

fn approval(by: &str, record: &Record, at: Timestamp) -> Approval {
    Approval {
        approver: by.into(),
        record: record.digest,
        signed_at: at,
        logged_at: at,
        signature: Signature::Valid,
        source: format!("exceptions/{}.{by}.dsse.json", record.id).into(),
    }
}

impl Filing {
    /// Approved by this one, and nobody else.
    pub fn by(&mut self, approver: &str) {
        self.approvals = vec![approval(approver, &self.record, self.logged_at)];
    }

    /// With a compensating control that is tested weekly, and was tested so many days before it was sealed.
    pub fn compensated(&mut self, tests: &[(i64, bool)]) {
        let test = |(days, passed): &(i64, bool)| Test {
            at: crate::clock::after(self.logged_at, -days * DAY),
            passed: *passed,
            line: 20,
        };
        self.record.controls.push(Control {
            id: "waf-rule".into(),
            description: "the gateway drops requests of this kind".to_owned(),
            owner: Some("network".to_owned()),
            cadence: 7 * DAY,
            tests: tests.iter().map(test).collect(),
            line: 18,
        });
    }
}
