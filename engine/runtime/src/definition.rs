//! Compiled definitions: read from committed rows, kept in memory, found by id or by key.
//!
//! A definition never changes, so it is kept by its id. Which version of a key is the newest does
//! change: that is kept together with the revision of the database at which it was read, and a group
//! of commands asks for the revision that it began at.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use moka::sync::Cache;
use tongban_bpmn::graph::{Element, ElementKind, ProcessDefinition, SendTask};
use tongban_core::id::DefinitionId;
use tongban_feel::dmn::{Model, Source};
use tongban_feel::environment::Environment;
use tongban_feel::expression::Expression;
use tongban_feel::value::Context;
use tongban_host::schema::Schema;
use tongban_store::database::Database;
use tongban_store::error::Error as StoreError;
use tongban_store::id::TenantId;
use tongban_store::query::definition::{self as query, Version};
use tongban_store::query::page::PageRequest;
use tongban_store::row::definition::{self as row, Origin};
use tongban_store::row::process_instance::ProcessInstance;

use crate::data_type::{Schemas, Types};
use crate::outbox::check::CHECK_JOB_TYPE;
use crate::start_event;
use crate::tenant::TenantWorld;

/// Compiled definitions kept at most.
const DEFINITIONS_MAX: u64 = 2_000;
/// Keys with a known newest version kept at most.
const KEYS_MAX: u64 = 10_000;
const PAGE: u32 = 500;

/// A version of a process, compiled.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) id: i64,
    pub(crate) version: i32,
    pub(crate) deployment: i64,
    pub(crate) origin: Origin,
    /// Whether it has tasks that ask other departments.
    pub(crate) has_checks: bool,
    pub(crate) process: Arc<ProcessDefinition>,
    /// The schemas that were deployed with it.
    pub(crate) schemas: Arc<Schemas>,
}

impl Definition {
    /// The types that are declared outside the process, as its instances know them.
    pub(crate) fn types<'a>(&'a self, tenant: &'a TenantWorld) -> Types<'a> {
        Types {
            tenant,
            schemas: &self.schemas,
        }
    }
}

/// A version of a decision, compiled.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) key: Arc<str>,
    pub(crate) version: i32,
    pub(crate) effective_from: Option<Arc<str>>,
    pub(crate) origin: Origin,
    pub(crate) model: Model,
}

/// A key at a revision.
type Key = (TenantId, Arc<str>, i64);
/// A key, a date and a revision.
type DatedKey = (TenantId, Arc<str>, Arc<str>, i64);
/// Keys of processes by the name of what starts them.
type KeysByName = BTreeMap<Arc<str>, Vec<Arc<str>>>;

/// The newest versions of a tenant that something starts.
#[derive(Default)]
struct Starts {
    by_message: KeysByName,
    by_signal: KeysByName,
    /// The different ways in which the key of a message is computed from what it carries.
    message_keys: BTreeMap<Arc<str>, Vec<Expression>>,
}

/// What is compiled.
pub(crate) struct Definitions {
    by_id: Cache<(TenantId, i64), Arc<Definition>>,
    parts: Cache<(i64, Arc<str>), Arc<Definition>>,
    latest: Cache<Key, Arc<Definition>>,
    decisions: Cache<(TenantId, Arc<str>), Arc<Model>>,
    dated_decisions: Cache<DatedKey, Arc<Decision>>,
    /// With the revision at which they were read.
    starts: ArcSwap<BTreeMap<TenantId, (i64, Arc<Starts>)>>,
}

impl Definitions {
    pub(crate) fn new() -> Definitions {
        Definitions {
            by_id: Cache::new(DEFINITIONS_MAX),
            parts: Cache::new(DEFINITIONS_MAX),
            latest: Cache::new(KEYS_MAX),
            decisions: Cache::new(DEFINITIONS_MAX),
            dated_decisions: Cache::new(KEYS_MAX),
            starts: ArcSwap::default(),
        }
    }

