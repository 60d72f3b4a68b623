//! Reading `[[schedule]]` and `[[escalation]]`.

use serde_json::Value;
use toml::Spanned;
use toml::de::DeValue;

use super::deadline::{COLORS, DAY_UNITS, DAYS_MAX, ROLLS, UNITS, moment, read_moment};
use super::{CODE, Table, narrow};
use crate::manifest::deadline::{Moment, Roll, Unit};
use crate::manifest::schedule::{
    Adjustable, Condition, Days, Due, Escalation, Floor, Level, LevelStart, Missed, Period,
    Population, Schedule, Test, check_cron,
};
use crate::name;

const LOOK_BACK_DAYS: u32 = 400;
const INTERVAL_MAX: i64 = 40_000;

pub(super) fn read(table: &Table<'_>) -> Schedule {
    table.known(SCHEDULE_KEYS);
    let population = read_population(table);
    let due = table.table("due").and_then(|it| read_due(&it));
    Schedule {
        key: table.name("key", name::is_snake, "a key in snake case"),
        title: table.text("title"),
        law: table.table.contains_key("law").then(|| table.text("law")),
        cron: read_cron(table, "cron"),
        on: table.optional_choice("on", DAYS).unwrap_or(Days::Every),
        operation: table.name("operation", name::is_camel, "the name of an operation"),
        population,
        due,
        lead: table.table("lead").map_or(
            Moment {
                before: 0,
                working: false,
            },
            |it| read_moment(&it),
        ),
        stages: numbers(table, "stages"),
        stages_working: table
            .optional_choice("stages_unit", DAY_UNITS)
            .unwrap_or(false),
        period: table.choice("period", PERIODS).unwrap_or(Period::Day),
        missed: table.choice("missed", MISSED).unwrap_or(Missed::Skip),
        look_back_days: table
            .optional_number("look_back_days", 1, 4_000)
            .map_or(LOOK_BACK_DAYS, narrow),
        adjustable: choices(table, "adjustable", ADJUSTABLE),
        floor: table.table("floor").map(|it| read_floor(&it)),
        escalation: table.optional_name("escalation", name::is_snake, "the key of an escalation"),
        enabled: table.get("enabled").is_none() || table.flag("enabled"),
    }
}

fn read_population(table: &Table<'_>) -> Option<Population> {
    let record = table.optional_name("record", name::is_snake, "a record kind");
    let conditions = table.each("where", read_condition);
    let subject = table.optional_name("subject", name::is_camel, "a property in camel case");
    let Some(record) = record else {
        for key in ["where", "subject"]
            .iter()
            .filter(|it| table.get(it).is_some())
        {
            let message = "expected `record` beside it: without one there are no items";
            table.report("HOST-0008", key, message);
        }
        return None;
    };
    Some(Population {
        record,
        subject: subject.unwrap_or_else(|| "recordId".to_owned()),
        conditions,
    })
}

fn read_condition(table: &Table<'_>) -> Condition {
    table.known(CONDITION_KEYS);
    let given = ["equals", "one_of", "absent"]
        .iter()
        .filter(|it| table.get(it).is_some())
        .count();
    let has_days = table.get("from_days").is_some() || table.get("until_days").is_some();
    if given + usize::from(has_days) != 1 {
        let message = "expected one of `equals`, `one_of`, `absent`, or `from_days` with or without `until_days`";
        table.report("HOST-0008", "", message);
    }
    let days = |key| {
        table
            .optional_number(key, -DAYS_MAX, DAYS_MAX)
            .and_then(|it| i32::try_from(it).ok())
    };
    let test = if table.get("one_of").is_some() {
        Test::OneOf(scalars(table, "one_of"))
    } else if table.get("absent").is_some() {
        if !table.flag("absent") {
            table.report("HOST-0004", "absent", "expected true, or no such condition");
        }
        Test::Absent
    } else if has_days {
        Test::Days {
            from: days("from_days"),
            until: days("until_days"),
        }
    } else {
        let value = match table.get("equals") {
            Some(_) => table.scalar("equals"),
            None => Value::Null,
        };
        Test::Equals(value)
    };
    Condition {
        filter: table.name("filter", name::is_camel, "the name of a filter"),
        test,
    }
}

