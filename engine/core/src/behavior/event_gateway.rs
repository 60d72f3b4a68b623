//! What happens when the first of the events comes that an event-based gateway waits for.

use crate::behavior::{event_subscription, state_transition};
use crate::context::Context;
use crate::event::Event;
use crate::id::{ElementIdx, ElementInstanceId};
use crate::variable::Variables;
use crate::work::Work;

/// The gateway is left towards the event, which has come already; the others are closed
/// (BPMN 2.0, 13.4.4).
pub(crate) fn decide(
    ctx: &mut Context<'_>,
    gateway: ElementInstanceId,
    event: ElementIdx,
    received: Variables,
) {
    event_subscription::close_all(ctx, gateway);
    let scope = ctx.instance(gateway).scope.expect("a gateway has a scope");
    let outgoing = &ctx.element(gateway).outgoing;
    let flow = outgoing
        .iter()
        .find(|flow| ctx.definition.flow(**flow).target == event)
        .copied()
        .expect("a gateway waits for what its flows lead to");
    ctx.emit(Event::ElementCompleting {
        id: gateway,
        received: Variables::new(),
    });
    ctx.emit(Event::ElementCompleted { id: gateway });
    let ad_hoc = ctx.instance(scope).ad_hoc.as_ref();
    let (is_ad_hoc, is_satisfied) = (ad_hoc.is_some(), ad_hoc.is_some_and(|it| it.is_satisfied));
    if is_ad_hoc {
        // Whether it ends is looked at before the event is carried out.
        ctx.queue(Work::Settle { scope });
    }
    if is_satisfied {
        return;
    }
    ctx.emit(Event::SequenceFlowTaken { scope, flow });
    let mut new = state_transition::New::at(event, Some(scope));
    new.consumed = vec![flow];
    new.received = received;
    new.is_triggered = true;
    let id = state_transition::create(ctx, new);
    ctx.queue(Work::Activate { id });
}
