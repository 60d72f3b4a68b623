//! Schedules between the manifest that declares them, what staff have changed, and the core that
//! reckons. It does not store anything.

use serde::{Deserialize, Serialize};
use tongban_bpmn::timer::Error as CronError;
use tongban_core::deadline::{Term, date_of, start_of};
use tongban_core::id::Instant;
use tongban_core::schedule::{
    Aim, Days, Due, Lead, Missed, Period, PlannedRun, Rhythm, Wakes, plan,
};
use tongban_feel::time::{Date, Zone};
use tongban_feel::workday::Calendar;
use tongban_host::manifest::schedule as declared;
use tongban_host::manifest::schedule::Schedule;

use crate::deadline::{roll_of, unit_of};

pub(crate) mod floor;

/// Instants that are planned at once: as runs of their own, and where they become one.
const RUNS_MAX: usize = 500;
const INSTANTS_MAX: usize = 20_000;
const DAY_US: i64 = 86_400 * 1_000_000;

/// What staff have changed about a schedule; what is absent is as the plugin declares it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleChange {
    /// When it wakes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// How long after the fact an item is due, in the declared unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<u32>,
    /// How many days before that it is opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<i32>,
    /// Its reminders, as days before the due day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stages: Option<Vec<i32>>,
}

impl ScheduleChange {
    /// This change laid over an earlier one.
    pub(crate) fn over(self, earlier: &ScheduleChange) -> ScheduleChange {
        ScheduleChange {
            cron: self.cron.or_else(|| earlier.cron.clone()),
            amount: self.amount.or(earlier.amount),
            lead: self.lead.or(earlier.lead),
            stages: self.stages.or_else(|| earlier.stages.clone()),
        }
    }
}

/// An approved version of what staff have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) version: i32,
    pub(crate) effective_on: Date,
    pub(crate) change: ScheduleChange,
}

/// A schedule as it holds on a day: the declaration with what staff have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// Version of the rule; 0 where staff have changed nothing.
    pub version: i32,
    /// When it wakes.
    pub cron: String,
    /// How long after the fact an item is due.
    pub amount: Option<u32>,
    /// How many days before that it is opened.
    pub lead: i32,
    /// Its reminders.
    pub stages: Vec<i32>,
}

/// A schedule with its rules and what its days are reckoned with.
#[derive(Clone, Copy)]
pub(crate) struct Scheduled<'s> {
    pub(crate) declared: &'s Schedule,
    /// In no order that matters.
    pub(crate) rules: &'s [Rule],
    pub(crate) calendar: &'s dyn Calendar,
    pub(crate) zone: &'s Zone,
}

