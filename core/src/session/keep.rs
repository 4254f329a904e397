//! With a token: keep it fresh, prove that it may do no more than it should, and believe the list (AUTH-01, AUTH-05).

use super::answer::{AsAdmin, Grant, Login, Refusal, Role, Trouble};
use super::condition::Reason;
use super::lifetime::Access;
use super::request::{Call, Request};
use super::state::{Cause, State};
use super::step::Turn;
use super::{Privilege, Session};
use crate::backoff;

impl Turn<'_> {
    /// Takes new tokens in. A token that may not read the list does not take the place of one that may.
    pub fn granted(&mut self, grant: Grant) {
        self.session.refresh = Some(grant.refresh);
        if grant.must_change {
            return self.stuck(Cause::MustChangePassword);
        }
        if grant.role == Role::User {
            return self.stuck(Cause::AccountRoleWrong);
        }
        let session = &mut *self.session;
        session.serial += 1;
        session.access = Some(Access::granted(grant.access, session.serial, grant.lifetime, self.moment));
        let is_proved = session.privilege == Privilege::Least && session.role == grant.role;
        session.role = grant.role;
        session.notices.woken = false;
        session.chores.store_at = session.is_unsaved().then_some(self.moment.now);
        if !is_proved {
            session.chores.probe_at = Some(self.moment.now);
        }
        self.accepted();
    }

    fn accepted(&mut self) {
        if let Some(cause) = self.session.denied {
            return self.stuck(cause);
        }
        let trouble = self
            .session
            .trouble
            .take()
            .filter(|trouble| matches!(trouble, Trouble::Contradiction(_)) && self.session.refusals > 1);
        self.settled(self.session.judge());
        // That a new token was granted does not mean yet that this one is accepted.
        self.session.trouble = trouble;
        self.go(State::Authenticated);
    }

    /// What is due of a session that has a token.
    pub fn keep(&mut self) -> Option<Request> {
        let now = self.moment.now;
        let access = self.session.access.clone()?;
        if access.refresh_at <= now {
            self.renew();
            return self.next();
        }
        let probe = self.session.chores.probe_at.filter(|at| *at <= now);
        probe.map(|_| Request::Call(Call::Probe { access: access.token }))
    }

    /// Asks for new tokens in the shortest way that is left; where that one is refused, the next longer one follows.
    pub fn renew(&mut self) {
        match (self.session.refresh.clone(), self.session.credentials.clone()) {
            (Some(refresh), _) => self.go(State::Refresh(refresh)),
            (None, Some(credentials)) => self.go(State::OperatorLogin(credentials)),
            (None, None) => self.provision(),
        }
    }

    pub fn refreshed(&mut self, answer: Result<Login, Trouble>) {
        match answer {
            Ok(Login::Granted(grant)) => self.granted(grant),
            Ok(Login::Refused | Login::Disabled) => {
                self.session.refresh = None;
                self.renew();
            }
            Err(trouble) => self.trouble(trouble),
        }
    }

    pub fn probed(&mut self, answer: AsAdmin<()>) {
        self.session.chores.probe_at = None;
        match answer {
            Ok(Ok(())) => self.proved(Privilege::TooMuch),
            Ok(Err(Refusal::Role | Refusal::MustChange)) => self.proved(Privilege::Least),
            Ok(Err(Refusal::Token)) => self.token_refused(),
            Err(trouble) => {
                let wait = self.fail(&trouble, |session| &mut session.chores.probes);
                self.session.chores.probe_at = Some(self.moment.now.saturating_add(wait));
            }
        }
    }

    fn proved(&mut self, privilege: Privilege) {
        self.session.privilege = privilege;
        self.session.chores.probes.succeed();
        if matches!(self.session.verdict, Some(Reason::Authenticated | Reason::TooMuchPrivilege)) {
            self.session.verdict = Some(self.session.judge());
        }
    }

    /// 401: once per token a new one is asked for; if that is refused too, slowly.
    pub fn token_refused(&mut self) {
        let Some(access) = self.session.access.as_mut().filter(|access| !access.refused) else { return };
        access.refused = true;
        self.session.refusals = self.session.refusals.saturating_add(1);
        if !matches!(self.session.state, State::Authenticated) {
            return;
        }
        self.renew();
        if let Some(n) = self.session.refusals.checked_sub(2) {
            self.refused_again(n);
        }
    }

    fn refused_again(&mut self, n: u32) {
        let trouble = Trouble::Contradiction("a token that was just granted is refused");
        let retry_in = backoff::delay(n, self.moment.jitter);
        let times = n.saturating_add(1);
        if times.is_power_of_two() {
            self.requests.push(Request::Warn { trouble: trouble.clone(), times, retry_in });
        }
        self.session.due = self.moment.now.saturating_add(retry_in);
        self.session.trouble = Some(trouble);
    }

    /// 403: roles are read again once, and then slowly until the list can be read.
    pub fn list_denied(&mut self, cause: Cause) {
        if self.session.denied.replace(cause).is_some() {
            return;
        }
        self.session.verdict = Some(cause.into());
        if matches!(self.session.state, State::Authenticated) {
            self.renew();
        }
    }

    pub fn list_read(&mut self) {
        self.session.refusals = 0;
        self.session.trouble.take_if(|trouble| matches!(trouble, Trouble::Contradiction(_)));
        let Some(denied) = self.session.denied.take() else { return };
        if self.session.verdict == Some(denied.into()) {
            self.session.verdict = Some(self.session.judge());
        }
        if matches!(self.session.state, State::Stuck(cause) if cause == denied) {
            self.session.state = State::Authenticated;
        }
    }
}

impl Session {
    /// What there is to say of a good token.
    fn judge(&self) -> Reason {
        match (self.role, self.privilege) {
            (Role::Admin, _) | (_, Privilege::TooMuch) => Reason::TooMuchPrivilege,
            (Role::Operator | Role::User, Privilege::Unproven | Privilege::Least) => Reason::Authenticated,
        }
    }
}
