//! The file layer that loses what was not flushed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use tongban_store::database::{Database, Options, Synchronous};
use tongban_store::dialect::sqlite_fault;
use tongban_store::query::audit_entry::{AuditEntryFilter, list};
use tongban_store::query::page::PageRequest;
use tongban_store::row::audit_entry::NewAuditEntry;

use crate::support::{commit, context, tenant};

const FILE: &str = "TONGBAN_FAULT_FILE";
const SYNCHRONOUS: &str = "TONGBAN_FAULT_SYNCHRONOUS";
const N_COMMITS: usize = 20;

fn options(file: &Path) -> Options {
    Options::new(&format!("sqlite:{}", file.display()))
}

async fn note(database: &Database) {
    let mut work = database.unit_of_work();
    work.begin_command(context(100));
    let entry = NewAuditEntry {
        action: Arc::from("Note"),
        subject_kind: Arc::from("test"),
        subject_id: Arc::from("1"),
        // More than a page, so that the log grows and is read in parts.
        detail: Some(Arc::from("x".repeat(6000))),
    };
    work.note_audit(entry).await.unwrap();
    commit(work).await;
}

async fn n_notes(database: &Database) -> usize {
    let filter = AuditEntryFilter::default();
    let page = PageRequest::first(1000);
    list(database, &tenant(), &filter, &page)
        .await
        .unwrap()
        .edges
        .len()
}

/// Run by the cases below in a process of its own, which they kill.
#[tokio::test]
async fn child() {
    let Some(file) = std::env::var_os(FILE) else {
        return;
    };
    let mut options = options(Path::new(&file));
    options.sqlite.vfs = Some(sqlite_fault::NAME.to_owned());
    options.sqlite.synchronous = match std::env::var(SYNCHRONOUS).unwrap().as_str() {
        "full" => Synchronous::Full,
        _ => Synchronous::Off,
    };
    let database = Database::connect(&options).await.unwrap();
    for _ in 0..N_COMMITS {
        note(&database).await;
    }
    println!(
        "seen {} of it, flushed {}",
        n_notes(&database).await,
        sqlite_fault::flush_count()
    );
    std::thread::sleep(std::time::Duration::from_secs(600));
}

/// Writes under the layer, kills, and says what the process saw, what is left, and the flushes.
async fn killed(synchronous: &str) -> (String, usize, u64) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("fault.db");
    let database = Database::connect(&options(&file)).await.unwrap();
    database.migrate().await.unwrap();
    note(&database).await;
    database.close().await.unwrap();

    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "fault::child", "--nocapture"])
        .env(FILE, &file)
        .env(SYNCHRONOUS, synchronous)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let said = output
        .lines()
        .map(Result::unwrap)
        .find(|it| it.contains("seen "))
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();

    let counter = format!("{}{}", file.display(), sqlite_fault::FLUSH_COUNT_SUFFIX);
    let n_flushes = std::fs::read_to_string(counter).unwrap_or_default();
    let database = Database::connect(&options(&file)).await.unwrap();
    let n_left = n_notes(&database).await;
    note(&database).await;
    assert_eq!(
        n_notes(&database).await,
        n_left + 1,
        "the file can be written again"
    );
    database.close().await.unwrap();
    (said, n_left, n_flushes.trim().parse().unwrap_or(0))
}

#[tokio::test]
async fn what_was_flushed_survives_a_kill() {
    let (said, n_left, n_flushes) = killed("full").await;
    assert!(said.contains(&format!("seen {}", N_COMMITS + 1)), "{said}");
    assert_eq!(
        n_left,
        N_COMMITS + 1,
        "every commit was flushed before it was acknowledged"
    );
    assert!(n_flushes >= N_COMMITS as u64, "{n_flushes} flushes");
}

#[tokio::test]
async fn what_was_not_flushed_is_lost_and_nothing_is_damaged() {
    let (said, n_left, n_flushes) = killed("off").await;
    assert!(said.contains(&format!("seen {}", N_COMMITS + 1)), "{said}");
    assert_eq!(n_left, 1, "only what was there before is left");
    assert_eq!(n_flushes, 0);
}

#[tokio::test]
async fn an_orderly_end_under_the_layer_leaves_a_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("fault.db");
    let mut under = options(&file);
    under.sqlite.vfs = Some(sqlite_fault::NAME.to_owned());
    let database = Database::connect(&under).await.unwrap();
    database.migrate().await.unwrap();
    for _ in 0..N_COMMITS {
        note(&database).await;
    }
    database.checkpoint().await.unwrap();
    for _ in 0..N_COMMITS {
        note(&database).await;
    }
    database.close().await.unwrap();
    let database = Database::connect(&options(&file)).await.unwrap();
    assert_eq!(n_notes(&database).await, 2 * N_COMMITS);
    database.close().await.unwrap();
}
