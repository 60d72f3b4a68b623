//! The history of an instance in words: its events by name and element id, as readers see them.

use std::collections::BTreeMap;
use std::sync::Arc;

use tongban_bpmn::graph::ProcessDefinition;
use tongban_core::event::Event;
use tongban_core::id::{ElementIdx, ElementInstanceId, ProcessInstanceId};
use tongban_store::error::Error as StoreError;
use tongban_store::id::TenantId;
use tongban_store::query::page::{Edge, Page, PageRequest};
use tongban_store::query::process_instance;

use crate::engine::Handle;

/// Commits read at once to learn the elements of earlier element instances.
const ROWS: u32 = 200;

/// What one commit did to an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Place in the history, from 1.
    pub sequence: i64,
    /// When, microseconds UTC.
    pub at: i64,
    /// On whose behalf.
    pub principal: Arc<str>,
    /// Its events, in order.
    pub events: Vec<HistoryEvent>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEvent {
    /// Its name, such as `ElementActivated`.
    pub name: &'static str,
    /// XML id of the element it happened to.
    pub element_id: Option<Arc<str>>,
}

impl Handle {
    /// The history of an instance, oldest first. The caller has checked who may read it.
    pub async fn history(
        &self,
        tenant: &str,
        instance: i64,
        page: &PageRequest,
    ) -> Result<Page<HistoryEntry>, StoreError> {
        let (database, tenant) = (&self.shared.database, TenantId::new(tenant));
        let instance = ProcessInstanceId(instance);
        let nothing = Page { edges: Vec::new(), has_next_page: false };
        let Some(head) = process_instance::get(database, &tenant, instance).await? else {
            return Ok(nothing);
        };
        let definitions = &self.shared.definitions;
        let definition = definitions.get(database, &tenant, head.definition_id.0).await?;
        let Some(definition) = definition else { return Ok(nothing) };
        let found = process_instance::history(database, &tenant, instance, page).await?;
        let mut names = Names { process: &definition.process, elements: BTreeMap::new() };
        let last = found.edges.last().map_or(0, |it| it.node.sequence);
        self.learn(&mut names, &tenant, instance, last).await?;
        let edges = found.edges.into_iter().map(|edge| {
            let node = edge.node;
            let events = node.events.iter().map(|it| names.event(it)).collect();
            let (sequence, at, principal) = (node.sequence, node.at, node.principal);
            Edge { cursor: edge.cursor, node: HistoryEntry { sequence, at, principal, events } }
        });
        Ok(Page { edges: edges.collect(), has_next_page: found.has_next_page })
    }

    /// Reads from the beginning which element each element instance belongs to: an event names the element only
    /// when its instance is activated.
    async fn learn(
        &self,
        names: &mut Names<'_>,
        tenant: &TenantId,
        instance: ProcessInstanceId,
        last: i64,
    ) -> Result<(), StoreError> {
        let mut page = PageRequest::first(ROWS);
        loop {
            let rows =
                process_instance::history(&self.shared.database, tenant, instance, &page).await?;
            for edge in &rows.edges {
                names.learn(&edge.node.events);
            }
            let Some(end) = rows.edges.last() else { return Ok(()) };
            if !rows.has_next_page || end.node.sequence >= last {
                return Ok(());
            }
            page.after = Some(end.cursor.clone());
        }
    }
}

/// XML ids of what events name by number.
struct Names<'a> {
    process: &'a ProcessDefinition,
    elements: BTreeMap<ElementInstanceId, ElementIdx>,
}

