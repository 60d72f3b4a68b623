//! Transactions that are canceled (BPMN 2.0, 10.3.5 and 13.3.9).
//!
//! A cancel end event ends what is going on in the transaction around it; then what has been completed
//! is undone, and the transaction is left by its cancel boundary event. An error leaves it as it is.

use tongban_bpmn::graph::{ElementIdx, ElementKind, EventDefinition};

use crate::behavior::{compensation, event_subscription, state_transition};
use crate::context::Context;
use crate::event::Event;
use crate::id::ElementInstanceId;
use crate::variable::Variables;
use crate::work::Work;

/// Ends everything in the transaction around a cancel end event that has completed.
pub(crate) fn cancel(ctx: &mut Context<'_>, scope: ElementInstanceId, end_event: ElementIdx) {
    let Some(transaction) = around(ctx, scope) else {
        return;
    };
    event_subscription::close_all(ctx, transaction);
    ctx.emit(Event::ElementInterrupted {
        id: transaction,
        by: end_event,
        received: Variables::new(),
    });
    state_transition::terminate_children(ctx, transaction);
    ctx.queue(Work::Settle { scope: transaction });
}

/// The nearest transaction around.
fn around(ctx: &Context<'_>, scope: ElementInstanceId) -> Option<ElementInstanceId> {
    let mut next = Some(scope);
    while let Some(id) = next {
        // One that has been completed and is being undone cannot be canceled any more.
        let is_past = compensation::is_scope(ctx, id);
        if matches!(ctx.element(id).kind, ElementKind::Transaction(_)) && !is_past {
            return Some(id);
        }
        next = ctx.instance(id).scope;
    }
    None
}

/// Whether a scope is a transaction that is being canceled.
pub(crate) fn is_canceled(ctx: &Context<'_>, scope: ElementInstanceId) -> bool {
    let instance = ctx.instance(scope);
    if !matches!(ctx.element(scope).kind, ElementKind::Transaction(_)) {
        return false;
    }
    let by = instance.interruption.as_ref().map(|it| it.by);
    by.is_some_and(|by| match &ctx.element_at(by).kind {
        ElementKind::EndEvent(Some(definition)) => {
            let mut parts = definition.parts().iter();
            parts.any(|it| matches!(it, EventDefinition::Cancel))
        }
        _ => false,
    })
}

/// Nothing goes on any more in a transaction that is being canceled: what it has done is undone, then
/// it is left.
pub(crate) fn go_on(ctx: &mut Context<'_>, transaction: ElementInstanceId) {
    let interruption = ctx.instance(transaction).interruption.as_ref();
    let is_undone = interruption.is_some_and(|it| it.started);
    if is_undone || !compensation::begin(ctx, transaction, None, None) {
        leave(ctx, transaction);
    }
}

/// The events of a multi-instance or loop are of the whole: one iteration that is canceled ends all.
fn leave(ctx: &mut Context<'_>, transaction: ElementInstanceId) {
    let around = ctx.instance(transaction).scope;
    let is_body = |it: &ElementInstanceId| {
        let kind = &ctx.element(*it).kind;
        matches!(
            kind,
            ElementKind::MultiInstance(_) | ElementKind::StandardLoop(_)
        )
    };
    let body = around.filter(is_body);
    let mut hosts = [Some(transaction), body].into_iter().flatten();
    let way = hosts.find_map(|host| Some((host, way_out(ctx, host)?)));
    let id = match way {
        Some((host, by)) => {
            ctx.emit(Event::ElementInterrupted {
                id: host,
                by,
                received: Variables::new(),
            });
            host
        }
        None => transaction,
    };
    ctx.queue(Work::Terminate { id });
}

fn way_out(ctx: &Context<'_>, host: ElementInstanceId) -> Option<ElementIdx> {
    let mut events = ctx.element(host).boundary_events.iter();
    let found = events.find(|idx| match &ctx.element_at(**idx).kind {
        ElementKind::BoundaryEvent(it) => matches!(it.definition, EventDefinition::Cancel),
        _ => false,
    });
    found.copied()
}
