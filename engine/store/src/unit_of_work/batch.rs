//! Batches, their items and what stands against them, within a command.

use std::sync::Arc;

use sea_orm::sea_query::SelectStatement;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use tongban_core::id::ProcessInstanceId;

use super::UnitOfWork;
use super::process_instance::status_code;
use crate::dialect::Dialect;
use crate::entity::process_instance::{self, Column};
use crate::entity::{batch, batch_finding, batch_item, incident};
use crate::error::Error;
use crate::id::TenantId;
use crate::query::batch as query;
use crate::row::batch::{Batch, BatchFinding, BatchItem, SelectedInstances, Selection};
use crate::row::process_instance::Status;

impl UnitOfWork {
    /// A batch; on PostgreSQL it is locked.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn batch(&mut self, id: i64) -> Result<Option<Batch>, Error> {
        let key = (self.tenant(), id);
        if self.tables.batch.get(&key).is_none() {
            let mut find = batch::Entity::find_by_id((key.0.as_str().to_owned(), id));
            if self.database.dialect() == Dialect::Postgresql {
                find = find.lock_exclusive();
            }
            let found = find.one(self.tx().await?).await;
            let found = found.map_err(Error::database("read a batch"))?;
            self.tables.batch.learn(key.clone(), found);
        }
        let row = self.tables.batch.get(&key).flatten().cloned();
        Ok(row.map(query::from_model))
    }

    /// Stores a batch that is new.
    pub fn put_new_batch(&mut self, batch: &Batch) {
        let tenant = self.tenant();
        self.grow(200 + batch.input.len());
        let model = query::to_model(&tenant, batch);
        self.tables.batch.put_new((tenant, batch.id), model);
    }

    /// Stores a batch that has got further.
    pub fn put_batch(&mut self, batch: &Batch) {
        let tenant = self.tenant();
        self.grow(200);
        let model = query::to_model(&tenant, batch);
        self.tables.batch.put((tenant, batch.id), model);
    }

    /// Notes what a batch did to an instance.
    pub fn put_new_batch_item(&mut self, item: &BatchItem) {
        let tenant = self.tenant();
        self.grow(100 + item.errors.as_ref().map_or(0, |it| it.len()));
        let key = (tenant, item.batch_id, item.process_instance_id.0);
        let model = batch_item::Model {
            tenant_id: key.0.as_str().to_owned(),
            batch_id: key.1,
            process_instance_id: key.2,
            outcome: query::outcome_code(item.outcome),
            errors: item.errors.as_ref().map(ToString::to_string),
            at: item.at,
        };
        self.tables.batch_item.put_new(key, model);
    }

    /// Counts something that stands against a batch in one more instance. The count given is not
    /// looked at.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn count_batch_finding(
        &mut self,
        batch_id: i64,
        finding: &BatchFinding,
    ) -> Result<(), Error> {
        let text = |it: &Option<Arc<str>>| it.as_deref().unwrap_or_default().to_owned();
        let (element, target) = (text(&finding.element_id), text(&finding.target_element_id));
        let name = format!("{}|{element}|{target}", finding.code);
        let key = (self.tenant(), batch_id, Arc::from(name.as_str()));
        if self.tables.batch_finding.get(&key).is_none() {
            let place = (key.0.as_str().to_owned(), batch_id, name.clone());
            let find = batch_finding::Entity::find_by_id(place);
            let found = find.one(self.tx().await?).await;
            let found = found.map_err(Error::database("read what stands against a batch"))?;
            self.tables.batch_finding.learn(key.clone(), found);
        }
        let known = self.tables.batch_finding.get(&key).flatten().cloned();
        let mut row = known.unwrap_or_else(|| batch_finding::Model {
            tenant_id: key.0.as_str().to_owned(),
            batch_id,
            key: name,
            code: finding.code.to_string(),
            element_id: finding.element_id.as_ref().map(ToString::to_string),
            target_element_id: finding.target_element_id.as_ref().map(ToString::to_string),
            reason: finding.reason.as_ref().map(ToString::to_string),
            n_instances: 0,
            example_id: finding.example.0,
        });
        row.n_instances += 1;
        self.grow(160);
        self.tables.batch_finding.put(key, row);
        Ok(())
    }

    /// The next running instances that a batch is about, in order of their ids: a page that looks
    /// at so many rows at most, and may be empty although there are further ones.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be read.
    pub async fn select_instances(
        &mut self,
        selection: &Selection,
        after: i64,
        limit: u64,
    ) -> Result<SelectedInstances, Error> {
        let tenant = self.tenant();
        let last = self.last_of_window(&tenant, after).await?;
        let mut select = selected(&tenant, selection).filter(Column::Id.gt(after));
        if let Some(last) = last {
            select = select.filter(Column::Id.lte(last));
        }
        let ids: Vec<i64> = select
            .order_by_asc(Column::Id)
            .limit(limit)
            .into_tuple()
            .all(self.told().await?)
            .await
            .map_err(Error::database(READ_SELECTED))?;
        let is_full = ids.len() as u64 >= limit;
        let last_found = ids.last().copied().unwrap_or(after);
        Ok(SelectedInstances {
            cursor: ProcessInstanceId(match last {
                Some(last) if !is_full => last,
                _ => last_found,
            }),
            is_last: !is_full && last.is_none(),
            ids: ids.into_iter().map(ProcessInstanceId).collect(),
        })
    }

    /// The id up to which one page looks, by the primary key alone; nothing if it looks at all.
    async fn last_of_window(
        &mut self,
        tenant: &TenantId,
        after: i64,
    ) -> Result<Option<i64>, Error> {
        let last: Option<i64> = process_instance::Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::TenantId.eq(tenant.as_str()))
            .filter(Column::Id.gt(after))
            .order_by_asc(Column::Id)
            .offset(ROWS_MAX - 1)
            .limit(1)
            .into_tuple()
            .one(self.told().await?)
            .await
            .map_err(Error::database(READ_SELECTED))?;
        Ok(last)
    }
}

