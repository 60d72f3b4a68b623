//! Notices: the inbox of citizens and clerks, live, and what goes outside.

use serde_json::{Value, json};
use tongban_tests_support::client::Client;
use tongban_tests_support::socket::Socket;

use crate::errand::{
    Outside, SECRET, apply, citizen, clerk, configured, eventually, expect, server,
};
use crate::fixture::{complete, mutate, operator};

const INBOX: &str = "query ($filter: NoticeFilter) { unreadNoticeCount notices(first: 10, filter: $filter) { nodes {
    id code title { zh en } text { zh en } recordKind recordId readAt deliveries { channel state } } } }";

async fn inbox(client: &Client, filter: Value) -> (i64, Vec<Value>) {
    let mut data = client
        .data(INBOX, json!({ "filter": filter }))
        .await
        .unwrap();
    let count = data["unreadNoticeCount"].as_i64().unwrap();
    let Value::Array(nodes) = data["notices"]["nodes"].take() else {
        panic!("{data}")
    };
    (count, nodes)
}

#[tokio::test]
async fn a_notice_comes_into_the_inbox_of_whom_it_is_for() {
    let server = server();
    let applicant = citizen(&server, "person-1");
    let token = server
        .token(&[
            "--id", "person-1", "--role", "CITIZEN", "--person", "person-1",
        ])
        .unwrap();
    let mut socket = Socket::connect(server.url(), &token).await.unwrap();
    socket
        .subscribe("1", "subscription { noticeReceived { code text { en } } }")
        .await
        .unwrap();
    socket.subscribe("2", "{ viewer { id } }").await.unwrap();
    socket.next("2").await.unwrap();
    let errand = apply(&applicant, "person-1", json!({})).await;

    let (n_unread, notices) = inbox(&applicant, Value::Null).await;
    assert_eq!((n_unread, notices.len()), (1, 1));
    let notice = &notices[0];
    assert_eq!(
        (&notice["code"], &notice["recordId"]),
        (&json!("ERRAND-RECEIVED"), &json!(errand))
    );
    assert_eq!(notice["title"]["zh"], "已收到您的申请");
    // The name is read off the record now, as he may see it there.
    let own = "张**, your application of 2026-03-05 has been received";
    assert_eq!(notice["text"]["en"], own);
    let event = socket.next("1").await.unwrap();
    assert_eq!(
        event["data"]["noticeReceived"]["text"]["en"], own,
        "{event}"
    );
    assert_eq!(
        inbox(&citizen(&server, "person-2"), Value::Null).await.1,
        Vec::<Value>::new()
    );

    // The clerks are told by their role; to them the record says more than to others.
    let clerk = clerk(&server);
    let (_, waiting) = inbox(&clerk, json!({ "code": "ERRAND-WAITING" })).await;
    assert_eq!(waiting[0]["text"]["en"], "the application of 张三丰 waits");

    let input = json!({ "noticeIds": [notice["id"]] });
    let payload = mutate(&applicant, "markNoticeRead", "count", input.clone()).await;
    assert_eq!(payload["count"], 1);
    let (n_unread, read) = inbox(&applicant, json!({ "unread": false })).await;
    assert_eq!((n_unread, read.len()), (0, 1));
    assert!(read[0]["readAt"].is_string());
    // Nobody marks what is not his; a clerk's mark is his own.
    expect(
        &mutate(&clerk, "markNoticeRead", "count", input).await,
        "NOTICE_NOT_FOUND",
    );
}

#[tokio::test]
async fn whoever_approves_tells_the_applicant() {
    let server = server();
    let applicant = citizen(&server, "person-1");
    let errand = apply(&applicant, "person-1", json!({})).await;
    let clerk = clerk(&server);
    let query =
        "query ($id: String!) { userTasks(first: 1, filter: { recordId: $id }) { nodes { id } } }";
    let data = clerk.data(query, json!({ "id": errand })).await.unwrap();
    complete(
        &clerk,
        data["userTasks"]["nodes"][0]["id"].as_str().unwrap(),
    )
    .await;
    let (_, notices) = inbox(&applicant, Value::Null).await;
    let codes: Vec<&Value> = notices.iter().map(|it| &it["code"]).collect();
    assert_eq!(codes, ["ERRAND-READY", "ERRAND-RECEIVED"]);
    let by_record = json!({ "recordKind": "errand", "recordId": errand, "code": "ERRAND-READY" });
    assert_eq!(inbox(&applicant, by_record).await.1.len(), 1);
}

#[tokio::test]
async fn a_channel_that_is_connected_takes_the_notice_outside() {
    let outside = Outside::answering(&[503, 200]).await;
    let (server, _folder) = configured(&format!(
        "[webhook.sms]\nurl = \"{}\"\nsecret = \"{SECRET}\"\nback_off_ms = 20\nchannels = [\"SMS\"]\n",
        outside.url
    ));
    let applicant = citizen(&server, "person-1");
    expect(
        &mutate(&applicant, "setNoticeLocale", "", json!({ "locale": "EN" })).await,
        "",
    );
    let errand = apply(&applicant, "person-1", json!({})).await;
    eventually(async || {
        let (_, notices) = inbox(&applicant, Value::Null).await;
        notices[0]["deliveries"] == json!([{ "channel": "SMS", "state": "DELIVERED" }])
    })
    .await;
    let received = outside.received();
    assert_eq!(received.len(), 2);
    let body = received[1].json();
    assert_eq!(received[0].body, received[1].body);
    assert_eq!(
        (&body["channel"], &body["code"]),
        (&json!("SMS"), &json!("ERRAND-RECEIVED"))
    );
    assert_eq!(body["recipient"]["person"], "person-1");
    assert_eq!(
        (&body["record"]["id"], &body["locale"]),
        (&json!(errand), &json!("en"))
    );
    // No personal data leaves: the name stands in the record alone.
    assert!(!body.to_string().contains("张三丰"), "{body}");
    let query =
        "{ noticeDeliveries(first: 5, state: DELIVERED) { nodes { target failures lastError } } }";
    let data = operator(&server).data(query, json!({})).await.unwrap();
    let delivery = &data["noticeDeliveries"]["nodes"][0];
    assert_eq!(
        (&delivery["target"], &delivery["failures"]),
        (&json!("sms"), &json!(1))
    );
}
