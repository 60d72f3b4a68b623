//! What a deployment would find can be asked before; decisions import each other.

use serde_json::{Value, json};
use tongban_tests_support::client::Client;

use crate::fixture::{bare, deploy, deployed, in_a_row, mutate, operator, process};

const CHECK: &str = "query($resources: [ResourceInput!]!) { checkResources(resources: $resources) { isError code file line elementId message { zh en } remedy { zh en } } }";

async fn check(client: &Client, files: &[(&str, &str)]) -> Vec<Value> {
    let resources: Vec<Value> = files
        .iter()
        .map(|(name, content)| json!({ "name": name, "content": content }))
        .collect();
    let data = client.data(CHECK, json!({ "resources": resources })).await;
    let data = data.unwrap();
    data["checkResources"].as_array().unwrap().clone()
}

/// An exclusive split that is joined in parallel.
fn stuck() -> String {
    process(
        "stuck",
        r#"<bpmn:startEvent id="start"/><bpmn:exclusiveGateway id="split" default="f3"/><bpmn:task id="a"/><bpmn:task id="b"/><bpmn:parallelGateway id="join"/><bpmn:endEvent id="end"/>
<bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="split"/>
<bpmn:sequenceFlow id="f2" sourceRef="split" targetRef="a"><bpmn:conditionExpression>= x</bpmn:conditionExpression></bpmn:sequenceFlow>
<bpmn:sequenceFlow id="f3" sourceRef="split" targetRef="b"/>
<bpmn:sequenceFlow id="f4" sourceRef="a" targetRef="join"/><bpmn:sequenceFlow id="f5" sourceRef="b" targetRef="join"/>
<bpmn:sequenceFlow id="f6" sourceRef="join" targetRef="end"/>"#,
    )
}

#[tokio::test]
async fn what_a_deployment_would_find_is_told_without_deploying() {
    let server = bare();
    let operator = operator(&server);
    let broken = process(
        "broken",
        r#"<bpmn:startEvent id="start"/><bpmn:task id="t"/><bpmn:sequenceFlow id="f" sourceRef="start" targetRef="t"/>"#,
    );
    let found = check(
        &operator,
        &[
            ("broken.bpmn", &broken),
            ("stuck.bpmn", &stuck()),
            ("x.txt", ""),
        ],
    )
    .await;
    let of = |code: &str| found.iter().find(|it| it["code"] == code).cloned();
    let without_end = of("BPMN-0414").unwrap();
    assert_eq!(without_end["isError"], true, "{found:#?}");
    assert_eq!(without_end["file"], "broken.bpmn");
    assert_eq!(without_end["elementId"], "broken");
    assert!(!without_end["remedy"]["zh"].as_str().unwrap().is_empty());
    let deadlock = of("BPMN-0480").unwrap();
    assert_eq!(deadlock["isError"], false, "{found:#?}");
    assert_eq!(deadlock["elementId"], "join");
    let way = deadlock["message"]["zh"].as_str().unwrap();
    assert!(way.contains("start → split → a"), "{way}");
    assert_eq!(of("RESOURCE_TYPE_UNKNOWN").unwrap()["line"], Value::Null);
    let data = operator.data(
        "{ processDefinitions(first: 1) { nodes { key } } }",
        json!({}),
    );
    let nodes = &data.await.unwrap()["processDefinitions"]["nodes"];
    assert_eq!(*nodes, json!([]));
    // A model that is not sound is deployed all the same, and the finding told.
    let payload = deploy(&operator, &[("stuck.bpmn", &stuck())]).await;
    assert!(
        payload["warnings"].to_string().contains("BPMN-0480"),
        "{payload:#}"
    );
    server.stop().unwrap();
}

fn model(name: &str, import: &str, decision: &str) -> String {
    format!(
        r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="{name}" name="{name}" namespace="urn:{name}">{import}{decision}</definitions>"#
    )
}

fn base(fee: u32) -> String {
    let decision = format!(
        r#"<decision id="base_fee" name="base fee"><variable name="base fee"/><literalExpression><text>{fee}</text></literalExpression></decision>"#
    );
    model("base", "", &decision)
}

fn derived() -> String {
    model(
        "derived",
        r#"<import name="b" namespace="urn:base" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>"#,
        r##"<decision id="total" name="total"><variable name="total"/><informationRequirement><requiredDecision href="urn:base#base_fee"/></informationRequirement><literalExpression><text>b.base fee * 2</text></literalExpression></decision>"##,
    )
}

async fn total(client: &Client) -> String {
    let payload = mutate(
        client,
        "startProcess",
        "processInstance { userTasks(first: 1) { nodes { assignee } } }",
        json!({ "processKey": "ask" }),
    )
    .await;
    let tasks = &payload["processInstance"]["userTasks"]["nodes"];
    tasks[0]["assignee"].as_str().unwrap_or("nobody").to_owned()
}

#[tokio::test]
async fn a_decision_imports_another_and_goes_on_with_the_one_it_was_deployed_with() {
    let server = bare();
    let operator = operator(&server);
    // Alone it cannot be read; together, or after what it imports, it can.
    let alone = deploy(&operator, &[("derived.dmn", &derived())]).await;
    assert_eq!(alone["deployment"], Value::Null, "{alone:#}");
    let first = deploy(&operator, &[("base.dmn", &base(10))]).await;
    assert_eq!(first["userErrors"], json!([]), "{first:#}");
    assert_eq!(
        check(&operator, &[("derived.dmn", &derived())]).await,
        Vec::<Value>::new()
    );
    let second = deploy(&operator, &[("derived.dmn", &derived())]).await;
    assert_eq!(second["userErrors"], json!([]), "{second:#}");
    let steps = [
        ("start", r#"<bpmn:startEvent id="start"/>"#.to_owned()),
        ("decide", r#"<bpmn:businessRuleTask id="decide"><bpmn:extensionElements><zeebe:calledDecision decisionId="total" resultVariable="decided"/></bpmn:extensionElements></bpmn:businessRuleTask>"#.to_owned()),
        ("shown", r#"<bpmn:userTask id="shown"><bpmn:extensionElements><zeebe:userTask/><zeebe:assignmentDefinition assignee="= string(decided)"/></bpmn:extensionElements></bpmn:userTask>"#.to_owned()),
        ("end", r#"<bpmn:endEvent id="end"/>"#.to_owned()),
    ];
    deployed(&operator, &process("ask", &in_a_row(&steps))).await;
    assert_eq!(total(&operator).await, "20");
    // The newer base counts for those who are deployed after it.
    deploy(&operator, &[("base.dmn", &base(30))]).await;
    assert_eq!(total(&operator).await, "20");
    let again = deploy(&operator, &[("derived.dmn", &derived())]).await;
    assert_eq!(
        again["deployment"]["decisions"][0]["version"], 2,
        "{again:#}"
    );
    assert_eq!(total(&operator).await, "60");
    let both = [("base.dmn", base(7)), ("derived.dmn", derived())];
    let both: Vec<(&str, &str)> = both.iter().map(|(name, it)| (*name, it.as_str())).collect();
    deploy(&operator, &both).await;
    assert_eq!(total(&operator).await, "14");
    server.stop().unwrap();
}
