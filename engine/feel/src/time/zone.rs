//! Time zones: UTC, a fixed offset, or a name of the IANA database.

use std::fmt;
use std::hash::{Hash, Hasher};

use jiff::civil;
use jiff::tz::TimeZone;

use super::{DateTime, Timestamp};

const NANOSECONDS_PER_SECOND: i128 = 1_000_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
/// The largest offset from UTC, in seconds.
const OFFSET_SECONDS_MAX: u32 = 18 * 3600;
/// Years of which the rules of a zone are asked; others repeat them by the 400 years after which
/// the calendar does.
const RULED_YEARS: std::ops::RangeInclusive<i32> = -9998..=9998;

/// A time zone.
#[derive(Clone)]
pub struct Zone(Rule);

#[derive(Clone)]
enum Rule {
    /// Seconds from UTC.
    Fixed(i32),
    Named(TimeZone),
}

impl Zone {
    /// UTC.
    pub const fn utc() -> Zone {
        Zone(Rule::Fixed(0))
    }

    /// The zone of this name in the IANA database, such as `Asia/Shanghai`.
    pub fn named(name: &str) -> Option<Zone> {
        let plausible = name.len() <= 40
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"/_-+".contains(&byte));
        if !plausible {
            return None;
        }
        let zone = jiff::tz::TimeZoneDatabase::bundled().get(name).ok()?;
        Some(Zone(Rule::Named(zone)))
    }

    /// A fixed offset from UTC; at most 18 hours.
    pub fn fixed(offset_seconds: i32) -> Option<Zone> {
        let fits = offset_seconds.unsigned_abs() <= OFFSET_SECONDS_MAX;
        fits.then_some(Zone(Rule::Fixed(offset_seconds)))
    }

    /// The name in the IANA database, if the zone has one.
    pub fn name(&self) -> Option<&str> {
        match &self.0 {
            Rule::Fixed(_) => None,
            Rule::Named(zone) => zone.iana_name(),
        }
    }

    /// The offset from UTC, if it never changes.
    pub fn fixed_offset_seconds(&self) -> Option<i32> {
        match &self.0 {
            Rule::Fixed(seconds) => Some(*seconds),
            Rule::Named(zone) => zone.to_fixed_offset().ok().map(|offset| offset.seconds()),
        }
    }

    /// The offset from UTC, if winter and summer have the same (as of 2024).
    pub(super) fn steady_offset_seconds(&self) -> Option<i32> {
        const WINTER: i128 = 1_704_067_200_000_000_000;
        const SUMMER: i128 = 1_719_792_000_000_000_000;
        let winter = self.offset_seconds_of(WINTER);
        (winter == self.offset_seconds_of(SUMMER)).then_some(winter)
    }

    /// The offset from UTC at a moment of the zone's own clock; in a gap that of before, in a fold
    /// that of the earlier.
    pub(super) fn offset_seconds_at(&self, local: &DateTime) -> i32 {
        let zone = match &self.0 {
            Rule::Fixed(seconds) => return *seconds,
            Rule::Named(zone) => zone,
        };
        let ambiguous = zone.to_ambiguous_timestamp(civil_of(local));
        match ambiguous.compatible() {
            Ok(instant) => zone.to_offset(instant).seconds(),
            Err(_) => 0,
        }
    }

    /// Nanoseconds since the epoch at which the zone's clock shows this; in a gap the later, in a
    /// fold the earlier.
    pub(super) fn instant(&self, local: &DateTime) -> i128 {
        let shown = local.local_nanoseconds();
        let zone = match &self.0 {
            Rule::Fixed(seconds) => {
                return shown - i128::from(*seconds) * NANOSECONDS_PER_SECOND;
            }
            Rule::Named(zone) => zone,
        };
        let ruled = civil_of(local);
        let cycles = (local.date().year() - i32::from(ruled.year())) / 400;
        let shift = i128::from(cycles) * i128::from(146_097 * SECONDS_PER_DAY);
        match zone.to_ambiguous_timestamp(ruled).compatible() {
            Ok(instant) => instant.as_nanosecond() + shift * NANOSECONDS_PER_SECOND,
            Err(_) => shown,
        }
    }

    /// The offset from UTC, in seconds, at an instant in nanoseconds since the epoch.
    pub(super) fn offset_seconds_of(&self, instant: i128) -> i32 {
        let zone = match &self.0 {
            Rule::Fixed(seconds) => return *seconds,
            Rule::Named(zone) => zone,
        };
        const CYCLE: i128 = 146_097 * SECONDS_PER_DAY as i128;
        let seconds = instant.div_euclid(NANOSECONDS_PER_SECOND);
        // Within what a timestamp of jiff holds, at the same place of the calendar's cycle.
        let within = match i64::try_from(seconds) {
            Ok(seconds) if (-377_000_000_000..253_000_000_000).contains(&seconds) => seconds,
            _ if seconds < 0 => (seconds.rem_euclid(CYCLE) - 6 * CYCLE) as i64,
            _ => (seconds.rem_euclid(CYCLE) + 2 * CYCLE) as i64,
        };
        match jiff::Timestamp::from_second(within) {
            Ok(timestamp) => zone.to_offset(timestamp).seconds(),
            Err(_) => 0,
        }
    }

    pub(super) fn offset_seconds_of_timestamp(&self, timestamp: Timestamp) -> i32 {
        self.offset_seconds_of(i128::from(timestamp.microseconds()) * 1_000)
    }
}

