//! Jobs that are done outside: offered to those who may take them, taken under a lease, ended.

use std::sync::Arc;

use tongban_core::command::Command;
use tongban_core::event::JobKind;
use tongban_core::id::{JobId as CoreJobId, ProcessInstanceId};
use tongban_core::state::job::Job;
use tongban_store::query::job as query;
use tongban_store::query::wait::Share;
use tongban_store::row::job::{QueuedJob, Taking};

use crate::change::Subject;
use crate::clock::machine_now;
use crate::command::job::{JobCommand, JobId, JobLease, JobTypes};
use crate::error::{CommandError, UserError};
use crate::executor::follow_up::FollowUp;
use crate::executor::instance::Instance;
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::outcome::{ActivatedJob, Done};
use crate::variables;

/// Beginning of the types that only our own connectors take.
pub(crate) const RESERVED: &str = "tongban:";
/// Instances in one page of those whose jobs a new plugin serves.
const SERVE_PAGE: u64 = 64;
/// Bytes of a message or error code of a worker.
const TEXT_BYTES_MAX: usize = 10_000;

impl Session<'_> {
    /// Does what an external worker asks for.
    pub(crate) fn serve_worker(&mut self, command: &JobCommand) -> Decided<Done> {
        match command {
            JobCommand::Activate {
                job_type,
                max,
                lease_ms,
                may_take,
            } => self.activate_jobs((job_type, may_take), *max, *lease_ms),
            JobCommand::ExtendLease { lease, lease_ms } => self.extend_job_lease(lease, *lease_ms),
            JobCommand::Complete { lease, variables } => {
                let bytes_max = self.shared.bounds.variables_bytes_max;
                let variables = variables::from_client(variables, bytes_max)?;
                let complete = |job| Command::CompleteJob { job, variables };
                self.end_job(command.name(), lease, |job| complete(job.id))
            }
            JobCommand::Fail {
                lease,
                retries,
                back_off_ms,
                message,
            } => {
                let back_off_us = self.back_off_us(*back_off_ms)?;
                let message = text("message", message)?;
                let fail = |job: &QueuedJob| Command::FailJob {
                    job: job.id,
                    retries: retries.unwrap_or_else(|| retries_left(job)),
                    back_off_us,
                    message,
                };
                self.end_job(command.name(), lease, fail)
            }
            JobCommand::ThrowError {
                lease,
                code,
                message,
                variables,
            } => {
                let bytes_max = self.shared.bounds.variables_bytes_max;
                let variables = variables::from_client(variables, bytes_max)?;
                let (code, message) = (text("code", code)?, text("message", message)?);
                let throw = |job: &QueuedJob| Command::ThrowError {
                    job: job.id,
                    code,
                    message,
                    variables,
                };
                self.end_job(command.name(), lease, throw)
            }
        }
    }

    fn activate_jobs(
        &mut self,
        (job_type, may_take): (&str, &JobTypes),
        max: u32,
        lease_ms: u64,
    ) -> Decided<Done> {
        if job_type.starts_with(RESERVED) || !may_take.allow(job_type) {
            return Err(not_granted(job_type).at("/type").into());
        }
        let limit = self.shared.bounds.job_activation_max;
        if max == 0 || max as usize > limit {
            let reason = format!("expected 1 to {limit} jobs at once");
            return Err(invalid("/max", &reason).into());
        }
        let now = machine_now();
        let until = now.saturating_add(self.lease_us(lease_ms)?);
        let (tenant, worker) = (
            self.running.tenant.id.clone(),
            self.running.principal.id.clone(),
        );
        let taking = Taking {
            tenant: Some(&tenant),
            queue: job_type,
            share: &Share::Whole,
            at: now,
            until,
            worker: &worker,
            limit: max as usize,
        };
        let runtime = self.runtime;
        let taken = runtime.block_on(self.unit().take_jobs(&taking))?;
        let jobs = taken.iter().map(activated).collect();
        Ok(Done::JobsActivated { jobs })
    }

    fn extend_job_lease(&mut self, lease: &JobLease, lease_ms: u64) -> Decided<Done> {
        let job = self.leased_job(lease)?;
        let until = machine_now().saturating_add(self.lease_us(lease_ms)?);
        let key = (job.process_instance_id, job.id);
        let runtime = self.runtime;
        runtime.block_on(self.unit().extend_job_lease(key, until))?;
        Ok(Done::JobLeaseExtended {
            job: ActivatedJob {
                job: lease.job,
                token: lease.token,
                until,
            },
        })
    }

    /// Tells the core how the work of a leased job ended.
    fn end_job(
        &mut self,
        action: &str,
        lease: &JobLease,
        command: impl FnOnce(&QueuedJob) -> Command,
    ) -> Decided<Done> {
        let job = self.leased_job(lease)?;
        self.advance(lease.job.process_instance, command(&job))?;
        let subject = format!("{}-{}", lease.job.process_instance, lease.job.number);
        self.audit(action, ("job", &subject))?;
        Ok(Done::JobEnded { job: lease.job })
    }

    /// The job of a lease that holds: nobody has taken it since.
    fn leased_job(&mut self, lease: &JobLease) -> Decided<QueuedJob> {
        let (instance, id) = (
            ProcessInstanceId(lease.job.process_instance),
            CoreJobId(lease.job.number),
        );
        // The instance is locked before its job, in the order of all commands.
        self.load(instance.0)?;
        let runtime = self.runtime;
        let found = runtime.block_on(self.unit().job(instance, id))?;
        let Some(job) = found else {
            return Err(UserError::new("JOB_NOT_FOUND", &[]).at("/jobId").into());
        };
        if job.job_type.starts_with(RESERVED) || !lease.may_take.allow(&job.job_type) {
            return Err(not_granted(&job.job_type).at("/jobId").into());
        }
        if job.available_at.is_none() || job.lease_token != lease.token {
            return Err(UserError::new("JOB_LEASE_STALE", &[])
                .at("/leaseToken")
                .into());
        }
        Ok(job)
    }

    fn lease_us(&self, lease_ms: u64) -> Decided<i64> {
        let max = self.shared.bounds.job_lease_ms_max;
        if lease_ms == 0 || lease_ms > max {
            let reason = format!("expected a lease of 1 to {} seconds", max / 1000);
            return Err(invalid("/leaseSeconds", &reason).into());
        }
        Ok(i64::try_from(lease_ms)
            .unwrap_or(i64::MAX)
            .saturating_mul(1000))
    }

    fn back_off_us(&self, back_off_ms: u64) -> Decided<i64> {
        let max = self.shared.bounds.job_back_off_ms_max;
        if back_off_ms > max {
            let reason = format!("expected a back-off of at most {} seconds", max / 1000);
            return Err(invalid("/backOffSeconds", &reason).into());
        }
        Ok(i64::try_from(back_off_ms)
            .unwrap_or(i64::MAX)
            .saturating_mul(1000))
    }

    /// Puts the jobs of a step that wait for somebody outside into their queues.
    pub(crate) fn offer_jobs(
        &mut self,
        instance: i64,
        offers: Vec<(CoreJobId, Arc<str>)>,
    ) -> Decided<()> {
        let (runtime, now) = (self.runtime, machine_now());
        for (job, queue) in offers {
            let key = (ProcessInstanceId(instance), job);
            runtime.block_on(self.unit().offer_job(key, &queue, now))?;
            let tenant = self.running.tenant.name.clone();
            if !queue.starts_with(RESERVED) {
                self.note_change(Subject::Jobs {
                    job_type: queue.clone(),
                });
            }
            self.running.offers.push((tenant, queue));
        }
        Ok(())
    }

    /// Jobs that waited for somebody outside are worked on here from now on, since a plugin that
    /// serves them has been activated: after its commit, page after page.
    pub(crate) fn serve_jobs_later(&mut self, queues: Vec<String>) -> Decided<()> {
        if queues.is_empty() {
            return Ok(());
        }
        self.put_row(&FollowUp::ServeJobs { queues, after: 0 })?;
        self.running.wakes.continuations = true;
        Ok(())
    }

    /// One page of instances whose waiting jobs are worked on here from now on.
    pub(crate) fn serve_jobs(&mut self, queues: Vec<String>, after: i64) -> Decided<()> {
        let tenant = self.running.tenant.id.clone();
        let names: Vec<Arc<str>> = queues.iter().map(|it| Arc::from(it.as_str())).collect();
        let (database, from) = (&self.shared.database, ProcessInstanceId(after));
        let find = query::instances_in_queues(database, &tenant, &names, from, SERVE_PAGE);
        let page = self.wait(find)?;
        let Some(last) = page.last().map(|it| it.0) else {
            return Ok(());
        };
        for instance in page {
            self.running.follow_ups.push_back(FollowUp::GoOn {
                process_instance: instance.0,
                rounds: 0,
            });
        }
        let rest = FollowUp::ServeJobs {
            queues,
            after: last,
        };
        self.running.follow_ups.push_back(rest);
        Ok(())
    }

    /// Whether a job has been offered to somebody outside, and its work is not ours meanwhile.
    pub(crate) fn is_with_others(&mut self, instance: &Instance, id: CoreJobId) -> Decided<bool> {
        let Some(job) = instance.state.job(id) else {
            return Ok(false);
        };
        let is_ours = self.is_served_here(job);
        if job.kind == JobKind::Listener {
            return Ok(false);
        }
        let runtime = self.runtime;
        let row = runtime.block_on(self.unit().job(ProcessInstanceId(instance.id), id))?;
        Ok(row.is_some_and(|it| match is_ours {
            // A plugin has begun to serve the type; who has taken the job before ends it.
            true => is_leased(&it),
            false => it.available_at.is_some(),
        }))
    }

    /// Whether a worker is at a job whose type has become ours since he took it: it is looked at
    /// again, as his lease may lapse.
    pub(crate) fn is_lease_waited_for(
        &mut self,
        instance: &Instance,
        id: CoreJobId,
    ) -> Decided<bool> {
        let Some(job) = instance.state.job(id) else {
            return Ok(false);
        };
        let is_ours = self.is_served_here(job);
        if !is_ours || job.kind == JobKind::Listener {
            return Ok(false);
        }
        let runtime = self.runtime;
        let row = runtime.block_on(self.unit().job(ProcessInstanceId(instance.id), id))?;
        Ok(row.is_some_and(|it| is_leased(&it)))
    }

    fn is_served_here(&self, job: &Job) -> bool {
        self.running.tenant.operation(&job.job_type).is_some()
            || self.shared.job_handlers.get(&job.job_type).is_some()
    }
}

