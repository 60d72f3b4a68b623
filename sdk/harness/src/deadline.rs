//! Deadlines of a case: the plain second model of how the server reckons them, day by day.

use serde_json::{Map, Value};
use tongban_sdk::host::{DeadlineChange, Extent, StoredDeadline};
use tongban_sdk::{CalendarError, Date, DeadlineStatus, Instant, Reckoned, TimeOfDay};

use crate::calendar::Table;
use crate::manifest::{Deadline, Roll, Unit};

/// The clock of one deadline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Clock {
    pub(crate) anchor: Date,
    pub(crate) amount: u32,
    /// Stops that are over.
    pub(crate) pauses: Vec<(Date, Date)>,
    pub(crate) paused_on: Option<Date>,
    pub(crate) extensions: Vec<(Extent, Date)>,
    pub(crate) is_closed: bool,
}

impl Clock {
    pub(crate) fn new(anchor: Date, amount: u32) -> Self {
        Self {
            anchor,
            amount,
            pauses: Vec::new(),
            paused_on: None,
            extensions: Vec::new(),
            is_closed: false,
        }
    }

    /// Makes a change, or says why the server would refuse it.
    pub(crate) fn change(
        &mut self,
        change: &DeadlineChange,
        today: Date,
    ) -> Result<(), &'static str> {
        if self.is_closed {
            return Err("it is closed");
        }
        match change {
            DeadlineChange::Set { .. } => return Err("setting makes a new clock"),
            DeadlineChange::Pause { on, .. } => {
                let last = self.pauses.last().map_or(self.anchor, |it| it.1);
                if self.paused_on.is_some() {
                    return Err("its clock is stopped already");
                }
                if *on < last || *on > today {
                    return Err("the stop lies before the last change or in the future");
                }
                self.paused_on = Some(*on);
            }
            DeadlineChange::Resume { on } => {
                let Some(from) = self.paused_on.take() else {
                    return Err("its clock is not stopped");
                };
                if *on < from || *on > today {
                    return Err("it goes on before it was stopped or in the future");
                }
                self.pauses.push((from, *on));
            }
            DeadlineChange::Extend { extent, .. } => self.extensions.push((*extent, today)),
            DeadlineChange::Close { .. } => self.is_closed = true,
        }
        Ok(())
    }

    /// The last day as counted, and the last day.
    fn end(&self, rule: &Deadline, table: &Table) -> Result<(Date, Date), CalendarError> {
        let mut end = self.advance(self.anchor, self.amount, rule.unit, table)?;
        for (extent, granted_on) in &self.extensions {
            match extent {
                Extent::Amount(amount) => end = self.advance(end, *amount, rule.unit, table)?,
                Extent::Until(until) => {
                    let mut until = *until;
                    for (from, to) in self.pauses.iter().filter(|it| it.0 >= *granted_on) {
                        if *from < until {
                            until = until.plus_days(from.days_until(*to));
                        }
                    }
                    end = end.max(until);
                }
            }
        }
        let step = match rule.roll {
            Roll::None => return Ok((end, end)),
            Roll::Forward => 1,
            Roll::Back => -1,
        };
        let mut due = end;
        while table.is_rest_day(due, rule.weekends_rest)? {
            due = due.plus_days(step);
        }
        Ok((end, due))
    }

    fn advance(
        &self,
        start: Date,
        amount: u32,
        unit: Unit,
        table: &Table,
    ) -> Result<Date, CalendarError> {
        let stopped = |day: Date| {
            self.pauses
                .iter()
                .any(|(from, to)| *from < day && day <= *to)
        };
        let (mut day, mut left) = (start, amount);
        if let Unit::Months | Unit::Years = unit {
            let months = amount.saturating_mul(if unit == Unit::Years { 12 } else { 1 });
            let mut end = start.plus_months(i32::try_from(months).unwrap_or(i32::MAX));
            while day < end {
                day = day.plus_days(1);
                if stopped(day) {
                    end = end.plus_days(1);
                }
            }
            return Ok(end);
        }
        while left > 0 {
            day = day.plus_days(1);
            let counts = unit == Unit::CalendarDays || table.is_working_day(day)?;
            left -= u32::from(counts && !stopped(day));
        }
        Ok(day)
    }

    pub(crate) fn reckon(&self, rule: &Deadline, table: &Table) -> Result<Reckoned, CalendarError> {
        let (nominal_on, due_on) = self.end(rule, table)?;
        let asks = rule.unit == Unit::WorkingDays;
        let first = if asks { self.anchor } else { nominal_on };
        let provisional = (asks || rule.roll != Roll::None)
            && (first.year().min(due_on.year())..=first.year().max(due_on.year()))
                .any(|year| !table.is_confirmed(year));
        Ok(Reckoned {
            nominal_on,
            due_on,
            due_at: end_of(due_on, rule.ends_at.as_deref()),
            provisional,
            explanation_zh: format!("自{}起算至{due_on}", self.anchor),
            explanation_en: format!("counted from {} to {due_on}", self.anchor),
            calendar_version: table.version().to_owned(),
        })
    }

    pub(crate) fn stored(
        &self,
        rule: &Deadline,
        record_id: &str,
        table: &Table,
    ) -> Result<StoredDeadline, CalendarError> {
        let reckoned = self.reckon(rule, table)?;
        let runs = self.paused_on.is_none();
        Ok(StoredDeadline {
            key: rule.key.clone(),
            record_id: record_id.to_owned(),
            status: match (self.is_closed, runs) {
                (true, _) => DeadlineStatus::Closed,
                (false, true) => DeadlineStatus::Open,
                (false, false) => DeadlineStatus::Paused,
            },
            anchor: self.anchor,
            nominal_on: reckoned.nominal_on,
            due_on: runs.then_some(reckoned.due_on),
            due_at: runs.then_some(reckoned.due_at),
            provisional: reckoned.provisional,
            explanation_zh: reckoned.explanation_zh,
            explanation_en: reckoned.explanation_en,
            calendar_version: reckoned.calendar_version,
        })
    }
}

/// Keeps a mirrored field of a body equal to the due day; without one the field goes.
pub(crate) fn mirror(body: &mut Value, path: &str, due_on: Option<Date>) {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    let Some(Value::Object(members)) = body.pointer_mut(parent) else {
        return;
    };
    set_member(members, name, due_on);
}

fn set_member(members: &mut Map<String, Value>, name: &str, due_on: Option<Date>) {
    match due_on {
        Some(due_on) => {
            members.insert(name.to_owned(), Value::from(due_on));
        }
        None => {
            members.remove(name);
        }
    }
}

/// Midnight after the day, or the time at which the offices close.
fn end_of(day: Date, ends_at: Option<&str>) -> Instant {
    let closing = ends_at.and_then(|it| it.split_once(':'));
    let closing = closing.and_then(|(hour, minute)| {
        Some(TimeOfDay {
            hour: hour.parse().ok()?,
            minute: minute.parse().ok()?,
            second: 0,
        })
    });
    let midnight = TimeOfDay {
        hour: 0,
        minute: 0,
        second: 0,
    };
    match closing {
        Some(time) => Instant::from_local(day, time),
        None => Instant::from_local(day.plus_days(1), midnight),
    }
}
