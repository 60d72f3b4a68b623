//! `calendarDays` for everybody; `calendarOverrides` and `calendarPublications` for staff.

use std::sync::Arc;

use async_graphql::Error;
use async_graphql::dynamic::{FieldValue, ResolverContext, TypeRef};
use tongban_feel::time::Date;
use tongban_store::query::calendar;

use super::object::{Day, into_node};
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField};
use crate::input::{self, Page};
use crate::page;
use crate::scalar;
use crate::session::{Session, failure};

/// Days of one question.
const DAYS_MAX: i64 = 400;

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    days(builder)?;
    let spec = RootField::new(
        "calendarOverrides",
        TypeRef::named_nn_list_nn("CalendarOverride"),
        "The days that the county sets for itself, by date.",
    );
    builder.query(Right::Staff, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx);
            let tenant = Arc::clone(&session.principal()?.tenant).into();
            let found = calendar::overrides(session.engine.database(), &tenant).await;
            let found = found.map_err(page::failed)?.into_iter();
            Ok(Some(FieldValue::list(found.map(FieldValue::owned_any))))
        })
    })?;
    let spec = RootField::new(
        "calendarPublications",
        TypeRef::named_nn("CalendarPublicationConnection"),
        "The editions of the county's calendar, the latest first.",
    );
    let spec = Page::arguments()
        .into_iter()
        .fold(spec, RootField::argument);
    builder.query(Right::Staff, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx);
            let tenant = Arc::clone(&session.principal()?.tenant).into();
            let request = page::request(Page::of(&ctx)?);
            let found = calendar::publications(session.engine.database(), &tenant, &request).await;
            Ok(page::field(found.map_err(page::failed)?))
        })
    })
}

fn days(builder: &mut Builder) -> Result<(), NameClash> {
    let date = |name: &str, description: &str| {
        input::field(name, TypeRef::named_nn(scalar::DATE), description)
    };
    let spec = RootField::new(
        "calendarDays",
        TypeRef::named_nn_list_nn("CalendarDay"),
        "Days of the county's calendar, at most 400.",
    )
    .argument(date("from", "The first day."))
    .argument(date("until", "The last day."));
    builder.query(Right::SignedIn, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx);
            let (from, until) = (day(&ctx, "from")?, day(&ctx, "until")?);
            let n_days = until.days_since_epoch() - from.days_since_epoch() + 1;
            if !(0..=DAYS_MAX).contains(&n_days) {
                let message = format!("expected 0 to {DAYS_MAX} days, found {n_days}");
                return Err(failure("BAD_USER_INPUT", &message));
            }
            let calendar = session.engine.calendar(session.tenant()?);
            let day = |it: i64| from.add_days(it);
            let days = (0..n_days).filter_map(day).map(|on| {
                FieldValue::owned_any(Day {
                    on,
                    kind: calendar.day(on),
                    is_provisional: !calendar.is_confirmed(on.year()),
                })
            });
            Ok(Some(FieldValue::list(days)))
        })
    })
}

fn day(ctx: &ResolverContext<'_>, name: &str) -> Result<Date, Error> {
    let text = ctx.args.try_get(name)?;
    Date::parse(text.string()?)
        .ok_or_else(|| failure("BAD_USER_INPUT", &format!("expected {name} to be a date")))
}

/// An edition of the principal's tenant by its number.
pub(crate) async fn load<'a>(
    session: &Session,
    number: i64,
) -> Result<Option<FieldValue<'a>>, Error> {
    let tenant = Arc::clone(&session.principal()?.tenant).into();
    let found = calendar::publication(session.engine.database(), &tenant, number).await;
    Ok(found.map_err(page::failed)?.as_ref().map(into_node))
}
