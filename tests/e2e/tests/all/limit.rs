//! What a document may cost is decided before anything runs.

use serde_json::{Value, json};

use crate::fixture::{bare, error_code, operator};

async fn code_of(query: &str) -> String {
    let server = bare();
    let answer = operator(&server).send(query, json!({})).await.unwrap();
    assert!(answer["data"].is_null(), "{answer}");
    assert!(answer["errors"][0]["message"].is_string());
    error_code(&answer).to_owned()
}

#[tokio::test]
async fn depth_aliases_directives_fragments_and_cost_are_bounded() {
    let aliases: String = (0..21).map(|n| format!("a{n}: viewer {{ id }} ")).collect();
    assert_eq!(code_of(&format!("{{ {aliases} }}")).await, "ALIAS_LIMIT");

    let deep = format!("{}{}", "{ a ".repeat(30), "}".repeat(30));
    assert_eq!(code_of(&deep).await, "DEPTH_LIMIT");

    let directives = "@include(if: true) ".repeat(6);
    assert_eq!(
        code_of(&format!("{{ viewer {{ id {directives} }} }}")).await,
        "DIRECTIVE_LIMIT"
    );

    assert_eq!(
        code_of("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }").await,
        "FRAGMENT_CYCLE"
    );

    let mut bomb = "{ ...F0 } ".to_owned();
    for n in 0..14 {
        bomb += &format!("fragment F{n} on Query {{ ...F{m} ...F{m} }} ", m = n + 1);
    }
    bomb += "fragment F14 on Query { viewer { id } }";
    assert_eq!(code_of(&bomb).await, "SELECTION_LIMIT");

    let product = "{ processInstances(first: 100) { nodes { userTasks(first: 100) { nodes { id processInstance { history(first: 100) { nodes { at } } } } } } } }";
    assert_eq!(code_of(product).await, "COST_LIMIT");
}

#[tokio::test]
async fn pages_have_a_largest_size() {
    for size in ["0", "-1", "101", "2147483647"] {
        assert_eq!(
            code_of(&format!(
                "{{ userTasks(first: {size}) {{ nodes {{ id }} }} }}"
            ))
            .await,
            "PAGE_SIZE",
            "{size}"
        );
    }
    let server = bare();
    let query = "query ($n: Int!) { userTasks(first: $n) { nodes { id } } }";
    let answer = operator(&server)
        .send(query, json!({ "n": 1000 }))
        .await
        .unwrap();
    assert_eq!(error_code(&answer), "PAGE_SIZE");
}

#[tokio::test]
async fn the_answer_says_what_it_cost() {
    let server = bare();
    let answer = operator(&server)
        .send("{ userTasks(first: 7) { nodes { id } } }", json!({}))
        .await
        .unwrap();
    assert!(
        answer["extensions"]["cost"].as_u64().unwrap() >= 7,
        "{answer}"
    );
}

#[tokio::test]
async fn nonsense_is_refused_and_the_server_stays_well() {
    let server = bare();
    let operator = operator(&server);
    let brackets = "{".repeat(50_000);
    let list = format!(
        "{{ nodes(ids: {}{}) {{ id }} }}",
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    for query in [
        "",
        "{",
        "}",
        "{ }",
        "query",
        "{ nothing }",
        "{ viewer }",
        "{ viewer { id { id } } }",
        "\u{0}",
        "mutation { }",
        "query A { viewer { id } } query B { viewer { id } }",
        "subscription { userTaskChanged { kind } }",
        "{ viewer { id @x } }",
        &brackets,
        &list,
    ] {
        let answer = operator.send(query, json!({})).await.unwrap();
        assert!(
            answer["errors"].is_array(),
            "{}: {answer}",
            &query[..query.len().min(50)]
        );
        assert!(!answer.to_string().contains("panicked"), "{answer}");
    }
    let nodes = json!({ "ids": vec!["x"; 101] });
    let answer = operator
        .send("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", nodes)
        .await
        .unwrap();
    assert_eq!(error_code(&answer), "BAD_USER_INPUT", "{answer}");
    let alive = operator.data("{ viewer { id } }", json!({})).await.unwrap();
    assert_eq!(alive["viewer"]["id"], Value::from("operator"));
}
