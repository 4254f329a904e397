//! The Secrets that we make: whose they are, and which keys they have. Their values are made elsewhere.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::metadata;
use crate::server::ServerSpec;

/// Key of the signing key, in its Secret.
pub(crate) const SIGNING_KEY: &str = "jwt-secret";
/// Key of the administrator's password, in its Secret.
pub(crate) const PASSWORD_KEY: &str = "password";
/// Key of the administrator's name, beside the password.
pub(crate) const USERNAME_KEY: &str = "username";

/// The metadata of such a Secret.
pub(crate) fn secret_metadata(server: &ServerSpec, name: &str) -> ObjectMeta {
    metadata(server, name.to_owned(), &[], BTreeMap::new())
}
