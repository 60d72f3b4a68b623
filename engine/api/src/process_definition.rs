//! Deployed processes, and their models and forms as they were uploaded.

use std::sync::Arc;

use async_graphql::dynamic::{FieldValue, Object, TypeRef};
use async_graphql::{Error, Value};
use tongban_store::query::definition::{self, Version};
use tongban_store::row::definition::ProcessDefinition;

use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf, node};
use crate::connection;
use crate::global_id::GlobalId;
use crate::input::{self, Page};
use crate::page;
use crate::scalar::{self, DateTime};
use crate::session::{Session, failure};

const TYPE: &str = "ProcessDefinition";

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    builder.register(object())?;
    connection::register::<ProcessDefinition>(builder, TYPE, into_node)?;
    let spec = RootField::new(
        "processDefinitions",
        TypeRef::named_nn("ProcessDefinitionConnection"),
        "Deployed processes, every version.",
    )
    .argument(input::field(
        "key",
        TypeRef::named(TypeRef::STRING),
        "Only versions of this BPMN id.",
    ));
    let spec = Page::arguments()
        .into_iter()
        .fold(spec, RootField::argument);
    builder.query(Right::Staff, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx);
            let tenant = Arc::clone(&session.principal()?.tenant).into();
            let key = ctx.args.get("key").filter(|it| !it.is_null());
            let key = key.map(|it| it.string().map(str::to_owned)).transpose()?;
            let request = page::request(Page::of(&ctx)?);
            let found = definition::list_processes(
                session.engine.database(),
                &tenant,
                key.as_deref(),
                &request,
            )
            .await;
            Ok(page::field(found.map_err(page::failed)?))
        })
    })?;
    form(builder)
}

fn into_node(definition: &ProcessDefinition) -> FieldValue<'static> {
    FieldValue::owned_any(definition.clone())
}

fn object() -> Object {
    let text = |it: &str| Some(Value::from(it));
    Object::new(TYPE)
        .description("A version of a process.")
        .implement("Node")
        .field(leaf(
            "id",
            TypeRef::named_nn(TypeRef::ID),
            "Global id.",
            |it: &ProcessDefinition, _| Some(Value::from(GlobalId::new(TYPE, it.id.0).encode())),
        ))
        .field(leaf(
            "key",
            TypeRef::named_nn(TypeRef::STRING),
            "BPMN id, the same over versions.",
            move |it: &ProcessDefinition, _| text(&it.key),
        ))
        .field(leaf(
            "version",
            TypeRef::named_nn(TypeRef::INT),
            "Version of the key, from 1.",
            |it: &ProcessDefinition, _| Some(Value::from(it.version)),
        ))
        .field(leaf(
            "versionTag",
            TypeRef::named(TypeRef::STRING),
            "The author's own version.",
            move |it: &ProcessDefinition, _| it.version_tag.as_deref().and_then(text),
        ))
        .field(leaf(
            "name",
            TypeRef::named(TypeRef::STRING),
            "Name for people.",
            move |it: &ProcessDefinition, _| it.name.as_deref().and_then(text),
        ))
        .field(leaf(
            "deployedAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it was deployed.",
            |it: &ProcessDefinition, _| Some(DateTime(it.deployed_at).value()),
        ))
        .field(node(
            "xml",
            TypeRef::named(TypeRef::STRING),
            "The BPMN file as it was uploaded, diagram included.",
            |it: &ProcessDefinition, ctx| {
                let digest = Arc::clone(&it.digest);
                Box::pin(async move { resource(Session::of(&ctx), &digest).await })
            },
        ))
}

/// The text of a deployed file.
async fn resource<'a>(session: &Session, digest: &str) -> Result<Option<FieldValue<'a>>, Error> {
    let tenant = Arc::clone(&session.principal()?.tenant).into();
    let found = definition::get_resource(session.engine.database(), &tenant, digest).await;
    let Some(bytes) = found.map_err(page::failed)? else {
        return Ok(None);
    };
    let text = String::from_utf8(bytes.to_vec())
        .map_err(|_| failure("INTERNAL", "the file is not UTF-8"))?;
    Ok(Some(FieldValue::value(text)))
}

/// The newest version of a form, as the form-js viewer reads it.
fn form(builder: &mut Builder) -> Result<(), NameClash> {
    let spec = RootField::new(
        "form",
        TypeRef::named(scalar::JSON),
        "The newest version of a form, in the JSON of form-js; null if there is none.",
    )
    .argument(input::field(
        "key",
        TypeRef::named_nn(TypeRef::STRING),
        "Id of the form.",
    ));
    builder.query(Right::SignedIn, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx);
            let tenant = Arc::clone(&session.principal()?.tenant).into();
            let key = ctx.args.try_get("key")?.string()?;
            let database = session.engine.database();
            let found = definition::get_form_by_key(database, &tenant, key, Version::Latest).await;
            let Some(form) = found.map_err(page::failed)? else {
                return Ok(None);
            };
            let bytes = definition::get_resource(database, &tenant, &form.digest).await;
            let Some(bytes) = bytes.map_err(page::failed)? else {
                return Ok(None);
            };
            let json: serde_json::Value = serde_json::from_slice(&bytes)?;
            Ok(Some(FieldValue::value(Value::from_json(json)?)))
        })
    })
}
