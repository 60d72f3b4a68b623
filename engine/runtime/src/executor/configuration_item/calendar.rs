//! The holidays and make-up workdays of a year.

use std::sync::Arc;

use serde_json::Value as Json;
use tongban_store::row::configuration::CalendarYear;

use super::kind::{Change, Configurer, Kind, wrong};
use crate::configuration_item::Finding;
use crate::error::UserError;
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::tenant::split_calendar;

/// The calendar of a year, by its number.
pub(crate) struct Calendar;

impl Kind for Calendar {
    fn name(&self) -> &'static str {
        "calendar"
    }

    fn configurer(&self) -> Configurer {
        Configurer::Administrator
    }

    fn check(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<Vec<Finding>> {
        let year = match read(change) {
            Ok((_, year)) => year,
            Err(finding) => return Ok(vec![*finding]),
        };
        // The other years stay as they are; together they must make a calendar.
        Ok(match session.calendar_with(&[year], &[], &[])? {
            Ok(_) => Vec::new(),
            Err(reason) => vec![wrong("INVALID_INPUT", &[("reason", &reason)])],
        })
    }

    fn check_end(&self, _session: &mut Session<'_>, _change: &Change<'_>) -> Decided<Vec<Finding>> {
        let error = UserError::new("CONFIGURATION_CANNOT_END", &[]).at("/ends");
        Ok(vec![Finding::error(error)])
    }

    fn activate(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<()> {
        let Ok((file, _)) = read(change) else {
            return Ok(());
        };
        // A new edition: what was reckoned by the calendar before is reckoned again.
        session.store_edition(Some(&file), &[], &[], &change.item.note)?;
        Ok(())
    }
}

/// The file, and the one year in it.
fn read(change: &Change<'_>) -> Result<(Json, CalendarYear), Box<Finding>> {
    let invalid = |reason: &str| Box::new(wrong("INVALID_INPUT", &[("reason", reason)]));
    let file = serde_json::from_slice::<Json>(change.content);
    let file = file.map_err(|error| invalid(&error.to_string()))?;
    let mut years = split_calendar(&file);
    let names: Vec<String> = years.iter().map(|it| it.0.to_string()).collect();
    match years.pop() {
        Some((year, content, confirmed)) if names == [change.key()] => {
            let year = CalendarYear {
                year,
                content: Arc::from(content),
                confirmed,
                updated_at: 0,
            };
            Ok((file, year))
        }
        _ => {
            let found = names.join(", ");
            let parameters = [("key", change.key()), ("found", found.as_str())];
            Err(Box::new(wrong("CONFIGURATION_KEY_DIFFERS", &parameters)))
        }
    }
}
