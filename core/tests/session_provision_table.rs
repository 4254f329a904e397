//! The table of the session, as long as it has no token: a test a row, by answers of a real server where there is one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

mod session_support;

use dittofs_core::session::condition::{Reason, Status};
use dittofs_core::session::credentials::Read;
use dittofs_core::session::{Call, Cause, Input, Request, State};
use secrecy::ExposeSecret as _;
use session_support::*;

// NoCredentials

#[test]
fn no_credentials_admin_secret_missing_stays_and_is_woken_by_the_secret() {
    let run = Run::without_credentials().asks(&["ReadAdminSecret"]).tell(Input::AdminSecret(Read::Missing));
    let run = run.says(Status::False, Reason::AdminSecretMissing).asks(&["AuthFailed"]);
    assert!(matches!(run.session.state(), State::NoCredentials) && run.session.watches_admin_secret());
    assert_eq!(run.wait(), 300);
    let run = run.tell(Input::AdminSecretChanged).asks(&["ReadAdminSecret"]);
    run.tell(admin()).asks(&["LoginAdmin"]).says(Status::False, Reason::Provisioning);
}

#[test]
fn no_credentials_admin_secret_there_goes_to_admin_login() {
    let run = Run::at_admin_login().says(Status::False, Reason::Provisioning);
    let Some(Request::Call(call)) = run.requests.first() else { panic!("{:?}", run.requests) };
    let http = call.http();
    assert_eq!((http.method, http.path.as_str()), ("POST", "/api/v1/auth/login"));
    assert!(http.bearer.is_none());
    let body = http.body.unwrap();
    assert_eq!(body.expose_secret(), r#"{"password":"admin-pass-1","username":"admin"}"#);
}

// AdminLogin

#[test]
fn auth_02_admin_login_200_goes_to_create_account() {
    let run = Run::at_create_account().says(Status::False, Reason::Provisioning);
    let Some(Request::Call(call)) = run.requests.first() else { panic!("{:?}", run.requests) };
    let http = call.http();
    assert_eq!((http.method, http.path.as_str()), ("POST", "/api/v1/users"));
    assert_eq!(http.bearer.unwrap().expose_secret(), "{admin-1-access}");
    let body = http.body.unwrap();
    assert!(body.expose_secret().contains(r#""role":"operator""#));
    assert!(body.expose_secret().contains(PASSWORD));
}

#[test]
fn admin_login_200_with_must_change_password_is_stuck() {
    let run = Run::at_admin_login().tell(real("66-login-must-change")).asks(&["AuthFailed"]);
    let run = run.says(Status::False, Reason::AdminMustChangePassword);
    assert!(run.condition().2.contains("dfsctl user change-password"), "{:?}", run.condition());
    assert!(run.is_stuck() && run.session.watches_admin_secret() && run.wait() == 300);
}

#[test]
fn admin_login_401_is_stuck_and_woken_by_the_secret() {
    let run = Run::at_admin_login().tell(real("04-login-wrong-password"));
    let run = run.asks(&["AdminBootstrapUnauthorized"]).says(Status::False, Reason::AdminCredentialsRejected);
    assert!(run.is_stuck() && run.session.watches_admin_secret() && run.wait() == 300);
    run.tell(Input::AdminSecretChanged).asks(&["ReadAdminSecret"]);
}

#[test]
fn admin_login_403_is_stuck() {
    let run = Run::at_admin_login().tell(real("56-login-disabled"));
    let run = run.asks(&["AdminBootstrapUnauthorized"]).says(Status::False, Reason::AdminDisabled);
    assert!(run.is_stuck() && run.wait() == 300);
}

// CreateAccount

#[test]
fn create_account_201_goes_to_operator_login() {
    let run = Run::at_operator_login();
    let Some(Request::Call(Call::LoginOperator(login))) = run.requests.first() else { panic!() };
    assert_eq!((login.username.as_str(), login.password.expose_secret()), ("k8s-operator", PASSWORD));
}

#[test]
fn create_account_409_resets_the_password_of_an_enabled_operator() {
    let run = Run::at_create_account().tell(real("22-user-create-again")).asks(&["InspectAccount"]);
    let run = run.tell(real("23-user-get")).asks(&["ResetPassword"]);
    let Some(Request::Call(call)) = run.requests.first() else { panic!("{:?}", run.requests) };
    assert_eq!(call.http().path, "/api/v1/users/k8s-operator/password");
    let run = run.tell(real("25-user-reset")).asks(&["LoginOperator"]);
    run.tell(real("27-login-operator")).says(Status::True, Reason::Authenticated);
}

#[test]
fn create_account_409_of_another_role_is_stuck() {
    // The answers to a change and to a look have one shape.
    for look in [real("58-admin-role-to-user"), edited("23-user-get", "\"operator\"", "\"admin\"")] {
        let run = Run::at_create_account().tell(real("22-user-create-again")).tell(look);
        let run = run.asks(&["AuthFailed"]).says(Status::False, Reason::AccountRoleWrong);
        assert!(run.is_stuck() && run.wait() == 300);
    }
}

#[test]
fn create_account_409_of_a_disabled_account_is_stuck() {
    let run = Run::at_create_account().tell(real("22-user-create-again"));
    let run = run.tell(real("54-admin-disable-operator")).asks(&["AuthFailed"]);
    let run = run.says(Status::False, Reason::AccountDisabled);
    assert!(run.is_stuck() && !run.session.watches_admin_secret());
}

#[test]
fn create_account_403_is_stuck() {
    // The gate's refusal of a role.
    let run = Run::at_create_account().tell(real("32-operator-delete-unknown-adapter"));
    let run = run.asks(&["AuthFailed"]).says(Status::False, Reason::AdminNotPrivileged);
    assert!(run.is_stuck());
}

#[test]
fn create_account_403_by_its_text_is_a_password_to_change() {
    let run = Run::at_create_account().tell(real("68-must-change-create-user")).asks(&["AuthFailed"]);
    assert!(run.says(Status::False, Reason::AdminMustChangePassword).is_stuck());
}

// OperatorLogin

#[test]
fn auth_03_operator_login_200_is_one_secret_write_and_authenticated() {
    let run = Run::at_store().says(Status::True, Reason::Authenticated);
    let Some(Request::StoreCredentials(write)) = run.requests.first() else { panic!() };
    let data = write.data();
    let value = |key: &str| data[key].expose_secret().to_owned();
    assert_eq!(value("username"), "k8s-operator");
    assert_eq!(value("password"), PASSWORD);
    assert_eq!(value("access-token"), "{k8s-operator-1-access}");
    assert_eq!(value("refresh-token"), "{k8s-operator-1-refresh}");
    assert_eq!(value("server-url"), "http://srv-api.ns.svc:8080");
    assert_eq!(data.len(), 5);
    assert_eq!(
        run.session.token(run.now).unwrap().token.expose_secret(),
        "{k8s-operator-1-access}",
        "of use before it is stored"
    );
    let run = Run::authenticated().says(Status::True, Reason::Authenticated);
    assert!(matches!(run.session.state(), State::Authenticated));
}

#[test]
fn operator_login_200_as_admin_is_used_and_says_so() {
    let login = edited("27-login-operator", "\"role\":\"operator\"", "\"role\":\"admin\"");
    let run = Run::at_operator_login().tell(login).asks(&["StoreCredentials", "TooMuchPrivilege"]);
    let run = run.says(Status::True, Reason::TooMuchPrivilege);
    assert!(run.has_token());
    let run = run.tell(Input::Written(Ok("1".to_owned()))).asks(&["AuthProvisioned", "Probe"]);
    let run = run.tell(real("37-admin-get-adapter-missing")).asks(&[]);
    run.says(Status::True, Reason::TooMuchPrivilege);
}

#[test]
fn operator_login_200_as_user_is_not_used_and_says_so() {
    let run = Run::at_operator_login().tell(real("59-login-as-user-role")).asks(&["AuthFailed"]);
    let run = run.says(Status::False, Reason::AccountRoleWrong);
    assert!(!run.has_token() && run.is_stuck());
    assert!(run.wake().says(Status::False, Reason::AccountRoleWrong).asked() == ["Refresh"]);
}

#[test]
fn operator_login_401_provisions_again() {
    let run = Run::at_operator_login().tell(real("26-login-operator-old-password"));
    run.asks(&["ReadAdminSecret"]).says(Status::False, Reason::Provisioning);
}

#[test]
fn operator_login_401_three_times_in_ten_minutes_is_contested() {
    let mut run = Run::at_operator_login();
    for _ in 0..2 {
        run = run.tell(real("26-login-operator-old-password")).tell(admin()).tell(real("09-login-admin"));
        run = run.tell(Input::Password(PASSWORD.into())).tell(real("22-user-create-again"));
        run = run.tell(real("23-user-get")).tell(real("25-user-reset")).asks(&["LoginOperator"]);
    }
    let run = run.tell(real("26-login-operator-old-password")).asks(&["AuthFailed"]);
    let run = run.says(Status::False, Reason::AccountContested);
    // Five minutes later the window still holds all three; ten minutes later it does not.
    let run = run.wake().asks(&["LoginOperator"]).tell(real("26-login-operator-old-password"));
    assert!(run.is_stuck(), "{:?}", run.asked());
    run.wake()
        .asks(&["LoginOperator"])
        .tell(real("26-login-operator-old-password"))
        .asks(&["ReadAdminSecret"]);
}

#[test]
fn operator_login_403_is_stuck_and_never_undone() {
    let run = Run::at_operator_login().tell(real("56-login-disabled")).asks(&["AuthFailed"]);
    let run = run.says(Status::False, Reason::AccountDisabled);
    assert!(matches!(run.session.state(), State::Stuck(Cause::AccountDisabled)));
    let run = run.wake().asks(&["LoginOperator"]);
    run.tell(real("27-login-operator")).says(Status::True, Reason::Authenticated);
}
