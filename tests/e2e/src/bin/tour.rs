//! Walks the tour of the README on a new server and compares it with what the README says.

use std::fs;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use tongban_tests_e2e::tour::{self, BEGIN, END};

/// Walks the tour.
#[derive(Debug, Parser)]
struct Arguments {
    /// Write what the server answered into the README.
    #[arg(long)]
    bless: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let path = tour::readme();
    let file = match fs::read_to_string(&path) {
        Ok(file) => file,
        Err(_) if arguments.bless => format!("# Tongban 通办\n\n## Tour\n{BEGIN}\n{END}\n"),
        Err(error) => return Err(error).context("cannot read the README"),
    };
    let walked = tour::walk().await?;
    if arguments.bless {
        fs::write(&path, tour::with_section(&file, &walked)?).context("cannot write the README")?;
        println!("the README shows the tour as it was walked now");
        return Ok(ExitCode::SUCCESS);
    }
    let shown = tour::section(&file)?;
    if let Some((n, shown, walked)) = tour::first_difference(shown, &walked) {
        println!("the tour differs from the README in line {n} of the section:");
        println!("  README: {shown}\n  server: {walked}");
        println!(
            "if the server is right: cargo run --release -p tongban-tests-e2e --bin tour -- --bless"
        );
        return Ok(ExitCode::FAILURE);
    }
    println!("the tour was walked; every answer is the README's");
    Ok(ExitCode::SUCCESS)
}
