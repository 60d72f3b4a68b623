//! `checkResources`: what a deployment would find, asked before deploying.

use async_graphql::dynamic::{FieldValue, Object, TypeRef};
use async_graphql::{Error, Value};
use tongban_runtime::command::Resource;
use tongban_runtime::resource::Finding;

use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf};
use crate::session::Session;
use crate::user_error::localized;
use crate::{input, page};

const TYPE: &str = "ResourceFinding";

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    builder.register(object())?;
    let spec = RootField::new(
        "checkResources",
        TypeRef::named_nn_list_nn(TYPE),
        "Everything that a deployment of these files would find, in the order of the files; nothing is deployed. Models are looked at for what cannot work out, too.",
    )
    .argument(input::field(
        "resources",
        TypeRef::named_nn_list_nn("ResourceInput"),
        "The files; models may import each other and what is deployed.",
    ));
    builder.query(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let mut resources = Vec::new();
            for it in ctx.args.try_get("resources")?.list()?.iter() {
                resources.push(resource(&it.object()?)?);
            }
            let session = Session::of(&ctx);
            let tenant = session.tenant()?;
            let found = session.engine.check_resources(tenant, &resources).await;
            let found = found.map_err(page::failed)?.into_iter();
            Ok(Some(FieldValue::list(found.map(FieldValue::owned_any))))
        })
    })
}

/// A `ResourceInput`.
pub(crate) fn resource(it: &async_graphql::dynamic::ObjectAccessor<'_>) -> Result<Resource, Error> {
    Ok(Resource {
        name: it.try_get("name")?.string()?.to_owned(),
        content: it.try_get("content")?.string()?.as_bytes().to_vec(),
        effective_from: input::text(it, "effectiveFrom")?,
    })
}

fn object() -> Object {
    Object::new(TYPE)
        .description("Something that was found in a file.")
        .field(leaf(
            "isError",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "Whether it refuses the deployment; what does not is a warning.",
            |it: &Finding, _| Some(Value::from(it.is_error)),
        ))
        .field(leaf(
            "code",
            TypeRef::named_nn(TypeRef::STRING),
            "Stable code, such as `BPMN-0412`.",
            |it: &Finding, _| Some(Value::from(it.code.as_str())),
        ))
        .field(leaf(
            "file",
            TypeRef::named_nn(TypeRef::STRING),
            "Name of the file.",
            |it: &Finding, _| Some(Value::from(it.file.as_str())),
        ))
        .field(leaf(
            "line",
            TypeRef::named(TypeRef::INT),
            "The line, from 1; null where the whole file is meant.",
            |it: &Finding, _| it.place.map(|(line, _)| Value::from(line)),
        ))
        .field(leaf(
            "column",
            TypeRef::named(TypeRef::INT),
            "The column, from 1.",
            |it: &Finding, _| it.place.map(|(_, column)| Value::from(column)),
        ))
        .field(leaf(
            "elementId",
            TypeRef::named(TypeRef::STRING),
            "XML id of the element.",
            |it: &Finding, _| it.element_id.as_deref().map(Value::from),
        ))
        .field(leaf(
            "message",
            TypeRef::named_nn("LocalizedText"),
            "What was expected and what was found.",
            |it: &Finding, _| Some(localized(&it.message.zh, &it.message.en)),
        ))
        .field(leaf(
            "remedy",
            TypeRef::named("LocalizedText"),
            "What to do instead.",
            |it: &Finding, _| {
                let remedy = it.remedy.as_ref();
                remedy.map(|it| localized(&it.zh, &it.en))
            },
        ))
}
