//! The dates of a divorce (民法典第1077条, computed by Art. 200 to 203): pure functions of the day
//! of acceptance and of a calendar, without a clock and without the host.
//!
//! Start with [`DivorceDates::compute`].

use std::fmt;

use tongban_sdk::{Date, TimeOfDay};

/// Days of the cooling-off period (离婚冷静期), and of the window to claim the certificate.
pub const PERIOD_DAYS: i32 = 30;

/// How many days in a row may be rest days before the calendar is taken to be broken.
const REST_DAYS_MAX: u32 = 366;

/// The dates that are frozen when an application is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DivorceDates {
    /// The day on which the receipts are handed out: day 0, not counted (Art. 201).
    pub accepted: Date,
    /// The last day on which one party alone may withdraw.
    pub cooling_off_end: Date,
    /// The first day of the window to claim; it may be a rest day.
    pub claim_from: Date,
    /// The last day of the window to claim.
    pub claim_until: Date,
}

/// No working day could be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoWorkingDay {
    /// Where the search began.
    pub from: Date,
    /// What the calendar said, if it refused.
    pub cause: String,
}

impl fmt::Display for NoWorkingDay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, cause } = self;
        write!(
            formatter,
            "expected a working day on or after {from}: {cause}"
        )
    }
}

impl DivorceDates {
    /// Computes the dates; `is_rest_day` is the calendar of the authority: Saturdays, Sundays and
    /// public holidays less make-up working days, and days on which the counter is closed by order.
    ///
    /// ```
    /// use tongban_plugin_marriage_registration::dates::DivorceDates;
    /// use tongban_sdk::Weekday;
    /// let weekend = |day: tongban_sdk::Date| {
    ///     Ok(matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday))
    /// };
    /// let dates = DivorceDates::compute("2026-01-05".parse().unwrap(), weekend).unwrap();
    /// assert_eq!(dates.cooling_off_end.to_string(), "2026-02-04");
    /// assert_eq!(dates.claim_from.to_string(), "2026-02-05");
    /// assert_eq!(dates.claim_until.to_string(), "2026-03-06");
    /// ```
    pub fn compute(
        accepted: Date,
        mut is_rest_day: impl FnMut(Date) -> Result<bool, String>,
    ) -> Result<Self, NoWorkingDay> {
        let cooling_off_end =
            first_non_rest_day(accepted.plus_days(PERIOD_DAYS), &mut is_rest_day)?;
        let claim_until =
            first_non_rest_day(cooling_off_end.plus_days(PERIOD_DAYS), &mut is_rest_day)?;
        Ok(Self {
            accepted,
            cooling_off_end,
            claim_from: cooling_off_end.plus_days(1),
            claim_until,
        })
    }

    /// The years into which the dates reach: each must be confirmed, else the dates are provisional.
    pub fn years(&self) -> std::ops::RangeInclusive<i32> {
        self.accepted.year()..=self.claim_until.year()
    }
}

/// `nominal` if it is no rest day, else the next day that is none (Art. 203: forward only).
pub fn first_non_rest_day(
    nominal: Date,
    mut is_rest_day: impl FnMut(Date) -> Result<bool, String>,
) -> Result<Date, NoWorkingDay> {
    let mut day = nominal;
    for _ in 0..REST_DAYS_MAX {
        if !is_rest_day(day).map_err(|cause| NoWorkingDay {
            from: nominal,
            cause,
        })? {
            return Ok(day);
        }
        day = day.plus_days(1);
    }
    let cause = format!("all of {REST_DAYS_MAX} days are rest days");
    Err(NoWorkingDay {
        from: nominal,
        cause,
    })
}

/// Where a moment lies in a period whose last day ends when the counter closes (Art. 203(2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before the first day.
    Before,
    /// Within the period.
    Within,
    /// The last day is over, or its counter has closed.
    After,
}

/// Where `day` at `time` lies in the period from `first` to `last`; `closes` is the closing time of
/// the counter on the last day. The minute of closing still belongs to the period.
pub fn moment(first: Date, last: Date, closes: TimeOfDay, day: Date, time: TimeOfDay) -> Moment {
    if day < first {
        Moment::Before
    } else if day > last || (day == last && time > closes) {
        Moment::After
    } else {
        Moment::Within
    }
}
