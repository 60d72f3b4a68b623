//! Records of plugins: a type, a query by id and a list for each declared kind.
//!
//! Roles that the manifest names see every record of the tenant; a citizen sees those in whose party fields he
//! stands; anybody else sees none. Lists are filtered in SQL, values are masked after loading.

use std::sync::Arc;

use async_graphql::dynamic::{
    Field, FieldFuture, FieldValue, InputObject, Object, ObjectAccessor, ResolverContext, TypeRef,
};
use async_graphql::{Error, Value};
use serde_json::Value as Json;
use tongban_runtime::catalogue::{FilterKind, PluginEntry, RecordKindEntry};
use tongban_store::query::record::{self, ColumnFilter, ColumnTest, RecordFilter, RecordOrder};
use tongban_store::row::record::{ColumnValue, Record};

use crate::auth::principal::{CITIZEN, Principal};
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf, pascal};
use crate::compose::json_schema::{Direction, Typed, Types};
use crate::compose::json_value;
use crate::connection;
use crate::global_id::GlobalId;
use crate::input::{self, Page};
use crate::scalar::{self, Date, DateTime};
use crate::session::{Session, failure};
use crate::{deadline, mask, page};

/// A record as it is shown: its body masked for the principal.
#[derive(Clone)]
pub(crate) struct Shown {
    type_name: Arc<str>,
    id: Arc<str>,
    version: i64,
    created_at: i64,
    updated_at: i64,
    body: Json,
}

/// Names of a kind in the schema.
struct Names {
    type_name: String,
    one: String,
    many: String,
}

/// `divorce_case` to `DivorceCase`, `divorceCase`, `divorceCases`.
fn names(kind: &str) -> Names {
    let type_name: String = kind.split('_').map(pascal).collect();
    let mut chars = type_name.chars();
    let one = chars.next().map_or_else(String::new, |it| {
        it.to_ascii_lowercase().to_string() + chars.as_str()
    });
    let many = match one.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if ["s", "x", "z", "ch", "sh"]
            .iter()
            .any(|it| one.ends_with(it)) =>
        {
            format!("{one}es")
        }
        _ => format!("{one}s"),
    };
    Names {
        type_name,
        one,
        many,
    }
}

/// The GraphQL type of a kind.
pub(crate) fn type_name(kind: &str) -> String {
    names(kind).type_name
}

/// Adds the record kinds of `plugin`.
pub(crate) fn register(
    builder: &mut Builder,
    plugin: &Arc<PluginEntry>,
    types: &mut Types,
) -> Result<(), NameClash> {
    for kind in &plugin.record_kinds {
        let kind = Arc::new(kind.clone());
        let right = right(&kind);
        if builder.shows(&right) {
            let mut declared = plugin.deadlines.iter();
            let has_deadlines = declared.any(|it| it.record_kind == kind.kind);
            register_types(builder, &kind, has_deadlines, types)?;
        }
        register_one(builder, plugin, &kind, right.clone())?;
        register_many(builder, plugin, &kind, right)?;
    }
    Ok(())
}

fn right(kind: &RecordKindEntry) -> Right {
    let mut roles: Vec<String> = kind.read.iter().map(|it| it.to_string()).collect();
    if !kind.parties.is_empty() {
        roles.push(CITIZEN.to_owned());
    }
    Right::Roles(roles)
}

fn register_types(
    builder: &mut Builder,
    kind: &RecordKindEntry,
    has_deadlines: bool,
    types: &mut Types,
) -> Result<(), NameClash> {
    let names = names(&kind.kind);
    let mut fields = types.fields(builder, &kind.schema, &names.type_name, Direction::Output)?;
    if has_deadlines {
        fields.retain(|it| it.0 != "deadlines");
    }
    let mut object = object(kind, &names.type_name, fields);
    if has_deadlines {
        object = object.field(deadlines(&kind.kind));
    }
    builder.register(object)?;
    connection::register::<Shown>(builder, &names.type_name, |it| {
        FieldValue::owned_any(it.clone())
    })?;
    builder.register(filter_input(kind, &names.type_name))
}

/// Members of every record, which a body cannot redefine.
const OWN_FIELDS: [&str; 5] = ["id", "recordId", "version", "createdAt", "updatedAt"];

