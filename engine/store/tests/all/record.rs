//! Records of cases.

use std::sync::Arc;

use tongban_store::error::Error;
use tongban_store::query::page::PageRequest;
use tongban_store::query::record::{
    ColumnFilter, ColumnTest, RecordFilter, RecordOrder, get, list, parties,
};
use tongban_store::record_kind::{Column, ColumnType, Condition, RecordKind, UniqueKey};
use tongban_store::row::record::{ColumnValue, Columns, ExpectedVersion, RecordPut};
use tongban_store::unit_of_work::UnitOfWork;

use crate::support::{TestDatabase, commit, context, on_both, tenant};

on_both!(
    a_record_grows_by_one_version_a_change,
    a_stale_writer_is_refused,
    columns_filter_and_find_what_the_command_has_written,
    a_citizen_finds_the_records_he_owns,
    a_unique_key_names_its_holder,
    a_unique_key_changes_hands_within_a_group,
    a_unique_key_holds_under_its_condition_only,
    an_upgrade_adds_columns_and_fills_them,
    a_declaration_that_contradicts_itself_is_refused,
    a_dropped_activation_leaves_no_kind_behind,
    a_record_that_comes_and_goes_can_come_again,
);

pub(crate) fn kind() -> RecordKind {
    let column = |name: &str, column_type| Column {
        name: Arc::from(name),
        column_type,
        indexed: true,
    };
    RecordKind {
        kind: Arc::from("divorce_case"),
        schema_version: 1,
        columns: vec![
            column("caseNo", ColumnType::Text),
            column("state", ColumnType::Text),
            column("acceptedOn", ColumnType::Date),
            column("open", ColumnType::Boolean),
            column("coupleKey", ColumnType::Text),
        ],
        unique_keys: vec![UniqueKey {
            name: Arc::from("one_open_per_couple"),
            columns: vec![Arc::from("coupleKey")],
            when: Some(Condition {
                column: Arc::from("open"),
                equals: Arc::from("true"),
            }),
        }],
    }
}

pub(crate) fn put(id: &str, couple: &str, open: bool) -> RecordPut {
    let mut columns = Columns::new();
    columns.insert(
        Arc::from("caseNo"),
        ColumnValue::Text(Arc::from(format!("L-{id}"))),
    );
    columns.insert(Arc::from("state"), ColumnValue::Text(Arc::from("ACCEPTED")));
    columns.insert(
        Arc::from("acceptedOn"),
        ColumnValue::Date(Arc::from("2026-03-05")),
    );
    columns.insert(Arc::from("open"), ColumnValue::Boolean(open));
    columns.insert(Arc::from("coupleKey"), ColumnValue::Text(Arc::from(couple)));
    RecordPut {
        kind: Arc::from("divorce_case"),
        id: Arc::from(id),
        expected: ExpectedVersion::Any,
        schema_version: 1,
        body: Arc::from(format!("{{\"couple\":\"{couple}\"}}")),
        columns,
        parties: vec![
            Arc::from(format!("{couple}-a")),
            Arc::from(format!("{couple}-b")),
        ],
    }
}

pub(crate) async fn declared(db: &TestDatabase) -> UnitOfWork {
    let mut work = db.begin(100);
    work.declare_record_kind(&kind(), &|_| Columns::new())
        .await
        .unwrap();
    work
}

fn equals(column: &str, value: ColumnValue) -> RecordFilter {
    let test = ColumnTest::Equals(value);
    RecordFilter {
        columns: vec![ColumnFilter {
            column: Arc::from(column),
            test,
        }],
        ..Default::default()
    }
}

async fn found(work: &mut UnitOfWork, filter: &RecordFilter) -> Vec<String> {
    let page = work
        .find_records("divorce_case", filter, &PageRequest::first(100))
        .await
        .unwrap();
    page.into_nodes()
        .iter()
        .map(|it| it.id.to_string())
        .collect()
}

