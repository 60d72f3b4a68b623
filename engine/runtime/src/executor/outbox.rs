//! What our own connectors ask of a transaction: jobs under a lease, and how each ended.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tongban_core::command::Command;
use tongban_core::id::{JobId as CoreJobId, ProcessInstanceId};
use tongban_core::incident::Kind;
use tongban_store::query::wait::Share;
use tongban_store::row::check::CheckRequest;
use tongban_store::row::job::{QueuedJob, Taking};
use tongban_store::row::notice::{DeliveryState, NoticeDelivery, TakingDeliveries};

use crate::command::Principal;
use crate::command::job::JobId;
use crate::error::CommandError;
use crate::executor::border::Keep;
use crate::executor::session::{Running, Session};
use crate::executor::stop::Decided;
use crate::executor::work::Answered;
use crate::outbox::exchange::Answer;
use crate::outcome::{CommandOutcome, Done, Left};

/// One thing a connector asks for.
#[derive(Debug, Clone)]
pub(crate) enum OutboxTask {
    /// Jobs of a queue, over all tenants.
    TakeJobs(TakeJobs),
    /// The answer to a check, or that there will be none.
    FinishCheck(FinishedCheck),
    /// A job that was tried in vain, to be tried again.
    PostponeJob(PostponedJob),
    /// How the work of a job ended.
    FinishJob(FinishedJob),
    /// Deliveries of notices to a target, over all tenants.
    TakeDeliveries(TakeDeliveries),
    /// How a try to deliver a notice ended.
    FinishDelivery(FinishedDelivery),
}

/// See [`OutboxTask::TakeJobs`].
#[derive(Debug, Clone)]
pub(crate) struct TakeJobs {
    pub(crate) queue: Arc<str>,
    pub(crate) share: Share,
    /// Available at this instant of the machine's clock.
    pub(crate) at: i64,
    /// The end of the lease.
    pub(crate) until: i64,
    pub(crate) limit: usize,
}

/// See [`OutboxTask::TakeDeliveries`].
#[derive(Debug, Clone)]
pub(crate) struct TakeDeliveries {
    pub(crate) target: Arc<str>,
    pub(crate) share: Share,
    /// Available at this instant of the machine's clock.
    pub(crate) at: i64,
    /// The end of the lease.
    pub(crate) until: i64,
    pub(crate) limit: usize,
}

/// A job that a connector has taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenJob {
    /// The tenant of the instance.
    pub tenant: Arc<str>,
    /// The job.
    pub job: JobId,
    /// The fencing token of the lease.
    pub token: i64,
    /// Times it was tried in vain.
    pub n_failures: u32,
}

/// A check with its end.
#[derive(Debug, Clone)]
pub(crate) struct FinishedCheck {
    pub(crate) request: CheckRequest,
    /// The answer; `None` after the last try.
    pub(crate) answer: Option<Answer>,
}

/// A job with its next try.
#[derive(Debug, Clone)]
pub(crate) struct PostponedJob {
    pub(crate) taken: TakenJob,
    pub(crate) next_try_at: i64,
    /// Whether this try counts.
    pub(crate) failed: bool,
    /// The check whose tries are counted with it.
    pub(crate) check_id: Option<Arc<str>>,
}

/// A job with its end, as the core is told.
#[derive(Debug, Clone)]
pub(crate) struct FinishedJob {
    pub(crate) taken: TakenJob,
    pub(crate) command: Command,
}

/// A delivery that a connector has taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenDelivery {
    /// The tenant.
    pub tenant: Arc<str>,
    /// The notice.
    pub notice: i64,
    /// The channel.
    pub channel: Arc<str>,
    /// The fencing token of the lease.
    pub token: i64,
    /// Times it was tried in vain.
    pub n_failures: u32,
}

/// A delivery with how a try ended.
#[derive(Debug, Clone)]
pub(crate) struct FinishedDelivery {
    pub(crate) taken: TakenDelivery,
    pub(crate) end: DeliveryEnd,
}

/// How a try to deliver ended.
#[derive(Debug, Clone)]
pub(crate) enum DeliveryEnd {
    Delivered,
    /// Without an error the try does not count.
    Postponed {
        until: i64,
        error: Option<Arc<str>>,
    },
    Dead {
        error: Arc<str>,
    },
}