fn object(kind: &RecordKindEntry, name: &str, fields: Vec<(String, Typed)>) -> Object {
    let object = Object::new(name)
        .description(format!("{} ({}).", kind.title.en, kind.title.zh))
        .implement("Node")
        .field(leaf(
            "id",
            TypeRef::named_nn(TypeRef::ID),
            "Global id.",
            |it: &Shown, _| Some(Value::from(GlobalId::new(&*it.type_name, &it.id).encode())),
        ))
        .field(leaf(
            "recordId",
            TypeRef::named_nn(TypeRef::STRING),
            "Id within its kind, as operations name it.",
            |it: &Shown, _| Some(Value::from(&*it.id)),
        ))
        .field(leaf(
            "version",
            TypeRef::named_nn(scalar::LONG),
            "Grows by one with every change.",
            |it: &Shown, _| Some(Value::from(it.version)),
        ))
        .field(leaf(
            "createdAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it was first stored.",
            |it: &Shown, _| Some(DateTime(it.created_at).value()),
        ))
        .field(leaf(
            "updatedAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it was last changed.",
            |it: &Shown, _| Some(DateTime(it.updated_at).value()),
        ));
    let own = fields
        .into_iter()
        .filter(|(name, _)| !OWN_FIELDS.contains(&name.as_str()));
    own.map(|(name, typed)| body_field(name, typed))
        .fold(object, Object::field)
}

/// The deadlines of a record, which whoever sees the record may see.
fn deadlines(kind: &Arc<str>) -> Field {
    let kind = Arc::clone(kind);
    deadline::query::field(move |it: &Shown| Some((Arc::clone(&kind), Arc::clone(&it.id))))
}

/// A member of the body.
fn body_field(name: String, typed: Typed) -> Field {
    let key = name.clone();
    // A masked value may no longer be of its type, and an older body may lack what a newer schema requires.
    let ty = match typed.ty {
        TypeRef::NonNull(inner) => *inner,
        nullable => nullable,
    };
    Field::new(name, ty, move |ctx| {
        let shown = ctx.parent_value.try_downcast_ref::<Shown>();
        let value = shown.map(|it| {
            it.body
                .get(&key)
                .and_then(|it| json_value::value(it, typed.shape))
        });
        FieldFuture::new(std::future::ready(value))
    })
    .description(typed.description)
}

fn filter_input(kind: &RecordKindEntry, type_name: &str) -> InputObject {
    let object = InputObject::new(format!("{type_name}Filter"))
        .description(format!(
            "Which records of `{}`; all members must hold.",
            kind.kind
        ))
        .field(input::field(
            "ids",
            TypeRef::named_nn_list(TypeRef::STRING),
            "Record ids.",
        ));
    kind.filters.iter().fold(object, |object, filter| {
        let ty = graphql_type(filter.kind);
        let equals = input::field(&filter.name, TypeRef::named(ty), "Equals.");
        let object = object.field(equals);
        match filter.kind {
            FilterKind::Date | FilterKind::DateTime | FilterKind::Integer => object
                .field(input::field(
                    &format!("{}From", filter.name),
                    TypeRef::named(ty),
                    "At least.",
                ))
                .field(input::field(
                    &format!("{}Until", filter.name),
                    TypeRef::named(ty),
                    "At most.",
                )),
            FilterKind::String | FilterKind::Boolean => object,
        }
    })
}

fn graphql_type(kind: FilterKind) -> &'static str {
    match kind {
        FilterKind::String => TypeRef::STRING,
        FilterKind::Integer => scalar::LONG,
        FilterKind::Boolean => TypeRef::BOOLEAN,
        FilterKind::Date => scalar::DATE,
        FilterKind::DateTime => scalar::DATE_TIME,
    }
}

