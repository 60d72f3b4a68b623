//! Timers, messages, signals and conditions that an element instance waits for, and what happens when one
//! arrives.
//!
//! A catch event waits for itself, an activity for its boundary events, a scope for the start
//! events of its event sub-processes, an event-based gateway for the events after it. Errors and
//! escalations are not waited for, see [`super::catcher`].

use std::collections::BTreeSet;
use std::sync::Arc;

use tongban_bpmn::graph::{
    Element, ElementIdx, ElementKind, EventBasedGateway, EventDefinition, Message,
    ProcessDefinition, Signal, TimerDefinition,
};
use tongban_bpmn::timer::{self, TimerKind};

use crate::behavior::incident::{self, Failure};
use crate::behavior::{compensation, condition, event_gateway, expression, state_transition};
use crate::context::Context;
use crate::event::condition::ConditionSubscriptionOpened;
use crate::event::{
    DeadlineReference, Event, MessageSubscriptionOpened, SignalSubscriptionOpened, TimerDue,
    TimerScheduled,
};
use crate::id::{ElementInstanceId, Instant, SubscriptionId, TimerId};
use crate::incident::Kind;
use crate::state::arrival::{Arrival, Awaited};
use crate::state::condition_subscription::ConditionSubscription;
use crate::state::element_instance::{ElementInstance, Phase};
use crate::state::message_subscription::MessageSubscription;
use crate::state::signal_subscription::SignalSubscription;
use crate::variable::Variables;
use crate::work::Work;

/// Something to wait for, evaluated.
pub(crate) struct PreparedSubscription {
    element: ElementIdx,
    trigger: Trigger,
}

enum Trigger {
    Timer {
        due: TimerDue,
        then: Option<Arc<str>>,
    },
    Message {
        name: Arc<str>,
        correlation_key: Arc<str>,
        interrupting: bool,
    },
    Signal {
        name: Arc<str>,
    },
    Condition {
        definition: u32,
        holds: bool,
    },
}

/// Evaluates what an activity waits for beside its work, or a scope beside its contents.
pub(crate) fn prepare(
    ctx: &Context<'_>,
    id: ElementInstanceId,
) -> Result<Vec<PreparedSubscription>, Failure> {
    let element = ctx.element(id);
    let mut prepared = Vec::new();
    for boundary in compensation::boundary_events(ctx, id) {
        if let ElementKind::BoundaryEvent(event) = &ctx.element_at(*boundary).kind {
            let interrupting = event.cancel_activity;
            prepare_one(
                ctx,
                id,
                *boundary,
                &event.definition,
                interrupting,
                &mut prepared,
            )?;
        }
    }
    let Some(container) = element.kind.container() else {
        return Ok(prepared);
    };
    for event_sub_process in &container.event_sub_processes {
        let ElementKind::EventSubProcess(it) = &ctx.element_at(*event_sub_process).kind else {
            continue;
        };
        if let Some(definition) = start_definition(ctx.element_at(it.start)) {
            prepare_one(
                ctx,
                id,
                it.start,
                definition,
                it.interrupting,
                &mut prepared,
            )?;
        }
    }
    Ok(prepared)
}

/// Evaluates what a catch event waits for.
pub(crate) fn prepare_catch(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    definition: &EventDefinition,
) -> Result<Vec<PreparedSubscription>, Failure> {
    let mut prepared = Vec::new();
    let element = ctx.instance(id).element;
    prepare_one(ctx, id, element, definition, true, &mut prepared)?;
    Ok(prepared)
}

/// Evaluates the message that a receive task waits for.
pub(crate) fn prepare_receive(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    message: &Message,
) -> Result<PreparedSubscription, Failure> {
    let element = ctx.instance(id).element;
    let trigger = prepare_message(ctx, id, message, true)?;
    Ok(PreparedSubscription { element, trigger })
}

/// Evaluates the events that an event-based gateway leads to.
pub(crate) fn prepare_choice(
    ctx: &Context<'_>,
    id: ElementInstanceId,
) -> Result<Vec<PreparedSubscription>, Failure> {
    let mut prepared = Vec::new();
    for flow in &ctx.element(id).outgoing {
        let target = ctx.definition.flow(*flow).target;
        match &ctx.element_at(target).kind {
            ElementKind::IntermediateCatchEvent(definition) => {
                prepare_one(ctx, id, target, definition, true, &mut prepared)?;
            }
            ElementKind::ReceiveTask(message) => {
                let trigger = prepare_message(ctx, id, message, true)?;
                prepared.push(PreparedSubscription {
                    element: target,
                    trigger,
                });
            }
            // Deployment refuses anything else.
            _ => {}
        }
    }
    Ok(prepared)
}

