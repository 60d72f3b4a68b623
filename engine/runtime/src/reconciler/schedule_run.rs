//! One run of a schedule, page after page of its population.

use std::sync::Arc;

use futures::future::join_all;
use tongban_store::error::Error as StoreError;
use tongban_store::query::schedule_run;
use tongban_store::row::schedule_run::{RunState, ScheduleItem, ScheduleRun};

use super::schedule_population::{Making, Page, RunPopulation, Subject};
use crate::engine::Handle;
use crate::error::CommandError;
use crate::executor::work::{AdvanceRun, Fence, RunItem, Task};
use crate::outcome::{Done, ItemEnd};

/// Items that wait in the executor's queue at once.
const ITEMS_AT_ONCE: usize = 256;

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
    pub(crate) population: RunPopulation<'w>,
    pub(crate) handle: &'w Handle,
    pub(crate) fence: &'w Fence,
}

/// What became of a page.
#[derive(Default)]
struct Counts {
    selected: i64,
    created: i64,
    skipped_duplicate: i64,
    failed: i64,
}

impl RunWork<'_> {
    /// Makes a run to its end, from where it had got to.
    pub(crate) async fn make(&self, run: ScheduleRun) -> Result<Worked, StoreError> {
        let RunPopulation { shared, tenant } = self.population;
        let mut run = run;
        loop {
            shared.health.beat("schedules");
            // Each page is made by what holds then: a plugin may be replaced meanwhile.
            let world = shared.world(tenant.as_str());
            let Some(scheduled) = world.scheduled(&run.key, &shared.zone) else {
                let error = CommandError::rejected("SCHEDULE_NOT_FOUND", &[("schedule", &run.key)]);
                return Ok(self.fail(&run, &error).await);
            };
            let making = self.population.making(&run, scheduled, &world);
            let page = match self.population.page(&making, &world).await {
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
        let RunPopulation { shared, tenant } = self.population;
        let Some(run) = schedule_run::get(&shared.database, tenant, item.run_id).await? else {
            return Ok(false);
        };
        let world = shared.world(tenant.as_str());
        let Some(scheduled) = world.scheduled(&item.schedule_key, &shared.zone) else {
            return Ok(false);
        };
        let making = self.population.making(&run, scheduled, &world);
        let ends = self.send(vec![self.task(&making, item)]).await;
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

    /// Carries out what is open of a page; nothing if it has to be gone on with later.
    async fn carry_out(
        &self,
        making: &Making<'_>,
        subjects: &[Subject],
    ) -> Result<Option<Counts>, StoreError> {
        let open = self.population.open(making, subjects).await?;
        let mut counts = Counts {
            selected: open.selected,
            skipped_duplicate: open.selected - count(open.fresh.len()),
            ..Counts::default()
        };
        for some in open.fresh.chunks(ITEMS_AT_ONCE) {
            let tasks = some.iter().map(|it| self.task(making, it.clone()));
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

    fn task(&self, making: &Making<'_>, item: ScheduleItem) -> RunItem {
        let declared = making.scheduled.declared;
        let population = declared.population.as_ref();
        RunItem {
            fence: self.fence.clone(),
            run_id: making.run.id,
            scheduled_for: making.run.scheduled_for,
            as_of: making.as_of,
            subject: population.map(|it| Arc::from(it.subject.as_str())),
            operation: Arc::from(declared.operation.as_str()),
            item,
        }
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

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
