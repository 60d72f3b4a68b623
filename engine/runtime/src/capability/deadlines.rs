//! Deadlines of records, as the transaction sees them.

use tongban_host::call::Date as HostDate;
use tongban_host::capability::Unavailable;
use tongban_host::capability::deadline::{Deadline, Deadlines, Reckoned, Status};
use tongban_host::manifest::Text as HostText;
use tongban_store::row::deadline::{self as row, DeadlineStatus};

use super::calendar::{from_host, to_host};
use super::{CallCapabilities, unavailable};
use crate::deadline::{Times, end_of, explain, settings};
use crate::error::Text;

impl Deadlines for CallCapabilities {
    fn reckon(&mut self, key: &str, anchor: HostDate, amount: Option<u32>) -> Option<Reckoned> {
        let world = self.tenant.clone();
        let (plugin, declared) = world.deadline(key)?;
        let mut settings = settings(&world, plugin, declared, anchor);
        if let Some(amount) = amount {
            settings.rule.term.amount = amount;
        }
        let times = Times {
            calendar: &*world.calendar,
            zone: &self.zone,
            now: self.now,
        };
        let anchor_on = from_host(anchor)?;
        let counting = (anchor_on, &settings.rule, settings.ends_minute);
        let (end, _) = end_of(&times, Some(declared), counting, (&[], &[]), None)?;
        let reckoned = row::Deadline {
            key: key.into(),
            record_id: "".into(),
            record_kind: declared.record.as_str().into(),
            plugin: plugin.manifest().plugin.name.as_str().into(),
            status: DeadlineStatus::Open,
            anchor_on,
            rule: settings.rule,
            ends_minute: settings.ends_minute,
            protects: settings.protects,
            pauses: Vec::new(),
            extensions: Vec::new(),
            floor_on: None,
            end,
            calendar_version: world.calendar.version().into(),
            set_at: self.now,
            set_by: "".into(),
            moved_at: None,
            closed_at: None,
            close_reason: None,
        };
        Some(Reckoned {
            nominal_on: to_host(end.nominal_on)?,
            due_on: to_host(end.due_on)?,
            due_at_us: end.due_at,
            provisional: end.provisional,
            explanation: explanation(&reckoned, declared.law.as_ref()),
            calendar_version: world.calendar.version().to_owned(),
        })
    }

    fn deadline(&mut self, key: &str, record_id: &str) -> Result<Option<Deadline>, Unavailable> {
        let read = CallCapabilities::wait(&self.runtime, self.unit.deadline(key, record_id));
        let Some(found) = read.map_err(unavailable)? else {
            return Ok(None);
        };
        let world = self.tenant.clone();
        let law = world.deadline(key).and_then(|(_, it)| it.law.as_ref());
        let runs = found.status != DeadlineStatus::Paused;
        let beyond = || Unavailable("a stored deadline lies beyond the years 1900 to 2200".into());
        let date = |it| to_host(it).ok_or_else(beyond);
        Ok(Some(Deadline {
            key: found.key.to_string(),
            record_id: found.record_id.to_string(),
            status: match found.status {
                DeadlineStatus::Open => Status::Open,
                DeadlineStatus::Paused => Status::Paused,
                DeadlineStatus::Closed => Status::Closed,
            },
            anchor: date(found.anchor_on)?,
            nominal_on: date(found.end.nominal_on)?,
            due_on: runs.then(|| date(found.end.due_on)).transpose()?,
            due_at_us: runs.then_some(found.end.due_at),
            provisional: found.end.provisional,
            explanation: explanation(&found, law),
            calendar_version: found.calendar_version.to_string(),
        }))
    }
}

fn explanation(deadline: &row::Deadline, law: Option<&HostText>) -> HostText {
    let law = law.map(|it| Text {
        zh: it.zh.clone(),
        en: it.en.clone(),
    });
    let text = explain(deadline, law.as_ref());
    HostText {
        zh: text.zh,
        en: text.en,
    }
}
