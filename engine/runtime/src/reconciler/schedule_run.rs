//! One run of a schedule, page after page of its population.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::join_all;
use serde_json::Value as Json;
use tongban_core::deadline::date_of;
use tongban_core::id::Instant;
use tongban_core::schedule::{Aim, Opening, Period};
use tongban_feel::time::{Date, DateTime, Timestamp};
use tongban_host::manifest::schedule::{Condition, Due, Population, Test};
use tongban_host::manifest::{FilterType, RecordKind};
use tongban_store::error::Error as StoreError;
use tongban_store::id::TenantId;
use tongban_store::query::page::{Cursor, PageRequest};
use tongban_store::query::record::{ColumnFilter, ColumnTest, RecordFilter, RecordOrder};
use tongban_store::query::{record, schedule_item, schedule_run};
use tongban_store::row::record::ColumnValue;
use tongban_store::row::schedule_run::{ItemOutcome, RunState, ScheduleItem, ScheduleRun};

use crate::engine::Handle;
use crate::error::CommandError;
use crate::executor::work::{AdvanceRun, Fence, RunItem, Task};
use crate::outcome::{Done, ItemEnd};
use crate::record_columns::value_of;
use crate::schedule::{Scheduled, period_of};
use crate::shared::Shared;
use crate::tenant::TenantWorld;

/// Records of one page.
const PAGE: u32 = 1_000;
/// Items that wait in the executor's queue at once.
const ITEMS_AT_ONCE: usize = 256;
/// The subject of a schedule without a population.
const NO_SUBJECT: &str = "-";

/// How work on a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Worked {
    /// The run is through.
    Through,
    /// It is gone on with later, here or on another node.
    Stopped,
}

/// What a run is made with.
#[derive(Clone, Copy)]
pub(crate) struct RunWork<'w> {
    pub(crate) shared: &'w Arc<Shared>,
    pub(crate) handle: &'w Handle,
    pub(crate) tenant: &'w TenantId,
    pub(crate) fence: &'w Fence,
}

/// A subject with the date its due day is reckoned from.
struct Subject {
    id: Arc<str>,
    anchor: Option<Date>,
}

/// A page of a population.
struct Page {
    subjects: Vec<Subject>,
    /// Where the next one begins; none after the last.
    cursor: Option<Arc<str>>,
}

/// What became of a page.
#[derive(Default)]
struct Counts {
    selected: i64,
    created: i64,
    skipped_duplicate: i64,
    failed: i64,
}

/// A run with what it is made by.
struct Making<'m> {
    run: &'m ScheduleRun,
    scheduled: Scheduled<'m>,
    aim: Aim,
    since: Date,
    as_of: Date,
    config_version: Arc<str>,
}

