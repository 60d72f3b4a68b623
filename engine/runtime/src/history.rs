//! The history of an instance as it is shown: events by name, with the element each happened to.
//!
//! The stored events name element instances by number; which element a number stands for is said
//! by the event that activated it, maybe on an earlier page.

use std::collections::BTreeMap;
use std::sync::Arc;

use tongban_bpmn::graph::ProcessDefinition;
use tongban_core::event::Event;
pub use tongban_core::event::{DecisionEvidence, DecisionRule};
use tongban_core::id::{DefinitionId, ElementIdx, ElementInstanceId, ProcessInstanceId};
use tongban_store::error::Error as StoreError;
use tongban_store::id::TenantId;
use tongban_store::query::page::{Edge, Page, PageRequest, ROWS_MAX};
use tongban_store::query::process_instance as query;
use tongban_store::row::process_instance::HistoryEntry as StoredEntry;

use crate::definition::Definition;
use crate::engine::Handle;

/// What one commit did to an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Place in the history, from 1.
    pub sequence: i64,
    /// When, microseconds UTC.
    pub at: i64,
    /// On whose behalf.
    pub principal: Arc<str>,
    /// What happened, in order.
    pub events: Vec<HistoryEvent>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEvent {
    /// What, such as `ElementActivated`.
    pub name: &'static str,
    /// XML id of the element it happened to.
    pub element_id: Option<Arc<str>>,
    /// By what was decided, if it was a decision: what answers «why».
    pub decision: Option<DecisionEvidence>,
}

/// Which elements the numbers stand for, at one place of the history.
#[derive(Default)]
struct Elements {
    of_instances: BTreeMap<ElementInstanceId, ElementIdx>,
    /// The version that the instance has there; it changes with a migration.
    definition: Option<DefinitionId>,
}

/// The compiled versions that a page is about.
type Processes = BTreeMap<DefinitionId, Arc<Definition>>;

impl Handle {
    /// A page of an instance's history, the oldest first.
    pub async fn history(
        &self,
        tenant: &str,
        process_instance: i64,
        page: &PageRequest,
    ) -> Result<Page<HistoryEntry>, StoreError> {
        let (database, tenant) = (&self.shared.database, TenantId::new(tenant));
        let id = ProcessInstanceId(process_instance);
        let found = query::history(database, &tenant, id, page).await?;
        let mut elements = Elements::default();
        if page.after.is_some()
            && let Some(first) = found.edges.first()
        {
            elements = self
                .elements_before(&tenant, id, first.node.sequence)
                .await?;
        }
        let entries = found.edges.iter().map(|it| &it.node);
        let processes = self.processes(&tenant, id, &elements, entries).await?;
        let edges = found.edges.into_iter();
        let edges = edges.map(|edge| Edge {
            cursor: edge.cursor,
            node: shown(edge.node, &processes, &mut elements),
        });
        Ok(Page {
            edges: edges.collect(),
            has_next_page: found.has_next_page,
        })
    }

    /// The versions that an instance has on a page of its history.
    async fn processes(
        &self,
        tenant: &TenantId,
        id: ProcessInstanceId,
        before: &Elements,
        entries: impl Iterator<Item = &StoredEntry>,
    ) -> Result<Processes, StoreError> {
        let (database, definitions) = (&self.shared.database, &self.shared.definitions);
        let mut processes = Processes::new();
        let Some(head) = query::get(database, tenant, id).await? else {
            return Ok(processes);
        };
        if let Some(newest) = definitions.of_instance(database, tenant, &head).await? {
            processes.insert(head.definition_id, newest);
        }
        let on_page = entries.flat_map(|it| &it.events).filter_map(version_of);
        let ids: Vec<DefinitionId> = before.definition.into_iter().chain(on_page).collect();
        for id in ids {
            if let std::collections::btree_map::Entry::Vacant(entry) = processes.entry(id)
                && let Some(found) = definitions.get(database, tenant, id.0).await?
            {
                entry.insert(found);
            }
        }
        Ok(processes)
    }