fn start_definition(start: &Element) -> Option<&EventDefinition> {
    match &start.kind {
        ElementKind::StartEvent(event) => event.definition.as_ref(),
        _ => None,
    }
}

fn prepare_one(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    element: ElementIdx,
    definition: &EventDefinition,
    interrupting: bool,
    prepared: &mut Vec<PreparedSubscription>,
) -> Result<(), Failure> {
    for (part, position) in definition.parts().iter().zip(0..) {
        let trigger = match part {
            EventDefinition::Timer(definition) => prepare_timer(ctx, id, definition)?,
            EventDefinition::Message(message) => prepare_message(ctx, id, message, interrupting)?,
            EventDefinition::Signal(signal) => prepare_signal(ctx, id, signal)?,
            EventDefinition::Conditional(it) => {
                condition::check(ctx, id, it)?;
                Trigger::Condition {
                    definition: position,
                    holds: false,
                }
            }
            EventDefinition::Error(_)
            | EventDefinition::Escalation(_)
            | EventDefinition::Compensate(_)
            | EventDefinition::Cancel
            | EventDefinition::Link(_)
            | EventDefinition::Terminate
            | EventDefinition::Multiple(_) => continue,
        };
        prepared.push(PreparedSubscription { element, trigger });
    }
    Ok(())
}

fn prepare_timer(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    definition: &TimerDefinition,
) -> Result<Trigger, Failure> {
    let invalid = |failure: Failure| failure.with_kind(Kind::TimerInvalid);
    let (kind, expression) = match definition {
        TimerDefinition::Deadline { key, record_id } => {
            let record_id = expression::text(ctx, id, record_id).map_err(invalid)?;
            let key = key.clone();
            return Ok(Trigger::Timer {
                due: TimerDue::Deadline(DeadlineReference { key, record_id }),
                then: None,
            });
        }
        TimerDefinition::Date(expression) => (TimerKind::Date, expression),
        TimerDefinition::Duration(expression) => (TimerKind::Duration, expression),
        TimerDefinition::Cycle(expression) => (TimerKind::Cycle, expression),
    };
    let value = expression::value(ctx, id, expression)?;
    let due = timer::first_due(kind, &value, ctx.environment.now, &ctx.now.zone);
    let due = due.map_err(|error| Failure::new(Kind::TimerInvalid, error.to_string()))?;
    Ok(Trigger::Timer {
        due: TimerDue::At(Instant(due.at.microseconds())),
        then: due.then,
    })
}

fn prepare_message(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    message: &Message,
    interrupting: bool,
) -> Result<Trigger, Failure> {
    let invalid = |failure: Failure| failure.with_kind(Kind::CorrelationInvalid);
    let name = expression::text(ctx, id, &message.name).map_err(invalid)?;
    let correlation_key = match &message.correlation_key {
        Some(key) => expression::text(ctx, id, key).map_err(invalid)?,
        None => Arc::from(""),
    };
    Ok(Trigger::Message {
        name,
        correlation_key,
        interrupting,
    })
}

fn prepare_signal(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    signal: &Signal,
) -> Result<Trigger, Failure> {
    let name = expression::text(ctx, id, &signal.name)?;
    Ok(Trigger::Signal { name })
}

/// One event that an element instance waits for by itself.
pub(crate) struct Wait {
    /// The event in the model.
    pub(crate) element: ElementIdx,
    /// What triggers it.
    pub(crate) definition: EventDefinition,
    /// Whether it ends what waits for it.
    pub(crate) interrupting: bool,
}

impl Wait {
    /// Whether the same kinds of things are awaited in the same order.
    pub(crate) fn is_like(&self, other: &EventDefinition) -> bool {
        is_like(&self.definition, other)
    }

    /// Whether nothing but moments is awaited.
    pub(crate) fn is_timer(&self) -> bool {
        let mut parts = self.definition.parts().iter();
        parts.all(|it| matches!(it, EventDefinition::Timer(_)))
    }
}

