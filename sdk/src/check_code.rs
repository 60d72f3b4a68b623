//! Check codes (校验码) of documents: what somebody types who holds a document and wants to know
//! whether it is genuine.

use sha2::{Digest as _, Sha256};

/// Ten characters that follow from what stands on a document.
///
/// Whoever holds the document has the code, since it is printed there; whoever has only the
/// document's number cannot guess it, as long as one part is not public. It is no signature: who
/// knows all parts can compute it, and learns nothing by it that he did not know. Compare what is
/// typed with [`CheckCode::matches`].
///
/// ```
/// use tongban_sdk::CheckCode;
/// let code = CheckCode::of(&["J150627-2026-000001", "150627198001019013"]);
/// assert_eq!(code.as_str().len(), 11);
/// assert!(code.matches(&code.as_str().to_lowercase().replace('-', " ")));
/// assert!(!code.matches(CheckCode::of(&["J150627-2026-000002"]).as_str()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckCode(String);

/// Crockford's digits: none is taken for another, whether read aloud or off a stamp.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 10;
const BITS_PER_DIGIT: usize = 5;
/// A text longer than this is no code.
const INPUT_BYTES_MAX: usize = 64;

impl CheckCode {
    /// The code of a document with these parts, in this order.
    pub fn of(parts: &[&str]) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            // With its length in front, no part runs into the next.
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        let bytes = digest.finalize();
        let digit = |idx: usize| {
            let value = (0..BITS_PER_DIGIT).fold(0, |value, bit| {
                let place = idx * BITS_PER_DIGIT + bit;
                value << 1 | usize::from(bytes[place / 8] >> (7 - place % 8) & 1)
            });
            char::from(DIGITS[value])
        };
        let digits: String = (0..LENGTH).map(digit).collect();
        Self(format!("{}-{}", &digits[..5], &digits[5..]))
    }

    /// As it is printed: five characters, a hyphen, five characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this code was typed: small letters, blanks and hyphens do not matter, and O counts
    /// as 0, I and L as 1.
    pub fn matches(&self, typed: &str) -> bool {
        if typed.len() > INPUT_BYTES_MAX {
            return false;
        }
        let typed = typed.chars().filter(char::is_ascii_alphanumeric);
        let typed = typed.map(|it| match it.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            it => it,
        });
        typed.eq(self.0.chars().filter(|it| *it != '-'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_follows_from_its_parts_and_stays_the_same() {
        // Printed on documents: another code for the same parts would make them look forged.
        let code = CheckCode::of(&["J150627-2026-000001", "150603199909099096"]);
        assert_eq!(code.as_str(), "GY1E4-BPADW");
    }

    #[test]
    fn no_part_runs_into_the_next() {
        assert_ne!(CheckCode::of(&["ab", "c"]), CheckCode::of(&["a", "bc"]));
        assert_ne!(CheckCode::of(&["ab"]), CheckCode::of(&["ab", ""]));
    }

    #[test]
    fn what_is_typed_differently_is_still_the_code() {
        let code = CheckCode("01ABC-DEFGH".to_owned());
        for typed in ["01ABC-DEFGH", "o1abc defgh", "OIABCDEFGH", "0lABC-DEFGH"] {
            assert!(code.matches(typed), "{typed}");
        }
        for typed in ["01ABC-DEFG", "01ABC-DEFGHH", "", "01ABD-DEFGH"] {
            assert!(!code.matches(typed), "{typed}");
        }
    }
}
