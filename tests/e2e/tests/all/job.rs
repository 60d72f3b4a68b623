//! External workers: programs that take jobs over GraphQL.

use std::time::Duration;

use serde_json::{Value, json};
use tongban_tests_support::client::Client;
use tongban_tests_support::server::Server;
use tongban_tests_support::socket::Socket;

use crate::errand::{apply, citizen, clerk, configured, expect, server};
use crate::fixture::{complete, mutate, operator};

const JOBS: &str = "jobs { id type leaseToken deadline retries headers variables elementId processKey processInstanceId businessKey }";

fn worker_token(server: &Server, id: &str, job_type: &str) -> String {
    let arguments = ["--id", id, "--role", "WORKER", "--job-type", job_type];
    server.token(&arguments).unwrap()
}

fn worker(server: &Server, id: &str) -> Client {
    let token = worker_token(server, id, "print-*");
    server.anonymous().with_token(token)
}

async fn take(worker: &Client, lease_seconds: u32, wait_seconds: u32) -> Vec<Value> {
    let input = json!({
        "type": "print-errand", "max": 10, "leaseSeconds": lease_seconds, "waitSeconds": wait_seconds,
    });
    let payload = mutate(worker, "activateJobs", JOBS, input).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    payload["jobs"].as_array().unwrap().clone()
}

/// What a worker sends back of a job, and something beside it.
fn of(job: &Value, beside: Value) -> Value {
    let mut input = json!({ "jobId": job["id"], "leaseToken": job["leaseToken"] });
    for (name, value) in beside.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}

