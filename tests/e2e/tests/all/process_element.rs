//! Elements of BPMN as a client meets them: a file is deployed and its instances are driven.

use serde_json::{Value, json};
use tongban_tests_support::client::Client;
use tongban_tests_support::server::Server;

use crate::fixture::{advance, bare, client, code, deploy, deployed, mutate};

const AD_HOC_SUB_PROCESS: &str = include_str!("files/ad_hoc_sub_process.bpmn");
const COMPLEX_GATEWAY: &str = include_str!("files/complex_gateway.bpmn");
const DATA_ASSOCIATION: &str = include_str!("files/data_association.bpmn");
const INSTANTIATING_GATEWAY: &str = include_str!("files/instantiating_gateway.bpmn");
const TYPED_DATA: &str = include_str!("files/typed_data.bpmn");
const STANDARD_LOOP: &str = include_str!("files/standard_loop.bpmn");
const INCLUSIVE_GATEWAY: &str = include_str!("files/inclusive_gateway.bpmn");
const EVENT_BASED_GATEWAY: &str = include_str!("files/event_based_gateway.bpmn");
const SEND_TASK: &str = include_str!("files/send_task.bpmn");
const RECEIVE_TASK: &str = include_str!("files/receive_task.bpmn");
const MULTI_INSTANCE: &str = include_str!("files/multi_instance.bpmn");
const LARGE_MULTI_INSTANCE: &str = include_str!("files/large_multi_instance.bpmn");
const SIGNAL_EVENT: &str = include_str!("files/signal_event.bpmn");
const ESCALATION_EVENT: &str = include_str!("files/escalation_event.bpmn");

/// A server with these files, and one who deploys and works.
async fn world(files: &[&str]) -> (Server, Client) {
    let server = bare();
    let worker = client(&server, "worker", &["OPERATOR", "CLERK"]);
    for file in files {
        deployed(&worker, file).await;
    }
    (server, worker)
}

async fn start(worker: &Client, process_key: &str, variables: Value) -> String {
    let payload = mutate(
        worker,
        "startProcess",
        "processInstance { id }",
        json!({ "processKey": process_key, "variables": variables }),
    )
    .await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    let id = &payload["processInstance"]["id"];
    id.as_str().unwrap().to_owned()
}

/// The open tasks of all instances.
async fn tasks(worker: &Client) -> Vec<Value> {
    let query = "{ userTasks(first: 100) { nodes { id name assignee processInstanceId state } } }";
    let mut data = worker.data(query, json!({})).await.unwrap();
    let nodes = data["userTasks"]["nodes"].take();
    let Value::Array(nodes) = nodes else {
        panic!("{nodes}")
    };
    nodes
}

