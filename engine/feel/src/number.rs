//! Decimal numbers of 34 digits, as FEEL prescribes (IEEE 754 decimal128, round half even).
//!
//! Start from [`Number`]. Sums, products and quotients are computed here on integers of 128 and
//! 256 bits and rounded once, so that the last digit is right; roots, exponentials and logarithms
//! are computed with 76 digits by `fastnum` and rounded to 34. No binary floating point anywhere.
//!
//! **Invariant:** a number has exactly one form, so that equality is equality of the fields:
//! a negative exponent means that the last digit is not 0; exponent 0 is any integer below 10^34;
//! a positive exponent means that all 34 digits are used.

mod function;
mod text;
mod wide;

use std::cmp::Ordering;

use wide::Wide;

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
        function::power(self, exponent)
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
        function::sqrt(self)
    }

    /// e to the power of the number; `None` if that is too large.
    pub fn exp(self) -> Option<Number> {
        function::exp(self)
    }

    /// The natural logarithm; `None` unless the number is positive.
    pub fn ln(self) -> Option<Number> {
        if self.negative || self.is_zero() {
            return None;
        }
        function::ln(self)
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

#[cfg(test)]
mod tests;
