//! Who would hear of a failed deployment, and what became of alerts.

use super::Context;
use crate::estate::Placed;
use crate::exchange::{Evidence, Evidences};
use crate::fact::{AlertEvent, AlertStep, Trouble, Watcher};
use crate::op;
use crate::reading::{Gap, Reason};
use crate::scope::{Cloud, Scope};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Where a watcher leads.
pub enum Route {
    /// To a person.
    Person(Evidences),
    /// To nobody, and why.
    Nobody(String),
    /// That was not read.
    Unread(Gap),
}

/// An alert: when it fired, and when somebody acted on it.
pub struct Alert<'a> {
    /// When it fired.
    pub fired: Timestamp,
    /// The first action after that.
    pub acted: Option<Timestamp>,
    /// Where it is said.
    pub evidence: &'a Evidence,
}

impl<'a> Context<'a> {
    /// Whether monitoring is asked about in a scope: a region of AWS, or a subscription as a whole, with hosts.
    pub fn monitors(&self, scope: &Scope) -> bool {
        match scope.cloud {
            Cloud::Aws => !scope.is_global() && self.hosts_by_scope.contains_key(scope),
            Cloud::Azure => {
                let mut places = self.hosts_by_scope.keys();
                scope.is_global() && places.any(|place| place.cloud == scope.cloud && place.account == scope.account)
            }
            _ => false,
        }
    }

    /// The lists of what watches in a scope, read or not.
    pub fn watcher_lists(&self, scope: &Scope) -> [Result<Evidence, Gap>; 2] {
        let operations = match scope.cloud {
            Cloud::Azure => [op::ACTIVITY_LOG_ALERTS, op::QUERY_ALERTS],
            _ => [op::ALARMS, op::EVENT_RULES],
        };
        operations.map(|operation| self.answered(operation, scope))
    }

