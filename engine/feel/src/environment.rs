//! What an evaluation may know of the world, and how much it may use of it.
//! Start from [`Environment`].

use crate::time::{Timestamp, Zone};
use crate::workday::{Calendar, Weekends};

/// The world as one evaluation sees it. All of it is passed in; nothing is read from the machine.
#[derive(Clone)]
pub struct Environment<'a> {
    /// The present instant: `now()` and `today()`.
    pub now: Timestamp,
    /// The zone in which `now()` and `today()` are read.
    pub zone: Zone,
    /// The calendar behind the working-day functions.
    pub calendar: &'a dyn Calendar,
    /// What the evaluation may use.
    pub budget: Budget,
}

impl<'a> Environment<'a> {
    /// An environment with the usual budget.
    pub fn new(now: Timestamp, zone: Zone, calendar: &'a dyn Calendar) -> Environment<'a> {
        Environment {
            now,
            zone,
            calendar,
            budget: Budget::default(),
        }
    }
}

impl Default for Environment<'static> {
    /// The epoch in UTC, with weekends only: for expressions that do not ask for time.
    fn default() -> Environment<'static> {
        Environment::new(Timestamp::EPOCH, Zone::utc(), &Weekends)
    }
}

/// What one evaluation may use; whatever goes beyond ends in an `EvaluationError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Nodes visited, items made, characters matched.
    pub steps: u64,
    /// Calls and expressions nested in each other.
    pub depth: u32,
    /// Bytes of texts, lists and contexts made on the way, whether kept or not.
    pub bytes: u64,
    /// Bytes of a regular expression's program.
    pub regex_bytes: usize,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget {
            steps: 2_000_000,
            depth: 300,
            bytes: 64 << 20,
            regex_bytes: 256 << 10,
        }
    }
}
