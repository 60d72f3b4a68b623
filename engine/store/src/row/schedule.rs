//! Periodic work of a tenant, and what staff have changed about it.

use std::sync::Arc;

use tongban_feel::time::Date;

/// A schedule as a tenant has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its key, as a plugin declares it.
    pub key: Arc<str>,
    /// The plugin that declares it.
    pub plugin: Arc<str>,
    /// Whether it runs.
    pub enabled: bool,
    /// Up to this instant its runs are made, or at least noted.
    pub handled_until: i64,
    /// Since when it has been enabled.
    pub since: i64,
    /// When it was enabled or disabled.
    pub updated_at: i64,
    /// By whom.
    pub updated_by: Arc<str>,
}

/// Where a change of a schedule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleState {
    /// It waits for a second person.
    Proposed,
    /// It takes effect on its day.
    Approved,
    /// It was turned down or taken back.
    Rejected,
}

/// A version of what staff have changed about a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleRule {
    /// The schedule.
    pub key: Arc<str>,
    /// From 1.
    pub version: i32,
    /// JSON text: what differs from the plugin's declaration.
    pub content: Arc<str>,
    /// Why.
    pub note: Arc<str>,
    /// Where it stands.
    pub state: RuleState,
    /// The first day it holds on.
    pub effective_on: Date,
    /// Who proposed it.
    pub proposed_by: Arc<str>,
    /// When.
    pub proposed_at: i64,
    /// Who approved it or turned it down.
    pub decided_by: Option<Arc<str>>,
    /// When.
    pub decided_at: Option<i64>,
    /// The configuration item it was approved as, if it was.
    pub item: Option<i64>,
}
