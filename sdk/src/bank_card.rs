//! Bank cards (银行卡) to which money is paid, a social-security card's account (一卡通) included.
//!
//! The check digit proves that the number was typed consistently and nothing else: whose card it
//! is, the bank says.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

/// A well-formed card number, normalised to its 16 to 19 digits.
///
/// `Debug` and `Display` show the masked form, so that a log line never holds a person's number;
/// [`BankCard::as_str`] and JSON hold the whole. Passbooks are no cards: they have no check digit.
///
/// ```
/// use tongban_sdk::BankCard;
/// let card = BankCard::parse("6217 0000 0000 0000 012").map_err(|error| error.code())?;
/// assert_eq!(card.as_str(), "6217000000000000012");
/// assert_eq!(card.to_string(), "****0012");
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BankCard(String);

/// Why a text is no card number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBankCard {
    /// Not 16 to 19 characters.
    #[error("expected 16 to 19 digits")]
    Length,
    /// A character other than a digit.
    #[error("expected digits only")]
    Charset,
    /// It begins with 0, as no bank's numbers do.
    #[error("expected the number of a bank's card, found a leading zero")]
    Issuer,
    /// The check digit is not the one of the others.
    #[error("expected another check digit")]
    Checksum,
}

impl InvalidBankCard {
    /// The stable code, for a violation.
    pub fn code(self) -> &'static str {
        match self {
            Self::Length => "BANK-LEN",
            Self::Charset => "BANK-CHARSET",
            Self::Issuer => "BANK-BIN",
            Self::Checksum => "BANK-LUHN",
        }
    }
}

/// A text longer than this is not even normalised: input may be hostile.
const INPUT_BYTES_MAX: usize = 128;

impl BankCard {
    /// Normalises and checks a number.
    pub fn parse(text: &str) -> Result<Self, InvalidBankCard> {
        if text.len() > INPUT_BYTES_MAX {
            return Err(InvalidBankCard::Length);
        }
        let text = normalise(text);
        if !(16..=19).contains(&text.chars().count()) {
            return Err(InvalidBankCard::Length);
        }
        if !text.bytes().all(|it| it.is_ascii_digit()) {
            return Err(InvalidBankCard::Charset);
        }
        if text.starts_with('0') {
            return Err(InvalidBankCard::Issuer);
        }
        if !luhn_sum(text.as_bytes()).is_multiple_of(10) {
            return Err(InvalidBankCard::Checksum);
        }
        Ok(Self(text))
    }

    /// The whole number. Personal data: it belongs in records, never in logs or texts.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last four digits.
    pub fn last_four(&self) -> &str {
        &self.0[self.0.len() - 4..]
    }

    /// Four `*` and the last four digits, whatever the length.
    pub fn masked(&self) -> String {
        format!("****{}", self.last_four())
    }
}

/// Full-width forms become ASCII; separators go.
fn normalise(text: &str) -> String {
    text.chars()
        .map(|it| match it {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(it) - 0xFEE0).unwrap_or(it),
            _ => it,
        })
        .filter(|it| {
            !it.is_whitespace() && !matches!(it, '-' | '·' | '—' | '\u{200B}'..='\u{200D}')
        })
        .collect()
}

/// From the right, every second digit counts twice, and its two digits are added (Luhn).
fn luhn_sum(digits: &[u8]) -> u32 {
    let from_right = digits.iter().rev().enumerate();
    let value = |(place, digit): (usize, &u8)| {
        let value = u32::from(digit - b'0');
        match (place % 2, value) {
            (0, _) => value,
            (_, 0..=4) => value * 2,
            _ => value * 2 - 9,
        }
    };
    from_right.map(value).sum()
}

impl fmt::Display for BankCard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.masked())
    }
}

impl fmt::Debug for BankCard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "BankCard({})", self.masked())
    }
}

impl Serialize for BankCard {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for BankCard {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The code leads the text, so that the violation made of it can carry it.
        crate::text::deserialize(deserializer, "a bank card number", |text| {
            Self::parse(text).map_err(|it| format!("{}: {it}", it.code()))
        })
    }
}

impl schemars::JsonSchema for BankCard {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "BankCard".into()
    }

    // No pattern: separators are normalised, and a wrong number must come back with its own code
    // and not with the schema's.
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "maxLength": 128, "format": "bank-card" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_valid_vectors_are_accepted() {
        for text in [
            "6217000000000000012",
            "6228480000000000026",
            "6212260000000000034",
            "6222020000000000042",
            "621799000000000008",
            "6230520000000000057",
            "6216610000000000065",
            "4111111111111111",
        ] {
            assert_eq!(BankCard::parse(text).unwrap().as_str(), text);
        }
        let spaced = BankCard::parse("６２１７-0000 0000·0000—012").unwrap();
        assert_eq!(spaced.as_str(), "6217000000000000012");
        assert_eq!(spaced.last_four(), "0012");
    }

    #[test]
    fn the_invalid_vectors_are_refused_with_their_codes() {
        for (text, code) in [
            ("6217000000000000013", "BANK-LUHN"),
            ("6217000000000000021", "BANK-LUHN"),
            ("621700000000001", "BANK-LEN"),
            ("62170000000000000123", "BANK-LEN"),
            ("621700000000000001X", "BANK-CHARSET"),
            ("0000000000000000", "BANK-BIN"),
            ("", "BANK-LEN"),
        ] {
            assert_eq!(BankCard::parse(text).unwrap_err().code(), code, "{text:?}");
        }
    }

    #[test]
    fn any_single_wrong_digit_is_found() {
        let right = "6217000000000000012";
        for (idx, digit) in (0..right.len()).flat_map(|idx| (b'0'..=b'9').map(move |d| (idx, d))) {
            let mut bytes = right.as_bytes().to_vec();
            bytes[idx] = digit;
            let text = String::from_utf8(bytes).unwrap();
            assert_eq!(BankCard::parse(&text).is_ok(), text == right, "{text}");
        }
    }

    /// What the check digit does not find, known so that nobody relies on it: 09 for 90.
    #[test]
    fn the_one_transposition_that_luhn_does_not_find() {
        let swapped = luhn_sum(b"6217900000000000") % 10;
        assert_eq!(luhn_sum(b"6217090000000000") % 10, swapped);
    }

    #[test]
    fn no_formatting_shows_the_number() {
        let card = BankCard::parse("6217000000000000012").unwrap();
        assert_eq!(format!("{card} {card:?}"), "****0012 BankCard(****0012)");
        let wrong = serde_json::from_str::<BankCard>("\"6217000000000000013\"").unwrap_err();
        assert!(!wrong.to_string().contains("6217000"), "{wrong}");
        assert!(wrong.to_string().starts_with("BANK-LUHN: "), "{wrong}");
    }
}
