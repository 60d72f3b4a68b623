//! Who may run schedules, and whether anybody may.

use std::sync::Arc;

/// A lease: one node makes the runs of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleLease {
    /// The node.
    pub holder: Arc<str>,
    /// Until then, by the machine's clock.
    pub until: i64,
    /// Grows with every new holder; what is written carries it.
    pub token: i64,
}

/// What the scheduler has seen of time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scheduler {
    /// The latest instant it has seen.
    pub high_water: i64,
    /// Since when it is stopped.
    pub stopped_at: Option<i64>,
    /// Why.
    pub message: Option<Arc<str>>,
    /// When an operator last let it go on.
    pub resumed_at: Option<i64>,
    /// Who.
    pub resumed_by: Option<Arc<str>>,
}
