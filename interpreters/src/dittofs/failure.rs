//! Why there was no answer, out of the errors of the HTTP and TLS libraries.

use std::error::Error;
use std::io;

use dittofs_core::session::answer::Transport;

/// Puts an error into one of the classes that differ in what to do. `expected` is what a certificate was to show.
pub(super) fn classify(error: &reqwest::Error, expected: &str) -> Transport {
    if let Some(tls) = causes(error).find_map(tls_error) {
        return Transport::Tls { expected: expected.to_owned(), error: tls.to_string() };
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

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &Cause> {
    let outermost: &Cause = error;
    std::iter::successors(Some(outermost), |cause| (**cause).source())
}

type Cause = dyn Error + 'static;

/// An `io::Error` hides what it wraps from `source`, be it another one, so it is asked itself.
fn tls_error(cause: &Cause) -> Option<&rustls::Error> {
    match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => tls_error(wrapped),
        None => cause.downcast_ref(),
    }
}
