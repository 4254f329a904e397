//! The Secrets that we make: which keys they have.

/// Key of the signing key, in its Secret.
pub(crate) const SIGNING_KEY: &str = "jwt-secret";
/// Key of the administrator's password, in its Secret.
pub(crate) const PASSWORD_KEY: &str = "password";
