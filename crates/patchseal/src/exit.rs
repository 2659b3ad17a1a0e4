//! Exit codes, never tied to the format. Where several apply, the order is 4, 70, 5, 2, 1, 3.

/// What the process says when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Evaluated, and nothing at or above `--fail-on`.
    Clean,
    /// Findings at or above `--fail-on`.
    Findings,
    /// Usage or configuration.
    Usage,
    /// Something in scope is unknown, or a file was rejected.
    Incomplete,
    /// Evidence failed verification.
    Unverified,
    /// The store, or a file to write a result to, could not be used.
    Store,
    /// A defect of Patchseal.
    Internal,
}

/// Every code with its meaning, for `docs/exit-codes.md`.
pub const EXITS: [(Exit, &str); 7] = [
    (Exit::Clean, "evaluated, and nothing at or above `--fail-on`"),
    (Exit::Findings, "findings at or above `--fail-on` (default: high), those under a valid exception aside"),
    (Exit::Usage, "usage or configuration: the command line, the policy, or the folder given"),
    (
        Exit::Incomplete,
        "incomplete: something in scope is unknown, or a file was rejected; `--allow-incomplete` makes it 0",
    ),
    (Exit::Unverified, "evidence failed verification"),
    (
        Exit::Store,
        "the store, or a file to write a result to, could not be used: locked, full, read-only, or not there",
    ),
    (Exit::Internal, "internal error: a defect of Patchseal, please report it"),
];

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Incomplete => 3,
            Exit::Unverified => 4,
            Exit::Store => 5,
            Exit::Internal => 70,
        }
    }
}
