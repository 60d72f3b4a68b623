//! The unit of work against a naive model: any run of commands, accepted or dropped, with early
//! tellings and commits in between, comes to the same as doing the accepted ones in order.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tongban_store::error::Error;
use tongban_store::query::page::PageRequest;
use tongban_store::query::record::RecordFilter;
use tongban_store::row::record::ExpectedVersion;
use tongban_store::unit_of_work::UnitOfWork;

use crate::record::{declared, put};
use crate::support::{TestDatabase, commit, context};

#[derive(Debug, Clone)]
enum Step {
    Put { id: u8, couple: u8, open: bool },
    Remove(u8),
    Find,
    Number(u8),
}

#[derive(Debug, Clone)]
struct Command {
    steps: Vec<Step>,
    accepted: bool,
    commits: bool,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    /// Version, couple and openness by id.
    records: BTreeMap<String, (i64, u8, bool)>,
    numbers: BTreeMap<u8, i64>,
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let step = prop_oneof![
        4 => (0..4u8, 0..3u8, any::<bool>())
            .prop_map(|(id, couple, open)| Step::Put { id, couple, open }),
        2 => (0..4u8).prop_map(Step::Remove),
        1 => Just(Step::Find),
        2 => (0..2u8).prop_map(Step::Number),
    ];
    let command = (
        prop::collection::vec(step, 1..6),
        any::<bool>(),
        any::<bool>(),
    );
    let command = command.prop_map(|(steps, accepted, commits)| Command {
        steps,
        accepted,
        commits,
    });
    prop::collection::vec(command, 1..10)
}

async fn run(db: &TestDatabase, commands: &[Command]) {
    commit(declared(db).await).await;
    let mut model = Model::default();
    let mut work = db.database.unit_of_work();
    for command in commands {
        work.begin_command(context(200));
        let mut ahead = model.clone();
        for step in &command.steps {
            take(&mut work, &mut ahead, step).await;
        }
        if command.accepted {
            work.accept_command().await.unwrap();
            model = ahead;
        } else {
            work.drop_command().await.unwrap();
        }
        if command.commits {
            work.commit().await.unwrap();
            work = db.database.unit_of_work();
        }
    }
    work.commit().await.unwrap();
    let mut work = db.begin(300);
    take(&mut work, &mut model, &Step::Find).await;
}

async fn take(work: &mut UnitOfWork, model: &mut Model, step: &Step) {
    match *step {
        Step::Put { id, couple, open } => {
            let id = id.to_string();
            let held = |it: &(&String, &(i64, u8, bool))| {
                *it.0 != id && (it.1.1, it.1.2) == (couple, true)
            };
            let taken = open && model.records.iter().any(|it| held(&it));
            match work.put_record(put(&id, &couple.to_string(), open)).await {
                Ok(version) => {
                    assert!(!taken, "the unique key was taken");
                    let before = model.records.get(&id).map_or(0, |it| it.0);
                    assert_eq!(version, before + 1);
                    model.records.insert(id, (version, couple, open));
                }
                Err(Error::UniqueKeyTaken { .. }) => assert!(taken, "the unique key was free"),
                Err(error) => panic!("{error:?}"),
            }
        }
        Step::Remove(id) => {
            let id = id.to_string();
            let removed = work
                .remove_record("divorce_case", &id, ExpectedVersion::Any)
                .await;
            assert_eq!(removed.unwrap(), model.records.remove(&id).is_some());
        }
        Step::Find => {
            let (filter, page) = (RecordFilter::default(), PageRequest::first(100));
            let found = work
                .find_records("divorce_case", &filter, &page)
                .await
                .unwrap();
            let found: Vec<_> = found
                .into_nodes()
                .iter()
                .map(|it| (it.id.to_string(), it.version))
                .collect();
            let expected: Vec<_> = model
                .records
                .iter()
                .map(|it| (it.0.clone(), it.1.0))
                .collect();
            assert_eq!(found, expected);
        }
        Step::Number(series) => {
            let number = work.allocate_number(&series.to_string()).await.unwrap();
            let last = model.numbers.entry(series).or_default();
            assert_eq!(number, *last + 1);
            *last = number;
        }
    }
}

fn check(cases: u32, open: fn(&tokio::runtime::Runtime) -> Option<TestDatabase>) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&commands(), |commands| {
        if let Some(db) = open(&runtime) {
            runtime.block_on(run(&db, &commands));
        }
        Ok(())
    });
    outcome.unwrap();
}

/// So many, unless more are asked for.
fn cases(usual: u32) -> u32 {
    let asked = std::env::var("TONGBAN_MODEL_CASES")
        .ok()
        .and_then(|it| it.parse().ok());
    asked.unwrap_or(usual)
}

#[test]
fn any_run_of_commands_comes_to_the_accepted_ones_in_order_on_sqlite() {
    check(cases(48), |runtime| {
        Some(runtime.block_on(TestDatabase::sqlite()))
    });
}

#[test]
fn any_run_of_commands_comes_to_the_accepted_ones_in_order_on_postgresql() {
    check(cases(12), |runtime| {
        runtime.block_on(TestDatabase::postgresql())
    });
}
