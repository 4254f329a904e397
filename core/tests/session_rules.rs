//! The rules of the session, beside its table.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

mod session_support;

use std::time::Duration;

use dittofs_core::session::condition::{Reason, Status};
use dittofs_core::session::credentials::Read;
use dittofs_core::session::{
    AdminSource, Call, IMPOSSIBLE_ADAPTER, Input, Request, Session, Settings, State,
};
use secrecy::ExposeSecret as _;
use session_support::*;

// AUTH-01: the probe.

#[test]
fn auth_01_the_probe_deletes_what_cannot_exist_with_the_token_just_granted() {
    let run = Run::at_probe();
    let Some(Request::Call(call @ Call::Probe { .. })) = run.requests.last() else { panic!() };
    let http = call.http();
    assert_eq!((http.method, http.path), ("DELETE", format!("/api/v1/adapters/{IMPOSSIBLE_ADAPTER}")));
    assert_eq!(http.bearer.unwrap().expose_secret(), "{k8s-operator-1-access}");
    assert!(http.body.is_none());
}

#[test]
fn auth_01_a_probe_that_is_not_refused_is_too_much_privilege() {
    let problem = Some("application/problem+json");
    for let_through in [
        real("37-admin-get-adapter-missing"),
        made_up(204, None, ""),
        made_up(200, Some("application/json"), "{}"),
        made_up(400, problem, "{}"),
        made_up(409, problem, "{}"),
        made_up(422, problem, "{}"),
    ] {
        let run = Run::at_probe().tell(let_through).asks(&["TooMuchPrivilege"]);
        let run = run.says(Status::True, Reason::TooMuchPrivilege);
        assert!(run.has_token(), "used, since the adapters matter more");
        // It is asked again with each new token, and said once.
        let run = run.wake().asks(&["Refresh"]).tell(edited("27-login-operator", "-1-", "-2-"));
        let run = run.tell(Input::Written(Ok("2".to_owned()))).asks(&["Probe"]);
        let run = run.tell(real("32-operator-delete-unknown-adapter")).asks(&["Authenticated"]);
        run.says(Status::True, Reason::Authenticated);
    }
}

#[test]
fn auth_01_a_probe_without_a_word_of_the_server_proves_nothing_and_is_repeated() {
    for nothing in [refused(), made_up(503, None, ""), real("69-unknown-route"), made_up(302, None, "")] {
        let run = Run::at_probe().tell(nothing.clone()).asks(&["Warn"]);
        let run = run.says(Status::True, Reason::Authenticated).wake().asks(&["Probe"]);
        assert_eq!(run.tell(nothing).wait(), 4);
    }
}

#[test]
fn auth_01_a_proof_holds_until_the_next_login() {
    let run = Run::at_refresh().tell(edited("27-login-operator", "-1-", "-2-"));
    let run = run.tell(Input::Written(Ok("2".to_owned()))).asks(&[]);
    let run = run.wake().tell(real("18-refresh-garbage")).asks(&["LoginOperator"]);
    let run = run.tell(edited("27-login-operator", "-1-", "-3-")).tell(Input::Written(Ok("3".to_owned())));
    run.asks(&["Probe"]);
}

#[test]
fn auth_01_a_role_that_is_given_while_refreshing_is_noticed() {
    let admin = edited("27-login-operator", "\"role\":\"operator\"", "\"role\":\"admin\"");
    let run = Run::at_refresh().tell(admin).asks(&["Probe", "TooMuchPrivilege"]);
    run.says(Status::True, Reason::TooMuchPrivilege);
}

// AUTH-04: trouble.

#[test]
fn auth_04_one_line_per_change_of_cause_then_per_doubling() {
    let mut run = Run::at_admin_login();
    let mut lines = Vec::new();
    for n in 1..=20 {
        let trouble = if n <= 10 { refused() } else { made_up(503, None, "") };
        run = run.tell(trouble);
        lines.extend(run.asked().contains(&"Warn").then_some(n));
        run = run.wake();
    }
    assert_eq!(lines, [1, 2, 4, 8, 11, 12, 14, 18]);
}

#[test]
fn auth_04_a_pod_that_becomes_ready_ends_the_waiting_at_once() {
    let mut run = Run::at_admin_login();
    for _ in 0..6 {
        run = run.tell(refused()).wake();
    }
    let run = run.tell(refused());
    assert_eq!(run.wait(), 128);
    let run = run.tell(Input::PodReady).asks(&["LoginAdmin"]).tell(refused());
    assert_eq!(run.wait(), 2);
}

