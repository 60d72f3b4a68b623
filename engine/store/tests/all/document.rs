//! Documents: whose they are, whom they are for, issued once, gone with their record.

use tongban_store::query::document;
use tongban_store::query::page::PageRequest;
use tongban_store::row::document::{Document, DocumentFormat};

use crate::support::{TestDatabase, commit, on_both, tenant};

on_both!(
    a_document_is_read_as_it_was_issued,
    a_record_shows_its_documents_by_key_and_recipient_the_latest_first,
    a_dedupe_key_is_known_within_the_group_and_afterwards,
    documents_go_with_their_record,
);

fn issued(id: i64, record: &str) -> Document {
    Document {
        id,
        key: "receipt".into(),
        template_digest: "ab".repeat(32).into(),
        format: DocumentFormat::Pdf,
        title: "收件回执".into(),
        record: ("errand".into(), record.into()),
        recipient: None,
        data: "{\"name\":\"张三\"}".into(),
        sha256: "cd".repeat(32).into(),
        dedupe_key: None,
        issued_at: 100 + id,
        issued_by: "clerk".into(),
    }
}

async fn listed(db: &TestDatabase, record: &str, keys: &[&str], person: Option<&str>) -> Vec<i64> {
    let keys: Vec<String> = keys.iter().map(|it| (*it).to_owned()).collect();
    let (record, which) = (("errand", record), (keys.as_slice(), person));
    let mut request = PageRequest::first(2);
    let mut seen = Vec::new();
    loop {
        let page = document::list(&db.database, &tenant(), record, which, &request).await;
        let page = page.unwrap();
        request.after = page.edges.last().map(|it| it.cursor.clone());
        let has_next_page = page.has_next_page;
        seen.extend(page.into_nodes().iter().map(|it| it.id));
        if !has_next_page {
            return seen;
        }
    }
}

async fn a_document_is_read_as_it_was_issued(db: &TestDatabase) {
    let whole = Document {
        format: DocumentFormat::Xlsx,
        recipient: Some("m3".into()),
        dedupe_key: Some("receipt|errand|e-1|once".into()),
        ..issued(1, "e-1")
    };
    let mut work = db.begin(100);
    work.put_new_document(&whole);
    commit(work).await;
    let found = document::get(&db.database, &tenant(), 1).await.unwrap();
    assert_eq!(found, Some(whole));
    let found = document::get(&db.database, &tenant(), 2).await.unwrap();
    assert_eq!(found, None);
}

async fn a_record_shows_its_documents_by_key_and_recipient_the_latest_first(db: &TestDatabase) {
    let mut work = db.begin(100);
    for id in 1..=3 {
        work.put_new_document(&issued(id, "e-1"));
    }
    let own = Document {
        recipient: Some("m3".into()),
        ..issued(4, "e-1")
    };
    work.put_new_document(&own);
    let table = Document {
        key: "table".into(),
        ..issued(5, "e-1")
    };
    work.put_new_document(&table);
    work.put_new_document(&issued(6, "e-2"));
    commit(work).await;
    let both = ["receipt", "table"];
    assert_eq!(listed(db, "e-1", &both, None).await, [5, 4, 3, 2, 1]);
    assert_eq!(
        listed(db, "e-1", &["receipt"], Some("m3")).await,
        [4, 3, 2, 1]
    );
    assert_eq!(listed(db, "e-1", &["receipt"], Some("f3")).await, [3, 2, 1]);
    assert_eq!(listed(db, "e-1", &[], None).await, Vec::<i64>::new());
}

async fn a_dedupe_key_is_known_within_the_group_and_afterwards(db: &TestDatabase) {
    let key = "receipt|errand|e-1|once";
    let once = Document {
        dedupe_key: Some(key.into()),
        ..issued(1, "e-1")
    };
    let mut work = db.begin(100);
    assert!(!work.is_document_issued(key).await.unwrap());
    work.put_new_document(&once);
    assert!(work.is_document_issued(key).await.unwrap());
    work.put_new_document(&issued(2, "e-1"));
    work.put_new_document(&issued(3, "e-1"));
    commit(work).await;
    let mut work = db.begin(200);
    assert!(work.is_document_issued(key).await.unwrap());
    assert!(
        !work
            .is_document_issued("receipt|errand|e-2|once")
            .await
            .unwrap()
    );
}

async fn documents_go_with_their_record(db: &TestDatabase) {
    let mut work = db.begin(100);
    work.put_new_document(&issued(1, "e-1"));
    work.put_new_document(&issued(2, "e-2"));
    commit(work).await;
    let mut work = db.begin(200);
    // One that the database does not know yet goes as well.
    work.put_new_document(&issued(3, "e-1"));
    work.remove_documents("errand", "e-1").await.unwrap();
    commit(work).await;
    assert_eq!(
        listed(db, "e-1", &["receipt"], None).await,
        Vec::<i64>::new()
    );
    assert_eq!(listed(db, "e-2", &["receipt"], None).await, [2]);
}