    async fn elements_before(
        &self,
        tenant: &TenantId,
        id: ProcessInstanceId,
        sequence: i64,
    ) -> Result<Elements, StoreError> {
        let mut elements = Elements::default();
        let mut request = PageRequest::first(ROWS_MAX);
        loop {
            let page = query::history(&self.shared.database, tenant, id, &request).await?;
            request.after = page.edges.last().map(|it| it.cursor.clone());
            let has_next_page = page.has_next_page;
            for entry in page.into_nodes() {
                if entry.sequence >= sequence {
                    return Ok(elements);
                }
                entry
                    .events
                    .iter()
                    .for_each(|event| note(event, &mut elements));
            }
            if !has_next_page {
                return Ok(elements);
            }
        }
    }
}

fn note(event: &Event, elements: &mut Elements) {
    if let Some(version) = version_of(event) {
        elements.definition = Some(version);
    }
    match event {
        Event::ElementActivating(activating) => {
            let of_instances = &mut elements.of_instances;
            of_instances.insert(activating.id, activating.element);
        }
        Event::InstanceMigrated(migrated) => {
            let to: BTreeMap<_, _> = migrated.elements.iter().copied().collect();
            // What has ended before is not spoken of any more.
            let of_instances = std::mem::take(&mut elements.of_instances).into_iter();
            let of_instances = of_instances.filter_map(|(id, idx)| Some((id, *to.get(&idx)?)));
            elements.of_instances = of_instances.collect();
        }
        _ => {}
    }
}

/// The version that an instance has from an event on.
fn version_of(event: &Event) -> Option<DefinitionId> {
    match event {
        Event::InstanceCreated(created) => Some(created.definition),
        Event::InstanceMigrated(migrated) => Some(migrated.definition),
        _ => None,
    }
}

fn shown(entry: StoredEntry, processes: &Processes, elements: &mut Elements) -> HistoryEntry {
    let events = entry.events.iter().map(|event| {
        note(event, elements);
        let definition = elements.definition.and_then(|id| processes.get(&id));
        let process = definition.map(|it| &*it.process);
        HistoryEvent {
            name: name_of(event),
            element_id: element_of(event, process, elements),
            decision: match event {
                Event::DecisionEvaluated(evaluated) => Some(evaluated.evidence.clone()),
                _ => None,
            },
        }
    });
    HistoryEntry {
        sequence: entry.sequence,
        at: entry.at,
        events: events.collect(),
        principal: entry.principal,
    }
}

