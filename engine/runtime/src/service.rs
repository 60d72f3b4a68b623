//! Starts and stops the parts of an engine, in an order that loses nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tongban_store::dialect::Dialect;

use crate::advance::ClockHand;
use crate::engine::Handle;
use crate::error::Error;
use crate::executor::work::{Task, Work};
use crate::executor::{Executor, Inbox};
use crate::reconciler::{Reconcilers, lease, relay};
use crate::shared::Shared;
use crate::timer::Timers;

/// How often outcomes that were kept long enough are looked for.
const PURGE_PERIOD: Duration = Duration::from_secs(6 * 3600);

/// Tells background work to end.
#[derive(Clone)]
pub(crate) struct StopSignal(watch::Receiver<bool>);

impl StopSignal {
    pub(crate) fn is_stopping(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for the signal.
    pub(crate) async fn stopping(&mut self) {
        // A sender that is gone means stop, too.
        drop(self.0.wait_for(|it| *it).await);
    }
}

/// The running parts.
pub(crate) struct Services {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    background: Vec<JoinHandle<()>>,
    executors: Vec<std::thread::JoinHandle<()>>,
    gate: watch::Sender<bool>,
}

/// Starts everything.
pub(crate) async fn start(shared: Arc<Shared>) -> Result<(Handle, Services), Error> {
    let (sender, receiver) = mpsc::channel(shared.bounds.queue_commands_max.max(1));
    let inbox: Inbox = Arc::new(tokio::sync::Mutex::new(receiver));
    let (stop, stop_signal) = watch::channel(false);
    let (gate, gate_signal) = watch::channel(true);
    let timers = Arc::new(Timers::new(shared.clone()));
    let reconcilers = Reconcilers::new(&shared);
    let connectors = crate::outbox::connectors(&shared);
    let clock_hand = ClockHand::new(
        shared.clone(),
        timers.clone(),
        reconcilers.clone(),
        connectors.clone(),
    );
    let handle = Handle {
        shared: shared.clone(),
        inbox: sender,
        gate: gate_signal,
        clock_hand,
    };
    let mut executors = Vec::new();
    for number in 0..shared.bounds.executors.max(1) {
        executors.push(start_executor(&shared, &inbox, number)?);
    }
    let signal = || StopSignal(stop_signal.clone());
    let mut background = relay(&shared, &signal).await?;
    if shared.database.dialect() == Dialect::Postgresql {
        // The first round before anything is served, so that a node that is alone begins with all.
        lease::renew(&shared).await.map_err(|source| Error::Store {
            doing: "lease work of",
            source,
        })?;
    }
    background.extend([
        tokio::spawn(lease::run(shared.clone(), signal())),
        tokio::spawn(reconcilers.continuations.run(handle.clone(), signal())),
        tokio::spawn(reconcilers.calendars.run(handle.clone(), signal())),
        tokio::spawn(reconcilers.reminders.run(handle.clone(), signal())),
        tokio::spawn(reconcilers.time_events.run(handle.clone(), signal())),
        tokio::spawn(reconcilers.escalations.run(handle.clone(), signal())),
        tokio::spawn(reconcilers.schedules.run(handle.clone(), signal())),
        tokio::spawn(timers.run(handle.clone(), signal())),
        tokio::spawn(crate::reconciler::job_queue::run(shared.clone(), signal())),
        tokio::spawn(purge(handle.clone(), signal())),
        tokio::spawn(crate::reconciler::world::run(shared.clone(), signal())),
        tokio::spawn(crate::reconciler::message::run(
            shared.clone(),
            handle.clone(),
            signal(),
        )),
    ]);
    let started = connectors.into_iter();
    background.extend(started.map(|it| tokio::spawn(it.run(handle.clone(), signal()))));
    Ok((
        handle,
        Services {
            shared,
            stop,
            background,
            executors,
            gate,
        },
    ))
}

/// Joins this node to the others; nothing on SQLite.
async fn relay(
    shared: &Arc<Shared>,
    signal: &impl Fn() -> StopSignal,
) -> Result<Vec<JoinHandle<()>>, Error> {
    let listener = shared
        .database
        .listen()
        .await
        .map_err(|source| Error::Store {
            doing: "listen to",
            source,
        })?;
    let Some(listener) = listener else {
        return Ok(Vec::new());
    };
    // Not the node's name, which two nodes may have by mistake.
    let origin: Arc<str> = Arc::from(uuid::Uuid::new_v4().to_string());
    let (sender, receiver) = relay::channel();
    shared.set_relay(sender);
    let send = relay::send(shared.clone(), origin.clone(), receiver, signal());
    let hear = relay::hear(shared.clone(), origin, listener, signal());
    Ok(vec![tokio::spawn(send), tokio::spawn(hear)])
}

fn start_executor(
    shared: &Arc<Shared>,
    inbox: &Inbox,
    number: u32,
) -> Result<std::thread::JoinHandle<()>, Error> {
    let executor = Executor::new(
        shared.clone(),
        tokio::runtime::Handle::current(),
        inbox.clone(),
    );
    let thread = std::thread::Builder::new().name(format!("executor-{number}"));
    thread.spawn(move || executor.run()).map_err(Error::Thread)
}

async fn purge(handle: Handle, mut stop: StopSignal) {
    while !stop.is_stopping() {
        tokio::select! {
            () = tokio::time::sleep(PURGE_PERIOD) => {
                if let Err(error) = handle.send_internal(Task::PurgeOutcomes).await {
                    tracing::warn!(%error, "kept outcomes were not purged; it is tried again");
                }
            }
            () = stop.stopping() => {}
        }
    }
}

impl Services {
    /// Ends background work, refuses new commands, and waits until those that were taken have
    /// been answered.
    pub(crate) async fn stop(mut self, handle: Handle) {
        self.gate.send_replace(false);
        self.stop.send_replace(true);
        for task in std::mem::take(&mut self.background) {
            if let Err(error) = task.await {
                tracing::error!(%error, "a background task ended with a panic");
            }
        }
        // The executors end when told to, after all work sent before; other handles only refuse.
        for _ in &self.executors {
            let end = Work {
                task: Task::End,
                reply: None,
            };
            drop(handle.inbox.send(end).await);
        }
        let executors = std::mem::take(&mut self.executors);
        let joined = tokio::task::spawn_blocking(move || {
            for thread in executors {
                if thread.join().is_err() {
                    tracing::error!("an executor ended with a panic");
                }
            }
        });
        drop(joined.await);
        if let Err(error) = self.shared.database.checkpoint().await {
            tracing::warn!(error = %crate::executor::stop::chain(&error), "could not copy the write-ahead log back");
        }
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        self.gate.send_replace(false);
        self.stop.send_replace(true);
        for task in &self.background {
            task.abort();
        }
    }
}
