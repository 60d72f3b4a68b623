//! Reading dates, times and durations in the lexical forms of FEEL (XML Schema, strictly).

use super::{Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration, Zone};

pub(super) fn date(text: &str) -> Option<Date> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut parts = unsigned.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() < 4 || (year.len() > 4 && year.starts_with('0')) {
        return None;
    }
    let year = i32::try_from(digits(year, 4, 9)?).ok()?;
    let (month, day) = (digits(month, 2, 2)?, digits(day, 2, 2)?);
    Date::new(if negative { -year } else { year }, month as u8, day as u8)
}

pub(super) fn time(text: &str) -> Option<Time> {
    let (clock, zone) = split_zone(text)?;
    let mut parts = clock.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (second, fraction) = match second.split_once('.') {
        Some((second, fraction)) => (second, nanoseconds(fraction)?),
        None => (second, 0),
    };
    let (hour, minute) = (digits(hour, 2, 2)? as u8, digits(minute, 2, 2)? as u8);
    let second = digits(second, 2, 2)? as u8;
    // The end of a day, and that alone, may be written as its 24th hour.
    let hour = match (hour, minute, second, fraction) {
        (24, 0, 0, 0) => 0,
        _ => hour,
    };
    Time::new(hour, minute, second, fraction, zone)
}

pub(super) fn date_time(text: &str) -> Option<DateTime> {
    let (day, clock) = text.split_once('T')?;
    let day = date(day)?;
    let day = match clock.starts_with("24:") {
        true => day.add_days(1)?,
        false => day,
    };
    Some(DateTime::new(day, time(clock)?))
}

/// Splits `Z`, `+08:00` or `@Asia/Shanghai` off the end.
fn split_zone(text: &str) -> Option<(&str, Option<Zone>)> {
    if let Some((clock, name)) = text.split_once('@') {
        return Some((clock, Some(Zone::named(name)?)));
    }
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock, Some(Zone::utc())));
    }
    let Some(at) = text.find(['+', '-']) else {
        return Some((text, None));
    };
    let (clock, offset) = text.split_at(at);
    let mut parts = offset[1..].split(':');
    let (hours, minutes) = (digits(parts.next()?, 2, 2)?, digits(parts.next()?, 2, 2)?);
    let seconds = match parts.next() {
        Some(seconds) => digits(seconds, 2, 2)?,
        None => 0,
    };
    if parts.next().is_some() || minutes > 59 || seconds > 59 {
        return None;
    }
    let magnitude = i32::try_from(hours * 3600 + minutes * 60 + seconds).ok()?;
    let zone = Zone::fixed(if offset.starts_with('-') {
        -magnitude
    } else {
        magnitude
    })?;
    Some((clock, Some(zone)))
}

fn digits(text: &str, count_min: usize, count_max: usize) -> Option<u64> {
    let fits = (count_min..=count_max).contains(&text.len());
    if !fits || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Digits behind the point; beyond the ninth they are dropped.
fn nanoseconds(fraction: &str) -> Option<u32> {
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let kept = &fraction[..fraction.len().min(9)];
    format!("{kept:0<9}").parse().ok()
}

/// Numbers with their unit letters, in the order in which XML Schema allows them.
struct Units<'a> {
    rest: &'a str,
    any: bool,
}

impl Units<'_> {
    fn take(&mut self, unit: char) -> Option<u64> {
        let length = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 || !self.rest[length..].starts_with(unit) {
            return Some(0);
        }
        let value = digits(&self.rest[..length], 1, 18)?;
        self.rest = &self.rest[length + 1..];
        self.any = true;
        Some(value)
    }
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    }
}

pub(super) fn years_months_duration(text: &str) -> Option<YearsMonthsDuration> {
    let (negative, unsigned) = sign(text);
    let mut units = Units {
        rest: unsigned.strip_prefix('P')?,
        any: false,
    };
    let years = i64::try_from(units.take('Y')?).ok()?;
    let months = i64::try_from(units.take('M')?).ok()?;
    if !units.any || !units.rest.is_empty() {
        return None;
    }
    let total = years.checked_mul(12)?.checked_add(months)?;
    Some(YearsMonthsDuration::from_months(if negative {
        -total
    } else {
        total
    }))
}

pub(super) fn days_time_duration(text: &str) -> Option<DaysTimeDuration> {
    let (negative, unsigned) = sign(text);
    let mut units = Units {
        rest: unsigned.strip_prefix('P')?,
        any: false,
    };
    let days = units.take('D')?;
    let (mut hours, mut minutes, mut seconds, mut fraction) = (0, 0, 0, 0);
    if let Some(rest) = units.rest.strip_prefix('T') {
        units = Units { rest, any: false };
        hours = units.take('H')?;
        minutes = units.take('M')?;
        if let Some((whole, tail)) = units.rest.split_once('.') {
            seconds = digits(whole, 1, 18)?;
            fraction = nanoseconds(tail.strip_suffix('S')?)?;
            units = Units {
                rest: "",
                any: true,
            };
        } else {
            seconds = units.take('S')?;
        }
    }
    if !units.any || !units.rest.is_empty() {
        return None;
    }
    let hours = i128::from(days) * 24 + i128::from(hours);
    let total = (hours * 60 + i128::from(minutes)) * 60 + i128::from(seconds);
    i64::try_from(total).ok()?;
    let nanoseconds = total * 1_000_000_000 + i128::from(fraction);
    Some(DaysTimeDuration::from_nanoseconds(if negative {
        -nanoseconds
    } else {
        nanoseconds
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_strictly() {
        for text in ["2026-03-05", "-0045-01-01", "0999-12-31", "9999-12-31"] {
            assert_eq!(date(text).unwrap().to_string(), text);
        }
        for text in [
            "2026-3-5",
            "26-03-05",
            "2026-02-30",
            "02026-03-05",
            "2026-03-05Z",
            "",
            "２０２６-03-05",
        ] {
            assert!(date(text).is_none(), "{text}");
        }
    }

    #[test]
    fn times_carry_their_zone() {
        for text in [
            "09:30:00",
            "09:30:00.25",
            "09:30:00+08:00",
            "09:30:00Z",
            "09:30:00@Asia/Shanghai",
        ] {
            assert_eq!(time(text).unwrap().to_string(), text);
        }
        for text in [
            "9:30:00",
            "24:00:01",
            "24:00:00.5",
            "25:00:00",
            "09:60:00",
            "09:30",
            "09:30:00@Mars",
            "09:30:00+8",
        ] {
            assert!(time(text).is_none(), "{text}");
        }
        assert_eq!(
            date_time("2026-02-28T24:00:00").unwrap().to_string(),
            "2026-03-01T00:00:00"
        );
        assert_eq!(time("24:00:00.0Z").unwrap().to_string(), "00:00:00Z");
        assert!(date_time("2026-02-28T24:00:00.5").is_none());
    }

    #[test]
    fn durations_print_in_their_shortest_form() {
        for (text, printed) in [
            ("P30D", "P30D"),
            ("PT36H", "P1DT12H"),
            ("-PT1.5S", "-PT1.5S"),
            ("P0D", "PT0S"),
            ("P1DT2H3M4S", "P1DT2H3M4S"),
        ] {
            assert_eq!(days_time_duration(text).unwrap().to_string(), printed);
        }
        assert_eq!(years_months_duration("P14M").unwrap().to_string(), "P1Y2M");
        for text in ["P", "PT", "P1DT", "P1Y1D", "1D", "PT1H1D", "P-1D"] {
            assert!(days_time_duration(text).is_none(), "{text}");
            assert!(years_months_duration(text).is_none(), "{text}");
        }
    }
}
