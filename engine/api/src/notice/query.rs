//! `notices`, `unreadNoticeCount`, and `noticeDeliveries` for operators.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_graphql::dynamic::{FieldValue, InputObject, ResolverContext, TypeRef};
use async_graphql::{Error, Value};
use serde_json::Value as Json;
use tongban_runtime::command::notice::NoticeReader;
use tongban_store::query::notice::{self, InboxEntry, NoticeFilter, Reader};
use tongban_store::row::notice::{DeliveryState, NoticeDelivery};

use super::object::{self, Shown, TYPE};
use crate::auth::principal::{Audience, Principal};
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField};
use crate::connection::{Connection, Row};
use crate::input::{self, Page};
use crate::session::Session;
use crate::{page, record};

/// Unread notices counted at most.
const COUNT_MAX: u64 = 999;

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    builder.register(filter_input())?;
    let spec = RootField::new(
        "notices",
        TypeRef::named_nn("NoticeConnection"),
        "The principal's inbox, newest first: what he is told as a citizen, as a member of staff, or by a role in his division.",
    )
    .argument(input::field("filter", TypeRef::named("NoticeFilter"), "Which notices."));
    let spec = Page::arguments()
        .into_iter()
        .fold(spec, RootField::argument);
    builder.query(Right::SignedIn, spec, |ctx| {
        Box::pin(async move {
            let (filter, asked) = (filter_of(&ctx)?, Page::of(&ctx)?);
            list(Session::of(&ctx), &filter, asked).await
        })
    })?;
    let spec = RootField::new(
        "unreadNoticeCount",
        TypeRef::named_nn(TypeRef::INT),
        "How many notices the principal has yet to read; 999 stands for that many or more.",
    );
    builder.query(Right::SignedIn, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx);
            let tenant = session.tenant()?.into();
            let reader = reader(session.principal()?);
            let database = session.engine.database();
            let count = notice::count_unread(database, &tenant, &reader, COUNT_MAX).await;
            let count = count.map_err(page::failed)?;
            Ok(Some(FieldValue::value(Value::from(count))))
        })
    })?;
    deliveries(builder)
}

fn deliveries(builder: &mut Builder) -> Result<(), NameClash> {
    if builder.shows(&Right::Operator) {
        crate::connection::register::<NoticeDelivery>(builder, "NoticeDelivery", |it| {
            FieldValue::owned_any(it.clone())
        })?;
    }
    let state = input::field(
        "state",
        TypeRef::named("NoticeDeliveryState"),
        "Where they stand.",
    );
    let spec = RootField::new(
        "noticeDeliveries",
        TypeRef::named_nn("NoticeDeliveryConnection"),
        "Deliveries of the tenant's notices, those of the newest notice first.",
    )
    .argument(state);
    let spec = Page::arguments()
        .into_iter()
        .fold(spec, RootField::argument);
    builder.query(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx);
            let tenant = session.tenant()?.into();
            let state = ctx.args.get("state").filter(|it| !it.is_null());
            let state = state.map(|it| it.enum_name().map(state_of)).transpose()?;
            let request = page::request(Page::of(&ctx)?);
            let database = session.engine.database();
            let found = notice::list_deliveries(database, &tenant, state, &request).await;
            Ok(page::field(found.map_err(page::failed)?))
        })
    })
}

fn state_of(name: &str) -> DeliveryState {
    match name {
        "DELIVERED" => DeliveryState::Delivered,
        "DEAD" => DeliveryState::Dead,
        _ => DeliveryState::Pending,
    }
}

fn filter_input() -> InputObject {
    let text = |name: &str, description: &str| {
        input::field(name, TypeRef::named(TypeRef::STRING), description)
    };
    InputObject::new("NoticeFilter")
        .description("Which notices; all members must hold.")
        .field(input::field(
            "unread",
            TypeRef::named(TypeRef::BOOLEAN),
            "True for those not yet read, false for those read.",
        ))
        .field(text("code", "Stable code."))
        .field(text("recordKind", "Kind of the record; needs recordId."))
        .field(text("recordId", "Id of the record; needs recordKind."))
}

fn filter_of(ctx: &ResolverContext<'_>) -> Result<NoticeFilter, Error> {
    let mut filter = NoticeFilter::default();
    let Some(argument) = ctx.args.get("filter").filter(|it| !it.is_null()) else {
        return Ok(filter);
    };
    let argument = argument.object()?;
    let unread = argument.get("unread").filter(|it| !it.is_null());
    filter.unread = unread.map(|it| it.boolean()).transpose()?;
    filter.code = input::text(&argument, "code")?.map(Into::into);
    let kind = input::text(&argument, "recordKind")?;
    let id = input::text(&argument, "recordId")?;
    if kind.is_some() != id.is_some() {
        return Err(crate::session::failure(
            "BAD_USER_INPUT",
            "expected recordKind and recordId together",
        ));
    }
    filter.record = kind.zip(id).map(|(kind, id)| (kind.into(), id.into()));
    Ok(filter)
}

