//! Tasks that wait: lights, rungs, and those who are to be told.

use serde_json::{Value as Json, json};
use tongban_core::escalation::{Light, Standing};
use tongban_runtime::command::{Command, CommandRequest, UserTaskId};
use tongban_store::query::page::PageRequest;
use tongban_store::query::time_event::{self, TimeEventFilter};
use tongban_store::row::time_event::TimeEventKind;

use crate::clockwork::{at, standing, world};
use crate::notice::{inbox, reader};
use crate::support::{TENANT, World, eventually, principal, tenant};

impl World {
    async fn standing(&self) -> Standing {
        let tasks = self.open_tasks().await;
        assert_eq!(tasks.len(), 1);
        tasks[0].standing
    }

    /// What has come of tasks: level and who is told.
    async fn told(&self) -> Vec<(u64, Json)> {
        let filter = TimeEventFilter {
            kind: Some(TimeEventKind::TaskEscalated),
            ..TimeEventFilter::default()
        };
        let (tenant, page) = (tenant(), PageRequest::first(100));
        let found = time_event::list(self.handle.database(), &tenant, &filter, &page).await;
        let event = |it: tongban_store::row::time_event::TimeEvent| {
            let detail: Json = serde_json::from_str(&it.detail).unwrap();
            (detail["level"].as_u64().unwrap(), detail["notify"].clone())
        };
        found.unwrap().into_nodes().into_iter().map(event).collect()
    }
}

/// A task of a schedule's process, due after twenty days.
async fn review() -> World {
    let world = world("2026-03-02T00:00").await;
    let case = json!({"name": "a", "state": "A"});
    let case = world.open_case(case).await;
    world.start("review", json!({"caseId": case})).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_climbs_the_ladder_of_its_process() {
    let world = review().await;
    let at_first = world.standing().await;
    assert_eq!((at_first.level, at_first.light), (0, Light::Green));
    assert_eq!(at_first.next_at.unwrap().0, at("2026-03-12T00:00"));
    // Due when the 21st ends, a Saturday; two working days before is Thursday the 19th.
    world.advance("2026-03-18T12:00").await;
    assert_eq!(world.standing().await.level, 1);
    world.advance("2026-03-19T12:00").await;
    let second = world.standing().await;
    assert_eq!((second.level, second.light), (2, Light::Yellow));
    world.advance("2026-03-21T12:00").await;
    let third = world.standing().await;
    assert_eq!((third.level, third.light), (3, Light::Red));
    world.advance("2026-04-30T12:00").await;
    let last = world.standing().await;
    assert_eq!((last.level, last.next_at), (4, None));
    let none = || json!([]);
    let expected = [
        (1, none()),
        (2, json!(["SUPERVISOR"])),
        (3, none()),
        (4, none()),
    ];
    assert_eq!(world.told().await, expected);
    // Nobody has taken the task, and one rung alone names a role.
    let told = inbox(&world, &reader(None, &["SUPERVISOR"])).await;
    assert_eq!(told.len(), 1);
    assert_eq!(&*told[0].notice.code, "TASK_WAITS");
    assert_eq!(&*told[0].notice.text.en, "Level 2, due 2026-03-21");
    assert!(inbox(&world, &reader(None, &["CLERK"])).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_outage_only_the_highest_rung_is_told_of() {
    let mut world = review().await;
    world.jump(standing(""), "2026-03-22T12:00").await;
    eventually(async || world.standing().await.level == 3).await;
    assert_eq!(world.told().await, [(3, json!([]))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_done_climbs_no_further() {
    let world = review().await;
    world.advance("2026-03-12T12:00").await;
    let task: UserTaskId = world.open_task().await;
    let complete = CommandRequest {
        tenant: TENANT.into(),
        principal: principal("zhao", &["CLERK"]),
        idempotency_key: None,
        command: Command::CompleteUserTask {
            user_task: task,
            variables: json!({}),
            dry_run: false,
        },
    };
    world.handle.execute(complete).await.unwrap();
    assert_eq!(world.open_tasks().await, []);
    world.advance("2026-06-01T12:00").await;
    assert_eq!(world.told().await, [(1, json!([]))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_without_a_ladder_of_its_own_climbs_the_usual_one() {
    let world = world("2026-03-02T00:00").await;
    let body = r#"<process id="plain" isExecutable="true"><startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="work"/><userTask id="work"><extensionElements><zeebe:userTask/><zeebe:taskSchedule dueDate="2026-03-16T00:00:00+08:00"/></extensionElements></userTask><sequenceFlow id="f2" sourceRef="work" targetRef="end"/><endEvent id="end"/></process>"#;
    world.deploy(body).await;
    world.start("plain", json!({})).await;
    // Due when Sunday the 15th ends.
    world.advance("2026-03-12T12:00").await;
    let standing = world.standing().await;
    assert_eq!((standing.level, standing.light), (2, Light::Yellow));
    world.advance("2026-03-31T12:00").await;
    let standing = world.standing().await;
    assert_eq!((standing.level, standing.light), (5, Light::Red));
    let levels: Vec<u64> = world.told().await.iter().map(|it| it.0).collect();
    assert_eq!(levels, [1, 2, 3, 4, 5]);
}
