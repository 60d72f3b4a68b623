//! What operators do to running instances: one by one, and many at once.

use serde_json::{Value, json};
use tongban_tests_support::client::Client;
use tongban_tests_support::server::Server;
use tongban_tests_support::socket::Socket;

use crate::fixture::{advance, bare, client, code, deployed, in_a_row, mutate, process, user_task};

/// A server, and one who deploys and works.
fn world() -> (Server, Client) {
    let server = bare();
    let worker = client(&server, "worker", &["OPERATOR", "CLERK"]);
    (server, worker)
}

fn start_event() -> (&'static str, String) {
    ("start", r#"<bpmn:startEvent id="start"/>"#.to_owned())
}

fn end_event() -> (&'static str, String) {
    ("end", r#"<bpmn:endEvent id="end"/>"#.to_owned())
}

/// `start → wait one hour → task → end`, with the task given to a group.
fn timed(group: &str) -> String {
    let wait = r#"<bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition id="t"><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"#;
    let steps = [
        start_event(),
        ("wait", wait.to_owned()),
        ("task", user_task("task", group)),
        end_event(),
    ];
    process("timed", &in_a_row(&steps))
}

/// `start → first → second`, and the task by which version there is.
fn tasks_in_a_row(ids: &[&'static str]) -> String {
    let mut steps = vec![start_event()];
    steps.extend(ids.iter().map(|id| (*id, user_task(id, "CLERK"))));
    steps.push(end_event());
    process("row", &in_a_row(&steps))
}

/// A process that calls another, and the one that is called.
fn calling() -> [String; 2] {
    let call = r#"<bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="called" propagateAllChildVariables="false"/></bpmn:extensionElements></bpmn:callActivity>"#;
    let called = [
        start_event(),
        ("inner", user_task("inner", "CLERK")),
        end_event(),
    ];
    let calling = [start_event(), ("call", call.to_owned()), end_event()];
    [
        process("called", &in_a_row(&called)),
        process("calling", &in_a_row(&calling)),
    ]
}

async fn start(worker: &Client, key: &str) -> String {
    let input = json!({ "processKey": key });
    let payload = mutate(worker, "startProcess", "processInstance { id }", input).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    payload["processInstance"]["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Name, state of suspension and groups of the open tasks of an instance.
async fn tasks(worker: &Client, instance: &str) -> Vec<Value> {
    let query = "{ userTasks(first: 100) { nodes { id name isSuspended candidateGroups processInstanceId } } }";
    let data = worker.data(query, json!({})).await.unwrap();
    let nodes = data["userTasks"]["nodes"].as_array().unwrap();
    let own = nodes
        .iter()
        .filter(|it| it["processInstanceId"] == instance);
    own.cloned().collect()
}

async fn names(worker: &Client, instance: &str) -> Vec<String> {
    let tasks = tasks(worker, instance).await;
    let mut names: Vec<String> = tasks
        .iter()
        .map(|it| it["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

async fn operate(worker: &Client, mutation: &str, instance: &str, mut input: Value) -> Value {
    input["processInstanceId"] = instance.into();
    let selection = "processInstance { status suspendedAt }";
    mutate(worker, mutation, selection, input).await
}

async fn operated(worker: &Client, mutation: &str, instance: &str, input: Value) -> Value {
    let payload = operate(worker, mutation, instance, input).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    payload
}

async fn complete(worker: &Client, task: &Value) -> Value {
    let input = json!({ "userTaskId": task["id"], "variables": {} });
    mutate(worker, "completeUserTask", "userTask { state }", input).await
}

async fn status(worker: &Client, instance: &str) -> Value {
    let query = "query ($id: ID!) { processInstance(id: $id) { status } }";
    let data = worker.data(query, json!({ "id": instance })).await.unwrap();
    data["processInstance"]["status"].clone()
}

/// A batch that has come to its end.
async fn batch(worker: &Client, input: Value) -> Value {
    let payload = mutate(worker, "startBatch", "batch { id state }", input).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    let id = payload["batch"]["id"].clone();
    let query = "query ($id: ID!) { batch(id: $id) { action state selected done failed
        findings { code elementId instances message { zh en } }
        items(first: 100, outcome: FAILED) { nodes { processInstanceId errors { code elementId } } } } }";
    for _ in 0..600 {
        let mut data = worker.data(query, json!({ "id": id })).await.unwrap();
        if data["batch"]["state"] == "DONE" {
            return data["batch"].take();
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the batch did not end within 30 seconds");
}

#[tokio::test]
async fn a_suspended_instance_rests_and_loses_nothing() {
    let (_server, worker) = world();
    deployed(&worker, &timed("CLERK")).await;
    let instance = start(&worker, "timed").await;
    let payload = operated(&worker, "suspendProcessInstance", &instance, json!({})).await;
    assert!(payload["processInstance"]["suspendedAt"].is_string());
    let again = operate(&worker, "suspendProcessInstance", &instance, json!({})).await;
    assert_eq!(code(&again), "INSTANCE_SUSPENDED");
    // The timer falls due while the instance rests, and is carried out at its resumption.
    assert_eq!(advance(&worker, "2026-03-05T11:00:00+08:00").await, 1);
    assert_eq!(names(&worker, &instance).await, [""; 0]);
    operated(&worker, "resumeProcessInstance", &instance, json!({})).await;
    assert_eq!(names(&worker, &instance).await, ["task"]);

    operated(&worker, "suspendProcessInstance", &instance, json!({})).await;
    let task = tasks(&worker, &instance).await.remove(0);
    assert_eq!(task["isSuspended"], true);
    assert_eq!(code(&complete(&worker, &task).await), "INSTANCE_SUSPENDED");
    let query = "{ processInstances(filter: { suspended: true }) { nodes { id } } }";
    let data = worker.data(query, json!({})).await.unwrap();
    assert_eq!(
        data["processInstances"]["nodes"],
        json!([{ "id": instance }])
    );
    operated(&worker, "resumeProcessInstance", &instance, json!({})).await;
    assert_eq!(complete(&worker, &task).await["userErrors"], json!([]));
    assert_eq!(status(&worker, &instance).await, "COMPLETED");
}

#[tokio::test]
async fn what_is_called_rests_with_its_caller() {
    let (_server, worker) = world();
    for file in calling() {
        deployed(&worker, &file).await;
    }
    let caller = start(&worker, "calling").await;
    let query = "{ processInstances(first: 10) { nodes { id parentId suspendedAt } } }";
    let called = async || {
        let data = worker.data(query, json!({})).await.unwrap();
        let nodes = data["processInstances"]["nodes"].as_array().unwrap();
        nodes
            .iter()
            .find(|it| it["parentId"] == caller.as_str())
            .unwrap()
            .clone()
    };
    let child = called().await["id"].as_str().unwrap().to_owned();
    let refused = operate(&worker, "suspendProcessInstance", &child, json!({})).await;
    assert_eq!(code(&refused), "INSTANCE_HAS_PARENT");
    operated(&worker, "suspendProcessInstance", &caller, json!({})).await;
    assert!(called().await["suspendedAt"].is_string());
    operated(&worker, "resumeProcessInstance", &caller, json!({})).await;
    assert!(called().await["suspendedAt"].is_null());
    // Nothing is left in the called instance: it returns to its caller, which ends.
    let instructions = json!({ "instructions": [{ "cancel": "inner" }] });
    operated(&worker, "modifyProcessInstance", &child, instructions).await;
    assert_eq!(status(&worker, &caller).await, "COMPLETED");
}

#[tokio::test]
async fn tokens_are_moved_by_hand() {
    let (_server, worker) = world();
    deployed(&worker, &tasks_in_a_row(&["first", "second", "third"])).await;
    let instance = start(&worker, "row").await;
    let moved = json!({ "instructions": [{ "move": "first", "before": "third" }] });
    operated(&worker, "modifyProcessInstance", &instance, moved).await;
    assert_eq!(names(&worker, &instance).await, ["third"]);
    let query = "query ($id: ID!) { processInstance(id: $id) { elementInstances { number elementId kind phase scope } } }";
    let data = worker.data(query, json!({ "id": instance })).await.unwrap();
    let standing = data["processInstance"]["elementInstances"]
        .as_array()
        .unwrap();
    let root = standing[0]["number"].clone();
    assert_eq!(standing[1]["elementId"], "third");
    assert_eq!(standing[1]["scope"], root);
    let both = json!({ "instructions": [
        { "cancelElementInstance": standing[1]["number"] },
        { "after": "first", "within": root, "variables": [{ "values": { "why": "by hand" } }] },
        { "sequenceFlow": "flow_start_first" },
    ] });
    operated(&worker, "modifyProcessInstance", &instance, both).await;
    assert_eq!(names(&worker, &instance).await, ["first", "second"]);
    let refused = json!({ "instructions": [{ "cancel": "first" }, { "before": "nowhere" }] });
    let refused = operate(&worker, "modifyProcessInstance", &instance, refused).await;
    assert_eq!(code(&refused), "MODIFICATION_ELEMENT_UNKNOWN");
    assert_eq!(refused["userErrors"][0]["field"], "/instructions/1");
    assert_eq!(names(&worker, &instance).await, ["first", "second"]);
    let all = json!({ "instructions": [{ "cancel": "first" }, { "cancel": "second" }] });
    operated(&worker, "modifyProcessInstance", &instance, all).await;
    assert_eq!(status(&worker, &instance).await, "CANCELED");
}

#[tokio::test]
async fn an_instance_goes_on_by_another_version() {
    let (_server, worker) = world();
    deployed(&worker, &timed("CLERK")).await;
    let waits = start(&worker, "timed").await;
    let works = start(&worker, "timed").await;
    let started = json!({ "instructions": [{ "move": "wait", "before": "task" }] });
    operated(&worker, "modifyProcessInstance", &works, started).await;
    deployed(&worker, &timed("CHIEF")).await;
    let version = json!({ "version": 2 });
    for instance in [&waits, &works] {
        operated(&worker, "migrateProcessInstance", instance, version.clone()).await;
    }
    let task = tasks(&worker, &works).await.remove(0);
    assert_eq!(task["candidateGroups"], json!(["CHIEF"]));
    let refused = operate(&worker, "migrateProcessInstance", &works, version).await;
    assert_eq!(code(&refused), "MIGRATION_REFUSED");
    assert_eq!(refused["userErrors"][1]["code"], "MIGRATION_SAME_VERSION");
    // The timer of the old version is kept.
    assert_eq!(advance(&worker, "2026-03-05T10:00:00+08:00").await, 1);
    let query = "query ($id: ID!) { processInstance(id: $id) { history(first: 100) { nodes { events { name elementId } } } } }";
    let data = worker.data(query, json!({ "id": waits })).await.unwrap();
    let history = data["processInstance"]["history"].to_string();
    assert!(history.contains("InstanceMigrated"), "{history}");
    assert!(
        history.contains(r#""name":"UserTaskCreated","elementId":"task""#),
        "{history}"
    );
}

/// `start → both ways`: one calls what is not there, one waits for a moment that is none.
fn stopped_twice() -> String {
    let content = r#"<bpmn:startEvent id="start"/><bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="fork"/>
      <bpmn:parallelGateway id="fork"/><bpmn:sequenceFlow id="f2" sourceRef="fork" targetRef="call"/><bpmn:sequenceFlow id="f3" sourceRef="fork" targetRef="wait"/>
      <bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="row" propagateAllChildVariables="false"/></bpmn:extensionElements></bpmn:callActivity>
      <bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition id="t"><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">=pause</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
      <bpmn:sequenceFlow id="f4" sourceRef="call" targetRef="called"/><bpmn:sequenceFlow id="f5" sourceRef="wait" targetRef="waited"/>
      <bpmn:endEvent id="called"/><bpmn:endEvent id="waited"/>"#;
    process("stopped", content)
}

#[tokio::test]
async fn incidents_of_one_cause_are_resolved_together_and_followed_live() {
    let (server, worker) = world();
    deployed(&worker, &stopped_twice()).await;
    for _ in 0..3 {
        start(&worker, "stopped").await;
    }
    let kinds = async || {
        let query = "{ incidents(filter: { open: true }) { nodes { kind } } }";
        let data = worker.data(query, json!({})).await.unwrap();
        let nodes = data["incidents"]["nodes"].as_array().unwrap().clone();
        let kind = |it: &Value| it["kind"].as_str().unwrap().to_owned();
        let mut kinds: Vec<String> = nodes.iter().map(kind).collect();
        kinds.sort();
        kinds
    };
    let (called, timer) = ("INCIDENT_CALLED_PROCESS_FAILED", "INCIDENT_TIMER_INVALID");
    for _ in 0..600 {
        if kinds().await.len() == 6 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(kinds().await, [called, called, called, timer, timer, timer]);
    deployed(&worker, &tasks_in_a_row(&["first"])).await;
    let token = server.token(&["--id", "o", "--role", "OPERATOR"]).unwrap();
    let mut socket = Socket::connect(server.url(), &token).await.unwrap();
    let follow = "subscription { batchProgressed { state done failed } }";
    socket.subscribe("1", follow).await.unwrap();
    socket.subscribe("2", "{ viewer { id } }").await.unwrap();
    socket.next("2").await.unwrap();
    let of_calls = json!({
        "action": "RESOLVE_INCIDENTS",
        "incidentKinds": [called],
        "elementIds": ["call"],
        "reason": "the called process is deployed now",
    });
    let done = batch(&worker, of_calls).await;
    assert_eq!(done["items"]["nodes"], json!([]), "{done:#}");
    for _ in 0..600 {
        if kinds().await.len() == 3 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(kinds().await, [timer, timer, timer]);
    loop {
        let event = socket.next("1").await.unwrap();
        let progressed = &event["data"]["batchProgressed"];
        if progressed["state"] == "DONE" {
            assert_eq!(progressed["done"].to_string().trim_matches('"'), "3");
            break;
        }
    }
}

#[tokio::test]
async fn many_instances_are_migrated_after_a_dry_run() {
    let (_server, worker) = world();
    deployed(&worker, &tasks_in_a_row(&["first", "second"])).await;
    let mut instances = Vec::new();
    for _ in 0..60 {
        instances.push(start(&worker, "row").await);
    }
    let moved = json!({ "instructions": [{ "move": "first", "before": "second" }] });
    for instance in &instances[..3] {
        operated(&worker, "modifyProcessInstance", instance, moved.clone()).await;
    }
    deployed(&worker, &tasks_in_a_row(&["first", "other"])).await;
    let dry = json!({
        "action": "MIGRATE", "processKey": "row", "version": 1, "targetVersion": 2, "dryRun": true,
    });
    let report = batch(&worker, dry).await;
    let counts = |it: &Value| {
        (
            it["selected"].clone(),
            it["done"].clone(),
            it["failed"].clone(),
        )
    };
    let expected = [60, 57, 3].map(|it| json!(it.to_string()));
    let found = counts(&report);
    let found = [found.0, found.1, found.2].map(|it| match it {
        Value::String(text) => Value::String(text),
        other => Value::String(other.to_string()),
    });
    assert_eq!(found, expected, "{report:#}");
    let finding = &report["findings"][0];
    assert_eq!(finding["code"], "MIGRATION_TARGET_MISSING", "{report:#}");
    assert_eq!(finding["elementId"], "second");
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(report["items"]["nodes"].as_array().unwrap().len(), 3);

    let real = json!({
        "action": "MIGRATE", "processKey": "row", "version": 1, "targetVersion": 2,
        "mapping": [{ "source": "second", "target": "other" }],
    });
    let done = batch(&worker, real).await;
    assert_eq!(done["findings"], json!([]), "{done:#}");
    assert_eq!(names(&worker, &instances[0]).await, ["other"]);
    assert_eq!(names(&worker, &instances[59]).await, ["first"]);
    // What was migrated is not of the old version any more.
    let again = json!({
        "action": "MIGRATE", "processKey": "row", "version": 1, "targetVersion": 2,
    });
    let again = batch(&worker, again).await;
    assert_eq!(again["items"]["nodes"], json!([]), "{again:#}");

    let named = json!({ "action": "SUSPEND", "processInstanceIds": instances[..2] });
    batch(&worker, named).await;
    let query = "{ processInstances(filter: { suspended: true }) { nodes { id } } }";
    let data = worker.data(query, json!({})).await.unwrap();
    assert_eq!(
        data["processInstances"]["nodes"].as_array().unwrap().len(),
        2
    );
    let resumed = json!({ "action": "RESUME", "processKey": "row", "suspended": true });
    batch(&worker, resumed).await;
    let wrong = json!({ "action": "RESUME", "processInstanceIds": [instances[0]] });
    let wrong = batch(&worker, wrong).await;
    let error = &wrong["items"]["nodes"][0]["errors"][0];
    assert_eq!(error["code"], "INSTANCE_NOT_SUSPENDED", "{wrong:#}");
    batch(&worker, json!({ "action": "CANCEL", "processKey": "row" })).await;
    assert_eq!(status(&worker, &instances[30]).await, "CANCELED");
    let nothing = mutate(
        &worker,
        "startBatch",
        "batch { id }",
        json!({ "action": "CANCEL" }),
    )
    .await;
    assert_eq!(code(&nothing), "INVALID_INPUT");
}
