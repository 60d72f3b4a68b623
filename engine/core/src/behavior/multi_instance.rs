//! Activities that are carried out several times (BPMN 2.0, 10.3.8 and 13.3.7).
//!
//! A small multi-instance has its iterations in the body, as element instances of the activity. A
//! large one is *spread*: each iteration is a process instance of its own, started page by page, so
//! that neither the state nor a transaction grows with their number. What an iteration writes
//! outside of itself goes to the scopes around the body in both cases.

use std::sync::Arc;

use tongban_bpmn::graph::ElementKind;
use tongban_bpmn::graph::multi_instance::{Behavior, LoopInput, MultiInstance};
use tongban_feel::value::{List, Value};

use crate::behavior::implicit_event::{self, ImplicitEvent};
use crate::behavior::incident::{self, Failure};
use crate::behavior::{compensation, expression, state_transition, variable_mapping};
use crate::context::Context;
use crate::event::Event;
use crate::event::multi_instance::{IterationCompleted, LoopStarted};
use crate::id::{ElementInstanceId, ProcessInstanceId};
use crate::incident::Kind;
use crate::state::element_instance::Phase;
use crate::state::multi_instance::{Collection, Loop};
use crate::state::value_bytes;
use crate::variable::Variables;
use crate::work::Work;

/// The local variable that counts the iterations from 1 (BPMN 2.0, table 10.30).
pub(crate) const LOOP_COUNTER: &str = "loopCounter";

/// Under this name, which no variable has, an iteration that ran as an instance of its own gives back
/// its item: the items of a large multi-instance are not in its state.
pub(crate) const ITEM: &str = "iteration.item";

/// The multi-instance that an element instance is the body of.
pub(crate) fn of<'a>(ctx: &Context<'a>, body: ElementInstanceId) -> Option<&'a MultiInstance> {
    match &ctx.element(body).kind {
        ElementKind::MultiInstance(it) => Some(it),
        _ => None,
    }
}

fn state<'s>(ctx: &'s Context<'_>, body: ElementInstanceId) -> &'s Loop {
    let multi_instance = ctx.instance(body).multi_instance.as_ref();
    multi_instance.expect("the loop of an active body has been started")
}

/// Evaluates how often the activity is carried out.
pub(crate) fn prepare(
    ctx: &Context<'_>,
    body: ElementInstanceId,
    multi_instance: &MultiInstance,
) -> Result<LoopStarted, Failure> {
    if let Some(started) = of_iteration(ctx, body) {
        return Ok(started);
    }
    let (count, items) = match &multi_instance.input {
        LoopInput::Cardinality(cardinality) => {
            let max = ctx.now.limits.iterations_max;
            let count = expression::count(ctx, body, cardinality, max);
            let count = count.map_err(|it| it.with_kind(Kind::MultiInstanceInvalid))?;
            (count, Arc::new(List::default()))
        }
        LoopInput::Collection { collection, .. } => {
            let items = expression::items(ctx, body, collection)?;
            check_bytes(ctx, &items)?;
            let count = u32::try_from(items.len()).expect("the number of items is bounded");
            (count, items)
        }
    };
    let is_spread = is_large(ctx, count, &items);
    if is_spread && compensation::is_within(ctx.definition, multi_instance.inner) {
        let max = ctx.now.limits.iterations_inline_max;
        let message = format!(
            "expected at most {max} iterations that the instance can hold, since what they do can be \
             undone piece by piece, found {count}"
        );
        return Err(Failure::new(Kind::MultiInstanceInvalid, message));
    }
    Ok(LoopStarted {
        id: body,
        count,
        first: 1,
        last: count,
        is_spread,
        items,
    })
}

/// The one iteration that this instance was made for, if it runs a part of a process.
fn of_iteration(ctx: &Context<'_>, body: ElementInstanceId) -> Option<LoopStarted> {
    let iteration = ctx.state().instance()?.iteration.as_ref()?;
    let root = ctx.state().root()?.id;
    if ctx.instance(body).scope != Some(root) {
        return None;
    }
    let items = iteration.item.iter().cloned().collect();
    Some(LoopStarted {
        id: body,
        count: iteration.count,
        first: iteration.loop_counter,
        last: iteration.loop_counter,
        items: Arc::new(List::new(items)),
        is_spread: false,
    })
}

/// Items that share a large part are larger than the variable they come from.
fn check_bytes(ctx: &Context<'_>, items: &List) -> Result<(), Failure> {
    let bytes_max = ctx.now.limits.items_bytes_max;
    let mut bytes = 0;
    for (idx, item) in items.iter().enumerate() {
        bytes += value_bytes(item);
        if bytes > bytes_max {
            let message = format!(
                "expected items of at most {bytes_max} bytes together, found more up to item {}",
                idx + 1
            );
            return Err(Failure::new(Kind::MultiInstanceInvalid, message));
        }
    }
    Ok(())
}

