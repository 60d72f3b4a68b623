//! What must hold of schedules and ladders.

use super::{Checker, names};
use crate::manifest::deadline::Unit;
use crate::manifest::schedule::{
    Adjustable, Condition, Due, Floor, Missed, Period, Schedule, Test,
};
use crate::manifest::{Audience, Filter, FilterType, RecordKind};

impl<'m> Checker<'m> {
    pub(super) fn schedules(&mut self) {
        let manifest = self.manifest;
        for (schedule_idx, schedule) in manifest.schedules.iter().enumerate() {
            let field = format!("schedule[{schedule_idx}]");
            self.schedule(&field, schedule);
        }
        for (escalation_idx, escalation) in manifest.escalations.iter().enumerate() {
            for (level_idx, level) in escalation.levels.iter().enumerate() {
                let field = format!("escalation[{escalation_idx}].levels[{level_idx}].notify");
                self.roles(&field, &level.notify);
            }
            if let Some(code) = &escalation.notice {
                let field = format!("escalation[{escalation_idx}].notice");
                self.ladder_notice(&field, code);
            }
        }
    }

    /// A ladder tells the assignee and roles of a task, which need not be about a record.
    fn ladder_notice(&mut self, field: &str, code: &'m str) {
        let manifest = self.manifest;
        let Some(notice) = manifest.notice(code) else {
            let known = names(&manifest.notices, |it| &it.code);
            self.undeclared(field, code, "notice", known);
            return;
        };
        let tells = |it: Audience| notice.audience.contains(&it);
        if !(tells(Audience::Staff) && tells(Audience::Role)) || notice.record.is_some() {
            let message = "expected a notice for `staff` and `role` that names no `record`";
            self.report("HOST-0008", field, code, message.to_owned());
        }
    }

    fn schedule(&mut self, field: &str, schedule: &'m Schedule) {
        let manifest = self.manifest;
        self.silent_operation(&format!("{field}.operation"), &schedule.operation);
        if let Some(key) = &schedule.escalation
            && manifest.escalation(key).is_none()
        {
            let known = names(&manifest.escalations, |it| &it.key);
            self.undeclared(&format!("{field}.escalation"), key, "escalation", known);
        }
        let kind = schedule.population.as_ref().and_then(|population| {
            let record = &population.record;
            self.kinds(&format!("{field}.record"), std::iter::once(record.as_str()));
            manifest.record(record)
        });
        if let (Some(population), Some(kind)) = (&schedule.population, kind) {
            for (condition_idx, condition) in population.conditions.iter().enumerate() {
                let field = format!("{field}.where[{condition_idx}]");
                self.condition(&field, kind, condition);
            }
        }
        self.due(field, schedule, kind);
        self.floor(field, schedule);
    }

    fn filter(&mut self, field: &str, kind: &'m RecordKind, name: &str) -> Option<&'m Filter> {
        let found = kind.filters.iter().find(|it| it.name == name);
        if found.is_none() {
            let known = names(&kind.filters, |it| &it.name);
            self.undeclared(field, name, "filter", known);
        }
        found
    }

    fn condition(&mut self, field: &str, kind: &'m RecordKind, condition: &'m Condition) {
        let Some(filter) = self.filter(&format!("{field}.filter"), kind, &condition.filter) else {
            return;
        };
        let fits = |value: &serde_json::Value| match filter.r#type {
            FilterType::String => value.is_string(),
            FilterType::Integer => value.is_i64(),
            FilterType::Boolean => value.is_boolean(),
            FilterType::Date => value.as_str().is_some_and(crate::name::is_date),
            FilterType::DateTime => value.is_string(),
        };
        let is_sound = match &condition.test {
            Test::Equals(value) => fits(value),
            Test::OneOf(values) => !values.is_empty() && values.iter().all(fits),
            Test::Days { .. } => filter.r#type == FilterType::Date,
            Test::Absent => true,
        };
        if !is_sound {
            let message = "expected a test that fits the type of the filter";
            self.report("HOST-0008", field, &condition.filter, message.to_owned());
        }
    }

