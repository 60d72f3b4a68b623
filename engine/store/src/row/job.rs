//! Jobs as those see them who do their work outside of the transaction.

use std::sync::Arc;

use tongban_core::event::JobKind;
use tongban_core::id::{JobId, ProcessInstanceId};

use crate::id::TenantId;
use crate::query::wait::Share;

/// A job with its place in the queue of those who may take it.
///
/// Instants of the queue are of the machine's clock: a lease lapses whatever the manual clock says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedJob {
    /// The tenant of the instance.
    pub tenant: TenantId,
    /// The instance it belongs to.
    pub process_instance_id: ProcessInstanceId,
    /// Its number within the instance.
    pub id: JobId,
    /// The XML id of the element.
    pub element_id: Arc<str>,
    /// What it is for.
    pub kind: JobKind,
    /// The type that the model names.
    pub job_type: Arc<str>,
    /// Tries that are left.
    pub retries: i32,
    /// When it is tried again by the clock of due times, while it backs off after a failure.
    pub retry_at: Option<i64>,
    /// When it was created.
    pub created_at: i64,
    /// The queue in which it waits; absent where nobody outside was asked yet.
    pub queue: Option<Arc<str>>,
    /// When it can be taken: for a leased job the end of the lease. Absent while nobody may.
    pub available_at: Option<i64>,
    /// Rises whenever the job is taken, given back or withdrawn; a worker with a lower one is out of
    /// date.
    pub lease_token: i64,
    /// Who took it last, and has not given it back.
    pub worker: Option<Arc<str>>,
    /// Times it was tried in vain since it was offered.
    pub n_failures: i32,
    /// Whether its instance rests, so that nobody may take it.
    pub is_suspended: bool,
}

/// What is wanted of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taking<'a> {
    /// Only of this tenant.
    pub tenant: Option<&'a TenantId>,
    /// The queue.
    pub queue: &'a str,
    /// Only of this share; whoever asks from outside is given any.
    pub share: &'a Share,
    /// Available at this instant.
    pub at: i64,
    /// The end of the lease.
    pub until: i64,
    /// Who takes them.
    pub worker: &'a str,
    /// So many at most.
    pub limit: usize,
}
