//! Configuration items and what was done to them.

use std::sync::Arc;

use tongban_store::query::configuration_item::{self as query, ItemFilter};
use tongban_store::query::page::PageRequest;
use tongban_store::query::wait::Share;
use tongban_store::row::configuration_item::{
    ConfigurationEvent, ConfigurationItem, DueItem, ItemAction, ItemState,
};

use crate::support::{TestDatabase, commit, on_both, tenant};

on_both!(
    an_item_is_read_back_as_it_was_stored,
    approved_items_are_due_on_their_day,
    what_was_done_to_an_item_stays_in_order,
);

fn item(id: i64, kind: &str, state: ItemState, due_at: Option<i64>) -> ConfigurationItem {
    ConfigurationItem {
        id,
        kind: Arc::from(kind),
        key: Arc::from("fee"),
        plugin: Some(Arc::from("marriage")),
        state,
        version: 1,
        ends: false,
        digest: Some(Arc::from("d1")),
        effective_from: Some(Arc::from("2026-07-01")),
        due_at,
        original_digest: Some(Arc::from("d0")),
        findings: Arc::from("[]"),
        note: Arc::from("新收费标准"),
        created_at: 100,
        created_by: Arc::from("a"),
        updated_at: 100,
        updated_by: Arc::from("a"),
        approved_at: due_at.map(|_| 200),
        approved_by: due_at.map(|_| Arc::from("b")),
        activated_at: None,
    }
}

async fn an_item_is_read_back_as_it_was_stored(db: &TestDatabase) {
    let items = [
        item(1, "decision", ItemState::Active, None),
        item(2, "decision", ItemState::Draft, None),
        item(3, "form", ItemState::Failed, None),
    ];
    let mut work = db.begin(100);
    for one in &items {
        work.put_configuration_item(one).await.unwrap();
    }
    let changed = ConfigurationItem {
        version: 2,
        digest: None,
        ends: true,
        ..items[1].clone()
    };
    work.put_configuration_item(&changed).await.unwrap();
    let found = work.configuration_item(2).await.unwrap();
    assert_eq!(found.as_ref(), Some(&changed));
    let filter = ItemFilter {
        kind: Some(Arc::from("decision")),
        key: Some(Arc::from("fee")),
        plugin: Some(Arc::from("marriage")),
        states: vec![ItemState::Active, ItemState::Approved],
    };
    let found = work.configuration_items(&filter).await.unwrap();
    assert_eq!(found, [items[0].clone()]);
    commit(work).await;

    let get = query::get(&db.database, &tenant(), 3).await.unwrap();
    assert_eq!(get.as_ref(), Some(&items[2]));
    let all = ItemFilter::default();
    let page = query::list(&db.database, &tenant(), &all, &PageRequest::first(2)).await;
    let page = page.unwrap();
    assert!(page.has_next_page);
    let after = page.edges[1].cursor.clone();
    let ids: Vec<i64> = page.into_nodes().iter().map(|it| it.id).collect();
    assert_eq!(ids, [3, 2]);
    let request = PageRequest {
        first: 2,
        after: Some(after),
    };
    let page = query::list(&db.database, &tenant(), &all, &request).await;
    assert_eq!(page.unwrap().into_nodes(), [items[0].clone()]);
}

async fn approved_items_are_due_on_their_day(db: &TestDatabase) {
    let mut work = db.begin(100);
    for one in [
        item(1, "form", ItemState::Approved, Some(900)),
        item(2, "form", ItemState::Approved, Some(500)),
        item(3, "form", ItemState::Draft, None),
    ] {
        work.put_configuration_item(&one).await.unwrap();
    }
    commit(work).await;
    let due = |id, due_at| DueItem {
        tenant: tenant(),
        id,
        due_at,
    };
    for (at, expected) in [
        (499, vec![]),
        (500, vec![due(2, 500)]),
        (1000, vec![due(2, 500), due(1, 900)]),
    ] {
        assert_eq!(
            query::due(&db.database, &Share::Whole, at, 10)
                .await
                .unwrap(),
            expected
        );
    }
    assert_eq!(
        query::due(&db.database, &Share::Whole, 1000, 1)
            .await
            .unwrap()
            .len(),
        1
    );
}

async fn what_was_done_to_an_item_stays_in_order(db: &TestDatabase) {
    let event = |sequence, action, detail: Option<&str>| ConfigurationEvent {
        item: 1,
        sequence,
        at: 100 * sequence,
        principal: Arc::from("a"),
        action,
        version: sequence,
        digest: Some(Arc::from("d1")),
        detail: detail.map(Arc::from),
    };
    let done = [
        event(1, ItemAction::Saved, None),
        event(2, ItemAction::Rejected, Some("缺依据")),
        event(3, ItemAction::Withdrawn, None),
    ];
    let mut work = db.begin(100);
    for one in &done {
        // Whatever place is asked for, the next one is given.
        let one = ConfigurationEvent {
            sequence: 0,
            ..one.clone()
        };
        work.add_configuration_event(&one).await.unwrap();
    }
    assert_eq!(work.configuration_events(1).await.unwrap(), done);
    assert!(work.configuration_events(2).await.unwrap().is_empty());
    commit(work).await;
    let found = query::events(&db.database, &tenant(), 1).await.unwrap();
    assert_eq!(found, done);
}
