//! `configurationItems`, `configurationItem`, `configurationOriginal`.

use async_graphql::dynamic::{FieldValue, InputObject, ResolverContext, TypeRef};
use async_graphql::{Error, Value};
use tongban_runtime::catalogue::Catalogue;
use tongban_runtime::configuration_item::ItemFilter;

use super::object::{TYPE, kind_of, state_of};
use super::right;
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField};
use crate::global_id::GlobalId;
use crate::input::{self, Page};
use crate::page;
use crate::session::Session;

pub(crate) fn register(builder: &mut Builder, catalogue: &Catalogue) -> Result<(), NameClash> {
    builder.register(filter_input())?;
    list(builder, right(catalogue))?;
    let spec = RootField::new(
        "configurationItem",
        TypeRef::named(TYPE),
        "A change of the configuration by its id.",
    )
    .argument(input::id("id", "Global id."));
    builder.query(right(catalogue), spec, |ctx| {
        Box::pin(async move {
            let id = ctx.args.try_get("id")?.string()?;
            let row = GlobalId::row_of(id, TYPE).and_then(|it| it.parse().ok());
            match row {
                Some(row) => load(Session::of(&ctx), row).await,
                None => Ok(None),
            }
        })
    })?;
    original(builder, right(catalogue))
}

fn list(builder: &mut Builder, right: Right) -> Result<(), NameClash> {
    let spec = RootField::new(
        "configurationItems",
        TypeRef::named_nn("ConfigurationItemConnection"),
        "Changes of the configuration, the newest first.",
    )
    .argument(input::field(
        "filter",
        TypeRef::named("ConfigurationItemFilter"),
        "Which ones.",
    ));
    let spec = Page::arguments()
        .into_iter()
        .fold(spec, RootField::argument);
    builder.query(right, spec, |ctx| {
        Box::pin(async move {
            let (filter, request) = (filter_of(&ctx)?, page::request(Page::of(&ctx)?));
            let session = Session::of(&ctx);
            let tenant = session.tenant()?;
            let found = session
                .engine
                .configuration_items(tenant, &filter, &request)
                .await;
            Ok(page::field(found.map_err(page::failed)?))
        })
    })
}

/// Whoever writes the first change begins with what the plugin brings.
fn original(builder: &mut Builder, right: Right) -> Result<(), NameClash> {
    let spec = RootField::new(
        "configurationOriginal",
        TypeRef::named(TypeRef::STRING),
        "What the active plugin brings: a file, or the default value of a parameter as JSON; null if no plugin brings it.",
    )
    .argument(input::field("kind", TypeRef::named_nn("ConfigurationKind"), "What."))
    .argument(input::field("key", TypeRef::named_nn(TypeRef::STRING), "Which one."));
    builder.query(right, spec, |ctx| {
        Box::pin(async move {
            let kind = kind_of(ctx.args.try_get("kind")?.enum_name()?);
            let key = ctx.args.try_get("key")?.string()?;
            let session = Session::of(&ctx);
            let found = session
                .engine
                .configuration_original(session.tenant()?, &kind, key);
            Ok(found.map(|it| FieldValue::value(Value::from(it))))
        })
    })
}

fn filter_input() -> InputObject {
    let text = |name: &str, description: &str| {
        input::field(name, TypeRef::named(TypeRef::STRING), description)
    };
    InputObject::new("ConfigurationItemFilter")
        .description("Which changes; all members must hold.")
        .field(input::field(
            "kind",
            TypeRef::named("ConfigurationKind"),
            "Of what.",
        ))
        .field(text("key", "Of which one."))
        .field(text("plugin", "Of what this plugin brings."))
        .field(input::field(
            "states",
            TypeRef::named_nn_list("ConfigurationState"),
            "In one of these states.",
        ))
}

fn filter_of(ctx: &ResolverContext<'_>) -> Result<ItemFilter, Error> {
    let mut filter = ItemFilter::default();
    let Some(argument) = ctx.args.get("filter").filter(|it| !it.is_null()) else {
        return Ok(filter);
    };
    let argument = argument.object()?;
    let kind = argument.get("kind").filter(|it| !it.is_null());
    let kind = kind.map(|it| it.enum_name().map(kind_of)).transpose()?;
    filter.kind = kind.map(Into::into);
    filter.key = input::text(&argument, "key")?.map(Into::into);
    filter.plugin = input::text(&argument, "plugin")?.map(Into::into);
    if let Some(states) = argument.get("states").filter(|it| !it.is_null()) {
        for state in states.list()?.iter() {
            filter.states.extend(state_of(state.enum_name()?));
        }
    }
    Ok(filter)
}

/// A change by its row.
pub(crate) async fn load<'a>(session: &Session, id: i64) -> Result<Option<FieldValue<'a>>, Error> {
    let found = session
        .engine
        .configuration_item(session.tenant()?, id)
        .await;
    let found = found.map_err(page::failed)?;
    Ok(found.map(FieldValue::owned_any))
}

/// A change as `node` shows it: to whoever configures.
pub(crate) async fn load_node<'a>(
    session: &Session,
    id: i64,
) -> Result<Option<FieldValue<'a>>, Error> {
    let allowed = right(&session.engine.catalogue()).allows(session.principal()?);
    match allowed {
        true => load(session, id).await,
        false => Ok(None),
    }
}