impl RunWork<'_> {
    /// Makes a run to its end, from where it had got to.
    pub(crate) async fn make(&self, run: ScheduleRun) -> Result<Worked, StoreError> {
        let mut run = run;
        loop {
            self.shared.health.beat("schedules");
            // Each page is made by what holds then: a plugin may be replaced meanwhile.
            let world = self.shared.world(self.tenant.as_str());
            let Some(scheduled) = world.scheduled(&run.key, &self.shared.zone) else {
                let error = CommandError::rejected("SCHEDULE_NOT_FOUND", &[("schedule", &run.key)]);
                return Ok(self.fail(&run, &error).await);
            };
            let making = self.making(&run, scheduled, &world);
            let page = match self.page(&making, &world).await {
                Ok(page) => page,
                Err(StoreError::BadCursor) => {
                    // The order of the population has changed; what is done is not done again.
                    run.cursor = None;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let Some(counts) = self.carry_out(&making, &page.subjects).await? else {
                return Ok(Worked::Stopped);
            };
            let end = page.cursor.is_none().then_some((RunState::Done, None));
            let is_last = end.is_some();
            let config_version = making.config_version.clone();
            if !self
                .advance(&run, (&page, counts), end, config_version)
                .await
            {
                return Ok(Worked::Stopped);
            }
            if is_last {
                return Ok(Worked::Through);
            }
            run.cursor = page.cursor;
        }
    }

    /// Tries an item again that failed; says whether it was tried.
    pub(crate) async fn retry(&self, item: ScheduleItem) -> Result<bool, StoreError> {
        let database = &self.shared.database;
        let Some(run) = schedule_run::get(database, self.tenant, item.run_id).await? else {
            return Ok(false);
        };
        let world = self.shared.world(self.tenant.as_str());
        let Some(scheduled) = world.scheduled(&item.schedule_key, &self.shared.zone) else {
            return Ok(false);
        };
        let making = self.making(&run, scheduled, &world);
        let ends = self.send(vec![making.task(self.fence, item)]).await;
        let Some(end) = ends.and_then(|it| it.first().copied()) else {
            return Ok(false);
        };
        if end == ItemEnd::Created {
            let counts = Counts {
                created: 1,
                failed: -1,
                ..Counts::default()
            };
            let page = Page {
                subjects: Vec::new(),
                cursor: run.cursor.clone(),
            };
            let config_version = making.config_version.clone();
            self.advance(&run, (&page, counts), None, config_version)
                .await;
        }
        Ok(matches!(end, ItemEnd::Created | ItemEnd::Failed))
    }

    fn making<'m>(
        &self,
        run: &'m ScheduleRun,
        scheduled: Scheduled<'m>,
        world: &TenantWorld,
    ) -> Making<'m> {
        let day = |at: i64| date_of(Instant(at), &self.shared.zone);
        let in_force = scheduled.at(run.scheduled_for);
        let version = world.schedule(&run.key);
        let version = version.map(|it| it.0.manifest().plugin.version.clone());
        Making {
            run,
            aim: scheduled.aim(&in_force),
            since: day(run.first_for),
            as_of: day(run.scheduled_for),
            config_version: Arc::from(format!(
                "{}/{}",
                version.unwrap_or_default(),
                in_force.version
            )),
            scheduled,
        }
    }

    /// The next page of the population; without one, the schedule itself is the only subject.
    async fn page(&self, making: &Making<'_>, world: &TenantWorld) -> Result<Page, StoreError> {
        let nothing = Page {
            subjects: Vec::new(),
            cursor: None,
        };
        let Some(population) = &making.scheduled.declared.population else {
            let subject = Subject {
                id: Arc::from(NO_SUBJECT),
                anchor: None,
            };
            return Ok(Page {
                subjects: vec![subject],
                ..nothing
            });
        };
        let kind = world.record_plugin(&population.record);
        let kind = kind.and_then(|it| it.manifest().record(&population.record));
        let (Some(kind), Some(filter)) = (kind, kind.and_then(|it| making.filter(population, it)))
        else {
            return Ok(nothing);
        };
        let request = PageRequest {
            first: PAGE,
            after: making.run.cursor.as_deref().map(Cursor::from_text),
        };
        let database = &self.shared.database;
        let found = record::list(database, self.tenant, &kind.kind, &filter, &request).await?;
        let last = found.edges.last().map(|it| Arc::from(it.cursor.as_str()));
        let cursor = last.filter(|_| found.has_next_page);
        let subjects = found.into_nodes().into_iter().map(|it| Subject {
            anchor: making.anchor(kind, &it.body),
            id: it.id,
        });
        Ok(Page {
            subjects: subjects.collect(),
            cursor,
        })
    }

    /// Carries out what is open of a page; nothing if it has to be gone on with later.
    async fn carry_out(
        &self,
        making: &Making<'_>,
        subjects: &[Subject],
    ) -> Result<Option<Counts>, StoreError> {
        let mut open = Vec::new();
        for subject in subjects {
            let days = (making.since, making.as_of);
            let openings = making
                .aim
                .openings(making.scheduled.calendar, days, subject.anchor);
            open.extend(openings.into_iter().map(|it| making.item(subject, &it)));
        }
        let mut counts = Counts {
            selected: count(open.len()),
            ..Counts::default()
        };
        let fresh = self.fresh(making, open).await?;
        counts.skipped_duplicate = counts.selected - count(fresh.len());
        for some in fresh.chunks(ITEMS_AT_ONCE) {
            let tasks = some.iter().map(|it| making.task(self.fence, it.clone()));
            let Some(ends) = self.send(tasks.collect()).await else {
                return Ok(None);
            };
            for end in ends {
                match end {
                    ItemEnd::Created => counts.created += 1,
                    ItemEnd::Duplicate => counts.skipped_duplicate += 1,
                    ItemEnd::Failed => counts.failed += 1,
                    ItemEnd::LeaseLost => {
                        tracing::warn!(code = "SCH-4005", schedule = %making.run.key, "another node has taken the run over");
                        return Ok(None);
                    }
                }
            }
        }
        Ok(Some(counts))
    }

    /// Leaves out items that were handled: under the same key, or of the same fact and stage by a
    /// rule that has changed since.
    async fn fresh(
        &self,
        making: &Making<'_>,
        open: Vec<ScheduleItem>,
    ) -> Result<Vec<ScheduleItem>, StoreError> {
        if open.is_empty() {
            return Ok(open);
        }
        let ids: Vec<Arc<str>> = open.iter().map(|it| it.subject_id.clone()).collect();
        let database = &self.shared.database;
        let known =
            schedule_item::of_subjects(database, self.tenant, &making.run.key, &ids).await?;
        let mut by_subject: BTreeMap<Arc<str>, Vec<ScheduleItem>> = BTreeMap::new();
        for it in known {
            by_subject
                .entry(it.subject_id.clone())
                .or_default()
                .push(it);
        }
        let fresh = open.into_iter().filter_map(|item| {
            let known = by_subject.get(&item.subject_id);
            let mut known = known.into_iter().flatten();
            let same = known.find(|it| it.key == item.key || is_same_fact(it, &item));
            match same {
                None => Some(item),
                Some(same) if making.tries_again(same) => Some(ScheduleItem {
                    n_tries: same.n_tries,
                    ..item
                }),
                Some(_) => None,
            }
        });
        Ok(fresh.collect())
    }

    /// Sends items and waits for their ends; nothing if one of them could not be noted.
    async fn send(&self, items: Vec<RunItem>) -> Option<Vec<ItemEnd>> {
        let tasks = items.into_iter().map(|it| Task::RunItem(Arc::new(it)));
        let answers = join_all(tasks.map(|it| self.handle.send_internal(it))).await;
        let mut ends = Vec::with_capacity(answers.len());
        for answer in answers {
            match answer {
                Ok(Some(outcome)) => match outcome.done {
                    Done::ScheduleItemEnded(end) => ends.push(end),
                    other => tracing::error!(?other, "an item of a schedule answered otherwise"),
                },
                Ok(None) => tracing::error!("an item of a schedule answered nothing"),
                Err(error) => {
                    tracing::warn!(%error, "an item of a schedule could not be noted; the run goes on later");
                    return None;
                }
            }
        }
        Some(ends)
    }

    /// Notes how far the run has got; false if it could not be noted.
    async fn advance(
        &self,
        run: &ScheduleRun,
        (page, counts): (&Page, Counts),
        end: Option<(RunState, Option<Arc<str>>)>,
        config_version: Arc<str>,
    ) -> bool {
        let advance = AdvanceRun {
            fence: self.fence.clone(),
            run_id: run.id,
            cursor: page.cursor.clone(),
            selected: counts.selected,
            created: counts.created,
            skipped_duplicate: counts.skipped_duplicate,
            failed: counts.failed,
            end,
            config_version,
        };
        let task = Task::AdvanceRun(Arc::new(advance));
        match self.handle.send_internal(task).await {
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(schedule = %run.key, %error, "how far a run has got was not noted; it goes on later");
                false
            }
        }
    }

    async fn fail(&self, run: &ScheduleRun, error: &CommandError) -> Worked {
        let text = error.user_errors().into_iter().next();
        let text = text.map(|it| Arc::from(format!("{} / {}", it.text.zh, it.text.en)));
        let page = Page {
            subjects: Vec::new(),
            cursor: run.cursor.clone(),
        };
        let end = Some((RunState::Failed, text));
        let config_version = run.config_version.clone();
        let counts = Counts::default();
        match self
            .advance(run, (&page, counts), end, config_version)
            .await
        {
            true => Worked::Through,
            false => Worked::Stopped,
        }
    }
}

