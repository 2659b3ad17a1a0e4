//! The SLA clock: when it starts, when it is due, and what may move either.

use crate::policy::{Policy, Seconds};
use crate::profile::{Anchor, limit_hours};
use crate::severity::Severity;
use jiff::{SignedDuration, Timestamp};

/// What started a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// First detection.
    FirstDetected,
    /// First detection, capped: a scan was due earlier and did not happen.
    CappedByScanInterval,
    /// The vendor's release.
    VendorRelease,
    /// The weakness's publication.
    Published,
    /// The later of release and the asset's arrival.
    FixAvailable,
    /// Listing as exploited.
    KevAdded,
    /// An earlier exposure of the same lineage and fix line that closed less than 30 days before.
    Continued,
}

impl Basis {
    /// The word used in results.
    pub fn as_str(self) -> &'static str {
        match self {
            Basis::FirstDetected => "first-detected",
            Basis::CappedByScanInterval => "first-detected, capped by the scan interval",
            Basis::VendorRelease => "vendor-release",
            Basis::Published => "published",
            Basis::FixAvailable => "fix-available",
            Basis::KevAdded => "kev-added",
            Basis::Continued => "continued",
        }
    }
}

/// Every time that bears on a clock; all are kept, the policy names the one that starts it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// First detection by any source.
    pub first_detected: Option<Timestamp>,
    /// Last time a scan of the host did not show it, or the host's arrival.
    pub last_clear: Option<Timestamp>,
    /// Vendor's release.
    pub released: Option<Timestamp>,
    /// Publication of the weakness.
    pub published: Option<Timestamp>,
    /// The host's arrival in scope.
    pub in_scope: Option<Timestamp>,
    /// Listing as exploited.
    pub kev_added: Option<Timestamp>,
}

/// The earliest of all times that sightings know, packed: an estate keeps hundreds of thousands of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Earliest([i64; 6]);

impl Earliest {
    /// Later than any time, so that the smaller of two is the earlier one.
    const NONE: i64 = i64::MAX;

    /// Knows no time yet.
    pub(crate) fn none() -> Earliest {
        Earliest([Earliest::NONE; 6])
    }

    /// Takes in what another sighting knows.
    pub(crate) fn take(&mut self, seen: &Times) {
        let Times { first_detected, last_clear, released, published, in_scope, kev_added } = seen;
        let seen = [first_detected, last_clear, released, published, in_scope, kev_added];
        for (own, time) in self.0.iter_mut().zip(seen) {
            // Nanoseconds of 64 bits reach from 1677 to 2262; a source that says otherwise is held at the ends.
            let packed = |time: &Timestamp| {
                let nanoseconds = time.as_nanosecond().clamp(i64::MIN.into(), (Earliest::NONE - 1).into());
                i64::try_from(nanoseconds).unwrap_or(Earliest::NONE)
            };
            *own = time.as_ref().map_or(*own, |time| packed(time).min(*own));
        }
    }

    /// The times.
    pub(crate) fn times(&self) -> Times {
        let [first_detected, last_clear, released, published, in_scope, kev_added] = self
            .0
            .map(|packed| (packed != Earliest::NONE).then(|| Timestamp::from_nanosecond(packed.into()).ok()).flatten());
        Times { first_detected, last_clear, released, published, in_scope, kev_added }
    }
}

/// A time or none, in 12 bytes where `Option<Timestamp>` takes 24. It loses nothing: what is packed comes back as it was.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Moment {
    /// Seconds since the epoch, in two halves, so that no room is lost to alignment.
    seconds: [u32; 2],
    /// Nanoseconds of the second; one more than any where there is no time.
    nanoseconds: u32,
}

impl Moment {
    /// No time.
    pub const NONE: Moment = Moment { seconds: [0; 2], nanoseconds: 1_000_000_000 };

    /// The time.
    pub fn get(self) -> Option<Timestamp> {
        let [high, low] = self.seconds;
        let seconds = i64::from_ne_bytes((u64::from(high) << 32 | u64::from(low)).to_ne_bytes());
        let time = || Timestamp::from_nanosecond(i128::from(seconds) * 1_000_000_000 + i128::from(self.nanoseconds));
        (self != Moment::NONE).then(time).and_then(Result::ok)
    }
}

