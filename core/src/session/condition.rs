//! The condition `Authenticated`: what is known, and what to do about it.

use super::Settings;
use super::answer::Trouble;
use super::credentials::ACCOUNT;
use super::state::Cause;

/// The type of the condition.
pub const CONDITION: &str = "Authenticated";

/// Status of a condition, in the words of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It holds.
    True,
    /// It does not.
    False,
    /// Nobody can tell.
    Unknown,
}

impl Status {
    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

/// Why the condition is as it is. A closed set, which fits a metric's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// All is well.
    Authenticated,
    /// The account may do more than it should.
    TooMuchPrivilege,
    /// The account is being made.
    Provisioning,
    /// There is no account to log in with, and none may be made.
    NoCredentials,
    /// There is no administrator's password to begin with.
    AdminSecretMissing,
    /// The administrator's password is not the server's.
    AdminCredentialsRejected,
    /// The administrator's account is disabled.
    AdminDisabled,
    /// The administrator has to set a new password first.
    AdminMustChangePassword,
    /// Whoever the Secret names is no administrator.
    AdminNotPrivileged,
    /// Our account has a role other than `operator`.
    AccountRoleWrong,
    /// Our account was disabled.
    AccountDisabled,
    /// Somebody else sets the password of our account too.
    AccountContested,
    /// Our account has to set a new password first.
    MustChangePassword,
    /// No answer, or none that is to be believed.
    ApiUnreachable,
    /// The server's certificate is not trusted.
    TlsVerificationFailed,
    /// Kubernetes does not let us read a Secret.
    SecretUnavailable,
}

impl Reason {
    const ALL: [Self; 16] = [
        Self::Authenticated,
        Self::TooMuchPrivilege,
        Self::Provisioning,
        Self::NoCredentials,
        Self::AdminSecretMissing,
        Self::AdminCredentialsRejected,
        Self::AdminDisabled,
        Self::AdminMustChangePassword,
        Self::AdminNotPrivileged,
        Self::AccountRoleWrong,
        Self::AccountDisabled,
        Self::AccountContested,
        Self::MustChangePassword,
        Self::ApiUnreachable,
        Self::TlsVerificationFailed,
        Self::SecretUnavailable,
    ];

    /// Reads the word of a status that was written before: what has been said once need not be said again.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }

    /// The word in the status.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authenticated => "Authenticated",
            Self::TooMuchPrivilege => "TooMuchPrivilege",
            Self::Provisioning => "Provisioning",
            Self::NoCredentials => "NoCredentials",
            Self::AdminSecretMissing => "AdminSecretMissing",
            Self::AdminCredentialsRejected => "AdminCredentialsRejected",
            Self::AdminDisabled => "AdminDisabled",
            Self::AdminMustChangePassword => "AdminMustChangePassword",
            Self::AdminNotPrivileged => "AdminNotPrivileged",
            Self::AccountRoleWrong => "AccountRoleWrong",
            Self::AccountDisabled => "AccountDisabled",
            Self::AccountContested => "AccountContested",
            Self::MustChangePassword => "MustChangePassword",
            Self::ApiUnreachable => "APIUnreachable",
            Self::TlsVerificationFailed => "TLSVerificationFailed",
            Self::SecretUnavailable => "SecretUnavailable",
        }
    }

    /// The status that goes with it.
    pub const fn status(self) -> Status {
        match self {
            Self::Authenticated | Self::TooMuchPrivilege => Status::True,
            Self::ApiUnreachable | Self::SecretUnavailable => Status::Unknown,
            Self::Provisioning
            | Self::NoCredentials
            | Self::AdminSecretMissing
            | Self::AdminCredentialsRejected
            | Self::AdminDisabled
            | Self::AdminMustChangePassword
            | Self::AdminNotPrivileged
            | Self::AccountRoleWrong
            | Self::AccountDisabled
            | Self::AccountContested
            | Self::MustChangePassword
            | Self::TlsVerificationFailed => Status::False,
        }
    }
}

impl From<Cause> for Reason {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::AdminCredentialsRejected => Self::AdminCredentialsRejected,
            Cause::AdminDisabled => Self::AdminDisabled,
            Cause::AdminMustChangePassword => Self::AdminMustChangePassword,
            Cause::AdminNotPrivileged => Self::AdminNotPrivileged,
            Cause::AccountRoleWrong => Self::AccountRoleWrong,
            Cause::AccountDisabled => Self::AccountDisabled,
            Cause::AccountContested => Self::AccountContested,
            Cause::MustChangePassword => Self::MustChangePassword,
        }
    }
}

