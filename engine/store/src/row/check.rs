//! Questions to other departments' registers, and their answers.

use std::sync::Arc;

use tongban_core::id::{JobId, ProcessInstanceId};

use crate::id::TenantId;

/// Where a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckState {
    /// It has yet to be asked, or asked again.
    Pending,
    /// An answer is stored.
    Answered,
    /// The source did not answer in the tries allowed.
    Failed,
    /// Nobody waits for it any more.
    Canceled,
}

/// A question to a register. It may hold personal data; the process instance does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRequest {
    /// The tenant that asks.
    pub tenant: TenantId,
    /// Its id.
    pub id: Arc<str>,
    /// The instance whose job waits for the answer.
    pub process_instance_id: ProcessInstanceId,
    /// That job.
    pub job_id: JobId,
    /// Kind of the check, as a manifest declares it.
    pub kind: Arc<str>,
    /// What the question is about; answers are found by it.
    pub subject: Arc<str>,
    /// JSON text of the question.
    pub body: Arc<str>,
    /// Where it stands.
    pub state: CheckState,
    /// Times it was asked.
    pub n_tries: i32,
    /// When it was stored.
    pub created_at: i64,
}

/// An answer of a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckAnswer {
    /// The check it answers.
    pub check_id: Arc<str>,
    /// Kind of the check.
    pub kind: Arc<str>,
    /// What the question was about.
    pub subject: Arc<str>,
    /// `MATCH`, `MISMATCH`, `NOT_FOUND`, or another code of the kind.
    pub outcome: Arc<str>,
    /// JSON text of the answer.
    pub body: Arc<str>,
    /// When it was answered.
    pub answered_at: i64,
}
