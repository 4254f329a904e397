//! Any write may fail, and what relies on it is then skipped (SAFE-01).

use std::collections::BTreeSet;

use dittofs_core::{ClusterView, stopped_by};
use dittofs_effects::{Effect, Outcome};
use dittofs_interpreters::memory::World;

use super::{Verdict, between};
use crate::case::{self, Decided};

pub(super) fn open_nothing_and_cut_nobody_off(d: &Decided, mask: u64) -> Verdict {
    let worlds = carry_out(d, mask);
    between::opens_nothing(d, worlds.iter().map(|(_, view)| view))?;
    between::cuts_nobody_off(d, worlds.iter().map(|(world, view)| (world, view)))
}

/// Carries a decision out, while those writes that the mask names fail, and what relies on them is skipped.
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
