//! Forms that a county makes its own.

use serde_json::Value as Json;

use super::file;
use super::kind::{Change, Kind, Original, no_original, wrong};
use crate::configuration_item::Finding;
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::tenant::TenantWorld;

const EXTENSION: &str = "form";
/// The member that names the operation.
const OPERATION: &str = "tongban:operation";

/// A form, by its id.
pub(crate) struct Form;

impl Kind for Form {
    fn name(&self) -> &'static str {
        "form"
    }

    fn original(&self, world: &TenantWorld, key: &str) -> Option<Original> {
        file::original(world, "forms/", |_, content| {
            let form = serde_json::from_slice::<Json>(content).ok();
            form.is_some_and(|it| it.get("id").and_then(Json::as_str) == Some(key))
        })
    }

    fn check(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<Vec<Finding>> {
        let read = match file::read(session, change, EXTENSION)? {
            Ok(read) => read,
            Err(findings) => return Ok(findings),
        };
        let keys: Vec<&str> = read.forms.iter().map(|it| it.0.as_str()).collect();
        let mut findings: Vec<Finding> = file::check_key(change, &keys, true).into_iter().collect();
        findings.extend(unknown_operation(session, change));
        Ok(findings)
    }

    fn check_end(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<Vec<Finding>> {
        match self.original(&session.running.tenant, change.key()) {
            Some(_) => Ok(Vec::new()),
            None => Ok(no_original(change)),
        }
    }

    fn activate(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<()> {
        if !change.item.ends {
            return self.reapply(session, change);
        }
        if let Some(original) = self.original(&session.running.tenant, change.key()) {
            let name = format!("{}.{EXTENSION}", change.key());
            file::restore(session, original, name)?;
        }
        Ok(())
    }

    fn reapply(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<()> {
        file::deploy(session, change, file::resource(change, EXTENSION)).map(drop)
    }
}

/// A form submits to an operation of an active plugin, if to one at all.
fn unknown_operation(session: &Session<'_>, change: &Change<'_>) -> Option<Finding> {
    let form = serde_json::from_slice::<Json>(change.content).ok()?;
    let operation = form.get(OPERATION)?.as_str()?;
    if session.running.tenant.operation(operation).is_some() {
        return None;
    }
    Some(wrong("OPERATION_NOT_FOUND", &[("operation", operation)]))
}
