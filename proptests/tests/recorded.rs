//! Answers that a real DittoFS v0.29 gave, byte for byte, and what is decided on them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

mod support;

use dittofs_core::Observation;
use dittofs_proptests::case::Case;
use dittofs_proptests::strategies::{Input, Scene};

/// From a server that is settled on nfs 12049 and smb 1445, in file order: what the answer leads to.
const EXPECTED: [(&str, &[&str]); 14] = [
    ("adapters-no-token", &["! * Unauthorized", "! nfs Unauthorized", "! smb Unauthorized"]),
    ("adapters-bad-token", &["! * Unauthorized", "! nfs Unauthorized", "! smb Unauthorized"]),
    ("adapters-fresh-server", &[]),
    ("operator-list", &[]),
    ("list-smb-stopped", SMB_GOES),
    ("list-smb-restarted", SMB_MOVES),
    ("list-after-unknown-type", SMB_MOVES),
    ("list-after-port-clash", &["! nfs PortClash", "! smb PortClash"]),
    ("list-smb-deleted", SMB_GOES),
    ("list-no-adapters", &["! * EmptyList", "! nfs EmptyList", "! smb EmptyList"]),
    ("list-nfs-created", SMB_GOES),
    ("operator-list-when-disabled", SMB_GOES),
    ("user-role-list", &["! * Unauthorized", "! nfs Unauthorized", "! smb Unauthorized"]),
    ("must-change-list", &["! * Unauthorized", "! nfs Unauthorized", "! smb Unauthorized"]),
];

const SMB_GOES: &[&str] =
    &["- NetworkPolicy srv-adapter-smb", "- Service srv-adapter-smb", "~ StatefulSet srv"];
const SMB_MOVES: &[&str] =
    &["~ StatefulSet srv", "~ NetworkPolicy srv-adapter-smb", "~ Service srv-adapter-smb"];

fn settled(answer: dittofs_proptests::case::Answer) -> Case {
    let scene = Scene::settled(&[("nfs", 12049), ("smb", 1445)]);
    Input { wishes: Vec::new(), scene, answer, confirmed: false, refusals: Vec::new(), whole: false }.case()
}

#[test]
fn disc_01_recorded_lists_lead_to_these_decisions() {
    let files = support::files(&support::fixture("recorded/lists"), "json");
    let found: Vec<_> = files.iter().map(|file| support::recorded(file)).collect();
    assert_eq!(found.len(), EXPECTED.len());
    for (recorded, (case, expected)) in found.into_iter().zip(EXPECTED) {
        assert_eq!(recorded.case, case);
        let decided = support::decided(&settled(recorded.answer));
        assert_eq!(support::lines(&decided), expected, "{case}");
    }
}

/// Every exchange that was recorded, as if it had been an answer to our poll: only lists are reports. What the server
/// says to other requests is no list, but for one, whose elements have the same four fields.
#[test]
fn auth_04_only_lists_are_reports() {
    let Some(folder) = support::beside("recorded") else { return };
    let files = support::files(&folder, "json");
    assert_eq!(files.len(), 71);
    for file in files {
        let recorded = support::recorded(&file);
        let (method, path) = &recorded.request;
        let is_list =
            method == "GET" && matches!(path.as_str(), "/api/v1/adapters" | "/api/v1/adapters/ports");
        let observed = recorded.answer.observe();
        let reported = matches!(observed, Observation::Reported(_));
        assert!(is_list || !reported, "{}: {method} {path} is taken for {observed:?}", recorded.case);
        support::decided(&settled(recorded.answer));
    }
}
