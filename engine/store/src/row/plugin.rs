//! Packages on this server, and which of them a tenant uses.

use std::sync::Arc;

/// A package on this server; its bytes are read by the digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginPackage {
    /// SHA-256 of the package, hexadecimal.
    pub digest: Arc<str>,
    /// Name of the plugin.
    pub name: Arc<str>,
    /// Version.
    pub version: Arc<str>,
    /// Size of the package.
    pub size_bytes: i64,
    /// When it was installed.
    pub installed_at: i64,
    /// By whom.
    pub installed_by: Arc<str>,
}

/// The version of a plugin that a tenant uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginActivation {
    /// Name of the plugin.
    pub name: Arc<str>,
    /// Version.
    pub version: Arc<str>,
    /// Digest of the package.
    pub digest: Arc<str>,
    /// Since when.
    pub activated_at: i64,
    /// By whom.
    pub activated_by: Arc<str>,
}
