//! What holds after every step, whatever the process and the commands. Start from [`check`].

use tongban_bpmn::graph::{ElementIdx, ElementKind, EventDefinition, ProcessDefinition};
use tongban_feel::time::Zone;
use tongban_feel::workday::Weekends;

use super::join::{self, Place};
use crate::command::Command;
use crate::data_type::NoDataTypes;
use crate::id::{ElementInstanceId, Instant};
use crate::limit::Limits;
use crate::now::Now;
use crate::state::State;
use crate::state::arrival::{Arrival, Awaited};
use crate::state::element_instance::{ElementInstance, Phase, Request};
use crate::state::instance::Status;
use crate::state::multi_instance::{Collection, Loop};
use crate::step::step;
use crate::variable::Variables;

/// What a state may have beyond its bound: the rows that are under way when it is reached.
const OVERSHOOT_BYTES: usize = 64 * 1024;

/// Checks a state after a step against the events folded apart.
///
/// # Errors
/// With what does not hold.
pub fn check(
    definition: &ProcessDefinition,
    live: &State,
    replayed: &State,
    limits: &Limits,
) -> Result<(), String> {
    if live != replayed {
        return Err(format!(
            "the events folded are not the state: {replayed:?} against {live:?}"
        ));
    }
    check_bounds(live, limits)?;
    check_ids(live)?;
    check_owners(live)?;
    for instance in live.element_instances() {
        check_element_instance(definition, live, instance).map_err(|error| {
            format!(
                "{}#{}: {error}",
                definition.element(instance.element).id,
                instance.id
            )
        })?;
    }
    check_incidents(definition, live, limits)?;
    check_end(live)
}

/// With no work left, what an incident has stopped can be done again.
fn check_incidents(
    definition: &ProcessDefinition,
    live: &State,
    limits: &Limits,
) -> Result<(), String> {
    if live.is_suspended() || !live.deferred().is_empty() {
        return Ok(());
    }
    for incident in live.incidents() {
        let incident = incident.id;
        let now = Now {
            at: Instant(0),
            zone: Zone::utc(),
            calendar: &Weekends,
            limits,
            types: &NoDataTypes,
        };
        let command = Command::ResolveIncident {
            incident,
            variables: Variables::new(),
        };
        if let Err(rejection) = step(&mut live.clone(), definition, command, now) {
            return Err(format!(
                "incident {incident} can never be resolved: {rejection}"
            ));
        }
    }
    Ok(())
}

fn check_bounds(state: &State, limits: &Limits) -> Result<(), String> {
    let (bytes, bytes_max) = (state.bytes(), limits.state_bytes_max + OVERSHOOT_BYTES);
    if bytes > bytes_max {
        return Err(format!(
            "the state has {bytes} bytes, more than {bytes_max}"
        ));
    }
    Ok(())
}

/// An id is drawn once for all nouns.
fn check_ids(state: &State) -> Result<(), String> {
    let mut ids: Vec<u32> = state.element_instances().map(|it| it.id.0).collect();
    ids.extend(state.jobs().map(|it| it.id.0));
    ids.extend(state.timers().map(|it| it.id.0));
    ids.extend(state.message_subscriptions().map(|it| it.id.0));
    ids.extend(state.signal_subscriptions().map(|it| it.id.0));
    ids.extend(state.condition_subscriptions().map(|it| it.id.0));
    ids.extend(state.incidents().map(|it| it.id.0));
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(format!("an id is there twice: {ids:?}"));
    }
    match ids.last() {
        Some(last) if *last >= state.next_id() => Err(format!("the id {last} was not drawn")),
        _ => Ok(()),
    }
}

