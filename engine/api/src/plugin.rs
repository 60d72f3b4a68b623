//! Active plugins, and making an installed version the active one.

use std::sync::Arc;

use async_graphql::Value;
use async_graphql::dynamic::{FieldValue, Object, TypeRef};
use tongban_runtime::catalogue::PluginEntry;
use tongban_runtime::command::Command;
use tongban_runtime::outcome::Done;

use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf};
use crate::input;
use crate::payload::{self, Payload, loaded};
use crate::session::Session;
use crate::user_error::localized;

type Entry = Arc<PluginEntry>;

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let plugin = Object::new("Plugin")
        .description("A plugin that is active in the tenant.")
        .field(leaf(
            "name",
            TypeRef::named_nn(TypeRef::STRING),
            "Name, the same over versions.",
            |it: &Entry, _| Some(Value::from(&*it.name)),
        ))
        .field(leaf(
            "version",
            TypeRef::named_nn(TypeRef::STRING),
            "Active version.",
            |it: &Entry, _| Some(Value::from(&*it.version)),
        ))
        .field(leaf(
            "digest",
            TypeRef::named_nn(TypeRef::STRING),
            "SHA-256 of its package, hexadecimal.",
            |it: &Entry, _| Some(Value::from(it.digest.as_str())),
        ))
        .field(leaf(
            "title",
            TypeRef::named_nn("LocalizedText"),
            "Name for people.",
            |it: &Entry, _| Some(localized(&it.title.zh, &it.title.en)),
        ))
        .field(leaf(
            "operations",
            TypeRef::named_nn_list_nn(TypeRef::STRING),
            "Its exposed operations.",
            |it: &Entry, _| {
                let exposed = it.operations.iter().filter(|it| it.exposed);
                Some(Value::List(
                    exposed.map(|it| Value::from(&*it.name)).collect(),
                ))
            },
        ))
        .field(leaf(
            "recordKinds",
            TypeRef::named_nn_list_nn(TypeRef::STRING),
            "Its kinds of records.",
            |it: &Entry, _| {
                Some(Value::List(
                    it.record_kinds
                        .iter()
                        .map(|it| Value::from(&*it.kind))
                        .collect(),
                ))
            },
        ));
    builder.register(plugin)?;
    let spec = RootField::new(
        "plugins",
        TypeRef::named_nn_list_nn("Plugin"),
        "The plugins that are active in the tenant.",
    );
    builder.query(Right::Staff, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx);
            let tenant = session.tenant()?;
            let catalogue = session.engine.catalogue();
            let active = catalogue
                .plugins
                .values()
                .filter(|it| catalogue.is_active(tenant, &it.name));
            let active: Vec<_> = active.cloned().map(FieldValue::owned_any).collect();
            Ok(Some(FieldValue::list(active)))
        })
    })?;
    activate(builder)
}

fn activate(builder: &mut Builder) -> Result<(), NameClash> {
    const NAME: &str = "activatePlugin";
    let fields = vec![
        input::field(
            "name",
            TypeRef::named_nn(TypeRef::STRING),
            "Name of an installed plugin.",
        ),
        input::field(
            "version",
            TypeRef::named_nn(TypeRef::STRING),
            "Installed version.",
        ),
    ];
    builder.register(input::object(
        NAME,
        "Which version of which plugin.",
        fields,
    ))?;
    let plugin = loaded::<String, _>(
        "plugin",
        TypeRef::named("Plugin"),
        "The plugin, now active.",
        |name, ctx| {
            Box::pin(async move {
                let catalogue = Session::of(&ctx).engine.catalogue();
                Ok(catalogue
                    .plugins
                    .get(name.as_str())
                    .cloned()
                    .map(FieldValue::owned_any))
            })
        },
    );
    payload::register::<String>(builder, NAME, vec![plugin])?;
    let spec = RootField::mutation(
        NAME,
        "Makes an installed version of a plugin the active one of the tenant; a package is installed with PUT /packages.",
    );
    builder.mutation(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let name = input.try_get("name")?.string()?.to_owned();
            let version = input.try_get("version")?.string()?.to_owned();
            let command = Command::ActivatePlugin {
                name: name.clone(),
                version,
            };
            let answer = Session::of(&ctx)
                .execute(command, input::key(&input)?)
                .await?;
            Payload::of(answer, |outcome| match outcome.done {
                Done::PluginActivated { deployed, .. } => (name, deployed.warnings),
                _ => (name, Vec::new()),
            })
            .into_field()
        })
    })
}
