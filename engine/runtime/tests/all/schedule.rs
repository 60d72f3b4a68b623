//! Schedules over the engine: runs, their items, what was missed, and who may run them. Numbers of
//! scenarios are those of the catalogue of scheduled work (§5).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tongban_runtime::clock::machine_now;
use tongban_runtime::command::configuration_item::ConfigurationItemCommand;
use tongban_runtime::command::{Command, CommandRequest};
use tongban_runtime::configuration_item::{Finding, ItemState};
use tongban_runtime::engine::Options;
use tongban_runtime::error::CommandError;
use tongban_runtime::outcome::{CommandOutcome, Done};
use tongban_runtime::schedule::ScheduleChange;
use tongban_store::database::schedule_lease::ScheduleLeaseRequest;
use tongban_store::query::page::PageRequest;
use tongban_store::query::schedule_item::{self, ScheduleItemFilter};
use tongban_store::query::schedule_run::{self, ScheduleRunFilter};
use tongban_store::query::{schedule as query, scheduler};
use tongban_store::row::schedule_run::{ItemOutcome, RunState, ScheduleItem, ScheduleRun};
use tongban_store::row::scheduler::Scheduler;
use tongban_store::unit_of_work::{CommandContext, UnitOfWork};

use crate::clockwork::{at, postgresql, standing, world};
use crate::configuration_item::{approved, checked, draft, item, run_as};
use crate::support::{TENANT, World, eventually, options, principal, tenant};

impl World {
    async fn by(&self, person: &str, command: Command) -> Result<CommandOutcome, CommandError> {
        let request = CommandRequest {
            tenant: TENANT.into(),
            principal: principal(person, &["OPERATOR"]),
            idempotency_key: None,
            command,
        };
        self.handle.execute(request).await
    }

    async fn enable(&self, key: &str) {
        let key = key.into();
        let command = Command::SetScheduleEnabled { key, enabled: true };
        self.run(command).await.unwrap();
    }

    async fn run_now(&self, key: &str) -> i64 {
        let command = Command::RunSchedule { key: key.into() };
        match self.run(command).await.unwrap().done {
            Done::ScheduleRunPlanned { run } => run,
            other => panic!("{other:?}"),
        }
    }

    async fn schedule_run(&self, id: i64) -> ScheduleRun {
        let found = schedule_run::get(self.handle.database(), &tenant(), id).await;
        found.unwrap().unwrap()
    }

    /// Asks for a run and waits until it is through.
    async fn ran_now(&self, key: &str) -> ScheduleRun {
        let id = self.run_now(key).await;
        self.through(id).await
    }

    async fn through(&self, id: i64) -> ScheduleRun {
        eventually(async || self.schedule_run(id).await.state != RunState::Open).await;
        self.schedule_run(id).await
    }

    /// Runs of a schedule, the earliest first.
    async fn runs(&self, key: &str) -> Vec<ScheduleRun> {
        let filter = ScheduleRunFilter {
            key: Some(key.into()),
            ..ScheduleRunFilter::default()
        };
        let (tenant, page) = (tenant(), PageRequest::first(1_000));
        let found = schedule_run::list(self.handle.database(), &tenant, &filter, &page).await;
        let mut runs = found.unwrap().into_nodes();
        runs.reverse();
        runs
    }

    async fn items(&self, key: &str) -> Vec<ScheduleItem> {
        let filter = ScheduleItemFilter {
            schedule_key: Some(key.into()),
            ..ScheduleItemFilter::default()
        };
        let (tenant, page) = (tenant(), PageRequest::first(1_000));
        let found = schedule_item::list(self.handle.database(), &tenant, &filter, &page).await;
        found.unwrap().into_nodes()
    }

    /// A unit of work of its own, beside the engine.
    fn begin(&self) -> UnitOfWork {
        let mut work = self.handle.database().unit_of_work();
        work.begin_command(CommandContext {
            tenant: tenant(),
            principal: "test".into(),
            at: 0,
        });
        work
    }

    /// How often the lease of a schedule has been taken, with this time.
    async fn leases_taken(&self, name: &str) -> i64 {
        let (database, tenant) = (self.handle.database(), tenant());
        let now = machine_now();
        let request = ScheduleLeaseRequest {
            name,
            holder: "test",
            now,
            until: now + 60_000_000,
        };
        let taken = database.hold_schedule_lease(&tenant, &request).await;
        let token = taken.unwrap().unwrap();
        let released = database.release_schedule_lease(&tenant, name, token).await;
        released.unwrap();
        token
    }

