//! `cargo xtask conformance`: per suite what passed, failed, was refused and skipped, by name.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tongban_tests_conformance::expected::Expected;
use tongban_tests_conformance::suite::{SUITES, Suite, default_root};

/// Suites that nobody in this project wrote.
#[derive(Debug, Parser)]
struct Arguments {
    /// The folder of the suites.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Only this suite; may be given several times.
    #[arg(long, value_name = "NAME", value_parser = names())]
    suite: Vec<String>,
}

fn names() -> Vec<&'static str> {
    SUITES.iter().map(|it| it.name).collect()
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let root = arguments.dir.unwrap_or_else(default_root);
    let expected = Expected::list()?;
    let suites: Vec<Suite> = if arguments.suite.is_empty() {
        SUITES.to_vec()
    } else {
        let named = arguments.suite.iter();
        named.filter_map(|it| Suite::find(it)).collect()
    };
    let mut differences = 0;
    for suite in suites {
        let Some(report) = suite.run(&root, &expected)? else {
            println!(
                "{}: not run: no conformance material in {}",
                suite.name,
                root.join(suite.folder).display()
            );
            continue;
        };
        for (case, outcome) in &report.cases {
            if outcome.word() != "passed" {
                println!("  {} {case}: {}", outcome.word(), outcome.why());
            }
        }
        println!("{}", report.summary());
        let lines = expected.differences(&report);
        lines.iter().for_each(|it| println!("  ! {it}"));
        differences += lines.len();
    }
    if differences == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("{differences} results differ from tests/conformance/src/expected.txt");
    Ok(ExitCode::FAILURE)
}
