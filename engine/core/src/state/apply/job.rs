//! Jobs.

use crate::event::JobCreated;
use crate::id::{Instant, JobId};
use crate::state::State;
use crate::state::job::{Job, JobPhase};

impl State {
    pub(super) fn apply_job_created(&mut self, created: &JobCreated) {
        self.draw_id(created.id.0);
        self.jobs.insert(Job {
            id: created.id,
            element_instance: created.element_instance,
            job_type: created.job_type.clone(),
            kind: created.kind,
            retries: created.retries,
            headers: created.headers.clone(),
            phase: JobPhase::Active,
        });
    }

    pub(super) fn apply_job_failed(&mut self, id: JobId, retries: u32, due_at: Option<Instant>) {
        self.jobs.update(id, |job| {
            job.retries = retries;
            job.phase = match due_at {
                Some(due_at) => JobPhase::BackOff { due_at },
                None => JobPhase::Failed,
            };
        });
    }

    pub(super) fn apply_job_retried(&mut self, id: JobId, retries: u32) {
        self.jobs.update(id, |job| {
            job.retries = retries;
            job.phase = JobPhase::Active;
        });
    }

    pub(super) fn apply_job_error_thrown(&mut self, id: JobId) {
        self.jobs
            .update(id, |job| job.phase = JobPhase::ErrorThrown);
    }

    pub(super) fn apply_job_gone(&mut self, id: JobId) {
        self.jobs.remove(id);
    }
}
