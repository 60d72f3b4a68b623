//! Decimal numbers of 34 digits, as FEEL prescribes (IEEE 754 decimal128, round half even).
//!
//! Start from [`Number`]. Sums, products and quotients are computed here on integers of 128 and
//! 256 bits and rounded once, so that the last digit is right; roots, exponentials and logarithms
//! are computed with 76 digits by `fastnum` and rounded to 34. No binary floating point anywhere.
//!
//! **Invariant:** a number has exactly one form, so that equality is equality of the fields:
//! a negative exponent means that the last digit is not 0; exponent 0 is any integer below 10^34;
//! a positive exponent means that all 34 digits are used.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// Digits of a coefficient.
pub const DIGITS_MAX: u32 = 34;
/// Largest exponent of the last digit; 10^34 - 1 times this power of ten is the largest number.
pub const EXPONENT_MAX: i32 = 6111;
/// Smallest exponent of the last digit.
pub const EXPONENT_MIN: i32 = -6176;

const COEFFICIENT_MAX: u128 = 10u128.pow(DIGITS_MAX) - 1;

/// A decimal number of up to 34 digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Number {
    low: u64,
    high: u64,
    exponent: i16,
    negative: bool,
}

/// The text is no decimal number or does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a decimal number")]
pub struct ParseNumberError;

/// How to round when digits are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest; a tie goes to the even digit.
    HalfEven,
    /// To the nearest; a tie goes away from zero.
    HalfUp,
    /// To the nearest; a tie goes towards zero.
    HalfDown,
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
    /// Towards minus infinity.
    Floor,
    /// Towards plus infinity.
    Ceiling,
}

/// What was cut off below the last kept digit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    Zero,
    BelowHalf,
    Half,
    AboveHalf,
}

impl Rest {
    /// Of a remainder after a division by `divisor`, with `more` cut off below it already.
    fn of(remainder: u128, divisor: u128, more: Rest) -> Rest {
        let sticky = more != Rest::Zero;
        match (remainder).cmp(&(divisor - remainder)) {
            Ordering::Less if remainder == 0 && !sticky => Rest::Zero,
            Ordering::Less => Rest::BelowHalf,
            Ordering::Equal if sticky => Rest::AboveHalf,
            Ordering::Equal => Rest::Half,
            Ordering::Greater => Rest::AboveHalf,
        }
    }
}

impl Rounding {
    fn rounds_away(self, negative: bool, odd: bool, rest: Rest) -> bool {
        if rest == Rest::Zero {
            return false;
        }
        match self {
            Rounding::HalfEven => rest == Rest::AboveHalf || (rest == Rest::Half && odd),
            Rounding::HalfUp => rest != Rest::BelowHalf,
            Rounding::HalfDown => rest == Rest::AboveHalf,
            Rounding::Up => true,
            Rounding::Down => false,
            Rounding::Floor => negative,
            Rounding::Ceiling => !negative,
        }
    }
}

const POWERS: [u128; 39] = {
    let mut powers = [1u128; 39];
    let mut idx = 1;
    while idx < 39 {
        powers[idx] = powers[idx - 1] * 10;
        idx += 1;
    }
    powers
};

fn digit_count(coefficient: u128) -> u32 {
    if let Ok(short) = u64::try_from(coefficient) {
        return short.checked_ilog10().unwrap_or(0) + 1;
    }
    coefficient.ilog10() + 1
}

/// Drops digits until 34 are left and the exponent is at least the smallest; rounds half even.
fn shrink(coefficient: u128, exponent: i32, negative: bool, rest: Rest) -> Option<Number> {
    if exponent == 0 && coefficient <= COEFFICIENT_MAX && rest == Rest::Zero {
        return Some(Number::from_form(
            coefficient,
            0,
            negative && coefficient != 0,
        ));
    }
    let surplus = i64::from(digit_count(coefficient)) - i64::from(DIGITS_MAX);
    let below = i64::from(EXPONENT_MIN) - i64::from(exponent);
    let drop = surplus.max(below).max(0);
    if drop == 0 {
        if rest == Rest::Zero {
            return normalize(coefficient, exponent, negative);
        }
        let odd = coefficient % 2 == 1;
        let away = Rounding::HalfEven.rounds_away(negative, odd, rest);
        return normalize(coefficient + u128::from(away), exponent, negative);
    }
    if drop > 38 {
        return Some(Number::ZERO);
    }
    let divisor = POWERS[drop as usize];
    let (quotient, remainder) = (coefficient / divisor, coefficient % divisor);
    let rest = Rest::of(remainder, divisor, rest);
    let away = Rounding::HalfEven.rounds_away(negative, quotient % 2 == 1, rest);
    normalize(
        quotient + u128::from(away),
        exponent + drop as i32,
        negative,
    )
}

