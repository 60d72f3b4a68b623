//! Tokens: expired, foreign, unsigned, changed, missing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tongban_tests_support::server::{Options, Server};

use crate::fixture::{bare, error_code};

const VIEWER: &str = "{ viewer { id roles tenant } }";

async fn answer_of(server: &Server, token: &str) -> (u16, Value) {
    let response = reqwest::Client::new()
        .post(format!("{}/graphql", server.url()))
        .bearer_auth(token)
        .json(&json!({ "query": VIEWER }))
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_token_of_the_issuer_is_accepted_and_nothing_else_is() {
    let server = bare();
    let token = server.token(&["--id", "anna", "--role", "CLERK"]).unwrap();
    let (status, answer) = answer_of(&server, &token).await;
    assert_eq!(status, 200);
    assert_eq!(
        answer["data"]["viewer"],
        json!({ "id": "anna", "roles": ["CLERK"], "tenant": "150627" })
    );

    let parts: Vec<&str> = token.split('.').collect();
    let claims = URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
    let raised = String::from_utf8(claims).unwrap().replace("CLERK", "ADMIN");
    let raised = URL_SAFE_NO_PAD.encode(raised);
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let symmetric = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let others = [
        format!("{}.{raised}.{}", parts[0], parts[2]),
        format!("{none}.{}.", parts[1]),
        format!("{none}.{raised}."),
        format!("{symmetric}.{}.{}", parts[1], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}", parts[0], parts[1]),
        "x".to_owned(),
        "..".to_owned(),
        "é".repeat(5_000),
    ];
    for other in others {
        let (status, answer) = answer_of(&server, &other).await;
        assert_eq!(
            (status, error_code(&answer)),
            (401, "TOKEN_INVALID"),
            "{other}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_token_of_another_servers_issuer_is_refused() {
    let (one, other) = (bare(), bare());
    let token = other
        .token(&["--id", "anna", "--role", "OPERATOR"])
        .unwrap();
    let (status, answer) = answer_of(&one, &token).await;
    assert_eq!((status, error_code(&answer)), (401, "TOKEN_INVALID"));
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    let server = bare();
    let token = expired(&server);
    let (status, answer) = answer_of(&server, &token).await;
    assert_eq!(
        (status, error_code(&answer)),
        (401, "TOKEN_EXPIRED"),
        "{answer}"
    );
}

/// A token that the server's own key signed and whose time is over.
fn expired(server: &Server) -> String {
    // 1970, signed by openssl with the seed that the issuer keeps: PKCS #8 around it (RFC 8410).
    let seed = std::fs::read_to_string(server.data().join("issuer.key")).unwrap();
    let seed = base64::engine::general_purpose::STANDARD
        .decode(seed.trim())
        .unwrap();
    let prefix = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ];
    let folder = tempfile::tempdir().unwrap();
    let (key, input) = (folder.path().join("key.der"), folder.path().join("input"));
    std::fs::write(&key, [&prefix[..], &seed].concat()).unwrap();
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"EdDSA","typ":"JWT"}"#);
    let claims = json!({
        "iss": "tongban-development", "aud": "tongban", "sub": "anna", "iat": 0, "exp": 1000,
        "tenant": "150627", "division": "150627", "roles": ["OPERATOR"],
    });
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    std::fs::write(&input, &signed).unwrap();
    let output = std::process::Command::new("openssl")
        .args(["pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey"])
        .arg(&key)
        .arg("-in")
        .arg(&input)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(output.stdout))
}

#[tokio::test]
async fn what_is_open_to_anybody_is_answered_without_a_token_but_not_too_often() {
    let (server, _folder) = crate::errand::configured("[anonymous]\nper_minute = 3\n");
    let quote = "query ($input: QuoteErrandInput!) { quoteErrand(input: $input) { fee } }";
    let asked = json!({ "input": { "kind": "COPY" } });
    let anybody = server.anonymous();
    for _ in 0..2 {
        let answer = anybody.send(quote, asked.clone()).await.unwrap();
        assert_eq!(answer["data"]["quoteErrand"]["fee"], 10, "{answer}");
    }
    let terms = "{ readErrandTerms(input: {}) { copiesMax } }";
    let answer = anybody.send(terms, json!({})).await.unwrap();
    assert_eq!(error_code(&answer), "UNAUTHENTICATED", "{answer}");
    let body = json!({ "query": quote, "variables": asked });
    let request = reqwest::Client::new().post(anybody.url()).json(&body);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 429);
    let wait: u64 = answer.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=21).contains(&wait), "{wait}");
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(error_code(&answer), "TOO_MANY_REQUESTS", "{answer}");
    // Whoever has a token is not counted, and may ask the same.
    let clerk = crate::errand::clerk(&server);
    for _ in 0..4 {
        let answer = clerk.send(quote, asked.clone()).await.unwrap();
        assert_eq!(answer["data"]["quoteErrand"]["fee"], 10, "{answer}");
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_shown() {
    let server = bare();
    for query in [
        VIEWER,
        "{ clock { now } }",
        "{ userTasks { nodes { id } } }",
        "{ node(id: \"VXNlclRhc2s6MTox\") { id } }",
    ] {
        let answer = server.anonymous().send(query, json!({})).await.unwrap();
        assert_eq!(error_code(&answer), "UNAUTHENTICATED", "{query}: {answer}");
        assert!(
            answer["data"].is_null()
                || answer["data"]
                    .as_object()
                    .unwrap()
                    .values()
                    .all(Value::is_null)
        );
    }
}

#[tokio::test]
async fn the_development_issuer_is_refused_beyond_loopback() {
    let folder = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(tongban_tests_support::paths::binary())
        .args(["serve", "--listen", "0.0.0.0:0", "--data"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("loopback"), "{text}");
}

#[tokio::test]
async fn an_issuers_key_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = bare();
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("issuer.key");
    std::fs::copy(server.data().join("issuer.key"), &key).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let options = Options {
        data: Some(folder.path().to_owned()),
        ..Options::default()
    };
    let Err(error) = Server::start(&options) else {
        panic!("it started")
    };
    assert!(format!("{error:#}").contains("0600"), "{error:#}");
}
