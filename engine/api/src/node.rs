//! `node` and `nodes`: anything with a global id, under the rights of its own type.

use std::sync::Arc;

use async_graphql::Error;
use async_graphql::dynamic::{FieldValue, Interface, InterfaceField, TypeRef};
use tongban_runtime::catalogue::Catalogue;

use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField};
use crate::global_id::GlobalId;
use crate::input;
use crate::session::{Session, failure};
use crate::{configuration_item, incident, notice, process_instance, record, user_task};

/// Ids of one `nodes` query.
const IDS_MAX: usize = 100;

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let id = InterfaceField::new("id", TypeRef::named_nn(TypeRef::ID)).description("Global id.");
    let node = Interface::new("Node")
        .description("Anything with a global id.")
        .field(id);
    builder.register(node)?;
    let spec = RootField::new(
        "node",
        TypeRef::named("Node"),
        "Anything by its global id; null if there is none or the principal may not see it.",
    )
    .argument(input::id("id", "Global id."));
    builder.query(Right::SignedIn, spec, |ctx| {
        Box::pin(async move {
            let id = ctx.args.try_get("id")?.string()?;
            load(Session::of(&ctx), id).await
        })
    })?;
    let ids = input::field(
        "ids",
        TypeRef::named_nn_list_nn(TypeRef::ID),
        "Global ids, at most 100.",
    );
    let spec = RootField::new(
        "nodes",
        TypeRef::named_nn_list_nn("Node"),
        "Several at once, in the order of their ids; those that are not there or that the principal may not see are left out.",
    )
    .argument(ids);
    builder.query(Right::SignedIn, spec, |ctx| {
        Box::pin(async move {
            let ids = ctx.args.try_get("ids")?.list()?;
            if ids.len() > IDS_MAX {
                return Err(failure(
                    "BAD_USER_INPUT",
                    &format!("ids has more than {IDS_MAX} members"),
                ));
            }
            let mut found = Vec::with_capacity(ids.len());
            for id in ids.iter() {
                // The dynamic schema cannot write null for an interface in a list.
                found.extend(load(Session::of(&ctx), id.string()?).await?);
            }
            Ok(Some(FieldValue::list(found)))
        })
    })
}

async fn load<'a>(session: &Session, id: &str) -> Result<Option<FieldValue<'a>>, Error> {
    let Some(GlobalId { type_name, row_id }) = GlobalId::decode(id) else {
        return Ok(None);
    };
    let found = match type_name.as_str() {
        "UserTask" => match user_task::object::parse_row_id(&row_id) {
            Some(id) => user_task::query::load(session, id).await?,
            None => None,
        },
        "ProcessInstance" => match row_id.parse() {
            Ok(id) => process_instance::query::load(session, id).await?,
            Err(_) => None,
        },
        "Incident" => match incident::object::parse_row_id(&row_id) {
            Some(id) => incident::query::load(session, id).await?,
            None => None,
        },
        "ConfigurationItem" => match row_id.parse() {
            Ok(id) => configuration_item::query::load_node(session, id).await?,
            Err(_) => None,
        },
        "Notice" => match row_id.parse() {
            Ok(id) => notice::query::load_node(session, id).await?,
            Err(_) => None,
        },
        other => of_record(session, other, &row_id).await?,
    };
    Ok(found.map(|it| it.with_type(type_name)))
}

async fn of_record<'a>(
    session: &Session,
    type_name: &str,
    row_id: &str,
) -> Result<Option<FieldValue<'a>>, Error> {
    let catalogue: Arc<Catalogue> = session.engine.catalogue();
    let tenant = session.tenant()?;
    for plugin in catalogue
        .plugins
        .values()
        .filter(|it| catalogue.is_active(tenant, &it.name))
    {
        let kind = plugin
            .record_kinds
            .iter()
            .find(|it| record::type_name(&it.kind) == type_name);
        if let Some(kind) = kind {
            // A principal without any right on the kind sees no record, as if there were none.
            if record::party_filter(session.principal()?, kind).is_err() {
                return Ok(None);
            }
            return record::load(session, &plugin.name, kind, row_id).await;
        }
    }
    Ok(None)
}
