//! Dates and instants without a clock.
//!
//! A plugin never reads the time: it comes with the call ([`crate::Context::now`],
//! [`crate::Context::today`]). The types here only compute. They are our own, and not a time
//! crate's, because a guest needs civil dates, one fixed zone and nothing else, and each kilobyte
//! of a component is loaded by every county.
//!
//! Start with [`Date`].

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

/// A day of the Gregorian calendar, from 0001-01-01 to 9999-12-31; JSON `"2026-03-02"`.
///
/// ```
/// use tongban_sdk::Date;
/// let accepted: Date = "2026-01-31".parse()?;
/// assert_eq!(accepted.plus_days(30).to_string(), "2026-03-02");
/// assert_eq!(accepted.plus_months(1).to_string(), "2026-02-28");
/// # Ok::<(), tongban_sdk::InvalidTime>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i16,
    month: u8,
    day: u8,
}

/// A text that is no date or instant, or parts that do not make one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found:?}")]
pub struct InvalidTime {
    expected: &'static str,
    found: String,
}

impl InvalidTime {
    fn new(expected: &'static str, found: impl Into<String>) -> Self {
        Self {
            expected,
            found: found.into(),
        }
    }
}

/// What becomes of 29 February in a common year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeapPolicy {
    /// 28 February.
    Earlier,
    /// 1 March.
    Later,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weekday {
    /// 星期一
    Monday,
    /// 星期二
    Tuesday,
    /// 星期三
    Wednesday,
    /// 星期四
    Thursday,
    /// 星期五
    Friday,
    /// 星期六
    Saturday,
    /// 星期日
    Sunday,
}

const WEEKDAYS: [Weekday; 7] = [
    // 1970-01-01, day 0 of the count, was a Thursday.
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
];

impl Date {
    /// The first day that can be written.
    pub const MIN: Date = Date {
        year: 1,
        month: 1,
        day: 1,
    };
    /// The last day that can be written.
    pub const MAX: Date = Date {
        year: 9999,
        month: 12,
        day: 31,
    };

    /// The day with these parts, if there is one.
    pub fn new(year: i32, month: u8, day: u8) -> Result<Self, InvalidTime> {
        let invalid = || InvalidTime::new("a day of the calendar", format!("{year}-{month}-{day}"));
        if !(1..=9999).contains(&year) || !(1..=12).contains(&month) {
            return Err(invalid());
        }
        if day == 0 || day > days_in_month(year, month) {
            return Err(invalid());
        }
        let year = i16::try_from(year).map_err(|_| invalid())?;
        Ok(Self { year, month, day })
    }

    /// The year, 1 to 9999.
    pub fn year(self) -> i32 {
        i32::from(self.year)
    }

    /// The month, 1 to 12.
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, 1 to 31.
    pub fn day(self) -> u8 {
        self.day
    }

    /// The day of the week.
    pub fn weekday(self) -> Weekday {
        let idx = self.days_since_epoch().rem_euclid(7);
        WEEKDAYS[usize::try_from(idx).unwrap_or(0)]
    }

    /// How many days lie between 1970-01-01 and this day.
    pub fn days_since_epoch(self) -> i32 {
        // Howard Hinnant's `days_from_civil`: years begin in March, so that the leap day is last.
        let year = self.year() - i32::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month = i32::from(self.month);
        let shifted_month = if month > 2 { month - 3 } else { month + 9 };
        let day_of_year = (153 * shifted_month + 2) / 5 + i32::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }

    /// The day that many days after 1970-01-01; days that cannot be written become
    /// [`Date::MIN`] or [`Date::MAX`].
    pub fn from_days_since_epoch(days: i32) -> Self {
        let days = days.clamp(Self::MIN.days_since_epoch(), Self::MAX.days_since_epoch());
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        let year = year_of_era + era * 400 + i32::from(month <= 2);
        Self {
            year: i16::try_from(year).unwrap_or(Self::MAX.year),
            month: u8::try_from(month).unwrap_or(1),
            day: u8::try_from(day).unwrap_or(1),
        }
    }

    /// The day that many calendar days later (earlier if negative), at most [`Date::MAX`].
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        Self::from_days_since_epoch(self.days_since_epoch().saturating_add(days))
    }

    /// The corresponding day that many months later: the same day of the month, or the month's
    /// last day where it has no such day (民法典第202条).
    #[must_use]
    pub fn plus_months(self, months: i32) -> Self {
        let month_count =
            i64::from(self.year()) * 12 + i64::from(self.month) - 1 + i64::from(months);
        let year = month_count.div_euclid(12);
        if year < 1 {
            return Self::MIN;
        }
        if year > 9999 {
            return Self::MAX;
        }
        let year = i16::try_from(year).unwrap_or(Self::MAX.year);
        let month = u8::try_from(month_count.rem_euclid(12) + 1).unwrap_or(1);
        let day = self.day.min(days_in_month(i32::from(year), month));
        Self { year, month, day }
    }

    /// The same day that many years later; `policy` says what becomes of 29 February.
    #[must_use]
    pub fn anniversary(self, years: i32, policy: LeapPolicy) -> Self {
        let clamped = self.plus_months(years.saturating_mul(12));
        if clamped.day != self.day && policy == LeapPolicy::Later {
            return clamped.plus_days(1);
        }
        clamped
    }

    /// How many calendar days after this one `other` is; negative if it is earlier.
    pub fn days_until(self, other: Date) -> i32 {
        other.days_since_epoch() - self.days_since_epoch()
    }

    /// The completed years (周岁) that somebody born on this day has on `on`; 0 before the birth.
    pub fn age_on(self, on: Date, policy: LeapPolicy) -> u32 {
        let years = on.year() - self.year();
        let reached = on >= self.anniversary(years, policy);
        u32::try_from(if reached { years } else { years - 1 }).unwrap_or(0)
    }
}