async fn a_record_grows_by_one_version_a_change(db: &TestDatabase) {
    let mut work = declared(db).await;
    assert!(work.record("divorce_case", "1").await.unwrap().is_none());
    assert_eq!(work.put_record(put("1", "x", true)).await.unwrap(), 1);
    assert_eq!(work.put_record(put("1", "x", true)).await.unwrap(), 2);
    commit(work).await;
    let mut work = db.begin(200);
    let mut changed = put("1", "y", true);
    changed.expected = ExpectedVersion::Exactly(2);
    assert_eq!(work.put_record(changed).await.unwrap(), 3);
    commit(work).await;
    let record = get(&db.database, &tenant(), "divorce_case", "1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((record.version, &*record.body), (3, "{\"couple\":\"y\"}"));
    assert_eq!((record.created_at, record.updated_at), (100, 200));
    let owners = parties(&db.database, &tenant(), "divorce_case", "1")
        .await
        .unwrap();
    assert_eq!(owners, [Arc::from("y-a"), Arc::<str>::from("y-b")]);
    let mut work = db.begin(300);
    assert!(
        work.remove_record("divorce_case", "1", ExpectedVersion::Exactly(3))
            .await
            .unwrap()
    );
    assert!(
        !work
            .remove_record("divorce_case", "1", ExpectedVersion::Any)
            .await
            .unwrap()
    );
    commit(work).await;
    assert!(
        get(&db.database, &tenant(), "divorce_case", "1")
            .await
            .unwrap()
            .is_none()
    );
}

async fn a_stale_writer_is_refused(db: &TestDatabase) {
    let mut work = declared(db).await;
    work.put_record(put("1", "x", true)).await.unwrap();
    let mut stale = put("1", "x", true);
    stale.expected = ExpectedVersion::Exactly(4);
    let refused = work.put_record(stale.clone()).await;
    assert!(matches!(
        refused,
        Err(Error::StaleRecord {
            expected: 4,
            found: Some(1),
            ..
        })
    ));
    stale.expected = ExpectedVersion::Absent;
    let refused = work.put_record(stale.clone()).await;
    assert!(matches!(
        refused,
        Err(Error::StaleRecord {
            expected: 0,
            found: Some(1),
            ..
        })
    ));
    stale.id = Arc::from("2");
    stale.expected = ExpectedVersion::Exactly(1);
    let refused = work.put_record(stale).await;
    assert!(matches!(
        refused,
        Err(Error::StaleRecord { found: None, .. })
    ));
}

async fn columns_filter_and_find_what_the_command_has_written(db: &TestDatabase) {
    let mut work = declared(db).await;
    for id in ["1", "2", "3"] {
        work.put_record(put(id, id, true)).await.unwrap();
    }
    work.accept_command().await.unwrap();
    work.begin_command(context(200));
    let mut withdrawn = put("2", "2", false);
    withdrawn.columns.insert(
        Arc::from("state"),
        ColumnValue::Text(Arc::from("WITHDRAWN")),
    );
    work.put_record(withdrawn).await.unwrap();
    let accepted = equals("state", ColumnValue::Text(Arc::from("ACCEPTED")));
    assert_eq!(found(&mut work, &accepted).await, ["1", "3"]);
    assert_eq!(
        work.count_records("divorce_case", &accepted).await.unwrap(),
        2
    );
    work.put_record(put("4", "4", true)).await.unwrap();
    assert_eq!(found(&mut work, &accepted).await, ["1", "3", "4"]);
    work.drop_command().await.unwrap();
    work.begin_command(context(300));
    assert_eq!(
        found(&mut work, &accepted).await,
        ["1", "2", "3"],
        "the dropped command is undone"
    );

    let open = equals("open", ColumnValue::Boolean(false));
    assert_eq!(found(&mut work, &open).await, [""; 0]);
    let dates = |from: Option<&str>, to: Option<&str>| RecordFilter {
        columns: vec![ColumnFilter {
            column: Arc::from("acceptedOn"),
            test: ColumnTest::Between {
                from: from.map(|it| ColumnValue::Date(Arc::from(it))),
                to: to.map(|it| ColumnValue::Date(Arc::from(it))),
            },
        }],
        order: RecordOrder::UpdatedDescending,
        ..Default::default()
    };
    assert_eq!(
        found(&mut work, &dates(Some("2026-03-05"), None)).await,
        ["3", "2", "1"]
    );
    assert_eq!(
        found(&mut work, &dates(None, Some("2026-03-04"))).await,
        [""; 0]
    );
    let one_of = RecordFilter {
        columns: vec![ColumnFilter {
            column: Arc::from("caseNo"),
            test: ColumnTest::In(vec![
                ColumnValue::Text(Arc::from("L-1")),
                ColumnValue::Text(Arc::from("L-9")),
            ]),
        }],
        ..Default::default()
    };
    assert_eq!(found(&mut work, &one_of).await, ["1"]);
    let unknown = equals("nosuch", ColumnValue::Boolean(true));
    let page = PageRequest::first(1);
    let refused = work.find_records("divorce_case", &unknown, &page).await;
    assert!(matches!(refused, Err(Error::UnknownRecordColumn { .. })));
    let refused = work.find_records("nosuch", &one_of, &page).await;
    assert!(matches!(refused, Err(Error::UnknownRecordKind { .. })));
}

