//! JSON bodies of successful answers. What cannot be read breaks the contract, and is not quoted.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

use super::{Account, BODY_LIMIT, Grant, Role, Trouble};

#[derive(Deserialize)]
struct SessionBody {
    access_token: String,
    refresh_token: String,
    expires_in: u64,
    user: UserBody,
}

#[derive(Deserialize)]
struct UserBody {
    role: String,
    enabled: bool,
    must_change_password: bool,
}

impl UserBody {
    fn role(&self) -> Role {
        match self.role.as_str() {
            "admin" => Role::Admin,
            "operator" => Role::Operator,
            _ => Role::User,
        }
    }
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Trouble> {
    let fits = body.len() <= BODY_LIMIT;
    // The parser's message may quote the body.
    let parsed = if fits { serde_json::from_slice(body).ok() } else { None };
    parsed.ok_or(Trouble::Contract(200))
}

/// The tokens of a session.
pub(super) fn grant(body: &[u8]) -> Result<Grant, Trouble> {
    let session: SessionBody = read(body)?;
    let role = session.user.role();
    let lifetime = Duration::from_secs(session.expires_in);
    let (access, refresh) = (token(session.access_token)?, token(session.refresh_token)?);
    if lifetime.is_zero() {
        return Err(Trouble::Contract(200));
    }
    Ok(Grant { access, refresh, lifetime, role, must_change: session.user.must_change_password })
}

/// A token has to fit into a header.
fn token(text: String) -> Result<SecretString, Trouble> {
    let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(text.into()) } else { Err(Trouble::Contract(200)) }
}

/// An account.
pub(super) fn account(body: &[u8]) -> Result<Account, Trouble> {
    let user: UserBody = read(body)?;
    Ok(Account { role: user.role(), enabled: user.enabled })
}
