//! What people read, case by case, at 80 columns.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod given;

use dittofs_interpreters::plan::{PlanDocument, Style};
use given::Given;
use serde_json::json;

fn text(plan: &PlanDocument) -> String {
    let text = plan.text(80, Style::Plain);
    let last = text.lines().last().unwrap();
    assert_eq!(last, plan.count_line());
    assert!(!text.contains('\u{1b}'));
    text
}

const BOTH: &[(&str, bool, bool, u16)] = &[("nfs", true, true, 12049), ("smb", true, true, 1445)];

#[test]
fn plan_01_a_fresh_server_is_shown_with_every_object() {
    let plan = Given::fresh().plan();
    assert_eq!(plan.exit_code(), 2);
    insta::assert_snapshot!(text(&plan));
}

#[test]
fn plan_01_nothing_to_do_is_said() {
    let plan = Given::settled().plan();
    assert_eq!(plan.exit_code(), 0);
    insta::assert_snapshot!(text(&plan));
}

#[test]
fn plan_01_an_update_shows_what_changes_and_nothing_else() {
    let services = json!({
        "annotations": {"example.com/pool": "files"},
        "overrides": [{"adapter": "nfs", "port": 2049, "loadBalancerSourceRanges": ["10.0.0.0/8"]}],
    });
    let plan = Given::settled().spec("adapterServices", services).plan();
    assert_eq!(plan.exit_code(), 3, "the old port is gone");
    insta::assert_snapshot!(text(&plan));
}

fn withdrawn() -> PlanDocument {
    Given::settled()
        .edit("Service", "minimal-adapter-smb", |service| {
            service["status"]["loadBalancer"]["ingress"] = json!([{"ip": "203.0.113.7"}]);
        })
        .adapters(&[("nfs", true, true, 12049), ("smb", false, false, 1445)])
        .plan()
}

#[test]
fn srvc_03_a_withdrawal_says_loudly_that_an_address_is_given_up() {
    let plan = withdrawn();
    assert_eq!(plan.exit_code(), 3);
    insta::assert_snapshot!(text(&plan));
}

#[test]
fn colours_are_there_only_when_asked_for() {
    insta::assert_snapshot!(withdrawn().text(80, Style::Ansi).replace('\u{1b}', "^"));
}

#[test]
fn disc_03_an_outage_is_one_sentence() {
    let plan = Given::settled().answered(503, "starting").plan();
    assert_eq!(plan.exit_code(), 4);
    insta::assert_snapshot!(text(&plan));
}

#[test]
fn disc_03_an_empty_list_holds() {
    let plan = Given::settled().answered(200, "[]").plan();
    assert_eq!(plan.exit_code(), 4);
    insta::assert_snapshot!(text(&plan));
}

#[test]
fn disc_03_an_empty_list_that_is_trusted_withdraws() {
    let plan =
        Given::settled().spec("adapterDiscovery", json!({"emptyList": "Trust"})).answered(200, "[]").plan();
    assert_eq!((plan.exit_code(), plan.observation.as_str()), (3, "empty"));
    insta::assert_snapshot!(text(&plan));
}

#[test]
fn safe_02_a_name_that_is_taken_is_reported() {
    let mut given = Given::fresh();
    given.world.insert(json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "minimal-adapter-nfs", "namespace": "dittofs", "uid": "u", "resourceVersion": "7"},
        "spec": {"ports": [{"port": 1}]},
    }))
    .unwrap();
    insta::assert_snapshot!(text(&given.plan()));
}

#[test]
fn safe_05_what_needs_another_service_waits_for_an_approval() {
    let services = json!({"overrides": [{"adapter": "nfs", "loadBalancerClass": "example.com/internal"}]});
    let plan = Given::settled().spec("adapterServices", services).plan();
    assert_eq!(plan.exit_code(), 4);
    insta::assert_snapshot!(text(&plan));
}

#[test]
fn comp_01_a_takeover_is_shown_beforehand() {
    let plan = Given::takeover().plan();
    assert_eq!(plan.exit_code(), 3);
    insta::assert_snapshot!(text(&plan));
}

#[test]
fn safe_01_where_no_policy_is_left_the_baseline_comes_back_wide_and_is_narrowed_last() {
    let plan = ["minimal-baseline", "minimal-adapter-nfs", "minimal-adapter-smb"]
        .iter()
        .fold(Given::settled(), |given, name| given.without("NetworkPolicy", name))
        .plan();
    assert_eq!(plan.exit_code(), 2, "becoming isolated alone is no withdrawal");
    insta::assert_snapshot!(text(&plan));
}

#[test]
fn mode_01_paused_is_said_and_does_not_count_for_the_exit_code() {
    let given = Given::settled().annotated("dittofs.io/paused", "true");
    assert_eq!(given.plan().exit_code(), 0);
    insta::assert_snapshot!(text(&given.plan()));
}

#[test]
fn mode_01_observe_shows_what_sync_would_do() {
    let plan = Given::settled()
        .spec("adapterDiscovery", json!({"mode": "Observe"}))
        .adapters(&[("nfs", true, true, 12049)])
        .plan();
    assert_eq!(plan.exit_code(), 3);
    insta::assert_snapshot!(text(&plan));
}

#[test]
fn two_adapters_on_one_port_are_both_held() {
    let plan = Given::settled().adapters(&[("nfs", true, true, 12049), ("smb", true, true, 12049)]).plan();
    insta::assert_snapshot!(text(&plan));
}

#[test]
fn without_a_uid_nothing_counts_as_ours_and_one_line_says_so() {
    let mut given = Given::fresh().adapters(BOTH);
    given.server["metadata"].as_object_mut().unwrap().remove("uid");
    let plan = given.plan();
    assert!(plan.reachable.after.ports.iter().all(|port| port.ours), "what is created is ours");
    insta::assert_snapshot!(text(&plan));
}

#[test]
fn a_source_that_somebody_added_is_reported() {
    let plan = Given::settled()
        .edit("NetworkPolicy", "minimal-adapter-nfs", |policy| {
            policy["spec"]["ingress"][0]["from"] = json!([{"ipBlock": {"cidr": "192.0.2.0/24"}}]);
        })
        .plan();
    assert_eq!(plan.explanation.warnings.len(), 1, "{:?}", plan.explanation.warnings);
    assert!(plan.explanation.warnings[0].contains("192.0.2.0/24"));
}

#[test]
fn foreign_text_cannot_command_the_terminal() {
    let plan = Given::settled().answered(503, "\u{1b}]0;title\u{7}\u{202e}gnp").plan();
    let text = plan.text(80, Style::Plain);
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
}

#[test]
fn markdown_fits_a_pull_request() {
    insta::assert_snapshot!(withdrawn().markdown());
}