async fn a_citizen_finds_the_records_he_owns(db: &TestDatabase) {
    let mut work = declared(db).await;
    work.put_record(put("1", "x", true)).await.unwrap();
    work.put_record(put("2", "y", true)).await.unwrap();
    commit(work).await;
    let owned = RecordFilter {
        party: Some(Arc::from("x-b")),
        ..Default::default()
    };
    let page = PageRequest::first(10);
    let mine = list(&db.database, &tenant(), "divorce_case", &owned, &page)
        .await
        .unwrap();
    let mine: Vec<_> = mine.into_nodes().into_iter().map(|it| it.id).collect();
    assert_eq!(mine, [Arc::<str>::from("1")]);
    let mut work = db.begin(200);
    let mut left = put("1", "x", true);
    left.parties.pop();
    work.put_record(left).await.unwrap();
    commit(work).await;
    let none = list(&db.database, &tenant(), "divorce_case", &owned, &page)
        .await
        .unwrap();
    assert!(none.edges.is_empty());
}

async fn a_unique_key_names_its_holder(db: &TestDatabase) {
    let mut work = declared(db).await;
    work.put_record(put("1", "x", true)).await.unwrap();
    let refused = work.put_record(put("2", "x", true)).await;
    let Err(Error::UniqueKeyTaken { key, holder, .. }) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(
        (key.as_str(), holder.as_str()),
        ("one_open_per_couple", "1")
    );
    commit(work).await;
    let mut work = db.begin(200);
    let refused = work.put_record(put("2", "x", true)).await;
    assert!(
        matches!(refused, Err(Error::UniqueKeyTaken { .. })),
        "also from the database"
    );
    work.put_record(put("1", "y", true)).await.unwrap();
    work.put_record(put("2", "x", true)).await.unwrap();
    commit(work).await;
}

async fn a_unique_key_changes_hands_within_a_group(db: &TestDatabase) {
    let mut work = declared(db).await;
    work.put_record(put("1", "x", true)).await.unwrap();
    work.put_record(put("2", "y", true)).await.unwrap();
    commit(work).await;
    let mut work = db.begin(200);
    work.put_record(put("2", "z", true)).await.unwrap();
    work.put_record(put("1", "y", true)).await.unwrap();
    work.put_record(put("2", "x", true)).await.unwrap();
    commit(work).await;
    let held = equals("coupleKey", ColumnValue::Text(Arc::from("x")));
    let mut work = db.begin(300);
    assert_eq!(found(&mut work, &held).await, ["2"]);
}

async fn a_unique_key_holds_under_its_condition_only(db: &TestDatabase) {
    let mut work = declared(db).await;
    work.put_record(put("1", "x", false)).await.unwrap();
    work.put_record(put("2", "x", false)).await.unwrap();
    work.put_record(put("3", "x", true)).await.unwrap();
    commit(work).await;
}