/// The principal as a reader: a citizen is told as the person he is, staff by id and role.
pub(super) fn reader(principal: &Principal) -> Reader {
    let is_staff = principal.audience() >= Audience::Staff;
    let name = match (&principal.person, is_staff) {
        (Some(person), false) => format!("person:{person}"),
        _ => format!("staff:{}", principal.id),
    };
    Reader {
        name: name.into(),
        person: principal.person.clone(),
        staff: is_staff.then(|| principal.id.clone()),
        roles: if is_staff {
            principal.roles.clone()
        } else {
            Vec::new()
        },
        division: principal.division.clone(),
    }
}

/// The same, for commands.
pub(super) fn command_reader(principal: &Principal) -> NoticeReader {
    let Reader {
        name,
        person,
        staff,
        roles,
        division,
    } = reader(principal);
    NoticeReader {
        name,
        person,
        staff,
        roles,
        division,
    }
}

async fn list<'a>(
    session: &Session,
    filter: &NoticeFilter,
    asked: Page,
) -> Result<Option<FieldValue<'a>>, Error> {
    let principal = session.principal()?;
    let (tenant, reader) = (session.tenant()?.into(), reader(principal));
    let (database, request) = (session.engine.database(), page::request(asked));
    let found = notice::list(database, &tenant, &reader, filter, &request).await;
    let found = found.map_err(page::failed)?;
    let has_next_page = found.has_next_page;
    let cursors: Vec<String> = found
        .edges
        .iter()
        .map(|it| it.cursor.as_str().to_owned())
        .collect();
    let shown = show(session, found.into_nodes()).await?;
    let rows = cursors.into_iter().zip(shown);
    Ok(Some(FieldValue::owned_any(Connection {
        rows: rows.map(|(cursor, node)| Row { cursor, node }).collect(),
        has_next_page,
    })))
}

/// A notice of the principal's inbox by its id.
pub(crate) async fn load(session: &Session, id: i64) -> Result<Option<Shown>, Error> {
    let (tenant, reader) = (session.tenant()?.into(), reader(session.principal()?));
    let database = session.engine.database();
    let found = notice::get(database, &tenant, &reader, id).await;
    let found = found.map_err(page::failed)?;
    Ok(show(session, found.into_iter().collect()).await?.pop())
}

/// The same as the value of a node.
pub(crate) async fn load_node<'a>(
    session: &Session,
    id: i64,
) -> Result<Option<FieldValue<'a>>, Error> {
    Ok(load(session, id).await?.as_ref().map(object::into_node))
}

/// Adds what is read beside a page of notices: the records, one query for each kind, and the
/// deliveries.
async fn show(session: &Session, entries: Vec<InboxEntry>) -> Result<Vec<Shown>, Error> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let mut wanted: BTreeMap<Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
    for entry in entries.iter().filter(|it| !it.notice.fields.is_empty()) {
        if let Some((kind, id)) = &entry.notice.record {
            wanted.entry(kind.clone()).or_default().push(id.clone());
        }
    }
    let mut bodies: BTreeMap<(Arc<str>, Arc<str>), Arc<Json>> = BTreeMap::new();
    for (kind, ids) in wanted {
        for (id, body) in record::bodies(session, &kind, ids).await? {
            bodies.insert((kind.clone(), id), Arc::new(body));
        }
    }
    let ids: Vec<i64> = entries.iter().map(|it| it.notice.id).collect();
    let tenant = session.tenant()?.into();
    let deliveries = notice::deliveries_of(session.engine.database(), &tenant, &ids).await;
    let deliveries = deliveries.map_err(page::failed)?;
    let shown = entries.into_iter().map(|entry| Shown {
        record: entry
            .notice
            .record
            .as_ref()
            .and_then(|it| bodies.get(it).cloned())
            .unwrap_or_default(),
        deliveries: deliveries
            .iter()
            .filter(|it| it.notice_id == entry.notice.id)
            .cloned()
            .collect(),
        entry,
    });
    Ok(shown.collect())
}

/// Reads a member that holds the global id of a notice.
pub(super) fn row_id(text: &str) -> Result<i64, Error> {
    let row_id = crate::global_id::GlobalId::row_of(text, TYPE);
    row_id
        .and_then(|it| it.parse().ok())
        .ok_or_else(|| crate::session::failure("BAD_USER_INPUT", "expected the id of a Notice"))
}
