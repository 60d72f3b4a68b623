//! The scenarios of the domains, each on a server and a database of its own, of the run's kind.

use tongban_tests_e2e::scenario;

async fn pass(domain: &str, id: &str) {
    let script = scenario::script(domain, id).unwrap().unwrap();
    if let Err(error) = scenario::run(&script).await {
        panic!("{error:#}");
    }
}

macro_rules! scenarios {
    ($domain:literal: $($name:ident = $id:literal),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $name() {
                pass($domain, $id).await;
            }
        )*
    };
}

scenarios!("marriage-registration":
    scenario_t27 = "T27",
    scenario_t28 = "T28",
    scenario_t29 = "T29",
    scenario_t30 = "T30",
    scenario_t31 = "T31",
    scenario_t32 = "T32",
    scenario_t33 = "T33",
    scenario_t34 = "T34",
);

#[test]
fn every_script_is_listed_and_tested() {
    let folder = tongban_tests_support::paths::repository().join("tests/e2e/scenarios");
    let tests = include_str!("scenario.rs");
    for domain in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
        if !domain.path().is_dir() {
            continue;
        }
        let name = domain.file_name().into_string().unwrap();
        let ids = scenario::ids(&name).unwrap();
        for file in std::fs::read_dir(domain.path())
            .unwrap()
            .map(Result::unwrap)
        {
            let stem = file
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            // Shared beginnings and documents have names in lower case.
            if stem.starts_with(char::is_uppercase) {
                assert!(ids.contains(&stem), "{name}.csv lacks {stem}");
                assert!(
                    tests.contains(&format!("\"{stem}\"")),
                    "{name}/{stem} has no test"
                );
            }
        }
    }
}
