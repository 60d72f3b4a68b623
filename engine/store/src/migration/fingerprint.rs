//! By which steps a database was made: each leaves a fingerprint of its file.
//!
//! A step is never edited after its release. A database that was made by another form of one looks
//! up to date and is not: it is refused when it is opened, instead of failing at some statement.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, FromQueryResult, Statement};
use sea_orm_migration::{Migration, MigratorTrait, SchemaManager};

use super::{FILES, Migrator};

const CREATE: &str = "CREATE TABLE IF NOT EXISTS schema_step (
  name TEXT NOT NULL PRIMARY KEY,
  fingerprint TEXT NOT NULL
)";

#[derive(FromQueryResult)]
struct Row {
    name: String,
    fingerprint: String,
}

/// The first applied step that is not the one of this build; nothing if all are.
pub(crate) async fn foreign_step(db: &DatabaseConnection) -> Result<Option<String>, DbErr> {
    let applied = Migrator::get_applied_migrations(db).await?;
    if applied.is_empty() {
        return Ok(None);
    }
    let stored = stored(db).await?;
    let is_same = |name: &str| stored.get(name).is_some_and(|it| *it == of_step(name));
    let foreign = applied.iter().find(|it| !is_same(it.name()));
    Ok(foreign.map(|it| it.name().to_owned()))
}

/// Notes the fingerprints of steps that are about to be applied. Before, not after: a stop in between
/// leaves no step without one.
pub(crate) async fn note(db: &DatabaseConnection, steps: &[Migration]) -> Result<(), DbErr> {
    db.execute_unprepared(CREATE).await?;
    let backend = db.get_database_backend();
    for step in steps {
        let name = step.name();
        let values = [name.into(), of_step(name).into()];
        let insert = "INSERT INTO schema_step (name, fingerprint) VALUES ($1, $2) \
                      ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint";
        let insert = Statement::from_sql_and_values(backend, insert, values);
        db.execute_raw(insert).await?;
    }
    Ok(())
}

/// What is stored; nothing if the database was made before fingerprints were kept.
async fn stored(db: &DatabaseConnection) -> Result<BTreeMap<String, String>, DbErr> {
    let manager = SchemaManager::new(db);
    if !manager.has_table("schema_step").await? {
        return Ok(BTreeMap::new());
    }
    let select = "SELECT name, fingerprint FROM schema_step";
    let select = Statement::from_string(db.get_database_backend(), select);
    let rows = Row::find_by_statement(select).all(db).await?;
    Ok(rows
        .into_iter()
        .map(|it| (it.name, it.fingerprint))
        .collect())
}

fn of_step(name: &str) -> String {
    let file = FILES.iter().find(|(step, _)| *step == name);
    file.map(|(_, text)| fingerprint(text)).unwrap_or_default()
}

/// FNV-1a over the text, comments and white space aside: they create nothing.
fn fingerprint(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let code = lines.filter(|it| !it.starts_with("//"));
    let bytes = code
        .flat_map(str::bytes)
        .filter(|it| !it.is_ascii_whitespace());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_no_change_and_a_column_is_one() {
        let step = fingerprint("const A: &[Column] = &[(\"id\", BigInt)];");
        let told = fingerprint("// Why.\nconst A: &[Column] =\n    &[(\"id\", BigInt)];\n");
        let other = fingerprint("const A: &[Column] = &[(\"id\", Text)];");
        assert_eq!(step, told);
        assert_ne!(step, other);
    }

    #[test]
    fn every_step_has_its_file_under_its_name() {
        let steps = Migrator::migrations();
        let names: Vec<String> = steps.iter().map(|it| it.name().to_owned()).collect();
        let files: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, files);
    }
}
