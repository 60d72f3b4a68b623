//! The instants at which a schedule wakes, and the runs that become of them.

use tongban_bpmn::timer::{Error, next_due};
use tongban_feel::time::{Date, Timestamp, Zone};
use tongban_feel::workday::{Calendar, is_working_day};

use super::{Days, Missed};
use crate::deadline::{date_of, start_of};
use crate::id::Instant;

/// A run that begins later than this after its instant is late.
pub const LATE_AFTER_US: i64 = 10 * 60 * 1_000_000;
/// Days that are looked at for one on which a schedule runs.
const DAYS_MAX: u32 = 4_000;

/// When a schedule wakes, and on which of the days it runs.
#[derive(Clone, Copy)]
pub struct Rhythm<'r> {
    /// Six fields, weekdays by name.
    pub cron: &'r str,
    /// On which days it runs.
    pub days: Days,
    /// What sort of day each is.
    pub calendar: &'r dyn Calendar,
    /// Where its hours are read.
    pub zone: &'r Zone,
}

/// Instants at which a schedule wakes to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wakes {
    /// The instants, in order.
    pub at: Vec<Instant>,
    /// Up to this instant there are no others.
    pub through: Instant,
}

impl Rhythm<'_> {
    /// The first instant after another at which it runs; none within ten years.
    ///
    /// # Errors
    /// If the cron expression is none.
    pub fn next(&self, after: Instant) -> Result<Option<Instant>, Error> {
        let mut after = after;
        for _ in 0..DAYS_MAX {
            let from = Timestamp::from_microseconds(after.0);
            let Some(due) = next_due(self.cron, from, self.zone)? else {
                return Ok(None);
            };
            let at = Instant(due.at.microseconds());
            let day = date_of(at, self.zone);
            if self.runs_on(day) {
                return Ok(Some(at));
            }
            let tomorrow = day.add_days(1).and_then(|it| start_of(it, self.zone));
            let Some(tomorrow) = tomorrow else {
                return Ok(None);
            };
            after = tomorrow.plus_us(-1);
        }
        Ok(None)
    }

    /// The instants after one and up to another at which it runs, the first `max` of them.
    ///
    /// # Errors
    /// If the cron expression is none.
    pub fn between(&self, after: Instant, until: Instant, max: usize) -> Result<Wakes, Error> {
        let mut wakes = Wakes {
            at: Vec::new(),
            through: after,
        };
        while wakes.at.len() < max {
            match self.next(wakes.through)? {
                Some(at) if at <= until => {
                    wakes.at.push(at);
                    wakes.through = at;
                }
                Some(_) | None => {
                    wakes.through = until.max(after);
                    break;
                }
            }
        }
        Ok(wakes)
    }

    fn runs_on(&self, day: Date) -> bool {
        let works = |day: Date| is_working_day(self.calendar, day);
        match self.days {
            Days::Every => true,
            Days::WorkingDays => works(day),
            Days::FirstWorkingDayOfMonth => {
                let before = 1..day.day();
                let mut before = before.filter_map(|it| Date::new(day.year(), day.month(), it));
                works(day) && !before.any(works)
            }
            Days::LastWorkingDayOfMonth => {
                let after = day.day() + 1..=day.days_in_month();
                let mut after = after.filter_map(|it| Date::new(day.year(), day.month(), it));
                works(day) && !after.any(works)
            }
        }
    }
}

/// A run that is to be made, or passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedRun {
    /// When it was due.
    pub scheduled_for: Instant,
    /// The first instant it stands for.
    pub first: Instant,
    /// How many it stands for.
    pub n_instants: u32,
    /// It begins late.
    pub is_late: bool,
    /// Items that opened up to this day come late: there was a run to open them, and it was missed.
    pub missed_until: Option<Date>,
    /// It is worthless by now: only noted.
    pub is_skipped: bool,
}

/// The runs that become of instants, in order, at an instant not before the last of them.
pub fn plan(missed: Missed, wakes: &[Instant], now: Instant, zone: &Zone) -> Vec<PlannedRun> {
    let run = |instants: &[Instant]| planned(missed, instants, now, zone);
    match missed {
        Missed::Each => wakes.chunks(1).filter_map(run).collect(),
        Missed::DateDriven | Missed::Once => run(wakes).into_iter().collect(),
        Missed::Skip => {
            let is_late = |it: &Instant| is_late(*it, now);
            let n_late = wakes.iter().filter(|it| is_late(it)).count();
            let (late, fresh) = wakes.split_at(n_late);
            let fresh = fresh.chunks(1).filter_map(run);
            run(late).into_iter().chain(fresh).collect()
        }
    }
}

fn is_late(at: Instant, now: Instant) -> bool {
    now.0.saturating_sub(at.0) > LATE_AFTER_US
}

fn planned(missed: Missed, instants: &[Instant], now: Instant, zone: &Zone) -> Option<PlannedRun> {
    let (first, last) = (*instants.first()?, *instants.last()?);
    let last_day = date_of(last, zone);
    let earlier = instants.iter().rev().map(|it| date_of(*it, zone));
    let missed_until = if last_day < date_of(now, zone) {
        Some(last_day)
    } else {
        earlier.into_iter().find(|it| *it < last_day)
    };
    let is_late = is_late(last, now);
    Some(PlannedRun {
        scheduled_for: last,
        first,
        n_instants: u32::try_from(instants.len()).unwrap_or(u32::MAX),
        is_late: is_late || instants.len() > 1,
        missed_until,
        is_skipped: missed == Missed::Skip && is_late,
    })
}
