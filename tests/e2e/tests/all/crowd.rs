//! Many couples at the same moment, on as many executors as the database allows.

use std::time::Duration;

use serde_json::{Value, json};
use tongban_example_two_weeks::people::{People, Person};
use tongban_tests_support::client::Client;
use tongban_tests_support::paths;
use tongban_tests_support::server::{Options, Server};

use crate::fixture::advance;

const OPEN_TASKS: &str = "query ($case: String!) { userTasks(filter: { recordId: $case, states: [CREATED] }, first: 5) { nodes { id elementId } } }";
const COMPLETE: &str = "mutation ($input: CompleteUserTaskInput!) { completeUserTask(input: $input) { userErrors { code field } } }";

/// The open task of the case at an element, as soon as it is there.
async fn open_task(client: &Client, case: &str, element: &str) -> Value {
    for _ in 0..500 {
        let data = client
            .data(OPEN_TASKS, json!({ "case": case }))
            .await
            .unwrap();
        let tasks = data["userTasks"]["nodes"].as_array().unwrap();
        if let Some(task) = tasks.iter().find(|it| it["elementId"] == element) {
            return task["id"].clone();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("case {case} does not come to {element}")
}

async fn complete_at(client: &Client, case: &str, element: &str, variables: Value) -> Value {
    let task = open_task(client, case, element).await;
    let input = json!({
        "idempotencyKey": format!("{case}-{element}"), "userTaskId": task, "variables": variables
    });
    let data = client
        .data(COMPLETE, json!({ "input": input }))
        .await
        .unwrap();
    data["completeUserTask"]["userErrors"].clone()
}

/// Takes a couple from the check-in to the moment before its registration; gives the case.
async fn to_review(server: &Server, couple: &[Person; 2]) -> String {
    let reception = server.client("reception-01").unwrap();
    let registrar = server.client("registrar-01").unwrap();
    let query = "mutation ($input: CheckInMarriageInput!) { checkInMarriage(input: $input) {
        result { caseId } userErrors { code field } } }";
    let input = json!({
        "idempotencyKey": couple[0].person_id,
        "authorityCode": "15062701",
        "parties": couple.each_ref().map(|it| it.party("10")),
    });
    let data = reception
        .data(query, json!({ "input": input }))
        .await
        .unwrap();
    let case = data["checkInMarriage"]["result"]["caseId"]
        .as_str()
        .unwrap()
        .to_owned();
    let photo =
        json!({ "prints": 3, "takenOn": "2026-02-01", "bareHeaded": true, "bothRecognised": true });
    let declarations = couple.each_ref().map(|it| {
        json!({ "personId": it.person_id, "noSpouse": true, "notRelated": true, "voluntary": true,
            "illnessDutyRead": true, "signed": true })
    });
    for (client, element, form) in [
        (
            &reception,
            "verify_materials",
            json!({ "identityConfirmed": true, "materialsSeen": ["ID_CARD"], "photo": photo }),
        ),
        (
            &registrar,
            "accept_application",
            json!({ "decision": "ACCEPT", "noRecusalGround": true }),
        ),
        (
            &registrar,
            "interview_parties",
            json!({ "decision": "SIGN", "askedSeparately": true, "declarations": declarations }),
        ),
    ] {
        assert_eq!(
            complete_at(client, &case, element, form).await,
            json!([]),
            "{element}"
        );
    }
    open_task(&registrar, &case, "review_application").await;
    case
}

/// All registrations of a day change one record, its figures.
#[tokio::test]
async fn registrations_of_one_moment_are_all_made_and_counted() {
    const COUPLES: usize = 32;
    let server = Server::start(&Options::sample("2026-03-10T09:30:00+08:00")).unwrap();
    let path = paths::sample_county().join("people.json");
    let mut people = People::read(&path, jiff::civil::date(2026, 3, 10)).unwrap();
    let couples: Vec<_> = (0..COUPLES).map(|_| people.engaged().unwrap()).collect();
    let prepared = couples.iter().map(|it| to_review(&server, it));
    let cases = futures::future::join_all(prepared).await;
    let registrar = server.client("registrar-01").unwrap();
    let registered = cases.iter().map(|case| {
        let form = json!({ "decision": "REGISTER", "formSigned": true });
        complete_at(&registrar, case, "review_application", form)
    });
    for errors in futures::future::join_all(registered).await {
        assert_eq!(errors, json!([]));
    }
    for case in &cases {
        open_task(&registrar, case, "hand_over").await;
    }
    let operator = server.client("operator").unwrap();
    advance(&operator, "2026-03-10T09:40:00+08:00").await;
    let open = "{ incidents(first: 20, filter: { open: true }) { nodes { message } } }";
    let incidents = operator.data(open, json!({})).await.unwrap();
    assert_eq!(incidents["incidents"]["nodes"], json!([]));
    let figures = "{ statisticsDays(first: 5) { nodes { counts { measure count } } } }";
    let supervisor = server.client("supervisor-01").unwrap();
    let figures = supervisor.data(figures, json!({})).await.unwrap();
    let counts = figures["statisticsDays"]["nodes"][0]["counts"]
        .as_array()
        .unwrap();
    let marriages = counts
        .iter()
        .find(|it| it["measure"] == "MARRIAGES")
        .unwrap();
    assert_eq!(marriages["count"], COUPLES, "{figures:#}");
    server.stop().unwrap();
}