impl OutboxTask {
    /// The task's name in logs.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            OutboxTask::TakeJobs(_) => "TakeJobs",
            OutboxTask::FinishCheck(_) => "FinishCheck",
            OutboxTask::PostponeJob(_) => "PostponeJob",
            OutboxTask::FinishJob(_) => "FinishJob",
            OutboxTask::TakeDeliveries(_) => "TakeDeliveries",
            OutboxTask::FinishDelivery(_) => "FinishDelivery",
        }
    }

    /// The instance it is for.
    pub(crate) fn process_instance(&self) -> Option<(Arc<str>, i64)> {
        match self {
            OutboxTask::FinishCheck(finished) => {
                let tenant = Arc::from(finished.request.tenant.as_str());
                Some((tenant, finished.request.process_instance_id.0))
            }
            OutboxTask::FinishJob(FinishedJob { taken, .. })
            | OutboxTask::PostponeJob(PostponedJob { taken, .. }) => {
                Some((taken.tenant.clone(), taken.job.process_instance))
            }
            OutboxTask::TakeJobs(_)
            | OutboxTask::TakeDeliveries(_)
            | OutboxTask::FinishDelivery(_) => None,
        }
    }

    /// The tenant it belongs to; empty where it belongs to the server.
    pub(crate) fn tenant(&self) -> &str {
        match self {
            OutboxTask::FinishCheck(finished) => finished.request.tenant.as_str(),
            OutboxTask::FinishJob(FinishedJob { taken, .. })
            | OutboxTask::PostponeJob(PostponedJob { taken, .. }) => &taken.tenant,
            OutboxTask::FinishDelivery(finished) => &finished.taken.tenant,
            OutboxTask::TakeJobs(_) | OutboxTask::TakeDeliveries(_) => "",
        }
    }
}

impl Session<'_> {
    /// Does what a connector asks for.
    pub(crate) fn serve_connector(&mut self, task: &OutboxTask) -> Decided<Answered> {
        match task {
            OutboxTask::TakeJobs(take) => self.take_jobs(take),
            OutboxTask::FinishCheck(finished) => Ok(self.finish_check(finished)?.map(|()| None)),
            OutboxTask::PostponeJob(postponed) => Ok(self.postpone_job(postponed)?.map(|()| None)),
            OutboxTask::FinishJob(finished) => Ok(self.finish_job(finished)?.map(|()| None)),
            OutboxTask::TakeDeliveries(take) => self.take_deliveries(take),
            OutboxTask::FinishDelivery(finished) => {
                Ok(self.finish_delivery(finished)?.map(|()| None))
            }
        }
    }

    fn take_jobs(&mut self, take: &TakeJobs) -> Decided<Answered> {
        let (world, now) = (self.shared.world(""), self.shared.clock.now());
        let running = || Running::new(world.clone(), Principal::engine(), now);
        self.bordered(running, |session| {
            let engine = Principal::engine();
            let taking = Taking {
                tenant: None,
                queue: &take.queue,
                share: &take.share,
                at: take.at,
                until: take.until,
                worker: &engine.id,
                limit: take.limit,
            };
            let runtime = session.runtime;
            let taken = runtime.block_on(session.unit().take_jobs(&taking))?;
            let done = Done::JobsTaken {
                jobs: taken.iter().map(taken_job).collect(),
            };
            let outcome = CommandOutcome {
                done,
                repeated: false,
                left: Left::default(),
            };
            Ok((Some(outcome), Keep::Yes))
        })
    }

    fn take_deliveries(&mut self, take: &TakeDeliveries) -> Decided<Answered> {
        let (world, now) = (self.shared.world(""), self.shared.clock.now());
        let running = || Running::new(world.clone(), Principal::engine(), now);
        self.bordered(running, |session| {
            let runtime = session.runtime;
            let taking = TakingDeliveries {
                target: &take.target,
                share: &take.share,
                at: take.at,
                until: take.until,
                limit: take.limit,
            };
            let taken = runtime.block_on(session.unit().take_notice_deliveries(&taking))?;
            let deliveries = taken.iter().map(taken_delivery).collect();
            let outcome = CommandOutcome {
                done: Done::DeliveriesTaken { deliveries },
                repeated: false,
                left: Left::default(),
            };
            Ok((Some(outcome), Keep::Yes))
        })
    }

    fn finish_delivery(
        &mut self,
        finished: &FinishedDelivery,
    ) -> Decided<Result<(), CommandError>> {
        let taken = &finished.taken;
        let (world, now) = (self.shared.world(&taken.tenant), self.shared.clock.now());
        let running = || Running::new(world.clone(), Principal::engine(), now);
        self.bordered(running, |session| {
            let runtime = session.runtime;
            let find = session.unit().notice_delivery(taken.notice, &taken.channel);
            let stored = runtime.block_on(find)?;
            let Some(mut stored) = stored.filter(|it| it.lease_token == taken.token) else {
                return Ok(((), Keep::No));
            };
            apply_end(&mut stored, &finished.end, now);
            session.unit().put_notice_delivery(&stored);
            Ok(((), Keep::Yes))
        })
    }

    fn postpone_job(&mut self, postponed: &PostponedJob) -> Decided<Result<(), CommandError>> {
        let taken = &postponed.taken;
        self.for_taken(taken, |session| {
            let key = key_of(taken);
            let until = postponed.next_try_at;
            let runtime = session.runtime;
            let postpone = session.unit().postpone_job(key, until, postponed.failed);
            runtime.block_on(postpone)?;
            match &postponed.check_id {
                Some(id) => session.count_try(id),
                None => Ok(()),
            }
        })
    }

    fn finish_job(&mut self, finished: &FinishedJob) -> Decided<Result<(), CommandError>> {
        let taken = &finished.taken;
        let instance = taken.job.process_instance;
        let done = self.for_taken(taken, |session| {
            session.advance(instance, finished.command.clone())
        })?;
        let Err(CommandError::Rejected(rejected)) = done else {
            return Ok(done);
        };
        // Nobody is there to be told no, and trying again would be refused again.
        let error = rejected.errors.first();
        let reason = error.map_or("", |it| it.code.as_str());
        let message = format!("the end of the work was refused: {reason}");
        let command = Command::RaiseJobIncident {
            job: CoreJobId(taken.job.number),
            kind: Kind::JobFailed,
            message: Arc::from(message),
        };
        self.for_taken(taken, |session| session.advance(instance, command.clone()))
    }

    /// Does something with a taken job, unless it is gone or somebody else has taken it since.
    fn for_taken(
        &mut self,
        taken: &TakenJob,
        mut work: impl FnMut(&mut Self) -> Decided<()>,
    ) -> Decided<Result<(), CommandError>> {
        let (world, now) = (self.shared.world(&taken.tenant), self.shared.clock.now());
        let running = || Running::new(world.clone(), Principal::engine(), now);
        self.bordered(running, |session| {
            let (instance, id) = key_of(taken);
            let runtime = session.runtime;
            // The instance is locked before its job, in the order of all commands.
            runtime.block_on(session.unit().instance(instance))?;
            let job = runtime.block_on(session.unit().job(instance, id))?;
            if job.is_none_or(|it| it.lease_token != taken.token) {
                return Ok(((), Keep::No));
            }
            work(session)?;
            Ok(((), Keep::Yes))
        })
    }
}

