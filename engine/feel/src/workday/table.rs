//! The yearly table of holidays and make-up working days as a file.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{Calendar, DayKind};
use crate::time::Date;

/// The largest file that is read, in bytes.
const FILE_BYTES_MAX: usize = 1 << 20;

/// A calendar file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct CalendarError {
    /// Where in the file, as a JSON pointer.
    pub place: String,
    /// Expected and found.
    pub message: String,
}

/// A day a county sets for itself, such as a closure by order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalOverride {
    /// The day.
    pub date: Date,
    /// What sort of day it is in this county.
    pub kind: DayKind,
}

/// Holidays and make-up working days by date, with the years that have been published.
///
/// A year that is missing or not `confirmed` is computed with weekends and the fixed statutory days
/// (1 January, 1–2 May, 1–3 October); the days its table lists, if any, are kept. Dates that
/// depend on such a year are provisional.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CalendarTable {
    version: String,
    weekend: Vec<u8>,
    days: BTreeMap<Date, DayKind>,
    years: BTreeMap<i32, bool>,
}

impl CalendarTable {
    /// Reads a file of schema version 1; `version` names this edition. All problems are returned.
    pub fn parse(bytes: &[u8], version: &str) -> Result<CalendarTable, Vec<CalendarError>> {
        if bytes.len() > FILE_BYTES_MAX {
            let message = format!(
                "expected at most {FILE_BYTES_MAX} bytes, found {}",
                bytes.len()
            );
            return Err(vec![CalendarError {
                place: "/".into(),
                message,
            }]);
        }
        let json: Json = serde_json::from_slice(bytes).map_err(|error| {
            vec![CalendarError {
                place: "/".into(),
                message: error.to_string(),
            }]
        })?;
        let mut reader = Reader::default();
        let table = reader.table(&json, version);
        if reader.errors.is_empty() {
            Ok(table)
        } else {
            Err(reader.errors)
        }
    }

    /// The table with a county's own days laid over it.
    #[must_use]
    pub fn with_overrides(mut self, overrides: &[LocalOverride]) -> CalendarTable {
        self.days
            .extend(overrides.iter().map(|it| (it.date, it.kind)));
        self
    }

    /// The years the table knows, and whether each is confirmed.
    pub fn years(&self) -> impl Iterator<Item = (i32, bool)> {
        self.years
            .iter()
            .map(|(year, confirmed)| (*year, *confirmed))
    }
}

impl Calendar for CalendarTable {
    fn day(&self, date: Date) -> DayKind {
        if let Some(kind) = self.days.get(&date) {
            return *kind;
        }
        if !self.is_confirmed(date.year()) && is_fixed_statutory(date) {
            return DayKind::Rest { statutory: true };
        }
        if self.weekend.contains(&date.weekday()) {
            return DayKind::Rest { statutory: false };
        }
        DayKind::Working
    }

    fn is_holiday(&self, date: Date) -> bool {
        match self.days.get(&date) {
            Some(kind) => *kind != DayKind::Working,
            None => !self.is_confirmed(date.year()) && is_fixed_statutory(date),
        }
    }

    fn is_confirmed(&self, year: i32) -> bool {
        self.years.get(&year).copied().unwrap_or(false)
    }

    fn version(&self) -> &str {
        &self.version
    }
}

/// The statutory days that fall on the same date each year.
fn is_fixed_statutory(date: Date) -> bool {
    matches!(
        (date.month(), date.day()),
        (1, 1) | (5, 1 | 2) | (10, 1..=3)
    )
}

#[derive(Default)]
struct Reader {
    errors: Vec<CalendarError>,
}

impl Reader {
    fn report(&mut self, place: &str, message: impl Into<String>) {
        self.errors.push(CalendarError {
            place: place.to_owned(),
            message: message.into(),
        });
    }

    fn table(&mut self, json: &Json, version: &str) -> CalendarTable {
        let mut table = CalendarTable {
            version: version.to_owned(),
            ..CalendarTable::default()
        };
        if json.get("schema_version").and_then(Json::as_i64) != Some(1) {
            self.report("/schema_version", "expected 1");
        }
        table.weekend = self.weekend(json);
        let Some(years) = json.get("years").and_then(Json::as_object) else {
            self.report("/years", "expected an object of years");
            return table;
        };
        for (name, content) in years {
            let place = format!("/years/{name}");
            let Ok(year) = name.parse::<i32>() else {
                self.report(&place, "expected a year");
                continue;
            };
            let confirmed = content.get("status").and_then(Json::as_str) == Some("confirmed");
            table.years.insert(year, confirmed);
            self.days(&mut table, content, &place, year);
        }
        if let Some(overrides) = json.get("local_overrides") {
            self.overrides(&mut table, overrides);
        }
        table
    }

