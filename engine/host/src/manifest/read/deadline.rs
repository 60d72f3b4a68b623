//! Reading `[[deadline]]`.

use super::{POINTER, Table, narrow};
use crate::manifest::deadline::{
    Color, Deadline, END_OF_DAY_MINUTE, Lamp, Moment, Protects, Roll, Setting, Unit, minute_of,
};
use crate::name;

/// The largest amount, the same as of a write.
const AMOUNT_MAX: i64 = 40_000;
/// Days before or after the last one.
pub(super) const DAYS_MAX: i64 = 4_000;

pub(super) fn read(table: &Table<'_>) -> Deadline {
    table.known(DEADLINE_KEYS);
    Deadline {
        key: table.name(
            "key",
            name::is_snake,
            "a key in snake case, such as `cooling_off`",
        ),
        title: table.text("title"),
        law: table.table.contains_key("law").then(|| table.text("law")),
        record: table.name("record", name::is_snake, "a record kind"),
        unit: table.choice("unit", UNITS).unwrap_or(Unit::CalendarDays),
        amount: setting(table, "amount", |table, key| {
            table.optional_number(key, 0, AMOUNT_MAX).map(narrow)
        })
        .unwrap_or_else(|| {
            table.report(
                "HOST-0002",
                "amount",
                "expected `amount` or `amount_parameter`",
            );
            Setting::Fixed(0)
        }),
        roll: table.optional_choice("roll", ROLLS).unwrap_or(Roll::None),
        weekends_rest: setting(table, "weekends_rest", |table, key| {
            table.get(key).map(|_| table.flag(key))
        })
        .unwrap_or(Setting::Fixed(true)),
        ends_at: setting(table, "ends_at", ends_at).unwrap_or(Setting::Fixed(END_OF_DAY_MINUTE)),
        protects: table
            .choice("protects", PROTECTS)
            .unwrap_or(Protects::Citizen),
        lamps: table.each("lamps", read_lamp),
        reminders: table.each("reminders", read_moment),
        mirror: table.names("mirror", name::is_pointer, POINTER),
        on_moved: table.optional_name("on_moved", name::is_camel, "the name of an operation"),
    }
}

/// `key` with a value, or `key_parameter` with the key of a parameter; not both.
fn setting<T>(
    table: &Table<'_>,
    key: &str,
    read: impl FnOnce(&Table<'_>, &str) -> Option<T>,
) -> Option<Setting<T>> {
    let by_parameter = format!("{key}_parameter");
    let is_fixed = table.get(key).is_some();
    let parameter = table.optional_name(&by_parameter, name::is_snake, "the key of a parameter");
    match parameter {
        Some(_) if is_fixed => {
            let message = format!("expected `{key}` or `{by_parameter}`, found both");
            table.report("HOST-0008", &by_parameter, message);
            None
        }
        Some(parameter) => Some(Setting::Parameter(parameter)),
        None => read(table, key).map(Setting::Fixed),
    }
}

fn ends_at(table: &Table<'_>, key: &str) -> Option<u16> {
    table.get(key)?;
    let text = table.name(key, is_time_of_day, "a time of day, `24:00` or `17:30`");
    minute_of(&text)
}

fn is_time_of_day(text: &str) -> bool {
    minute_of(text).is_some()
}

fn read_lamp(table: &Table<'_>) -> Lamp {
    table.known(LAMP_KEYS);
    Lamp {
        color: table.choice("color", COLORS).unwrap_or(Color::Yellow),
        from: moment(table),
    }
}

pub(super) fn read_moment(table: &Table<'_>) -> Moment {
    table.known(MOMENT_KEYS);
    moment(table)
}

/// The members of a moment, also where others stand beside them.
pub(super) fn moment(table: &Table<'_>) -> Moment {
    if table.get("before").is_none() {
        table.report(
            "HOST-0002",
            "before",
            "expected a number of days, found nothing",
        );
    }
    let before = table.optional_number("before", -DAYS_MAX, DAYS_MAX);
    Moment {
        before: before.and_then(|it| i32::try_from(it).ok()).unwrap_or(0),
        working: table.optional_choice("unit", DAY_UNITS).unwrap_or(false),
    }
}

pub(super) const DEADLINE_KEYS: &[&str] = &[
    "key",
    "title",
    "law",
    "record",
    "unit",
    "amount",
    "amount_parameter",
    "roll",
    "weekends_rest",
    "weekends_rest_parameter",
    "ends_at",
    "ends_at_parameter",
    "protects",
    "lamps",
    "reminders",
    "mirror",
    "on_moved",
];
pub(super) const MOMENT_KEYS: &[&str] = &["before", "unit"];
pub(super) const LAMP_KEYS: &[&str] = &["color", "before", "unit"];
pub(super) const UNITS: &[(&str, Unit)] = &[
    ("calendar-days", Unit::CalendarDays),
    ("working-days", Unit::WorkingDays),
    ("months", Unit::Months),
    ("years", Unit::Years),
];
pub(super) const DAY_UNITS: &[(&str, bool)] = &[("calendar-days", false), ("working-days", true)];
pub(super) const ROLLS: &[(&str, Roll)] = &[
    ("none", Roll::None),
    ("forward", Roll::Forward),
    ("back", Roll::Back),
];
pub(super) const PROTECTS: &[(&str, Protects)] =
    &[("citizen", Protects::Citizen), ("office", Protects::Office)];
pub(super) const COLORS: &[(&str, Color)] = &[("yellow", Color::Yellow), ("red", Color::Red)];
