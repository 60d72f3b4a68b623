//! The payment batch of a month: every case that is ready becomes a line of it. How fast, in how much memory, and what
//! clerks feel of it meanwhile.
//!
//! The cases are records of the funeral plugin, put into the database by a program of the engine. The batch is asked for
//! by hand on the first day on which it is built.

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tongban_tests_support::paths;

use crate::beside::{Beside, LOOK};
use crate::model;
use crate::place::{Ground, Place};
use crate::scale::Scale;
use crate::table::{Row, tenths};
use crate::usage;

/// Lines at full scale.
const LINES: u64 = 100_000;
/// Three working days before the 25th.
const NOW: &str = "2026-03-20T09:00:00+08:00";
const PLUGIN: &str = "funeral-subsidy";

const BUILD: &str =
    "mutation($i:RunScheduleInput!){runSchedule(input:$i){run{id} userErrors{code message{en}}}}";
const PROGRESS: &str = "{scheduleRuns(first:1,filter:{schedule:\"funeral_batch_lines\"}){nodes{state created failed}}}";

/// What clerks feel when nothing else happens, then beside the batch.
pub(crate) async fn rows(place: &Place, scale: Scale) -> anyhow::Result<Vec<Row>> {
    let n = scale.share_of(LINES).max(100);
    let database = place.database("payments")?;
    database.fill(&paths::package(PLUGIN), &specification(n)?)?;
    let server = database.serve(Ground::Filled(NOW), Vec::new())?;
    let token = model::operator(&server)?;
    model::deploy(&server, &token).await?;
    let ground = Beside {
        place,
        server: &server,
        token: &token,
        n,
    };
    let alone = ground.nothing(scale).await?;
    let beside = ground.work("a payment batch", build(&ground)).await?;
    let peak = usage::memory(server.pid())?.peak_bytes;
    server.stop()?;
    Ok(vec![alone, beside.cell("RSS MB", tenths(peak / 100_000))])
}

/// Asks for the lines and waits until each case has become one.
async fn build(ground: &Beside<'_>) -> anyhow::Result<()> {
    let mut connection = ground.connection().await?;
    let input = json!({ "key": "funeral_batch_lines", "idempotencyKey": "bench" });
    let body = json!({ "query": BUILD, "variables": { "i": input } }).to_string();
    let answer = connection.post(&body).await?;
    ensure!(answer.contains("\"userErrors\":[]"), "refused: {answer}");
    let body = json!({ "query": PROGRESS }).to_string();
    loop {
        let answer: Value = serde_json::from_str(connection.post(&body).await?)?;
        let run = &answer["data"]["scheduleRuns"]["nodes"][0];
        if run["state"] == "DONE" {
            let created = run["created"].as_u64().context("a count is a number")?;
            ensure!(created == ground.n, "expected {} lines: {run}", ground.n);
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn specification(n: u64) -> anyhow::Result<Value> {
    Ok(json!({
        "count": n,
        "now": NOW.parse::<jiff::Timestamp>()?.as_microsecond(),
        "values": [],
        "record": {
            "kind": "funeral_case",
            "id": "payment-{n}",
            "body": case(),
            "columns": columns(),
            "parties": ["applicant-{n}"],
        },
    }))
}

/// The columns that the plugin declares for its cases.
fn columns() -> Value {
    json!({
        "no": { "text": "BE150627-2026-{n}" },
        "benefit": { "text": "ECO" },
        "state": { "text": "PAY_READY" },
        "holdsPlace": { "boolean": true },
        "deceasedKey": { "text": "deceased-{n}" },
        "exclusionGroup": { "text": "ECO" },
        "provisional": { "boolean": false },
        "serviceDate": { "date": "2026-03-02" },
        "approvedOn": { "date": "2026-03-18" },
        "applicantIdNumber": { "text": "150603199005209010" },
        "cardNo": { "text": "622848{n}" },
    })
}

/// An award that was approved, of somebody whose card was verified.
fn case() -> Value {
    let at = "2026-03-18T09:30:00+08:00";
    let decision = |step: &str, by: &str| json!({ "step": step, "result": "PASS", "by": by, "at": at, "reason": null });
    json!({
        "no": "BE150627-2026-{n}", "benefit": "ECO", "byMoney": true, "state": "PAY_READY", "holdsPlace": true,
        "deceasedKey": "deceased-{n}", "exclusionGroup": "ECO",
        "deceased": {
            "name": "王明", "idNumber": null, "noIdReason": null, "birthDate": "1940-05-20",
            "hukouArea": "150627", "hukouTown": null, "deathDate": "2026-03-01", "approximate": false,
            "deathKind": "NORMAL", "deathPlaceArea": "150627", "deathCertificate": null, "hukouCancelled": true,
            "ethnicity": null, "parentIdNumbers": [], "disposal": "CREMATED", "categories": [],
        },
        "applicant": {
            "personId": "applicant-{n}", "name": "王强", "idNumber": "150603199005209010", "mobile": "13900000001",
            "relation": "CHILD", "proofOfRelation": null, "authorityLetter": null, "worksAt": null,
        },
        "payee": {
            "name": "王强", "bankCode": "103", "cardNo": "622848{n}", "cardKind": "ONE_CARD", "verifiedOn": "2026-03-19",
        },
        "service": null, "eco": null, "policeCaseNo": null, "noticePostedOn": null, "serviceDate": "2026-03-02",
        "submittedAt": at, "forceMajeure": null, "acceptedAt": at, "publicityFrom": null, "objections": [],
        "policyVersion": "150627-2026-1",
        "calculation": {
            "version": 1, "lines": [], "subtotalFen": 200_000, "caseCapFen": null, "offsetFen": 0, "resultFen": 200_000,
            "familyPaysFen": 0, "storageDays": null, "policyVersion": "150627-2026-1", "explanationZh": "海葬奖补",
        },
        "provisional": false, "silentSources": [], "fraudScore": 0, "fraudHits": [], "flags": [],
        "requiredMaterials": [], "missingMaterials": [], "supplements": 0, "refusal": null,
        "decisions": [
            decision("FIRST_REVIEW", "town-01"), decision("COUNTY_REVIEW", "county-01"), decision("APPROVAL", "county-02"),
        ],
        "documents": [], "cardVerified": true, "payAttempts": 0, "batchNo": null, "paidOn": null, "settlementId": null,
        "approvedOn": "2026-03-18", "budgetYear": 2026,
    })
}