fn register_one(
    builder: &mut Builder,
    plugin: &Arc<PluginEntry>,
    kind: &Arc<RecordKindEntry>,
    right: Right,
) -> Result<(), NameClash> {
    let names = names(&kind.kind);
    let description = format!(
        "A record of `{}`, by its global id or its id within the kind.",
        kind.kind
    );
    let spec = RootField::new(&names.one, TypeRef::named(&names.type_name), &description)
        .argument(input::id("id", "Global id, or `recordId`."));
    let (plugin, kind) = (Arc::clone(&plugin.name), Arc::clone(kind));
    builder.query(right, spec, move |ctx| {
        let (plugin, kind) = (Arc::clone(&plugin), Arc::clone(&kind));
        Box::pin(async move {
            let session = Session::of(&ctx);
            let id = ctx.args.try_get("id")?.string()?;
            let row_id =
                GlobalId::row_of(id, &type_name(&kind.kind)).unwrap_or_else(|| id.to_owned());
            load(session, &plugin, &kind, &row_id).await
        })
    })
}

fn register_many(
    builder: &mut Builder,
    plugin: &Arc<PluginEntry>,
    kind: &Arc<RecordKindEntry>,
    right: Right,
) -> Result<(), NameClash> {
    let names = names(&kind.kind);
    let description = format!(
        "Records of `{}` that the principal may see, newest first.",
        kind.kind
    );
    let spec = RootField::new(
        &names.many,
        TypeRef::named_nn(format!("{}Connection", names.type_name)),
        &description,
    )
    .argument(input::field(
        "filter",
        TypeRef::named(format!("{}Filter", names.type_name)),
        "Which records.",
    ));
    let spec = Page::arguments()
        .into_iter()
        .fold(spec, RootField::argument);
    let (plugin, kind) = (Arc::clone(&plugin.name), Arc::clone(kind));
    builder.query(right, spec, move |ctx| {
        let (plugin, kind) = (Arc::clone(&plugin), Arc::clone(&kind));
        Box::pin(async move {
            let session = Session::of(&ctx);
            let principal = Arc::clone(session.principal()?);
            session.require_active(&plugin)?;
            let mut filter = filter(&ctx, &kind)?;
            filter.party = party_filter(&principal, &kind)?;
            let request = page::request(Page::of(&ctx)?);
            let tenant = Arc::clone(&principal.tenant).into();
            let found = record::list(
                session.engine.database(),
                &tenant,
                &kind.kind,
                &filter,
                &request,
            )
            .await;
            let found = found.map_err(page::failed)?;
            let shown = page::connection(found, |it| show(it, &kind, &principal));
            Ok(Some(FieldValue::owned_any(shown)))
        })
    })
}

/// The person whose records alone `principal` may see; none for a role that may see all.
pub(crate) fn party_filter(
    principal: &Principal,
    kind: &RecordKindEntry,
) -> Result<Option<Arc<str>>, Error> {
    if kind.read.iter().any(|it| principal.has_role(it)) {
        return Ok(None);
    }
    let person = principal.person.clone();
    person.map(Some).ok_or_else(|| {
        failure(
            "FORBIDDEN",
            "the token names no person whose records could be shown",
        )
    })
}

/// A record by its id, if the principal may see it; a forbidden one looks like none.
pub(crate) async fn load<'a>(
    session: &Session,
    plugin: &str,
    kind: &RecordKindEntry,
    id: &str,
) -> Result<Option<FieldValue<'a>>, Error> {
    let principal = Arc::clone(session.principal()?);
    session.require_active(plugin)?;
    let filter = RecordFilter {
        ids: vec![id.into()],
        party: party_filter(&principal, kind)?,
        ..RecordFilter::default()
    };
    let tenant = Arc::clone(&principal.tenant).into();
    let request = page::request(Page {
        first: 1,
        after: None,
    });
    let found = record::list(
        session.engine.database(),
        &tenant,
        &kind.kind,
        &filter,
        &request,
    )
    .await;
    let first = found.map_err(page::failed)?.into_nodes().into_iter().next();
    Ok(first.map(|it| FieldValue::owned_any(show(it, kind, &principal))))
}