impl Scheduled<'_> {
    /// What holds on a day: of the rules that have taken effect by then the one that did so last, and
    /// of those of one day the latest version.
    pub(crate) fn on(&self, day: Date) -> InForce {
        let begun = self.rules.iter().filter(|it| it.effective_on <= day);
        let rule = begun.max_by_key(|it| (it.effective_on, it.version));
        in_force(self.declared, rule)
    }

    /// What holds at an instant.
    pub(crate) fn at(&self, at: i64) -> InForce {
        self.on(date_of(Instant(at), self.zone))
    }

    /// The instants after one and up to another at which it runs, the first `max` of them, each by
    /// the rule of its day.
    pub(crate) fn wakes(&self, after: i64, until: i64, max: usize) -> Result<Wakes, CronError> {
        let (mut after, until) = (Instant(after), Instant(until));
        let mut wakes = Wakes {
            at: Vec::new(),
            through: after,
        };
        for turn in self.turns(after, until) {
            let in_force = self.at(after.0.saturating_add(1));
            let rhythm = self.rhythm(&in_force);
            let part = rhythm.between(after, turn, max - wakes.at.len())?;
            wakes.at.extend(part.at);
            wakes.through = part.through;
            if wakes.through < turn {
                break;
            }
            after = turn;
        }
        Ok(wakes)
    }

    /// The first instant after another at which it runs.
    pub(crate) fn next_wake(&self, after: i64) -> Result<Option<i64>, CronError> {
        let mut after = Instant(after);
        for turn in self.turns(after, Instant(i64::MAX)) {
            let in_force = self.at(after.0.saturating_add(1));
            match self.rhythm(&in_force).next(after)? {
                Some(at) if at <= turn => return Ok(Some(at.0)),
                Some(_) | None => after = turn,
            }
        }
        Ok(None)
    }

    /// The runs of instants that have come by `now` after those that are handled, as its policy says, and the instant up
    /// to which they are all.
    pub(crate) fn planned(
        &self,
        handled_until: i64,
        now: i64,
    ) -> Result<(Vec<PlannedRun>, i64), CronError> {
        let missed = missed_of(self.declared.missed);
        let look_back = i64::from(self.declared.look_back_days) * DAY_US;
        let max = match missed {
            Missed::Each => RUNS_MAX,
            Missed::DateDriven | Missed::Once | Missed::Skip => INSTANTS_MAX,
        };
        let wakes = self.wakes(handled_until.max(now - look_back), now, max)?;
        let runs = plan(missed, &wakes.at, Instant(now), self.zone);
        Ok((runs, wakes.through.0))
    }

    /// When items are due and opened under a rule.
    pub(crate) fn aim(&self, in_force: &InForce) -> Aim {
        let declared = self.declared;
        let due = declared.due.as_ref().map(|due| match due {
            declared::Due::After {
                amount, unit, roll, ..
            } => Due::After {
                term: Term {
                    amount: in_force.amount.unwrap_or(*amount),
                    unit: unit_of(*unit),
                },
                roll: roll_of(*roll),
            },
            declared::Due::EndOfPeriod { roll } => Due::EndOfPeriod {
                roll: roll_of(*roll),
            },
            declared::Due::Fixed { month, day, roll } => Due::Fixed {
                month: *month,
                day: *day,
                roll: roll_of(*roll),
            },
        });
        Aim {
            due,
            lead: Lead {
                before: in_force.lead,
                working: declared.lead.working,
            },
            stages: in_force.stages.clone(),
            stages_working: declared.stages_working,
            by_date: declared.missed == declared::Missed::DateDriven,
            period: period_of(declared.period),
        }
    }

    pub(crate) fn rhythm<'r>(&'r self, in_force: &'r InForce) -> Rhythm<'r> {
        Rhythm {
            cron: &in_force.cron,
            days: days_of(self.declared.on),
            calendar: self.calendar,
            zone: self.zone,
        }
    }

    /// The last instants of spans within which one rule holds.
    fn turns(&self, after: Instant, until: Instant) -> Vec<Instant> {
        let begin = |it: &Rule| start_of(it.effective_on, self.zone);
        let ends = self.rules.iter().filter_map(begin);
        let ends = ends.map(|it| it.plus_us(-1));
        let mut ends: Vec<Instant> = ends.filter(|it| after < *it && *it < until).collect();
        ends.push(until);
        ends.sort_unstable();
        ends.dedup();
        ends
    }
}

fn in_force(declared: &Schedule, rule: Option<&Rule>) -> InForce {
    let amount = match &declared.due {
        Some(declared::Due::After { amount, .. }) => Some(*amount),
        Some(declared::Due::EndOfPeriod { .. } | declared::Due::Fixed { .. }) | None => None,
    };
    let change = rule.map(|it| it.change.clone()).unwrap_or_default();
    InForce {
        version: rule.map_or(0, |it| it.version),
        cron: change.cron.unwrap_or_else(|| declared.cron.clone()),
        amount: change.amount.or(amount),
        lead: change.lead.unwrap_or(declared.lead.before),
        stages: change.stages.unwrap_or_else(|| declared.stages.clone()),
    }
}

/// The policy as the core knows it.
pub(crate) fn missed_of(missed: declared::Missed) -> Missed {
    match missed {
        declared::Missed::DateDriven => Missed::DateDriven,
        declared::Missed::Each => Missed::Each,
        declared::Missed::Once => Missed::Once,
        declared::Missed::Skip => Missed::Skip,
    }
}

/// The period as the core knows it.
pub(crate) fn period_of(period: declared::Period) -> Period {
    match period {
        declared::Period::DueDate => Period::DueDate,
        declared::Period::Run => Period::Run,
        declared::Period::Day => Period::Day,
        declared::Period::Week => Period::Week,
        declared::Period::Month => Period::Month,
        declared::Period::Quarter => Period::Quarter,
        declared::Period::Half => Period::Half,
        declared::Period::Year => Period::Year,
    }
}

/// The days as the core knows them.
pub(crate) fn days_of(days: declared::Days) -> Days {
    match days {
        declared::Days::Every => Days::Every,
        declared::Days::WorkingDays => Days::WorkingDays,
        declared::Days::FirstWorkingDayOfMonth => Days::FirstWorkingDayOfMonth,
        declared::Days::LastWorkingDayOfMonth => Days::LastWorkingDayOfMonth,
    }
}

#[cfg(test)]
mod tests;
