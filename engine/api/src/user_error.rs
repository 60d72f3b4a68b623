//! Business failures as data: `userErrors` with a stable code, the field, texts in both languages, the law.

use async_graphql::Value;
use async_graphql::dynamic::{Object, TypeRef};
use tongban_runtime::error::UserError;
use tongban_runtime::outcome::Notice;

use crate::builder::{Builder, NameClash, leaf};

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let text = |it: &str| Some(Value::from(it));
    let user_error = Object::new("UserError")
        .description("Why a mutation changed nothing.")
        .field(leaf("code", TypeRef::named_nn(TypeRef::STRING), "Stable code, such as `MR-D-06`.", move |it: &UserError, _| {
            text(&it.code)
        }))
        .field(leaf("field", TypeRef::named(TypeRef::STRING), "JSON Pointer to the offending value of the input; null if the input as a whole is meant.", move |it: &UserError, _| {
            it.field.as_deref().and_then(text)
        }))
        .field(leaf("message", TypeRef::named_nn("LocalizedText"), "What to tell the person.", move |it: &UserError, _| {
            Some(localized(&it.text.zh, &it.text.en))
        }))
        .field(leaf("lawBasis", TypeRef::named("LocalizedText"), "The clause the refusal rests on.", |it: &UserError, _| {
            it.law_basis.as_ref().map(|it| localized(&it.zh, &it.en))
        }))
        .field(leaf("details", TypeRef::named(crate::scalar::JSON), "Further facts by name, for programs.", |it: &UserError, _| {
            it.details.as_ref().map(crate::compose::json_value::graphql)
        }));
    builder.register(user_error)?;
    let warning = Object::new("Warning")
        .description("What a person should know although the mutation was carried out.")
        .field(leaf(
            "code",
            TypeRef::named_nn(TypeRef::STRING),
            "Stable code.",
            move |it: &Notice, _| text(&it.code),
        ))
        .field(leaf(
            "message",
            TypeRef::named_nn("LocalizedText"),
            "What to tell the person.",
            move |it: &Notice, _| Some(localized(&it.zh, &it.en)),
        ));
    builder.register(warning)?;
    let localized = Object::new("LocalizedText")
        .description("A text in both languages.")
        .field(member("zh", "Simplified Chinese."))
        .field(member("en", "English."));
    builder.register(localized)
}

/// A `LocalizedText`.
pub(crate) fn localized(zh: &str, en: &str) -> Value {
    let members = [("zh", zh), ("en", en)];
    Value::Object(
        members
            .map(|(k, v)| (async_graphql::Name::new(k), Value::from(v)))
            .into_iter()
            .collect(),
    )
}

/// A text member of an object given as a plain value.
fn member(name: &'static str, description: &str) -> async_graphql::dynamic::Field {
    use async_graphql::dynamic::{Field, FieldFuture};
    Field::new(name, TypeRef::named_nn(TypeRef::STRING), move |ctx| {
        let value = match ctx.parent_value.as_value() {
            Some(Value::Object(map)) => map.get(name).cloned(),
            _ => None,
        };
        FieldFuture::from_value(value)
    })
    .description(description)
}
