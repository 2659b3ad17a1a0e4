//! Provider operations without I/O. Each says how to ask, whether there is more, what else is worth asking, and what
//! an answer states. Who sends the request, and whether anybody does, is not known here.

pub mod aws;
pub mod azure;
pub mod changes;
pub mod codec;
pub mod feeds;
pub mod inventory;
pub mod operation;
pub mod redact;
#[cfg(test)]
mod testing;

pub use operation::{
    Answer, Ask, Asks, Expect, Fixture, Operation, Page, Protocol, Reach, Reject, Request, Rows, Sink, Tally, When,
};

/// Every operation, in the order of their ids.
pub fn operations() -> Vec<&'static Operation> {
    let mut all: Vec<&Operation> =
        [aws::OPERATIONS, azure::OPERATIONS, changes::OPERATIONS, feeds::OPERATIONS, inventory::OPERATIONS]
            .concat()
            .into_iter()
            .flat_map(|list| list.iter().copied())
            .collect();
    all.sort_by_key(|operation| operation.id);
    all
}

/// The operation of that id.
pub fn operation(id: &str) -> Option<&'static Operation> {
    operations().into_iter().find(|operation| operation.id == id)
}
