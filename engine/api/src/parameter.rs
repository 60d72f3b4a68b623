//! `parameters`: what the county can set for a plugin, what is in force, who has set it.

use async_graphql::Value;
use async_graphql::dynamic::{Field, FieldFuture, FieldValue, Object, TypeRef};
use tongban_runtime::parameter::{ParameterDetail, ParameterVersion};

use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf};
use crate::compose::json_value::graphql;
use crate::configuration_item;
use crate::global_id::GlobalId;
use crate::scalar::{self, DateTime};
use crate::session::Session;
use crate::user_error::localized;
use crate::{input, page};

const TYPE: &str = "Parameter";

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    builder.register(version())?;
    builder.register(object())?;
    let spec = RootField::new(
        "parameters",
        TypeRef::named_nn_list_nn(TYPE),
        "Parameters of the active plugins with the values in force, by plugin.",
    )
    .argument(input::field(
        "plugin",
        TypeRef::named(TypeRef::STRING),
        "Of this plugin alone.",
    ))
    .argument(input::field(
        "asOf",
        TypeRef::named(scalar::DATE),
        "The date whose values are meant; today by the server's clock where absent.",
    ));
    builder.query(Right::Staff, spec, |ctx| {
        Box::pin(async move {
            let text = |name: &str| {
                let argument = ctx.args.get(name).filter(|it| !it.is_null());
                argument
                    .map(|it| it.string().map(str::to_owned))
                    .transpose()
            };
            let (plugin, as_of) = (text("plugin")?, text("asOf")?);
            let session = Session::of(&ctx);
            let tenant = session.tenant()?;
            let (plugin, as_of) = (plugin.as_deref(), as_of.as_deref());
            let found = session.engine.parameters(tenant, plugin, as_of).await;
            let found = found.map_err(page::failed)?.into_iter();
            Ok(Some(FieldValue::list(found.map(FieldValue::owned_any))))
        })
    })
}

fn object() -> Object {
    let object = Object::new(TYPE)
        .description("What the county can set for a plugin.")
        .field(leaf(
            "plugin",
            TypeRef::named_nn(TypeRef::STRING),
            "Name of the plugin.",
            |it: &ParameterDetail, _| Some(Value::from(&*it.plugin)),
        ))
        .field(leaf(
            "key",
            TypeRef::named_nn(TypeRef::STRING),
            "Key.",
            |it: &ParameterDetail, _| Some(Value::from(&*it.key)),
        ))
        .field(leaf(
            "title",
            TypeRef::named_nn("LocalizedText"),
            "For people.",
            |it: &ParameterDetail, _| Some(localized(&it.title.zh, &it.title.en)),
        ))
        .field(leaf(
            "type",
            TypeRef::named_nn(TypeRef::STRING),
            "`string`, `integer`, `boolean`, `date` or `json`.",
            |it: &ParameterDetail, _| Some(Value::from(it.type_name)),
        ))
        .field(leaf(
            "default",
            TypeRef::named(scalar::JSON),
            "The plugin's default.",
            |it: &ParameterDetail, _| Some(graphql(&it.default)),
        ))
        .field(leaf(
            "value",
            TypeRef::named(scalar::JSON),
            "The value in force.",
            |it: &ParameterDetail, _| Some(graphql(&it.value)),
        ))
        .field(leaf(
            "unconfirmed",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "The default is the plugin's guess, and the county has set no value of its own.",
            |it: &ParameterDetail, _| Some(Value::from(it.unconfirmed)),
        ))
        .field(leaf(
            "lawBasis",
            TypeRef::named("LocalizedText"),
            "The law on which it or its bounds rest.",
            |it: &ParameterDetail, _| it.law_basis.as_ref().map(|it| localized(&it.zh, &it.en)),
        ));
    bounds(object).field(versions())
}

fn bounds(object: Object) -> Object {
    object
        .field(leaf(
            "min",
            TypeRef::named(scalar::LONG),
            "The least number that makes sense.",
            |it: &ParameterDetail, _| it.min.map(Value::from),
        ))
        .field(leaf(
            "max",
            TypeRef::named(scalar::LONG),
            "The greatest.",
            |it: &ParameterDetail, _| it.max.map(Value::from),
        ))
        .field(leaf(
            "lawFloor",
            TypeRef::named(scalar::LONG),
            "The least number that the law allows.",
            |it: &ParameterDetail, _| it.law_floor.map(Value::from),
        ))
        .field(leaf(
            "lawCeiling",
            TypeRef::named(scalar::LONG),
            "The greatest.",
            |it: &ParameterDetail, _| it.law_ceiling.map(Value::from),
        ))
        .field(leaf(
            "oneOf",
            TypeRef::named_nn_list_nn(scalar::JSON),
            "The only values allowed; any if empty.",
            |it: &ParameterDetail, _| Some(Value::List(it.one_of.iter().map(graphql).collect())),
        ))
        .field(leaf(
            "assertion",
            TypeRef::named(TypeRef::STRING),
            "FEEL over `value` that must be true.",
            |it: &ParameterDetail, _| it.assertion.as_deref().map(Value::from),
        ))
}

fn versions() -> Field {
    Field::new(
        "versions",
        TypeRef::named_nn_list_nn("ParameterVersion"),
        |ctx| {
            let list = ctx.parent_value.try_downcast_ref::<ParameterDetail>();
            let list = list.map(|it| {
                let versions = it.versions.iter().cloned().map(FieldValue::owned_any);
                Some(FieldValue::list(versions))
            });
            FieldFuture::new(std::future::ready(list))
        },
    )
    .description("All values that the county has set, the earliest date first.")
}

fn version() -> Object {
    Object::new("ParameterVersion")
        .description("A value that the county has set.")
        .field(leaf(
            "effectiveFrom",
            TypeRef::named(scalar::DATE),
            "The date from which it holds; from ever if absent.",
            |it: &ParameterVersion, _| it.effective_from.as_deref().map(Value::from),
        ))
        .field(leaf(
            "value",
            TypeRef::named(scalar::JSON),
            "The value; null goes back to the default.",
            |it: &ParameterVersion, _| Some(graphql(&it.value)),
        ))
        .field(leaf(
            "configurationItemId",
            TypeRef::named(TypeRef::ID),
            "The change it was approved as; null if it came with the county's data.",
            |it: &ParameterVersion, _| {
                let id = GlobalId::new(configuration_item::object::TYPE, it.item?);
                Some(Value::from(id.encode()))
            },
        ))
        .field(leaf(
            "setAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it was set.",
            |it: &ParameterVersion, _| Some(DateTime(it.set_at).value()),
        ))
        .field(leaf(
            "setBy",
            TypeRef::named_nn(TypeRef::STRING),
            "By whom.",
            |it: &ParameterVersion, _| Some(Value::from(&*it.set_by)),
        ))
}