fn element_of(
    event: &Event,
    process: Option<&ProcessDefinition>,
    elements: &Elements,
) -> Option<Arc<str>> {
    let element = |idx: ElementIdx| process?.get(idx).map(|it| it.id.clone());
    let instance =
        |id: &ElementInstanceId| elements.of_instances.get(id).and_then(|idx| element(*idx));
    match event {
        Event::ElementActivating(activating) => element(activating.element),
        Event::ElementActivated { id }
        | Event::ElementCompleting { id, .. }
        | Event::OutputsWritten { id }
        | Event::ElementCompleted { id }
        | Event::ElementTerminating { id }
        | Event::ElementTerminated { id }
        | Event::ElementInterrupted { id, .. }
        | Event::IterationsRequested { id, .. }
        | Event::IterationsStarted { id, .. }
        | Event::IterationsTerminationRequested { id }
        | Event::OutputsRequested { id, .. }
        | Event::OutputsCollected { id, .. }
        | Event::OutputsForgone { id }
        | Event::GatewayStarted { id, .. }
        | Event::GatewayReset { id, .. }
        | Event::ActivitiesChosen { id, .. }
        | Event::AdHocSatisfied { id } => instance(id),
        Event::LoopStarted(started) => instance(&started.id),
        Event::IterationCompleted(completed) => instance(&completed.id),
        Event::VariablesSet { scope, .. } => instance(scope),
        Event::SequenceFlowTaken { flow, .. } => {
            Some(process?.flows().get(flow.index())?.id.clone())
        }
        Event::JobCreated(job) => Some(job.element_id.clone()),
        Event::UserTaskCreated(task) => Some(task.element_id.clone()),
        Event::TimerScheduled(timer) => Some(timer.element_id.clone()),
        Event::MessageSubscriptionOpened(opened) => Some(opened.element_id.clone()),
        Event::SignalSubscriptionOpened(opened) => Some(opened.element_id.clone()),
        Event::ConditionSubscriptionOpened(opened) => Some(opened.element_id.clone()),
        Event::PartArrived { arrival, .. } => element(arrival.element),
        Event::PartsComplete { element: event, .. } => element(*event),
        Event::CompensationRegistered(registered) => instance(&registered.element_instance),
        Event::CompensationStarted(started) => instance(&started.scope),
        Event::CompensationCarriedOut(carried_out) => instance(&carried_out.element_instance),
        Event::CompensationCompleted { scope, .. } => instance(scope),
        Event::IncidentRaised(raised) => Some(raised.element_id.clone()),
        Event::UserTaskAssigned { id, .. }
        | Event::UserTaskCompleting { id, .. }
        | Event::UserTaskListenerCompleted { id, .. }
        | Event::UserTaskCompleted { id, .. }
        | Event::UserTaskCanceled { id, .. } => instance(&id.element_instance()),
        Event::MessagePublished {
            element_instance, ..
        }
        | Event::SignalThrown {
            element_instance, ..
        }
        | Event::ErrorThrown {
            element_instance, ..
        }
        | Event::EscalationThrown {
            element_instance, ..
        }
        | Event::EscalationNotCaught {
            element_instance, ..
        }
        | Event::ErrorReturned {
            element_instance, ..
        }
        | Event::PartThrown { element_instance }
        | Event::ChildStarted {
            element_instance, ..
        }
        | Event::ChildTerminationRequested {
            element_instance, ..
        }
        | Event::ChildSuspensionRequested {
            element_instance, ..
        } => instance(element_instance),
        Event::IterationsSuspensionRequested { id, .. } => instance(id),
        Event::UserTaskMigrated(migrated) => Some(migrated.element_id.clone()),
        Event::ErrorPropagated(propagated) => instance(&propagated.thrower),
        Event::EscalationPropagated(propagated) => instance(&propagated.thrower),
        Event::EscalationAnswered(answered) => instance(&answered.element_instance),
        Event::DecisionRequested(requested) => instance(&requested.element_instance),
        Event::DecisionEvaluated(evaluated) => instance(&evaluated.element_instance),
        Event::ChildRequested(requested) => instance(&requested.element_instance),
        Event::InstanceCreated(_)
        | Event::InstanceCompleted(_)
        | Event::InstanceTerminated(_)
        | Event::JobCompleted { .. }
        | Event::JobFailed { .. }
        | Event::JobRetried { .. }
        | Event::JobErrorThrown { .. }
        | Event::JobCanceled { .. }
        | Event::TimerTriggered { .. }
        | Event::TimerCanceled { .. }
        | Event::MessageCorrelated { .. }
        | Event::MessageSubscriptionClosed { .. }
        | Event::SignalReceived { .. }
        | Event::SignalSubscriptionClosed { .. }
        | Event::ConditionChanged { .. }
        | Event::ConditionSubscriptionClosed { .. }
        | Event::IncidentResolved { .. }
        | Event::IncidentWithdrawn { .. }
        | Event::WorkDeferred { .. }
        | Event::WorkResumed
        | Event::WorkHeld { .. }
        | Event::InstanceSuspended { .. }
        | Event::InstanceResumed { .. }
        | Event::InstanceModified(_)
        | Event::InstanceMigrated(_) => None,
    }
}

