//! A world with the plugin whose deadlines and schedules the tests drive.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use serde_json::{Value as Json, json};
use tongban_feel::time::{DateTime, Zone};
use tongban_runtime::clock::ClockMode;
use tongban_runtime::command::Command;
use tongban_runtime::county::County;
use tongban_runtime::engine::Options;
use tongban_runtime::error::CommandError;
use tongban_runtime::outcome::Done;
use tongban_store::query;
use tongban_store::query::page::PageRequest;
use tongban_store::query::record::RecordFilter;
use tongban_store::row::deadline::Deadline;
use tongban_store::row::record::Record;

use crate::guest;
use crate::support::{TENANT, World, options, tenant};

/// The plugin as a package, built once per test run.
pub(crate) fn package() -> Arc<[u8]> {
    static PACKAGE: OnceLock<Arc<[u8]>> = OnceLock::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests/clockwork");
    PACKAGE
        .get_or_init(|| guest::package(&folder, "clockwork_guest", None))
        .clone()
}

/// The county with the years 2025 and 2026 published.
pub(crate) fn county() -> County {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/county-150627/holidays-cn.json"
    );
    County {
        division: TENANT.into(),
        name: "伊金霍洛旗".into(),
        calendar: serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap(),
        ..County::default()
    }
}

/// Microseconds of a local date and time, `2026-03-05T09:00`.
pub(crate) fn at(text: &str) -> i64 {
    let zone = Zone::named("Asia/Shanghai").unwrap();
    let local = DateTime::parse(&format!("{text}:00")).unwrap();
    local.to_timestamp(&zone).unwrap().microseconds()
}

/// A manual clock that stands there.
pub(crate) fn standing(now: &str) -> Options {
    Options {
        clock: ClockMode::Manual {
            initial: (!now.is_empty()).then(|| at(now)),
        },
        ..options()
    }
}

/// A world on SQLite with county, calendar and plugin.
pub(crate) async fn world(now: &str) -> World {
    set_up(World::new(standing(now)).await).await
}

/// The same on PostgreSQL; absent where it is.
pub(crate) async fn postgresql(now: &str) -> Option<World> {
    let world = World::postgresql(standing(now)).await?;
    Some(set_up(world).await)
}

/// Gives a world the county, its calendar and the plugin.
pub(crate) async fn set_up(world: World) -> World {
    let county = Box::new(county());
    world.run(Command::LoadCounty { county }).await.unwrap();
    let package = package();
    world.run(Command::InstallPlugin { package }).await.unwrap();
    let activate = Command::ActivatePlugin {
        name: "clockwork".into(),
        version: "0.1.0".into(),
    };
    world.run(activate).await.unwrap();
    world
}

impl World {
    /// Calls an exposed operation.
    pub(crate) async fn call(&self, operation: &str, input: Json) -> Result<Json, CommandError> {
        let command = Command::InvokeOperation {
            operation: operation.into(),
            input,
            dry_run: false,
        };
        match self.run(command).await?.done {
            Done::OperationDone { result, .. } => Ok(result),
            other => panic!("{other:?}"),
        }
    }

    /// Opens a case and gives its id.
    pub(crate) async fn open_case(&self, input: Json) -> String {
        let result = self.call("openCase", input).await.unwrap();
        result["caseId"].as_str().unwrap().to_owned()
    }

    /// Changes the clock of the case's reply.
    pub(crate) async fn clock(&self, case: &str, change: Json) -> Result<Json, CommandError> {
        let mut input = change;
        input["caseId"] = json!(case);
        self.call("changeClock", input).await
    }

    pub(crate) async fn deadline(&self, key: &str, case: &str) -> Deadline {
        let found = query::deadline::get(self.handle.database(), &tenant(), key, case).await;
        found.unwrap().unwrap()
    }

    /// The body of a case.
    pub(crate) async fn case(&self, id: &str) -> Json {
        let database = self.handle.database();
        let found = query::record::get(database, &tenant(), "case", id).await;
        serde_json::from_str(&found.unwrap().unwrap().body).unwrap()
    }

    /// Bodies of all visits, in the order they were made.
    pub(crate) async fn visits(&self) -> Vec<Json> {
        let mut all: Vec<Record> = Vec::new();
        let mut page = PageRequest::first(500);
        loop {
            let filter = RecordFilter::default();
            let database = self.handle.database();
            let found = query::record::list(database, &tenant(), "visit", &filter, &page).await;
            let found = found.unwrap();
            page.after = found.edges.last().map(|it| it.cursor.clone());
            let has_next = found.has_next_page;
            all.extend(found.into_nodes());
            if !has_next {
                break;
            }
        }
        all.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        let body = |it: &Record| serde_json::from_str(&it.body).unwrap();
        all.iter().map(body).collect()
    }

    /// Moves the clock to a local date and time; says how many due items were run.
    pub(crate) async fn advance(&self, to: &str) -> u64 {
        let command = Command::AdvanceClock { to: at(to) };
        match self.run(command).await.unwrap().done {
            Done::ClockAdvanced {
                n_fired,
                complete: true,
                ..
            } => n_fired,
            other => panic!("{other:?}"),
        }
    }
}
