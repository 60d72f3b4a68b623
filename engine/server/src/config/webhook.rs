//! `[webhook.<name>]`: where messages may be sent to.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use serde::Deserialize;

/// Tries and messages at once that are sensible.
const TRIES_MAX: u32 = 100;
const CONCURRENCY_MAX: usize = 64;
const TIMEOUT_MS_MAX: u64 = 120_000;
/// Bytes of a secret at least.
const SECRET_BYTES_MIN: usize = 16;

/// A named target.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Webhook {
    /// Where it lies; `https`, or `http` within a trusted network.
    pub(crate) url: String,
    /// The key of signatures; better in a file of its own.
    #[serde(default)]
    pub(crate) secret: Option<String>,
    /// A file that holds the key of signatures.
    #[serde(default)]
    pub(crate) secret_file: Option<PathBuf>,
    /// How long one try may take, milliseconds.
    #[serde(default = "timeout_ms")]
    pub(crate) timeout_ms: u64,
    /// Messages on the way at the same time.
    #[serde(default = "concurrency")]
    pub(crate) concurrency: usize,
    /// Tries after which a message is dead.
    #[serde(default = "tries")]
    pub(crate) tries: u32,
    /// Pause before the second try, doubled each time, milliseconds.
    #[serde(default = "back_off_ms")]
    pub(crate) back_off_ms: u64,
    /// Failures in a row after which the target is left alone for a while.
    #[serde(default = "open_after")]
    pub(crate) open_after: u32,
    /// For how long, milliseconds; doubled while it goes on failing.
    #[serde(default = "open_ms")]
    pub(crate) open_ms: u64,
    /// Channels of notices that go there.
    #[serde(default)]
    pub(crate) channels: Vec<String>,
}

fn timeout_ms() -> u64 {
    10_000
}

fn concurrency() -> usize {
    4
}

fn tries() -> u32 {
    8
}

fn back_off_ms() -> u64 {
    1_000
}

fn open_after() -> u32 {
    5
}

fn open_ms() -> u64 {
    30_000
}

impl Webhook {
    /// Refuses what cannot be meant.
    pub(crate) fn check(&self, name: &str) -> anyhow::Result<()> {
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-_".contains(&it));
        if !is_name {
            bail!(
                "[webhook.{name}]: expected a name of small letters, digits, `-` and `_`, since it stands in models"
            );
        }
        let within = |field: &str, found: u64, min: u64, max: u64| {
            if (min..=max).contains(&found) {
                return Ok(());
            }
            bail!("[webhook.{name}] {field} is {found}, expected {min} to {max}")
        };
        within("timeout_ms", self.timeout_ms, 10, TIMEOUT_MS_MAX)?;
        within(
            "concurrency",
            self.concurrency as u64,
            1,
            CONCURRENCY_MAX as u64,
        )?;
        within("tries", self.tries.into(), 1, TRIES_MAX.into())?;
        within("open_after", self.open_after.into(), 1, 1_000)?;
        within("back_off_ms", self.back_off_ms, 1, 3_600_000)?;
        within("open_ms", self.open_ms, 1, 3_600_000)
    }

    /// The key of signatures.
    pub(crate) fn key(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        let text = match (&self.secret, &self.secret_file) {
            (Some(secret), None) => secret.clone(),
            (None, Some(file)) => std::fs::read_to_string(file).with_context(|| {
                format!(
                    "[webhook.{name}] secret_file {} cannot be read",
                    file.display()
                )
            })?,
            (None, None) => {
                bail!("[webhook.{name}] needs secret or secret_file: messages are signed")
            }
            (Some(_), Some(_)) => bail!("[webhook.{name}] has both secret and secret_file"),
        };
        let key = text.trim().as_bytes().to_vec();
        if key.len() < SECRET_BYTES_MIN {
            bail!("[webhook.{name}] the secret has fewer than {SECRET_BYTES_MIN} bytes");
        }
        Ok(key)
    }
}