/// Whether two events wait for, or throw, the same kinds of things in the same order.
pub(crate) fn is_like(one: &EventDefinition, other: &EventDefinition) -> bool {
    let kinds = |it: &EventDefinition| -> Vec<_> {
        it.parts().iter().map(std::mem::discriminant).collect()
    };
    one.is_parallel() == other.is_parallel() && kinds(one) == kinds(other)
}

/// Everything that an instance of an element waits for, whatever there is of it now: itself, its
/// boundary events, the event sub-processes in it, the events after it.
pub(crate) fn waits(
    definition: &ProcessDefinition,
    idx: ElementIdx,
    instance: &ElementInstance,
) -> Vec<Wait> {
    let element = definition.element(idx);
    let mut waits = own_events(definition, idx);
    for boundary in &element.boundary_events {
        if let ElementKind::BoundaryEvent(event) = &definition.element(*boundary).kind {
            waits.push(Wait {
                element: *boundary,
                definition: event.definition.clone(),
                interrupting: event.cancel_activity,
            });
        }
    }
    let container = element.kind.container();
    // After an interruption nothing else may start in the scope.
    let container = container.filter(|_| instance.interruption.is_none());
    for idx in container.map_or(&[][..], |it| &it.event_sub_processes) {
        if let ElementKind::EventSubProcess(it) = &definition.element(*idx).kind
            && let Some(event) = start_definition(definition.element(it.start))
        {
            waits.push(Wait {
                element: it.start,
                definition: event.clone(),
                interrupting: it.interrupting,
            });
        }
    }
    waits
}

fn own_events(definition: &ProcessDefinition, idx: ElementIdx) -> Vec<Wait> {
    let one = |element: ElementIdx| {
        let definition = match &definition.element(element).kind {
            ElementKind::IntermediateCatchEvent(event) => event.clone(),
            ElementKind::ReceiveTask(message) => EventDefinition::Message(message.clone()),
            _ => return None,
        };
        Some(Wait {
            element,
            definition,
            interrupting: true,
        })
    };
    let element = definition.element(idx);
    match element.kind {
        ElementKind::EventBasedGateway(EventBasedGateway { instantiates: None }) => {}
        // What starts the process has come before.
        ElementKind::EventBasedGateway(_) => return Vec::new(),
        _ => return one(idx).into_iter().collect(),
    }
    let targets = element.outgoing.iter();
    let targets = targets.map(|flow| definition.flow(*flow).target);
    targets.filter_map(one).collect()
}

/// Sees to it that an event is awaited as the model says now: a timer keeps running, a message or
/// signal is awaited anew where its name or key has changed, a condition is looked at again. What
/// has come already of several things stays.
pub(crate) fn fit(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    wait: &Wait,
) -> Result<(), Failure> {
    let mut prepared = Vec::new();
    let runs = wait.is_timer() && is_awaited(ctx, id, wait.element);
    if !runs {
        let (event, definition) = (wait.element, &wait.definition);
        prepare_one(ctx, id, event, definition, wait.interrupting, &mut prepared)?;
    }
    let of_this = |owner, element| owner == id && element == wait.element;
    let mut arrivals = ctx.instance(id).arrivals.iter();
    let has_arrivals = arrivals.any(|it| it.element == wait.element);
    let is_multiple = wait.definition.parts().len() > 1;
    if is_multiple && (has_arrivals || is_awaited(ctx, id, wait.element)) {
        return fit_parts(ctx, id, wait, prepared);
    }
    let state = ctx.state();
    let conditions = state.condition_subscriptions();
    let conditions = conditions.filter(|it| of_this(it.element_instance, it.element));
    let conditions: Vec<ConditionSubscription> = conditions.copied().collect();
    let message = state
        .message_subscriptions()
        .find(|it| of_this(it.element_instance, it.element));
    let signal = state
        .signal_subscriptions()
        .find(|it| of_this(it.element_instance, it.element));
    prepared.retain(|it| !it.is_open_as(message, signal, &conditions));
    let closed = message.map(|it| Event::MessageSubscriptionClosed { id: it.id });
    let closed = closed.or(signal.map(|it| Event::SignalSubscriptionClosed { id: it.id }));
    if let Some(closed) = closed.filter(|_| !prepared.is_empty()) {
        ctx.emit(closed);
    }
    for condition in conditions {
        ctx.queue_condition(condition.id);
    }
    open(ctx, id, prepared);
    Ok(())
}

