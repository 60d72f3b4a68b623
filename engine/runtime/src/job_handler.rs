//! Job types that are served within this process, beside those of plugins.
//!
//! They are for programs that embed the engine: benches, tests, and the server's own job types.
//! A handler runs inside the transaction, like a plugin, and must not reach outside.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use tongban_core::variable::Variables;

/// A job as a handler sees it.
#[derive(Debug)]
pub struct JobCall<'a> {
    /// The tenant.
    pub tenant: &'a str,
    /// The instance the job belongs to.
    pub process_instance: i64,
    /// BPMN id of the element.
    pub element_id: &'a str,
    /// Variables visible at the element.
    pub variables: &'a Variables,
    /// Task headers of the model.
    pub headers: &'a BTreeMap<Arc<str>, Arc<str>>,
    /// Instant of the command, microseconds UTC.
    pub now: i64,
    /// From 1.
    pub attempt: u32,
}

/// Why a handler did not complete its job.
#[derive(Debug, Clone)]
pub enum JobFailure {
    /// A BPMN error event with this code.
    Business {
        /// Code of the error event.
        code: String,
        /// For people.
        message: String,
    },
    /// Worth another attempt after a pause.
    Retry {
        /// How long to wait.
        after_ms: u64,
        /// For the operator.
        reason: String,
    },
    /// An incident.
    Failed {
        /// For the operator.
        message: String,
    },
}

/// What a handler answers: the variables of the completed job, or why it was not completed.
pub type JobResult = Result<Variables, JobFailure>;

type Handler = dyn Fn(&JobCall<'_>) -> JobResult + Send + Sync;

/// Handlers by job type.
#[derive(Clone, Default)]
pub struct JobHandlers {
    handlers: BTreeMap<Arc<str>, Arc<Handler>>,
}

impl JobHandlers {
    /// Serves jobs of `job_type` with `handler`.
    #[must_use]
    pub fn with(
        mut self,
        job_type: &str,
        handler: impl Fn(&JobCall<'_>) -> JobResult + Send + Sync + 'static,
    ) -> JobHandlers {
        self.handlers.insert(Arc::from(job_type), Arc::new(handler));
        self
    }

    pub(crate) fn get(&self, job_type: &str) -> Option<Arc<Handler>> {
        self.handlers.get(job_type).cloned()
    }
}

impl fmt::Debug for JobHandlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.handlers.keys()).finish()
    }
}
