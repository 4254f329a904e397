//! What a session is told.

use secrecy::SecretString;

use super::answer::{Listed, Outcome};
use super::credentials::{Credentials, Read, Stored};
use super::request::{Call, Request};

/// A Secret's `resourceVersion`: by it a session knows its own write when it sees it again.
pub type Version = String;

/// Something that happened, or the answer to the request that is outstanding. An answer to anything else is ignored.
#[derive(Clone, Debug)]
pub enum Input {
    /// The time has come ([`super::Session::due`]).
    Tick,
    /// The server's pod became ready.
    PodReady,
    /// The administrator's Secret was written. Watched while [`super::Session::watches_admin_secret`].
    AdminSecretChanged,
    /// The credentials Secret was written, by us or by somebody else.
    CredentialsChanged(Version),
    /// The credentials Secret is gone.
    CredentialsDeleted,
    /// The DittoServer is being deleted, and carries our finalizer.
    Deleting,
    /// The list of adapters answered a poll that was sent with this token ([`super::Bearer::serial`]).
    Listed {
        /// Which token.
        serial: u64,
        /// What it says about it.
        listed: Listed,
    },
    /// Answers [`Request::ReadAdminSecret`].
    AdminSecret(Read<Credentials>),
    /// Answers [`Request::ReadCredentials`].
    Credentials(Read<(Stored, Version)>),
    /// Answers [`Request::MakePassword`].
    Password(SecretString),
    /// Answers [`Request::Call`].
    Answered(Outcome),
    /// Answers [`Request::StoreCredentials`]: the new version, or why not. A conflict is no success and no reason to
    /// give up.
    Written(Result<Version, String>),
    /// Answers [`Request::RemoveFinalizer`].
    FinalizerRemoved(Result<(), String>),
}

/// The request that is outstanding.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    AdminSecret,
    Credentials,
    Password,
    Call(Called),
    Write(Stored),
    Finalizer,
}

/// Which request to DittoFS is outstanding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Called {
    LoginAdmin,
    LoginOperator,
    Refresh,
    CreateAccount,
    InspectAccount,
    ResetPassword,
    Probe,
    DeleteAccount,
}

impl Asked {
    /// What has to be waited for.
    pub fn of(request: &Request) -> Option<Self> {
        match request {
            Request::ReadAdminSecret => Some(Self::AdminSecret),
            Request::ReadCredentials => Some(Self::Credentials),
            Request::MakePassword => Some(Self::Password),
            Request::Call(call) => Some(Self::Call(Called::from(call))),
            Request::StoreCredentials(stored) => Some(Self::Write(stored.clone())),
            Request::RemoveFinalizer => Some(Self::Finalizer),
            Request::Publish(_) | Request::Warn { .. } => None,
        }
    }
}

impl From<&Call> for Called {
    fn from(call: &Call) -> Self {
        match call {
            Call::LoginAdmin(_) => Self::LoginAdmin,
            Call::LoginOperator(_) => Self::LoginOperator,
            Call::Refresh { .. } => Self::Refresh,
            Call::CreateAccount { .. } => Self::CreateAccount,
            Call::InspectAccount { .. } => Self::InspectAccount,
            Call::ResetPassword { .. } => Self::ResetPassword,
            Call::Probe { .. } => Self::Probe,
            Call::DeleteAccount { .. } => Self::DeleteAccount,
        }
    }
}