/// Of several things each is compared with what is awaited and what has come: one that is named in
/// another way is awaited anew, unless it is one that has come.
fn fit_parts(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    wait: &Wait,
    prepared: Vec<PreparedSubscription>,
) -> Result<(), Failure> {
    let (mut open_parts, conditions) = open_parts(ctx, id, wait);
    let arrivals = ctx.instance(id).arrivals.iter();
    let arrivals = arrivals.filter(|it| it.element == wait.element);
    let mut come: Vec<Awaited> = arrivals.filter_map(|it| it.again.clone()).collect();
    let mut renamed = Vec::new();
    for part in prepared {
        // A timer keeps running, or has come.
        let Some(awaited) = part.awaited() else {
            continue;
        };
        let is_same = |it: &OpenPart| it.interrupts_alike && it.awaited == awaited;
        if let Some(position) = open_parts.iter().position(is_same) {
            open_parts.remove(position);
        } else if let Some(position) = come.iter().position(|it| *it == awaited) {
            come.remove(position);
        } else {
            renamed.push((std::mem::discriminant(&awaited), part));
        }
    }
    for kind in come.iter().map(std::mem::discriminant) {
        let is_open = |it: &OpenPart| std::mem::discriminant(&it.awaited) == kind;
        if open_parts.iter().any(is_open) {
            let message = "expected to tell which of several things has come, found that what is \
                           awaited and what has come are named in another way";
            return Err(Failure::new(Kind::ExpressionFailed, message));
        }
        renamed.retain(|(it, _)| *it != kind);
    }
    for part in open_parts {
        ctx.emit(part.closed);
    }
    for condition in conditions {
        ctx.queue_condition(condition);
    }
    let renamed = renamed.into_iter().map(|(_, part)| part).collect();
    open(ctx, id, renamed);
    Ok(())
}

/// One of several things that are awaited.
struct OpenPart {
    awaited: Awaited,
    closed: Event,
    /// Whether it ends what waits for it as the model says now.
    interrupts_alike: bool,
}

/// What is awaited for an event, and the conditions among it.
fn open_parts(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    wait: &Wait,
) -> (Vec<OpenPart>, Vec<SubscriptionId>) {
    let of_this = |owner, element| owner == id && element == wait.element;
    let state = ctx.state();
    let messages = state.message_subscriptions();
    let messages = messages.filter(|it| of_this(it.element_instance, it.element));
    let mut open: Vec<OpenPart> = messages
        .map(|it| OpenPart {
            awaited: Awaited::Message {
                name: it.message_name.clone(),
                correlation_key: it.correlation_key.clone(),
            },
            closed: Event::MessageSubscriptionClosed { id: it.id },
            interrupts_alike: it.interrupting == wait.interrupting,
        })
        .collect();
    let signals = state.signal_subscriptions();
    let signals = signals.filter(|it| of_this(it.element_instance, it.element));
    open.extend(signals.map(|it| OpenPart {
        awaited: Awaited::Signal {
            name: it.signal_name.clone(),
        },
        closed: Event::SignalSubscriptionClosed { id: it.id },
        interrupts_alike: true,
    }));
    let conditions = state.condition_subscriptions();
    let conditions = conditions.filter(|it| of_this(it.element_instance, it.element));
    let conditions: Vec<&ConditionSubscription> = conditions.collect();
    open.extend(conditions.iter().map(|it| OpenPart {
        awaited: Awaited::Condition {
            definition: it.definition,
        },
        closed: Event::ConditionSubscriptionClosed { id: it.id },
        interrupts_alike: true,
    }));
    (open, conditions.into_iter().map(|it| it.id).collect())
}

impl PreparedSubscription {
    /// How it is awaited; nothing for a timer.
    fn awaited(&self) -> Option<Awaited> {
        match &self.trigger {
            Trigger::Timer { .. } => None,
            Trigger::Message {
                name,
                correlation_key,
                ..
            } => Some(Awaited::Message {
                name: name.clone(),
                correlation_key: correlation_key.clone(),
            }),
            Trigger::Signal { name } => Some(Awaited::Signal { name: name.clone() }),
            Trigger::Condition { definition, .. } => Some(Awaited::Condition {
                definition: *definition,
            }),
        }
    }

