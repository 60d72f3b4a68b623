//! Who may see and do what: citizens their own, staff what their roles allow, operators the machinery.

use serde_json::{Value, json};
use tongban_tests_support::client::Client;
use tongban_tests_support::paths;
use tongban_tests_support::script::{self, Memory, Script};
use tongban_tests_support::server::{Options, Server};

use crate::everything;
use crate::fixture::{client, error_code, sample};

/// A server on which M3 and W3 are accepted, and what the script remembered.
async fn accepted() -> (Server, Memory) {
    after("accepted.toml", Memory::new()).await
}

/// A server that a script has been taken through, and what it remembered besides `memory`.
async fn after(name: &str, mut memory: Memory) -> (Server, Memory) {
    let folder = paths::repository().join("tests/e2e/scenarios/marriage-registration");
    let script = Script::read(&folder.join(name)).unwrap();
    let server = Server::start(&Options {
        patch: script.county.clone(),
        ..Options::sample(&script.starts_at)
    })
    .unwrap();
    script::run(&script, &server, &mut memory).await.unwrap();
    (server, memory)
}

fn citizen(server: &Server, person: &str) -> Client {
    let arguments = ["--id", person, "--role", "CITIZEN", "--person", person];
    server
        .anonymous()
        .with_token(server.token(&arguments).unwrap())
}

