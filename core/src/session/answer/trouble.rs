//! What only ever waits.

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Transport {
    /// Nobody listens.
    #[error("the connection was refused")]
    Refused,
    /// No answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// A certificate did not do, theirs or ours.
    #[error("{0}")]
    Tls(Tls),
    /// Anything else: the name does not resolve, the connection broke.
    #[error("{0}")]
    Other(String),
}

/// Which certificate did not do, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Tls {
    /// The server's is not trusted, or is somebody else's.
    #[error(
        "expected {expected}: {error}; put the authority that signed it into ca.crt of the certificate's Secret"
    )]
    Untrusted {
        /// What would have been accepted: the name, and by which authorities.
        expected: String,
        /// What the TLS library says.
        error: String,
    },
    /// The server refuses ours.
    #[error(
        "the server refuses the certificate of {shown} ({alert}); name one that its clients' authority signed in \
         spec.adapterDiscovery.clientCertSecretName"
    )]
    Refused {
        /// Where ours comes from.
        shown: String,
        /// What the server says (RFC 8446 §6.2).
        alert: String,
    },
    /// The server demands one, and we have none to show.
    #[error(
        "the server demands a certificate of its clients ({alert}); say so in spec.controlPlane.clientCASecretName, \
         and name what is to be shown in spec.adapterDiscovery.clientCertSecretName"
    )]
    Demanded {
        /// What the server says (RFC 8446 §6.2).
        alert: String,
    },
    /// What we were to trust or to show cannot be read or used; the text says what to do.
    #[error("{0}")]
    Unusable(String),
}

/// Something that passes: wait, try again, and change nothing until then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// No answer.
    #[error("DittoFS does not answer: {0}")]
    NoAnswer(Transport),
    /// A certificate did not do.
    #[error("{0}")]
    Tls(Tls),
    /// 429 or 5xx.
    #[error("DittoFS answered with status {0}")]
    Status(u16),
    /// An answer that DittoFS never gives to this request: a proxy's, or another server's.
    #[error(
        "the answer (status {0}) is not one of DittoFS: is something else at this address, or in between?"
    )]
    Contract(u16),
    /// DittoFS contradicts itself, so that going on at once would go round in circles.
    #[error("DittoFS contradicts itself: {0}")]
    Contradiction(&'static str),
    /// Kubernetes did not let us read or write a Secret.
    #[error("a Secret cannot be read or written: {0}")]
    Secret(String),
}

impl From<Transport> for Trouble {
    fn from(transport: Transport) -> Self {
        match transport {
            Transport::Tls(tls) => Self::Tls(tls),
            Transport::Refused | Transport::TimedOut | Transport::Other(_) => Self::NoAnswer(transport),
        }
    }
}

impl Trouble {
    /// What counts as one cause: the kind, since texts and codes differ from try to try.
    pub const fn cause(&self) -> &'static str {
        match self {
            Self::NoAnswer(Transport::Refused) => "Refused",
            Self::NoAnswer(Transport::TimedOut) => "TimedOut",
            Self::NoAnswer(Transport::Other(_)) => "Connection",
            Self::NoAnswer(Transport::Tls(_)) | Self::Tls(_) => "Tls",
            Self::Status(_) => "Status",
            Self::Contract(_) => "Contract",
            Self::Contradiction(_) => "Contradiction",
            Self::Secret(_) => "Secret",
        }
    }
}