/// Brings a coefficient of at most 34 digits (or exactly 10^34) into the one form.
fn normalize(mut coefficient: u128, mut exponent: i32, negative: bool) -> Option<Number> {
    if coefficient == 0 {
        return Some(Number::ZERO);
    }
    if coefficient > COEFFICIENT_MAX {
        coefficient /= 10;
        exponent += 1;
    }
    if exponent < 0 {
        // Most coefficients are short, and dividing 64 bits is many times faster than 128.
        if let Ok(mut short) = u64::try_from(coefficient) {
            while exponent < 0 && short.is_multiple_of(10) {
                short /= 10;
                exponent += 1;
            }
            coefficient = u128::from(short);
        }
        while exponent < 0 && coefficient.is_multiple_of(10) {
            coefficient /= 10;
            exponent += 1;
        }
    } else if exponent > 0 {
        let room = DIGITS_MAX - digit_count(coefficient);
        let step = room.min(exponent as u32);
        coefficient *= POWERS[step as usize];
        exponent -= step as i32;
    }
    if exponent > EXPONENT_MAX {
        return None;
    }
    Some(Number::from_form(coefficient, exponent as i16, negative))
}

/// An unsigned integer of 256 bits, least limb first.
#[derive(Clone, Copy)]
struct Wide([u64; 4]);

impl Wide {
    fn product(left: u128, right: u128) -> Wide {
        let left = [left as u64, (left >> 64) as u64];
        let right = [right as u64, (right >> 64) as u64];
        let mut limbs = [0u64; 4];
        for (i, a) in left.into_iter().enumerate() {
            let mut carry = 0u128;
            for (j, b) in right.into_iter().enumerate() {
                let sum = u128::from(a) * u128::from(b) + u128::from(limbs[i + j]) + carry;
                limbs[i + j] = sum as u64;
                carry = sum >> 64;
            }
            limbs[i + 2] = carry as u64;
        }
        Wide(limbs)
    }

    fn add(self, other: Wide) -> Wide {
        let mut limbs = [0u64; 4];
        let mut carry = 0u128;
        for (idx, limb) in limbs.iter_mut().enumerate() {
            let sum = u128::from(self.0[idx]) + u128::from(other.0[idx]) + carry;
            *limb = sum as u64;
            carry = sum >> 64;
        }
        Wide(limbs)
    }

    /// The difference of two of which `self` is the larger.
    fn subtract(self, other: Wide) -> Wide {
        let mut limbs = [0u64; 4];
        let mut borrow = false;
        for (idx, limb) in limbs.iter_mut().enumerate() {
            let (first, under) = self.0[idx].overflowing_sub(other.0[idx]);
            let (second, under_again) = first.overflowing_sub(u64::from(borrow));
            *limb = second;
            borrow = under || under_again;
        }
        Wide(limbs)
    }

    fn cmp(&self, other: &Wide) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }

    fn narrow(self) -> Option<u128> {
        (self.0[2] == 0 && self.0[3] == 0)
            .then(|| u128::from(self.0[0]) | (u128::from(self.0[1]) << 64))
    }

    fn divide_small(self, divisor: u64) -> (Wide, u64) {
        let mut limbs = [0u64; 4];
        let mut remainder = 0u128;
        for idx in (0..4).rev() {
            let current = (remainder << 64) | u128::from(self.0[idx]);
            limbs[idx] = (current / u128::from(divisor)) as u64;
            remainder = current % u128::from(divisor);
        }
        (Wide(limbs), remainder as u64)
    }
}

fn shrink_wide(mut wide: Wide, mut exponent: i32, negative: bool) -> Option<Number> {
    let mut rest = Rest::Zero;
    loop {
        if let Some(coefficient) = wide.narrow() {
            return shrink(coefficient, exponent, negative, rest);
        }
        // Seventy-seven digits at most, and 38 always fit: at least 34 are left after each cut.
        let (quotient, remainder) = wide.divide_small(1000);
        rest = Rest::of(u128::from(remainder), 1000, rest);
        wide = quotient;
        exponent += 3;
    }
}

