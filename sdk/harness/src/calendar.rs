//! The working-day calendar of a case.

use std::collections::BTreeSet;

use tongban_sdk::{CalendarError, Date, DayKind, Weekday};

use crate::case::CalendarSpec;

/// Weekends, holidays and make-up workdays.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    version: String,
    confirmed: Option<Vec<i32>>,
    holidays: BTreeSet<Date>,
    workdays: BTreeSet<Date>,
}

/// A calendar with more rest days in a row than this is a mistake.
const REST_DAYS_MAX: i32 = 366;

impl Table {
    pub(crate) fn new(spec: &CalendarSpec) -> Self {
        Self {
            version: spec.version.clone().unwrap_or_else(|| "test".to_owned()),
            confirmed: spec.confirmed.clone(),
            holidays: spec.holidays.iter().copied().collect(),
            workdays: spec.workdays.iter().copied().collect(),
        }
    }

    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    pub(crate) fn is_confirmed(&self, year: i32) -> bool {
        self.confirmed
            .as_ref()
            .is_none_or(|years| years.contains(&year))
    }

    pub(crate) fn is_working_day(&self, on: Date) -> Result<bool, CalendarError> {
        if !(1900..=2200).contains(&on.year()) {
            return Err(CalendarError::OutOfRange);
        }
        let is_weekend = matches!(on.weekday(), Weekday::Saturday | Weekday::Sunday);
        Ok(self.workdays.contains(&on) || !(is_weekend || self.holidays.contains(&on)))
    }

    pub(crate) fn day_kind(&self, on: Date) -> Result<DayKind, CalendarError> {
        if self.is_working_day(on)? {
            return Ok(DayKind::Working);
        }
        // A case does not tell statutory holidays from others of the table.
        Ok(if self.holidays.contains(&on) {
            DayKind::Holiday
        } else {
            DayKind::Weekend
        })
    }

    pub(crate) fn is_rest_day(&self, on: Date, weekends: bool) -> Result<bool, CalendarError> {
        Ok(match self.day_kind(on)? {
            DayKind::Working => false,
            DayKind::Weekend => weekends,
            DayKind::Holiday | DayKind::StatutoryHoliday => true,
        })
    }

    pub(crate) fn add_working_days(&self, start: Date, days: i32) -> Result<Date, CalendarError> {
        let step = days.signum();
        let (mut day, mut left, mut rest_days) = (start, days.unsigned_abs(), 0);
        while left > 0 {
            day = day.plus_days(step);
            if self.is_working_day(day)? {
                (left, rest_days) = (left - 1, 0);
            } else {
                rest_days += 1;
            }
            if rest_days > REST_DAYS_MAX {
                return Err(CalendarError::OutOfRange);
            }
        }
        Ok(day)
    }

    pub(crate) fn roll_forward(&self, on: Date) -> Result<Date, CalendarError> {
        if self.is_working_day(on)? {
            Ok(on)
        } else {
            self.add_working_days(on, 1)
        }
    }

    pub(crate) fn working_days_between(
        &self,
        start: Date,
        end: Date,
    ) -> Result<i32, CalendarError> {
        if end < start {
            return Ok(-self.working_days_between(end, start)?);
        }
        let (mut day, mut count) = (start, 0);
        while day < end {
            day = day.plus_days(1);
            count += i32::from(self.is_working_day(day)?);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holidays_rest_and_make_up_workdays_work() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        let table = Table::new(&CalendarSpec {
            holidays: vec![date("2026-01-01"), date("2026-01-02")],
            workdays: vec![date("2026-01-04")],
            ..CalendarSpec::default()
        });
        assert_eq!(
            table.roll_forward(date("2026-01-01")),
            Ok(date("2026-01-04"))
        );
        assert_eq!(
            table.add_working_days(date("2025-12-31"), 2),
            Ok(date("2026-01-05"))
        );
        assert_eq!(
            table.add_working_days(date("2026-01-05"), -2),
            Ok(date("2025-12-31"))
        );
        assert_eq!(
            table.working_days_between(date("2025-12-31"), date("2026-01-05")),
            Ok(2)
        );
        assert_eq!(
            table.working_days_between(date("2026-01-05"), date("2025-12-31")),
            Ok(-2)
        );
        assert_eq!(
            table.is_working_day(date("2201-01-01")),
            Err(CalendarError::OutOfRange)
        );
    }
}
