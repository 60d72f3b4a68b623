//! Whether the background services are alive: each says so whenever it looks for work.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// When each service was heard of last.
#[derive(Debug, Default)]
pub struct Health {
    // Guards only the map.
    beats: Mutex<BTreeMap<Arc<str>, Instant>>,
}

impl Health {
    /// Says that a service is alive.
    pub(crate) fn beat(&self, service: &str) {
        let mut beats = self.beats.lock().unwrap_or_else(PoisonError::into_inner);
        match beats.get_mut(service) {
            Some(beat) => *beat = Instant::now(),
            None => drop(beats.insert(Arc::from(service), Instant::now())),
        }
    }

    /// The services that were not heard of for `silence`.
    #[must_use]
    pub fn silent(&self, silence: Duration) -> Vec<Arc<str>> {
        let beats = self.beats.lock().unwrap_or_else(PoisonError::into_inner);
        let silent = beats.iter().filter(|(_, beat)| beat.elapsed() >= silence);
        silent.map(|(service, _)| service.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_was_just_heard_of_is_not_silent() {
        let health = Health::default();
        health.beat("timers");
        assert!(health.silent(Duration::from_secs(60)).is_empty());
        assert_eq!(health.silent(Duration::ZERO), [Arc::from("timers")]);
    }
}
