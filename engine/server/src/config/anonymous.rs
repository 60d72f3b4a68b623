//! `[anonymous]`: who asks without a token.

use std::net::IpAddr;
use std::num::NonZeroU32;

use serde::Deserialize;

/// Who asks without a token. Only queries that a plugin opens to anybody (`ANYBODY`) are answered.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Anonymous {
    /// Whether they are answered at all.
    pub(crate) enabled: bool,
    /// The county they ask about, by its division code; that of `--county` unless another is named.
    pub(crate) county: Option<String>,
    /// Requests a minute from one address; of IPv6, from one network of 64 bits.
    pub(crate) per_minute: NonZeroU32,
    /// Addresses of proxies whose `X-Forwarded-For` is believed.
    pub(crate) proxies: Vec<IpAddr>,
}

impl Default for Anonymous {
    fn default() -> Self {
        Self {
            enabled: true,
            county: None,
            per_minute: NonZeroU32::new(60).expect("60 is not 0"),
            proxies: Vec::new(),
        }
    }
}
