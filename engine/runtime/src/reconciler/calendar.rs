//! Reckons deadlines by new editions of a calendar, page after page, also after a restart.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tongban_store::query::calendar::running_publications;

use crate::engine::Handle;
use crate::executor::stop::chain;
use crate::executor::work::{ReckonDeadlines, Task};
use crate::service::StopSignal;
use crate::shared::Shared;

/// Pages of one edition before the others are looked at.
const PAGES_MAX: u32 = 50;

/// Deadlines of a page, at least and at most.
const PAGE_MIN: u32 = 100;
const PAGE_MAX: u32 = 2_000;
/// How long a page may keep others waiting, with what it waited itself.
const PAGE_TIME: Duration = Duration::from_millis(10);

/// The reconciler of calendars.
pub(crate) struct Calendars {
    shared: Arc<Shared>,
    /// Deadlines of the next page. Commands of people are served between two pages, so that pages
    /// become smaller the more there are.
    page: AtomicU32,
}

impl Calendars {
    pub(crate) fn new(shared: Arc<Shared>) -> Calendars {
        Calendars {
            shared,
            page: AtomicU32::new(PAGE_MIN),
        }
    }

    /// Reckons again and again, until it is told to stop.
    pub(crate) async fn run(self: Arc<Calendars>, handle: Handle, mut stop: StopSignal) {
        let period = Duration::from_millis(self.shared.bounds.period_ms);
        while !stop.is_stopping() {
            self.shared.health.beat("calendars");
            if !self.shared.share.load().leads() || self.run_some(&handle).await == 0 {
                tokio::select! {
                    () = self.shared.wakes.calendars.notified() => {}
                    () = tokio::time::sleep(period) => {}
                    () = stop.stopping() => {}
                }
            }
        }
    }

    /// Reckons all that has yet to be reckoned; says how many pages there were.
    pub(crate) async fn run_all(&self, handle: &Handle) -> u64 {
        let mut n_pages = 0;
        loop {
            match self.run_some(handle).await {
                0 => return n_pages,
                n => n_pages += n,
            }
        }
    }

    /// Reckons some pages of each edition; says how many.
    async fn run_some(&self, handle: &Handle) -> u64 {
        let running = match running_publications(&self.shared.database).await {
            Ok(running) => running,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "could not read editions of calendars; they are read again");
                return 0;
            }
        };
        let mut n_pages = 0;
        for (tenant, number) in running {
            let tenant: Arc<str> = Arc::from(tenant.as_str());
            for _ in 0..PAGES_MAX {
                let page = ReckonDeadlines {
                    tenant: tenant.clone(),
                    number,
                    page: self.page.load(Ordering::Relaxed),
                };
                let begun = Instant::now();
                match handle.send_internal(Task::ReckonDeadlines(page)).await {
                    Ok(_) => n_pages += 1,
                    Err(error) => {
                        tracing::warn!(tenant.id = %tenant, %error, "a page of deadlines was not reckoned; it is tried again");
                        return 0;
                    }
                }
                self.follow(begun.elapsed());
                if self.is_done(&tenant, number).await {
                    break;
                }
            }
        }
        n_pages
    }

    /// Makes the next page smaller after one that took long, and greater after one that was over soon.
    fn follow(&self, took: Duration) {
        let page = self.page.load(Ordering::Relaxed);
        let next = if took > PAGE_TIME {
            page / 2
        } else if took < PAGE_TIME / 2 {
            page * 2
        } else {
            page
        };
        self.page
            .store(next.clamp(PAGE_MIN, PAGE_MAX), Ordering::Relaxed);
    }

    async fn is_done(&self, tenant: &str, number: i64) -> bool {
        use tongban_store::row::calendar::PublicationState;
        let tenant = tongban_store::id::TenantId::new(tenant);
        let found =
            tongban_store::query::calendar::publication(&self.shared.database, &tenant, number)
                .await;
        !matches!(found, Ok(Some(it)) if it.state == PublicationState::Running)
    }
}
