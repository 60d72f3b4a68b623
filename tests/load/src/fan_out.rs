//! One command that concerns very many: a signal, a large multi-instance, a migration. How fast that is worked off, and
//! what others feel of it meanwhile.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tongban_tests_support::server::Server;

use crate::client::{Connection, member};
use crate::load::{self, Measured};
use crate::model::{self, Model};
use crate::place::{Ground, Place};
use crate::scale::Scale;
use crate::table::Row;

/// Instances that wait, and iterations, at full scale.
const FULL: u64 = 1_000_000;
/// More iterations than these no multi-instance may have.
const MOST: u64 = 100_000;
/// Those that go about their own business meanwhile.
const CLIENTS: usize = 8;
const OPENERS: usize = 64;
/// Between two looks whether it is over.
const LOOK: Duration = Duration::from_millis(200);
/// Somebody would have noticed.
const TIMEOUT: Duration = Duration::from_secs(1_800);

const WAITING: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="http://tongban/load">
  <signal id="go" name="go"/>
  <process id="waiting" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="wait"/>
    <intermediateCatchEvent id="wait"><signalEventDefinition signalRef="go"/></intermediateCatchEvent>
    <sequenceFlow id="f2" sourceRef="wait" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;
const MANY: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="http://tongban/load">
  <process id="many" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="each"/>
    <serviceTask id="each">
      <extensionElements><zeebe:taskDefinition type="tongban:noop"/></extensionElements>
      <multiInstanceLoopCharacteristics><loopCardinality xsi:type="tFormalExpression">=COUNT</loopCardinality></multiInstanceLoopCharacteristics>
    </serviceTask>
    <sequenceFlow id="f2" sourceRef="each" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;

const SIGNAL: &str =
    "mutation($i:BroadcastSignalInput!){broadcastSignal(input:$i){userErrors{code message{en}}}}";
const BATCH: &str =
    "mutation($i:StartBatchInput!){startBatch(input:$i){batch{id}userErrors{code message{en}}}}";
const PROGRESS: &str = "query($id:ID!){batch(id:$id){state selected done failed}}";
const OPEN: &str = "query($k:String!){processInstances(first:1,filter:{processKey:$k,statuses:[ACTIVE]}){nodes{id}}}";

/// What others feel when nothing else happens, then beside each of the three.
pub(crate) async fn rows(place: &Place, scale: Scale) -> anyhow::Result<Vec<Row>> {
    let n = scale.share_of(FULL).clamp(100, MOST);
    let database = place.database("fan_out")?;
    let server = database.serve(Ground::Plain, Vec::new())?;
    let token = model::operator(&server)?;
    let ground = FanOut {
        place,
        server: &server,
        token: &token,
        n,
    };
    ground.deploy().await?;
    load::open(&server, &token, "waiting", OPENERS, n).await?;
    ground.deploy_another_version().await?;
    let alone = load::run(
        place,
        &server,
        &token,
        Model::OneTask,
        CLIENTS,
        scale.time(),
    )
    .await?;
    let mut rows = vec![ground.row("nothing else", &[alone])];
    rows.push(
        ground
            .beside("dry run of a migration", ground.migrate(true))
            .await?,
    );
    rows.push(ground.beside("migration", ground.migrate(false)).await?);
    rows.push(ground.beside("signal", ground.signal()).await?);
    rows.push(ground.beside("multi-instance", ground.iterate()).await?);
    server.stop()?;
    Ok(rows)
}

struct FanOut<'r> {
    place: &'r Place,
    server: &'r Server,
    token: &'r str,
    n: u64,
}

impl FanOut<'_> {
    async fn deploy(&self) -> anyhow::Result<()> {
        model::deploy(self.server, self.token).await?;
        let many = MANY.replace("COUNT", &self.n.to_string());
        let files = [("waiting.bpmn", WAITING), ("many.bpmn", many.as_str())];
        model::deploy_files(self.server, self.token, "first", &files).await
    }

    async fn deploy_another_version(&self) -> anyhow::Result<()> {
        let renamed = WAITING.replace("id=\"wait\"", "id=\"wait\" name=\"wait\"");
        let files = [("waiting.bpmn", renamed.as_str())];
        model::deploy_files(self.server, self.token, "second", &files).await
    }

    fn row(&self, what: &str, runs: &[Measured]) -> Row {
        Row::new(
            &format!("one_task beside {what}, {}", self.n),
            self.place.title(),
        )
        .clients(CLIENTS)
        .speed(runs)
    }

    /// Clients go about their business while `work` is done.
    async fn beside(
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

    async fn connection(&self) -> anyhow::Result<Connection> {
        Connection::open(self.server.url(), self.token).await
    }

    async fn signal(&self) -> anyhow::Result<()> {
        let mut connection = self.connection().await?;
        let input = json!({ "name": "go", "idempotencyKey": "go" });
        let body = json!({ "query": SIGNAL, "variables": { "i": input } });
        connection.post(&body.to_string()).await?;
        none_open(&mut connection, "waiting").await
    }

    async fn iterate(&self) -> anyhow::Result<()> {
        let mut connection = self.connection().await?;
        model::start(&mut connection, "many", "many").await?;
        none_open(&mut connection, "many").await
    }

    /// Takes all that wait to the other version, or looks whether that can be done.
    async fn migrate(&self, dry_run: bool) -> anyhow::Result<()> {
        let key = format!("migrate-{dry_run}");
        let mut connection = self.connection().await?;
        let input = json!({
            "action": "MIGRATE", "processKey": "waiting", "version": 1, "targetVersion": 2,
            "dryRun": dry_run, "idempotencyKey": key
        });
        let body = json!({ "query": BATCH, "variables": { "i": input } });
        let batch = member(connection.post(&body.to_string()).await?, "id")?.to_owned();
        let body = json!({ "query": PROGRESS, "variables": { "id": batch } }).to_string();
        loop {
            let answer: Value = serde_json::from_str(connection.post(&body).await?)?;
            let batch = &answer["data"]["batch"];
            if batch["state"] == "DONE" {
                let is_whole = batch["done"] == self.n && batch["failed"] == 0;
                ensure!(is_whole, "expected {} instances: {batch}", self.n);
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

async fn none_open(connection: &mut Connection, process: &str) -> anyhow::Result<()> {
    let body = json!({ "query": OPEN, "variables": { "k": process } }).to_string();
    while member(connection.post(&body).await?, "id").is_ok() {
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
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