/// Whether the iterations would make the state too large, by their number, together with what is
/// there already, or by their items.
fn is_large(ctx: &Context<'_>, count: u32, items: &List) -> bool {
    let limits = ctx.now.limits;
    let elements = ctx.state().element_instances().len();
    let elements_max = limits.element_instances_max / 2;
    let items_bytes: usize = items.iter().map(value_bytes).sum();
    count > limits.iterations_inline_max
        || elements.saturating_add(count as usize) > elements_max
        || items_bytes > limits.items_inline_bytes_max
}

/// Begins with the iterations of a body that is active now.
pub(crate) fn start(ctx: &mut Context<'_>, started: LoopStarted) {
    let body = started.id;
    let is_spread = started.is_spread;
    ctx.emit(Event::LoopStarted(started));
    if is_spread {
        advance(ctx, body);
    } else {
        ctx.queue(Work::Settle { scope: body });
    }
}

/// Looks what is to be done next in a body whose iterations are in the state: start the next
/// iteration, end the others, or nothing any more. Answers whether the body has come to its end.
pub(crate) fn settle(ctx: &mut Context<'_>, body: ElementInstanceId) -> bool {
    let Some(multi_instance) = of(ctx, body) else {
        return true;
    };
    let it = state(ctx, body);
    if it.spread.is_some() {
        return false;
    }
    let (has_next, is_satisfied) = (it.has_next(), it.is_satisfied);
    let n_active = ctx.instance(body).active_children;
    if n_active > 0 && is_satisfied {
        state_transition::terminate_children(ctx, body);
        return false;
    }
    if has_next && (n_active == 0 || !multi_instance.is_sequential) {
        start_iteration(ctx, body, multi_instance);
        return false;
    }
    n_active == 0
}

fn start_iteration(ctx: &mut Context<'_>, body: ElementInstanceId, multi_instance: &MultiInstance) {
    let mut new = state_transition::New::at(multi_instance.inner, Some(body));
    new.loop_counter = Some(state(ctx, body).next);
    let id = state_transition::create(ctx, new);
    ctx.queue(Work::Activate { id });
    // The next one, unless it waits for this one.
    if !multi_instance.is_sequential {
        ctx.queue(Work::Settle { scope: body });
    }
}

/// Makes the local variables of an iteration. It may be run again.
pub(crate) fn enter_iteration(ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
    let instance = ctx.instance(id);
    let (Some(loop_counter), Some(body)) = (instance.loop_counter, instance.scope) else {
        return Ok(());
    };
    let Some(multi_instance) = of(ctx, body) else {
        return Ok(());
    };
    let mut variables = Variables::new();
    let output = multi_instance.output.as_ref();
    if let Some(name) = output.and_then(|it| it.variable.clone()) {
        variables.insert(name, Value::Null);
    }
    if let LoopInput::Collection {
        element: Some(name),
        ..
    } = &multi_instance.input
    {
        let item = state(ctx, body).item(loop_counter);
        variables.insert(name.clone(), item.cloned().unwrap_or_default());
    }
    let counter = Value::from(i64::from(loop_counter));
    variables.insert(Arc::from(LOOP_COUNTER), counter);
    variable_mapping::set_local(ctx, id, variables)
}

/// An iteration at its end, evaluated.
pub(crate) struct Completion {
    completed: IterationCompleted,
    thrown: Vec<ImplicitEvent>,
    attributes: Variables,
}

/// Evaluates what an iteration gives at its end, with its results laid over its variables; nothing
/// if the element instance is none.
pub(crate) fn prepare_completion(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    results: &Variables,
) -> Result<Option<Completion>, Failure> {
    let instance = ctx.instance(id);
    let (Some(loop_counter), Some(body)) = (instance.loop_counter, instance.scope) else {
        return Ok(None);
    };
    let Some(multi_instance) = of(ctx, body) else {
        return Ok(None);
    };
    let output = match &multi_instance.output {
        Some(output) => {
            let value = expression::value_over(ctx, id, &output.element, &[results]);
            let value = value.map_err(|it| Failure::new(Kind::ExpressionFailed, it))?;
            Some(value)
        }
        None => None,
    };
    let attributes = attributes_after(state(ctx, body), loop_counter);
    let over = [results, &attributes];
    let completed = IterationCompleted {
        id: body,
        loop_counter,
        child: None,
        output,
        is_satisfied: is_satisfied(ctx, id, multi_instance, &over)?,
    };
    let thrown = prepare_thrown(ctx, (id, body), multi_instance, &over)?;
    Ok(Some(Completion {
        completed,
        thrown,
        attributes,
    }))
}

