//! Measures the engine without HTTP: `one_task` (start, a job of this process, end) and
//! `two_user` (start, task A, task B, end), with every commit flushed, on a new SQLite file or the
//! empty database of a URL.
//!
//! `bench_inprocess [seconds] [clients] [url]`; `cargo xtask bench` runs it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tongban_core::variable::Variables;
use tongban_runtime::change::{Subject, UserTaskChange};
use tongban_runtime::command::{Command, CommandRequest, Principal, Resource, UserTaskId};
use tongban_runtime::county::County;
use tongban_runtime::engine::{Engine, Handle, Options};
use tongban_runtime::job_handler::JobHandlers;
use tongban_runtime::outcome::Done;
use tongban_store::database::{Database, Options as DatabaseOptions};

const TENANT: &str = "150627";

const ONE_TASK: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
  <process id="one_task" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="task"/>
    <serviceTask id="task">
      <extensionElements><zeebe:taskDefinition type="bench:no_op"/></extensionElements>
    </serviceTask>
    <sequenceFlow id="f2" sourceRef="task" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;

const TWO_USER: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
  <process id="two_user" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="a"/>
    <userTask id="a" name="A"><extensionElements><zeebe:userTask/></extensionElements></userTask>
    <sequenceFlow id="f2" sourceRef="a" targetRef="b"/>
    <userTask id="b" name="B"><extensionElements><zeebe:userTask/></extensionElements></userTask>
    <sequenceFlow id="f3" sourceRef="b" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let seconds: u64 = arguments.next().map_or(Ok(5), |it| it.parse())?;
    let clients: u32 = arguments.next().map_or(Ok(64), |it| it.parse())?;
    let url = arguments.next();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(run(Duration::from_secs(seconds), clients, url))
}

async fn run(
    time: Duration,
    clients: u32,
    url: Option<String>,
) -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("bench.db");
    let url = url.unwrap_or_else(|| format!("sqlite:{}", path.display()));
    let database = Database::connect(&DatabaseOptions::new(&url)).await?;
    database.migrate().await?;
    let job_handlers = JobHandlers::default().with("bench:no_op", |_| Ok(Variables::new()));
    let mut options = Options {
        job_handlers,
        ..Options::default()
    };
    if url.starts_with("postgres") {
        options.bounds.executors = 2;
    }
    let engine = Engine::start(database, options).await?;
    let handle = engine.handle();
    set_up(&handle).await?;
    println!(
        "model      clients  instances/s  commands/s  cpu-us/instance  p50-ms  p99-ms  bytes/instance  syscalls-write"
    );
    measure("one_task", &handle, &path, (time, clients)).await?;
    measure("two_user", &handle, &path, (time, clients)).await?;
    engine.stop().await;
    Ok(())
}

async fn set_up(handle: &Handle) -> Result<(), Box<dyn std::error::Error>> {
    let county = County {
        division: TENANT.into(),
        name: "bench".into(),
        ..County::default()
    };
    handle
        .execute(request(Command::LoadCounty {
            county: Box::new(county),
        }))
        .await?;
    let resource = |name: &str, text: &str| Resource {
        name: name.into(),
        content: text.into(),
        effective_from: None,
    };
    let resources = vec![
        resource("one_task.bpmn", ONE_TASK),
        resource("two_user.bpmn", TWO_USER),
    ];
    handle
        .execute(request(Command::Deploy { resources }))
        .await?;
    Ok(())
}

