//! What happens to the database under a running server, before the server itself is killed.

use std::fmt;
use std::time::Duration;

use rand::Rng as _;
use rand::rngs::StdRng;
use tongban_tests_support::database::Kind;
use tongban_tests_support::postgres::{Cluster, Flush};

/// Ends every connection of servers to the database.
const CUT: &str =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tongban'";

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disturbance {
    /// Nothing but the kill of the server.
    None,
    /// The server's connections are cut, and it works on for a while.
    Cut { after_ms: u64 },
    /// The cluster crashes and is away for a while; then the server works on.
    Crash { away_ms: u64, after_ms: u64 },
    /// The cluster crashes, and the server dies while it is away.
    CrashBoth { away_ms: u64 },
}

/// The database of the test, and what happened to it.
pub(crate) struct Disturbed {
    cluster: Option<(Cluster, String)>,
    n_cut: u32,
    n_crashed: u32,
    is_down: bool,
}

impl Disturbed {
    /// A cluster with a database, every commit flushed; nothing on SQLite.
    pub(crate) fn start(kind: Kind) -> anyhow::Result<Self> {
        let cluster = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => {
                let cluster = Cluster::start(Flush::Yes)?;
                let name = cluster.create(None)?;
                Some((cluster, name))
            }
        };
        Ok(Self {
            cluster,
            n_cut: 0,
            n_crashed: 0,
            is_down: false,
        })
    }

    /// The URL of the database; none on SQLite.
    pub(crate) fn url(&self) -> Option<String> {
        self.cluster
            .as_ref()
            .map(|(cluster, name)| cluster.url(name))
    }

    /// What is to happen in the next round.
    pub(crate) fn choose(&self, moments: &mut StdRng) -> Disturbance {
        if self.cluster.is_none() {
            return Disturbance::None;
        }
        let (away_ms, after_ms) = (moments.random_range(0..400), moments.random_range(20..400));
        match moments.random_range(0..10) {
            0..4 => Disturbance::None,
            4..6 => Disturbance::Cut { after_ms },
            6..9 => Disturbance::Crash { away_ms, after_ms },
            _ => Disturbance::CrashBoth { away_ms },
        }
    }

    /// Lets it happen. After [`Disturbance::CrashBoth`] the cluster is away until [`Disturbed::restore`].
    pub(crate) async fn disturb(&mut self, disturbance: Disturbance) -> anyhow::Result<()> {
        let Some((cluster, name)) = &mut self.cluster else {
            return Ok(());
        };
        match disturbance {
            Disturbance::None => {}
            Disturbance::Cut { after_ms } => {
                cluster.query(name, CUT)?;
                self.n_cut += 1;
                tokio::time::sleep(Duration::from_millis(after_ms)).await;
            }
            Disturbance::Crash { away_ms, after_ms } => {
                cluster.crash()?;
                self.n_crashed += 1;
                tokio::time::sleep(Duration::from_millis(away_ms)).await;
                cluster.start_again()?;
                tokio::time::sleep(Duration::from_millis(after_ms)).await;
            }
            Disturbance::CrashBoth { away_ms } => {
                cluster.crash()?;
                self.n_crashed += 1;
                self.is_down = true;
                tokio::time::sleep(Duration::from_millis(away_ms)).await;
            }
        }
        Ok(())
    }

    /// Starts the cluster again if it is away.
    pub(crate) fn restore(&mut self) -> anyhow::Result<()> {
        match &mut self.cluster {
            Some((cluster, _)) if std::mem::take(&mut self.is_down) => cluster.start_again(),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Disturbed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cluster {
            None => write!(formatter, "the database was left alone"),
            Some(_) => write!(
                formatter,
                "connections cut {} times, cluster crashed {} times",
                self.n_cut, self.n_crashed
            ),
        }
    }
}
