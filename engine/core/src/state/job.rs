//! Work for a plugin or a worker.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::event::JobKind;
use crate::id::{ElementInstanceId, Instant, JobId};

/// One job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The element instance it belongs to.
    pub element_instance: ElementInstanceId,
    /// Its type, by which the worker is found.
    pub job_type: Arc<str>,
    /// What it is for.
    pub kind: JobKind,
    /// How often it may still be tried.
    pub retries: u32,
    /// Static texts for the worker.
    pub headers: BTreeMap<Arc<str>, Arc<str>>,
    /// Whether it can be worked on.
    pub phase: JobPhase,
}

/// Whether a job can be worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobPhase {
    /// It can.
    Active,
    /// It failed and is tried again at this moment.
    BackOff {
        /// When.
        due_at: Instant,
    },
    /// It failed and waits for its incident.
    Failed,
    /// It threw an error that nothing here catches.
    ErrorThrown,
}
