//! An activity that is carried out again and again (BPMN 2.0, 10.3.8 and 13.3.6).
//!
//! As with a multi-instance, a loop is two elements: a body, which has the flows and boundary events
//! and the kind [`super::ElementKind::StandardLoop`], and within it the activity, which has the
//! mappings. Start from [`StandardLoop`].

use tongban_feel::expression::Expression;

use super::ElementIdx;

/// The body of a loop. It has a condition, a maximum, or both.
#[derive(Debug, Clone)]
pub struct StandardLoop {
    /// The activity.
    pub inner: ElementIdx,
    /// Whether the condition is looked at before the first iteration, too.
    pub test_before: bool,
    /// `loopCondition`: the activity is carried out again as long as it holds.
    pub condition: Option<Expression>,
    /// `loopMaximum`: how many iterations there are at most.
    pub maximum: Option<u32>,
}
