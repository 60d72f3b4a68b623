//! Each point at which a transaction reaches the database fails in turn, and nothing is lost or doubled.
//!
//! The workload is run again and again; the first time its first point fails, then its second, until a
//! run has so few points that none failed. A statement that is added anywhere joins by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use serde_json::json;
use tongban_runtime::command::{Command, UserTaskId};
use tongban_runtime::engine::Options;
use tongban_runtime::error::CommandError;
use tongban_runtime::outcome::{CommandOutcome, Done};
use tongban_store::database::probe::{Failure, Point, Probe, Verdict};
use tongban_store::dialect::Dialect;
use tongban_store::query;
use tongban_store::query::page::PageRequest;
use tongban_store::row::process_instance::Status;
use tongban_store::row::user_task::UserTaskState;

use crate::plugin::{activate, record};
use crate::support::{
    World, eventually, options, sequence, service, start_command, tenant, timer, user,
};

/// A workload that reaches the database less often proves nothing.
const POINTS_MIN: i64 = 25;
/// Times a client asks again with the same key.
const TRIES_MAX: u32 = 20;

/// Makes one point fail, and on a crash all that follow.
#[derive(Debug)]
struct Fuse {
    /// Points until it blows; negative when it has, or is not armed.
    left: AtomicI64,
    has_blown: AtomicBool,
    /// Whether the process counts as dead.
    is_dead: AtomicBool,
    verdict: Verdict,
    is_crash: bool,
}

impl Fuse {
    fn new(verdict: Verdict, is_crash: bool) -> Arc<Fuse> {
        Arc::new(Fuse {
            left: AtomicI64::new(-1),
            has_blown: AtomicBool::new(false),
            is_dead: AtomicBool::new(false),
            verdict,
            is_crash,
        })
    }

    fn arm(&self, n_points: i64) {
        self.has_blown.store(false, Ordering::SeqCst);
        self.left.store(n_points, Ordering::SeqCst);
    }

    /// Lets everything pass from now on; says whether a point has failed.
    fn disarm(&self) -> bool {
        self.left.store(-1, Ordering::SeqCst);
        self.is_dead.store(false, Ordering::SeqCst);
        self.has_blown.load(Ordering::SeqCst)
    }

    fn is_dead(&self) -> bool {
        self.is_dead.load(Ordering::SeqCst)
    }
}

impl Probe for Fuse {
    fn at(&self, _point: Point) -> Verdict {
        if self.is_dead() {
            return Verdict::FailBefore(Failure::Unreachable);
        }
        // Once it is negative it stays so: what is below the first failure passes.
        if self.left.fetch_sub(1, Ordering::SeqCst) != 0 {
            return Verdict::Pass;
        }
        self.has_blown.store(true, Ordering::SeqCst);
        self.is_dead.store(self.is_crash, Ordering::SeqCst);
        self.verdict
    }
}

fn quick() -> Options {
    let mut options = options();
    options.bounds.period_ms = 20;
    options.node = Some("fault".to_owned());
    options
}

/// On a crash nobody waits for the database: the process is gone.
fn dying() -> Options {
    let mut options = quick();
    options.bounds.unreachable_ms_max = 0;
    options
}

struct Case {
    world: World,
    fuse: Arc<Fuse>,
    options: fn() -> Options,
}

impl Case {
    /// Asks until there is an answer, with the same key; a dead process is started again first.
    async fn ask(&mut self, command: Command, key: &str) -> CommandOutcome {
        for _ in 0..TRIES_MAX {
            let answer = self.world.keyed(command.clone(), key).await;
            match answer {
                Ok(outcome) => return outcome,
                Err(CommandError::Unavailable { .. } | CommandError::Failed { .. }) => {}
                Err(error) => panic!("{key}: {error:?}"),
            }
            self.start_again_if_dead().await;
        }
        panic!("{key} is not answered");
    }

    async fn start_again_if_dead(&mut self) {
        if self.fuse.is_dead() {
            self.fuse.disarm();
            // What the fuse did stays noted: it is asked for at the end of the run.
            self.fuse.has_blown.store(true, Ordering::SeqCst);
            self.world.crash((self.options)()).await;
        }
    }

    /// One instance from start to end: a number with two records, a task, a job, a timer, a task.
    async fn run(&mut self, n: i64) {
        let start = start_command("p", json!({"a": "thing-1", "b": "thing-2", "c": "thing-3"}));
        let Done::ProcessStarted { process_instance } =
            self.ask(start, &format!("start-{n}")).await.done
        else {
            panic!("a process was started");
        };
        for element in ["a", "b"] {
            let user_task = self.open(process_instance, element).await;
            let complete = Command::CompleteUserTask {
                user_task,
                variables: json!({}),
                dry_run: false,
            };
            self.ask(complete, &format!("{element}-{n}")).await;
        }
    }

