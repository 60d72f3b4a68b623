//! Resident identity numbers (公民身份号码, GB 11643-1999).
//!
//! A right check digit proves that the number was typed consistently and nothing else: who a
//! person is, a check of the public-security data says.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use crate::time::{Date, LeapPolicy};

/// A well-formed resident identity number, normalised: 17 digits and a digit or `X`.
///
/// `Debug` and `Display` show the masked form, so that a log line or a panic's text never holds a
/// person's number; [`ResidentId::as_str`] and JSON hold the whole.
///
/// ```
/// use tongban_sdk::ResidentId;
/// let id = ResidentId::parse("１５０６２７１９８００１０１９０１３").map_err(|error| error.code())?;
/// assert_eq!(id.as_str(), "150627198001019013");
/// assert_eq!(id.to_string(), "150627********9013");
/// assert_eq!(id.birth_date().to_string(), "1980-01-01");
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResidentId(String);

/// The sex that the number says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sex {
    /// 女
    Female,
    /// 男
    Male,
}

/// Why a text is no resident identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidResidentId {
    /// Not 18 characters.
    #[error("expected 18 characters")]
    Length,
    /// 15 characters: a first-generation number, which only archives may hold.
    #[error("expected 18 characters, found a 15-digit number, which only archives may hold")]
    Legacy,
    /// A character other than a digit, or than a final `X`.
    #[error("expected 17 digits and a digit or X")]
    Charset,
    /// The first two digits name no province.
    #[error("expected the code of a province in the first two digits")]
    Province,
    /// The date of birth does not exist.
    #[error("expected an existing date of birth")]
    Date,
    /// The date of birth lies before 1900 or after the day it is checked on.
    #[error("expected a date of birth from 1900 to today")]
    DateRange,
    /// The check character is not the one of the other 17.
    #[error("expected another check character")]
    Checksum,
}

impl InvalidResidentId {
    /// The stable code, for a violation.
    pub fn code(self) -> &'static str {
        match self {
            Self::Length => "ID-LEN",
            Self::Legacy => "ID-LEGACY15",
            Self::Charset => "ID-CHARSET",
            Self::Province => "ID-PROVINCE",
            Self::Date => "ID-DATE",
            Self::DateRange => "ID-DATE-RANGE",
            Self::Checksum => "ID-CHECKSUM",
        }
    }
}

const LENGTH: usize = 18;
const LEGACY_LENGTH: usize = 15;
/// A text longer than this is not even normalised: input may be hostile.
const INPUT_BYTES_MAX: usize = 256;
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_CHARACTERS: &[u8; 11] = b"10X98765432";
/// Oldest age that is believed; above it [`ResidentId::is_age_plausible`] says no.
const PLAUSIBLE_AGE_MAX: u32 = 130;

impl ResidentId {
    /// Normalises and checks a number, all but that the birth is not in the future: that needs a
    /// date, see [`ResidentId::parse_on`].
    pub fn parse(text: &str) -> Result<Self, InvalidResidentId> {
        Self::parse_on(text, Date::MAX)
    }

    /// Normalises and checks a number as of `today`.
    pub fn parse_on(text: &str, today: Date) -> Result<Self, InvalidResidentId> {
        if text.len() > INPUT_BYTES_MAX {
            return Err(InvalidResidentId::Length);
        }
        let text = normalise(text);
        match text.chars().count() {
            LENGTH => {}
            LEGACY_LENGTH => return Err(InvalidResidentId::Legacy),
            _ => return Err(InvalidResidentId::Length),
        }
        check(text.as_bytes(), today)?;
        Ok(Self(text))
    }