fn read_due(table: &Table<'_>) -> Option<Due> {
    table.known(DUE_KEYS);
    let roll = table.optional_choice("roll", ROLLS).unwrap_or(Roll::None);
    let ways = [
        table.get("filter").is_some(),
        table.get("end_of").is_some(),
        table.get("month").is_some() || table.get("day").is_some(),
    ];
    if ways.iter().filter(|it| **it).count() != 1 {
        let message = "expected one of `filter`, `end_of` and `month` with `day`";
        table.report("HOST-0008", "", message);
        return None;
    }
    if ways[0] {
        return Some(Due::After {
            filter: table.name("filter", name::is_camel, "the name of a filter"),
            amount: table
                .optional_number("amount", 0, INTERVAL_MAX)
                .map_or(0, narrow),
            unit: table
                .optional_choice("unit", UNITS)
                .unwrap_or(Unit::CalendarDays),
            roll,
        });
    }
    if ways[1] {
        table.choice("end_of", &[("period", ())]);
        return Some(Due::EndOfPeriod { roll });
    }
    let number = |key, max| {
        if table.get(key).is_none() {
            table.report("HOST-0002", key, "expected a number, found nothing");
        }
        let found = table.optional_number(key, 1, max).unwrap_or(1);
        u8::try_from(found).unwrap_or(1)
    };
    let (month, day) = (number("month", 12), number("day", 31));
    let days = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    if day > days[usize::from(month - 1)] {
        let message = format!("expected a day of month {month}, found {day}");
        table.report("HOST-0004", "day", message);
    }
    Some(Due::Fixed { month, day, roll })
}

fn read_floor(table: &Table<'_>) -> Floor {
    table.known(FLOOR_KEYS);
    let interval = table.table("interval").map(|it| {
        it.known(INTERVAL_KEYS);
        let amount = it
            .optional_number("amount", 0, INTERVAL_MAX)
            .map_or(0, narrow);
        let unit = it.choice("unit", UNITS).unwrap_or(Unit::CalendarDays);
        (amount, unit)
    });
    Floor {
        every: table.optional_choice("every", PERIODS),
        interval,
        lead_min: table
            .optional_number("lead_min", -DAYS_MAX, DAYS_MAX)
            .and_then(|it| i32::try_from(it).ok()),
        stages: numbers(table, "stages"),
    }
}

pub(super) fn read_escalation(table: &Table<'_>) -> Escalation {
    table.known(ESCALATION_KEYS);
    let levels = table.each("levels", read_level);
    if levels.is_empty() {
        table.report("HOST-0002", "levels", "expected at least one level");
    }
    if levels.windows(2).any(|it| it[0].level >= it[1].level) {
        table.report("HOST-0008", "levels", "expected levels that rise");
    }
    Escalation {
        key: table.name("key", name::is_snake, "a key in snake case"),
        title: table.text("title"),
        tasks: table.names(
            "tasks",
            name::is_text,
            "the id of a process, or `process#element`",
        ),
        notice: table.optional_name("notice", name::is_code, CODE),
        levels,
    }
}

fn read_level(table: &Table<'_>) -> Level {
    table.known(LEVEL_KEYS);
    let level = table.optional_number("level", 1, 5);
    if level.is_none() && table.get("level").is_none() {
        table.report("HOST-0002", "level", "expected a number from 1 to 5");
    }
    let from = match (table.get("percent"), table.get("before")) {
        (Some(_), None) => {
            let percent = table.optional_number("percent", 1, 100).unwrap_or(1);
            LevelStart::Percent(u8::try_from(percent).unwrap_or(100))
        }
        (None, Some(_)) => LevelStart::Day(moment(table)),
        (Some(_), Some(_)) | (None, None) => {
            table.report("HOST-0008", "", "expected one of `percent` and `before`");
            LevelStart::Percent(100)
        }
    };
    Level {
        level: level.and_then(|it| u8::try_from(it).ok()).unwrap_or(1),
        from,
        light: table.optional_choice("light", COLORS),
        notify: table.names("notify", name::is_code, CODE),
    }
}

