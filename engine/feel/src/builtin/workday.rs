//! Working days (工作日) over the calendar of the environment.

use super::argument::{single, text, whole};
use super::temporal::date;
use super::{Builtin, Family};
use crate::eval::{Eval, Evaluator};
use crate::time::{Date, DateTime};
use crate::value::Value;
use crate::workday::{self, Calendar, LeapPolicy, RestDays};

pub(super) const FAMILY: Family = Family {
    title: "Working days (工作日)",
    clause: "",
    builtins: BUILTINS,
};

const TEST: &[&str] = &["date: Any -> boolean"];
const ROLL: &[&str] = &["date: Any -> date"];

/// Not in the standard. The examples are those of the national calendar of 2026.
const BUILTINS: &[Builtin] = &[
    Builtin::full("is working day", TEST, |evaluator, arguments| {
        with(evaluator, arguments, |calendar, arguments| {
            let date = date(&arguments[0])?;
            Some(Value::Boolean(workday::is_working_day(calendar, date)))
        })
    })
    .doc(
        "Whether the offices work on the day; a make-up working day (调休上班日) is one.",
        &[
            ("is working day(@\"2026-02-14\")", "true"),
            ("is working day(@\"2026-03-07\")", "false"),
        ],
    ),
    Builtin::full(
        "is rest day",
        &["date: Any, weekends?: boolean -> boolean"],
        |evaluator, arguments| {
            with(evaluator, arguments, |calendar, arguments| {
                let (date, rest_days) = (date(&arguments[0])?, rest_days(arguments.get(1))?);
                let rests = workday::is_rest_day(calendar, date, rest_days);
                Some(Value::Boolean(rests))
            })
        },
    )
    .doc(
        "Whether a period may not end on the day (法定休假日): a weekend or holiday that is no make-up \
         working day. A county that does not count plain weekends passes false.",
        &[
            ("is rest day(@\"2026-10-05\")", "true"),
            ("is rest day(@\"2026-03-07\")", "true"),
            ("is rest day(@\"2026-03-07\", false)", "false"),
        ],
    ),
    Builtin::full("is statutory holiday", TEST, |evaluator, arguments| {
        with(evaluator, arguments, |calendar, arguments| {
            let date = date(&arguments[0])?;
            Some(Value::Boolean(workday::is_statutory_holiday(calendar, date)))
        })
    })
    .doc(
        "Whether it is one of the days the holiday regulation itself names (法定节假日).",
        &[
            ("is statutory holiday(@\"2026-10-01\")", "true"),
            ("is statutory holiday(@\"2026-10-05\")", "false"),
        ],
    ),
    Builtin::full(
        "add working days",
        &["date: Any, days: number -> date"],
        add_working_days,
    )
    .doc(
        "The day so many working days later; the day after the event is the first that counts.",
        &[
            ("add working days(@\"2026-03-05\", 2)", "2026-03-09"),
            ("add working days(@\"2026-03-09\", -2)", "2026-03-05"),
        ],
    ),
    Builtin::full(
        "working days between",
        &["from: Any, to: Any -> number"],
        working_days_between,
    )
    .doc(
        "The working days after `from` up to and including `to`.",
        &[("working days between(@\"2026-03-05\", @\"2026-03-12\")", "5")],
    ),
    Builtin::full(
        "roll forward to working day",
        ROLL,
        |evaluator, arguments| {
            evaluator.charge(30)?;
            with(evaluator, arguments, |calendar, arguments| {
                workday::next_working_day(calendar, date(&arguments[0])?).map(Value::Date)
            })
        },
    )
    .doc(
        "The day itself if it is a working day, else the next one (顺延, Civil Code Art. 203).",
        &[("roll forward to working day(@\"2026-04-04\")", "2026-04-07")],
    ),
    Builtin::full(
        "roll forward from rest day",
        &["date: Any, weekends?: boolean -> date"],
        |evaluator, arguments| {
            evaluator.charge(30)?;
            with(evaluator, arguments, |calendar, arguments| {
                let (from, rest_days) = (date(&arguments[0])?, rest_days(arguments.get(1))?);
                workday::roll_off_rest_days(calendar, from, rest_days, 1).map(Value::Date)
            })
        },
    )
    .doc(
        "The day itself if it is no rest day, else the next that is none; weekends rest unless false \
         is passed.",
        &[
            ("roll forward from rest day(@\"2026-03-07\")", "2026-03-09"),
            (
                "roll forward from rest day(@\"2026-03-07\", false)",
                "2026-03-07",
            ),
        ],
    ),
    Builtin::full("roll back to working day", ROLL, |evaluator, arguments| {
        evaluator.charge(30)?;
        with(evaluator, arguments, |calendar, arguments| {
            workday::previous_working_day(calendar, date(&arguments[0])?).map(Value::Date)
        })
    })
    .doc(
        "The day itself if it is a working day, else the last one before it.",
        &[("roll back to working day(@\"2026-03-08\")", "2026-03-06")],
    ),
    Builtin::full(
        "receiving day",
        &["moment: date and time, cut off: time -> date"],
        receiving_day,
    )
    .doc(
        "The working day on which what arrives at a moment counts as received: that day up to and \
         including the cut-off, else the next working day.",
        &[
            (
                "receiving day(@\"2026-03-06T17:30:00\", @\"17:30:00\")",
                "2026-03-06",
            ),
            (
                "receiving day(@\"2026-03-06T17:30:01\", @\"17:30:00\")",
                "2026-03-09",
            ),
        ],
    ),
    Builtin::full(
        "is provisional",
        &["from: Any, to: Any -> boolean"],
        |evaluator, arguments| {
            evaluator.charge(30)?;
            with(evaluator, arguments, |calendar, arguments| {
                let (from, to) = (date(&arguments[0])?, date(&arguments[1])?);
                Some(Value::Boolean(workday::is_provisional(calendar, from, to)))
            })
        },
    )
    .doc(
        "Whether the period touches a year whose holidays are not published yet.",
        &[("is provisional(@\"2026-12-20\", @\"2027-01-10\")", "true")],
    ),
    Builtin::pure(
        "corresponding day",
        &["date: Any, months: number -> date"],
        |arguments| {
            workday::corresponding_day(date(&arguments[0])?, whole(&arguments[1])?)
                .map(Value::Date)
        },
    )
    .doc(
        "The same day of the month so many months later, or the last day of a shorter month (Civil \
         Code Art. 202).",
        &[("corresponding day(@\"2026-01-31\", 1)", "2026-02-28")],
    ),
    Builtin::pure(
        "anniversary",
        &["date: Any, years: number, policy: string -> date"],
        |arguments| {
            let policy = LeapPolicy::parse(text(&arguments[2])?)?;
            workday::anniversary(date(&arguments[0])?, whole(&arguments[1])?, policy)
                .map(Value::Date)
        },
    )
    .doc(
        "The same day so many years later; the policy, `MAR_01` or `FEB_28`, says what becomes of 29 \
         February.",
        &[
            ("anniversary(@\"2004-02-29\", 22, \"MAR_01\")", "2026-03-01"),
            ("anniversary(@\"2004-02-29\", 22, \"FEB_28\")", "2026-02-28"),
        ],
    ),
];

