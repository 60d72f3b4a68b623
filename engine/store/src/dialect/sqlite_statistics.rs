//! What SQLite's planner is told about the sizes of tables.
//!
//! Without statistics it takes every first column of an index for a good one, although ours is the tenant, which a county
//! has one of: of two indexes it may choose the one that leads through all open tasks. Statistics of real data would come
//! too late, since a database is empty when its plans are made first, and would make the plans of two counties differ.
//! So it is told, once for all, of a large county; see <https://www.sqlite.org/fileformat2.html#stat1tab>.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Statement, Value};

/// Rows of a table, as it is assumed.
const ROWS: u64 = 1_000_000;
/// The part of them that is in an index with a condition: what is still open.
const OPEN_SHARE: u64 = 10;
/// Values of a column that says of what sort something is.
const SORTS: u64 = 20;
/// Values of a column that tells things apart, such as an id, a person or an instant.
const THINGS: u64 = 100_000;
/// How the name of a column of the first kind ends.
const ENDS_OF_SORTS: [&str; 10] = [
    "state",
    "status",
    "phase",
    "kind",
    "type",
    "code",
    "key",
    "channel",
    "element_id",
    "definition_id",
];

/// An index of the database, column by column.
#[derive(Debug, FromQueryResult)]
struct Part {
    table_name: String,
    index_name: String,
    is_unique: bool,
    is_partial: bool,
    column_name: String,
    column_type: String,
}

const PARTS: &str = r#"SELECT m.name AS table_name,
    CASE WHEN il.origin = 'pk' AND m.sql LIKE '%WITHOUT ROWID%' THEN m.name ELSE il.name END AS index_name,
    il."unique" AS is_unique, il.partial AS is_partial, ii.name AS column_name, lower(ti.type) AS column_type
FROM sqlite_master AS m
JOIN pragma_index_list(m.name) AS il
JOIN pragma_index_info(il.name) AS ii
JOIN pragma_table_info(m.name) AS ti ON ti.cid = ii.cid
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND (?1 IS NULL OR m.name IN (?1, 'meta'))
ORDER BY m.name, il.name, ii.seqno"#;

/// Tells of every index of a table, or of all tables that are there now. Whoever makes a table calls it in the same
/// transaction, so that other connections read it together with the new schema.
pub(crate) async fn assume<C: ConnectionTrait>(db: &C, table: Option<&str>) -> Result<(), DbErr> {
    let statement = |text: &str, values: Vec<Value>| {
        Statement::from_sql_and_values(DbBackend::Sqlite, text, values)
    };
    let parts = Part::find_by_statement(statement(PARTS, vec![table.into()]));
    let parts = parts.all(db).await?;
    // Makes the table of statistics if it is not there; what it says of this small table itself is put right below.
    db.execute_unprepared("ANALYZE \"meta\"").await?;
    let delete = "DELETE FROM sqlite_stat1 WHERE ?1 IS NULL OR tbl IN (?1, 'meta')";
    db.execute_raw(statement(delete, vec![table.into()]))
        .await?;
    for index in parts.chunk_by(|one, next| one.index_name == next.index_name) {
        let values = [&index[0].table_name, &index[0].index_name, &numbers(index)];
        let insert = "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)";
        let values = values.map(|it| it.as_str().into()).into();
        db.execute_raw(statement(insert, values)).await?;
    }
    // This connection takes them over at once.
    db.execute_unprepared("ANALYZE sqlite_schema").await?;
    Ok(())
}

/// Rows of the index, and how many of them share their first column, their first two, and so on.
fn numbers(index: &[Part]) -> String {
    let rows = if index[0].is_partial {
        ROWS / OPEN_SHARE
    } else {
        ROWS
    };
    let mut text = rows.to_string();
    let mut left = rows;
    for (position, part) in index.iter().enumerate() {
        left = (left / values_of(&part.column_name, &part.column_type)).max(1);
        if part.is_unique && position + 1 == index.len() {
            left = 1;
        }
        text.push(' ');
        text.push_str(&left.to_string());
    }
    text
}

