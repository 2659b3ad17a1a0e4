//! Monitoring of an example's world.

use super::World;
use crate::fact::{AlertEvent, AlertStep, Channel, Fact, Receiver, RuleTarget, Trouble, Watcher};
use crate::op;
use crate::scope::Cloud;

const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:patching";
const GROUP: &str = "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourcegroups/rg-shop/providers/microsoft.insights/actiongroups/on-call";
const QUERY: &str = "/subscriptions/0aaaaaaa-0000-4000-8000-000000000001/resourcegroups/rg-shop/providers/microsoft.insights/scheduledqueryrules/patching";

impl World {
    /// One rule covers everything and leads to a person: an event rule of AWS, a query alert of Azure.
    #[must_use]
    pub fn monitored(self) -> World {
        let azure = self.scope.cloud == Cloud::Azure;
        let watcher = Watcher {
            id: if azure { QUERY } else { "arn:aws:events:eu-west-1:111122223333:rule/patching" }.to_owned(),
            name: "patching".to_owned(),
            kind: if azure { "query alert" } else { "event rule" },
            enabled: true,
            covers: Trouble::ALL.to_vec(),
            unsure: false,
            calls: if azure { vec![GROUP.to_owned()] } else { Vec::new() },
        };
        let receiver = Receiver {
            channel: if azure { GROUP } else { TOPIC }.to_owned(),
            number: 0,
            way: "email".to_owned(),
            address: String::new(),
            ready: true,
        };
        let world = self.fact(Fact::Watcher(Box::new(watcher))).fact(Fact::Receiver(receiver));
        if azure {
            let group = Channel { id: GROUP.to_owned(), name: "on-call".to_owned(), enabled: true };
            return world.fact(Fact::Channel(group)).complete(op::ACTIVITY_LOG_ALERTS).complete(op::ALERTS);
        }
        let target = RuleTarget { rule: "patching".to_owned(), id: "1".to_owned(), calls: TOPIC.to_owned() };
        world.fact(Fact::RuleTarget(target)).complete(op::ALARMS)
    }

    /// An alarm that covers failed runs.
    #[must_use]
    pub fn alarmed(self) -> World {
        let watcher = Watcher {
            id: "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:patching".to_owned(),
            name: "patching".to_owned(),
            kind: "alarm",
            enabled: true,
            covers: vec![Trouble::PatchRun],
            unsure: false,
            calls: vec![TOPIC.to_owned()],
        };
        self.fact(Fact::Watcher(Box::new(watcher)))
    }

    /// Changes what watches.
    #[must_use]
    pub fn watching(self, change: impl Fn(&mut Watcher)) -> World {
        self.edit(|fact| {
            if let Fact::Watcher(watcher) = fact {
                change(watcher);
            }
            true
        })
    }

    /// A step of the alert of what watches here.
    #[must_use]
    pub fn alert(self, step: AlertStep, hours_ago: i64) -> World {
        let azure = self.scope.cloud == Cloud::Azure;
        let at = self.hours_ago(hours_ago);
        let watcher = if azure { QUERY } else { "patching" }.to_owned();
        let alert = if azure { "alert-1" } else { "" }.to_owned();
        self.fact(Fact::AlertEvent(AlertEvent { watcher, alert, at, step }))
    }
}
