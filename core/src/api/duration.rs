//! Durations as Go writes them, which is how the resource does.

use std::time::Duration;

/// A text that is no Go duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDuration {
    /// It does not have the form of one.
    #[error("{0:?} is not a duration such as 45s or 1m30s")]
    Malformed(String),
    /// It is longer than Go can express.
    #[error("{0:?} is longer than 292 years")]
    TooLong(String),
    /// It is less than nothing.
    #[error("{0:?} is negative")]
    Negative(String),
}

/// Nanoseconds of each unit. The longer of two units with one beginning stands first.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Go counts nanoseconds in an `int64`.
const LIMIT: u128 = i64::MAX as u128;

/// Reads a duration as Go's `time.ParseDuration` does, except that a negative one is an error: no duration of the
/// resource can be.
///
/// # Errors
/// [`BadDuration`], which names the text.
pub fn parse_go_duration(text: &str) -> Result<Duration, BadDuration> {
    let malformed = || BadDuration::Malformed(text.to_owned());
    let (negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    // Alone of all numbers, zero needs no unit.
    if unsigned == "0" {
        return Ok(Duration::ZERO);
    }
    if unsigned.is_empty() {
        return Err(malformed());
    }
    let mut total: u128 = 0;
    let mut rest = unsigned;
    while !rest.is_empty() {
        let (nanos, after) = term(rest).ok_or_else(malformed)?;
        total = total.saturating_add(nanos);
        rest = after;
    }
    if total > LIMIT {
        return Err(BadDuration::TooLong(text.to_owned()));
    }
    if negative && total > 0 {
        return Err(BadDuration::Negative(text.to_owned()));
    }
    u64::try_from(total).map(Duration::from_nanos).map_err(|_| BadDuration::TooLong(text.to_owned()))
}

/// One number with its unit, in nanoseconds, and what follows. Too large a number becomes the largest.
fn term(text: &str) -> Option<(u128, &str)> {
    let (whole, rest) = digits(text);
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => digits(rest),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (unit, nanos) = UNITS.iter().find(|(unit, _)| rest.starts_with(unit))?;
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u128>().unwrap_or(u128::MAX) };
    let total = whole.saturating_mul(u128::from(*nanos)).saturating_add(fraction_of(*nanos, fraction));
    Some((total, &rest[unit.len()..]))
}

/// The digits after the point, in nanoseconds. Go computes them in floating point, so a third of an hour with enough
/// digits is 20 minutes; so do we, for the same text has to mean the same time.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn fraction_of(nanos: u64, digits: &str) -> u128 {
    let mut part: u64 = 0;
    let mut scale = 1.0_f64;
    for digit in digits.bytes() {
        let longer = part.checked_mul(10).and_then(|tens| tens.checked_add(u64::from(digit - b'0')));
        // Go drops the digits that no longer fit an int64.
        let Some(longer) = longer.filter(|longer| i64::try_from(*longer).is_ok()) else { break };
        part = longer;
        scale *= 10.0;
    }
    (part as f64 * (nanos as f64 / scale)) as u128
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, nanos) in [
            ("0", 0),
            ("-0", 0),
            ("-0s", 0),
            ("45s", 45_000_000_000),
            ("+5s", 5_000_000_000),
            ("1m30s", 90_000_000_000),
            ("1h15m30.918s", 4_530_918_000_000),
            ("5.s", 5_000_000_000),
            (".5s", 500_000_000),
            ("1.5h", 5_400_000_000_000),
            ("10ns", 10),
            ("11us", 11_000),
            ("12\u{b5}s", 12_000),
            ("12\u{3bc}s", 12_000),
            ("13ms", 13_000_000),
            ("1s1s", 2_000_000_000),
            ("0.3333333333333333333h", 1_200_000_000_000),
            ("0.9ns", 0),
            ("9223372036854775807ns", i64::MAX.unsigned_abs()),
        ] {
            assert_eq!(parse_go_duration(text), Ok(Duration::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn what_go_refuses_is_an_error_that_names_the_text() {
        for text in
            ["", "3", "-", "+", "s", ".", "-.", ".s", "+.s", "1d", "1 s", " 1s", "1s ", "s1", "1S", "--1s"]
        {
            assert_eq!(parse_go_duration(text), Err(BadDuration::Malformed(text.to_owned())));
        }
        for text in ["9223372036854775808ns", "2562048h", "99999999999999999999999999999999999999999999h"] {
            assert_eq!(parse_go_duration(text), Err(BadDuration::TooLong(text.to_owned())));
        }
        let negative = parse_go_duration("-1m30s").unwrap_err();
        assert_eq!(negative, BadDuration::Negative("-1m30s".to_owned()));
        assert_eq!(negative.to_string(), "\"-1m30s\" is negative");
    }
}
