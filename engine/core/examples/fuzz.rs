//! Runs the simulation: `cargo run --release --example fuzz -- <seed> <steps>`.

use std::process::ExitCode;

use tongban_core::simulation;

fn main() -> ExitCode {
    let mut arguments = std::env::args()
        .skip(1)
        .filter_map(|it| it.parse::<u64>().ok());
    let seed = arguments.next().unwrap_or(0);
    let steps = arguments.next().unwrap_or(1_000_000);
    match simulation::run(seed, steps) {
        Ok(statistics) => {
            println!("{statistics:?}");
            ExitCode::SUCCESS
        }
        Err(violation) => {
            eprintln!("{violation}");
            ExitCode::FAILURE
        }
    }
}
