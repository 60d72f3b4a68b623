//! Numbers of certificates (婚姻登记证字号, V-10): `J150627-2026-000001`.

use std::fmt;

/// A well-formed number: prefix, area code of the authority, year of issue, order in that year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateNumber(String);

/// Why a text is no certificate number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidCertificateNumber {
    /// It has not the form.
    Format,
    /// Before 1980 or after the current year.
    Year,
    /// The order number is 0.
    Serial,
}

const PREFIXES: [&str; 4] = ["BJ", "BL", "J", "L"];
const YEAR_MIN: i32 = 1980;
/// A text longer than this is not even normalised: input may be hostile.
const INPUT_BYTES_MAX: usize = 128;

impl InvalidCertificateNumber {
    /// The stable code, for a violation.
    pub fn code(self) -> &'static str {
        match self {
            Self::Format => "MC-FORMAT",
            Self::Year => "MC-YEAR",
            Self::Serial => "MC-SERIAL",
        }
    }
}

impl CertificateNumber {
    /// Normalises and checks a number as of a year; whether the area issued anything then, the list
    /// of areas says.
    pub fn parse(text: &str, current_year: i32) -> Result<Self, InvalidCertificateNumber> {
        if text.len() > INPUT_BYTES_MAX {
            return Err(InvalidCertificateNumber::Format);
        }
        let text = normalise(text);
        let format = InvalidCertificateNumber::Format;
        let prefix = PREFIXES.iter().find(|it| text.starts_with(**it));
        let rest = prefix.and_then(|it| text.strip_prefix(it)).ok_or(format)?;
        let mut parts = rest.split('-');
        let [area, year, serial] =
            [parts.next(), parts.next(), parts.next()].map(|it| it.unwrap_or(""));
        let digits = |it: &str, len| it.len() == len && it.bytes().all(|it| it.is_ascii_digit());
        let formed = digits(area, 6) && digits(year, 4) && digits(serial, 6);
        if !formed || parts.next().is_some() {
            return Err(format);
        }
        let year: i32 = year.parse().map_err(|_| format)?;
        if !(YEAR_MIN..=current_year).contains(&year) {
            return Err(InvalidCertificateNumber::Year);
        }
        if serial.bytes().all(|it| it == b'0') {
            return Err(InvalidCertificateNumber::Serial);
        }
        Ok(Self(text))
    }

    /// The normalised number.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The area code of the authority that issued it.
    pub fn area(&self) -> &str {
        let end = self.0.find('-').unwrap_or(self.0.len());
        &self.0[end.saturating_sub(6)..end]
    }

    /// The year of issue.
    pub fn year(&self) -> i32 {
        let year = self.0.split('-').nth(1);
        year.and_then(|it| it.parse().ok()).unwrap_or(0)
    }
}

/// Full-width forms become ASCII, dashes of all lengths become hyphens, blanks go, letters become
/// capital. Hyphens are part of the number and stay.
fn normalise(text: &str) -> String {
    text.chars()
        .map(|it| match it {
            '—' | '–' | '－' => '-',
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(it) - 0xFEE0).unwrap_or(it),
            _ => it,
        })
        .filter(|it| !it.is_whitespace())
        .map(|it| it.to_ascii_uppercase())
        .collect()
}

impl fmt::Display for CertificateNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_valid_vectors_are_accepted() {
        for (text, area, year) in [
            ("J150627-2026-000001", "150627", 2026),
            ("L150627-2025-000123", "150627", 2025),
            ("BJ340503-2019-000045", "340503", 2019),
            ("BL500112-2024-000007", "500112", 2024),
            ("J140105-2010-012345", "140105", 2010),
            ("J152502-2026-999999", "152502", 2026),
            ("j150627－2026－000001", "150627", 2026),
            ("J340502-2010-000010", "340502", 2010),
        ] {
            let number = CertificateNumber::parse(text, 2026).unwrap();
            assert_eq!((number.area(), number.year()), (area, year), "{text}");
        }
    }

    #[test]
    fn the_invalid_vectors_are_refused_with_their_codes() {
        for (text, code) in [
            ("J150627-2026-000000", "MC-SERIAL"),
            ("J150627-2026-1", "MC-FORMAT"),
            ("K150627-2026-000001", "MC-FORMAT"),
            ("J15062-2026-000001", "MC-FORMAT"),
            ("J150627-2126-000001", "MC-YEAR"),
            ("JB150627-2026-000001", "MC-FORMAT"),
            ("J150627-20260-00001", "MC-FORMAT"),
            ("J150627-1979-000001", "MC-YEAR"),
            ("J150627-2026-000001-1", "MC-FORMAT"),
            ("", "MC-FORMAT"),
        ] {
            let error = CertificateNumber::parse(text, 2026).unwrap_err();
            assert_eq!(error.code(), code, "{text:?}");
        }
    }
}
