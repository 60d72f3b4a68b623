//! The tenant, by which every key begins.

use std::fmt;
use std::sync::Arc;

/// A county bureau, named by its division code; the empty name is the server itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(Arc<str>);

impl TenantId {
    /// The tenant of that division code.
    #[must_use]
    pub fn new(division: &str) -> TenantId {
        TenantId(Arc::from(division))
    }

    /// What belongs to the server as a whole: packages, the clock, id blocks.
    #[must_use]
    pub fn server() -> TenantId {
        TenantId::new("")
    }

    /// The division code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Arc<str>> for TenantId {
    fn from(division: Arc<str>) -> TenantId {
        TenantId(division)
    }
}

impl From<&str> for TenantId {
    fn from(division: &str) -> TenantId {
        TenantId::new(division)
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
