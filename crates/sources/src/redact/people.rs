//! Addresses of people in answers that are about nothing else: subscriptions of a topic. Their member has the same name
//! whether it holds a person's address or a machine's, so that the value decides.

use super::{Cuts, MARK};

/// Cuts mail addresses and telephone numbers out of a list of subscriptions.
pub(super) fn redact(operation_id: &str, body: &[u8], cuts: &mut Cuts) {
    if !operation_id.starts_with("sns.") {
        return;
    }
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte) || byte >= 0x80;
    let mut at = 0;
    while at < body.len() {
        match body[at] {
            b'@' => {
                let before = body[..at].iter().rev().take_while(|byte| word(**byte)).count();
                let after = body[at + 1..].iter().take_while(|byte| word(**byte)).count();
                if before > 0 && after > 0 {
                    cuts.cut(at - before..at + 1 + after, MARK, String::new());
                }
                at += 1 + after;
            }
            b'+' if body.get(at.wrapping_sub(1)).is_none_or(|before| !word(*before)) => {
                let digits = body[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                if digits >= 7 {
                    cuts.cut(at..at + 1 + digits, MARK, String::new());
                }
                at += 1 + digits;
            }
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::redact::redact;

    #[test]
    fn people_are_cut_out_and_machines_stay() {
        let body = br#"{"Subscriptions": [{"Protocol": "email", "Endpoint": "on.call+x@shop.example", "TopicArn": "arn:aws:sns:eu-west-1:111122223333:t"}, {"Protocol": "sms", "Endpoint": "+4915112345678"}, {"Endpoint": "https://events.pagerduty.com/a"}]}"#;
        let cut = redact("sns.ListSubscriptionsByTopic", "application/json", body).body.into_owned();
        let cut = String::from_utf8(cut).unwrap();
        assert!(!cut.contains("shop.example") && !cut.contains("4915112345678"), "{cut}");
        assert!(cut.contains("https://events.pagerduty.com/a") && cut.contains("arn:aws:sns"), "{cut}");
        let xml = b"<Endpoint>on-call@shop.example</Endpoint>";
        let cut = redact("sns.ListSubscriptionsByTopic", "application/xml", xml).body.into_owned();
        assert_eq!(String::from_utf8(cut).unwrap(), "<Endpoint>[redacted]</Endpoint>");
        let other = redact("ec2.DescribeRegions", "application/json", body);
        assert_eq!(other.body.as_ref(), body);
        let azure = br#"{"phoneNumber": "5551234567", "lastModifiedUserName": "someone", "emailAddress": "a@b"}"#;
        let cut = redact("insights.ActionGroups", "application/json", azure).body.into_owned();
        assert_eq!(
            String::from_utf8(cut).unwrap(),
            r#"{"phoneNumber": "[redacted]", "lastModifiedUserName": "[redacted]", "emailAddress": "[redacted]"}"#
        );
    }
}
