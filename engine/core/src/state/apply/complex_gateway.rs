//! Tokens that complex gateways take.

use super::element_instance::take_token;
use crate::id::{ElementInstanceId, FlowIdx};
use crate::state::State;

impl State {
    pub(super) fn apply_gateway_started(&mut self, id: ElementInstanceId, consumed: &[FlowIdx]) {
        self.take_tokens(id, consumed);
        self.element_instances.update(id, |it| {
            assert!(it.given.is_none(), "a gateway starts once before it resets");
            it.given = Some(consumed.to_vec());
        });
    }

    pub(super) fn apply_gateway_reset(&mut self, id: ElementInstanceId, consumed: &[FlowIdx]) {
        self.take_tokens(id, consumed);
    }

    fn take_tokens(&mut self, id: ElementInstanceId, consumed: &[FlowIdx]) {
        let gateway = self.element_instance(id);
        let scope = gateway.and_then(|it| it.scope);
        let scope = scope.expect("a gateway that is there has a scope");
        self.element_instances.update(scope, |scope| {
            for flow in consumed {
                take_token(scope, *flow);
            }
        });
    }
}
