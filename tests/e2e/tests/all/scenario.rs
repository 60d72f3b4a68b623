//! The scenarios of the domains, each on a server and a database of its own, of the run's kind.

use tongban_tests_e2e::scenario;

async fn pass(domain: &str, id: &str) {
    let script = scenario::script(domain, id).unwrap().unwrap();
    if let Err(error) = scenario::run(domain, &script).await {
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

scenarios!("funeral-subsidy":
    scenario_s01 = "S01",
    scenario_s02 = "S02",
    scenario_s03 = "S03",
    scenario_s04 = "S04",
    scenario_s05 = "S05",
    scenario_s06 = "S06",
    scenario_s07 = "S07",
    scenario_s08 = "S08",
    scenario_s09 = "S09",
    scenario_s10 = "S10",
    scenario_s11 = "S11",
    scenario_s12 = "S12",
    scenario_s13 = "S13",
    scenario_s14 = "S14",
    scenario_s15 = "S15",
    scenario_s16 = "S16",
    scenario_s17 = "S17",
    scenario_s18 = "S18",
    scenario_s19 = "S19",
    scenario_s20 = "S20",
    scenario_s21 = "S21",
    scenario_s22 = "S22",
    scenario_s23 = "S23",
    scenario_s24 = "S24",
    scenario_s25 = "S25",
    scenario_s26 = "S26",
    scenario_s27 = "S27",
    scenario_s28 = "S28",
    scenario_s29 = "S29",
    scenario_s30 = "S30",
    scenario_s31 = "S31",
    scenario_s32 = "S32",
    scenario_s33 = "S33",
    scenario_s34 = "S34",
    scenario_s35 = "S35",
    scenario_s36 = "S36",
    scenario_s37 = "S37",
    scenario_s38 = "S38",
    scenario_s39 = "S39",
    scenario_s40 = "S40",
    scenario_s41 = "S41",
    scenario_s42 = "S42",
    scenario_s43 = "S43",
    scenario_s44 = "S44",
    scenario_s45 = "S45",
    scenario_s46 = "S46",
    scenario_s47 = "S47",
    scenario_s48 = "S48",
    scenario_s49 = "S49",
    scenario_s50 = "S50",
    scenario_s51 = "S51",
    scenario_s52 = "S52",
    scenario_s53 = "S53",
    scenario_s54 = "S54",
    scenario_s55 = "S55",
    scenario_s56 = "S56",
    scenario_s57 = "S57",
    scenario_s58 = "S58",
    scenario_s59 = "S59",
    scenario_s60 = "S60",
    scenario_s61 = "S61",
    scenario_s62 = "S62",
    scenario_s63 = "S63",
);
