//! How much the checks of one model may do.

/// Words of sets that are looked at, and tests that are tried: well under a second.
const WORK_MAX: u64 = 300_000_000;

/// What is left of the work that the checks of a model may do. Where it is used up, nothing more is
/// claimed.
pub(in crate::dmn) struct Work(u64);

impl Default for Work {
    fn default() -> Work {
        Work(WORK_MAX)
    }
}

impl Work {
    /// Takes so much; `None` if it is not there.
    pub(super) fn spend(&mut self, units: usize) -> Option<()> {
        match self.0.checked_sub(units as u64) {
            Some(left) => self.0 = left,
            None => {
                self.0 = 0;
                return None;
            }
        }
        Some(())
    }

    /// Does something that counts its own work, of which it may do so much.
    pub(super) fn within<T>(&mut self, most: u64, act: impl FnOnce(u64) -> (T, u64)) -> T {
        let (result, done) = act(most.min(self.0));
        self.0 = self.0.saturating_sub(done);
        result
    }
}
