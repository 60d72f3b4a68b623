//! Variables between an element and its scopes, by the rules of Camunda 8.
//!
//! Input mappings make local variables. With output mappings only their results are written, from
//! the enclosing scope upwards; without any, everything that came with the element's end is
//! written, from the element itself upwards. A variable is written to the nearest scope that has
//! it, and to the process if none does.

use std::borrow::Cow;
use std::sync::Arc;

use tongban_bpmn::graph::Mapping;
use tongban_bpmn::graph::data_type::DataRole;
use tongban_feel::value::{Context as FeelContext, Value};

use crate::behavior::incident::Failure;
use crate::behavior::{expression, multi_instance};
use crate::context::Context;
use crate::data_type::{self, DataMismatch};
use crate::event::Event;
use crate::id::ElementInstanceId;
use crate::incident::Kind;
use crate::variable::Variables;

/// Makes the local variables of the input mappings. It may be run again.
pub(crate) fn apply_inputs(ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
    let element = ctx.element(id);
    if element.inputs.is_empty() {
        return Ok(());
    }
    let results = map(ctx, id, &element.inputs, &Variables::new())?;
    set_local(ctx, id, results)
}

/// Writes the output mappings, or what came with the end of the element.
pub(crate) fn apply_outputs(ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
    if ctx.instance(id).is_written {
        return Ok(());
    }
    if !ctx.element(id).outputs.is_empty() {
        return apply_output_mappings(ctx, id);
    }
    let received = received(ctx, id)?;
    write(ctx, id, id, received)
}

/// Writes the output mappings only.
pub(crate) fn apply_output_mappings(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
) -> Result<(), Failure> {
    if ctx.instance(id).is_written {
        return Ok(());
    }
    let element = ctx.element(id);
    let received = received(ctx, id)?;
    let results = map(ctx, id, &element.outputs, &received)?;
    let target = ctx.instance(id).scope.unwrap_or(id);
    write(ctx, id, target, results)
}

/// Writes the results of an element from `target` upwards; one that is an iteration gives its output
/// with them. Everything is evaluated before anything is written, so that it can be run again.
fn write(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    target: ElementInstanceId,
    results: Variables,
) -> Result<(), Failure> {
    let completed = multi_instance::prepare_completion(ctx, id, &results)?;
    merge(ctx, target, results)?;
    if let Some(completed) = completed {
        multi_instance::iteration_completed(ctx, completed);
    }
    Ok(())
}

/// Sets variables of one scope.
pub(crate) fn set_local(
    ctx: &mut Context<'_>,
    scope: ElementInstanceId,
    variables: Variables,
) -> Result<(), Failure> {
    if variables.is_empty() {
        return Ok(());
    }
    check_size(ctx, &variables)?;
    let variables = fit(ctx, scope, variables)?;
    ctx.emit(Event::VariablesSet { scope, variables });
    Ok(())
}

/// Whether variables still fit into the instance.
pub(crate) fn check_size(ctx: &Context<'_>, variables: &Variables) -> Result<(), Failure> {
    let bytes = ctx.state().bytes().saturating_add(variables.bytes());
    let bytes_max = ctx.now.limits.state_bytes_max;
    if bytes <= bytes_max {
        return Ok(());
    }
    let message =
        format!("expected at most {bytes_max} bytes, found {bytes} with the new variables");
    Err(Failure::new(Kind::StateTooLarge, message))
}

/// Writes each variable to the nearest scope that has it, else to the process.
pub(crate) fn merge(
    ctx: &mut Context<'_>,
    from: ElementInstanceId,
    variables: Variables,
) -> Result<(), Failure> {
    if variables.is_empty() {
        return Ok(());
    }
    check_size(ctx, &variables)?;
    for (scope, variables) in distribute(ctx, from, variables)? {
        ctx.emit(Event::VariablesSet { scope, variables });
    }
    Ok(())
}

/// The scopes to which variables belong, with those of each as they are declared there.
fn distribute(
    ctx: &Context<'_>,
    from: ElementInstanceId,
    mut variables: Variables,
) -> Result<Vec<(ElementInstanceId, Variables)>, Box<DataMismatch>> {
    let mut distributed = Vec::new();
    let mut scope = from;
    while let Some(enclosing) = ctx.instance(scope).scope {
        let own = &ctx.instance(scope).variables;
        let (here, above) = variables
            .into_iter()
            .partition(|(name, _)| own.contains(name));
        distributed.push((scope, fit(ctx, scope, here)?));
        variables = above;
        scope = enclosing;
    }
    distributed.push((scope, fit(ctx, scope, variables)?));
    distributed.retain(|(_, variables)| !variables.is_empty());
    Ok(distributed)
}

/// The local variables of an element instance as they are declared.
pub(crate) fn fit(
    ctx: &Context<'_>,
    scope: ElementInstanceId,
    variables: Variables,
) -> Result<Variables, Box<DataMismatch>> {
    let declared = &ctx.element(scope).data;
    data_type::fit(declared, DataRole::Local, variables, ctx.now.types)
}

/// What came with the end of an element, as it is declared.
fn received(ctx: &Context<'_>, id: ElementInstanceId) -> Result<Variables, Box<DataMismatch>> {
    fit_received(ctx, id, ctx.instance(id).received.clone())
}

fn fit_received(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    received: Variables,
) -> Result<Variables, Box<DataMismatch>> {
    let declared = &ctx.element(id).data;
    data_type::fit(declared, DataRole::Output, received, ctx.now.types)
}

/// Whether what comes with the end of an element, and what its mappings make of it, would be what
/// is declared: asked while somebody can still be told. A mapping that fails is told later.
pub(crate) fn check_outputs(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    received: &Variables,
) -> Result<(), Box<DataMismatch>> {
    // Most processes declare nothing.
    if ctx
        .definition
        .elements()
        .iter()
        .all(|it| it.data.is_empty())
    {
        return Ok(());
    }
    let received = fit_received(ctx, id, received.clone())?;
    let element = ctx.element(id);
    if element.outputs.is_empty() {
        return distribute(ctx, id, received).map(drop);
    }
    let target = ctx.instance(id).scope.unwrap_or(id);
    match map(ctx, id, &element.outputs, &received) {
        Ok(results) => distribute(ctx, target, results).map(drop),
        Err(_) => Ok(()),
    }
}

/// Evaluates mappings in order; each sees the results of those before.
fn map(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    mappings: &[Mapping],
    received: &Variables,
) -> Result<Variables, Failure> {
    let mut results = Variables::new();
    for mapping in mappings {
        let value = expression::value_over(ctx, id, &mapping.source, &[&results, received]);
        let value = value.map_err(|message| Failure::new(Kind::MappingFailed, message))?;
        let mut path = mapping.target.split('.');
        let name = path.next().unwrap_or_default();
        let path: Vec<&str> = path.collect();
        let before = results.get(name).map(Cow::Borrowed);
        let before = before.or_else(|| ctx.state().variable(id, name));
        let value = put(before.as_deref(), &path, value);
        results.insert(Arc::from(name), value);
    }
    Ok(results)
}

/// The value with `value` at a path into it; contexts on the way are kept or made.
fn put(before: Option<&Value>, path: &[&str], value: Value) -> Value {
    let Some((name, rest)) = path.split_first() else {
        return value;
    };
    let mut context = match before {
        Some(Value::Context(context)) => FeelContext::clone(context),
        _ => FeelContext::new(),
    };
    let inner = put(context.get(name), rest, value);
    context.insert(*name, inner);
    Value::Context(Arc::new(context))
}
