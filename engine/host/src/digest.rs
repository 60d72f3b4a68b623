//! SHA-256 digests as lower-case hexadecimal text.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The digest of the bytes.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let is_hex = text.len().is_multiple_of(2) && text.bytes().all(|it| it.is_ascii_hexdigit());
    let pairs = (0..text.len())
        .step_by(2)
        .map(|start| text.get(start..start + 2));
    is_hex.then_some(())?;
    pairs
        .map(|pair| u8::from_str_radix(pair?, 16).ok())
        .collect()
}
