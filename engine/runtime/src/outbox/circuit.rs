//! A circuit breaker: who has failed too often in a row is left alone for a while.
//!
//! It lives in memory: another node finds out for itself, and a restart begins anew.

use std::sync::{Mutex, PoisonError};

/// Pauses double up to this many times.
const DOUBLINGS_MAX: u32 = 5;

/// The circuit of one target.
#[derive(Debug)]
pub(crate) struct Circuit {
    /// Failures in a row after which it opens.
    open_after: u32,
    /// How long it stays open the first time, microseconds.
    pause_us: i64,
    // Guards only these numbers; never held over an await.
    state: Mutex<State>,
}

#[derive(Debug, Default, Clone, Copy)]
struct State {
    n_failures: u32,
    open_until: i64,
    n_openings: u32,
}

impl Circuit {
    pub(crate) fn new(open_after: u32, pause_ms: u64) -> Circuit {
        Circuit {
            open_after: open_after.max(1),
            pause_us: i64::try_from(pause_ms.saturating_mul(1000)).unwrap_or(i64::MAX),
            state: Mutex::default(),
        }
    }

    /// Until when nothing may be tried, if it is open at that instant.
    ///
    /// When the pause is over one failure suffices to open it again, for longer.
    pub(crate) fn open_until(&self, now: i64) -> Option<i64> {
        let state = *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.open_until > now).then_some(state.open_until)
    }

    /// A try went well.
    pub(crate) fn succeeded(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }

    /// A try failed; says whether the circuit has just opened.
    pub(crate) fn failed(&self, now: i64) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.open_until > now {
            return false;
        }
        state.n_failures += 1;
        if state.n_failures < self.open_after {
            return false;
        }
        let doublings = state.n_openings.min(DOUBLINGS_MAX);
        state.open_until = now.saturating_add(self.pause_us.saturating_mul(1 << doublings));
        state.n_openings += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_longer_each_time() {
        let circuit = Circuit::new(3, 1);
        assert!(!circuit.failed(0) && !circuit.failed(0));
        circuit.succeeded();
        assert!(!circuit.failed(0) && !circuit.failed(0) && circuit.failed(0));
        assert_eq!(circuit.open_until(999), Some(1000));
        assert_eq!(circuit.open_until(1000), None);
        assert!(circuit.failed(1000), "one failure suffices now");
        assert_eq!(circuit.open_until(2999), Some(3000));
        circuit.succeeded();
        assert_eq!(circuit.open_until(2000), None);
    }
}
