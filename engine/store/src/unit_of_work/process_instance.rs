//! Instances: loading with their state, storing with what happened to them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tongban_core::event::Event;
use tongban_core::id::{DefinitionId, ElementInstanceId, ProcessInstanceId};
use tongban_core::state::State;
use tongban_core::variable::Variables;

use super::UnitOfWork;
use super::tables::InstanceRow;
use crate::bulk::{self, Lock};
use crate::dialect::Dialect;
use crate::entity::{event_record, process_instance};
use crate::error::Error;
use crate::id::TenantId;
use crate::projection;
use crate::record::{decode_state, encode_events};
use crate::row::process_instance::{HistoryEntry, LoadedInstance, Parent, ProcessInstance, Status};

const READ: &str = "read process instances";

impl UnitOfWork {
    /// Reads instances that the commands of the group will need, in key order and with one
    /// statement a tenant; on PostgreSQL it locks them in that order. Calling it is optional.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be read, [`Error::Decode`] if one cannot be understood.
    pub async fn prefetch_instances(
        &mut self,
        tenant: &TenantId,
        ids: &[ProcessInstanceId],
    ) -> Result<(), Error> {
        let known = |id: i64| {
            self.tables
                .process_instance
                .get(&(tenant.clone(), id))
                .is_some()
        };
        let mut ids: Vec<i64> = ids.iter().map(|id| id.0).filter(|id| !known(*id)).collect();
        ids.sort_unstable();
        ids.dedup();
        self.read_instances(tenant, &ids).await
    }

    /// An instance with its state; on PostgreSQL it is locked.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read, [`Error::Decode`] if it cannot be understood.
    pub async fn instance(
        &mut self,
        id: ProcessInstanceId,
    ) -> Result<Option<LoadedInstance>, Error> {
        let row = self.instance_row(id).await?;
        Ok(row.map(|it| LoadedInstance {
            head: it.head,
            state: it.state,
        }))
    }

    /// The state of a running instance, to be looked at and not to be changed; it is not locked.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read, [`Error::Decode`] if it cannot be understood.
    pub async fn peek_state(&mut self, id: ProcessInstanceId) -> Result<Option<Arc<State>>, Error> {
        if self.database.dialect() == Dialect::Sqlite {
            // Nobody else writes, so that it is as good as locked.
            return Ok(self.instance_row(id).await?.and_then(|it| it.state));
        }
        let key = (self.tenant(), id.0);
        if let Some(known) = self.tables.process_instance.get(&key) {
            return Ok(known.and_then(|it| it.state.clone()));
        }
        let id = (key.0.as_str().to_owned(), id.0);
        let found = process_instance::Entity::find_by_id(id);
        let found = found.one(self.tx().await?).await;
        let found = found.map_err(Error::database("read a process instance"))?;
        let row = found.as_ref().map(from_model).transpose()?;
        Ok(row.and_then(|it| it.state))
    }

    /// An instance as the group leaves it, if the group has touched it.
    #[must_use]
    pub fn left_instance(
        &self,
        tenant: &TenantId,
        id: ProcessInstanceId,
    ) -> Option<ProcessInstance> {
        let row = self
            .tables
            .process_instance
            .get(&(tenant.clone(), id.0))
            .flatten();
        row.map(|it| it.head.clone())
    }

    /// Stores an instance as it stands after a step, with what happened in the step.
    ///
    /// The first event of a new instance is [`Event::InstanceCreated`]. Several calls for one
    /// instance within a command make one entry of its history. The projections follow.
    ///
    /// # Errors
    /// [`Error::UnknownProcessInstance`] if it is neither stored nor new; [`Error::Database`].
    ///
    /// # Panics
    /// If no command is open.
    pub async fn put_instance(
        &mut self,
        id: ProcessInstanceId,
        state: Arc<State>,
        events: Vec<Event>,
    ) -> Result<(), Error> {
        let mut row = match events.first() {
            Some(Event::InstanceCreated(created)) => {
                let head = projection::process_instance::created(created, self.context());
                InstanceRow {
                    head,
                    state: None,
                    version: 0,
                }
            }
            _ => {
                let row = self.instance_row(id).await?;
                row.ok_or(Error::UnknownProcessInstance { id: id.0 })?
            }
        };
        let at = self.context().at;
        projection::process_instance::apply(&mut row.head, &events, at);
        self.grow(256 + state.bytes() + 64 * events.len());
        self.project(&row.head, &state, &events).await?;
        let ended = row.head.ended_at.is_some();
        if ended {
            self.free_message_start(&row.head);
        }
        row.state = (!ended).then_some(state);
        self.note_history(&mut row.head, events);
        let key = (self.tenant(), id.0);
        match row.version {
            0 => self.tables.process_instance.put_new(key, row),
            _ => self.tables.process_instance.put(key, row),
        }
        Ok(())
    }

