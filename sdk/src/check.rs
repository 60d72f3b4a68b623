//! Stored answers of other departments. The request itself is a `tongban:check` task of the
//! diagram; an operation only looks the answer up.

use serde::de::DeserializeOwned;

use crate::error::OperationError;
#[cfg(target_family = "wasm")]
use crate::host::Host;
use crate::host::{AnyHost, CheckAnswer, ReadError};
use crate::pointer;
use crate::time::Instant;

/// Looks up answers; see [`crate::Context::checks`].
pub struct Checks<'a> {
    host: &'a AnyHost,
}

/// What another department answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer(CheckAnswer);

impl<'a> Checks<'a> {
    pub(crate) fn new(host: &'a AnyHost) -> Self {
        Self { host }
    }

    /// The latest answer of this kind about this subject, absent if there is none. One older than
    /// `max_age_hours` comes too, but is not [`Answer::is_fresh`].
    pub fn lookup(
        &self,
        kind: &str,
        subject: &str,
        max_age_hours: u32,
    ) -> Result<Option<Answer>, ReadError> {
        Ok(self
            .host
            .lookup_check(kind, subject, max_age_hours)?
            .map(Answer))
    }
}

impl Answer {
    /// The id of the check, for the record of a decision.
    pub fn id(&self) -> &str {
        &self.0.check_id
    }

    /// `MATCH`, `MISMATCH`, `NOT_FOUND` or another code of the kind.
    pub fn outcome(&self) -> &str {
        &self.0.outcome
    }

    /// When the department answered.
    pub fn answered_at(&self) -> Instant {
        self.0.answered_at
    }

    /// Whether it is not older than asked for.
    pub fn is_fresh(&self) -> bool {
        self.0.fresh
    }

    /// What the department said.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, OperationError> {
        pointer::decode(
            &self.0.body,
            format_args!("answer {} of {}", self.0.check_id, self.0.kind),
        )
    }
}
