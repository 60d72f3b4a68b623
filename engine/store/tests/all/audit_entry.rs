//! The audit trail.

use std::sync::Arc;

use tongban_store::query::audit_entry::{AuditEntryFilter, list};
use tongban_store::query::page::PageRequest;
use tongban_store::row::audit_entry::NewAuditEntry;

use crate::support::{TestDatabase, context, on_both, tenant};

on_both!(the_trail_tells_of_accepted_commands_only);

async fn the_trail_tells_of_accepted_commands_only(db: &TestDatabase) {
    let mut work = db.database.unit_of_work();
    for (id, accepted) in [("1", true), ("2", false), ("3", true)] {
        work.begin_command(context(100));
        let entry = NewAuditEntry {
            action: Arc::from("CompleteUserTask"),
            subject_kind: Arc::from("divorce_case"),
            subject_id: Arc::from(id),
            detail: None,
        };
        work.note_audit(entry).await.unwrap();
        match accepted {
            true => work.accept_command().await.unwrap(),
            false => work.drop_command().await.unwrap(),
        }
    }
    work.commit().await.unwrap();
    let all = AuditEntryFilter::default();
    let page = list(&db.database, &tenant(), &all, &PageRequest::first(10))
        .await
        .unwrap();
    let subjects: Vec<_> = page
        .into_nodes()
        .into_iter()
        .map(|it| it.subject_id)
        .collect();
    assert_eq!(subjects, [Arc::from("3"), Arc::<str>::from("1")]);
    let one = AuditEntryFilter {
        subject_id: Some(Arc::from("1")),
        ..Default::default()
    };
    let page = list(&db.database, &tenant(), &one, &PageRequest::first(10))
        .await
        .unwrap();
    assert_eq!(page.edges.len(), 1);
}
