//! Fills a new database with many records of a plugin, and a deadline or an instance for each, as fast as the engine
//! can, so that what then happens on it can be measured from outside.
//!
//! `bench_fill <database URL> <package> <folder for compiled plugins> <specification>`; `cargo xtask bench` runs it.
//!
//! The specification is JSON and says everything that is of a domain: see [`Specification`]. In every text of it,
//! `{n}` stands for the number of the item, and `{name}` for the member `name` of the item's values.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;
use serde_json::Value as Json;
use tongban_core::deadline::{Roll, Rule, Term, Unit};
use tongban_feel::time::Date;
use tongban_feel::workday::RestDays;
use tongban_runtime::clock::ClockMode;
use tongban_runtime::command::{Command, CommandRequest, Principal, Resource};
use tongban_runtime::county::County;
use tongban_runtime::engine::{Engine, Handle, Options};
use tongban_runtime::outcome::Done;
use tongban_store::database::{Database, Options as DatabaseOptions};
use tongban_store::id::TenantId;
use tongban_store::row::deadline::{Deadline, DeadlineEnd, DeadlineStatus, Protects};
use tongban_store::row::record::{ColumnValue, Columns, ExpectedVersion, RecordPut};
use tongban_store::unit_of_work::CommandContext;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const TENANT: &str = "150627";
/// Records of one transaction. A declared unique key is looked for among all that the transaction holds, so that a
/// large one takes longer for each.
const CHUNK: u64 = 200;
/// Instances that are started at the same time.
const CLIENTS: u64 = 64;

/// What the database is filled with.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Specification {
    /// Number of items.
    count: u64,
    /// Where the manual clock stands, microseconds since 1970.
    now: i64,
    /// What texts of an item may name; item `n` takes those at `n` modulo their number.
    values: Vec<BTreeMap<String, String>>,
    /// The records.
    record: RecordTemplate,
    /// The deadline of each record, if they have one.
    deadline: Option<DeadlineTemplate>,
    /// The instance of each record, if they have one.
    instance: Option<InstanceTemplate>,
}

