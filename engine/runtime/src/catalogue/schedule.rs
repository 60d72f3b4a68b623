//! Periodic work as a plugin declares it.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use tongban_core::deadline::Unit;
use tongban_core::schedule::{Days, Missed, Period};
use tongban_host::manifest::schedule as declared;

use super::text_of;
use crate::deadline::unit_of;
use crate::error::Text;
use crate::schedule::{days_of, missed_of, period_of};

/// Periodic work, as the plugin declares it.
#[derive(Debug, Clone)]
pub struct ScheduleEntry {
    /// Key.
    pub key: Arc<str>,
    /// For people.
    pub title: Text,
    /// The clause that asks for it.
    pub law: Option<Text>,
    /// The operation it calls.
    pub operation: Arc<str>,
    /// The record kind of its items; absent where it is called once a run.
    pub record_kind: Option<Arc<str>>,
    /// On which of the days it wakes on it runs.
    pub days: Days,
    /// Within which an item is handled once.
    pub period: Period,
    /// What becomes of missed runs.
    pub missed: Missed,
    /// The unit in which it counts from the fact to the due day.
    pub unit: Option<Unit>,
    /// Whether the days of its lead are working days.
    pub lead_working: bool,
    /// Whether the days of its reminders are working days.
    pub stages_working: bool,
    /// What staff may change.
    pub adjustable: Vec<Adjustable>,
    /// What they may not go below.
    pub floor: Option<Json>,
}

/// What staff may change about a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustable {
    /// When it wakes.
    Cron,
    /// Whether it runs.
    Enabled,
    /// How long after the fact an item is due.
    Amount,
    /// How early an item is opened.
    Lead,
    /// Its reminders.
    Stages,
}

/// A declaration as it is offered.
pub(super) fn entry_of(schedule: &declared::Schedule) -> ScheduleEntry {
    let population = schedule.population.as_ref();
    ScheduleEntry {
        key: Arc::from(schedule.key.as_str()),
        title: text_of(&schedule.title),
        law: schedule.law.as_ref().map(text_of),
        operation: Arc::from(schedule.operation.as_str()),
        record_kind: population.map(|it| Arc::from(it.record.as_str())),
        days: days_of(schedule.on),
        period: period_of(schedule.period),
        missed: missed_of(schedule.missed),
        unit: match &schedule.due {
            Some(declared::Due::After { unit, .. }) => Some(unit_of(*unit)),
            Some(declared::Due::EndOfPeriod { .. } | declared::Due::Fixed { .. }) | None => None,
        },
        lead_working: schedule.lead.working,
        stages_working: schedule.stages_working,
        adjustable: schedule
            .adjustable
            .iter()
            .map(|it| adjustable_of(*it))
            .collect(),
        floor: schedule.floor.as_ref().map(floor_of),
    }
}

fn adjustable_of(adjustable: declared::Adjustable) -> Adjustable {
    match adjustable {
        declared::Adjustable::Cron => Adjustable::Cron,
        declared::Adjustable::Enabled => Adjustable::Enabled,
        declared::Adjustable::Interval => Adjustable::Amount,
        declared::Adjustable::Lead => Adjustable::Lead,
        declared::Adjustable::Stages => Adjustable::Stages,
    }
}

fn floor_of(floor: &declared::Floor) -> Json {
    let every = floor.every.map(|it| match it {
        declared::Period::DueDate | declared::Period::Run | declared::Period::Day => "DAY",
        declared::Period::Week => "WEEK",
        declared::Period::Month => "MONTH",
        declared::Period::Quarter => "QUARTER",
        declared::Period::Half => "HALF",
        declared::Period::Year => "YEAR",
    });
    json!({
        "every": every,
        "amount": floor.interval.map(|it| it.0),
        "lead": floor.lead_min,
        "stages": floor.stages,
    })
}
