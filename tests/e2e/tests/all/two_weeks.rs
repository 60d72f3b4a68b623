//! What the demo shows at first is played through GraphQL: here each of its stories once.

use std::collections::BTreeSet;

use tongban_example_two_weeks::plan::{Plan, Scope};
use tongban_example_two_weeks::stage::Stage;
use tongban_example_two_weeks::tally::Tally;
use tongban_tests_support::paths;
use tongban_tests_support::server::{Options, Server};

const SEED: u64 = 150_627;

async fn rehearse() -> Tally {
    let plan = Plan::new(&paths::sample_county(), Scope::rehearsal(SEED)).unwrap();
    let server = Server::start(&Options::sample(&format!("{}+08:00", plan.begins))).unwrap();
    let mut stage = Stage::new(&server, plan.begins);
    if let Err(error) = stage.play(&plan, |_| {}).await {
        panic!("{error:#}");
    }
    let tally = Tally::count(&mut stage).await.unwrap();
    server.stop().unwrap();
    tally
}

fn states(cases: &[(String, String)]) -> BTreeSet<&str> {
    cases.iter().map(|(_, state)| state.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_of_the_demo_shows_something_and_two_plays_show_the_same() {
    let (one, other) = tokio::join!(tokio::spawn(rehearse()), tokio::spawn(rehearse()));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one, other, "two plays of one seed");
    let marriages = [
        "ARCHIVED",
        "CHECKING",
        "CLOSED_NO_ACTION",
        "DRAFT",
        "HOLD_CHECK",
        "INCOMPLETE",
        "INTERVIEW",
        "PRESENT",
        "REFERRED",
        "REFUSED",
        "REGISTERED",
        "REVIEW",
        "UPLOADED",
    ];
    assert_eq!(states(&one.marriages), BTreeSet::from(marriages));
    let divorces = [
        "ARCHIVED",
        "CLAIMABLE",
        "CLAIM_CURE",
        "CLAIM_HOLD",
        "CLAIM_RECEIVED",
        "COOLING_OFF",
        "DEEMED_WITHDRAWN",
        "NOT_ACCEPTED",
        "PRESENT",
        "REFUSED",
        "REGISTERED",
        "TERMINATED",
        "UPLOADED",
        "WITHDRAWN",
    ];
    assert_eq!(states(&one.divorces), BTreeSet::from(divorces));
    for role in [
        "RECEPTION",
        "REGISTRAR",
        "REVIEWER",
        "ARCHIVIST",
        "COUNSELLOR",
    ] {
        assert!(one.tasks[role] > 0, "{role} has nothing to do: {one}");
    }
    assert!(one.n_certificates > 0 && one.n_incidents > 0, "{one}");
}
