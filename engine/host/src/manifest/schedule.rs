//! `[[schedule]]` and `[[escalation]]`: work that comes with the calendar, and what is done about
//! tasks that wait too long.

use std::str::FromStr as _;

use serde_json::Value;

use super::Text;
use super::deadline::{Color, Moment, Roll, Unit};

/// Periodic work.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// In snake case.
    pub key: String,
    /// For people.
    pub title: Text,
    /// The clause that asks for it.
    pub law: Option<Text>,
    /// When it wakes: six fields, weekdays by name, Asia/Shanghai.
    pub cron: String,
    /// On which of the days it woke on it runs.
    pub on: Days,
    /// The operation it calls: for each item, or once where it has no population.
    pub operation: String,
    /// Whose records are the items.
    pub population: Option<Population>,
    /// When an item is due.
    pub due: Option<Due>,
    /// How long before the due day an item is opened; after it if negative.
    pub lead: Moment,
    /// Reminders, as days before the due day, each an item of its own.
    pub stages: Vec<i32>,
    /// Whether the days of the stages are working days.
    pub stages_working: bool,
    /// Within which an item is handled once.
    pub period: Period,
    /// What becomes of runs that were missed.
    pub missed: Missed,
    /// So far back missed runs are looked for.
    pub look_back_days: u32,
    /// What staff may change.
    pub adjustable: Vec<Adjustable>,
    /// What they may not go below.
    pub floor: Option<Floor>,
    /// The ladder of the tasks of the processes that the operation starts.
    pub escalation: Option<String>,
    /// Whether it runs before staff have said anything.
    pub enabled: bool,
}

/// The records a schedule goes through.
#[derive(Clone, Debug, PartialEq)]
pub struct Population {
    /// Their kind.
    pub record: String,
    /// The property of the operation's input that takes the record's id.
    pub subject: String,
    /// Which of them; all must hold.
    pub conditions: Vec<Condition>,
}

/// A condition on a declared filter.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The filter.
    pub filter: String,
    /// What must hold of it.
    pub test: Test,
}

/// What must hold of a filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// It is this value.
    Equals(Value),
    /// It is one of these.
    OneOf(Vec<Value>),
    /// It is a date between two days that are reckoned from the date of the run.
    Days {
        /// Not before so many days after it (negative: before it).
        from: Option<i32>,
        /// Not after so many days after it.
        until: Option<i32>,
    },
    /// There is no value.
    Absent,
}

/// When an item is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// So long after the date in a filter of the record.
    After {
        /// The filter.
        filter: String,
        /// How much.
        amount: u32,
        /// Of what.
        unit: Unit,
        /// What becomes of a rest day.
        roll: Roll,
    },
    /// On the last day of the period of the run.
    EndOfPeriod {
        /// What becomes of a rest day.
        roll: Roll,
    },
    /// On a fixed day of the year of the run.
    Fixed {
        /// From 1.
        month: u8,
        /// From 1.
        day: u8,
        /// What becomes of a rest day.
        roll: Roll,
    },
}

/// On which days a schedule runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Days {
    /// Whenever it wakes.
    Every,
    /// On working days.
    WorkingDays,
    /// On the first working day of the month.
    FirstWorkingDayOfMonth,
    /// On the last working day of the month.
    LastWorkingDayOfMonth,
}

/// Within which an item is handled once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// One due day.
    DueDate,
    /// One run.
    Run,
    /// One day.
    Day,
    /// One week, from Monday.
    Week,
    /// One month.
    Month,
    /// One quarter.
    Quarter,
    /// One half-year.
    Half,
    /// One year.
    Year,
}

/// What becomes of runs that were missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// The run selects what is due: a missed one changes nothing but lateness.
    DateDriven,
    /// Each missed period runs, in order, as of its own date.
    Each,
    /// They become one.
    Once,
    /// Worthless when late.
    Skip,
}

/// What staff may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjustable {
    /// When it wakes.
    Cron,
    /// Whether it runs.
    Enabled,
    /// How long after the fact an item is due.
    Interval,
    /// How early an item is opened.
    Lead,
    /// Its reminders.
    Stages,
}

/// What staff may not go below.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Floor {
    /// It runs at least once in each such period.
    pub every: Option<Period>,
    /// An item is due at the latest after this.
    pub interval: Option<(u32, Unit)>,
    /// An item is opened at least so many days before it is due.
    pub lead_min: Option<i32>,
    /// These reminders stay.
    pub stages: Vec<i32>,
}

/// A ladder: who is told when a task waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// In snake case.
    pub key: String,
    /// For people.
    pub title: Text,
    /// Processes, or `process#element`, whose tasks follow it.
    pub tasks: Vec<String>,
    /// The code of the notice that is sent at each rung; none is sent if absent.
    pub notice: Option<String>,
    /// Its rungs, from the lowest.
    pub levels: Vec<Level>,
}

/// A rung.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// From 1 to 5.
    pub level: u8,
    /// From when.
    pub from: LevelStart,
    /// The light it turns on.
    pub light: Option<Color>,
    /// Codes of the roles that are told beside the assignee.
    pub notify: Vec<String>,
}

/// When a rung is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LevelStart {
    /// When so many percent of the time are over.
    Percent(u8),
    /// On a day before the due day, or after it.
    Day(Moment),
}

/// Whether a text is a cron expression of ours; the error says what is expected instead.
///
/// # Errors
/// What is expected, if it is none.
pub fn check_cron(text: &str) -> Result<(), String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != 6 {
        let hint = if fields.len() == 5 {
            ": put `0 ` in front of the five"
        } else {
            ""
        };
        return Err(format!(
            "six fields (second, minute, hour, day of month, month, day of week){hint}"
        ));
    }
    let weekday = fields[5].split('/').next().unwrap_or_default();
    if weekday.contains(|it: char| it.is_ascii_digit()) {
        return Err(
            "weekdays by name, such as MON-FRI, since tools count them differently".to_owned(),
        );
    }
    let is_open = |field: &str| field == "*" || field == "?";
    if !is_open(fields[3]) && !is_open(fields[5]) {
        return Err("a day of month or a day of week, not both".to_owned());
    }
    match cron::Schedule::from_str(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("a cron expression ({error})")),
    }
}
