//! Gapless numbers and unique ids.

use crate::support::{TestDatabase, commit, context, on_both, tenant};
use tongban_store::query::number_series;
use tongban_store::query::page::PageRequest;

on_both!(
    numbers_have_no_gaps_though_commands_are_dropped,
    numbers_of_a_group_that_is_rolled_back_are_given_again,
    series_and_tenants_count_for_themselves,
    ids_are_never_given_twice,
);

const SERIES: &str = "divorce_certificate/150627/2026";

async fn numbers_have_no_gaps_though_commands_are_dropped(db: &TestDatabase) {
    let mut expected = 1;
    for round in 0..3 {
        let mut work = db.database.unit_of_work();
        for command in 0..10 {
            work.begin_command(context(100));
            assert_eq!(work.allocate_number(SERIES).await.unwrap(), expected);
            assert_eq!(work.allocate_number(SERIES).await.unwrap(), expected + 1);
            if (command + round) % 3 == 0 {
                work.drop_command().await.unwrap();
            } else {
                work.accept_command().await.unwrap();
                expected += 2;
            }
        }
        work.commit().await.unwrap();
    }
    let page = PageRequest::first(10);
    let series = number_series::list(&db.database, &tenant(), &page)
        .await
        .unwrap()
        .into_nodes();
    assert_eq!((series.len(), series[0].next_number), (1, expected));
}

async fn numbers_of_a_group_that_is_rolled_back_are_given_again(db: &TestDatabase) {
    let mut work = db.begin(100);
    assert_eq!(work.allocate_number(SERIES).await.unwrap(), 1);
    work.accept_command().await.unwrap();
    work.rollback().await.unwrap();
    let mut work = db.begin(100);
    assert_eq!(work.allocate_number(SERIES).await.unwrap(), 1);
    commit(work).await;
}

async fn series_and_tenants_count_for_themselves(db: &TestDatabase) {
    let mut work = db.begin(100);
    assert_eq!(work.allocate_number("a").await.unwrap(), 1);
    assert_eq!(work.allocate_number("b").await.unwrap(), 1);
    work.accept_command().await.unwrap();
    let mut other = context(100);
    other.tenant = "150628".into();
    work.begin_command(other);
    assert_eq!(work.allocate_number("a").await.unwrap(), 1);
    commit(work).await;
}

async fn ids_are_never_given_twice(db: &TestDatabase) {
    let mut seen = std::collections::BTreeSet::new();
    for round in 0..4 {
        let mut work = db.begin(100);
        for _ in 0..3000 {
            let id = work.next_id().await.unwrap();
            assert!(id > 0);
            if round % 2 == 0 {
                assert!(seen.insert(id), "{id} was given before");
            }
        }
        if round % 2 == 0 {
            commit(work).await;
        } else {
            // What a rolled back unit of work was given does not count: nothing of it is stored.
            work.rollback().await.unwrap();
        }
    }
}