impl Number {
    /// 0.
    pub const ZERO: Number = Number::from_form(0, 0, false);
    /// 1.
    pub const ONE: Number = Number::from_form(1, 0, false);

    const fn from_form(coefficient: u128, exponent: i16, negative: bool) -> Number {
        Number {
            low: coefficient as u64,
            high: (coefficient >> 64) as u64,
            exponent,
            negative,
        }
    }

    /// `coefficient` · 10^`exponent`, rounded half even to 34 digits; `None` if it is too large.
    pub fn from_parts(negative: bool, coefficient: u128, exponent: i32) -> Option<Number> {
        if coefficient == 0 {
            return Some(Number::ZERO);
        }
        if !(-20_000..=20_000).contains(&exponent) {
            return if exponent < 0 {
                Some(Number::ZERO)
            } else {
                None
            };
        }
        shrink(coefficient, exponent, negative, Rest::Zero)
    }

    /// The digits as an integer: the number is `±coefficient · 10^exponent`.
    pub fn coefficient(&self) -> u128 {
        u128::from(self.low) | (u128::from(self.high) << 64)
    }

    /// The power of ten of the last digit.
    pub fn exponent(&self) -> i32 {
        i32::from(self.exponent)
    }

    /// Whether the number is below zero.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// Whether the number is zero.
    pub fn is_zero(&self) -> bool {
        self.low == 0 && self.high == 0
    }

    /// Whether the number has no digits after the point.
    pub fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    /// The number as an `i64`, if it is an integer of that size.
    pub fn to_i64(&self) -> Option<i64> {
        if self.exponent != 0 || self.high != 0 {
            return None;
        }
        let magnitude = i128::from(self.low);
        i64::try_from(if self.negative { -magnitude } else { magnitude }).ok()
    }

    /// The number as an `i64` after dropping the digits behind the point.
    pub fn to_i64_truncated(&self) -> Option<i64> {
        self.round(0, Rounding::Down)?.to_i64()
    }

    /// The same number without its sign.
    #[must_use]
    pub fn abs(self) -> Number {
        Number {
            negative: false,
            ..self
        }
    }

    /// The number with the other sign.
    #[must_use]
    pub fn negated(self) -> Number {
        Number {
            negative: !self.negative && !self.is_zero(),
            ..self
        }
    }

    /// The sum; `None` if it is too large.
    pub fn checked_add(self, other: Number) -> Option<Number> {
        if self.exponent == other.exponent {
            return add_aligned(
                (self.coefficient(), self.negative),
                (other.coefficient(), other.negative),
                self.exponent(),
            );
        }
        let (high, low) = if self.exponent > other.exponent {
            (self, other)
        } else {
            (other, self)
        };
        if high.is_zero() {
            return Some(low);
        }
        if low.is_zero() {
            return Some(high);
        }
        let shift = (high.exponent() - low.exponent()) as u32;
        if digit_count(high.coefficient()) + shift <= 38 {
            return add_aligned(
                (high.coefficient() * POWERS[shift as usize], high.negative),
                (low.coefficient(), low.negative),
                low.exponent(),
            );
        }
        if shift <= 38 {
            let left = Wide::product(high.coefficient(), POWERS[shift as usize]);
            let right = Wide::product(low.coefficient(), 1);
            return add_wide((left, high.negative), (right, low.negative), low.exponent());
        }
        // The smaller is less than a hundred-thousandth of the larger's last digit once the
        // larger is written with 38 digits: one digit below the last stands for it.
        let room = 38 - digit_count(high.coefficient());
        let exponent = high.exponent() - room as i32;
        let left = high.coefficient() * POWERS[room as usize];
        if digit_count(low.coefficient()) as i32 + low.exponent() > exponent {
            let left = Wide::product(high.coefficient(), POWERS[38]);
            let cut = (shift - 38) as usize;
            let right = low.coefficient() / POWERS.get(cut).copied().unwrap_or(u128::MAX);
            let right = Wide::product(right | 1, 1);
            return add_wide(
                (left, high.negative),
                (right, low.negative),
                high.exponent() - 38,
            );
        }
        add_aligned((left, high.negative), (1, low.negative), exponent)
    }

    /// The difference; `None` if it is too large.
    pub fn checked_sub(self, other: Number) -> Option<Number> {
        self.checked_add(other.negated())
    }

