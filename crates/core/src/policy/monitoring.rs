//! What the customer says of monitoring: which routes end at a person, and how soon an alert is acted on.

use super::{DAY, Seconds};
use crate::fact::Trouble;

/// Monitoring of deployments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitoring {
    /// Routes that end at a person: ways such as `email`, addresses of web hooks, and beginnings of ARNs.
    pub routes: Vec<String>,
    /// Longest time from an alert to an action on it.
    pub act_within: Seconds,
    /// What alarms and rules cover whose conditions do not tell: names, or beginnings of names with a `*`.
    pub covers: Vec<(String, Vec<Trouble>)>,
}

impl Monitoring {
    /// Unless the policy says otherwise.
    pub fn built_in() -> Monitoring {
        let routes = [
            "email",
            "sms",
            "voice",
            "push",
            "role",
            "itsm",
            // The end points that PagerDuty and the chat applications of AWS document for topics.
            "https://events.pagerduty.com/",
            "https://global.sns-api.chatbot.amazonaws.com",
            "arn:aws:ssm-incidents:",
        ];
        Monitoring {
            routes: routes.map(str::to_owned).to_vec(),
            // No framework sets a number. A judgement: a failed nightly run is looked at before the next one.
            act_within: DAY,
            covers: Vec::new(),
        }
    }

    /// Whether a receiver of that way and address is a person's.
    pub fn reaches(&self, way: &str, address: &str) -> bool {
        self.routes.iter().any(|route| match route.strip_prefix("https://") {
            Some(_) => {
                let base = route.trim_end_matches('/');
                address.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            None if route.starts_with("arn:") => address.starts_with(route.as_str()),
            None => route == way,
        })
    }

    /// What the policy says that an alarm or rule covers.
    pub fn covered_by(&self, name: &str) -> Option<&[Trouble]> {
        let fits = |pattern: &str| match pattern.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == pattern,
        };
        self.covers.iter().find(|(pattern, _)| fits(pattern)).map(|(_, covers)| covers.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_that_end_at_a_person() {
        let policy = Monitoring::built_in();
        for (way, address, expected) in [
            ("email", "", true),
            ("lambda", "arn:aws:lambda:eu-west-1:111122223333:function:x", false),
            ("https", "https://events.pagerduty.com/integration/0a/enqueue", true),
            ("https", "https://events.pagerduty.com.example/integration", false),
            ("https", "https://global.sns-api.chatbot.amazonaws.com", true),
            ("https", "https://example.com/", false),
            ("", "arn:aws:ssm-incidents::111122223333:response-plan/x", true),
        ] {
            assert_eq!(policy.reaches(way, address), expected, "{way} {address}");
        }
    }
}
