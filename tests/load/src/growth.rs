//! More and more open instances: whether anything gets slower, bigger, or takes longer to start again.

use std::time::Instant;

use anyhow::Context as _;

use crate::load;
use crate::model::{self, Model};
use crate::place::{Ground, Place};
use crate::scale::Scale;
use crate::table::{Row, tenths};
use crate::usage;

/// Open instances at each step, at full scale.
const LEVELS: [u64; 3] = [1_000, 10_000, 100_000];
const CLIENTS: usize = 64;

/// One row a level.
pub(crate) async fn rows(place: &Place, scale: Scale) -> anyhow::Result<Vec<Row>> {
    let database = place.database("growth")?;
    let mut rows = Vec::new();
    let mut n_open = 0;
    for level in LEVELS {
        let level = if scale.is_full() {
            level
        } else {
            level.min(10_000)
        };
        if level <= n_open {
            continue;
        }
        let server = database.serve(Ground::Plain, Vec::new())?;
        let token = model::operator(&server)?;
        model::deploy(&server, &token).await?;
        n_open += load::open(
            &server,
            &token,
            Model::TwoUser.key(),
            CLIENTS,
            level - n_open,
        )
        .await?;
        let run = load::run(
            place,
            &server,
            &token,
            Model::TwoUser,
            CLIENTS,
            scale.time(),
        )
        .await?;
        let memory = usage::memory(server.pid())?;
        server.stop()?;
        let started = Instant::now();
        let server = database.serve(Ground::Plain, Vec::new())?;
        let token = model::operator(&server)?;
        load::open(&server, &token, Model::TwoUser.key(), 1, 1)
            .await
            .context("after a restart")?;
        let restart_ms = started.elapsed().as_millis();
        server.stop()?;
        n_open += 1;
        rows.push(
            Row::new(&format!("two_user, {n_open} open"), place.title())
                .clients(CLIENTS)
                .speed(std::slice::from_ref(&run))
                .cell("RSS MB", tenths(memory.resident_bytes / 100_000))
                .cell("start ms", restart_ms.to_string()),
        );
    }
    Ok(rows)
}
