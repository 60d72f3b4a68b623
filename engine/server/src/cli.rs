//! The command line: one file a command, listed here.

mod check;
mod deploy;
mod model;
mod plugin;
mod serve;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A workflow server for county civil-affairs bureaus: BPMN 2.0, DMN, plugins, GraphQL.
#[derive(Debug, Parser)]
#[command(name = "tongban", version, about, long_about = None, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve GraphQL: one process, one database.
    Serve(serve::Arguments),
    /// Deploy processes, decisions and forms to a running server.
    Deploy(deploy::Arguments),
    /// Check BPMN, DMN and form files and plugin packages without a server; reports every problem.
    Check(check::Arguments),
    /// Print the canonical form of a BPMN file, by which two tools' files of one model can be compared.
    Model(model::Arguments),
    /// Print a token of the development issuer.
    Token(token::Arguments),
    /// Build, check, test, pack, install and list plugins.
    Plugin(plugin::Arguments),
}

/// Runs the command that was typed.
pub(crate) fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Serve(it) => serve::run(it),
        Command::Deploy(it) => deploy::run(it),
        Command::Check(it) => check::run(&it),
        Command::Model(it) => model::run(&it),
        Command::Token(it) => token::run(&it),
        Command::Plugin(it) => plugin::run(it),
    }
}