fn key_of(taken: &TakenJob) -> (ProcessInstanceId, CoreJobId) {
    (
        ProcessInstanceId(taken.job.process_instance),
        CoreJobId(taken.job.number),
    )
}

fn apply_end(delivery: &mut NoticeDelivery, end: &DeliveryEnd, now: i64) {
    match end {
        DeliveryEnd::Delivered => {
            delivery.state = DeliveryState::Delivered;
            delivery.available_at = None;
            delivery.ended_at = Some(now);
            delivery.last_error = None;
        }
        DeliveryEnd::Postponed { until, error } => {
            delivery.available_at = Some(*until);
            // The lease ends with it, so that the same try is never counted twice.
            delivery.lease_token += 1;
            if error.is_some() {
                delivery.n_failures += 1;
                delivery.last_error.clone_from(error);
            }
        }
        DeliveryEnd::Dead { error } => {
            delivery.state = DeliveryState::Dead;
            delivery.n_failures += 1;
            delivery.available_at = None;
            delivery.ended_at = Some(now);
            delivery.last_error = Some(error.clone());
        }
    }
}

fn taken_delivery(delivery: &NoticeDelivery) -> TakenDelivery {
    TakenDelivery {
        tenant: Arc::from(delivery.tenant.as_str()),
        notice: delivery.notice_id,
        channel: delivery.channel.clone(),
        token: delivery.lease_token,
        n_failures: u32::try_from(delivery.n_failures).unwrap_or(0),
    }
}

fn taken_job(job: &QueuedJob) -> TakenJob {
    TakenJob {
        tenant: Arc::from(job.tenant.as_str()),
        job: JobId {
            process_instance: job.process_instance_id.0,
            number: job.id.0,
        },
        token: job.lease_token,
        n_failures: u32::try_from(job.n_failures).unwrap_or(0),
    }
}
