//! What a run of a schedule finds to do: its population page after page, and what of each subject is open.

use std::collections::BTreeMap;
use std::sync::Arc;

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
use tongban_store::query::{record, schedule_item};
use tongban_store::row::record::ColumnValue;
use tongban_store::row::schedule_run::{ItemOutcome, RunState, ScheduleItem, ScheduleRun};

use crate::record_columns::value_of;
use crate::schedule::{Scheduled, period_of};
use crate::shared::Shared;
use crate::tenant::TenantWorld;

/// Records of one page.
const PAGE: u32 = 1_000;
/// The subject of a schedule without a population.
const NO_SUBJECT: &str = "-";

/// Where runs look for what they have to do.
#[derive(Clone, Copy)]
pub(crate) struct RunPopulation<'p> {
    pub(crate) shared: &'p Arc<Shared>,
    pub(crate) tenant: &'p TenantId,
}

/// A subject with the date its due day is reckoned from.
pub(crate) struct Subject {
    id: Arc<str>,
    anchor: Option<Date>,
}

/// A page of a population.
pub(crate) struct Page {
    pub(crate) subjects: Vec<Subject>,
    /// Where the next one begins; none after the last.
    pub(crate) cursor: Option<Arc<str>>,
}

/// What is open of a page.
pub(crate) struct Open {
    /// How many subjects and stages there are.
    pub(crate) selected: i64,
    /// Those that were not handled yet.
    pub(crate) fresh: Vec<ScheduleItem>,
}

/// A run with what it is made by.
pub(crate) struct Making<'m> {
    pub(crate) run: &'m ScheduleRun,
    pub(crate) scheduled: Scheduled<'m>,
    aim: Aim,
    since: Date,
    pub(crate) as_of: Date,
    pub(crate) config_version: Arc<str>,
}

impl RunPopulation<'_> {
    /// Ends a run that is not noted yet, if it has nothing to do.
    pub(crate) async fn end_idle(&self, run: &mut ScheduleRun, now: i64) -> Result<(), StoreError> {
        let world = self.shared.world(self.tenant.as_str());
        let Some(scheduled) = world.scheduled(&run.key, &self.shared.zone) else {
            return Ok(());
        };
        let making = self.making(run, scheduled, &world);
        let page = self.page(&making, &world).await?;
        let open = self.open(&making, &page.subjects).await?;
        if page.cursor.is_some() || !open.fresh.is_empty() {
            return Ok(());
        }
        let config_version = making.config_version;
        run.state = RunState::Done;
        run.selected = open.selected;
        run.skipped_duplicate = open.selected;
        run.config_version = config_version;
        (run.started_at, run.ended_at) = (Some(now), Some(now));
        Ok(())
    }

    /// A run with the rule it runs by.
    pub(crate) fn making<'m>(
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
    pub(crate) async fn page(
        &self,
        making: &Making<'_>,
        world: &TenantWorld,
    ) -> Result<Page, StoreError> {
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

    /// What is open of a page.
    pub(crate) async fn open(
        &self,
        making: &Making<'_>,
        subjects: &[Subject],
    ) -> Result<Open, StoreError> {
        let open = subjects
            .iter()
            .flat_map(|it| making.items(it))
            .collect::<Vec<_>>();
        Ok(Open {
            selected: i64::try_from(open.len()).unwrap_or(i64::MAX),
            fresh: self.fresh(making, open).await?,
        })
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

    /// What is open of a subject.
    fn items(&self, subject: &Subject) -> Vec<ScheduleItem> {
        let days = (self.since, self.as_of);
        let calendar = self.scheduled.calendar;
        let openings = self.aim.openings(calendar, days, subject.anchor);
        openings.iter().map(|it| self.item(subject, it)).collect()
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
}

/// Whether two items are about the same fact at the same stage, however it was counted.
fn is_same_fact(known: &ScheduleItem, item: &ScheduleItem) -> bool {
    item.anchor_on.is_some() && known.anchor_on == item.anchor_on && known.stage == item.stage
}