/// Whether the year has a 29 February.
fn is_leap_year(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        2 if is_leap_year(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:04}-{:02}-{:02}",
            self.year, self.month, self.day
        )
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Date {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "a date as 2026-03-02";
        let invalid = || InvalidTime::new(expected, text);
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(invalid());
        }
        let part = |range| digits(bytes, range).ok_or_else(invalid);
        let month = u8::try_from(part(5..7)?).map_err(|_| invalid())?;
        let day = u8::try_from(part(8..10)?).map_err(|_| invalid())?;
        let year = i32::try_from(part(0..4)?).map_err(|_| invalid())?;
        Self::new(year, month, day).map_err(|_| invalid())
    }
}

fn digits(bytes: &[u8], range: std::ops::Range<usize>) -> Option<u32> {
    let mut number = 0_u32;
    for byte in bytes.get(range)? {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = number
            .checked_mul(10)?
            .checked_add(u32::from(byte - b'0'))?;
    }
    Some(number)
}

/// A point of time in microseconds since 1970-01-01T00:00:00Z; JSON `"2026-03-02T08:30:00+08:00"`.
///
/// It is written with the office's offset, which has been +08:00 in Asia/Shanghai since 1991, and
/// read with any offset.
///
/// ```
/// use tongban_sdk::Instant;
/// let submitted: Instant = "2026-03-01T18:30:00Z".parse()?;
/// assert_eq!(submitted.to_string(), "2026-03-02T02:30:00+08:00");
/// assert_eq!(submitted.local_date().to_string(), "2026-03-02");
/// # Ok::<(), tongban_sdk::InvalidTime>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// A time of the day at the office, to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
}

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
/// Asia/Shanghai, east of Greenwich.
const OFFSET_SECONDS: i64 = 8 * 3_600;

impl Instant {
    /// The instant that many microseconds after 1970-01-01T00:00:00Z.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The instant at which the office's clocks show this.
    pub fn from_local(date: Date, time: TimeOfDay) -> Self {
        let seconds = i64::from(date.days_since_epoch()) * SECONDS_PER_DAY
            + i64::from(time.hour) * 3_600
            + i64::from(time.minute) * 60
            + i64::from(time.second)
            - OFFSET_SECONDS;
        Self(seconds * MICROS_PER_SECOND)
    }

    /// The date at the office.
    pub fn local_date(self) -> Date {
        let days = self.local_seconds().div_euclid(SECONDS_PER_DAY);
        let days = i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX });
        Date::from_days_since_epoch(days)
    }

    /// The time of the day at the office.
    pub fn local_time(self) -> TimeOfDay {
        let seconds = self.local_seconds().rem_euclid(SECONDS_PER_DAY);
        let part = |number: i64| u8::try_from(number).unwrap_or(0);
        TimeOfDay {
            hour: part(seconds / 3_600),
            minute: part(seconds / 60 % 60),
            second: part(seconds % 60),
        }
    }

    /// The instant that many seconds later (earlier if negative).
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(
            self.0
                .saturating_add(seconds.saturating_mul(MICROS_PER_SECOND)),
        )
    }

    fn local_seconds(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND) + OFFSET_SECONDS
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TimeOfDay {
            hour,
            minute,
            second,
        } = self.local_time();
        write!(
            formatter,
            "{}T{hour:02}:{minute:02}:{second:02}",
            self.local_date()
        )?;
        let micros = self.0.rem_euclid(MICROS_PER_SECOND);
        if micros != 0 {
            write!(formatter, ".{micros:06}")?;
        }
        formatter.write_str("+08:00")
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Instant {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_instant(text)
            .ok_or_else(|| InvalidTime::new("an instant as 2026-03-02T08:30:00+08:00", text))
    }
}

fn parse_instant(text: &str) -> Option<Instant> {
    let bytes = text.as_bytes();
    let date: Date = text.get(..10)?.parse().ok()?;
    let separators = [(10, b"Tt "), (13, b":::"), (16, b":::")];
    if separators
        .iter()
        .any(|(at, any)| !bytes.get(*at).is_some_and(|byte| any.contains(byte)))
    {
        return None;
    }
    let hour = digits(bytes, 11..13).filter(|hour| *hour < 24)?;
    let minute = digits(bytes, 14..16).filter(|minute| *minute < 60)?;
    let second = digits(bytes, 17..19).filter(|second| *second < 60)?;
    let (micros, rest) = fraction(bytes.get(19..)?)?;
    let seconds = i64::from(date.days_since_epoch()) * SECONDS_PER_DAY
        + i64::from(hour * 3_600 + minute * 60 + second)
        - offset(rest)?;
    Some(Instant(seconds * MICROS_PER_SECOND + micros))
}