    fn due(&mut self, field: &str, schedule: &'m Schedule, kind: Option<&'m RecordKind>) {
        let mut contradict = |key: &str, message: &str| {
            let field = format!("{field}.{key}");
            self.report("HOST-0008", &field, &schedule.key, message.to_owned());
        };
        let by_due_date = schedule.period == Period::DueDate;
        match &schedule.due {
            None if by_due_date => contradict("due", "the period is the due date: expected `due`"),
            None if !schedule.stages.is_empty() => {
                contradict("due", "stages count to a due day: expected `due`");
            }
            None if schedule.lead.before != 0 => {
                contradict("due", "a lead counts to a due day: expected `due`");
            }
            Some(Due::EndOfPeriod { .. }) if by_due_date => {
                contradict("due", "the due date cannot be the end of a due date");
            }
            Some(Due::After { .. }) if schedule.population.is_none() => {
                contradict("due", "expected `record`, whose filter holds the date");
            }
            None | Some(_) => {}
        }
        if !schedule.stages.is_empty() && schedule.lead.before != 0 {
            contradict("lead", "expected `lead` or `stages`, found both");
        }
        if schedule.population.is_none() && !schedule.stages.is_empty() {
            contradict(
                "stages",
                "expected `record`: without one there are no items",
            );
        }
        if schedule.missed == Missed::DateDriven && schedule.due.is_none() {
            contradict(
                "missed",
                "a date-driven schedule selects by a due day: expected `due`",
            );
        }
        if let (Some(Due::After { filter, .. }), Some(kind)) = (&schedule.due, kind)
            && let Some(found) = self.filter(&format!("{field}.due.filter"), kind, filter)
            && found.r#type != FilterType::Date
        {
            let message = "expected a filter of the type date".to_owned();
            self.report("HOST-0008", &format!("{field}.due.filter"), filter, message);
        }
    }

    /// What the plugin itself says must not lie below its own floor, and what staff may change
    /// must be there to be changed.
    fn floor(&mut self, field: &str, schedule: &'m Schedule) {
        let mut contradict = |key: &str, message: &str| {
            let field = format!("{field}.{key}");
            self.report("HOST-0008", &field, &schedule.key, message.to_owned());
        };
        let interval = match &schedule.due {
            Some(Due::After { amount, unit, .. }) => Some((*amount, *unit)),
            Some(Due::EndOfPeriod { .. } | Due::Fixed { .. }) | None => None,
        };
        for (adjustable, is_there, what) in [
            (
                Adjustable::Interval,
                interval.is_some(),
                "`due` with a filter",
            ),
            (Adjustable::Lead, schedule.due.is_some(), "`due`"),
            (Adjustable::Stages, !schedule.stages.is_empty(), "`stages`"),
        ] {
            if schedule.adjustable.contains(&adjustable) && !is_there {
                contradict("adjustable", &format!("nothing to change: expected {what}"));
            }
        }
        let Some(floor) = &schedule.floor else { return };
        if matches!(floor.every, Some(Period::DueDate | Period::Run)) {
            contradict("floor.every", "expected a period of the calendar");
        }
        if below_floor(floor, schedule.period, interval, &schedule.stages) {
            contradict("floor", "the schedule itself is weaker than its floor");
        }
    }
}

fn below_floor(
    floor: &Floor,
    period: Period,
    interval: Option<(u32, Unit)>,
    stages: &[i32],
) -> bool {
    let longer_period = floor
        .every
        .is_some_and(|every| period != Period::DueDate && period > every);
    let longer_interval = match (floor.interval, interval) {
        (Some((most, most_unit)), Some((amount, unit))) => unit != most_unit || amount > most,
        (Some(_), None) => true,
        (None, _) => false,
    };
    longer_period || longer_interval || floor.stages.iter().any(|it| !stages.contains(it))
}
