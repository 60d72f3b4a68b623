//! `Duration`: a span of time, ISO 8601.

use async_graphql::dynamic::Scalar;
use async_graphql_value::ConstValue;
use jiff::{Span, SpanRelativeTo};

/// A span of time in microseconds; a day has 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub i64);

impl Duration {
    /// Reads days and time such as `P2D` or `PT1H30M`; neither months nor what lies in the past.
    pub fn parse(text: &str) -> Option<Self> {
        let span: Span = text.starts_with('P').then(|| text.parse().ok())??;
        let days = SpanRelativeTo::days_are_24_hours();
        let microseconds = span.to_duration(days).ok()?.as_micros();
        i64::try_from(microseconds).ok().map(Self)
    }
}

pub(super) fn scalar() -> Scalar {
    Scalar::new(super::DURATION)
        .description(
            "A span of time, ISO 8601 with days and time, such as `P2D` or `PT1H30M`; a day has 24 hours.",
        )
        .specified_by_url("https://www.rfc-editor.org/rfc/rfc3339#appendix-A")
        .validator(|value| match value {
            ConstValue::String(text) => Duration::parse(text).is_some(),
            ConstValue::Null => true,
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_time_are_read() {
        let seconds = |text| Duration::parse(text).map(|it| it.0 / 1_000_000);
        assert_eq!(seconds("PT1H30M"), Some(5_400));
        assert_eq!(seconds("P2D"), Some(172_800));
        assert_eq!(seconds("PT0S"), Some(0));
        assert_eq!(Duration::parse("PT0.25S"), Some(Duration(250_000)));
    }

    #[test]
    fn anything_else_is_not() {
        for text in ["", "P", "1h", "-PT1H", "P1M", "P1Y", "PT", "2026-01-01"] {
            assert_eq!(Duration::parse(text), None, "{text}");
        }
    }
}
