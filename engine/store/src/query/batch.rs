//! Batches and what they did, as committed.

use std::sync::Arc;

use sea_orm::sea_query::{Expr, Order};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QueryTrait};
use tongban_core::id::ProcessInstanceId;

use super::page::{Keyset, Page, PageRequest, cut};
use crate::database::Database;
use crate::entity::{batch, batch_finding, batch_item};
use crate::error::Error;
use crate::id::TenantId;
use crate::row::batch::{Batch, BatchFinding, BatchItem, BatchOutcome, BatchState};

/// Batches, the latest first.
///
/// # Errors
/// [`Error::BadCursor`]; [`Error::Database`].
pub async fn list(
    database: &Database,
    tenant: &TenantId,
    page: &PageRequest,
) -> Result<Page<Batch>, Error> {
    let mut select = batch::Entity::find().filter(batch::Column::TenantId.eq(tenant.as_str()));
    let order = vec![(Expr::col(batch::Column::Id), Order::Desc)];
    Keyset::new(order).apply(QueryTrait::query(&mut select), page)?;
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read batches"))?;
    Ok(cut(rows, page, |it| vec![it.id.into()], from_model))
}

/// A batch by its id.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn get(database: &Database, tenant: &TenantId, id: i64) -> Result<Option<Batch>, Error> {
    let find = batch::Entity::find_by_id((tenant.as_str().to_owned(), id));
    let found = find.one(database.readers()).await;
    Ok(found
        .map_err(Error::database("read a batch"))?
        .map(from_model))
}

/// What a batch did, by instance.
///
/// # Errors
/// [`Error::BadCursor`]; [`Error::Database`].
pub async fn items(
    database: &Database,
    tenant: &TenantId,
    (id, outcome): (i64, Option<BatchOutcome>),
    page: &PageRequest,
) -> Result<Page<BatchItem>, Error> {
    use batch_item::Column;
    let mut select = batch_item::Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::BatchId.eq(id));
    if let Some(outcome) = outcome {
        select = select.filter(Column::Outcome.eq(outcome_code(outcome)));
    }
    let order = vec![(Expr::col(Column::ProcessInstanceId), Order::Asc)];
    Keyset::new(order).apply(QueryTrait::query(&mut select), page)?;
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read the items of a batch"))?;
    let place = |it: &batch_item::Model| vec![it.process_instance_id.into()];
    Ok(cut(rows, page, place, item_from_model))
}

/// What stood against a batch, the most frequent first.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn findings(
    database: &Database,
    tenant: &TenantId,
    id: i64,
) -> Result<Vec<BatchFinding>, Error> {
    use batch_finding::Column;
    let rows = batch_finding::Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::BatchId.eq(id))
        .order_by_desc(Column::NInstances)
        .order_by_asc(Column::Key)
        .all(database.readers())
        .await
        .map_err(Error::database("read what stood against a batch"))?;
    Ok(rows.into_iter().map(finding_from_model).collect())
}

pub(crate) fn state_code(state: BatchState) -> i16 {
    match state {
        BatchState::Open => 0,
        BatchState::Done => 1,
        BatchState::Canceled => 2,
    }
}

pub(crate) fn outcome_code(outcome: BatchOutcome) -> i16 {
    match outcome {
        BatchOutcome::Done => 0,
        BatchOutcome::Failed => 1,
    }
}

pub(crate) fn to_model(tenant: &TenantId, batch: &Batch) -> batch::Model {
    batch::Model {
        tenant_id: tenant.as_str().to_owned(),
        id: batch.id,
        kind: batch.kind.to_string(),
        input: batch.input.to_string(),
        state: state_code(batch.state),
        cursor: batch.cursor,
        is_selected: batch.is_selected,
        n_selected: batch.n_selected,
        n_done: batch.n_done,
        n_failed: batch.n_failed,
        created_at: batch.created_at,
        created_by: batch.created_by.to_string(),
        ended_at: batch.ended_at,
    }
}

pub(crate) fn from_model(model: batch::Model) -> Batch {
    Batch {
        id: model.id,
        kind: model.kind.into(),
        input: model.input.into(),
        state: match model.state {
            0 => BatchState::Open,
            1 => BatchState::Done,
            _ => BatchState::Canceled,
        },
        cursor: model.cursor,
        is_selected: model.is_selected,
        n_selected: model.n_selected,
        n_done: model.n_done,
        n_failed: model.n_failed,
        created_at: model.created_at,
        created_by: model.created_by.into(),
        ended_at: model.ended_at,
    }
}

fn item_from_model(model: batch_item::Model) -> BatchItem {
    BatchItem {
        batch_id: model.batch_id,
        process_instance_id: ProcessInstanceId(model.process_instance_id),
        outcome: match model.outcome {
            0 => BatchOutcome::Done,
            _ => BatchOutcome::Failed,
        },
        errors: model.errors.map(Arc::from),
        at: model.at,
    }
}

fn finding_from_model(model: batch_finding::Model) -> BatchFinding {
    BatchFinding {
        code: model.code.into(),
        element_id: model.element_id.map(Arc::from),
        target_element_id: model.target_element_id.map(Arc::from),
        reason: model.reason.map(Arc::from),
        n_instances: model.n_instances,
        example: ProcessInstanceId(model.example_id),
    }
}
