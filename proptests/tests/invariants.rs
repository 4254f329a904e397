//! Every promise about single decisions, on everything that the strategies make.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

use dittofs_proptests::invariants::{ALL, Over};
use dittofs_proptests::strategies::{Input, input};
use proptest::prelude::*;

fn check(id: &str, input: &Input) -> Result<(), TestCaseError> {
    let invariant = ALL.iter().find(|i| i.id == id).unwrap();
    let Over::Decision(check) = invariant.over else { panic!("{id} is not about decisions") };
    let decided = input.case().decided();
    check(&decided).map_err(|why| {
        let effects: Vec<_> = decided.effects.iter().map(dittofs_core::testing::line).collect();
        TestCaseError::fail(format!("{id} {}\n{why}\n{effects:#?}", invariant.says))
    })
}

macro_rules! holds {
    ($($name:ident $id:ident,)*) => {
        proptest! {
            $(#[test]
            fn $name(input in input()) {
                check(stringify!($id), &input)?;
            })*
        }

        #[test]
        fn every_invariant_about_decisions_has_its_test() {
            let tested = [$(stringify!($id)),*];
            let decisions = ALL.iter().filter(|i| matches!(i.over, Over::Decision(_)));
            let untested: Vec<_> = decisions.filter(|i| !tested.contains(&i.id)).map(|i| i.id).collect();
            assert!(untested.is_empty(), "{untested:?}");
        }
    };
}

holds! {
    inv_01_silence_changes_nothing INV_01,
    inv_02_sets_are_equal INV_02,
    inv_03_policies_open_exactly_the_targets INV_03,
    inv_04_services_are_as_wanted INV_04,
    inv_05_container_ports_are_as_wanted INV_05,
    inv_06_is_idempotent INV_06,
    inv_07_no_crash_opens_anything INV_07,
    inv_08_no_crash_cuts_anybody_off INV_08,
    inv_09_the_api_stays_reachable INV_09,
    inv_10_foreign_objects_are_left_alone INV_10,
    inv_11_writes_name_what_was_seen INV_11,
    inv_12_is_deterministic INV_12,
    inv_13_held_adapters_keep_everything INV_13,
    inv_14_watching_decides_as_sync INV_14,
    inv_15_upsert_only_takes_nothing_away INV_15,
    inv_16_unknown_fields_survive INV_16,
    inv_17_ports_restart_nothing INV_17,
    inv_18_closes_first_and_opens_last INV_18,
    inv_19_services_are_not_replaced INV_19,
    inv_20_one_code_each INV_20,
    inv_21_nothing_is_silent INV_21,
    inv_22_nobody_goes_without_cause INV_22,
    inv_23_the_terminating_are_left_alone INV_23,
    inv_24_a_deleted_server_only_stops INV_24,
    inv_25_every_write_is_accepted INV_25,
    inv_28_what_does_not_matter_makes_no_difference INV_28,
}
