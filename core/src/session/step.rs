//! One step: take the input in, ask what comes next, say what has changed.

use std::time::Duration;

use super::Session;
use super::answer::{self, Listed, Outcome, Refusal, Trouble};
use super::condition::{Condition, Reason};
use super::input::{Asked, Called, Input};
use super::request::{Call, Request};
use super::state::{Cause, State};
use crate::backoff::Backoff;
use crate::event::Event;
use crate::moment::Moment;

/// How long a stuck session waits when nothing helpful happens.
pub const STUCK: Duration = Duration::from_secs(300);

/// Takes one input in. The requests are to be carried out in their order.
pub fn step(mut session: Session, input: Input, moment: Moment) -> (Session, Vec<Request>) {
    let mut turn = Turn { session: &mut session, moment, requests: Vec::new() };
    turn.take(input);
    turn.act();
    turn.announce();
    let requests = turn.requests;
    (session, requests)
}

/// A step under way.
pub(super) struct Turn<'a> {
    pub session: &'a mut Session,
    pub moment: Moment,
    pub requests: Vec<Request>,
}

impl Turn<'_> {
    fn take(&mut self, input: Input) {
        match input {
            Input::Tick => {}
            Input::PodReady => self.pod_ready(),
            Input::AdminSecretChanged => self.admin_secret_changed(),
            Input::CredentialsChanged(version) => self.session.notices.credentials_changed = Some(version),
            Input::CredentialsDeleted => self.session.notices.credentials_deleted = true,
            Input::Deleting => self.session.notices.deleting = true,
            Input::Listed { serial, listed } => self.listed(serial, listed),
            Input::AdminSecret(_)
            | Input::Credentials(_)
            | Input::Password(_)
            | Input::Answered(_)
            | Input::Written(_)
            | Input::FinalizerRemoved(_) => self.answered(input),
        }
    }

    /// An answer counts only for the request that is outstanding.
    fn answered(&mut self, input: Input) {
        match (self.session.asked.take(), input) {
            (Some(Asked::AdminSecret), Input::AdminSecret(read)) => self.admin_secret(read),
            (Some(Asked::Credentials), Input::Credentials(read)) => self.credentials(read),
            (Some(Asked::Password), Input::Password(password)) => self.password(password),
            (Some(Asked::Call(called)), Input::Answered(outcome)) => self.called(called, &outcome),
            (Some(Asked::Write(stored)), Input::Written(written)) => self.written(stored, written),
            (Some(Asked::Finalizer), Input::FinalizerRemoved(removed)) => self.finalizer_removed(removed),
            (asked, _) => self.session.asked = asked,
        }
    }

    fn called(&mut self, called: Called, outcome: &Outcome) {
        match called {
            Called::LoginAdmin => self.admin_login(answer::login(outcome)),
            Called::LoginOperator => self.operator_login(answer::login(outcome)),
            Called::Refresh => self.refreshed(answer::login(outcome)),
            Called::CreateAccount => self.created(answer::creation(outcome)),
            Called::InspectAccount => self.inspected(answer::account(outcome)),
            Called::ResetPassword => self.reset(answer::change(outcome)),
            Called::Probe => self.probed(answer::probe(outcome)),
            Called::DeleteAccount => self.account_deleted(answer::change(outcome)),
        }
    }

    fn pod_ready(&mut self) {
        let now = self.moment.now;
        let Session { asked, notices, backoff, chores, due, .. } = &mut *self.session;
        backoff.hurry();
        chores.probes.hurry();
        chores.probe_at = chores.probe_at.map(|at| at.min(now));
        if asked.is_some() {
            notices.woken = true;
        } else {
            *due = now.min(*due);
        }
    }

    fn admin_secret_changed(&mut self) {
        if !self.session.watches_admin_secret() {
            return;
        }
        if self.session.asked.is_some() {
            self.session.notices.woken = true;
        } else if matches!(self.session.state, State::AdminLogin(_)) {
            self.go(State::NoCredentials);
        } else {
            self.session.due = self.moment.now;
        }
    }

    fn listed(&mut self, serial: u64, listed: Listed) {
        // What is said of an older token is no longer of interest.
        if self.session.access.as_ref().is_none_or(|access| access.serial != serial) {
            return;
        }
        match listed {
            Listed::Read => self.list_read(),
            Listed::Refused(Refusal::Token) => self.token_refused(),
            Listed::Refused(Refusal::Role) => self.list_denied(Cause::AccountRoleWrong),
            Listed::Refused(Refusal::MustChange) => self.list_denied(Cause::MustChangePassword),
            Listed::Other => {}
        }
    }

    /// Asks what is due, if nothing is outstanding.
    fn act(&mut self) {
        if self.session.asked.is_some() || !self.session.settings.acts {
            return;
        }
        self.notice();
        let request = self.secret_chore().or_else(|| self.main());
        if let Some(request) = request {
            self.session.asked = Asked::of(&request);
            self.requests.push(request);
        }
    }

    fn main(&mut self) -> Option<Request> {
        if matches!(self.session.state, State::Authenticated) {
            return self.keep();
        }
        if self.moment.now < self.session.due {
            return None;
        }
        if matches!(self.session.state, State::Stuck(_)) {
            self.renew();
        }
        if self.session.state.provisions() && !self.session.settings.writes {
            self.withhold();
            return None;
        }
        self.next()
    }

    /// What the state asks.
    pub fn next(&mut self) -> Option<Request> {
        match self.session.state.clone() {
            State::Starting => Some(Request::ReadCredentials),
            State::NoCredentials => {
                self.session.notices.woken = false;
                Some(Request::ReadAdminSecret)
            }
            State::AdminLogin(admin) => Some(Request::Call(Call::LoginAdmin(admin))),
            State::NewPassword { .. } => Some(Request::MakePassword),
            State::CreateAccount(p) => {
                Some(Request::Call(Call::CreateAccount { admin: p.admin, password: p.password }))
            }
            State::InspectAccount(p) => Some(Request::Call(Call::InspectAccount { admin: p.admin })),
            State::ResetPassword(p) => {
                Some(Request::Call(Call::ResetPassword { admin: p.admin, password: p.password }))
            }
            State::OperatorLogin(credentials) => Some(Request::Call(Call::LoginOperator(credentials))),
            State::Refresh(refresh) => Some(Request::Call(Call::Refresh { refresh })),
            State::Deleting(deletion) => Some(deletion.request()),
            State::Authenticated | State::Stuck(_) | State::Gone => None,
        }
    }

    /// Goes to a state that acts at once.
    pub fn go(&mut self, state: State) {
        self.session.state = state;
        self.session.due = self.moment.now;
    }

    /// Somebody has to do something first.
    pub fn stuck(&mut self, cause: Cause) {
        self.settled(cause.into());
        self.go(State::Stuck(cause));
        self.sleep();
    }

    /// Waits for somebody; but what woke us after the question was asked may have been this.
    pub fn sleep(&mut self) {
        let woken = std::mem::take(&mut self.session.notices.woken);
        let wait = if woken { Duration::ZERO } else { STUCK };
        self.session.due = self.moment.now.saturating_add(wait);
    }

    /// The server's word: it ends what trouble there was.
    pub fn settled(&mut self, verdict: Reason) {
        self.session.verdict = Some(verdict);
        self.session.trouble = None;
        self.session.backoff.succeed();
    }

    /// Stays in the state, and tries again later.
    pub fn trouble(&mut self, trouble: Trouble) {
        let wait = self.fail(&trouble, |session| &mut session.backoff);
        self.session.due = self.moment.now.saturating_add(wait);
        self.session.trouble = Some(trouble);
    }

    /// Goes to another state, yet not at once, since it might lead back here.
    pub fn contradiction(&mut self, what: &'static str, state: State) {
        self.session.state = state;
        self.trouble(Trouble::Contradiction(what));
    }

    /// Counts a failure, says so if it is worth it, and returns how long to wait.
    pub fn fail(
        &mut self,
        trouble: &Trouble,
        backoff: impl FnOnce(&mut Session) -> &mut Backoff<&'static str>,
    ) -> Duration {
        let failure = backoff(self.session).fail(trouble.cause(), self.moment.jitter);
        if failure.line {
            let (times, retry_in) = (failure.times, failure.delay);
            self.requests.push(Request::Warn { trouble: trouble.clone(), times, retry_in });
        }
        failure.delay
    }

    /// An event when the condition's reason has changed.
    fn announce(&mut self) {
        let Some(Condition { reason, message, .. }) = self.session.condition(self.moment.now) else { return };
        let before = self.session.published.replace(reason);
        // That all is well is news only where it was not; the first time it is said of the account itself.
        let was_well = matches!(before, None | Some(Reason::Provisioning)) || self.session.unannounced;
        if before == Some(reason) || (reason == Reason::Authenticated && was_well) {
            return;
        }
        let event = Event::of(reason, self.session.settings.admin_source, message);
        self.requests.extend(event.map(Request::Publish));
    }
}
