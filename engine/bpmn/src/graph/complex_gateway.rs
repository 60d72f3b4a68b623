//! A gateway that waits for some of its tokens and takes in the others later (BPMN 2.0, 10.6.5 and
//! 13.4.5). Start from [`ComplexGateway`].

use tongban_feel::expression::Expression;

use super::FlowIdx;
use super::join::JoinReach;

/// A complex gateway.
#[derive(Debug, Clone, Default)]
pub struct ComplexGateway {
    /// Once it holds, the tokens that wait are taken. Absent only if one flow leads here.
    pub activation_condition: Option<Expression>,
    /// Taken if no condition holds.
    pub default: Option<FlowIdx>,
    /// Where a token can still reach which of its incoming flows.
    pub reach: JoinReach,
}