    /// Stops an instance that a bug of ours has broken; it keeps its state and takes no command.
    ///
    /// # Errors
    /// [`Error::UnknownProcessInstance`] if it is not stored; [`Error::Database`].
    pub async fn halt_instance(
        &mut self,
        id: ProcessInstanceId,
        reason: &str,
    ) -> Result<(), Error> {
        let row = self.instance_row(id).await?;
        let mut row = row.ok_or(Error::UnknownProcessInstance { id: id.0 })?;
        row.head.status = Status::Halted;
        row.head.halt_reason = Some(Arc::from(reason));
        let key = (self.tenant(), id.0);
        self.tables.process_instance.put(key, row);
        Ok(())
    }

    /// Lets an instance that was stopped take commands again. Answers whether it was stopped.
    ///
    /// # Errors
    /// [`Error::UnknownProcessInstance`] if it is not stored; [`Error::Database`].
    pub async fn recover_instance(&mut self, id: ProcessInstanceId) -> Result<bool, Error> {
        let row = self.instance_row(id).await?;
        let mut row = row.ok_or(Error::UnknownProcessInstance { id: id.0 })?;
        if row.head.status != Status::Halted {
            return Ok(false);
        }
        row.head.status = Status::Active;
        row.head.halt_reason = None;
        let key = (self.tenant(), id.0);
        self.tables.process_instance.put(key, row);
        Ok(true)
    }

