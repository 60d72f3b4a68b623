//! What all parts of a running engine share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use arc_swap::ArcSwap;
use tokio::sync::{Notify, Semaphore, broadcast, mpsc};
use tongban_core::limit::Limits;
use tongban_feel::time::{Date, DateTime, Timestamp, Zone};
use tongban_host::host::Host;
use tongban_host::package::Package;
use tongban_store::database::Database;
use tongban_store::database::standing::Standing;
use tongban_store::dialect::Dialect;
use tongban_store::error::Error as StoreError;
use tongban_store::query::wait::Share;
use tongban_store::query::{calendar, configuration, plugin, schedule};
use tongban_store::row::configuration::{Clock as StoredClock, ClockMode as StoredMode};
use tongban_store::row::schedule::ScheduleRule;

use crate::catalogue::Catalogue;
use crate::change::{Change, Subject};
use crate::clock::{Clock, ClockMode, machine_now};
use crate::command::Command;
use crate::definition::Definitions;
use crate::document::Documents;
use crate::engine::{Bounds, Options};
use crate::error::Error;
use crate::executor::deploy::verdict::{Look, Verdicts};
use crate::executor::stop::chain;
use crate::executor::work::Task;
use crate::health::Health;
use crate::job_handler::JobHandlers;
use crate::job_queue::JobQueues;
use crate::metric::Metrics;
use crate::outbox::exchange::Exchange;
use crate::outbox::webhook::Webhooks;
use crate::parameter;
use crate::reconciler::continuation::RowKey;
use crate::resource::Soundness;
use crate::schedule::Rule;
use crate::set_aside::SetAside;
use crate::tenant::{TenantWorld, calendar_of};
use crate::timer::DueKey;

/// Messages kept for subscribers that lag.
const CHANGES_CAPACITY: usize = 4096;
/// The zone in which dates are read, the same for every county of the country.
const ZONE: &str = "Asia/Shanghai";

type Worlds = BTreeMap<Arc<str>, Arc<TenantWorld>>;

/// What all parts share.
pub(crate) struct Shared {
    pub(crate) database: Database,
    pub(crate) clock: Clock,
    pub(crate) zone: Zone,
    pub(crate) exchange: Arc<dyn Exchange>,
    pub(crate) webhooks: Webhooks,
    pub(crate) job_handlers: JobHandlers,
    pub(crate) host: Host,
    pub(crate) definitions: Definitions,
    pub(crate) bounds: Bounds,
    pub(crate) soundness: Soundness,
    pub(crate) documents: Documents,
    pub(crate) verdicts: Verdicts,
    /// Files are examined for one request at a time: it keeps a processor busy.
    pub(crate) examining: Arc<Semaphore>,
    pub(crate) core_limits: Limits,
    pub(crate) catalogue: ArcSwap<Catalogue>,
    pub(crate) changes: broadcast::Sender<Arc<[Change]>>,
    pub(crate) wakes: WakeUps,
    pub(crate) job_queues: JobQueues,
    /// Whether the background services are alive.
    pub(crate) health: Health,
    pub(crate) metrics: Metrics,
    /// The name of this node.
    pub(crate) node: Arc<str>,
    /// The share of the background work that this node takes up.
    pub(crate) share: ArcSwap<Share>,
    /// What other nodes are to be told; absent on SQLite.
    relay: OnceLock<mpsc::Sender<Arc<[Change]>>>,
    // What is due and cannot be fired now. Guards only this set.
    due_aside: Mutex<SetAside<DueKey>>,
    // What commands left to be done and cannot be done now. Guards only this set.
    rows_aside: Mutex<SetAside<RowKey>>,
    worlds: ArcSwap<Worlds>,
    /// The revision of the database that memory shows.
    revision: AtomicI64,
    // Held while memory is brought up to a revision, so that an earlier one never replaces a later.
    agreeing: tokio::sync::Mutex<()>,
}

/// Wakes background work before its period is over.
#[derive(Default)]
pub(crate) struct WakeUps {
    pub(crate) timers: Notify,
    pub(crate) continuations: Notify,
    pub(crate) calendars: Notify,
    pub(crate) time_events: Notify,
    pub(crate) schedules: Notify,
}

