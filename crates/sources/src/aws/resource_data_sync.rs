//! Resource Data Sync: what agents report, written to a bucket as one file per node and type, one object per line. All
//! numbers are text, and a file is overwritten in place, so that it has no history.

mod application;
mod compliance_item;
mod compliance_summary;
mod instance_information;
mod patch_summary;

use crate::{Answer, Ask, Operation, Page, Protocol, Reject, Request};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Every type that is read.
pub const OPERATIONS: &[&Operation] = &[
    &application::OPERATION,
    &compliance_item::OPERATION,
    &compliance_summary::OPERATION,
    &instance_information::OPERATION,
    &patch_summary::OPERATION,
];

/// Documentation of the layout, which is the same for every type.
const DOCS: &str = "https://docs.aws.amazon.com/systems-manager/latest/userguide/inventory-resource-data-sync.html";

/// Files are given, not asked for.
fn request(_: &Ask) -> Request {
    Request { service: "resource-data-sync", protocol: Protocol::File, body: Vec::new() }
}

/// A file never continues.
fn page(answer: &Answer<'_>) -> Page {
    match lines::<IgnoredAny>(answer, |_, _| ()) {
        Ok(()) => Page::Last,
        Err(_) => Page::Unreadable,
    }
}

/// Whether a line is about the node that its file is named for. The file is what shows that a node was read.
fn is_of_its_file(answer: &Answer<'_>, node: &str) -> bool {
    answer.exchange.subject.as_deref().is_none_or(|file| file == node)
}

const OF_ANOTHER_FILE: &str = "line about another node than the file is named for";

/// Each line as a row, with its number from 0; a line that is torn or wrong refuses the file. So does a file without
/// lines: it was cut at its beginning, and taken for an empty list it would make a node look patched.
fn lines<'a, T: Deserialize<'a>>(answer: &Answer<'a>, mut each: impl FnMut(u32, T)) -> Result<(), Reject> {
    let body = answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(answer.body);
    let mut any = false;
    for (number, line) in body.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let row = serde_json::from_slice(line).map_err(|error| Reject {
            position: Some((number + error.line(), error.column())),
            cut_short: error.is_eof(),
            message: error.to_string(),
        })?;
        each(number as u32, row);
        any = true;
    }
    if !any {
        return Err(Reject { position: Some((1, 1)), cut_short: true, message: "the file has no lines".to_owned() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::read;

    /// Invariant 1: no lines are not no patches.
    #[test]
    fn a_file_without_lines_is_cut_short() {
        for operation in super::OPERATIONS {
            for body in ["", "\n", " \r\n"] {
                assert!(read(operation, Some("i-0abc"), body.as_bytes()).is_err_and(|reject| reject.cut_short));
            }
        }
    }

    #[test]
    fn a_line_of_another_node_states_nothing() {
        for operation in super::OPERATIONS {
            let answered = operation.fixtures.iter().find(|fixture| fixture.name == "answered").unwrap().body;
            let (tally, facts) = read(operation, Some("i-0def"), answered.as_bytes()).unwrap();
            assert!(facts.is_empty() && tally.without.values().sum::<u64>() == tally.rows, "{}", operation.id);
        }
    }

    /// A copy that stopped half-way ends inside a line.
    #[test]
    fn a_torn_last_line_is_cut_short() {
        for operation in super::OPERATIONS {
            let whole = operation.fixtures.iter().find(|fixture| fixture.name == "answered").unwrap().body.trim_end();
            let torn = &whole.as_bytes()[..whole.len() - 3];
            let reject = read(operation, Some("i-0abc"), torn).unwrap_err();
            let last = whole.lines().count();
            assert!(reject.cut_short && reject.position.is_some_and(|(line, _)| line == last), "{reject:?}");
        }
    }
}
