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
    /// The certificate is not trusted, or is somebody else's.
    #[error("expected {expected}: {error}")]
    Tls {
        /// What would have been accepted: the name, and by which authorities.
        expected: String,
        /// What the TLS library says.
        error: String,
    },
    /// Anything else: the name does not resolve, the connection broke.
    #[error("{0}")]
    Other(String),
}

/// Something that passes: wait, try again, and change nothing until then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// No answer.
    #[error("DittoFS does not answer: {0}")]
    NoAnswer(Transport),
    /// The certificate is not trusted.
    #[error("{0}")]
    Tls(String),
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
            Transport::Tls { .. } => Self::Tls(transport.to_string()),
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
            Self::NoAnswer(Transport::Tls { .. }) | Self::Tls(_) => "Tls",
            Self::Status(_) => "Status",
            Self::Contract(_) => "Contract",
            Self::Contradiction(_) => "Contradiction",
            Self::Secret(_) => "Secret",
        }
    }
}