    /// The product; `None` if it is too large.
    pub fn checked_mul(self, other: Number) -> Option<Number> {
        let negative = self.negative != other.negative;
        let exponent = self.exponent() + other.exponent();
        if self.high == 0 && other.high == 0 {
            let product = u128::from(self.low) * u128::from(other.low);
            return shrink(product, exponent, negative, Rest::Zero);
        }
        shrink_wide(
            Wide::product(self.coefficient(), other.coefficient()),
            exponent,
            negative,
        )
    }

    /// The quotient; `None` for a division by zero or a result that is too large.
    pub fn checked_div(self, other: Number) -> Option<Number> {
        if other.is_zero() {
            return None;
        }
        if self.is_zero() {
            return Some(Number::ZERO);
        }
        let divisor = other.coefficient();
        let mut quotient = self.coefficient() / divisor;
        let mut remainder = self.coefficient() % divisor;
        let mut exponent = self.exponent() - other.exponent();
        // Four digits at a time: a remainder is below 10^34 and 10^38 fits into 128 bits.
        while remainder != 0 && digit_count(quotient) <= DIGITS_MAX {
            let scaled = remainder * 10_000;
            quotient = quotient * 10_000 + scaled / divisor;
            remainder = scaled % divisor;
            exponent -= 4;
        }
        let rest = Rest::of(remainder, divisor, Rest::Zero);
        shrink(quotient, exponent, self.negative != other.negative, rest)
    }

    /// `self - other · floor(self / other)`: the sign is that of the divisor, as FEEL defines it.
    pub fn modulo(self, other: Number) -> Option<Number> {
        if other.is_zero() {
            return None;
        }
        let quotient = self.checked_div(other)?.round(0, Rounding::Floor)?;
        self.checked_sub(other.checked_mul(quotient)?)
    }

    /// Rounded to `scale` digits behind the point (before it, if negative).
    pub fn round(self, scale: i32, rounding: Rounding) -> Option<Number> {
        let drop = i64::from(self.exponent()).checked_neg()? - i64::from(scale);
        if drop <= 0 || self.is_zero() {
            return Some(self);
        }
        let coefficient = self.coefficient();
        if drop > 38 {
            let away = rounding.rounds_away(self.negative, false, Rest::BelowHalf);
            let unit = if away { 1 } else { 0 };
            return Number::from_parts(self.negative, unit, scale.checked_neg()?);
        }
        let divisor = POWERS[drop as usize];
        let quotient = coefficient / divisor;
        let rest = Rest::of(coefficient % divisor, divisor, Rest::Zero);
        let away = rounding.rounds_away(self.negative, quotient % 2 == 1, rest);
        normalize(
            quotient + u128::from(away),
            scale.checked_neg()?,
            self.negative,
        )
    }

    /// `self` to the power of `exponent`; `None` where that is no number or too large.
    pub fn power(self, exponent: Number) -> Option<Number> {
        if exponent.is_zero() {
            return Some(Number::ONE);
        }
        if self.is_zero() {
            return if exponent.negative {
                None
            } else {
                Some(Number::ZERO)
            };
        }
        if let Some(power) = exponent.to_i64()
            && power.unsigned_abs() <= 100_000
        {
            return self.power_of_integer(power);
        }
        if self.negative {
            return None;
        }
        let logarithm = wide::ln(self)?;
        wide::exp(logarithm.checked_mul(exponent)?)
    }

    fn power_of_integer(self, power: i64) -> Option<Number> {
        if power < 0 {
            return Number::ONE.checked_div(self.power_of_integer(-power)?);
        }
        let mut result = Number::ONE;
        let mut square = self;
        let mut rest = power;
        while rest > 0 {
            if rest % 2 == 1 {
                result = result.checked_mul(square)?;
            }
            rest /= 2;
            if rest > 0 {
                square = square.checked_mul(square)?;
            }
        }
        Some(result)
    }

    /// The square root; `None` below zero.
    pub fn sqrt(self) -> Option<Number> {
        if self.negative {
            return None;
        }
        wide::sqrt(self)
    }

    /// e to the power of the number; `None` if that is too large.
    pub fn exp(self) -> Option<Number> {
        wide::exp(self)
    }

    /// The natural logarithm; `None` unless the number is positive.
    pub fn ln(self) -> Option<Number> {
        if self.negative || self.is_zero() {
            return None;
        }
        wide::ln(self)
    }
}

