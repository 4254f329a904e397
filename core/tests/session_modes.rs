//! A session that may not write, or not even ask (MODE-01).

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

mod session_support;

use dittofs_core::session::condition::{Reason, Status};
use dittofs_core::session::credentials::Read;
use dittofs_core::session::{Input, Settings, State};
use session_support::*;

fn observing() -> Settings {
    Settings { writes: false, ..settings() }
}

impl Run {
    /// The resource changed.
    fn under(mut self, settings: Settings) -> Self {
        self.session = self.session.with_settings(settings);
        self
    }
}

#[test]
fn mode_01_without_credentials_nothing_is_made_and_it_is_said() {
    let run = Run::new().under(observing()).tell(Input::Credentials(Read::Missing));
    let run = run.asks(&["AuthFailed"]).says(Status::False, Reason::NoCredentials);
    assert!(!run.session.watches_admin_secret(), "it cannot help");
    let run = run.wake().asks(&[]).wake().asks(&[]);
    // As soon as it may, it does.
    let run = run.under(settings());
    assert!(run.session.due(run.now).is_some_and(|due| due <= run.now));
    run.tell(Input::Tick).asks(&["ReadAdminSecret"]).tell(admin()).asks(&["LoginAdmin"]);
}

#[test]
fn mode_01_credentials_that_are_there_are_used_and_never_written() {
    let run = Run::new().under(observing()).tell(stored("p", "stored-refresh", "7")).asks(&["Refresh"]);
    let run = run.tell(real("27-login-operator")).asks(&["Probe"]);
    let run = run.tell(real("32-operator-delete-unknown-adapter")).asks(&[]);
    let run = run.wake().asks(&["Refresh"]).tell(edited("27-login-operator", "-1-", "-2-")).asks(&[]);
    // What could not be written then is written when it may be.
    let run = run.under(settings()).tell(Input::Tick).asks(&["StoreCredentials"]);
    run.tell(Input::Written(Ok("8".to_owned()))).asks(&[]);
}

#[test]
fn mode_01_an_account_in_the_making_is_not_made_any_more() {
    for run in [Run::at_admin_login(), Run::at_create_account()] {
        let answer = match run.session.state() {
            State::AdminLogin(_) => real("09-login-admin"),
            _ => made_up(500, None, ""),
        };
        let run = run.under(observing()).tell(answer);
        let run = if run.asked() == ["Warn", "AuthAPIUnreachable"] { run.wake() } else { run };
        let run = run.asks(&["AuthFailed"]);
        assert!(matches!(run.session.state(), State::NoCredentials));
        run.says(Status::False, Reason::NoCredentials);
    }
}

#[test]
fn mode_01_a_token_that_is_good_is_used_on_when_its_account_is_lost() {
    let run = Run::authenticated().under(observing()).tell(Input::CredentialsDeleted).asks(&[]);
    assert!(run.has_token());
    let run = run.says(Status::True, Reason::Authenticated).later(20 * 60);
    run.says(Status::False, Reason::NoCredentials);
}

#[test]
fn nothing_is_asked_of_a_server_that_has_nothing_to_say() {
    let asleep = || Settings { acts: false, ..settings() };
    let run = Run::authenticated().under(asleep());
    assert_eq!(run.session.due(run.now), None);
    let noise = [Input::Tick, Input::PodReady, Input::CredentialsDeleted, Input::Deleting];
    let run = noise.into_iter().fold(run, |run, input| run.tell(input).asks(&[]));
    let run = run.tell(Input::CredentialsChanged("9".to_owned())).asks(&[]);
    // What was noticed in the meantime is not forgotten.
    let run = run.under(settings()).tell(Input::Tick).asks(&["ReadAdminSecret"]);
    assert!(matches!(run.session.state(), State::Deleting(_)));
}

#[test]
fn auth_04_a_change_of_the_resource_ends_no_waiting_but_that_for_leave_to_write() {
    // For somebody who writes the administrator's Secret.
    let run = Run::without_credentials().tell(Input::AdminSecret(Read::Missing));
    let wait = run.wait();
    assert!(wait >= 60, "{wait}");
    let renamed = Settings { server_url: "http://elsewhere:8080".to_owned(), ..settings() };
    assert_eq!(run.under(renamed).wait(), wait);
    // For a server that does not answer.
    let run = Run::at_operator_login().tell(refused());
    let wait = run.wait();
    assert!(wait >= 1, "{wait}");
    assert_eq!(run.under(observing()).under(settings()).wait(), wait);
}
