//! A small world around a session: a server, the Secrets, and what can happen to them.

use secrecy::ExposeSecret as _;

use super::super::answer::{Listed, Response, Transport};
use super::super::credentials::{Credentials, Read, Stored};
use super::super::{Call, Input, Request};
use super::disturbance::{Fault, Move};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AdminSecret {
    Missing,
    Wrong,
    Right,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub role: &'static str,
    pub enabled: bool,
    pub password: String,
}

/// All that a session can ask for, or be told of.
#[derive(Clone, Debug)]
pub struct World {
    pub account: Option<Account>,
    pub admin_secret: AdminSecret,
    pub must_change: bool,
    /// Counted up when the server's signing key changes: older tokens are no good.
    pub epoch: u8,
    pub secret: Option<Stored>,
    pub version: u32,
    passwords: u32,
    pub finalizer: bool,
    pub deleting: bool,
}

impl World {
    pub fn fresh() -> Self {
        Self {
            account: None,
            admin_secret: AdminSecret::Right,
            must_change: false,
            epoch: 0,
            secret: None,
            version: 0,
            passwords: 0,
            finalizer: true,
            deleting: false,
        }
    }

    /// All that an administrator would put right. Whose password the account has is not among it.
    pub fn make_good(&mut self) {
        self.admin_secret = AdminSecret::Right;
        self.must_change = false;
        if let Some(account) = &mut self.account {
            (account.role, account.enabled) = ("operator", true);
        }
    }

    /// Carries a move out, and returns what the session notices of it, if it watches the administrator's Secret.
    pub fn happen(&mut self, what: Move, watched: bool) -> Option<Input> {
        let admin_changed = watched.then_some(Input::AdminSecretChanged);
        match what {
            Move::AccountDeleted => self.account = None,
            Move::AccountDisabled => self.change(|account| account.enabled = false),
            Move::RoleUser => self.change(|account| account.role = "user"),
            Move::RoleAdmin => self.change(|account| account.role = "admin"),
            Move::PasswordSetByOthers => {
                self.change(|account| "set-by-others".clone_into(&mut account.password));
            }
            Move::AdminSecretMissing => self.admin_secret = AdminSecret::Missing,
            Move::AdminSecretWrong => {
                self.admin_secret = AdminSecret::Wrong;
                return admin_changed;
            }
            Move::AdminSecretRight => {
                self.admin_secret = AdminSecret::Right;
                return admin_changed;
            }
            Move::AdminMustChange => self.must_change = true,
            Move::SecretDeleted => {
                return self.secret.take().map(|_| Input::CredentialsDeleted);
            }
            Move::SecretEdited => {
                let secret = self.secret.as_mut()?;
                secret.credentials.password = "edited-by-hand".into();
                self.version += 1;
                return Some(Input::CredentialsChanged(self.version.to_string()));
            }
            Move::KeyChanged => self.epoch += 1,
            Move::PodReady => return Some(Input::PodReady),
            Move::Deleting => {
                self.deleting = true;
                return Some(Input::Deleting);
            }
            Move::Crash => {}
        }
        None
    }

    fn change(&mut self, how: impl FnOnce(&mut Account)) {
        if let Some(account) = &mut self.account {
            how(account);
        }
    }

    /// Carries a request out, or not, and answers.
    pub fn answer(&mut self, request: &Request, fault: Option<Fault>) -> Input {
        let mut beyond = self.clone();
        let good = beyond.carry_out(request);
        if matches!(fault, None | Some(Fault::AnswerLost)) {
            *self = beyond;
        }
        let Some(fault) = fault else { return good };
        let why = || "Kubernetes does not answer".to_owned();
        match (request, fault) {
            (Request::Call(_), Fault::Unreachable | Fault::AnswerLost) => {
                Input::Answered(Err(Transport::TimedOut))
            }
            (Request::Call(_), Fault::Status500) => http(500, "application/problem+json", "{}".to_owned()),
            (Request::Call(_), Fault::Garbage) => http(200, "text/html", "<html>".to_owned()),
            (Request::ReadAdminSecret, _) => Input::AdminSecret(Read::Failed(why())),
            (Request::ReadCredentials, _) => Input::Credentials(Read::Failed(why())),
            (Request::StoreCredentials(_), _) => Input::Written(Err(why())),
            (Request::RemoveFinalizer, _) => Input::FinalizerRemoved(Err(why())),
            (Request::MakePassword | Request::Publish(_) | Request::Warn { .. }, _) => good,
        }
    }

