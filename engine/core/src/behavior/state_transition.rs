//! The life cycle of element instances: the only place that emits its events.
//!
//! Activating, active, completing and gone; or, from anywhere, terminating and gone. The guard is
//! [`Phase::may_become`], asserted when an event is folded; here it is asked before, so that work
//! which has been overtaken does nothing.

use std::sync::Arc;

use tongban_bpmn::graph::{ElementIdx, ElementKind};

use crate::behavior::incident::Failure;
use crate::behavior::{
    call_activity, compensation, diverging, event_subscription, incident, job, multi_instance,
    user_task,
};
use crate::context::Context;
use crate::event::{ElementActivating, Event, InstanceCompleted, InstanceTerminated};
use crate::id::{ElementInstanceId, FlowIdx};
use crate::state::compensation::CarriesOut;
use crate::state::element_instance::{ElementInstance, Phase};
use crate::variable::Variables;
use crate::work::Work;

/// An element instance that is about to be made.
pub(crate) struct New {
    pub(crate) element: ElementIdx,
    pub(crate) scope: Option<ElementInstanceId>,
    pub(crate) consumed: Vec<FlowIdx>,
    pub(crate) received: Variables,
    pub(crate) is_triggered: bool,
    pub(crate) is_chosen: bool,
    pub(crate) loop_counter: Option<u32>,
}

impl New {
    /// One that takes no token and has received nothing.
    pub(crate) fn at(element: ElementIdx, scope: Option<ElementInstanceId>) -> New {
        New {
            element,
            scope,
            consumed: Vec::new(),
            received: Variables::new(),
            is_triggered: false,
            is_chosen: false,
            loop_counter: None,
        }
    }
}

/// Makes an element instance; its activation is still to be run.
pub(crate) fn create(ctx: &mut Context<'_>, new: New) -> ElementInstanceId {
    let id = ElementInstanceId(ctx.next_id());
    ctx.emit(Event::ElementActivating(ElementActivating {
        id,
        element: new.element,
        scope: new.scope,
        consumed: new.consumed,
        received: new.received,
        is_triggered: new.is_triggered,
        is_chosen: new.is_chosen,
        loop_counter: new.loop_counter,
    }));
    id
}

/// The element instance has opened what it waits for.
pub(crate) fn activated(ctx: &mut Context<'_>, id: ElementInstanceId) {
    ctx.emit(Event::ElementActivated { id });
}

/// The element instance waits for nothing.
pub(crate) fn pass_through(ctx: &mut Context<'_>, id: ElementInstanceId) {
    activated(ctx, id);
    ctx.queue(Work::Complete {
        id,
        received: Variables::new(),
    });
}

/// The element instance is gone, and its tokens take all outgoing flows (BPMN 2.0, 13.3.1: an
/// uncontrolled flow takes every outgoing one), but for those whose condition does not hold. Its
/// outputs have been written, since conditions read them; they are not written again after a
/// failure.
pub(crate) fn completed(ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
    let element = ctx.element(id);
    let mut outgoing = element.outgoing.iter();
    if !outgoing.any(|flow| ctx.definition.flow(*flow).condition.is_some()) {
        completed_by(ctx, id, &element.outgoing);
        return Ok(());
    }
    match diverging::leave(ctx, id) {
        Ok(flows) => {
            completed_by(ctx, id, &flows);
            Ok(())
        }
        Err(failure) => {
            if !ctx.instance(id).is_written {
                ctx.emit(Event::OutputsWritten { id });
            }
            Err(failure)
        }
    }
}

/// The element instance is gone, and its tokens take these flows.
pub(crate) fn completed_by(ctx: &mut Context<'_>, id: ElementInstanceId, flows: &[FlowIdx]) {
    let instance = ctx.instance(id);
    let (scope, carries_out) = (instance.scope, instance.carries_out());
    let quantity = ctx.element(id).completion_quantity as usize;
    incident::withdraw(ctx, id);
    compensation::register(ctx, id);
    ctx.emit(Event::ElementCompleted { id });
    let Some(scope) = scope else { return };
    undo_next(ctx, scope, carries_out);
    // BPMN 2.0, 10.3: `completionQuantity`.
    let flows: Vec<FlowIdx> = flows
        .iter()
        .flat_map(|flow| std::iter::repeat_n(*flow, quantity))
        .collect();
    // Whether an ad-hoc sub-process ends is looked at before its flows are followed.
    let is_ad_hoc = ctx.instance(scope).ad_hoc.is_some();
    if is_ad_hoc {
        ctx.queue(Work::Settle { scope });
    }
    take_flows(ctx, scope, &flows);
    if !is_ad_hoc {
        settle_later(ctx, scope);
    }
}

/// Tokens take these flows, unless nothing more may begin in the scope.
pub(crate) fn take_flows(ctx: &mut Context<'_>, scope: ElementInstanceId, flows: &[FlowIdx]) {
    let ad_hoc = ctx.instance(scope).ad_hoc.as_ref();
    if ad_hoc.is_some_and(|it| it.is_satisfied) {
        return;
    }
    for flow in flows {
        ctx.emit(Event::SequenceFlowTaken { scope, flow: *flow });
        ctx.queue(Work::Enter { scope, flow: *flow });
    }
}