/// Rows that one page looks at: most of a county's instances have ended long ago.
const ROWS_MAX: u64 = 2_000;
const READ_SELECTED: &str = "read the instances of a batch";

fn selected(tenant: &TenantId, selection: &Selection) -> Select<process_instance::Entity> {
    let mut select = process_instance::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Status.eq(status_code(Status::Active)))
        .filter(Column::StartedAt.lte(selection.started_until));
    let mut whole = Condition::any().add(Column::Part.is_null());
    if selection.parts_with_incident {
        whole = whole.add(Column::NIncidents.gt(0));
    }
    select = select.filter(whole);
    if let Some(key) = &selection.process_key {
        select = select.filter(Column::ProcessKey.eq(&**key));
    }
    if let Some(id) = selection.definition_id {
        select = select.filter(Column::DefinitionId.eq(id));
    }
    if selection.with_incident {
        select = select.filter(Column::NIncidents.gt(0));
    }
    if !selection.incident_kinds.is_empty() || !selection.element_ids.is_empty() {
        select = select.filter(Column::Id.in_subquery(stopped(tenant, selection)));
    }
    if selection.only_roots {
        select = select.filter(Column::ParentProcessInstanceId.is_null());
    }
    match selection.suspended {
        None => select,
        Some(true) => select.filter(Column::SuspendedAt.is_not_null()),
        Some(false) => select.filter(Column::SuspendedAt.is_null()),
    }
}

/// The instances that an open incident of one of these kinds stops, at one of these elements.
fn stopped(tenant: &TenantId, selection: &Selection) -> SelectStatement {
    use incident::{Column, Entity};
    let mut find = Entity::find()
        .select_only()
        .column(Column::ProcessInstanceId)
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::ResolvedAt.is_null());
    let texts = |of: &[Arc<str>]| of.iter().map(ToString::to_string).collect::<Vec<_>>();
    if !selection.incident_kinds.is_empty() {
        find = find.filter(Column::Kind.is_in(texts(&selection.incident_kinds)));
    }
    if !selection.element_ids.is_empty() {
        find = find.filter(Column::ElementId.is_in(texts(&selection.element_ids)));
    }
    find.into_query()
}
