//! Members of staff with their roles.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use tongban_store::query::configuration;
use tongban_store::row::configuration::StaffMember as Row;

use super::kind::{Change, Configurer, Kind, no_original, wrong};
use crate::configuration_item::Finding;
use crate::executor::deploy::notice;
use crate::executor::session::Session;
use crate::executor::stop::Decided;

/// A member of staff, by the subject of the person's tokens. One who is ended is no longer active.
pub(crate) struct Staff;

/// The content.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Member {
    name: String,
    roles: Vec<String>,
    #[serde(default)]
    division: Option<String>,
}

impl Kind for Staff {
    fn name(&self) -> &'static str {
        "staff"
    }

    fn configurer(&self) -> Configurer {
        Configurer::Administrator
    }

    fn check(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<Vec<Finding>> {
        let member: Member = match serde_json::from_slice(change.content) {
            Ok(member) => member,
            Err(error) => {
                let reason = error.to_string();
                return Ok(vec![wrong("INVALID_INPUT", &[("reason", &reason)])]);
            }
        };
        let mut findings = Vec::new();
        let world = &session.running.tenant;
        if let Some(division) = &member.division
            && !division.starts_with(&*world.name)
        {
            let reason = format!("division {division} does not belong to {}", world.name);
            findings.push(wrong("INVALID_INPUT", &[("reason", &reason)]));
        }
        let declared = world.plugins.iter().flat_map(|it| &it.manifest().roles);
        let known: BTreeSet<&str> = declared.map(|it| it.code.as_str()).collect();
        let of_engine = ["ADMIN", "OPERATOR"];
        for role in &member.roles {
            if !known.contains(role.as_str()) && !of_engine.contains(&role.as_str()) {
                let unknown = notice("STAFF_ROLE_UNKNOWN", &[("role", role)]);
                findings.push(Finding::warning(unknown));
            }
        }
        Ok(findings)
    }

    fn check_end(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<Vec<Finding>> {
        match stored(session, change.key())? {
            Some(_) => Ok(Vec::new()),
            None => Ok(no_original(change)),
        }
    }

    fn activate(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<()> {
        let row = if change.item.ends {
            stored(session, change.key())?.map(|it| Row {
                active: false,
                ..it
            })
        } else {
            // It was checked just before.
            let member = serde_json::from_slice::<Member>(change.content).ok();
            member.map(|it| Row {
                id: Arc::from(change.key()),
                name: Arc::from(it.name),
                roles: it.roles.into_iter().map(Arc::from).collect(),
                division: it.division.map(Arc::from),
                active: true,
            })
        };
        let runtime = session.runtime;
        let rows: Vec<Row> = row.into_iter().collect();
        Ok(runtime.block_on(session.unit().put_staff(&rows))?)
    }
}

fn stored(session: &Session<'_>, id: &str) -> Decided<Option<Row>> {
    let tenant = session.running.tenant.id.clone();
    let find = configuration::staff_member(&session.shared.database, &tenant, id);
    Ok(session.wait(find)?)
}
