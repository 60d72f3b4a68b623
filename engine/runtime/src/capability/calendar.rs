//! Working days of the tenant.

use tongban_feel::time::Date;
use tongban_feel::workday;
use tongban_host::call::Date as HostDate;
use tongban_host::capability::calendar::{Calendar, DayKind};

use super::CallCapabilities;

impl Calendar for CallCapabilities {
    fn is_working_day(&mut self, on: HostDate) -> bool {
        from_host(on).is_some_and(|on| workday::is_working_day(&*self.tenant.calendar, on))
    }

    fn day_kind(&mut self, on: HostDate) -> DayKind {
        let Some(on) = from_host(on) else {
            return DayKind::Working;
        };
        let calendar = &*self.tenant.calendar;
        match calendar.day(on) {
            workday::DayKind::Working => DayKind::Working,
            workday::DayKind::Rest { statutory: true } => DayKind::StatutoryHoliday,
            workday::DayKind::Rest { statutory: false } if calendar.is_holiday(on) => {
                DayKind::Holiday
            }
            workday::DayKind::Rest { statutory: false } => DayKind::Weekend,
        }
    }

    fn add_working_days(&mut self, start: HostDate, days: i32) -> Option<HostDate> {
        let start = from_host(start)?;
        to_host(workday::add_working_days(
            &*self.tenant.calendar,
            start,
            i64::from(days),
        )?)
    }

    fn roll_forward(&mut self, on: HostDate) -> Option<HostDate> {
        to_host(workday::next_working_day(
            &*self.tenant.calendar,
            from_host(on)?,
        )?)
    }

    fn working_days_between(&mut self, start: HostDate, end: HostDate) -> i32 {
        let (Some(start), Some(end)) = (from_host(start), from_host(end)) else {
            return 0;
        };
        let days = workday::working_days_between(&*self.tenant.calendar, start, end).unwrap_or(0);
        i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX })
    }

    fn is_confirmed(&mut self, year: i32) -> bool {
        self.tenant.calendar.is_confirmed(year)
    }

    fn version(&mut self) -> String {
        self.tenant.calendar.version().to_owned()
    }
}

/// The date as the calendar knows it.
pub(crate) fn from_host(date: HostDate) -> Option<Date> {
    Date::new(date.year(), date.month(), date.day())
}

/// The date as the host knows it.
pub(crate) fn to_host(date: Date) -> Option<HostDate> {
    HostDate::new(date.year(), date.month(), date.day())
}