/// Whether a worker has taken a job, and his time is not over.
fn is_leased(job: &QueuedJob) -> bool {
    job.worker.is_some() && job.available_at.is_some_and(|it| it > machine_now())
}

/// A taken job as its worker is told.
pub(crate) fn activated(job: &QueuedJob) -> ActivatedJob {
    ActivatedJob {
        job: JobId {
            process_instance: job.process_instance_id.0,
            number: job.id.0,
        },
        token: job.lease_token,
        until: job.available_at.unwrap_or_default(),
    }
}

fn retries_left(job: &QueuedJob) -> u32 {
    u32::try_from(job.retries - 1).unwrap_or(0)
}

fn not_granted(job_type: &str) -> UserError {
    UserError::new("JOB_TYPE_NOT_GRANTED", &[("job_type", job_type)])
}

fn invalid(place: &str, reason: &str) -> UserError {
    UserError::new("INVALID_INPUT", &[("reason", reason)]).at(place)
}

fn text(name: &str, given: &str) -> Result<Arc<str>, CommandError> {
    if given.len() > TEXT_BYTES_MAX {
        let reason = format!("expected at most {TEXT_BYTES_MAX} bytes");
        return Err(invalid(&format!("/{name}"), &reason).into());
    }
    Ok(Arc::from(given))
}
