//! The two sorts of durations, which FEEL never mixes.

use std::fmt;

use super::parse;
use crate::number::{Number, Rounding};

/// A duration in days, hours, minutes and seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct DaysTimeDuration {
    seconds: i64,
    nanoseconds: i32,
}

impl DaysTimeDuration {
    /// The duration of so many nanoseconds, cut off at the ends of what 64 bits of seconds hold.
    pub fn from_nanoseconds(nanoseconds: i128) -> DaysTimeDuration {
        let seconds = nanoseconds.div_euclid(1_000_000_000);
        let clamped = seconds.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64;
        DaysTimeDuration {
            seconds: clamped,
            nanoseconds: nanoseconds.rem_euclid(1_000_000_000) as i32,
        }
    }

    /// The duration of so many seconds.
    pub const fn from_seconds(seconds: i64) -> DaysTimeDuration {
        DaysTimeDuration {
            seconds,
            nanoseconds: 0,
        }
    }

    /// Reads `P1DT2H`.
    pub fn parse(text: &str) -> Option<DaysTimeDuration> {
        parse::days_time_duration(text)
    }

    /// The whole duration in nanoseconds.
    pub fn nanoseconds(self) -> i128 {
        i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanoseconds)
    }

    /// The whole duration in seconds as a decimal number.
    pub fn to_number(self) -> Option<Number> {
        let nanoseconds = self.nanoseconds();
        Number::from_parts(nanoseconds < 0, nanoseconds.unsigned_abs(), -9)
    }

    /// The duration of so many seconds, rounded down to nanoseconds.
    pub fn from_number(seconds: Number) -> Option<DaysTimeDuration> {
        let scaled = seconds
            .checked_mul(Number::from(1_000_000_000))?
            .round(0, Rounding::Down)?;
        if scaled.exponent() != 0 {
            return None;
        }
        let magnitude = i128::try_from(scaled.coefficient()).ok()?;
        let nanoseconds = if scaled.is_negative() {
            -magnitude
        } else {
            magnitude
        };
        if i64::try_from(nanoseconds / 1_000_000_000).is_err() {
            return None;
        }
        Some(DaysTimeDuration::from_nanoseconds(nanoseconds))
    }

    /// The sum, if it fits.
    pub fn checked_add(self, other: DaysTimeDuration) -> Option<DaysTimeDuration> {
        let total = self.nanoseconds() + other.nanoseconds();
        i64::try_from(total.div_euclid(1_000_000_000)).ok()?;
        Some(DaysTimeDuration::from_nanoseconds(total))
    }

    /// The duration backwards.
    #[must_use]
    pub fn negated(self) -> DaysTimeDuration {
        DaysTimeDuration::from_nanoseconds(-self.nanoseconds())
    }

    /// Days, hours, minutes, whole seconds and nanoseconds, each with the sign of the duration.
    pub fn components(self) -> [i64; 5] {
        let total = self.nanoseconds();
        let seconds = (total / 1_000_000_000) as i64;
        let rest = (total % 1_000_000_000) as i64;
        [
            seconds / 86_400,
            seconds / 3600 % 24,
            seconds / 60 % 60,
            seconds % 60,
            rest,
        ]
    }
}

impl fmt::Display for DaysTimeDuration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [days, hours, minutes, seconds, nanoseconds] = self.components().map(i64::unsigned_abs);
        if self.nanoseconds() == 0 {
            return formatter.write_str("PT0S");
        }
        let sign = if self.nanoseconds() < 0 { "-" } else { "" };
        write!(formatter, "{sign}P")?;
        if days != 0 {
            write!(formatter, "{days}D")?;
        }
        if hours == 0 && minutes == 0 && seconds == 0 && nanoseconds == 0 {
            return Ok(());
        }
        formatter.write_str("T")?;
        if hours != 0 {
            write!(formatter, "{hours}H")?;
        }
        if minutes != 0 {
            write!(formatter, "{minutes}M")?;
        }
        if nanoseconds != 0 {
            let digits = format!("{nanoseconds:09}");
            write!(formatter, "{seconds}.{}S", digits.trim_end_matches('0'))
        } else if seconds != 0 {
            write!(formatter, "{seconds}S")
        } else {
            Ok(())
        }
    }
}

impl fmt::Debug for DaysTimeDuration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A duration in years and months.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct YearsMonthsDuration {
    months: i64,
}

impl YearsMonthsDuration {
    /// The duration of so many months.
    pub const fn from_months(months: i64) -> YearsMonthsDuration {
        YearsMonthsDuration { months }
    }

    /// Reads `P1Y6M`.
    pub fn parse(text: &str) -> Option<YearsMonthsDuration> {
        parse::years_months_duration(text)
    }

    /// The whole duration in months.
    pub const fn months(self) -> i64 {
        self.months
    }

    /// The sum, if it fits.
    pub fn checked_add(self, other: YearsMonthsDuration) -> Option<YearsMonthsDuration> {
        self.months
            .checked_add(other.months)
            .map(YearsMonthsDuration::from_months)
    }

    /// The duration backwards.
    #[must_use]
    pub fn negated(self) -> YearsMonthsDuration {
        YearsMonthsDuration::from_months(self.months.saturating_neg())
    }
}

impl fmt::Display for YearsMonthsDuration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.months.unsigned_abs();
        let (years, months) = (magnitude / 12, magnitude % 12);
        let sign = if self.months < 0 { "-" } else { "" };
        match (years, months) {
            (0, 0) => formatter.write_str("P0M"),
            (0, months) => write!(formatter, "{sign}P{months}M"),
            (years, 0) => write!(formatter, "{sign}P{years}Y"),
            (years, months) => write!(formatter, "{sign}P{years}Y{months}M"),
        }
    }
}

impl fmt::Debug for YearsMonthsDuration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