/// An iteration within the instance has come to its end.
pub(crate) fn iteration_completed(ctx: &mut Context<'_>, completion: Completion) {
    let body = completion.completed.id;
    ctx.emit(Event::IterationCompleted(completion.completed));
    throw_all(ctx, body, completion.thrown, &completion.attributes);
}

/// Evaluates what the body throws at the end of an iteration.
fn prepare_thrown(
    ctx: &Context<'_>,
    (from, body): (ElementInstanceId, ElementInstanceId),
    multi_instance: &MultiInstance,
    over: &[&Variables],
) -> Result<Vec<ImplicitEvent>, Failure> {
    let is_first = state(ctx, body).completed == 0;
    match &multi_instance.behavior {
        Behavior::All => Ok(Vec::new()),
        Behavior::One(_) if !is_first => Ok(Vec::new()),
        Behavior::One(event) | Behavior::None(event) => {
            Ok(vec![implicit_event::prepare(ctx, from, event, over)?])
        }
        Behavior::Complex(behaviors) => {
            let mut thrown = Vec::new();
            for it in behaviors {
                if expression::condition_over(ctx, from, &it.condition, over)? {
                    thrown.push(implicit_event::prepare(ctx, from, &it.event, over)?);
                }
            }
            Ok(thrown)
        }
    }
}

/// What is thrown carries the attributes of the multi-instance. Once something has ended the body,
/// it throws nothing more.
fn throw_all(
    ctx: &mut Context<'_>,
    body: ElementInstanceId,
    thrown: Vec<ImplicitEvent>,
    attributes: &Variables,
) {
    for event in thrown {
        if state_transition::is_live(ctx, body) {
            implicit_event::throw(ctx, body, event, attributes.clone());
        }
    }
}

/// The attributes of a loop as they are once the iteration at its end has been counted.
fn attributes_after(it: &Loop, loop_counter: u32) -> Variables {
    let number = |value: u32| Value::from(i64::from(value));
    Variables::from_iter([
        (Arc::from(LOOP_COUNTER), number(loop_counter)),
        (Arc::from("numberOfInstances"), number(it.count)),
        (
            Arc::from("numberOfTerminatedInstances"),
            number(it.terminated),
        ),
        (
            Arc::from("numberOfCompletedInstances"),
            number(it.completed + 1),
        ),
        (
            Arc::from("numberOfActiveInstances"),
            number(it.active().saturating_sub(1)),
        ),
    ])
}

fn is_satisfied(
    ctx: &Context<'_>,
    from: ElementInstanceId,
    multi_instance: &MultiInstance,
    over: &[&Variables],
) -> Result<bool, Failure> {
    let Some(condition) = &multi_instance.completion_condition else {
        return Ok(false);
    };
    expression::condition_over(ctx, from, condition, over)
}

/// Goes on with a body whose iterations are instances of their own: asks for the next ones, or for
/// the outputs once all are done.
pub(crate) fn advance(ctx: &mut Context<'_>, body: ElementInstanceId) {
    let Some(multi_instance) = of(ctx, body) else {
        return;
    };
    let it = state(ctx, body);
    let Some(spread) = it.spread else { return };
    if ctx.state().is_suspended() {
        // No new iterations before the resumption.
        ctx.queue(Work::Retry { id: body });
        return;
    }
    let limit = if multi_instance.is_sequential {
        1
    } else {
        (it.last + 1).saturating_sub(it.next)
    };
    let may_start = !multi_instance.is_sequential || it.active() == 0;
    if it.has_next() {
        if may_start && !spread.is_requested {
            let first = it.next;
            ctx.emit(Event::IterationsRequested {
                id: body,
                first,
                limit,
            });
        }
        return;
    }
    if it.is_satisfied && it.active() > 0 {
        terminate_iterations(ctx, body);
    }
    if state(ctx, body).active() == 0 {
        finish(ctx, body, multi_instance);
    }
}

fn finish(ctx: &mut Context<'_>, body: ElementInstanceId, multi_instance: &MultiInstance) {
    let it = state(ctx, body);
    let spread = it.spread.expect("only a spread loop is finished here");
    let bytes_max = ctx.now.limits.output_collection_bytes_max as u64;
    match spread.collection {
        Collection::Waiting if multi_instance.output.is_some() => {
            // Each iteration without an output takes an entry, too.
            let bytes = spread.output_bytes + u64::from(it.count);
            if bytes <= bytes_max {
                ctx.emit(Event::OutputsRequested { id: body, after: 0 });
                return;
            }
            ctx.emit(Event::OutputsForgone { id: body });
            let message = format!(
                "expected an output collection of at most {bytes_max} bytes, found {bytes}; \
                 the outputs are kept, and resolving this goes on without the collection"
            );
            incident::raise(
                ctx,
                body,
                Failure::new(Kind::OutputCollectionTooLarge, message),
            );
        }
        // What has been asked for comes by a command of its own.
        Collection::Requested => {}
        Collection::Waiting | Collection::Complete | Collection::Forgone => {
            ctx.queue(Work::Complete {
                id: body,
                received: Variables::new(),
            });
        }
    }
}

