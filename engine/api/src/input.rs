//! Arguments of mutations and connections.

use async_graphql::Error;
use async_graphql::dynamic::{InputObject, InputValue, ObjectAccessor, ResolverContext, TypeRef};
use serde_json::Value as Json;

use crate::builder::pascal;
use crate::global_id::GlobalId;
use crate::limit::Limits;
use crate::scalar::Duration;
use crate::session::failure;

/// The input object of `mutation`: its own fields and the idempotency key.
pub(crate) fn object(mutation: &str, description: &str, fields: Vec<InputValue>) -> InputObject {
    let name = format!("{}Input", pascal(mutation));
    let object = InputObject::new(name).description(description);
    fields
        .into_iter()
        .fold(object, InputObject::field)
        .field(idempotency_key())
}

pub(crate) fn idempotency_key() -> InputValue {
    InputValue::new("idempotencyKey", TypeRef::named_nn(TypeRef::STRING)).description(
        "Chosen by the client, unique for each intent, 1 to 200 characters. The same key with the same input is answered again without acting again.",
    )
}

pub(crate) fn field(name: &str, ty: TypeRef, description: &str) -> InputValue {
    InputValue::new(name, ty).description(description)
}

/// The `input` argument of a mutation.
pub(crate) fn of<'a>(ctx: &'a ResolverContext<'_>) -> Result<ObjectAccessor<'a>, Error> {
    ctx.args.try_get("input")?.object()
}

/// The idempotency key of an input.
pub(crate) fn key(input: &ObjectAccessor<'_>) -> Result<Option<String>, Error> {
    let key = input.try_get("idempotencyKey")?.string()?;
    if key.is_empty() || key.chars().count() > 200 {
        return Err(failure(
            "BAD_USER_INPUT",
            "idempotencyKey must have 1 to 200 characters",
        ));
    }
    Ok(Some(key.to_owned()))
}

/// A text member that may be missing.
pub(crate) fn text(input: &ObjectAccessor<'_>, name: &str) -> Result<Option<String>, Error> {
    input
        .get(name)
        .filter(|it| !it.is_null())
        .map(|it| it.string().map(str::to_owned))
        .transpose()
}

/// A span of time in microseconds, zero if missing.
pub(crate) fn duration(input: &ObjectAccessor<'_>, name: &str) -> Result<i64, Error> {
    let Some(text) = text(input, name)? else {
        return Ok(0);
    };
    let duration = Duration::parse(&text).ok_or_else(|| {
        let message = format!("expected {name} to be a span such as P2D or PT1H30M");
        failure("BAD_USER_INPUT", &message)
    })?;
    Ok(duration.0)
}

/// A boolean member, false if missing.
pub(crate) fn flag(input: &ObjectAccessor<'_>, name: &str) -> Result<bool, Error> {
    input
        .get(name)
        .filter(|it| !it.is_null())
        .map_or(Ok(false), |it| it.boolean())
}

/// A JSON object member, empty if missing.
pub(crate) fn variables(input: &ObjectAccessor<'_>, name: &str) -> Result<Json, Error> {
    let Some(value) = input.get(name).filter(|it| !it.is_null()) else {
        return Ok(Json::Object(serde_json::Map::new()));
    };
    match value.as_value().clone().into_json()? {
        object @ Json::Object(_) => Ok(object),
        _ => Err(failure(
            "BAD_USER_INPUT",
            &format!("expected {name} to be a JSON object"),
        )),
    }
}

/// The row id behind a member that holds a global id of `type_name`.
pub(crate) fn row_id(
    input: &ObjectAccessor<'_>,
    name: &str,
    type_name: &str,
) -> Result<String, Error> {
    GlobalId::row_of(input.try_get(name)?.string()?, type_name).ok_or_else(|| {
        failure(
            "BAD_USER_INPUT",
            &format!("expected {name} to be the id of a {type_name}"),
        )
    })
}

/// A non-null `ID` member.
pub(crate) fn id(name: &str, description: &str) -> InputValue {
    field(name, TypeRef::named_nn(TypeRef::ID), description)
}

/// A page asked of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) first: u64,
    pub(crate) after: Option<String>,
}

impl Page {
    pub(crate) fn of(ctx: &ResolverContext<'_>) -> Result<Self, Error> {
        let limits = Limits::default();
        let first = ctx.args.get("first").filter(|it| !it.is_null());
        let first = first.map_or(Ok(limits.page_size_default), |it| it.u64())?;
        if !(1..=limits.page_size_max).contains(&first) {
            let message = format!("first must lie between 1 and {}", limits.page_size_max);
            return Err(failure("PAGE_SIZE", &message));
        }
        let after = ctx.args.get("after").filter(|it| !it.is_null());
        let after = after.map(|it| it.string().map(str::to_owned)).transpose()?;
        Ok(Self { first, after })
    }

    /// The `first` and `after` arguments of a connection.
    pub(crate) fn arguments() -> [InputValue; 2] {
        [
            field(
                "first",
                TypeRef::named(TypeRef::INT),
                "Size of the page, 1 to 100, by default 20.",
            ),
            field(
                "after",
                TypeRef::named(TypeRef::STRING),
                "Cursor after which the page begins.",
            ),
        ]
    }
}