/// The bodies of some records of a kind as the principal may see them; those he may not are left
/// out.
pub(crate) async fn bodies(
    session: &Session,
    kind: &str,
    ids: Vec<Arc<str>>,
) -> Result<Vec<(Arc<str>, Json)>, Error> {
    let principal = session.principal()?;
    let catalogue = session.engine.catalogue();
    let Some((plugin, declared)) = catalogue.record_kind(kind) else {
        return Ok(Vec::new());
    };
    let party = party_filter(principal, declared);
    let (true, Ok(party)) = (catalogue.is_active(&principal.tenant, &plugin.name), party) else {
        return Ok(Vec::new());
    };
    let request = page::request(Page {
        first: ids.len() as u64,
        after: None,
    });
    let filter = RecordFilter {
        ids,
        party,
        ..RecordFilter::default()
    };
    let (database, tenant) = (session.engine.database(), session.tenant()?.into());
    let found = record::list(database, &tenant, kind, &filter, &request).await;
    let found = found.map_err(page::failed)?.into_nodes().into_iter();
    let shown = found.map(|it| show(it, declared, principal));
    Ok(shown.map(|it| (it.id, it.body)).collect())
}

fn show(record: Record, kind: &RecordKindEntry, principal: &Principal) -> Shown {
    let mut body = serde_json::from_str(&record.body).unwrap_or_else(|error| {
        tracing::error!(kind = &*kind.kind, id = &*record.id, %error, "a stored record is not JSON");
        Json::Null
    });
    mask::apply(&mut body, &kind.masked, principal);
    Shown {
        type_name: type_name(&kind.kind).into(),
        id: record.id,
        version: record.version,
        created_at: record.created_at,
        updated_at: record.updated_at,
        body,
    }
}

fn filter(ctx: &ResolverContext<'_>, kind: &RecordKindEntry) -> Result<RecordFilter, Error> {
    let mut filter = RecordFilter {
        order: RecordOrder::CreatedDescending,
        ..RecordFilter::default()
    };
    let Some(argument) = ctx.args.get("filter").filter(|it| !it.is_null()) else {
        return Ok(filter);
    };
    let argument = argument.object()?;
    if let Some(ids) = argument.get("ids").filter(|it| !it.is_null()) {
        filter.ids = ids
            .list()?
            .iter()
            .map(|it| it.string().map(Into::into))
            .collect::<Result<_, Error>>()?;
    }
    for declared in &kind.filters {
        let column: Arc<str> = declared.name.as_str().into();
        if let Some(value) = column_value(&argument, &declared.name, declared.kind)? {
            let test = ColumnTest::Equals(value);
            filter.columns.push(ColumnFilter {
                column: Arc::clone(&column),
                test,
            });
        }
        let from = column_value(&argument, &format!("{}From", declared.name), declared.kind)?;
        let to = column_value(&argument, &format!("{}Until", declared.name), declared.kind)?;
        if from.is_some() || to.is_some() {
            filter.columns.push(ColumnFilter {
                column,
                test: ColumnTest::Between { from, to },
            });
        }
    }
    Ok(filter)
}

fn column_value(
    argument: &ObjectAccessor<'_>,
    name: &str,
    kind: FilterKind,
) -> Result<Option<ColumnValue>, Error> {
    let Some(value) = argument.get(name).filter(|it| !it.is_null()) else {
        return Ok(None);
    };
    let bad = || failure("BAD_USER_INPUT", &format!("{name} is not of its type"));
    Ok(Some(match kind {
        FilterKind::String => ColumnValue::Text(value.string()?.into()),
        FilterKind::Integer => ColumnValue::Integer(value.i64()?),
        FilterKind::Boolean => ColumnValue::Boolean(value.boolean()?),
        FilterKind::Date => {
            let date = Date::parse(value.string()?).ok_or_else(bad)?;
            ColumnValue::Date(date.0.to_string().into())
        }
        FilterKind::DateTime => {
            ColumnValue::Instant(DateTime::parse(value.string()?).ok_or_else(bad)?.0)
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_a_type_and_two_fields() {
        let names = names("divorce_case");
        assert_eq!(
            (
                names.type_name.as_str(),
                names.one.as_str(),
                names.many.as_str()
            ),
            ("DivorceCase", "divorceCase", "divorceCases")
        );
        assert_eq!(super::names("authority").many, "authorities");
        assert_eq!(super::names("payment_batch").many, "paymentBatches");
        assert_eq!(super::names("statistics_day").many, "statisticsDays");
    }
}
