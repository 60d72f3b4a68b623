//! The change to another version of the process.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Form;
use crate::id::{DefinitionId, ElementIdx, FlowIdx, Instant, UserTaskId};

/// See [`super::Event::InstanceMigrated`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceMigrated {
    /// The version that is gone to.
    pub definition: DefinitionId,
    /// Every element that has a counterpart, and which.
    pub elements: Vec<(ElementIdx, ElementIdx)>,
    /// Every flow that has a counterpart, and which.
    pub flows: Vec<(FlowIdx, FlowIdx)>,
    /// The XML ids that change, with the new ones.
    pub renamed: Vec<(Arc<str>, Arc<str>)>,
    /// When.
    pub migrated_at: Instant,
}

/// See [`super::Event::UserTaskMigrated`]. Who has the task, and when it is due, stays.
#[derive(Debug, Clone, PartialEq)]
pub struct UserTaskMigrated {
    /// Which.
    pub id: UserTaskId,
    /// The element's XML id.
    pub element_id: Arc<str>,
    /// The name shown to people.
    pub name: Option<Arc<str>>,
    /// The groups whose members may claim it.
    pub candidate_groups: Vec<Arc<str>>,
    /// The persons who may claim it.
    pub candidate_users: Vec<Arc<str>>,
    /// The form shown.
    pub form: Option<Form>,
    /// Static texts for the client.
    pub headers: BTreeMap<Arc<str>, Arc<str>>,
}
