//! Payloads of mutations: the thing that changed, `userErrors`, and warnings.

use async_graphql::Error;
use async_graphql::dynamic::{Field, FieldFuture, FieldValue, Object, ResolverContext, TypeRef};
use tongban_runtime::error::{CommandError, UserError};
use tongban_runtime::outcome::{CommandOutcome, Notice};

use crate::builder::{Builder, NameClash, node, pascal};

/// What a mutation answers before its fields are resolved.
pub(crate) struct Payload<T> {
    pub(crate) done: Option<T>,
    user_errors: Vec<UserError>,
    warnings: Vec<Notice>,
}

impl<T> Payload<T> {
    /// Reads `done` off an accepted outcome, or the reasons off a refused command.
    pub(crate) fn of(
        answer: Result<CommandOutcome, CommandError>,
        read: impl FnOnce(CommandOutcome) -> (T, Vec<Notice>),
    ) -> Self {
        match answer {
            Ok(outcome) => {
                let (done, warnings) = read(outcome);
                Self {
                    done: Some(done),
                    user_errors: Vec::new(),
                    warnings,
                }
            }
            Err(error) => Self::refused(error.user_errors()),
        }
    }

    pub(crate) fn refused(user_errors: Vec<UserError>) -> Self {
        Self {
            done: None,
            user_errors,
            warnings: Vec::new(),
        }
    }
}

impl<T: Send + Sync + 'static> Payload<T> {
    pub(crate) fn into_field<'a>(self) -> Result<Option<FieldValue<'a>>, Error> {
        Ok(Some(FieldValue::owned_any(self)))
    }
}

/// Registers `<Mutation>Payload` with the given fields beside `userErrors` and `warnings`.
pub(crate) fn register<T: Send + Sync + 'static>(
    builder: &mut Builder,
    mutation: &str,
    fields: Vec<Field>,
) -> Result<(), NameClash> {
    let name = format!("{}Payload", pascal(mutation));
    let errors = list::<T, _>(
        "userErrors",
        "UserError",
        "Why nothing changed; empty if it was done.",
        |it| {
            it.user_errors
                .iter()
                .cloned()
                .map(FieldValue::owned_any)
                .collect()
        },
    );
    let warnings = list::<T, _>(
        "warnings",
        "Warning",
        "What a person should know all the same.",
        |it| {
            it.warnings
                .iter()
                .cloned()
                .map(FieldValue::owned_any)
                .collect()
        },
    );
    let object = Object::new(&name).description(format!("Answer of `{mutation}`."));
    let object = fields.into_iter().fold(object, Object::field);
    builder.register(object.field(errors).field(warnings))
}

fn list<T, F>(name: &str, item: &str, description: &str, read: F) -> Field
where
    T: Send + Sync + 'static,
    F: Fn(&Payload<T>) -> Vec<FieldValue<'static>> + Send + Sync + 'static,
{
    Field::new(name, TypeRef::named_nn_list_nn(item), move |ctx| {
        let values = ctx.parent_value.try_downcast_ref::<Payload<T>>().map(&read);
        FieldFuture::new(std::future::ready(
            values.map(|it| Some(FieldValue::list(it))),
        ))
    })
    .description(description)
}

/// A payload's field that loads the thing behind the id which the mutation answered.
pub(crate) fn loaded<T, F>(name: &str, ty: TypeRef, description: &str, load: F) -> Field
where
    T: Send + Sync + 'static,
    F: for<'a> Fn(&'a T, ResolverContext<'a>) -> crate::builder::Resolved<'a>
        + Send
        + Sync
        + 'static,
{
    node::<Payload<T>, _>(name, ty, description, move |payload, ctx| {
        match &payload.done {
            Some(done) => load(done, ctx),
            None => Box::pin(std::future::ready(Ok(None))),
        }
    })
}
