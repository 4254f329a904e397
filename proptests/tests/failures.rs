//! Whatever fails, and whatever is not done for it: nobody is worse off than at a crash (SAFE-01).

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

use std::collections::BTreeSet;

use dittofs_core::{ClusterView, stopped_by};
use dittofs_effects::{Effect, Outcome};
use dittofs_interpreters::memory::World;
use dittofs_proptests::case::{self, Decided};
use dittofs_proptests::invariants::between;
use dittofs_proptests::strategies::input;
use proptest::prelude::*;

/// Carries a decision out, while those that the mask names fail, and what relies on them is skipped.
fn carry_out(d: &Decided, mask: u64) -> Vec<(World, ClusterView)> {
    let effects: Vec<Effect> = d.effects.iter().filter(|e| e.target().is_some()).cloned().collect();
    let mut stopped = BTreeSet::new();
    let mut world = d.before().clone();
    world.begin_plan();
    let mut worlds = vec![(world.clone(), d.seen().clone())];
    for (index, effect) in effects.iter().enumerate() {
        if stopped.contains(&index) {
            continue;
        }
        let fails = mask & (1 << (index % 64)) != 0
            || !matches!(world.apply(effect), Outcome::Written(_) | Outcome::Deleted);
        if fails {
            stopped.extend(stopped_by(&effects, index));
        }
        worlds.push((world.clone(), case::view(&d.case, &world, &d.server)));
    }
    worlds
}

proptest! {
    #[test]
    fn safe_01_failures_open_nothing_and_cut_nobody_off(
        input in input(),
        mask in prop_oneof![any::<u64>(), (0..12_u32).prop_map(|bit| 1 << bit)],
    ) {
        let decided = input.case().decided();
        let worlds = carry_out(&decided, mask);
        let opened = between::opens_nothing(&decided, worlds.iter().map(|(_, view)| view));
        let cut = between::cuts_nobody_off(&decided, worlds.iter().map(|(world, view)| (world, view)));
        let effects: Vec<_> = decided.effects.iter().map(dittofs_core::testing::line).collect();
        prop_assert!(opened.is_ok() && cut.is_ok(), "{opened:?} {cut:?}\n{mask:b}\n{effects:#?}");
    }
}