#[test]
fn auth_04_a_success_ends_the_backoff() {
    let run = Run::at_refresh().tell(refused()).wake().tell(refused()).wake();
    let run = run.tell(real("27-login-operator")).wake().asks(&["Refresh"]).tell(refused()).asks(&["Warn"]);
    assert_eq!(run.wait(), 2);
    let run = Run::at_store().tell(Input::Written(Err("conflict".to_owned())));
    let run =
        run.tell(real("32-operator-delete-unknown-adapter")).wake().tell(Input::Written(Ok("1".to_owned())));
    let run = run.wake().asks(&["Refresh"]).tell(edited("27-login-operator", "-1-", "-2-"));
    assert_eq!(run.tell(Input::Written(Err("conflict".to_owned()))).asks(&["Warn"]).wait(), 2);
}

#[test]
fn what_helps_while_an_answer_is_awaited_is_not_missed() {
    let run = Run::at_admin_login().tell(Input::AdminSecretChanged).asks(&[]);
    let run =
        run.tell(real("04-login-wrong-password")).asks(&["ReadAdminSecret", "AdminBootstrapUnauthorized"]);
    let run = run.tell(admin()).tell(real("04-login-wrong-password")).asks(&[]);
    assert_eq!(run.wait(), 300, "once");
    let run = Run::without_credentials().tell(Input::AdminSecretChanged);
    run.tell(Input::AdminSecret(Read::Missing)).asks(&["ReadAdminSecret", "AuthFailed"]);
}

#[test]
fn what_helps_is_remembered_over_the_answers_in_between() {
    let run = Run::at_admin_login().tell(Input::AdminSecretChanged).tell(real("09-login-admin"));
    let run = run.asks(&["MakePassword"]).tell(Input::Password(PASSWORD.into())).asks(&["CreateAccount"]);
    let run = run.tell(real("32-operator-delete-unknown-adapter"));
    run.asks(&["ReadAdminSecret", "AuthFailed"]).says(Status::False, Reason::AdminNotPrivileged);
}

#[test]
fn a_server_that_contradicts_itself_is_not_asked_in_circles() {
    let none = Run::at_create_account().tell(real("22-user-create-again")).tell(real("24-user-get-missing"));
    assert_eq!(none.wait(), 2);
    none.wake().asks(&["CreateAccount"]);
    let expired = Run::at_create_account().tell(real("11-adapters-bad-token"));
    assert_eq!(expired.wait(), 2);
    expired.wake().asks(&["ReadAdminSecret"]);
}

#[test]
fn tokens_that_are_refused_one_after_the_other_are_asked_for_ever_more_slowly() {
    let mut run = Run::authenticated();
    let mut waits = Vec::new();
    for n in 2..8 {
        run = run.listed("11-adapters-bad-token");
        if !run.session.is_waiting() {
            waits.push(run.wait());
            run = run.says(Status::Unknown, Reason::ApiUnreachable).wake();
        }
        assert!(run.asked().contains(&"Refresh"));
        run = run.tell(edited("27-login-operator", "-1-", &format!("-{n}-")));
        run = run.tell(Input::Written(Ok(n.to_string())));
        // That a token was granted does not mean yet that it is accepted.
        let doubts = if n == 2 { Reason::Authenticated } else { Reason::ApiUnreachable };
        assert_eq!(run.reason(), Some(doubts), "{n}");
    }
    assert_eq!(waits, [2, 4, 8, 16, 32]);
    run.listed("28-operator-list").says(Status::True, Reason::Authenticated);
}

#[test]
fn a_contradiction_is_told_on_only_while_new_tokens_are_refused() {
    // Refused twice, and not read with since: the new token has to show first that it is any better.
    let mut run = Run::authenticated();
    for n in 2..5 {
        run = run.listed("11-adapters-bad-token");
        run = if run.session.is_waiting() { run } else { run.wake() };
        run = run.asks(&["Refresh"]).tell(edited("27-login-operator", "-1-", &format!("-{n}-")));
        run = run.tell(Input::Written(Ok(n.to_string())));
        let expected = if n == 2 { Reason::Authenticated } else { Reason::ApiUnreachable };
        assert_eq!(run.reason(), Some(expected), "token {n}");
    }
    // Another trouble in between is over with the answer: nothing is left for which to look when the token dies.
    let run = run.listed("11-adapters-bad-token").wake().tell(refused()).wake();
    let run = run.tell(edited("27-login-operator", "-1-", "-9-")).tell(Input::Written(Ok("9".to_owned())));
    assert_eq!(run.reason(), Some(Reason::Authenticated));
    let run = run.wake().asks(&["Refresh"]);
    assert!(run.tell(real("18-refresh-garbage")).asked().contains(&"LoginOperator"));
    // One token was refused, and the contradiction is about something else.
    let run = Run::authenticated().listed("11-adapters-bad-token").asks(&["Refresh"]);
    let run = run.tell(real("18-refresh-garbage")).tell(real("04-login-wrong-password"));
    let run = run.asks(&["ReadAdminSecret"]).tell(admin()).tell(real("09-login-admin"));
    let run = run.tell(Input::Password(PASSWORD.into())).tell(real("11-adapters-bad-token"));
    let run = run.says(Status::Unknown, Reason::ApiUnreachable).wake().tell(admin());
    let run = run.tell(real("09-login-admin")).tell(Input::Password(PASSWORD.into()));
    let run = run.tell(real("21-user-create")).tell(edited("27-login-operator", "-1-", "-2-"));
    run.says(Status::True, Reason::Authenticated);
}

