//! The README's tour is what a server answers today.

use tongban_tests_support::database::Kind;

/// A line as it is compared. The README was walked on SQLite; on PostgreSQL instances have other numbers, so that what
/// looks like the id of a task is any id.
fn comparable(line: &str) -> String {
    const TASK: &str = "\"VXNlclRhc2s6";
    if Kind::of_run().unwrap() == Kind::Sqlite {
        return line.to_owned();
    }
    let mut parts = line.split(TASK);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.split_once('"').map_or("", |(_, rest)| rest);
        text.push_str("\"(id of a task)\"");
        text.push_str(rest);
    }
    text
}

#[tokio::test]
async fn the_readme_shows_what_the_server_answers() {
    let readme = std::fs::read_to_string(tongban_tests_e2e::tour::readme()).unwrap();
    let shown = tongban_tests_e2e::tour::section(&readme)
        .unwrap()
        .to_owned();
    let walked = tongban_tests_e2e::tour::walk().await.unwrap();
    for (shown, walked) in shown.lines().zip(walked.lines()) {
        assert_eq!(
            comparable(shown),
            comparable(walked),
            "bless with: cargo run --release -p tongban-tests-e2e --bin tour -- --bless"
        );
    }
    assert_eq!(shown.lines().count(), walked.lines().count());
}