/// Everything that waits belongs to an element instance, each of which has at most one job and
/// one incident.
fn check_owners(state: &State) -> Result<(), String> {
    let is_there = |id: ElementInstanceId| state.element_instance(id).is_some();
    let jobs: Vec<_> = state.jobs().map(|it| it.element_instance).collect();
    let incidents: Vec<_> = state.incidents().map(|it| it.element_instance).collect();
    for (noun, owners) in [("job", &jobs), ("incident", &incidents)] {
        for (idx, owner) in owners.iter().enumerate() {
            if owners[idx + 1..].contains(owner) {
                return Err(format!("{owner:?} has two of the noun {noun}"));
            }
        }
    }
    let timers = state.timers().map(|it| it.element_instance);
    let subscriptions = state.message_subscriptions().map(|it| it.element_instance);
    let signals = state.signal_subscriptions().map(|it| it.element_instance);
    let conditions = state
        .condition_subscriptions()
        .map(|it| it.element_instance);
    let tasks = state.user_tasks().map(|it| it.id.element_instance());
    let mut owners = jobs
        .iter()
        .chain(&incidents)
        .copied()
        .chain(timers)
        .chain(subscriptions)
        .chain(signals)
        .chain(conditions)
        .chain(tasks);
    match owners.find(|owner| !is_there(*owner)) {
        Some(owner) => Err(format!("something waits for {owner:?}, which is gone")),
        None => Ok(()),
    }
}

fn check_element_instance(
    definition: &ProcessDefinition,
    state: &State,
    instance: &ElementInstance,
) -> Result<(), String> {
    check_place(definition, state, instance)?;
    let children = state
        .element_instances()
        .filter(|it| it.scope == Some(instance.id))
        .count();
    if children != instance.active_children as usize {
        return Err(format!(
            "it has {children} children and counts {}",
            instance.active_children
        ));
    }
    if let Some(it) = &instance.multi_instance {
        check_loop(state, instance, it)?;
    }
    check_compensation(state, instance)?;
    if !state.deferred().is_empty() {
        return Ok(());
    }
    check_tokens(definition, state, instance)?;
    check_subscriptions(definition, state, instance)?;
    check_waits(definition, state, instance)
}

/// A live element instance lies in a live instance of the scope that the model says.
fn check_place(
    definition: &ProcessDefinition,
    state: &State,
    instance: &ElementInstance,
) -> Result<(), String> {
    let expected = definition.element(instance.element).scope;
    let found = match instance.scope {
        None => None,
        Some(scope) => {
            let scope = state.element_instance(scope).ok_or("its scope is gone")?;
            Some(scope.element)
        }
    };
    if expected != found {
        return Err(format!("its scope is of {found:?}, not of {expected:?}"));
    }
    let is_complex = matches!(
        definition.element(instance.element).kind,
        ElementKind::ComplexGateway(_)
    );
    let is_other = |it: &ElementInstance| {
        it.id != instance.id && (it.scope, it.element) == (instance.scope, instance.element)
    };
    if is_complex && state.element_instances().any(is_other) {
        return Err("its tokens wait at two element instances".to_owned());
    }
    Ok(())
}

/// With no work left, a token that took a flow waits at a join that lacks another.
fn check_tokens(
    definition: &ProcessDefinition,
    state: &State,
    instance: &ElementInstance,
) -> Result<(), String> {
    for (flow, count) in &instance.taken_flows {
        let target = definition.flow(*flow).target;
        let element = definition.element(target);
        let waits = match element.kind {
            ElementKind::ParallelGateway => !element
                .incoming
                .iter()
                .all(|flow| instance.taken_flows.contains_key(flow)),
            _ if join::is_join(definition, target) => {
                !join::may_join(definition, target, &places(state, instance))
            }
            // Its element instance is checked by itself.
            ElementKind::ComplexGateway(_) => state
                .element_instances()
                .any(|it| it.scope == Some(instance.id) && it.element == target),
            // An activity may take several tokens to begin.
            _ => {
                let tokens = element.incoming.iter();
                let tokens = tokens.filter_map(|it| instance.taken_flows.get(it));
                tokens.sum::<u32>() < element.start_quantity
            }
        };
        if !waits || *count == 0 {
            return Err(format!("{count} tokens wait at {} for nothing", element.id));
        }
    }
    Ok(())
}

/// Where the tokens of a scope stand.
fn places(state: &State, scope: &ElementInstance) -> Vec<Place> {
    let inside = state.element_instances();
    let inside = inside.filter(|it| it.scope == Some(scope.id));
    let active = inside.map(|it| Place::Element(it.element));
    let waiting = scope.taken_flows.keys().map(|flow| Place::Flow(*flow));
    active.chain(waiting).collect()
}

