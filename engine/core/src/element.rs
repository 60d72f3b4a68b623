//! How each element is executed: one file each, registered in [`processor`] and nowhere else.
//!
//! Elements do not call each other; what they share is in [`crate::behavior`]. A processor
//! evaluates everything that can fail before it emits, so that a failed phase can be run again.

mod container;
mod event;
mod gateway;
mod task;

use std::collections::BTreeMap;

use tongban_bpmn::graph::{Element, ElementIdx, ElementKind};

use crate::behavior::incident::{self, Failure};
use crate::behavior::state_transition::New;
use crate::behavior::{
    ad_hoc_sub_process, compensation, complex_gateway, condition, event_subscription,
    instantiation, join, multi_instance, standard_loop, state_transition, transaction,
    variable_mapping,
};
use crate::context::Context;
use crate::event::Event;
use crate::id::{ElementInstanceId, FlowIdx};
use crate::incident::Kind;
use crate::state::element_instance::Phase;
use crate::variable::Variables;
use crate::work::Work;

/// The phases of an element's life that differ between elements.
trait Processor {
    /// Reads the inputs and opens what the element waits for. It may be run again after a failure.
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure>;

    /// Writes the outputs and leaves. It may be run again after a failure.
    fn complete(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        variable_mapping::apply_outputs(ctx, id)?;
        event_subscription::close_all(ctx, id);
        state_transition::completed(ctx, id)
    }

    /// Asks again outside, after an incident while the element was active.
    fn retry(&self, _ctx: &mut Context<'_>, _id: ElementInstanceId) -> Result<(), Failure> {
        Ok(())
    }
}

/// The registration list.
fn processor(kind: &ElementKind) -> &'static dyn Processor {
    match kind {
        ElementKind::Process(_) => &container::process::Process,
        ElementKind::SubProcess(_) => &container::sub_process::SubProcess,
        ElementKind::AdHocSubProcess(_) => &container::ad_hoc_sub_process::AdHocSubProcess,
        ElementKind::Transaction(_) => &container::transaction::Transaction,
        ElementKind::EventSubProcess(_) => &container::event_sub_process::EventSubProcess,
        ElementKind::CallActivity(_) => &container::call_activity::CallActivity,
        ElementKind::MultiInstance(_) => &container::multi_instance::MultiInstance,
        ElementKind::StandardLoop(_) => &container::standard_loop::StandardLoop,
        ElementKind::StartEvent(_) => &event::start_event::StartEvent,
        ElementKind::EndEvent(_) => &event::end_event::EndEvent,
        ElementKind::IntermediateCatchEvent(_) => {
            &event::intermediate_catch_event::IntermediateCatchEvent
        }
        ElementKind::IntermediateThrowEvent(_) => {
            &event::intermediate_throw_event::IntermediateThrowEvent
        }
        ElementKind::BoundaryEvent(_) => &event::boundary_event::BoundaryEvent,
        ElementKind::ExclusiveGateway { .. } => &gateway::exclusive_gateway::ExclusiveGateway,
        ElementKind::ParallelGateway => &gateway::parallel_gateway::ParallelGateway,
        ElementKind::InclusiveGateway(_) => &gateway::inclusive_gateway::InclusiveGateway,
        ElementKind::ComplexGateway(_) => &gateway::complex_gateway::ComplexGateway,
        ElementKind::EventBasedGateway(_) => &gateway::event_based_gateway::EventBasedGateway,
        ElementKind::Task => &task::undefined_task::UndefinedTask,
        ElementKind::ManualTask => &task::manual_task::ManualTask,
        ElementKind::UserTask(_) => &task::user_task::UserTask,
        ElementKind::ServiceTask(_) => &task::service_task::ServiceTask,
        ElementKind::ScriptTask(_) => &task::script_task::ScriptTask,
        ElementKind::BusinessRuleTask(_) => &task::business_rule_task::BusinessRuleTask,
        ElementKind::SendTask(_) => &task::send_task::SendTask,
        ElementKind::ReceiveTask(_) => &task::receive_task::ReceiveTask,
    }
}

