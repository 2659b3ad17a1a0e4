//! What is carried from one reading of the log to the next: all that earlier runs left behind but the facts of the latest
//! runs, which are read again where they are asked for.

use super::{EstateBuilder, RunState};
use crate::carry::{Carry, Cited, In, Out};
use crate::exchange::ExchangeId;
use crate::policy::Policy;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Of the form of the bytes: to be raised whenever what is carried changes, so that nobody reads it as something else. A test
/// notices.
pub const CARRIED_FORM: u32 = 1;

impl RunState {
    /// Everything but facts and coverage.
    fn put(&self, out: &mut Out<'_>) {
        let RunState { run, observed_at, exchanges, watch, facts: _, coverage: _, unread_scanners: _, unread: _ } =
            self;
        run.put(out);
        observed_at.put(out);
        out.cited().rank(exchanges.start).put(out);
        out.cited().rank(exchanges.end).put(out);
        watch.put(out);
    }

    fn take(from: &mut In<'_>) -> Option<RunState> {
        Some(RunState {
            run: u32::take(from)?,
            observed_at: Timestamp::take(from)?,
            exchanges: u32::take(from)?..u32::take(from).filter(|end| *end <= from.exchanges)?,
            watch: Arc::new(Carry::take(from)?),
            unread: true,
            ..RunState::default()
        })
    }
}

impl<'p> EstateBuilder<'p> {
    /// Writes what the runs so far leave behind.
    pub fn carry(&self, sink: &mut dyn FnMut(&[u8])) {
        let mut cited = Cited::none_of(self.exchanges.len());
        for id in self.latest.values().flat_map(|state| state.exchanges.clone()) {
            cited.mark(ExchangeId(id));
        }
        // What is cited shows only by going through it all.
        let mut nowhere = |_: &[u8]| {};
        let mut out = Out::new(&mut nowhere, cited);
        self.put(&mut out);
        let cited = out.finish().numbered();
        let mut out = Out::new(sink, cited);
        self.put(&mut out);
        out.finish();
    }

    fn put(&self, out: &mut Out<'_>) {
        let EstateBuilder {
            policy: _,
            as_of: _,
            runs,
            exchanges,
            newest,
            texts: _,
            scopes: _,
            watch: _,
            ledger,
            claims,
            assets,
            last_scan,
            histories,
            covered,
            latest,
            setting_changes,
            past,
            current: _,
            again: _,
            alerts,
            held,
        } = self;
        runs.put(out);
        out.cited().rank(exchanges.len() as u32).put(out);
        for (id, source) in (0u32..).zip(exchanges) {
            if out.cited().has(id) {
                source.put(out);
            }
        }
        newest.put(out);
        ledger.put(out);
        claims.put(out);
        assets.put(out);
        last_scan.put(out);
        histories.put(out);
        covered.put(out);
        latest.len().put(out);
        for (collector, state) in latest {
            collector.put(out);
            state.put(out);
        }
        setting_changes.put(out);
        past.put(out);
        alerts.put(out);
        held.put(out);
    }

