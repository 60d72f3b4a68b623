//! The shell round the core: executor, plugin calls, timers, checks, clock
