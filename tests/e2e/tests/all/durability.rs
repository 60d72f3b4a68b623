//! What was acknowledged is there after an orderly stop and after a kill.

use serde_json::{Value, json};
use tongban_tests_support::client::Client;
use tongban_tests_support::server::{Options, Server};

use crate::fixture::{
    START, advance, client, complete, deployed, open_tasks, operator, started, timed, two_tasks,
};

fn on(data: &std::path::Path) -> Options {
    Options {
        data: Some(data.to_owned()),
        ..Options::plain(START)
    }
}

async fn picture(operator: &Client) -> Value {
    let query = "{
        clock { now }
        processDefinitions(first: 100) { nodes { key version } }
        processInstances(first: 10) { nodes { id status businessKey history(first: 50) { nodes { sequence at events { name elementId } } } } }
        userTasks(first: 100, filter: { states: [CREATED, COMPLETED, CANCELED] }) { nodes { id state assignee completedBy createdAt } } }";
    operator.data(query, json!({})).await.unwrap()
}

/// Two instances, one of them moved on, and one that waits for a timer.
async fn work(server: &Server) -> Client {
    let operator = operator(server);
    deployed(&operator, &two_tasks()).await;
    deployed(&operator, &timed()).await;
    let instance = started(&operator, "two_tasks").await;
    started(&operator, "two_tasks").await;
    started(&operator, "timed").await;
    let clerk = client(server, "clerk", &["CLERK"]);
    let [task] = open_tasks(&clerk, &instance).await.try_into().unwrap();
    complete(&clerk, &task).await;
    operator
}

#[tokio::test]
async fn an_orderly_stop_keeps_everything() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&on(folder.path())).unwrap();
    let before = picture(&work(&server).await).await;
    server.stop().unwrap();
    let server = Server::start(&on(folder.path())).unwrap();
    assert_eq!(picture(&operator(&server)).await, before);
}

#[tokio::test]
async fn a_kill_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&on(folder.path())).unwrap();
    let before = picture(&work(&server).await).await;
    server.kill();
    let server = Server::start(&on(folder.path())).unwrap();
    let operator = operator(&server);
    assert_eq!(picture(&operator).await, before);
    // The timer is still due once, and the waiting task can be done.
    assert_eq!(advance(&operator, "2026-03-06T00:00:00+08:00").await, 1);
    let data = operator
        .data("{ userTasks { nodes { id elementId } } }", json!({}))
        .await
        .unwrap();
    assert_eq!(data["userTasks"]["nodes"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_key_is_remembered_over_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&on(folder.path())).unwrap();
    let input = json!({ "processKey": "two_tasks", "idempotencyKey": "k1" });
    let operator = operator(&server);
    deployed(&operator, &two_tasks()).await;
    let start = "processInstance { id }";
    let first = crate::fixture::mutate(&operator, "startProcess", start, input.clone()).await;
    server.kill();
    let server = Server::start(&on(folder.path())).unwrap();
    let operator = crate::fixture::operator(&server);
    let again = crate::fixture::mutate(&operator, "startProcess", start, input).await;
    assert_eq!(first, again);
}

#[tokio::test]
async fn a_server_killed_under_load_forgets_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&on(folder.path())).unwrap();
    let operator = operator(&server);
    deployed(&operator, &two_tasks()).await;
    let clients: Vec<_> = (0..16)
        .map(|n| {
            let client = operator.clone();
            tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                for m in 0.. {
                    let query = "mutation ($input: StartProcessInput!) { startProcess(input: $input) { processInstance { id } } }";
                    let input = json!({ "processKey": "two_tasks", "idempotencyKey": format!("{n}-{m}") });
                    let Ok(data) = client.data(query, json!({ "input": input })).await else { break };
                    acknowledged.push(data["startProcess"]["processInstance"]["id"].as_str().unwrap().to_owned());
                }
                acknowledged
            })
        })
        .collect();
    // The moment does not matter: every answer that came before it must hold.
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    server.kill();
    let mut acknowledged = Vec::new();
    for client in clients {
        acknowledged.extend(client.await.unwrap());
    }
    assert!(!acknowledged.is_empty());
    let server = Server::start(&on(folder.path())).unwrap();
    let operator = crate::fixture::operator(&server);
    for id in &acknowledged {
        assert_eq!(
            open_tasks(&operator, id).await.len(),
            1,
            "{id} was acknowledged"
        );
    }
}

#[tokio::test]
async fn the_whole_path_goes_on_after_a_stop_and_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let options = on(folder.path());
    let server = Server::start(&options).unwrap();
    let before = picture(&work(&server).await).await;
    server.stop().unwrap();
    let server = Server::start(&options).unwrap();
    let operator = operator(&server);
    assert_eq!(picture(&operator).await, before);
    assert_eq!(advance(&operator, "2026-03-06T00:00:00+08:00").await, 1);
    let clerk = client(&server, "clerk", &["CLERK"]);
    let data = clerk
        .data("{ userTasks { nodes { id } } }", json!({}))
        .await
        .unwrap();
    for task in data["userTasks"]["nodes"].as_array().unwrap() {
        let done = complete(&clerk, task["id"].as_str().unwrap()).await;
        assert_eq!(done["userErrors"], json!([]), "{done:#}");
    }
    server.kill();
    let server = Server::start(&options).unwrap();
    let data = crate::fixture::operator(&server)
        .data(
            "{ processInstances(filter: { statuses: [COMPLETED] }) { nodes { id } } }",
            json!({}),
        )
        .await
        .unwrap();
    assert_eq!(
        data["processInstances"]["nodes"].as_array().unwrap().len(),
        2
    );
}
