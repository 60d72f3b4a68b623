//! Time zones: UTC, a fixed offset, or a name of the IANA database.

use std::fmt;
use std::hash::{Hash, Hasher};

use jiff::civil;
use jiff::tz::{Offset, TimeZone};

use super::Timestamp;

/// A time zone.
#[derive(Clone)]
pub struct Zone(TimeZone);

impl Zone {
    /// UTC.
    pub fn utc() -> Zone {
        Zone(TimeZone::UTC)
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
        jiff::tz::TimeZoneDatabase::bundled()
            .get(name)
            .ok()
            .map(Zone)
    }

    /// A fixed offset from UTC; at most 18 hours.
    pub fn fixed(offset_seconds: i32) -> Option<Zone> {
        if offset_seconds == 0 {
            return Some(Zone::utc());
        }
        if offset_seconds.unsigned_abs() > 18 * 3600 {
            return None;
        }
        Offset::from_seconds(offset_seconds)
            .ok()
            .map(|offset| Zone(TimeZone::fixed(offset)))
    }

    /// The name in the IANA database, if the zone has one.
    pub fn name(&self) -> Option<&str> {
        if self.0.to_fixed_offset().is_ok() {
            return None;
        }
        self.0.iana_name()
    }

    /// The offset from UTC, if it never changes.
    pub fn fixed_offset_seconds(&self) -> Option<i32> {
        self.0.to_fixed_offset().ok().map(Offset::seconds)
    }

    /// The offset from UTC at a moment of the zone's own clock.
    pub(crate) fn offset_seconds_at(&self, local: civil::DateTime) -> i32 {
        match self.instant(local) {
            Some(instant) => self.0.to_offset(instant).seconds(),
            None => 0,
        }
    }

    /// The instant at which the zone's clock shows this; in a gap the later, in a fold the earlier.
    pub(crate) fn instant(&self, local: civil::DateTime) -> Option<jiff::Timestamp> {
        self.0.to_ambiguous_timestamp(local).compatible().ok()
    }

    pub(crate) fn local(&self, timestamp: Timestamp) -> civil::DateTime {
        self.local_of(timestamp.to_jiff())
    }

    pub(crate) fn local_of(&self, timestamp: jiff::Timestamp) -> civil::DateTime {
        self.0.to_datetime(timestamp)
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Zone) -> bool {
        self.name() == other.name() && self.fixed_offset_seconds() == other.fixed_offset_seconds()
    }
}

impl Eq for Zone {}

impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
        self.fixed_offset_seconds().hash(state);
    }
}

impl fmt::Display for Zone {
    /// As it stands behind a time: `Z`, `+08:00` or `@Asia/Shanghai`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.name() {
            return write!(formatter, "@{name}");
        }
        let seconds = self.fixed_offset_seconds().unwrap_or(0);
        if seconds == 0 {
            return formatter.write_str("Z");
        }
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
