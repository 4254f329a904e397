//! What the interpreter is asked to do. It moves bytes, makes passwords and writes one Secret; it decides nothing.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::answer::Trouble;
use super::credentials::{ACCOUNT, Credentials, Stored};
use crate::event::Event;

/// A type of adapter that cannot exist, so that deleting it changes nothing under any role.
pub const IMPOSSIBLE_ADAPTER: &str = "dittofs-adapters-privilege-probe";

/// One thing to do. Those with an answer are asked one at a time, and each has to be answered exactly once, if need be
/// by a time-out of 10 s.
#[derive(Clone, Debug)]
pub enum Request {
    /// Read the administrator's Secret; answer with [`super::Input::AdminSecret`].
    ReadAdminSecret,
    /// Read the credentials Secret, if this DittoServer controls it; answer with [`super::Input::Credentials`].
    ReadCredentials,
    /// Make a password: 24 characters from the OS's randomness; answer with [`super::Input::Password`].
    MakePassword,
    /// Ask DittoFS; answer with [`super::Input::Answered`].
    Call(Call),
    /// Write the credentials Secret: create it, or replace its data; answer with [`super::Input::Written`].
    StoreCredentials(Stored),
    /// The session needs the finalizer no more. It goes when nobody else needs it either; answer with
    /// [`super::Input::FinalizerRemoved`].
    RemoveFinalizer,
    /// Publish an event of the DittoServer. No answer.
    Publish(Event),
    /// Write a line to the log. No answer.
    Warn {
        /// What went wrong.
        trouble: Trouble,
        /// How often in a row.
        times: u32,
        /// When it is tried again.
        retry_in: std::time::Duration,
    },
}

/// A request to DittoFS.
#[derive(Clone, Debug)]
pub enum Call {
    /// As the administrator.
    LoginAdmin(Credentials),
    /// With the account of our own.
    LoginOperator(Credentials),
    /// New tokens.
    Refresh {
        /// The last refresh token.
        refresh: SecretString,
    },
    /// Our account, with role `operator`.
    CreateAccount {
        /// The administrator's token.
        admin: SecretString,
        /// Its first password.
        password: SecretString,
    },
    /// A look at the account that is there already.
    InspectAccount {
        /// The administrator's token.
        admin: SecretString,
    },
    /// A new password. Role and `enabled` stay as an administrator left them.
    ResetPassword {
        /// The administrator's token.
        admin: SecretString,
        /// The new password.
        password: SecretString,
    },
    /// Must be refused, or we may do more than we should (AUTH-01).
    Probe {
        /// Our token.
        access: SecretString,
    },
    /// The end of our account.
    DeleteAccount {
        /// The administrator's token.
        admin: SecretString,
    },
}

/// A request as it goes over the wire. It goes to the URL derived from the resource, and to no other.
#[derive(Clone, Debug)]
pub struct Http {
    /// The method.
    pub method: &'static str,
    /// The path.
    pub path: String,
    /// For the header `Authorization: Bearer …`.
    pub bearer: Option<SecretString>,
    /// JSON.
    pub body: Option<SecretString>,
}

impl Call {
    /// How it goes over the wire.
    pub fn http(&self) -> Http {
        let account = format!("/api/v1/users/{ACCOUNT}");
        let open = |path: &str, body: &Value| http("POST", path.to_owned(), None, Some(body));
        match self {
            Self::LoginAdmin(Credentials { username, password })
            | Self::LoginOperator(Credentials { username, password }) => open(
                "/api/v1/auth/login",
                &json!({ "username": username, "password": password.expose_secret() }),
            ),
            Self::Refresh { refresh } => {
                open("/api/v1/auth/refresh", &json!({ "refresh_token": refresh.expose_secret() }))
            }
            Self::CreateAccount { admin, password } => {
                let body = json!({
                    "username": ACCOUNT, "password": password.expose_secret(), "role": "operator",
                });
                http("POST", "/api/v1/users".to_owned(), Some(admin), Some(&body))
            }
            Self::InspectAccount { admin } => http("GET", account, Some(admin), None),
            Self::ResetPassword { admin, password } => {
                let body = json!({ "new_password": password.expose_secret() });
                http("POST", format!("{account}/password"), Some(admin), Some(&body))
            }
            Self::Probe { access } => {
                http("DELETE", format!("/api/v1/adapters/{IMPOSSIBLE_ADAPTER}"), Some(access), None)
            }
            Self::DeleteAccount { admin } => http("DELETE", account, Some(admin), None),
        }
    }
}

fn http(method: &'static str, path: String, bearer: Option<&SecretString>, body: Option<&Value>) -> Http {
    Http { method, path, bearer: bearer.cloned(), body: body.map(|body| body.to_string().into()) }
}
