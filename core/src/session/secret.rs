//! Our Secret: one writer, and somebody who edits or deletes it now and then (AUTH-03).

use super::answer::Trouble;
use super::credentials::{ACCOUNT, Read, Stored};
use super::input::Version;
use super::request::Request;
use super::state::State;
use super::step::Turn;
use super::{Notices, Session};
use crate::event::Event;

impl Turn<'_> {
    /// Takes in what was noticed while a request was outstanding.
    pub fn notice(&mut self) {
        let woken = self.session.notices.woken;
        let notices = std::mem::replace(&mut self.session.notices, Notices { woken, ..Notices::default() });
        if notices.deleting && !self.is_deleting() {
            self.delete();
        }
        if self.is_deleting() {
            return;
        }
        // Nothing is lost with a Secret that we do not know.
        if notices.credentials_deleted && self.session.stored.is_some() {
            self.credentials_gone();
        }
        let known = self.session.stored.as_ref().map(|(_, version)| version);
        if notices.credentials_changed.is_some_and(|version| known != Some(&version)) {
            if matches!(self.session.state, State::Starting) {
                self.session.due = self.moment.now;
            } else {
                self.session.chores.read_at = Some(self.moment.now);
            }
        }
    }

    /// Reading and writing our Secret, when due; neither is while it is read for the first time or the account goes.
    pub fn secret_chore(&mut self) -> Option<Request> {
        let now = self.moment.now;
        let is_due = |at: std::time::Duration| at <= now;
        if self.session.chores.read_at.is_some_and(is_due) {
            return Some(Request::ReadCredentials);
        }
        self.session.store_at().filter(|at| is_due(*at))?;
        self.session.content().map(Request::StoreCredentials)
    }

    pub fn credentials(&mut self, read: Read<(Stored, Version)>) {
        self.session.chores.read_at = None;
        match read {
            Read::Found(found) => self.found(found),
            Read::Missing => self.credentials_gone(),
            Read::Failed(why) if matches!(self.session.state, State::Starting) => {
                self.trouble(Trouble::Secret(why));
            }
            Read::Failed(why) => {
                let wait = self.fail(&Trouble::Secret(why), |session| &mut session.chores.secrets);
                self.session.chores.read_at = Some(self.moment.now.saturating_add(wait));
            }
        }
    }

    /// At the start, tokens and password are taken over; later a password that somebody has edited.
    fn found(&mut self, (stored, version): (Stored, Version)) {
        let credentials = stored.credentials.clone();
        let session = &mut *self.session;
        session.trouble.take_if(|trouble| matches!(trouble, Trouble::Secret(_)));
        session.chores.secrets.succeed();
        let is_known = session.credentials.as_ref().is_some_and(|known| known.is_same(&credentials));
        if matches!(session.state, State::Starting) {
            session.refresh = stored.refresh();
        }
        session.stored = Some((stored, version));
        if is_known {
            return;
        }
        session.credentials = Some(credentials.clone());
        match session.state {
            State::Starting => self.renew(),
            // No login comes by itself soon, or it would be with the wrong password.
            State::NoCredentials
            | State::AdminLogin(_)
            | State::NewPassword { .. }
            | State::OperatorLogin(_)
            | State::Stuck(_) => self.go(State::OperatorLogin(credentials)),
            State::CreateAccount(_)
            | State::InspectAccount(_)
            | State::ResetPassword(_)
            | State::Authenticated
            | State::Refresh(_)
            | State::Deleting(_)
            | State::Gone => {}
        }
    }

    /// A token that is good is used on, while a new account is on its way.
    fn credentials_gone(&mut self) {
        let session = &mut *self.session;
        session.stored = None;
        session.credentials = None;
        session.refresh = None;
        session.chores.store_at = None;
        match session.state {
            State::NoCredentials
            | State::AdminLogin(_)
            | State::NewPassword { .. }
            | State::CreateAccount(_)
            | State::InspectAccount(_)
            | State::ResetPassword(_)
            | State::Deleting(_)
            | State::Gone => {}
            State::Starting
            | State::OperatorLogin(_)
            | State::Authenticated
            | State::Refresh(_)
            | State::Stuck(_) => self.provision(),
        }
    }

    pub fn written(&mut self, stored: Stored, written: Result<Version, String>) {
        self.session.chores.store_at = None;
        match written {
            Ok(version) => {
                self.session.stored = Some((stored, version));
                self.session.chores.secrets.succeed();
                if std::mem::take(&mut self.session.unannounced) {
                    self.announce_account();
                }
            }
            Err(why) => {
                let wait = self.fail(&Trouble::Secret(why), |session| &mut session.chores.secrets);
                self.session.chores.store_at = Some(self.moment.now.saturating_add(wait));
            }
        }
    }

    fn announce_account(&mut self) {
        let name = &self.session.settings.name;
        let message = format!(
            "the account {ACCOUNT} can log in; its password and tokens are in Secret {name}-operator-credentials"
        );
        self.requests.push(Request::Publish(Event::provisioned(message)));
    }
}

impl Session {
    /// What the Secret is to hold: nothing before there is an account.
    pub(super) fn content(&self) -> Option<Stored> {
        Some(Stored {
            credentials: self.credentials.clone()?,
            access_token: self.access.as_ref().map(|access| access.token.clone()).unwrap_or_default(),
            refresh_token: self.refresh.clone().unwrap_or_default(),
            server_url: self.settings.server_url.clone(),
        })
    }

    /// Whether a write would change anything.
    pub(super) fn is_unsaved(&self) -> bool {
        let known = self.stored.as_ref().map(|(stored, _)| stored);
        self.content().is_some_and(|content| known.is_none_or(|known| !known.is_same(&content)))
    }
}
