//! The scenarios of the domains, each on a server and a database of its own.

use tongban_tests_e2e::scenario;

use crate::fixture;

async fn pass(domain: &str, id: &str, database: Option<String>) {
    let script = scenario::script(domain, id).unwrap().unwrap();
    if let Err(error) = scenario::run(&script, database).await {
        panic!("{error:#}");
    }
}

macro_rules! on_sqlite {
    ($domain:literal: $($name:ident = $id:literal),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $name() {
                pass($domain, $id, None).await;
            }
        )*
    };
}

on_sqlite!("marriage-registration":
    scenario_t27_sqlite = "T27",
    scenario_t28_sqlite = "T28",
    scenario_t29_sqlite = "T29",
    scenario_t30_sqlite = "T30",
    scenario_t31_sqlite = "T31",
    scenario_t32_sqlite = "T32",
    scenario_t33_sqlite = "T33",
    scenario_t34_sqlite = "T34",
);

#[tokio::test]
async fn scenario_t27_postgres() {
    let Some(cluster) = fixture::postgres() else {
        return;
    };
    let database = cluster.database("scenario_t27").unwrap();
    pass("marriage-registration", "T27", Some(database)).await;
}

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
