//! GraphQL over HTTP: methods, media types and status codes.

use reqwest::header::{ACCEPT, ALLOW, CONTENT_TYPE};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tongban_tests_support::server::Server;

use crate::fixture::bare;

struct Door {
    server: Server,
    token: String,
    http: Client,
}

impl Door {
    fn open() -> Self {
        let server = bare();
        let token = server
            .token(&["--id", "operator", "--role", "OPERATOR"])
            .unwrap();
        Self {
            server,
            token,
            http: Client::new(),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.server.url()))
            .bearer_auth(&self.token)
    }

    async fn post(&self, content_type: &str, body: impl Into<reqwest::Body>) -> Response {
        self.request(Method::POST, "/graphql")
            .header(CONTENT_TYPE, content_type)
            .body(body)
            .send()
            .await
            .unwrap()
    }
}

const MUTATION: &str = r#"mutation { advanceClock(input: { to: "2027-01-01T00:00:00Z", idempotencyKey: "k" }) { timersFired } }"#;

async fn code(response: Response) -> String {
    let answer: Value = response.json().await.unwrap();
    answer["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn get_executes_queries_and_no_mutation() {
    let door = Door::open();
    let query = door
        .request(
            Method::GET,
            "/graphql?query=%7B%20viewer%20%7B%20id%20%7D%20%7D",
        )
        .send()
        .await
        .unwrap();
    assert_eq!(query.status(), 200);
    assert_eq!(
        query.json::<Value>().await.unwrap()["data"]["viewer"]["id"],
        "operator"
    );

    let encoded: String = MUTATION.bytes().map(|it| format!("%{it:02X}")).collect();
    let refused = door
        .request(Method::GET, &format!("/graphql?query={encoded}"))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 405);
    assert_eq!(refused.headers()[ALLOW], "POST");
    let clock = door
        .post(
            "application/json",
            json!({ "query": "{ clock { now } }" }).to_string(),
        )
        .await;
    let clock: Value = clock.json().await.unwrap();
    assert!(
        clock["data"]["clock"]["now"]
            .as_str()
            .unwrap()
            .starts_with("2026-03-05"),
        "nothing was executed: {clock}"
    );
}

#[tokio::test]
async fn other_methods_are_refused() {
    let door = Door::open();
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let refused = door
            .request(method.clone(), "/graphql")
            .json(&json!({ "query": "{ viewer { id } }" }));
        assert_eq!(refused.send().await.unwrap().status(), 405, "{method}");
    }
}

#[tokio::test]
async fn only_json_is_read() {
    let door = Door::open();
    let body = json!({ "query": MUTATION }).to_string();
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=gbk",
    ] {
        assert_eq!(
            door.post(content_type, body.clone()).await.status(),
            415,
            "{content_type}"
        );
    }
    let none = door
        .request(Method::POST, "/graphql")
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(none.status(), 415);
}

#[tokio::test]
async fn batches_and_bodies_that_are_no_request_are_refused() {
    let door = Door::open();
    for body in [
        "",
        "x",
        "[]",
        "7",
        "null",
        "{}",
        r#"{"query":1}"#,
        r#"{"query":""}"#,
        r#"{"query":"{a}","variables":"x"}"#,
        r#"[{"query":"{ viewer { id } }"},{"query":"{ viewer { id } }"}]"#,
        "\u{feff}{}",
        r#"{"query":"{ viewer { id } }""#,
    ] {
        let refused = door.post("application/json", body).await;
        assert_eq!(refused.status(), 400, "{body}");
        assert_eq!(code(refused).await, "BAD_REQUEST", "{body}");
    }
}

#[tokio::test]
async fn a_body_too_large_is_refused() {
    let door = Door::open();
    let body =
        json!({ "query": "{ viewer { id } }", "variables": { "x": "x".repeat(300 * 1024) } });
    let refused = door.post("application/json", body.to_string()).await;
    assert_eq!(refused.status(), 413);
    assert_eq!(code(refused).await, "BODY_TOO_LARGE");
}

#[tokio::test]
async fn answers_come_in_the_media_type_that_was_asked_for() {
    let door = Door::open();
    let ask = |accept: &'static str, query: &'static str| {
        let request = door
            .request(Method::POST, "/graphql")
            .header(ACCEPT, accept);
        request.json(&json!({ "query": query })).send()
    };
    let good = "{ viewer { id } }";
    for (accept, expected) in [
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        (
            "application/graphql-response+json",
            "application/graphql-response+json",
        ),
        (
            "application/graphql-response+json, application/json;q=0.9",
            "application/graphql-response+json",
        ),
    ] {
        let response = ask(accept, good).await.unwrap();
        assert_eq!(response.status(), 200, "{accept}");
        let content_type = response.headers()[CONTENT_TYPE].to_str().unwrap();
        assert!(
            content_type.starts_with(expected),
            "{accept}: {content_type}"
        );
    }
    assert_eq!(ask("text/html", good).await.unwrap().status(), 406);
    assert_eq!(ask("application/xml", good).await.unwrap().status(), 406);
    // A document that is not executed is a 400 in the new media type only.
    assert_eq!(
        ask("application/graphql-response+json", "{ nothing }")
            .await
            .unwrap()
            .status(),
        400
    );
    assert_eq!(
        ask("application/json", "{ nothing }")
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(
        ask(
            "application/json",
            "subscription { userTaskChanged { kind } }"
        )
        .await
        .unwrap()
        .status(),
        406
    );
}

#[tokio::test]
async fn other_paths_are_not_found_and_packages_need_an_operator() {
    let door = Door::open();
    assert_eq!(
        door.request(Method::GET, "/etc/passwd")
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
    assert_eq!(
        door.request(Method::GET, "/graphql/x")
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
    let url = format!("{}/packages", door.server.url());
    let anonymous = door.http.put(&url).body("x").send().await.unwrap();
    assert_eq!(anonymous.status(), 401);
    let clerk = door
        .server
        .token(&["--id", "clerk", "--role", "CLERK"])
        .unwrap();
    assert_eq!(
        door.http
            .put(&url)
            .bearer_auth(clerk)
            .body("x")
            .send()
            .await
            .unwrap()
            .status(),
        403
    );
    let broken = door
        .http
        .put(&url)
        .bearer_auth(&door.token)
        .body("PK broken")
        .send()
        .await
        .unwrap();
    assert_eq!(broken.status(), 422);
    let answer: Value = broken.json().await.unwrap();
    assert!(answer["errors"][0]["code"].is_string(), "{answer}");
}
