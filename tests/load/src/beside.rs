//! What clients feel who go about their own business while the server has something large to do.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tongban_tests_support::server::Server;

use crate::client::Connection;
use crate::load::{self, Measured};
use crate::model::Model;
use crate::place::Place;
use crate::scale::Scale;
use crate::table::Row;

/// Between two looks whether it is over.
pub(crate) const LOOK: Duration = Duration::from_millis(200);
/// Those that go about their own business.
const CLIENTS: usize = 8;
/// Somebody would have noticed.
const TIMEOUT: Duration = Duration::from_secs(1_800);

/// A server, and how many items what it has to do is about.
pub(crate) struct Beside<'r> {
    pub(crate) place: &'r Place,
    pub(crate) server: &'r Server,
    pub(crate) token: &'r str,
    pub(crate) n: u64,
}

impl Beside<'_> {
    fn row(&self, what: &str, runs: &[Measured]) -> Row {
        Row::new(
            &format!("one_task beside {what}, {}", self.n),
            self.place.title(),
        )
        .clients(CLIENTS)
        .speed(runs)
    }

    /// What they feel when nothing else happens.
    pub(crate) async fn nothing(&self, scale: Scale) -> anyhow::Result<Row> {
        let (place, server, token) = (self.place, self.server, self.token);
        let time = scale.time();
        let alone = load::run(place, server, token, Model::OneTask, CLIENTS, time).await?;
        Ok(self.row("nothing else", &[alone]))
    }

    /// Clients go about their business while `work` is done.
    pub(crate) async fn work(
        &self,
        what: &str,
        work: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<Row> {
        let before = Groups::of(self.server).await?;
        let timed = async {
            let started = Instant::now();
            tokio::time::timeout(TIMEOUT, work)
                .await
                .context("not over in half an hour")??;
            Ok(started.elapsed())
        };
        let (measured, took) = load::run_beside(
            self.place,
            self.server,
            self.token,
            Model::OneTask,
            CLIENTS,
            timed,
        )
        .await
        .with_context(|| what.to_owned())?;
        let groups = Groups::of(self.server).await?.since(&before);
        let took_ms = u64::try_from(took.as_millis())?;
        let row = self.row(what, &[measured]);
        let row = row.cell("items/s", (self.n * 1_000 / took_ms.max(1)).to_string());
        let row = row.cell("decided > 50 ms", groups.text(groups.slow_decided));
        let row = row.cell("written > 50 ms", groups.text(groups.slow_commits));
        Ok(row.cell("> 4 MiB", groups.text(groups.big)))
    }

    /// One more client, which looks how far it is.
    pub(crate) async fn connection(&self) -> anyhow::Result<Connection> {
        Connection::open(self.server.url(), self.token).await
    }
}

/// Groups of commands that the server has committed, and those past a bound.
#[derive(Debug, Clone, Copy)]
struct Groups {
    all: u64,
    slow_decided: u64,
    slow_commits: u64,
    big: u64,
}

impl Groups {
    async fn of(server: &Server) -> anyhow::Result<Self> {
        let text = metrics(server).await?;
        let all = value(&text, "tongban_commit_seconds_count")?;
        let over = |name: &str, bound: &str| {
            let within = value(&text, &format!("tongban_{name}_bucket{{le=\"{bound}\"}}"))?;
            anyhow::Ok(value(&text, &format!("tongban_{name}_count"))? - within)
        };
        Ok(Self {
            all,
            slow_decided: over("group_decide_seconds", "0.05")?,
            slow_commits: over("commit_seconds", "0.05")?,
            big: over("group_bytes", "4194304.0")?,
        })
    }

    fn since(&self, before: &Self) -> Self {
        Self {
            all: self.all - before.all,
            slow_decided: self.slow_decided - before.slow_decided,
            slow_commits: self.slow_commits - before.slow_commits,
            big: self.big - before.big,
        }
    }

    fn text(&self, n: u64) -> String {
        format!("{n} of {}", self.all)
    }
}

/// The server's metrics, by a connection of their own.
async fn metrics(server: &Server) -> anyhow::Result<String> {
    let address = server
        .url()
        .strip_prefix("http://")
        .context("the server speaks plain HTTP")?;
    let mut stream = TcpStream::connect(address)
        .await
        .context("cannot connect")?;
    let request = format!("GET /metrics HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    Ok(text)
}

fn value(metrics: &str, name: &str) -> anyhow::Result<u64> {
    let line = metrics.lines().find_map(|it| it.strip_prefix(name));
    let number = line.with_context(|| format!("expected {name} in {metrics}"))?;
    number
        .trim()
        .parse()
        .with_context(|| format!("{name} is {number}"))
}
