//! What DittoFS answered, in the one shape that decisions are taken on.
//!
//! An [`Observation`] is not a `Result<Vec<_>>`: only [`Observation::Reported`] can withdraw an adapter (and a complete
//! `[]`, where the resource says to trust it), and a report cannot be built from nothing. "An error never deletes" is
//! so a fact of the types (DISC-03, AUTH-04).

use std::fmt;

use dittofs_effects::{AdapterType, Port};

/// What is known about the adapters of one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// A list with at least one entry.
    Reported(AdapterReport),
    /// A successful answer that says nothing.
    Empty(EmptyKind),
    /// No answer, or one that is not the contract.
    Unavailable(Why),
    /// Nobody asked yet.
    NotYetPolled,
}

impl Observation {
    /// The word of the plan's JSON.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Reported(_) => "reported",
            Self::Empty(_) => "empty",
            Self::Unavailable(_) => "unavailable",
            Self::NotYetPolled => "notPolled",
        }
    }
}

/// The three ways to say nothing. Only the first one can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyKind {
    /// A complete, well-formed `[]`.
    List,
    /// `null`.
    Null,
    /// No byte but white space.
    NoBody,
}

impl fmt::Display for EmptyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::List => "an empty list ([])",
            Self::Null => "null",
            Self::NoBody => "an empty body",
        })
    }
}

/// Why there is no report. The text of an answer is cut short and stripped of control characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// A status other than 200.
    #[error("DittoFS answered with status {status}{}", quoted(.text))]
    Status {
        /// The HTTP status.
        status: u16,
        /// What the answer said.
        text: String,
    },
    /// Status 200 with another media type, such as a proxy's HTML page.
    #[error("DittoFS answered with {found}, not application/json{}", quoted(.text))]
    MediaType {
        /// The media type, or that there was none.
        found: String,
        /// How the body begins.
        text: String,
    },
    /// The body is no JSON: truncated, or something else.
    #[error("the answer is not JSON: {error}{}", quoted(.text))]
    NotJson {
        /// What the parser says, with line and column.
        error: String,
        /// How the body begins.
        text: String,
    },
    /// JSON, but no list.
    #[error("the answer is {0}, not a list of adapters")]
    NotAList(String),
    /// More bytes than any list of adapters has.
    #[error("the answer has more than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// No answer at all: refused, timed out, not trusted.
    #[error("DittoFS did not answer: {0}")]
    NoAnswer(String),
    /// Nobody asked, for want of a token; the session's condition says why there is none.
    #[error("DittoFS cannot be asked without a token")]
    NoToken,
}

impl Why {
    /// What counts as one cause: the kind, since texts and codes differ from try to try.
    pub const fn cause(&self) -> &'static str {
        match self {
            Self::Status { status: 401 | 403, .. } => "Unauthorized",
            Self::Status { status: 400..500, .. } => "ClientError",
            Self::Status { .. } => "Status",
            Self::MediaType { .. } => "MediaType",
            Self::NotJson { .. } => "NotJson",
            Self::NotAList(_) => "NotAList",
            Self::TooLarge { .. } => "TooLarge",
            Self::NoAnswer(_) => "NoAnswer",
            Self::NoToken => "NoToken",
        }
    }
}

fn quoted(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text:?}") }
}

/// A list with at least one entry, sorted by adapter so that the order of the answer means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterReport {
    entries: Vec<Entry>,
    unnamed: Vec<String>,
}

impl AdapterReport {
    /// `None` for an empty list, which is [`Observation::Empty`] and never a report:
    ///
    /// ```
    /// assert!(dittofs_core::AdapterReport::new(vec![], vec![]).is_none());
    /// ```
    ///
    /// `unnamed` describes the entries whose type cannot be read.
    pub fn new(mut entries: Vec<Entry>, unnamed: Vec<String>) -> Option<Self> {
        if entries.is_empty() && unnamed.is_empty() {
            return None;
        }
        entries.sort_by(|a, b| {
            // Entries of one adapter clash; what is said of them must not depend on their order either.
            let state = |entry: &Entry| format!("{:?}", entry.state);
            let spelling = a.adapter.cmp(&b.adapter).then_with(|| a.written.cmp(&b.written));
            spelling.then_with(|| state(a).cmp(&state(b)))
        });
        Some(Self { entries, unnamed })
    }

    /// The named entries, by adapter; two of one adapter stand side by side.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What the entries without a usable name look like. If there is one, absence means nothing.
    pub fn unnamed(&self) -> &[String] {
        &self.unnamed
    }

    /// The same report, where every adapter that is enabled and not running counts as having been so for long: what
    /// somebody wrote into a file is not seen twice.
    #[must_use]
    pub fn confirmed(mut self) -> Self {
        for entry in &mut self.entries {
            if let State::NotRunning { confirmed } = &mut entry.state {
                *confirmed = true;
            }
        }
        self
    }

    pub(crate) fn entries_mut(&mut self) -> &mut [Entry] {
        &mut self.entries
    }
}

/// One adapter of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The sanitised type, under which it is decided.
    pub adapter: AdapterType,
    /// The type as DittoFS wrote it.
    pub written: String,
    /// What it does.
    pub state: State,
}

/// What an adapter does, as far as the answer can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Enabled and running, on a port or on something that is none (described).
    Running(Result<Port, String>),
    /// Enabled, not running. `confirmed` once that has lasted longer than the grace period (SAFE-04).
    NotRunning {
        /// Believed to have stopped.
        confirmed: bool,
    },
    /// `enabled: false`: an administrator's word.
    Disabled,
    /// `enabled` or `running` cannot be read (described).
    Invalid(String),
}
