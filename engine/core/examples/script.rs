//! Prints the trace a script leaves: `cargo run --example script -- <file>`.

use std::process::ExitCode;

use tongban_core::simulation::script;

fn main() -> ExitCode {
    let Some(file) = std::env::args().nth(1) else {
        eprintln!("expected a file");
        return ExitCode::FAILURE;
    };
    let outcome = std::fs::read_to_string(&file).map_err(|error| error.to_string());
    match outcome.and_then(|text| script::run(&text)) {
        Ok(trace) => {
            print!("{trace}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
