//! What DittoFS answered, by request: status first, media type second, and text only where the contract leaves no other
//! way to tell two refusals apart.
//!
//! Whatever is not the contract is a [`Trouble`], which only ever waits: a page of a proxy is no word of the server.
//! Texts of answers are not kept, since a truncated answer to a login has a token in it.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

mod body;
mod trouble;

pub use trouble::{Tls, Transport, Trouble};

/// The largest answer that is read, in bytes. A real one has about 1 KB.
pub const BODY_LIMIT: usize = 64 * 1024;

/// An answer as it came. Its body may hold tokens, and is never shown.
#[derive(Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The header `Content-Type`.
    pub content_type: Option<String>,
    /// At most [`BODY_LIMIT`] + 1 bytes.
    pub body: Vec<u8>,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, content_type, body } = self;
        write!(f, "Response({status}, {content_type:?}, {} bytes)", body.len())
    }
}

/// An answer, or why there is none.
pub type Outcome = Result<Response, Transport>;

/// Tokens, and what the server says of the account they are for.
#[derive(Clone, Debug)]
pub struct Grant {
    /// For the header `Authorization`.
    pub access: SecretString,
    /// Buys the next grant.
    pub refresh: SecretString,
    /// How long the access token is valid: `expires_in`.
    pub lifetime: Duration,
    /// The account's role, frozen in the token.
    pub role: Role,
    /// Everything but a change of its password is refused to it.
    pub must_change: bool,
}

/// A role of DittoFS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// May do everything.
    Admin,
    /// May read the list of adapters: what we want.
    Operator,
    /// May not even read the list; a role that nobody knows counts as this one.
    User,
}

/// What a login or a refresh led to.
#[derive(Clone, Debug)]
pub enum Login {
    /// 200.
    Granted(Grant),
    /// 401 of the handler: not this password, or not this refresh token.
    Refused,
    /// 403 of the handler: the account is disabled.
    Disabled,
}

/// Why an authenticated request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 401: the token.
    Token,
    /// 403: the role.
    Role,
    /// 403, by the text: the password must be changed first.
    MustChange,
}

/// What the creation of the account led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation {
    /// 201.
    Created,
    /// 409.
    Exists,
}

/// An account as an administrator sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its role.
    pub role: Role,
    /// `false` is an administrator's word.
    pub enabled: bool,
}

/// What the list of adapters says about the token that asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// 200: it may read.
    Read,
    /// 401 or 403.
    Refused(Refusal),
    /// Says nothing about the token.
    Other,
}

impl Listed {
    /// Reads an answer of `GET /api/v1/adapters`, as far as it is about the token.
    pub fn of(status: u16, content_type: Option<&str>, body: &[u8]) -> Self {
        match (status, Media::of(content_type)) {
            (200, Media::Json) => Self::Read,
            (401 | 403, media) => refusal(status, media, body).map_or(Self::Other, Self::Refused),
            _ => Self::Other,
        }
    }
}

/// Kinds of content that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Media {
    Json,
    Problem,
    Text,
    Other,
}

impl Media {
    /// With or without parameters; media types compare without case (RFC 9110 §8.3.1).
    fn of(content_type: Option<&str>) -> Self {
        let media = content_type.and_then(|t| t.split(';').next()).unwrap_or_default().trim();
        let is = |name: &str| media.eq_ignore_ascii_case(name);
        if is("application/json") {
            Self::Json
        } else if is("application/problem+json") {
            Self::Problem
        } else if is("text/plain") {
            Self::Text
        } else {
            Self::Other
        }
    }
}

/// 401 and 403 of the gates before the handlers, which are text (a handler's 403 is a matter of roles too).
fn refusal(status: u16, media: Media, body: &[u8]) -> Option<Refusal> {
    match (status, media) {
        (401, Media::Text) => Some(Refusal::Token),
        // The gate's answer begins so, and goes on with advice that may change.
        (403, Media::Text)
            if body.starts_with(b"account \"") && contains(body, b"must set a new password") =>
        {
            Some(Refusal::MustChange)
        }
        (403, Media::Text | Media::Problem) => Some(Refusal::Role),
        _ => None,
    }
}

fn contains(body: &[u8], words: &[u8]) -> bool {
    body.windows(words.len()).any(|window| window == words)
}

/// The parts that decide; what can only mean trouble has been taken out.
fn parts(outcome: &Outcome) -> Result<(u16, Media, &[u8]), Trouble> {
    let response = outcome.as_ref().map_err(|transport| Trouble::from(transport.clone()))?;
    match response.status {
        status @ (429 | 500..=599) => Err(Trouble::Status(status)),
        status => Ok((status, Media::of(response.content_type.as_deref()), &response.body)),
    }
}

/// Reads the answer to a login or a refresh.
///
/// # Errors
/// [`Trouble`], for what is no word of the server.
pub fn login(outcome: &Outcome) -> Result<Login, Trouble> {
    match parts(outcome)? {
        (200, Media::Json, body) => Ok(Login::Granted(body::grant(body)?)),
        (401, Media::Problem, _) => Ok(Login::Refused),
        (403, Media::Problem, _) => Ok(Login::Disabled),
        (status, ..) => Err(Trouble::Contract(status)),
    }
}

/// What an administrator's token was answered: the thing itself, or why not.
pub(crate) type AsAdmin<T> = Result<Result<T, Refusal>, Trouble>;

fn refused<T>(status: u16, media: Media, body: &[u8]) -> AsAdmin<T> {
    refusal(status, media, body).map(Err).ok_or(Trouble::Contract(status))
}

/// Reads the answer to the creation of the account.
pub(crate) fn creation(outcome: &Outcome) -> AsAdmin<Creation> {
    match parts(outcome)? {
        (201, Media::Json, _) => Ok(Ok(Creation::Created)),
        (409, Media::Problem, _) => Ok(Ok(Creation::Exists)),
        (status, media, body) => refused(status, media, body),
    }
}

/// Reads the answer to a look at the account, which may be absent.
pub(crate) fn account(outcome: &Outcome) -> AsAdmin<Option<Account>> {
    match parts(outcome)? {
        (200, Media::Json, body) => Ok(Ok(Some(body::account(body)?))),
        (404, Media::Problem, _) => Ok(Ok(None)),
        (status, media, body) => refused(status, media, body),
    }
}

/// Reads the answer to a change (a new password, or the end) of the account: whether it was there.
pub(crate) fn change(outcome: &Outcome) -> AsAdmin<bool> {
    match parts(outcome)? {
        (204, ..) => Ok(Ok(true)),
        (404, Media::Problem, _) => Ok(Ok(false)),
        (status, media, body) => refused(status, media, body),
    }
}

/// Reads the answer to the probe: whether the operator may mutate adapters.
///
/// What a handler says was let through by the gates, be it "no such adapter". A route that is not there says nothing.
pub(crate) fn probe(outcome: &Outcome) -> AsAdmin<()> {
    match parts(outcome)? {
        (200 | 204, ..) | (400 | 404 | 409 | 422, Media::Problem, _) => Ok(Ok(())),
        (status, media, body) => refused(status, media, body),
    }
}

#[cfg(test)]
mod tests;