    /// Ids of the running instances that an element instance has started, in order: those after
    /// `after`, and at most so many.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be read.
    pub async fn child_instances(
        &mut self,
        parent: ProcessInstanceId,
        element_instance: ElementInstanceId,
        after: ProcessInstanceId,
        limit: usize,
    ) -> Result<Vec<ProcessInstanceId>, Error> {
        use process_instance::Column;
        let tenant = self.tenant();
        let known_rows = self.tables.process_instance.known().count();
        let select = process_instance::Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::TenantId.eq(tenant.as_str()))
            .filter(Column::ParentProcessInstanceId.eq(parent.0))
            .filter(Column::ParentElementInstanceId.eq(element_instance.0))
            .filter(Column::EndedAt.is_null())
            .filter(Column::Id.gt(after.0))
            .order_by_asc(Column::Id)
            // What is known may stand instead of as many stored rows.
            .limit((limit + known_rows) as u64);
        let stored: Vec<i64> = select
            .into_tuple()
            .all(self.tx().await?)
            .await
            .map_err(Error::database("read called instances"))?;
        let instances = &self.tables.process_instance;
        let link = Parent {
            process_instance_id: parent,
            element_instance_id: element_instance,
        };
        let is_child =
            |head: &ProcessInstance| head.ended_at.is_none() && head.parent == Some(link);
        let unknown = |id: &i64| instances.get(&(tenant.clone(), *id)).is_none();
        let mut ids: Vec<i64> = stored.into_iter().filter(unknown).collect();
        let known = instances
            .known()
            .filter(|(key, _)| key.0 == tenant && key.1 > after.0);
        ids.extend(known.filter_map(|(key, row)| is_child(&row?.head).then_some(key.1)));
        ids.sort_unstable();
        ids.truncate(limit);
        Ok(ids.into_iter().map(ProcessInstanceId).collect())
    }

    pub(super) async fn instance_row(
        &mut self,
        id: ProcessInstanceId,
    ) -> Result<Option<InstanceRow>, Error> {
        let key = (self.tenant(), id.0);
        if let Some(known) = self.tables.process_instance.get(&key) {
            return Ok(known.cloned());
        }
        self.read_instances(&key.0, &[id.0]).await?;
        Ok(self.tables.process_instance.get(&key).flatten().cloned())
    }

    /// Reads instances by their ids, which are in order, and locks them.
    async fn read_instances(&mut self, tenant: &TenantId, ids: &[i64]) -> Result<(), Error> {
        match self.database.dialect() {
            Dialect::Sqlite => self.read_from_file(tenant, ids).await,
            Dialect::Postgresql => self.read_and_lock(tenant, ids).await,
        }
    }

    /// Nobody else writes: what was committed last is what is stored.
    async fn read_from_file(&mut self, tenant: &TenantId, ids: &[i64]) -> Result<(), Error> {
        // From here on nobody else commits.
        self.tx().await?;
        let mut unknown = Vec::with_capacity(ids.len());
        for id in ids {
            let key = (tenant.clone(), *id);
            match self.database.states().get(&key) {
                Some(row) => self.tables.process_instance.learn(key, Some(row)),
                None => unknown.push(*id),
            }
        }
        let keys = unknown
            .iter()
            .map(|id| vec![tenant.as_str().into(), (*id).into()]);
        let (keys, tx) = (keys.collect(), self.tx().await?);
        let models = bulk::select::<process_instance::Entity, _>(tx, keys, Lock::No, READ).await?;
        self.learn_models(tenant, &unknown, &models, from_model)
    }

    /// Others write: each row is locked, and its state is read unless it is at the version that is known.
    async fn read_and_lock(&mut self, tenant: &TenantId, ids: &[i64]) -> Result<(), Error> {
        let known: BTreeMap<i64, InstanceRow> = ids
            .iter()
            .filter_map(|id| Some((*id, self.database.states().get(&(tenant.clone(), *id))?)))
            .collect();
        let values = |id: &i64| {
            let version = known.get(id).map_or(-1, |it| it.version);
            vec![tenant.as_str().into(), (*id).into(), version.into()]
        };
        let rows = ids.iter().map(values).collect();
        let tx = self.tx().await?;
        let models = bulk::select_changed::<process_instance::Entity, _>(tx, rows, READ).await?;
        self.learn_models(tenant, ids, &models, |model| match known.get(&model.id) {
            Some(row) if row.version == model.version => Ok(row.clone()),
            _ => from_model(model),
        })
    }

    fn learn_models(
        &mut self,
        tenant: &TenantId,
        ids: &[i64],
        models: &[process_instance::Model],
        row: impl Fn(&process_instance::Model) -> Result<InstanceRow, Error>,
    ) -> Result<(), Error> {
        for id in ids {
            let found = match models.binary_search_by_key(id, |it| it.id) {
                Ok(position) => Some(row(&models[position])?),
                Err(_) => None,
            };
            self.tables
                .process_instance
                .learn((tenant.clone(), *id), found);
        }
        Ok(())
    }

    /// Adds events to the history entry of the running command.
    fn note_history(&mut self, head: &mut ProcessInstance, mut events: Vec<Event>) {
        let command = self.running();
        let mut entries = command.history.iter_mut();
        if let Some(entry) = entries.find(|it| it.process_instance_id == head.id) {
            entry.events.append(&mut events);
            return;
        }
        head.sequence += 1;
        command.history.push(HistoryEntry {
            process_instance_id: head.id,
            sequence: head.sequence,
            at: command.context.at,
            principal: command.context.principal.clone(),
            events,
        });
    }

    /// Encodes what happened in the running command, one record an instance.
    pub(super) fn encode_history(&mut self) {
        let tenant = self.tenant();
        for entry in std::mem::take(&mut self.running().history) {
            let content = encode_events(&as_stored(&entry.events));
            let key = (tenant.clone(), entry.process_instance_id.0, entry.sequence);
            let model = event_record::Model {
                tenant_id: tenant.as_str().to_owned(),
                process_instance_id: key.1,
                sequence: key.2,
                at: entry.at,
                principal: entry.principal.to_string(),
                content,
            };
            self.tables.event_record.put_new(key, model);
        }
    }
}

