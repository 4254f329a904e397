//! Long histories, every promise after every step, and rest in the end.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

use dittofs_proptests::history::{Ended, History, history, run};
use dittofs_proptests::invariants::{ALL, Over};
use proptest::prelude::*;

fn ended(history: &History) -> Result<Ended, TestCaseError> {
    run(history).map_err(TestCaseError::fail)
}

fn check(id: &str, ended: &Ended) -> Result<(), TestCaseError> {
    let invariant = ALL.iter().find(|i| i.id == id).unwrap();
    let Over::History(check) = invariant.over else { panic!("{id} is about decisions") };
    check(ended).map_err(|why| TestCaseError::fail(format!("{id} {}\n{why}", invariant.says)))
}

/// Histories are long, so there are fewer of them; `PROPTEST_CASES` counts for them too.
fn config() -> ProptestConfig {
    let config = ProptestConfig::default();
    ProptestConfig { cases: config.cases.div_ceil(8), ..config }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn inv_26_everything_comes_to_rest(history in history(20)) {
        check("INV_26", &ended(&history)?)?;
    }

    #[test]
    fn inv_27_restarts_are_those_asked_for(history in history(20)) {
        check("INV_27", &ended(&history)?)?;
    }
}
