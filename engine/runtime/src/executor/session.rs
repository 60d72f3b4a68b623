//! One group of commands over one unit of work, and the command that is running in it.

use std::collections::{BTreeSet, VecDeque};
use std::future::Future;
use std::sync::Arc;

use tokio::runtime::Handle;
use tongban_core::id::{Instant, ProcessInstanceId};
use tongban_core::now::Now;
use tongban_feel::environment::Environment;
use tongban_feel::time::{Date, Timestamp};
use tongban_store::row::audit_entry::NewAuditEntry;
use tongban_store::unit_of_work::{CommandContext, UnitOfWork};

use crate::change::{Change, Subject};
use crate::command::Principal;
use crate::data_type::Types;
use crate::executor::deploy::import::Fresh;
use crate::executor::follow_up::FollowUp;
use crate::executor::job::Memo;
use crate::executor::stop::Decided;
use crate::job_queue::QueueKey;
use crate::outcome::Notice;
use crate::shared::Shared;
use crate::tenant::TenantWorld;

/// A group of commands over one unit of work.
pub(crate) struct Session<'e> {
    pub(crate) shared: &'e Arc<Shared>,
    pub(crate) runtime: &'e Handle,
    // Away only while a plugin call owns it.
    unit: Option<UnitOfWork>,
    /// What the accepted commands changed, for subscribers.
    pub(crate) changes: Vec<Change>,
    /// Instances that were stored, each with its tenant.
    pub(crate) stored: BTreeSet<(Arc<str>, i64)>,
    /// What to wake after the commit.
    pub(crate) wakes: Wakes,
    /// Queues into which accepted commands have put jobs, one entry a job.
    pub(crate) offers: Vec<QueueKey>,
    /// What accepted commands left to be done, with the tenant and on whose behalf.
    pub(crate) follow_ups: VecDeque<(Arc<str>, Principal, FollowUp)>,
    /// What is left to be done and has to wait: for its moment, or until an instance is mended.
    pub(crate) waiting_rows: Vec<(Arc<str>, Principal, FollowUp)>,
    /// The state of configuration and definitions that the group goes by.
    pub(crate) revision: i64,
    /// When the group has lasted long enough.
    pub(crate) full_at: std::time::Instant,
    /// Whether people ask for things at the moment.
    pub(crate) is_asked: bool,
    /// The running command.
    pub(crate) running: Running,
    /// How calls of the running command are answered when it is decided again.
    pub(crate) memo: Memo,
    /// Leases found to be held in this transaction.
    pub(crate) fenced: BTreeSet<(Arc<str>, Arc<str>, i64)>,
    /// Whether this try of the group is its last one.
    pub(crate) last: Last,
}

/// Whether a try is the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Last {
    /// It is tried again if another transaction is in the way.
    No,
    /// A unique key that is taken is refused: it was taken the time before too.
    OfKeys,
    /// What is in the way then is refused.
    Yes,
}

/// Which background work has something new to do.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wakes {
    pub(crate) timers: bool,
    pub(crate) continuations: bool,
    pub(crate) calendars: bool,
    pub(crate) time_events: bool,
    pub(crate) schedules: bool,
}

/// The command that is being decided.
pub(crate) struct Running {
    pub(crate) tenant: Arc<TenantWorld>,
    pub(crate) principal: Principal,
    /// Read once, from the one clock.
    pub(crate) now: i64,
    /// Whether a person's submission is being decided: a plugin's refusal then goes back to him.
    pub(crate) is_submission: bool,
    pub(crate) dry_run: bool,
    /// Names calls that belong to no job.
    pub(crate) call_id: Arc<str>,
    /// The instance in hand, to be halted if deciding panics.
    pub(crate) in_hand: Option<i64>,
    pub(crate) changes: Vec<Change>,
    pub(crate) follow_ups: VecDeque<FollowUp>,
    pub(crate) warnings: Vec<Notice>,
    pub(crate) wakes: Wakes,
    /// Queues into which it has put jobs, one entry a job.
    pub(crate) offers: Vec<QueueKey>,
    /// Rounds of the instance in hand since it last waited.
    pub(crate) rounds: u32,
    /// Decision files that it has deployed.
    pub(crate) deployed: Vec<Fresh>,
    /// Time spent in plugin calls.
    pub(crate) plugin_time: std::time::Duration,
    n_calls: u32,
}

