//! The manual clock: forwards only, each due item at its own instant.

use std::sync::Arc;

use serde_json::json;
use tongban_runtime::command::Command;
use tongban_runtime::engine::{Engine, Options};
use tongban_runtime::error::Error;
use tongban_runtime::outbox::webhook::WebhookTarget;
use tongban_runtime::outcome::Done;
use tongban_store::database::{Database, Options as DatabaseOptions};
use tongban_store::row::process_instance::Status;

use crate::support::{HOUR, MORNING, World, eventually, manual, options, sequence, timer};
use crate::webhook::{self, Withholding};

async fn advance(world: &World, to: i64) -> (i64, u64) {
    match world.run(Command::AdvanceClock { to }).await.unwrap().done {
        Done::ClockAdvanced {
            now,
            n_fired,
            complete: true,
        } => (now, n_fired),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_fire_in_due_order_each_at_its_own_instant() {
    let world = World::new(manual()).await;
    world
        .deploy(&sequence(
            "p",
            &[timer("one", "PT2H"), timer("two", "PT3H")],
        ))
        .await;
    let id = world.start("p", json!({})).await;
    assert_eq!(advance(&world, MORNING + HOUR).await, (MORNING + HOUR, 0));
    assert_eq!(world.status(id).await, Status::Active);
    assert_eq!(
        advance(&world, MORNING + 10 * HOUR).await,
        (MORNING + 10 * HOUR, 2)
    );
    let ended = world.instance(id).await;
    assert_eq!(ended.status, Status::Completed);
    assert_eq!(ended.ended_at, Some(MORNING + 5 * HOUR));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_does_not_go_back_and_the_same_key_is_answered_again() {
    let world = World::new(manual()).await;
    let command = || Command::AdvanceClock { to: MORNING + HOUR };
    world.keyed(command(), "k").await.unwrap();
    advance(&world, MORNING + 2 * HOUR).await;
    let error = world.run(command()).await.unwrap_err();
    assert_eq!(error.code(), "CLOCK_BACKWARDS");
    assert!(world.keyed(command(), "k").await.unwrap().repeated);
    assert_eq!(world.handle.clock().now(), MORNING + 2 * HOUR);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_stands_where_it_stood_after_a_restart() {
    let mut world = World::new(manual()).await;
    advance(&world, MORNING + HOUR).await;
    world.crash(manual()).await;
    assert_eq!(world.handle.clock().now(), MORNING + HOUR);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_not_served_with_the_other_clock() {
    for (made, served) in [(manual(), options()), (options(), manual())] {
        let mut world = World::new(made).await;
        drop(world.engine.take());
        let database = Database::connect(&DatabaseOptions::new(world.url()))
            .await
            .unwrap();
        let refused = Engine::start(database, served).await;
        assert!(matches!(refused, Err(Error::ClockMode { .. })));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_move_goes_on_by_itself_and_is_waited_for_when_asked_again() {
    let target = Arc::new(Withholding::default());
    let mut impatient = Options {
        clock: manual().clock,
        ..webhook::with(&target, WebhookTarget::default())
    };
    impatient.bounds.advance_ms_max = 50;
    let world = World::new(impatient).await;
    let steps = [timer("wait", "PT1H"), webhook::send("archive")];
    world.deploy(&sequence("p", &steps)).await;
    let id = world.start("p", json!({})).await;
    let to = MORNING + 9 * HOUR;
    let ask = async || {
        let moved = world.keyed(Command::AdvanceClock { to }, "k").await;
        moved.unwrap().done
    };
    let underway =
        |done: Done| matches!(done, Done::ClockAdvanced { now, complete: false, .. } if now < to);
    assert!(underway(ask().await));
    assert!(underway(ask().await), "the same move is joined");
    let other = Command::AdvanceClock { to: to + HOUR };
    let refused = world.keyed(other, "other").await.unwrap_err();
    assert_eq!(refused.code(), "CLOCK_BUSY");
    target.may_answer.notify_one();
    let expected = Done::ClockAdvanced {
        now: to,
        n_fired: 1,
        complete: true,
    };
    eventually(async || ask().await == expected).await;
    assert_eq!(world.status(id).await, Status::Completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_an_end_without_warning_stopped_goes_on_when_asked_again() {
    let mut impatient = manual();
    impatient.bounds.advance_ms_max = 0;
    let mut world = World::new(impatient).await;
    let hours = ["one", "two", "three"].map(|id| timer(id, "PT1H"));
    world.deploy(&sequence("p", &hours)).await;
    let id = world.start("p", json!({})).await;
    let to = MORNING + 9 * HOUR;
    let moved = world.keyed(Command::AdvanceClock { to }, "k").await;
    moved.unwrap();
    world.crash(manual()).await;
    let moved = world
        .keyed(Command::AdvanceClock { to }, "k")
        .await
        .unwrap();
    let Done::ClockAdvanced { now, complete, .. } = moved.done else {
        panic!("the clock was not moved")
    };
    assert_eq!((now, complete), (to, true));
    assert_eq!(world.status(id).await, Status::Completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timer_start_event_starts_its_newest_version_only() {
    let world = World::new(manual()).await;
    let process = |cycle: &str| {
        format!(
            r#"<process id="p" isExecutable="true"><startEvent id="start"><timerEventDefinition><timeCycle>{cycle}</timeCycle></timerEventDefinition></startEvent><sequenceFlow id="f" sourceRef="start" targetRef="a"/><userTask id="a"><extensionElements><zeebe:userTask/></extensionElements></userTask><sequenceFlow id="g" sourceRef="a" targetRef="end"/><endEvent id="end"/></process>"#
        )
    };
    world.deploy(&process("R/PT1H")).await;
    advance(&world, MORNING + 3 * HOUR + 1).await;
    assert_eq!(world.open_tasks().await.len(), 3);
    world.deploy(&process("R1/PT2H")).await;
    advance(&world, MORNING + 24 * HOUR).await;
    assert_eq!(world.open_tasks().await.len(), 4);
}