    async fn n_visits(&self) -> usize {
        self.visits().await.len()
    }
}

async fn commit(mut work: UnitOfWork) {
    work.accept_command().await.unwrap();
    work.commit().await.unwrap();
}

/// What a run counted: selected, created, passed over, failed.
fn counts(run: &ScheduleRun) -> (i64, i64, i64, i64) {
    (run.selected, run.created, run.skipped_duplicate, run.failed)
}

fn household(name: &str, checked_on: &str) -> Json {
    json!({"name": name, "state": "A", "checkedOn": checked_on})
}

fn propose(key: &str, change: ScheduleChange, effective_on: &str) -> Command {
    Command::ProposeScheduleRule {
        key: key.into(),
        change,
        note: "测试".into(),
        effective_on: effective_on.into(),
    }
}

fn decide(key: &str, version: i32, approve: bool) -> Command {
    Command::DecideScheduleRule {
        key: key.into(),
        version,
        approve,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_s3_an_item_is_opened_once_however_often_the_schedule_runs() {
    let world = world("2026-04-29T12:00").await;
    let due = world.open_case(household("a", "2025-06-15")).await;
    world.open_case(household("b", "2025-09-15")).await;
    let other = json!({"name": "c", "state": "B", "checkedOn": "2025-01-01"});
    world.open_case(other).await;
    world.enable("recheck").await;
    world.advance("2026-05-01T01:00").await;
    assert_eq!(world.n_visits().await, 0);
    world.advance("2026-05-01T03:00").await;
    let visits = world.visits().await;
    let expected = json!({
        "schedule": "recheck", "caseId": due, "period": "2026-06-15", "asOf": "2026-05-01",
        "dueOn": "2026-06-15", "late": false,
    });
    assert_eq!(visits, [expected]);
    let items = world.items("recheck").await;
    assert_eq!(*items[0].key, *format!("recheck:{due}:2026-06-15"));
    let again = world.ran_now("recheck").await;
    assert_eq!(counts(&again), (1, 0, 1, 0));
    assert_eq!(again.requested_by.as_deref(), Some("wang"));
    // The following nights find it handled.
    world.advance("2026-05-04T03:00").await;
    assert_eq!(world.n_visits().await, 1);
    let runs = world.runs("recheck").await;
    let last = runs.last().unwrap();
    assert_eq!(last.scheduled_for, at("2026-05-04T02:00"));
    assert_eq!(
        (last.started_at, last.ended_at),
        (Some(last.scheduled_for), last.started_at)
    );
    assert_eq!((counts(last), last.late), ((1, 0, 1, 0), false));
    assert_eq!(&*last.config_version, "0.1.0/0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_finds_nothing_to_do_is_over_when_it_is_noted() {
    let world = world("2026-04-29T12:00").await;
    world.open_case(household("a", "2025-09-15")).await;
    world.enable("recheck").await;
    let before = world.leases_taken("recheck").await;
    world.advance("2026-05-02T03:00").await;
    let runs = world.runs("recheck").await;
    assert_eq!(runs.len(), 3);
    for run in runs {
        assert_eq!((run.state, counts(&run)), (RunState::Done, (0, 0, 0, 0)));
        assert_eq!(run.ended_at, Some(run.planned_at));
        assert_eq!(&*run.config_version, "0.1.0/0");
    }
    // Nobody had to be kept from working on them meanwhile.
    assert_eq!(world.leases_taken("recheck").await, before + 1);
}

async fn orphans(now: &str) -> World {
    let world = world(now).await;
    for n in 0..8 {
        let orphan = json!({"name": format!("o{n}"), "state": "ORPHAN"});
        world.open_case(orphan).await;
    }
    world.enable("quarterly").await;
    world
}

fn periods(visits: &[Json]) -> BTreeMap<String, usize> {
    let mut periods = BTreeMap::new();
    for it in visits {
        let period = it["period"].as_str().unwrap().to_owned();
        *periods.entry(period).or_default() += 1;
    }
    periods
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_a_period_whose_run_was_missed_is_made_once_as_of_its_own_day() {
    let mut world = orphans("2026-03-28T09:00").await;
    world.jump(standing(""), "2026-04-02T09:00").await;
    eventually(async || world.n_visits().await == 8).await;
    for visit in world.visits().await {
        assert_eq!(visit["asOf"], "2026-04-01");
        assert_eq!(visit["period"], "2026Q2");
        assert_eq!(visit["dueOn"], "2026-06-30");
        assert_eq!(visit["late"], true);
    }
    let run = world.runs("quarterly").await.remove(0);
    let run = world.through(run.id).await;
    assert_eq!(counts(&run), (8, 8, 0, 0));
    assert_eq!(run.scheduled_for, at("2026-04-01T06:00"));
    assert!(run.late);
    world.jump(standing(""), "2026-04-03T09:00").await;
    assert_eq!(counts(&world.ran_now("quarterly").await), (8, 0, 8, 0));
    assert_eq!(world.n_visits().await, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn s8_after_a_whole_quarter_both_periods_are_there_the_older_first() {
    let mut world = orphans("2026-03-20T09:00").await;
    world.jump(standing(""), "2026-08-15T09:00").await;
    eventually(async || world.n_visits().await == 16).await;
    let expected = BTreeMap::from([("2026Q2".to_owned(), 8), ("2026Q3".to_owned(), 8)]);
    assert_eq!(periods(&world.visits().await), expected);
    let runs = world.runs("quarterly").await;
    let days: Vec<i64> = runs.iter().map(|it| it.scheduled_for).collect();
    assert_eq!(days, [at("2026-04-01T06:00"), at("2026-07-01T06:00")]);
}

/// An engine that follows the machine's clock and looks often.
fn quick(lease_ms: u64) -> Options {
    let mut options = options();
    options.bounds.period_ms = 50;
    options.bounds.lease_ms = lease_ms;
    options.bounds.lease_renew_ms = lease_ms / 4;
    options
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_period_is_through_before_the_next_begins() {
    let world = crate::clockwork::set_up(World::new(quick(60_000)).await).await;
    for n in 0..20 {
        let orphan = json!({"name": format!("o{n}"), "state": "ORPHAN"});
        world.open_case(orphan).await;
    }
    world.enable("quarterly").await;
    // As if the server had been down for 300 days.
    let mut work = world.begin();
    let mut schedule = work.schedule("quarterly").await.unwrap().unwrap();
    schedule.handled_until -= 300 * 86_400_000_000;
    work.put_schedule(&schedule).await.unwrap();
    commit(work).await;
    eventually(async || {
        let runs = world.runs("quarterly").await;
        runs.len() >= 3 && runs.iter().all(|it| it.state == RunState::Done)
    })
    .await;
    let runs = world.runs("quarterly").await;
    for pair in runs.windows(2) {
        assert!(pair[0].scheduled_for < pair[1].scheduled_for);
        assert!(pair[0].ended_at < pair[1].started_at);
    }
    assert!(runs.iter().all(|it| counts(it) == (20, 20, 0, 0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn s10_of_missed_stages_only_the_nearest_is_made_and_it_is_late() {
    let mut world = world("2026-03-30T12:00").await;
    let person = json!({"name": "a", "state": "OLD", "aliveUntil": "2026-05-01"});
    world.open_case(person).await;
    world.enable("liveness").await;
    world.advance("2026-04-20T00:00").await;
    let first = world.visits().await;
    assert_eq!(first.len(), 1);
    assert_eq!(
        (&first[0]["stage"], &first[0]["late"]),
        (&json!(30), &json!(false))
    );
    assert_eq!(first[0]["asOf"], "2026-04-01");
    world.jump(standing(""), "2026-04-28T09:00").await;
    eventually(async || world.n_visits().await == 2).await;
    let visits = world.visits().await;
    assert_eq!(
        (&visits[1]["stage"], &visits[1]["late"]),
        (&json!(7), &json!(true))
    );
    let last = world.runs("liveness").await.pop().unwrap();
    let last = world.through(last.id).await;
    assert_eq!((last.n_instants, last.late), (9, true));
    world.advance("2026-05-20T00:00").await;
    assert_eq!(world.n_visits().await, 2, "nothing is of use after the day");
}

#[tokio::test(flavor = "multi_thread")]
async fn s12_a_reminder_of_a_fixed_day_comes_on_a_working_day() {
    let world = world("2026-05-20T12:00").await;
    let society = json!({"name": "a", "state": "SOCIETY"});
    world.open_case(society).await;
    world.enable("annual").await;
    world.advance("2026-06-05T12:00").await;
    let visits = world.visits().await;
    assert_eq!(visits.len(), 1);
    assert_eq!(visits[0]["asOf"], "2026-05-29");
    assert_eq!(visits[0]["dueOn"], "2026-05-31");
    assert_eq!(visits[0]["period"], "2026");
}

#[tokio::test(flavor = "multi_thread")]
async fn s29_a_digest_comes_on_working_days_and_is_worthless_when_late() {
    let mut world = world("2026-02-13T12:00").await;
    world.enable("digest").await;
    world.advance("2026-02-17T12:00").await;
    let days: Vec<Json> = world
        .visits()
        .await
        .iter()
        .map(|it| it["asOf"].clone())
        .collect();
    // Saturday the 14th works, Monday the 16th rests.
    assert_eq!(days, ["2026-02-14"]);
    world.jump(standing(""), "2026-02-27T12:00").await;
    eventually(async || world.runs("digest").await.len() == 2).await;
    let missed = world.runs("digest").await.pop().unwrap();
    assert_eq!(missed.state, RunState::Skipped);
    assert_eq!((missed.n_instants, missed.late), (4, true));
    world.advance("2026-02-28T12:00").await;
    let days: Vec<Json> = world
        .visits()
        .await
        .iter()
        .map(|it| it["asOf"].clone())
        .collect();
    assert_eq!(days, ["2026-02-14", "2026-02-28"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn missed_comparisons_become_one() {
    let mut world = world("2026-03-05T12:00").await;
    world.enable("compare").await;
    world.jump(standing(""), "2026-03-12T12:00").await;
    eventually(async || world.n_visits().await == 1).await;
    let visits = world.visits().await;
    assert_eq!(
        (&visits[0]["asOf"], &visits[0]["late"]),
        (&json!("2026-03-12"), &json!(true))
    );
    let run = world.runs("compare").await.remove(0);
    assert_eq!(run.n_instants, 7);
    assert_eq!(run.first_for, at("2026-03-06T03:00"));
}

#[tokio::test(flavor = "multi_thread")]
async fn s20_a_run_that_was_killed_goes_on_and_does_nothing_twice() {
    const N: usize = 1_000;
    // The lease of the killed server runs out soon.
    let brief = |now: &str| {
        let mut options = standing(now);
        (options.bounds.lease_ms, options.bounds.lease_renew_ms) = (1_000, 250);
        options
    };
    let world = World::new(brief("2026-05-02T12:00")).await;
    let mut world = crate::clockwork::set_up(world).await;
    for n in 0..N {
        world
            .open_case(household(&format!("h{n}"), "2025-06-15"))
            .await;
    }
    world.enable("recheck").await;
    let id = world.run_now("recheck").await;
    eventually(async || world.items("recheck").await.len() >= 300).await;
    world.crash(brief("")).await;
    let before = world.items("recheck").await.len();
    let run = world.through(id).await;
    assert!(before >= 300, "{before}");
    let (selected, created, duplicates, failed) = counts(&run);
    assert_eq!((selected, failed), (1_000, 0));
    assert_eq!(
        created + duplicates,
        1_000,
        "what was done before is passed over"
    );
    let visits = world.visits().await;
    let mut cases: Vec<&str> = visits
        .iter()
        .map(|it| it["caseId"].as_str().unwrap())
        .collect();
    cases.sort_unstable();
    cases.dedup();
    assert_eq!((visits.len(), cases.len()), (N, N));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_item_stops_no_other_and_is_tried_again() {
    let world = world("2026-05-02T12:00").await;
    for name in ["good", "bad", "trap", "busy", "better"] {
        world.open_case(household(name, "2025-06-15")).await;
    }
    world.enable("recheck").await;
    let run = world.ran_now("recheck").await;
    assert_eq!((run.state, counts(&run)), (RunState::Done, (5, 2, 0, 3)));
    let failed = async || {
        let items = world.items("recheck").await;
        let failed = items
            .into_iter()
            .filter(|it| it.outcome == ItemOutcome::Failed);
        failed.collect::<Vec<_>>()
    };
    let items = failed().await;
    assert_eq!(items.len(), 3);
    let retried: Vec<&ScheduleItem> = items.iter().filter(|it| it.retry_at.is_some()).collect();
    assert_eq!(
        retried.len(),
        1,
        "only the busy one may succeed the next time"
    );
    assert_eq!(retried[0].retry_at, Some(at("2026-05-02T12:01")));
    assert!(
        items
            .iter()
            .all(|it| it.n_tries == 1 && it.message.is_some())
    );
    // Four more tries, each after a longer pause.
    world.advance("2026-05-02T23:00").await;
    let tries: Vec<i32> = failed().await.iter().map(|it| it.n_tries).collect();
    let mut sorted = tries.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [1, 1, 5]);
    assert!(failed().await.iter().all(|it| it.retry_at.is_none()));
    // The next night selects what is due and tries again what failed.
    world.advance("2026-05-03T02:30").await;
    let night = world.runs("recheck").await.pop().unwrap();
    assert_eq!(counts(&night), (5, 0, 2, 3));
    // An operator may ask for it, too, once the case is mended.
    let bad = failed().await.remove(0);
    let mend = json!({"caseId": *bad.subject_id, "name": "mended"});
    world.call("touchCase", mend).await.unwrap();
    let retry = Command::RetryScheduleRun { run: night.id };
    let Done::ScheduleRunRetried { n_items } = world.run(retry).await.unwrap().done else {
        panic!()
    };
    assert_eq!(n_items, 3);
    eventually(async || world.n_visits().await == 3).await;
    eventually(async || counts(&world.schedule_run(night.id).await) == (5, 1, 2, 2)).await;
    let unknown = world.run(Command::RetryScheduleRun { run: 1 }).await;
    assert_eq!(unknown.unwrap_err().code(), "SCHEDULE_RUN_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn s25_a_rule_is_configured_like_anything_else() {
    let world = world("2026-05-02T12:00").await;
    world.open_case(household("b", "2025-11-01")).await;
    world.enable("recheck").await;
    let rule = |content| draft("schedule_rule", "recheck", content, Some("2026-05-04"));
    let (_, found) = checked(&world, rule(Some("{\"amount\": 24}"))).await;
    let place = |it: &Finding| (it.code.clone(), it.field.clone().unwrap());
    let expected = ("SCH-4003".to_owned(), "/content/amount".to_owned());
    assert_eq!(found.iter().map(place).collect::<Vec<_>>(), [expected]);
    let unknown = draft("schedule_rule", "nothing", Some("{\"amount\": 6}"), None);
    assert_eq!(
        checked(&world, unknown).await.1[0].code,
        "SCHEDULE_NOT_FOUND"
    );
    let shorter = approved(&world, rule(Some("{\"amount\": 6}"))).await;
    world.advance("2026-05-03T12:00").await;
    assert_eq!(world.n_visits().await, 0);
    world.advance("2026-05-04T12:00").await;
    assert_eq!(world.n_visits().await, 1);
    assert_eq!(item(&world, shorter).await.state, ItemState::Active);
    // A later rule that is taken back before its day never holds.
    let lead = draft(
        "schedule_rule",
        "recheck",
        Some("{\"lead\": 90}"),
        Some("2026-05-06"),
    );
    let later = approved(&world, lead).await;
    let withdraw = ConfigurationItemCommand::Withdraw {
        item: later,
        expected_version: item(&world, later).await.version,
        reason: "误".into(),
    };
    run_as(&world, "li", withdraw).await.unwrap();
    let end = draft("schedule_rule", "recheck", None, Some("2026-05-07"));
    approved(&world, end).await;
    world.advance("2026-05-08T12:00").await;
    let runs = world.runs("recheck").await;
    let versions: Vec<&str> = runs.iter().map(|it| &*it.config_version).collect();
    let expected = [
        "0.1.0/0", "0.1.0/1", "0.1.0/1", "0.1.0/1", "0.1.0/3", "0.1.0/3",
    ];
    assert_eq!(versions, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn s25_a_rule_takes_two_persons_and_never_goes_below_the_law() {
    let world = world("2026-05-02T12:00").await;
    world.open_case(household("a", "2025-06-15")).await;
    world.open_case(household("b", "2025-11-01")).await;
    world.enable("recheck").await;
    world.enable("quarterly").await;
    let half_yearly = ScheduleChange {
        cron: Some("0 0 6 1 1,7 *".into()),
        ..ScheduleChange::default()
    };
    let refused = world
        .by("li", propose("quarterly", half_yearly, "2026-06-01"))
        .await;
    assert_eq!(refused.unwrap_err().code(), "SCH-4003");
    let stop = Command::SetScheduleEnabled {
        key: "quarterly".into(),
        enabled: false,
    };
    assert_eq!(world.by("li", stop).await.unwrap_err().code(), "SCH-4003");
    assert_eq!(counts(&world.ran_now("recheck").await), (1, 1, 0, 0));
    let shorter = ScheduleChange {
        amount: Some(6),
        ..ScheduleChange::default()
    };
    let proposal = || propose("recheck", shorter.clone(), "2026-05-04");
    world.by("li", proposal()).await.unwrap();
    let own = world.by("li", decide("recheck", 1, true)).await;
    assert_eq!(own.unwrap_err().code(), "SCHEDULE_RULE_OWN");
    world.advance("2026-05-03T12:00").await;
    assert_eq!(world.n_visits().await, 1);
    world.by("zhao", decide("recheck", 1, true)).await.unwrap();
    let twice = world.by("zhao", decide("recheck", 1, false)).await;
    assert_eq!(twice.unwrap_err().code(), "SCHEDULE_RULE_DECIDED");
    let unknown = world.by("zhao", decide("recheck", 7, true)).await;
    assert_eq!(unknown.unwrap_err().code(), "SCHEDULE_RULE_NOT_FOUND");
    // From the 4th on: b is due, a is known by its fact although its due day is another now.
    world.advance("2026-05-04T12:00").await;
    let visits = world.visits().await;
    assert_eq!(visits.len(), 2);
    assert_eq!(visits[1]["period"], "2026-05-01");
    let last = world.runs("recheck").await.pop().unwrap();
    assert_eq!(counts(&last), (2, 1, 1, 0));
    assert_eq!(&*last.config_version, "0.1.0/1");
    // The next change keeps what the one before has changed.
    let earlier = ScheduleChange {
        lead: Some(60),
        ..ScheduleChange::default()
    };
    world
        .by("li", propose("recheck", earlier, "2026-05-05"))
        .await
        .unwrap();
    world.by("zhao", decide("recheck", 2, true)).await.unwrap();
    let rules = query::rules(world.handle.database(), &tenant(), "recheck").await;
    let content: Json = serde_json::from_str(&rules.unwrap()[0].content).unwrap();
    assert_eq!(content, json!({"amount": 6, "lead": 60}));
    let late = world
        .by("li", propose("recheck", shorter.clone(), "2026-05-01"))
        .await;
    assert_eq!(late.unwrap_err().code(), "SCHEDULE_RULE_LATE");
    let unknown = world
        .by("li", propose("nothing", shorter, "2026-06-01"))
        .await;
    assert_eq!(unknown.unwrap_err().code(), "SCHEDULE_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_schedule_does_not_run_and_does_not_catch_up() {
    let world = world("2026-03-05T12:00").await;
    let not_enabled = world
        .run(Command::RunSchedule {
            key: "compare".into(),
        })
        .await;
    assert_eq!(not_enabled.unwrap_err().code(), "SCHEDULE_DISABLED");
    world.advance("2026-03-08T12:00").await;
    assert_eq!(world.runs("compare").await, []);
    world.enable("compare").await;
    world.advance("2026-03-08T18:00").await;
    assert_eq!(world.runs("compare").await, []);
    world.advance("2026-03-10T12:00").await;
    let runs = world.runs("compare").await;
    let days: Vec<i64> = runs.iter().map(|it| it.scheduled_for).collect();
    assert_eq!(days, [at("2026-03-09T03:00"), at("2026-03-10T03:00")]);
    let disable = Command::SetScheduleEnabled {
        key: "compare".into(),
        enabled: false,
    };
    world.run(disable).await.unwrap();
    world.advance("2026-03-20T12:00").await;
    assert_eq!(world.runs("compare").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn schedules_timers_and_reminders_come_in_one_order() {
    let world = world("2026-03-05T12:00").await;
    world.enable("compare").await;
    let body = r#"<process id="nightly" isExecutable="true"><startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="wait"/><intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration xsi:type="tFormalExpression">PT15H30M</timeDuration></timerEventDefinition></intermediateCatchEvent><sequenceFlow id="f2" sourceRef="wait" targetRef="end"/><endEvent id="end"/></process>"#;
    world.deploy(body).await;
    let instance = world.start("nightly", json!({})).await;
    world.advance("2026-03-06T12:00").await;
    let ended = world.instance(instance).await.ended_at.unwrap();
    let run = world.runs("compare").await.remove(0);
    assert_eq!(run.started_at, Some(at("2026-03-06T03:00")));
    assert_eq!(ended, at("2026-03-06T03:30"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_went_back_stops_the_scheduler_until_an_operator_says_so() {
    let world = crate::clockwork::set_up(World::new(quick(60_000)).await).await;
    world.enable("compare").await;
    let database = world.handle.database();
    let seen = async || scheduler::scheduler(database).await.unwrap();
    eventually(async || seen().await.high_water > 0).await;
    let not_stopped = world.run(Command::ResumeScheduler).await;
    assert_eq!(not_stopped.unwrap_err().code(), "SCHEDULER_NOT_STOPPED");
    // The machine had been ten minutes ahead.
    let ahead = Scheduler {
        high_water: machine_now() + 600_000_000,
        ..seen().await
    };
    let mut work = world.begin();
    work.put_scheduler(&ahead).await.unwrap();
    commit(work).await;
    eventually(async || seen().await.stopped_at.is_some()).await;
    assert!(seen().await.message.unwrap().contains("系统时钟异常"));
    let run = world.run_now("compare").await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(world.schedule_run(run).await.state, RunState::Open);
    world.by("li", Command::ResumeScheduler).await.unwrap();
    let run = world.through(run).await;
    assert_eq!(run.state, RunState::Done);
    assert_eq!(seen().await.resumed_by.as_deref(), Some("li"));
}

/// The same with county and plugin on PostgreSQL; absent where it is.
async fn quick_on_postgresql(lease_ms: u64) -> Option<World> {
    let world = World::postgresql(quick(lease_ms)).await?;
    Some(crate::clockwork::set_up(world).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn s19_of_two_servers_one_makes_a_run_and_nothing_is_done_twice() {
    let Some(world) = quick_on_postgresql(60_000).await else {
        return;
    };
    for n in 0..300 {
        world
            .open_case(household(&format!("h{n}"), "2020-06-15"))
            .await;
    }
    let other = world.beside(quick(60_000)).await;
    world.enable("recheck").await;
    let runs = [
        world.run_now("recheck").await,
        other.run_now("recheck").await,
    ];
    let mut all = Vec::new();
    for id in runs {
        all.push(counts(&world.through(id).await));
    }
    all.sort_unstable();
    assert_eq!(all, [(300, 0, 300, 0), (300, 300, 0, 0)]);
    assert_eq!(world.n_visits().await, 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn s19_a_run_waits_for_its_lease_and_goes_on_when_its_holder_is_gone() {
    let Some(world) = quick_on_postgresql(2_000).await else {
        return;
    };
    world.open_case(household("a", "2020-06-15")).await;
    world.enable("recheck").await;
    let hold = async |until: i64| {
        let request = ScheduleLeaseRequest {
            name: "recheck",
            holder: "a server that was killed",
            now: machine_now(),
            until,
        };
        let held = world
            .handle
            .database()
            .hold_schedule_lease(&tenant(), &request)
            .await;
        held.unwrap()
    };
    let ends = machine_now() + 1_500_000;
    eventually(async || hold(ends).await.is_some()).await;
    let token = scheduler::lease(world.handle.database(), &tenant(), "recheck").await;
    let token = token.unwrap().unwrap().token;
    let run = world.run_now("recheck").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(world.schedule_run(run).await.state, RunState::Open);
    assert_eq!(world.through(run).await.created, 1);
    assert!(machine_now() >= ends, "not before the lease ran out");
    let lease = scheduler::lease(world.handle.database(), &tenant(), "recheck").await;
    assert!(lease.unwrap().unwrap().token > token);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_a_missed_period_is_made_up_for() {
    let Some(mut world) = postgresql("2026-03-28T09:00").await else {
        return;
    };
    for n in 0..8 {
        let orphan = json!({"name": format!("o{n}"), "state": "ORPHAN"});
        world.open_case(orphan).await;
    }
    world.enable("quarterly").await;
    world.jump(standing(""), "2026-07-02T09:00").await;
    eventually(async || world.n_visits().await == 16).await;
    let periods = periods(&world.visits().await);
    let expected = BTreeMap::from([("2026Q2".to_owned(), 8), ("2026Q3".to_owned(), 8)]);
    assert_eq!(periods, expected);
    let keys: Vec<Arc<str>> = world
        .items("quarterly")
        .await
        .into_iter()
        .map(|it| it.key)
        .collect();
    assert_eq!(keys.len(), 16);
}
