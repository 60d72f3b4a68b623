//! Names and bounds of periods.

use tongban_feel::time::Date;

use super::Period;

impl Period {
    /// The name of the period a day lies in: `2026-06-30`, `2026W27`, `202606`, `2026Q2`, `2026H1`,
    /// `2026`.
    pub fn name_of(self, day: Date) -> String {
        let (year, month) = (day.year(), day.month());
        match self {
            Period::DueDate | Period::Run | Period::Day => day.to_string(),
            Period::Week => {
                // A week belongs to the year its Thursday lies in.
                let thursday = day.add_days(4 - i64::from(day.weekday())).unwrap_or(day);
                format!("{:04}W{:02}", thursday.year(), thursday.week_of_year())
            }
            Period::Month => format!("{year:04}{month:02}"),
            Period::Quarter => format!("{year:04}Q{}", (month - 1) / 3 + 1),
            Period::Half => format!("{year:04}H{}", (month - 1) / 6 + 1),
            Period::Year => format!("{year:04}"),
        }
    }

    /// The last day of the period a day lies in.
    pub fn last_day_of(self, day: Date) -> Option<Date> {
        let months = match self {
            Period::DueDate | Period::Run | Period::Day => return Some(day),
            Period::Week => return day.add_days(7 - i64::from(day.weekday())),
            Period::Month => 1,
            Period::Quarter => 3,
            Period::Half => 6,
            Period::Year => 12,
        };
        let last_month = (day.month() - 1) / months * months + months;
        let first = Date::new(day.year(), last_month, 1)?;
        Date::new(day.year(), last_month, first.days_in_month())
    }

    /// The first day of the period a day lies in.
    pub fn first_day_of(self, day: Date) -> Option<Date> {
        let months = match self {
            Period::DueDate | Period::Run | Period::Day => return Some(day),
            Period::Week => return day.add_days(1 - i64::from(day.weekday())),
            Period::Month => 1,
            Period::Quarter => 3,
            Period::Half => 6,
            Period::Year => 12,
        };
        Date::new(day.year(), (day.month() - 1) / months * months + 1, 1)
    }
}