/// Does one unit of work. One that has been overtaken does nothing.
pub(crate) fn perform(ctx: &mut Context<'_>, work: Work) {
    match work {
        Work::Enter { scope, flow } => enter(ctx, scope, flow),
        Work::Start {
            scope,
            element,
            received,
        } => start(ctx, scope, element, received),
        Work::Activate { id } => activate(ctx, id),
        Work::Complete { id, received } => complete(ctx, id, received),
        Work::Terminate { id } => terminate(ctx, id),
        Work::Settle { scope } => settle(ctx, scope),
        Work::Join { scope, element } => join_tokens(ctx, scope, element),
        Work::Evaluate { subscription } => condition::evaluate(ctx, subscription),
        Work::Compensate { scope, run } => compensation::go_on(ctx, scope, run),
        Work::Retry { id } => retry(ctx, id),
    }
}

fn enter(ctx: &mut Context<'_>, scope: ElementInstanceId, flow: FlowIdx) {
    if !state_transition::is_live(ctx, scope) || !state_transition::is_open(ctx, scope) {
        return;
    }
    let target = ctx.definition.flow(flow).target;
    let element = ctx.element_at(target);
    let waiting = &ctx.instance(scope).taken_flows;
    if !waiting.contains_key(&flow) {
        return;
    }
    // Whether more tokens can come is looked at when nothing else is left to do.
    if join::is_open_join(element) {
        return;
    }
    if matches!(element.kind, ElementKind::ComplexGateway(_)) {
        return arrive(ctx, scope, target);
    }
    // A parallel gateway takes one token of each incoming flow at once (BPMN 2.0, 13.4.1). A token
    // whose siblings never come keeps its scope from ending, which shows the fault in the model.
    let consumed = match element.kind {
        ElementKind::ParallelGateway => {
            if !element
                .incoming
                .iter()
                .all(|flow| waiting.contains_key(flow))
            {
                return;
            }
            element.incoming.clone()
        }
        _ => match quantity(waiting, element) {
            Some(consumed) if element.start_quantity > 1 => consumed,
            Some(_) => vec![flow],
            None => return,
        },
    };
    let mut new = New::at(target, Some(scope));
    new.consumed = consumed;
    new.is_triggered = instantiation::has_come(ctx, flow);
    let id = state_transition::create(ctx, new);
    activate(ctx, id);
}

/// The tokens that an activity takes to begin, of all its incoming flows together; nothing while
/// some are still to come.
fn quantity(waiting: &BTreeMap<FlowIdx, u32>, element: &Element) -> Option<Vec<FlowIdx>> {
    let quantity = element.start_quantity as usize;
    let tokens = element.incoming.iter().flat_map(|flow| {
        let count = waiting.get(flow).copied().unwrap_or_default() as usize;
        std::iter::repeat_n(*flow, count)
    });
    let tokens: Vec<FlowIdx> = tokens.take(quantity).collect();
    (tokens.len() == quantity).then_some(tokens)
}

/// A token has come to a complex gateway, where it waits. The first one makes the element instance.
fn arrive(ctx: &mut Context<'_>, scope: ElementInstanceId, gateway: ElementIdx) {
    if let Some(id) = complex_gateway::find(ctx, scope, gateway) {
        return go_on(ctx, id);
    }
    let id = state_transition::create(ctx, New::at(gateway, Some(scope)));
    activate(ctx, id);
}

/// Lets a complex gateway go on if it can.
fn go_on(ctx: &mut Context<'_>, id: ElementInstanceId) {
    if !state_transition::is_live(ctx, id)
        || ctx.instance(id).phase != Phase::Active
        || incident::has_incident(ctx, id)
    {
        return;
    }
    let outcome = complex_gateway::go_on(ctx, id);
    raise_if_failed(ctx, id, outcome);
}

