//! Quantities: the API server writes them in a form of its own, so texts do not compare.
//!
//! `<sign><digits>[.<digits>]<suffix>`, the suffix one of `n u m k M G T P E`, `Ki … Ei`, or a decimal exponent.

use std::cmp::Ordering;

/// Whether two texts are one quantity. What is none is equal to itself alone.
pub(super) fn same_quantity(a: &str, b: &str) -> bool {
    a == b || compare(a, b) == Some(Ordering::Equal)
}

/// Whether `a` is a quantity, and a larger one than `b`.
pub(crate) fn is_larger(a: &str, b: &str) -> bool {
    compare(a, b) == Some(Ordering::Greater)
}

fn compare(a: &str, b: &str) -> Option<Ordering> {
    Some(nanos(a)?.cmp(&nanos(b)?))
}

/// The quantity in billionths. The largest one, some 10¹⁸, is far within.
fn nanos(text: &str) -> Option<i128> {
    let split = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-')));
    let (number, suffix) = text.split_at(split.unwrap_or(text.len()));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    let digits: i128 = digits.parse().ok()?;
    let (multiplier, exponent) = unit(suffix)?;
    let exponent = exponent.checked_add(9)?.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let value = digits.checked_mul(multiplier)?;
    let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
    if exponent >= 0 { value.checked_mul(power) } else { Some(value / power) }
}

/// A factor, and a power of ten.
fn unit(suffix: &str) -> Option<(i128, i32)> {
    const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    let decimal = match suffix {
        "n" => -9,
        "u" => -6,
        "m" => -3,
        "" => 0,
        "k" => 3,
        "M" => 6,
        "G" => 9,
        "T" => 12,
        "P" => 15,
        "E" => 18,
        other => {
            if let Some(position) = BINARY.iter().position(|unit| *unit == other) {
                return Some((1_i128 << (10 * (position + 1)), 0));
            }
            other.strip_prefix(['e', 'E'])?.parse().ok()?
        }
    };
    Some((1, decimal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_quantity_has_many_texts() {
        for (a, b) in [
            ("1", "1000m"),
            ("1Gi", "1024Mi"),
            ("1.5Gi", "1536Mi"),
            ("1k", "1000"),
            ("1e3", "1k"),
            ("0.5", "500m"),
            ("1E3", "1000"),
            ("+1", "1"),
            ("1Ei", "1024Pi"),
            ("100u", "0.1m"),
        ] {
            assert!(same_quantity(a, b) && same_quantity(b, a), "{a} {b}");
            assert!(!is_larger(a, b) && !is_larger(b, a), "{a} {b}");
        }
        for (larger, smaller) in
            [("2Gi", "1Gi"), ("1Gi", "1G"), ("1Ti", "1000Gi"), ("1", "999m"), ("0", "-1")]
        {
            assert!(is_larger(larger, smaller) && !is_larger(smaller, larger), "{larger} {smaller}");
            assert!(!same_quantity(larger, smaller), "{larger} {smaller}");
        }
        for none in ["", "Gi", "1Zi", "x", "1.2.3", "1e", "99999999999999999999999999999999999999999"] {
            assert!(!same_quantity(none, "1") && !is_larger(none, "0"), "{none}");
        }
        assert!(same_quantity("what", "what"));
    }
}