    fn is_open_as(
        &self,
        message: Option<&MessageSubscription>,
        signal: Option<&SignalSubscription>,
        conditions: &[ConditionSubscription],
    ) -> bool {
        match &self.trigger {
            Trigger::Timer { .. } => false,
            Trigger::Message {
                name,
                correlation_key,
                interrupting,
            } => message.is_some_and(|it| {
                it.message_name == *name
                    && it.correlation_key == *correlation_key
                    && it.interrupting == *interrupting
            }),
            Trigger::Signal { name } => signal.is_some_and(|it| it.signal_name == *name),
            Trigger::Condition { .. } => !conditions.is_empty(),
        }
    }
}

/// Opens what has been prepared.
pub(crate) fn open(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    prepared: Vec<PreparedSubscription>,
) {
    for PreparedSubscription { element, trigger } in prepared {
        match trigger {
            Trigger::Timer { due, then } => schedule(ctx, (id, element), due, then),
            Trigger::Message {
                name,
                correlation_key,
                interrupting,
            } => {
                let opened = MessageSubscriptionOpened {
                    id: SubscriptionId(ctx.next_id()),
                    element_instance: id,
                    element,
                    element_id: ctx.element_at(element).id.clone(),
                    message_name: name,
                    correlation_key,
                    interrupting,
                };
                ctx.emit(Event::MessageSubscriptionOpened(opened));
            }
            Trigger::Signal { name } => {
                let opened = SignalSubscriptionOpened {
                    id: SubscriptionId(ctx.next_id()),
                    element_instance: id,
                    element,
                    element_id: ctx.element_at(element).id.clone(),
                    signal_name: name,
                };
                ctx.emit(Event::SignalSubscriptionOpened(opened));
            }
            Trigger::Condition { definition, holds } => {
                let subscription = SubscriptionId(ctx.next_id());
                let opened = ConditionSubscriptionOpened {
                    id: subscription,
                    element_instance: id,
                    element,
                    element_id: ctx.element_at(element).id.clone(),
                    definition,
                    holds,
                };
                ctx.emit(Event::ConditionSubscriptionOpened(opened));
                // It may hold already.
                ctx.queue_condition(subscription);
            }
        }
    }
}

/// Schedules a timer of an element instance.
pub(crate) fn schedule(
    ctx: &mut Context<'_>,
    (id, element): (ElementInstanceId, ElementIdx),
    due: TimerDue,
    then: Option<Arc<str>>,
) {
    let scheduled = TimerScheduled {
        id: TimerId(ctx.next_id()),
        element_instance: id,
        element,
        element_id: ctx.element_at(element).id.clone(),
        due,
        then,
    };
    ctx.emit(Event::TimerScheduled(scheduled));
}

/// Closes everything an element instance waits for.
pub(crate) fn close_all(ctx: &mut Context<'_>, id: ElementInstanceId) {
    close_if(ctx, id, |_| true);
}

fn close_if(ctx: &mut Context<'_>, id: ElementInstanceId, which: impl Fn(&Element) -> bool) {
    let of_this = |owner: ElementInstanceId, element: ElementIdx| {
        owner == id && which(ctx.definition.element(element))
    };
    let state = ctx.state();
    let timers = state
        .timers()
        .filter(|it| of_this(it.element_instance, it.element));
    let timers: Vec<TimerId> = timers.map(|it| it.id).collect();
    let subscriptions = state
        .message_subscriptions()
        .filter(|it| of_this(it.element_instance, it.element));
    let subscriptions: Vec<SubscriptionId> = subscriptions.map(|it| it.id).collect();
    let signals = state
        .signal_subscriptions()
        .filter(|it| of_this(it.element_instance, it.element));
    let signals: Vec<SubscriptionId> = signals.map(|it| it.id).collect();
    let conditions = state
        .condition_subscriptions()
        .filter(|it| of_this(it.element_instance, it.element));
    let conditions: Vec<SubscriptionId> = conditions.map(|it| it.id).collect();
    for id in timers {
        ctx.emit(Event::TimerCanceled { id });
    }
    for id in subscriptions {
        ctx.emit(Event::MessageSubscriptionClosed { id });
    }
    for id in signals {
        ctx.emit(Event::SignalSubscriptionClosed { id });
    }
    for id in conditions {
        ctx.emit(Event::ConditionSubscriptionClosed { id });
    }
}