fn name_of(event: &Event) -> &'static str {
    match event {
        Event::InstanceCreated(_) => "InstanceCreated",
        Event::InstanceCompleted(_) => "InstanceCompleted",
        Event::InstanceTerminated(_) => "InstanceTerminated",
        Event::ElementActivating(_) => "ElementActivating",
        Event::ElementActivated { .. } => "ElementActivated",
        Event::ElementCompleting { .. } => "ElementCompleting",
        Event::OutputsWritten { .. } => "OutputsWritten",
        Event::ElementCompleted { .. } => "ElementCompleted",
        Event::ElementTerminating { .. } => "ElementTerminating",
        Event::ElementTerminated { .. } => "ElementTerminated",
        Event::ElementInterrupted { .. } => "ElementInterrupted",
        Event::SequenceFlowTaken { .. } => "SequenceFlowTaken",
        Event::VariablesSet { .. } => "VariablesSet",
        Event::JobCreated(_) => "JobCreated",
        Event::JobCompleted { .. } => "JobCompleted",
        Event::JobFailed { .. } => "JobFailed",
        Event::JobRetried { .. } => "JobRetried",
        Event::JobErrorThrown { .. } => "JobErrorThrown",
        Event::JobCanceled { .. } => "JobCanceled",
        Event::UserTaskCreated(_) => "UserTaskCreated",
        Event::UserTaskAssigned { .. } => "UserTaskAssigned",
        Event::UserTaskCompleting { .. } => "UserTaskCompleting",
        Event::UserTaskListenerCompleted { .. } => "UserTaskListenerCompleted",
        Event::UserTaskCompleted { .. } => "UserTaskCompleted",
        Event::UserTaskCanceled { .. } => "UserTaskCanceled",
        Event::TimerScheduled(_) => "TimerScheduled",
        Event::TimerTriggered { .. } => "TimerTriggered",
        Event::TimerCanceled { .. } => "TimerCanceled",
        Event::MessageSubscriptionOpened(_) => "MessageSubscriptionOpened",
        Event::MessageCorrelated { .. } => "MessageCorrelated",
        Event::MessageSubscriptionClosed { .. } => "MessageSubscriptionClosed",
        Event::MessagePublished { .. } => "MessagePublished",
        Event::SignalSubscriptionOpened(_) => "SignalSubscriptionOpened",
        Event::SignalReceived { .. } => "SignalReceived",
        Event::SignalSubscriptionClosed { .. } => "SignalSubscriptionClosed",
        Event::SignalThrown { .. } => "SignalThrown",
        Event::ConditionSubscriptionOpened(_) => "ConditionSubscriptionOpened",
        Event::ConditionChanged { .. } => "ConditionChanged",
        Event::ConditionSubscriptionClosed { .. } => "ConditionSubscriptionClosed",
        Event::PartArrived { .. } => "PartArrived",
        Event::PartsComplete { .. } => "PartsComplete",
        Event::PartThrown { .. } => "PartThrown",
        Event::CompensationRegistered(_) => "CompensationRegistered",
        Event::CompensationStarted(_) => "CompensationStarted",
        Event::CompensationCarriedOut(_) => "CompensationCarriedOut",
        Event::CompensationCompleted { .. } => "CompensationCompleted",
        Event::LoopStarted(_) => "LoopStarted",
        Event::IterationCompleted(_) => "IterationCompleted",
        Event::IterationsRequested { .. } => "IterationsRequested",
        Event::IterationsStarted { .. } => "IterationsStarted",
        Event::IterationsTerminationRequested { .. } => "IterationsTerminationRequested",
        Event::OutputsRequested { .. } => "OutputsRequested",
        Event::OutputsCollected { .. } => "OutputsCollected",
        Event::OutputsForgone { .. } => "OutputsForgone",
        Event::GatewayStarted { .. } => "GatewayStarted",
        Event::GatewayReset { .. } => "GatewayReset",
        Event::ActivitiesChosen { .. } => "ActivitiesChosen",
        Event::AdHocSatisfied { .. } => "AdHocSatisfied",
        Event::EscalationThrown { .. } => "EscalationThrown",
        Event::EscalationPropagated(_) => "EscalationPropagated",
        Event::EscalationNotCaught { .. } => "EscalationNotCaught",
        Event::EscalationAnswered(_) => "EscalationAnswered",
        Event::IncidentRaised(_) => "IncidentRaised",
        Event::IncidentResolved { .. } => "IncidentResolved",
        Event::IncidentWithdrawn { .. } => "IncidentWithdrawn",
        Event::ErrorThrown { .. } => "ErrorThrown",
        Event::ErrorPropagated(_) => "ErrorPropagated",
        Event::ErrorReturned { .. } => "ErrorReturned",
        Event::DecisionRequested(_) => "DecisionRequested",
        Event::DecisionEvaluated(_) => "DecisionEvaluated",
        Event::ChildRequested(_) => "ChildRequested",
        Event::ChildStarted { .. } => "ChildStarted",
        Event::ChildTerminationRequested { .. } => "ChildTerminationRequested",
        Event::WorkDeferred { .. } => "WorkDeferred",
        Event::WorkResumed => "WorkResumed",
        Event::WorkHeld { .. } => "WorkHeld",
        Event::InstanceSuspended { .. } => "InstanceSuspended",
        Event::InstanceResumed { .. } => "InstanceResumed",
        Event::ChildSuspensionRequested { .. } => "ChildSuspensionRequested",
        Event::IterationsSuspensionRequested { .. } => "IterationsSuspensionRequested",
        Event::InstanceModified(_) => "InstanceModified",
        Event::InstanceMigrated(_) => "InstanceMigrated",
        Event::UserTaskMigrated(_) => "UserTaskMigrated",
    }
}