impl Shared {
    /// Reads clock, tenants and active plugins.
    pub(crate) async fn load(database: Database, options: Options) -> Result<Arc<Shared>, Error> {
        let clock = load_clock(&database, options.clock).await?;
        let host = Host::new(options.plugins).map_err(|error| Error::Plugin {
            plugin: "machine".to_owned(),
            reason: chain(&error),
        })?;
        let node = options
            .node
            .unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let shared = Shared {
            clock,
            node: Arc::from(node),
            share: ArcSwap::from_pointee(Share::Whole),
            relay: OnceLock::new(),
            due_aside: Mutex::default(),
            rows_aside: Mutex::default(),
            revision: AtomicI64::new(0),
            agreeing: tokio::sync::Mutex::default(),
            zone: Zone::named(ZONE).expect("the zone is in the table compiled in"),
            exchange: options.exchange,
            webhooks: options.webhooks,
            job_handlers: options.job_handlers,
            host,
            definitions: Definitions::new(),
            bounds: options.bounds,
            soundness: options.soundness,
            documents: Documents::new(options.fonts),
            verdicts: Verdicts::default(),
            examining: Arc::new(Semaphore::new(1)),
            core_limits: options.core_limits,
            catalogue: ArcSwap::default(),
            changes: broadcast::channel(CHANGES_CAPACITY).0,
            wakes: WakeUps::default(),
            job_queues: JobQueues::default(),
            health: Health::default(),
            metrics: Metrics::default(),
            worlds: ArcSwap::default(),
            database,
        };
        let standing = shared
            .database
            .standing()
            .await
            .map_err(|source| Error::Store {
                doing: "read",
                source,
            })?;
        shared.reload().await?;
        shared.revision.store(standing.revision, Ordering::Release);
        Ok(Arc::new(shared))
    }

    /// The tenant as a command sees it now.
    pub(crate) fn world(&self, tenant: &str) -> Arc<TenantWorld> {
        let worlds = self.worlds.load();
        worlds
            .get(tenant)
            .cloned()
            .unwrap_or_else(|| Arc::new(TenantWorld::empty(tenant)))
    }

    /// The longest time that a check of any active plugin may take, milliseconds.
    pub(crate) fn longest_check_timeout_ms(&self) -> u32 {
        let worlds = self.worlds.load();
        let plugins = worlds.values().flat_map(|it| &it.plugins);
        let checks = plugins.flat_map(|it| &it.manifest().checks);
        checks.map(|it| it.timeout_ms).max().unwrap_or(0)
    }

    /// Whether the tenant has been set up.
    pub(crate) fn has_tenant(&self, tenant: &str) -> bool {
        self.worlds.load().contains_key(tenant)
    }

    /// The revision of the database that memory shows.
    pub(crate) fn revision(&self) -> i64 {
        self.revision.load(Ordering::Acquire)
    }

    /// Brings memory up to what is committed, if it is behind.
    pub(crate) async fn agree(&self, standing: Standing) -> Result<(), StoreError> {
        self.clock.set(standing.clock_now);
        if self.revision() >= standing.revision {
            return Ok(());
        }
        let _alone = self.agreeing.lock().await;
        if self.revision() >= standing.revision {
            return Ok(());
        }
        self.database.reload_kinds().await?;
        self.reload().await.map_err(|error| match error {
            Error::Store { source, .. } => source,
            other => StoreError::Decode {
                what: "configuration",
                source: Box::new(other),
            },
        })?;
        self.revision.store(standing.revision, Ordering::Release);
        // A composed schema has to be composed again. Nobody may be listening.
        drop(self.changes.send(Arc::from([Change {
            tenant: Arc::from(""),
            subject: Subject::Plugins,
        }])));
        Ok(())
    }

    /// Tells subscribers, here and on other nodes, what a commit has changed.
    pub(crate) fn tell(&self, changes: Arc<[Change]>) {
        if let Some(relay) = self.relay.get()
            && relay.try_send(changes.clone()).is_err()
        {
            tracing::warn!(
                "other nodes were not told of a change: too many are waiting to be told"
            );
        }
        // Nobody may be listening.
        drop(self.changes.send(changes));
    }

    /// Sets where changes go for the other nodes; once.
    pub(crate) fn set_relay(&self, relay: mpsc::Sender<Arc<[Change]>>) {
        if self.relay.set(relay).is_err() {
            tracing::error!("changes already have a way to the other nodes");
        }
    }

