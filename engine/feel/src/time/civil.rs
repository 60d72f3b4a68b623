//! The proleptic Gregorian calendar over the years FEEL allows, -999,999,999 to 999,999,999
//! (DMN 1.5, 10.3.2.3.5), as arithmetic on whole numbers. It knows no zones.

/// The first and the last year there is.
pub(super) const YEARS: std::ops::RangeInclusive<i32> = -999_999_999..=999_999_999;

/// Days of the 400 years after which the calendar repeats, weekdays included.
const DAYS_OF_CYCLE: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_DAYS: i64 = 719_468;

pub(super) const fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(super) const fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01. Years are counted from March, so that the leap day is the last one.
pub(super) const fn days_since_epoch(year: i32, month: u8, day: u8) -> i64 {
    let (month, day) = (month as i64, day as i64);
    let year = year as i64 - (month <= 2) as i64;
    let cycle = year.div_euclid(400);
    let year_of_cycle = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_cycle = year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
    cycle * DAYS_OF_CYCLE + day_of_cycle - EPOCH_DAYS
}

/// Year, month and day; `None` beyond the years there are.
pub(super) fn from_days(days: i64) -> Option<(i32, u8, u8)> {
    let days = days.checked_add(EPOCH_DAYS)?;
    let cycle = days.div_euclid(DAYS_OF_CYCLE);
    let day_of_cycle = days.rem_euclid(DAYS_OF_CYCLE);
    let leap_days =
        day_of_cycle / 1_460 - day_of_cycle / 36_524 + day_of_cycle / (DAYS_OF_CYCLE - 1);
    let year_of_cycle = (day_of_cycle - leap_days) / 365;
    let day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = i32::try_from(cycle * 400 + year_of_cycle + i64::from(month <= 2)).ok()?;
    YEARS
        .contains(&year)
        .then_some((year, month as u8, day as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree_over_a_whole_cycle_and_at_the_ends() {
        let mut expected = (1970, 1, 1);
        for day in 0..DAYS_OF_CYCLE {
            assert_eq!(from_days(day), Some(expected));
            assert_eq!(days_since_epoch(expected.0, expected.1, expected.2), day);
            expected.2 += 1;
            if expected.2 > days_in_month(expected.0, expected.1) {
                expected = (expected.0, expected.1 + 1, 1);
            }
            if expected.1 > 12 {
                expected = (expected.0 + 1, 1, 1);
            }
        }
        for (year, month, day) in [(-999_999_999, 1, 1), (999_999_999, 12, 31), (0, 2, 29)] {
            assert_eq!(
                from_days(days_since_epoch(year, month, day)),
                Some((year, month, day))
            );
        }
        assert_eq!(from_days(days_since_epoch(999_999_999, 12, 31) + 1), None);
        assert_eq!(from_days(days_since_epoch(-999_999_999, 1, 1) - 1), None);
        assert_eq!(from_days(i64::MAX), None);
    }

    #[test]
    fn centuries_are_leap_years_only_every_four_hundred_years() {
        for (year, leap) in [
            (2000, true),
            (1900, false),
            (2024, true),
            (-4, true),
            (-100, false),
        ] {
            assert_eq!(is_leap(year), leap, "{year}");
        }
    }
}
