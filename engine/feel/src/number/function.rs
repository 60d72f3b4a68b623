//! Functions without an exact result, computed with 76 digits and rounded.

use super::{Number, digit_count};
use fastnum::decimal::Context;
use fastnum::{D256, D512};

/// Beyond this and its negative, the power of e is beyond every number.
const EXPONENT_MAX: i32 = 20_000;

fn widen(number: Number) -> Option<D256> {
    D256::from_str(&number.to_string(), Context::default()).ok()
}

fn narrow(text: &str) -> Option<Number> {
    text.parse().ok()
}

/// The root of `c · 10^2k` is the root of `c` times 10^k: the exponent never reaches fastnum.
pub(super) fn sqrt(number: Number) -> Option<Number> {
    let half = number.exponent().div_euclid(2);
    let odd = number.exponent().rem_euclid(2);
    let scaled = Number::from_parts(false, number.coefficient(), odd)?;
    let root = narrow(&widen(scaled)?.sqrt().to_string())?;
    Number::from_parts(false, root.coefficient(), root.exponent() + half)
}

pub(super) fn exp(number: Number) -> Option<Number> {
    let exact = D512::from_str(&number.to_string(), Context::default()).ok()?;
    exp_of(exact, number)
}

/// b^y = exp(y·ln b), with all digits of the logarithm: with 34 of them, 9^0.5 would not be 3.
pub(super) fn power(base: Number, exponent: Number) -> Option<Number> {
    let logarithm = ln_of(base)?.to_string();
    let rounded = narrow(&logarithm)?.checked_mul(exponent)?;
    if rounded.abs() > Number::from(EXPONENT_MAX) {
        return exp(rounded);
    }
    let read = |text: &str| D512::from_str(text, Context::default()).ok();
    let exact = read(&logarithm)? * read(&exponent.to_string())?;
    exp_of(exact, rounded)
}

/// exp(n·ln 10 + r) = 10^n · exp(r) with |r| ≤ ln 10, so that the series stays short. `rounded` is the
/// exact number with the digits of any other.
fn exp_of(exact: D512, rounded: Number) -> Option<Number> {
    const LN_10: &str =
        "2.302585092994045684017991454684364207601101488628772976033327900967572609677352480";
    if rounded.abs() > Number::from(EXPONENT_MAX) {
        return if rounded.negative {
            Some(Number::ZERO)
        } else {
            None
        };
    }
    let ln_10 = D512::from_str(LN_10, Context::default()).ok()?;
    let tens = rounded.checked_div(narrow(LN_10)?)?.to_i64_truncated()?;
    let rest = exact - ln_10 * D512::from(tens);
    let rest = D256::from_str(&format!("{rest:.70}"), Context::default()).ok()?;
    let power = narrow(&rest.exp().to_string())?;
    Number::from_parts(
        false,
        power.coefficient(),
        power.exponent() + i32::try_from(tens).ok()?,
    )
}

/// ln(c · 10^n) = ln(c) + n·ln 10 with 0.1 ≤ c < 10.
fn ln_of(number: Number) -> Option<D256> {
    let digits = digit_count(number.coefficient()) as i32;
    let tens = number.exponent() + digits - 1;
    let fraction = Number::from_parts(false, number.coefficient(), 1 - digits)?;
    Some(widen(fraction)?.ln() + D256::from(10u8).ln() * D256::from(tens))
}

pub(super) fn ln(number: Number) -> Option<Number> {
    narrow(&ln_of(number)?.to_string())
}
