//! Deploying processes, decisions and forms: everything that is wrong is said at once, and
//! nothing is stored if anything is.

pub(crate) mod import;
pub(crate) mod read;
pub(crate) mod verdict;

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tongban_bpmn::graph::data_type::ExternalType;
use tongban_bpmn::graph::{BusinessRuleTask, ElementKind, ProcessDefinition, ScriptTask, SendTask};
use tongban_bpmn::graph::{EventDefinition, TimerDefinition};
use tongban_bpmn::timer::{TimerKind, first_due};
use tongban_core::id::DefinitionId;
use tongban_feel::environment::Environment;
use tongban_feel::expression::Expression;
use tongban_feel::time::Timestamp;
use tongban_feel::value::Context;
use tongban_store::query::definition::{self as query, Version};
use tongban_store::query::wait::{Share, continuations};
use tongban_store::row::definition::{self as row, Origin};

use crate::command::Resource;
use crate::data_type::record_schema;
use crate::error::UserError;
use crate::executor::deploy::import::Imports;
use crate::executor::deploy::read::{Read, ReadDecision, read_all};
use crate::executor::follow_up::{FollowUp, OfferMessages, START_BY_TIMER, StartByTimer};
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::outbox::check::CHECK_JOB_TYPE;
use crate::outbox::webhook_job::WEBHOOK_JOB_TYPE;
use crate::outcome::{Deployed, DeployedDefinition, Done, Notice};
use crate::start_event;

const START_ROWS_MAX: u64 = 1_000;
/// Versions of one decision looked at.
const VERSIONS_MAX: u64 = 1_000;

/// Where a deployment comes from.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// Empty for a person's upload, `plugin@version` for a package's.
    pub(crate) text: String,
    /// Operations that will be there with it.
    pub(crate) operations: BTreeSet<String>,
    /// Keys of deadlines that will be there with it.
    pub(crate) deadlines: BTreeSet<String>,
    /// Of which sort it is.
    pub(crate) origin: Origin,
    /// The configuration item it was approved as.
    pub(crate) item: Option<i64>,
}

/// By which namespace a decision is imported, and by which files it is decided itself.
struct Pinned {
    namespace: Arc<str>,
    imports: Vec<Arc<str>>,
}

/// One file of a deployment.
struct File<'d> {
    name: &'d str,
    digest: &'d Arc<str>,
    deployment: i64,
    source: &'d Source,
}