/// An errand that a clerk has approved, so that it is to be printed.
async fn to_be_printed(server: &Server) -> String {
    let errand = apply(&citizen(server, "person-1"), "person-1", json!({})).await;
    let clerk = clerk(server);
    let query =
        "query ($id: String!) { userTasks(first: 1, filter: { recordId: $id }) { nodes { id } } }";
    let data = clerk.data(query, json!({ "id": errand })).await.unwrap();
    let task = data["userTasks"]["nodes"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let payload = complete(&clerk, &task).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    errand
}

async fn status(server: &Server, business_key: &str) -> Value {
    let query = "query ($key: String!) { processInstances(first: 1, filter: { businessKey: $key }) { nodes { status } } }";
    let variables = json!({ "key": business_key });
    let mut data = operator(server).data(query, variables).await.unwrap();
    data["processInstances"]["nodes"][0]["status"].take()
}

#[tokio::test]
async fn a_worker_takes_a_job_and_its_case_goes_on() {
    let server = server();
    let errand = to_be_printed(&server).await;
    let printer = worker(&server, "printer");
    let jobs = take(&printer, 60, 0).await;
    let job = &jobs[0];
    assert_eq!((jobs.len(), &job["type"]), (1, &json!("print-errand")));
    assert_eq!(job["headers"], json!({ "paper": "A4" }));
    assert_eq!(job["variables"]["errandId"], json!(errand));
    assert_eq!(job["variables"]["fee"], json!(10));
    assert_eq!(
        (&job["elementId"], &job["processKey"]),
        (&json!("print"), &json!("errand"))
    );
    assert_eq!(
        (&job["businessKey"], &job["retries"]),
        (&json!(errand), &json!(3))
    );
    assert!(take(&printer, 60, 0).await.is_empty());
    let payload = mutate(
        &printer,
        "completeJob",
        "",
        of(job, json!({ "variables": { "pages": 2 } })),
    )
    .await;
    expect(&payload, "");
    assert_eq!(status(&server, &errand).await, "COMPLETED");
}

#[tokio::test]
async fn a_lease_that_lapsed_is_taken_by_another_and_its_token_is_stale() {
    let server = server();
    let errand = to_be_printed(&server).await;
    let (slow, quick) = (worker(&server, "slow"), worker(&server, "quick"));
    let first = take(&slow, 1, 0).await;
    assert_eq!(first.len(), 1);
    // The lease lapses by the machine's clock; whoever waits is given the job then.
    let second = take(&quick, 60, 8).await;
    assert_eq!(second[0]["id"], first[0]["id"]);
    assert!(second[0]["leaseToken"].as_i64() > first[0]["leaseToken"].as_i64());
    for (name, beside) in [
        ("completeJob", json!({})),
        ("failJob", json!({ "message": "no paper" })),
        ("extendJobLease", json!({ "leaseSeconds": 60 })),
        ("throwBpmnError", json!({ "code": "NO-PAPER" })),
    ] {
        expect(
            &mutate(&slow, name, "", of(&first[0], beside)).await,
            "JOB_LEASE_STALE",
        );
    }
    let payload = mutate(
        &quick,
        "extendJobLease",
        "deadline",
        of(&second[0], json!({ "leaseSeconds": 600 })),
    )
    .await;
    assert!(
        payload["deadline"].as_str() > second[0]["deadline"].as_str(),
        "{payload:#}"
    );
    expect(
        &mutate(&quick, "completeJob", "", of(&second[0], json!({}))).await,
        "",
    );
    assert_eq!(status(&server, &errand).await, "COMPLETED");
}

#[tokio::test]
async fn a_worker_that_waits_is_woken_and_one_that_follows_is_told() {
    let server = server();
    let printer = worker(&server, "printer");
    let waiting = tokio::spawn(async move { take(&printer, 60, 8).await });
    let token = worker_token(&server, "watcher", "print-errand");
    let mut socket = Socket::connect(server.url(), &token).await.unwrap();
    let follow = "subscription { jobsAvailable(type: \"print-errand\") { type } }";
    socket.subscribe("1", follow).await.unwrap();
    socket.subscribe("2", "{ viewer { id } }").await.unwrap();
    socket.next("2").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let began = std::time::Instant::now();
    to_be_printed(&server).await;
    let jobs = waiting.await.unwrap();
    assert_eq!(jobs.len(), 1);
    assert!(
        began.elapsed() < Duration::from_secs(7),
        "{:?}",
        began.elapsed()
    );
    let event = socket.next("1").await.unwrap();
    assert_eq!(
        event["data"]["jobsAvailable"]["type"], "print-errand",
        "{event}"
    );
}

#[tokio::test]
async fn a_job_that_fails_for_good_is_an_incident_for_the_operator() {
    let server = server();
    to_be_printed(&server).await;
    let printer = worker(&server, "printer");
    let first = take(&printer, 60, 0).await;
    let again = json!({ "message": "no paper", "retries": 1 });
    expect(
        &mutate(&printer, "failJob", "", of(&first[0], again)).await,
        "",
    );
    let second = take(&printer, 60, 8).await;
    assert_eq!(second[0]["retries"], 1);
    let last = json!({ "message": "out of order", "retries": 0 });
    expect(
        &mutate(&printer, "failJob", "", of(&second[0], last)).await,
        "",
    );
    let operator = operator(&server);
    let query = "{ incidents(first: 5) { nodes { id message } } }";
    let incidents = operator.data(query, json!({})).await.unwrap();
    let incident = &incidents["incidents"]["nodes"][0];
    assert_eq!(incident["message"], "out of order", "{incidents}");
    let input = json!({ "incidentId": incident["id"] });
    expect(&mutate(&operator, "resolveIncident", "", input).await, "");
    assert_eq!(take(&printer, 60, 8).await.len(), 1);
}

#[tokio::test]
async fn a_worker_sees_jobs_of_its_types_and_nothing_else() {
    let (server, _folder) = configured("[worker.listed]\njob_types = [\"print-errand\"]\n");
    to_be_printed(&server).await;
    let activate = "mutation ($input: ActivateJobsInput!) { activateJobs(input: $input) { jobs { id } userErrors { code } } }";
    let input = json!({ "input": { "type": "print-errand", "idempotencyKey": "k-1" } });
    let token = worker_token(&server, "mailer", "send-*");
    let mailer = server.anonymous().with_token(token);
    let answer = mailer.send(activate, input.clone()).await.unwrap();
    expect(&answer["data"]["activateJobs"], "JOB_TYPE_NOT_GRANTED");
    // People have no such field, whatever their role.
    for person in [clerk(&server), citizen(&server, "person-1")] {
        let answer = person.send(activate, input.clone()).await.unwrap();
        assert!(answer["data"]["activateJobs"].is_null(), "{answer}");
    }
    let printer = worker(&server, "printer");
    for query in [
        "{ userTasks(first: 1) { nodes { id } } }",
        "{ errands(first: 1) { nodes { id } } }",
    ] {
        let answer = printer.send(query, json!({})).await.unwrap();
        assert!(answer.get("errors").is_some(), "{query}: {answer}");
    }
    // Types may stand in the configuration instead of the token.
    let token = server
        .token(&["--id", "listed", "--role", "WORKER"])
        .unwrap();
    let listed = server.anonymous().with_token(token);
    assert_eq!(take(&listed, 60, 0).await.len(), 1);
}

#[tokio::test]
async fn a_repeated_key_takes_the_same_jobs_again() {
    let server = server();
    to_be_printed(&server).await;
    let printer = worker(&server, "printer");
    let input = json!({ "type": "print-errand", "leaseSeconds": 60, "idempotencyKey": "take-1" });
    let first = mutate(&printer, "activateJobs", JOBS, input.clone()).await;
    let again = mutate(&printer, "activateJobs", JOBS, input).await;
    assert_eq!(first["jobs"], again["jobs"]);
    assert_eq!(first["jobs"].as_array().unwrap().len(), 1);
}
