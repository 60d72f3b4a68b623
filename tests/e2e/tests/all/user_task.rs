//! Task lists: wrong ids, stale tasks, tasks of others, and many hands at once.

use serde_json::{Value, json};

use crate::fixture::{
    bare, client, code, complete, deployed, error_code, mutate, open_tasks, operator, started,
    two_tasks,
};

#[tokio::test]
async fn ids_of_nothing_and_of_other_things_are_refused() {
    let server = bare();
    let operator = operator(&server);
    deployed(&operator, &two_tasks()).await;
    let instance = started(&operator, "two_tasks").await;
    let clerk = client(&server, "clerk", &["CLERK"]);
    let query = "mutation ($id: ID!) { completeUserTask(input: { userTaskId: $id, idempotencyKey: \"k\" }) { userErrors { code field } } }";
    for id in [
        "",
        "x",
        "VXNlclRhc2s6OTk5OTk5",
        "é",
        &instance,
        &"A".repeat(10_000),
    ] {
        let answer = clerk.send(query, json!({ "id": id })).await.unwrap();
        assert_eq!(error_code(&answer), "BAD_USER_INPUT", "{id}: {answer}");
    }
    // A well-formed id of a task that does not exist: UserTask:999999:1
    let answer = clerk
        .send(query, json!({ "id": "VXNlclRhc2s6OTk5OTk5OjE" }))
        .await
        .unwrap();
    assert_eq!(
        code(&answer["data"]["completeUserTask"]),
        "USER_TASK_NOT_FOUND",
        "{answer}"
    );
}

#[tokio::test]
async fn values_of_the_wrong_type_are_refused_before_anything_runs() {
    let server = bare();
    let operator = operator(&server);
    deployed(&operator, &two_tasks()).await;
    let query = "mutation ($input: StartProcessInput!) { startProcess(input: $input) { processInstance { id } userErrors { code } } }";
    for input in [
        json!({}),
        json!({ "processKey": 7, "idempotencyKey": "a" }),
        json!({ "processKey": "two_tasks" }),
        json!({ "processKey": "two_tasks", "idempotencyKey": "" }),
        json!({ "processKey": "two_tasks", "idempotencyKey": "a".repeat(201) }),
        json!({ "processKey": "two_tasks", "idempotencyKey": "a", "variables": [1] }),
        json!({ "processKey": "two_tasks", "idempotencyKey": "a", "variables": "x" }),
        json!({ "processKey": "two_tasks", "idempotencyKey": "a", "version": "x" }),
        json!({ "processKey": "two_tasks", "idempotencyKey": "a", "unknown": 1 }),
        json!([]),
        json!(null),
    ] {
        let answer = operator
            .send(query, json!({ "input": input }))
            .await
            .unwrap();
        assert!(answer["errors"].is_array(), "{input}: {answer}");
        assert!(
            answer["data"].is_null() || answer["data"]["startProcess"].is_null(),
            "{input}: {answer}"
        );
    }
    let data = operator
        .data("{ processInstances { nodes { id } } }", json!({}))
        .await
        .unwrap();
    assert_eq!(data["processInstances"]["nodes"], json!([]));
}

#[tokio::test]
async fn unknown_processes_and_versions_are_refused() {
    let server = bare();
    let operator = operator(&server);
    deployed(&operator, &two_tasks()).await;
    let none = mutate(
        &operator,
        "startProcess",
        "processInstance { id }",
        json!({ "processKey": "none" }),
    )
    .await;
    assert_eq!(code(&none), "PROCESS_NOT_FOUND");
    let version = json!({ "processKey": "two_tasks", "version": 9 });
    let none = mutate(&operator, "startProcess", "processInstance { id }", version).await;
    assert_eq!(code(&none), "PROCESS_VERSION_NOT_FOUND");
}

#[tokio::test]
async fn a_task_is_completed_once() {
    let server = bare();
    let operator = operator(&server);
    deployed(&operator, &two_tasks()).await;
    let instance = started(&operator, "two_tasks").await;
    let clerk = client(&server, "clerk", &["CLERK"]);
    let [task] = open_tasks(&clerk, &instance).await.try_into().unwrap();
    let first = complete(&clerk, &task).await;
    assert_eq!(
        first["userTask"],
        json!({ "state": "COMPLETED", "completedBy": "clerk" })
    );
    let second = complete(&clerk, &task).await;
    assert_eq!(code(&second), "USER_TASK_NOT_FOUND");
    assert_eq!(second["userTask"], Value::Null);
    assert_eq!(
        open_tasks(&clerk, &instance).await.len(),
        1,
        "the second task waits once"
    );
}