impl Session<'_> {
    /// Deploys what a person uploads.
    pub(crate) fn deploy(&mut self, resources: &[Resource]) -> Decided<Done> {
        let bytes: usize = resources.iter().map(|it| it.content.len()).sum();
        let max = self.shared.bounds.deployment_bytes_max;
        if bytes > max {
            let (bytes, max) = (bytes.to_string(), max.to_string());
            let parameters = [("bytes", bytes.as_str()), ("max", max.as_str())];
            return Err(UserError::new("DEPLOYMENT_TOO_LARGE", &parameters)
                .at("/resources")
                .into());
        }
        let deployed = self.deploy_from(resources, &Source::default())?;
        let subject = deployed
            .deployment
            .map(|it| it.to_string())
            .unwrap_or_default();
        self.audit("Deploy", ("deployment", &subject))?;
        Ok(Done::Deployed(deployed))
    }

    /// Deploys files; the same content as the newest version of a key makes no new version.
    pub(crate) fn deploy_from(
        &mut self,
        resources: &[Resource],
        source: &Source,
    ) -> Decided<Deployed> {
        if resources.is_empty() {
            return Err(UserError::new("DEPLOYMENT_EMPTY", &[])
                .at("/resources")
                .into());
        }
        let imports = self.imported(resources)?;
        let mut read = read_all(resources, &imports, self.shared.look())?;
        // A file without a process, decision or form would be stored and never be of use.
        if read.processes.is_empty() && read.decisions.is_empty() && read.forms.is_empty() {
            return Err(UserError::new("DEPLOYMENT_EMPTY", &[])
                .at("/resources")
                .into());
        }
        self.note_unserved(&mut read, source);
        self.note_undeclared(&mut read, source);
        self.note_unknown_records(&mut read, source);
        if source.origin != Origin::County {
            self.note_undated(&mut read)?;
        }
        let digests: Vec<Arc<str>> = resources.iter().map(digest_of).collect();
        let deployment_id = self.next_id()?;
        let mut deployed = Deployed {
            warnings: std::mem::take(&mut read.warnings),
            ..Deployed::default()
        };
        let file = |position: usize| File {
            name: &resources[position].name,
            digest: &digests[position],
            deployment: deployment_id,
            source,
        };
        for (process, position) in &read.processes {
            let schemas = read::schemas_of(process).into_iter();
            let schemas = schemas.filter_map(|name| {
                let digest = digests[*read.schemas.get(&name)?].clone();
                Some(row::SchemaFile { name, digest })
            });
            let one = self.deploy_process(process, &file(*position), schemas.collect())?;
            deployed.processes.push(one);
        }
        for decision in &read.decisions {
            let (here, before) = imports.needed(decision.file);
            let here = here.iter().map(|it| digests[*it].clone());
            let before = before.iter().map(|it| imports.files[*it].digest.clone());
            let pinned = Pinned {
                namespace: Arc::from(imports.namespace(decision.file)),
                imports: here.chain(before).collect(),
            };
            let one = self.deploy_decision(decision, &file(decision.file), pinned)?;
            deployed.decisions.push(one);
        }
        for (key, position) in &read.forms {
            let one = self.deploy_form(key, &file(*position))?;
            deployed.forms.push(one);
        }
        let all = deployed
            .processes
            .iter()
            .chain(&deployed.decisions)
            .chain(&deployed.forms);
        if all.clone().all(|it| it.unchanged) {
            return Ok(deployed);
        }
        self.put_files(resources, &digests)?;
        self.note_deployed(resources, (&imports, &digests), source.origin);
        let deployment = row::Deployment {
            id: deployment_id,
            deployed_at: self.running.now,
            deployed_by: self.running.principal.id.clone(),
            source: Arc::from(source.text.as_str()),
        };
        let runtime = self.runtime;
        runtime.block_on(self.unit().put_deployment(&deployment))?;
        deployed.deployment = Some(deployment_id);
        Ok(deployed)
    }

    /// The files of the county that these import, as they hold on the day from which these do.
    pub(crate) fn imported(&self, resources: &[Resource]) -> Decided<Imports> {
        let (database, tenant) = (&self.shared.database, &self.running.tenant.id);
        let date = import::date(resources, &self.today().to_string());
        let fresh = &self.running.deployed;
        Ok(self.wait(Imports::of(database, tenant, resources, (&date, fresh)))?)
    }

    /// Lets what follows within the command import what it deploys, which is not committed yet.
    fn note_deployed(
        &mut self,
        resources: &[Resource],
        (imports, digests): (&Imports, &[Arc<str>]),
        origin: Origin,
    ) {
        for (position, resource) in resources.iter().enumerate() {
            let digest = digests[position].clone();
            let fresh = imports.fresh(position, resource, digest, origin);
            self.running.deployed.extend(fresh);
        }
    }

    fn put_files(&mut self, resources: &[Resource], digests: &[Arc<str>]) -> Decided<()> {
        let runtime = self.runtime;
        for (resource, digest) in resources.iter().zip(digests) {
            let file = row::Resource {
                digest: digest.clone(),
                content: Arc::from(resource.content.as_slice()),
            };
            runtime.block_on(self.unit().put_resource(&file))?;
        }
        Ok(())
    }

    fn deploy_process(
        &mut self,
        process: &Arc<ProcessDefinition>,
        file: &File<'_>,
        schemas: Vec<row::SchemaFile>,
    ) -> Decided<DeployedDefinition> {
        let runtime = self.runtime;
        let find = self
            .unit()
            .find_process_definition(&process.key, Version::Latest);
        let latest = runtime.block_on(find)?;
        let is_same =
            |it: &&row::ProcessDefinition| it.digest == *file.digest && it.schemas == schemas;
        if let Some(same) = latest.as_ref().filter(is_same) {
            return Ok(unchanged(same.id.0, &same.key, same.version));
        }
        let id = self.next_id()?;
        let version = latest.as_ref().map_or(0, |it| it.version) + 1;
        let new = row::ProcessDefinition {
            id: DefinitionId(id),
            key: process.key.clone(),
            version,
            version_tag: process.version_tag.clone(),
            name: process.name.clone(),
            origin: file.source.origin,
            resource_name: Arc::from(file.name),
            digest: file.digest.clone(),
            schemas,
            deployment_id: file.deployment,
            deployed_at: self.running.now,
        };
        runtime.block_on(self.unit().put_process_definition(&new))?;
        self.replace_start_timers(latest.map(|it| it.id.0), id, process)?;
        self.offer_kept_messages(process)?;
        Ok(DeployedDefinition {
            id,
            key: process.key.to_string(),
            version,
            unchanged: false,
        })
    }

    /// Messages may be kept that the new version begins with. The row is taken up after the commit,
    /// when that version can be found.
    fn offer_kept_messages(&mut self, process: &ProcessDefinition) -> Decided<()> {
        if start_event::messages(process).is_empty() {
            return Ok(());
        }
        self.running.wakes.continuations = true;
        self.put_row(&FollowUp::OfferMessages(OfferMessages {
            process_key: process.key.to_string(),
            correlation_key: None,
            after: None,
        }))
    }

    /// Only the newest version of a process is started by its timers.
    fn replace_start_timers(
        &mut self,
        previous: Option<i64>,
        id: i64,
        process: &ProcessDefinition,
    ) -> Decided<()> {
        if let Some(previous) = previous {
            let rows = self.wait(continuations(
                &self.shared.database,
                &Share::Whole,
                START_ROWS_MAX,
            ))?;
            let starts = rows.iter().filter(|it| &*it.kind == START_BY_TIMER);
            for row in starts {
                let start = FollowUp::decode(&row.kind, &row.payload);
                if matches!(start, Some((FollowUp::StartByTimer(start), _)) if start.definition == previous)
                {
                    self.unit().remove_continuation(row.id);
                }
            }
        }
        for (element, timer) in start_event::timers(process) {
            let element_id = process.element(element).id.to_string();
            let due = self.first_start(timer).map_err(|reason| {
                let reason = format!("start event {element_id}: {reason}");
                UserError::new("INVALID_INPUT", &[("reason", &reason)]).at("/resources")
            })?;
            let then = due.then.map(|it| it.to_string());
            let due_at = due.at.microseconds();
            self.put_row(&FollowUp::StartByTimer(StartByTimer {
                definition: id,
                element_id,
                due_at,
                then,
            }))?;
            self.running.wakes.timers = true;
        }
        Ok(())
    }

    fn first_start(&self, timer: &TimerDefinition) -> Result<tongban_bpmn::timer::Due, String> {
        let (kind, expression) = match timer {
            TimerDefinition::Date(expression) => (TimerKind::Date, expression),
            TimerDefinition::Duration(expression) => (TimerKind::Duration, expression),
            TimerDefinition::Cycle(expression) => (TimerKind::Cycle, expression),
            TimerDefinition::Deadline { .. } => {
                return Err("a process is not started by a deadline".to_owned());
            }
        };
        let tenant = self.running.tenant.clone();
        let now = Timestamp::from_microseconds(self.running.now);
        let environment = Environment::new(now, self.shared.zone.clone(), &*tenant.calendar);
        let value = expression
            .evaluate(&Context::new(), &environment)
            .map_err(|it| it.to_string())?;
        first_due(kind, &value, now, &self.shared.zone).map_err(|it| it.to_string())
    }

    fn deploy_decision(
        &mut self,
        decision: &ReadDecision,
        file: &File<'_>,
        Pinned { namespace, imports }: Pinned,
    ) -> Decided<DeployedDefinition> {
        let (runtime, source) = (self.runtime, file.source);
        let key = &decision.key;
        let find = self.unit().find_decision_definition(key, Version::Latest);
        let latest = runtime.block_on(find)?;
        // The same rules from another date, or approved anew, are another version.
        let is_same = |it: &&row::DecisionDefinition| {
            it.digest == *file.digest
                && it.imports == imports
                && it.effective_from == decision.effective_from
                && it.item == source.item
                && (it.origin == Origin::County) == (source.origin == Origin::County)
        };
        if let Some(same) = latest.as_ref().filter(is_same) {
            return Ok(unchanged(same.id, &same.key, same.version));
        }
        let id = self.next_id()?;
        let version = latest.map_or(0, |it| it.version) + 1;
        let new = row::DecisionDefinition {
            id,
            key: key.clone(),
            version,
            name: Some(decision.name.clone()),
            effective_from: decision.effective_from.clone(),
            effective_until: None,
            origin: source.origin,
            item: source.item,
            resource_name: Arc::from(file.name),
            digest: file.digest.clone(),
            namespace,
            imports,
            deployment_id: file.deployment,
            deployed_at: self.running.now,
        };
        runtime.block_on(self.unit().put_decision_definition(&new))?;
        Ok(DeployedDefinition {
            id,
            key: key.to_string(),
            version,
            unchanged: false,
        })
    }

    fn deploy_form(&mut self, key: &str, file: &File<'_>) -> Decided<DeployedDefinition> {
        let runtime = self.runtime;
        let find = self.unit().find_form_definition(key, Version::Latest);
        let latest = runtime.block_on(find)?;
        let is_same = |it: &&row::FormDefinition| it.digest == *file.digest;
        if let Some(same) = latest.as_ref().filter(is_same) {
            return Ok(unchanged(same.id, &same.key, same.version));
        }
        let id = self.next_id()?;
        let version = latest.map_or(0, |it| it.version) + 1;
        let new = row::FormDefinition {
            id,
            key: Arc::from(key),
            version,
            origin: file.source.origin,
            resource_name: Arc::from(file.name),
            digest: file.digest.clone(),
            deployment_id: file.deployment,
            deployed_at: self.running.now,
        };
        runtime.block_on(self.unit().put_form_definition(&new))?;
        Ok(DeployedDefinition {
            id,
            key: key.to_owned(),
            version,
            unchanged: false,
        })
    }

    /// Notes the timers whose deadline nobody declares yet: they would wait for ever.
    fn note_undeclared(&self, read: &mut Read, source: &Source) {
        for (process, _) in &read.processes {
            for element in process.elements() {
                let Some(key) = deadline_of(&element.kind) else {
                    continue;
                };
                let is_declared =
                    source.deadlines.contains(key) || self.running.tenant.deadline(key).is_some();
                if !is_declared {
                    let parameters = [("element", &*element.id), ("deadline", key)];
                    let text = crate::code::text("DEADLINE_UNDECLARED", &parameters);
                    read.warnings.push(Notice {
                        code: "DEADLINE_UNDECLARED".to_owned(),
                        zh: text.zh,
                        en: text.en,
                    });
                }
            }
        }
    }

    /// Notes data that are declared as records nobody keeps: they are not checked before somebody does.
    fn note_unknown_records(&self, read: &mut Read, source: &Source) {
        let own = source.text.split('@').next().unwrap_or_default();
        for (process, _) in &read.processes {
            let declared = process.elements().iter().flat_map(|it| &it.data);
            for declaration in declared {
                let Some(ExternalType::Record { plugin, kind }) = declaration.of.external() else {
                    continue;
                };
                let is_known =
                    **plugin == *own || record_schema(&self.running.tenant, plugin, kind).is_some();
                if !is_known {
                    let of = format!("{plugin}:{kind}");
                    let parameters = [("name", &*declaration.variable), ("type", of.as_str())];
                    read.warnings
                        .push(notice("DATA_TYPE_UNSERVED", &parameters));
                }
            }
        }
    }

    /// Notes a decision without a date beside one with a date: it would never be asked after that.
    fn note_undated(&self, read: &mut Read) -> Decided<()> {
        for decision in &read.decisions {
            if decision.effective_from.is_some() {
                continue;
            }
            let (database, tenant) = (&self.shared.database, &self.running.tenant.id);
            let find = query::decision_versions(database, tenant, &decision.key, VERSIONS_MAX);
            let dated = self
                .wait(find)?
                .into_iter()
                .filter(|it| it.origin != Origin::County);
            if let Some(from) = dated.filter_map(|it| it.effective_from).max() {
                let parameters = [("key", &*decision.key), ("date", &*from)];
                read.warnings.push(notice("DECISION_UNDATED", &parameters));
            }
        }
        Ok(())
    }

    /// Notes the tasks whose type nobody serves yet: an instance would stop there.
    pub(crate) fn note_unserved(&self, read: &mut Read, source: &Source) {
        let is_served = |job_type: &str| {
            job_type == CHECK_JOB_TYPE
                || job_type == WEBHOOK_JOB_TYPE
                || source.operations.contains(job_type)
                || self.running.tenant.operation(job_type).is_some()
                || self.shared.job_handlers.get(job_type).is_some()
        };
        for (process, _) in &read.processes {
            for element in process.elements() {
                for job_type in job_types(&element.kind).into_iter().filter_map(constant) {
                    if !is_served(&job_type) {
                        let parameters =
                            [("element", &*element.id), ("job_type", job_type.as_str())];
                        read.warnings.push(notice("JOB_TYPE_UNSERVED", &parameters));
                    }
                }
            }
        }
    }
}

