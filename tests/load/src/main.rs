//! Measures the product: throughput, latency, what an instance costs, memory, start-up.
//!
//! Real servers on the machine's clock, every commit flushed, and clients in this process on the same machine. It
//! prints one table and asserts nothing but that every answer is the right one.

mod apart;
mod beside;
mod calendar;
mod civil;
mod client;
mod fan_out;
mod growth;
mod load;
mod model;
mod payments;
mod place;
mod scale;
mod start;
mod sweep;
mod table;
mod throughput;
mod usage;

use std::path::Path;

use anyhow::Context as _;
use clap::Parser;
use tongban_tests_support::database::Kind;

use crate::model::Model;
use crate::place::Place;
use crate::scale::Scale;
use crate::table::{Row, Table};

/// Times each measurement is made; the median is printed with the range.
const REPEATS: usize = 3;

/// What is measured, in the order of the table.
const MEASUREMENTS: [&str; 11] = [
    "in_process",
    "one_task",
    "two_user",
    "civil",
    "sweep",
    "calendar",
    "payments",
    "growth",
    "fan_out",
    "plugin_calls",
    "start_up",
];

/// Measures the product.
#[derive(Debug, Parser)]
struct Arguments {
    /// Share of the full time of a measurement (30 s) and of sizes; printed with the results.
    #[arg(long, default_value = "0.1")]
    scale: Scale,
    /// Only this measurement; may be given several times.
    #[arg(long, value_parser = MEASUREMENTS)]
    only: Vec<String>,
    /// `sqlite` or `postgres`; both if not given.
    #[arg(long)]
    database: Option<Kind>,
}

impl Arguments {
    fn wants(&self, measurement: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|it| it == measurement)
    }
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let flush = usage::flush_times(folder.path())?;
    println!(
        "scale {} · median of {REPEATS} [least–most] · every commit flushed · load average {}",
        arguments.scale,
        usage::load_average()
    );
    println!(
        "one flush of this disk: p50 {} us, p99 {} us",
        flush.0.as_micros(),
        flush.1.as_micros()
    );
    // One thread: the clients shall leave the machine to the server.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let table = runtime.block_on(measure(&arguments, folder.path()))?;
    println!("\n{table}");
    println!(
        "one_task: p50 and p99 of start → answered, the instance is over; two_user: of «complete A → B is in the task \
         list»; civil: of «both check in → married», the departments answering at once. Clients' CPU: of one core."
    );
    Ok(())
}

async fn measure(arguments: &Arguments, folder: &Path) -> anyhow::Result<Table> {
    let mut table = Table::default();
    let kinds = [Kind::Sqlite, Kind::Postgres];
    for kind in kinds
        .into_iter()
        .filter(|it| arguments.database.is_none_or(|only| only == *it))
    {
        let place = Place::new(kind, folder)?;
        for measurement in MEASUREMENTS.into_iter().filter(|it| arguments.wants(it)) {
            eprintln!("── {measurement} on {}", place.title());
            let rows = on_database(measurement, &place, arguments.scale).await;
            table.add(rows.with_context(|| format!("{measurement} on {}", place.title()))?);
        }
    }
    if arguments.wants("plugin_calls") {
        eprintln!("── plugin_calls");
        table.add(apart::plugin_calls()?);
    }
    if arguments.wants("start_up") {
        eprintln!("── start_up");
        table.add(start::rows(folder.join("start"))?);
    }
    Ok(table)
}

/// The rows of a measurement that is made on each database; none for the others.
async fn on_database(measurement: &str, place: &Place, scale: Scale) -> anyhow::Result<Vec<Row>> {
    match measurement {
        "in_process" => apart::in_process(place, scale),
        "one_task" => throughput::rows(place, scale, Model::OneTask).await,
        "two_user" => throughput::rows(place, scale, Model::TwoUser).await,
        "civil" => throughput::rows(place, scale, Model::Civil).await,
        "sweep" => sweep::rows(place, scale).await,
        "calendar" => calendar::rows(place, scale).await,
        "payments" => payments::rows(place, scale).await,
        "growth" => growth::rows(place, scale).await,
        "fan_out" => fan_out::rows(place, scale).await,
        _ => Ok(Vec::new()),
    }
}
