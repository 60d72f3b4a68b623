//! A calendar is published, and all open deadlines are reckoned by it: how fast, in how much memory, and what clerks feel
//! of it meanwhile.
//!
//! Each deadline is of five working days. By the first edition one of them is a rest day, so that each moves, and with it
//! the date that its record shows; by the second none moves.

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::beside::{Beside, LOOK};
use crate::model;
use crate::place::{Ground, Place};
use crate::scale::Scale;
use crate::sweep;
use crate::table::{Row, tenths};
use crate::usage;

/// Open deadlines at full scale.
const DEADLINES: u64 = 1_000_000;
/// Five working days after this Monday are over with the Monday after.
const ANCHOR_ON: &str = "2026-03-02";
const DUE_ON: &str = "2026-03-09";
const DUE_AT: &str = "2026-03-10T00:00:00+08:00";
/// The Friday between them, and a Friday long after.
const WITHIN: &str = "2026-03-06";
const AFTERWARDS: &str = "2026-12-25";

const PUBLISH: &str =
    "mutation($i:PublishCalendarInput!){publishCalendar(input:$i){userErrors{code message{en}}}}";
const PROGRESS: &str = "{calendarPublications(first:1){nodes{state selected moved kept}}}";

/// What clerks feel when nothing else happens, then beside the publication.
pub(crate) async fn rows(place: &Place, scale: Scale) -> anyhow::Result<Vec<Row>> {
    let n = scale.share_of(DEADLINES).max(100);
    let database = place.database("calendar")?;
    sweep::fill(&database, &specification(n)?)?;
    let server = database.serve(Ground::Filled(sweep::NOW), Vec::new())?;
    let token = model::operator(&server)?;
    model::deploy(&server, &token).await?;
    let ground = Beside {
        place,
        server: &server,
        token: &token,
        n,
    };
    let mut rows = vec![ground.nothing(scale).await?];
    for (what, day, moves) in [("all move", WITHIN, n), ("none moves", AFTERWARDS, 0)] {
        let what = format!("a calendar, {what}");
        let row = ground.work(&what, publish(&ground, day, moves)).await?;
        let peak = usage::memory(server.pid())?.peak_bytes;
        rows.push(row.cell("RSS MB", tenths(peak / 100_000)));
    }
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

/// Publishes a rest day and waits until all deadlines have followed, of which so many move.
async fn publish(ground: &Beside<'_>, day: &str, moves: u64) -> anyhow::Result<()> {
    let mut connection = ground.connection().await?;
    let rests = json!({ "date": day, "working": false, "reason": "bench" });
    let input = json!({ "note": "bench", "overrides": [rests], "idempotencyKey": day });
    let body = json!({ "query": PUBLISH, "variables": { "i": input } }).to_string();
    connection.post(&body).await?;
    let body = json!({ "query": PROGRESS }).to_string();
    loop {
        let answer: Value = serde_json::from_str(connection.post(&body).await?)?;
        let latest = &answer["data"]["calendarPublications"]["nodes"][0];
        if latest["state"] == "DONE" {
            let moved = latest["moved"].as_u64().context("a count is a number")?;
            ensure!(
                moved == moves,
                "expected {moves} deadlines to move: {latest}"
            );
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}
