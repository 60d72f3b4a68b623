//! `tongban token`: a token of the development issuer.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use tongban_api::auth::token::{DevelopmentIssuer, Subject};

use crate::county;

/// Arguments of `tongban token`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Data folder of the server whose issuer signs.
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// A person of the county's staff.toml.
    #[arg(long, value_name = "ID", conflicts_with_all = ["id", "role", "person"])]
    staff: Option<String>,
    /// A line with id, roles and token for everybody of the county's staff.toml.
    #[arg(long, conflicts_with_all = ["staff", "id", "role", "person"])]
    all: bool,
    /// The county's folder, for --staff and --all.
    #[arg(long, value_name = "FOLDER", default_value = "examples/county-150627")]
    county: PathBuf,
    /// Stable id of the person or program.
    #[arg(long)]
    id: Option<String>,
    /// Role code; may be given several times.
    #[arg(long)]
    role: Vec<String>,
    /// Type of jobs that a worker may take, `*` at its end for all that begin so; may be given several times.
    #[arg(long, value_name = "TYPE")]
    job_type: Vec<String>,
    /// County bureau, by its division code.
    #[arg(long, default_value = "150627")]
    tenant: String,
    /// Administrative division; the tenant's own if not given.
    #[arg(long)]
    division: Option<String>,
    /// The person record of a citizen.
    #[arg(long)]
    person: Option<String>,
    /// How long the token is valid.
    #[arg(long, value_name = "HOURS", default_value_t = 12, value_parser = clap::value_parser!(u64).range(1..=720))]
    hours: u64,
}

/// Prints the token.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let issuer = DevelopmentIssuer::open(&arguments.data.join("issuer.key"))?;
    let valid_seconds = arguments.hours * 3600;
    if arguments.all {
        let folder = county::read(&arguments.county)?;
        for person in &folder.people {
            let subject = of_person(&folder, &person.id)?;
            let token = issuer.issue(&subject, valid_seconds)?;
            println!("{:<16} {:<14} {token}", subject.id, subject.roles.join(","));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let token = issuer.issue(&subject(arguments)?, valid_seconds)?;
    println!("{token}");
    Ok(ExitCode::SUCCESS)
}

fn subject(arguments: &Arguments) -> anyhow::Result<Subject> {
    if let Some(id) = &arguments.staff {
        let folder = county::read(&arguments.county)?;
        return of_person(&folder, id);
    }
    let Some(id) = arguments.id.clone() else {
        bail!("give --staff, or --id with --role")
    };
    Ok(Subject {
        id,
        tenant: arguments.tenant.clone(),
        division: arguments
            .division
            .clone()
            .unwrap_or_else(|| arguments.tenant.clone()),
        roles: arguments.role.clone(),
        person: arguments.person.clone(),
        job_types: arguments.job_type.clone(),
    })
}

/// The token subject of a person of `staff.toml`.
pub(crate) fn of_person(folder: &county::Folder, id: &str) -> anyhow::Result<Subject> {
    let person = folder.people.iter().find(|it| it.id == id);
    let known = || {
        folder
            .people
            .iter()
            .map(|it| it.id.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let person =
        person.with_context(|| format!("nobody has the id {id}, expected one of {}", known()))?;
    Ok(Subject {
        id: person.id.clone(),
        tenant: folder.county.division.clone(),
        division: person
            .division
            .clone()
            .unwrap_or_else(|| folder.county.division.clone()),
        roles: person.roles.clone(),
        person: person.person.clone(),
        job_types: Vec::new(),
    })
}
