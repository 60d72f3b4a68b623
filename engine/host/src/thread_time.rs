//! How long the current thread has been on a processor.
//!
//! A deadline measured by the wall would punish a plugin for a busy machine: measured under
//! eight-fold load, calls of 60 µs were now and then off the processor for more than 100 ms.

use std::time::Duration;

/// The time of this thread on a processor since it began.
#[cfg(unix)]
pub(crate) fn now() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid place for the answer, which the call only writes to.
    #[expect(unsafe_code, reason = "the standard library does not offer this clock")]
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) } != 0;
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
    if failed {
        Duration::ZERO
    } else {
        Duration::new(seconds, nanos)
    }
}

/// The time since the program began, where there is no clock of the thread.
#[cfg(not(unix))]
pub(crate) fn now() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGAN.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_of_a_thread_goes_forward_with_its_work() {
        let started = now();
        let mut sum = 0_u64;
        while now().saturating_sub(started) < Duration::from_millis(2) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(now() > started);
    }
}