async fn field_names(client: &Client, type_name: &str) -> Vec<String> {
    let query = "query ($name: String!) { __type(name: $name) { fields { name } } }";
    let data = client
        .data(query, json!({ "name": type_name }))
        .await
        .unwrap();
    let fields = data["__type"]["fields"].as_array().unwrap();
    fields
        .iter()
        .map(|it| it["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_citizen_sees_his_own_case_and_no_other() {
    let (server, memory) = accepted().await;
    let case = memory["case"].as_str().unwrap();
    let by_id = "query ($id: ID!) { divorceCase(id: $id) { state } }";
    let list = "{ divorceCases { nodes { state } } }";
    for (person, n_seen) in [("person-m3", 1), ("person-w3", 1), ("person-m5", 0)] {
        let citizen = citizen(&server, person);
        let data = citizen.data(list, json!({})).await.unwrap();
        assert_eq!(
            data["divorceCases"]["nodes"].as_array().unwrap().len(),
            n_seen,
            "{person}"
        );
        let data = citizen.data(by_id, json!({ "id": case })).await.unwrap();
        assert_eq!(data["divorceCase"].is_null(), n_seen == 0, "{person}");
    }
    // A citizen's token without a person shows nothing.
    let nobody = client(&server, "nobody", &["CITIZEN"]);
    let answer = nobody.send(list, json!({})).await.unwrap();
    assert_eq!(error_code(&answer), "FORBIDDEN", "{answer}");
}

#[tokio::test]
async fn personal_data_is_clear_only_for_the_declared_roles() {
    let (server, memory) = accepted().await;
    let query = "query ($id: ID!) { divorceCase(id: $id) { parties { idNumber mobile idDocs { number } } } }";
    let variables = json!({ "id": memory["case"] });
    let seen = |data: Value| data["divorceCase"]["parties"][0].clone();
    let registrar = server
        .client("registrar-01")
        .unwrap()
        .data(query, variables.clone())
        .await
        .unwrap();
    assert_eq!(
        seen(registrar),
        json!({
            "idNumber": "150603199602299050", "mobile": "13900000003", "idDocs": [{ "number": "150603199602299050" }],
        })
    );
    let reception = server
        .client("reception-01")
        .unwrap()
        .data(query, variables.clone())
        .await
        .unwrap();
    assert_eq!(
        seen(reception),
        json!({
            "idNumber": "150603********9050", "mobile": "13900000003", "idDocs": [{ "number": "150603********9050" }],
        })
    );
    for masked in [
        server.client("supervisor-01").unwrap(),
        citizen(&server, "person-w3"),
    ] {
        let data = masked.data(query, variables.clone()).await.unwrap();
        let text = data.to_string();
        assert!(
            !text.contains("199602299050") && !text.contains("13900000003"),
            "{text}"
        );
    }
}

/// Whether 18 characters in a row make an identity number.
fn has_identity_number(text: &str) -> bool {
    let mut n_digits = 0;
    text.chars().any(|it| {
        let is_last = n_digits == 17 && (it.is_ascii_digit() || it == 'X');
        n_digits = if it.is_ascii_digit() { n_digits + 1 } else { 0 };
        is_last
    })
}

/// P8: no answer holds a whole identity number, except for those whose work it is.
#[tokio::test]
async fn no_answer_to_others_than_registrar_and_archivist_holds_an_identity_number() {
    let (server, memory) = after("marry_registered.toml", Memory::new()).await;
    let staff = [
        "reception-01",
        "reviewer-01",
        "approver-01",
        "counsellor-01",
        "stock-01",
        "supervisor-01",
        "editor-01",
        "admin",
        "operator",
    ];
    let mut masked = staff.map(|it| (it, server.client(it).unwrap())).to_vec();
    let man = memory["man"]["personId"].as_str().unwrap();
    masked.push((man, citizen(&server, man)));
    for (name, client) in masked {
        for (field, answer) in everything::seen(&client).await {
            let text = answer.to_string();
            assert!(
                !has_identity_number(&text),
                "{name} reads {field}: {answer:#}"
            );
        }
    }
    let registrar = everything::seen(&server.client("registrar-01").unwrap()).await;
    let archivist = everything::seen(&server.client("archivist-01").unwrap()).await;
    for field in ["marriageCases", "marriageRecords", "certificates"] {
        let is_clear = has_identity_number(&registrar[field].to_string());
        assert!(is_clear, "the registrar reads {field} without numbers");
        let is_clear = has_identity_number(&archivist[field].to_string());
        assert_eq!(is_clear, field != "marriageCases", "the archivist: {field}");
    }
}

/// §5.2 note 4: who is feared does not read that he is.
#[tokio::test]
async fn no_party_reads_that_violence_is_feared() {
    let seen = json!({
        "identityConfirmed": true, "materialsSeen": ["ID_CARD", "MARRIAGE_CERTIFICATE", "AGREEMENT"],
        "marriageCertsShown": 2, "certificateDataAgrees": true, "domesticViolenceRisk": true,
    });
    let memory = Memory::from([("seen".to_owned(), seen)]);
    let (server, memory) = after("applied.toml", memory).await;
    let query = "query ($id: ID!) { divorceCase(id: $id) { state flags } }";
    let variables = json!({ "id": memory["case"] });
    for (client, flags) in [
        (server.client("registrar-01").unwrap(), json!(["DV_RISK"])),
        (citizen(&server, "person-m3"), Value::Null),
    ] {
        let data = client.data(query, variables.clone()).await.unwrap();
        let expected = json!({ "state": "PRESENT", "flags": flags });
        assert_eq!(data["divorceCase"], expected);
    }
    let all = everything::seen(&citizen(&server, "person-m3")).await;
    let text = json!(all).to_string();
    assert!(
        text.contains("PRESENT") && !text.contains("DV_RISK") && !text.contains("iolence"),
        "{text}"
    );
}

#[tokio::test]
async fn a_global_id_is_no_permission() {
    let (server, memory) = accepted().await;
    let registrar = server.client("registrar-01").unwrap();
    let ids = "query ($case: ID!, $record: String!) {
        divorceCase(id: $case) { id }
        userTasks(filter: { recordId: $record, states: [CREATED, COMPLETED] }, first: 50) { nodes { id elementId processInstanceId } }
        marriageRecords(first: 1) { nodes { id } } }";
    let variables = json!({ "case": memory["case"], "record": memory["case"] });
    let data = registrar.data(ids, variables).await.unwrap();
    let tasks = data["userTasks"]["nodes"].as_array().unwrap();
    let mut all = vec![
        data["divorceCase"]["id"].clone(),
        data["marriageRecords"]["nodes"][0]["id"].clone(),
    ];
    all.push(tasks[0]["processInstanceId"].clone());
    all.extend(tasks.iter().map(|it| it["id"].clone()));

    let node = "query ($id: ID!) { node(id: $id) { id __typename } }";
    for id in &all {
        let mine = registrar.data(node, json!({ "id": id })).await.unwrap();
        assert_eq!(mine["node"]["id"], *id);
        for stranger in [
            citizen(&server, "person-m5"),
            client(&server, "keeper", &["STOCK_KEEPER"]),
        ] {
            let answer = stranger.send(node, json!({ "id": id })).await.unwrap();
            let kind = mine["node"]["__typename"].as_str().unwrap();
            // Staff of any role may look at instances, and stock keepers at nothing else of these.
            if kind != "ProcessInstance" {
                assert!(answer["data"]["node"].is_null(), "{kind}: {answer}");
            }
        }
        let citizen = citizen(&server, "person-m5");
        let answer = citizen.send(node, json!({ "id": id })).await.unwrap();
        assert!(answer["data"]["node"].is_null(), "{answer}");
    }
    let nodes = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let data = citizen(&server, "person-m5")
        .data(nodes, json!({ "ids": all }))
        .await
        .unwrap();
    assert_eq!(data["nodes"], json!([]));
    let data = registrar.data(nodes, json!({ "ids": all })).await.unwrap();
    let seen = data["nodes"].as_array().unwrap().iter();
    assert!(seen.map(|it| &it["id"]).eq(&all), "{data}");
}

#[tokio::test]
async fn another_tenant_sees_nothing_of_this_one() {
    let (server, memory) = accepted().await;
    let arguments = [
        "--id",
        "spy",
        "--role",
        "OPERATOR",
        "--role",
        "REGISTRAR",
        "--tenant",
        "150626",
    ];
    let spy = server
        .anonymous()
        .with_token(server.token(&arguments).unwrap());
    for query in [
        "{ userTasks { nodes { id } } }",
        "{ processInstances { nodes { id } } }",
        "{ divorceCases { nodes { id } } }",
    ] {
        let answer = spy.send(query, json!({})).await.unwrap();
        let seen = answer["data"]
            .as_object()
            .into_iter()
            .flat_map(|it| it.values());
        assert!(
            seen.clone()
                .all(|it| it["nodes"].as_array().is_none_or(Vec::is_empty)),
            "{answer}"
        );
    }
    let query = "query ($id: ID!) { node(id: $id) { id } }";
    for id in ["verify", "decide"] {
        let answer = spy.send(query, json!({ "id": memory[id] })).await.unwrap();
        assert!(answer["data"]["node"].is_null(), "{answer}");
    }
}

#[tokio::test]
async fn each_audience_is_shown_the_schema_of_its_own() {
    let server = sample();
    let public = field_names(&citizen(&server, "person-m3"), "Mutation").await;
    let staff = field_names(&client(&server, "c", &["REGISTRAR"]), "Mutation").await;
    let admin = field_names(&client(&server, "o", &["OPERATOR"]), "Mutation").await;
    for name in [
        "deploy",
        "startProcess",
        "advanceClock",
        "switchExchange",
        "resolveIncident",
        "recoverProcessInstance",
        "cancelProcessInstance",
        "activateAdHocActivities",
        "suspendProcessInstance",
        "modifyProcessInstance",
        "migrateProcessInstance",
        "startBatch",
        "activatePlugin",
        "publishMessage",
        "broadcastSignal",
    ] {
        assert!(
            admin.iter().any(|it| it == name),
            "the admin schema lacks {name}"
        );
        assert!(
            !staff.iter().any(|it| it == name),
            "the staff schema shows {name}"
        );
        assert!(
            !public.iter().any(|it| it == name),
            "the public schema shows {name}"
        );
    }
    assert!(staff.iter().any(|it| it == "withdrawDivorceApplication"));
    assert!(!public.iter().any(|it| it == "withdrawDivorceApplication"));
    assert!(public.iter().any(|it| it == "respondCounselling"));
    let public = field_names(&citizen(&server, "person-m3"), "Query").await;
    for name in ["incidents", "processInstances", "plugins", "registrars"] {
        assert!(
            !public.iter().any(|it| it == name),
            "the public schema shows {name}"
        );
    }
    let types = citizen(&server, "person-m3")
        .data("{ __schema { types { name } } }", json!({}))
        .await
        .unwrap();
    let text = types.to_string();
    for name in [
        "DeployInput",
        "Incident\"",
        "AdvanceClockPayload",
        "Registrar\"",
    ] {
        assert!(!text.contains(name), "the public schema shows {name}");
    }
}

#[tokio::test]
async fn a_field_without_a_right_is_forbidden_even_where_it_is_shown() {
    let server = sample();
    let input = r#"{ caseId: "x", personId: "x", authorityCode: "x", idDocumentShown: true, applicationSigned: true, idempotencyKey: "k" }"#;
    let query = format!(
        "mutation {{ withdrawDivorceApplication(input: {input}) {{ userErrors {{ code }} }} }}"
    );
    let reception = server.client("reception-01").unwrap();
    let answer = reception.send(&query, json!({})).await.unwrap();
    assert_eq!(error_code(&answer), "FORBIDDEN", "{answer}");
    let operator = server.client("operator").unwrap();
    let answer = operator.send(&query, json!({})).await.unwrap();
    assert_eq!(
        error_code(&answer),
        "FORBIDDEN",
        "an operator is no registrar: {answer}"
    );
}
