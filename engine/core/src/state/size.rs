//! Roughly how many bytes a state takes when stored. Exactness does not matter, only that the sum
//! grows with whatever a user or a plugin can make grow.

use std::collections::BTreeMap;
use std::sync::Arc;

use tongban_feel::value::Value;

use super::State;
use super::arrival::{Arrival, Awaited};
use super::compensation::{Compensation, CompletedActivity};
use super::condition_subscription::ConditionSubscription;
use super::element_instance::ElementInstance;
use super::incident::Incident;
use super::job::Job;
use super::message_subscription::MessageSubscription;
use super::multi_instance::Loop;
use super::signal_subscription::SignalSubscription;
use super::table::Row;
use super::timer::Timer;
use super::user_task::UserTask;
use crate::event::TimerDue;
use crate::id::{ElementInstanceId, IncidentId, JobId, SubscriptionId, TimerId, UserTaskId};
use crate::variable::Variables;
use crate::work::Work;

/// The fixed fields of a row.
const ROW_BYTES: usize = 24;
/// A taken flow and its count.
const FLOW_BYTES: usize = 6;
/// A unit of work without what it carries.
const WORK_BYTES: usize = 10;

impl State {
    /// Roughly how many bytes the state takes when stored.
    pub fn bytes(&self) -> usize {
        let instance = self.instance.as_ref().map_or(0, |instance| {
            let business_key = instance.business_key.as_ref().map_or(0, |it| it.len());
            let iteration = instance.iteration.as_ref().map_or(0, |it| {
                it.part.len() + it.item.as_ref().map_or(0, value_bytes)
            });
            let own = instance.process_key.len() + business_key + iteration;
            2 * ROW_BYTES + own
        });
        instance
            + self.element_instances.bytes()
            + self.jobs.bytes()
            + self.timers.bytes()
            + self.message_subscriptions.bytes()
            + self.signal_subscriptions.bytes()
            + self.condition_subscriptions.bytes()
            + self.user_tasks.bytes()
            + self.incidents.bytes()
            + self.deferred.iter().map(work_bytes).sum::<usize>()
    }
}

/// Roughly how many bytes a value takes when stored.
pub(crate) fn value_bytes(value: &Value) -> usize {
    match value {
        Value::Null | Value::Boolean(_) => 1,
        Value::Number(_) | Value::Date(_) | Value::Time(_) | Value::DateTime(_) => 12,
        Value::DaysTimeDuration(_) | Value::YearsMonthsDuration(_) => 12,
        Value::String(text) => 2 + text.len(),
        Value::List(list) => 2 + list.iter().map(value_bytes).sum::<usize>(),
        Value::Context(context) => {
            2 + context
                .iter()
                .map(|(name, it)| 1 + name.len() + value_bytes(it))
                .sum::<usize>()
        }
        Value::Range(_) | Value::Function(_) => 32,
    }
}

fn work_bytes(work: &Work) -> usize {
    WORK_BYTES
        + match work {
            Work::Start { received, .. } | Work::Complete { received, .. } => received.bytes(),
            Work::Enter { .. }
            | Work::Activate { .. }
            | Work::Terminate { .. }
            | Work::Settle { .. }
            | Work::Join { .. }
            | Work::Evaluate { .. }
            | Work::Compensate { .. }
            | Work::Retry { .. } => 0,
        }
}

fn loop_bytes(multi_instance: &Loop) -> usize {
    let items = multi_instance.items.iter().map(value_bytes);
    let outputs = multi_instance.outputs.values();
    let outputs = outputs.map(|it| FLOW_BYTES + value_bytes(it));
    ROW_BYTES + items.sum::<usize>() + outputs.sum::<usize>()
}

fn arrival_bytes(arrival: &Arrival) -> usize {
    let again = match &arrival.again {
        Some(Awaited::Message {
            name,
            correlation_key,
        }) => name.len() + correlation_key.len(),
        Some(Awaited::Signal { name }) => name.len(),
        Some(Awaited::Timer { then }) => then.len(),
        Some(Awaited::Condition { .. }) | None => 0,
    };
    WORK_BYTES + again + arrival.received.bytes()
}