pub(crate) fn to_model(
    tenant: &TenantId,
    head: ProcessInstance,
    state: Option<Vec<u8>>,
    version: i64,
) -> process_instance::Model {
    process_instance::Model {
        tenant_id: tenant.as_str().to_owned(),
        id: head.id.0,
        definition_id: head.definition_id.0,
        process_key: head.process_key.to_string(),
        part: head.part.map(|it| it.to_string()),
        business_key: head.business_key.map(|it| it.to_string()),
        correlation_key: head.correlation_key.map(|it| it.to_string()),
        parent_process_instance_id: head.parent.map(|it| it.process_instance_id.0),
        parent_element_instance_id: head.parent.map(|it| it.element_instance_id.0.into()),
        status: status_code(head.status),
        sequence: head.sequence,
        n_incidents: head.n_incidents,
        started_at: head.started_at,
        started_by: head.started_by.to_string(),
        ended_at: head.ended_at,
        suspended_at: head.suspended_at,
        halt_reason: head.halt_reason.map(|it| it.to_string()),
        state,
        version,
    }
}

pub(crate) fn status_code(status: Status) -> i16 {
    match status {
        Status::Active => 0,
        Status::Completed => 1,
        Status::Canceled => 2,
        Status::Halted => 3,
    }
}

pub(crate) fn head_of(model: &process_instance::Model) -> ProcessInstance {
    let status = match model.status {
        0 => Status::Active,
        1 => Status::Completed,
        2 => Status::Canceled,
        _ => Status::Halted,
    };
    let parent = model
        .parent_process_instance_id
        .zip(model.parent_element_instance_id);
    ProcessInstance {
        id: ProcessInstanceId(model.id),
        definition_id: DefinitionId(model.definition_id),
        process_key: Arc::from(model.process_key.as_str()),
        part: model.part.as_deref().map(Arc::from),
        business_key: model.business_key.as_deref().map(Arc::from),
        correlation_key: model.correlation_key.as_deref().map(Arc::from),
        parent: parent.map(|(instance, element)| Parent {
            process_instance_id: ProcessInstanceId(instance),
            element_instance_id: ElementInstanceId(projection::local(element)),
        }),
        status,
        sequence: model.sequence,
        n_incidents: model.n_incidents,
        started_at: model.started_at,
        started_by: Arc::from(model.started_by.as_str()),
        ended_at: model.ended_at,
        suspended_at: model.suspended_at,
        halt_reason: model.halt_reason.as_deref().map(Arc::from),
    }
}

fn from_model(model: &process_instance::Model) -> Result<InstanceRow, Error> {
    let state = model.state.as_deref().map(decode_state).transpose()?;
    Ok(InstanceRow {
        head: head_of(model),
        state: state.map(Arc::new),
        version: model.version,
    })
}

/// The events as they are stored.
///
/// Without what a person entered for a task whose listeners have dealt with it: a submission may
/// hold personal data, and the operation that validated it has put into records what is to stay.
/// And without the items of a large multi-instance, which have rows of their own. Neither is in the
/// state afterwards, so the fold of the stored events is the same.
fn as_stored(events: &[Event]) -> Cow<'_, [Event]> {
    let is_completed = |task| {
        events
            .iter()
            .any(|it| matches!(it, Event::UserTaskCompleted { id, .. } if *id == task))
    };
    let is_left_out = |it: &Event| match it {
        Event::UserTaskCompleting { id, .. } => is_completed(*id),
        Event::LoopStarted(started) => started.is_spread,
        _ => false,
    };
    if !events.iter().any(is_left_out) {
        return Cow::Borrowed(events);
    }
    let mut stored = events.to_vec();
    for event in stored.iter_mut().filter(|it| is_left_out(it)) {
        match event {
            Event::UserTaskCompleting { variables, .. } => *variables = Variables::new(),
            Event::LoopStarted(started) => started.items = Arc::default(),
            _ => {}
        }
    }
    Cow::Owned(stored)
}
