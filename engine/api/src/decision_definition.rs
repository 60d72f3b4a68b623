//! The versions of a decision, and which of them holds on a date.

use async_graphql::dynamic::{Enum, EnumItem, FieldValue, Object, TypeRef};
use async_graphql::{Name, Value};
use tongban_store::query::definition;
use tongban_store::row::definition::{DecisionDefinition, Origin};

use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf};
use crate::configuration_item;
use crate::global_id::GlobalId;
use crate::scalar::{self, DateTime};
use crate::session::Session;
use crate::{input, page};

const TYPE: &str = "DecisionDefinition";
/// Versions of one decision shown.
const VERSIONS_MAX: u64 = 1_000;

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let origin = Enum::new("DefinitionOrigin")
        .description("Where a definition comes from.")
        .item(EnumItem::new("UPLOAD").description("A file that a person deployed."))
        .item(EnumItem::new("PLUGIN").description("A plugin's package."))
        .item(
            EnumItem::new("COUNTY")
                .description("A change of the county's configuration; it goes before the others."),
        );
    builder.register(origin)?;
    builder.register(object())?;
    let key = || {
        let ty = TypeRef::named_nn(TypeRef::STRING);
        input::field("key", ty, "DMN id of the decision.")
    };
    let spec = RootField::new(
        "decisionVersions",
        TypeRef::named_nn_list_nn(TYPE),
        "All versions of a decision, the newest first.",
    )
    .argument(key());
    builder.query(Right::Staff, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx);
            let tenant = session.tenant()?.into();
            let key = ctx.args.try_get("key")?.string()?;
            let database = session.engine.database();
            let found = definition::decision_versions(database, &tenant, key, VERSIONS_MAX).await;
            let found = found.map_err(page::failed)?.into_iter();
            Ok(Some(FieldValue::list(found.map(FieldValue::owned_any))))
        })
    })?;
    let spec = RootField::new(
        "decisionInForce",
        TypeRef::named(TYPE),
        "The version of a decision by which a fact of a date is decided; null if none held then.",
    )
    .argument(key())
    .argument(input::field(
        "asOf",
        TypeRef::named_nn(scalar::DATE),
        "The date of the fact.",
    ));
    builder.query(Right::Staff, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx);
            let tenant = session.tenant()?.into();
            let key = ctx.args.try_get("key")?.string()?;
            let date = ctx.args.try_get("asOf")?.string()?;
            let database = session.engine.database();
            let found = definition::get_decision_as_of(database, &tenant, key, date).await;
            Ok(found.map_err(page::failed)?.map(FieldValue::owned_any))
        })
    })
}

fn object() -> Object {
    Object::new(TYPE)
        .description("A version of a decision.")
        .field(leaf(
            "key",
            TypeRef::named_nn(TypeRef::STRING),
            "DMN id of the decision.",
            |it: &DecisionDefinition, _| Some(Value::from(&*it.key)),
        ))
        .field(leaf(
            "version",
            TypeRef::named_nn(TypeRef::INT),
            "Version of the key, from 1.",
            |it: &DecisionDefinition, _| Some(Value::from(it.version)),
        ))
        .field(leaf(
            "name",
            TypeRef::named(TypeRef::STRING),
            "Name for people.",
            |it: &DecisionDefinition, _| it.name.as_deref().map(Value::from),
        ))
        .field(leaf(
            "effectiveFrom",
            TypeRef::named(scalar::DATE),
            "The date from which it holds; from ever if absent.",
            |it: &DecisionDefinition, _| it.effective_from.as_deref().map(Value::from),
        ))
        .field(leaf(
            "effectiveUntil",
            TypeRef::named(scalar::DATE),
            "The date from which it holds no longer.",
            |it: &DecisionDefinition, _| it.effective_until.as_deref().map(Value::from),
        ))
        .field(leaf(
            "origin",
            TypeRef::named_nn("DefinitionOrigin"),
            "Where it comes from.",
            |it: &DecisionDefinition, _| {
                Some(Value::Enum(Name::new(match it.origin {
                    Origin::Upload => "UPLOAD",
                    Origin::Plugin => "PLUGIN",
                    Origin::County => "COUNTY",
                })))
            },
        ))
        .field(leaf(
            "configurationItemId",
            TypeRef::named(TypeRef::ID),
            "The change it was approved as.",
            |it: &DecisionDefinition, _| {
                let id = GlobalId::new(configuration_item::object::TYPE, it.item?);
                Some(Value::from(id.encode()))
            },
        ))
        .field(leaf(
            "deployedAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it was deployed.",
            |it: &DecisionDefinition, _| Some(DateTime(it.deployed_at).value()),
        ))
}
