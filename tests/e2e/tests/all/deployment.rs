//! Broken, huge, hostile and unsupported files are refused with every problem's code and place, and nothing of them
//! is stored.

use serde_json::{Value, json};
use tongban_tests_support::client::Client;
use tongban_tests_support::package::repack;
use tongban_tests_support::paths;

use crate::fixture::{bare, code, deploy, deployed, operator, process, two_tasks};

async fn keys(client: &Client) -> Vec<String> {
    let data = client
        .data(
            "{ processDefinitions(first: 100) { nodes { key version } } }",
            json!({}),
        )
        .await
        .unwrap();
    let nodes = data["processDefinitions"]["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|it| format!("{} {}", it["key"].as_str().unwrap(), it["version"]))
        .collect()
}

fn codes(payload: &Value) -> Vec<&str> {
    payload["userErrors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["code"].as_str().unwrap())
        .collect()
}

/// Deploys one bad file on a server of its own and checks that it is refused and nothing stored.
async fn refused(name: &str, content: &str) -> Value {
    let server = bare();
    let operator = operator(&server);
    let payload = deploy(&operator, &[(name, content)]).await;
    assert_eq!(payload["deployment"], Value::Null, "{payload:#}");
    assert!(!codes(&payload).is_empty(), "{payload:#}");
    assert!(keys(&operator).await.is_empty());
    for error in payload["userErrors"].as_array().unwrap() {
        let zh = error["message"]["zh"].as_str().unwrap();
        let en = error["message"]["en"].as_str().unwrap();
        assert!(!zh.is_empty() && !en.is_empty(), "{error:#}");
    }
    server.stop().unwrap();
    payload
}

#[tokio::test]
async fn a_good_file_beside_a_bad_one_is_not_stored() {
    let server = bare();
    let operator = operator(&server);
    let good = two_tasks();
    let payload = deploy(
        &operator,
        &[("good.bpmn", &good), ("bad.bpmn", "<bpmn:definitions")],
    )
    .await;
    assert_eq!(payload["deployment"], Value::Null);
    assert!(
        payload["userErrors"].to_string().contains("bad.bpmn"),
        "{payload:#}"
    );
    assert!(keys(&operator).await.is_empty());
    deployed(&operator, &good).await;
    assert_eq!(keys(&operator).await, ["two_tasks 1"]);
}

#[tokio::test]
async fn the_same_file_keeps_its_version_and_a_changed_one_gets_the_next() {
    let server = bare();
    let operator = operator(&server);
    let file = two_tasks();
    deployed(&operator, &file).await;
    let again = deploy(&operator, &[("process.bpmn", &file)]).await;
    assert_eq!(
        again["deployment"]["processes"][0],
        json!({ "key": "two_tasks", "version": 1, "unchanged": true })
    );
    let changed = deploy(
        &operator,
        &[("process.bpmn", &file.replace("\"CLERK\"", "\"CHIEF\""))],
    )
    .await;
    assert_eq!(changed["deployment"]["processes"][0]["version"], 2);
}

#[tokio::test]
async fn all_problems_of_a_file_are_reported_with_file_line_and_element() {
    let file = process(
        "bad",
        r#"<bpmn:startEvent id="start"/>
<bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="nowhere"/>
<bpmn:sendTask id="send"/>
<bpmn:scriptTask id="script"><bpmn:extensionElements><zeebe:script expression="= 1 +" resultVariable="x"/></bpmn:extensionElements></bpmn:scriptTask>
<bpmn:userTask id="plain"/>"#,
    );
    let payload = refused("bad.bpmn", &file).await;
    let errors = payload["userErrors"].as_array().unwrap();
    assert!(errors.len() >= 3, "{payload:#}");
    let text = payload["userErrors"].to_string();
    for place in ["bad.bpmn", "send", "script", "nowhere"] {
        assert!(text.contains(place), "no {place} in {payload:#}");
    }
    for error in errors {
        assert!(
            error["code"].as_str().unwrap().starts_with("BPMN-"),
            "{error:#}"
        );
        assert!(error["details"]["line"].is_u64(), "{error:#}");
        assert_eq!(error["details"]["file"], "bad.bpmn", "{error:#}");
    }
    assert!(
        errors.iter().any(|it| it["details"]["elementId"] == "send"),
        "{payload:#}"
    );
}

#[tokio::test]
async fn elements_that_cannot_be_executed_yet_are_refused_by_name() {
    for element in [
        "sendTask",
        "receiveTask",
        "inclusiveGateway",
        "eventBasedGateway",
        "transaction",
        "choreographyTask",
    ] {
        let content = format!(
            r#"<bpmn:startEvent id="start"/><bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="odd"/><bpmn:{element} id="odd"/><bpmn:sequenceFlow id="f2" sourceRef="odd" targetRef="end"/><bpmn:endEvent id="end"/>"#
        );
        let payload = refused("odd.bpmn", &process("odd", &content)).await;
        assert!(
            payload["userErrors"].to_string().contains("odd"),
            "{element}: {payload:#}"
        );
    }
}

#[tokio::test]
async fn hostile_xml_is_refused() {
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><x>&b;</x>"#;
    let outside =
        r#"<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>"#;
    let deep = format!("{}{}", "<a>".repeat(20_000), "</a>".repeat(20_000));
    let attributes: String = (0..15_000).map(|n| format!(" a{n}=\"1\"")).collect();
    let wide = process("wide", &format!("<bpmn:startEvent id=\"s\"{attributes}/>"));
    let expression = format!("= {}1{}", "(".repeat(20_000), ")".repeat(20_000));
    let nested = process(
        "nested",
        &format!(
            r#"<bpmn:startEvent id="s"/><bpmn:scriptTask id="t"><bpmn:extensionElements><zeebe:script expression="{expression}" resultVariable="x"/></bpmn:extensionElements></bpmn:scriptTask>"#
        ),
    );
    for (name, file) in [
        ("bomb", bomb),
        ("outside", outside),
        ("deep", &deep),
        ("wide", &wide),
        ("nested", &nested),
    ] {
        let payload = refused(&format!("{name}.bpmn"), file).await;
        assert!(!payload.to_string().contains("root:"), "{name}");
    }
}

#[tokio::test]
async fn broken_files_of_every_type_are_refused() {
    let no_text = "\u{feff}";
    for (name, content) in [
        ("empty.bpmn", ""),
        ("mark.bpmn", no_text),
        ("text.bpmn", "not XML at all"),
        ("other.bpmn", "<html><body/></html>"),
        ("empty.dmn", ""),
        (
            "broken.dmn",
            "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\"><decision id=\"d\">",
        ),
        (
            "nothing.dmn",
            "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" id=\"x\" name=\"x\" namespace=\"x\"/>",
        ),
        ("empty.form", ""),
        ("broken.form", "{"),
        ("list.form", "[1, 2]"),
        ("deep.form", &"[".repeat(100_000)),
        ("page.exe", "MZ"),
        ("noending", "x"),
    ] {
        let payload = refused(name, content).await;
        assert!(!code(&payload).is_empty(), "{name}: {payload:#}");
    }
}

#[tokio::test]
async fn a_decision_table_with_a_broken_rule_is_refused_with_its_place() {
    let table = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="defs" name="defs" namespace="http://tongban/test">
  <decision id="fee" name="fee">
    <decisionTable id="table" hitPolicy="UNIQUE">
      <input id="in"><inputExpression id="ine" typeRef="number"><text>age +</text></inputExpression></input>
      <output id="out" name="fee" typeRef="number"/>
      <rule id="rule1"><inputEntry id="e1"><text>&lt; (</text></inputEntry><outputEntry id="o1"><text>1 +</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>"#;
    let payload = refused("fee.dmn", table).await;
    assert!(
        codes(&payload).iter().all(|it| it.starts_with("DMN-")),
        "{payload:#}"
    );
    assert!(codes(&payload).len() >= 2, "{payload:#}");
    assert!(
        payload["userErrors"].to_string().contains("fee.dmn"),
        "{payload:#}"
    );
}

#[tokio::test]
async fn deployments_without_files_or_with_a_file_twice_are_refused() {
    let server = bare();
    let operator = operator(&server);
    assert_eq!(code(&deploy(&operator, &[]).await), "DEPLOYMENT_EMPTY");
    let file = two_tasks();
    let twice = deploy(&operator, &[("a.bpmn", &file), ("b.bpmn", &file)]).await;
    assert_eq!(code(&twice), "RESOURCE_DUPLICATE", "{twice:#}");
    assert!(keys(&operator).await.is_empty());
}

#[tokio::test]
async fn a_file_larger_than_a_request_may_be_is_refused_at_the_door() {
    let server = bare();
    let operator = operator(&server);
    let filler = "x".repeat(300 * 1024);
    let file = process(
        "large",
        &format!("<bpmn:documentation>{filler}</bpmn:documentation>"),
    );
    let query = "mutation ($input: DeployInput!) { deploy(input: $input) { userErrors { code } } }";
    let resources = json!([{ "name": "large.bpmn", "content": file }]);
    let input = json!({ "resources": resources, "idempotencyKey": "large" });
    let answer = operator
        .send(query, json!({ "input": input }))
        .await
        .unwrap();
    assert_eq!(crate::fixture::error_code(&answer), "BODY_TOO_LARGE");
    assert!(keys(&operator).await.is_empty());
}

#[tokio::test]
async fn only_operators_deploy() {
    let server = bare();
    for roles in [&["CLERK"][..], &["CITIZEN"], &[]] {
        let client = crate::fixture::client(&server, "someone", roles);
        let query = "mutation { deploy(input: { resources: [], idempotencyKey: \"x\" }) { userErrors { code } } }";
        let answer = client.send(query, json!({})).await.unwrap();
        assert!(answer["errors"].is_array(), "{roles:?}: {answer}");
    }
}

#[test]
fn a_package_whose_operation_makes_a_decision_that_it_has_not_is_not_packed() {
    let folder = tempfile::tempdir().unwrap();
    let source = paths::repository().join("tests/plugin");
    let packed = repack(("errand", &source), folder.path(), |copy| {
        let manifest = copy.join("plugin.toml");
        let text = std::fs::read_to_string(&manifest)?;
        let text = text.replace(
            "decisions = [\"errand_fee\"]",
            "decisions = [\"errand_tax\"]",
        );
        Ok(std::fs::write(&manifest, text)?)
    });
    let said = packed.unwrap_err().to_string();
    assert!(
        said.contains("operation `quoteErrand`: expected a decision of a file under decisions/, found `errand_tax`"),
        "{said}"
    );
}