    /// What watches in a scope.
    pub fn watchers(&self, scope: &Scope) -> Vec<&'a Placed<Watcher>> {
        let from = (scope.clone(), String::new());
        let own = self.estate.facts.watchers.from(&from).take_while(|((place, _), _)| place == scope);
        own.map(|(_, placed)| placed).collect()
    }

    /// What a watcher covers, and whether it may cover more: by the policy, else by its condition.
    pub fn watches(&self, watcher: &'a Watcher) -> (&'a [Trouble], bool) {
        match self.policy.monitoring.covered_by(&watcher.name) {
            Some(stated) => (stated, false),
            None => (&watcher.covers, watcher.unsure),
        }
    }

    /// Where a watcher leads: to a person by any of what it calls.
    pub fn route(&self, scope: &Scope, watcher: &'a Placed<Watcher>) -> Route {
        let mut calls: Vec<(&str, Evidence)> =
            watcher.fact.calls.iter().map(|called| (called.as_str(), watcher.evidence.clone())).collect();
        if watcher.fact.kind == "event rule" {
            let rule = &watcher.fact.name;
            if let Err(gap) = self.estate.coverage.answered(op::RULE_TARGETS, scope, Some(rule)) {
                return Route::Unread(gap);
            }
            let from = (scope.clone(), rule.clone(), String::new());
            let own = self.estate.facts.rule_targets.from(&from);
            let own = own.take_while(|((place, name, _), _)| place == scope && name == rule);
            calls.extend(own.map(|(_, target)| (target.fact.calls.as_str(), target.evidence.clone())));
        }
        let mut nobody = Vec::new();
        let mut unread = None;
        for (called, evidence) in calls {
            match self.reached(called, &evidence) {
                Route::Person(reached) => return Route::Person(Evidences::of(evidence).and_all(reached.iter())),
                Route::Nobody(why) => nobody.push(why),
                Route::Unread(gap) => unread = unread.or(Some(gap)),
            }
        }
        match unread {
            Some(gap) => Route::Unread(gap),
            None if nobody.is_empty() => Route::Nobody("calls nothing".to_owned()),
            None => Route::Nobody(nobody.join(", and ")),
        }
    }

    /// Whom a topic, an action group or anything else reaches that is called, as this says.
    fn reached(&self, called: &str, said: &Evidence) -> Route {
        let short = called.rsplit([':', '/']).next().unwrap_or(called);
        let parts: Vec<&str> = called.split(':').collect();
        let not_stated = |operation: &str, message: String| {
            Route::Unread(Gap {
                operation: operation.into(),
                scope: Scope::new(Cloud::Aws, "", Scope::GLOBAL),
                subject: None,
                reason: Reason::NotStated,
                message,
                evidence: None,
            })
        };
        match parts.as_slice() {
            [_, _, "sns", region, account, _] => {
                let place = Scope::new(Cloud::Aws, *account, *region);
                match self.estate.coverage.answered(op::SUBSCRIPTIONS_OF_TOPIC, &place, Some(called)) {
                    Err(gap) => Route::Unread(gap),
                    Ok(list) => self.receivers(called, list, &format!("the topic {short}")),
                }
            }
            [_, _, "events", ..] => {
                not_stated(op::EVENT_RULES, format!("it hands on to {called}, and nobody reads what that calls"))
            }
            ["arn", ..] if self.policy.monitoring.reaches("", called) => Route::Person(said.clone().into()),
            ["arn", ..] => Route::Nobody(format!("calls {called}, which monitoring.routes does not name")),
            _ => {
                let name = format!("the action group {short}");
                let subscription = called.split('/').nth(2).unwrap_or_default();
                let place = Scope::new(Cloud::Azure, subscription, Scope::GLOBAL);
                match (self.estate.facts.channels.get(called), self.answered(op::ACTION_GROUPS, &place)) {
                    (_, Err(gap)) => Route::Unread(gap),
                    (None, Ok(_)) => Route::Nobody(format!("{name} is not there")),
                    (Some(group), Ok(_)) if !group.fact.enabled => Route::Nobody(format!("{name} is off")),
                    (Some(group), Ok(_)) => self.receivers(called, group.evidence.clone(), &name),
                }
            }
        }
    }

    fn receivers(&self, channel: &str, list: Evidence, name: &str) -> Route {
        let from = (channel.to_owned(), 0);
        let own = self.estate.facts.receivers.from(&from).take_while(|((known, _), _)| known == channel);
        let all: Vec<_> = own.map(|(_, placed)| placed).collect();
        let person =
            |one: &&Placed<crate::fact::Receiver>| self.policy.monitoring.reaches(&one.fact.way, &one.fact.address);
        match all.iter().copied().filter(person).collect::<Vec<_>>().as_slice() {
            [] if all.is_empty() => Route::Nobody(format!("{name} has no receiver")),
            [] => Route::Nobody(format!("{name} reaches no person")),
            people => match people.iter().find(|one| one.fact.ready) {
                Some(one) => Route::Person(Evidences::of(list).and(one.evidence.clone())),
                None => Route::Nobody(format!("nobody confirmed to hear {name}")),
            },
        }
    }

    /// Alerts of a watcher, oldest first, of every run.
    pub fn alerts(&self, scope: &Scope, watcher: &Watcher) -> Vec<Alert<'a>> {
        self.alerts_where(scope, |event| event.watcher == watcher.name || event.watcher == watcher.id)
    }

    /// Alerts of whatever is on no list of a place any more, by its name: what it was about can no longer be told.
    pub fn orphaned_alerts(&self, scope: &Scope) -> BTreeMap<&'a str, Vec<Alert<'a>>> {
        let listed: BTreeSet<&str> =
            self.watchers(scope).into_iter().flat_map(|placed| [&*placed.fact.name, &*placed.fact.id]).collect();
        let events = self.estate.facts.alert_events.iter().filter(|((place, _), _)| place == scope);
        let names: BTreeSet<&'a str> = events
            .map(|((_, event), _)| &*event.watcher)
            .filter(|name| listable(name) && !listed.contains(name))
            .collect();
        names.into_iter().map(|name| (name, self.alerts_where(scope, |event| event.watcher == name))).collect()
    }

    fn alerts_where(&self, scope: &Scope, is_own: impl Fn(&AlertEvent) -> bool) -> Vec<Alert<'a>> {
        let mut events: Vec<(&AlertEvent, &Evidence)> = self
            .estate
            .facts
            .alert_events
            .iter()
            .filter(|((place, event), _)| place == scope && is_own(event))
            .map(|((_, event), placed)| (event, &placed.evidence))
            .collect();
        events.sort_by_key(|(event, _)| (&event.alert, event.at, event.step));
        let mut alerts: Vec<Alert<'a>> = Vec::new();
        let mut open: Option<&str> = None;
        for (event, evidence) in events {
            match (event.step, open) {
                // An alarm that fires again before anybody acted is the same alert.
                (AlertStep::Fired, Some(alert)) if alert == event.alert => {}
                (AlertStep::Fired, _) => {
                    alerts.push(Alert { fired: event.at, acted: None, evidence });
                    open = Some(&event.alert);
                }
                (_, Some(alert)) if alert == event.alert => {
                    if let Some(last) = alerts.last_mut() {
                        last.acted = Some(event.at);
                    }
                    open = None;
                }
                _ => {}
            }
        }
        alerts.sort_by_key(|alert| alert.fired);
        alerts
    }
}

/// Whether the lists that are read would name what raised an alert: Azure has alerts of other kinds of rules, too.
fn listable(watcher: &str) -> bool {
    let kinds = ["/microsoft.insights/activitylogalerts/", "/microsoft.insights/scheduledqueryrules/"];
    !watcher.starts_with('/') || kinds.iter().any(|kind| watcher.contains(kind))
}
