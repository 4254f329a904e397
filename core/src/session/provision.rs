//! From nothing to an account with a password that we know (AUTH-02).

use std::time::Duration;

use secrecy::SecretString;

use super::answer::{Account, AsAdmin, Creation, Login, Refusal, Role, Trouble};
use super::condition::Reason;
use super::credentials::{Credentials, Read};
use super::state::{Cause, Provision, State};
use super::step::Turn;

/// So often may the account get a password …
const PROVISIONS: usize = 3;

/// … within this time. Beyond that somebody else sets it too, and neither would ever stop.
const WINDOW: Duration = Duration::from_secs(600);

impl Turn<'_> {
    /// Begins anew, unless that has not lasted before.
    pub fn provision(&mut self) {
        let now = self.moment.now;
        self.session.provisions.retain(|at| now.saturating_sub(*at) < WINDOW);
        if self.session.provisions.len() >= PROVISIONS {
            self.stuck(Cause::AccountContested);
        } else {
            self.go(State::NoCredentials);
        }
    }

    /// Nothing may be written: without an account, nothing can be done either.
    pub fn withhold(&mut self) {
        self.session.state = State::NoCredentials;
        // A token that is good is used on.
        if self.session.token(self.moment.now).is_none() {
            self.settled(Reason::NoCredentials);
        }
        self.sleep();
    }

    pub fn admin_secret(&mut self, read: Read<Credentials>) {
        if self.is_deleting() {
            return self.deletion_secret(read);
        }
        match read {
            Read::Found(admin) => {
                self.begin();
                self.go(State::AdminLogin(admin));
            }
            Read::Missing => {
                self.settled(Reason::AdminSecretMissing);
                self.sleep();
            }
            Read::Failed(why) => self.trouble(Trouble::Secret(why)),
        }
    }

    /// A retry is no news: what was found last stands until something else is found.
    fn begin(&mut self) {
        let has_token = self.session.token(self.moment.now).is_some();
        let session = &mut *self.session;
        session.trouble.take_if(|trouble| matches!(trouble, Trouble::Secret(_)));
        let is_over = match session.verdict {
            None | Some(Reason::NoCredentials | Reason::AdminSecretMissing) => true,
            Some(Reason::Authenticated | Reason::TooMuchPrivilege) => !has_token,
            Some(_) => false,
        };
        if is_over {
            session.verdict = Some(Reason::Provisioning);
        }
    }

    pub fn admin_login(&mut self, answer: Result<Login, Trouble>) {
        if self.is_deleting() {
            return self.deletion_login(answer);
        }
        match answer {
            Ok(Login::Granted(grant)) if grant.must_change => self.stuck(Cause::AdminMustChangePassword),
            Ok(Login::Granted(grant)) => self.go(State::NewPassword { admin: grant.access }),
            Ok(Login::Refused) => self.stuck(Cause::AdminCredentialsRejected),
            Ok(Login::Disabled) => self.stuck(Cause::AdminDisabled),
            Err(trouble) => self.trouble(trouble),
        }
    }

    pub fn password(&mut self, password: SecretString) {
        if let State::NewPassword { admin } = self.session.state.clone() {
            self.go(State::CreateAccount(Provision { admin, password }));
        }
    }

    pub fn created(&mut self, answer: AsAdmin<Creation>) {
        let State::CreateAccount(provision) = self.session.state.clone() else { return };
        match self.as_admin(answer) {
            Some(Creation::Created) => self.provisioned(provision),
            Some(Creation::Exists) => self.go(State::InspectAccount(provision)),
            None => {}
        }
    }

    /// What an administrator made of the account is never undone: that would be a quarrel with a person.
    pub fn inspected(&mut self, answer: AsAdmin<Option<Account>>) {
        let State::InspectAccount(provision) = self.session.state.clone() else { return };
        match self.as_admin(answer) {
            Some(Some(Account { enabled: false, .. })) => self.stuck(Cause::AccountDisabled),
            Some(Some(Account { role: Role::Admin | Role::User, .. })) => {
                self.stuck(Cause::AccountRoleWrong);
            }
            Some(Some(Account { role: Role::Operator, .. })) => self.go(State::ResetPassword(provision)),
            Some(None) => self.contradiction(
                "the account exists when it is created, and does not when it is looked at",
                State::CreateAccount(provision),
            ),
            None => {}
        }
    }

    pub fn reset(&mut self, answer: AsAdmin<bool>) {
        let State::ResetPassword(provision) = self.session.state.clone() else { return };
        match self.as_admin(answer) {
            Some(true) => self.provisioned(provision),
            Some(false) => self.contradiction(
                "the account exists when it is looked at, and does not when it gets a password",
                State::CreateAccount(provision),
            ),
            None => {}
        }
    }

    /// What was done, unless the administrator's token or the answer was no good.
    fn as_admin<T>(&mut self, answer: AsAdmin<T>) -> Option<T> {
        match answer {
            Ok(Ok(done)) => return Some(done),
            Ok(Err(Refusal::Token)) => {
                self.contradiction("an administrator's token is refused", State::NoCredentials);
            }
            Ok(Err(Refusal::Role)) => self.stuck(Cause::AdminNotPrivileged),
            Ok(Err(Refusal::MustChange)) => self.stuck(Cause::AdminMustChangePassword),
            Err(trouble) => self.trouble(trouble),
        }
        None
    }

    fn provisioned(&mut self, provision: Provision) {
        let credentials = Credentials::of_account(provision.password);
        self.session.provisions.push(self.moment.now);
        self.session.credentials = Some(credentials.clone());
        self.session.refresh = None;
        self.session.unannounced = true;
        self.go(State::OperatorLogin(credentials));
    }

    pub fn operator_login(&mut self, answer: Result<Login, Trouble>) {
        match answer {
            Ok(Login::Granted(grant)) => {
                self.session.chores.probe_at = Some(self.moment.now);
                self.granted(grant);
            }
            Ok(Login::Refused) => self.provision(),
            Ok(Login::Disabled) => self.stuck(Cause::AccountDisabled),
            Err(trouble) => self.trouble(trouble),
        }
    }
}
