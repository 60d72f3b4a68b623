//! Who the token says is asking.

use std::sync::Arc;

use async_graphql::Value;
use async_graphql::dynamic::{FieldValue, Object, TypeRef};

use crate::auth::principal::Principal;
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf};
use crate::session::Session;

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let text = |it: &str| Some(Value::from(it));
    let viewer = Object::new("Viewer")
        .description("The principal of the request.")
        .field(leaf(
            "id",
            TypeRef::named_nn(TypeRef::STRING),
            "Stable id of the person or program.",
            move |it: &Arc<Principal>, _| text(&it.id),
        ))
        .field(leaf(
            "tenant",
            TypeRef::named_nn(TypeRef::STRING),
            "County bureau, by its division code.",
            move |it: &Arc<Principal>, _| text(&it.tenant),
        ))
        .field(leaf(
            "division",
            TypeRef::named_nn(TypeRef::STRING),
            "Administrative division the principal acts for.",
            move |it: &Arc<Principal>, _| text(&it.division),
        ))
        .field(leaf(
            "roles",
            TypeRef::named_nn_list_nn(TypeRef::STRING),
            "Role codes.",
            |it: &Arc<Principal>, _| {
                Some(Value::List(
                    it.roles.iter().map(|it| Value::from(&**it)).collect(),
                ))
            },
        ))
        .field(leaf(
            "personId",
            TypeRef::named(TypeRef::STRING),
            "The person a citizen stands for.",
            move |it: &Arc<Principal>, _| it.person.as_deref().and_then(text),
        ));
    builder.register(viewer)?;
    let spec = RootField::new("viewer", TypeRef::named_nn("Viewer"), "Who is asking.");
    builder.query(Right::Everybody, spec, |ctx| {
        Box::pin(async move {
            let principal = Arc::clone(Session::of(&ctx).principal()?);
            Ok(Some(FieldValue::owned_any(principal)))
        })
    })
}
