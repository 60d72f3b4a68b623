//! `[auth]`: whose tokens are accepted.

use serde::Deserialize;

/// Whose tokens are accepted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Auth {
    /// Where tokens come from.
    pub(crate) issuer: Issuer,
    /// `iss` of an external issuer's tokens.
    pub(crate) issuer_name: Option<String>,
    /// Ed25519 public key of an external issuer, base64.
    pub(crate) public_key: Option<String>,
}

/// Where tokens come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Issuer {
    /// The built-in issuer of `tongban token`; refused beyond loopback.
    #[default]
    Development,
    /// Another issuer, whose key `public_key` names.
    External,
}
