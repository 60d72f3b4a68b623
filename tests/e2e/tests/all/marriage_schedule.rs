//! The schedules of the marriage registration, on the way of a divorce: both are reminded, what the
//! process has done is found done, and what it has not is made up for.

use serde_json::{Value, json};
use tongban_tests_support::client::Client;
use tongban_tests_support::paths;
use tongban_tests_support::script::{self, Memory, Script};
use tongban_tests_support::server::{Options, Server};

use crate::fixture::{advance, mutate};

struct Accepted {
    server: Server,
    operator: Client,
    case: String,
}

/// A couple whose application was accepted on 2026-03-05: cooling-off until 04-07, claim until
/// 05-07.
async fn accepted() -> Accepted {
    let folder = paths::repository().join("tests/e2e/scenarios/marriage-registration");
    let script = Script::read(&folder.join("accepted.toml")).unwrap();
    let server = Server::start(&Options::sample(&script.starts_at)).unwrap();
    let mut memory = Memory::new();
    script::run(&script, &server, &mut memory).await.unwrap();
    let operator = server.client("operator").unwrap();
    let case = memory["case"].as_str().unwrap().to_owned();
    Accepted {
        server,
        operator,
        case,
    }
}

impl Accepted {
    /// The notices of a code that somebody has been sent.
    async fn told(&self, who: &str, code: &str) -> Vec<Value> {
        let query = "query ($code: String!) { notices(first: 50, filter: { code: $code }) { nodes { recordId text { zh en } } } }";
        let client = self.server.client(who).unwrap();
        let data = client.data(query, json!({ "code": code })).await.unwrap();
        data["notices"]["nodes"].as_array().unwrap().clone()
    }

    /// How many items the runs of a schedule have selected and carried out, and which failed.
    async fn ran(&self, key: &str) -> (usize, i64, i64, i64) {
        let query = "query ($key: String!) { schedule(key: $key) { runs(first: 100) { nodes { selected created failed state } } } }";
        let client = self.server.client("supervisor-01").unwrap();
        let data = client.data(query, json!({ "key": key })).await.unwrap();
        let runs = data["schedule"]["runs"]["nodes"].as_array().unwrap();
        assert!(runs.iter().all(|it| it["state"] == "DONE"), "{runs:#?}");
        let sum = |name: &str| runs.iter().map(|it| it[name].as_i64().unwrap()).sum();
        (runs.len(), sum("selected"), sum("created"), sum("failed"))
    }

    async fn case(&self) -> Value {
        let query = "query ($id: ID!) { divorceCase(id: $id) { state open version history { event to by } } }";
        let client = self.server.client("registrar-01").unwrap();
        let mut data = client
            .data(query, json!({ "id": self.case }))
            .await
            .unwrap();
        data["divorceCase"].take()
    }
}

