//! The committed schemas are those that a server shows; `TONGBAN_BLESS=1` writes them anew.

use std::fs;

use tongban_tests_support::client::Client;
use tongban_tests_support::{paths, sdl};

use crate::fixture::{client, sample};

async fn generated(client: &Client, name: &str) {
    let schema = sdl::ask(client).await.unwrap();
    let folder = paths::repository().join("schemas/graphql");
    let path = folder.join(format!("{name}.graphql"));
    if std::env::var_os("TONGBAN_BLESS").is_some() {
        fs::create_dir_all(&folder).unwrap();
        fs::write(&path, &schema).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let differs = committed.lines().zip(schema.lines()).find(|(a, b)| a != b);
    assert!(
        committed == schema,
        "{} is not what the server shows; first difference {differs:?}; write it with TONGBAN_BLESS=1",
        path.display()
    );
}

#[tokio::test]
async fn generated_schemas_of_all_audiences_are_the_committed_ones() {
    let server = sample();
    let worker = ["--id", "w", "--role", "WORKER", "--job-type", "print-*"];
    let worker = server.token(&worker).unwrap();
    generated(&server.anonymous().with_token(worker), "worker").await;
    generated(&client(&server, "c", &["CITIZEN"]), "public").await;
    generated(&client(&server, "s", &["REGISTRAR"]), "staff").await;
    generated(&client(&server, "o", &["OPERATOR"]), "admin").await;
}

#[tokio::test]
async fn each_field_and_type_of_the_core_is_described() {
    let server = sample();
    let schema = sdl::ask(&client(&server, "o", &["OPERATOR"]))
        .await
        .unwrap();
    let mut before = "";
    let mut bare = Vec::new();
    for line in schema.lines() {
        let is_type = ["type ", "input ", "enum ", "interface "]
            .iter()
            .any(|it| line.starts_with(it));
        if is_type && !before.starts_with('"') {
            bare.push(line.to_owned());
        }
        before = line;
    }
    assert!(bare.is_empty(), "without a description: {bare:#?}");
}

#[tokio::test]
async fn every_mutation_takes_a_key_and_says_why_it_was_refused() {
    let server = sample();
    for roles in [["CITIZEN"], ["REGISTRAR"], ["OPERATOR"]] {
        let schema = sdl::ask(&client(&server, "x", &roles)).await.unwrap();
        let body = |head: &str| {
            let rest = schema
                .split_once(&format!("\n{head} {{\n"))
                .map(|it| it.1)?;
            rest.split_once("\n}").map(|it| it.0)
        };
        let mutations = body("type Mutation").unwrap();
        for line in mutations
            .lines()
            .filter(|it| !it.trim_start().starts_with('"'))
        {
            let (input, payload) = line.split_once("): ").unwrap();
            let input = input.rsplit(' ').next().unwrap().trim_end_matches('!');
            assert!(
                body(&format!("input {input}"))
                    .unwrap()
                    .contains("idempotencyKey: String!"),
                "{line}"
            );
            let payload = body(&format!("type {}", payload.trim_end_matches('!'))).unwrap();
            assert!(payload.contains("userErrors: [UserError!]!"), "{line}");
        }
    }
}
