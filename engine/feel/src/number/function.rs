//! Functions without an exact result, computed with 76 digits and rounded.

use super::{Number, digit_count};
use fastnum::decimal::Context;
use fastnum::{D256, D512};

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

/// exp(n·ln 10 + r) = 10^n · exp(r) with |r| ≤ ln 10, so that the series stays short.
pub(super) fn exp(number: Number) -> Option<Number> {
    const LN_10: &str =
        "2.302585092994045684017991454684364207601101488628772976033327900967572609677352480";
    if number.abs() > Number::from(20_000) {
        return if number.negative {
            Some(Number::ZERO)
        } else {
            None
        };
    }
    let ln_10 = D512::from_str(LN_10, Context::default()).ok()?;
    let exact = D512::from_str(&number.to_string(), Context::default()).ok()?;
    let tens = number.checked_div(narrow(LN_10)?)?.to_i64_truncated()?;
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
pub(super) fn ln(number: Number) -> Option<Number> {
    let digits = digit_count(number.coefficient()) as i32;
    let tens = number.exponent() + digits - 1;
    let fraction = Number::from_parts(false, number.coefficient(), 1 - digits)?;
    let sum = widen(fraction)?.ln() + D256::from(10u8).ln() * D256::from(tens);
    narrow(&sum.to_string())
}
