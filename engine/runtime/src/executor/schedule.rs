//! What people do with schedules: run one now, let it run or not, change it by two persons.

use std::sync::Arc;

use tongban_core::deadline::date_of;
use tongban_core::id::Instant;
use tongban_feel::time::Date;
use tongban_host::manifest::schedule::{Adjustable, Schedule as Declared};
use tongban_host::package::Package;
use tongban_store::query::scheduler;
use tongban_store::row::schedule::{RuleState, Schedule, ScheduleRule};
use tongban_store::row::schedule_run::{RunState, ScheduleRun};
use tongban_store::row::scheduler::Scheduler;

use crate::change::Subject;
use crate::error::{CommandError, Rejected, UserError};
use crate::executor::session::Session;
use crate::executor::stop::{Decided, Stop};
use crate::outcome::Done;
use crate::schedule::{ScheduleChange, floor, missed_of};

impl Session<'_> {
    /// The schedules of a plugin that becomes active: those that are new begin now; the others stay
    /// as staff have left them.
    pub(crate) fn put_schedules(&mut self, package: &Package) -> Decided<()> {
        let now = self.running.now;
        let manifest = package.manifest();
        let row = |it: &Declared| Schedule {
            key: Arc::from(it.key.as_str()),
            plugin: Arc::from(manifest.plugin.name.as_str()),
            enabled: it.enabled,
            handled_until: now,
            since: now,
            updated_at: now,
            updated_by: self.running.principal.id.clone(),
        };
        let rows: Vec<Schedule> = manifest.schedules.iter().map(row).collect();
        let runtime = self.runtime;
        runtime.block_on(self.unit().put_absent_schedules(&rows))?;
        self.running.wakes.schedules |= !rows.is_empty();
        Ok(())
    }

    /// Plans a run as of now.
    pub(crate) fn run_schedule(&mut self, key: &str) -> Decided<Done> {
        let (runtime, now) = (self.runtime, self.running.now);
        let (schedule, declared) = self.schedule_of(key)?;
        if !schedule.enabled {
            return Err(UserError::new("SCHEDULE_DISABLED", &[("schedule", key)]).into());
        }
        let run = self.next_id()?;
        let row = ScheduleRun {
            id: run,
            key: schedule.key,
            scheduled_for: now,
            ordinal: run,
            first_for: now,
            n_instants: 1,
            policy: missed_of(declared.missed),
            late: false,
            missed_until: None,
            requested_by: Some(self.running.principal.id.clone()),
            state: RunState::Open,
            cursor: None,
            selected: 0,
            created: 0,
            skipped_duplicate: 0,
            failed: 0,
            config_version: Arc::from(""),
            calendar_version: Arc::from(self.running.tenant.calendar.version()),
            message: None,
            planned_at: now,
            started_at: None,
            ended_at: None,
        };
        runtime.block_on(self.unit().put_new_schedule_runs(&[row]))?;
        self.note_schedule("RunSchedule", key)?;
        Ok(Done::ScheduleRunPlanned { run })
    }

    /// Lets a schedule run from now on, or no longer. What the law asks for goes on.
    pub(crate) fn set_schedule_enabled(&mut self, key: &str, enabled: bool) -> Decided<Done> {
        let (runtime, now) = (self.runtime, self.running.now);
        let (mut schedule, declared) = self.schedule_of(key)?;
        let done = Done::ScheduleChanged {
            key: key.to_owned(),
        };
        if schedule.enabled == enabled {
            return Ok(done);
        }
        if !enabled && declared.floor.is_some() {
            let parameters = [
                ("schedule", key),
                ("floor_zh", "启用"),
                ("floor_en", "to be enabled"),
            ];
            let law = declared.law.as_ref().map(crate::catalogue::text_of);
            return Err(UserError::new("SCH-4003", &parameters)
                .at("/enabled")
                .on_law(law)
                .into());
        }
        // Whoever declares it as disabled means it to be enabled by the county.
        let may_be_set = declared.adjustable.contains(&Adjustable::Enabled) || !declared.enabled;
        if !may_be_set {
            let parameters = [("schedule", key), ("field", "enabled")];
            return Err(UserError::new("SCHEDULE_NOT_ADJUSTABLE", &parameters).into());
        }
        if enabled {
            (schedule.handled_until, schedule.since) = (now, now);
        }
        schedule.enabled = enabled;
        (schedule.updated_at, schedule.updated_by) = (now, self.running.principal.id.clone());
        runtime.block_on(self.unit().put_schedule(&schedule))?;
        self.note_schedule("SetScheduleEnabled", key)?;
        Ok(done)
    }

    /// Notes a change that a second person has to approve.
    pub(crate) fn propose_schedule_rule(
        &mut self,
        key: &str,
        change: &ScheduleChange,
        (note, effective_on): (&str, &str),
    ) -> Decided<Done> {
        let runtime = self.runtime;
        let effective_on = Date::parse(effective_on).ok_or_else(|| {
            UserError::new("INVALID_INPUT", &[("reason", "expected a date")]).at("/effectiveOn")
        })?;
        self.require_ahead(effective_on)?;
        self.schedule_of(key)?;
        self.check_change(key, change, effective_on)?;
        let rules = runtime.block_on(self.unit().schedule_rules(key))?;
        let approved = rules.iter().filter(|it| it.state == RuleState::Approved);
        let earlier = approved
            .filter(|it| it.effective_on <= effective_on)
            .max_by_key(|it| (it.effective_on, it.version));
        let earlier: ScheduleChange = earlier
            .and_then(|it| serde_json::from_str(&it.content).ok())
            .unwrap_or_default();
        let content = change.clone().over(&earlier);
        let content =
            serde_json::to_string(&content).map_err(|error| Stop::Failed(error.to_string()))?;
        let version = rules.first().map_or(0, |it| it.version) + 1;
        let rule = ScheduleRule {
            key: Arc::from(key),
            version,
            content: Arc::from(content),
            note: Arc::from(note),
            state: RuleState::Proposed,
            effective_on,
            proposed_by: self.running.principal.id.clone(),
            proposed_at: self.running.now,
            decided_by: None,
            decided_at: None,
            item: None,
        };
        runtime.block_on(self.unit().put_schedule_rule(&rule))?;
        self.note_schedule("ProposeScheduleRule", key)?;
        Ok(Done::ScheduleRuleChanged {
            key: key.to_owned(),
            version,
        })
    }

    /// Approves a change, or turns it down. Whoever proposed it may only take it back.
    pub(crate) fn decide_schedule_rule(
        &mut self,
        key: &str,
        version: i32,
        approve: bool,
    ) -> Decided<Done> {
        let runtime = self.runtime;
        self.schedule_of(key)?;
        let rules = runtime.block_on(self.unit().schedule_rules(key))?;
        let version_text = version.to_string();
        let parameters = [("schedule", key), ("version", version_text.as_str())];
        let mut rule = rules
            .into_iter()
            .find(|it| it.version == version)
            .ok_or_else(|| UserError::new("SCHEDULE_RULE_NOT_FOUND", &parameters).at("/version"))?;
        if rule.state != RuleState::Proposed {
            return Err(UserError::new("SCHEDULE_RULE_DECIDED", &parameters).into());
        }
        if approve {
            if rule.proposed_by == self.running.principal.id {
                return Err(UserError::new("SCHEDULE_RULE_OWN", &[]).into());
            }
            self.require_ahead(rule.effective_on)?;
            let change: ScheduleChange = serde_json::from_str(&rule.content)
                .map_err(|error| Stop::Failed(error.to_string()))?;
            self.check_change(key, &change, rule.effective_on)?;
        }
        rule.state = if approve {
            RuleState::Approved
        } else {
            RuleState::Rejected
        };
        rule.decided_by = Some(self.running.principal.id.clone());
        rule.decided_at = Some(self.running.now);
        runtime.block_on(self.unit().put_schedule_rule(&rule))?;
        self.note_schedule("DecideScheduleRule", key)?;
        Ok(Done::ScheduleRuleChanged {
            key: key.to_owned(),
            version,
        })
    }

    /// Lets the failed items of a run be tried again at once.
    pub(crate) fn retry_schedule_run(&mut self, run: i64) -> Decided<Done> {
        let (runtime, now) = (self.runtime, self.running.now);
        let found = runtime.block_on(self.unit().schedule_run(run))?;
        let found = found.ok_or_else(|| UserError::new("SCHEDULE_RUN_NOT_FOUND", &[]))?;
        let n_items = runtime.block_on(self.unit().retry_schedule_items(run, now))?;
        self.note_schedule("RetryScheduleRun", &found.key)?;
        Ok(Done::ScheduleRunRetried { n_items })
    }

    /// Lets the scheduler go on from now, after the clock had gone back.
    pub(crate) fn resume_scheduler(&mut self) -> Decided<Done> {
        let (runtime, now) = (self.runtime, self.running.now);
        let stored = self.wait(scheduler::scheduler(&self.shared.database))?;
        if stored.stopped_at.is_none() {
            return Err(UserError::new("SCHEDULER_NOT_STOPPED", &[]).into());
        }
        let resumed = Scheduler {
            high_water: now,
            stopped_at: None,
            message: None,
            resumed_at: Some(now),
            resumed_by: Some(self.running.principal.id.clone()),
        };
        runtime.block_on(self.unit().put_scheduler(&resumed))?;
        self.note_schedule("ResumeScheduler", "scheduler")?;
        Ok(Done::SchedulerResumed)
    }

    /// The row and the declaration of a schedule.
    fn schedule_of(&mut self, key: &str) -> Decided<(Schedule, Declared)> {
        let (runtime, tenant) = (self.runtime, self.running.tenant.clone());
        let row = runtime.block_on(self.unit().schedule(key))?;
        let declared = tenant.schedule(key).map(|it| it.1.clone());
        row.zip(declared).ok_or_else(|| {
            UserError::new("SCHEDULE_NOT_FOUND", &[("schedule", key)])
                .at("/key")
                .into()
        })
    }

    fn check_change(&self, key: &str, change: &ScheduleChange, from: Date) -> Decided<()> {
        let tenant = self.running.tenant.clone();
        let Some(scheduled) = tenant.scheduled(key, &self.shared.zone) else {
            return Ok(());
        };
        let errors = floor::check(&scheduled, change, from);
        if errors.is_empty() {
            return Ok(());
        }
        Err(Stop::Refused(CommandError::Rejected(Rejected {
            errors,
            warnings: Vec::new(),
        })))
    }

    fn require_ahead(&self, day: Date) -> Decided<()> {
        if day < date_of(Instant(self.running.now), &self.shared.zone) {
            let parameters = [("day", &*day.to_string())];
            let error = UserError::new("SCHEDULE_RULE_LATE", &parameters);
            return Err(error.at("/effectiveOn").into());
        }
        Ok(())
    }

    fn note_schedule(&mut self, action: &str, key: &str) -> Decided<()> {
        self.audit(action, ("schedule", key))?;
        self.note_change(Subject::Schedule(Arc::from(key)));
        self.running.wakes.schedules = true;
        Ok(())
    }
}
