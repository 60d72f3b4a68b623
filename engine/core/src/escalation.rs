//! Ladders: whom a task that waits too long reaches, rung by rung.
//!
//! Rung 0 is the assignee at creation. A rung is reached after a share of the time, or on a day
//! before or after the due day. Start from [`Ladder::standing`].

use tongban_feel::time::Zone;
use tongban_feel::workday::Calendar;

use crate::deadline::{before, due_date_of, start_of};
use crate::id::Instant;

/// The light of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Light {
    /// There is time.
    #[default]
    Green,
    /// It is running out.
    Yellow,
    /// It is the last day, or late.
    Red,
}

/// When a rung is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// When so many percent of the time are over.
    Percent(u8),
    /// At the beginning of a day.
    Day {
        /// So many days before the due day; after it if negative.
        before: i32,
        /// Whether they are working days.
        working: bool,
    },
}

/// A rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// From 1, rising.
    pub level: u8,
    /// When it is reached.
    pub reached: Reached,
    /// The light it turns on.
    pub light: Option<Light>,
}

/// The time of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    /// When it was created.
    pub created_at: Instant,
    /// When it is due.
    pub due_at: Instant,
}

/// Where a task stands on its ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// The highest rung reached.
    pub level: u8,
    /// Its light.
    pub light: Light,
    /// When it reaches the next.
    pub next_at: Option<Instant>,
}

/// What a ladder is reckoned with.
#[derive(Clone, Copy)]
pub struct Ladder<'l> {
    /// Its rungs, from the lowest.
    pub rungs: &'l [Rung],
    /// What sort of day each is.
    pub calendar: &'l dyn Calendar,
    /// Where days begin.
    pub zone: &'l Zone,
}

/// The ladder of tasks for which no plugin declares another: a reminder at half the time, yellow two
/// working days before, red on the day, and two rungs after it.
pub const DEFAULT: [Rung; 5] = [
    Rung {
        level: 1,
        reached: Reached::Percent(50),
        light: None,
    },
    Rung {
        level: 2,
        reached: working_days(2),
        light: Some(Light::Yellow),
    },
    Rung {
        level: 3,
        reached: working_days(0),
        light: Some(Light::Red),
    },
    Rung {
        level: 4,
        reached: working_days(-5),
        light: Some(Light::Red),
    },
    Rung {
        level: 5,
        reached: working_days(-10),
        light: Some(Light::Red),
    },
];

const fn working_days(before: i32) -> Reached {
    Reached::Day {
        before,
        working: true,
    }
}

impl Ladder<'_> {
    /// Where a task stands at an instant. Rungs do not come down again: of several that are
    /// reached the highest counts.
    pub fn standing(&self, time: Time, at: Instant) -> Standing {
        let mut standing = Standing::default();
        for rung in self.rungs {
            let Some(reached_at) = self.reached_at(rung, time) else {
                continue;
            };
            if reached_at <= at {
                standing.level = rung.level;
                standing.light = standing.light.max(rung.light.unwrap_or_default());
            }
        }
        let ahead = self.rungs.iter().filter(|it| it.level > standing.level);
        let ahead = ahead.filter_map(|it| self.reached_at(it, time));
        standing.next_at = ahead.filter(|it| *it > at).min();
        standing
    }

    fn reached_at(&self, rung: &Rung, time: Time) -> Option<Instant> {
        match rung.reached {
            Reached::Percent(percent) => {
                let whole = time.due_at.0.saturating_sub(time.created_at.0).max(0);
                let part = i128::from(whole) * i128::from(percent) / 100;
                Some(time.created_at.plus_us(i64::try_from(part).ok()?))
            }
            Reached::Day {
                before: days,
                working,
            } => {
                let due_on = due_date_of(time.due_at, self.zone);
                start_of(before(self.calendar, due_on, days, working)?, self.zone)
            }
        }
    }
}

#[cfg(test)]
mod tests;