impl Names<'_> {
    fn learn(&mut self, events: &[Event]) {
        for event in events {
            if let Event::ElementActivating(it) = event {
                self.elements.insert(it.id, it.element);
            }
        }
    }

    fn of(&self, id: ElementInstanceId) -> Option<Arc<str>> {
        let element = *self.elements.get(&id)?;
        Some(Arc::clone(&self.process.element(element).id))
    }

    fn event(&self, event: &Event) -> HistoryEvent {
        let (name, element_id) = match event {
            Event::InstanceCreated(_) => ("InstanceCreated", None),
            Event::InstanceCompleted(_) => ("InstanceCompleted", None),
            Event::InstanceTerminated(_) => ("InstanceTerminated", None),
            Event::ElementActivating(it) => ("ElementActivating", self.of(it.id)),
            Event::ElementActivated { id } => ("ElementActivated", self.of(*id)),
            Event::ElementCompleting { id, .. } => ("ElementCompleting", self.of(*id)),
            Event::ElementCompleted { id } => ("ElementCompleted", self.of(*id)),
            Event::ElementTerminating { id } => ("ElementTerminating", self.of(*id)),
            Event::ElementTerminated { id } => ("ElementTerminated", self.of(*id)),
            Event::ElementInterrupted { id, .. } => ("ElementInterrupted", self.of(*id)),
            Event::SequenceFlowTaken { flow, .. } => {
                ("SequenceFlowTaken", Some(Arc::clone(&self.process.flow(*flow).id)))
            }
            Event::VariablesSet { scope, .. } => ("VariablesSet", self.of(*scope)),
            Event::JobCreated(it) => ("JobCreated", self.of(it.element_instance)),
            Event::JobCompleted { .. } => ("JobCompleted", None),
            Event::JobFailed { .. } => ("JobFailed", None),
            Event::JobRetried { .. } => ("JobRetried", None),
            Event::JobErrorThrown { .. } => ("JobErrorThrown", None),
            Event::JobCanceled { .. } => ("JobCanceled", None),
            Event::UserTaskCreated(it) => ("UserTaskCreated", self.of(it.id.element_instance())),
            Event::UserTaskAssigned { id, .. } => {
                ("UserTaskAssigned", self.of(id.element_instance()))
            }
            Event::UserTaskCompleting { id, .. } => {
                ("UserTaskCompleting", self.of(id.element_instance()))
            }
            Event::UserTaskListenerCompleted { id, .. } => {
                ("UserTaskListenerCompleted", self.of(id.element_instance()))
            }
            Event::UserTaskCompleted { id, .. } => {
                ("UserTaskCompleted", self.of(id.element_instance()))
            }
            Event::UserTaskCanceled { id, .. } => {
                ("UserTaskCanceled", self.of(id.element_instance()))
            }
            Event::TimerScheduled(it) => ("TimerScheduled", self.of(it.element_instance)),
            Event::TimerTriggered { .. } => ("TimerTriggered", None),
            Event::TimerCanceled { .. } => ("TimerCanceled", None),
            Event::MessageSubscriptionOpened(it) => {
                ("MessageSubscriptionOpened", self.of(it.element_instance))
            }
            Event::MessageCorrelated { .. } => ("MessageCorrelated", None),
            Event::MessageSubscriptionClosed { .. } => ("MessageSubscriptionClosed", None),
            Event::MessagePublished { element_instance, .. } => {
                ("MessagePublished", self.of(*element_instance))
            }
            Event::IncidentRaised(it) => ("IncidentRaised", self.of(it.element_instance)),
            Event::IncidentResolved { .. } => ("IncidentResolved", None),
            Event::IncidentWithdrawn { .. } => ("IncidentWithdrawn", None),
            Event::ErrorThrown { element_instance, .. } => {
                ("ErrorThrown", self.of(*element_instance))
            }
            Event::ErrorPropagated(_) => ("ErrorPropagated", None),
            Event::ErrorReturned { element_instance, .. } => {
                ("ErrorReturned", self.of(*element_instance))
            }
            Event::DecisionRequested(it) => ("DecisionRequested", self.of(it.element_instance)),
            Event::ChildRequested(it) => ("ChildRequested", self.of(it.element_instance)),
            Event::ChildStarted { element_instance, .. } => {
                ("ChildStarted", self.of(*element_instance))
            }
            Event::ChildTerminationRequested { element_instance, .. } => {
                ("ChildTerminationRequested", self.of(*element_instance))
            }
            Event::WorkDeferred { .. } => ("WorkDeferred", None),
            Event::WorkResumed => ("WorkResumed", None),
        };
        HistoryEvent { name, element_id }
    }
}
