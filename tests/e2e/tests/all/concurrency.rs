//! Many clients at once: one of two wins, numbers have no gap, and a kill in between changes nothing.

use serde_json::{Value, json};
use tongban_tests_support::client::Client;
use tongban_tests_support::concurrency::{at_once, gaps, outcomes};
use tongban_tests_support::server::{Options, Server};

use crate::fixture::{
    START, bare, client, complete, deployed, mutate, open_tasks, operator, started, two_tasks,
};

#[tokio::test]
async fn of_two_clerks_who_complete_a_task_one_wins() {
    let server = bare();
    let operator = operator(&server);
    deployed(&operator, &two_tasks()).await;
    let clerks = [
        client(&server, "clerk-1", &["CLERK"]),
        client(&server, "clerk-2", &["CLERK"]),
    ];
    for _ in 0..10 {
        let instance = started(&operator, "two_tasks").await;
        let [task] = open_tasks(&clerks[0], &instance).await.try_into().unwrap();
        let answers = at_once(2, |n| {
            let (clerk, task) = (clerks[n].clone(), task.clone());
            async move { complete(&clerk, &task).await }
        })
        .await;
        let counts = outcomes(&answers);
        assert_eq!(counts.get(""), Some(&1), "{counts:?}");
        assert_eq!(counts.get("USER_TASK_NOT_FOUND"), Some(&1), "{counts:?}");
        assert_eq!(
            open_tasks(&operator, &instance).await.len(),
            1,
            "the next task is there once"
        );
    }
}

#[tokio::test]
async fn of_two_clerks_who_claim_a_task_one_has_it() {
    let server = bare();
    let operator = operator(&server);
    deployed(&operator, &two_tasks()).await;
    let clerks = [
        client(&server, "clerk-1", &["CLERK"]),
        client(&server, "clerk-2", &["CLERK"]),
    ];
    for _ in 0..10 {
        let instance = started(&operator, "two_tasks").await;
        let [task] = open_tasks(&clerks[0], &instance).await.try_into().unwrap();
        let answers = at_once(2, |n| {
            let (clerk, task) = (clerks[n].clone(), task.clone());
            async move {
                let input = json!({ "userTaskId": task });
                mutate(&clerk, "claimUserTask", "userTask { assignee }", input).await
            }
        })
        .await;
        let counts = outcomes(&answers);
        assert_eq!(counts.get(""), Some(&1), "{answers:#?}");
        assert_eq!(counts.values().sum::<usize>(), 2);
    }
}

/// A citizen's number of a man born on 1 March 1980 or a woman born a day later, with its check digit.
fn id_number(sequence: usize, is_man: bool) -> String {
    const WEIGHTS: [usize; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let birth = if is_man { "19800301" } else { "19800302" };
    let body = format!("150627{birth}{:03}", 2 * sequence + usize::from(is_man));
    let sum: usize = body
        .bytes()
        .zip(WEIGHTS)
        .map(|(digit, weight)| usize::from(digit - b'0') * weight)
        .sum();
    format!("{body}{}", b"10X98765432"[sum % 11] as char)
}

fn party(sequence: usize, is_man: bool) -> Value {
    let number = id_number(sequence, is_man);
    json!({
        "personId": format!("person-{}-{sequence}", if is_man { "m" } else { "w" }),
        "name": if is_man { "张三" } else { "李四" },
        "sex": if is_man { "1" } else { "2" },
        "birthDate": if is_man { "1980-03-01" } else { "1980-03-02" },
        "kind": "MAINLAND",
        "idNumber": number,
        "mobile": "13900000003",
        "idDocs": [{ "type": "ID_CARD", "number": number, "validFrom": "2020-01-01", "validTo": "2040-01-01" }]
    })
}

/// Checks a couple of its own in and gives the number of the case; nothing if there was no answer.
async fn check_in(client: &Client, sequence: usize) -> Option<u64> {
    let query = "mutation ($input: CheckInDivorceApplicationInput!) { checkInDivorceApplication(input: $input) {
        result { caseNo } userErrors { code field message { en } } } }";
    let input = json!({
        "idempotencyKey": format!("check-in-{sequence}"),
        "authorityCode": "15062701",
        "parties": [party(sequence, true), party(sequence, false)],
        "marriage": {
            "certNumber": format!("J150627-2010-{sequence:06}"), "date": "2010-06-18",
            "authority": "伊金霍洛旗民政局", "place": "MAINLAND"
        }
    });
    let data = client.data(query, json!({ "input": input })).await.ok()?;
    let payload = &data["checkInDivorceApplication"];
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    let number = payload["result"]["caseNo"].as_str().unwrap();
    number.rsplit('-').next().unwrap().parse().ok()
}

#[tokio::test]
async fn sixty_four_clients_draw_numbers_without_a_gap() {
    let server = Server::start(&Options::sample(START)).unwrap();
    let client = server.client("reception-01").unwrap();
    let numbers = at_once(64, |n| {
        let client = client.clone();
        async move { check_in(&client, n).await.unwrap() }
    })
    .await;
    assert_eq!(gaps(&numbers), (vec![], vec![]));
    assert_eq!(numbers.into_iter().max(), Some(64));
}

#[tokio::test]
async fn numbers_have_no_gap_after_kills_either() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        data: Some(folder.path().join("data")),
        ..Options::sample(START)
    };
    let mut answered: Vec<Option<u64>> = vec![None; 64];
    let mut delays = [5_u64, 25, 60].into_iter();
    while answered.iter().any(Option::is_none) {
        let server = Server::start(&options).unwrap();
        let client = server.client("reception-01").unwrap();
        let known = answered.clone();
        let asking = at_once(64, |n| {
            let (client, known) = (client.clone(), known[n]);
            async move {
                match known {
                    // Asked again with the same key it is the same number.
                    Some(number) if n % 4 == 0 => {
                        let again = check_in(&client, n).await;
                        assert!(again.is_none() || again == Some(number));
                        Some(number)
                    }
                    Some(number) => Some(number),
                    None => check_in(&client, n).await,
                }
            }
        });
        answered = match delays.next() {
            Some(delay_ms) => {
                let kill = async {
                    tokio::time::sleep(std::time::Duration::from_millis(delay_ms)).await;
                    server.kill();
                };
                tokio::join!(asking, kill).0
            }
            None => asking.await,
        };
    }
    let numbers: Vec<u64> = answered.into_iter().flatten().collect();
    assert_eq!(gaps(&numbers), (vec![], vec![]));
    assert_eq!(numbers.into_iter().max(), Some(64));
}
