//! Detached signatures over the digest list of a package.
//!
//! A package without signatures is complete; whether it may be installed is the server's trust
//! policy. Other algorithms (SM2) become further cases of [`Algorithm`].

use ed25519_dalek::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use ed25519_dalek::{Signature as Ed25519Signature, Signer as _, SigningKey, VerifyingKey};

use crate::digest;
use crate::problem::Problem;

/// What is put before the digest list when it is signed, so that a signature can never be
/// mistaken for one over something else.
const CONTEXT: &[u8] = b"tongban plugin package v1\n";

/// How a signature was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RFC 8032.
    Ed25519,
}

impl Algorithm {
    fn extension(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
        }
    }
}

/// One signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// How it was made.
    pub algorithm: Algorithm,
    /// The first 16 digits of the digest of the public key.
    pub key_id: String,
    /// The signature.
    pub bytes: Vec<u8>,
}

/// A key could not be read.
#[derive(Debug, thiserror::Error)]
#[error("expected an ed25519 key in PEM ({expected})")]
pub struct KeyError {
    expected: &'static str,
}

/// A public key that the operator trusts.
#[derive(Clone, Debug)]
pub struct TrustedKey {
    /// For people.
    pub name: String,
    key: VerifyingKey,
}

impl TrustedKey {
    /// From the text of `-----BEGIN PUBLIC KEY-----`.
    pub fn from_pem(name: &str, pem: &str) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_public_key_pem(pem).map_err(|_| KeyError {
            expected: "BEGIN PUBLIC KEY",
        })?;
        Ok(Self {
            name: name.to_owned(),
            key,
        })
    }

    fn id(&self) -> String {
        key_id(&self.key)
    }
}

/// Which signatures a server asks for.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Whose signatures count.
    pub keys: Vec<TrustedKey>,
    /// How many different trusted keys must have signed. None: unsigned packages are let in.
    pub required: usize,
}

fn key_id(key: &VerifyingKey) -> String {
    let mut id = digest::sha256(key.as_bytes());
    id.truncate(16);
    id
}

/// Signs a digest list with the private key of `-----BEGIN PRIVATE KEY-----`.
pub fn sign(digests: &str, private_key_pem: &str) -> Result<Signature, KeyError> {
    let key = SigningKey::from_pkcs8_pem(private_key_pem).map_err(|_| KeyError {
        expected: "BEGIN PRIVATE KEY",
    })?;
    let signature = key.sign(&message(digests));
    Ok(Signature {
        algorithm: Algorithm::Ed25519,
        key_id: key_id(&key.verifying_key()),
        bytes: signature.to_bytes().to_vec(),
    })
}

fn message(digests: &str) -> Vec<u8> {
    [CONTEXT, digests.as_bytes()].concat()
}

impl Signature {
    /// The name of its file in a package.
    pub fn file_name(&self) -> String {
        format!("signatures/{}.{}", self.key_id, self.algorithm.extension())
    }

    /// The contents of its file.
    pub fn file_text(&self) -> String {
        format!("{}\n", digest::hex(&self.bytes))
    }

    /// From a file of a package.
    pub(crate) fn parse(file: &str, text: &[u8]) -> Result<Self, Problem> {
        let refused =
            |expected: &str| Problem::error("HOST-0024", file, format!("expected {expected}"));
        let named = file
            .strip_prefix("signatures/")
            .and_then(|it| it.split_once('.'));
        let Some((key_id, "ed25519")) = named else {
            return Err(refused("a file `signatures/<key id>.ed25519`"));
        };
        let hex = std::str::from_utf8(text)
            .ok()
            .and_then(|it| it.strip_suffix('\n'));
        let bytes = hex
            .and_then(digest::from_hex)
            .filter(|bytes| bytes.len() == 64);
        let bytes = bytes.ok_or_else(|| refused("64 bytes in hexadecimal"))?;
        Ok(Self {
            algorithm: Algorithm::Ed25519,
            key_id: key_id.to_owned(),
            bytes,
        })
    }

    fn is_by(&self, key: &TrustedKey, digests: &str) -> bool {
        let Ok(bytes) = <[u8; 64]>::try_from(self.bytes.as_slice()) else {
            return false;
        };
        let signature = Ed25519Signature::from_bytes(&bytes);
        key.key.verify_strict(&message(digests), &signature).is_ok()
    }
}

/// Checks the signatures against the policy: a signature that names a trusted key must be
/// right, and enough trusted keys must have signed.
pub fn verify(trust: &Trust, digests: &str, signatures: &[Signature]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut signers = Vec::new();
    for key in &trust.keys {
        let id = key.id();
        for signature in signatures.iter().filter(|signature| signature.key_id == id) {
            if signature.is_by(key, digests) {
                signers.push(key.name.as_str());
            } else {
                let message = format!(
                    "expected a signature of `{}` over this package, found another",
                    key.name
                );
                problems.push(Problem::error("HOST-0024", &signature.file_name(), message));
            }
        }
    }
    signers.dedup();
    if signers.len() < trust.required {
        let message = format!(
            "expected signatures of {} trusted keys, found {} ({})",
            trust.required,
            signers.len(),
            signers.join(", ")
        );
        problems.push(Problem::error("HOST-0024", "signatures", message));
    }
    problems
}
