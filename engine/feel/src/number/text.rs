//! Decimal numbers as text.

use std::fmt;
use std::str::FromStr;

use super::{Number, ParseNumberError, Rest, digit_count, shrink};

impl FromStr for Number {
    type Err = ParseNumberError;

    /// Reads digits with an optional sign, point and exponent; surplus digits are rounded half even.
    fn from_str(text: &str) -> Result<Number, ParseNumberError> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
            Some(at) => (&unsigned[..at], parse_exponent(&unsigned[at + 1..])?),
            None => (unsigned, 0),
        };
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if integer.is_empty() && fraction.is_empty() {
            return Err(ParseNumberError);
        }
        let mut coefficient = 0u128;
        let mut shift = 0i64;
        let mut rest = Rest::Zero;
        let mut dropping = false;
        for (idx, digit) in integer.bytes().chain(fraction.bytes()).enumerate() {
            if !digit.is_ascii_digit() {
                return Err(ParseNumberError);
            }
            let digit = u128::from(digit - b'0');
            if !dropping && digit_count(coefficient) > 36 {
                dropping = true;
            }
            if dropping {
                // The first digit cut off decides, the later ones only break a tie.
                if rest == Rest::Zero && digit != 0 {
                    rest = Rest::BelowHalf;
                }
                shift += i64::from(idx < integer.len());
            } else {
                coefficient = coefficient * 10 + digit;
                shift -= i64::from(idx >= integer.len());
            }
        }
        let exponent = shift + i64::from(exponent);
        if coefficient == 0 {
            return Ok(Number::ZERO);
        }
        if exponent < -20_000 {
            return Ok(Number::ZERO);
        }
        let exponent = i32::try_from(exponent.min(20_000)).map_err(|_| ParseNumberError)?;
        shrink(coefficient, exponent, negative, rest).ok_or(ParseNumberError)
    }
}

fn parse_exponent(text: &str) -> Result<i32, ParseNumberError> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ParseNumberError);
    }
    let magnitude = digits.parse::<i32>().unwrap_or(1_000_000).min(1_000_000);
    Ok(if text.starts_with('-') {
        -magnitude
    } else {
        magnitude
    })
}

impl fmt::Display for Number {
    /// Plain digits; an exponent only where more than forty zeros would have to be written.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        let exponent = self.exponent();
        let digits = self.coefficient().to_string();
        if exponent == 0 {
            return write!(formatter, "{sign}{digits}");
        }
        if exponent > 0 {
            if exponent > 40 {
                return write!(formatter, "{sign}{digits}E+{exponent}");
            }
            return write!(formatter, "{sign}{digits}{:0<1$}", "", exponent as usize);
        }
        let fraction_digits = exponent.unsigned_abs() as usize;
        if fraction_digits > digits.len() + 40 {
            return write!(formatter, "{sign}{digits}E{exponent}");
        }
        if fraction_digits >= digits.len() {
            return write!(formatter, "{sign}0.{digits:0>fraction_digits$}");
        }
        let (integer, fraction) = digits.split_at(digits.len() - fraction_digits);
        write!(formatter, "{sign}{integer}.{fraction}")
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
