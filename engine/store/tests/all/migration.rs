//! The schema.

use tongban_store::database::Database;
use tongban_store::error::Error;
use tongban_store::query::configuration;

use crate::support::{TestDatabase, on_both, tenant};

on_both!(
    a_second_migration_finds_nothing_to_do,
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
