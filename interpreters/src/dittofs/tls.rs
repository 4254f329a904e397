//! Whom a server has to be signed by, and with what we show who we are. The one place where TLS is set up.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use secrecy::{ExposeSecret as _, SecretSlice};

/// How a server is trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Trust {
    /// Plain HTTP: no certificate is trusted.
    #[default]
    Plain,
    /// The system's authorities, and what the resource adds.
    Tls {
        /// PEM of further authorities (`ca.crt`), and where it comes from, for messages.
        authority: Option<(Vec<u8>, String)>,
        /// A certificate of our own, for a server that wants one (mTLS).
        identity: Option<Identity>,
    },
}

/// A certificate of our own and its key, in PEM.
#[derive(Clone)]
pub struct Identity {
    /// The certificate, with what leads to its authority.
    pub certificates: Vec<u8>,
    /// The private key.
    pub key: SecretSlice<u8>,
    /// Where they come from, for messages.
    pub source: String,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.source)
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        let same_key = self.key.expose_secret() == other.key.expose_secret();
        same_key && self.certificates == other.certificates && self.source == other.source
    }
}

impl Eq for Identity {}

impl Hash for Identity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.certificates.hash(state);
        self.source.hash(state);
    }
}

/// Why certificates cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// Not PEM, or not certificates.
    #[error("{source_name} has no usable certificate: {error}; put PEM there")]
    Certificate {
        /// Which Secret and key.
        source_name: String,
        /// What the parser says.
        error: String,
    },
    /// The key does not fit, or is none.
    #[error("the key of {source_name} cannot be used: {error}")]
    Key {
        /// Which Secret.
        source_name: String,
        /// What the TLS library says.
        error: String,
    },
    /// The library refuses its own settings.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
}

impl Trust {
    /// Whose signature is accepted, for messages.
    pub(super) fn authorities(&self) -> String {
        match self {
            Self::Plain => "nobody (plain HTTP is expected)".to_owned(),
            Self::Tls { authority: None, .. } => "an authority of the system".to_owned(),
            Self::Tls { authority: Some((_, source)), .. } => {
                format!("an authority of {source} or of the system")
            }
        }
    }

    /// Where the certificate comes from that is shown, if one is; for messages.
    pub fn shown(&self) -> Option<&str> {
        match self {
            Self::Plain | Self::Tls { identity: None, .. } => None,
            Self::Tls { identity: Some(identity), .. } => Some(&identity.source),
        }
    }

    /// The settings of a TLS client that trusts so.
    ///
    /// # Errors
    /// [`TrustError`] when the certificates cannot be used.
    pub fn client_config(&self) -> Result<ClientConfig, TrustError> {
        let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TrustError::Client(error.to_string()))?;
        let (authority, identity) = match self {
            Self::Plain => {
                return Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
            }
            Self::Tls { authority, identity } => (authority, identity),
        };
        let mut roots = system_authorities().clone();
        if let Some((pem, source)) = authority {
            for certificate in certificates(pem, source)? {
                let unusable = |error: rustls::Error| TrustError::Certificate {
                    source_name: source.clone(),
                    error: error.to_string(),
                };
                roots.add(certificate).map_err(unusable)?;
            }
        }
        let builder = builder.with_root_certificates(roots);
        let Some(identity) = identity else { return Ok(builder.with_no_client_auth()) };
        let chain = certificates(&identity.certificates, &identity.source)?;
        let unusable = |error: String| TrustError::Key { source_name: identity.source.clone(), error };
        let key = PrivateKeyDer::from_pem_slice(identity.key.expose_secret())
            .map_err(|error| unusable(error.to_string()))?;
        builder.with_client_auth_cert(chain, key).map_err(|error| unusable(error.to_string()))
    }
}

fn certificates(pem: &[u8], source: &str) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let parsed: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(pem).collect();
    let error = match parsed {
        Ok(certificates) if !certificates.is_empty() => return Ok(certificates),
        Ok(_) => "there is none".to_owned(),
        Err(error) => error.to_string(),
    };
    Err(TrustError::Certificate { source_name: source.to_owned(), error })
}

/// Read once: hundreds of certificates, the same for every server.
fn system_authorities() -> &'static RootCertStore {
    static AUTHORITIES: OnceLock<RootCertStore> = OnceLock::new();
    AUTHORITIES.get_or_init(|| {
        let found = rustls_native_certs::load_native_certs();
        if found.certs.is_empty() {
            tracing::warn!(errors = ?found.errors, "the system has no certificate authorities");
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(found.certs);
        roots
    })
}
