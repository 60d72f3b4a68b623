//! A county's calendar is published, and its open deadlines are reckoned by it, page by page.
//!
//! The edition takes effect with the commit that publishes it. What was reckoned by an earlier one
//! follows in the background; each page is one transaction with its timers, mirrored record fields
//! and events, and its cursor lies in the edition's row, so that a restart goes on where it was.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use tongban_feel::time::Date;
use tongban_feel::workday::Calendar;
use tongban_store::query::{calendar as query, configuration};
use tongban_store::row::calendar::{CalendarOverride, CalendarPublication, PublicationState};
use tongban_store::row::configuration::CalendarYear;
use tongban_store::row::deadline::MovedDeadline;
use tongban_store::row::time_event::{NewTimeEvent, TimeEventKind};
use tongban_store::unit_of_work::deadline::{DeadlineFacts, Mirror};

use crate::change::Subject;
use crate::command::{OwnDay, Principal};
use crate::deadline::{Times, reckon};
use crate::error::{CommandError, UserError};
use crate::executor::border::Keep;
use crate::executor::session::{Running, Session};
use crate::executor::stop::Decided;
use crate::executor::work::ReckonDeadlines;
use crate::outcome::Done;
use crate::tenant::{calendar_of, split_calendar};

/// Passes after which an edition is left alone: another node goes on setting deadlines by an older
/// one, which its next reading of the calendar ends.
const PASSES_MAX: i32 = 10;
/// Years and days of one publication.
const OWN_DAYS_MAX: usize = 1_000;

/// What is to be published.
pub(crate) struct NewEdition<'e> {
    /// Years in the shape of the yearly table, or nothing.
    pub(crate) years: Option<&'e Json>,
    pub(crate) own_days: &'e [OwnDay],
    /// Days that are no longer the county's own.
    pub(crate) withdrawn: &'e [String],
    pub(crate) note: &'e str,
}

