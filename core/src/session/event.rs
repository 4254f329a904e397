//! Events of the session. Where the case is the Go operator's, so is the reason.

use super::condition::Reason;
use crate::event::{Event, EventType};

/// Who made the administrator's Secret: the Go operator has an event for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminSource {
    /// We did, for the server to start with.
    Bootstrap,
    /// Somebody whom `spec.identity.admin.passwordSecretRef` names.
    Provided,
}

impl Event {
    /// The account and its Secret are there.
    pub(crate) fn provisioned(message: String) -> Self {
        Self::new(EventType::Normal, "AuthProvisioned", message)
    }

    /// What deletion could not take away.
    pub(crate) fn left_behind(message: String) -> Self {
        Self::new(EventType::Warning, "AccountLeftBehind", message)
    }

    /// The event of a condition that has come to this reason, unless the reason is no news.
    pub(crate) fn of(reason: Reason, admin: AdminSource, message: String) -> Option<Self> {
        let unauthorized = match admin {
            AdminSource::Bootstrap => "AdminBootstrapUnauthorized",
            AdminSource::Provided => "AdminCredentialUnauthorized",
        };
        let (kind, word) = match reason {
            Reason::Provisioning => return None,
            Reason::Authenticated => (EventType::Normal, "Authenticated"),
            Reason::TooMuchPrivilege => (EventType::Warning, "TooMuchPrivilege"),
            Reason::ApiUnreachable => (EventType::Warning, "AuthAPIUnreachable"),
            // The Go operator counts it as unreachable, and a wrong certificate then looks like an outage.
            Reason::TlsVerificationFailed => (EventType::Warning, "TLSVerificationFailed"),
            Reason::AdminCredentialsRejected | Reason::AdminDisabled => (EventType::Warning, unauthorized),
            Reason::NoCredentials
            | Reason::AdminSecretMissing
            | Reason::SecretUnavailable
            | Reason::AdminMustChangePassword
            | Reason::AdminNotPrivileged
            | Reason::AccountRoleWrong
            | Reason::AccountDisabled
            | Reason::AccountContested
            | Reason::MustChangePassword => (EventType::Warning, "AuthFailed"),
        };
        Some(Self::new(kind, word, message))
    }
}