    /// The date of an instant in the county's zone.
    pub(crate) fn date_of(&self, at: i64) -> Date {
        let at = Timestamp::from_microseconds(at);
        DateTime::from_timestamp(at, self.zone.clone()).date()
    }

    /// How processes are looked at that are deployed.
    pub(crate) fn look(&self) -> Look<'_> {
        Look {
            soundness: self.soundness,
            verdicts: &self.verdicts,
        }
    }

    /// What is due and cannot be fired now.
    pub(crate) fn due_aside(&self) -> MutexGuard<'_, SetAside<DueKey>> {
        self.due_aside
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What commands left to be done and cannot be done now.
    pub(crate) fn rows_aside(&self) -> MutexGuard<'_, SetAside<RowKey>> {
        self.rows_aside
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what an exclusive task has committed.
    pub(crate) async fn refresh(&self, task: &Task) {
        if self.database.dialect() == Dialect::Postgresql {
            // The commit has revised the database, which the next group sees; until then this node goes
            // on with what it knows, as the others do.
            match self.database.standing().await {
                Ok(standing) => {
                    if let Err(error) = self.agree(standing).await {
                        tracing::error!(error = %chain(&error), "could not read the tenants again");
                    }
                }
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "could not look for a new revision");
                }
            }
        } else {
            self.refresh_alone(task).await;
        }
    }

    /// The same where no other node can have changed anything.
    async fn refresh_alone(&self, task: &Task) {
        match task {
            Task::Request(request) => match &request.command {
                Command::Deploy { .. } => {
                    self.revision.fetch_add(1, Ordering::AcqRel);
                }
                Command::ActivatePlugin { .. }
                | Command::InstallPlugin { .. }
                | Command::PublishCalendar { .. }
                | Command::DecideScheduleRule { .. }
                | Command::LoadCounty { .. }
                | Command::Configuration(_) => self.read_again().await,
                Command::StartProcess { .. }
                | Command::CancelProcessInstance { .. }
                | Command::ClaimUserTask { .. }
                | Command::UnclaimUserTask { .. }
                | Command::CompleteUserTask { .. }
                | Command::PublishMessage { .. }
                | Command::BroadcastSignal { .. }
                | Command::ActivateAdHocActivities { .. }
                | Command::ResolveIncident { .. }
                | Command::InvokeOperation { .. }
                | Command::RunSchedule { .. }
                | Command::SetScheduleEnabled { .. }
                | Command::ProposeScheduleRule { .. }
                | Command::RetryScheduleRun { .. }
                | Command::ResumeScheduler
                | Command::AdvanceClock { .. }
                | Command::SwitchExchange { .. }
                | Command::Job(_)
                | Command::Notice(_)
                | Command::ProcessInstance(_)
                | Command::Batch(_) => {}
            },
            Task::ActivateConfiguration(_) => self.read_again().await,
            Task::SetClock(set) => self.clock.set(set.to),
            Task::TriggerTimer(_)
            | Task::RetryJob(_)
            | Task::Continue(_)
            | Task::Outbox(_)
            | Task::Query(_)
            | Task::Kept(_)
            | Task::PurgeOutcomes
            | Task::PurgeMessages
            | Task::ReckonDeadlines(_)
            | Task::Remind(_)
            | Task::TellOperation(_)
            | Task::PlanSchedule(_)
            | Task::RunItem(_)
            | Task::AdvanceRun(_)
            | Task::WatchClock(_)
            | Task::EscalateTasks(_)
            | Task::End => {}
        }
    }

    async fn read_again(&self) {
        self.revision.fetch_add(1, Ordering::AcqRel);
        if let Err(error) = self.reload().await {
            tracing::error!(error = %chain(&error), "could not read the tenants again");
        }
    }

    /// Reads tenants, calendars, parameters and active plugins.
    pub(crate) async fn reload(&self) -> Result<(), Error> {
        let reading = |source| Error::Store {
            doing: "read",
            source,
        };
        let mut worlds = Worlds::new();
        let rules = schedule::approved_rules(&self.database);
        let rules = rules.await.map_err(reading)?;
        for tenant in configuration::tenants(&self.database)
            .await
            .map_err(reading)?
        {
            let mut world = TenantWorld::empty(tenant.id.as_str());
            let years = configuration::calendar(&self.database, &tenant.id)
                .await
                .map_err(reading)?;
            let contents: Vec<Arc<str>> = years.into_iter().map(|it| it.content).collect();
            let own_days = calendar::overrides(&self.database, &tenant.id)
                .await
                .map_err(reading)?;
            match calendar_of(&contents, &own_days) {
                Ok(calendar) => world.calendar = calendar,
                Err(reason) => {
                    tracing::error!(tenant.id = %tenant.id, %reason, "the calendar cannot be read; weekends are assumed");
                }
            }
            let parameters = configuration::parameters(&self.database, &tenant.id).await;
            for it in parameters.map_err(reading)? {
                let of_plugin = world.parameters.entry(it.plugin.to_string()).or_default();
                let of_key = of_plugin.entry(it.key.to_string()).or_default();
                of_key.push(parameter::dated(&it));
            }
            self.load_plugins(&mut world).await?;
            for (_, rule) in rules.iter().filter(|it| it.0 == tenant.id) {
                add_rule(&mut world, rule);
            }
            worlds.insert(Arc::from(tenant.id.as_str()), Arc::new(world));
        }
        let revision = self.catalogue.load().revision + 1;
        self.catalogue
            .store(Arc::new(Catalogue::of(revision, &worlds)));
        self.worlds.store(Arc::new(worlds));
        Ok(())
    }

    /// Loads the active plugins. One that cannot be loaded any more is left out and reported: its
    /// tasks wait with an incident, all else goes on.
    async fn load_plugins(&self, world: &mut TenantWorld) -> Result<(), Error> {
        let reading = |source| Error::Store {
            doing: "read",
            source,
        };
        for active in plugin::activations(&self.database, &world.id)
            .await
            .map_err(reading)?
        {
            // Opening a package takes long, and this is done with each change of the configuration.
            if let Some(plugin) = self.host.loaded(&active.digest) {
                world.add(plugin);
                continue;
            }
            let content = plugin::package_content(&self.database, &active.digest).await;
            let Some(content) = content.map_err(reading)? else {
                tracing::error!(plugin = %active.name, version = %active.version, "an active plugin is not stored");
                continue;
            };
            let package = match Package::open(&content) {
                Ok(package) => package,
                Err(error) => {
                    tracing::error!(plugin = %active.name, error = %chain(&error), "an active plugin cannot be opened");
                    continue;
                }
            };
            match self.host.load(&package) {
                Ok(plugin) => world.add(plugin),
                Err(error) => {
                    tracing::error!(plugin = %active.name, error = %chain(&error), "an active plugin cannot be loaded");
                }
            }
        }
        Ok(())
    }
}