async fn an_upgrade_adds_columns_and_fills_them(db: &TestDatabase) {
    let mut work = declared(db).await;
    for id in ["1", "2"] {
        work.put_record(put(id, id, true)).await.unwrap();
    }
    commit(work).await;
    let mut upgraded = kind();
    upgraded.schema_version = 2;
    upgraded.columns.push(Column {
        name: Arc::from("nWords"),
        column_type: ColumnType::Integer,
        indexed: true,
    });
    upgraded.unique_keys.push(UniqueKey {
        name: Arc::from("caseNo"),
        columns: vec![Arc::from("caseNo")],
        when: None,
    });
    let mut work = db.begin(200);
    let backfill = |body: &str| {
        let id = body
            .chars()
            .filter(char::is_ascii_digit)
            .collect::<String>();
        let mut columns = put(&id, &id, true).columns;
        columns.insert(
            Arc::from("nWords"),
            ColumnValue::Integer(id.parse().unwrap()),
        );
        columns
    };
    work.declare_record_kind(&upgraded, &backfill)
        .await
        .unwrap();
    commit(work).await;

    let reopened = tongban_store::database::Database::connect(&db.options)
        .await
        .unwrap();
    assert_eq!(reopened.migrate().await.unwrap(), 0);
    let filter = equals("nWords", ColumnValue::Integer(2));
    let page = PageRequest::first(10);
    let rows = list(&reopened, &tenant(), "divorce_case", &filter, &page)
        .await
        .unwrap();
    assert_eq!(rows.edges.len(), 1);
    reopened.close().await.unwrap();

    let mut narrowed = upgraded.clone();
    narrowed.columns[5].column_type = ColumnType::Text;
    let mut work = db.begin(300);
    let refused = work.declare_record_kind(&narrowed, &backfill).await;
    assert!(matches!(refused, Err(Error::BadRecordKind { .. })));
    work.drop_command().await.unwrap();
    work.begin_command(context(400));
    // Going back to the older declaration is harmless: its columns are all there.
    work.declare_record_kind(&kind(), &backfill).await.unwrap();
    work.put_record(put("3", "3", true)).await.unwrap();
    commit(work).await;
}

async fn a_declaration_that_contradicts_itself_is_refused(db: &TestDatabase) {
    let mut unknown_column = kind();
    unknown_column.unique_keys[0].columns[0] = Arc::from("nosuch");
    let mut bad_condition = kind();
    bad_condition.unique_keys[0].when.as_mut().unwrap().equals = Arc::from("perhaps");
    let mut bad_name = kind();
    bad_name.kind = Arc::from("x\"; DROP TABLE staff; --");
    let mut twice = kind();
    twice.columns[1].name = Arc::from("CASENO");
    for declaration in [unknown_column, bad_condition, bad_name, twice] {
        let mut work = db.begin(100);
        let refused = work
            .declare_record_kind(&declaration, &|_| Columns::new())
            .await;
        assert!(
            matches!(refused, Err(Error::BadRecordKind { .. })),
            "{refused:?}"
        );
    }
}

async fn a_dropped_activation_leaves_no_kind_behind(db: &TestDatabase) {
    let mut work = declared(db).await;
    work.put_record(put("1", "x", true)).await.unwrap();
    work.drop_command().await.unwrap();
    work.begin_command(context(200));
    let refused = work.put_record(put("1", "x", true)).await;
    assert!(matches!(refused, Err(Error::UnknownRecordKind { .. })));
    work.drop_command().await.unwrap();
    work.commit().await.unwrap();
    let page = PageRequest::first(1);
    let filter = RecordFilter::default();
    let refused = list(&db.database, &tenant(), "divorce_case", &filter, &page).await;
    assert!(matches!(refused, Err(Error::UnknownRecordKind { .. })));
}

async fn a_record_that_comes_and_goes_can_come_again(db: &TestDatabase) {
    let mut work = declared(db).await;
    work.put_record(put("1", "x", true)).await.unwrap();
    commit(work).await;
    let mut work = db.begin(200);
    work.remove_record("divorce_case", "1", ExpectedVersion::Any)
        .await
        .unwrap();
    assert_eq!(work.put_record(put("1", "y", true)).await.unwrap(), 1);
    commit(work).await;
    let owners = parties(&db.database, &tenant(), "divorce_case", "1")
        .await
        .unwrap();
    assert_eq!(owners[0], Arc::from("y-a"));
    let owned = RecordFilter {
        party: Some(Arc::from("x-a")),
        ..Default::default()
    };
    let page = PageRequest::first(10);
    let gone = list(&db.database, &tenant(), "divorce_case", &owned, &page)
        .await
        .unwrap();
    assert!(gone.edges.is_empty());
}