/// What is being undone in a scope has someone who does it, once nothing is left to do; what has been
/// completed is in order.
fn check_compensation(state: &State, scope: &ElementInstance) -> Result<(), String> {
    let Some(compensation) = &scope.compensation else {
        return Ok(());
    };
    if compensation.is_empty() {
        return Err("its compensation is kept and empty".to_owned());
    }
    let ids: Vec<_> = compensation.completed.iter().map(|it| it.id).collect();
    if ids.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(format!("what it can undo is out of order: {ids:?}"));
    }
    let carries_out = |run| {
        let mut inside = state
            .element_instances()
            .filter(|it| it.scope == Some(scope.id));
        inside.any(|it| it.carries_out().is_some_and(|it| it.run == run))
    };
    let idle = compensation.runs.iter().find(|run| !carries_out(run.id));
    match idle.filter(|_| state.deferred().is_empty()) {
        Some(run) => Err(format!("nothing carries out its run {}", run.id)),
        None => Ok(()),
    }
}

/// The numbers of a loop agree with each other and with what is there.
fn check_loop(state: &State, body: &ElementInstance, it: &Loop) -> Result<(), String> {
    let is_counted = it.first <= it.next
        && it.next <= it.last + 1
        && it.completed + it.terminated <= it.started()
        && it
            .outputs
            .keys()
            .all(|counter| (it.first..it.next).contains(counter));
    if !is_counted {
        return Err(format!("its loop does not count right: {it:?}"));
    }
    let inside = state.element_instances();
    let inside = inside.filter(|inner| inner.scope == Some(body.id));
    let counters: Vec<Option<u32>> = inside.map(|inner| inner.loop_counter).collect();
    let expected = if it.spread.is_some() { 0 } else { it.active() };
    // Between the end of an iteration and that of its element instance it is counted as done.
    if counters.len() != expected as usize || counters.contains(&None) {
        return Err(format!(
            "{counters:?} are its iterations, {expected} are active"
        ));
    }
    Ok(())
}

/// An active activity waits for each of its boundary events, a scope for the start of each of its
/// event sub-processes until it has been interrupted. A timer that does not interrupt may be over.
fn check_subscriptions(
    definition: &ProcessDefinition,
    state: &State,
    instance: &ElementInstance,
) -> Result<(), String> {
    let element = definition.element(instance.element);
    // What has been completed and is undone waits for nothing, neither does a canceled transaction.
    let is_past = instance.carries_out().is_some_and(|it| it.is_scope);
    if instance.phase != Phase::Active || is_past || is_canceled(definition, instance) {
        return Ok(());
    }
    if matches!(element.kind, ElementKind::EventBasedGateway(_)) {
        check_choice(definition, state, instance)?;
    }
    for event in &element.boundary_events {
        if let ElementKind::BoundaryEvent(it) = &definition.element(*event).kind {
            let interrupting = it.cancel_activity;
            check_subscription(state, instance, *event, &it.definition, interrupting, true)?;
        }
    }
    let event_sub_processes = element
        .kind
        .container()
        .map(|it| it.event_sub_processes.as_slice());
    for event_sub_process in event_sub_processes.unwrap_or_default() {
        if let ElementKind::EventSubProcess(it) = &definition.element(*event_sub_process).kind
            && let ElementKind::StartEvent(start) = &definition.element(it.start).kind
            && let Some(event) = &start.definition
        {
            let open = instance.interruption.is_none();
            check_subscription(state, instance, it.start, event, it.interrupting, open)?;
        }
    }
    Ok(())
}

/// Whether a cancel end event has interrupted a scope.
fn is_canceled(definition: &ProcessDefinition, instance: &ElementInstance) -> bool {
    let by = instance.interruption.as_ref().map(|it| it.by);
    by.is_some_and(|by| match &definition.element(by).kind {
        ElementKind::EndEvent(Some(it)) => {
            let mut parts = it.parts().iter();
            parts.any(|it| matches!(it, EventDefinition::Cancel))
        }
        _ => false,
    })
}