impl Making<'_> {
    /// Which records can have something open, in the order of an index.
    fn filter(&self, population: &Population, kind: &RecordKind) -> Option<RecordFilter> {
        let column = |condition: &Condition| {
            let declared = kind.filters.iter().find(|it| it.name == condition.filter)?;
            Some(ColumnFilter {
                column: Arc::from(condition.filter.as_str()),
                test: self.test(declared.r#type, &condition.test)?,
            })
        };
        let columns: Option<Vec<ColumnFilter>> = population.conditions.iter().map(column).collect();
        let mut filter = RecordFilter {
            columns: columns?,
            ..RecordFilter::default()
        };
        let span = self.aim.span(self.scheduled.calendar, self.as_of);
        if let (Some(span), Some(name)) = (span, self.anchor_filter()) {
            // Nothing at all is open where there is no last day.
            let until = span.until?;
            let day = |it: Date| ColumnValue::Date(Arc::from(it.to_string()));
            filter.columns.push(ColumnFilter {
                column: Arc::from(name),
                test: ColumnTest::Between {
                    from: span.from.map(day),
                    to: Some(day(until)),
                },
            });
            filter.order = RecordOrder::Column(Arc::from(name));
        }
        Some(filter)
    }

    fn test(&self, filter: FilterType, test: &Test) -> Option<ColumnTest> {
        Some(match test {
            Test::Equals(value) => ColumnTest::Equals(value_of(filter, value)?),
            Test::OneOf(values) => {
                let values = values.iter().map(|it| value_of(filter, it));
                ColumnTest::In(values.collect::<Option<_>>()?)
            }
            Test::Days { from, until } => {
                let day = |it: &Option<i32>| {
                    let on = self.as_of.add_days(i64::from((*it)?))?;
                    Some(ColumnValue::Date(Arc::from(on.to_string())))
                };
                ColumnTest::Between {
                    from: day(from),
                    to: day(until),
                }
            }
            Test::Absent => ColumnTest::IsNull,
        })
    }

    fn anchor_filter(&self) -> Option<&str> {
        match &self.scheduled.declared.due {
            Some(Due::After { filter, .. }) => Some(filter),
            Some(Due::EndOfPeriod { .. } | Due::Fixed { .. }) | None => None,
        }
    }

    /// The date of a record from which its due day is reckoned.
    fn anchor(&self, kind: &RecordKind, body: &str) -> Option<Date> {
        let name = self.anchor_filter()?;
        let filter = kind.filters.iter().find(|it| it.name == name)?;
        let body: Json = serde_json::from_str(body).ok()?;
        Date::parse(body.pointer(&filter.path)?.as_str()?)
    }

    fn item(&self, subject: &Subject, opening: &Opening) -> ScheduleItem {
        let run = self.run;
        let period = match period_of(self.scheduled.declared.period) {
            Period::Run => self.run_name(),
            _ => opening.period.clone(),
        };
        let stage = opening.stage.map(|it| format!(":{it}")).unwrap_or_default();
        let late = match self.aim.by_date {
            true => run.missed_until.is_some_and(|it| opening.opens_on <= it),
            false => run.late,
        };
        ScheduleItem {
            key: Arc::from(format!("{}:{}:{period}{stage}", run.key, subject.id)),
            schedule_key: run.key.clone(),
            run_id: run.id,
            subject_id: subject.id.clone(),
            anchor_on: subject.anchor,
            due_on: opening.due_on,
            stage: opening.stage,
            period: Arc::from(period),
            late,
            outcome: ItemOutcome::Failed,
            message: None,
            n_tries: 0,
            retry_at: None,
            at: 0,
        }
    }

    /// The name of a run as a period of its own; one that was asked for has a number beside it.
    fn run_name(&self) -> String {
        let at = Timestamp::from_microseconds(self.run.scheduled_for);
        let local = DateTime::from_timestamp(at, self.scheduled.zone.clone());
        let time = local.time();
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        let name = format!("{}T{hour:02}{minute:02}{second:02}", local.date());
        match self.run.ordinal {
            0 => name,
            ordinal => format!("{name}#{ordinal}"),
        }
    }

    /// Whether an item that failed before is tried again by this run: by those that select what is
    /// due at all times, not by the run that has just tried it.
    fn tries_again(&self, item: &ScheduleItem) -> bool {
        use tongban_core::schedule::Missed;
        let selects = matches!(self.run.policy, Missed::DateDriven | Missed::Once)
            || self.run.requested_by.is_some();
        item.outcome == ItemOutcome::Failed && item.run_id != self.run.id && selects
    }

    fn task(&self, fence: &Fence, item: ScheduleItem) -> RunItem {
        let declared = self.scheduled.declared;
        let population = declared.population.as_ref();
        RunItem {
            fence: fence.clone(),
            run_id: self.run.id,
            scheduled_for: self.run.scheduled_for,
            as_of: self.as_of,
            subject: population.map(|it| Arc::from(it.subject.as_str())),
            operation: Arc::from(declared.operation.as_str()),
            item,
        }
    }
}

/// Whether two items are about the same fact at the same stage, however it was counted.
fn is_same_fact(known: &ScheduleItem, item: &ScheduleItem) -> bool {
    item.anchor_on.is_some() && known.anchor_on == item.anchor_on && known.stage == item.stage
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