/// Microseconds of `.123456789Z` and what follows the digits; more than six digits are cut off.
fn fraction(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let [b'.', rest @ ..] = bytes else {
        return Some((0, bytes));
    };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 {
        return None;
    }
    let digit = |idx: usize| {
        rest.get(idx)
            .filter(|_| idx < count)
            .map_or(0, |byte| byte - b'0')
    };
    let micros = (0..6).fold(0_i64, |micros, idx| micros * 10 + i64::from(digit(idx)));
    Some((micros, &rest[count..]))
}

/// Seconds east of Greenwich of `Z` or `+08:00`.
fn offset(bytes: &[u8]) -> Option<i64> {
    match bytes {
        b"Z" | b"z" => Some(0),
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let hours = digits(bytes, 1..3).filter(|hours| *hours < 24)?;
            let minutes = digits(bytes, 4..6).filter(|minutes| *minutes < 60)?;
            let seconds = i64::from(hours * 3_600 + minutes * 60);
            Some(if *sign == b'-' { -seconds } else { seconds })
        }
        _ => None,
    }
}

macro_rules! serde_by_text {
    ($type:ty, $expected:literal) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::text::deserialize(deserializer, $expected, str::parse::<$type>)
            }
        }
    };
}

serde_by_text!(Date, "a date");
serde_by_text!(Instant, "an instant");

impl schemars::JsonSchema for Date {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date" })
    }
}

impl schemars::JsonSchema for Instant {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn every_day_of_four_centuries_goes_to_its_number_and_back() {
        let mut day = date("1800-01-01");
        while day < date("2200-12-31") {
            let next = Date::from_days_since_epoch(day.days_since_epoch() + 1);
            assert_eq!(Date::from_days_since_epoch(day.days_since_epoch()), day);
            assert!(next > day, "{day} is followed by {next}");
            assert!(next.day() == day.day() + 1 || next.day() == 1);
            day = next;
        }
        assert_eq!(date("1970-01-01").days_since_epoch(), 0);
        assert_eq!(date("2026-11-22").weekday(), Weekday::Sunday);
    }

    #[test]
    fn a_day_that_does_not_exist_is_refused() {
        for text in [
            "2025-02-29",
            "2025-13-01",
            "2025-00-10",
            "2025-4-01",
            "0000-01-01",
            "２０２５",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
        assert_eq!(date("2000-02-29").plus_days(1), date("2000-03-01"));
    }

    #[test]
    fn the_corresponding_day_is_clamped_to_the_month() {
        assert_eq!(date("2026-01-31").plus_months(1), date("2026-02-28"));
        assert_eq!(date("2026-01-31").plus_months(13), date("2027-02-28"));
        assert_eq!(date("2026-03-31").plus_months(-1), date("2026-02-28"));
        assert_eq!(date("2026-01-15").plus_months(-13), date("2024-12-15"));
    }

    #[test]
    fn a_leap_day_child_grows_older_on_the_day_the_policy_names() {
        let birth = date("2004-02-29");
        assert_eq!(birth.age_on(date("2026-02-28"), LeapPolicy::Later), 21);
        assert_eq!(birth.age_on(date("2026-03-01"), LeapPolicy::Later), 22);
        assert_eq!(birth.age_on(date("2026-02-28"), LeapPolicy::Earlier), 22);
        assert_eq!(birth.age_on(date("2024-02-29"), LeapPolicy::Later), 20);
        assert_eq!(birth.age_on(date("2000-01-01"), LeapPolicy::Later), 0);
    }

    #[test]
    fn an_instant_is_read_with_any_offset_and_written_with_ours() {
        for text in [
            "2026-03-01T18:30:00Z",
            "2026-03-02T02:30:00+08:00",
            "2026-03-01T17:00:00-01:30",
        ] {
            let instant: Instant = text.parse().unwrap();
            assert_eq!(instant.to_string(), "2026-03-02T02:30:00+08:00");
        }
        let precise: Instant = "1969-12-31T23:59:59.9999999Z".parse().unwrap();
        assert_eq!(precise.as_micros(), -1);
        assert_eq!(precise.to_string(), "1970-01-01T07:59:59.999999+08:00");
        for text in [
            "2026-03-02",
            "2026-03-02T25:00:00Z",
            "2026-03-02T02:30:00",
            "2026-03-02T02:30:00.Z",
        ] {
            assert!(text.parse::<Instant>().is_err(), "{text}");
        }
    }

    #[test]
    fn local_parts_make_the_instant_again() {
        let time = TimeOfDay {
            hour: 23,
            minute: 59,
            second: 58,
        };
        let instant = Instant::from_local(date("2026-03-02"), time);
        assert_eq!(
            (instant.local_date(), instant.local_time()),
            (date("2026-03-02"), time)
        );
    }
}
