//! The database of a test run: SQLite, or a private PostgreSQL with a database of its own for each server.
//!
//! `TONGBAN_TEST_DATABASE` chooses, so that one suite runs on both. A test that names no database gets the one of the
//! run; a server that is started again on the same data folder finds the database it had.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};

use anyhow::{Context as _, bail};

use crate::postgres::{Cluster, Flush};

/// The variable that chooses.
pub const VARIABLE: &str = "TONGBAN_TEST_DATABASE";
/// The file in a data folder that names the database of its server.
const URL_FILE: &str = "test-database-url";

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file in the server's data folder.
    Sqlite,
    /// A database of the private cluster.
    Postgres,
}

impl Kind {
    /// The kind of this run: what [`choose`] said, else what the variable says, else SQLite.
    pub fn of_run() -> anyhow::Result<Self> {
        if let Some(kind) = CHOSEN.get() {
            return Ok(*kind);
        }
        match std::env::var(VARIABLE) {
            Ok(name) => name.parse().context(VARIABLE),
            Err(_) => Ok(Self::Sqlite),
        }
    }
}

impl FromStr for Kind {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> anyhow::Result<Self> {
        match name {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" => Ok(Self::Postgres),
            _ => bail!("found {name:?}, expected sqlite or postgres"),
        }
    }
}

static CHOSEN: OnceLock<Kind> = OnceLock::new();

/// Chooses the kind of this process's run, whatever the variable says; the first choice holds.
pub fn choose(kind: Kind) {
    let _ = CHOSEN.set(kind);
}

/// The cluster of this process; it ends with the process, whose end its supervisor notices.
static CLUSTER: LazyLock<Result<Cluster, String>> =
    LazyLock::new(|| Cluster::start(Flush::No).map_err(|error| format!("{error:#}")));

/// Databases to copy, by what they hold. Held while one is made, so that it is made once.
static TEMPLATES: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// The cluster of this process.
pub fn cluster() -> anyhow::Result<&'static Cluster> {
    CLUSTER
        .as_ref()
        .map_err(|error| anyhow::anyhow!("{error}"))
        .context("cannot start PostgreSQL")
}

/// The URL of the PostgreSQL database of the server whose data lie in `data`; made if it has none yet.
///
/// A new one is a copy of the template named `content`, which `fill` brings about on an empty database. It goes with
/// the cluster.
pub fn of_folder(
    data: &Path,
    content: &str,
    fill: impl FnOnce(&str) -> anyhow::Result<()>,
) -> anyhow::Result<String> {
    let file = data.join(URL_FILE);
    if let Ok(url) = std::fs::read_to_string(&file) {
        return Ok(url);
    }
    let cluster = cluster()?;
    let template = template(cluster, content, fill)?;
    let url = cluster.url(&cluster.create(Some(&template))?);
    std::fs::create_dir_all(data)?;
    std::fs::write(&file, &url).context("cannot note the database of a server")?;
    Ok(url)
}

fn template(
    cluster: &Cluster,
    content: &str,
    fill: impl FnOnce(&str) -> anyhow::Result<()>,
) -> anyhow::Result<String> {
    let mut templates = TEMPLATES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = templates.get(content) {
        return Ok(name.clone());
    }
    let name = cluster.create(None)?;
    fill(&cluster.url(&name)).with_context(|| format!("cannot fill a database with {content}"))?;
    templates.insert(content.to_owned(), name.clone());
    Ok(name)
}
