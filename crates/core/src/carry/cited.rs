//! Which exchanges what is carried rests on: of a year's millions a few, and they get numbers of their own.

use crate::exchange::ExchangeId;

/// Exchanges that are cited: marked while they are looked for, numbered afterwards.
pub(crate) struct Cited {
    /// A bit for each exchange.
    marks: Vec<u64>,
    /// Marks before each word of `marks`; empty while they are looked for.
    before: Vec<u32>,
}

impl Cited {
    /// Of so many exchanges none yet.
    pub(crate) fn none_of(exchanges: usize) -> Cited {
        Cited { marks: vec![0; exchanges.div_ceil(64)], before: Vec::new() }
    }

    /// Marks one.
    pub(crate) fn mark(&mut self, id: ExchangeId) {
        if let Some(word) = self.marks.get_mut(id.0 as usize / 64) {
            *word |= 1 << (id.0 % 64);
        }
    }

    /// Ends the search: from here on each has the number of those before it, so that their order stays.
    pub(crate) fn numbered(mut self) -> Cited {
        let mut before = 0;
        for word in &self.marks {
            self.before.push(before);
            before += word.count_ones();
        }
        self
    }

    /// Marks one, or gives its number.
    pub(crate) fn number(&mut self, id: ExchangeId) -> u64 {
        if self.before.is_empty() {
            self.mark(id);
            return 0;
        }
        self.rank(id.0)
    }

    /// How many are cited before a place; none while they are looked for.
    pub(crate) fn rank(&self, id: u32) -> u64 {
        if self.before.is_empty() {
            return 0;
        }
        let (word, bit) = (id as usize / 64, id % 64);
        let Some(marks) = self.marks.get(word) else {
            let last = self.marks.last().map_or(0, |word| word.count_ones());
            return u64::from(self.before.last().copied().unwrap_or(0) + last);
        };
        u64::from(self.before[word] + (marks & ((1 << bit) - 1)).count_ones())
    }

    /// Whether one is cited; unknown, and therefore not, while they are looked for.
    pub(crate) fn has(&self, id: u32) -> bool {
        !self.before.is_empty() && self.marks.get(id as usize / 64).is_some_and(|word| word & (1 << (id % 64)) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_order_of_exchanges() {
        let mut cited = Cited::none_of(200);
        for id in [199, 3, 64, 63] {
            assert_eq!(cited.number(ExchangeId(id)), 0);
        }
        let mut cited = cited.numbered();
        let numbers: Vec<u64> = [3, 63, 64, 199].map(|id| cited.number(ExchangeId(id))).into();
        assert_eq!(numbers, [0, 1, 2, 3]);
        assert!(cited.has(64) && !cited.has(65) && !cited.has(1000));
        assert_eq!((cited.rank(64), cited.rank(65), cited.rank(200)), (2, 3, 4));
        assert_eq!(Cited::none_of(0).numbered().rank(0), 0);
    }
}
