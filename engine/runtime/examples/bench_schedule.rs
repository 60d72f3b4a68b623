//! Measures a schedule that sweeps over many records of which few are due.
//!
//! `cargo run --release -p tongban-runtime --example bench_schedule -- [scale %] [database URL]`
//!
//! At 100 % there are 1,000,000 records; a new SQLite file is used where no URL of an empty database
//! is given. The plugin is that of the crate's tests.

use std::error::Error;
use std::path::Path;
use std::process::Command as Process;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tongban_host::component;
use tongban_host::package::Package;
use tongban_runtime::clock::ClockMode;
use tongban_runtime::command::{Command, CommandRequest, Principal};
use tongban_runtime::county::County;
use tongban_runtime::engine::{Engine, Handle, Options};
use tongban_runtime::outcome::Done;
use tongban_store::database::{Database, Options as DatabaseOptions};
use tongban_store::id::TenantId;
use tongban_store::query::schedule_run;
use tongban_store::row::record::{ColumnValue, Columns, ExpectedVersion, RecordPut};
use tongban_store::row::schedule_run::RunState;
use tongban_store::unit_of_work::CommandContext;

type Outcome<T> = Result<T, Box<dyn Error>>;

const TENANT: &str = "150627";
/// 2026-03-05T09:00+08:00.
const MORNING: i64 = 1_772_672_400_000_000;
/// Records of one transaction of the preparation.
const CHUNK: u64 = 5_000;
/// One record in so many is due.
const DUE_EVERY: u64 = 1_000;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let scale: u64 = arguments.next().map_or(Ok(100), |it| it.parse())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(run(scale.max(1) * 10_000, arguments.next()))
}

async fn run(n: u64, url: Option<String>) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let file = || format!("sqlite:{}", folder.path().join("bench.db").display());
    let url = url.unwrap_or_else(file);
    let database = Database::connect(&DatabaseOptions::new(&url)).await?;
    database.migrate().await?;
    let options = Options {
        clock: ClockMode::Manual {
            initial: Some(MORNING),
        },
        ..Options::default()
    };
    let engine = Engine::start(database, options).await?;
    let handle = engine.handle();
    set_up(&handle).await?;
    let started = Instant::now();
    fill(&handle, n).await?;
    report("prepared", n, started.elapsed(), "");
    sweep(&handle, n, "swept, 0.1 % due").await?;
    sweep(&handle, n, "swept again, none new").await?;
    engine.stop().await;
    Ok(())
}

fn report(what: &str, n: u64, time: Duration, more: &str) {
    let per_second = n as u128 * 1_000 / time.as_millis().max(1);
    println!(
        "{what}: {n} in {} ms, {per_second}/s {more}",
        time.as_millis()
    );
}

async fn set_up(handle: &Handle) -> Outcome<()> {
    let calendar = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/county-150627/holidays-cn.json"
    );
    let county = County {
        division: TENANT.into(),
        name: "bench".into(),
        calendar: Some(serde_json::from_slice(&std::fs::read(calendar)?)?),
        ..County::default()
    };
    let county = Box::new(county);
    execute(handle, Command::LoadCounty { county }).await?;
    let package = package()?;
    execute(handle, Command::InstallPlugin { package }).await?;
    let activate = Command::ActivatePlugin {
        name: "clockwork".into(),
        version: "0.1.0".into(),
    };
    execute(handle, activate).await?;
    let enable = Command::SetScheduleEnabled {
        key: "recheck".into(),
        enabled: true,
    };
    execute(handle, enable).await?;
    Ok(())
}

/// The plugin of the tests.
fn package() -> Outcome<Arc<[u8]>> {
    let guest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests/clockwork");
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/guests");
    let built = Process::new("cargo")
        .args(["build", "--release", "--locked", "--target-dir"])
        .arg(&target)
        .args(["--target", "wasm32-unknown-unknown"])
        .current_dir(&guest)
        .env("RUSTFLAGS", "-Clink-arg=-zstack-size=131072")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_TARGET_DIR")
        .status()?;
    if !built.success() {
        return Err("the plugin was not built".into());
    }
    let module = target.join("wasm32-unknown-unknown/release/clockwork_guest.wasm");
    let component = component::encode(&std::fs::read(module)?)?;
    Ok(Package::from_folder(&guest.join("plugin"), component)?
        .pack()
        .into())
}

/// Cases of which one in a thousand was checked long ago.
async fn fill(handle: &Handle, n: u64) -> Outcome<()> {
    let mut from = 0;
    while from < n {
        let mut unit = handle.database().unit_of_work();
        unit.begin_command(CommandContext {
            tenant: TenantId::new(TENANT),
            principal: Arc::from("bench"),
            at: MORNING,
        });
        for position in from..n.min(from + CHUNK) {
            let id: Arc<str> = Arc::from(format!("case-{position:07}"));
            unit.put_record(case(&id, position)).await?;
        }
        unit.accept_command().await?;
        unit.commit().await?;
        from += CHUNK;
    }
    Ok(())
}

fn case(id: &Arc<str>, position: u64) -> RecordPut {
    let checked_on = if position.is_multiple_of(DUE_EVERY) {
        "2025-03-20"
    } else {
        "2026-02-20"
    };
    let body = json!({
        "name": format!("n{position}"), "state": "A",
        "checkedOn": checked_on, "replyUntil": "2026-04-07",
    });
    let text = |it: &str| ColumnValue::Text(Arc::from(it));
    let date = |it: &str| ColumnValue::Date(Arc::from(it));
    let columns: Columns = [
        (Arc::from("name"), text(&format!("n{position}"))),
        (Arc::from("state"), text("A")),
        (Arc::from("checkedOn"), date(checked_on)),
        (Arc::from("replyUntil"), date("2026-04-07")),
    ]
    .into();
    RecordPut {
        kind: Arc::from("case"),
        id: id.clone(),
        expected: ExpectedVersion::Absent,
        schema_version: 1,
        body: Arc::from(body.to_string()),
        columns,
        parties: Vec::new(),
    }
}

/// Runs the schedule and waits until it is through.
async fn sweep(handle: &Handle, n: u64, what: &str) -> Outcome<()> {
    let started = Instant::now();
    let command = Command::RunSchedule {
        key: "recheck".into(),
    };
    let Done::ScheduleRunPlanned { run } = execute(handle, command).await? else {
        return Err("a run is planned".into());
    };
    let tenant = TenantId::new(TENANT);
    loop {
        let found = schedule_run::get(handle.database(), &tenant, run).await?;
        let found = found.ok_or("the run is there")?;
        if found.state != RunState::Open {
            let counts = (found.created, found.skipped_duplicate, found.failed);
            let more = format!("(created, passed over, failed: {counts:?})");
            report(what, n, started.elapsed(), &more);
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
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
