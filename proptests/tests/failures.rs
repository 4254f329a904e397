//! Whatever fails, and whatever is not done for it: nobody is worse off than at a crash (SAFE-01).

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

use dittofs_proptests::invariants::{ALL, Over};
use dittofs_proptests::strategies::input;
use proptest::prelude::*;

proptest! {
    // Few plans have anything that relies on what fails: with fewer cases, skipping nothing goes unseen.
    #![proptest_config(ProptestConfig { cases: 3 * ProptestConfig::default().cases, ..ProptestConfig::default() })]

    #[test]
    fn inv_29_failures_open_nothing_and_cut_nobody_off(
        input in input(),
        mask in prop_oneof![any::<u64>(), (0..12_u32).prop_map(|bit| 1 << bit)],
    ) {
        let decided = input.case().decided();
        for invariant in ALL {
            let Over::Failures(check) = invariant.over else { continue };
            check(&decided, mask).map_err(|why| {
                let effects: Vec<_> = decided.effects.iter().map(dittofs_core::testing::line).collect();
                TestCaseError::fail(format!("{} {}\n{why}\n{mask:b}\n{effects:#?}", invariant.id, invariant.says))
            })?;
        }
    }
}
