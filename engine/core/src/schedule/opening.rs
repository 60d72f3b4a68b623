//! When an item is due, when it is opened, and at which stage it stands.

use tongban_feel::time::Date;
use tongban_feel::workday::{Calendar, RestDays, roll_off_rest_days};

use super::Period;
use crate::deadline::{Roll, Rule, Term, before, count};

/// Halvings that find a day among all that a date can be.
const HALVINGS_MAX: u32 = 40;
/// Years round the day of a run within which the dates of records are looked for.
const YEARS: i32 = 150;

/// When items are due and when they are opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    /// When they are due.
    pub due: Option<Due>,
    /// How long before that they are opened, where no stage says it.
    pub lead: Lead,
    /// Reminders, as days before the due day, each an item of its own.
    pub stages: Vec<i32>,
    /// Whether the days of stages are working days.
    pub stages_working: bool,
    /// Whether an item waits until its day has come; else each run takes all.
    pub by_date: bool,
    /// Within which an item is handled once.
    pub period: Period,
}

/// When an item is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// So long after the date of the record.
    After {
        /// How long.
        term: Term,
        /// What becomes of a rest day.
        roll: Roll,
    },
    /// On the last day of the period.
    EndOfPeriod {
        /// What becomes of a rest day.
        roll: Roll,
    },
    /// On a fixed day of the year.
    Fixed {
        /// From 1.
        month: u8,
        /// From 1.
        day: u8,
        /// What becomes of a rest day.
        roll: Roll,
    },
}

/// How long before the due day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lead {
    /// So many days; after it if negative.
    pub before: i32,
    /// Whether they are working days.
    pub working: bool,
}

/// An item that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The day it is due.
    pub due_on: Option<Date>,
    /// The stage it stands at.
    pub stage: Option<i32>,
    /// Since when it is open.
    pub opens_on: Date,
    /// The period it belongs to.
    pub period: String,
}

/// Dates of records whose items can be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Not before this day.
    pub from: Option<Date>,
    /// Not after this one; none at all if absent.
    pub until: Option<Date>,
}

impl Aim {
    /// What is open of one subject in a run as of a day, the oldest first; `since` is the first
    /// day the run stands for, `anchor` the date of the record.
    pub fn openings(
        &self,
        calendar: &dyn Calendar,
        (since, as_of): (Date, Date),
        anchor: Option<Date>,
    ) -> Vec<Opening> {
        if !self.by_date {
            return self.taken(calendar, as_of, anchor).into_iter().collect();
        }
        let mut open = Vec::new();
        for (named_by, due_on) in self.dues(calendar, (since, as_of), anchor) {
            let found = if self.stages.is_empty() {
                before(calendar, due_on, self.lead.before, self.lead.working)
                    .filter(|it| *it <= as_of)
                    .map(|it| (None, it))
            } else {
                self.stage(calendar, due_on, as_of)
            };
            let Some((stage, opens_on)) = found else {
                continue;
            };
            open.push(Opening {
                due_on: Some(due_on),
                stage,
                opens_on,
                period: match self.period {
                    Period::DueDate => due_on.to_string(),
                    period => period.name_of(named_by),
                },
            });
        }
        if !self.stages.is_empty() {
            // Never several stages at once: what is nearest to its day counts.
            open.drain(..open.len().saturating_sub(1));
        }
        open
    }

    /// The dates of records that can be open in a run as of a day, so that the others need not be
    /// read. Items without a date of their record are not narrowed.
    pub fn span(&self, calendar: &dyn Calendar, as_of: Date) -> Option<Span> {
        let Some(Due::After { .. }) = self.due else {
            return None;
        };
        if !self.by_date {
            return None;
        }
        let opens = |anchor: Date| {
            let due_on = self.due_after(calendar, anchor)?;
            let days = match self.stages.iter().max() {
                Some(stage) => (*stage, self.stages_working),
                None => (self.lead.before, self.lead.working),
            };
            before(calendar, due_on, days.0, days.1)
        };
        let until = last(as_of, |it| opens(it).is_some_and(|it| it <= as_of));
        let is_over = |it| self.due_after(calendar, it).is_some_and(|it| it < as_of);
        let only_ahead = !self.stages.is_empty() && self.stages.iter().all(|it| *it >= 0);
        let over = if only_ahead {
            last(as_of, is_over)
        } else {
            None
        };
        Some(Span {
            from: over.and_then(|it| it.add_days(1)),
            until,
        })
    }