impl From<&Trouble> for Reason {
    fn from(trouble: &Trouble) -> Self {
        match trouble {
            Trouble::Tls(_) => Self::TlsVerificationFailed,
            Trouble::Secret(_) => Self::SecretUnavailable,
            Trouble::NoAnswer(_) | Trouble::Status(_) | Trouble::Contract(_) | Trouble::Contradiction(_) => {
                Self::ApiUnreachable
            }
        }
    }
}

/// The condition, but for times and generations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Whether there is a session.
    pub status: Status,
    /// Why.
    pub reason: Reason,
    /// What to do about it.
    pub message: String,
}

impl Condition {
    /// The condition that waits for trouble to pass.
    pub(crate) fn of_trouble(trouble: &Trouble) -> Self {
        let reason = Reason::from(trouble);
        let advice = match trouble {
            // Each certificate that did not do wants something else, and says it itself.
            Trouble::Tls(_) => return Self { status: reason.status(), reason, message: trouble.to_string() },
            // What the API server says of missing rights names them.
            Trouble::Secret(_) => "it is tried again",
            Trouble::NoAnswer(_) | Trouble::Status(_) | Trouble::Contract(_) | Trouble::Contradiction(_) => {
                "it is tried again, and nothing is withdrawn until then"
            }
        };
        Self { status: reason.status(), reason, message: format!("{trouble}; {advice}") }
    }

    /// The condition of a settled question.
    pub(crate) fn of(reason: Reason, settings: &Settings) -> Self {
        Self { status: reason.status(), reason, message: message(reason, settings) }
    }
}

fn message(reason: Reason, settings: &Settings) -> String {
    let Settings { admin_secret: secret, admin_key: key, .. } = settings;
    let role = format!("PUT /api/v1/users/{ACCOUNT} as an administrator");
    match reason {
        Reason::Authenticated => format!("logged in as {ACCOUNT}, which may read adapters and change none"),
        Reason::TooMuchPrivilege => format!(
            "{ACCOUNT} may change adapters, and should only read them: give it the role operator ({role}, \
             {{\"role\":\"operator\"}})"
        ),
        Reason::Provisioning => format!("the account {ACCOUNT} is being made"),
        Reason::NoCredentials => format!(
            "Secret {}-operator-credentials has no account to log in with, and none is made while nothing may be \
             written: resume, or leave mode Observe",
            settings.name
        ),
        Reason::AdminSecretMissing => {
            format!("Secret {secret} has no {key}: put the administrator's password there")
        }
        Reason::AdminCredentialsRejected => format!(
            "DittoFS refuses the password in Secret {secret}, key {key}: put the administrator's current one there \
             (it is not the first one any more once somebody has changed it)"
        ),
        Reason::AdminDisabled => {
            format!("the administrator named in Secret {secret} is disabled: enable it, or name another")
        }
        Reason::AdminMustChangePassword => format!(
            "the administrator has to set a new password first: run 'dfsctl user change-password' as this user, \
             then put the new one into Secret {secret}, key {key}"
        ),
        Reason::AdminNotPrivileged => {
            format!("the user named in Secret {secret} may not manage users: name an administrator")
        }
        Reason::AccountRoleWrong => format!(
            "{ACCOUNT} may not read the list of adapters: an administrator gave it another role, which is not undone \
             by itself; give it the role operator ({role}, {{\"role\":\"operator\"}})"
        ),
        Reason::AccountDisabled => format!(
            "an administrator has disabled {ACCOUNT}, which is not undone by itself; enable it ({role}, \
             {{\"enabled\":true}})"
        ),
        Reason::AccountContested => format!(
            "the password of {ACCOUNT} was set three times in ten minutes and does not last: somebody else sets it \
             too, such as a second operator; stop one of them"
        ),
        Reason::MustChangePassword => format!(
            "{ACCOUNT} has to set a new password first: delete Secret {}-operator-credentials, and it gets one",
            settings.name
        ),
        // Said by the trouble itself.
        Reason::ApiUnreachable | Reason::TlsVerificationFailed | Reason::SecretUnavailable => String::new(),
    }
}
