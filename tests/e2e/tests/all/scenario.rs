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
    scenario_t01 = "T01",
    scenario_t02 = "T02",
    scenario_t03 = "T03",
    scenario_t04 = "T04",
    scenario_t05 = "T05",
    scenario_t06 = "T06",
    scenario_t07 = "T07",
    scenario_t08 = "T08",
    scenario_t09 = "T09",
    scenario_t10 = "T10",
    scenario_t11 = "T11",
    scenario_t12 = "T12",
    scenario_t13 = "T13",
    scenario_t14 = "T14",
    scenario_t15 = "T15",
    scenario_t16 = "T16",
    scenario_t17 = "T17",
    scenario_t18 = "T18",
    scenario_t19 = "T19",
    scenario_t20 = "T20",
    scenario_t21 = "T21",
    scenario_t22 = "T22",
    scenario_t23 = "T23",
    scenario_t24 = "T24",
    scenario_t25 = "T25",
    scenario_t26 = "T26",
    scenario_t27 = "T27",
    scenario_t28 = "T28",
    scenario_t29 = "T29",
    scenario_t30 = "T30",
    scenario_t31 = "T31",
    scenario_t32 = "T32",
    scenario_t33 = "T33",
    scenario_t34 = "T34",
    scenario_t35 = "T35",
    scenario_t36 = "T36",
    scenario_t37 = "T37",
    scenario_t38 = "T38",
    scenario_t39 = "T39",
    scenario_t40 = "T40",
    scenario_t41 = "T41",
    scenario_t42 = "T42",
    scenario_t43 = "T43",
    scenario_t44 = "T44",
    scenario_t45 = "T45",
    scenario_t46 = "T46",
    scenario_t47 = "T47",
    scenario_t48 = "T48",
    scenario_t49 = "T49",
    scenario_t50 = "T50",
    scenario_t51 = "T51",
    scenario_t52 = "T52",
    scenario_t53 = "T53",
    scenario_t54 = "T54",
    scenario_t55 = "T55",
    scenario_t56 = "T56",
    scenario_t57 = "T57",
    scenario_t58 = "T58",
    scenario_t59 = "T59",
    scenario_t60 = "T60",
    scenario_t61 = "T61",
    scenario_t62 = "T62",
);

scenarios!("scheduled-rechecks":
    scenario_r21 = "R21",
    scenario_r22 = "R22",
    scenario_r23 = "R23",
    scenario_r24 = "R24",
    scenario_r29 = "R29",
);

/// Not a scenario of the document: what it says of calendars without the message (T49).
#[tokio::test]
async fn a_published_calendar_only_extends_the_dates_of_a_divorce() {
    pass("marriage-registration", "calendar_extends").await;
}

#[test]
fn every_script_is_listed_and_tested() {
    let folder = tongban_tests_support::paths::repository().join("tests/e2e/scenarios");
    let tests = include_str!("scenario.rs");
    let rest = scenario::ids("scheduled-rechecks").unwrap();
    for id in rest {
        let script = scenario::script("scheduled-rechecks", &id).unwrap();
        let part = scenario::waits_for("scheduled-rechecks", &id).unwrap();
        assert!(
            script.is_some() != part.is_some(),
            "{id} has a script, or says what it waits for"
        );
    }
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