// Conditions and events.

#[test]
fn events_are_published_once_per_change_of_reason() {
    let mut run = Run::at_admin_login().tell(real("04-login-wrong-password"));
    for _ in 0..3 {
        run = run.wake().asks(&["ReadAdminSecret"]).tell(admin()).asks(&["LoginAdmin"]);
        run = run.tell(real("04-login-wrong-password")).asks(&[]);
    }
    let run = run.wake().tell(admin()).tell(refused()).asks(&["Warn", "AuthAPIUnreachable"]);
    run.wake().tell(real("04-login-wrong-password")).asks(&["AdminBootstrapUnauthorized"]);
}

#[test]
fn what_was_said_before_a_restart_is_not_said_again() {
    let published = Reason::parse("AdminSecretMissing");
    assert_eq!(published, Some(Reason::AdminSecretMissing));
    assert_eq!(Reason::parse("Whatever"), None);
    let run = Run { session: Session::new(settings(), published), ..Run::new() };
    let run = run.tell(Input::Tick).tell(Input::Credentials(Read::Missing));
    run.tell(Input::AdminSecret(Read::Missing)).asks(&[]);
}

#[test]
fn a_refused_admin_of_the_users_own_has_its_own_event() {
    let provided = Settings { admin_source: AdminSource::Provided, ..settings() };
    let run = Run::at_admin_login();
    let run = Run { session: run.session.clone().with_settings(provided), ..run };
    run.tell(real("04-login-wrong-password")).asks(&["AdminCredentialUnauthorized"]);
}

#[test]
fn messages_name_what_to_do() {
    let run = Run::at_admin_login().tell(real("04-login-wrong-password"));
    assert!(run.condition().2.contains("srv-admin-bootstrap-credentials"), "{:?}", run.condition());
    let run = Run::at_operator_login().tell(real("56-login-disabled"));
    assert!(run.condition().2.contains("PUT /api/v1/users/k8s-operator"), "{:?}", run.condition());
}

// Crashes.

#[test]
fn a_secret_without_an_account_is_the_401() {
    let run = Run::new().tell(stored("p", "r", "7")).asks(&["Refresh"]).tell(real("64-refresh-deleted-user"));
    let run = run.asks(&["LoginOperator"]).tell(real("26-login-operator-old-password"));
    let run = run.asks(&["ReadAdminSecret"]).tell(admin()).tell(real("09-login-admin"));
    let run = run.tell(Input::Password(PASSWORD.into())).tell(real("21-user-create"));
    let run = run.tell(real("27-login-operator")).asks(&["StoreCredentials"]);
    run.tell(Input::Written(Ok("8".to_owned()))).says(Status::True, Reason::Authenticated);
}

// Deletion.

#[test]
fn deletion_waits_for_the_answer_that_is_outstanding_and_ignores_what_it_means() {
    let run = Run::at_create_account().tell(Input::Deleting).asks(&[]);
    let run = run.tell(real("21-user-create")).asks(&["ReadAdminSecret"]);
    assert!(matches!(run.session.state(), State::Deleting(_)));
    let run = run.tell(Input::CredentialsDeleted).tell(Input::CredentialsChanged("9".to_owned()));
    run.tell(admin()).asks(&["LoginAdmin"]);
}

#[test]
fn deletion_does_not_repeat_what_cannot_succeed() {
    let deleting = || Run::authenticated().tell(Input::Deleting);
    let gone = deleting().tell(Input::AdminSecret(Read::Missing));
    let rejected = deleting().tell(admin()).tell(real("04-login-wrong-password"));
    let disabled = deleting().tell(admin()).tell(real("56-login-disabled"));
    let no_admin = deleting().tell(admin()).tell(real("09-login-admin"));
    let no_admin = no_admin.tell(real("32-operator-delete-unknown-adapter"));
    for run in [gone, rejected, disabled, no_admin] {
        let run = run.asks(&["AccountLeftBehind", "RemoveFinalizer"]);
        let run = run.tell(Input::FinalizerRemoved(Err("conflict".to_owned()))).wake();
        run.asks(&["RemoveFinalizer"]);
    }
}

#[test]
fn deletion_tries_again_up_to_the_very_end_of_its_time() {
    let mut run = Run::authenticated().tell(Input::Deleting).tell(admin());
    let (start, limit) = (run.now, Duration::from_secs(60));
    // The next try would be two seconds later.
    run.now = start + Duration::from_secs(58);
    let at_the_end = run.clone().tell(refused());
    assert_eq!(at_the_end.session.due(run.now), Some(start + limit));
    run.now += Duration::from_millis(1);
    run.tell(refused()).asks(&["AccountLeftBehind", "RemoveFinalizer"]);
}