fn add_rule(world: &mut TenantWorld, rule: &ScheduleRule) {
    match serde_json::from_str(&rule.content) {
        Ok(change) => world
            .rules
            .entry(rule.key.to_string())
            .or_default()
            .push(Rule {
                version: rule.version,
                effective_on: rule.effective_on,
                change,
            }),
        Err(error) => {
            tracing::error!(schedule = %rule.key, rule.version, %error, "a rule of a schedule cannot be read");
        }
    }
}

/// The clock of the database; a new database gets the one that is asked for.
async fn load_clock(database: &Database, asked: ClockMode) -> Result<Clock, Error> {
    let initial = match asked {
        ClockMode::Machine => StoredClock {
            mode: StoredMode::Machine,
            now: 0,
        },
        ClockMode::Manual { initial } => StoredClock {
            mode: StoredMode::Manual,
            now: initial.unwrap_or_else(machine_now),
        },
    };
    let failed = |source: StoreError| Error::Store {
        doing: "read the clock of",
        source,
    };
    let stored = database.initialize_clock(initial).await.map_err(failed)?;
    match (stored.mode, asked) {
        (StoredMode::Machine, ClockMode::Machine) => Ok(Clock::machine()),
        (StoredMode::Manual, ClockMode::Manual { .. }) => Ok(Clock::manual(stored.now)),
        (StoredMode::Machine, ClockMode::Manual { .. }) => Err(Error::ClockMode {
            stored: "machine",
            asked: "manual",
        }),
        (StoredMode::Manual, ClockMode::Machine) => Err(Error::ClockMode {
            stored: "manual",
            asked: "machine",
        }),
    }
}
