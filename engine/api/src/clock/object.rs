//! `Clock` and the query for it.

use async_graphql::Value;
use async_graphql::dynamic::{Enum, EnumItem, FieldValue, Object, TypeRef};

use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf};
use crate::scalar::{self, DateTime};

/// The clock as it stands.
pub(crate) struct Clock;

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let mode = Enum::new("ClockMode")
        .description("Where due times come from.")
        .item(EnumItem::new("MACHINE").description("The machine's clock."))
        .item(
            EnumItem::new("MANUAL")
                .description("A clock that stands until it is moved; for development and tests."),
        );
    builder.register(mode)?;
    let clock = Object::new("Clock")
        .description("The clock that all due times come from.")
        .field(leaf(
            "mode",
            TypeRef::named_nn("ClockMode"),
            "Its kind.",
            |_: &Clock, session| {
                let name = if session.engine.clock().is_manual() {
                    "MANUAL"
                } else {
                    "MACHINE"
                };
                Some(Value::Enum(async_graphql::Name::new(name)))
            },
        ))
        .field(leaf(
            "now",
            TypeRef::named_nn(scalar::DATE_TIME),
            "The instant it shows.",
            |_: &Clock, session| Some(DateTime(session.engine.clock().now()).value()),
        ));
    builder.register(clock)?;
    let spec = RootField::new(
        "clock",
        TypeRef::named_nn("Clock"),
        "The clock that due times come from.",
    );
    builder.query(Right::SignedIn, spec, |_| {
        Box::pin(async { Ok(Some(FieldValue::owned_any(Clock))) })
    })
}
