//! Dates, times and durations of FEEL, wrapped round `jiff`. Start from [`Date`].
//!
//! Years run from -9999 to 9999. Zones come from the table compiled into the program, never from
//! the machine.

mod duration;
mod parse;
mod zone;

use std::cmp::Ordering;
use std::fmt;

use jiff::civil;

pub use duration::{DaysTimeDuration, YearsMonthsDuration};
pub use zone::Zone;

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

    fn to_jiff(self) -> jiff::Timestamp {
        let clamped = self.0.clamp(
            jiff::Timestamp::MIN.as_microsecond(),
            jiff::Timestamp::MAX.as_microsecond(),
        );
        jiff::Timestamp::from_microsecond(clamped).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

/// A calendar date.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub(crate) civil::Date);

impl Date {
    /// The date, if there is such a day.
    pub fn new(year: i32, month: u8, day: u8) -> Option<Date> {
        let year = i16::try_from(year).ok()?;
        civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
            .ok()
            .map(Date)
    }

    /// Reads `2026-03-05`.
    pub fn parse(text: &str) -> Option<Date> {
        parse::date(text)
    }

    /// The year.
    pub fn year(self) -> i32 {
        i32::from(self.0.year())
    }

    /// The month, from 1.
    pub fn month(self) -> u8 {
        self.0.month().unsigned_abs()
    }

    /// The day of the month, from 1.
    pub fn day(self) -> u8 {
        self.0.day().unsigned_abs()
    }

    /// The day of the week, from Monday = 1 to Sunday = 7.
    pub fn weekday(self) -> u8 {
        self.0.weekday().to_monday_one_offset().unsigned_abs()
    }

    /// The day of the year, from 1.
    pub fn day_of_year(self) -> u16 {
        self.0.day_of_year().unsigned_abs()
    }

    /// The week of the year by ISO 8601.
    pub fn week_of_year(self) -> u8 {
        self.0.iso_week_date().week().unsigned_abs()
    }

    /// The last day of the month.
    pub fn days_in_month(self) -> u8 {
        self.0.days_in_month().unsigned_abs()
    }

    /// The date so many days later (earlier, if negative).
    pub fn add_days(self, days: i64) -> Option<Date> {
        let span = jiff::Span::new().try_days(days).ok()?;
        self.0.checked_add(span).ok().map(Date)
    }

    /// The same day of the month so many months later, or the last day of a shorter month.
    pub fn add_months(self, months: i64) -> Option<Date> {
        let span = jiff::Span::new().try_months(months).ok()?;
        self.0.checked_add(span).ok().map(Date)
    }

    /// The number of days since 1970-01-01.
    pub fn days_since_epoch(self) -> i64 {
        let epoch = civil::date(1970, 1, 1);
        i64::from((self.0 - epoch).get_days())
    }

    /// Midnight at the beginning of the day, without a zone.
    pub fn at_midnight(self) -> DateTime {
        DateTime {
            local: self.0.at(0, 0, 0, 0),
            zone: None,
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.year() < 0 { "-" } else { "" };
        let year = self.year().unsigned_abs();
        write!(
            formatter,
            "{sign}{year:04}-{:02}-{:02}",
            self.month(),
            self.day()
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
    pub(crate) local: civil::Time,
    pub(crate) zone: Option<Zone>,
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
        let local = civil::Time::new(
            i8::try_from(hour).ok()?,
            i8::try_from(minute).ok()?,
            i8::try_from(second).ok()?,
            i32::try_from(nanosecond).ok()?,
        );
        Some(Time {
            local: local.ok()?,
            zone,
        })
    }

    /// Reads `09:30:00`, `09:30:00+08:00` or `09:30:00@Asia/Shanghai`.
    pub fn parse(text: &str) -> Option<Time> {
        parse::time(text)
    }

    /// The hour.
    pub fn hour(&self) -> u8 {
        self.local.hour().unsigned_abs()
    }

    /// The minute.
    pub fn minute(&self) -> u8 {
        self.local.minute().unsigned_abs()
    }

    /// The second.
    pub fn second(&self) -> u8 {
        self.local.second().unsigned_abs()
    }

    /// The part of the second, in nanoseconds.
    pub fn nanosecond(&self) -> u32 {
        self.local.subsec_nanosecond().unsigned_abs()
    }

    /// The zone, if the time has one.
    pub fn zone(&self) -> Option<&Zone> {
        self.zone.as_ref()
    }

    /// Nanoseconds since midnight.
    pub fn nanoseconds_of_day(&self) -> i64 {
        let seconds = (i64::from(self.hour()) * 60 + i64::from(self.minute())) * 60
            + i64::from(self.second());
        seconds * 1_000_000_000 + i64::from(self.nanosecond())
    }

    /// The offset from UTC in seconds, if it does not depend on the date.
    pub fn offset_seconds(&self) -> Option<i32> {
        self.zone.as_ref().and_then(Zone::fixed_offset_seconds)
    }

    /// The time so much later, going round midnight.
    #[must_use]
    pub fn add(&self, duration: DaysTimeDuration) -> Time {
        const DAY: i128 = 86_400_000_000_000;
        let total = i128::from(self.nanoseconds_of_day()) + duration.nanoseconds();
        let of_day = total.rem_euclid(DAY) as i64;
        let time = of_day_to_time(of_day);
        Time {
            local: time,
            zone: self.zone.clone(),
        }
    }

    /// How much later `self` is than `other`; `None` if only one has a zone.
    pub fn since(&self, other: &Time) -> Option<DaysTimeDuration> {
        Some(DaysTimeDuration::from_nanoseconds(
            self.absolute()? - other.absolute()?,
        ))
        .filter(|_| self.zone.is_some() == other.zone.is_some())
    }

    fn absolute(&self) -> Option<i128> {
        let of_day = i128::from(self.nanoseconds_of_day());
        match &self.zone {
            None => Some(of_day),
            Some(zone) => {
                let offset = i128::from(
                    zone.offset_seconds_at(civil::date(1970, 1, 1).to_datetime(self.local)),
                );
                Some(of_day - offset * 1_000_000_000)
            }
        }
    }

    /// The order of the two; `None` if only one has a zone.
    pub fn compare(&self, other: &Time) -> Option<Ordering> {
        if self.zone.is_some() != other.zone.is_some() {
            return None;
        }
        Some(self.absolute()?.cmp(&other.absolute()?))
    }
}

fn of_day_to_time(nanoseconds: i64) -> civil::Time {
    let seconds = nanoseconds / 1_000_000_000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    civil::time(
        hour as i8,
        minute as i8,
        second as i8,
        (nanoseconds % 1_000_000_000) as i32,
    )
}

impl fmt::Display for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_time(formatter, self.local)?;
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

fn write_time(formatter: &mut fmt::Formatter<'_>, time: civil::Time) -> fmt::Result {
    write!(
        formatter,
        "{:02}:{:02}:{:02}",
        time.hour(),
        time.minute(),
        time.second()
    )?;
    let fraction = time.subsec_nanosecond();
    if fraction == 0 {
        return Ok(());
    }
    let digits = format!("{fraction:09}");
    write!(formatter, ".{}", digits.trim_end_matches('0'))
}

/// A date and time, with or without a zone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DateTime {
    pub(crate) local: civil::DateTime,
    pub(crate) zone: Option<Zone>,
}

impl DateTime {
    /// The moment at which a date and a time meet; the zone is the time's.
    pub fn new(date: Date, time: Time) -> DateTime {
        DateTime {
            local: date.0.to_datetime(time.local),
            zone: time.zone,
        }
    }

    /// Reads `2026-03-05T09:30:00` with an optional offset or zone.
    pub fn parse(text: &str) -> Option<DateTime> {
        parse::date_time(text)
    }

    /// The instant as it is read on a clock in the zone.
    pub fn from_timestamp(timestamp: Timestamp, zone: Zone) -> DateTime {
        DateTime {
            local: zone.local(timestamp),
            zone: Some(zone),
        }
    }

    /// The instant; a date and time without a zone is read in `zone`. `None` only at the ends of
    /// the range of years.
    pub fn to_timestamp(&self, zone: &Zone) -> Option<Timestamp> {
        let instant = self.zone.as_ref().unwrap_or(zone).instant(self.local)?;
        Some(Timestamp(instant.as_microsecond()))
    }

    /// The same moment with the offset that holds then in place of a named zone, so that every
    /// reader of ISO 8601 understands its text.
    #[must_use]
    pub fn with_offset(&self) -> DateTime {
        let zone = self.offset_seconds().and_then(Zone::fixed);
        DateTime {
            local: self.local,
            zone: zone.or_else(|| self.zone.clone()),
        }
    }

    /// The date.
    pub fn date(&self) -> Date {
        Date(self.local.date())
    }

    /// The time of day with the zone.
    pub fn time(&self) -> Time {
        Time {
            local: self.local.time(),
            zone: self.zone.clone(),
        }
    }

    /// The zone, if there is one.
    pub fn zone(&self) -> Option<&Zone> {
        self.zone.as_ref()
    }

    /// The offset from UTC in seconds, if there is a zone.
    pub fn offset_seconds(&self) -> Option<i32> {
        self.zone
            .as_ref()
            .map(|zone| zone.offset_seconds_at(self.local))
    }

    /// The moment so much later.
    pub fn add(&self, duration: DaysTimeDuration) -> Option<DateTime> {
        let seconds = i64::try_from(duration.nanoseconds() / 1_000_000_000).ok()?;
        let nanoseconds = (duration.nanoseconds() % 1_000_000_000) as i32;
        let span = jiff::SignedDuration::new(seconds, nanoseconds);
        let local = match &self.zone {
            None => self.local.checked_add(span).ok()?,
            Some(zone) => zone.local_of(zone.instant(self.local)?.checked_add(span).ok()?),
        };
        Some(DateTime {
            local,
            zone: self.zone.clone(),
        })
    }

    /// The same time on the corresponding day so many months later.
    pub fn add_months(&self, months: i64) -> Option<DateTime> {
        let date = self.date().add_months(months)?;
        Some(DateTime {
            local: date.0.to_datetime(self.local.time()),
            zone: self.zone.clone(),
        })
    }

    /// How much later `self` is than `other`; `None` if only one has a zone.
    pub fn since(&self, other: &DateTime) -> Option<DaysTimeDuration> {
        if self.zone.is_some() != other.zone.is_some() {
            return None;
        }
        Some(DaysTimeDuration::from_nanoseconds(
            self.absolute()? - other.absolute()?,
        ))
    }

    fn absolute(&self) -> Option<i128> {
        match &self.zone {
            Some(zone) => Some(zone.instant(self.local)?.as_nanosecond()),
            None => Some(Zone::utc().instant(self.local)?.as_nanosecond()),
        }
    }

    /// The order of the two; `None` if only one has a zone.
    pub fn compare(&self, other: &DateTime) -> Option<Ordering> {
        match (&self.zone, &other.zone) {
            (None, None) => Some(self.local.cmp(&other.local)),
            (Some(_), Some(_)) => Some(self.absolute()?.cmp(&other.absolute()?)),
            (None, Some(_)) | (Some(_), None) => None,
        }
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}T", self.date())?;
        write_time(formatter, self.local.time())?;
        match &self.zone {
            Some(zone) => write!(formatter, "{zone}"),
            None => Ok(()),
        }
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