/// An event-based gateway waits for each of the events after it.
fn check_choice(
    definition: &ProcessDefinition,
    state: &State,
    instance: &ElementInstance,
) -> Result<(), String> {
    for flow in &definition.element(instance.element).outgoing {
        let target = definition.flow(*flow).target;
        let receives = |message| EventDefinition::Message(message);
        match &definition.element(target).kind {
            ElementKind::IntermediateCatchEvent(event) => {
                check_subscription(state, instance, target, event, true, true)?;
            }
            ElementKind::ReceiveTask(message) => {
                let event = receives(message.clone());
                check_subscription(state, instance, target, &event, true, true)?;
            }
            other => return Err(format!("it leads to a {}", other.name())),
        }
    }
    Ok(())
}

fn check_subscription(
    state: &State,
    instance: &ElementInstance,
    event: ElementIdx,
    definition: &EventDefinition,
    interrupting: bool,
    open: bool,
) -> Result<(), String> {
    let of_this = |owner: ElementInstanceId, element| owner == instance.id && element == event;
    let messages = state.message_subscriptions();
    let messages = messages
        .filter(|it| of_this(it.element_instance, it.element))
        .count();
    let timers = state
        .timers()
        .filter(|it| of_this(it.element_instance, it.element))
        .count();
    let signals = state
        .signal_subscriptions()
        .filter(|it| of_this(it.element_instance, it.element))
        .count();
    let conditions = state
        .condition_subscriptions()
        .filter(|it| of_this(it.element_instance, it.element))
        .count();
    let arrivals = instance.arrivals.iter();
    let arrivals: Vec<&Arrival> = arrivals.filter(|it| it.element == event).collect();
    let arrived = |is_kind: fn(&Option<Awaited>) -> bool| {
        arrivals.iter().filter(|it| is_kind(&it.again)).count()
    };
    let expected = |is_kind: fn(&EventDefinition) -> bool| {
        let parts = definition.parts().iter();
        usize::from(open) * parts.filter(|it| is_kind(it)).count()
    };
    let n_messages = expected(|it| matches!(it, EventDefinition::Message(_)));
    let n_signals = expected(|it| matches!(it, EventDefinition::Signal(_)));
    let n_conditions = expected(|it| matches!(it, EventDefinition::Conditional(_)));
    let n_timers = expected(|it| matches!(it, EventDefinition::Timer(_)));
    let is_message = |it: &Option<Awaited>| matches!(it, Some(Awaited::Message { .. }));
    let is_signal = |it: &Option<Awaited>| matches!(it, Some(Awaited::Signal { .. }));
    let is_condition = |it: &Option<Awaited>| matches!(it, Some(Awaited::Condition { .. }));
    let n_arrived = arrivals.len() * usize::from(open);
    let is_moment = |it: &Option<Awaited>| matches!(it, None | Some(Awaited::Timer { .. }));
    // Timers that do not interrupt may be over.
    let timers_fit = match interrupting {
        true => timers + arrived(is_moment) * usize::from(open) == n_timers,
        false => timers <= n_timers,
    };
    let fits = timers_fit
        && messages + arrived(is_message).min(n_arrived) == n_messages
        && signals + arrived(is_signal).min(n_arrived) == n_signals
        && conditions + arrived(is_condition).min(n_arrived) == n_conditions
        && (definition.is_parallel() || arrivals.is_empty());
    if fits {
        return Ok(());
    }
    Err(format!(
        "{messages} messages, {timers} timers, {signals} signals and {conditions} conditions are \
         awaited for {event:?}, open: {open}"
    ))
}