/// The moment in a year whose rules can be asked, at the same place of the calendar's cycle.
fn civil_of(local: &DateTime) -> civil::DateTime {
    let (date, time) = (local.date(), local.time());
    let year = match date.year() {
        year if RULED_YEARS.contains(&year) => year,
        year if year < 0 => year.rem_euclid(400) - 2_400,
        year => year.rem_euclid(400) + 2_400,
    };
    civil::date(
        year as i16,
        date.month().cast_signed(),
        date.day().cast_signed(),
    )
    .at(
        time.hour().cast_signed(),
        time.minute().cast_signed(),
        time.second().cast_signed(),
        time.nanosecond().cast_signed(),
    )
}

impl PartialEq for Zone {
    fn eq(&self, other: &Zone) -> bool {
        match (&self.0, &other.0) {
            (Rule::Fixed(left), Rule::Fixed(right)) => left == right,
            (Rule::Named(_), Rule::Named(_)) => self.name() == other.name(),
            _ => false,
        }
    }
}

impl Eq for Zone {}

impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Rule::Fixed(seconds) => seconds.hash(state),
            Rule::Named(_) => self.name().hash(state),
        }
    }
}

impl fmt::Display for Zone {
    /// As it stands behind a time: `Z`, `+08:00` or `@Asia/Shanghai`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = match &self.0 {
            Rule::Named(zone) => {
                return write!(formatter, "@{}", zone.iana_name().unwrap_or("Etc/Unknown"));
            }
            Rule::Fixed(0) => return formatter.write_str("Z"),
            Rule::Fixed(seconds) => *seconds,
        };
        let sign = if seconds < 0 { '-' } else { '+' };
        let magnitude = seconds.unsigned_abs();
        write!(
            formatter,
            "{sign}{:02}:{:02}",
            magnitude / 3600,
            magnitude / 60 % 60
        )?;
        match magnitude % 60 {
            0 => Ok(()),
            rest => write!(formatter, ":{rest:02}"),
        }
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_years_follow_the_rules_of_the_same_place_in_the_cycle() {
        for (text, offset) in [
            ("2026-07-01T12:00:00@Europe/Paris", 7200),
            ("2026-12-01T12:00:00@Europe/Paris", 3600),
            ("999999999-07-01T12:00:00@Europe/Paris", 7200),
            ("999999999-12-31T23:59:59@Europe/Paris", 3600),
            ("2026-07-01T12:00:00@Etc/UTC", 0),
        ] {
            let moment = DateTime::parse(text).unwrap();
            assert_eq!(moment.offset_seconds(), Some(offset), "{text}");
            let zone = moment.zone().unwrap();
            assert_eq!(zone.offset_seconds_of(zone.instant(&moment)), offset);
        }
    }
}
