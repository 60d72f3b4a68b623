//! Lengths are whole micrometers: a page is set without binary fractions.

/// Micrometers of a decimal number of millimeters, such as `52.5`.
pub(crate) fn of_millimeters(text: &str) -> Option<i64> {
    thousandths(text)
}

/// Micrometers of a size in points, 72 to the inch.
pub(crate) fn of_points(text: &str) -> Option<i64> {
    thousandths(text).map(|it| rounded(it * 254, 720))
}

/// A decimal number in thousandths; further digits are refused.
pub(crate) fn thousandths(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |it: &str| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || fraction.len() > 3 || whole.len() > 6 {
        return None;
    }
    let fraction: i64 = format!("{fraction:0<3}").parse().ok()?;
    let whole: i64 = whole.parse().ok()?;
    Some(sign * (whole * 1000 + fraction))
}

/// Millimeters as text, for people: `52.5`.
pub(crate) fn in_millimeters(length_um: i64) -> String {
    let sign = if length_um < 0 { "-" } else { "" };
    let length = length_um.abs();
    let text = format!("{sign}{}.{:03}", length / 1000, length % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The nearest whole quotient of two numbers, the second of them positive.
pub(crate) fn rounded(dividend: i64, divisor: i64) -> i64 {
    (dividend + divisor / 2).div_euclid(divisor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millimeters_and_points_are_read_exactly() {
        assert_eq!(of_millimeters("52.5"), Some(52_500));
        assert_eq!(of_millimeters("-0.25"), Some(-250));
        assert_eq!(of_millimeters("1.2345"), None);
        assert_eq!(of_millimeters("1e3"), None);
        assert_eq!(of_points("12.0"), Some(4233));
        assert_eq!(in_millimeters(52_500), "52.5");
        assert_eq!(in_millimeters(-250), "-0.25");
        assert_eq!(in_millimeters(3000), "3");
    }
}
