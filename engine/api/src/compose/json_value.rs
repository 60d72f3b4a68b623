//! JSON documents as GraphQL values.

use async_graphql::dynamic::{Field, FieldFuture, FieldValue, TypeRef};
use async_graphql::{Name, Value};
use serde_json::Value as Json;

/// A JSON object that stands behind a GraphQL object.
pub(crate) struct JsonObject(pub(crate) serde_json::Map<String, Json>);

/// How a JSON value becomes a GraphQL value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A scalar of GraphQL.
    Leaf,
    /// A name of a GraphQL enum.
    Enum,
    /// An object with fields of its own.
    Object,
}

/// A field of a JSON object, read by its name.
pub(crate) fn field(name: &str, ty: TypeRef, description: &str, shape: Shape) -> Field {
    let key = name.to_owned();
    Field::new(name, ty, move |ctx| {
        let object = match ctx.parent_value.try_downcast_ref::<JsonObject>() {
            Ok(object) => object,
            Err(error) => {
                return FieldFuture::new(async move { Err::<Option<FieldValue<'_>>, _>(error) });
            }
        };
        let value = object.0.get(&key).and_then(|it| value(it, shape));
        FieldFuture::new(std::future::ready(Ok::<_, async_graphql::Error>(value)))
    })
    .description(description)
}

/// `json` as a value of `shape`; nothing for JSON null.
pub(crate) fn value<'a>(json: &Json, shape: Shape) -> Option<FieldValue<'a>> {
    match (json, shape) {
        (Json::Null, _) => None,
        (Json::Array(items), Shape::Object | Shape::Enum) => {
            let values = items
                .iter()
                .map(|it| value(it, shape).unwrap_or(FieldValue::NULL));
            Some(FieldValue::list(values.collect::<Vec<_>>()))
        }
        (Json::Object(map), Shape::Object) => Some(FieldValue::owned_any(JsonObject(map.clone()))),
        (Json::String(name), Shape::Enum) => Some(FieldValue::value(Value::Enum(Name::new(name)))),
        (other, _) => Some(FieldValue::value(graphql(other))),
    }
}

/// `json` as a GraphQL value.
pub(crate) fn graphql(json: &Json) -> Value {
    Value::from_json(json.clone()).unwrap_or_default()
}