#[tokio::test]
async fn both_are_reminded_and_there_is_nothing_to_repair() {
    let it = accepted().await;
    advance(&it.operator, "2026-04-08T08:00:00+08:00").await;
    for who in ["person-m3", "person-w3"] {
        let told = it.told(who, "DIVORCE-NOTICE-CLAIM-OPEN").await;
        assert_eq!(told.len(), 1, "{told:#?}");
        assert_eq!(told[0]["recordId"], json!(it.case));
        let text = told[0]["text"]["zh"].as_str().unwrap();
        assert!(text.contains("2026-04-08") && text.contains("2026-05-07"));
    }
    let (n_runs, selected, ..) = it.ran("cooling_off_opener").await;
    assert!(n_runs >= 34, "every night: {n_runs}");
    assert_eq!(selected, 0, "the timer of the process was there first");
    assert_eq!(
        it.told("person-m3", "DIVORCE-NOTICE-CLAIM-REMINDER").await,
        Vec::<Value>::new()
    );

    advance(&it.operator, "2026-04-12T09:30:00+08:00").await;
    let (_, selected, created, failed) = it.ran("claim_reminder").await;
    assert_eq!((selected, created, failed), (1, 1, 0));
    let query = "query { schedule(key: \"claim_reminder\") { runs(first: 1) { nodes { items { nodes { key stage dueOn outcome } } } } } }";
    let staff = it.server.client("registrar-01").unwrap();
    let data = staff.data(query, json!({})).await.unwrap();
    let item = &data["schedule"]["runs"]["nodes"][0]["items"]["nodes"][0];
    let key = format!("claim_reminder:{}:2026-05-07:25", it.case);
    assert_eq!(
        (&item["key"], &item["stage"], &item["dueOn"]),
        (&json!(key), &json!(25), &json!("2026-05-07"))
    );

    advance(&it.operator, "2026-05-09T08:00:00+08:00").await;
    for who in ["person-m3", "person-w3"] {
        let reminders = it.told(who, "DIVORCE-NOTICE-CLAIM-REMINDER").await;
        assert_eq!(reminders.len(), 3, "25, 7 and 1 days before");
        let text = reminders[0]["text"]["en"].as_str().unwrap();
        assert!(
            text.contains("2026-05-07") && text.contains("for both to decide"),
            "{text}"
        );
        assert_eq!(
            it.told(who, "DIVORCE-NOTICE-DEEMED-WITHDRAWN").await.len(),
            1
        );
    }
    let (_, selected, ..) = it.ran("deemed_withdrawal").await;
    assert_eq!(selected, 0, "the timer of the process was there first");
    assert_eq!(
        it.told("supervisor-01", "DIVORCE-NOTICE-REPAIRED").await,
        Vec::<Value>::new()
    );
    assert_eq!(it.case().await["state"], "DEEMED_WITHDRAWN");
}

#[tokio::test]
async fn what_a_process_has_not_done_is_made_up_for_once() {
    let it = accepted().await;
    let query = "query ($id: String!) { userTasks(first: 1, filter: { recordId: $id }) { nodes { processInstance { id } } } }";
    let data = it
        .operator
        .data(query, json!({ "id": it.case }))
        .await
        .unwrap();
    let instance = &data["userTasks"]["nodes"][0]["processInstance"]["id"];
    let input = json!({ "processInstanceId": instance });
    let payload = mutate(
        &it.operator,
        "cancelProcessInstance",
        "processInstance { id }",
        input,
    )
    .await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");

    advance(&it.operator, "2026-04-08T00:04:00+08:00").await;
    assert_eq!(it.case().await["state"], "COOLING_OFF");
    advance(&it.operator, "2026-04-08T00:06:00+08:00").await;
    assert_eq!(it.case().await["state"], "CLAIMABLE");
    assert_eq!(
        it.told("person-w3", "DIVORCE-NOTICE-CLAIM-OPEN")
            .await
            .len(),
        1
    );
    let told = it.told("supervisor-01", "DIVORCE-NOTICE-REPAIRED").await;
    assert_eq!(told.len(), 1, "{told:#?}");

    advance(&it.operator, "2026-05-08T00:11:00+08:00").await;
    let ended = it.case().await;
    assert_eq!(
        (&ended["state"], &ended["open"]),
        (&json!("DEEMED_WITHDRAWN"), &json!(false))
    );
    assert_eq!(
        it.told("supervisor-01", "DIVORCE-NOTICE-REPAIRED")
            .await
            .len(),
        2
    );
    for key in ["cooling_off_opener", "deemed_withdrawal"] {
        let (_, selected, created, failed) = it.ran(key).await;
        assert_eq!((selected, created, failed), (1, 1, 0), "{key}");
    }
    // By hand once more, and days later: nothing changes.
    let input = json!({ "key": "deemed_withdrawal" });
    let payload = mutate(&it.operator, "runSchedule", "run { id }", input).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    advance(&it.operator, "2026-05-20T08:00:00+08:00").await;
    assert_eq!(it.case().await["version"], ended["version"]);
}
