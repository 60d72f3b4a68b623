//! An engine on a fresh database, commands in one line, and small processes.

#[path = "../../../store/tests/all/support/postgresql.rs"]
pub(crate) mod postgresql;

use std::sync::Arc;

use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tongban_core::id::ProcessInstanceId;
use tongban_core::variable::Variables;
use tongban_runtime::clock::ClockMode;
use tongban_runtime::command::{Command, CommandRequest, Principal, Resource, UserTaskId};
use tongban_runtime::county::County;
use tongban_runtime::engine::{Engine, Handle, Options};
use tongban_runtime::error::CommandError;
use tongban_runtime::job_handler::{JobFailure, JobHandlers};
use tongban_runtime::outcome::{CommandOutcome, Done};
use tongban_store::database::probe::Probe;
use tongban_store::database::{Database, Options as DatabaseOptions};
use tongban_store::dialect::Dialect;
use tongban_store::id::TenantId;
use tongban_store::query;
use tongban_store::query::page::PageRequest;
use tongban_store::row::process_instance::{ProcessInstance, Status};
use tongban_store::row::user_task::{UserTask, UserTaskState};
use tongban_store::row::wait::Incident;

pub(crate) const TENANT: &str = "150627";
pub(crate) const HOUR: i64 = 3_600_000_000;
/// 2026-03-05T09:00+08:00.
pub(crate) const MORNING: i64 = 1_772_672_400_000_000;

/// An engine with its folder.
pub(crate) struct World {
    pub(crate) engine: Option<Engine>,
    pub(crate) handle: Handle,
    url: String,
    probe: Option<Arc<dyn Probe>>,
    _folder: Option<TempDir>,
}

/// Job types of the tests: `ok`, `boom` (panics), `fail`, `business`, `retry_once`, `count`.
pub(crate) fn options() -> Options {
    let job_handlers = JobHandlers::default()
        .with("ok", |_| Ok(Variables::new()))
        .with("boom", |_| panic!("a bug"))
        .with("fail", |_| {
            Err(JobFailure::Failed {
                message: "it failed".into(),
            })
        })
        .with("business", |_| {
            Err(JobFailure::Business {
                code: "NO".into(),
                message: "no".into(),
            })
        })
        .with("retry_once", |call| match call.attempt {
            1 => Err(JobFailure::Retry {
                after_ms: 1,
                reason: "not yet".into(),
            }),
            _ => Ok(Variables::new()),
        });
    Options {
        job_handlers,
        ..Options::default()
    }
}

pub(crate) fn manual() -> Options {
    Options {
        clock: ClockMode::Manual {
            initial: Some(MORNING),
        },
        ..options()
    }
}

