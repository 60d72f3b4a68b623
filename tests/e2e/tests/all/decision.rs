//! The decision tables of the domains, each row as it is delivered: a process asks the table, and a task shows what it
//! answered.

use serde::Deserialize;
use serde_json::{Value, json};
use tongban_tests_support::paths;

use crate::fixture::{client, deployed, in_a_row, mutate, operator, process, sample};

#[derive(Deserialize)]
struct File {
    decision: Vec<Decision>,
}

#[derive(Deserialize)]
struct Decision {
    id: String,
    show: String,
    row: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    given: Value,
    expect: String,
}

/// Asks the table with what the instance was started with; the assignee of the task is the answer.
fn asking(decision: &Decision) -> String {
    let id = &decision.id;
    let show = decision.show.replace('"', "&quot;");
    let ask = format!(
        r#"<bpmn:businessRuleTask id="ask"><bpmn:extensionElements><zeebe:calledDecision decisionId="{id}" resultVariable="decided"/></bpmn:extensionElements></bpmn:businessRuleTask>"#
    );
    let shown = format!(
        r#"<bpmn:userTask id="shown"><bpmn:extensionElements><zeebe:userTask/><zeebe:assignmentDefinition assignee="=&quot;: &quot; + ({show})"/></bpmn:extensionElements></bpmn:userTask>"#
    );
    let steps = [
        ("start", r#"<bpmn:startEvent id="start"/>"#.to_owned()),
        ("ask", ask),
        ("shown", shown),
        ("end", r#"<bpmn:endEvent id="end"/>"#.to_owned()),
    ];
    process(&format!("ask_{id}"), &in_a_row(&steps))
}

#[tokio::test]
async fn each_row_of_the_tables_of_marriages_decides_as_the_specification_says() {
    each_row_decides("marriage-registration").await;
}

#[tokio::test]
async fn each_row_of_the_tables_of_funerals_decides_as_the_specification_says() {
    each_row_decides("funeral-subsidy").await;
}

async fn each_row_decides(domain: &str) {
    let path = paths::repository().join(format!("tests/e2e/decisions/{domain}.toml"));
    let file: File = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let server = sample();
    let (admin, operator) = (client(&server, "admin", &["ADMIN"]), operator(&server));
    let mut wrong = Vec::new();
    for decision in &file.decision {
        deployed(&admin, &asking(decision)).await;
        for row in &decision.row {
            let input =
                json!({ "processKey": format!("ask_{}", decision.id), "variables": row.given });
            let selection = "processInstance { userTasks(first: 1) { nodes { assignee } } }";
            let payload = mutate(&operator, "startProcess", selection, input).await;
            assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
            let tasks = &payload["processInstance"]["userTasks"]["nodes"];
            let found = tasks[0]["assignee"].as_str().unwrap_or_default();
            if found != format!(": {}", row.expect) {
                let Row { given, expect } = row;
                wrong.push(format!(
                    "{}: {given} gives {found}, expected {expect}",
                    decision.id
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
