//! Tongban (通办): a workflow server for county civil-affairs bureaus, in one binary.
//!
//! The binary wires the crates together and knows no rule of any domain.

mod cli;
mod config;
mod county;
mod http;
mod shutdown;
mod telemetry;
mod webhook;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    webhook::install_tls();
    match cli::run(cli::Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("tongban: {error:#}");
            ExitCode::FAILURE
        }
    }
}