#[tokio::test]
async fn a_task_of_somebody_else_is_neither_claimed_nor_completed() {
    let server = bare();
    let operator = operator(&server);
    deployed(&operator, &two_tasks()).await;
    let instance = started(&operator, "two_tasks").await;
    let anna = client(&server, "anna", &["CLERK"]);
    let bo = client(&server, "bo", &["CLERK"]);
    let outsider = client(&server, "outsider", &["ARCHIVIST"]);
    let [task] = open_tasks(&anna, &instance).await.try_into().unwrap();
    let claim = json!({ "userTaskId": task });

    let refused = mutate(
        &outsider,
        "claimUserTask",
        "userTask { assignee }",
        claim.clone(),
    )
    .await;
    assert_eq!(code(&refused), "USER_TASK_NOT_CANDIDATE");
    assert!(open_tasks(&outsider, &instance).await.is_empty());

    let claimed = mutate(
        &anna,
        "claimUserTask",
        "userTask { assignee }",
        claim.clone(),
    )
    .await;
    assert_eq!(claimed["userTask"]["assignee"], "anna");
    let refused = mutate(&bo, "claimUserTask", "userTask { assignee }", claim.clone()).await;
    assert_eq!(code(&refused), "USER_TASK_ASSIGNED");
    assert_eq!(code(&complete(&bo, &task).await), "USER_TASK_ASSIGNED");
    let refused = mutate(
        &bo,
        "unclaimUserTask",
        "userTask { assignee }",
        claim.clone(),
    )
    .await;
    assert_eq!(code(&refused), "USER_TASK_ASSIGNED");

    let given_back = mutate(
        &anna,
        "unclaimUserTask",
        "userTask { assignee }",
        claim.clone(),
    )
    .await;
    assert_eq!(
        given_back["userTask"]["assignee"],
        Value::Null,
        "{given_back:#}"
    );
    assert_eq!(complete(&bo, &task).await["userTask"]["completedBy"], "bo");
}

#[tokio::test]
async fn of_sixteen_claims_at_once_one_wins() {
    let server = bare();
    let operator = operator(&server);
    deployed(&operator, &two_tasks()).await;
    let instance = started(&operator, "two_tasks").await;
    let [task] = open_tasks(&operator, &instance).await.try_into().unwrap();
    let clerks: Vec<_> = (0..16)
        .map(|n| client(&server, &format!("clerk-{n}"), &["CLERK"]))
        .collect();
    let claims = clerks.iter().map(|it| {
        mutate(
            it,
            "claimUserTask",
            "userTask { assignee }",
            json!({ "userTaskId": task }),
        )
    });
    let answers = futures::future::join_all(claims).await;
    let won: Vec<_> = answers
        .iter()
        .filter(|it| it["userErrors"] == json!([]))
        .collect();
    assert_eq!(won.len(), 1, "{answers:#?}");
    let lost = answers
        .iter()
        .filter(|it| code(it) == "USER_TASK_ASSIGNED")
        .count();
    assert_eq!(lost, 15, "{answers:#?}");
    let data = operator
        .data(
            "query ($id: ID!) { userTask(id: $id) { assignee } }",
            json!({ "id": task }),
        )
        .await
        .unwrap();
    assert_eq!(data["userTask"]["assignee"], won[0]["userTask"]["assignee"]);
}

#[tokio::test]
async fn sixty_four_completions_at_once_each_happen_once() {
    let server = bare();
    let operator = operator(&server);
    deployed(&operator, &two_tasks()).await;
    let clerk = client(&server, "clerk", &["CLERK"]);
    let starts = (0..64).map(|_| started(&operator, "two_tasks"));
    let instances = futures::future::join_all(starts).await;
    let lists = futures::future::join_all(instances.iter().map(|it| open_tasks(&clerk, it))).await;
    let tasks: Vec<String> = lists.into_iter().flatten().collect();
    assert_eq!(tasks.len(), 64);
    // Each is completed by two requests at once.
    let completions = tasks.iter().chain(&tasks).map(|it| complete(&clerk, it));
    let answers = futures::future::join_all(completions).await;
    let done = answers
        .iter()
        .filter(|it| it["userErrors"] == json!([]))
        .count();
    let stale = answers
        .iter()
        .filter(|it| code(it) == "USER_TASK_NOT_FOUND")
        .count();
    assert_eq!((done, stale), (64, 64), "{answers:#?}");
    let lists = futures::future::join_all(instances.iter().map(|it| open_tasks(&clerk, it))).await;
    assert!(
        lists.iter().all(|it| it.len() == 1),
        "each instance waits at its second task"
    );
}

#[tokio::test]
async fn pages_put_together_are_the_whole_list() {
    let server = bare();
    let operator = operator(&server);
    deployed(&operator, &two_tasks()).await;
    let clerk = client(&server, "clerk", &["CLERK"]);
    let mut expected = Vec::new();
    for _ in 0..7 {
        let instance = started(&operator, "two_tasks").await;
        expected.extend(open_tasks(&clerk, &instance).await);
    }
    let query = "query ($after: String) { userTasks(first: 3, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }";
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let data = clerk.data(query, json!({ "after": after })).await.unwrap();
        let page = &data["userTasks"];
        seen.extend(
            page["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["id"].as_str().unwrap().to_owned()),
        );
        if page["pageInfo"]["hasNextPage"] != true {
            break;
        }
        // What appears meanwhile comes at the end and moves nothing that was read.
        if seen.len() == 3 {
            let instance = started(&operator, "two_tasks").await;
            expected.extend(open_tasks(&clerk, &instance).await);
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_cursor_that_is_none_is_refused() {
    let server = bare();
    let clerk = client(&server, "clerk", &["CLERK"]);
    for cursor in ["x", "", "AAAA", "' OR 1=1 --"] {
        let query = "query ($after: String) { userTasks(after: $after) { nodes { id } } }";
        let answer = clerk.send(query, json!({ "after": cursor })).await.unwrap();
        assert!(answer["errors"].is_array(), "{cursor}: {answer}");
        let text = answer.to_string().to_lowercase();
        assert!(
            !text.contains("sql") && !text.contains("panicked"),
            "{answer}"
        );
    }
}
