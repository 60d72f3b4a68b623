//! A county configures: parameters and fees with dates, two pairs of eyes, and what a plugin's
//! upgrade leaves of it.

use serde_json::{Value, json};
use tongban_tests_support::client::Client;
use tongban_tests_support::paths;
use tongban_tests_support::server::Server;

use crate::errand::{apply, citizen, clerk, expect, package, server, upgrade};
use crate::fixture::{advance, client, code, mutate, operator};

const ITEM: &str = "configurationItem { id kind key plugin state version effectiveFrom content original originalChanged difference
    findings { isError code field message { en } details } history { principal action detail } }";

fn fee() -> String {
    std::fs::read_to_string(paths::repository().join("tests/plugin/decisions/errand-fee.dmn"))
        .unwrap()
}

fn process() -> String {
    std::fs::read_to_string(paths::repository().join("tests/plugin/processes/errand.bpmn")).unwrap()
}

/// Two people who may configure.
pub(crate) fn editors(server: &Server) -> (Client, Client) {
    let editor = |id| client(server, id, &["RULE_EDITOR"]);
    (editor("li"), editor("wu"))
}

pub(crate) async fn save(editor: &Client, input: Value) -> Value {
    let payload = mutate(editor, "saveConfigurationItem", ITEM, input).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    payload["configurationItem"].clone()
}

pub(crate) async fn check(editor: &Client, item: &Value) -> Value {
    let input = json!({ "itemId": item["id"] });
    let payload = mutate(editor, "checkConfigurationItem", ITEM, input).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    payload["configurationItem"].clone()
}

async fn approve(editor: &Client, item: &Value) -> Value {
    let input = json!({ "itemId": item["id"], "expectedVersion": item["version"] });
    mutate(editor, "approveConfigurationItem", ITEM, input).await
}

/// Written by one, approved by another.
pub(crate) async fn change(server: &Server, input: Value) -> Value {
    let (li, wu) = editors(server);
    let item = save(&li, input).await;
    let checked = check(&li, &item).await;
    assert_eq!(checked["state"], "CHECKED", "{checked:#}");
    let payload = approve(&wu, &checked).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    payload["configurationItem"].clone()
}

async fn item(editor: &Client, id: &Value) -> Value {
    let query = format!(
        "query ($id: ID!) {{ {} }}",
        ITEM.replacen("configurationItem", "configurationItem(id: $id)", 1)
    );
    editor.data(&query, json!({ "id": id })).await.unwrap()["configurationItem"].take()
}

async fn terms(client: &Client, on: Option<&str>) -> Value {
    let query = "query ($input: ReadErrandTermsInput!) { readErrandTerms(input: $input) { copiesMax counter } }";
    let input = on.map_or_else(|| json!({}), |on| json!({ "on": on }));
    client.data(query, json!({ "input": input })).await.unwrap()["readErrandTerms"].take()
}

/// What a copy costs on a day, by which version, from which date, and by which rules.
async fn quoted(client: &Client, on: &str) -> Value {
    let query = "query ($input: QuoteErrandInput!) { quoteErrand(input: $input) { fee version effectiveFrom rules } }";
    let input = json!({ "input": { "kind": "COPY", "on": on } });
    client.data(query, input).await.unwrap()["quoteErrand"].take()
}

async fn parameter(client: &Client, key: &str, as_of: &str) -> Value {
    let query = "query ($on: Date) { parameters(plugin: \"errand\", asOf: $on) { key value default unconfirmed
        lawCeiling lawBasis { en } oneOf versions { effectiveFrom value setBy } } }";
    let data = client.data(query, json!({ "on": as_of })).await.unwrap();
    let all = data["parameters"].as_array().unwrap();
    all.iter().find(|it| it["key"] == key).unwrap().clone()
}

