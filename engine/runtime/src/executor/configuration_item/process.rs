//! Processes (BPMN) that a county makes its own.

use tongban_bpmn::limit::Limits;

use super::file;
use super::kind::{Change, Kind, Original, no_original};
use crate::configuration_item::Finding;
use crate::executor::deploy::Source;
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::tenant::TenantWorld;

const EXTENSION: &str = "bpmn";

/// A process, by its BPMN id.
pub(crate) struct Process;

impl Kind for Process {
    fn name(&self) -> &'static str {
        "process"
    }

    fn original(&self, world: &TenantWorld, key: &str) -> Option<Original> {
        file::original(world, "processes/", |path, content| {
            tongban_bpmn::read_deployed(path, content, &Limits::default())
                .is_ok_and(|it| it.processes.iter().any(|it| &*it.key == key))
        })
    }

    fn check(&self, session: &mut Session<'_>, change: &Change<'_>) -> Decided<Vec<Finding>> {
        let mut read = match file::read(session, change, EXTENSION)? {
            Ok(read) => read,
            Err(findings) => return Ok(findings),
        };
        session.note_unserved(&mut read, &Source::default());
        let keys: Vec<&str> = read.processes.iter().map(|(it, _)| &*it.key).collect();
        let mut findings: Vec<Finding> = file::check_key(change, &keys, true).into_iter().collect();
        findings.extend(read.warnings.into_iter().map(Finding::warning));
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