fn add_aligned(left: (u128, bool), right: (u128, bool), exponent: i32) -> Option<Number> {
    if left.1 == right.1 {
        return match left.0.checked_add(right.0) {
            Some(sum) => shrink(sum, exponent, left.1, Rest::Zero),
            None => shrink_wide(
                Wide::product(left.0, 1).add(Wide::product(right.0, 1)),
                exponent,
                left.1,
            ),
        };
    }
    if left.0 >= right.0 {
        shrink(left.0 - right.0, exponent, left.1, Rest::Zero)
    } else {
        shrink(right.0 - left.0, exponent, right.1, Rest::Zero)
    }
}

fn add_wide(left: (Wide, bool), right: (Wide, bool), exponent: i32) -> Option<Number> {
    if left.1 == right.1 {
        return shrink_wide(left.0.add(right.0), exponent, left.1);
    }
    if left.0.cmp(&right.0) == Ordering::Less {
        shrink_wide(right.0.subtract(left.0), exponent, right.1)
    } else {
        shrink_wide(left.0.subtract(right.0), exponent, left.1)
    }
}

/// Functions without an exact result, computed with 76 digits.
mod wide {
    use super::Number;
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
        let digits = super::digit_count(number.coefficient()) as i32;
        let tens = number.exponent() + digits - 1;
        let fraction = Number::from_parts(false, number.coefficient(), 1 - digits)?;
        let sum = widen(fraction)?.ln() + D256::from(10u8).ln() * D256::from(tens);
        narrow(&sum.to_string())
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => compare_magnitude(self, other),
            (true, true) => compare_magnitude(other, self),
        }
    }
}

fn compare_magnitude(left: &Number, right: &Number) -> Ordering {
    if left.exponent == right.exponent {
        return left.coefficient().cmp(&right.coefficient());
    }
    if left.is_zero() || right.is_zero() {
        return right.is_zero().cmp(&left.is_zero());
    }
    let (left_digits, right_digits) = (
        digit_count(left.coefficient()),
        digit_count(right.coefficient()),
    );
    let order =
        (left.exponent() + left_digits as i32).cmp(&(right.exponent() + right_digits as i32));
    if order != Ordering::Equal {
        return order;
    }
    let longest = left_digits.max(right_digits);
    let left = left.coefficient() * POWERS[(longest - left_digits) as usize];
    let right = right.coefficient() * POWERS[(longest - right_digits) as usize];
    left.cmp(&right)
}

macro_rules! from_integer {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Number {
            fn from(integer: $integer) -> Number {
                let wide = i128::from(integer);
                Number::from_form(wide.unsigned_abs(), 0, wide < 0)
            }
        }
    )*};
}

from_integer!(i32, i64, u8, u16, u32, u64);

