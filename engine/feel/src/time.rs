//! Dates, times and durations of FEEL. Start from [`Date`].
//!
//! Years run from -999,999,999 to 999,999,999. The rules of zones come from the table compiled into
//! the program (`jiff`), never from the machine.

mod civil;
mod duration;
mod parse;
mod zone;

use std::cmp::Ordering;
use std::fmt;

pub use duration::{DaysTimeDuration, YearsMonthsDuration};
pub use zone::Zone;

const NANOSECONDS_PER_SECOND: i64 = 1_000_000_000;
const NANOSECONDS_PER_DAY: i64 = 86_400 * NANOSECONDS_PER_SECOND;

/// An instant in microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Timestamp = Timestamp(0);

    /// The instant this many microseconds after the epoch.
    pub const fn from_microseconds(microseconds: i64) -> Timestamp {
        Timestamp(microseconds)
    }

    /// Microseconds since the epoch.
    pub const fn microseconds(self) -> i64 {
        self.0
    }
}

/// A calendar date.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

impl Date {
    /// The date, if there is such a day.
    pub fn new(year: i32, month: u8, day: u8) -> Option<Date> {
        let exists = civil::YEARS.contains(&year)
            && (1..=12).contains(&month)
            && (1..=civil::days_in_month(year, month)).contains(&day);
        exists.then_some(Date { year, month, day })
    }

    /// Reads `2026-03-05`.
    pub fn parse(text: &str) -> Option<Date> {
        parse::date(text)
    }

    /// The date so many days after 1970-01-01.
    pub fn from_days_since_epoch(days: i64) -> Option<Date> {
        let (year, month, day) = civil::from_days(days)?;
        Some(Date { year, month, day })
    }

    /// The year.
    pub fn year(self) -> i32 {
        self.year
    }

    /// The month, from 1.
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    pub fn day(self) -> u8 {
        self.day
    }

    /// The day of the week, from Monday = 1 to Sunday = 7.
    pub fn weekday(self) -> u8 {
        // 1970-01-01 was a Thursday.
        ((self.days_since_epoch() + 3).rem_euclid(7) + 1) as u8
    }

    /// The day of the year, from 1.
    pub fn day_of_year(self) -> u16 {
        let start = civil::days_since_epoch(self.year, 1, 1);
        (self.days_since_epoch() - start + 1) as u16
    }

    /// The week of the year by ISO 8601: the year of a week is that of its Thursday.
    pub fn week_of_year(self) -> u8 {
        let thursday = self.days_since_epoch() - i64::from(self.weekday()) + 4;
        // The Thursday may lie beyond the last year there is; its year still begins somewhere.
        let year = match Date::from_days_since_epoch(thursday) {
            Some(date) => date.year,
            None if self.month == 1 => self.year - 1,
            None => self.year + 1,
        };
        let start = civil::days_since_epoch(year, 1, 1);
        ((thursday - start) / 7 + 1) as u8
    }

    /// The last day of the month.
    pub fn days_in_month(self) -> u8 {
        civil::days_in_month(self.year, self.month)
    }

    /// The date so many days later (earlier, if negative).
    pub fn add_days(self, days: i64) -> Option<Date> {
        Date::from_days_since_epoch(self.days_since_epoch().checked_add(days)?)
    }

    /// The same day of the month so many months later, or the last day of a shorter month.
    pub fn add_months(self, months: i64) -> Option<Date> {
        let total = (i64::from(self.year) * 12 + i64::from(self.month) - 1).checked_add(months)?;
        let year = i32::try_from(total.div_euclid(12)).ok()?;
        let month = (total.rem_euclid(12) + 1) as u8;
        Date::new(year, month, self.day.min(civil::days_in_month(year, month)))
    }

    /// The number of days since 1970-01-01.
    pub fn days_since_epoch(self) -> i64 {
        civil::days_since_epoch(self.year, self.month, self.day)
    }

