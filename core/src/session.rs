//! How the operator comes by its token, and keeps it: `step(session, input, moment) → (session, requests)`.
//!
//! ```text
//!             admin Secret                  201, or 409 and a new password
//! NoCredentials ──────▶ AdminLogin ──▶ CreateAccount ──▶ OperatorLogin ──▶ Authenticated ◀──▶ Refresh
//!       ▲                                                   │  ▲                                 │
//!       └──────────────── 401 ──────────────────────────────┘  └────────── 401, 403 ─────────────┘
//! ```
//!
//! Guarantees:
//!
//! - One request is outstanding at most, and none is repeated without time passing (by [`backoff`](crate::backoff)).
//! - Trouble (no answer, 429, 5xx, an answer that is none of DittoFS) only ever waits: it changes no state and drops no
//!   credentials, and a token that is good stays in use until it dies (AUTH-04).
//! - What an administrator did to the account (another role, disabled) is reported and never undone.
//! - A crash at any point converges: an account whose password was not stored is the 409, a Secret without an account
//!   the 401.
//! - No secret is shown by `Debug`.
//!
//! Assumptions: each request that has an answer gets exactly one, and `now` never goes back.

use std::time::Duration;

pub mod answer;
pub mod condition;
pub mod credentials;
mod deletion;
mod event;
mod input;
mod keep;
mod lifetime;
mod provision;
mod request;
mod secret;
mod state;
mod step;

use secrecy::SecretString;

use crate::backoff::Backoff;
use answer::{Role, Trouble};
use condition::{Condition, Reason};
use credentials::{Credentials, Stored};
use input::Asked;
use lifetime::Access;

pub use crate::event::{Event, EventType};
pub use crate::moment::{Jitter, Moment};
pub use event::AdminSource;
pub use input::{Input, Version};
pub use lifetime::Bearer;
pub use request::{Call, Http, IMPOSSIBLE_ADAPTER, Request};
pub use state::{Cause, Deletion, DeletionStep, Provision, State};
pub use step::step;

/// What a session has to know of its DittoServer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The DittoServer's name.
    pub name: String,
    /// The administrator's Secret, for messages.
    pub admin_secret: String,
    /// The key of the password there, for messages.
    pub admin_key: String,
    /// Who made that Secret.
    pub admin_source: AdminSource,
    /// The URL derived from the resource; written for the Go operator's sake.
    pub server_url: String,
    /// Whether anything is asked at all: of a server without a ready pod nothing is.
    pub acts: bool,
    /// Whether anything may be written, such as an account or a Secret: not in mode `Observe`, while paused, or in a dry
    /// run. Then the session lives on the credentials that are there (MODE-01).
    pub writes: bool,
}

/// Where one DittoServer's session stands.
#[derive(Clone, Debug)]
pub struct Session {
    settings: Settings,
    state: State,
    /// When the state acts, if nothing is outstanding.
    due: Duration,
    asked: Option<Asked>,
    notices: Notices,
    /// What to log in with, stored or about to be. Gone only when their Secret is.
    credentials: Option<Credentials>,
    /// What the Secret holds, as far as we know.
    stored: Option<(Stored, Version)>,
    access: Option<Access>,
    /// Implies credentials.
    refresh: Option<SecretString>,
    serial: u64,
    role: Role,
    privilege: Privilege,
    /// What the list said of a token with which it should have been read; until it is read.
    denied: Option<Cause>,
    /// Tokens in a row that were refused before they died.
    refusals: u32,
    /// When the account got a password from us, within the last ten minutes.
    provisions: Vec<Duration>,
    /// The account is new, and that was not said yet.
    unannounced: bool,
    chores: Chores,
    backoff: Backoff<&'static str>,
    trouble: Option<Trouble>,
    verdict: Option<Reason>,
    published: Option<Reason>,
}

/// What was noticed while a request was outstanding.
#[derive(Clone, Debug, Default)]
struct Notices {
    deleting: bool,
    credentials_deleted: bool,
    credentials_changed: Option<Version>,
    /// Something that helps happened after the last question was asked.
    woken: bool,
}

/// What is done beside the main line, and when.
#[derive(Clone, Debug, Default)]
struct Chores {
    store_at: Option<Duration>,
    read_at: Option<Duration>,
    probe_at: Option<Duration>,
    secrets: Backoff<&'static str>,
    probes: Backoff<&'static str>,
}

