//! Start-up: from spawning the process to the line that says it is ready.

use std::path::PathBuf;
use std::time::Instant;

use tongban_tests_support::paths;
use tongban_tests_support::server::{Options, Server};

use crate::table::{Row, Spread, tenths};
use crate::{REPEATS, usage};

/// Start-up times and memory at rest, with and without the sample county and its plugin.
pub(crate) fn rows(folder: PathBuf) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (title, sample_county) in [("without plugins", false), ("sample county", true)] {
        let package = paths::package("marriage-registration");
        if sample_county && !package.exists() {
            // Without the county and its plugin the other figures are still worth having.
            println!(
                "start, {title}: not measured, {} is missing",
                package.display()
            );
            continue;
        }
        let (mut new, mut again, mut idle) = (Vec::new(), Vec::new(), Vec::new());
        for repeat in 0..REPEATS {
            let options = Options {
                data: Some(folder.join(format!("start-{sample_county}-{repeat}"))),
                sample_county,
                ..Options::default()
            };
            new.push(start(&options, None)?);
            again.push(start(&options, Some(&mut idle))?);
        }
        let first = Row::new(&format!("start, {title}, new data"), "sqlite");
        rows.push(first.cell("start ms", Spread::of(new.into_iter()).text(u64::to_string)));
        let memory = Spread::of(idle.into_iter()).text(|it| tenths(it / 100_000));
        let second = Row::new(&format!("start, {title}, again"), "sqlite");
        let second = second.cell(
            "start ms",
            Spread::of(again.into_iter()).text(u64::to_string),
        );
        rows.push(second.cell("RSS MB", memory));
    }
    Ok(rows)
}

/// Starts and stops a server; gives the milliseconds until it was ready.
fn start(options: &Options, idle: Option<&mut Vec<u64>>) -> anyhow::Result<u64> {
    let started = Instant::now();
    let server = Server::start(options)?;
    let time = started.elapsed();
    if let Some(idle) = idle {
        std::thread::sleep(std::time::Duration::from_millis(300));
        idle.push(usage::memory(server.pid())?.resident_bytes);
    }
    server.stop()?;
    Ok(u64::try_from(time.as_millis())?)
}
