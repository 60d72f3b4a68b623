//! `[[deadline]]`: a period of a record, reckoned by the server.

use super::Text;

/// A kind of deadline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// In snake case.
    pub key: String,
    /// For people.
    pub title: Text,
    /// The clause that sets it.
    pub law: Option<Text>,
    /// The record kind it belongs to.
    pub record: String,
    /// What is counted.
    pub unit: Unit,
    /// How many.
    pub amount: Setting<u32>,
    /// What becomes of a last day that is a rest day.
    pub roll: Roll,
    /// Whether Saturdays and Sundays are rest days for that.
    pub weekends_rest: Setting<bool>,
    /// Minute of the last day at which it is over; 1 440 is 24:00.
    pub ends_at: Setting<u16>,
    /// Whose time it is: a published calendar only ever gives a citizen more.
    pub protects: Protects,
    /// When it turns yellow and red.
    pub lamps: Vec<Lamp>,
    /// When it is worth a reminder.
    pub reminders: Vec<Moment>,
    /// JSON Pointers of the record's body that the server keeps equal to the due day.
    pub mirror: Vec<String>,
    /// The operation that is told when the due day has moved.
    pub on_moved: Option<String>,
}

/// A value that the manifest fixes, or that a parameter holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting<T> {
    /// Fixed.
    Fixed(T),
    /// The key of the parameter.
    Parameter(String),
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Every day.
    CalendarDays,
    /// Days on which the offices work.
    WorkingDays,
    /// Months, by the corresponding day.
    Months,
    /// Years, by the corresponding day.
    Years,
}

/// What becomes of a last day that is a rest day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roll {
    /// It stays.
    None,
    /// The first day after the rest.
    Forward,
    /// The last day before the rest.
    Back,
}

/// Whose time a deadline is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protects {
    /// A citizen's or an organization's time to act.
    Citizen,
    /// The offices' time to act.
    Office,
}

/// A day before the last one; after it if negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// So many days.
    pub before: i32,
    /// Calendar days or working days.
    pub working: bool,
}

/// The color of a lamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Color {
    /// Time is running out.
    Yellow,
    /// It is the last moment, or late.
    Red,
}

/// From when a lamp shows a color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lamp {
    /// The color.
    pub color: Color,
    /// From when.
    pub from: Moment,
}

/// Minutes of a day: the minute at which one that ends at 24:00 ends.
pub const END_OF_DAY_MINUTE: u16 = 1_440;

/// The minute of the day behind `17:30` or `24:00`; nothing for other texts.
pub fn minute_of(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two = |part: &str| {
        (part.len() == 2)
            .then(|| part.parse::<u16>().ok())
            .flatten()
    };
    let (hour, minute) = (two(hour)?, two(minute)?);
    let total = hour * 60 + minute;
    (minute < 60 && (1..=END_OF_DAY_MINUTE).contains(&total)).then_some(total)
}
