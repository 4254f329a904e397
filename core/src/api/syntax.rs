//! The grammars of [`rules`](super::rules) once more, by hand: this crate has no regular expressions.

use std::net::{Ipv4Addr, Ipv6Addr};

/// A size of a volume: [`rules::SIZE`](super::rules::SIZE).
pub(super) fn is_size(text: &str) -> bool {
    let number = ["Gi", "Mi", "Ti"].iter().find_map(|unit| text.strip_suffix(unit));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// A quantity: [`rules::QUANTITY`](super::rules::QUANTITY).
pub(super) fn is_quantity(text: &str) -> bool {
    let Some(suffix) = after_number(text.strip_prefix(['+', '-']).unwrap_or(text)) else { return false };
    match suffix.as_bytes() {
        []
        | [b'n' | b'u' | b'm' | b'k' | b'M' | b'G' | b'T' | b'P' | b'E']
        | [b'K' | b'M' | b'G' | b'T' | b'P' | b'E', b'i'] => true,
        [b'e' | b'E', ..] => {
            let exponent = &suffix[1..];
            after_number(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)) == Some("")
        }
        _ => false,
    }
}

/// What follows a decimal number, which has a digit before or after its point.
fn after_number(text: &str) -> Option<&str> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let (fraction, rest) = match text[whole..].strip_prefix('.') {
        Some(rest) => (digits(rest), &rest[digits(rest)..]),
        None => (0, &text[whole..]),
    };
    (whole + fraction > 0).then_some(rest)
}

/// The sanitised form of an adapter's type: [`rules::ADAPTER`](super::rules::ADAPTER).
pub(super) fn is_adapter(text: &str) -> bool {
    text.split('-')
        .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

/// A block of addresses: [`rules::CIDR`](super::rules::CIDR).
pub(super) fn is_cidr(text: &str) -> bool {
    let Some((address, prefix)) = text.split_once('/') else { return false };
    let plain = prefix == "0" || !prefix.starts_with('0');
    if !plain || !prefix.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let Ok(bits) = prefix.parse::<u8>() else { return false };
    if address.contains(':') {
        // The one form that contains both is an IPv4 address written as IPv6.
        return bits <= 128 && !address.contains('.') && address.parse::<Ipv6Addr>().is_ok();
    }
    bits <= 32 && address.parse::<Ipv4Addr>().is_ok()
}

/// A duration: [`rules::GRACE_PERIOD`](super::rules::GRACE_PERIOD).
pub(super) fn is_grace_period(text: &str) -> bool {
    if text == "0" {
        return true;
    }
    let mut rest = text;
    while !rest.is_empty() {
        let Some(after) = grace_term(rest) else { return false };
        rest = after;
    }
    !text.is_empty()
}

fn grace_term(text: &str) -> Option<&str> {
    let mut rest = after_digits(text)?;
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = after_digits(fraction)?;
    }
    ["ns", "us", "\u{b5}s", "\u{3bc}s", "ms", "s", "m", "h"].iter().find_map(|unit| rest.strip_prefix(unit))
}

/// What follows one to six digits.
fn after_digits(text: &str) -> Option<&str> {
    let count = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=6).contains(&count).then(|| &text[count..])
}

/// A name with an optional prefix, as for load-balancer classes; only a prefix in lower case is one.
pub(super) fn is_qualified_name(text: &str) -> bool {
    match text.split_once('/') {
        None => is_word(text),
        Some((prefix, name)) => {
            let lower = !prefix.bytes().any(|b| b.is_ascii_uppercase());
            lower && is_subdomain(prefix) && is_word(name)
        }
    }
}

/// A key of an annotation, whose prefix may be in upper case: [`rules::ANNOTATION_KEY`](super::rules::ANNOTATION_KEY).
pub(super) fn is_annotation_key(text: &str) -> bool {
    let well_formed = match text.split_once('/') {
        None => is_word(text),
        Some((prefix, name)) => is_subdomain(prefix) && is_word(name),
    };
    well_formed && fits(text)
}

/// Whether what stands before and after a `/` has at most the length it may have.
pub(super) fn fits(text: &str) -> bool {
    match text.split_once('/') {
        None => text.len() <= 63,
        Some((prefix, name)) => prefix.len() <= 253 && name.len() <= 63,
    }
}

fn is_word(text: &str) -> bool {
    framed(text, |b| matches!(b, b'-' | b'_' | b'.'))
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(|label| framed(label, |b| b == b'-'))
}

/// Letters and digits, with `between` allowed everywhere but at the ends.
fn framed(text: &str, between: impl Fn(u8) -> bool) -> bool {
    let alphanumeric = |end: Option<&u8>| end.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    alphanumeric(bytes.first())
        && alphanumeric(bytes.last())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || between(*b))
}

/// Placeholders of a name template.
const PLACEHOLDERS: [&str; 3] = ["{name}", "{namespace}", "{type}"];

/// A name template: [`rules::TEMPLATE_FORM`](super::rules::TEMPLATE_FORM).
pub(super) fn is_template(text: &str) -> bool {
    // A letter stands where a placeholder stood: both may be first and last.
    let plain = PLACEHOLDERS.iter().fold(text.to_owned(), |plain, hole| plain.replace(hole, "a"));
    plain.starts_with(|c: char| c.is_ascii_lowercase())
        && !plain.ends_with('-')
        && plain.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Number of characters besides placeholders.
pub(super) fn literal_length(template: &str) -> usize {
    let literal = PLACEHOLDERS.iter().fold(template.to_owned(), |rest, hole| rest.replace(hole, ""));
    literal.chars().count()
}