/// Checked here as the engine will read it: six fields, weekdays by name.
fn read_cron(table: &Table<'_>, key: &str) -> String {
    let text = table.string(key);
    if let Err(expected) = check_cron(&text)
        && !text.is_empty()
    {
        table.report(
            "HOST-0004",
            key,
            format!("expected {expected}, found `{text}`"),
        );
    }
    text
}

fn numbers(table: &Table<'_>, key: &str) -> Vec<i32> {
    let mut numbers = Vec::new();
    for value in scalars(table, key) {
        match value.as_i64().filter(|it| it.abs() <= DAYS_MAX) {
            Some(number) => numbers.push(i32::try_from(number).unwrap_or(0)),
            None => table.report("HOST-0003", key, "expected whole numbers of days"),
        }
    }
    let mut sorted = numbers.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() != numbers.len() {
        table.report("HOST-0006", key, "a number stands twice");
    }
    sorted.reverse();
    sorted
}

fn scalars(table: &Table<'_>, key: &str) -> Vec<Value> {
    let value = |item: &Spanned<DeValue<'_>>| match item.get_ref() {
        DeValue::String(text) => Some(Value::String(text.clone().into_owned())),
        DeValue::Boolean(flag) => Some(Value::Bool(*flag)),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .map(Value::from),
        _ => None,
    };
    let mut values = Vec::new();
    for item in table.items(key) {
        match value(item) {
            Some(value) => values.push(value),
            None => table.report(
                "HOST-0003",
                key,
                "expected strings, whole numbers, true or false",
            ),
        }
    }
    values
}

fn choices<T: Copy>(table: &Table<'_>, key: &str, known: &[(&str, T)]) -> Vec<T> {
    let mut chosen = Vec::new();
    for value in scalars(table, key) {
        let found = value.as_str().unwrap_or_default();
        match known.iter().find(|(name, _)| *name == found) {
            Some((_, choice)) => chosen.push(*choice),
            None => {
                let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
                let message = format!("expected some of {}, found `{found}`", names.join(", "));
                table.report("HOST-0004", key, message);
            }
        }
    }
    chosen
}

pub(super) const SCHEDULE_KEYS: &[&str] = &[
    "key",
    "title",
    "law",
    "cron",
    "on",
    "operation",
    "record",
    "subject",
    "where",
    "due",
    "lead",
    "stages",
    "stages_unit",
    "period",
    "missed",
    "look_back_days",
    "adjustable",
    "floor",
    "escalation",
    "enabled",
];
pub(super) const CONDITION_KEYS: &[&str] = &[
    "filter",
    "equals",
    "one_of",
    "from_days",
    "until_days",
    "absent",
];
pub(super) const DUE_KEYS: &[&str] =
    &["filter", "amount", "unit", "end_of", "month", "day", "roll"];
pub(super) const FLOOR_KEYS: &[&str] = &["every", "interval", "lead_min", "stages"];
pub(super) const INTERVAL_KEYS: &[&str] = &["amount", "unit"];
pub(super) const ESCALATION_KEYS: &[&str] = &["key", "title", "tasks", "notice", "levels"];
pub(super) const LEVEL_KEYS: &[&str] = &["level", "percent", "before", "unit", "light", "notify"];
pub(super) const DAYS: &[(&str, Days)] = &[
    ("every", Days::Every),
    ("working-days", Days::WorkingDays),
    ("first-working-day-of-month", Days::FirstWorkingDayOfMonth),
    ("last-working-day-of-month", Days::LastWorkingDayOfMonth),
];
pub(super) const PERIODS: &[(&str, Period)] = &[
    ("due-date", Period::DueDate),
    ("run", Period::Run),
    ("day", Period::Day),
    ("week", Period::Week),
    ("month", Period::Month),
    ("quarter", Period::Quarter),
    ("half", Period::Half),
    ("year", Period::Year),
];
pub(super) const MISSED: &[(&str, Missed)] = &[
    ("date-driven", Missed::DateDriven),
    ("each", Missed::Each),
    ("once", Missed::Once),
    ("skip", Missed::Skip),
];
pub(super) const ADJUSTABLE: &[(&str, Adjustable)] = &[
    ("cron", Adjustable::Cron),
    ("enabled", Adjustable::Enabled),
    ("interval", Adjustable::Interval),
    ("lead", Adjustable::Lead),
    ("stages", Adjustable::Stages),
];