    /// The number of a first-generation card (15 digits, 19xx births) as archives hold it,
    /// converted to 18 characters.
    pub fn from_legacy(text: &str) -> Result<Self, InvalidResidentId> {
        let text = if text.len() > INPUT_BYTES_MAX {
            String::new()
        } else {
            normalise(text)
        };
        if text.len() != LEGACY_LENGTH {
            return Err(InvalidResidentId::Length);
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidResidentId::Charset);
        }
        let mut long = format!("{}19{}", &text[..6], &text[6..]);
        long.push(char::from(check_character(long.as_bytes())));
        Self::parse(&long)
    }

    /// The whole number. Personal data: it belongs in records, never in logs or texts.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// First six and last four characters, the rest `*`.
    pub fn masked(&self) -> String {
        format!("{}********{}", &self.0[..6], &self.0[14..])
    }

    /// The county in which the number was given; not where the person lives.
    pub fn address_code(&self) -> &str {
        &self.0[..6]
    }

    /// The date of birth.
    pub fn birth_date(&self) -> Date {
        birth_date(self.0.as_bytes()).unwrap_or(Date::MIN)
    }

    /// The sex.
    pub fn sex(&self) -> Sex {
        let sequence = self.0.as_bytes()[16] - b'0';
        if sequence % 2 == 1 {
            Sex::Male
        } else {
            Sex::Female
        }
    }

    /// Completed years (周岁) on a day.
    pub fn age_on(&self, on: Date, policy: LeapPolicy) -> u32 {
        self.birth_date().age_on(on, policy)
    }

    /// Whether the person is at most 130 years old; if not, warn with `ID-AGE-IMPLAUSIBLE`.
    pub fn is_age_plausible(&self, on: Date) -> bool {
        self.age_on(on, LeapPolicy::Later) <= PLAUSIBLE_AGE_MAX
    }
}

/// Full-width forms become ASCII (as NFKC does), separators and blanks go, letters become capital.
fn normalise(text: &str) -> String {
    text.chars()
        .map(|it| match it {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(it) - 0xFEE0)
                .unwrap_or(it)
                .to_ascii_uppercase(),
            _ => it.to_ascii_uppercase(),
        })
        .filter(|it| !it.is_whitespace() && !is_separator(*it))
        .collect()
}

fn is_separator(it: char) -> bool {
    matches!(
        it,
        '-' | '·' | '—' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}'
    )
}

fn check(bytes: &[u8], today: Date) -> Result<(), InvalidResidentId> {
    let digits = bytes.iter().take(17).all(u8::is_ascii_digit);
    let last = bytes
        .last()
        .is_some_and(|byte| byte.is_ascii_digit() || *byte == b'X');
    if bytes.len() != LENGTH || !digits || !last {
        return Err(InvalidResidentId::Charset);
    }
    if !is_province(&bytes[..2]) {
        return Err(InvalidResidentId::Province);
    }
    let year = number(&bytes[6..10]);
    // Year 0 is no date at all for `Date`, but the number's fault is its range.
    if year == 0 {
        return Err(InvalidResidentId::DateRange);
    }
    let birth = birth_date(bytes).ok_or(InvalidResidentId::Date)?;
    if year < 1900 || birth > today || (today == Date::MAX && year > 2199) {
        return Err(InvalidResidentId::DateRange);
    }
    if check_character(bytes) != bytes[17] {
        return Err(InvalidResidentId::Checksum);
    }
    Ok(())
}

fn is_province(code: &[u8]) -> bool {
    matches!(
        number(code),
        11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83
    )
}

fn birth_date(bytes: &[u8]) -> Option<Date> {
    let year = i32::try_from(number(&bytes[6..10])).ok()?;
    let month = u8::try_from(number(&bytes[10..12])).ok()?;
    let day = u8::try_from(number(&bytes[12..14])).ok()?;
    Date::new(year, month, day).ok()
}

fn number(digits: &[u8]) -> u32 {
    digits
        .iter()
        .fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
}

/// ISO 7064 MOD 11-2 over the first 17 digits.
fn check_character(bytes: &[u8]) -> u8 {
    let sum: u32 = bytes
        .iter()
        .zip(WEIGHTS)
        .map(|(digit, w)| u32::from(digit - b'0') * w)
        .sum();
    CHECK_CHARACTERS[usize::try_from(sum % 11).unwrap_or(0)]
}

impl fmt::Display for ResidentId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.masked())
    }
}

impl fmt::Debug for ResidentId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ResidentId({})", self.masked())
    }
}

impl Serialize for ResidentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ResidentId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The code leads the text, so that the violation made of it can carry it.
        crate::text::deserialize(deserializer, "a resident identity number", |text| {
            Self::parse(text).map_err(|it| format!("{}: {it}", it.code()))
        })
    }
}

