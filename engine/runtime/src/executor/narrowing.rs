//! A new version of a plugin does not narrow what is in use.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use tongban_host::narrowing::{self, Narrowing, Subject};
use tongban_host::plugin::Plugin;
use tongban_store::query::page::PageRequest;
use tongban_store::query::process_instance::definitions_in_use;
use tongban_store::query::record;
use tongban_store::query::record::RecordFilter;

use super::deploy::{constant, job_types};
use crate::definition::Definition;
use crate::error::{CommandError, Rejected, UserError};
use crate::executor::session::Session;
use crate::executor::stop::Decided;

/// Users named with one refusal.
const USERS_MAX: usize = 100;

/// A process that asks for something by name.
struct Process {
    name: String,
    job_types: BTreeSet<String>,
}

impl Session<'_> {
    /// Refuses a version that accepts less or gives less of what somebody uses, and says who.
    pub(crate) fn check_narrowing(&mut self, old: &Plugin, new: &Plugin) -> Decided<()> {
        let narrowings = narrowing::between(old, new);
        if narrowings.is_empty() {
            return Ok(());
        }
        let processes = self.processes_in_use(new)?;
        let mut errors = Vec::new();
        for narrowing in &narrowings {
            let users = self.users_of(narrowing, old, &processes)?;
            if !users.is_empty() {
                errors.push(refused(old, narrowing, &users));
            }
        }
        if errors.is_empty() {
            return Ok(());
        }
        Err(CommandError::Rejected(Rejected {
            errors,
            warnings: Vec::new(),
        })
        .into())
    }

    /// Versions of processes that will go on when the new version of the plugin is active: those
    /// with running instances, and the newest ones that it does not bring itself.
    fn processes_in_use(&mut self, new: &Plugin) -> Decided<Vec<Process>> {
        let tenant = self.running.tenant.id.clone();
        let shared = self.shared.clone();
        let brought = keys_of(new);
        let mut found: Vec<Arc<Definition>> = Vec::new();
        for id in self.wait(definitions_in_use(&shared.database, &tenant))? {
            let get = shared.definitions.get(&shared.database, &tenant, id.0);
            found.extend(self.wait(get)?);
        }
        for key in self.wait(shared.definitions.keys(&shared.database, &tenant))? {
            if brought.contains(&*key) {
                continue;
            }
            let version = tongban_store::query::definition::Version::Latest;
            let latest = self.find_definition(&key, version)?;
            found.extend(latest.filter(|it| found.iter().all(|known| known.id != it.id)));
        }
        Ok(found.iter().map(process_of).collect())
    }

    fn users_of(
        &mut self,
        narrowing: &Narrowing,
        old: &Plugin,
        processes: &[Process],
    ) -> Decided<Vec<String>> {
        Ok(match &narrowing.subject {
            Subject::Input(name) | Subject::Output(name) => {
                let is_exposed = old.manifest().operation(name).is_some_and(|it| it.exposed);
                let api = is_exposed.then(|| "API".to_owned());
                api.into_iter().chain(asking(processes, name)).collect()
            }
            // A check is asked for by kind, which no process model need say in plain text.
            Subject::Check(_) => asking(processes, crate::outbox::check::CHECK_JOB_TYPE).collect(),
            Subject::Record(kind) => self.stored_records(kind)?.into_iter().collect(),
            Subject::Parameter(key) => {
                let plugin = &old.manifest().plugin.name;
                let set = self.running.tenant.parameters.get(plugin);
                let is_set = set.is_some_and(|it| it.contains_key(key));
                let user = || format!("parameter {plugin}/{key} set by the county");
                is_set.then(user).into_iter().collect()
            }
        })
    }

    fn stored_records(&self, kind: &str) -> Decided<Option<String>> {
        let tenant = self.running.tenant.id.clone();
        let (filter, page) = (RecordFilter::default(), PageRequest::first(1));
        let list = record::list(&self.shared.database, &tenant, kind, &filter, &page);
        let found = self.wait(list)?;
        Ok(found
            .edges
            .first()
            .map(|_| format!("stored records of kind {kind}")))
    }
}

fn asking<'p>(processes: &'p [Process], job_type: &'p str) -> impl Iterator<Item = String> + 'p {
    let asking = processes
        .iter()
        .filter(|it| it.job_types.contains(job_type));
    asking.map(|it| it.name.clone())
}

fn process_of(definition: &Arc<Definition>) -> Process {
    let elements = definition.process.elements().iter();
    Process {
        name: format!(
            "process {} version {}",
            definition.process.key, definition.version
        ),
        job_types: elements
            .flat_map(|it| job_types(&it.kind))
            .filter_map(constant)
            .collect(),
    }
}

/// The keys of the processes that a plugin brings.
fn keys_of(plugin: &Plugin) -> BTreeSet<String> {
    let limits = tongban_bpmn::limit::Limits::default();
    let files = plugin.originals("processes/");
    let read = files
        .filter_map(|(path, content)| tongban_bpmn::read_deployed(path, content, &limits).ok());
    read.flat_map(|it| it.processes)
        .map(|it| it.key.to_string())
        .collect()
}

fn refused(old: &Plugin, narrowing: &Narrowing, users: &[String]) -> UserError {
    let (subject, name) = match &narrowing.subject {
        Subject::Input(name) => ("input", name),
        Subject::Output(name) => ("output", name),
        Subject::Record(name) => ("record", name),
        Subject::Check(name) => ("check", name),
        Subject::Parameter(name) => ("parameter", name),
    };
    let shown = format!("{subject} {name}");
    let parameters = [
        ("plugin", old.manifest().plugin.name.as_str()),
        ("subject", shown.as_str()),
        ("field", narrowing.field.as_str()),
        ("change", narrowing.change.as_str()),
    ];
    let mut error = UserError::new("PLUGIN_NARROWS", &parameters).at("/version");
    error.details = Some(json!({
        "subject": subject,
        "name": name,
        "field": narrowing.field,
        "change": narrowing.change,
        "users": users.iter().take(USERS_MAX).collect::<Vec<_>>(),
    }));
    error
}