    /// The open task of an element, as soon as it is there.
    async fn open(&mut self, process_instance: i64, element: &str) -> UserTaskId {
        for _ in 0..500 {
            let tasks = self.world.open_tasks().await;
            let task = tasks.iter().find(|it| {
                it.process_instance_id.0 == process_instance && &*it.element_id == element
            });
            if let Some(task) = task {
                return UserTaskId {
                    process_instance,
                    number: task.id.0,
                };
            }
            self.start_again_if_dead().await;
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        let incidents = self.world.incidents().await;
        panic!("task {element} of {process_instance} is not there: {incidents:?}");
    }

    /// Nothing lost, nothing doubled: so many instances, all ended, with two tasks and a number each.
    async fn check(&self, n_runs: i64) {
        let database = self.world.handle.database();
        let tenant = tenant();
        let (filter, page) = (Default::default(), PageRequest::first(1000));
        let instances = query::process_instance::list(database, &tenant, &filter, &page);
        let instances = instances.await.unwrap().into_nodes();
        assert_eq!(instances.len() as i64, n_runs, "instances");
        assert!(instances.iter().all(|it| it.status == Status::Completed));
        let (filter, order) = Default::default();
        let tasks = query::user_task::list(database, &tenant, &filter, order, &page);
        let tasks = tasks.await.unwrap().into_nodes();
        assert_eq!(tasks.len() as i64, 2 * n_runs, "tasks");
        assert!(tasks.iter().all(|it| it.state == UserTaskState::Completed));
        let series = query::number_series::list(database, &tenant, &page)
            .await
            .unwrap();
        let series = series.into_nodes();
        let drawn: i64 = series.iter().map(|it| it.next_number - 1).sum();
        assert_eq!(drawn, n_runs, "one number an instance, without a gap");
        for id in ["thing-1", "thing-2"] {
            let record = query::record::get(database, &tenant, "thing", id).await;
            assert_eq!(
                record.unwrap().unwrap().version,
                n_runs + 1,
                "written once an instance"
            );
        }
        assert_eq!(self.world.incidents().await, []);
    }
}

async fn every_point_fails(kind: Dialect, verdict: Verdict, is_crash: bool) {
    let fuse = Fuse::new(verdict, is_crash);
    let options = if is_crash { dying } else { quick };
    let Some(world) = World::probed(kind, options(), fuse.clone()).await else {
        eprintln!("not run: postgresql absent");
        return;
    };
    activate(&world).await;
    let things = ["thing-1", "thing-2", "thing-3"];
    let county = tongban_runtime::county::County {
        division: "150627".into(),
        name: "x".into(),
        records: things
            .map(|id| record(id, json!({"name": id, "amount": 1})))
            .into(),
        ..Default::default()
    };
    let load = Command::LoadCounty {
        county: Box::new(county),
    };
    world.run(load).await.unwrap();
    let elements = [
        service("number", "realistic"),
        user("a"),
        service("work", "ok"),
        timer("wait", "PT0.01S"),
        user("b"),
    ];
    world.deploy(&sequence("p", &elements)).await;
    let mut case = Case {
        world,
        fuse,
        options,
    };
    let mut n = 0;
    loop {
        case.fuse.arm(n);
        case.run(n).await;
        n += 1;
        if !case.fuse.disarm() {
            break;
        }
    }
    eventually(async || case.world.open_tasks().await.is_empty()).await;
    case.check(n).await;
    assert!(n > POINTS_MIN, "{n} points failed");
    println!("{n} runs, {verdict:?}, crash {is_crash}, {kind:?}");
}

macro_rules! cases {
    ($($name:ident: $verdict:expr, $is_crash:literal;)*) => {$(
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                every_point_fails(Dialect::Sqlite, $verdict, $is_crash).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgresql() {
                every_point_fails(Dialect::Postgresql, $verdict, $is_crash).await;
            }
        }
    )*};
}

cases! {
    a_point_that_cannot_be_reached_is_tried_again: Verdict::FailBefore(Failure::Unreachable), false;
    a_point_whose_answer_is_lost_acts_once: Verdict::FailAfter(Failure::Unreachable), false;
    a_point_that_breaks_is_answered_as_a_failure: Verdict::FailBefore(Failure::Broken), false;
    a_point_that_breaks_after_it_acted_acts_once: Verdict::FailAfter(Failure::Broken), false;
    a_crash_before_a_point_loses_nothing: Verdict::FailBefore(Failure::Unreachable), true;
    a_crash_after_a_point_doubles_nothing: Verdict::FailAfter(Failure::Unreachable), true;
}
