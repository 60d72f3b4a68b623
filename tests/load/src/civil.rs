//! Marriage registration from the check-in to the archive, with all the calls of its plugin: what a bureau really asks
//! of a server.
//!
//! Each instance is a couple of its own. The departments answer at once, since what they take is not ours; the clock
//! is a manual one that stands still, so that the couples' ages and the registrars' training do not depend on the day
//! of the measurement.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use serde_json::{Value, json};
use tongban_tests_support::county::{Answer, Patch};
use tongban_tests_support::server::Server;

use crate::client::{Connection, member};

/// Where the manual clock stands.
pub(crate) const NOW: &str = "2026-03-10T09:30:00+08:00";
/// Before the second look at whether the departments have answered; doubled before each further one, so that looking
/// is not what is measured.
const PAUSE_MIN: Duration = Duration::from_millis(5);
/// The longest such pause.
const PAUSE_MAX: Duration = Duration::from_millis(640);
/// So often it is looked.
const LOOKS_MAX: usize = 200;

/// Somebody else was quicker with a record that both change, such as the figures of the day.
const CHANGED: &str = "RECORD_CHANGED";

const CHECK_IN: &str = "mutation($input:CheckInMarriageInput!){checkInMarriage(input:$input){result{caseId}userErrors{code field}}}";
const COMPLETE: &str = "mutation($input:CompleteUserTaskInput!){completeUserTask(input:$input){userTask{state}userErrors{code field}}}";
const TASKS: &str = "query($record:String!){userTasks(first:5,filter:{recordId:$record,states:[CREATED]}){nodes{elementId id}}}";

/// The county of the measurement: the sample county, whose departments know everybody.
pub(crate) fn county() -> Patch {
    let answer = |kind: &str, outcome: &str, body: Value| Answer {
        kind: kind.to_owned(),
        request: json!({}),
        outcome: outcome.to_owned(),
        body,
    };
    let person = json!({ "alive": true, "addressArea": "150627" });
    Patch {
        answer: vec![
            answer("X-POLICE-ID", "MATCH", person),
            answer("X-MARRIAGE", "NOT_FOUND", Value::Null),
            answer("X-COURT", "NOT_FOUND", Value::Null),
            answer(
                "X-MARRIAGE-PUT",
                "MATCH",
                json!({ "ack": true, "conflicts": [] }),
            ),
        ],
        ..Patch::default()
    }
}

/// A token with which one client does what reception, registrar and archivist do.
pub(crate) fn token(server: &Server) -> anyhow::Result<String> {
    let roles = [
        "--role",
        "RECEPTION",
        "--role",
        "REGISTRAR",
        "--role",
        "ARCHIVIST",
    ];
    server.token(&[&["--id", "registrar-01"], &roles[..]].concat())
}

/// Takes a couple from the check-in to the archive; gives the time until they are married.
pub(crate) async fn instance(connection: &mut Connection, key: &str) -> anyhow::Result<Duration> {
    let couple = couple()?;
    let started = Instant::now();
    let case = check_in(connection, key, &couple).await?;
    let photo =
        json!({ "prints": 3, "takenOn": "2026-02-01", "bareHeaded": true, "bothRecognised": true });
    let seen = json!({ "identityConfirmed": true, "materialsSeen": ["ID_CARD"], "photo": photo });
    complete(connection, key, &case, "verify_materials", seen).await?;
    let accepted = json!({ "decision": "ACCEPT", "noRecusalGround": true });
    complete(connection, key, &case, "accept_application", accepted).await?;
    let signed = couple.each_ref().map(|it| json!({ "personId": it["personId"], "noSpouse": true, "notRelated": true, "voluntary": true, "illnessDutyRead": true, "signed": true }));
    let asked = json!({ "decision": "SIGN", "askedSeparately": true, "declarations": signed });
    complete(connection, key, &case, "interview_parties", asked).await?;
    let register = json!({ "decision": "REGISTER", "formSigned": true });
    complete(connection, key, &case, "review_application", register).await?;
    let married = started.elapsed();
    let blanks = couple.each_ref().map(|it| json!({ "personId": it["personId"], "serial": format!("B{}", it["personId"].as_str().unwrap_or_default()) }));
    let printed = json!({ "result": "PRINTED", "printSerials": blanks });
    complete(connection, key, &case, "hand_over", printed).await?;
    let filed = json!({ "imagesComplete": true });
    complete(connection, key, &case, "archive_case", filed).await?;
    Ok(married)
}