    /// A version by its id.
    pub(crate) async fn get(
        &self,
        database: &Database,
        tenant: &TenantId,
        id: i64,
    ) -> Result<Option<Arc<Definition>>, StoreError> {
        let key = (tenant.clone(), id);
        if let Some(definition) = self.by_id.get(&key) {
            return Ok(Some(definition));
        }
        match query::get_process(database, tenant, DefinitionId(id)).await? {
            Some(row) => self.compile(database, tenant, &row).await.map(Some),
            None => Ok(None),
        }
    }

    /// What an instance runs: a version, or the part of it that one iteration of a large
    /// multi-instance is.
    pub(crate) async fn of_instance(
        &self,
        database: &Database,
        tenant: &TenantId,
        head: &ProcessInstance,
    ) -> Result<Option<Arc<Definition>>, StoreError> {
        let whole = self.get(database, tenant, head.definition_id.0).await?;
        Ok(match (whole, &head.part) {
            (Some(whole), Some(part)) => self.part(&whole, part),
            (whole, _) => whole,
        })
    }

    /// The part of a version that one iteration of a large multi-instance runs.
    pub(crate) fn part(&self, whole: &Definition, part: &Arc<str>) -> Option<Arc<Definition>> {
        let key = (whole.id, part.clone());
        if let Some(definition) = self.parts.get(&key) {
            return Some(definition);
        }
        let process = whole.process.part(whole.process.find(part)?)?;
        let definition = Arc::new(Definition {
            id: whole.id,
            version: whole.version,
            deployment: whole.deployment,
            origin: whole.origin,
            has_checks: process.elements().iter().any(is_check),
            process: Arc::new(process),
            schemas: whole.schemas.clone(),
        });
        self.parts.insert(key, definition.clone());
        Some(definition)
    }

