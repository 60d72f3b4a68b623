//! Messages that are kept for those who do not wait for them yet.

use std::sync::Arc;

use tongban_core::variable::Variables;

/// A kept message.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its id, unique over all tenants.
    pub id: i64,
    /// Its name.
    pub name: Arc<str>,
    /// The value by which those who wait for it are found; empty if it has none.
    pub correlation_key: Arc<str>,
    /// The publisher's own name for it, by which a second one is told.
    pub message_id: Option<Arc<str>>,
    /// What it carries.
    pub variables: Variables,
    /// When it was published.
    pub published_at: i64,
    /// The moment from which on it reaches nobody.
    pub expires_at: i64,
}