impl From<Timestamp> for Moment {
    fn from(time: Timestamp) -> Moment {
        let all = time.as_nanosecond();
        let seconds = (all.div_euclid(1_000_000_000) as i64) as u64;
        let nanoseconds = all.rem_euclid(1_000_000_000) as u32;
        Moment { seconds: [(seconds >> 32) as u32, seconds as u32], nanoseconds }
    }
}

impl From<Option<Timestamp>> for Moment {
    fn from(time: Option<Timestamp>) -> Moment {
        time.map_or(Moment::NONE, Moment::from)
    }
}

impl std::fmt::Debug for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.get().fmt(f)
    }
}

/// A time plus seconds, held at the ends of what can be represented.
pub fn after(time: Timestamp, seconds: Seconds) -> Timestamp {
    time.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

/// When the clock starts, and by what.
///
/// First detection is capped by the scan interval: `min(first detected, max(release, in scope) + interval)` where the
/// release is known; where it is not, by the last scan that did not show the weakness plus the interval. Either way
/// not scanning never helps.
pub fn start(times: &Times, policy: &Policy) -> Option<(Timestamp, Basis)> {
    let detected = times.first_detected?;
    let interval = policy.sla.scan_interval;
    let capped = || {
        let by_release =
            times.released.map(|time| after(times.in_scope.map_or(time, |scope| scope.max(time)), interval));
        // Where the release is known, an old scan proves nothing: the fix may not have existed then.
        let cap = by_release.or_else(|| times.last_clear.map(|clear| after(clear, interval)));
        match cap {
            Some(cap) if cap < detected => (cap, Basis::CappedByScanInterval),
            _ => (detected, Basis::FirstDetected),
        }
    };
    Some(match policy.sla.anchor {
        Anchor::FirstDetected => capped(),
        Anchor::VendorRelease => times.released.map_or_else(capped, |time| (time, Basis::VendorRelease)),
        Anchor::Published => times.published.map_or_else(capped, |time| (time, Basis::Published)),
        Anchor::FixAvailable => times
            .released
            .map_or_else(capped, |time| (times.in_scope.map_or(time, |scope| scope.max(time)), Basis::FixAvailable)),
        Anchor::KevAdded => times.kev_added.map_or_else(capped, |time| (time.min(capped().0), Basis::KevAdded)),
    })
}

/// The limit in seconds, the most specific statement of the policy first. `None`: this profile sets no limit of its own.
/// `exploited` asks for the limit of weaknesses known to be exploited, which counts from the listing.
pub fn limit(
    policy: &Policy,
    severity: Severity,
    exploited: bool,
    facing: bool,
    environment: Option<&str>,
) -> Option<Seconds> {
    let key = (!exploited).then_some(severity);
    let of_environment = environment.and_then(|name| policy.sla.environments.get(name)).and_then(|own| own.get(&key));
    let own = of_environment.or_else(|| policy.sla.limits.get(&key)).copied();
    own.or_else(|| limit_hours(policy.sla.profile, severity, exploited, facing, None))
        .map(|hours| Seconds::from(hours) * crate::policy::HOUR)
}

crate::carry::carried_words! {
    Basis { FirstDetected, CappedByScanInterval, VendorRelease, Published, FixAvailable, KevAdded, Continued }
}

impl crate::carry::Carry for Earliest {
    fn put(&self, out: &mut crate::carry::Out<'_>) {
        self.0.iter().for_each(|time| time.put(out));
    }
    fn take(from: &mut crate::carry::In<'_>) -> Option<Self> {
        let mut times = Earliest::none();
        for time in &mut times.0 {
            *time = i64::take(from)?;
        }
        Some(times)
    }
}

impl crate::carry::Carry for Moment {
    fn put(&self, out: &mut crate::carry::Out<'_>) {
        self.get().put(out);
    }
    fn take(from: &mut crate::carry::In<'_>) -> Option<Self> {
        <Option<Timestamp> as crate::carry::Carry>::take(from).map(Moment::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_time_comes_back_as_it_was() {
        let fraction = Timestamp::from_nanosecond(-1_500_000_001).unwrap();
        for time in [Timestamp::MIN, fraction, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
            assert_eq!(Moment::from(time).get(), Some(time));
        }
        assert_eq!(Moment::from(None).get(), None);
        assert_eq!(size_of::<Moment>(), 12);
    }
}
