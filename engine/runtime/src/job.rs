//! Jobs as a worker is told of them: what is to be done, for which case, with which variables.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;
use tongban_core::id::{JobId as CoreJobId, ProcessInstanceId};
use tongban_core::state::State;
use tongban_store::database::Database;
use tongban_store::error::Error as StoreError;
use tongban_store::id::TenantId;
use tongban_store::query::{job as query, process_instance};
use tongban_store::row::job::QueuedJob;
use tongban_store::row::process_instance::ProcessInstance;

use crate::command::job::JobId;
use crate::engine::Handle;
use crate::executor::iteration::iteration_parent;
use crate::outcome::ActivatedJob;
use crate::variables;

/// A job with all that a worker needs.
#[derive(Debug, Clone, PartialEq)]
pub struct JobDetail {
    /// The job.
    pub job: JobId,
    /// Its type.
    pub job_type: Arc<str>,
    /// XML id of its element.
    pub element_id: Arc<str>,
    /// BPMN id of its process.
    pub process_key: Arc<str>,
    /// Version of that process.
    pub process_version: i32,
    /// The case's own number.
    pub business_key: Option<Arc<str>>,
    /// Task headers of the model.
    pub headers: BTreeMap<Arc<str>, Arc<str>>,
    /// The variables visible at the element: a JSON object.
    pub variables: Json,
    /// Tries that are left.
    pub retries: i32,
    /// When it was created, microseconds UTC.
    pub created_at: i64,
    /// The lease token.
    pub token: i64,
    /// The end of the lease by the machine's clock, microseconds UTC.
    pub deadline: i64,
}

impl Handle {
    /// The jobs of leases that still hold, in their order.
    pub async fn activated_jobs(
        &self,
        tenant: &str,
        activated: &[ActivatedJob],
    ) -> Result<Vec<JobDetail>, StoreError> {
        let mut details = Vec::with_capacity(activated.len());
        let mut states = States::default();
        for it in activated {
            let found = self.job_of(tenant, it.job, &mut states).await?;
            details.extend(found.filter(|job| job.token == it.token));
        }
        Ok(details)
    }

    /// One job, if it is still open.
    pub async fn job_detail(
        &self,
        tenant: &str,
        job: JobId,
    ) -> Result<Option<JobDetail>, StoreError> {
        self.job_of(tenant, job, &mut States::default()).await
    }

    async fn job_of(
        &self,
        tenant: &str,
        job: JobId,
        states: &mut States,
    ) -> Result<Option<JobDetail>, StoreError> {
        let (database, tenant) = (&self.shared.database, TenantId::new(tenant));
        let instance = ProcessInstanceId(job.process_instance);
        let row = query::get(database, &tenant, instance, CoreJobId(job.number)).await?;
        let Some(row) = row else { return Ok(None) };
        states.read(database, &tenant, instance).await?;
        let Some((head, state)) = states.get(instance) else {
            return Ok(None);
        };
        let definitions = &self.shared.definitions;
        let definition = definitions
            .get(database, &tenant, head.definition_id.0)
            .await?;
        let version = definition.map_or(0, |it| it.version);
        Ok(detail(row, head, state, version))
    }
}

/// Instances with their states, as they were read; absent are those that have ended.
#[derive(Default)]
struct States(BTreeMap<i64, Option<(ProcessInstance, State)>>);

impl States {
    fn get(&self, id: ProcessInstanceId) -> Option<&(ProcessInstance, State)> {
        self.0.get(&id.0).and_then(Option::as_ref)
    }

    /// Reads an instance, unless it is known, and first those of which it runs an iteration: it sees
    /// their variables.
    async fn read(
        &mut self,
        database: &Database,
        tenant: &TenantId,
        id: ProcessInstanceId,
    ) -> Result<(), StoreError> {
        let mut found = Vec::new();
        let mut next = Some(id);
        while let Some(id) = next.filter(|id| !self.0.contains_key(&id.0)) {
            let instance = process_instance::with_state(database, tenant, id).await?;
            let parent = instance.as_ref().and_then(|it| iteration_parent(&it.1));
            next = parent.map(|it| it.instance);
            found.push((id.0, instance, parent));
        }
        for (id, mut instance, parent) in found.into_iter().rev() {
            if let (Some((_, state)), Some(parent)) = (&mut instance, parent) {
                let around = self.get(parent.instance);
                let seen = around.map(|(_, it)| it.iteration_variables(parent.element_instance));
                state.set_surroundings(seen.unwrap_or_default());
            }
            self.0.insert(id, instance);
        }
        Ok(())
    }
}

/// Absent if the state does not know the job any more: it ended between the two reads.
fn detail(
    row: QueuedJob,
    head: &ProcessInstance,
    state: &State,
    process_version: i32,
) -> Option<JobDetail> {
    let job = state.job(row.id)?;
    let variables = variables::to_object(&state.job_variables(row.id));
    Some(JobDetail {
        job: JobId {
            process_instance: row.process_instance_id.0,
            number: row.id.0,
        },
        job_type: row.job_type,
        element_id: row.element_id,
        process_key: head.process_key.clone(),
        process_version,
        business_key: head.business_key.clone(),
        headers: job.headers.clone(),
        variables: Json::Object(variables),
        retries: row.retries,
        created_at: row.created_at,
        token: row.lease_token,
        deadline: row.available_at.unwrap_or_default(),
    })
}
