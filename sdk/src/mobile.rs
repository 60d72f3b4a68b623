//! Mobile telephone numbers (手机号) of the mainland.
//!
//! The form proves nothing about who owns the number: a code sent to it does.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

/// A well-formed mobile number, normalised to its 11 digits.
///
/// `Debug` and `Display` show the masked form, so that a log line never holds a person's number;
/// [`MobileNumber::as_str`] and JSON hold the whole. There is no list of operators' prefixes:
/// ranges change.
///
/// ```
/// use tongban_sdk::MobileNumber;
/// let mobile = MobileNumber::parse("+86 130-0000-0000").map_err(|error| error.code())?;
/// assert_eq!(mobile.as_str(), "13000000000");
/// assert_eq!(mobile.to_string(), "130****0000");
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MobileNumber(String);

/// Why a text is no mobile number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMobileNumber {
    /// Not 11 digits that begin with 13 to 19.
    #[error("expected 11 digits that begin with 13 to 19")]
    Format,
    /// A number of the fixed network.
    #[error("expected a mobile number, found one of the fixed network")]
    NotMobile,
}

impl InvalidMobileNumber {
    /// The stable code, for a violation.
    pub fn code(self) -> &'static str {
        match self {
            Self::Format => "TEL-FORMAT",
            Self::NotMobile => "TEL-NOT-MOBILE",
        }
    }
}

const DIGITS: usize = 11;
/// A text longer than this is not even normalised: input may be hostile.
const INPUT_BYTES_MAX: usize = 64;
/// How the country is named in front of a number.
const COUNTRY: [&str; 3] = ["+86", "0086", "86"];

impl MobileNumber {
    /// Normalises and checks a number.
    pub fn parse(text: &str) -> Result<Self, InvalidMobileNumber> {
        if text.len() > INPUT_BYTES_MAX {
            return Err(InvalidMobileNumber::Format);
        }
        let text = normalise(text);
        if is_fixed(&text) {
            return Err(InvalidMobileNumber::NotMobile);
        }
        let digits = text.bytes().all(|it| it.is_ascii_digit());
        let begins = text.starts_with('1') && matches!(text.as_bytes().get(1), Some(b'3'..=b'9'));
        if !digits || !begins || text.len() != DIGITS {
            return Err(InvalidMobileNumber::Format);
        }
        Ok(Self(text))
    }

    /// The whole number. Personal data: it belongs in records, never in logs or texts.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// First three and last four digits, the rest `*`.
    pub fn masked(&self) -> String {
        format!("{}****{}", &self.0[..3], &self.0[7..])
    }
}

/// Full-width forms become ASCII, separators go, and so does the country in front of 11 digits.
fn normalise(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|it| match it {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(it) - 0xFEE0).unwrap_or(it),
            _ => it,
        })
        .filter(|it| {
            !it.is_whitespace() && !matches!(it, '-' | '(' | ')' | '\u{200B}'..='\u{200D}')
        })
        .collect();
    let national = COUNTRY.iter().find_map(|it| plain.strip_prefix(it));
    match national {
        Some(national) if national.len() == DIGITS => national.to_owned(),
        _ => plain,
    }
}

/// A zero, the code of an area, and seven or eight digits.
fn is_fixed(text: &str) -> bool {
    text.starts_with('0')
        && (10..=12).contains(&text.len())
        && text.bytes().all(|it| it.is_ascii_digit())
}

impl fmt::Display for MobileNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.masked())
    }
}

impl fmt::Debug for MobileNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "MobileNumber({})", self.masked())
    }
}

impl Serialize for MobileNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for MobileNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The code leads the text, so that the violation made of it can carry it.
        crate::text::deserialize(deserializer, "a mobile number", |text| {
            Self::parse(text).map_err(|it| format!("{}: {it}", it.code()))
        })
    }
}

impl schemars::JsonSchema for MobileNumber {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "MobileNumber".into()
    }

    // No pattern: separators and the country are normalised, and a wrong number must come back
    // with its own code and not with the schema's.
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "maxLength": 64, "format": "mobile-number" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_valid_vectors_are_accepted() {
        for (text, number) in [
            ("13000000000", "13000000000"),
            ("15000000000", "15000000000"),
            ("16600000000", "16600000000"),
            ("18000000000", "18000000000"),
            ("19900000000", "19900000000"),
            ("+86 130-0000-0000", "13000000000"),
            ("008615000000000", "15000000000"),
            ("8615000000000", "15000000000"),
            ("１３０００００００００", "13000000000"),
        ] {
            assert_eq!(
                MobileNumber::parse(text).unwrap().as_str(),
                number,
                "{text}"
            );
        }
    }

    #[test]
    fn the_invalid_vectors_are_refused_with_their_codes() {
        for (text, code) in [
            ("12000000000", "TEL-FORMAT"),
            ("10000000000", "TEL-FORMAT"),
            ("1300000000", "TEL-FORMAT"),
            ("130000000000", "TEL-FORMAT"),
            ("1300000000a", "TEL-FORMAT"),
            ("+1 3000000000", "TEL-FORMAT"),
            ("", "TEL-FORMAT"),
            ("0477-8582238", "TEL-NOT-MOBILE"),
        ] {
            let error = MobileNumber::parse(text).unwrap_err();
            assert_eq!(error.code(), code, "{text:?}");
        }
    }

    #[test]
    fn no_formatting_shows_the_number() {
        let mobile = MobileNumber::parse("13012345678").unwrap();
        let shown = format!("{mobile} {mobile:?}");
        assert_eq!(shown, "130****5678 MobileNumber(130****5678)");
        let wrong = serde_json::from_str::<MobileNumber>("\"12012345678\"").unwrap_err();
        assert!(!wrong.to_string().contains("12012345678"), "{wrong}");
        assert!(wrong.to_string().starts_with("TEL-FORMAT: "), "{wrong}");
    }
}