/// Queues a look at a gateway whose tokens can be joined, if there is one; for when nothing else is
/// left to do.
pub(crate) fn queue_join(ctx: &mut Context<'_>) -> bool {
    let ready = join::first_ready(ctx).or_else(|| complex_gateway::first_due(ctx));
    if let Some((scope, element)) = ready {
        ctx.queue(Work::Join { scope, element });
    }
    ready.is_some()
}

fn join_tokens(ctx: &mut Context<'_>, scope: ElementInstanceId, gateway: ElementIdx) {
    // Left over from an earlier step, and a command has brought other work: it is looked at again
    // after that.
    if ctx.has_work() {
        return;
    }
    if let Some(id) = complex_gateway::find(ctx, scope, gateway)
        .filter(|_| matches!(ctx.element_at(gateway).kind, ElementKind::ComplexGateway(_)))
    {
        return go_on(ctx, id);
    }
    if !join::is_ready(ctx, scope, gateway) {
        return;
    }
    let mut new = New::at(gateway, Some(scope));
    new.consumed = join::consumed(ctx, scope, gateway);
    let id = state_transition::create(ctx, new);
    activate(ctx, id);
}

fn start(
    ctx: &mut Context<'_>,
    scope: ElementInstanceId,
    element: ElementIdx,
    received: Variables,
) {
    if state_transition::is_live(ctx, scope) && state_transition::is_open(ctx, scope) {
        let mut new = New::at(element, Some(scope));
        new.received = received;
        new.is_triggered = instantiation::has_started(ctx, scope, element);
        let id = state_transition::create(ctx, new);
        activate(ctx, id);
    }
}

/// Runs the activation of an element instance, once or again after an incident.
pub(crate) fn activate(ctx: &mut Context<'_>, id: ElementInstanceId) {
    if !state_transition::is_live(ctx, id)
        || ctx.instance(id).phase != Phase::Activating
        || incident::has_incident(ctx, id)
    {
        return;
    }
    let processor = processor(&ctx.element(id).kind);
    let outcome = check_bounds(ctx)
        .and_then(|()| multi_instance::enter_iteration(ctx, id))
        .and_then(|()| standard_loop::enter_iteration(ctx, id))
        .and_then(|()| processor.activate(ctx, id));
    raise_if_failed(ctx, id, outcome);
}

fn complete(ctx: &mut Context<'_>, id: ElementInstanceId, received: Variables) {
    if !state_transition::is_live(ctx, id) || incident::has_incident(ctx, id) {
        return;
    }
    match ctx.instance(id).phase {
        Phase::Active => ctx.emit(Event::ElementCompleting { id, received }),
        Phase::Completing => {}
        Phase::Activating | Phase::Terminating => return,
    }
    let outcome = processor(&ctx.element(id).kind).complete(ctx, id);
    raise_if_failed(ctx, id, outcome);
}

fn retry(ctx: &mut Context<'_>, id: ElementInstanceId) {
    if !state_transition::is_live(ctx, id)
        || ctx.instance(id).phase != Phase::Active
        || incident::has_incident(ctx, id)
    {
        return;
    }
    let outcome = processor(&ctx.element(id).kind).retry(ctx, id);
    raise_if_failed(ctx, id, outcome);
}

fn terminate(ctx: &mut Context<'_>, id: ElementInstanceId) {
    let instance = ctx.state().element_instance(id);
    if instance.is_some_and(|it| it.phase != Phase::Terminating) {
        state_transition::terminate(ctx, id);
    }
}

/// A scope ends when nothing in it is active and no token waits in it; a token that waits at a
/// join whose other flows never come keeps it, as in Zeebe.
fn settle(ctx: &mut Context<'_>, scope: ElementInstanceId) {
    if ctx.state().element_instance(scope).is_none() || !has_ended(ctx, scope) {
        return;
    }
    let instance = ctx.instance(scope);
    if instance.phase == Phase::Terminating {
        return state_transition::terminated(ctx, scope);
    }
    if transaction::is_canceled(ctx, scope) {
        if instance.phase == Phase::Active && surroundings_are_live(ctx, scope) {
            transaction::go_on(ctx, scope);
        }
        return;
    }
    if let Some(interruption) = instance.interruption.as_ref().filter(|it| !it.started) {
        match ctx.element_at(interruption.by).kind {
            ElementKind::EventSubProcess(_) => return start_interrupting(ctx, scope),
            // Its end is queued.
            ElementKind::BoundaryEvent(_) => return,
            // A terminate end event: nothing is left, the scope ends as the model says.
            _ => {}
        }
    }
    if instance.phase == Phase::Active && !ctx.is_start_queued(scope) {
        finish_scope(ctx, scope);
    }
}