/// Whether weekends rest, too; they do where it is not said.
fn rest_days(weekends: Option<&Value>) -> Option<RestDays> {
    match weekends {
        None | Some(Value::Null | Value::Boolean(true)) => Some(RestDays::All),
        Some(Value::Boolean(false)) => Some(RestDays::Holidays),
        Some(_) => None,
    }
}

fn with(
    evaluator: &mut Evaluator<'_>,
    arguments: &[Value],
    compute: impl FnOnce(&dyn Calendar, &[Value]) -> Option<Value>,
) -> Eval {
    match compute(evaluator.environment.calendar, arguments) {
        Some(value) => Ok(value),
        None => {
            evaluator.null(|| "expected dates, and counts and periods of a usual size".to_owned())
        }
    }
}

fn add_working_days(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let count = whole(&arguments[1]).unwrap_or(0).unsigned_abs();
    evaluator.charge(count.saturating_mul(2))?;
    with(evaluator, arguments, |calendar, arguments| {
        let (from, count) = (date(&arguments[0])?, whole(&arguments[1])?);
        workday::add_working_days(calendar, from, count).map(Value::Date)
    })
}

fn working_days_between(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    let day = |place: usize| date(&arguments[place]).map_or(0, Date::days_since_epoch);
    evaluator.charge(day(0).abs_diff(day(1)))?;
    with(evaluator, arguments, |calendar, arguments| {
        let (from, to) = (date(&arguments[0])?, date(&arguments[1])?);
        workday::working_days_between(calendar, from, to).map(Value::from)
    })
}

fn receiving_day(evaluator: &mut Evaluator<'_>, arguments: &[Value]) -> Eval {
    evaluator.charge(30)?;
    let zone = evaluator.environment.zone.clone();
    with(evaluator, arguments, |calendar, arguments| {
        let (Value::DateTime(moment), Value::Time(cut_off)) =
            (single(&arguments[0]), single(&arguments[1]))
        else {
            return None;
        };
        // A moment with a zone is read on the clock of the county.
        let local = match moment.zone() {
            Some(_) => DateTime::from_timestamp(moment.to_timestamp(&zone)?, zone),
            None => moment.clone(),
        };
        let of_day = local.time().nanoseconds_of_day();
        workday::receiving_day(
            calendar,
            local.date(),
            of_day <= cut_off.nanoseconds_of_day(),
        )
        .map(Value::Date)
    })
}
