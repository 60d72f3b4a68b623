//! Runs of schedules and their items: the evidence of periodic work.

use std::sync::Arc;

use tongban_core::schedule::Missed;
use tongban_feel::time::Date;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunState {
    /// It waits, or is under way.
    Open,
    /// It is through.
    Done,
    /// It was worthless when its time came.
    Skipped,
    /// It could not be made.
    Failed,
}

/// A run of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleRun {
    /// Its id.
    pub id: i64,
    /// The schedule.
    pub key: Arc<str>,
    /// When it was due.
    pub scheduled_for: i64,
    /// Tells runs apart that were asked for; 0 where the calendar asked.
    pub ordinal: i64,
    /// The first instant it stands for.
    pub first_for: i64,
    /// How many instants it stands for.
    pub n_instants: i32,
    /// What became of missed runs.
    pub policy: Missed,
    /// It was planned late.
    pub late: bool,
    /// Items that opened up to this day come late.
    pub missed_until: Option<Date>,
    /// Who asked for it, where it was not the calendar.
    pub requested_by: Option<Arc<str>>,
    /// Where it stands.
    pub state: RunState,
    /// The place in its population up to which it has got.
    pub cursor: Option<Arc<str>>,
    /// Subjects that had something open.
    pub selected: i64,
    /// Items that were carried out.
    pub created: i64,
    /// Items that had been before.
    pub skipped_duplicate: i64,
    /// Items that failed.
    pub failed: i64,
    /// Names the plugin's version and the rule it ran by.
    pub config_version: Arc<str>,
    /// Names the calendar it ran by.
    pub calendar_version: Arc<str>,
    /// Why it failed.
    pub message: Option<Arc<str>>,
    /// When it was planned.
    pub planned_at: i64,
    /// When it began.
    pub started_at: Option<i64>,
    /// When it ended.
    pub ended_at: Option<i64>,
}

/// How an item ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemOutcome {
    /// The operation was carried out.
    Done,
    /// It was refused or broke down.
    Failed,
}

/// What a schedule did about one subject within one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleItem {
    /// `{schedule}:{subject}:{period}`, with the stage after it where there is one.
    pub key: Arc<str>,
    /// The schedule.
    pub schedule_key: Arc<str>,
    /// The run that last tried it.
    pub run_id: i64,
    /// Id of the record, or `-` where the schedule has none.
    pub subject_id: Arc<str>,
    /// The date of the record it was reckoned from.
    pub anchor_on: Option<Date>,
    /// The day it is due.
    pub due_on: Option<Date>,
    /// The stage of a reminder.
    pub stage: Option<i32>,
    /// The period it belongs to.
    pub period: Arc<str>,
    /// It came late.
    pub late: bool,
    /// How it ended.
    pub outcome: ItemOutcome,
    /// Why it failed.
    pub message: Option<Arc<str>>,
    /// How often it was tried.
    pub n_tries: i32,
    /// When it is tried again by itself.
    pub retry_at: Option<i64>,
    /// When it was tried last.
    pub at: i64,
}
