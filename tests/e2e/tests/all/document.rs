//! Documents: issued by operations, read by whom they are for, handed out as files.

use serde_json::{Value, json};
use tempfile::TempDir;
use tongban_tests_support::client::Client;
use tongban_tests_support::paths;
use tongban_tests_support::server::Server;

use crate::configuration::{change, check, editors, save};
use crate::errand::{apply, citizen, clerk, configured, expect, server};
use crate::fixture::mutate;

const DOCUMENTS: &str = "query ($id: String!) { documents(recordKind: \"errand\", recordId: $id, first: 10) { nodes {
    id key title format recordKind recordId templateVersion sha256 issuedAt issuedBy downloadPath } } }";

/// A server with the plugin and one font, which is there on every machine.
fn server_with_font() -> (Server, TempDir) {
    let font = paths::font().display().to_string();
    configured(&format!("[document]\nfonts = [\"song={font}\"]\n"))
}

async fn documents(client: &Client, errand: &str) -> Vec<Value> {
    let mut data = client
        .data(DOCUMENTS, json!({ "id": errand }))
        .await
        .unwrap();
    let Value::Array(nodes) = data["documents"]["nodes"].take() else {
        panic!("{data}")
    };
    nodes
}

async fn download(
    server: &Server,
    token: Option<&str>,
    path: &str,
) -> (u16, Option<String>, Vec<u8>) {
    let mut request = reqwest::Client::new().get(format!("{}{path}", server.url()));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await.unwrap();
    let kind = answer.headers().get("content-type");
    let kind = kind.map(|it| it.to_str().unwrap().to_owned());
    (
        answer.status().as_u16(),
        kind,
        answer.bytes().await.unwrap().to_vec(),
    )
}

fn token(server: &Server, id: &str, role: &str) -> String {
    let arguments = ["--id", id, "--role", role, "--person", id];
    server.token(&arguments).unwrap()
}

#[tokio::test]
async fn a_table_is_issued_and_handed_out_as_a_workbook_to_whom_its_role_lets_read_it() {
    let server = server();
    let applicant = citizen(&server, "person-1");
    let errand = apply(&applicant, "person-1", json!({})).await;
    let clerk = clerk(&server);
    let payload = mutate(
        &clerk,
        "issueErrandTable",
        "",
        json!({ "errandId": errand }),
    )
    .await;
    expect(&payload, "");
    let issued = documents(&clerk, &errand).await;
    assert_eq!(issued.len(), 1);
    let table = &issued[0];
    assert_eq!(table["title"], "代办事项统计表（2026-03）");
    assert_eq!(
        (&table["format"], &table["issuedBy"]),
        (&json!("XLSX"), &json!("clerk"))
    );
    assert_eq!(table["sha256"].as_str().unwrap().len(), 64);
    // A citizen is shown no table, whatever its id.
    assert_eq!(documents(&applicant, &errand).await, Vec::<Value>::new());
    let query = "query ($id: ID!) { document(id: $id) { id } documentPreview(id: $id) { width } }";
    let seen = applicant
        .data(query, json!({ "id": table["id"] }))
        .await
        .unwrap();
    assert_eq!(seen, json!({ "document": null, "documentPreview": null }));
    let seen = clerk
        .data(query, json!({ "id": table["id"] }))
        .await
        .unwrap();
    assert_eq!(
        seen,
        json!({ "document": { "id": table["id"] }, "documentPreview": [] })
    );

    let path = table["downloadPath"].as_str().unwrap();
    let (status, _, _) = download(&server, None, path).await;
    assert_eq!(status, 401);
    let citizen = token(&server, "person-1", "CITIZEN");
    let (status, _, _) = download(&server, Some(&citizen), path).await;
    assert_eq!(status, 404);
    let of_clerk = token(&server, "clerk", "CLERK");
    let (status, kind, bytes) = download(&server, Some(&of_clerk), path).await;
    assert_eq!(status, 200);
    let expected = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    assert_eq!(kind.as_deref(), Some(expected));
    assert!(bytes.starts_with(b"PK"));
    let (_, _, again) = download(&server, Some(&of_clerk), path).await;
    assert!(bytes == again, "the same document gave other bytes");
}

#[tokio::test]
async fn without_a_font_a_document_of_pages_is_refused() {
    let (server, _folder) = configured("[document]\nfonts = []\n");
    let applicant = citizen(&server, "person-1");
    let errand = apply(&applicant, "person-1", json!({})).await;
    let clerk = clerk(&server);
    let input = json!({ "errandId": errand });
    let payload = mutate(&clerk, "issueErrandReceipt", "", input.clone()).await;
    expect(&payload, "DOCUMENT_FONT_MISSING");
    assert_eq!(documents(&clerk, &errand).await, Vec::<Value>::new());
    // A table needs none.
    expect(&mutate(&clerk, "issueErrandTable", "", input).await, "");
}