    /// What a run takes that does not wait for days.
    fn taken(&self, calendar: &dyn Calendar, as_of: Date, anchor: Option<Date>) -> Option<Opening> {
        let due_on = match self.due {
            None => None,
            Some(Due::After { .. }) => Some(self.due_after(calendar, anchor?)?),
            Some(Due::EndOfPeriod { .. } | Due::Fixed { .. }) => {
                Some(self.due_of_period(calendar, as_of)?.1)
            }
        };
        let period = match (self.period, due_on) {
            (Period::DueDate, Some(due_on)) => due_on.to_string(),
            (period, _) => period.name_of(as_of),
        };
        Some(Opening {
            due_on,
            stage: None,
            opens_on: as_of,
            period,
        })
    }

    /// Due days with a day of the period each belongs to, the oldest first.
    fn dues(
        &self,
        calendar: &dyn Calendar,
        (since, as_of): (Date, Date),
        anchor: Option<Date>,
    ) -> Vec<(Date, Date)> {
        let period = match self.due {
            None => return Vec::new(),
            Some(Due::After { .. }) => {
                let due_on = anchor.and_then(|it| self.due_after(calendar, it));
                return due_on.map(|it| (it, it)).into_iter().collect();
            }
            Some(Due::Fixed { .. }) => Period::Year,
            Some(Due::EndOfPeriod { .. }) => self.period,
        };
        let mut dues = Vec::new();
        let mut day = self.begin(since);
        // The periods the run stands for, and the next one, whose items may open before it begins.
        while let Some(it) = day {
            dues.extend(self.due_of_period(calendar, it));
            let next = period.last_day_of(it).and_then(|it| it.add_days(1));
            let is_ahead = period.first_day_of(it).is_none_or(|it| it > as_of);
            day = next.filter(|_| !is_ahead);
        }
        dues
    }

    /// A day of the first period whose items can open on a day or later, if they open after they
    /// are due.
    fn begin(&self, since: Date) -> Option<Date> {
        let (days, working) = match self.stages.iter().min() {
            Some(stage) => (*stage, self.stages_working),
            None => (self.lead.before, self.lead.working),
        };
        let days = i64::from(days.min(0));
        // So many calendar days hold at least as many working days.
        let days = if working && days < 0 {
            days * 2 - 15
        } else {
            days
        };
        since.add_days(days)
    }

    fn due_after(&self, calendar: &dyn Calendar, anchor: Date) -> Option<Date> {
        let Some(Due::After { term, roll }) = self.due else {
            return None;
        };
        let rule = Rule {
            term,
            roll,
            rest_days: RestDays::All,
        };
        Some(count(calendar, anchor, &rule, &[], &[])?.due_on)
    }

    /// The due day of the period a day lies in, with the day that names the period.
    fn due_of_period(&self, calendar: &dyn Calendar, day: Date) -> Option<(Date, Date)> {
        match self.due? {
            Due::After { .. } => None,
            Due::EndOfPeriod { roll } => {
                let last = self.period.last_day_of(day)?;
                Some((last, rolled(calendar, last, roll)?))
            }
            Due::Fixed {
                month,
                day: of_month,
                roll,
            } => {
                let days = Date::new(day.year(), month, 1)?.days_in_month();
                let fixed = Date::new(day.year(), month, of_month.min(days))?;
                Some((fixed, rolled(calendar, fixed, roll)?))
            }
        }
    }

    /// The stage nearest to the due day that has come and is still of use.
    fn stage(
        &self,
        calendar: &dyn Calendar,
        due_on: Date,
        as_of: Date,
    ) -> Option<(Option<i32>, Date)> {
        let opened = self.stages.iter().filter_map(|stage| {
            let opens_on = before(calendar, due_on, *stage, self.stages_working)?;
            (opens_on <= as_of).then_some((*stage, opens_on))
        });
        let (stage, opens_on) = opened.min_by_key(|it| it.0)?;
        let is_useful = stage < 0 || as_of <= due_on;
        is_useful.then_some((Some(stage), opens_on))
    }
}

fn rolled(calendar: &dyn Calendar, day: Date, roll: Roll) -> Option<Date> {
    match roll {
        Roll::None => Some(day),
        Roll::Forward => roll_off_rest_days(calendar, day, RestDays::All, 1),
        Roll::Back => roll_off_rest_days(calendar, day, RestDays::All, -1),
    }
}

/// The last day round another of which something holds that holds of all days before it; none if
/// it holds of none.
fn last(round: Date, holds: impl Fn(Date) -> bool) -> Option<Date> {
    let day = |years: i32| Date::new(round.year().saturating_add(years), 1, 1);
    let mut low = day(-YEARS).or_else(|| Date::new(1, 1, 1))?;
    let mut high = day(YEARS).or_else(|| Date::new(9_999, 12, 31))?;
    if !holds(low) {
        return None;
    }
    for _ in 0..HALVINGS_MAX {
        let distance = high.days_since_epoch() - low.days_since_epoch();
        if distance <= 1 {
            break;
        }
        let middle = low.add_days(distance / 2)?;
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(low)
}