/// Whether what an element instance waits for may be triggered now.
pub(crate) fn can_trigger(
    ctx: &Context<'_>,
    owner: ElementInstanceId,
    element: ElementIdx,
) -> bool {
    if !state_transition::is_live(ctx, owner) || ends_already(ctx, owner) {
        return false;
    }
    let instance = ctx.instance(owner);
    match ctx.element_at(element).kind {
        // An activity whose outputs wait for an incident can still be interrupted.
        ElementKind::BoundaryEvent(_) => {
            matches!(instance.phase, Phase::Active | Phase::Completing)
        }
        ElementKind::StartEvent(_) => state_transition::is_open(ctx, owner),
        _ => instance.phase == Phase::Active,
    }
}

/// Timers whose element instance is ended, or has come to its end, once what is kept is carried out.
pub(crate) fn overtaken_timers(ctx: &Context<'_>) -> Vec<TimerId> {
    let mut timers = ctx.state().timers().peekable();
    if timers.peek().is_none() {
        return Vec::new();
    }
    let (mut ended, mut complete) = (BTreeSet::new(), BTreeSet::new());
    for work in ctx.state().deferred() {
        match work {
            Work::Terminate { id } => drop(ended.insert(*id)),
            Work::Complete { id, .. } => drop(complete.insert(*id)),
            _ => {}
        }
    }
    let is_ended = |owner: ElementInstanceId| {
        let mut next = Some(owner);
        while let Some(id) = next {
            if ended.contains(&id) {
                return true;
            }
            next = ctx.state().element_instance(id).and_then(|it| it.scope);
        }
        false
    };
    let overtaken = timers.filter(|it| {
        let owner = it.element_instance;
        complete.contains(&owner) || is_ended(owner)
    });
    overtaken.map(|it| it.id).collect()
}

/// Whether what it waited for has come before, and is carried out later.
fn ends_already(ctx: &Context<'_>, owner: ElementInstanceId) -> bool {
    let ends = |work: &Work| matches!(work, Work::Complete { id, .. } if *id == owner);
    ctx.state().deferred().iter().any(ends)
}

/// How something that has come was awaited.
pub(crate) struct Arrived {
    /// What closes its subscription, if it has one still.
    pub(crate) subscription: Option<Event>,
    /// How it is awaited again.
    pub(crate) again: Option<Awaited>,
}

/// Something that an element instance waits for has come. It triggers its event, unless that waits for
/// more: of a parallel multiple event, each thing is awaited until it has come (BPMN 2.0, 10.5.5).
pub(crate) fn arrive(
    ctx: &mut Context<'_>,
    (owner, element): (ElementInstanceId, ElementIdx),
    arrived: Arrived,
    received: Variables,
) {
    if !awaits_all(ctx, element) {
        return trigger(ctx, owner, element, received);
    }
    if let Some(closed) = arrived.subscription {
        ctx.emit(closed);
    }
    ctx.emit(Event::PartArrived {
        element_instance: owner,
        arrival: Arrival {
            element,
            received,
            again: arrived.again,
        },
    });
    if is_awaited(ctx, owner, element) {
        return;
    }
    let arrivals = ctx.instance(owner).arrivals.iter();
    let arrivals = arrivals.filter(|it| it.element == element).cloned();
    let arrivals: Vec<Arrival> = arrivals.collect();
    ctx.emit(Event::PartsComplete {
        element_instance: owner,
        element,
    });
    let mut received = Variables::new();
    for arrival in &arrivals {
        received.set_all(&arrival.received);
    }
    // Opened before the event starts anything, so that nothing is missed in between.
    if !interrupts(ctx, element) {
        open_again(ctx, owner, arrivals);
    }
    trigger(ctx, owner, element, received);
}

/// Whether an event waits for all of several things.
pub(crate) fn awaits_all(ctx: &Context<'_>, element: ElementIdx) -> bool {
    let definition = condition::event_definition(ctx.definition, element);
    definition.is_some_and(EventDefinition::is_parallel)
}

/// Whether anything is awaited for an event.
fn is_awaited(ctx: &Context<'_>, owner: ElementInstanceId, element: ElementIdx) -> bool {
    let of_this = |of: ElementInstanceId, event: ElementIdx| of == owner && event == element;
    let state = ctx.state();
    let mut timers = state.timers();
    let mut messages = state.message_subscriptions();
    let mut signals = state.signal_subscriptions();
    let mut conditions = state.condition_subscriptions();
    timers.any(|it| of_this(it.element_instance, it.element))
        || messages.any(|it| of_this(it.element_instance, it.element))
        || signals.any(|it| of_this(it.element_instance, it.element))
        || conditions.any(|it| of_this(it.element_instance, it.element))
}

