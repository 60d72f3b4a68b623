//! What a running server tells its operator: metrics, health, and logs without anybody's data.

use std::time::Duration;

use serde_json::{Value, json};
use tongban_tests_e2e::scenario;
use tongban_tests_support::paths;
use tongban_tests_support::script::{self, Memory};
use tongban_tests_support::server::{Options, Server};

use crate::fixture::{START, bare, deployed, operator, started, two_tasks};

async fn get(server: &Server, path: &str) -> (u16, String) {
    let answer = reqwest::get(format!("{}{path}", server.url()))
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// The value of a line of the metrics that begins with `start`.
fn value(text: &str, start: &str) -> f64 {
    let line = text.lines().find(|it| it.starts_with(start));
    let line = line.unwrap_or_else(|| panic!("no {start} in\n{text}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn metrics_tell_what_was_done() {
    let server = bare();
    let operator = operator(&server);
    deployed(&operator, &two_tasks()).await;
    for _ in 0..3 {
        started(&operator, "two_tasks").await;
    }
    let deep = format!("{{ {} }}", "a: viewer { id } ".repeat(2_000));
    operator.send(&deep, json!({})).await.unwrap();
    let (status, text) = get(&server, "/metrics").await;
    assert_eq!(status, 200);
    assert!(text.ends_with("# EOF\n"), "{text}");
    let start = "tongban_commands_total{command=\"StartProcess\",outcome=\"accepted\"}";
    assert!(value(&text, start) >= 3.0);
    assert!(value(&text, "tongban_group_commands_count") >= 4.0);
    assert!(value(&text, "tongban_commit_seconds_count") >= 4.0);
    assert!(value(&text, "process_resident_memory_bytes") > 1e6);
    let refused: f64 = text
        .lines()
        .filter(|it| it.starts_with("tongban_graphql_refusals_total"))
        .map(|it| it.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
        .sum();
    assert!(refused >= 1.0, "{text}");
    for name in [
        "tongban_http_requests_total{path=\"/graphql\",status=\"200\"}",
        "tongban_queue_commands ",
        "tongban_due_items{kind=\"timer\"}",
        "tongban_late_items{kind=\"timer\"}",
        "tongban_open_incidents ",
        "tongban_jobs{state=\"active\"}",
        "tongban_database_connections{pool=\"readers\",state=\"idle\"}",
    ] {
        value(&text, name);
    }
}

#[tokio::test]
async fn a_server_is_ready_until_it_is_asked_to_stop() {
    let mut server = Server::start(&Options {
        configuration: Some("[server]\ndrain_seconds = 20\n".to_owned()),
        ..Options::plain(START)
    })
    .unwrap();
    assert_eq!(get(&server, "/healthz").await, (200, "ok".to_owned()));
    let (status, text) = get(&server, "/readyz").await;
    assert_eq!(
        (status, text.as_str()),
        (200, r#"{"ready":true,"obstacles":[]}"#)
    );
    server.begin_stop();
    let mut tries = 0;
    let (status, text) = loop {
        let (status, text) = get(&server, "/readyz").await;
        tries += 1;
        if status != 200 || tries == 200 {
            break (status, text);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(status, 503);
    assert_eq!(text, r#"{"ready":false,"obstacles":["draining"]}"#);
    assert_eq!(
        get(&server, "/healthz").await.0,
        200,
        "it is alive all the same"
    );
}

#[tokio::test]
async fn metrics_may_have_an_address_of_their_own() {
    let server = Server::start(&Options {
        configuration: Some("[telemetry]\nlisten = '127.0.0.1:0'\n".to_owned()),
        ..Options::plain(START)
    })
    .unwrap();
    for path in ["/metrics", "/readyz", "/healthz"] {
        assert_eq!(get(&server, path).await.0, 404, "{path}");
    }
}

/// Everything under these names is somebody's own.
const PERSONAL: [&str; 4] = ["name", "idNumber", "number", "mobile"];

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|it| collect(it, found)),
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(text) if PERSONAL.contains(&name.as_str()) => found.push(text.to_owned()),
                    _ => collect(member, found),
                }
            }
        }
        _ => {}
    }
}

/// Names, numbers and telephones of the persons of the sample county.
fn personal_data() -> Vec<String> {
    let folder = paths::sample_county().join("records");
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let text = std::fs::read(file.path()).unwrap();
        collect(&serde_json::from_slice(&text).unwrap(), &mut found);
    }
    found.sort();
    found.dedup();
    found
}

#[tokio::test]
async fn logs_hold_nobodys_data() {
    let script = scenario::script("marriage-registration", "T27")
        .unwrap()
        .unwrap();
    for format in ["json", "pretty"] {
        let server = Server::start(&Options {
            configuration: Some(format!("[log]\nfilter = 'debug'\nformat = '{format}'\n")),
            ..Options::sample(&script.starts_at)
        })
        .unwrap();
        let taken = script::run(&script, &server, &mut Memory::new())
            .await
            .unwrap();
        let mut personal = personal_data();
        taken
            .iter()
            .for_each(|it| collect(&it.variables, &mut personal));
        personal.retain(|it| it.chars().count() > 1);
        assert!(personal.len() > 10, "{personal:?}");
        let log = server.log();
        assert!(
            log.contains("CompleteUserTask"),
            "commands are in the log at this level"
        );
        for text in &personal {
            let line = log.lines().find(|it| it.contains(text.as_str()));
            assert_eq!(line, None, "{text} is in the log");
        }
        assert!(!log.contains("eyJ"), "no token is in the log");
    }
}