impl Running {
    /// The beginning of a command.
    pub(crate) fn new(tenant: Arc<TenantWorld>, principal: Principal, now: i64) -> Running {
        Running {
            tenant,
            principal,
            now,
            is_submission: false,
            dry_run: false,
            call_id: Arc::from(""),
            in_hand: None,
            changes: Vec::new(),
            follow_ups: VecDeque::new(),
            warnings: Vec::new(),
            wakes: Wakes::default(),
            offers: Vec::new(),
            rounds: 0,
            deployed: Vec::new(),
            plugin_time: std::time::Duration::ZERO,
            n_calls: 0,
        }
    }

    /// The number of the next call within the command.
    pub(crate) fn next_call(&mut self) -> u32 {
        self.n_calls += 1;
        self.n_calls
    }
}

impl<'e> Session<'e> {
    /// A session without a running command.
    pub(crate) fn new(shared: &'e Arc<Shared>, runtime: &'e Handle) -> Session<'e> {
        let nobody = Running::new(Arc::new(TenantWorld::empty("")), Principal::engine(), 0);
        Session {
            shared,
            runtime,
            unit: Some(shared.database.unit_of_work()),
            changes: Vec::new(),
            stored: BTreeSet::new(),
            wakes: Wakes::default(),
            offers: Vec::new(),
            follow_ups: VecDeque::new(),
            waiting_rows: Vec::new(),
            revision: 0,
            full_at: std::time::Instant::now(),
            is_asked: false,
            running: nobody,
            memo: Memo::new(),
            fenced: BTreeSet::new(),
            last: Last::No,
        }
    }

    /// The unit of work.
    pub(crate) fn unit(&mut self) -> &mut UnitOfWork {
        self.unit
            .as_mut()
            .expect("only a plugin call takes the unit of work, and gives it back")
    }

    /// Whether the group has reached one of its bounds.
    pub(crate) fn is_group_full(&mut self) -> bool {
        let bytes_max = self.shared.bounds.group_bytes_max;
        std::time::Instant::now() >= self.full_at || self.unit().pending_bytes() >= bytes_max
    }

    /// What nobody waits for comes now: it leaves the most of the time to those who ask.
    pub(crate) fn keep_short(&mut self) {
        if self.is_asked {
            let time_max = self.shared.bounds.background_time_ms_max;
            let time_max = std::time::Duration::from_millis(time_max);
            self.full_at = self.full_at.min(std::time::Instant::now() + time_max);
        }
    }

    /// Hands the unit of work to a plugin call.
    pub(crate) fn lend_unit(&mut self) -> UnitOfWork {
        self.unit.take().expect("one plugin call runs at a time")
    }

    /// Takes the unit of work back.
    pub(crate) fn return_unit(&mut self, unit: UnitOfWork) {
        self.unit = Some(unit);
    }

    /// Whether the unit of work is here; a panic in a plugin call loses it.
    pub(crate) fn has_unit(&self) -> bool {
        self.unit.is_some()
    }

    /// Waits for the database. The executor has a thread of its own, so that nothing else waits.
    pub(crate) fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Opens a command.
    pub(crate) fn begin(&mut self, running: Running) {
        let context = CommandContext {
            tenant: running.tenant.id.clone(),
            principal: running.principal.id.clone(),
            at: running.now,
        };
        self.running = running;
        self.unit().begin_command(context);
    }

    /// Lays what the command did into the group, and hands out what it left to be done.
    pub(crate) fn accept(&mut self) -> Decided<VecDeque<FollowUp>> {
        let runtime = self.runtime;
        runtime.block_on(self.unit().accept_command())?;
        let running = &mut self.running;
        self.changes.append(&mut running.changes);
        self.wakes.timers |= running.wakes.timers;
        self.offers.append(&mut running.offers);
        self.wakes.continuations |= running.wakes.continuations;
        self.wakes.calendars |= running.wakes.calendars;
        self.wakes.time_events |= running.wakes.time_events;
        self.wakes.schedules |= running.wakes.schedules;
        Ok(std::mem::take(&mut running.follow_ups))
    }

    /// Undoes what the command did.
    pub(crate) fn drop_command(&mut self) -> Decided<()> {
        let runtime = self.runtime;
        Ok(runtime.block_on(self.unit().drop_command())?)
    }

    /// Commits the group. Nobody is answered before.
    pub(crate) fn commit(&mut self) -> Decided<()> {
        let unit = self.lend_unit();
        let n_bytes = u32::try_from(unit.pending_bytes()).unwrap_or(u32::MAX);
        let started = std::time::Instant::now();
        self.runtime.block_on(unit.commit())?;
        let seconds = started.elapsed().as_secs_f64();
        self.shared.metrics.commit_seconds.observe(seconds);
        self.shared.metrics.group_bytes.observe(f64::from(n_bytes));
        Ok(())
    }

    /// Undoes the group.
    pub(crate) fn roll_back(&mut self) {
        if let Some(unit) = self.unit.take()
            && let Err(error) = self.runtime.block_on(unit.rollback())
        {
            tracing::warn!(error = %crate::executor::stop::chain(&error), "could not roll back");
        }
    }

    /// A new id, never used before.
    pub(crate) fn next_id(&mut self) -> Decided<i64> {
        let runtime = self.runtime;
        Ok(runtime.block_on(self.unit().next_id())?)
    }

    /// The moment of the running command as the core sees it.
    pub(crate) fn core_now<'a>(&'a self, types: &'a Types<'a>) -> Now<'a> {
        Now {
            at: Instant(self.running.now),
            zone: self.shared.zone.clone(),
            calendar: &*types.tenant.calendar,
            limits: &self.shared.core_limits,
            types,
        }
    }

    /// The surroundings of an expression that is evaluated by the running command.
    pub(crate) fn environment(&self) -> Environment<'_> {
        Environment {
            now: Timestamp::from_microseconds(self.running.now),
            zone: self.shared.zone.clone(),
            calendar: &*self.running.tenant.calendar,
            budget: self.shared.core_limits.feel,
        }
    }

    /// The date of the command in the county's zone.
    pub(crate) fn today(&self) -> Date {
        self.shared.date_of(self.running.now)
    }

    /// Notes a change for the subscribers.
    pub(crate) fn note_change(&mut self, subject: Subject) {
        let tenant = self.running.tenant.name.clone();
        self.running.changes.push(Change { tenant, subject });
    }

    /// Adds an entry to the audit trail of the command.
    pub(crate) fn audit(&mut self, action: &str, subject: (&str, &str)) -> Decided<()> {
        let entry = NewAuditEntry {
            action: Arc::from(action),
            subject_kind: Arc::from(subject.0),
            subject_id: Arc::from(subject.1),
            detail: None,
        };
        self.audit_entry(entry)
    }

    /// Adds an entry to the audit trail of the command, with the reason that was given.
    pub(crate) fn audit_with(
        &mut self,
        action: &str,
        subject: (&str, &str),
        reason: Option<&str>,
    ) -> Decided<()> {
        let detail = reason.map(|it| serde_json::json!({ "reason": it }).to_string());
        self.audit_entry(NewAuditEntry {
            action: Arc::from(action),
            subject_kind: Arc::from(subject.0),
            subject_id: Arc::from(subject.1),
            detail: detail.map(Arc::from),
        })
    }

    /// Adds an entry to the audit trail of the command.
    pub(crate) fn audit_entry(&mut self, entry: NewAuditEntry) -> Decided<()> {
        let runtime = self.runtime;
        Ok(runtime.block_on(self.unit().note_audit(entry))?)
    }

    /// Stops an instance that a bug has broken, in a command of its own.
    pub(crate) fn halt(&mut self, instance: i64, reason: &str) -> Decided<()> {
        let runtime = self.runtime;
        runtime.block_on(
            self.unit()
                .halt_instance(ProcessInstanceId(instance), reason),
        )?;
        runtime.block_on(self.unit().withdraw_jobs(ProcessInstanceId(instance)))?;
        self.note_change(Subject::ProcessInstance(instance));
        Ok(())
    }
}
