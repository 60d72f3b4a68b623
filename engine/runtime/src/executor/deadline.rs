//! What a plugin wants to become of deadlines, and the record fields that follow them.
//!
//! Deadlines are changed before anything else of a call is applied: a record that is put is put
//! with its mirrored fields, and a process that is started finds its timers' dates.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use tongban_core::deadline::{Extension, Term};
use tongban_feel::time::Date;
use tongban_host::call::{Date as HostDate, DeadlineChange, DeadlineWrite, Extent};
use tongban_host::manifest::RecordKind;
use tongban_host::manifest::deadline::Deadline as Declared;
use tongban_store::row::audit_entry::NewAuditEntry;
use tongban_store::row::deadline::{Deadline, DeadlineExtension, DeadlinePause, DeadlineStatus};
use tongban_store::row::record::{ExpectedVersion, RecordPut};

use crate::change::Subject;
use crate::deadline::{self, Times, date_of, end_of, settings};
use crate::error::{CommandError, UserError};
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::record_columns;

/// Records whose deadlines were changed: kind and id.
pub(crate) type Touched = BTreeSet<(Arc<str>, Arc<str>)>;

impl Session<'_> {
    /// Changes deadlines in order, and says whose they are.
    pub(crate) fn change_deadlines(&mut self, writes: Vec<DeadlineWrite>) -> Decided<Touched> {
        let mut touched = Touched::new();
        for write in writes {
            let changed = self.change_deadline(&write)?;
            touched.insert((changed.record_kind.clone(), changed.record_id.clone()));
            self.note_deadline(&write.change, &changed)?;
        }
        Ok(touched)
    }

    fn change_deadline(&mut self, write: &DeadlineWrite) -> Decided<Deadline> {
        let world = self.running.tenant.clone();
        let Some((plugin, declared)) = world.deadline(&write.key) else {
            return Err(error("DEADLINE_NOT_DECLARED", write, &[]).into());
        };
        let stored = {
            let runtime = self.runtime;
            runtime.block_on(self.unit().deadline(&write.key, &write.record_id))?
        };
        let mut row = match (&write.change, stored) {
            (DeadlineChange::Set { anchor, amount }, _) => {
                let mut settings = settings(&world, plugin, declared, *anchor);
                if let Some(amount) = amount {
                    settings.rule.term.amount = *amount;
                }
                let name = plugin.manifest().plugin.name.as_str();
                self.new_deadline(write, (name, declared), *anchor, &settings)?
            }
            (_, None) => return Err(error("DEADLINE_NOT_FOUND", write, &[]).into()),
            (_, Some(row)) if row.status == DeadlineStatus::Closed => {
                return Err(error("DEADLINE_CLOSED", write, &[]).into());
            }
            (change, Some(row)) => self.changed_deadline(write, change, row)?,
        };
        row.calendar_version = Arc::from(world.calendar.version());
        if row.status == DeadlineStatus::Open {
            self.reckon_row(write, declared, &mut row)?;
        }
        let runtime = self.runtime;
        runtime.block_on(self.unit().put_deadline(&row))?;
        self.running.wakes.timers = true;
        Ok(row)
    }

    /// Reckons where an open deadline ends.
    fn reckon_row(
        &self,
        write: &DeadlineWrite,
        declared: &Declared,
        row: &mut Deadline,
    ) -> Result<(), CommandError> {
        let world = self.running.tenant.clone();
        let times = Times {
            calendar: &*world.calendar,
            zone: &self.shared.zone,
            now: self.running.now,
        };
        let counting = (row.anchor_on, &row.rule, row.ends_minute);
        let (pauses, extensions) = (row.ended_pauses(), row.counted_extensions());
        let ended = end_of(
            &times,
            Some(declared),
            counting,
            (&pauses, &extensions),
            row.floor_on,
        );
        let (end, counted_on) = ended.ok_or_else(|| error("DEADLINE_BEYOND_YEARS", write, &[]))?;
        if let DeadlineChange::Extend { .. } = write.change
            && end.due_on <= row.end.due_on
        {
            let due = row.end.due_on.to_string();
            return Err(error("DEADLINE_NOT_EXTENDED", write, &[("due", &due)]));
        }
        row.floor_on = row.floor_on.filter(|floor| *floor > counted_on);
        row.end = end;
        Ok(())
    }

    fn new_deadline(
        &self,
        write: &DeadlineWrite,
        (plugin, declared): (&str, &Declared),
        anchor: HostDate,
        settings: &deadline::Settings,
    ) -> Result<Deadline, CommandError> {
        let anchor_on = from_host(anchor);
        // Replaced as soon as it is reckoned.
        let end = tongban_store::row::deadline::DeadlineEnd {
            nominal_on: anchor_on,
            due_on: anchor_on,
            due_at: self.running.now,
            provisional: false,
            yellow_at: None,
            red_at: None,
            remind_at: None,
        };
        Ok(Deadline {
            key: Arc::from(write.key.as_str()),
            record_id: Arc::from(write.record_id.as_str()),
            record_kind: Arc::from(declared.record.as_str()),
            plugin: Arc::from(plugin),
            status: DeadlineStatus::Open,
            anchor_on,
            rule: settings.rule,
            ends_minute: settings.ends_minute,
            protects: settings.protects,
            pauses: Vec::new(),
            extensions: Vec::new(),
            floor_on: None,
            end,
            calendar_version: Arc::from(""),
            set_at: self.running.now,
            set_by: self.running.principal.id.clone(),
            moved_at: None,
            closed_at: None,
            close_reason: None,
        })
    }

    fn changed_deadline(
        &self,
        write: &DeadlineWrite,
        change: &DeadlineChange,
        mut row: Deadline,
    ) -> Result<Deadline, CommandError> {
        match change {
            DeadlineChange::Set { .. } => unreachable!("setting makes a new row"),
            DeadlineChange::Pause { on, reason } => {
                self.check_pause(write, &row)?;
                let last = row.pauses.iter().filter_map(|it| it.until).max();
                let from = self.day_between(write, *on, last.unwrap_or(row.anchor_on))?;
                row.pauses.push(DeadlinePause {
                    from,
                    until: None,
                    reason: Arc::from(reason.as_str()),
                });
                row.status = DeadlineStatus::Paused;
            }
            DeadlineChange::Resume { on } => {
                let open = row.pauses.last().filter(|it| it.until.is_none());
                let from = open.map(|it| it.from);
                let from = from.ok_or_else(|| error("DEADLINE_NOT_PAUSED", write, &[]))?;
                let until = self.day_between(write, *on, from)?;
                if let Some(open) = row.pauses.last_mut() {
                    open.until = Some(until);
                }
                // What a calendar may not take is not taken by a stop of the clock either.
                let days = until.days_since_epoch() - from.days_since_epoch();
                row.floor_on = row.floor_on.and_then(|it| it.add_days(days));
                row.status = DeadlineStatus::Open;
            }
            DeadlineChange::Extend {
                extent,
                officer,
                reason,
            } => {
                if row.status == DeadlineStatus::Paused {
                    return Err(error("DEADLINE_PAUSED", write, &[]));
                }
                let extension = match extent {
                    Extent::Amount(amount) => Extension::By(Term {
                        amount: *amount,
                        unit: row.rule.term.unit,
                    }),
                    Extent::Until(on) => Extension::Until {
                        on: from_host(*on),
                        granted_on: self.today_date(),
                    },
                };
                row.extensions.push(DeadlineExtension {
                    extension,
                    officer: Arc::from(officer.as_str()),
                    reason: Arc::from(reason.as_str()),
                    granted_at: self.running.now,
                });
            }
            DeadlineChange::Close { reason } => {
                row.status = DeadlineStatus::Closed;
                row.closed_at = Some(self.running.now);
                row.close_reason = Some(Arc::from(reason.as_str()));
            }
        }
        Ok(row)
    }

    /// A clock can be stopped while it runs and before its end.
    fn check_pause(&self, write: &DeadlineWrite, row: &Deadline) -> Result<(), CommandError> {
        if row.status == DeadlineStatus::Paused {
            return Err(error("DEADLINE_PAUSED", write, &[]));
        }
        if row.end.due_at <= self.running.now {
            let due = row.end.due_on.to_string();
            return Err(error("DEADLINE_OVER", write, &[("due", &due)]));
        }
        Ok(())
    }

    /// A day from the last change of a clock up to today.
    fn day_between(
        &self,
        write: &DeadlineWrite,
        on: HostDate,
        from: Date,
    ) -> Result<Date, CommandError> {
        let (on, today) = (from_host(on), self.today_date());
        if from <= on && on <= today {
            return Ok(on);
        }
        let (day, from, until) = (on.to_string(), from.to_string(), today.to_string());
        let parameters = [
            ("day", day.as_str()),
            ("from", from.as_str()),
            ("until", until.as_str()),
        ];
        Err(error("DEADLINE_DAY_INVALID", write, &parameters))
    }

    /// The date of the command in the county's zone.
    pub(crate) fn today_date(&self) -> Date {
        date_of(self.running.now, &self.shared.zone)
    }

    /// Tells the audit trail and the subscribers.
    fn note_deadline(&mut self, change: &DeadlineChange, row: &Deadline) -> Decided<()> {
        let (action, reason) = match change {
            DeadlineChange::Set { .. } => ("SetDeadline", None),
            DeadlineChange::Pause { reason, .. } => ("PauseDeadline", Some(reason)),
            DeadlineChange::Resume { .. } => ("ResumeDeadline", None),
            DeadlineChange::Extend { reason, .. } => ("ExtendDeadline", Some(reason)),
            DeadlineChange::Close { reason } => ("CloseDeadline", Some(reason)),
        };
        let officer = match change {
            DeadlineChange::Extend { officer, .. } => Some(officer),
            _ => None,
        };
        let due_on = (row.status == DeadlineStatus::Open).then(|| row.end.due_on.to_string());
        let detail = json!({
            "deadline": &*row.key, "dueOn": due_on, "officer": officer, "reason": reason,
        });
        self.audit_entry(NewAuditEntry {
            action: Arc::from(action),
            subject_kind: row.record_kind.clone(),
            subject_id: row.record_id.clone(),
            detail: Some(Arc::from(detail.to_string())),
        })?;
        self.note_change(Subject::Record {
            kind: row.record_kind.clone(),
            id: row.record_id.clone(),
        });
        Ok(())
    }

    /// The body with the fields that follow deadlines: the due day, or nothing while a clock is
    /// stopped. Where a deadline was never set the body is left alone.
    pub(crate) fn mirrored(&mut self, kind: &str, id: &str, mut body: Json) -> Decided<Json> {
        let world = self.running.tenant.clone();
        let mirrored: Vec<&Declared> = world
            .deadlines_of(kind)
            .filter(|it| !it.mirror.is_empty())
            .collect();
        for declared in mirrored {
            let runtime = self.runtime;
            let Some(row) = runtime.block_on(self.unit().deadline(&declared.key, id))? else {
                continue;
            };
            let due_on = match row.status {
                DeadlineStatus::Paused => None,
                DeadlineStatus::Open | DeadlineStatus::Closed => Some(row.end.due_on.to_string()),
            };
            for path in &declared.mirror {
                set_member(&mut body, path, due_on.as_deref());
            }
        }
        Ok(body)
    }

    /// Makes the fields of records follow whose deadlines were changed without the record being
    /// put; a deadline needs its record.
    pub(crate) fn mirror_touched(&mut self, touched: Touched) -> Decided<()> {
        for (kind, id) in touched {
            let runtime = self.runtime;
            let stored = runtime.block_on(self.unit().record(&kind, &id))?;
            let Some(stored) = stored else {
                let deadline = self.running.tenant.deadlines_of(&kind).next();
                let key = deadline.map_or(&*kind, |it| it.key.as_str()).to_owned();
                let parameters = [("deadline", key.as_str()), ("record", &*id)];
                return Err(UserError::new("DEADLINE_RECORD_MISSING", &parameters).into());
            };
            let body: Json = serde_json::from_str(&stored.body).unwrap_or(Json::Null);
            let mirrored = self.mirrored(&kind, &id, body.clone())?;
            if mirrored == body {
                continue;
            }
            let world = self.running.tenant.clone();
            let plugin = world.record_plugin(&kind);
            let declared = plugin.and_then(|it| it.manifest().record(&kind));
            if let Some(declared) = declared {
                let put = put_of(declared, &id, &mirrored);
                self.store_record(RecordPut {
                    expected: ExpectedVersion::Exactly(stored.version),
                    schema_version: stored.schema_version,
                    ..put
                })?;
            }
        }
        Ok(())
    }

    /// Removes the deadlines of a record that goes.
    pub(crate) fn remove_deadlines(&mut self, kind: &str, id: &str) -> Decided<()> {
        let world = self.running.tenant.clone();
        for declared in world.deadlines_of(kind) {
            let runtime = self.runtime;
            runtime.block_on(self.unit().remove_deadline(&declared.key, id))?;
        }
        Ok(())
    }
}

/// A body as a row of its kind.
fn put_of(declared: &RecordKind, id: &Arc<str>, body: &Json) -> RecordPut {
    RecordPut {
        kind: Arc::from(declared.kind.as_str()),
        id: id.clone(),
        expected: ExpectedVersion::Any,
        schema_version: 0,
        body: Arc::from(body.to_string()),
        columns: record_columns::values_of(declared, body),
        parties: record_columns::parties_of(declared, body),
    }
}

fn set_member(body: &mut Json, path: &str, value: Option<&str>) {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    let name = name.replace("~1", "/").replace("~0", "~");
    let Some(Json::Object(members)) = body.pointer_mut(parent) else {
        return;
    };
    match value {
        Some(value) => {
            members.insert(name, Json::from(value));
        }
        None => {
            members.shift_remove(&name);
        }
    }
}

fn error(code: &str, write: &DeadlineWrite, more: &[(&str, &str)]) -> CommandError {
    let mut parameters = vec![
        ("deadline", write.key.as_str()),
        ("record", write.record_id.as_str()),
    ];
    parameters.extend(more);
    UserError::new(code, &parameters).into()
}

fn from_host(date: HostDate) -> Date {
    Date::new(date.year(), date.month(), date.day()).expect("dates of the host exist")
}