    /// Midnight at the beginning of the day, without a zone.
    pub fn at_midnight(self) -> DateTime {
        DateTime {
            date: self,
            of_day: 0,
            zone: None,
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.year < 0 { "-" } else { "" };
        let year = self.year.unsigned_abs();
        write!(
            formatter,
            "{sign}{year:04}-{:02}-{:02}",
            self.month, self.day
        )
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A time of day, with or without a zone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Time {
    /// Nanoseconds since midnight.
    of_day: i64,
    zone: Option<Zone>,
}

impl Time {
    /// The time, if there is such a one.
    pub fn new(
        hour: u8,
        minute: u8,
        second: u8,
        nanosecond: u32,
        zone: Option<Zone>,
    ) -> Option<Time> {
        if hour > 23 || minute > 59 || second > 59 || nanosecond > 999_999_999 {
            return None;
        }
        let seconds = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
        let of_day = seconds * NANOSECONDS_PER_SECOND + i64::from(nanosecond);
        Some(Time { of_day, zone })
    }

    /// Reads `09:30:00`, `09:30:00+08:00` or `09:30:00@Asia/Shanghai`.
    pub fn parse(text: &str) -> Option<Time> {
        parse::time(text)
    }

    /// The hour.
    pub fn hour(&self) -> u8 {
        (self.of_day / NANOSECONDS_PER_SECOND / 3600) as u8
    }

    /// The minute.
    pub fn minute(&self) -> u8 {
        (self.of_day / NANOSECONDS_PER_SECOND / 60 % 60) as u8
    }

    /// The second.
    pub fn second(&self) -> u8 {
        (self.of_day / NANOSECONDS_PER_SECOND % 60) as u8
    }

    /// The part of the second, in nanoseconds.
    pub fn nanosecond(&self) -> u32 {
        (self.of_day % NANOSECONDS_PER_SECOND) as u32
    }

    /// The zone, if the time has one.
    pub fn zone(&self) -> Option<&Zone> {
        self.zone.as_ref()
    }

    /// Nanoseconds since midnight.
    pub fn nanoseconds_of_day(&self) -> i64 {
        self.of_day
    }

    /// The offset from UTC in seconds, if it does not depend on the time of year.
    pub fn offset_seconds(&self) -> Option<i32> {
        self.zone.as_ref()?.steady_offset_seconds()
    }

    /// The time so much later, going round midnight.
    #[must_use]
    pub fn add(&self, duration: DaysTimeDuration) -> Time {
        let total = i128::from(self.of_day) + duration.nanoseconds();
        Time {
            of_day: total.rem_euclid(i128::from(NANOSECONDS_PER_DAY)) as i64,
            zone: self.zone.clone(),
        }
    }

    /// How much later `self` is than `other`; `None` if only one has a zone.
    pub fn since(&self, other: &Time) -> Option<DaysTimeDuration> {
        if self.zone.is_some() != other.zone.is_some() {
            return None;
        }
        Some(DaysTimeDuration::from_nanoseconds(
            self.absolute() - other.absolute(),
        ))
    }

    fn absolute(&self) -> i128 {
        let Some(zone) = &self.zone else {
            return i128::from(self.of_day);
        };
        let epoch = Date {
            year: 1970,
            month: 1,
            day: 1,
        };
        zone.instant(&DateTime::new(epoch, self.clone()))
    }

    /// The order of the two; a time without a zone is read in the zone of the other (DMN 1.5, table
    /// 54).
    pub fn compare(&self, other: &Time) -> Ordering {
        let within = |time: &Time, zone: &Option<Zone>| Time {
            of_day: time.of_day,
            zone: zone.clone(),
        };
        match (&self.zone, &other.zone) {
            (None, None) => self.of_day.cmp(&other.of_day),
            (Some(_), Some(_)) => self.absolute().cmp(&other.absolute()),
            (None, zone) => within(self, zone).compare(other),
            (zone, None) => self.compare(&within(other, zone)),
        }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:02}:{:02}:{:02}",
            self.hour(),
            self.minute(),
            self.second()
        )?;
        if self.nanosecond() != 0 {
            let digits = format!("{:09}", self.nanosecond());
            write!(formatter, ".{}", digits.trim_end_matches('0'))?;
        }
        match &self.zone {
            Some(zone) => write!(formatter, "{zone}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A date and time, with or without a zone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DateTime {
    date: Date,
    /// Nanoseconds since midnight.
    of_day: i64,
    zone: Option<Zone>,
}

impl DateTime {
    /// The moment at which a date and a time meet; the zone is the time's.
    pub fn new(date: Date, time: Time) -> DateTime {
        DateTime {
            date,
            of_day: time.of_day,
            zone: time.zone,
        }
    }

    /// Reads `2026-03-05T09:30:00` with an optional offset or zone.
    pub fn parse(text: &str) -> Option<DateTime> {
        parse::date_time(text)
    }

    /// The instant as it is read on a clock in the zone.
    pub fn from_timestamp(timestamp: Timestamp, zone: Zone) -> DateTime {
        let offset = i128::from(zone.offset_seconds_of_timestamp(timestamp));
        let shown = i128::from(timestamp.0) * 1_000 + offset * i128::from(NANOSECONDS_PER_SECOND);
        DateTime::from_local(shown, Some(zone))
            .expect("64 bits of microseconds reach no further than the year 294,247")
    }

    /// The moment so many nanoseconds of the zone's own clock after 1970-01-01T00:00:00.
    fn from_local(nanoseconds: i128, zone: Option<Zone>) -> Option<DateTime> {
        let day = i128::from(NANOSECONDS_PER_DAY);
        let days = i64::try_from(nanoseconds.div_euclid(day)).ok()?;
        Some(DateTime {
            date: Date::from_days_since_epoch(days)?,
            of_day: nanoseconds.rem_euclid(day) as i64,
            zone,
        })
    }

    /// Nanoseconds of the zone's own clock since 1970-01-01T00:00:00.
    fn local_nanoseconds(&self) -> i128 {
        i128::from(self.date.days_since_epoch()) * i128::from(NANOSECONDS_PER_DAY)
            + i128::from(self.of_day)
    }

    /// The instant; a date and time without a zone is read in `zone`. `None` beyond what 64 bits of
    /// microseconds hold.
    pub fn to_timestamp(&self, zone: &Zone) -> Option<Timestamp> {
        let instant = self.zone.as_ref().unwrap_or(zone).instant(self);
        i64::try_from(instant.div_euclid(1_000)).ok().map(Timestamp)
    }

    /// The same moment with the offset that holds then in place of a named zone, so that every
    /// reader of ISO 8601 understands its text.
    #[must_use]
    pub fn with_offset(&self) -> DateTime {
        let zone = self.offset_seconds().and_then(Zone::fixed);
        DateTime {
            zone: zone.or_else(|| self.zone.clone()),
            ..self.clone()
        }
    }

    /// The same clock face in this zone.
    #[must_use]
    pub fn in_zone(&self, zone: Zone) -> DateTime {
        DateTime {
            zone: Some(zone),
            ..self.clone()
        }
    }

    /// The date.
    pub fn date(&self) -> Date {
        self.date
    }

    /// The time of day with the zone.
    pub fn time(&self) -> Time {
        Time {
            of_day: self.of_day,
            zone: self.zone.clone(),
        }
    }

    /// The zone, if there is one.
    pub fn zone(&self) -> Option<&Zone> {
        self.zone.as_ref()
    }

    /// The offset from UTC in seconds, if there is a zone.
    pub fn offset_seconds(&self) -> Option<i32> {
        self.zone.as_ref().map(|zone| zone.offset_seconds_at(self))
    }

    /// The moment so much later.
    pub fn add(&self, duration: DaysTimeDuration) -> Option<DateTime> {
        let Some(zone) = &self.zone else {
            let later = self
                .local_nanoseconds()
                .checked_add(duration.nanoseconds())?;
            return DateTime::from_local(later, None);
        };
        let instant = zone.instant(self).checked_add(duration.nanoseconds())?;
        let offset = i128::from(zone.offset_seconds_of(instant));
        let shown = instant.checked_add(offset * i128::from(NANOSECONDS_PER_SECOND))?;
        DateTime::from_local(shown, Some(zone.clone()))
    }

    /// The same time on the corresponding day so many months later.
    pub fn add_months(&self, months: i64) -> Option<DateTime> {
        Some(DateTime {
            date: self.date.add_months(months)?,
            ..self.clone()
        })
    }

    /// How much later `self` is than `other`; `None` if only one has a zone.
    pub fn since(&self, other: &DateTime) -> Option<DaysTimeDuration> {
        if self.zone.is_some() != other.zone.is_some() {
            return None;
        }
        Some(DaysTimeDuration::from_nanoseconds(
            self.absolute() - other.absolute(),
        ))
    }

    fn absolute(&self) -> i128 {
        match &self.zone {
            Some(zone) => zone.instant(self),
            None => self.local_nanoseconds(),
        }
    }

    /// The order of the two; a moment without a zone is read in the zone of the other (DMN 1.5, table
    /// 54).
    pub fn compare(&self, other: &DateTime) -> Ordering {
        match (&self.zone, &other.zone) {
            (None, Some(zone)) => self.in_zone(zone.clone()).compare(other),
            (Some(zone), None) => self.compare(&other.in_zone(zone.clone())),
            _ => self.absolute().cmp(&other.absolute()),
        }
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}T{}", self.date, self.time())
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_in_the_zone_of_the_county() {
        let zone = Zone::named("Asia/Shanghai").unwrap();
        let moment = DateTime::parse("2026-03-05T09:30:00+08:00").unwrap();
        let instant = moment.to_timestamp(&Zone::utc()).unwrap();
        assert_eq!(instant.microseconds(), 1_772_674_200_000_000);
        let read = DateTime::from_timestamp(instant, zone.clone());
        assert_eq!(read.to_string(), "2026-03-05T09:30:00@Asia/Shanghai");
        let local = DateTime::parse("2026-03-05T09:30:00").unwrap();
        assert_eq!(local.to_timestamp(&zone), Some(instant));
    }

    #[test]
    fn months_are_clamped_to_the_last_day() {
        let date = Date::new(2026, 1, 31).unwrap();
        assert_eq!(date.add_months(1).unwrap().to_string(), "2026-02-28");
        assert_eq!(date.add_months(25).unwrap().to_string(), "2028-02-29");
        assert_eq!(date.add_days(-31).unwrap().to_string(), "2025-12-31");
    }

    #[test]
    fn a_time_goes_round_midnight() {
        let time = Time::parse("23:30:00").unwrap();
        let later = time.add(DaysTimeDuration::parse("PT1H").unwrap());
        assert_eq!(later.to_string(), "00:30:00");
    }
}