impl World {
    /// The same, on a connection that a probe watches.
    pub(crate) async fn probed(
        kind: Dialect,
        options: Options,
        probe: Arc<dyn Probe>,
    ) -> Option<World> {
        let (url, folder) = match kind {
            Dialect::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let file = folder.path().join("test.db");
                (format!("sqlite:{}", file.display()), Some(folder))
            }
            Dialect::Postgresql => (postgresql::new_database().await?, None),
        };
        Some(World::on(url, folder, options, Some(probe)).await)
    }

    pub(crate) async fn new(options: Options) -> World {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        World::on(url, Some(folder), options, None).await
    }

    /// An engine on a new database of the private cluster; absent where PostgreSQL is.
    pub(crate) async fn postgresql(options: Options) -> Option<World> {
        let url = postgresql::new_database().await?;
        Some(World::on(url, None, options, None).await)
    }

    /// Another engine on the same database.
    pub(crate) async fn beside(&self, options: Options) -> World {
        World::on(self.url.clone(), None, options, None).await
    }

    async fn on(
        url: String,
        folder: Option<TempDir>,
        options: Options,
        probe: Option<Arc<dyn Probe>>,
    ) -> World {
        let (engine, handle) = start(&url, options, probe.clone()).await;
        let world = World {
            engine: Some(engine),
            handle,
            url,
            probe,
            _folder: folder,
        };
        let county = County {
            division: TENANT.into(),
            name: "伊金霍洛旗".into(),
            ..County::default()
        };
        world
            .run(Command::LoadCounty {
                county: Box::new(county),
            })
            .await
            .unwrap();
        world
    }

    /// Ends the engine without telling it, and starts another on the same database.
    pub(crate) async fn crash(&mut self, options: Options) {
        drop(self.engine.take());
        let (engine, handle) = start(&self.url, options, self.probe.clone()).await;
        self.engine = Some(engine);
        self.handle = handle;
    }

    /// Ends the engine, lets its clock stand elsewhere as if the server had been down meanwhile,
    /// and starts another on the same database.
    pub(crate) async fn jump(&mut self, options: Options, to: &str) {
        if let Some(engine) = self.engine.take() {
            engine.stop().await;
        }
        let database = Database::connect(&DatabaseOptions::new(&self.url))
            .await
            .unwrap();
        let mut work = database.unit_of_work();
        work.begin_command(tongban_store::unit_of_work::CommandContext {
            tenant: tenant(),
            principal: "test".into(),
            at: 0,
        });
        work.put_clock_now(crate::clockwork::at(to)).await.unwrap();
        work.accept_command().await.unwrap();
        work.commit().await.unwrap();
        database.close().await.unwrap();
        let (engine, handle) = start(&self.url, options, None).await;
        self.engine = Some(engine);
        self.handle = handle;
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn deploy(&self, body: &str) {
        let content = definitions(body).into_bytes();
        let resources = vec![Resource {
            name: "process.bpmn".into(),
            content,
            effective_from: None,
        }];
        self.run(Command::Deploy { resources }).await.unwrap();
    }

    pub(crate) async fn run(&self, command: Command) -> Result<CommandOutcome, CommandError> {
        self.handle.execute(request(command, None)).await
    }

    pub(crate) async fn run_as(
        &self,
        principal: Principal,
        command: Command,
    ) -> Result<CommandOutcome, CommandError> {
        let request = CommandRequest {
            principal,
            ..request(command, None)
        };
        self.handle.execute(request).await
    }

    pub(crate) async fn keyed(
        &self,
        command: Command,
        key: &str,
    ) -> Result<CommandOutcome, CommandError> {
        self.handle.execute(request(command, Some(key))).await
    }

    pub(crate) async fn start(&self, key: &str, variables: Json) -> i64 {
        let outcome = self.run(start_command(key, variables)).await.unwrap();
        match outcome.done {
            Done::ProcessStarted { process_instance } => process_instance,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn complete(
        &self,
        user_task: UserTaskId,
    ) -> Result<CommandOutcome, CommandError> {
        self.run(Command::CompleteUserTask {
            user_task,
            variables: json!({}),
            dry_run: false,
        })
        .await
    }

    pub(crate) async fn instance(&self, id: i64) -> ProcessInstance {
        let database = self.handle.database();
        let found = query::process_instance::get(database, &tenant(), ProcessInstanceId(id)).await;
        found.unwrap().unwrap()
    }

    pub(crate) async fn status(&self, id: i64) -> Status {
        self.instance(id).await.status
    }

    pub(crate) async fn open_tasks(&self) -> Vec<UserTask> {
        let filter = query::user_task::UserTaskFilter {
            states: vec![UserTaskState::Created],
            ..Default::default()
        };
        let (tenant, request) = (tenant(), PageRequest::first(1000));
        let (database, order) = (self.handle.database(), Default::default());
        let page = query::user_task::list(database, &tenant, &filter, order, &request);
        page.await.unwrap().into_nodes()
    }

    /// The only open task.
    pub(crate) async fn open_task(&self) -> UserTaskId {
        let tasks = self.open_tasks().await;
        assert_eq!(tasks.len(), 1, "{tasks:?}");
        UserTaskId {
            process_instance: tasks[0].process_instance_id.0,
            number: tasks[0].id.0,
        }
    }

    pub(crate) async fn incidents(&self) -> Vec<Incident> {
        let filter = query::incident::IncidentFilter::default();
        let (tenant, request) = (tenant(), PageRequest::first(1000));
        let page = query::incident::list(self.handle.database(), &tenant, &filter, &request);
        page.await
            .unwrap()
            .into_nodes()
            .into_iter()
            .filter(|it| it.resolved_at.is_none())
            .collect()
    }
}

pub(crate) fn tenant() -> TenantId {
    TenantId::new(TENANT)
}

async fn start(url: &str, options: Options, probe: Option<Arc<dyn Probe>>) -> (Engine, Handle) {
    let database_options = DatabaseOptions {
        probe,
        ..DatabaseOptions::new(url)
    };
    let database = Database::connect(&database_options).await.unwrap();
    database.migrate().await.unwrap();
    let engine = Engine::start(database, options).await.unwrap();
    let handle = engine.handle();
    (engine, handle)
}

pub(crate) fn principal(id: &str, roles: &[&str]) -> Principal {
    let roles = roles.iter().map(|it| Arc::from(*it)).collect();
    Principal {
        id: id.into(),
        roles,
        division: None,
        person: None,
    }
}

pub(crate) fn request(command: Command, key: Option<&str>) -> CommandRequest {
    CommandRequest {
        tenant: TENANT.into(),
        principal: principal("wang", &["REGISTRAR"]),
        idempotency_key: key.map(str::to_owned),
        command,
    }
}

pub(crate) fn start_command(key: &str, variables: Json) -> Command {
    Command::StartProcess {
        process_key: key.into(),
        version: None,
        business_key: None,
        variables,
    }
}

/// Processes in the file that tools write.
pub(crate) fn definitions(body: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
          xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
          xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">{body}</definitions>"#
    )
}

/// A process that goes through elements one after the other; each is `(id, XML)`.
pub(crate) fn sequence(key: &str, elements: &[(&str, String)]) -> String {
    let mut body = format!(r#"<process id="{key}" isExecutable="true"><startEvent id="start"/>"#);
    let mut previous = "start";
    for (id, xml) in elements {
        body.push_str(&format!(
            r#"<sequenceFlow id="to_{id}" sourceRef="{previous}" targetRef="{id}"/>{xml}"#
        ));
        previous = id;
    }
    body.push_str(&format!(r#"<sequenceFlow id="to_end" sourceRef="{previous}" targetRef="end"/><endEvent id="end"/></process>"#));
    body
}

pub(crate) fn service(id: &str, job_type: &str) -> (&'static str, String) {
    let id: &'static str = Box::leak(id.to_owned().into_boxed_str());
    let xml = format!(
        r#"<serviceTask id="{id}"><extensionElements><zeebe:taskDefinition type="{job_type}"/></extensionElements></serviceTask>"#
    );
    (id, xml)
}

pub(crate) fn user(id: &str) -> (&'static str, String) {
    let id: &'static str = Box::leak(id.to_owned().into_boxed_str());
    (
        id,
        format!(
            r#"<userTask id="{id}"><extensionElements><zeebe:userTask/></extensionElements></userTask>"#
        ),
    )
}

pub(crate) fn timer(id: &str, duration: &str) -> (&'static str, String) {
    let id: &'static str = Box::leak(id.to_owned().into_boxed_str());
    let xml = format!(
        r#"<intermediateCatchEvent id="{id}"><timerEventDefinition><timeDuration xsi:type="tFormalExpression">{duration}</timeDuration></timerEventDefinition></intermediateCatchEvent>"#
    );
    (id, xml)
}

/// Waits until a condition holds; fails the test after a generous time.
pub(crate) async fn eventually<F: AsyncFnMut() -> bool>(mut holds: F) {
    for _ in 0..6000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it did not happen within a minute");
}