/// A registered text for whoever sent a command that was carried out.
pub(crate) fn notice(code: &str, parameters: &[(&str, &str)]) -> Notice {
    let text = crate::code::text(code, parameters);
    Notice {
        code: code.to_owned(),
        zh: text.zh,
        en: text.en,
    }
}

fn unchanged(id: i64, key: &str, version: i32) -> DeployedDefinition {
    DeployedDefinition {
        id,
        key: key.to_owned(),
        version,
        unchanged: true,
    }
}

pub(crate) fn digest_of(resource: &Resource) -> Arc<str> {
    let digest: [u8; 32] = Sha256::digest(&resource.content).into();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Arc::from(hex)
}

/// The types of the jobs that an element makes.
pub(crate) fn job_types(kind: &ElementKind) -> Vec<&Expression> {
    match kind {
        ElementKind::ServiceTask(work)
        | ElementKind::SendTask(SendTask::Job(work))
        | ElementKind::ScriptTask(ScriptTask::Job(work))
        | ElementKind::BusinessRuleTask(BusinessRuleTask::Job(work)) => vec![&work.job_type],
        ElementKind::UserTask(task) => task.listeners.iter().map(|it| &it.job_type).collect(),
        // Of several definitions none has a job.
        ElementKind::EndEvent(Some(EventDefinition::Message(message)))
        | ElementKind::IntermediateThrowEvent(Some(EventDefinition::Message(message))) => {
            message.job.iter().map(|it| &it.job_type).collect()
        }
        _ => Vec::new(),
    }
}

/// The key of the deadline that the timer of an event is bound to.
fn deadline_of(kind: &ElementKind) -> Option<&str> {
    let definition = match kind {
        ElementKind::IntermediateCatchEvent(definition) => definition,
        ElementKind::BoundaryEvent(event) => &event.definition,
        ElementKind::StartEvent(event) => event.definition.as_ref()?,
        _ => return None,
    };
    let mut parts = definition.parts().iter();
    parts.find_map(|part| match part {
        EventDefinition::Timer(TimerDefinition::Deadline { key, .. }) => Some(&**key),
        _ => None,
    })
}

/// The text of an expression that is the same for every instance.
pub(crate) fn constant(expression: &Expression) -> Option<String> {
    let value = expression
        .evaluate(&Context::new(), &Environment::default())
        .ok()?;
    value.as_str().map(str::to_owned)
}
