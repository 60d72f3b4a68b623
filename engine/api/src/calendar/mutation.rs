//! `publishCalendar`.

use async_graphql::dynamic::{InputObject, ObjectAccessor, TypeRef};
use async_graphql::{Error, Value};
use serde_json::Value as Json;
use tongban_runtime::command::{Command, OwnDay};
use tongban_runtime::outcome::Done;

use super::query;
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf};
use crate::input;
use crate::payload::{self, Payload, loaded};
use crate::scalar;
use crate::session::Session;

/// What a payload's fields are read from.
struct Published {
    number: i64,
    unchanged: bool,
}

const NAME: &str = "publishCalendar";

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    if builder.shows(&Right::Operator) {
        register_types(builder)?;
    }
    let spec = RootField::mutation(
        NAME,
        "Publishes years of holidays and days of the county's own. It takes effect at once; open deadlines, with their timers and record fields, follow in the background.",
    );
    builder.mutation(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let command = command(&input)?;
            let answer = Session::of(&ctx)
                .execute(command, input::key(&input)?)
                .await?;
            Payload::of(answer, |outcome| {
                let published = match outcome.done {
                    Done::CalendarPublished {
                        number, unchanged, ..
                    } => Published { number, unchanged },
                    _ => Published {
                        number: 0,
                        unchanged: true,
                    },
                };
                (published, Vec::new())
            })
            .into_field()
        })
    })
}

fn register_types(builder: &mut Builder) -> Result<(), NameClash> {
    let own_day = InputObject::new("CalendarOverrideInput")
        .description("A day that the county sets for itself.")
        .field(input::field(
            "date",
            TypeRef::named_nn(scalar::DATE),
            "The day.",
        ))
        .field(input::field(
            "working",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "Whether the offices work.",
        ))
        .field(input::field(
            "reason",
            TypeRef::named_nn(TypeRef::STRING),
            "Why.",
        ))
        .field(input::field(
            "document",
            TypeRef::named(TypeRef::STRING),
            "The document that orders it.",
        ));
    builder.register(own_day)?;
    let fields = vec![
        input::field(
            "years",
            TypeRef::named(scalar::JSON),
            "The yearly tables, in the shape of `holidays-cn.json`; years it does not name stay.",
        ),
        input::field(
            "overrides",
            TypeRef::named_nn_list("CalendarOverrideInput"),
            "Days that the county sets for itself, new or changed.",
        ),
        input::field(
            "withdrawn",
            TypeRef::named_nn_list(scalar::DATE),
            "Days that are no longer the county's own.",
        ),
        input::field(
            "note",
            TypeRef::named_nn(TypeRef::STRING),
            "What the edition brings, such as the document it comes from.",
        ),
    ];
    builder.register(input::object(NAME, "What to publish.", fields))?;
    let publication = loaded::<Published, _>(
        "publication",
        TypeRef::named("CalendarPublication"),
        "The edition; its progress goes on.",
        |it, ctx| {
            let number = it.number;
            Box::pin(async move { query::load(Session::of(&ctx), number).await })
        },
    );
    let unchanged = leaf(
        "unchanged",
        TypeRef::named(TypeRef::BOOLEAN),
        "True if the calendar is the one that was there.",
        |it: &Payload<Published>, _| Some(Value::from(it.done.as_ref()?.unchanged)),
    );
    payload::register::<Published>(builder, NAME, vec![publication, unchanged])
}

fn command(input: &ObjectAccessor<'_>) -> Result<Command, Error> {
    let years = input.get("years").filter(|it| !it.is_null());
    let years: Option<Json> = years
        .map(|it| it.as_value().clone().into_json())
        .transpose()?;
    let own_days = match input.get("overrides").filter(|it| !it.is_null()) {
        Some(days) => days
            .list()?
            .iter()
            .map(|it| own_day(&it.object()?))
            .collect(),
        None => Ok(Vec::new()),
    };
    let withdrawn = match input.get("withdrawn").filter(|it| !it.is_null()) {
        Some(days) => days
            .list()?
            .iter()
            .map(|it| it.string().map(str::to_owned))
            .collect(),
        None => Ok(Vec::new()),
    };
    Ok(Command::PublishCalendar {
        years,
        own_days: own_days?,
        withdrawn: withdrawn?,
        note: input.try_get("note")?.string()?.to_owned(),
    })
}

fn own_day(day: &ObjectAccessor<'_>) -> Result<OwnDay, Error> {
    Ok(OwnDay {
        on: day.try_get("date")?.string()?.to_owned(),
        working: day.try_get("working")?.boolean()?,
        reason: day.try_get("reason")?.string()?.to_owned(),
        document: input::text(day, "document")?,
    })
}
