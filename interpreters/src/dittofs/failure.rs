//! Why there was no answer, out of the errors of the HTTP and TLS libraries.

use std::error::Error;
use std::io;

use dittofs_core::session::answer::{Tls, Transport};
use rustls::AlertDescription as Alert;

/// An error, as others have it for a source.
pub type Cause = dyn Error + 'static;

/// Puts an error into one of the classes that differ in what to do. `expected` is what a certificate was to show,
/// `shown` where ours comes from.
pub(super) fn classify(error: &reqwest::Error, expected: &str, shown: Option<&str>) -> Transport {
    if let Some(tls) = tls_failure(error, expected, shown) {
        return Transport::Tls(tls);
    }
    if error.is_timeout() {
        return Transport::TimedOut;
    }
    let refused = |io: &io::Error| io.kind() == io::ErrorKind::ConnectionRefused;
    if causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).any(refused) {
        return Transport::Refused;
    }
    // The outer texts name the URL and say little; the innermost one says what happened.
    Transport::Other(causes(error).last().map_or_else(|| error.to_string(), ToString::to_string))
}

/// Which certificate did not do, if it was one. A server of TLS 1.3 looks at ours when we are done with its own, so that
/// its refusal may come with the first answer.
pub fn tls_failure(error: &Cause, expected: &str, shown: Option<&str>) -> Option<Tls> {
    let tls = causes(error).find_map(tls_error)?;
    let alert = match tls {
        rustls::Error::AlertReceived(alert) if is_about_ours(*alert) => format!("{alert:?}"),
        other => return Some(Tls::Untrusted { expected: expected.to_owned(), error: other.to_string() }),
    };
    Some(match shown {
        Some(shown) => Tls::Refused { shown: shown.to_owned(), alert },
        None => Tls::Demanded { alert },
    })
}

fn is_about_ours(alert: Alert) -> bool {
    matches!(
        alert,
        Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
    )
}

fn causes(error: &Cause) -> impl Iterator<Item = &Cause> {
    std::iter::successors(Some(error), |cause| (**cause).source())
}

/// An `io::Error` hides what it wraps from `source`, be it another one, so it is asked itself.
fn tls_error(cause: &Cause) -> Option<&rustls::Error> {
    match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => tls_error(wrapped),
        None => cause.downcast_ref(),
    }
}
