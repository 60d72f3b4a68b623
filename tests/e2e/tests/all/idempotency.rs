//! The same key with the same input is answered again; with other input it is refused; a refusal is decided anew.

use serde_json::{Value, json};

use crate::fixture::{
    bare, client, code, deployed, mutate, open_tasks, operator, started, two_tasks,
};

async fn count(client: &tongban_tests_support::client::Client) -> usize {
    let data = client
        .data(
            "{ processInstances(first: 100) { nodes { id } } }",
            json!({}),
        )
        .await
        .unwrap();
    data["processInstances"]["nodes"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_repeated_start_is_answered_with_the_same_instance() {
    let server = bare();
    let operator = operator(&server);
    deployed(&operator, &two_tasks()).await;
    let input = json!({ "processKey": "two_tasks", "variables": { "a": 1, "b": { "c": [1, 2] } }, "idempotencyKey": "k1" });
    let first = mutate(
        &operator,
        "startProcess",
        "processInstance { id }",
        input.clone(),
    )
    .await;
    let again = mutate(&operator, "startProcess", "processInstance { id }", input).await;
    assert_eq!(first, again);
    // The order of members is no other input.
    let reordered = json!({ "idempotencyKey": "k1", "variables": { "b": { "c": [1, 2] }, "a": 1 }, "processKey": "two_tasks" });
    assert_eq!(
        mutate(
            &operator,
            "startProcess",
            "processInstance { id }",
            reordered
        )
        .await,
        first
    );
    assert_eq!(count(&operator).await, 1);
}

#[tokio::test]
async fn the_same_key_with_other_input_is_a_conflict() {
    let server = bare();
    let operator = operator(&server);
    deployed(&operator, &two_tasks()).await;
    let input = |n: u32| json!({ "processKey": "two_tasks", "variables": { "n": n }, "idempotencyKey": "k1" });
    mutate(
        &operator,
        "startProcess",
        "processInstance { id }",
        input(1),
    )
    .await;
    let other = mutate(
        &operator,
        "startProcess",
        "processInstance { id }",
        input(2),
    )
    .await;
    assert_eq!(code(&other), "IDEMPOTENCY_CONFLICT");
    assert_eq!(other["processInstance"], Value::Null);
    assert_eq!(count(&operator).await, 1);
}

#[tokio::test]
async fn a_key_belongs_to_its_principal() {
    let server = bare();
    let one = operator(&server);
    let other = client(&server, "other", &["OPERATOR"]);
    deployed(&one, &two_tasks()).await;
    let input = json!({ "processKey": "two_tasks", "idempotencyKey": "k1" });
    let first = mutate(
        &one,
        "startProcess",
        "processInstance { id }",
        input.clone(),
    )
    .await;
    let second = mutate(&other, "startProcess", "processInstance { id }", input).await;
    assert_ne!(
        first["processInstance"]["id"],
        second["processInstance"]["id"]
    );
}

#[tokio::test]
async fn a_refused_mutation_may_succeed_later_under_its_key() {
    let server = bare();
    let operator = operator(&server);
    let input = json!({ "processKey": "two_tasks", "idempotencyKey": "k1" });
    let refused = mutate(
        &operator,
        "startProcess",
        "processInstance { id }",
        input.clone(),
    )
    .await;
    assert_eq!(code(&refused), "PROCESS_NOT_FOUND");
    deployed(&operator, &two_tasks()).await;
    let done = mutate(&operator, "startProcess", "processInstance { id }", input).await;
    assert_eq!(done["userErrors"], json!([]));
}

#[tokio::test]
async fn thirty_two_copies_of_a_mutation_at_once_act_once() {
    let server = bare();
    let operator = operator(&server);
    deployed(&operator, &two_tasks()).await;
    let input = json!({ "processKey": "two_tasks", "idempotencyKey": "k1" });
    let copies = (0..32).map(|_| {
        mutate(
            &operator,
            "startProcess",
            "processInstance { id }",
            input.clone(),
        )
    });
    let answers = futures::future::join_all(copies).await;
    assert!(answers.iter().all(|it| *it == answers[0]), "{answers:#?}");
    assert_eq!(count(&operator).await, 1);
}

#[tokio::test]
async fn a_repeated_completion_is_answered_again_although_the_task_is_gone() {
    let server = bare();
    let operator = operator(&server);
    deployed(&operator, &two_tasks()).await;
    let instance = started(&operator, "two_tasks").await;
    let clerk = client(&server, "clerk", &["CLERK"]);
    let [task] = open_tasks(&clerk, &instance).await.try_into().unwrap();
    let input = json!({ "userTaskId": task, "idempotencyKey": "done" });
    let first = mutate(
        &clerk,
        "completeUserTask",
        "userTask { state }",
        input.clone(),
    )
    .await;
    let again = mutate(&clerk, "completeUserTask", "userTask { state }", input).await;
    assert_eq!(first["userErrors"], json!([]));
    assert_eq!(first, again);
}
