//! Tasks of persons.

use std::sync::Arc;

use tongban_bpmn::graph::{FormReference, TaskListener, TaskListenerEvent, UserTask};
use tongban_bpmn::timer;
use tongban_feel::expression::Expression;
use tongban_feel::value::Value;

use crate::behavior::expression;
use crate::behavior::incident::Failure;
use crate::behavior::job;
use crate::context::Context;
use crate::event::migration::UserTaskMigrated;
use crate::event::{Event, Form, ListenerCall, UserTaskCreated};
use crate::id::{ElementInstanceId, Instant, UserTaskId};
use crate::incident::Kind;
use crate::variable::Variables;
use crate::work::Work;

const PRIORITY_DEFAULT: u8 = 50;
const PRIORITY_MAX: u32 = 100;

/// Evaluates everything a task needs.
pub(crate) fn prepare(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    task: &UserTask,
) -> Result<UserTaskCreated, Failure> {
    let element = ctx.element(id);
    let record = task.record.as_ref();
    Ok(UserTaskCreated {
        id: id.user_task(),
        element_id: element.id.clone(),
        name: element.name.clone(),
        assignee: text(ctx, id, task.assignee.as_ref())?,
        candidate_groups: texts(ctx, id, task.candidate_groups.as_ref())?,
        candidate_users: texts(ctx, id, task.candidate_users.as_ref())?,
        due_at: instant(ctx, id, task.due_date.as_ref())?,
        follow_up_at: instant(ctx, id, task.follow_up_date.as_ref())?,
        priority: priority(ctx, id, task.priority.as_ref())?,
        form: form(ctx, id, task.form.as_ref())?,
        record_kind: text(ctx, id, record.map(|it| &it.kind))?,
        record_id: text(ctx, id, record.map(|it| &it.id))?,
        headers: task.headers.clone(),
        created_at: ctx.now.at,
    })
}

/// Evaluates what another version of a process shows of a task that is open.
pub(crate) fn prepare_shown(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    task: &UserTask,
) -> Result<UserTaskMigrated, Failure> {
    let element = ctx.element(id);
    Ok(UserTaskMigrated {
        id: id.user_task(),
        element_id: element.id.clone(),
        name: element.name.clone(),
        candidate_groups: texts(ctx, id, task.candidate_groups.as_ref())?,
        candidate_users: texts(ctx, id, task.candidate_users.as_ref())?,
        form: form(ctx, id, task.form.as_ref())?,
        headers: task.headers.clone(),
    })
}

/// The completing listeners of a task, evaluated, in order.
pub(crate) fn completing_listeners(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    listeners: &[TaskListener],
) -> Result<Vec<ListenerCall>, Failure> {
    let mut calls = Vec::with_capacity(listeners.len());
    for listener in listeners {
        match listener.event {
            TaskListenerEvent::Completing => {}
        }
        let retries = match &listener.retries {
            Some(retries) => expression::count(ctx, id, retries, job::RETRIES_MAX)?,
            None => ctx.now.limits.job_retries_default,
        };
        calls.push(ListenerCall {
            job_type: expression::text(ctx, id, &listener.job_type)?,
            retries,
        });
    }
    Ok(calls)
}

/// Goes on with a completion: the next listener is asked, or the task is done.
pub(crate) fn continue_completion(ctx: &mut Context<'_>, id: UserTaskId) {
    let task = ctx
        .state()
        .user_task(id)
        .expect("the task is there while it is completed");
    let completing = task
        .completing
        .as_ref()
        .expect("the task is being completed");
    if let Some(next) = completing.listeners.first() {
        let (job_type, retries) = (next.job_type.clone(), next.retries);
        job::create_listener(ctx, id.element_instance(), job_type, retries);
        return;
    }
    // What a person enters is for the operation that validates it, which puts it into records; a process keeps only
    // what the operation answers, so that personal data does not stay in its events.
    let (by, output) = (completing.by.clone(), completing.output.clone());
    done(ctx, id, output, by);
}

/// The task is done; what was entered goes to its element.
pub(crate) fn done(ctx: &mut Context<'_>, id: UserTaskId, received: Variables, by: Arc<str>) {
    ctx.emit(Event::UserTaskCompleted {
        id,
        by,
        completed_at: ctx.now.at,
    });
    ctx.queue(Work::Complete {
        id: id.element_instance(),
        received,
    });
}

/// Cancels the task of an element instance that goes.
pub(crate) fn cancel(ctx: &mut Context<'_>, id: ElementInstanceId) {
    let id = id.user_task();
    if ctx.state().user_task(id).is_some() {
        ctx.emit(Event::UserTaskCanceled {
            id,
            canceled_at: ctx.now.at,
        });
    }
}

fn text(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    expression: Option<&Expression>,
) -> Result<Option<Arc<str>>, Failure> {
    match expression {
        Some(expression) => expression::optional_text(ctx, id, expression),
        None => Ok(None),
    }
}

fn texts(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    expression: Option<&Expression>,
) -> Result<Vec<Arc<str>>, Failure> {
    match expression {
        Some(expression) => expression::texts(ctx, id, expression),
        None => Ok(Vec::new()),
    }
}

fn instant(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    expression: Option<&Expression>,
) -> Result<Option<Instant>, Failure> {
    let Some(expression) = expression else {
        return Ok(None);
    };
    let value = match expression::value(ctx, id, expression)? {
        Value::Null => return Ok(None),
        Value::String(text) if text.is_empty() => return Ok(None),
        value => value,
    };
    match timer::date(&value, &ctx.now.zone) {
        Ok(at) => Ok(Some(Instant(at.microseconds()))),
        Err(error) => Err(Failure::new(Kind::ExpressionFailed, error.to_string())),
    }
}

fn priority(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    expression: Option<&Expression>,
) -> Result<u8, Failure> {
    let Some(expression) = expression else {
        return Ok(PRIORITY_DEFAULT);
    };
    let priority = expression::count(ctx, id, expression, PRIORITY_MAX)?;
    Ok(u8::try_from(priority).expect("the count is at most 100"))
}

fn form(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    form: Option<&FormReference>,
) -> Result<Option<Form>, Failure> {
    match form {
        None => Ok(None),
        Some(FormReference::Key(key)) => {
            Ok(expression::optional_text(ctx, id, key)?.map(Form::Key))
        }
        Some(FormReference::Id { form_id, binding }) => {
            let form_id = expression::text(ctx, id, form_id)?;
            Ok(Some(Form::Id {
                form_id,
                binding: binding.clone(),
            }))
        }
    }
}
