//! `[telemetry]`: where metrics and health are served.

use std::net::SocketAddr;

use serde::Deserialize;

/// Where metrics and health are served.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Telemetry {
    /// Address of their own for `/metrics`, `/healthz` and `/readyz`; that of the API if none.
    pub(crate) listen: Option<SocketAddr>,
}
