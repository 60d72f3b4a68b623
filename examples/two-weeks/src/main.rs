//! Fills the data folder of a new server with two weeks of a bureau at work.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::Context as _;
use clap::Parser;
use jiff::civil::Date;
use tongban_example_two_weeks::plan::{Plan, Scope};
use tongban_example_two_weeks::stage::{Progress, Stage};
use tongban_example_two_weeks::tally::Tally;
use tongban_tests_support::database::{self, Kind};
use tongban_tests_support::paths;
use tongban_tests_support::server::{Options, Server};

/// The database of a server, and with it the sign that its data folder is filled.
const DATABASE: &str = "tongban.sqlite";
/// Where it is played: a folder within the data folder, so that what was broken off can be thrown away.
const PART: &str = "two-weeks.part";

/// Fills the data folder of a new server with two weeks of a bureau at work.
#[derive(Debug, Parser)]
struct Arguments {
    /// The data folder; one that has a database already is left as it is.
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Another seed tells other stories.
    #[arg(long, default_value_t = 150_627)]
    seed: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if arguments.data.join(DATABASE).exists() {
        eprintln!("{} is filled already", arguments.data.display());
        return Ok(());
    }
    database::choose(Kind::Sqlite);
    let part = arguments.data.join(PART);
    if part.exists() {
        fs::remove_dir_all(&part).context("cannot remove what was broken off")?;
    }
    let plan = Plan::new(&paths::sample_county(), Scope::demo(arguments.seed))?;
    let server = Server::start(&Options {
        data: Some(part.clone()),
        ..Options::sample(&format!("{}+08:00", plan.begins))
    })?;
    let mut stage = Stage::new(&server, plan.begins);
    let mut line = Line::default();
    stage
        .play(&plan, |progress| line.show(&progress, plan.cases.len()))
        .await?;
    line.end();
    let tally = Tally::count(&mut stage).await?;
    server.stop()?;
    move_files(&part, &arguments.data)?;
    for text in tally.to_string().lines() {
        eprintln!("   {text}");
    }
    Ok(())
}

/// The line that tells how far the play is: one that changes on a terminal, else one for each day.
#[derive(Default)]
struct Line {
    day: Option<Date>,
    is_open: bool,
}

impl Line {
    fn show(&mut self, progress: &Progress, n_cases: usize) {
        let text = format!(
            "   {} · {} of {n_cases} cases · {} % · {} s",
            progress.now.strftime("%F %H:%M"),
            progress.n_cases,
            progress.n_taken * 100 / progress.n_steps.max(1),
            progress.elapsed.as_secs()
        );
        let day = progress.now.date();
        if io::stderr().is_terminal() {
            eprint!("\r{text}   ");
            let _ = io::stderr().flush();
            self.is_open = true;
        } else if self.day != Some(day) {
            eprintln!("{text}");
        }
        self.day = Some(day);
    }

    fn end(&self) {
        if self.is_open {
            eprintln!();
        }
    }
}

/// Moves what was played to where it is served; the database last, since with it the folder counts as filled.
fn move_files(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut names = Vec::new();
    for entry in fs::read_dir(from).context("cannot read what was played")? {
        names.push(entry?.file_name());
    }
    names.sort_by_key(|it| *it == DATABASE);
    for name in names {
        let target = to.join(&name);
        if target.is_dir() {
            fs::remove_dir_all(&target)?;
        }
        fs::rename(from.join(&name), &target)
            .with_context(|| format!("cannot move {} to {}", name.display(), to.display()))?;
    }
    fs::remove_dir(from).context("cannot remove the folder of the play")
}
