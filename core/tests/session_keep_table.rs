//! The table of the session once it has an account, and what holds in any state: a test a row, by answers of a real
//! server where there is one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

mod session_support;

use dittofs_core::session::condition::{Reason, Status};
use dittofs_core::session::{Call, Input, Request, State};
use secrecy::ExposeSecret as _;
use session_support::*;

// Authenticated

#[test]
fn auth_05_authenticated_at_80_percent_minus_jitter_refreshes_beside_the_polls() {
    let run = Run::authenticated();
    assert_eq!(run.wait(), 675, "75 % of 900 s in the middle of the jitter");
    let run = run.later(674).asks(&[]).later(1).asks(&["Refresh"]);
    assert!(run.has_token());
    let Some(Request::Call(call)) = run.requests.first() else { panic!("{:?}", run.requests) };
    let body = call.http().body.unwrap();
    assert_eq!(body.expose_secret(), r#"{"refresh_token":"{k8s-operator-1-refresh}"}"#);
    run.says(Status::True, Reason::Authenticated);
}

#[test]
fn authenticated_list_401_refreshes_once_per_token() {
    let run = Run::authenticated();
    let serial = run.session.token(run.now).unwrap().serial;
    let run =
        run.listed("11-adapters-bad-token").asks(&["Refresh"]).says(Status::True, Reason::Authenticated);
    assert!(!run.has_token(), "a refused token is not sent again");
    let again = Input::Listed { serial, listed: real_list("11-adapters-bad-token") };
    let run = run.tell(again.clone()).asks(&[]);
    let run = run.tell(real("27-login-operator")).tell(again);
    assert!(run.has_token(), "what is said of the old token does not concern the new one");
    let run = run.says(Status::True, Reason::Authenticated).listed("11-adapters-bad-token");
    assert_eq!(run.wait(), 2, "only now for the second time");
}

#[test]
fn authenticated_list_401_and_refresh_refused_goes_to_operator_login() {
    let run = Run::authenticated().listed("11-adapters-bad-token").tell(real("18-refresh-garbage"));
    run.asks(&["LoginOperator"]);
}

#[test]
fn authenticated_list_403_refreshes_once_then_slowly() {
    for (case, reason) in
        [("60-user-role-list", Reason::AccountRoleWrong), ("67-must-change-list", Reason::MustChangePassword)]
    {
        let run = Run::authenticated().listed(case).asks(&["Refresh", "AuthFailed"]);
        let run = run.says(Status::False, reason).tell(edited("27-login-operator", "-1-", "-2-"));
        let run = run.asks(&["StoreCredentials"]).tell(Input::Written(Ok("2".to_owned()))).asks(&[]);
        let run = run.says(Status::False, reason).listed(case).asks(&[]);
        assert_eq!(run.wait(), 300, "slowly");
        let run = run.wake().asks(&["Refresh"]).tell(edited("27-login-operator", "-1-", "-3-"));
        let run = run.tell(Input::Written(Ok("3".to_owned()))).listed("28-operator-list");
        let run = run.says(Status::True, Reason::Authenticated).asks(&["Authenticated"]);
        run.listed(case).asks(&["Refresh", "AuthFailed"]);
    }
}

// Refresh

#[test]
fn auth_05_refresh_200_is_one_secret_write_and_authenticated() {
    let run = Run::at_refresh().tell(edited("27-login-operator", "-1-", "-2-")).asks(&["StoreCredentials"]);
    let run =
        run.says(Status::True, Reason::Authenticated).tell(Input::Written(Ok("2".to_owned()))).asks(&[]);
    assert_eq!(run.session.token(run.now).unwrap().token.expose_secret(), "{k8s-operator-2-access}");
    assert_eq!(run.wait(), 675);
}

#[test]
fn refresh_401_and_403_go_to_operator_login_with_the_stored_password() {
    for case in ["64-refresh-deleted-user", "57-refresh-when-disabled"] {
        let run = Run::at_refresh().tell(real(case)).asks(&["LoginOperator"]);
        let Some(Request::Call(Call::LoginOperator(login))) = run.requests.first() else { panic!() };
        assert_eq!(login.password.expose_secret(), PASSWORD);
        assert!(run.has_token(), "good until it dies");
    }
}

// Any state

#[test]
fn auth_04_trouble_stays_in_its_state_and_backs_off() {
    let html = made_up(200, Some("text/html"), "<html>");
    let truncated = made_up(200, Some("application/json"), "{\"access_token\":\"ey");
    let no_media = made_up(200, None, "{}");
    let gateway = made_up(401, Some("text/html"), "<html>");
    let mesh = made_up(403, None, "RBAC: access denied");
    let reset = Input::Answered(Err(dittofs_core::session::answer::Transport::TimedOut));
    let statuses = [429, 500, 502, 503, 504].map(|status| made_up(status, None, ""));
    let others = [
        refused(),
        reset,
        html,
        truncated,
        no_media,
        gateway,
        mesh,
        real("71-root"),
        real("69-unknown-route"),
    ];
    for trouble in statuses.into_iter().chain(others) {
        for (start, asked) in [
            (Run::at_admin_login(), "LoginAdmin"),
            (Run::at_create_account(), "CreateAccount"),
            (Run::at_create_account().tell(real("22-user-create-again")), "InspectAccount"),
            (
                Run::at_create_account().tell(real("22-user-create-again")).tell(real("23-user-get")),
                "ResetPassword",
            ),
            (Run::at_operator_login(), "LoginOperator"),
        ] {
            let run = start.tell(trouble.clone()).asks(&["Warn", "AuthAPIUnreachable"]);
            let run = run.says(Status::Unknown, Reason::ApiUnreachable);
            assert_eq!(run.wait(), 2);
            let run = run.wake().asks(&[asked]).tell(trouble.clone());
            assert_eq!(run.wait(), 4, "{trouble:?}");
        }
        let run = Run::at_refresh().tell(trouble.clone()).asks(&["Warn"]);
        assert!(run.has_token());
        let run = run.says(Status::True, Reason::Authenticated).wake().asks(&["Refresh"]);
        run.tell(edited("27-login-operator", "-1-", "-2-")).asks(&["StoreCredentials"]);
    }
}

#[test]
fn auth_04_the_old_token_is_used_until_it_dies_and_then_the_condition_is_unknown() {
    let mut run = Run::at_refresh();
    let mut events = Vec::new();
    while run.has_token() {
        run = if run.session.is_waiting() { run.tell(refused()) } else { run.wake() };
        events.extend(run.asked().into_iter().filter(|asked| *asked == "AuthAPIUnreachable"));
        assert_eq!(run.has_token(), run.reason() == Some(Reason::Authenticated));
    }
    assert_eq!(run.now.as_secs(), 1899, "a second before the nominal end");
    assert_eq!(events, ["AuthAPIUnreachable"], "told at the moment when it matters");
    let run = if run.session.is_waiting() { run.tell(refused()) } else { run };
    assert!(run.session.due(run.now) > Some(run.now), "what died needs no other look");
    run.says(Status::Unknown, Reason::ApiUnreachable);
}

#[test]
fn a_refused_certificate_is_named_and_backs_off() {
    for start in [Run::at_admin_login(), Run::at_operator_login(), Run::at_refresh()] {
        let run = start.tell(untrusted()).asks(&["Warn", "TLSVerificationFailed"]);
        let run = run.says(Status::False, Reason::TlsVerificationFailed);
        let message = run.condition().2;
        assert!(message.contains("srv-api.ns.svc") && message.contains("other.example"), "{message}");
        assert_eq!(run.wait(), 2);
    }
}

#[test]
fn a_deleted_credentials_secret_leads_to_no_credentials() {
    let run = Run::authenticated().tell(Input::CredentialsDeleted).asks(&["ReadAdminSecret"]);
    assert!(matches!(run.session.state(), State::NoCredentials));
    assert!(run.has_token(), "a good token is used until it dies");
    run.tell(admin()).asks(&["LoginAdmin"]).says(Status::True, Reason::Authenticated);
    // With the token goes what was said of it.
    let mut run = Run::authenticated().tell(Input::CredentialsDeleted);
    run.now += std::time::Duration::from_secs(900);
    assert!(!run.has_token());
    run.tell(admin()).asks(&["LoginAdmin"]).says(Status::False, Reason::Provisioning);
}

#[test]
fn an_edited_credentials_secret_is_read_again_and_its_password_tried_at_the_next_login() {
    let run = Run::authenticated().tell(Input::CredentialsChanged("9".to_owned())).asks(&["ReadCredentials"]);
    let run = run.tell(stored(EDITED, "r", "9")).asks(&[]);
    let run = run.wake().asks(&["Refresh"]).tell(real("18-refresh-garbage")).asks(&["LoginOperator"]);
    let Some(Request::Call(Call::LoginOperator(login))) = run.requests.first() else { panic!() };
    assert_eq!(login.password.expose_secret(), EDITED);
}

// Deleting

#[test]
fn deleting_logs_in_as_admin_deletes_the_account_and_lets_go() {
    for case in ["62-user-delete", "24-user-get-missing"] {
        let run = Run::authenticated().tell(Input::Deleting).asks(&["ReadAdminSecret"]).tell(admin());
        let run = run.asks(&["LoginAdmin"]).tell(real("09-login-admin")).asks(&["DeleteAccount"]);
        let Some(Request::Call(call)) = run.requests.first() else { panic!("{:?}", run.requests) };
        let http = call.http();
        assert_eq!((http.method, http.path.as_str()), ("DELETE", "/api/v1/users/k8s-operator"));
        let run = run.tell(real(case)).asks(&["RemoveFinalizer"]).tell(Input::FinalizerRemoved(Ok(())));
        assert!(matches!(run.session.state(), State::Gone) && run.session.due(run.now).is_none());
        assert_eq!(run.reason(), None);
    }
}

#[test]
fn deleting_gives_up_after_three_tries_within_60_s_and_says_what_is_left_behind() {
    let mut run = Run::authenticated().tell(Input::Deleting);
    let began = run.now;
    for last in [false, false, true] {
        run = run.tell(admin()).asks(&["LoginAdmin"]).tell(refused());
        if !last {
            run = run.asks(&["Warn"]).wake().asks(&["ReadAdminSecret"]);
        }
    }
    assert!(run.now.saturating_sub(began).as_secs() < 60);
    let run = run.asks(&["AccountLeftBehind", "RemoveFinalizer"]);
    assert!(run.tell(Input::FinalizerRemoved(Ok(()))).session.due(began).is_none());
}

// Stuck

#[test]
fn stuck_is_retried_every_five_minutes_and_at_once_when_something_helps() {
    let stuck = Run::at_admin_login().tell(real("04-login-wrong-password"));
    assert_eq!(stuck.wait(), 300);
    for run in [
        stuck.clone().wake(),
        stuck.clone().tell(Input::PodReady),
        stuck.clone().tell(Input::AdminSecretChanged),
    ] {
        let run = run.asks(&["ReadAdminSecret"]).says(Status::False, Reason::AdminCredentialsRejected);
        let again = run.tell(admin()).asks(&["LoginAdmin"]).tell(real("04-login-wrong-password"));
        again.asks(&[]).says(Status::False, Reason::AdminCredentialsRejected);
    }
    stuck.later(299).asks(&[]);
}