    /// A version by its key, at a revision or later.
    pub(crate) async fn find(
        &self,
        database: &Database,
        tenant: &TenantId,
        (key, version): (&str, Version<'_>),
        revision: i64,
    ) -> Result<Option<Arc<Definition>>, StoreError> {
        let may_keep = matches!(version, Version::Latest);
        let kept = (tenant.clone(), Arc::from(key), revision);
        if may_keep && let Some(definition) = self.latest.get(&kept) {
            return Ok(Some(definition));
        }
        let Some(row) = query::get_process_by_key(database, tenant, key, version).await? else {
            return Ok(None);
        };
        let definition = self.compile(database, tenant, &row).await?;
        if may_keep {
            self.latest.insert(kept, definition.clone());
        }
        Ok(Some(definition))
    }

    async fn compile(
        &self,
        database: &Database,
        tenant: &TenantId,
        row: &row::ProcessDefinition,
    ) -> Result<Arc<Definition>, StoreError> {
        let key = (tenant.clone(), row.id.0);
        if let Some(definition) = self.by_id.get(&key) {
            return Ok(definition);
        }
        let content = content_of(database, tenant, &row.digest).await?;
        let limits = tongban_bpmn::limit::Limits::default();
        let definitions = tongban_bpmn::read_deployed(&row.resource_name, &content, &limits)
            .map_err(|diagnostics| {
                damaged("process", diagnostics.first().map(|it| it.message.clone()))
            })?;
        let process = definitions.processes.iter().find(|it| it.key == row.key);
        let process = process.ok_or_else(|| damaged("process", None))?.clone();
        let mut schemas = Schemas::new();
        for file in &row.schemas {
            let content = content_of(database, tenant, &file.digest).await?;
            let schema = Schema::compile(&file.name, &content).map_err(|problems| {
                damaged("schema", problems.first().map(|it| it.message.clone()))
            })?;
            schemas.insert(file.name.clone(), Arc::new(schema));
        }
        let definition = Arc::new(Definition {
            id: row.id.0,
            version: row.version,
            deployment: row.deployment_id,
            origin: row.origin,
            has_checks: process.elements().iter().any(is_check),
            process,
            schemas: Arc::new(schemas),
        });
        self.by_id.insert(key, definition.clone());
        Ok(definition)
    }

    /// A version of a decision by its key.
    pub(crate) async fn decision(
        &self,
        database: &Database,
        tenant: &TenantId,
        key: &str,
        version: Version<'_>,
    ) -> Result<Option<Arc<Decision>>, StoreError> {
        match query::get_decision_by_key(database, tenant, key, version).await? {
            Some(row) => {
                let decision = self.compile_decision(database, tenant, &row).await?;
                Ok(Some(Arc::new(decision)))
            }
            None => Ok(None),
        }
    }

    /// The version of a decision that holds on a date, `YYYY-MM-DD`, at a revision or later.
    pub(crate) async fn decision_as_of(
        &self,
        database: &Database,
        tenant: &TenantId,
        (key, date): (&str, &str),
        revision: i64,
    ) -> Result<Option<Arc<Decision>>, StoreError> {
        let kept = (tenant.clone(), Arc::from(key), Arc::from(date), revision);
        if let Some(decision) = self.dated_decisions.get(&kept) {
            return Ok(Some(decision));
        }
        let Some(row) = query::get_decision_as_of(database, tenant, key, date).await? else {
            return Ok(None);
        };
        let decision = Arc::new(self.compile_decision(database, tenant, &row).await?);
        self.dated_decisions.insert(kept, decision.clone());
        Ok(Some(decision))
    }

    /// The decision of a row.
    async fn compile_decision(
        &self,
        database: &Database,
        tenant: &TenantId,
        row: &row::DecisionDefinition,
    ) -> Result<Decision, StoreError> {
        // The same file over other imports is another model.
        let mut digests = vec![row.digest.clone()];
        digests.extend(row.imports.iter().cloned());
        let kept = (tenant.clone(), Arc::from(digests.join(" ")));
        let model = match self.decisions.get(&kept) {
            Some(model) => model,
            None => {
                let content = content_of(database, tenant, &row.digest).await?;
                let limits = tongban_feel::dmn::Limits::default();
                let mut imported = Vec::new();
                for digest in &row.imports {
                    imported.push((digest, content_of(database, tenant, digest).await?));
                }
                let others: Vec<Source<'_>> = imported
                    .iter()
                    .map(|(digest, content)| Source {
                        file: digest,
                        bytes: content,
                    })
                    .collect();
                let own = Source {
                    file: &row.resource_name,
                    bytes: &content,
                };
                let parsed = Model::parse_with_imports(own, &others, &limits);
                let model = parsed.map_err(|diagnostics| {
                    damaged("decision", diagnostics.first().map(ToString::to_string))
                })?;
                let model = Arc::new(model);
                self.decisions.insert(kept, model.clone());
                model
            }
        };
        Ok(Decision {
            key: row.key.clone(),
            version: row.version,
            effective_from: row.effective_from.clone(),
            origin: row.origin,
            model: (*model).clone(),
        })
    }

    /// Keys of the processes whose newest version starts by a message of this name.
    pub(crate) async fn started_by_message(
        &self,
        database: &Database,
        tenant: &TenantId,
        name: &str,
        revision: i64,
    ) -> Result<Vec<Arc<str>>, StoreError> {
        let starts = self.starts(database, tenant, revision).await?;
        Ok(starts.by_message.get(name).cloned().unwrap_or_default())
    }

    /// How the newest versions compute the key of a message of this name from what it carries.
    pub(crate) async fn message_keys(
        &self,
        database: &Database,
        tenant: &TenantId,
        name: &str,
        revision: i64,
    ) -> Result<Vec<Expression>, StoreError> {
        let starts = self.starts(database, tenant, revision).await?;
        Ok(starts.message_keys.get(name).cloned().unwrap_or_default())
    }

    /// Keys of the processes whose newest version starts by a signal of this name.
    pub(crate) async fn started_by_signal(
        &self,
        database: &Database,
        tenant: &TenantId,
        name: &str,
        revision: i64,
    ) -> Result<Vec<Arc<str>>, StoreError> {
        let starts = self.starts(database, tenant, revision).await?;
        Ok(starts.by_signal.get(name).cloned().unwrap_or_default())
    }

    async fn starts(
        &self,
        database: &Database,
        tenant: &TenantId,
        revision: i64,
    ) -> Result<Arc<Starts>, StoreError> {
        let known = self.starts.load().get(tenant).cloned();
        if let Some((_, known)) = known.filter(|(at, _)| *at == revision) {
            return Ok(known);
        }
        let starts = Arc::new(self.read_starts(database, tenant).await?);
        self.starts.rcu(|all| {
            let mut all = BTreeMap::clone(all);
            all.insert(tenant.clone(), (revision, starts.clone()));
            all
        });
        Ok(starts)
    }

    /// The keys of all processes of a tenant.
    pub(crate) async fn keys(
        &self,
        database: &Database,
        tenant: &TenantId,
    ) -> Result<Vec<Arc<str>>, StoreError> {
        Ok(newest(database, tenant).await?.into_keys().collect())
    }

    async fn read_starts(
        &self,
        database: &Database,
        tenant: &TenantId,
    ) -> Result<Starts, StoreError> {
        let newest = newest(database, tenant).await?;
        let mut starts = Starts::default();
        for row in newest.values() {
            let definition = self.compile(database, tenant, row).await?;
            for (name, _) in start_event::messages(&definition.process) {
                let keys = starts.by_message.entry(name).or_default();
                keys.push(row.key.clone());
            }
            for (name, key) in &definition.process.message_keys {
                let keys = starts.message_keys.entry(name.clone()).or_default();
                if keys.iter().all(|it| it.source() != key.source()) {
                    keys.push(key.clone());
                }
            }
            for (name, _) in start_event::signals(&definition.process) {
                let keys = starts.by_signal.entry(name).or_default();
                keys.push(row.key.clone());
            }
        }
        Ok(starts)
    }
}

/// The newest version of each process.
async fn newest(
    database: &Database,
    tenant: &TenantId,
) -> Result<BTreeMap<Arc<str>, row::ProcessDefinition>, StoreError> {
    let mut newest: BTreeMap<Arc<str>, row::ProcessDefinition> = BTreeMap::new();
    let mut request = PageRequest::first(PAGE);
    loop {
        let page = query::list_processes(database, tenant, None, &request).await?;
        request.after = page.edges.last().map(|it| it.cursor.clone());
        let has_next_page = page.has_next_page;
        for row in page.into_nodes() {
            let kept = newest
                .get(&row.key)
                .is_some_and(|it| it.version >= row.version);
            if !kept {
                newest.insert(row.key.clone(), row);
            }
        }
        if !has_next_page {
            return Ok(newest);
        }
    }
}

fn is_check(element: &Element) -> bool {
    let (ElementKind::ServiceTask(work) | ElementKind::SendTask(SendTask::Job(work))) =
        &element.kind
    else {
        return false;
    };
    // A type that is only known at run time may be one.
    let constant = work
        .job_type
        .evaluate(&Context::new(), &Environment::default());
    constant.map_or(true, |it| it.as_str().is_none_or(|it| it == CHECK_JOB_TYPE))
}

async fn content_of(
    database: &Database,
    tenant: &TenantId,
    digest: &str,
) -> Result<Arc<[u8]>, StoreError> {
    let content = query::get_resource(database, tenant, digest).await?;
    content.ok_or_else(|| damaged("resource", None))
}

/// What was checked when it was deployed cannot be read any more.
fn damaged(what: &'static str, message: Option<String>) -> StoreError {
    let message = message.unwrap_or_else(|| "it is missing".to_owned());
    StoreError::Decode {
        what,
        source: message.into(),
    }
}
