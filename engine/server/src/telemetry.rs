//! Logs to standard error, for people or as JSON. Never personal data.

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

use crate::config::{Format, Log};

/// Starts logging as `log` says.
pub(crate) fn start(log: &Log) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&log.filter)
        .with_context(|| format!("[log] filter {:?} is not a list of directives", log.filter))?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = match log.format {
        Format::Pretty => subscriber.compact().try_init(),
        Format::Json => subscriber.json().try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("cannot start logging: {error}"))
}
