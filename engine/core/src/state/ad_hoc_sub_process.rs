//! Where an ad-hoc sub-process stands.

use std::collections::BTreeMap;

use crate::id::ElementIdx;

/// What has been chosen in an ad-hoc sub-process, and what has come of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AdHoc {
    /// What has been chosen and not begun, in order.
    pub chosen: Vec<ElementIdx>,
    /// How often each activity has begun.
    pub begun: BTreeMap<ElementIdx, u32>,
    /// How many elements within have come to their end.
    pub ended: u32,
    /// Whether the completion condition has held.
    pub is_satisfied: bool,
}
