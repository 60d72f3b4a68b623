//! Start-up: from spawning the process to the line that says it is ready.

use std::path::Path;
use std::time::Instant;

use tongban_tests_support::paths;
use tongban_tests_support::server::{Options, Server};

use crate::table::{Spread, Table};
use crate::{REPEATS, usage};

/// Start-up times and memory at rest, with and without the sample county and its plugin.
pub(crate) fn table(folder: &Path) -> anyhow::Result<Table> {
    let mut table = Table::new(&["start-up", "new data folder, ms", "again, ms", "idle MB"]);
    let package = paths::package("marriage-registration");
    for (title, sample_county) in [
        ("without plugins", false),
        ("sample county, one plugin", true),
    ] {
        // Without the county and its plugin the other figures are still worth having.
        let row = if sample_county && !package.exists() {
            Err(anyhow::anyhow!("{} is missing", package.display()))
        } else {
            row(folder, title, sample_county)
        };
        table.row(row.unwrap_or_else(|error| {
            // The last line of a server's log says why it gave up.
            let text = error.to_string();
            let reason = text
                .lines()
                .rfind(|it| !it.trim().is_empty())
                .unwrap_or_default();
            vec![title.to_owned(), format!("not measured: {reason}")]
        }));
    }
    Ok(table)
}

fn row(folder: &Path, title: &str, sample_county: bool) -> anyhow::Result<Vec<String>> {
    let (mut new, mut again, mut idle) = (Vec::new(), Vec::new(), Vec::new());
    for repeat in 0..REPEATS {
        let data = folder.join(format!("start-{sample_county}-{repeat}"));
        let options = Options {
            data: Some(data),
            sample_county,
            ..Options::default()
        };
        new.push(start(&options, None)?);
        again.push(start(&options, Some(&mut idle))?);
    }
    Ok(vec![
        title.to_owned(),
        Spread::of(new.into_iter()).text(u64::to_string),
        Spread::of(again.into_iter()).text(u64::to_string),
        Spread::of(idle.into_iter()).text(|it| crate::table::tenths(it / 100_000)),
    ])
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
