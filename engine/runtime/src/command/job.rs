//! What external workers ask for: jobs under a lease, and what became of them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::ProcessInstanceId;

/// Global id of a job: the instance and the number within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct JobId {
    /// The instance the job belongs to.
    pub process_instance: ProcessInstanceId,
    /// The job's number within the instance.
    pub number: u32,
}

/// The types of jobs a worker may take: names, or beginnings of names that end with `*`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobTypes(pub Vec<Arc<str>>);

impl JobTypes {
    /// Whether a type is among them.
    #[must_use]
    pub fn allow(&self, job_type: &str) -> bool {
        self.0.iter().any(|it| match it.strip_suffix('*') {
            Some(beginning) => job_type.starts_with(beginning),
            None => **it == *job_type,
        })
    }
}

/// A lease as its holder shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JobLease {
    /// The job.
    pub job: JobId,
    /// The token that came with the job; a later lease has a higher one.
    pub token: i64,
    /// The types that the holder may work on.
    #[serde(skip)]
    pub may_take: JobTypes,
}

/// What a worker asks for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum JobCommand {
    /// Takes jobs that wait, those that have waited longest first.
    Activate {
        /// Their type.
        job_type: String,
        /// So many at most.
        max: u32,
        /// How long they are the worker's, by the machine's clock.
        lease_ms: u64,
        /// The types that the worker may take.
        #[serde(skip)]
        may_take: JobTypes,
    },
    /// Keeps a job for longer.
    ExtendLease {
        /// The lease.
        lease: JobLease,
        /// How long from now on.
        lease_ms: u64,
    },
    /// The work is done.
    Complete {
        /// The lease.
        lease: JobLease,
        /// What it brings back: a JSON object.
        variables: Json,
    },
    /// The work failed: it is tried again after the back-off, or an incident is raised.
    Fail {
        /// The lease.
        lease: JobLease,
        /// How often it may still be tried; one less than before where it is not said.
        retries: Option<u32>,
        /// How long to wait before the next try.
        back_off_ms: u64,
        /// What went wrong, for the operator.
        message: String,
    },
    /// The work ended in a BPMN error.
    ThrowError {
        /// The lease.
        lease: JobLease,
        /// The error code.
        code: String,
        /// What happened, for people.
        message: String,
        /// Handed to the event that catches the error: a JSON object.
        variables: Json,
    },
}

impl JobCommand {
    /// The command's name in logs and in the audit trail.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            JobCommand::Activate { .. } => "ActivateJobs",
            JobCommand::ExtendLease { .. } => "ExtendJobLease",
            JobCommand::Complete { .. } => "CompleteJob",
            JobCommand::Fail { .. } => "FailJob",
            JobCommand::ThrowError { .. } => "ThrowBpmnError",
        }
    }

    /// The lease that is shown; asking for jobs shows none.
    pub(crate) fn lease(&self) -> Option<&JobLease> {
        match self {
            JobCommand::Activate { .. } => None,
            JobCommand::ExtendLease { lease, .. }
            | JobCommand::Complete { lease, .. }
            | JobCommand::Fail { lease, .. }
            | JobCommand::ThrowError { lease, .. } => Some(lease),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_allowed_by_name_or_by_its_beginning() {
        let types = JobTypes(vec!["send-sms".into(), "archive:*".into()]);
        assert!(types.allow("send-sms") && types.allow("archive:scan"));
        assert!(!types.allow("send-sms-now") && !types.allow("archive"));
        assert!(!JobTypes::default().allow("send-sms"));
    }
}
