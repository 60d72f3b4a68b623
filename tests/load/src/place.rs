//! Where a measured server keeps its data: an SQLite file, or a database of a PostgreSQL cluster on the same machine,
//! either with every commit flushed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tongban_tests_support::database::Kind;
use tongban_tests_support::paths;
use tongban_tests_support::postgres::{Cluster, Flush};
use tongban_tests_support::server::{Options, Server};

use crate::civil;
use crate::usage::Usage;

/// What a server begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    /// A county that has nothing but its calendar, no plugin, and jobs of the type `tongban:noop` done by the server.
    Plain,
    /// The sample county with its plugin, on a manual clock.
    Civil,
    /// What is there already, on a manual clock that stands there, and jobs of the type `tongban:noop` done by the server.
    Filled(&'static str),
}

/// The databases of one kind.
pub(crate) struct Place {
    cluster: Option<Cluster>,
    folder: PathBuf,
}

/// One database, with the data folder of its server.
pub(crate) struct Database<'p> {
    place: &'p Place,
    data: PathBuf,
    /// Its name in the cluster.
    name: Option<String>,
}

impl Place {
    pub(crate) fn new(kind: Kind, folder: &Path) -> anyhow::Result<Self> {
        let cluster = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => Some(Cluster::start(Flush::Yes)?),
        };
        Ok(Self {
            cluster,
            folder: folder.join(format!("{kind:?}")),
        })
    }

    /// As the table names it.
    pub(crate) fn title(&self) -> &'static str {
        match self.cluster {
            None => "sqlite",
            Some(_) => "postgres",
        }
    }

    /// A new database.
    pub(crate) fn database(&self, title: &str) -> anyhow::Result<Database<'_>> {
        let data = self.folder.join(title);
        fs::create_dir_all(&data).context("cannot create a data folder")?;
        let name = self
            .cluster
            .as_ref()
            .map(|it| it.create(None))
            .transpose()?;
        Ok(Database {
            place: self,
            data,
            name,
        })
    }

    /// What the database's own processes have used; nothing where the server does its work.
    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        match &self.cluster {
            None => Ok(Usage::default()),
            Some(cluster) => Usage::of_all(&cluster.processes()?),
        }
    }
}

impl Database<'_> {
    /// Its URL, for programs that are no servers.
    pub(crate) fn url(&self) -> String {
        match (&self.place.cluster, &self.name) {
            (Some(cluster), Some(name)) => cluster.url(name),
            _ => format!("sqlite:{}", self.data.join("tongban.sqlite").display()),
        }
    }

    /// Fills it with records of a plugin; gives how many records, and how many instances, a second.
    pub(crate) fn fill(&self, package: &Path, specification: &Value) -> anyhow::Result<[u64; 2]> {
        let folder = tempfile::tempdir().context("no temporary folder")?;
        let file = folder.path().join("specification.json");
        fs::write(&file, specification.to_string())?;
        let output = Command::new(example("bench_fill"))
            .arg(self.url())
            .arg(package)
            .arg(self.data.join("plugin-cache"))
            .arg(&file)
            .output()
            .context("cannot run bench_fill")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "bench_fill ended with {}: {said}",
            output.status
        );
        let text = String::from_utf8(output.stdout).context("figures are UTF-8")?;
        let result = text.lines().find_map(|it| it.strip_prefix("result\t"));
        let (records, instances) = result
            .and_then(|it| it.split_once('\t'))
            .with_context(|| format!("expected two figures in {text}"))?;
        Ok([records.parse()?, instances.parse()?])
    }

    /// Starts a server on it.
    pub(crate) fn serve(&self, ground: Ground, through: Vec<String>) -> anyhow::Result<Server> {
        let options = Options {
            data: Some(self.data.clone()),
            database: self.name.is_some().then(|| self.url()),
            through,
            ..Options::default()
        };
        Server::start(&match ground {
            Ground::Plain => Options {
                plain_county: true,
                configuration: Some("[bench]\nnoop = true\n[log]\nfilter = 'warn'\n".to_owned()),
                ..options
            },
            Ground::Filled(now) => Options {
                manual_clock: Some(now.to_owned()),
                configuration: Some("[bench]\nnoop = true\n[log]\nfilter = 'warn'\n".to_owned()),
                ..options
            },
            Ground::Civil => Options {
                sample_county: true,
                patch: civil::county(),
                manual_clock: Some(civil::NOW.to_owned()),
                configuration: Some("[log]\nfilter = 'warn'\n".to_owned()),
                ..options
            },
        })
    }

    /// Its size; on SQLite of the file, after its server has stopped.
    pub(crate) fn bytes(&self) -> anyhow::Result<u64> {
        match (&self.place.cluster, &self.name) {
            (Some(cluster), Some(name)) => {
                let text = cluster.query(name, "SELECT pg_database_size(current_database())")?;
                text.trim().parse().context("a size is a number")
            }
            _ => Ok(fs::metadata(self.data.join("tongban.sqlite"))?.len()),
        }
    }

    /// Flushes that the cluster has made so far; none for SQLite, which flushes in the server.
    pub(crate) fn flushes(&self) -> anyhow::Result<Option<u64>> {
        let (Some(cluster), Some(name)) = (&self.place.cluster, &self.name) else {
            return Ok(None);
        };
        let text = cluster.query(name, "SELECT wal_sync FROM pg_stat_wal")?;
        Ok(Some(text.trim().parse().context("a count is a number")?))
    }
}

/// A program that was built beside the server.
pub(crate) fn example(name: &str) -> PathBuf {
    paths::target().join("release/examples").join(name)
}
