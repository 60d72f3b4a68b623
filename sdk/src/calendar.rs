//! Working days (工作日): the State Council's yearly table with its make-up workdays.

#[cfg(target_family = "wasm")]
use crate::host::Host;
use crate::host::{AnyHost, DayKind};
use crate::time::Date;

/// More rest days in a row than this are a mistake of the calendar.
const REST_DAYS_MAX: u32 = 400;

/// The working-day calendar of the division of the call; see [`crate::Context::calendar`].
pub struct Calendar<'a> {
    host: &'a AnyHost,
}

/// Why a calendar question has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// There is no such date.
    #[error("the calendar was asked for a date that does not exist")]
    InvalidDate,
    /// The result would lie outside of the years 1900 to 2200.
    #[error("the calendar covers the years 1900 to 2200 only")]
    OutOfRange,
}

impl<'a> Calendar<'a> {
    pub(crate) fn new(host: &'a AnyHost) -> Self {
        Self { host }
    }

    /// Whether the offices work on this day.
    pub fn is_working_day(&self, on: Date) -> Result<bool, CalendarError> {
        self.host.is_working_day(on)
    }

    /// What sort of day it is.
    pub fn day_kind(&self, on: Date) -> Result<DayKind, CalendarError> {
        self.host.day_kind(on)
    }

    /// Whether a period may not end on this day (法定休假日, Civil Code Art. 203); whether plain
    /// Saturdays and Sundays count among them, `weekends` says.
    pub fn is_rest_day(&self, on: Date, weekends: bool) -> Result<bool, CalendarError> {
        Ok(match self.host.day_kind(on)? {
            DayKind::Working => false,
            DayKind::Weekend => weekends,
            DayKind::Holiday | DayKind::StatutoryHoliday => true,
        })
    }

    /// This day if it is not a rest day, else the first one after it that is none.
    pub fn roll_off_rest_days(&self, on: Date, weekends: bool) -> Result<Date, CalendarError> {
        let mut day = on;
        for _ in 0..REST_DAYS_MAX {
            if !self.is_rest_day(day, weekends)? {
                return Ok(day);
            }
            day = day.plus_days(1);
        }
        Err(CalendarError::OutOfRange)
    }

    /// The date so many working days after `start`, which is not counted itself; before it if
    /// negative.
    pub fn add_working_days(&self, start: Date, days: i32) -> Result<Date, CalendarError> {
        self.host.add_working_days(start, days)
    }

    /// This day if it is a working day, else the next one (顺延).
    pub fn roll_forward(&self, on: Date) -> Result<Date, CalendarError> {
        self.host.roll_forward(on)
    }

    /// This day if it is a working day, else the one before.
    pub fn roll_back(&self, on: Date) -> Result<Date, CalendarError> {
        if self.host.is_working_day(on)? {
            Ok(on)
        } else {
            self.host.add_working_days(on, -1)
        }
    }

    /// The number of working days after `start` up to and including `end`; negative if `end` lies
    /// before `start`.
    pub fn working_days_between(&self, start: Date, end: Date) -> Result<i32, CalendarError> {
        self.host.working_days_between(start, end)
    }

    /// Whether the table of this year has been published. If not, weekends are assumed, and what
    /// was computed may change.
    pub fn is_confirmed(&self, year: i32) -> bool {
        self.host.is_calendar_confirmed(year)
    }

    /// Names the table from which the answers come, for the record of a decision.
    pub fn version(&self) -> String {
        self.host.calendar_version()
    }
}
