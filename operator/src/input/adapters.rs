//! `--adapters`: the body of an answer.

use dittofs_core::Observation;
use dittofs_core::wire::observe;

/// What the body says. It counts as `application/json`, and what it says of an adapter that does not run counts as
/// lasting: nobody looks into a file twice.
pub fn observation(body: Option<&[u8]>, status: u16) -> Observation {
    let observation = match (body, status) {
        (None, 200) => return Observation::NotYetPolled,
        (body, status) => observe(status, Some("application/json"), body.unwrap_or_default()),
    };
    match observation {
        Observation::Reported(report) => Observation::Reported(report.confirmed()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use dittofs_core::{EmptyKind, State, Why};

    use super::*;

    #[test]
    fn without_a_body_dittofs_was_not_asked_or_did_not_answer() {
        assert_eq!(observation(None, 200), Observation::NotYetPolled);
        let unavailable = observation(None, 503);
        assert!(matches!(unavailable, Observation::Unavailable(Why::Status { status: 503, .. })));
    }

    #[test]
    fn safe_06_an_empty_or_odd_body_is_an_answer_and_no_error() {
        assert_eq!(observation(Some(b"[]"), 200), Observation::Empty(EmptyKind::List));
        assert_eq!(observation(Some(b" \n"), 200), Observation::Empty(EmptyKind::NoBody));
        assert!(matches!(observation(Some(b"<html>"), 200), Observation::Unavailable(_)));
        assert!(matches!(observation(Some(b"\xff\xfe"), 200), Observation::Unavailable(_)));
        assert!(matches!(observation(Some(b"[]"), 500), Observation::Unavailable(_)));
    }

    #[test]
    fn what_a_file_says_counts_as_confirmed() {
        let body = br#"[{"type":"nfs","enabled":true,"running":false,"port":1}]"#;
        let Observation::Reported(report) = observation(Some(body), 200) else { panic!("no report") };
        assert_eq!(report.entries()[0].state, State::NotRunning { confirmed: true });
    }
}
