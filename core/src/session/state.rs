//! Where a session stands: what it will ask next, with all that it needs for it.

use std::time::Duration;

use secrecy::SecretString;

use super::credentials::Credentials;

/// A state names the next request; trouble leaves it as it is.
#[derive(Clone, Debug)]
pub enum State {
    /// Reads the credentials Secret.
    Starting,
    /// Reads the administrator's Secret; waits for it if it is not there.
    NoCredentials,
    /// Logs in as administrator.
    AdminLogin(Credentials),
    /// Has a password made.
    NewPassword {
        /// The administrator's token.
        admin: SecretString,
    },
    /// Creates the account.
    CreateAccount(Provision),
    /// Looks at the account that is there already.
    InspectAccount(Provision),
    /// Gives the account a new password.
    ResetPassword(Provision),
    /// Logs in with our account.
    OperatorLogin(Credentials),
    /// Has a token, and keeps it.
    Authenticated,
    /// Asks for new tokens; the old one is used until it dies.
    Refresh(SecretString),
    /// Somebody has to do something. Tried again every 5 min, and when something helpful changes.
    Stuck(Cause),
    /// The DittoServer is being deleted: takes the account away.
    Deleting(Deletion),
    /// Nothing is left to do.
    Gone,
}

impl State {
    /// On the way to an account, which it makes or changes.
    pub const fn provisions(&self) -> bool {
        match self {
            Self::NoCredentials
            | Self::AdminLogin(_)
            | Self::NewPassword { .. }
            | Self::CreateAccount(_)
            | Self::InspectAccount(_)
            | Self::ResetPassword(_) => true,
            Self::Starting
            | Self::OperatorLogin(_)
            | Self::Authenticated
            | Self::Refresh(_)
            | Self::Stuck(_)
            | Self::Deleting(_)
            | Self::Gone => false,
        }
    }
}

/// What it takes to provision the account.
#[derive(Clone, Debug)]
pub struct Provision {
    /// The administrator's token.
    pub admin: SecretString,
    /// The password that the account is to have.
    pub password: SecretString,
}

/// Why a session is stuck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// 401 to the administrator's login.
    AdminCredentialsRejected,
    /// 403 to the administrator's login.
    AdminDisabled,
    /// The administrator has to set a new password first.
    AdminMustChangePassword,
    /// 403 to the administrator's requests.
    AdminNotPrivileged,
    /// Our account has another role, which an administrator gave it.
    AccountRoleWrong,
    /// Our account is disabled, which is an administrator's word.
    AccountDisabled,
    /// Our password is set by somebody else too.
    AccountContested,
    /// Our account has to set a new password first.
    MustChangePassword,
}

impl Cause {
    /// Whether a change of the administrator's Secret can help, so that it is worth a watch.
    pub const fn admin_secret_helps(self) -> bool {
        match self {
            Self::AdminCredentialsRejected
            | Self::AdminDisabled
            | Self::AdminMustChangePassword
            | Self::AdminNotPrivileged => true,
            Self::AccountRoleWrong
            | Self::AccountDisabled
            | Self::AccountContested
            | Self::MustChangePassword => false,
        }
    }
}

/// How far a deletion has come.
#[derive(Clone, Debug)]
pub struct Deletion {
    /// When it began.
    pub since: Duration,
    /// Tries that failed.
    pub tries: u32,
    /// What comes next.
    pub step: DeletionStep,
}

/// The steps of a deletion.
#[derive(Clone, Debug)]
pub enum DeletionStep {
    /// Reads the administrator's Secret.
    ReadAdminSecret,
    /// Logs in as administrator.
    Login(Credentials),
    /// Deletes the account.
    DeleteAccount {
        /// The administrator's token.
        admin: SecretString,
    },
    /// Lets the DittoServer go.
    RemoveFinalizer,
}