/// Whether nothing in a scope is active, waits, or is still to be carried out.
fn has_ended(ctx: &mut Context<'_>, scope: ElementInstanceId) -> bool {
    let instance = ctx.instance(scope);
    if instance.is_undoing() {
        return false;
    }
    // One that has been made again to be undone is not carried out again.
    if compensation::is_scope(ctx, scope) {
        return instance.active_children == 0;
    }
    if settles_iterations(ctx, scope) {
        return multi_instance::settle(ctx, scope);
    }
    let ended = if standard_loop::goes_on(ctx, scope) {
        standard_loop::settle(ctx, scope)
    } else if ad_hoc_sub_process::goes_on(ctx, scope) {
        ad_hoc_sub_process::settle(ctx, scope)
    } else {
        let instance = ctx.instance(scope);
        let is_idle = instance.active_children == 0 && instance.taken_flows.is_empty();
        return is_idle && !instance.is_undoing();
    };
    ended.unwrap_or_else(|failure| {
        incident::raise(ctx, scope, failure);
        false
    })
}

/// Whether a scope is the body of a multi-instance that may go on with its iterations.
fn settles_iterations(ctx: &Context<'_>, scope: ElementInstanceId) -> bool {
    let instance = ctx.instance(scope);
    instance.multi_instance.is_some()
        && instance.phase == Phase::Active
        && state_transition::is_live(ctx, scope)
}

fn start_interrupting(ctx: &mut Context<'_>, scope: ElementInstanceId) {
    let instance = ctx.instance(scope);
    let Some(interruption) = instance.interruption.clone() else {
        return;
    };
    if instance.phase == Phase::Active && surroundings_are_live(ctx, scope) {
        let (element, received) = (interruption.by, interruption.received);
        let mut new = New::at(element, Some(scope));
        new.received = received;
        let id = state_transition::create(ctx, new);
        activate(ctx, id);
    }
}

fn finish_scope(ctx: &mut Context<'_>, scope: ElementInstanceId) {
    if !surroundings_are_live(ctx, scope) || incident::has_incident(ctx, scope) {
        return;
    }
    ctx.emit(Event::ElementCompleting {
        id: scope,
        received: Variables::new(),
    });
    // A scope that has been made again to be undone has given its results before, and leads nowhere.
    if compensation::is_scope(ctx, scope) {
        return state_transition::completed_by(ctx, scope, &[]);
    }
    let outcome = processor(&ctx.element(scope).kind).complete(ctx, scope);
    raise_if_failed(ctx, scope, outcome);
}

/// A scope that has interrupted itself is not live, but what lies around it may be.
fn surroundings_are_live(ctx: &Context<'_>, scope: ElementInstanceId) -> bool {
    state_transition::may_go_on(ctx, scope)
        && ctx
            .instance(scope)
            .scope
            .is_none_or(|around| state_transition::is_live(ctx, around))
}

fn raise_if_failed(ctx: &mut Context<'_>, id: ElementInstanceId, outcome: Result<(), Failure>) {
    if let Err(failure) = outcome {
        incident::raise(ctx, id, failure);
    }
}

fn check_bounds(ctx: &Context<'_>) -> Result<(), Failure> {
    let (limits, count) = (ctx.now.limits, ctx.state().element_instances().len());
    if count > limits.element_instances_max {
        let max = limits.element_instances_max;
        let message = format!("expected at most {max} element instances at a time, found {count}");
        return Err(Failure::new(Kind::StateTooLarge, message));
    }
    variable_mapping::check_size(ctx, &Variables::new())
}
