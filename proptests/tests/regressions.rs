//! Defects that the promises found, each in its smallest form: what is mended stays mended. One that is not mended yet is
//! ignored and says why, and the promise that found it says what it leaves out for it.

#![allow(clippy::unwrap_used, reason = "helpers of tests may give up as tests do")]

use dittofs_core::testing::entry;
use dittofs_proptests::case::{Answer, Decided};
use dittofs_proptests::strategies::{Drift, Input, Scene, Wish};
use serde_json::{Value, json};

fn decided(wishes: &[(&'static str, Value)], scene: Scene, entries: &[Value]) -> Decided {
    let wishes = wishes.iter().map(|(pointer, value)| Wish::Field(pointer, value.clone())).collect();
    let input = Input {
        wishes,
        scene,
        answer: Answer::list(entries),
        confirmed: false,
        refusals: Vec::new(),
        whole: false,
    };
    input.case().decided()
}

/// The memory world gives a node port back although the same write switches node ports off; measured: it stays only
/// "until the ports are sent without it".
#[test]
fn node_ports_that_are_switched_off_go() {
    let overrides = json!([{ "adapter": "nfs", "allocateLoadBalancerNodePorts": false }]);
    let wish = ("/spec/adapterServices/overrides", overrides);
    let decided = decided(&[wish], Scene::settled(&[("nfs", 12049)]), &[entry("nfs", true, true, 12049)]);
    assert!(decided.again(decided.after()).is_empty(), "{:?}", decided.again(decided.after()));
}

/// The baseline does not select the pod, which another policy isolates, and opens a port that nobody wants. Its first
/// write makes it select the pod and takes nothing away; the second one closes the port. In between it is open.
#[test]
fn a_baseline_that_comes_back_opens_nothing_in_between() {
    let mut scene = Scene::settled(&[("nfs", 12049)]);
    let selector = json!({ "matchLabels": { "app": "nobody" } });
    let port = json!({ "port": 10111, "protocol": "TCP" });
    let baseline = || "srv-baseline".to_owned();
    scene.drifts = vec![
        Drift::Field("NetworkPolicy", baseline(), "/spec/podSelector", selector),
        Drift::More("NetworkPolicy", baseline(), "/spec/ingress/0/ports", port),
    ];
    let decided = decided(&[], scene, &[entry("nfs", true, true, 12049)]);
    assert_eq!(dittofs_proptests::invariants::check(&decided), Ok(()));
}

/// RFC 8259 §8.1: JSON is UTF-8. A body that is damaged in a field that is read past is taken for a whole list.
#[test]
fn a_list_is_utf_8_throughout() {
    let body =
        b"[{\"type\":\"nfs\",\"enabled\":false,\"running\":false,\"port\":1,\"status\":\"\x80\"}]".to_vec();
    let observed = Answer::Http(200, Some("application/json".to_owned()), body).observe();
    assert!(matches!(observed, dittofs_core::Observation::Unavailable(_)), "{observed:?}");
}

/// The Portmapper's port of nfs is called `adapter-nfs-pm` in the template, and so is the own port of an adapter `nfs-pm`:
/// only one of the two is declared, and the next decision changes its number. `NameClash` looks at cut names alone.
#[test]
fn an_adapter_called_like_a_companion_is_told_apart() {
    let wish =
        ("/spec/adapterServices/overrides", json!([{ "adapter": "nfs", "companionPorts": ["Portmapper"] }]));
    let entries = [entry("nfs", true, true, 12049), entry("nfs-pm", true, true, 2049)];
    let decided = decided(&[wish], Scene::settled(&[]), &entries);
    assert_eq!(dittofs_proptests::invariants::check(&decided), Ok(()));
    let held = decided.holds().any(|h| h.code == dittofs_core::effects::HoldCode::NameClash);
    let declared = dittofs_proptests::raw::adapter_ports(decided.after(), &decided.server);
    assert!(held || declared.len() == 4, "nfs, its portmapper twice, and nfs-pm: {declared:?}");
}

/// Two entries of one type that cannot be read: the sentence is that of whichever comes first.
#[test]
fn the_order_of_entries_shows_in_no_sentence() {
    let mut entries = [json!({ "type": "nfs" }), json!({ "type": "nfs", "enabled": true })];
    let one = decided(&[], Scene::settled(&[]), &entries);
    entries.reverse();
    assert_eq!(one.effects, decided(&[], Scene::settled(&[]), &entries).effects);
}

/// Nothing isolates the pod, so the baseline is written wide for an adapter that is held, and narrowed in the same plan:
/// the adapter is cut off. Whether the baseline keeps somebody open has to be asked of what it opens in this plan too.
#[test]
fn a_held_adapter_is_not_cut_off_by_a_new_baseline() {
    let mut scene = Scene::settled(&[("nfs", 12049)]);
    scene.drifts = vec![Drift::NoPolicies];
    let decided = decided(&[], scene, &[entry("nfs", true, false, 12049)]);
    let open = dittofs_proptests::open::Openness::of(decided.left(), &decided.server);
    assert!(open.admits(dittofs_core::effects::Protocol::Tcp, 12049), "{:?}", decided.effects);
}
