//! What staff may change about a schedule, and what they may not go below.

use tongban_core::deadline::{AMOUNT_MAX, start_of};
use tongban_feel::time::Date;
use tongban_host::manifest::schedule::{Adjustable, Period, check_cron};

use super::{InForce, ScheduleChange, Scheduled, period_of};
use crate::code;
use crate::error::{Text, UserError};

/// Days before or after a due day.
const DAYS_MAX: i32 = 4_000;
/// Periods within which it must wake, looked at from the day a rule takes effect.
const PERIODS_MAX: u32 = 60;
/// Reminders of one schedule.
const STAGES_MAX: usize = 20;

/// What is wrong with a change of a schedule that takes effect on a day; nothing if it may be made.
pub(crate) fn check(
    scheduled: &Scheduled<'_>,
    change: &ScheduleChange,
    from: Date,
) -> Vec<UserError> {
    let mut errors = adjusted(scheduled, change);
    errors.extend(unusable(change));
    if errors.is_empty() {
        let mut in_force = scheduled.on(from);
        if let Some(cron) = &change.cron {
            in_force.cron.clone_from(cron);
        }
        in_force.amount = change.amount.or(in_force.amount);
        in_force.lead = change.lead.unwrap_or(in_force.lead);
        if let Some(stages) = &change.stages {
            in_force.stages.clone_from(stages);
        }
        errors.extend(below(scheduled, &in_force, from));
    }
    errors
}

/// Fields that staff may not change.
fn adjusted(scheduled: &Scheduled<'_>, change: &ScheduleChange) -> Vec<UserError> {
    let declared = scheduled.declared;
    let given = [
        (change.cron.is_some(), Adjustable::Cron, "cron"),
        (change.amount.is_some(), Adjustable::Interval, "amount"),
        (change.lead.is_some(), Adjustable::Lead, "lead"),
        (change.stages.is_some(), Adjustable::Stages, "stages"),
    ];
    if given.iter().all(|it| !it.0) {
        return vec![UserError::new("SCHEDULE_UNCHANGED", &[])];
    }
    let forbidden = given
        .iter()
        .filter(|it| it.0 && !declared.adjustable.contains(&it.1));
    forbidden
        .map(|(_, _, field)| {
            let parameters = [("schedule", declared.key.as_str()), ("field", *field)];
            UserError::new("SCHEDULE_NOT_ADJUSTABLE", &parameters).at(format!("/change/{field}"))
        })
        .collect()
}

/// Values that mean nothing.
fn unusable(change: &ScheduleChange) -> Vec<UserError> {
    let mut errors = Vec::new();
    if let Some(Err(expected)) = change.cron.as_deref().map(check_cron) {
        let reason = format!("expected {expected}");
        errors.push(UserError::new("SCH-4001", &[("reason", &reason)]).at("/change/cron"));
    }
    let mut invalid = |field: &str, expected: &str| {
        let reason = format!("expected {expected}");
        let error = UserError::new("INVALID_INPUT", &[("reason", &reason)]);
        errors.push(error.at(format!("/change/{field}")));
    };
    if change.amount.is_some_and(|it| it > AMOUNT_MAX) {
        invalid("amount", &format!("at most {AMOUNT_MAX}"));
    }
    if change.lead.is_some_and(|it| it.abs() > DAYS_MAX) {
        invalid("lead", &format!("-{DAYS_MAX} to {DAYS_MAX} days"));
    }
    if let Some(stages) = &change.stages {
        let mut sorted = stages.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let is_sound = sorted.len() == stages.len()
            && !stages.is_empty()
            && stages.len() <= STAGES_MAX
            && stages.iter().all(|it| it.abs() <= DAYS_MAX);
        if !is_sound {
            invalid(
                "stages",
                &format!("1 to {STAGES_MAX} different numbers of days"),
            );
        }
    }
    errors
}

/// Where a schedule would be weaker than the law.
fn below(scheduled: &Scheduled<'_>, in_force: &InForce, from: Date) -> Vec<UserError> {
    let Some(floor) = &scheduled.declared.floor else {
        return Vec::new();
    };
    let mut errors = Vec::new();
    let mut weaker = |field: &str, floor: &Text| {
        let parameters = [
            ("schedule", scheduled.declared.key.as_str()),
            ("floor_zh", &floor.zh),
            ("floor_en", &floor.en),
        ];
        let error = UserError::new("SCH-4003", &parameters).at(format!("/change/{field}"));
        let law = scheduled.declared.law.as_ref();
        errors.push(error.on_law(law.map(crate::catalogue::text_of)));
    };
    if let (Some((most, _)), Some(amount)) = (floor.interval, in_force.amount)
        && amount > most
    {
        weaker("amount", &plain(format!("≤ {most}")));
    }
    if let Some(least) = floor.lead_min
        && in_force.lead < least
    {
        weaker("lead", &plain(format!("≥ {least}")));
    }
    let missing = floor.stages.iter().find(|it| !in_force.stages.contains(it));
    if let Some(stage) = missing {
        weaker("stages", &plain(stage.to_string()));
    }
    if let Some(every) = floor.every
        && !wakes_in_each(scheduled, in_force, every, from)
    {
        weaker("cron", &code::text(period_code(every), &[]));
    }
    errors
}

fn plain(text: String) -> Text {
    Text {
        zh: text.clone(),
        en: text,
    }
}

fn period_code(period: Period) -> &'static str {
    match period {
        Period::DueDate | Period::Run | Period::Day => "EVERY_DAY",
        Period::Week => "EVERY_WEEK",
        Period::Month => "EVERY_MONTH",
        Period::Quarter => "EVERY_QUARTER",
        Period::Half => "EVERY_HALF",
        Period::Year => "EVERY_YEAR",
    }
}

/// Whether it wakes in each period from the one after a day on.
fn wakes_in_each(scheduled: &Scheduled<'_>, in_force: &InForce, every: Period, from: Date) -> bool {
    let (period, rhythm) = (period_of(every), scheduled.rhythm(in_force));
    let next = |day: Date| period.last_day_of(day)?.add_days(1);
    let mut first = next(from);
    for _ in 0..PERIODS_MAX {
        let Some((day, following)) = first.and_then(|it| Some((it, next(it)?))) else {
            return true;
        };
        let begin = start_of(day, scheduled.zone);
        let end = start_of(following, scheduled.zone);
        if let (Some(begin), Some(end)) = (begin, end) {
            match rhythm.next(begin.plus_us(-1)) {
                Ok(Some(at)) if at < end => {}
                Ok(_) | Err(_) => return false,
            }
        }
        first = Some(following);
    }
    true
}
