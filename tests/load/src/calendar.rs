//! A calendar is published, and all open deadlines are reckoned by it. How fast, in how much memory, and what clerks feel of
//! it meanwhile.
//!
//! Each deadline is of five working days, one of which becomes a rest day, so that each moves, and with it the date that
//! its record shows.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tongban_tests_support::server::Server;

use crate::client::Connection;
use crate::load;
use crate::model::{self, Model};
use crate::place::{Ground, Place};
use crate::scale::Scale;
use crate::sweep;
use crate::table::{Row, tenths};
use crate::usage;

/// Open deadlines at full scale.
const DEADLINES: u64 = 1_000_000;
/// Those that go about their own business meanwhile.
const CLIENTS: usize = 8;
/// Between two looks whether it is over.
const LOOK: Duration = Duration::from_millis(200);
/// Somebody would have noticed.
const TIMEOUT: Duration = Duration::from_secs(1_800);
/// Five working days after this Monday are over with the Monday after.
const ANCHOR_ON: &str = "2026-03-02";
const DUE_ON: &str = "2026-03-09";
const DUE_AT: &str = "2026-03-10T00:00:00+08:00";
/// The Friday between them.
const RESTS: &str = "2026-03-06";

const PUBLISH: &str =
    "mutation($i:PublishCalendarInput!){publishCalendar(input:$i){userErrors{code message{en}}}}";
const PROGRESS: &str = "{calendarPublications(first:1){nodes{state selected moved kept}}}";

/// What clerks feel when nothing else happens, then beside the publication.
pub(crate) async fn rows(place: &Place, scale: Scale) -> anyhow::Result<Vec<Row>> {
    let n = scale.share_of(DEADLINES).max(100);
    let database = place.database("calendar")?;
    sweep::fill(&database, &specification(n)?)?;
    let server = database.serve(Ground::Filled, Vec::new())?;
    let token = model::operator(&server)?;
    model::deploy(&server, &token).await?;
    let time = scale.time();
    let alone = load::run(place, &server, &token, Model::OneTask, CLIENTS, time).await?;
    let row = |what: &str| {
        let title = format!("one_task beside {what}, {n}");
        Row::new(&title, place.title()).clients(CLIENTS)
    };
    let mut rows = vec![row("nothing else").speed(&[alone])];
    let published = publish(&server, &token, n);
    let (measured, took) =
        load::run_beside(place, &server, &token, Model::OneTask, CLIENTS, published).await?;
    let took_ms = u64::try_from(took.as_millis())?;
    let peak = usage::memory(server.pid())?.peak_bytes;
    let beside = row("a publication of the calendar").speed(&[measured]);
    let beside = beside.cell("items/s", (n * 1_000 / took_ms.max(1)).to_string());
    rows.push(beside.cell("RSS MB", tenths(peak / 100_000)));
    server.stop()?;
    Ok(rows)
}

fn specification(n: u64) -> anyhow::Result<Value> {
    let micros = |at: &str| anyhow::Ok(at.parse::<jiff::Timestamp>()?.as_microsecond());
    Ok(json!({
        "count": n,
        "now": micros(sweep::NOW)?,
        "values": [{
            "accepted": "2026-02-02", "day": "20260202", "end": "2026-03-04",
            "from": "2026-03-05", "until": "2026-04-03",
        }],
        "record": sweep::record(),
        "deadline": {
            "key": "divorce_claim_cure", "plugin": "marriage-registration",
            "anchorOn": ANCHOR_ON, "workingDays": 5, "dueOn": DUE_ON, "dueAt": micros(DUE_AT)?,
        },
    }))
}

/// Publishes a calendar by which every deadline moves; gives how long it took until the last had.
async fn publish(server: &Server, token: &str, n: u64) -> anyhow::Result<Duration> {
    let mut connection = Connection::open(server.url(), token).await?;
    let day = json!({ "date": RESTS, "working": false, "reason": "bench" });
    let input = json!({ "note": "bench", "overrides": [day], "idempotencyKey": "publish" });
    let body = json!({ "query": PUBLISH, "variables": { "i": input } }).to_string();
    let started = Instant::now();
    let answer = connection.post(&body).await?;
    ensure!(answer.contains("\"userErrors\":[]"), "refused: {answer}");
    let body = json!({ "query": PROGRESS }).to_string();
    while started.elapsed() < TIMEOUT {
        let answer: Value = serde_json::from_str(connection.post(&body).await?)?;
        let latest = &answer["data"]["calendarPublications"]["nodes"][0];
        if latest["state"] == "DONE" {
            let moved = latest["moved"].as_u64().context("a count is a number")?;
            ensure!(moved == n, "expected {n} deadlines to move: {latest}");
            return Ok(started.elapsed());
        }
        tokio::time::sleep(LOOK).await;
    }
    anyhow::bail!("not over in half an hour")
}