impl From<usize> for Number {
    fn from(integer: usize) -> Number {
        Number::from(integer as u64)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn a_third_has_thirty_four_digits() {
        let third = Number::ONE.checked_div(number("3")).unwrap();
        assert_eq!(third.to_string(), format!("0.{}", "3".repeat(34)));
        let two_thirds = number("2").checked_div(number("3")).unwrap();
        assert_eq!(two_thirds.to_string(), format!("0.{}7", "6".repeat(33)));
    }

    #[test]
    fn a_tie_goes_to_the_even_digit() {
        let ones = "1".repeat(33);
        assert_eq!(
            number(&format!("{ones}2.5")).to_string(),
            format!("{ones}2")
        );
        assert_eq!(
            number(&format!("{ones}3.5")).to_string(),
            format!("{ones}4")
        );
        assert_eq!(
            number(&format!("{ones}2.50000000001")).to_string(),
            format!("{ones}3")
        );
    }

    #[test]
    fn texts_of_many_forms_are_read() {
        for (text, expected) in [
            ("1.50", "1.5"),
            ("-0", "0"),
            (".5", "0.5"),
            ("1e3", "1000"),
            ("12E-3", "0.012"),
            (
                "1000000000000000000000000000000000000",
                "1000000000000000000000000000000000000",
            ),
        ] {
            assert_eq!(number(text).to_string(), expected);
        }
        for text in ["", ".", "-", "1.2.3", "1e", "１", "0x1", " 1", "1E99999"] {
            assert!(text.parse::<Number>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_tiny_addend_does_not_disturb_the_last_digit() {
        let large = number("1e30");
        let tiny = number("1e-60");
        assert_eq!(large.checked_add(tiny).unwrap(), large);
        assert_eq!(large.checked_sub(tiny).unwrap(), large);
        assert_eq!(
            number("1e40").checked_add(number("-1")).unwrap(),
            number("1e40")
        );
        let close = number("1e34").checked_sub(number("1e-1")).unwrap();
        assert_eq!(close, number("1e34"));
    }

    #[test]
    fn modulo_takes_the_sign_of_the_divisor() {
        assert_eq!(number("-12").modulo(number("5")).unwrap(), number("3"));
        assert_eq!(number("12").modulo(number("-5")).unwrap(), number("-3"));
        assert_eq!(number("10.1").modulo(number("4.5")).unwrap(), number("1.1"));
    }

    #[test]
    fn roots_and_logarithms_have_thirty_four_digits() {
        assert_eq!(
            number("2").sqrt().unwrap().to_string(),
            "1.414213562373095048801688724209698"
        );
        assert_eq!(number("16").sqrt().unwrap(), number("4"));
        assert_eq!(
            Number::ONE.exp().unwrap().to_string(),
            "2.718281828459045235360287471352662"
        );
        assert_eq!(
            number("10").ln().unwrap().to_string(),
            "2.302585092994045684017991454684364"
        );
        assert_eq!(number("1e6000").checked_mul(number("1e6000")), None);
        assert_eq!(number("99999").exp(), None);
        assert_eq!(number("-99999").exp(), Some(Number::ZERO));
        assert_eq!(
            number("2")
                .power(number("0.5"))
                .unwrap()
                .round(30, Rounding::HalfEven),
            number("2").sqrt().unwrap().round(30, Rounding::HalfEven)
        );
    }

    fn any_number() -> impl Strategy<Value = Number> {
        (any::<bool>(), 0..=u128::MAX, -60i32..60).prop_map(|(negative, coefficient, exponent)| {
            let coefficient = coefficient >> (coefficient % 127);
            Number::from_parts(negative, coefficient, exponent).unwrap()
        })
    }

    proptest! {
        #[test]
        fn addition_and_multiplication_commute(a in any_number(), b in any_number()) {
            prop_assert_eq!(a.checked_add(b), b.checked_add(a));
            prop_assert_eq!(a.checked_mul(b), b.checked_mul(a));
        }

        #[test]
        fn a_number_minus_itself_is_zero(a in any_number()) {
            prop_assert_eq!(a.checked_sub(a), Some(Number::ZERO));
        }

        #[test]
        fn the_text_of_a_number_reads_back(a in any_number()) {
            prop_assert_eq!(a.to_string().parse::<Number>().unwrap(), a);
            prop_assert_eq!(
                Number::from_parts(a.is_negative(), a.coefficient(), a.exponent()), Some(a));
        }

        #[test]
        fn order_agrees_with_the_sign_of_the_difference(a in any_number(), b in any_number()) {
            let difference = a.checked_sub(b).unwrap();
            let order = difference.cmp(&Number::ZERO);
            prop_assert_eq!(a.cmp(&b), order);
        }

        #[test]
        fn small_integers_agree_with_machine_arithmetic(a in -1_000_000i64..1_000_000, b in -1_000_000i64..1_000_000) {
            let (x, y) = (Number::from(a), Number::from(b));
            prop_assert_eq!(x.checked_add(y).unwrap().to_i64(), Some(a + b));
            prop_assert_eq!(x.checked_mul(y).unwrap().to_i64(), Some(a * b));
            if b != 0 {
                prop_assert_eq!(x.modulo(y).unwrap().to_i64(), Some((a % b + b) % b));
            }
        }

        #[test]
        fn a_quotient_times_its_divisor_is_near(a in any_number(), b in any_number()) {
            prop_assume!(!b.is_zero());
            if let Some(quotient) = a.checked_div(b) {
                let back = quotient.checked_mul(b).unwrap();
                let error = back.checked_sub(a).unwrap().abs();
                let bound = a.abs().checked_mul("1e-33".parse().unwrap()).unwrap();
                prop_assert!(error <= bound, "{} / {} = {}", a, b, quotient);
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[-+.0-9eE]{0,60}") {
            let _ = text.parse::<Number>();
        }

        #[test]
        fn no_function_panics(a in any_number(), b in any_number()) {
            let _ = (a.sqrt(), a.ln(), a.power(b), b.exp(), a.modulo(b), a.round(3, Rounding::Up));
        }
    }
}
