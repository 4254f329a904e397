//! The end of a DittoServer: its data outlives it, so the account with its live password must not.
//!
//! Nobody waits for ever for a server that may be gone: after three tries, or when another one would begin later than
//! 60 s after the first, the finalizer goes, and an event says what is left behind. What a try cannot change (no Secret,
//! refused) is not tried again.

use std::time::Duration;

use super::answer::{AsAdmin, Login, Refusal, Trouble};
use super::credentials::{ACCOUNT, Credentials, Read};
use super::request::{Call, Request};
use super::state::{Deletion, DeletionStep, State};
use super::step::Turn;
use crate::backoff;
use crate::event::Event;

const TRIES: u32 = 3;
const LIMIT: Duration = Duration::from_secs(60);

impl Deletion {
    /// What comes next.
    pub(super) fn request(self) -> Request {
        match self.step {
            DeletionStep::ReadAdminSecret => Request::ReadAdminSecret,
            DeletionStep::Login(admin) => Request::Call(Call::LoginAdmin(admin)),
            DeletionStep::DeleteAccount { admin } => Request::Call(Call::DeleteAccount { admin }),
            DeletionStep::RemoveFinalizer => Request::RemoveFinalizer,
        }
    }
}

impl Turn<'_> {
    pub fn is_deleting(&self) -> bool {
        matches!(self.session.state, State::Deleting(_) | State::Gone)
    }

    pub fn delete(&mut self) {
        let since = self.moment.now;
        self.session.backoff.succeed();
        self.session.chores = super::Chores::default();
        self.go(State::Deleting(Deletion { since, tries: 0, step: DeletionStep::ReadAdminSecret }));
    }

    fn advance(&mut self, step: DeletionStep) {
        if let State::Deleting(deletion) = self.session.state.clone() {
            self.go(State::Deleting(Deletion { step, ..deletion }));
        }
    }

    pub fn deletion_secret(&mut self, read: Read<Credentials>) {
        match read {
            Read::Found(admin) => self.advance(DeletionStep::Login(admin)),
            Read::Missing => self.give_up("the administrator's password is not there any more"),
            Read::Failed(why) => self.try_failed(&Trouble::Secret(why)),
        }
    }

    pub fn deletion_login(&mut self, answer: Result<Login, Trouble>) {
        match answer {
            Ok(Login::Granted(grant)) => {
                self.advance(DeletionStep::DeleteAccount { admin: grant.access });
            }
            Ok(Login::Refused) => self.give_up("the administrator's password is refused"),
            Ok(Login::Disabled) => self.give_up("the administrator is disabled"),
            Err(trouble) => self.try_failed(&trouble),
        }
    }

    /// An account that is not there is what was wanted.
    pub fn account_deleted(&mut self, answer: AsAdmin<bool>) {
        match answer {
            Ok(Ok(true | false)) => self.advance(DeletionStep::RemoveFinalizer),
            Ok(Err(Refusal::Token)) => {
                self.try_failed(&Trouble::Contradiction("an administrator's token is refused"));
            }
            Ok(Err(Refusal::Role)) => self.give_up("the administrator may not delete users"),
            Ok(Err(Refusal::MustChange)) => self.give_up("the administrator has to set a new password"),
            Err(trouble) => self.try_failed(&trouble),
        }
    }

    fn try_failed(&mut self, trouble: &Trouble) {
        let State::Deleting(deletion) = self.session.state.clone() else { return };
        let tries = deletion.tries + 1;
        let again = self.moment.now.saturating_add(backoff::delay(deletion.tries, self.moment.jitter));
        if tries >= TRIES || again > deletion.since.saturating_add(LIMIT) {
            return self.give_up(&trouble.to_string());
        }
        self.fail(trouble, |session| &mut session.backoff);
        let step = DeletionStep::ReadAdminSecret;
        self.session.state = State::Deleting(Deletion { tries, step, ..deletion });
        self.session.due = again;
    }

    fn give_up(&mut self, why: &str) {
        let message = format!(
            "the account {ACCOUNT} is left behind in the server's data, with a password that works: {why}; delete it \
             with DELETE /api/v1/users/{ACCOUNT} if the data is used again"
        );
        self.requests.push(Request::Publish(Event::left_behind(message)));
        self.advance(DeletionStep::RemoveFinalizer);
    }

    pub fn finalizer_removed(&mut self, removed: Result<(), String>) {
        match removed {
            Ok(()) => self.session.state = State::Gone,
            Err(why) => self.trouble(Trouble::Secret(why)),
        }
    }
}
