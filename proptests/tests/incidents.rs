//! SAFE-06: the incidents of the field, each with its name. Each ends held, not wiped.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

mod support;

use dittofs_core::effects::HoldCode;
use dittofs_core::testing::entry;
use dittofs_core::{EmptyKind, Observation};
use dittofs_proptests::case::{Answer, Case, Decided};
use dittofs_proptests::strategies::{Input, Scene, Wish};
use serde_json::json;

const ADAPTERS: [(&str, u16); 2] = [("nfs", 12049), ("smb", 1445)];

fn settled(answer: Answer) -> Case {
    let scene = Scene::settled(&ADAPTERS);
    Input { wishes: Vec::new(), scene, answer, confirmed: false, refusals: Vec::new(), whole: false }.case()
}

fn http(status: u16, media_type: &str, body: &str) -> Answer {
    Answer::Http(status, Some(media_type.to_owned()), body.as_bytes().to_vec())
}

/// Nothing is written, nothing changes, and both adapters and the server are held for this.
fn is_held(answer: Answer, code: HoldCode) -> Decided {
    let decided = support::decided(&settled(answer));
    assert!(decided.writes().next().is_none(), "{:?}", support::lines(&decided));
    assert_eq!(decided.before(), decided.after());
    let expected = [format!("! * {code}"), format!("! nfs {code}"), format!("! smb {code}")];
    assert_eq!(support::lines(&decided), expected);
    decided
}

#[test]
fn safe_06_an_empty_successful_list() {
    is_held(http(200, "application/json", "[]\n"), HoldCode::EmptyList);
    is_held(http(200, "application/json", "null"), HoldCode::EmptyList);
    is_held(http(200, "application/json", ""), HoldCode::EmptyList);
}

/// Only a complete `[]` can be trusted, and only by a resource that says so.
#[test]
fn safe_06_an_empty_list_that_is_trusted_is_believed_and_no_other_emptiness_is() {
    let trusting = |answer| {
        let mut case = settled(answer);
        let trust = Wish::Field("/spec/adapterDiscovery/emptyList", json!("Trust"));
        case.resource = dittofs_proptests::strategies::resource(&[trust]);
        support::decided(&case)
    };
    let believed = trusting(http(200, "application/json", "[]"));
    assert_eq!(believed.observed, Observation::Empty(EmptyKind::List));
    assert!(believed.left().adapters.is_empty());
    for body in ["null", "", " \n"] {
        let decided = trusting(http(200, "application/json", body));
        assert!(decided.writes().next().is_none(), "{body:?}: {:?}", support::lines(&decided));
    }
}

#[test]
fn safe_06_a_maintenance_page_with_status_200() {
    let page = "<!DOCTYPE html><html><body><h1>Back soon</h1></body></html>";
    is_held(http(200, "text/html; charset=utf-8", page), HoldCode::ApiUnavailable);
    is_held(http(200, "application/json", page), HoldCode::ApiUnavailable);
    is_held(Answer::Http(200, None, page.as_bytes().to_vec()), HoldCode::ApiUnavailable);
    is_held(http(200, "text/plain", "[]"), HoldCode::ApiUnavailable);
}

#[test]
fn safe_06_a_failed_list_taken_for_an_empty_one() {
    for status in [204, 302, 404, 429, 500, 502, 503] {
        is_held(http(status, "application/json", "[]"), HoldCode::ApiUnavailable);
    }
    for body in [r#"{"adapters":[]}"#, r#"{"error":"database is locked"}"#, "{}", "\"\"", "0", "false"] {
        is_held(http(200, "application/json", body), HoldCode::ApiUnavailable);
    }
}

#[test]
fn safe_06_a_body_truncated_at_every_byte() {
    let list = json!([entry("nfs", true, true, 12049), entry("smb", true, true, 1445)]).to_string();
    for end in 0..list.len() {
        let code = if end == 0 { HoldCode::EmptyList } else { HoldCode::ApiUnavailable };
        is_held(http(200, "application/json", &list[..end]), code);
    }
    let whole = support::decided(&settled(http(200, "application/json", &list)));
    assert!(whole.effects.is_empty(), "the whole list is a steady state");
}

/// What a list would look like if a server could still answer while it stops its adapters (measured: it cannot).
#[test]
fn safe_06_a_list_from_a_server_that_is_shutting_down() {
    let all = ADAPTERS.map(|(adapter, port)| entry(adapter, true, false, port));
    let decided = support::decided(&settled(Answer::list(&all)));
    assert_eq!(support::lines(&decided), ["! nfs NotRunning", "! smb NotRunning"]);
    assert_eq!(decided.before(), decided.after());
    // Once the pod terminates, an answer that had all of them disabled would not be believed either.
    let all = ADAPTERS.map(|(adapter, port)| entry(adapter, false, false, port));
    let mut case = settled(Answer::list(&all));
    case.world.restart_pod("files", "srv-0");
    let decided = support::decided(&case);
    assert_eq!(support::lines(&decided), ["! * PodNotReady", "! nfs PodNotReady", "! smb PodNotReady"]);
}

/// It does not know our token; its adapters are not ours, so nobody asks it for more.
#[test]
fn safe_06_another_server_answering_at_the_same_address() {
    is_held(http(401, "text/plain; charset=utf-8", "Invalid or expired token\n"), HoldCode::Unauthorized);
    is_held(http(403, "text/plain; charset=utf-8", "Insufficient permissions\n"), HoldCode::Unauthorized);
    is_held(http(401, "application/json", "[]"), HoldCode::Unauthorized);
}

#[test]
fn safe_06_an_operator_restart_during_an_outage() {
    is_held(Answer::NotPolled, HoldCode::NotYetPolled);
    is_held(Answer::None, HoldCode::ApiUnavailable);
    is_held(http(503, "text/plain", "upstream connect error"), HoldCode::ApiUnavailable);
    // The server is back: a steady state again.
    let list = ADAPTERS.map(|(adapter, port)| entry(adapter, true, true, port));
    assert!(support::decided(&settled(Answer::list(&list))).effects.is_empty());
}

/// AUTH-04: nothing that DittoFS can fail with may look like a report.
#[test]
fn auth_04_no_status_but_200_is_ever_a_report() {
    let list = json!([entry("nfs", false, false, 12049)]).to_string();
    for status in (100..600).filter(|status| *status != 200) {
        let observed = http(status, "application/json", &list).observe();
        assert!(matches!(observed, Observation::Unavailable(_)), "{status}: {observed:?}");
    }
}
