//! Unified social credit codes (统一社会信用代码, GB 32100-2015) of organisations.
//!
//! A right check character proves that the code was typed consistently and nothing else: whether
//! the organisation exists, its register says. Codes of organisations are public data.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

/// A well-formed credit code, normalised: 18 characters.
///
/// ```
/// use tongban_sdk::CreditCode;
/// let code = CreditCode::parse("51150627-mj000000xk").map_err(|error| error.code())?;
/// assert_eq!(code.as_str(), "51150627MJ000000XK");
/// assert_eq!((code.kind(), code.division()), ("51", "150627"));
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditCode(String);

/// Why a text is no credit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCreditCode {
    /// Not 18 characters.
    #[error("expected 18 characters")]
    Length,
    /// A character that no code has, such as I, O, S, V or Z.
    #[error("expected digits and letters other than I, O, S, V and Z")]
    Charset,
    /// The third to the eighth character are no division code.
    #[error("expected the digits of a division in places 3 to 8")]
    Division,
    /// The check character is not the one of the other 17.
    #[error("expected another check character")]
    Checksum,
}

impl InvalidCreditCode {
    /// The stable code, for a violation.
    pub fn code(self) -> &'static str {
        match self {
            Self::Length => "USCC-LEN",
            Self::Charset => "USCC-CHARSET",
            Self::Division => "USCC-DIVISION",
            Self::Checksum => "USCC-CHECKSUM",
        }
    }
}

const LENGTH: usize = 18;
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Powers of 3 modulo 31.
const WEIGHTS: [usize; 17] = [
    1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
];
/// Of the organisation code within (GB 11714), places 9 to 16.
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
/// A text longer than this is not even normalised: input may be hostile.
const INPUT_BYTES_MAX: usize = 128;

impl CreditCode {
    /// Normalises and checks a code.
    pub fn parse(text: &str) -> Result<Self, InvalidCreditCode> {
        if text.len() > INPUT_BYTES_MAX {
            return Err(InvalidCreditCode::Length);
        }
        let text = normalise(text);
        if text.chars().count() != LENGTH {
            return Err(InvalidCreditCode::Length);
        }
        let values: Option<Vec<usize>> = text
            .bytes()
            .map(|byte| ALPHABET.iter().position(|it| *it == byte))
            .collect();
        let values = values.ok_or(InvalidCreditCode::Charset)?;
        if !text.as_bytes()[2..8].iter().all(u8::is_ascii_digit) {
            return Err(InvalidCreditCode::Division);
        }
        let sum: usize = values.iter().zip(WEIGHTS).map(|(v, w)| v * w).sum();
        if values[LENGTH - 1] != (31 - sum % 31) % 31 {
            return Err(InvalidCreditCode::Checksum);
        }
        Ok(Self(text))
    }

    /// The whole code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Registration authority and category: `51` a social group, `52` a social service agency, `53`
    /// a foundation.
    pub fn kind(&self) -> &str {
        &self.0[..2]
    }

    /// The division of the registering authority.
    pub fn division(&self) -> &str {
        &self.0[2..8]
    }

    /// Whether the organisation code within has its own check character (GB 11714): if not, a
    /// warning, since some codes that are in use do not.
    pub fn is_organisation_code_consistent(&self) -> bool {
        let bytes = self.0.as_bytes();
        let value = |byte: u8| match byte {
            b'0'..=b'9' => u32::from(byte - b'0'),
            _ => u32::from(byte - b'A') + 10,
        };
        let digits = bytes[8..16].iter().map(|it| value(*it));
        let sum: u32 = digits.zip(ORGANISATION_WEIGHTS).map(|(v, w)| v * w).sum();
        let check = match 11 - sum % 11 {
            10 => b'X',
            11 => b'0',
            digit => b'0' + u8::try_from(digit).unwrap_or(0),
        };
        bytes[16] == check
    }
}

/// Full-width forms become ASCII, letters large; separators go.
fn normalise(text: &str) -> String {
    text.chars()
        .map(|it| match it {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(it) - 0xFEE0).unwrap_or(it),
            _ => it,
        })
        .filter(|it| {
            !it.is_whitespace() && !matches!(it, '-' | '·' | '—' | '\u{200B}'..='\u{200D}')
        })
        .map(|it| it.to_ascii_uppercase())
        .collect()
}

impl fmt::Display for CreditCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Serialize for CreditCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CreditCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The code leads the text, so that the violation made of it can carry it.
        crate::text::deserialize(deserializer, "a credit code", |text| {
            Self::parse(text).map_err(|it| format!("{}: {it}", it.code()))
        })
    }
}

impl schemars::JsonSchema for CreditCode {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "CreditCode".into()
    }

    // No pattern: see the other identifiers.
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "maxLength": 128, "format": "credit-code" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_valid_vectors_are_accepted() {
        for text in [
            "51150627MJ000000XK",
            "52150627MJ0000018G",
            "53340500MJ00000268",
            "51340503MJ8A0B0114",
            "52140105MJ7C0D025N",
            "5350011250ABCDE13C",
            "59152502MF000003X4",
            "121506274600000014",
            "111506270110000065",
            "91150627MA0N00008N",
            "91350100M000100Y43",
        ] {
            assert_eq!(CreditCode::parse(text).unwrap().as_str(), text);
        }
        let example = CreditCode::parse("91350100M000100Y43").unwrap();
        assert!(example.is_organisation_code_consistent());
        let spaced = CreditCode::parse(" 51150627-MJ000000XK- ").unwrap();
        assert_eq!(spaced.as_str(), "51150627MJ000000XK");
    }

    #[test]
    fn the_invalid_vectors_are_refused_with_their_codes() {
        for (text, code) in [
            ("51150627MJ000000XL", "USCC-CHECKSUM"),
            ("91350100M000100Y4Z", "USCC-CHARSET"),
            ("51150627MJ000000X", "USCC-LEN"),
            ("51150627MJO00000XK", "USCC-CHARSET"),
            ("51A50627MJ000000XK", "USCC-DIVISION"),
            ("15150627MJ000000XK", "USCC-CHECKSUM"),
            ("51150628MJ000000XK", "USCC-CHECKSUM"),
            ("", "USCC-LEN"),
        ] {
            assert_eq!(
                CreditCode::parse(text).unwrap_err().code(),
                code,
                "{text:?}"
            );
        }
    }

    #[test]
    fn any_single_wrong_character_is_found() {
        let right = "51150627MJ000000XK";
        for idx in 0..LENGTH {
            for character in ALPHABET {
                let mut bytes = right.as_bytes().to_vec();
                bytes[idx] = *character;
                let text = String::from_utf8(bytes).unwrap();
                assert_eq!(CreditCode::parse(&text).is_ok(), text == right, "{text}");
            }
        }
    }
}
