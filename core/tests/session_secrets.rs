//! The Secret of the session, and that none is shown.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

mod session_support;

use std::collections::BTreeMap;

use dittofs_core::session::condition::{Reason, Status};
use dittofs_core::session::credentials::{Credentials, Read, Stored};
use dittofs_core::session::{Call, Input, Request, Session};
use secrecy::ExposeSecret as _;
use session_support::*;

const NOTHING: [&str; 0] = [];

#[test]
fn auth_03_nothing_is_written_when_nothing_changed() {
    // Two grants within one second are identical.
    let run = Run::at_refresh().tell(real("27-login-operator"));
    run.asks(&[]).says(Status::True, Reason::Authenticated);
}

#[test]
fn auth_03_the_own_write_wakes_nothing_whichever_comes_first() {
    let run = Run::authenticated().tell(Input::CredentialsChanged("1".to_owned()));
    assert_eq!(run.asked(), NOTHING);
    let run = Run::at_store().tell(Input::CredentialsChanged("1".to_owned()));
    let run = run.tell(Input::Written(Ok("1".to_owned()))).asks(&["AuthProvisioned", "Probe"]);
    run.tell(real("32-operator-delete-unknown-adapter")).asks(&[]);
}

#[test]
fn auth_03_a_write_that_fails_is_repeated_while_the_token_is_used() {
    let run = Run::at_store().tell(Input::Written(Err("conflict".to_owned()))).asks(&["Warn", "Probe"]);
    let run = run.tell(real("32-operator-delete-unknown-adapter")).says(Status::True, Reason::Authenticated);
    assert_eq!(run.wait(), 2);
    let run = run.wake().asks(&["StoreCredentials"]).tell(Input::Written(Err("conflict".to_owned())));
    assert_eq!(run.wait(), 4);
    run.wake().tell(Input::Written(Ok("1".to_owned()))).asks(&["AuthProvisioned"]);
}

#[test]
fn a_start_with_a_stored_session_refreshes_and_takes_nothing_for_granted() {
    let run = Run::new().tell(stored("p", "stored-refresh", "7")).asks(&["Refresh"]);
    assert!(!run.has_token(), "how old the stored token is, nobody knows");
    assert_eq!(run.reason(), None, "what the status says stays");
    let run = run.tell(real("27-login-operator")).asks(&["StoreCredentials"]);
    run.tell(Input::Written(Ok("8".to_owned()))).asks(&["Probe"]);
    Run::new().tell(stored("p", "", "7")).asks(&["LoginOperator"]);
}

#[test]
fn a_secret_that_cannot_be_read_is_not_a_secret_that_is_missing() {
    let run = Run::new().tell(Input::Credentials(Read::Failed("forbidden".to_owned())));
    let run = run.asks(&["Warn", "AuthFailed"]).says(Status::Unknown, Reason::SecretUnavailable);
    let run = run.wake().asks(&["ReadCredentials"]).tell(Input::Credentials(Read::Missing));
    let run = run.tell(Input::AdminSecret(Read::Failed("forbidden".to_owned())));
    run.says(Status::Unknown, Reason::SecretUnavailable).wake().asks(&["ReadAdminSecret"]);
    let run = Run::authenticated().tell(Input::CredentialsChanged("9".to_owned()));
    let run = run.tell(Input::Credentials(Read::Failed("forbidden".to_owned()))).asks(&["Warn"]);
    run.says(Status::True, Reason::Authenticated).wake().asks(&["ReadCredentials"]);
}

#[test]
fn an_edited_password_is_tried_at_once_where_a_login_is_what_is_missing() {
    let changed = || Input::CredentialsChanged("9".to_owned());
    let lost = Run::at_operator_login().tell(real("26-login-operator-old-password"));
    let waiting = lost.clone().tell(Input::AdminSecret(Read::Missing));
    let rejected = lost.tell(admin()).tell(real("04-login-wrong-password"));
    let failing = Run::at_operator_login().tell(refused());
    for run in [waiting, rejected, failing] {
        let run = run.tell(changed()).asks(&["ReadCredentials"]).tell(stored(EDITED, "", "9"));
        let run = run.asks(&["LoginOperator"]);
        let Some(Request::Call(Call::LoginOperator(login))) = run.requests.first() else { panic!() };
        assert_eq!(login.password.expose_secret(), EDITED);
    }
}

#[test]
fn the_keys_of_the_secrets_are_the_go_operators() {
    let data = |pairs: &[(&str, &str)]| -> BTreeMap<String, Vec<u8>> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec())).collect()
    };
    let read = Credentials::of_admin(&data(&[("pw", "x")]), "pw", "admin");
    assert!(matches!(read, Read::Found(Credentials { username, .. }) if username == "admin"));
    let read = Credentials::of_admin(&data(&[("pw", "x"), ("username", "root")]), "pw", "admin");
    assert!(matches!(read, Read::Found(Credentials { username, .. }) if username == "root"));
    for empty in [data(&[]), data(&[("pw", "")]), data(&[("password", "x")])] {
        assert!(matches!(Credentials::of_admin(&empty, "pw", "admin"), Read::Missing));
    }
    let ours = data(&[("username", "k8s-operator"), ("password", "x"), ("server-url", "http://evil")]);
    let Read::Found(stored) = Stored::read(&ours) else { panic!("an account is enough") };
    assert!(stored.refresh_token.expose_secret().is_empty());
    assert!(matches!(Stored::read(&data(&[("username", "x"), ("access-token", "x")])), Read::Missing));
}

#[test]
fn auth_03_no_secret_is_shown() {
    let secrets = [
        ADMIN_PASSWORD,
        PASSWORD,
        EDITED,
        "{admin-1-access}",
        "-access}",
        "-refresh}",
        "stored-access",
        "stored-refresh",
    ];
    let inputs = [
        Input::Tick,
        stored(EDITED, "stored-refresh", "1"),
        real("64-refresh-deleted-user"),
        real("26-login-operator-old-password"),
        admin(),
        real("09-login-admin"),
        Input::Password(PASSWORD.into()),
        real("22-user-create-again"),
        real("23-user-get"),
        real("25-user-reset"),
        real("27-login-operator"),
        Input::Written(Ok("2".to_owned())),
        real("32-operator-delete-unknown-adapter"),
        Input::Deleting,
        admin(),
        real("09-login-admin"),
        real("62-user-delete"),
    ];
    let mut run = Run { session: Session::new(settings(), None), ..Run::new() };
    for input in inputs {
        let mut shown = vec![format!("{input:?}")];
        run = run.tell(input);
        shown.push(format!("{:?}{:?}{:?}", run.session, run.requests, run.session.token(run.now)));
        for request in &run.requests {
            if let Request::Call(call) = request {
                shown.push(format!("{:?}", call.http()));
            }
        }
        shown.push(format!("{:?}", run.session.condition(run.now)));
        for secret in secrets {
            assert!(!shown.iter().any(|text| text.contains(secret)), "{secret} in {shown:?}");
        }
    }
    assert_eq!(run.asked(), ["RemoveFinalizer"], "all of it was gone through");
}
