//! What stands in the two Secrets: the administrator's, which is only read, and ours.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};

use super::lifetime::same;

/// The account that the operator makes for itself: the Go operator's, so that either can follow the other.
pub const ACCOUNT: &str = "k8s-operator";

/// The keys of the credentials Secret are the Go operator's.
pub mod keys {
    /// Name of the account.
    pub const USERNAME: &str = "username";
    /// Its password.
    pub const PASSWORD: &str = "password";
    /// The access token.
    pub const ACCESS_TOKEN: &str = "access-token";
    /// The refresh token.
    pub const REFRESH_TOKEN: &str = "refresh-token";
    /// Written for the Go operator's sake and never read: the token goes to the URL derived from the resource alone.
    pub const SERVER_URL: &str = "server-url";
}

/// The data of a Secret, decoded.
pub type SecretData = BTreeMap<String, Vec<u8>>;

/// What reading a Secret led to.
#[derive(Clone, Debug)]
pub enum Read<T> {
    /// It is there, with all that is needed.
    Found(T),
    /// It is not there, or what is needed in it is missing or empty.
    Missing,
    /// Nobody knows, since Kubernetes did not answer or refused; or it is somebody else's, where it has to be ours. Never
    /// counts as absence.
    Failed(String),
}

/// A name and its password.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Name of the account.
    pub username: String,
    /// Its password.
    pub password: SecretString,
}

impl Credentials {
    /// Ours, with this password.
    pub fn of_account(password: SecretString) -> Self {
        Self { username: ACCOUNT.to_owned(), password }
    }

    /// Reads an administrator's Secret: the password under `key`, and the name under `username`, else `fallback`.
    pub fn of_admin(data: &SecretData, key: &str, fallback: &str) -> Read<Self> {
        let username = text(data, keys::USERNAME).unwrap_or_else(|| fallback.to_owned());
        match text(data, key) {
            Some(password) => Read::Found(Self { username, password: password.into() }),
            None => Read::Missing,
        }
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.username == other.username && same(&self.password, &other.password)
    }
}

/// What the credentials Secret holds, or is to hold.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The account.
    pub credentials: Credentials,
    /// The access token; empty if the Secret has none.
    pub access_token: SecretString,
    /// The refresh token; empty if the Secret has none.
    pub refresh_token: SecretString,
    /// For the Go operator.
    pub server_url: String,
}

impl Stored {
    /// Reads the data of the Secret. Without an account there is nothing in it.
    pub fn read(data: &SecretData) -> Read<Self> {
        let secret = |key| text(data, key).unwrap_or_default().into();
        let account = text(data, keys::USERNAME).zip(text(data, keys::PASSWORD));
        account.map_or(Read::Missing, |(username, password)| {
            Read::Found(Self {
                credentials: Credentials { username, password: password.into() },
                access_token: secret(keys::ACCESS_TOKEN),
                refresh_token: secret(keys::REFRESH_TOKEN),
                server_url: text(data, keys::SERVER_URL).unwrap_or_default(),
            })
        })
    }

    /// The data to write.
    pub fn data(&self) -> BTreeMap<&'static str, SecretString> {
        BTreeMap::from([
            (keys::USERNAME, self.credentials.username.as_str().into()),
            (keys::PASSWORD, self.credentials.password.clone()),
            (keys::ACCESS_TOKEN, self.access_token.clone()),
            (keys::REFRESH_TOKEN, self.refresh_token.clone()),
            (keys::SERVER_URL, self.server_url.as_str().into()),
        ])
    }

    /// The refresh token, if there is one.
    pub(crate) fn refresh(&self) -> Option<SecretString> {
        let is_there = !self.refresh_token.expose_secret().is_empty();
        is_there.then(|| self.refresh_token.clone())
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.credentials.is_same(&other.credentials)
            && same(&self.access_token, &other.access_token)
            && same(&self.refresh_token, &other.refresh_token)
            && self.server_url == other.server_url
    }
}

/// A value that is there, is text, and is not empty.
fn text(data: &SecretData, key: &str) -> Option<String> {
    let text = std::str::from_utf8(data.get(key)?).ok()?;
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_the_same_when_every_part_is() {
        let stored = |parts: [&str; 5]| Stored {
            credentials: Credentials { username: parts[0].to_owned(), password: parts[1].into() },
            access_token: parts[2].into(),
            refresh_token: parts[3].into(),
            server_url: parts[4].to_owned(),
        };
        let all = ["account", "password", "access", "refresh", "url"];
        assert!(stored(all).is_same(&stored(all)));
        for part in 0..all.len() {
            let mut other = all;
            other[part] = "other";
            assert!(!stored(all).is_same(&stored(other)), "{}", all[part]);
        }
    }
}