async fn check_in(
    connection: &mut Connection,
    key: &str,
    couple: &[Value; 2],
) -> anyhow::Result<String> {
    let input = json!({ "idempotencyKey": key, "authorityCode": "15062701", "parties": couple });
    let body = json!({ "query": CHECK_IN, "variables": { "input": input } }).to_string();
    let answer = connection.post_while(CHANGED, &body).await?;
    Ok(member(answer, "caseId")?.to_owned())
}

/// Completes the task of the case at this element, as soon as it is there.
async fn complete(
    connection: &mut Connection,
    key: &str,
    case: &str,
    element: &str,
    variables: Value,
) -> anyhow::Result<()> {
    let task = task(connection, case, element).await?;
    let input = json!({ "idempotencyKey": format!("{key}-{element}"), "userTaskId": task, "variables": variables });
    let body = json!({ "query": COMPLETE, "variables": { "input": input } }).to_string();
    connection.post_while(CHANGED, &body).await.map(drop)
}

async fn task(connection: &mut Connection, case: &str, element: &str) -> anyhow::Result<String> {
    let body = json!({ "query": TASKS, "variables": { "record": case } }).to_string();
    let wanted = format!("\"elementId\":\"{element}\"");
    let mut pause = PAUSE_MIN;
    for _ in 0..LOOKS_MAX {
        let answer = connection.post(&body).await?;
        if let Some((_, rest)) = answer.split_once(wanted.as_str()) {
            return Ok(member(rest, "id")?.to_owned());
        }
        tokio::time::sleep(pause).await;
        pause = PAUSE_MAX.min(pause * 2);
    }
    bail!("case {case} does not come to {element}")
}

/// Two who were not there before. Their numbers fit nobody: the county code is younger than they are.
fn couple() -> anyhow::Result<[Value; 2]> {
    static COUPLES: AtomicU64 = AtomicU64::new(0);
    let n = COUPLES.fetch_add(1, Ordering::Relaxed);
    Ok([party(n, true)?, party(n, false)?])
}

fn party(n: u64, man: bool) -> anyhow::Result<Value> {
    // Four days of one birthday, then the next one.
    let born = date(1930, 1, 1).checked_add(i64::try_from(n / 4)?.days())?;
    anyhow::ensure!(born < LAST_BIRTHDAY, "there are no more people");
    let sequence = if man { 901 } else { 902 } + 2 * (n % 4);
    let digits = format!("150603{}{sequence}", born.strftime("%Y%m%d"));
    let number = format!(
        "{digits}{}",
        check_character(&digits).context("seventeen digits")?
    );
    let (sex, prefix) = if man { ("1", "m") } else { ("2", "w") };
    Ok(json!({
        "personId": format!("bench-{prefix}{n:06}"),
        "name": if man { "王明" } else { "李静" },
        "sex": sex,
        "birthDate": born.to_string(),
        "kind": "MAINLAND",
        "idNumber": number,
        "idDocs": [{ "type": "ID_CARD", "number": number, "validFrom": "2020-01-01", "validTo": "2040-01-01" }],
        "declaredMaritalStatus": "10",
        "mobile": "13900000001",
    }))
}

/// Nobody is younger, or he would be too young.
const LAST_BIRTHDAY: Date = date(2004, 1, 1);

/// GB 11643.
fn check_character(digits: &str) -> Option<char> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let mut sum = 0;
    for (digit, weight) in digits.chars().zip(WEIGHTS) {
        sum += digit.to_digit(10)? * weight;
    }
    "10X98765432".chars().nth((sum % 11) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_couple_is_another() {
        let numbers = |it: [Value; 2]| it.map(|it| it["idNumber"].as_str().unwrap().to_owned());
        let mut seen: Vec<String> = (0..10_000)
            .flat_map(|n| numbers([party(n, true).unwrap(), party(n, false).unwrap()]))
            .collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 20_000);
        assert_eq!(check_character("15060319990909909"), Some('6'));
    }
}
