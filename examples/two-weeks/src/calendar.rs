//! When the counters are open: working days of the State Council's table, in the morning and in the afternoon.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Time, Weekday};
use serde_json::Value;

/// The counters open.
pub const OPENS: Time = Time::constant(8, 30, 0, 0);
/// Lunch.
const NOON: Time = Time::constant(12, 0, 0, 0);
/// After lunch.
const AFTERNOON: Time = Time::constant(14, 30, 0, 0);
/// The counters close.
pub const CLOSES: Time = Time::constant(17, 0, 0, 0);

/// Rest days and make-up workdays.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    off_days: BTreeSet<Date>,
    work_days: BTreeSet<Date>,
}

impl Calendar {
    /// Reads a county's `holidays-cn.json`.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let table: Value = serde_json::from_slice(&text).context("the calendar is not JSON")?;
        let years = table["years"]
            .as_object()
            .context("the calendar has no years")?;
        let mut calendar = Self::default();
        for year in years.values() {
            for (list, days) in [
                ("off_days", &mut calendar.off_days),
                ("work_days", &mut calendar.work_days),
            ] {
                for day in year[list].as_array().into_iter().flatten() {
                    let text = day.as_str().or(day["date"].as_str());
                    days.insert(text.context("a day is a date")?.parse()?);
                }
            }
        }
        Ok(calendar)
    }

    /// Whether people work on the day.
    pub fn is_working(&self, day: Date) -> bool {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        self.work_days.contains(&day) || !weekend && !self.off_days.contains(&day)
    }

    /// The day itself if people work on it, else the next on which they do.
    pub fn working_from(&self, day: Date) -> Date {
        let mut day = day;
        while !self.is_working(day) {
            day = tomorrow(day);
        }
        day
    }

    /// So many working days later.
    pub fn plus_working(&self, day: Date, n: usize) -> Date {
        (0..n).fold(day, |day, _| self.working_from(tomorrow(day)))
    }

    /// All working days from `first` up to `last`, which is left out.
    pub fn working_days(&self, first: Date, last: Date) -> Vec<Date> {
        let mut days = Vec::new();
        let mut day = self.working_from(first);
        while day < last {
            days.push(day);
            day = self.plus_working(day, 1);
        }
        days
    }

    /// So many minutes of open counters later.
    pub fn after(&self, at: DateTime, minutes: i64) -> DateTime {
        let (mut at, mut left) = (at, minutes);
        loop {
            let closes = if at.time() < NOON { NOON } else { CLOSES };
            let room = minute_of_day(closes) - minute_of_day(at.time());
            if left <= room {
                return at.saturating_add(left.minutes());
            }
            left -= room.max(0);
            at = if closes == NOON {
                at.date().to_datetime(AFTERNOON)
            } else {
                self.plus_working(at.date(), 1).to_datetime(OPENS)
            };
        }
    }
}

fn minute_of_day(time: Time) -> i64 {
    i64::from(time.hour()) * 60 + i64::from(time.minute())
}

/// The day after.
pub fn tomorrow(day: Date) -> Date {
    day.saturating_add(1.day())
}

/// So many days after.
pub fn plus_days(day: Date, n: i64) -> Date {
    day.saturating_add(n.days())
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, datetime};
    use tongban_tests_support::paths;

    use super::*;

    fn calendar() -> Calendar {
        Calendar::read(&paths::sample_county().join("holidays-cn.json")).unwrap()
    }

    #[test]
    fn nobody_works_at_spring_festival_and_somebody_does_on_the_saturday_after() {
        let calendar = calendar();
        let days = calendar.working_days(date(2026, 2, 14), date(2026, 3, 3));
        let expected = [(2, 14), (2, 24), (2, 25), (2, 26), (2, 27), (2, 28), (3, 2)];
        assert_eq!(days, expected.map(|(month, day)| date(2026, month, day)));
        assert_eq!(
            calendar.plus_working(date(2026, 2, 14), 1),
            date(2026, 2, 24)
        );
    }

    #[test]
    fn minutes_pass_while_the_counter_is_open() {
        let calendar = calendar();
        for (at, minutes, expected) in [
            (
                datetime(2026, 2, 24, 9, 0, 0, 0),
                20,
                datetime(2026, 2, 24, 9, 20, 0, 0),
            ),
            (
                datetime(2026, 2, 24, 11, 50, 0, 0),
                20,
                datetime(2026, 2, 24, 14, 40, 0, 0),
            ),
            (
                datetime(2026, 2, 14, 16, 55, 0, 0),
                10,
                datetime(2026, 2, 24, 8, 35, 0, 0),
            ),
        ] {
            assert_eq!(
                calendar.after(at, minutes),
                expected,
                "{at} and {minutes} minutes"
            );
        }
    }
}
