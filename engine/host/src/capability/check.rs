//! Stored answers of other departments.

use super::Unavailable;

/// A stored answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The id of the check.
    pub check_id: String,
    /// The check kind.
    pub kind: String,
    /// About whom or what.
    pub subject: String,
    /// `MATCH`, `MISMATCH`, `NOT_FOUND` or another code of the kind.
    pub outcome: String,
    /// Microseconds since 1970, UTC.
    pub answered_at_us: i64,
    /// The answer as JSON text.
    pub body: Vec<u8>,
}

/// Looks up stored answers. Freshness is judged by the host.
pub trait Checks {
    /// The latest answer about this subject.
    fn lookup_check(&mut self, kind: &str, subject: &str) -> Result<Option<Answer>, Unavailable>;
}