#[derive(Deserialize)]
struct RecordTemplate {
    kind: String,
    id: String,
    body: Json,
    columns: BTreeMap<String, Column>,
    parties: Vec<String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Column {
    Text(String),
    Date(String),
    Boolean(bool),
    Instant(i64),
}

/// A citizen's time in working days, until the end of a day.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeadlineTemplate {
    key: String,
    plugin: String,
    /// The day of the fact.
    anchor_on: String,
    working_days: u32,
    /// The last day by the calendar without holidays.
    due_on: String,
    /// When that day is over, microseconds since 1970.
    due_at: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InstanceTemplate {
    /// The BPMN file.
    process: String,
    process_key: String,
    variables: Json,
}

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what: &str| arguments.next().ok_or(format!("expected {what}"));
    let url = next("a database URL")?;
    let (package, cache) = (next("a package")?, next("a folder")?);
    let text = std::fs::read(next("a specification")?)?;
    let specification = Arc::new(serde_json::from_slice(&text)?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(run(
        &url,
        std::fs::read(package)?,
        cache.into(),
        specification,
    ))
}

async fn run(
    url: &str,
    package: Vec<u8>,
    cache: PathBuf,
    specification: Arc<Specification>,
) -> Outcome<()> {
    let database = Database::connect(&DatabaseOptions::new(url)).await?;
    database.migrate().await?;
    let mut options = Options {
        clock: ClockMode::Manual {
            initial: Some(specification.now),
        },
        ..Options::default()
    };
    options.plugins.cache_folder = Some(cache);
    if url.starts_with("postgres") {
        options.bounds.executors = 2;
    }
    let engine = Engine::start(database, options).await?;
    let handle = engine.handle();
    set_up(&handle, package, &specification).await?;
    let started = Instant::now();
    put_records(&handle, &specification).await?;
    let records = per_second(specification.count, started);
    let started = Instant::now();
    start_instances(&handle, &specification).await?;
    let instances = per_second(specification.count, started);
    engine.stop().await;
    // What `cargo xtask bench` reads.
    println!("result\t{records}\t{instances}");
    Ok(())
}

fn per_second(count: u64, since: Instant) -> u64 {
    let ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
    count * 1_000 / ms.max(1)
}

async fn set_up(handle: &Handle, package: Vec<u8>, specification: &Specification) -> Outcome<()> {
    let county = County {
        division: TENANT.into(),
        name: "bench".into(),
        ..County::default()
    };
    let county = Box::new(county);
    execute(handle, Command::LoadCounty { county }).await?;
    let package = package.into();
    let installed = execute(handle, Command::InstallPlugin { package }).await?;
    let Done::PluginInstalled { name, version, .. } = installed else {
        return Err("a package is installed".into());
    };
    execute(handle, Command::ActivatePlugin { name, version }).await?;
    let Some(instance) = &specification.instance else {
        return Ok(());
    };
    let resources = vec![Resource {
        name: "bench.bpmn".into(),
        content: instance.process.as_str().into(),
        effective_from: None,
    }];
    execute(handle, Command::Deploy { resources }).await?;
    Ok(())
}

async fn put_records(handle: &Handle, specification: &Specification) -> Outcome<()> {
    let body = specification.record.body.to_string();
    let mut from = 0;
    while from < specification.count {
        let mut unit = handle.database().unit_of_work();
        unit.begin_command(CommandContext {
            tenant: TenantId::new(TENANT),
            principal: Arc::from("bench"),
            at: specification.now,
        });
        for n in from..specification.count.min(from + CHUNK) {
            let record = record(specification, &body, n);
            if let Some(template) = &specification.deadline {
                let deadline = deadline(template, specification.now, &record)?;
                unit.put_deadline(&deadline).await?;
            }
            unit.put_record(record).await?;
        }
        unit.accept_command().await?;
        unit.commit().await?;
        from += CHUNK;
    }
    Ok(())
}

fn record(specification: &Specification, body: &str, n: u64) -> RecordPut {
    let template = &specification.record;
    let fill = |text: &str| specification.fill(text, n);
    let column = |it: &Column| match it {
        Column::Text(text) => ColumnValue::Text(fill(text)),
        Column::Date(text) => ColumnValue::Date(fill(text)),
        Column::Boolean(value) => ColumnValue::Boolean(*value),
        Column::Instant(at) => ColumnValue::Instant(*at),
    };
    let columns: Columns = template
        .columns
        .iter()
        .map(|(name, it)| (Arc::from(name.as_str()), column(it)))
        .collect();
    RecordPut {
        kind: Arc::from(template.kind.as_str()),
        id: fill(&template.id),
        expected: ExpectedVersion::Absent,
        schema_version: 1,
        body: fill(body),
        columns,
        parties: template.parties.iter().map(|it| fill(it)).collect(),
    }
}

fn deadline(template: &DeadlineTemplate, now: i64, record: &RecordPut) -> Outcome<Deadline> {
    let day = |text: &str| Date::parse(text).ok_or_else(|| format!("{text} is not a date"));
    let due_on = day(&template.due_on)?;
    let term = Term {
        amount: template.working_days,
        unit: Unit::WorkingDays,
    };
    Ok(Deadline {
        key: Arc::from(template.key.as_str()),
        record_id: record.id.clone(),
        record_kind: record.kind.clone(),
        plugin: Arc::from(template.plugin.as_str()),
        status: DeadlineStatus::Open,
        anchor_on: day(&template.anchor_on)?,
        rule: Rule {
            term,
            roll: Roll::None,
            rest_days: RestDays::All,
        },
        ends_minute: 1_440,
        protects: Protects::Citizen,
        pauses: Vec::new(),
        extensions: Vec::new(),
        floor_on: None,
        end: DeadlineEnd {
            nominal_on: due_on,
            due_on,
            due_at: template.due_at,
            provisional: false,
            yellow_at: None,
            red_at: None,
            remind_at: None,
        },
        calendar_version: Arc::from("bench"),
        set_at: now,
        set_by: Arc::from("bench"),
        moved_at: None,
        closed_at: None,
        close_reason: None,
    })
}

impl Specification {
    /// `text` for the item.
    fn fill(&self, text: &str, n: u64) -> Arc<str> {
        let mut filled = text.replace("{n}", &format!("{n:07}"));
        let idx = usize::try_from(n).unwrap_or(0) % self.values.len().max(1);
        for (name, value) in self.values.get(idx).into_iter().flatten() {
            filled = filled.replace(&format!("{{{name}}}"), value);
        }
        Arc::from(filled)
    }
}

async fn start_instances(handle: &Handle, specification: &Arc<Specification>) -> Outcome<()> {
    let Some(template) = &specification.instance else {
        return Ok(());
    };
    let variables = Arc::<str>::from(template.variables.to_string());
    let process_key = Arc::<str>::from(template.process_key.as_str());
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let (handle, specification) = (handle.clone(), specification.clone());
        let (variables, process_key) = (variables.clone(), process_key.clone());
        clients.push(tokio::spawn(async move {
            let mut n = client;
            while n < specification.count {
                let variables = serde_json::from_str(&specification.fill(&variables, n))?;
                let start = Command::StartProcess {
                    process_key: process_key.to_string(),
                    version: None,
                    business_key: None,
                    variables,
                };
                execute(&handle, start).await?;
                n += CLIENTS;
            }
            Outcome::Ok(())
        }));
    }
    for client in clients {
        client.await??;
    }
    Ok(())
}

async fn execute(handle: &Handle, command: Command) -> Outcome<Done> {
    let request = CommandRequest {
        tenant: TENANT.into(),
        principal: Principal {
            id: "bench".into(),
            roles: vec!["OPERATOR".into()],
            division: None,
            person: None,
        },
        idempotency_key: None,
        command,
    };
    Ok(handle.execute(request).await?.done)
}