    fn weekend(&mut self, json: &Json) -> Vec<u8> {
        let place = "/weekend_iso_weekdays";
        let Some(weekdays) = json.get("weekend_iso_weekdays") else {
            return vec![6, 7];
        };
        let days: Option<Vec<u8>> = weekdays.as_array().and_then(|days| {
            days.iter()
                .map(|day| day.as_u64().and_then(|day| u8::try_from(day).ok()))
                .map(|day| day.filter(|day| (1..=7).contains(day)))
                .collect()
        });
        match days {
            Some(days) if days.len() < 7 => days,
            Some(_) | None => {
                self.report(
                    place,
                    "expected weekdays from 1 (Monday) to 7, not all of them",
                );
                vec![6, 7]
            }
        }
    }

    fn days(&mut self, table: &mut CalendarTable, content: &Json, place: &str, year: i32) {
        for (key, working) in [("off_days", false), ("work_days", true)] {
            let Some(list) = content.get(key) else {
                continue;
            };
            let place = format!("{place}/{key}");
            let Some(days) = list.as_array() else {
                self.report(&place, "expected a list of days");
                continue;
            };
            for (idx, entry) in days.iter().enumerate() {
                let place = format!("{place}/{idx}");
                let kind = match working {
                    true => DayKind::Working,
                    false => DayKind::Rest {
                        statutory: is_true(entry.get("statutory")),
                    },
                };
                let Some(date) = self.date(entry, &place) else {
                    continue;
                };
                if date.year() != year {
                    self.report(&place, format!("expected a day of {year}, found {date}"));
                }
                if table.days.insert(date, kind).is_some() {
                    self.report(&place, format!("{date} is listed twice"));
                }
            }
        }
    }

    /// `{"2026-07-01": "rest" | "work"}` or a list of `{date, kind}` or `{date, working}`.
    fn overrides(&mut self, table: &mut CalendarTable, overrides: &Json) {
        let entries: Vec<(String, Json)> = match overrides {
            Json::Null => Vec::new(),
            Json::Object(days) => days
                .iter()
                .map(|(day, kind)| (day.clone(), kind.clone()))
                .collect(),
            Json::Array(days) => days.iter().map(date_and_kind).collect(),
            Json::Bool(_) | Json::Number(_) | Json::String(_) => {
                return self.report("/local_overrides", "expected days");
            }
        };
        for (day, kind) in entries {
            let place = format!("/local_overrides/{day}");
            let kind = match kind.as_str() {
                Some("work") => DayKind::Working,
                Some("rest") => DayKind::Rest { statutory: false },
                Some(_) | None => {
                    self.report(&place, "expected \"work\" or \"rest\"");
                    continue;
                }
            };
            match Date::parse(&day) {
                Some(date) => {
                    table.days.insert(date, kind);
                }
                None => self.report(&place, format!("expected a date, found {day:?}")),
            }
        }
    }

    fn date(&mut self, entry: &Json, place: &str) -> Option<Date> {
        let text = entry.get("date").or(Some(entry)).and_then(Json::as_str);
        let date = text.and_then(Date::parse);
        if date.is_none() {
            self.report(place, "expected a date such as 2026-03-05");
        }
        date
    }
}

fn date_and_kind(entry: &Json) -> (String, Json) {
    let empty = Map::new();
    let entry = entry.as_object().unwrap_or(&empty);
    let date = entry
        .get("date")
        .and_then(Json::as_str)
        .unwrap_or_default()
        .to_owned();
    let kind = match entry.get("working") {
        Some(Json::Bool(true)) => Json::from("work"),
        Some(Json::Bool(false)) => Json::from("rest"),
        Some(_) | None => entry.get("kind").cloned().unwrap_or(Json::Null),
    };
    (date, kind)
}

fn is_true(flag: Option<&Json>) -> bool {
    flag.and_then(Json::as_bool).unwrap_or(false)
}