    /// Goes on where earlier runs ended; `None` where the bytes are none that [`EstateBuilder::carry`] wrote.
    pub fn resume(policy: &'p Policy, as_of: Timestamp, bytes: &[u8]) -> Option<EstateBuilder<'p>> {
        let mut from = In::new(bytes);
        let from = &mut from;
        let mut builder = EstateBuilder::new(policy, as_of);
        builder.runs = Carry::take(from)?;
        builder.exchanges = Vec::take(from)?;
        from.exchanges = u32::try_from(builder.exchanges.len()).ok()?;
        builder.newest = Carry::take(from)?;
        builder.ledger = Carry::take(from)?;
        builder.claims = Carry::take(from)?;
        builder.assets = Carry::take(from)?;
        builder.last_scan = Carry::take(from)?;
        builder.histories = Carry::take(from)?;
        builder.covered = Carry::take(from)?;
        for _ in 0..usize::take(from)? {
            let (collector, state) = (String::take(from)?, RunState::take(from)?);
            builder.latest.insert(collector, state);
        }
        builder.setting_changes = Carry::take(from)?;
        builder.past = Carry::take(from)?;
        builder.alerts = Carry::take(from)?;
        builder.held = Carry::take(from)?;
        builder.texts.know(from.texts(), from.remedies());
        let runs = builder.runs.len() as u32;
        let told = builder.histories.values().flat_map(|history| &history.runs).map(|run| run.run);
        let whole = builder.latest.values().map(|state| state.run).chain(told).all(|run| run < runs);
        (from.is_over() && whole).then_some(builder)
    }

    /// Runs whose facts would speak now and were not read since this went on: `observed_at` by collector.
    pub fn unread(&self) -> BTreeMap<String, Timestamp> {
        let unread = self.latest.iter().filter(|(_, state)| state.unread);
        unread.map(|(collector, state)| (collector.clone(), state.observed_at)).collect()
    }

    /// Begins to read a collector's latest run again: for its facts alone, what it moved has moved.
    pub fn begin_again(&mut self, collector: &str) {
        if let Some(state) = self.latest.get_mut(collector) {
            self.current = std::mem::take(state);
            self.watch = self.current.watch.clone();
            self.again = Some(self.current.exchanges.start);
        }
    }

    /// Ends that; whether it was the run of which the bytes told.
    pub fn end_again(&mut self) -> bool {
        let mut state = std::mem::take(&mut self.current);
        let whole = self.again.take() == Some(state.exchanges.end);
        state.unread = false;
        state.facts.settle();
        state.note_unread_scanners();
        // Kept for all runs together: see `end`.
        (state.facts.setting_changes, state.facts.alert_events) = Default::default();
        for (key, placed) in std::mem::take(&mut state.facts.hosts).into_all() {
            state.facts.listed.insert(key, placed.scope.clone());
        }
        let Some(run) = self.runs.get(state.run as usize) else { return false };
        self.latest.insert(run.collector.clone(), state);
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{Shows, World};
    use crate::rules::RULES;
    use sha2::{Digest, Sha256};

    fn worlds() -> impl Iterator<Item = World> {
        RULES.iter().flat_map(|rule| rule.examples).map(|example| (example.build)(World::new()))
    }

    #[test]
    fn the_form_is_that_of_its_number() {
        let mut hasher = Sha256::new();
        // Together they leave something of everything that is carried.
        for rule in [
            "agent-disconnected",
            "alert-unactioned",
            "claim-contradicted",
            "classification-downgraded",
            "exception-unapproved",
            "fix-regressed",
            "patch-overdue",
            "patch-setting-changed-unapproved",
        ] {
            let rule = RULES.iter().find(|known| known.id == rule).unwrap();
            let example = rule.examples.iter().find(|example| example.shows == Shows::Fail).unwrap();
            hasher.update((example.build)(World::new()).left());
        }
        hasher.update(crate::gather::Memory::example());
        let digest: String = hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            (CARRIED_FORM, digest.as_str()),
            (1, "6a9680d79dd92f13"),
            "what is carried has changed (raise CARRIED_FORM), or one of these examples has"
        );
    }

    /// Whatever was written and read on the way, the same is left in the end.
    #[test]
    fn the_same_is_left_whichever_way_it_came() {
        for world in worlds() {
            assert!(world.left() == world.left_at_once());
        }
    }

    #[test]
    fn bytes_that_are_cut_or_altered_are_none_or_something_else_and_no_panic() {
        let mut refused = 0;
        for world in worlds().step_by(7) {
            let left = world.left();
            assert!(EstateBuilder::resume(&world.policy, Timestamp::UNIX_EPOCH, &left).is_some());
            for at in (0..left.len()).step_by(11) {
                assert!(EstateBuilder::resume(&world.policy, Timestamp::UNIX_EPOCH, &left[..at]).is_none());
                let mut altered = left.clone();
                altered[at] ^= 0x15;
                refused += usize::from(EstateBuilder::resume(&world.policy, Timestamp::UNIX_EPOCH, &altered).is_none());
            }
        }
        assert!(refused > 100, "{refused}");
    }
}