/// Names of the open tasks of an instance, in order.
async fn names(worker: &Client, instance: &str) -> Vec<String> {
    let open = tasks(worker).await.into_iter();
    let own = open.filter(|it| it["processInstanceId"] == instance);
    let mut names: Vec<String> = own
        .map(|it| it["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// What runs in the background has happened after a while.
async fn until<F: AsyncFnMut() -> bool>(what: &str, mut holds: F) {
    for _ in 0..600 {
        if holds().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{what} did not happen within 30 seconds");
}

async fn waits_at(worker: &Client, instance: &str, expected: &[&str]) {
    until(&format!("waiting at {expected:?}"), async || {
        names(worker, instance).await == expected
    })
    .await;
}

async fn complete(worker: &Client, name: &str, variables: Value) {
    let open = tasks(worker).await;
    let task = open.iter().find(|it| it["name"] == name).unwrap();
    let input = json!({ "userTaskId": task["id"], "variables": variables });
    let payload = mutate(worker, "completeUserTask", "userTask { state }", input).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
}

async fn publish(worker: &Client, name: &str, mut input: Value) -> Value {
    input["name"] = name.into();
    mutate(worker, "publishMessage", "processInstanceIds", input).await
}

#[tokio::test]
async fn an_inclusive_gateway_joins_as_many_ways_as_it_has_opened() {
    let (_server, worker) = world(&[INCLUSIVE_GATEWAY]).await;
    let variables = json!({ "one": true, "two": true });
    let both = start(&worker, "inclusive_gateway", variables).await;
    waits_at(&worker, &both, &["first", "second"]).await;
    complete(&worker, "first", json!({})).await;
    waits_at(&worker, &both, &["second"]).await;
    complete(&worker, "second", json!({})).await;
    waits_at(&worker, &both, &["read"]).await;
    let variables = json!({ "one": false, "two": false });
    let neither = start(&worker, "inclusive_gateway", variables).await;
    waits_at(&worker, &neither, &["third"]).await;
    complete(&worker, "third", json!({})).await;
    waits_at(&worker, &neither, &["read"]).await;
}

#[tokio::test]
async fn an_event_based_gateway_goes_the_way_of_what_comes_first() {
    let (_server, worker) = world(&[EVENT_BASED_GATEWAY]).await;
    let begin = async |case_no: &str| {
        start(&worker, "event_based_gateway", json!({ "caseNo": case_no })).await
    };
    let answered = begin("1").await;
    let done = publish(&worker, "ANSWER", json!({ "correlationKey": "1" })).await;
    assert_eq!(done["processInstanceIds"], json!([answered]));
    waits_at(&worker, &answered, &["answered"]).await;
    let late = begin("2").await;
    assert_eq!(advance(&worker, "2026-03-05T10:00:00+08:00").await, 1);
    waits_at(&worker, &late, &["late"]).await;
    let stopped = begin("3").await;
    let input = json!({ "name": "STOP" });
    let done = mutate(&worker, "broadcastSignal", "waitingInstances", input).await;
    assert_eq!(done["waitingInstances"], 1, "{done:#}");
    waits_at(&worker, &stopped, &["stopped"]).await;
}

#[tokio::test]
async fn what_a_send_task_sends_is_kept_for_a_receive_task() {
    let (_server, worker) = world(&[SEND_TASK, RECEIVE_TASK]).await;
    let variables = json!({ "caseNo": "L-1", "amount": 9 });
    start(&worker, "send_task", variables).await;
    let early = start(&worker, "receive_task", json!({ "caseNo": "L-1" })).await;
    waits_at(&worker, &early, &["read"]).await;
    assert_eq!(tasks(&worker).await[0]["assignee"], "9");
    let other = start(&worker, "receive_task", json!({ "caseNo": "L-1" })).await;
    waits_at(&worker, &other, &[]).await;
    start(
        &worker,
        "send_task",
        json!({ "caseNo": "L-2", "amount": 8 }),
    )
    .await;
    advance(&worker, "2026-03-05T10:00:00+08:00").await;
    let late = start(&worker, "receive_task", json!({ "caseNo": "L-2" })).await;
    waits_at(&worker, &late, &[]).await;
}

#[tokio::test]
async fn a_published_message_is_kept_as_long_as_it_is_to_live() {
    let (_server, worker) = world(&[RECEIVE_TASK]).await;
    let input = |message_id: &str| {
        json!({
            "correlationKey": "L-1",
            "variables": { "paidAmount": 7 },
            "timeToLive": "P1D",
            "messageId": message_id,
        })
    };
    let first = publish(&worker, "PAID", input("m-1")).await;
    assert_eq!(first["userErrors"], json!([]), "{first:#}");
    let again = publish(&worker, "PAID", input("m-1")).await;
    assert_eq!(code(&again), "MESSAGE_ALREADY_PUBLISHED");
    assert_eq!(again["userErrors"][0]["field"], "/messageId");
    let instance = start(&worker, "receive_task", json!({ "caseNo": "L-1" })).await;
    waits_at(&worker, &instance, &["read"]).await;
    publish(&worker, "PAID", input("m-2")).await;
    advance(&worker, "2026-03-06T09:00:00+08:00").await;
    let late = start(&worker, "receive_task", json!({ "caseNo": "L-1" })).await;
    waits_at(&worker, &late, &[]).await;
    let mut forever = input("m-3");
    forever["timeToLive"] = "P9999D".into();
    let refused = publish(&worker, "PAID", forever).await;
    assert_eq!(code(&refused), "MESSAGE_TIME_TO_LIVE_INVALID");
}

#[tokio::test]
async fn a_task_is_given_once_for_each_item() {
    let (_server, worker) = world(&[MULTI_INSTANCE]).await;
    let variables = json!({ "persons": ["li", "wang"] });
    let instance = start(&worker, "multi_instance", variables).await;
    waits_at(&worker, &instance, &["ask", "ask"]).await;
    complete(&worker, "ask", json!({ "answer": "yes" })).await;
    waits_at(&worker, &instance, &["ask"]).await;
    complete(&worker, "ask", json!({ "answer": "no" })).await;
    waits_at(&worker, &instance, &["read"]).await;
    let joined = tasks(&worker).await[0]["assignee"].take();
    assert!(joined == "yes+no" || joined == "no+yes", "{joined}");
}

#[tokio::test]
async fn many_iterations_run_as_instances_of_their_own() {
    let (_server, worker) = world(&[LARGE_MULTI_INSTANCE]).await;
    let variables = json!({ "count": 400, "factor": 3 });
    let instance = start(&worker, "large_multi_instance", variables).await;
    waits_at(&worker, &instance, &["read"]).await;
    let sum = 3 * 400 * 401 / 2;
    assert_eq!(tasks(&worker).await[0]["assignee"], sum.to_string());
    let query = "query ($id: ID!) { processInstance(id: $id) { history(first: 100) { nodes { events { name elementId } } } }
        processInstances(first: 100) { nodes { parentId status } } }";
    let data = worker.data(query, json!({ "id": instance })).await.unwrap();
    let iterations = data["processInstances"]["nodes"].as_array().unwrap();
    let of_loop = iterations.iter().filter(|it| it["parentId"] == instance);
    assert!(of_loop.count() >= 99, "the newest instances are iterations");
    let history = data["processInstance"]["history"].to_string();
    assert!(history.contains("LoopStarted") && history.contains("IterationsStarted"));
}

#[tokio::test]
async fn a_signal_goes_to_all_who_wait_and_starts_what_begins_with_it() {
    let (_server, worker) = world(&[SIGNAL_EVENT]).await;
    let first = start(&worker, "signal_event", json!({})).await;
    let second = start(&worker, "signal_event", json!({})).await;
    let input = json!({ "name": "CLOSED", "variables": { "reason": "holiday" } });
    let selection = "waitingInstances startedProcessKeys";
    let done = mutate(&worker, "broadcastSignal", selection, input).await;
    assert_eq!(done["waitingInstances"], 2, "{done:#}");
    assert_eq!(done["startedProcessKeys"], json!(["signal_event"]));
    for instance in [&first, &second] {
        waits_at(&worker, instance, &["closed_work"]).await;
    }
    until("the start", async || tasks(&worker).await.len() == 3).await;
    let refused = mutate(&worker, "broadcastSignal", selection, json!({ "name": "" })).await;
    assert_eq!(code(&refused), "SIGNAL_NAME_MISSING");
}

#[tokio::test]
async fn an_escalation_is_answered_beside_the_work_that_goes_on() {
    let (_server, worker) = world(&[ESCALATION_EVENT]).await;
    let instance = start(&worker, "escalation_event", json!({})).await;
    waits_at(&worker, &instance, &["go_on", "hurry"]).await;
    complete(&worker, "hurry", json!({})).await;
    complete(&worker, "go_on", json!({})).await;
    let query = "query ($id: ID!) { processInstance(id: $id) { status } }";
    let data = worker.data(query, json!({ "id": instance })).await.unwrap();
    assert_eq!(data["processInstance"]["status"], "COMPLETED");
}

#[tokio::test]
async fn a_standard_loop_goes_on_as_long_as_its_condition_holds() {
    let (_server, worker) = world(&[STANDARD_LOOP]).await;
    let instance = start(&worker, "standard_loop", json!({ "again": true })).await;
    for again in [true, false] {
        waits_at(&worker, &instance, &["ask"]).await;
        complete(&worker, "ask", json!({ "again": again })).await;
    }
    waits_at(&worker, &instance, &["read"]).await;
    let most = start(&worker, "standard_loop", json!({ "again": true })).await;
    complete(&worker, "read", json!({})).await;
    for _ in 0..3 {
        waits_at(&worker, &most, &["ask"]).await;
        complete(&worker, "ask", json!({})).await;
    }
    waits_at(&worker, &most, &["read"]).await;
}

#[tokio::test]
async fn a_complex_gateway_goes_on_with_two_of_three() {
    let (_server, worker) = world(&[COMPLEX_GATEWAY]).await;
    let instance = start(&worker, "complex_gateway", json!({})).await;
    complete(&worker, "first", json!({})).await;
    waits_at(&worker, &instance, &["second", "third"]).await;
    complete(&worker, "third", json!({})).await;
    waits_at(&worker, &instance, &["read", "second"]).await;
    complete(&worker, "second", json!({})).await;
    waits_at(&worker, &instance, &["read"]).await;
}

#[tokio::test]
async fn activities_of_an_ad_hoc_sub_process_are_chosen() {
    let (server, worker) = world(&[AD_HOC_SUB_PROCESS]).await;
    let instance = start(&worker, "ad_hoc_sub_process", json!({ "done": false })).await;
    waits_at(&worker, &instance, &["visit"]).await;
    let choose = async |client: &Client, activities: Value| {
        let input = json!({
            "processInstanceId": instance,
            "subProcessId": "work",
            "activities": activities,
        });
        mutate(
            client,
            "activateAdHocActivities",
            "processInstance { status }",
            input,
        )
        .await
    };
    let chosen = choose(&worker, json!(["phone", "visit"])).await;
    assert_eq!(chosen["processInstance"]["status"], "ACTIVE", "{chosen:#}");
    waits_at(&worker, &instance, &["phone", "visit", "visit"]).await;
    let query = "query ($id: ID!) { processInstance(id: $id) { elementInstances { elementId adHocActivities { elementId isEnabled timesBegun timesActive timesWaiting } } } }";
    let shown = worker.data(query, json!({ "id": instance })).await.unwrap();
    let all = shown["processInstance"]["elementInstances"]
        .as_array()
        .unwrap();
    let work = all.iter().find(|it| it["elementId"] == "work").unwrap();
    let of = |id: &str| {
        let mut choices = work["adHocActivities"].as_array().unwrap().iter();
        choices.find(|it| it["elementId"] == id).unwrap().clone()
    };
    let visit = json!({
        "elementId": "visit",
        "isEnabled": true,
        "timesBegun": 2,
        "timesActive": 2,
        "timesWaiting": 0,
    });
    assert_eq!(of("visit"), visit);
    assert_eq!(of("phone")["timesBegun"], 1);
    let refused = choose(&worker, json!(["note"])).await;
    assert_eq!(code(&refused), "ACTIVITY_NOT_FOUND");
    complete(&worker, "phone", json!({})).await;
    waits_at(&worker, &instance, &["note", "visit", "visit"]).await;
    complete(&worker, "note", json!({ "done": true })).await;
    waits_at(&worker, &instance, &["read"]).await;
    let late = choose(&worker, json!(["phone"])).await;
    assert_eq!(code(&late), "AD_HOC_NOT_FOUND");
    drop(server);
}

#[tokio::test]
async fn declared_data_are_checked() {
    let server = bare();
    let worker = client(&server, "worker", &["OPERATOR", "CLERK"]);
    let schema = json!({
        "type": "object",
        "required": ["id"],
        "properties": { "id": { "type": "string" }, "area": { "type": "number" } },
    });
    let alone = deploy(&worker, &[("typed.bpmn", TYPED_DATA)]).await;
    assert_eq!(code(&alone), "SCHEMA_MISSING");
    let files = [
        ("typed.bpmn", TYPED_DATA),
        ("schemas/plot.json", &schema.to_string()),
    ];
    let both = deploy(&worker, &files).await;
    assert_eq!(both["userErrors"], json!([]), "{both:#}");
    let start_with = async |variables: Value| {
        let input = json!({ "processKey": "typed_data", "variables": variables });
        mutate(&worker, "startProcess", "processInstance { id }", input).await
    };
    let refused = start_with(json!({ "plot": { "area": 3 } })).await;
    assert_eq!(code(&refused), "DATA_MISMATCH", "{refused:#}");
    let error = &refused["userErrors"][0];
    assert_eq!(error["field"], "/variables/plot/id");
    let refused = start_with(json!({ "day": "tomorrow" })).await;
    assert_eq!(refused["userErrors"][0]["field"], "/variables/day");
    let free = json!({ "plot": { "id": "a" }, "day": "2026-04-07", "note": 1 });
    let instance = start_with(free).await["processInstance"]["id"].clone();
    let instance = instance.as_str().unwrap();
    waits_at(&worker, instance, &["survey"]).await;
    let [task] = <[Value; 1]>::try_from(tasks(&worker).await).unwrap();
    let input = json!({ "userTaskId": task["id"], "variables": { "plot": "a" } });
    let refused = mutate(&worker, "completeUserTask", "userTask { state }", input).await;
    assert_eq!(code(&refused), "DATA_MISMATCH", "{refused:#}");
    complete(&worker, "survey", json!({ "plot": { "id": "b" } })).await;
    // Who sends a message is not told; what is wrong is corrected with the incident.
    let wrong = json!({ "correlationKey": "b", "variables": { "day": "soon" } });
    publish(&worker, "ANSWER", wrong).await;
    let query = "{ incidents(filter: { open: true }) { nodes { id kind } } }";
    let mut incident = Value::Null;
    until("the incident", async || {
        let shown = worker.data(query, json!({})).await.unwrap();
        incident = shown["incidents"]["nodes"][0].clone();
        !incident.is_null()
    })
    .await;
    assert_eq!(incident["kind"], "INCIDENT_DATA_MISMATCH");
    let resolve = async |variables: Value| {
        let input = json!({
            "incidentId": incident["id"],
            "variables": variables,
            "reason": "corrected by phone",
        });
        mutate(&worker, "resolveIncident", "incident { id }", input).await
    };
    let refused = resolve(json!({ "day": 5 })).await;
    assert_eq!(code(&refused), "DATA_MISMATCH", "{refused:#}");
    let resolved = resolve(json!({ "day": "2026-05-01" })).await;
    assert_eq!(resolved["userErrors"], json!([]), "{resolved:#}");
    waits_at(&worker, instance, &["read"]).await;
}

#[tokio::test]
async fn a_gateway_that_starts_the_process_waits_for_all_messages_of_its_key() {
    let (_server, worker) = world(&[INSTANTIATING_GATEWAY]).await;
    let tell = async |name: &str, case_no: &str| {
        let variables = json!({ "caseNo": case_no });
        let input = json!({ "correlationKey": case_no, "variables": variables });
        publish(&worker, name, input).await["processInstanceIds"].take()
    };
    let first = tell("FEE", "1").await;
    let other = tell("FORM", "2").await;
    assert_ne!(first, other);
    assert_eq!(tell("FORM", "1").await, first);
    let first = first[0].as_str().unwrap();
    waits_at(&worker, first, &["read"]).await;
    waits_at(&worker, other[0].as_str().unwrap(), &[]).await;
}

#[tokio::test]
async fn data_flows_along_its_associations() {
    let (_server, worker) = world(&[DATA_ASSOCIATION]).await;
    let instance = start(&worker, "data_association", json!({})).await;
    let written = json!({ "written": { "who": "li" } });
    complete(&worker, "write", written).await;
    waits_at(&worker, &instance, &["read"]).await;
    assert_eq!(tasks(&worker).await[0]["assignee"], "li");
}
