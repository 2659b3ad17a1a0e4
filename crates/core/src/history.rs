//! What was the case when, and since when that is known. History is a sequence of points: evaluations of the world at a
//! time. A point that is given again later, because answers came in late or rules were restated, stands beside the old
//! one; which of them counts depends on how much of the log is looked at.

use jiff::Timestamp;
use std::collections::BTreeMap;

/// An evaluation of the world at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// State of the world at this time.
    pub as_of: Timestamp,
    /// Leaves of the log that were read.
    pub input_size: u64,
    /// Leaf that holds it.
    pub leaf: u64,
}

/// The points that count as far as the log knew at a size, in the order of time: of several about one time the one that
/// read most, and of those the one sealed last. The order they are given in does not matter.
pub fn in_force(points: impl IntoIterator<Item = Point>, known_at: u64) -> Vec<Point> {
    let mut best: BTreeMap<Timestamp, Point> = BTreeMap::new();
    for point in points.into_iter().filter(|point| point.leaf < known_at) {
        let known = best.entry(point.as_of).or_insert(point);
        *known = point.max(*known);
    }
    best.into_values().collect()
}

/// Times that have to be evaluated, in order: of `wanted`, those that no point in force gives, or that one gives without
/// what was sealed since. `late` are observations and the leaves that brought them: one that was made by a point's time
/// and sealed at or after what the point read makes that point and every later one out of date.
pub fn due(wanted: &[Timestamp], in_force: &[Point], late: &[(Timestamp, u64)]) -> Vec<Timestamp> {
    let outdated = |point: &Point| late.iter().any(|(at, leaf)| *at <= point.as_of && *leaf >= point.input_size);
    let given = |time: &Timestamp| {
        let at = in_force.binary_search_by_key(time, |point| point.as_of);
        at.is_ok_and(|at| !outdated(&in_force[at]))
    };
    let mut due: Vec<Timestamp> = wanted.iter().copied().filter(|time| !given(time)).collect();
    due.extend(in_force.iter().filter(|point| outdated(point)).map(|point| point.as_of));
    due.sort_unstable();
    due.dedup();
    due
}

/// A value that held from one point to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span<K, V> {
    /// What it is the value of.
    pub key: K,
    /// Time of the first point that has it: when it began is at or before, and after the point before.
    pub from: Timestamp,
    /// Time of the first point that has it no more; `None` where the last one still has it.
    pub to: Option<Timestamp>,
    /// The value.
    pub value: V,
    /// Leaf of the first point that has it.
    pub recorded: u64,
}

/// Makes spans out of points that come in the order of time.
#[derive(Clone, Debug)]
pub struct Timeline<K, V> {
    open: BTreeMap<K, (Timestamp, u64, V)>,
    closed: Vec<Span<K, V>>,
}

impl<K, V> Default for Timeline<K, V> {
    fn default() -> Self {
        Timeline { open: BTreeMap::new(), closed: Vec::new() }
    }
}

impl<K: Ord + Clone, V: PartialEq> Timeline<K, V> {
    /// A point says that a key has a value from here on, or none.
    pub fn change(&mut self, point: Point, key: K, value: Option<V>) {
        let same = match (&value, self.open.get(&key)) {
            (Some(value), Some((_, _, known))) => value == known,
            (None, None) => true,
            _ => false,
        };
        if same {
            return;
        }
        if let Some((from, recorded, value)) = self.open.remove(&key) {
            self.closed.push(Span { key: key.clone(), from, to: Some(point.as_of), value, recorded });
        }
        if let Some(value) = value {
            self.open.insert(key, (point.as_of, point.leaf, value));
        }
    }

    /// Keys that have a value now.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.open.keys()
    }

    /// Every span, by key and time.
    pub fn spans(self) -> Vec<Span<K, V>> {
        let mut spans = self.closed;
        let open = self.open.into_iter();
        spans.extend(open.map(|(key, (from, recorded, value))| Span { key, from, to: None, value, recorded }));
        spans.sort_by(|one, other| (&one.key, one.from).cmp(&(&other.key, other.from)));
        spans
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(day * 86_400).unwrap()
    }

    fn point(day: i64, input_size: u64, leaf: u64) -> Point {
        Point { as_of: at(day), input_size, leaf }
    }

    #[test]
    fn what_read_most_counts_and_what_came_later_does_not_count_before() {
        let points = [point(2, 5, 8), point(1, 3, 3), point(2, 4, 4), point(2, 3, 9)];
        let leaves = |known_at| in_force(points, known_at).iter().map(|point| point.leaf).collect::<Vec<_>>();
        assert_eq!(leaves(4), [3]);
        assert_eq!(leaves(5), [3, 4]);
        assert_eq!(leaves(10), [3, 8], "a question about what was known then replaces nothing");
    }

    #[test]
    fn a_late_observation_makes_later_points_due_again() {
        let points = [point(1, 2, 2), point(3, 4, 4), point(5, 6, 6)];
        let wanted = [at(1), at(3), at(5)];
        assert_eq!(due(&wanted, &points, &[(at(1), 0), (at(3), 3), (at(5), 5)]), []);
        assert_eq!(due(&wanted, &points, &[(at(2), 7)]), [at(3), at(5)]);
        assert_eq!(due(&[at(2)], &points, &[(at(2), 7)]), [at(2), at(3), at(5)]);
        assert_eq!(due(&[at(7)], &points, &[(at(6), 7)]), [at(7)], "a new observation changes no past");
    }

    #[test]
    fn spans_end_where_a_point_says_otherwise() {
        let mut line = Timeline::default();
        line.change(point(1, 1, 1), "a", Some(1));
        line.change(point(2, 2, 2), "a", Some(1));
        line.change(point(3, 3, 3), "a", Some(2));
        line.change(point(4, 4, 4), "a", None);
        line.change(point(5, 5, 5), "a", Some(2));
        line.change(point(5, 5, 5), "b", None);
        let spans: Vec<_> =
            line.spans().into_iter().map(|span| (span.from, span.to, span.value, span.recorded)).collect();
        assert_eq!(spans, [(at(1), Some(at(3)), 1, 1), (at(3), Some(at(4)), 2, 3), (at(5), None, 2, 5)]);
    }
}
