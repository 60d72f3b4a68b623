//! A sub-process whose activities are chosen while it runs (BPMN 2.0, 10.3.5 and 13.3.5). Start from
//! [`AdHocSubProcess`].

use tongban_feel::expression::Expression;

use super::{Container, ElementIdx};

/// An ad-hoc sub-process.
#[derive(Debug, Clone, Default)]
pub struct AdHocSubProcess {
    /// Its contents; there is no start event among them.
    pub container: Container,
    /// What can be chosen: the activities and intermediate events directly within to which no flow
    /// leads, in file order.
    pub activities: Vec<ElementIdx>,
    /// In which order what is chosen may be carried out.
    pub ordering: Ordering,
    /// Looked at when something within has come to its end; once it holds, the sub-process ends. If
    /// there is none, it ends when something has been carried out and nothing is left to do.
    pub completion_condition: Option<Expression>,
    /// Whether what still runs when the condition holds is ended, or waited for.
    pub cancel_remaining_instances: bool,
    /// `zeebe:adHoc activeElementsCollection`: the ids of what is chosen at the beginning.
    pub active_elements: Option<Expression>,
}

/// In which order the activities of an ad-hoc sub-process may be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ordering {
    /// Any number at a time.
    #[default]
    Parallel,
    /// One at a time.
    Sequential,
}