/// By which version of the fee, from which date, and by which rule an errand was decided.
async fn decided(server: &Server, errand: &str) -> (i64, Value, Value) {
    let query = "query ($key: String!) { processInstances(first: 1, filter: { businessKey: $key }) { nodes {
        history(first: 50) { nodes { events { name elementId decision { decisionId version effectiveFrom asOf rules { ruleId ruleNumber } } } } } } } }";
    let data = operator(server)
        .data(query, json!({ "key": errand }))
        .await
        .unwrap();
    let entries = data["processInstances"]["nodes"][0]["history"]["nodes"]
        .as_array()
        .unwrap();
    let events = entries
        .iter()
        .flat_map(|it| it["events"].as_array().unwrap());
    let mut events = events.rev();
    let event = events.find(|it| it["name"] == "DecisionEvaluated").unwrap();
    assert_eq!(event["elementId"], "decide_fee");
    let decision = &event["decision"];
    assert_eq!(decision["decisionId"], "errand_fee");
    assert_eq!(decision["rules"].as_array().unwrap().len(), 1, "{decision}");
    (
        decision["version"].as_i64().unwrap(),
        decision["effectiveFrom"].clone(),
        decision["rules"][0]["ruleId"].clone(),
    )
}

#[tokio::test]
async fn a_parameter_changes_on_a_date() {
    let server = server();
    let clerk = clerk(&server);
    assert_eq!(terms(&clerk, None).await["copiesMax"], 3);
    let before = parameter(&clerk, "copies_max", "2026-03-05").await;
    assert_eq!(
        (&before["unconfirmed"], &before["lawCeiling"]),
        (&json!(true), &json!(10))
    );
    assert_eq!(before["lawBasis"]["en"], "Errands Act, article 3");
    let set = json!({ "kind": "PARAMETER", "key": "errand/copies_max", "content": "5", "effectiveFrom": "2026-04-01" });
    let approved = change(&server, set).await;
    assert_eq!(approved["state"], "APPROVED");
    assert_eq!(terms(&clerk, None).await["copiesMax"], 3);
    // Whoever asks for a day is told what holds then.
    assert_eq!(terms(&clerk, Some("2026-04-01")).await["copiesMax"], 5);
    advance(&operator(&server), "2026-04-01T00:00:00+08:00").await;
    assert_eq!(terms(&clerk, None).await["copiesMax"], 5);
    assert_eq!(terms(&clerk, Some("2026-03-31")).await["copiesMax"], 3);
    let after = parameter(&clerk, "copies_max", "2026-04-01").await;
    assert_eq!(
        (&after["value"], &after["unconfirmed"]),
        (&json!(5), &json!(false))
    );
    assert_eq!(
        after["versions"][0],
        json!({ "effectiveFrom": "2026-04-01", "value": 5, "setBy": "wu" })
    );
    // An operation refuses by the value of its day.
    let input = json!({ "applicantId": "p", "name": "n", "kind": "COPY", "copies": 6 });
    let payload = mutate(&clerk, "applyForErrand", "", input).await;
    expect(&payload, "ERRAND-TOO-MANY-COPIES");
}

#[tokio::test]
async fn a_value_beyond_the_law_cannot_be_approved() {
    let server = server();
    let (li, wu) = editors(&server);
    for (key, content, expected) in [
        ("errand/copies_max", "11", "PARAMETER_OUTSIDE_LAW"),
        ("errand/copies_max", "0", "PARAMETER_OUT_OF_RANGE"),
        ("errand/copies_max", "\"x\"", "PARAMETER_TYPE"),
        ("errand/counter", "\"ROOF\"", "PARAMETER_NOT_ALLOWED"),
        ("errand/colour", "1", "PARAMETER_UNKNOWN"),
    ] {
        let item = save(
            &li,
            json!({ "kind": "PARAMETER", "key": key, "content": content }),
        )
        .await;
        let checked = check(&li, &item).await;
        assert_eq!(checked["findings"][0]["code"], expected, "{checked:#}");
        assert_eq!(
            (&checked["state"], &checked["findings"][0]["isError"]),
            (&json!("DRAFT"), &json!(true))
        );
        expect(&approve(&wu, &checked).await, "CONFIGURATION_STATE");
    }
}

