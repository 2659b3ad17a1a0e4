//! The text of an exception's file: written once, then changed line by line, so that a review sees what changed.

use jiff::Timestamp;
use patchseal_core::exception::{Adopted, Kind, Member, Record, Selector, Tier};
use patchseal_core::policy::{DAY, HOUR, Seconds};

/// What a new exception says.
pub struct Draft<'a> {
    /// Id.
    pub id: &'a str,
    /// Why.
    pub kind: Kind,
    /// How much.
    pub tier: Tier,
    /// The longest that the policy allows.
    pub limit: Seconds,
    /// Business reason.
    pub justification: &'a str,
    /// Accountable role.
    pub owner: &'a str,
    /// Who asks.
    pub requester: &'a str,
    /// Ticket.
    pub ticket: Option<&'a str>,
    /// Now.
    pub created: Timestamp,
    /// Begin, where it is not with the approval.
    pub start: Option<Timestamp>,
    /// End.
    pub expires: Timestamp,
    /// What was asked for.
    pub selector: &'a Selector,
    /// What is covered.
    pub members: &'a [Member],
    /// What it takes over from providers.
    pub adopts: &'a [Adopted],
}

/// The file of a new exception.
pub fn text(draft: &Draft<'_>) -> String {
    let mut text = String::new();
    let mut line = |key: &str, value: String| text.push_str(&format!("{key} = {value}\n"));
    line("id", quoted(draft.id));
    line("version", "1".to_owned());
    line("type", quoted(draft.kind.as_str()));
    line("tier", quoted(draft.tier.as_str()));
    line("limit", quoted(&length(draft.limit)));
    line("justification", quoted(draft.justification));
    line("owner", quoted(draft.owner));
    line("requester", quoted(draft.requester));
    if let Some(ticket) = draft.ticket {
        line("ticket", quoted(ticket));
    }
    line("created", quoted(&draft.created.to_string()));
    if let Some(start) = draft.start {
        line("start", quoted(&start.to_string()));
    }
    line("expires", quoted(&draft.expires.to_string()));
    line("renewals", "0".to_owned());
    text.push_str("\n[scope]\n");
    let mut line = |key: &str, words: &[String]| {
        if !words.is_empty() {
            text.push_str(&format!("{key} = {}\n", list(words)));
        }
    };
    line("rules", &draft.selector.rules);
    line("assets", &draft.selector.assets);
    line("services", &draft.selector.services);
    line("cves", &draft.selector.cves);
    line("fix_lines", &draft.selector.fix_lines);
    let digest = crate::config::exception::members_digest(draft.members);
    text.push_str(&format!("members_sha256 = \"{digest}\"\n"));
    for Adopted { held, terms } in draft.adopts {
        text.push_str(&format!("\n[[scope.adopts]]\nheld = {}\nsha256 = \"{terms}\"\n", quoted(held)));
    }
    for member in draft.members {
        text.push_str(&self::member(member));
    }
    text
}

fn member(member: &Member) -> String {
    let mut text = String::from("\n[[scope.members]]\n");
    let mut line = |key: &str, value: String| text.push_str(&format!("{key} = {value}\n"));
    line("finding", quoted(&member.finding));
    line("rule", quoted(&member.rule));
    line("subject", quoted(&member.subject));
    if let Some(owner) = &member.owner {
        line("owner", quoted(owner));
    }
    line("severity", quoted(member.severity.as_str()));
    for (key, flag) in [
        ("exploited", member.exploited),
        ("internet_facing", member.internet_facing),
        ("production", member.production),
    ] {
        line(key, flag.to_string());
    }
    if let Some(class) = &member.data_class {
        line("data_class", quoted(class));
    }
    for (key, words) in [("fix_lines", &member.fix_lines), ("cves", &member.cves)] {
        if !words.is_empty() {
            line(key, list(words));
        }
    }
    text
}

/// The next version of a file: these keys are set, or taken out.
pub fn next(text: &str, record: &Record, now: Timestamp, changes: &[(&str, Option<String>)]) -> String {
    let mut all = vec![
        ("version", Some((record.version + 1).to_string())),
        ("previous", Some(format!("\"{}\"", record.digest))),
        ("created", Some(quoted(&now.to_string()))),
    ];
    all.extend(changes.iter().cloned());
    let mut lines: Vec<Option<String>> = text.lines().map(|line| Some(line.to_owned())).collect();
    let after = record.lines.get("id").map_or(0, |line| *line as usize);
    let mut new = Vec::new();
    for (key, value) in all {
        let written = value.map(|value| format!("{key} = {value}"));
        match record.lines.get(key) {
            Some(line) => lines[*line as usize - 1] = written,
            None => new.extend(written),
        }
    }
    let mut out = String::new();
    for (at, line) in lines.into_iter().enumerate() {
        for line in line.into_iter().chain(if at + 1 == after { std::mem::take(&mut new) } else { Vec::new() }) {
            out.push_str(&line);
            out.push('\n');
        }
    }
    out
}

/// A length of time as files write it.
pub fn length(seconds: Seconds) -> String {
    if seconds % DAY == 0 { format!("{}d", seconds / DAY) } else { format!("{}h", seconds / HOUR) }
}

/// A TOML basic string: JSON's escapes are a part of TOML's, which asks for DEL too.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}

fn list(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    format!("[{}]", words.join(", "))
}