impl Session<'_> {
    /// Publishes years and days of the county's own.
    pub(crate) fn publish_calendar(&mut self, new: &NewEdition<'_>) -> Decided<Done> {
        if new.years.is_none() && new.own_days.is_empty() && new.withdrawn.is_empty() {
            return Err(UserError::new("CALENDAR_EMPTY", &[]).into());
        }
        if new.own_days.len() + new.withdrawn.len() > OWN_DAYS_MAX {
            let reason = format!("expected at most {OWN_DAYS_MAX} days at once");
            return Err(invalid("/overrides", &reason).into());
        }
        let own_days = self.own_days(new.own_days)?;
        let withdrawn: Result<Vec<Date>, CommandError> = new
            .withdrawn
            .iter()
            .enumerate()
            .map(|(position, it)| {
                let place = format!("/withdrawn/{position}");
                Date::parse(it).ok_or_else(|| invalid(&place, "expected a date"))
            })
            .collect();
        self.store_edition(new.years, &own_days, &withdrawn?, new.note)
    }

    fn own_days(&self, days: &[OwnDay]) -> Result<Vec<CalendarOverride>, CommandError> {
        let own_day = |(position, day): (usize, &OwnDay)| {
            let place = format!("/overrides/{position}");
            let on = Date::parse(&day.on)
                .ok_or_else(|| invalid(&format!("{place}/date"), "expected a date"))?;
            if day.reason.trim().is_empty() {
                return Err(invalid(&format!("{place}/reason"), "expected a reason"));
            }
            Ok(CalendarOverride {
                on,
                working: day.working,
                reason: Arc::from(day.reason.trim()),
                document: day.document.as_deref().map(Arc::from),
                updated_at: self.running.now,
                updated_by: self.running.principal.id.clone(),
            })
        };
        days.iter().enumerate().map(own_day).collect()
    }

    /// Stores what an edition brings, and the edition itself unless the calendar stays the same.
    pub(crate) fn store_edition(
        &mut self,
        years: Option<&Json>,
        own_days: &[CalendarOverride],
        withdrawn: &[Date],
        note: &str,
    ) -> Decided<Done> {
        let (runtime, at) = (self.runtime, self.running.now);
        let new_years: Vec<CalendarYear> = match years {
            None => Vec::new(),
            Some(file) => split_calendar(file)
                .into_iter()
                .map(|(year, content, confirmed)| CalendarYear {
                    year,
                    content: Arc::from(content),
                    confirmed,
                    updated_at: at,
                })
                .collect(),
        };
        if years.is_some() && new_years.is_empty() {
            return Err(invalid("/years", "expected at least one year").into());
        }
        let calendar = self.calendar_with(&new_years, own_days, withdrawn)?;
        let calendar = calendar.map_err(|reason| invalid("/years", &reason))?;
        runtime.block_on(self.unit().put_calendar(&new_years))?;
        runtime.block_on(self.unit().put_calendar_overrides(own_days))?;
        if !withdrawn.is_empty() {
            runtime.block_on(self.unit().remove_calendar_overrides(withdrawn))?;
        }
        self.note_edition(&*calendar, note)
    }

    /// The calendar as it will be, or why it would be none.
    pub(crate) fn calendar_with(
        &self,
        new_years: &[CalendarYear],
        own_days: &[CalendarOverride],
        withdrawn: &[Date],
    ) -> Decided<Result<Arc<dyn Calendar>, String>> {
        let (database, tenant) = (&self.shared.database, &self.running.tenant.id);
        let stored = self.wait(configuration::calendar(database, tenant))?;
        let mut years: BTreeMap<i32, Arc<str>> =
            stored.into_iter().map(|it| (it.year, it.content)).collect();
        years.extend(new_years.iter().map(|it| (it.year, it.content.clone())));
        let stored = self.wait(query::overrides(database, tenant))?;
        let mut days: BTreeMap<Date, CalendarOverride> =
            stored.into_iter().map(|it| (it.on, it)).collect();
        days.retain(|on, _| !withdrawn.contains(on));
        days.extend(own_days.iter().map(|it| (it.on, it.clone())));
        let years: Vec<Arc<str>> = years.into_values().collect();
        let days: Vec<CalendarOverride> = days.into_values().collect();
        Ok(calendar_of(&years, &days))
    }

    fn note_edition(&mut self, calendar: &dyn Calendar, note: &str) -> Decided<Done> {
        let runtime = self.runtime;
        let latest = runtime.block_on(self.unit().latest_calendar_publication())?;
        let version: Arc<str> = Arc::from(calendar.version());
        if let Some(latest) = latest.as_ref().filter(|it| it.version == version) {
            return Ok(Done::CalendarPublished {
                number: latest.number,
                version: version.to_string(),
                unchanged: true,
            });
        }
        if let Some(mut earlier) = latest.clone()
            && earlier.state == PublicationState::Running
        {
            earlier.state = PublicationState::Superseded;
            earlier.ended_at = Some(self.running.now);
            runtime.block_on(self.unit().put_calendar_publication(&earlier))?;
        }
        let number = latest.map_or(0, |it| it.number) + 1;
        let publication = CalendarPublication {
            number,
            version: version.clone(),
            note: Arc::from(note),
            published_at: self.running.now,
            published_by: self.running.principal.id.clone(),
            state: PublicationState::Running,
            cursor: (Arc::from(""), Arc::from("")),
            n_passes: 0,
            selected: 0,
            moved: 0,
            kept: 0,
            provisional: 0,
            ended_at: None,
        };
        runtime.block_on(self.unit().put_calendar_publication(&publication))?;
        self.audit("PublishCalendar", ("calendar", &number.to_string()))?;
        self.running.wakes.calendars = true;
        Ok(Done::CalendarPublished {
            number,
            version: version.to_string(),
            unchanged: false,
        })
    }

    /// Reckons the next page of deadlines by an edition. The answer is in the edition's row.
    pub(crate) fn reckon_deadlines(
        &mut self,
        task: &ReckonDeadlines,
    ) -> Decided<Result<(), CommandError>> {
        let (world, now) = (self.shared.world(&task.tenant), self.shared.clock.now());
        let running = || Running::new(world.clone(), Principal::engine(), now);
        self.bordered(running, |session| {
            let runtime = session.runtime;
            let find = session.unit().calendar_publication(task.number);
            let found = runtime.block_on(find)?;
            if let Some(publication) = found
                && publication.state == PublicationState::Running
            {
                session.reckon_page(publication, task.page)?;
            }
            Ok(((), Keep::Yes))
        })
    }

    fn reckon_page(&mut self, mut publication: CalendarPublication, size: u32) -> Decided<()> {
        let (runtime, world) = (self.runtime, self.running.tenant.clone());
        let zone = self.shared.zone.clone();
        let times = Times {
            calendar: &*world.calendar,
            zone: &zone,
            now: self.running.now,
        };
        let mut again = |facts: &DeadlineFacts| {
            let declared = world.deadline(&facts.key).map(|it| it.1);
            reckon(&times, declared, facts)
        };
        let (key, record) = publication.cursor.clone();
        let page = runtime.block_on(self.unit().reckon_deadlines(
            (&key, &record),
            size,
            world.calendar.version(),
            &mut again,
        ))?;
        publication.selected += count(page.n_selected);
        publication.moved += count(page.moved.len() as u64);
        publication.kept += count(page.n_kept);
        publication.provisional += count(page.n_provisional);
        self.mirror_moved(&page.moved)?;
        self.note_moved(&publication, &page.moved)?;
        match page.last {
            Some(last) => publication.cursor = last,
            None => self.end_pass(&mut publication)?,
        }
        if !page.moved.is_empty() {
            self.running.wakes.timers = true;
        }
        Ok(runtime.block_on(self.unit().put_calendar_publication(&publication))?)
    }

    /// All deadlines have been looked at; if some were set by an older edition meanwhile, again.
    fn end_pass(&mut self, publication: &mut CalendarPublication) -> Decided<()> {
        publication.n_passes += 1;
        let now = self.running.now;
        let stale = tongban_store::query::deadline::count_stale(
            &self.shared.database,
            &self.running.tenant.id,
            &publication.version,
            now,
        );
        let n_stale = self.wait(stale)?;
        if n_stale > 0 && publication.n_passes < PASSES_MAX {
            publication.cursor = (Arc::from(""), Arc::from(""));
            return Ok(());
        }
        publication.state = PublicationState::Done;
        publication.ended_at = Some(now);
        tracing::info!(
            tenant.id = %self.running.tenant.name,
            calendar.number = publication.number,
            n_selected = publication.selected,
            n_moved = publication.moved,
            n_stale,
            "deadlines are reckoned by the new calendar"
        );
        Ok(())
    }

    /// The fields of records that follow the deadlines that moved.
    fn mirror_moved(&mut self, moved: &[MovedDeadline]) -> Decided<()> {
        let world = self.running.tenant.clone();
        let mut by_key: BTreeMap<&str, Vec<(Arc<str>, Date)>> = BTreeMap::new();
        for it in moved {
            let due = by_key.entry(&it.key).or_default();
            due.push((it.record_id.clone(), it.end.due_on));
        }
        for (key, due) in by_key {
            let Some((plugin, declared)) = world.deadline(key) else {
                continue;
            };
            let filters = plugin.manifest().record(&declared.record);
            let filters = filters.into_iter().flat_map(|it| &it.filters);
            let columns = filters.filter(|it| declared.mirror.contains(&it.path));
            let mirror = Mirror {
                paths: declared.mirror.clone(),
                columns: columns.map(|it| Arc::from(it.name.as_str())).collect(),
            };
            if !mirror.paths.is_empty() {
                let runtime = self.runtime;
                let put = self.unit().mirror_records(&declared.record, &mirror, &due);
                runtime.block_on(put)?;
            }
        }
        Ok(())
    }

    fn note_moved(
        &mut self,
        publication: &CalendarPublication,
        moved: &[MovedDeadline],
    ) -> Decided<()> {
        let world = self.running.tenant.clone();
        let event = |it: &MovedDeadline| {
            let declared = world.deadline(&it.key).map(|it| it.1);
            let detail = json!({
                "was": it.was_on.to_string(),
                "now": it.end.due_on.to_string(),
                "provisional": it.end.provisional,
                "calendar": publication.number,
            });
            NewTimeEvent {
                key: None,
                kind: TimeEventKind::DeadlineMoved,
                subject_kind: it.record_kind.clone(),
                subject_id: it.record_id.clone(),
                deadline_key: Some(it.key.clone()),
                detail: Arc::from(detail.to_string()),
                operation: declared
                    .and_then(|it| it.on_moved.as_deref())
                    .map(Arc::from),
            }
        };
        let events: Vec<NewTimeEvent> = moved.iter().map(event).collect();
        self.running.wakes.time_events |= events.iter().any(|it| it.operation.is_some());
        let runtime = self.runtime;
        runtime.block_on(self.unit().put_time_events(events))?;
        if !moved.is_empty() {
            self.note_change(Subject::Deadlines);
        }
        Ok(())
    }
}

fn count(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn invalid(place: &str, reason: &str) -> CommandError {
    let error = UserError::new("CALENDAR_INVALID", &[("reason", reason)]);
    error.at(place).into()
}
