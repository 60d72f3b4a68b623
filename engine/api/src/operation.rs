//! Exposed operations of plugins: the verbs of a domain as mutations, its read-only ones as queries.

use std::sync::Arc;

use async_graphql::dynamic::{InputObject, InputValue, TypeRef};
use serde_json::Value as Json;
use tongban_runtime::catalogue::{OperationEntry, PluginEntry};
use tongban_runtime::command::Command;
use tongban_runtime::error::CommandError;
use tongban_runtime::outcome::Done;

use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, pascal};
use crate::compose::json_schema::{Direction, Typed, Types, object_type};
use crate::compose::json_value::{self, Shape};
use crate::input;
use crate::payload::{self, Payload, loaded};
use crate::scalar;
use crate::session::{Session, failure};

struct Carried {
    result: Json,
}

/// Adds the exposed operations of `plugin`.
pub(crate) fn register(
    builder: &mut Builder,
    plugin: &Arc<PluginEntry>,
    types: &mut Types,
) -> Result<(), NameClash> {
    for operation in plugin.operations.iter().filter(|it| it.exposed) {
        if operation.query {
            register_query(builder, plugin, operation, types)?;
        } else {
            register_mutation(builder, plugin, operation, types)?;
        }
    }
    Ok(())
}

fn right(operation: &OperationEntry) -> Right {
    if operation.roles.is_empty() {
        return Right::SignedIn;
    }
    Right::Roles(operation.roles.iter().map(|it| it.to_string()).collect())
}

fn description(operation: &OperationEntry) -> String {
    operation.title.as_ref().map_or_else(
        || format!("Operation `{}`.", operation.name),
        |it| format!("{} ({}).", it.en, it.zh),
    )
}

fn register_mutation(
    builder: &mut Builder,
    plugin: &Arc<PluginEntry>,
    operation: &OperationEntry,
    types: &mut Types,
) -> Result<(), NameClash> {
    let right = right(operation);
    let name = operation.name.to_string();
    if builder.shows(&right) {
        let fields = types.fields(builder, &operation.input, &pascal(&name), Direction::Input)?;
        let own = fields
            .into_iter()
            .map(|(key, it)| InputValue::new(key, it.ty).description(it.description));
        let dry_run = input::field(
            "dryRun",
            TypeRef::named(TypeRef::BOOLEAN),
            "True to check only: nothing is stored.",
        );
        let object = InputObject::new(format!("{}Input", pascal(&name)))
            .description(format!("Input of `{name}`."));
        let object = own
            .fold(object, InputObject::field)
            .field(input::idempotency_key())
            .field(dry_run);
        builder.register(object)?;
        let (ty, shape) = result_type(builder, operation, types)?;
        let result = loaded::<Carried, _>(
            "result",
            ty,
            "What the operation answers; null if it was refused.",
            move |it, _| {
                let value = json_value::value(&it.result, shape);
                Box::pin(std::future::ready(Ok(value)))
            },
        );
        payload::register::<Carried>(builder, &name, vec![result])?;
    }
    let plugin = Arc::clone(plugin);
    let spec = RootField::mutation(&name, &description(operation));
    let operation = Arc::clone(&operation.name);
    builder.mutation(right, spec, move |ctx| {
        let (plugin, operation) = (Arc::clone(&plugin.name), Arc::clone(&operation));
        Box::pin(async move {
            let session = Session::of(&ctx);
            session.require_active(&plugin)?;
            let input = input::of(&ctx)?;
            let (key, dry_run) = (input::key(&input)?, input::flag(&input, "dryRun")?);
            let mut body = ctx.args.try_get("input")?.as_value().clone().into_json()?;
            if let Json::Object(map) = &mut body {
                map.shift_remove("idempotencyKey");
                map.shift_remove("dryRun");
                map.retain(|_, it| !it.is_null());
            }
            let command = Command::InvokeOperation {
                operation: operation.to_string(),
                input: body,
                dry_run,
            };
            let answer = session.execute(command, key).await?;
            Payload::of(answer, |outcome| match outcome.done {
                Done::OperationDone { result, warnings } | Done::Checked { result, warnings } => {
                    (Carried { result }, warnings)
                }
                _ => (Carried { result: Json::Null }, Vec::new()),
            })
            .into_field()
        })
    })
}

fn register_query(
    builder: &mut Builder,
    plugin: &Arc<PluginEntry>,
    operation: &OperationEntry,
    types: &mut Types,
) -> Result<(), NameClash> {
    let right = right(operation);
    let name = operation.name.to_string();
    let input_name = format!("{}Input", pascal(&name));
    let mut output = (TypeRef::named(scalar::JSON), Shape::Leaf);
    if builder.shows(&right) {
        let fields = types.fields(builder, &operation.input, &pascal(&name), Direction::Input)?;
        builder.register(object_type(
            &input_name,
            &format!("Input of `{name}`."),
            fields,
            Direction::Input,
        ))?;
        output = result_type(builder, operation, types)?;
    }
    let (ty, shape) = output;
    let argument = input::field("input", TypeRef::named_nn(input_name), "What to ask.");
    let spec = RootField::new(&name, ty, &description(operation)).argument(argument);
    let plugin = Arc::clone(plugin);
    let operation = Arc::clone(&operation.name);
    builder.query(right, spec, move |ctx| {
        let (plugin, operation) = (Arc::clone(&plugin.name), Arc::clone(&operation));
        Box::pin(async move {
            let session = Session::of(&ctx);
            session.require_active(&plugin)?;
            let body = ctx.args.try_get("input")?.as_value().clone().into_json()?;
            let tenant = Arc::clone(&session.principal()?.tenant);
            let actor = session.actor()?;
            let answer = session
                .engine
                .query_operation(tenant, actor, operation.to_string(), body)
                .await;
            answer
                .map(|(result, _)| json_value::value(&result, shape))
                .map_err(|error| refused(&error))
        })
    })
}

/// The type of an operation's result: an object if its schema has members, else free JSON.
fn result_type(
    builder: &mut Builder,
    operation: &OperationEntry,
    outputs: &mut Types,
) -> Result<(TypeRef, Shape), NameClash> {
    let name = format!("{}Result", pascal(&operation.name));
    let fields: Vec<(String, Typed)> =
        outputs.fields(builder, &operation.output, &name, Direction::Output)?;
    if fields.is_empty() {
        return Ok((TypeRef::named(scalar::JSON), Shape::Leaf));
    }
    let description = format!("Result of `{}`.", operation.name);
    builder.register(object_type(&name, &description, fields, Direction::Output))?;
    Ok((TypeRef::named(name), Shape::Object))
}

/// A query has no payload, so its refusal is an error with the same code and texts.
fn refused(error: &CommandError) -> async_graphql::Error {
    let first = error.user_errors().into_iter().next();
    first.map_or_else(
        || failure(error.code(), "the query was refused"),
        |it| failure(&it.code, &format!("{} / {}", it.text.zh, it.text.en)),
    )
}