/// How many different values a column has.
fn values_of(column: &str, column_type: &str) -> u64 {
    let name = column.to_ascii_lowercase();
    let is_sort = ENDS_OF_SORTS.iter().any(|it| name.ends_with(it));
    match column_type {
        _ if name == "tenant_id" => 1,
        "boolean" => 2,
        "smallint" => SORTS,
        _ if is_sort => SORTS,
        _ => THINGS,
    }
}

#[cfg(test)]
mod tests {
    use crate::database::{Database, Options};

    use super::*;

    async fn empty() -> (Database, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("plan.sqlite").display());
        let database = Database::connect(&Options::new(&url)).await.unwrap();
        database.migrate().await.unwrap();
        (database, folder)
    }

    async fn all(database: &Database) -> Vec<[String; 3]> {
        let text = "SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY tbl, idx";
        let statement = Statement::from_string(DbBackend::Sqlite, text);
        let rows = database.readers().0.query_all_raw(statement).await.unwrap();
        let texts = rows
            .iter()
            .map(|it| ["tbl", "idx", "stat"].map(|name| it.try_get("", name).unwrap()));
        texts.collect()
    }

    #[tokio::test]
    async fn telling_of_one_table_again_leaves_all_as_they_were() {
        let (database, _folder) = empty().await;
        let before = all(&database).await;
        assert!(before.iter().any(|it| it[0] == "user_task"));
        assert!(before.iter().any(|it| it[0] == "process_instance"));
        let step = database.begin().await.unwrap();
        assume(&step, Some("user_task")).await.unwrap();
        step.commit().await.unwrap();
        assert_eq!(all(&database).await, before);
    }

    /// The index by which the planner goes, in an empty database.
    async fn index_of(query: &str) -> String {
        let (database, _folder) = empty().await;
        let text = format!("EXPLAIN QUERY PLAN {query}");
        let statement = Statement::from_string(DbBackend::Sqlite, text);
        let rows = database.readers().0.query_all_raw(statement).await.unwrap();
        rows[0].try_get("", "detail").unwrap()
    }

    #[tokio::test]
    async fn a_list_goes_by_the_index_that_leads_to_the_fewest_rows() {
        let ordered = "ORDER BY created_at, process_instance_id, id LIMIT 6";
        for (condition, index) in [
            (
                "state IN (0) AND process_instance_id = 5",
                "PRIMARY KEY (tenant_id=? AND process_instance_id=?)",
            ),
            (
                "state IN (0) AND record_kind = 'k' AND record_id IN ('1')",
                "ix_user_task_record_kind_record_id",
            ),
            ("state IN (0)", "ix_user_task_state_created_at"),
            (
                "state IN (0) AND assignee = 'a'",
                "ix_user_task_assignee_state_created_at",
            ),
        ] {
            let query =
                format!("SELECT * FROM user_task WHERE tenant_id = 't' AND {condition} {ordered}");
            let found = index_of(&query).await;
            assert!(found.contains(index), "{condition}: {found}");
        }
    }

    #[test]
    fn numbers_fall_with_every_column_and_end_at_one_where_they_are_unique() {
        let part = |is_unique, column_name: &str, column_type: &str| Part {
            table_name: "t".to_owned(),
            index_name: "i".to_owned(),
            is_unique,
            is_partial: false,
            column_name: column_name.to_owned(),
            column_type: column_type.to_owned(),
        };
        let columns = [("tenant_id", "text"), ("c_state", "text"), ("id", "text")];
        let index = |is_unique| columns.map(|(name, of)| part(is_unique, name, of));
        assert_eq!(numbers(&index(false)), "1000000 1000000 50000 1");
        assert_eq!(numbers(&index(true)[..2]), "1000000 1000000 1");
    }
}