impl schemars::JsonSchema for ResidentId {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ResidentId".into()
    }

    // No pattern: full-width digits and blanks are normalised, and a wrong number must come back
    // with its own code and not with the schema's.
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "maxLength": 64, "format": "resident-id" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> Date {
        "2026-11-22".parse().unwrap()
    }

    #[test]
    fn the_valid_vectors_are_accepted() {
        let vectors = [
            ("150627198001019013", "1980-01-01", Sex::Male),
            ("150627194803159036", "1948-03-15", Sex::Male),
            ("140105198812129032", "1988-12-12", Sex::Male),
            ("340522197602059022", "1976-02-05", Sex::Female),
            ("50011219000101907X", "1900-01-01", Sex::Male),
            ("152502193609089067", "1936-09-08", Sex::Female),
            ("150627200002299045", "2000-02-29", Sex::Female),
            ("340503201010109081", "2010-10-10", Sex::Female),
            ("152728196409179082", "1964-09-17", Sex::Female),
            ("340502197203039096", "1972-03-03", Sex::Male),
            ("810000199001019013", "1990-01-01", Sex::Male),
            ("820000198506159027", "1985-06-15", Sex::Female),
            ("830000197812319030", "1978-12-31", Sex::Male),
        ];
        for (text, birth, sex) in vectors {
            let id = ResidentId::parse_on(text, today()).unwrap();
            assert_eq!(
                (id.birth_date().to_string().as_str(), id.sex()),
                (birth, sex),
                "{text}"
            );
            assert!(id.is_age_plausible(today()), "{text}");
        }
    }

    #[test]
    fn nobody_is_older_than_130_years() {
        let id = ResidentId::parse("50011219000101907X").unwrap();
        assert!(id.is_age_plausible("2030-12-31".parse().unwrap()));
        assert!(!id.is_age_plausible("2031-01-01".parse().unwrap()));
    }

    #[test]
    fn the_invalid_vectors_are_refused_with_their_codes() {
        let vectors = [
            ("150627198001019014", "ID-CHECKSUM"),
            ("150627198001091013", "ID-CHECKSUM"),
            ("150627200102299018", "ID-DATE"),
            ("150627198013019010", "ID-DATE"),
            ("000627198001019010", "ID-PROVINCE"),
            ("150627298001019011", "ID-DATE-RANGE"),
            ("15062719800101901", "ID-LEN"),
            ("1506271980010190133", "ID-LEN"),
            ("X50627198001019013", "ID-CHARSET"),
            ("15062719800101901Y", "ID-CHARSET"),
            ("150627800101901", "ID-LEGACY15"),
            ("", "ID-LEN"),
            ("   ", "ID-LEN"),
            ("一五〇六二七一九八〇〇一〇一九〇一三", "ID-CHARSET"),
        ];
        for (text, code) in vectors {
            assert_eq!(
                ResidentId::parse_on(text, today()).unwrap_err().code(),
                code,
                "{text:?}"
            );
            assert_eq!(
                ResidentId::parse(text).unwrap_err().code(),
                code,
                "{text:?}"
            );
        }
        let unborn = ResidentId::parse_on("340503201010109081", "2010-10-09".parse().unwrap());
        assert_eq!(unborn.unwrap_err().code(), "ID-DATE-RANGE");
    }

    #[test]
    fn a_number_is_normalised_before_it_is_checked() {
        for text in [
            "50011219000101907x",
            " 500112-19000101-907X ",
            "５００１１２１９０００１０１９０７ｘ",
        ] {
            assert_eq!(
                ResidentId::parse(text).unwrap().as_str(),
                "50011219000101907X"
            );
        }
    }

    #[test]
    fn an_archive_number_is_converted() {
        let id = ResidentId::from_legacy("340503630815901").unwrap();
        assert_eq!(id.as_str(), "340503196308159010");
        assert_eq!(
            ResidentId::from_legacy("34050363081590X")
                .unwrap_err()
                .code(),
            "ID-CHARSET"
        );
    }

    #[test]
    fn no_formatting_shows_the_number() {
        let id = ResidentId::parse("150627198001019013").unwrap();
        let shown = format!("{id} {id:?} {:?}", Some(&id));
        assert!(!shown.contains("19800101"), "{shown}");
        let wrong = serde_json::from_str::<ResidentId>("\"150627198001019014\"").unwrap_err();
        assert!(!wrong.to_string().contains("19800101"), "{wrong}");
        assert!(wrong.to_string().starts_with("ID-CHECKSUM: "), "{wrong}");
    }

    #[test]
    fn any_single_wrong_digit_is_found() {
        let right = "150627198001019013";
        for (idx, digit) in (0..right.len()).flat_map(|idx| (b'0'..=b'9').map(move |d| (idx, d))) {
            let mut bytes = right.as_bytes().to_vec();
            bytes[idx] = digit;
            let text = String::from_utf8(bytes).unwrap();
            assert_eq!(ResidentId::parse(&text).is_ok(), text == right, "{text}");
        }
    }
}