/// With no work left, every element instance waits for something that can come.
fn check_waits(
    definition: &ProcessDefinition,
    state: &State,
    instance: &ElementInstance,
) -> Result<(), String> {
    let id = instance.id;
    let kind = &definition.element(instance.element).kind;
    if state.incidents().any(|it| it.element_instance == id) {
        return Ok(());
    }
    if instance.interruption.as_ref().is_some_and(|it| !it.started) {
        return Err("its interruption has not been carried out".to_owned());
    }
    let asks_parent = matches!(instance.request, Some(Request::ParentCatch { .. }));
    let has_contents = instance.active_children > 0 || !instance.taken_flows.is_empty();
    let awaits_undoing = state.element_instances().any(|it| {
        let mut runs = it.compensation.iter().flat_map(|it| &it.runs);
        runs.any(|run| run.thrower == Some(id))
    });
    let waits = match instance.phase {
        Phase::Activating => asks_parent,
        Phase::Completing | Phase::Terminating => false,
        Phase::Active if matches!(kind, ElementKind::AdHocSubProcess(_)) => {
            has_contents || awaits_choice(kind, instance)
        }
        Phase::Active if kind.container().is_some() => has_contents,
        Phase::Active if instance.carries_out().is_some_and(|it| it.is_scope) => has_contents,
        Phase::Active => match kind {
            ElementKind::UserTask(_) => state.user_task(id.user_task()).is_some(),
            ElementKind::CallActivity(_) => instance.request.is_some() || instance.child.is_some(),
            ElementKind::IntermediateCatchEvent(_)
            | ElementKind::EventBasedGateway(_)
            | ElementKind::ReceiveTask(_) => {
                let messages = state.message_subscriptions();
                let signals = state.signal_subscriptions();
                state.timers().any(|it| it.element_instance == id)
                    || messages.map(|it| it.element_instance).any(|it| it == id)
                    || signals.map(|it| it.element_instance).any(|it| it == id)
                    || state
                        .condition_subscriptions()
                        .any(|it| it.element_instance == id)
            }
            ElementKind::EndEvent(_) | ElementKind::IntermediateThrowEvent(_) => {
                instance.request.is_some()
                    || awaits_undoing
                    || state.jobs().any(|it| it.element_instance == id)
            }
            ElementKind::StandardLoop(_) => instance.active_children > 0,
            ElementKind::ComplexGateway(_) => awaits_tokens(definition, state, instance),
            ElementKind::MultiInstance(_) => instance.multi_instance.as_deref().is_some_and(loops),
            _ => instance.request.is_some() || state.jobs().any(|it| it.element_instance == id),
        },
    };
    if waits {
        Ok(())
    } else {
        Err(format!("it is {:?} and waits for nothing", instance.phase))
    }
}

/// Whether something can still be chosen in an ad-hoc sub-process that has nothing to do.
fn awaits_choice(kind: &ElementKind, instance: &ElementInstance) -> bool {
    let (ElementKind::AdHocSubProcess(model), Some(it)) = (kind, &instance.ad_hoc) else {
        return false;
    };
    let is_left = model.completion_condition.is_some() || it.ended == 0;
    it.chosen.is_empty() && !it.is_satisfied && is_left
}

/// Whether a complex gateway waits for start with a token, or for a token before it resets.
fn awaits_tokens(
    definition: &ProcessDefinition,
    state: &State,
    instance: &ElementInstance,
) -> bool {
    let scope = instance.scope.and_then(|it| state.element_instance(it));
    let Some(scope) = scope else { return false };
    let incoming = &definition.element(instance.element).incoming;
    match &instance.given {
        None => incoming.iter().any(|it| scope.taken_flows.contains_key(it)),
        Some(given) => {
            let mut places = places(state, scope);
            let own = places.iter().position(
                |it| matches!(it, Place::Element(element) if *element == instance.element),
            );
            if let Some(own) = own {
                places.remove(own);
            }
            !join::may_reset(definition, instance.element, &places, given)
        }
    }
}

/// Whether something of a loop is still to come.
fn loops(it: &Loop) -> bool {
    let asks = it
        .spread
        .is_some_and(|spread| spread.is_requested || spread.collection == Collection::Requested);
    asks || it.active() > 0
}

/// An instance that has ended has nothing left, and one that runs has its process.
fn check_end(state: &State) -> Result<(), String> {
    let left = state.element_instances().len()
        + state.jobs().len()
        + state.timers().len()
        + state.message_subscriptions().len()
        + state.signal_subscriptions().len()
        + state.condition_subscriptions().len()
        + state.user_tasks().len()
        + state.incidents().len();
    match state.instance().map(|instance| instance.status) {
        Some(Status::Active) if left == 0 => Err("it runs, but nothing is there".to_owned()),
        Some(Status::Active) => Ok(()),
        None | Some(Status::Completed | Status::Terminated) if left > 0 => {
            Err(format!("it has ended, but {left} rows are left"))
        }
        None | Some(Status::Completed | Status::Terminated) => Ok(()),
    }
}
