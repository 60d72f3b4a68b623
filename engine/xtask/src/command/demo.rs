//! `cargo xtask demo`: the whole product on SQLite with the sample county, in which two weeks of work have been done.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use crate::process::{built, cargo, program, run as run_program, step, succeeds};
use crate::{repository, wasm};

/// Where the manual clock of a new demo stands, and where the two weeks end: the morning on which the tour's couple
/// applies.
const CLOCK_START: &str = "2026-03-05T09:00:00+08:00";

/// The database within the data folder.
const DATABASE: &str = "tongban.sqlite";

/// Arguments of `cargo xtask demo`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Build, start, run the tour of the README through GraphQL, walk one case of each procedure, show what the
    /// schedules did meanwhile, and stop.
    #[arg(long)]
    check: bool,
    /// Begin with the sample county as it is, without two weeks of running cases.
    #[arg(long)]
    small: bool,
    /// Folder of the demo's data; what is there stays.
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Address to serve on.
    #[arg(long, default_value = "127.0.0.1:8600")]
    listen: String,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    build(&["--bin", "two-weeks", "--bin", "tour", "--bin", "procedures"])?;
    if arguments.check {
        tour(&[])?;
        return step("walk one case of each procedure", &mut built("procedures"));
    }
    if !arguments.small {
        play(arguments)?;
    }
    print_tokens(arguments)?;
    let mut serve = program(&repository::binary().display().to_string());
    serve
        .args([
            "serve",
            "--clock",
            "manual",
            "--clock-start",
            CLOCK_START,
            "--listen",
            &arguments.listen,
        ])
        .args(["--county", "examples/county-150627", "--data"])
        .arg(&arguments.data);
    for plugin in repository::plugins()? {
        serve
            .arg("--plugin")
            .arg(repository::packages().join(format!("{plugin}.tbp")));
    }
    run_program(&mut serve)
}

/// Builds the console's pages, the server and the packages of the plugins, and of the tools those that `targets` selects
/// as cargo does.
pub(crate) fn build(targets: &[&str]) -> anyhow::Result<()> {
    wasm::ensure_target()?;
    build_console()?;
    // The whole workspace at once: a selection of packages has features of its own in what they share, and the heavy
    // crates would be compiled once for each selection.
    let mut all = cargo();
    all.args(["build", "--release", "--workspace"]);
    all.args(["--features", "tongban/console", "--bin", "tongban"]);
    step(
        "build server and tools (the first time takes many minutes)",
        all.args(targets),
    )?;
    for plugin in repository::plugins()? {
        let folder = repository::root().join("plugins").join(&plugin);
        build_plugin(&folder, &plugin)?;
    }
    Ok(())
}

fn build_console() -> anyhow::Result<()> {
    let folder = repository::root().join("engine/console");
    let inputs = [
        "package-lock.json",
        "build.mjs",
        "src/index.html",
        "src/app.js",
        "src/app.css",
    ];
    let built = modified(&folder.join("dist/app.js"));
    let changed = inputs
        .iter()
        .map(|it| modified(&folder.join(it)))
        .max()
        .flatten();
    if built.is_some() && built >= changed {
        return Ok(());
    }
    if !succeeds(program("npm").arg("--version")) {
        anyhow::bail!("npm is missing: install Node.js (Debian: apt-get install nodejs npm)");
    }
    let mut install = program("npm");
    install
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&folder);
    step("fetch the console's packages", &mut install)?;
    step(
        "build the console",
        program("npm").args(["run", "build"]).current_dir(&folder),
    )
}

fn modified(path: &std::path::Path) -> Option<std::time::SystemTime> {
    path.metadata().and_then(|it| it.modified()).ok()
}

/// Builds and packs the plugin of a folder.
pub(crate) fn build_plugin(folder: &Path, plugin: &str) -> anyhow::Result<()> {
    let binary = repository::binary().display().to_string();
    let packages = repository::packages();
    std::fs::create_dir_all(&packages).context("cannot create the folder of packages")?;
    let mut build = program(&binary);
    build
        .args(["plugin", "build"])
        .arg(folder)
        .arg("--output")
        .arg(packages.join(format!("{plugin}.tbp")));
    step(&format!("build plugin {plugin}"), &mut build)
}

/// Fills a new data folder with two weeks of work; one that has a database is left as it is.
fn play(arguments: &Arguments) -> anyhow::Result<()> {
    let data = repository::root().join(&arguments.data);
    if data.join(DATABASE).exists() {
        return Ok(());
    }
    step(
        "play two weeks of the sample county (once)",
        built("two-weeks").arg("--data").arg(&data),
    )
}

/// Runs the README's tour against a server of its own.
pub(crate) fn tour(arguments: &[&str]) -> anyhow::Result<()> {
    step("run the tour of the README", built("tour").args(arguments))
}

fn print_tokens(arguments: &Arguments) -> anyhow::Result<()> {
    let binary = repository::binary().display().to_string();
    std::fs::create_dir_all(&arguments.data).context("cannot create the data folder")?;
    let mut tokens = program(&binary);
    tokens
        .args([
            "token",
            "--all",
            "--county",
            "examples/county-150627",
            "--data",
        ])
        .arg(&arguments.data);
    eprintln!(
        "\nTongban 通办: open http://{} and paste one of these tokens:",
        arguments.listen
    );
    run_program(&mut tokens)?;
    eprintln!();
    Ok(())
}
