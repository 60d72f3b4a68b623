//! The README's tour is what a server answers today.

#[tokio::test]
async fn the_readme_shows_what_the_server_answers() {
    let readme = std::fs::read_to_string(tongban_tests_e2e::tour::readme()).unwrap();
    let shown = tongban_tests_e2e::tour::section(&readme)
        .unwrap()
        .to_owned();
    let walked = tongban_tests_e2e::tour::walk().await.unwrap();
    assert_eq!(
        tongban_tests_e2e::tour::first_difference(&shown, &walked),
        None,
        "bless with: cargo run --release -p tongban-tests-e2e --bin tour -- --bless"
    );
}
