//! Where C2SP tlog-tiles puts each file.

/// Hashes in a full tile, entries in a full bundle.
pub(crate) const WIDTH: u64 = 256;
/// Level 7 tiles end a tree of 2^64 leaves.
pub(crate) const LEVELS: u8 = 8;

/// What a tile file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Length-prefixed leaves.
    Entries,
    /// Hashes of subtrees of 256^level leaves.
    Hashes(u8),
}

impl Kind {
    /// Bundles are cut like tiles of level 0.
    pub(crate) fn level(self) -> u8 {
        match self {
            Kind::Entries => 0,
            Kind::Hashes(level) => level,
        }
    }

    /// Index of the first tile that is not full, and how much of it a log of `size` leaves fills.
    pub(crate) fn edge(self, size: u64) -> (u64, u64) {
        let count = size >> (8 * u32::from(self.level()));
        (count / WIDTH, count % WIDTH)
    }
}

/// Path relative to the store, `width` from 1 to 256.
pub(crate) fn path(kind: Kind, index: u64, width: u64) -> String {
    let folder = match kind {
        Kind::Entries => "entries".to_owned(),
        Kind::Hashes(level) => level.to_string(),
    };
    let mut number = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        number = format!("x{:03}/{number}", rest % 1000);
        rest /= 1000;
    }
    if width == WIDTH { format!("log/tile/{folder}/{number}") } else { format!("log/tile/{folder}/{number}.p/{width}") }
}

/// Kind, index and width of a path relative to the store; `None` unless [`path`] gives exactly this text.
pub(crate) fn parse(text: &str) -> Option<(Kind, u64, u64)> {
    let (folder, rest) = text.strip_prefix("log/tile/")?.split_once('/')?;
    let kind = if folder == "entries" { Kind::Entries } else { Kind::Hashes(folder.parse().ok()?) };
    let (number, width) = match rest.split_once(".p/") {
        Some((number, width)) => (number, width.parse().ok()?),
        None => (rest, WIDTH),
    };
    let mut index = 0u64;
    for part in number.split('/') {
        let digits = part.strip_prefix('x').unwrap_or(part);
        index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    let known = kind.level() < LEVELS && (1..=WIDTH).contains(&width);
    (known && path(kind, index, width) == text).then_some((kind, index, width))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let cases = [
            (Kind::Hashes(0), 0, 256, "log/tile/0/000"),
            (Kind::Hashes(1), 273, 17, "log/tile/1/273.p/17"),
            (Kind::Hashes(0), 1_234_067, 256, "log/tile/0/x001/x234/067"),
            (Kind::Entries, 1_000, 1, "log/tile/entries/x001/000.p/1"),
        ];
        for (kind, index, width, expected) in cases {
            assert_eq!(path(kind, index, width), expected);
            assert_eq!(parse(expected), Some((kind, index, width)));
        }
        for bad in [
            "log/tile/0/00",
            "log/tile/00/000",
            "log/tile/0/000.p/0",
            "log/tile/0/000.p/256",
            "log/tile/0/000.p/07",
            "log/tile/0/x000/001",
            "log/tile/8/000",
            "log/tile/data/000",
            "log/tile/0/+01",
            "log/tile/0/001/x001",
            "log/tile/0/999/999/999/999/999/999/999/999",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_edge_is_that_of_the_specification() {
        let edges = [0, 1, 2].map(|level| Kind::Hashes(level).edge(70_000));
        assert_eq!(edges, [(273, 112), (1, 17), (0, 1)]);
        assert_eq!([0, 1].map(|level| Kind::Hashes(level).edge(256)), [(1, 0), (0, 1)]);
    }

    proptest! {
        #[test]
        fn any_text_is_a_path_or_is_not(text in ".{0,60}", tail in "[x0-9./p]{0,40}") {
            let _ = parse(&text);
            let made = format!("log/tile/0/{tail}");
            if let Some((kind, index, width)) = parse(&made) {
                prop_assert_eq!(path(kind, index, width), made);
            }
        }
    }
}
