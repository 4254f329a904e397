//! Whatever DittoFS, or something in between, sends: nothing panics, and nothing but a list withdraws.

use dittofs_core::Observation;
use dittofs_proptests::case::{Answer, Case};
use dittofs_proptests::invariants;
use dittofs_proptests::strategies::{Input, Scene, hostile_bytes};
use proptest::prelude::*;

fn settled(answer: Answer) -> Case {
    let scene = Scene::settled(&[("nfs", 12049), ("smb", 1445)]);
    Input { wishes: Vec::new(), scene, answer, confirmed: true, refusals: Vec::new(), whole: false }.case()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases * 4, ..ProptestConfig::default() })]

    #[test]
    fn disc_03_hostile_bytes_neither_panic_nor_withdraw((status, media_type, body) in hostile_bytes()) {
        let answer = Answer::Http(status, media_type, body.clone());
        let is_list = status == 200 && serde_json::from_slice::<Vec<serde_json::Value>>(&body).is_ok();
        let observed = answer.observe();
        let reported = matches!(observed, Observation::Reported(_));
        prop_assert!(is_list || !reported, "{observed:?}");
        let decided = settled(answer).decided();
        prop_assert!(is_list || decided.writes().next().is_none());
        prop_assert_eq!(invariants::check(&decided), Ok(()));
    }
}
