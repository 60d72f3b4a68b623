//! Commands: each noun decides its own, looks first and writes then.

pub(crate) mod ad_hoc_sub_process;
mod child;
mod decision;
mod incident;
mod instance;
mod iteration;
mod job;
mod message_subscription;
mod migration;
mod modification;
mod signal_subscription;
mod suspension;
mod timer;
mod user_task;
mod variable;

use crate::behavior::error::{BpmnError, FromChild};
use crate::behavior::escalation::Escalation;
use crate::command::{ChildThrower, Command};
use crate::context::Context;
use crate::id::{ElementInstanceId, ProcessInstanceId};
use crate::rejection::Rejection;
use crate::state::instance::Status;
use crate::variable::Variables;

/// Decides one command. A rejected one has neither emitted nor queued anything.
pub(crate) fn decide(ctx: &mut Context<'_>, command: Command) -> Result<(), Rejection> {
    let command = match command {
        Command::CreateInstance(create) => return instance::create(ctx, create),
        other => other,
    };
    check_running(ctx)?;
    suspension::check(ctx, &command)?;
    match command {
        Command::CreateInstance(create) => instance::create(ctx, create),
        Command::CompleteJob { job, variables } => job::complete(ctx, job, variables),
        Command::FailJob {
            job,
            retries,
            back_off_us,
            message,
        } => job::fail(ctx, job, retries, back_off_us, message),
        Command::RetryJob { job } => job::retry(ctx, job),
        Command::ThrowError {
            job,
            code,
            message,
            variables,
        } => job::throw_error(ctx, job, code, message, variables),
        Command::RaiseJobIncident { job, kind, message } => {
            job::raise_incident(ctx, job, kind, message)
        }
        Command::CompleteUserTask {
            task,
            variables,
            by,
        } => user_task::complete(ctx, task, variables, by),
        Command::AssignUserTask { task, assignee } => user_task::assign(ctx, task, assignee),
        Command::TriggerTimer { timer } => timer::trigger(ctx, timer),
        Command::CorrelateMessage {
            subscription,
            message_id,
            variables,
        } => message_subscription::correlate(ctx, subscription, message_id, variables),
        Command::ReceiveSignal {
            subscriptions,
            variables,
        } => signal_subscription::receive(ctx, &subscriptions, &variables),
        Command::IterationsStarted {
            element_instance,
            count,
        } => iteration::started(ctx, element_instance, count),
        Command::IterationsFailed {
            element_instance,
            message,
        } => iteration::failed(ctx, element_instance, &message),
        Command::IterationCompleted {
            element_instance,
            child,
            loop_counter,
            variables,
        } => iteration::completed(ctx, element_instance, child, loop_counter, variables),
        Command::OutputsCollected {
            element_instance,
            outputs,
            is_complete,
        } => iteration::collected(ctx, element_instance, outputs, is_complete),
        Command::ChildStarted {
            element_instance,
            child,
            definition,
        } => child::started(ctx, element_instance, child, definition),
        Command::ChildCompleted {
            element_instance,
            child,
            variables,
        } => child::completed(ctx, element_instance, child, variables),
        Command::ChildFailed {
            element_instance,
            message,
        } => child::failed(ctx, element_instance, &message),
        Command::ChildThrewError {
            element_instance,
            child,
            thrower,
            path,
            code,
            message,
            variables,
        } => {
            let error = BpmnError {
                code,
                message,
                variables,
            };
            let from = from_child(child, thrower, path);
            child::threw_error(ctx, element_instance, from, error)
        }
        Command::ErrorNotCaught {
            element_instance,
            path,
        } => child::error_not_caught(ctx, element_instance, path),
        Command::ChildThrewEscalation {
            element_instance,
            child,
            thrower,
            path,
            code,
            variables,
        } => {
            let from = from_child(child, thrower, path);
            let escalation = Escalation { code, variables };
            child::threw_escalation(ctx, element_instance, from, &escalation)
        }
        Command::EscalationAnswered {
            element_instance,
            path,
        } => child::escalation_answered(ctx, element_instance, path),
        Command::DecisionEvaluated {
            element_instance,
            result,
            evidence,
        } => decision::evaluated(ctx, element_instance, result, evidence),
        Command::DecisionFailed {
            element_instance,
            message,
        } => decision::failed(ctx, element_instance, &message),
        Command::ChooseActivities {
            element_instance,
            activities,
        } => ad_hoc_sub_process::choose(ctx, element_instance, &activities),
        Command::SetVariables {
            element_instance,
            variables,
        } => variable::set(ctx, element_instance, variables),
        Command::ResolveIncident {
            incident,
            variables,
        } => incident::resolve(ctx, incident, variables),
        Command::CancelInstance { cause } => instance::cancel(ctx, cause),
        Command::SuspendInstance { cause } => suspension::suspend(ctx, cause),
        Command::ResumeInstance { cause } => suspension::resume(ctx, cause),
        Command::ModifyInstance(modify) => modification::modify(ctx, &modify),
        Command::MigrateInstance(migrate) => migration::migrate(ctx, &migrate),
        Command::Continue => instance::go_on(ctx),
    }
}

fn check_running(ctx: &Context<'_>) -> Result<(), Rejection> {
    match ctx.state().instance().map(|instance| instance.status) {
        None => Err(Rejection::InstanceNotFound),
        Some(Status::Active) => Ok(()),
        Some(Status::Completed | Status::Terminated) => Err(Rejection::InstanceEnded),
    }
}

/// Refuses what comes by itself and would not fit. What a suspended instance cannot keep may come again.
fn check_trigger_size(ctx: &Context<'_>, variables: &Variables) -> Result<(), Rejection> {
    check_size(ctx, variables).map_err(|rejection| match rejection {
        Rejection::StateTooLarge { bytes, bytes_max } if ctx.state().is_suspended() => {
            Rejection::SuspensionFull { bytes, bytes_max }
        }
        other => other,
    })
}

/// What comes from outside and would not fit is refused at once, before anything is written; what
/// grows inside becomes an incident.
fn check_size(ctx: &Context<'_>, variables: &Variables) -> Result<(), Rejection> {
    let bytes = ctx.state().bytes().saturating_add(variables.bytes());
    let bytes_max = ctx.now.limits.state_bytes_max;
    if variables.is_empty() || bytes <= bytes_max {
        return Ok(());
    }
    Err(Rejection::StateTooLarge { bytes, bytes_max })
}

fn from_child(
    instance: ProcessInstanceId,
    element_instance: ElementInstanceId,
    path: Vec<ChildThrower>,
) -> FromChild {
    let thrower = ChildThrower {
        instance,
        element_instance,
    };
    FromChild { thrower, path }
}

fn not_found(element_instance: ElementInstanceId) -> Rejection {
    Rejection::ElementInstanceNotFound { element_instance }
}

fn not_waiting(element_instance: ElementInstanceId, expected: &'static str) -> Rejection {
    Rejection::ElementNotWaiting {
        element_instance,
        expected,
    }
}
