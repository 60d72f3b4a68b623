//! The same thing done to many instances, in the background.

use std::sync::Arc;

use tongban_core::id::ProcessInstanceId;

/// Where a batch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BatchState {
    /// It is under way.
    Open,
    /// It is through.
    Done,
    /// It was stopped; what it has done stays done.
    Canceled,
}

/// A batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its id.
    pub id: i64,
    /// What is done, such as `Migrate`.
    pub kind: Arc<str>,
    /// What is done to which instances, as whoever carries it out has encoded it.
    pub input: Arc<str>,
    /// Where it stands.
    pub state: BatchState,
    /// The place in the selection up to which instances have been taken.
    pub cursor: i64,
    /// Whether all instances have been taken.
    pub is_selected: bool,
    /// Instances taken so far.
    pub n_selected: i64,
    /// Instances to which it was done.
    pub n_done: i64,
    /// Instances that refused it.
    pub n_failed: i64,
    /// When it was asked for.
    pub created_at: i64,
    /// By whom.
    pub created_by: Arc<str>,
    /// When it ended.
    pub ended_at: Option<i64>,
}

/// How an item ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BatchOutcome {
    /// It was done; in a dry run, it could be done.
    Done,
    /// It was refused.
    Failed,
}

/// What a batch did to one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchItem {
    /// The batch.
    pub batch_id: i64,
    /// The instance.
    pub process_instance_id: ProcessInstanceId,
    /// How it ended.
    pub outcome: BatchOutcome,
    /// Why it was refused: JSON, as whoever carried it out has encoded it.
    pub errors: Option<Arc<str>>,
    /// When.
    pub at: i64,
}

/// One thing that stood against a batch, and in how many instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchFinding {
    /// The stable code.
    pub code: Arc<str>,
    /// XML id of the element.
    pub element_id: Option<Arc<str>>,
    /// XML id of what it would become.
    pub target_element_id: Option<Arc<str>>,
    /// More, of the first instance.
    pub reason: Option<Arc<str>>,
    /// In how many instances.
    pub n_instances: i64,
    /// The first of them.
    pub example: ProcessInstanceId,
}

/// Which running instances a batch is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Of this process.
    pub process_key: Option<Arc<str>>,
    /// Of this definition.
    pub definition_id: Option<i64>,
    /// With an open incident.
    pub with_incident: bool,
    /// With an open incident of one of these kinds; any if empty.
    pub incident_kinds: Vec<Arc<str>>,
    /// With an open incident (of those kinds) at one of these elements; any if empty.
    pub element_ids: Vec<Arc<str>>,
    /// Suspended, or not.
    pub suspended: Option<bool>,
    /// Only those that no other instance has called.
    pub only_roots: bool,
    /// Those too that run one iteration of a large multi-instance, where an incident stops them.
    pub parts_with_incident: bool,
    /// Started by this instant.
    pub started_until: i64,
}

/// A page of the instances that a batch is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectedInstances {
    /// Their ids, in order.
    pub ids: Vec<ProcessInstanceId>,
    /// The id after which the next page begins.
    pub cursor: ProcessInstanceId,
    /// Whether there is no further page.
    pub is_last: bool,
}
