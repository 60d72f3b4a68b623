//! `DateTime`: an instant, RFC 3339 with offset, shown in the county's zone.

use async_graphql::dynamic::Scalar;
use async_graphql_value::ConstValue;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// Instants are shown as Chinese standard time (GB/T 7408), which has known no summer time since 1991.
const SHOWN_OFFSET_HOURS: i8 = 8;

/// An instant in microseconds UTC, as clients read and write it: `2026-04-07T16:59:00+08:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateTime(pub i64);

impl DateTime {
    /// Reads RFC 3339 with an offset; a local time without one is refused.
    pub fn parse(text: &str) -> Option<Self> {
        let instant: Timestamp = text.parse().ok()?;
        Some(Self(instant.as_microsecond()))
    }

    /// The RFC 3339 text in Chinese standard time.
    pub fn text(self) -> String {
        let Ok(instant) = Timestamp::from_microsecond(self.0) else {
            // Outside years -9999..=9999; no row of ours can hold such an instant.
            return String::new();
        };
        let zone = TimeZone::fixed(Offset::constant(SHOWN_OFFSET_HOURS));
        let civil = instant.to_zoned(zone).datetime();
        format!("{civil}+{SHOWN_OFFSET_HOURS:02}:00")
    }

    /// The text as a GraphQL value.
    pub fn value(self) -> async_graphql::Value {
        async_graphql::Value::String(self.text())
    }
}

pub(super) fn scalar() -> Scalar {
    Scalar::new(super::DATE_TIME)
        .description("An instant, RFC 3339 with offset, such as `2026-04-07T16:59:00+08:00`.")
        .specified_by_url("https://www.rfc-editor.org/rfc/rfc3339#section-5.6")
        .validator(|value| match value {
            ConstValue::String(text) => DateTime::parse(text).is_some(),
            ConstValue::Null => true,
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_shown_in_the_zone_of_the_county() {
        let instant = DateTime::parse("2026-04-07T08:59:00Z").unwrap();
        assert_eq!(instant.text(), "2026-04-07T16:59:00+08:00");
        assert_eq!(DateTime::parse(&instant.text()), Some(instant));
    }

    #[test]
    fn a_local_time_is_no_instant() {
        assert_eq!(DateTime::parse("2026-04-07T16:59:00"), None);
        assert_eq!(DateTime::parse("2026-04-07"), None);
    }
}
