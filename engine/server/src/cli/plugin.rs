//! `tongban plugin …`: what a plugin developer does.

mod build;
mod check;
mod install;
mod list;
mod pack;
mod test;

use std::process::ExitCode;

use clap::{Args, Subcommand};

/// Arguments of `tongban plugin`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compile a plugin's crate to WebAssembly and pack it.
    Build(build::Arguments),
    /// Check a package or a built plugin's folder; reports every problem.
    Check(check::Arguments),
    /// Run a plugin's cases on its built component.
    Test(test::Arguments),
    /// Pack a plugin's folder with a component that is built already.
    Pack(pack::Arguments),
    /// Install a package on a running server and make it the active version of the tenant.
    Install(install::Arguments),
    /// List the plugins that are active on a running server.
    List(list::Arguments),
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments.command {
        Command::Build(it) => build::run(&it),
        Command::Check(it) => check::run(&it),
        Command::Test(it) => test::run(&it),
        Command::Pack(it) => pack::run(&it),
        Command::Install(it) => install::run(&it),
        Command::List(it) => list::run(&it),
    }
}
