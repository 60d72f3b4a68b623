//! The one clock all due times come from: the machine's, or one that is moved by hand.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Which clock an engine uses. A database is served with the mode it was created with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockMode {
    /// The machine's clock.
    Machine,
    /// A clock that stands until it is moved; for developers and tests.
    Manual {
        /// Where it stands in a new database, microseconds UTC; the machine's time if `None`.
        initial: Option<i64>,
    },
}

impl ClockMode {
    /// The mode's name on the command line and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ClockMode::Machine => "machine",
            ClockMode::Manual { .. } => "manual",
        }
    }
}

/// The clock of a running engine.
#[derive(Debug)]
pub struct Clock {
    // The manual instant; meaningless for the machine's clock. It is stored in the database
    // before it is set here, so that a restart never steps back behind an answer.
    manual: Option<AtomicI64>,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn machine() -> Clock {
        Clock { manual: None }
    }

    /// A clock that stands at `now`.
    #[must_use]
    pub fn manual(now: i64) -> Clock {
        Clock {
            manual: Some(AtomicI64::new(now)),
        }
    }

    /// Now, in microseconds UTC.
    #[must_use]
    pub fn now(&self) -> i64 {
        match &self.manual {
            Some(now) => now.load(Ordering::Acquire),
            None => machine_now(),
        }
    }

    /// Whether this clock is moved by hand.
    #[must_use]
    pub fn is_manual(&self) -> bool {
        self.manual.is_some()
    }

    /// Sets the manual clock, forwards only; called once the new instant is committed.
    pub(crate) fn set(&self, now: i64) {
        if let Some(manual) = &self.manual {
            manual.fetch_max(now, Ordering::AcqRel);
        }
    }
}

/// The machine's time in microseconds UTC, for what never follows the manual clock
/// (deadlines of calls, back-off of technical retries, retention of idempotency keys).
#[must_use]
pub fn machine_now() -> i64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_clock_never_steps_back() {
        let clock = Clock::manual(10);
        clock.set(20);
        clock.set(15);
        assert_eq!(clock.now(), 20);
        assert!(clock.is_manual());
    }
}