fn compensation_bytes(compensation: &Compensation) -> usize {
    let completed = compensation.completed.iter().map(completed_bytes);
    let runs = compensation.runs.iter();
    let runs = runs.map(|it| WORK_BYTES + it.activities.iter().map(completed_bytes).sum::<usize>());
    WORK_BYTES + completed.sum::<usize>() + runs.sum::<usize>()
}

/// Scopes are nested no deeper than the limit of a file, so this walk is bounded too.
fn completed_bytes(activity: &CompletedActivity) -> usize {
    let contents = activity.contents.iter().map(completed_bytes);
    WORK_BYTES + activity.variables.bytes() + contents.sum::<usize>()
}

fn headers_bytes(headers: &BTreeMap<Arc<str>, Arc<str>>) -> usize {
    headers
        .iter()
        .map(|(name, value)| 2 + name.len() + value.len())
        .sum()
}

impl Row for ElementInstance {
    type Id = ElementInstanceId;

    fn id(&self) -> ElementInstanceId {
        self.id
    }

    fn bytes(&self) -> usize {
        let interruption = self
            .interruption
            .as_ref()
            .map_or(0, |it| it.received.bytes());
        ROW_BYTES
            + FLOW_BYTES * self.taken_flows.len()
            + Variables::bytes(&self.variables)
            + self.received.bytes()
            + interruption
            + self.multi_instance.as_ref().map_or(0, |it| loop_bytes(it))
            + FLOW_BYTES * self.given.as_ref().map_or(0, Vec::len)
            + FLOW_BYTES
                * self
                    .ad_hoc
                    .as_ref()
                    .map_or(0, |it| it.chosen.len() + it.begun.len())
            + self.arrivals.iter().map(arrival_bytes).sum::<usize>()
            + self
                .compensation
                .as_ref()
                .map_or(0, |it| compensation_bytes(it))
    }
}

impl Row for Job {
    type Id = JobId;

    fn id(&self) -> JobId {
        self.id
    }

    fn bytes(&self) -> usize {
        ROW_BYTES + self.job_type.len() + headers_bytes(&self.headers)
    }
}

impl Row for Timer {
    type Id = TimerId;

    fn id(&self) -> TimerId {
        self.id
    }

    fn bytes(&self) -> usize {
        let reference = match &self.due {
            TimerDue::At(_) => 0,
            TimerDue::Deadline(it) => it.key.len() + it.record_id.len(),
        };
        ROW_BYTES + reference + self.then.as_ref().map_or(0, |then| then.len())
    }
}

impl Row for MessageSubscription {
    type Id = SubscriptionId;

    fn id(&self) -> SubscriptionId {
        self.id
    }

    fn bytes(&self) -> usize {
        ROW_BYTES + self.message_name.len() + self.correlation_key.len()
    }
}

impl Row for SignalSubscription {
    type Id = SubscriptionId;

    fn id(&self) -> SubscriptionId {
        self.id
    }

    fn bytes(&self) -> usize {
        ROW_BYTES + self.signal_name.len()
    }
}

impl Row for ConditionSubscription {
    type Id = SubscriptionId;

    fn id(&self) -> SubscriptionId {
        self.id
    }

    fn bytes(&self) -> usize {
        ROW_BYTES
    }
}

impl Row for UserTask {
    type Id = UserTaskId;

    fn id(&self) -> UserTaskId {
        self.id
    }

    fn bytes(&self) -> usize {
        let completing = self.completing.as_ref().map_or(0, |it| {
            let listeners: usize = it.listeners.iter().map(|it| it.job_type.len() + 4).sum();
            it.variables.bytes() + it.output.bytes() + it.by.len() + listeners
        });
        ROW_BYTES + self.assignee.as_ref().map_or(0, |it| it.len()) + completing
    }
}

impl Row for Incident {
    type Id = IncidentId;

    fn id(&self) -> IncidentId {
        self.id
    }

    fn bytes(&self) -> usize {
        ROW_BYTES
    }
}
