//! `Date`: a calendar date, RFC 3339 full-date.

use async_graphql::dynamic::Scalar;
use async_graphql_value::ConstValue;

/// A calendar date as clients write it: `2026-03-05`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub jiff::civil::Date);

impl Date {
    /// Reads `YYYY-MM-DD` and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 10)
            .then(|| text.parse().ok().map(Self))
            .flatten()
    }
}

pub(super) fn scalar() -> Scalar {
    Scalar::new(super::DATE)
        .description("A calendar date, RFC 3339 full-date, such as `2026-03-05`.")
        .specified_by_url("https://www.rfc-editor.org/rfc/rfc3339#section-5.6")
        .validator(|value| match value {
            ConstValue::String(text) => Date::parse(text).is_some(),
            ConstValue::Null => true,
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_full_dates_are_read() {
        assert!(Date::parse("2026-02-28").is_some());
        for text in [
            "2026-02-29",
            "2026-2-28",
            "20260228",
            "2026-02-28T00:00",
            "",
        ] {
            assert!(Date::parse(text).is_none(), "{text}");
        }
    }
}
