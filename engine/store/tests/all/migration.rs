//! The schema.

use sea_orm::ConnectionTrait as _;
use tongban_store::database::Database;
use tongban_store::error::Error;
use tongban_store::query::configuration;

use crate::support::{TestDatabase, on_both, tenant};

on_both!(
    a_second_migration_finds_nothing_to_do,
    a_database_of_another_form_of_a_step_is_refused,
    a_database_from_before_fingerprints_is_refused,
    an_old_schema_is_named_in_the_error
);

async fn a_second_migration_finds_nothing_to_do(db: &TestDatabase) {
    assert_eq!(db.database.migrate().await.unwrap(), 0);
    assert!(
        configuration::staff(&db.database, &tenant())
            .await
            .unwrap()
            .is_empty()
    );
}

async fn change(db: &TestDatabase, statement: &str) {
    let other = sea_orm::Database::connect(&db.options.url).await.unwrap();
    other.execute_unprepared(statement).await.unwrap();
    other.close().await.unwrap();
}

async fn is_refused(db: &TestDatabase, expected: &str) {
    let refused = db.database.migrate().await.unwrap_err();
    assert!(
        refused.to_string().starts_with("SCHEMA_FOREIGN: "),
        "{refused}"
    );
    let Error::ForeignSchema { step } = refused else {
        panic!("{refused}")
    };
    assert_eq!(step, expected);
}

async fn a_database_of_another_form_of_a_step_is_refused(db: &TestDatabase) {
    let step = "m20261122_000004_create_wait";
    let edit = format!("UPDATE schema_step SET fingerprint = 'x' WHERE name = '{step}'");
    change(db, &edit).await;
    is_refused(db, step).await;
}

async fn a_database_from_before_fingerprints_is_refused(db: &TestDatabase) {
    change(db, "DROP TABLE schema_step").await;
    is_refused(db, "m20261122_000001_create_configuration").await;
}

async fn an_old_schema_is_named_in_the_error(db: &TestDatabase) {
    // What a server does that forgets to migrate a new database.
    let mut options = db.options.clone();
    options.url = match options.url.strip_suffix("test.db") {
        Some(folder) => format!("{folder}other.db"),
        None => return,
    };
    let database = Database::connect(&options).await.unwrap();
    let failed = configuration::tenants(&database).await;
    let Err(Error::Database { action, .. }) = failed else {
        panic!("{failed:?}")
    };
    assert_eq!(action, "read tenants");
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_named_without_its_password() {
    let url = "postgres://tongban:geheim@localhost/none?host=/nonexistent";
    let mut options = tongban_store::database::Options::new(url);
    options.writers_max = 1;
    let error = Database::connect(&options).await.unwrap_err();
    let text = format!("{error}");
    assert!(text.contains("postgres://tongban@localhost/none"), "{text}");
    assert!(!text.contains("geheim"), "{text}");
}