async fn measure(
    model: &'static str,
    handle: &Handle,
    path: &Path,
    (time, clients): (Duration, u32),
) -> Result<(), Box<dyn std::error::Error>> {
    let before = Usage::now(path);
    let started = Instant::now();
    let (n_instances, n_commands) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut tasks = Vec::new();
    for client in 0..clients {
        let (handle, n_instances, n_commands) =
            (handle.clone(), n_instances.clone(), n_commands.clone());
        tasks.push(tokio::spawn(async move {
            let mut latencies = Vec::new();
            let mut number = 0_u64;
            while started.elapsed() < time {
                number += 1;
                let key = format!("{model}-{client}-{number}");
                let n = one(model, &handle, &key, &mut latencies).await;
                n_instances.fetch_add(1, Ordering::Relaxed);
                n_commands.fetch_add(n, Ordering::Relaxed);
            }
            latencies
        }));
    }
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await?);
    }
    latencies.sort_unstable();
    let elapsed_ms = u64::try_from(started.elapsed().as_millis())?.max(1);
    let used = Usage::now(path).since(&before);
    let n = n_instances.load(Ordering::Relaxed).max(1);
    let at = |percent: usize| latencies[(latencies.len() - 1) * percent / 100];
    let milliseconds =
        |time: Duration| format!("{}.{:01}", time.as_millis(), time.as_micros() / 100 % 10);
    println!(
        "{model:10} {clients:7}  {:11}  {:10}  {:15}  {:>6}  {:>6}  {:14}  {:14}",
        n * 1000 / elapsed_ms,
        n_commands.load(Ordering::Relaxed) * 1000 / elapsed_ms,
        used.cpu_us / n,
        milliseconds(at(50)),
        milliseconds(at(99)),
        used.bytes / n,
        used.write_calls,
    );
    // What `cargo xtask bench` reads.
    println!(
        "result\t{model}\t{}\t{}\t{}\t{}",
        n * 1000 / elapsed_ms,
        used.cpu_us / n,
        milliseconds(at(50)),
        milliseconds(at(99)),
    );
    Ok(())
}

/// Runs one instance to its end; says how many commands that took.
async fn one(model: &str, handle: &Handle, key: &str, latencies: &mut Vec<Duration>) -> u64 {
    let mut changes = (model == "two_user").then(|| handle.subscribe());
    let start = Command::StartProcess {
        process_key: model.into(),
        version: None,
        business_key: None,
        variables: json!({}),
    };
    let began = Instant::now();
    let outcome = handle
        .execute(keyed(start, key))
        .await
        .expect("the process starts");
    latencies.push(began.elapsed());
    let Done::ProcessStarted { process_instance } = outcome.done else {
        return 1;
    };
    let Some(changes) = &mut changes else {
        return 1;
    };
    for step in ["a", "b"] {
        let user_task = next_task(changes, process_instance).await;
        let complete = Command::CompleteUserTask {
            user_task,
            variables: json!({}),
            dry_run: false,
        };
        let began = Instant::now();
        handle
            .execute(keyed(complete, &format!("{key}-{step}")))
            .await
            .expect("the task is open");
        latencies.push(began.elapsed());
    }
    3
}

/// Waits for the next task of an instance, as a subscriber hears of it.
async fn next_task(
    changes: &mut tokio::sync::broadcast::Receiver<Arc<[tongban_runtime::change::Change]>>,
    process_instance: i64,
) -> UserTaskId {
    loop {
        let batch = changes.recv().await.expect("the subscriber keeps up");
        for change in batch.iter() {
            if let Subject::UserTask {
                user_task,
                kind: UserTaskChange::Created,
            } = &change.subject
                && user_task.process_instance == process_instance
            {
                return *user_task;
            }
        }
    }
}

fn request(command: Command) -> CommandRequest {
    let principal = Principal {
        id: "bench".into(),
        roles: Vec::new(),
        division: None,
        person: None,
    };
    CommandRequest {
        tenant: TENANT.into(),
        principal,
        idempotency_key: None,
        command,
    }
}

fn keyed(command: Command, key: &str) -> CommandRequest {
    CommandRequest {
        idempotency_key: Some(key.to_owned()),
        ..request(command)
    }
}

/// What the process has used so far, as Linux tells.
struct Usage {
    cpu_us: u64,
    bytes: u64,
    write_calls: u64,
}

impl Usage {
    fn now(path: &Path) -> Usage {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap_or("")
            .split_whitespace()
            .collect();
        let ticks = |position: usize| {
            fields
                .get(position)
                .and_then(|it| it.parse::<u64>().ok())
                .unwrap_or(0)
        };
        let io = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
        let line = io.lines().find_map(|it| it.strip_prefix("syscw: "));
        let size = |suffix: &str| {
            let file = format!("{}{suffix}", path.display());
            std::fs::metadata(file).map_or(0, |it| it.len())
        };
        Usage {
            cpu_us: (ticks(11) + ticks(12)) * 10_000,
            bytes: size("") + size("-wal"),
            write_calls: line.and_then(|it| it.parse().ok()).unwrap_or(0),
        }
    }

    fn since(&self, before: &Usage) -> Usage {
        Usage {
            cpu_us: self.cpu_us - before.cpu_us,
            bytes: self.bytes.saturating_sub(before.bytes),
            write_calls: self.write_calls - before.write_calls,
        }
    }
}