/// The process itself is gone, and with it the instance.
pub(crate) fn process_completed(ctx: &mut Context<'_>, id: ElementInstanceId) {
    let mut variables = ctx.instance(id).variables.clone();
    completed_by(ctx, id, &[]);
    let instance = ctx
        .state()
        .instance()
        .expect("a process that runs has an instance");
    let parent = instance.parent;
    if let Some(item) = instance.iteration.as_ref().and_then(|it| it.item.clone()) {
        variables.insert(Arc::from(multi_instance::ITEM), item);
    }
    let completed = InstanceCompleted {
        instance: instance.id,
        parent,
        loop_counter: instance.iteration.as_ref().map(|it| it.loop_counter),
        variables: if parent.is_some() {
            variables
        } else {
            Variables::new()
        },
        ended_at: ctx.now.at,
    };
    ctx.emit(Event::InstanceCompleted(completed));
}

/// Begins to end an element instance early: all it waits for is closed, its contents go first.
pub(crate) fn terminate(ctx: &mut Context<'_>, id: ElementInstanceId) {
    ctx.emit(Event::ElementTerminating { id });
    incident::withdraw(ctx, id);
    job::cancel(ctx, id);
    user_task::cancel(ctx, id);
    event_subscription::close_all(ctx, id);
    call_activity::terminate_child(ctx, id);
    multi_instance::terminate_iterations(ctx, id);
    if ctx.instance(id).active_children == 0 {
        terminated(ctx, id);
    } else {
        terminate_children(ctx, id);
    }
}

/// Queues the end of everything in a scope.
pub(crate) fn terminate_children(ctx: &mut Context<'_>, scope: ElementInstanceId) {
    let is_child = |it: &&ElementInstance| it.scope == Some(scope);
    let children: Vec<_> = ctx
        .state()
        .element_instances()
        .filter(is_child)
        .map(|it| it.id)
        .collect();
    for id in children {
        ctx.queue(Work::Terminate { id });
    }
}

/// The element instance is gone; if a boundary event interrupted it, that starts.
pub(crate) fn terminated(ctx: &mut Context<'_>, id: ElementInstanceId) {
    let instance = ctx.instance(id);
    let (scope, interruption) = (instance.scope, instance.interruption.clone());
    let carries_out = instance.carries_out();
    ctx.emit(Event::ElementTerminated { id });
    let Some(scope) = scope else {
        return instance_terminated(ctx);
    };
    undo_next(ctx, scope, carries_out);
    if let Some(interruption) = interruption
        && matches!(
            ctx.element_at(interruption.by).kind,
            ElementKind::BoundaryEvent(_)
        )
    {
        let (element, received) = (interruption.by, interruption.received);
        ctx.queue(Work::Start {
            scope,
            element,
            received,
        });
    }
    settle_later(ctx, scope);
}

/// Queues what a run undoes after an element instance that has carried out a part of it.
fn undo_next(ctx: &mut Context<'_>, scope: ElementInstanceId, carries_out: Option<CarriesOut>) {
    if let Some(CarriesOut { run, .. }) = carries_out {
        ctx.queue(Work::Compensate { scope, run });
    }
}

fn instance_terminated(ctx: &mut Context<'_>) {
    let instance = ctx
        .state()
        .instance()
        .expect("a process that runs has an instance")
        .id;
    let ended_at = ctx.now.at;
    ctx.emit(Event::InstanceTerminated(InstanceTerminated {
        instance,
        ended_at,
    }));
}

/// Queues a look at a scope that may have come to its end.
fn settle_later(ctx: &mut Context<'_>, scope: ElementInstanceId) {
    let instance = ctx.instance(scope);
    let is_empty = instance.active_children == 0 && instance.taken_flows.is_empty();
    // The end of one iteration may start another, or end the rest; so may the end of what was chosen.
    if is_empty || instance.multi_instance.is_some() || instance.ad_hoc.is_some() {
        ctx.queue(Work::Settle { scope });
    }
}

/// Whether something new may begin in a scope.
pub(crate) fn is_open(ctx: &Context<'_>, scope: ElementInstanceId) -> bool {
    let scope = ctx.state().element_instance(scope);
    scope.is_some_and(|it| it.phase == Phase::Active && it.interruption.is_none())
}

/// Whether an element instance may go on: it is there, not being ended, and its scope neither is
/// being ended nor has been interrupted by something else.
pub(crate) fn may_go_on(ctx: &Context<'_>, id: ElementInstanceId) -> bool {
    let Some(instance) = ctx.state().element_instance(id) else {
        return false;
    };
    if instance.phase == Phase::Terminating {
        return false;
    }
    let Some(scope) = instance.scope else {
        return true;
    };
    let scope = ctx.instance(scope);
    // What undoes something in it may be asked for by what has interrupted it.
    let is_undoing = instance.carries_out().is_some();
    let interrupted_by_other = (scope.interruption.as_ref())
        .is_some_and(|it| !it.started || (it.by != instance.element && !is_undoing));
    scope.phase == Phase::Active && !interrupted_by_other
}

/// Whether an element instance and every scope around it may go on and nothing has interrupted it:
/// a command may wake it.
pub(crate) fn is_live(ctx: &Context<'_>, id: ElementInstanceId) -> bool {
    let Some(instance) = ctx.state().element_instance(id) else {
        return false;
    };
    if instance.interruption.as_ref().is_some_and(|it| !it.started) {
        return false;
    }
    let mut next = Some(id);
    while let Some(id) = next {
        if !may_go_on(ctx, id) {
            return false;
        }
        next = ctx.instance(id).scope;
    }
    true
}
