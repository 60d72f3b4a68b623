//! Where the instance cannot go on by itself.

use crate::id::{ElementInstanceId, IncidentId, JobId};
use crate::incident::Kind;

/// One open incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// Where.
    pub element_instance: ElementInstanceId,
    /// The job that failed, if it was one.
    pub job: Option<JobId>,
    /// Why.
    pub kind: Kind,
}