#[tokio::test]
async fn a_receipt_is_for_the_applicant_and_issued_once() {
    let (server, _folder) = server_with_font();
    let applicant = citizen(&server, "person-1");
    let errand = apply(&applicant, "person-1", json!({})).await;
    let clerk = clerk(&server);
    let input = json!({ "errandId": errand });
    expect(
        &mutate(&clerk, "issueErrandReceipt", "", input.clone()).await,
        "",
    );
    expect(&mutate(&clerk, "issueErrandReceipt", "", input).await, "");
    let issued = documents(&applicant, &errand).await;
    assert_eq!(issued.len(), 1, "{issued:?}");
    assert_eq!(
        documents(&citizen(&server, "person-2"), &errand).await,
        Vec::<Value>::new()
    );

    let query = "query ($id: ID!) { documentPreview(id: $id) { width height texts { name text x baseline width size } areas { name x width height } } }";
    let seen = applicant
        .data(query, json!({ "id": issued[0]["id"] }))
        .await
        .unwrap();
    let page = &seen["documentPreview"][0];
    assert_eq!(
        (&page["width"], &page["height"]),
        (&json!("148.000"), &json!("210.000"))
    );
    let texts = page["texts"].as_array().unwrap();
    let stamp = texts.iter().find(|it| it["name"] == "appliedOn").unwrap();
    assert_eq!(stamp["text"], "2026-03-05");
    // It ends where the field ends.
    let micrometers = |it: &Value| {
        it.as_str()
            .unwrap()
            .replace('.', "")
            .parse::<i64>()
            .unwrap()
    };
    let end = micrometers(&stamp["x"]) + micrometers(&stamp["width"]);
    assert_eq!(end, 128_000, "{stamp}");
    assert!(
        texts.iter().any(|it| it["text"]
            .as_str()
            .unwrap()
            .starts_with("张三丰：您于2026年3月5日")),
        "{texts:?}"
    );
    assert_eq!(page["areas"][0]["name"], "seal");

    let path = issued[0]["downloadPath"].as_str().unwrap();
    let own = token(&server, "person-1", "CITIZEN");
    let (status, kind, bytes) = download(&server, Some(&own), path).await;
    assert_eq!((status, kind.as_deref()), (200, Some("application/pdf")));
    assert!(bytes.starts_with(b"%PDF-"));
    let (_, _, again) = download(&server, Some(&own), path).await;
    assert!(bytes == again, "the same document gave other bytes");
}

#[tokio::test]
async fn a_rare_character_is_named_instead_of_left_blank() {
    let (server, _folder) = server_with_font();
    let applicant = citizen(&server, "person-1");
    let errand = apply(&applicant, "person-1", json!({})).await;
    let clerk = clerk(&server);
    // A character of extension H, which the font lacks, and a letter of Mongolian.
    let input = json!({ "errandId": errand, "name": "张\u{31350}" });
    let payload = mutate(&clerk, "issueErrandReceipt", "", input).await;
    expect(&payload, "DOCUMENT_CHARACTER_MISSING");
    let message = payload["userErrors"][0]["message"]["zh"].as_str().unwrap();
    assert!(
        message.contains("U+31350") && message.contains("body"),
        "{message}"
    );
    let input = json!({ "errandId": errand, "name": "\u{182e}\u{1823}" });
    let payload = mutate(&clerk, "issueErrandReceipt", "", input).await;
    expect(&payload, "DOCUMENT_SCRIPT_UNSUPPORTED");
    assert_eq!(documents(&clerk, &errand).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_county_has_a_template_of_its_own() {
    let server = server();
    let applicant = citizen(&server, "person-1");
    let errand = apply(&applicant, "person-1", json!({})).await;
    let own = "key = \"errand-table\"\ntitle = \"本县代办事项表\"\ndata = [\"rows\"]\n[[sheet]]\nname = \"表\"\nrows = \"rows\"\n[[sheet.column]]\nhead = \"种类\"\nvalue = \"row.kind\"\n";
    let input = |content: String| {
        json!({ "kind": "DOCUMENT_TEMPLATE", "key": "errand-table", "content": content,
            "effectiveFrom": "2026-03-05", "note": "县级格式" })
    };
    let (editor, _) = editors(&server);
    let wrong = save(&editor, input(own.replace("row.kind", "line.kind"))).await;
    let found = check(&editor, &wrong).await["findings"].take();
    assert_eq!(
        found[0]["code"], "DOCUMENT_TEMPLATE_NAME_UNKNOWN",
        "{found}"
    );
    let message = found[0]["message"]["en"].as_str().unwrap();
    assert!(
        message.contains("line") && message.contains("sheet[0].column[0].value:9"),
        "{message}"
    );

    let item = change(&server, input(own.to_owned())).await;
    assert_eq!(item["state"], "ACTIVE", "{item:#}");
    let clerk = clerk(&server);
    expect(
        &mutate(
            &clerk,
            "issueErrandTable",
            "",
            json!({ "errandId": errand }),
        )
        .await,
        "",
    );
    assert_eq!(
        documents(&clerk, &errand).await[0]["title"],
        "本县代办事项表"
    );
}