    fn carry_out(&mut self, request: &Request) -> Input {
        match request {
            Request::ReadAdminSecret => {
                let admin =
                    |password: &str| Credentials { username: "admin".to_owned(), password: password.into() };
                Input::AdminSecret(match self.admin_secret {
                    AdminSecret::Missing => Read::Missing,
                    AdminSecret::Wrong => Read::Found(admin("wrong")),
                    AdminSecret::Right => Read::Found(admin("right")),
                })
            }
            Request::ReadCredentials => Input::Credentials(match &self.secret {
                Some(stored) => Read::Found((stored.clone(), self.version.to_string())),
                None => Read::Missing,
            }),
            Request::MakePassword => {
                self.passwords += 1;
                Input::Password(format!("made-{}", self.passwords).into())
            }
            Request::StoreCredentials(stored) => {
                self.secret = Some(stored.clone());
                self.version += 1;
                Input::Written(Ok(self.version.to_string()))
            }
            Request::RemoveFinalizer => {
                self.finalizer = false;
                Input::FinalizerRemoved(Ok(()))
            }
            Request::Call(call) => self.call(call),
            Request::Publish(_) | Request::Warn { .. } => unreachable!("has no answer"),
        }
    }

    fn call(&mut self, call: &Call) -> Input {
        match call {
            Call::LoginAdmin(c) if c.password.expose_secret() != "right" => problem(401),
            Call::LoginAdmin(_) => self.session("admin", self.must_change),
            Call::LoginOperator(login) => {
                self.log_in(|account| account.password == login.password.expose_secret())
            }
            Call::Refresh { refresh } => {
                let is_ours = refresh.expose_secret() == format!("r{}", self.epoch);
                self.log_in(|_| is_ours)
            }
            Call::Probe { access } if self.is_refused(access) => text(401, "Invalid or expired token"),
            Call::Probe { access } if access.expose_secret().ends_with("admin") => problem(404),
            Call::Probe { .. } => text(403, "Admin access required"),
            Call::CreateAccount { admin, .. }
            | Call::InspectAccount { admin }
            | Call::ResetPassword { admin, .. }
            | Call::DeleteAccount { admin } => {
                if self.is_refused(admin) {
                    text(401, "Invalid or expired token")
                } else if self.must_change {
                    text(403, "account \"admin\" must set a new password before")
                } else {
                    self.call_as_admin(call)
                }
            }
        }
    }

    fn is_refused(&self, token: &secrecy::SecretString) -> bool {
        !token.expose_secret().starts_with(&format!("a{}", self.epoch))
    }

    fn log_in(&self, is_right: impl Fn(&Account) -> bool) -> Input {
        match &self.account {
            Some(account) if !account.enabled => problem(403),
            Some(account) if is_right(account) => self.session(account.role, false),
            Some(_) | None => problem(401),
        }
    }

    fn call_as_admin(&mut self, call: &Call) -> Input {
        match (call, &mut self.account) {
            (Call::CreateAccount { password, .. }, None) => {
                let password = password.expose_secret().to_owned();
                self.account = Some(Account { role: "operator", enabled: true, password });
                http(201, "application/json", "{}".to_owned())
            }
            (Call::CreateAccount { .. }, Some(_)) => problem(409),
            (_, None) => problem(404),
            (Call::InspectAccount { .. }, Some(account)) => {
                http(200, "application/json", user(account.role, account.enabled, false))
            }
            (Call::ResetPassword { password, .. }, Some(account)) => {
                password.expose_secret().clone_into(&mut account.password);
                http(204, "", String::new())
            }
            (_, Some(_)) => {
                self.account = None;
                http(204, "", String::new())
            }
        }
    }

    fn session(&self, role: &str, must_change: bool) -> Input {
        let (epoch, user) = (self.epoch, user(role, true, must_change));
        let tokens = format!(r#""access_token":"a{epoch}-{role}","refresh_token":"r{epoch}""#);
        http(200, "application/json", format!(r#"{{{tokens},"expires_in":900,"user":{user}}}"#))
    }

    /// What the list answers to this token: roles are frozen in it.
    pub fn list(&self, token: &str) -> Listed {
        if !token.starts_with(&format!("a{}", self.epoch)) {
            return Listed::of(401, Some("text/plain"), b"Invalid or expired token");
        }
        Listed::of(200, Some("application/json"), b"[]")
    }
}

fn user(role: &str, enabled: bool, must_change: bool) -> String {
    format!(r#"{{"role":"{role}","enabled":{enabled},"must_change_password":{must_change}}}"#)
}

fn http(status: u16, content_type: &str, body: String) -> Input {
    let content_type = Some(content_type.to_owned());
    Input::Answered(Ok(Response { status, content_type, body: body.into_bytes() }))
}

fn problem(status: u16) -> Input {
    http(status, "application/problem+json", "{}".to_owned())
}

fn text(status: u16, line: &str) -> Input {
    http(status, "text/plain; charset=utf-8", line.to_owned())
}
