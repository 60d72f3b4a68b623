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
    scenario_t01_sqlite = "T01",
    scenario_t02_sqlite = "T02",
    scenario_t03_sqlite = "T03",
    scenario_t04_sqlite = "T04",
    scenario_t05_sqlite = "T05",
    scenario_t06_sqlite = "T06",
    scenario_t07_sqlite = "T07",
    scenario_t08_sqlite = "T08",
    scenario_t09_sqlite = "T09",
    scenario_t10_sqlite = "T10",
    scenario_t11_sqlite = "T11",
    scenario_t12_sqlite = "T12",
    scenario_t13_sqlite = "T13",
    scenario_t14_sqlite = "T14",
    scenario_t15_sqlite = "T15",
    scenario_t16_sqlite = "T16",
    scenario_t17_sqlite = "T17",
    scenario_t21_sqlite = "T21",
    scenario_t23_sqlite = "T23",
    scenario_t25_sqlite = "T25",
    scenario_t26_sqlite = "T26",
    scenario_t27_sqlite = "T27",
    scenario_t28_sqlite = "T28",
    scenario_t29_sqlite = "T29",
    scenario_t30_sqlite = "T30",
    scenario_t31_sqlite = "T31",
    scenario_t32_sqlite = "T32",
    scenario_t33_sqlite = "T33",
    scenario_t34_sqlite = "T34",
    scenario_t35_sqlite = "T35",
    scenario_t36_sqlite = "T36",
    scenario_t37_sqlite = "T37",
    scenario_t38_sqlite = "T38",
    scenario_t39_sqlite = "T39",
    scenario_t40_sqlite = "T40",
    scenario_t41_sqlite = "T41",
    scenario_t42_sqlite = "T42",
    scenario_t43_sqlite = "T43",
    scenario_t44_sqlite = "T44",
    scenario_t45_sqlite = "T45",
    scenario_t46_sqlite = "T46",
    scenario_t47_sqlite = "T47",
    scenario_t48_sqlite = "T48",
    scenario_t61_sqlite = "T61",
    scenario_t62_sqlite = "T62",
);

macro_rules! on_postgres {
    ($domain:literal: $($name:ident = $id:literal),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $name() {
                let Some(cluster) = fixture::postgres() else {
                    return;
                };
                let database = cluster.database(stringify!($name)).unwrap();
                pass($domain, $id, Some(database)).await;
            }
        )*
    };
}

on_postgres!("marriage-registration":
    scenario_t01_postgres = "T01",
    scenario_t23_postgres = "T23",
    scenario_t27_postgres = "T27",
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