fn interrupts(ctx: &Context<'_>, element: ElementIdx) -> bool {
    match &ctx.element_at(element).kind {
        ElementKind::BoundaryEvent(event) => event.cancel_activity,
        ElementKind::StartEvent(event) => event.interrupting,
        _ => true,
    }
}

fn open_again(ctx: &mut Context<'_>, owner: ElementInstanceId, arrivals: Vec<Arrival>) {
    let now = ctx.environment.now;
    let zone = &ctx.now.zone;
    let prepared = arrivals.into_iter().filter_map(|arrival| {
        let trigger = match arrival.again? {
            Awaited::Message {
                name,
                correlation_key,
            } => Trigger::Message {
                name,
                correlation_key,
                interrupting: false,
            },
            Awaited::Signal { name } => Trigger::Signal { name },
            // It has held; it may not any more, which the look at it finds.
            Awaited::Condition { definition } => Trigger::Condition {
                definition,
                holds: true,
            },
            // What came due meanwhile has been waited for in vain; a cycle without a next time has
            // ended.
            Awaited::Timer { then } => {
                let due = timer::next_due(&then, now, zone).ok()??;
                Trigger::Timer {
                    due: TimerDue::At(Instant(due.at.microseconds())),
                    then: due.then,
                }
            }
        };
        let element = arrival.element;
        Some(PreparedSubscription { element, trigger })
    });
    let prepared = prepared.collect();
    open(ctx, owner, prepared);
}

/// Something that an element instance waits for, or an error or escalation that it catches, has
/// arrived.
pub(crate) fn trigger(
    ctx: &mut Context<'_>,
    owner: ElementInstanceId,
    element: ElementIdx,
    received: Variables,
) {
    match &ctx.element_at(element).kind {
        ElementKind::BoundaryEvent(event) if event.cancel_activity => {
            ctx.emit(Event::ElementInterrupted {
                id: owner,
                by: element,
                received,
            });
            ctx.queue(Work::Terminate { id: owner });
        }
        ElementKind::BoundaryEvent(_) => {
            let scope = ctx.instance(owner).scope.expect("an activity has a scope");
            ctx.queue(Work::Start {
                scope,
                element,
                received,
            });
        }
        ElementKind::StartEvent(_) => trigger_event_sub_process(ctx, owner, element, received),
        _ if matches!(ctx.element(owner).kind, ElementKind::EventBasedGateway(_)) => {
            event_gateway::decide(ctx, owner, element, received);
        }
        _ => {
            close_all(ctx, owner);
            ctx.queue(Work::Complete {
                id: owner,
                received,
            });
        }
    }
}

fn trigger_event_sub_process(
    ctx: &mut Context<'_>,
    scope: ElementInstanceId,
    start: ElementIdx,
    received: Variables,
) {
    let element = ctx
        .element_at(start)
        .scope
        .expect("a start event has a scope");
    let interrupting = match &ctx.element_at(element).kind {
        ElementKind::EventSubProcess(it) => it.interrupting,
        _ => false,
    };
    if !interrupting {
        ctx.queue(Work::Start {
            scope,
            element,
            received,
        });
        return;
    }
    // What an incident has stopped in the scope is not wanted any more.
    incident::withdraw(ctx, scope);
    // After an interruption nothing else may start in the scope; its own boundary events remain.
    close_if(ctx, scope, |element| {
        matches!(element.kind, ElementKind::StartEvent(_))
    });
    ctx.emit(Event::ElementInterrupted {
        id: scope,
        by: element,
        received,
    });
    state_transition::terminate_children(ctx, scope);
    ctx.queue(Work::Settle { scope });
}

/// Ends everything that is left in a scope, which then ends itself: after a terminate end event, or
/// because the completion condition of an ad-hoc sub-process holds.
pub(crate) fn interrupt(ctx: &mut Context<'_>, scope: ElementInstanceId, by: ElementIdx) {
    incident::withdraw(ctx, scope);
    close_if(ctx, scope, |element| {
        matches!(element.kind, ElementKind::StartEvent(_))
    });
    let received = Variables::new();
    ctx.emit(Event::ElementInterrupted {
        id: scope,
        by,
        received,
    });
    state_transition::terminate_children(ctx, scope);
    ctx.queue(Work::Settle { scope });
}
