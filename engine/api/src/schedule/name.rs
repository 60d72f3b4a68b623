//! The enums of schedules.

use async_graphql::dynamic::{Enum, EnumItem};
use async_graphql::{Name, Value};
use tongban_core::deadline::Unit;
use tongban_core::schedule::{Days, Missed, Period};
use tongban_runtime::catalogue::Adjustable;

use crate::builder::{Builder, NameClash};

pub(super) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    builder.register(enumeration(
        "ScheduleDays",
        "On which of the days it wakes on a schedule runs.",
        &[
            ("EVERY", "Whenever it wakes."),
            ("WORKING_DAYS", "On working days."),
            (
                "FIRST_WORKING_DAY_OF_MONTH",
                "On the first working day of the month.",
            ),
            (
                "LAST_WORKING_DAY_OF_MONTH",
                "On the last working day of the month.",
            ),
        ],
    ))?;
    builder.register(enumeration(
        "SchedulePeriod",
        "Within which an item is handled once.",
        &[
            ("DUE_DATE", "One due day."),
            ("RUN", "One run."),
            ("DAY", "One day."),
            ("WEEK", "One week, from Monday."),
            ("MONTH", "One month."),
            ("QUARTER", "One quarter."),
            ("HALF", "One half-year."),
            ("YEAR", "One year."),
        ],
    ))?;
    builder.register(enumeration(
        "ScheduleMissed",
        "What becomes of missed runs.",
        &[
            (
                "DATE_DRIVEN",
                "The run selects what is due: a missed one changes nothing but lateness.",
            ),
            (
                "EACH",
                "Each missed period runs, in order, as of its own date.",
            ),
            ("ONCE", "They become one."),
            ("SKIP", "Worthless when late: only noted."),
        ],
    ))?;
    builder.register(enumeration(
        "ScheduleAdjustable",
        "What staff may change about a schedule.",
        &[
            ("CRON", "When it wakes."),
            ("ENABLED", "Whether it runs."),
            ("AMOUNT", "How long after the fact an item is due."),
            ("LEAD", "How early an item is opened."),
            ("STAGES", "Its reminders."),
        ],
    ))
}

pub(super) fn enumeration(name: &str, description: &str, items: &[(&str, &str)]) -> Enum {
    let enumeration = Enum::new(name).description(description);
    items.iter().fold(enumeration, |it, (name, description)| {
        it.item(EnumItem::new(*name).description(*description))
    })
}

pub(super) fn value(name: &str) -> Value {
    Value::Enum(Name::new(name))
}

pub(super) fn days(days: Days) -> Value {
    value(match days {
        Days::Every => "EVERY",
        Days::WorkingDays => "WORKING_DAYS",
        Days::FirstWorkingDayOfMonth => "FIRST_WORKING_DAY_OF_MONTH",
        Days::LastWorkingDayOfMonth => "LAST_WORKING_DAY_OF_MONTH",
    })
}

pub(super) fn period(period: Period) -> Value {
    value(match period {
        Period::DueDate => "DUE_DATE",
        Period::Run => "RUN",
        Period::Day => "DAY",
        Period::Week => "WEEK",
        Period::Month => "MONTH",
        Period::Quarter => "QUARTER",
        Period::Half => "HALF",
        Period::Year => "YEAR",
    })
}

pub(super) fn missed_name(missed: Missed) -> &'static str {
    match missed {
        Missed::DateDriven => "DATE_DRIVEN",
        Missed::Each => "EACH",
        Missed::Once => "ONCE",
        Missed::Skip => "SKIP",
    }
}

pub(super) fn adjustable(adjustable: Adjustable) -> Value {
    value(match adjustable {
        Adjustable::Cron => "CRON",
        Adjustable::Enabled => "ENABLED",
        Adjustable::Amount => "AMOUNT",
        Adjustable::Lead => "LEAD",
        Adjustable::Stages => "STAGES",
    })
}

pub(super) fn unit(unit: Unit) -> Value {
    crate::deadline::object::unit_value(unit)
}
