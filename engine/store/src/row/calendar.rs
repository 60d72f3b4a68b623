//! The days a county sets for itself, and the editions of its calendar.

use std::sync::Arc;

use tongban_feel::time::Date;

/// A day that a county sets for itself (放假办法 Art. 4, emergencies).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarOverride {
    /// The day.
    pub on: Date,
    /// Whether the offices work.
    pub working: bool,
    /// Why.
    pub reason: Arc<str>,
    /// The document that orders it.
    pub document: Option<Arc<str>>,
    /// When it was set.
    pub updated_at: i64,
    /// By whom.
    pub updated_by: Arc<str>,
}

/// How far deadlines have been reckoned by an edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicationState {
    /// There are deadlines left.
    Running,
    /// All open deadlines are reckoned by it, or by a later one.
    Done,
    /// A later edition came before it was through.
    Superseded,
}

/// An edition of a county's calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarPublication {
    /// From 1.
    pub number: i64,
    /// Names it; the same content has the same name.
    pub version: Arc<str>,
    /// What it brings, for people.
    pub note: Arc<str>,
    /// When it was published.
    pub published_at: i64,
    /// By whom.
    pub published_by: Arc<str>,
    /// How far deadlines have been reckoned by it.
    pub state: PublicationState,
    /// The deadline (key and record) up to which they have been, in the present pass.
    pub cursor: (Arc<str>, Arc<str>),
    /// Passes over all deadlines.
    pub n_passes: i32,
    /// Deadlines looked at.
    pub selected: i64,
    /// Deadlines that moved.
    pub moved: i64,
    /// Deadlines that would have come earlier and stayed, since they are a citizen's time.
    pub kept: i64,
    /// Deadlines that are provisional by it.
    pub provisional: i64,
    /// When all were through.
    pub ended_at: Option<i64>,
}