/// Asks again for what an incident has stopped.
pub(crate) fn retry(ctx: &mut Context<'_>, body: ElementInstanceId) {
    let is_waiting = state(ctx, body)
        .spread
        .is_some_and(|it| it.collection == Collection::Requested);
    if !is_waiting {
        advance(ctx, body);
    }
}

/// Whether the body waits for iterations that run as instances of their own.
pub(crate) fn awaits_iterations(ctx: &Context<'_>, body: ElementInstanceId) -> bool {
    let instance = ctx.instance(body);
    let it = instance.multi_instance.as_ref();
    instance.phase == Phase::Active
        && it.is_some_and(|it| it.spread.is_some() && !it.is_satisfied && it.active() > 0)
}

/// An iteration that ran as an instance of its own has come to its end.
pub(crate) fn iteration_returned(
    ctx: &mut Context<'_>,
    body: ElementInstanceId,
    child: ProcessInstanceId,
    loop_counter: u32,
    mut variables: Variables,
) {
    let Some(multi_instance) = of(ctx, body) else {
        return;
    };
    let collection = multi_instance.output.as_ref().map(|it| &it.collection);
    let output = collection.map(|name| variables.remove(name).unwrap_or_default());
    let own = own_variables(multi_instance, variables.remove(ITEM));
    let attributes = attributes_after(state(ctx, body), loop_counter);
    let over = [&own, &variables, &attributes];
    let satisfied = is_satisfied(ctx, body, multi_instance, &over);
    let thrown = prepare_thrown(ctx, (body, body), multi_instance, &over);
    let around = ctx.instance(body).scope.unwrap_or(body);
    let merged = variable_mapping::merge(ctx, around, variables);
    ctx.emit(Event::IterationCompleted(IterationCompleted {
        id: body,
        loop_counter,
        child: Some(child),
        output,
        is_satisfied: satisfied.as_ref().is_ok_and(|it| *it),
    }));
    let thrown = match thrown {
        Ok(thrown) => {
            throw_all(ctx, body, thrown, &attributes);
            Ok(())
        }
        Err(failure) => Err(failure),
    };
    if !state_transition::is_live(ctx, body) {
        return;
    }
    // The end of an iteration is counted even while an incident stops the body, and what it stopped
    // is not wanted any more once the condition holds.
    if state(ctx, body).is_satisfied {
        incident::withdraw(ctx, body);
    } else if incident::has_incident(ctx, body) {
        return;
    }
    match merged.and(satisfied).and(thrown) {
        Ok(()) => advance(ctx, body),
        Err(failure) => incident::raise(ctx, body, failure),
    }
}

/// What an iteration sees of its item, wherever it runs.
fn own_variables(multi_instance: &MultiInstance, item: Option<Value>) -> Variables {
    match (&multi_instance.input, item) {
        (
            LoopInput::Collection {
                element: Some(name),
                ..
            },
            Some(item),
        ) => Variables::from_iter([(name.clone(), item)]),
        _ => Variables::new(),
    }
}

/// The value that the body leaves in the variable of its output collection.
pub(crate) fn collected(ctx: &Context<'_>, body: ElementInstanceId) -> Value {
    let it = state(ctx, body);
    let output = |counter: u32| it.outputs.get(&counter).cloned().unwrap_or_default();
    if it
        .spread
        .is_some_and(|it| it.collection == Collection::Forgone)
    {
        return Value::Null;
    }
    // An instance that runs one iteration gives its output alone to the body that is spread.
    if of_iteration(ctx, body).is_some() {
        return output(it.first);
    }
    Value::list((it.first..=it.last).map(output).collect())
}

/// Asks for the end of iterations that run as instances of their own, and lets go of those that
/// have not been started. Nothing waits for it.
pub(crate) fn terminate_iterations(ctx: &mut Context<'_>, body: ElementInstanceId) {
    let it = ctx.instance(body).multi_instance.as_ref();
    let is_left = |it: &Loop| it.active() > 0 || it.next <= it.last;
    if it.is_some_and(|it| it.spread.is_some() && is_left(it)) {
        ctx.emit(Event::IterationsTerminationRequested { id: body });
    }
}