#[tokio::test]
async fn a_change_needs_a_second_person_and_keeps_who_did_what() {
    let server = server();
    let (li, wu) = editors(&server);
    let draft = json!({ "kind": "PARAMETER", "key": "errand/counter", "content": "\"POST\"", "note": "改为邮寄" });
    let item = save(&li, draft).await;
    let checked = check(&li, &item).await;
    expect(&approve(&li, &checked).await, "CONFIGURATION_SAME_PERSON");
    let send_back = json!({ "itemId": item["id"], "expectedVersion": 1, "reason": "请补充依据" });
    expect(
        &mutate(&wu, "rejectConfigurationItem", "", send_back).await,
        "",
    );
    let again = json!({ "itemId": item["id"], "expectedVersion": 1, "content": "\"POST\"", "effectiveFrom": "2026-03-06" });
    let written = save(&li, again.clone()).await;
    assert_eq!(
        (&written["version"], &written["state"]),
        (&json!(2), &json!("DRAFT"))
    );
    expect(
        &mutate(&li, "saveConfigurationItem", "", again).await,
        "CONFIGURATION_CHANGED",
    );
    let checked = check(&li, &written).await;
    let payload = approve(&wu, &checked).await;
    expect(&payload, "");
    advance(&operator(&server), "2026-03-06T00:00:00+08:00").await;
    let active = self::item(&li, &item["id"]).await;
    assert_eq!(active["state"], "ACTIVE");
    let history = active["history"].as_array().unwrap();
    let done: Vec<String> = history
        .iter()
        .map(|it| {
            format!(
                "{} {}",
                it["principal"].as_str().unwrap(),
                it["action"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        done,
        [
            "li SAVED",
            "li CHECKED",
            "wu REJECTED",
            "li SAVED",
            "li CHECKED",
            "wu APPROVED",
            "tongban ACTIVATED"
        ]
    );
    assert_eq!(history[2]["detail"], "请补充依据");
    let list = "{ configurationItems(first: 5, filter: { kind: PARAMETER, states: [ACTIVE] }) { nodes { key } } }";
    let data = wu.data(list, json!({})).await.unwrap();
    assert_eq!(
        data["configurationItems"]["nodes"],
        json!([{ "key": "errand/counter" }])
    );
    // Neither clerks nor citizens configure.
    for person in [clerk(&server), citizen(&server, "person-1")] {
        let answer = person.send(list, json!({})).await.unwrap();
        assert!(answer["data"]["configurationItems"].is_null(), "{answer}");
    }
}

#[tokio::test]
async fn a_case_is_decided_by_the_fees_of_its_date() {
    let server = server();
    let applicant = citizen(&server, "person-1");
    let first = apply(&applicant, "person-1", json!({})).await;
    assert_eq!(
        decided(&server, &first).await,
        (1, Value::Null, json!("copy_costs"))
    );
    let dearer = fee().replace("<text>10</text>", "<text>20</text>");
    let set = json!({ "kind": "DECISION", "key": "errand_fee", "content": dearer, "effectiveFrom": "2026-04-01" });
    change(&server, set).await;
    advance(&operator(&server), "2026-04-02T09:00:00+08:00").await;
    let query =
        "query ($on: Date!) { decisionInForce(key: \"errand_fee\", asOf: $on) { version origin }
        decisionVersions(key: \"errand_fee\") { version effectiveFrom effectiveUntil origin } }";
    for (date, expected, fee, since) in [
        (
            "2026-03-31",
            json!({ "version": 1, "origin": "PLUGIN" }),
            10,
            Value::Null,
        ),
        (
            "2026-04-01",
            json!({ "version": 2, "origin": "COUNTY" }),
            20,
            json!("2026-04-01"),
        ),
    ] {
        let quote = json!({
            "fee": fee, "version": expected["version"], "effectiveFrom": since, "rules": ["copy_costs"],
        });
        assert_eq!(quoted(&applicant, date).await, quote);
        let data = clerk(&server)
            .data(query, json!({ "on": date }))
            .await
            .unwrap();
        assert_eq!(data["decisionInForce"], expected);
        assert_eq!(data["decisionVersions"].as_array().unwrap().len(), 2);
    }
    let now = apply(&applicant, "person-1", json!({})).await;
    assert_eq!(
        decided(&server, &now).await,
        (2, json!("2026-04-01"), json!("copy_costs"))
    );
    // The fact lies before the change, so that the old fee holds for it.
    let earlier = apply(&applicant, "person-1", json!({ "factOn": "2026-03-20" })).await;
    assert_eq!(
        decided(&server, &earlier).await,
        (1, Value::Null, json!("copy_costs"))
    );
    let free = apply(&applicant, "person-1", json!({ "kind": "FIRST" })).await;
    assert_eq!(decided(&server, &free).await.2, json!("first_is_free"));
}

#[tokio::test]
async fn a_fee_that_the_plugin_forbids_is_found() {
    let server = server();
    let (li, _) = editors(&server);
    let original = li
        .data(
            "{ configurationOriginal(kind: DECISION, key: \"errand_fee\") }",
            json!({}),
        )
        .await
        .unwrap();
    assert_eq!(original["configurationOriginal"], json!(fee()));
    let wrong = fee()
        .replace("<text>10</text>", "<text>200</text>")
        .replace("<text>0</text>", "<text>1</text>")
        .replace(
            "<text>kind</text>",
            "<text>if ethnicity = null then kind else kind</text>",
        );
    let item = save(
        &li,
        json!({ "kind": "DECISION", "key": "errand_fee", "content": wrong }),
    )
    .await;
    let checked = check(&li, &item).await;
    let texts: Vec<String> = checked["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["message"]["en"].to_string())
        .collect();
    for part in [
        "expected 0, found 1",
        "result >= 0 and result <= 100",
        "ethnicity",
        "first_is_free",
    ] {
        assert!(
            texts.iter().any(|it| it.contains(part)),
            "{part}: {texts:#?}"
        );
    }
    let difference = checked["difference"].as_str().unwrap();
    assert!(
        difference.contains("+          <text>200</text>"),
        "{difference}"
    );
    let broken = save(
        &li,
        json!({ "kind": "PROCESS", "key": "errand", "content": "<x/>" }),
    )
    .await;
    let checked = check(&li, &broken).await;
    assert_eq!(checked["findings"][0]["field"], "/content", "{checked:#}");
}

#[tokio::test]
async fn the_countys_own_survives_an_upgrade_and_is_checked_again() {
    let server = server();
    let own = process().replace("办理 approve", "本县办理 approve");
    let item = change(
        &server,
        json!({ "kind": "PROCESS", "key": "errand", "content": own }),
    )
    .await;
    assert_eq!(
        (&item["state"], &item["plugin"]),
        (&json!("ACTIVE"), &json!("errand"))
    );
    let own_fee = fee().replace("<text>10</text>", "<text>12</text>");
    let fee_item = change(
        &server,
        json!({ "kind": "DECISION", "key": "errand_fee", "content": own_fee }),
    )
    .await;
    let task = async || {
        let clerk = clerk(&server);
        let errand = apply(&clerk, "person-1", json!({})).await;
        let query = "query ($id: String!) { userTasks(first: 1, filter: { recordId: $id }) { nodes { name } } }";
        let data = clerk.data(query, json!({ "id": errand })).await.unwrap();
        data["userTasks"]["nodes"][0]["name"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(task().await, "本县办理 approve");

    // The new version has another process, and demands that no copy costs more than eleven.
    let (newer, _folder) = package(
        "0.2.0",
        &[
            ("processes/errand.bpmn", "办理 approve", "新版办理 approve"),
            ("plugin.toml", "result <= 100", "result <= 11"),
        ],
    );
    let payload = upgrade(&server, &newer, "0.2.0").await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    let warnings: Vec<&Value> = payload["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["code"])
        .collect();
    assert!(
        warnings.contains(&&json!("CONFIGURATION_RECHECK")),
        "{warnings:?}"
    );
    assert_eq!(task().await, "本县办理 approve");
    let (li, _) = editors(&server);
    let after = self::item(&li, &item["id"]).await;
    assert_eq!(
        (&after["state"], &after["originalChanged"]),
        (&json!("ACTIVE"), &json!(true))
    );
    assert!(
        after["difference"]
            .as_str()
            .unwrap()
            .contains("-    <bpmn:userTask id=\"approve\" name=\"新版办理 approve\">")
    );
    let fee_after = self::item(&li, &fee_item["id"]).await;
    assert_eq!(fee_after["findings"][0]["code"], "ERRAND-FEE-UNLAWFUL");
    let last = fee_after["history"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!(
        (&last["action"], &last["detail"]),
        (&json!("RECHECKED"), &json!("errand@0.2.0"))
    );

    // The county gives its own up again.
    change(
        &server,
        json!({ "kind": "PROCESS", "key": "errand", "ends": true }),
    )
    .await;
    assert_eq!(task().await, "新版办理 approve");
    assert_eq!(self::item(&li, &item["id"]).await["state"], "SUPERSEDED");
}

#[tokio::test]
async fn an_upgrade_that_narrows_what_is_in_use_is_refused() {
    let server = server();
    apply(&clerk(&server), "person-1", json!({})).await;
    let (narrower, _folder) = package(
        "0.2.0",
        &[
            (
                "schemas/operation/applyForErrand.input.json",
                "\"copies\"\n  ]",
                "\"copies\",\n    \"factOn\"\n  ]",
            ),
            (
                "schemas/operation/approveErrand.input.json",
                "\"errandId\"\n",
                "\"errandId\",\n    \"fee\"\n",
            ),
        ],
    );
    let payload = upgrade(&server, &narrower, "0.2.0").await;
    let errors = payload["userErrors"].as_array().unwrap();
    assert!(
        errors.iter().all(|it| it["code"] == "PLUGIN_NARROWS"),
        "{payload:#}"
    );
    let users = |name: &str| {
        let found = errors.iter().find(|it| it["details"]["name"] == name);
        found
            .map(|it| it["details"]["users"].clone())
            .unwrap_or_default()
    };
    assert_eq!(users("applyForErrand"), json!(["API"]), "{payload:#}");
    assert_eq!(
        users("approveErrand"),
        json!(["process errand version 1"]),
        "{payload:#}"
    );
    let query = "{ plugins { name version } }";
    let data = operator(&server).data(query, json!({})).await.unwrap();
    assert!(
        data["plugins"]
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it["version"] == "0.1.0"),
        "{data}"
    );
}

#[tokio::test]
async fn staff_and_holidays_are_for_administrators() {
    let server = server();
    let (li, _) = editors(&server);
    let member = json!({ "kind": "STAFF", "key": "he", "content": "{\"name\": \"何\", \"roles\": [\"CLERK\"]}" });
    let payload = mutate(&li, "saveConfigurationItem", "", member.clone()).await;
    assert_eq!(code(&payload), "CONFIGURATION_NOT_ALLOWED", "{payload:#}");
    let administrators = ["a1", "a2"].map(|id| client(&server, id, &["ADMIN"]));
    let item = save(&administrators[0], member).await;
    let checked = check(&administrators[0], &item).await;
    expect(&approve(&administrators[1], &checked).await, "");
}
