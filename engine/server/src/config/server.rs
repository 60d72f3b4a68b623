//! `[server]`: addresses and folders.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

/// Addresses and folders.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Server {
    /// Address and port to listen on; port 0 takes a free one.
    pub(crate) listen: SocketAddr,
    /// Folder of the database, the issuer's key and compiled plugins.
    pub(crate) data: PathBuf,
    /// Whether the GraphiQL page is served at `/`.
    pub(crate) graphiql: bool,
    /// When asked to stop, the server says for so long that it is not ready, and goes on serving meanwhile.
    pub(crate) drain_seconds: u64,
}

impl Default for Server {
    fn default() -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 8600));
        Self {
            listen,
            data: PathBuf::from("data"),
            graphiql: true,
            drain_seconds: 0,
        }
    }
}
