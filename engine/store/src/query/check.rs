//! Questions to other registers, and the answers to them.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tongban_core::id::{JobId, ProcessInstanceId};

use crate::database::Database;
use crate::entity::{check_answer, check_request};
use crate::error::Error;
use crate::id::TenantId;
use crate::projection::local;
use crate::row::check::{CheckAnswer, CheckRequest, CheckState};

/// A question, as committed.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn get_request(
    database: &Database,
    tenant: &TenantId,
    id: &str,
) -> Result<Option<CheckRequest>, Error> {
    let key = (tenant.as_str().to_owned(), id.to_owned());
    let found = check_request::Entity::find_by_id(key)
        .one(database.readers())
        .await;
    Ok(found
        .map_err(Error::database("read a check"))?
        .map(request_from_model))
}

/// The latest answer about a subject, as committed.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn get_latest_answer(
    database: &Database,
    tenant: &TenantId,
    kind: &str,
    subject: &str,
) -> Result<Option<CheckAnswer>, Error> {
    latest_answer(database.readers(), tenant, kind, subject).await
}

pub(crate) async fn latest_answer<C: ConnectionTrait>(
    db: &C,
    tenant: &TenantId,
    kind: &str,
    subject: &str,
) -> Result<Option<CheckAnswer>, Error> {
    use check_answer::Column;
    let select = check_answer::Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Kind.eq(kind))
        .filter(Column::Subject.eq(subject))
        .order_by_desc(Column::AnsweredAt)
        .order_by_desc(Column::CheckId)
        .limit(1);
    let found = select
        .one(db)
        .await
        .map_err(Error::database("read the answer to a check"))?;
    Ok(found.map(answer_from_model))
}

pub(crate) fn state_code(state: CheckState) -> i16 {
    match state {
        CheckState::Pending => 0,
        CheckState::Answered => 1,
        CheckState::Failed => 2,
        CheckState::Canceled => 3,
    }
}

pub(crate) fn request_to_model(tenant: &TenantId, request: &CheckRequest) -> check_request::Model {
    check_request::Model {
        tenant_id: tenant.as_str().to_owned(),
        id: request.id.to_string(),
        process_instance_id: request.process_instance_id.0,
        job_id: i64::from(request.job_id.0),
        kind: request.kind.to_string(),
        subject: request.subject.to_string(),
        body: request.body.to_string(),
        state: state_code(request.state),
        n_tries: request.n_tries,
        created_at: request.created_at,
    }
}

pub(crate) fn request_from_model(model: check_request::Model) -> CheckRequest {
    CheckRequest {
        tenant: TenantId::new(&model.tenant_id),
        id: model.id.into(),
        process_instance_id: ProcessInstanceId(model.process_instance_id),
        job_id: JobId(local(model.job_id)),
        kind: model.kind.into(),
        subject: model.subject.into(),
        body: model.body.into(),
        state: match model.state {
            0 => CheckState::Pending,
            1 => CheckState::Answered,
            2 => CheckState::Failed,
            _ => CheckState::Canceled,
        },
        n_tries: model.n_tries,
        created_at: model.created_at,
    }
}

pub(crate) fn answer_to_model(tenant: &TenantId, answer: &CheckAnswer) -> check_answer::Model {
    check_answer::Model {
        tenant_id: tenant.as_str().to_owned(),
        check_id: answer.check_id.to_string(),
        kind: answer.kind.to_string(),
        subject: answer.subject.to_string(),
        outcome: answer.outcome.to_string(),
        body: answer.body.to_string(),
        answered_at: answer.answered_at,
    }
}

pub(crate) fn answer_from_model(model: check_answer::Model) -> CheckAnswer {
    CheckAnswer {
        check_id: model.check_id.into(),
        kind: model.kind.into(),
        subject: model.subject.into(),
        outcome: model.outcome.into(),
        body: model.body.into(),
        answered_at: model.answered_at,
    }
}