/// What the probe showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Privilege {
    Unproven,
    /// Refused, as it should be.
    Least,
    /// Let through.
    TooMuch,
}

impl Session {
    /// A session that has yet to look at its Secret. `published` is the reason that the condition has from before: it
    /// is no news.
    pub fn new(settings: Settings, published: Option<Reason>) -> Self {
        Self {
            settings,
            state: State::Starting,
            due: Duration::ZERO,
            asked: None,
            notices: Notices::default(),
            credentials: None,
            stored: None,
            access: None,
            refresh: None,
            serial: 0,
            role: Role::Operator,
            privilege: Privilege::Unproven,
            denied: None,
            refusals: 0,
            provisions: Vec::new(),
            unannounced: false,
            chores: Chores::default(),
            backoff: Backoff::default(),
            trouble: None,
            verdict: None,
            published,
        }
    }

    /// The same session under a resource that has changed.
    #[must_use]
    pub fn with_settings(mut self, settings: Settings) -> Self {
        let may_now = settings.writes && !self.settings.writes;
        if may_now && matches!(self.state, State::NoCredentials) {
            self.due = Duration::ZERO;
        }
        self.settings = settings;
        self
    }

    /// Where it stands.
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Whether an answer is awaited. Nothing else is asked until it has come.
    pub const fn is_waiting(&self) -> bool {
        self.asked.is_some()
    }

    /// The token to poll with, if there is a good one.
    pub fn token(&self, now: Duration) -> Option<Bearer> {
        let access = self.access.as_ref().filter(|access| access.is_good(now))?;
        Some(Bearer { token: access.token.clone(), serial: access.serial })
    }

    /// When [`Input::Tick`] is wanted; nothing while an answer is awaited, or nothing is asked.
    pub fn due(&self, now: Duration) -> Option<Duration> {
        if self.is_waiting() || !self.settings.acts || matches!(self.state, State::Gone) {
            return None;
        }
        let is_kept = matches!(self.state, State::Authenticated);
        let refresh_at = self.access.as_ref().filter(|_| is_kept).map(|access| access.refresh_at);
        // The condition changes when a token dies in times of trouble.
        let dies = self.access.as_ref().filter(|_| self.trouble.is_some()).map(|access| access.dies);
        let chores = [self.store_at(), self.chores.read_at, self.probe_at()];
        chores
            .into_iter()
            .chain([dies.filter(|dies| *dies > now)])
            .flatten()
            .chain([refresh_at.unwrap_or(self.due)])
            .min()
    }

    /// What may not be written waits until it may.
    fn store_at(&self) -> Option<Duration> {
        self.chores.store_at.filter(|_| self.settings.writes)
    }

    /// Only a session that has a token has something to prove.
    fn probe_at(&self) -> Option<Duration> {
        self.chores.probe_at.filter(|_| matches!(self.state, State::Authenticated))
    }

    /// The administrator's Secret can help: it is watched now, and only now.
    pub fn watches_admin_secret(&self) -> bool {
        match &self.state {
            State::NoCredentials | State::AdminLogin(_) => self.settings.writes,
            State::Stuck(cause) => cause.admin_secret_helps(),
            State::Starting
            | State::NewPassword { .. }
            | State::CreateAccount(_)
            | State::InspectAccount(_)
            | State::ResetPassword(_)
            | State::OperatorLogin(_)
            | State::Authenticated
            | State::Refresh(_)
            | State::Deleting(_)
            | State::Gone => false,
        }
    }

    /// The condition `Authenticated`; nothing while nothing is known, or of interest any more.
    pub fn condition(&self, now: Duration) -> Option<Condition> {
        if matches!(self.state, State::Deleting(_) | State::Gone) {
            return None;
        }
        if let Some(trouble) = self.trouble.as_ref().filter(|trouble| self.shows(trouble, now)) {
            return Some(Condition::of_trouble(trouble));
        }
        self.verdict.map(|reason| Condition::of(reason, &self.settings))
    }

    /// Whether trouble makes a difference: not while a token is good, unless it cannot be used.
    fn shows(&self, trouble: &Trouble, now: Duration) -> bool {
        match trouble {
            Trouble::Tls(_) | Trouble::Contradiction(_) => true,
            Trouble::NoAnswer(_) | Trouble::Status(_) | Trouble::Contract(_) | Trouble::Secret(_) => {
                self.token(now).is_none()
            }
        }
    }
}

#[cfg(test)]
mod explore;
