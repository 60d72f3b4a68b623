//! A plain second model of the rules, which follows the events and knows nothing of the state.
//!
//! It keeps which element instances live, which tokens wait, and what must still follow from what
//! has happened: an interrupted activity starts its boundary event, a completed job completes its
//! element, a completed element takes its flows. Start from [`Auditor`].

use std::collections::BTreeMap;

use tongban_bpmn::graph::{
    Container, ElementIdx, ElementKind, EventDefinition, FlowIdx, ProcessDefinition,
};

use super::join::{self, Place};
use super::undo::{self, Undo};
use crate::event::migration::InstanceMigrated;
use crate::event::multi_instance::{IterationCompleted, LoopStarted};
use crate::event::{ElementActivating, Event, JobKind};
use crate::id::{ElementInstanceId, IncidentId, JobId, SubscriptionId, TimerId};

struct Entry {
    element: ElementIdx,
    scope: Option<ElementInstanceId>,
    terminating: bool,
    /// A scope made by hand, which does not begin at its start event.
    made: bool,
    interrupted_by: Option<ElementIdx>,
    iterations: Option<Iterations>,
    /// How many iterations of a standard loop have begun.
    rounds: u32,
    /// The flows that have given their token to a complex gateway that has started.
    given: Option<Vec<FlowIdx>>,
    /// What has been chosen in an ad-hoc sub-process and has not begun.
    chosen: Vec<ElementIdx>,
    /// Whether nothing more may begin in an ad-hoc sub-process.
    is_satisfied: bool,
}

/// The iterations of a multi-instance.
struct Iterations {
    next: u32,
    last: u32,
    /// Started and not ended, as element instances or as instances of their own.
    active: u32,
    satisfied: bool,
    spread: bool,
    /// The iteration whose end has been noted, and whose element instance is about to go.
    ending: bool,
}

/// What has to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// An element starts in a scope, unless the scope is ended or interrupted by another.
    Start {
        scope: ElementInstanceId,
        element: ElementIdx,
    },
    /// An element instance completes, unless it is ended early.
    Complete { id: ElementInstanceId },
    /// An element instance is ended early.
    Terminate { id: ElementInstanceId },
    /// A terminate end event interrupts its scope.
    Interrupt { scope: ElementInstanceId },
    /// An error is caught, passed on, or becomes an incident; an escalation is passed on or noted.
    Answer { thrower: ElementInstanceId },
    /// An event-based gateway is left towards an event.
    Choose {
        gateway: ElementInstanceId,
        element: ElementIdx,
    },
    /// A spread multi-instance whose iterations are done gathers their outputs, or completes.
    Gather { id: ElementInstanceId },
}

/// The tokens of one instance, seen through its events.
#[derive(Default)]
pub(super) struct Auditor {
    instances: BTreeMap<ElementInstanceId, Entry>,
    tokens: BTreeMap<(ElementInstanceId, FlowIdx), u32>,
    jobs: BTreeMap<JobId, (ElementInstanceId, JobKind)>,
    timers: BTreeMap<TimerId, (ElementInstanceId, ElementIdx)>,
    subscriptions: BTreeMap<SubscriptionId, (ElementInstanceId, ElementIdx)>,
    incidents: BTreeMap<IncidentId, ElementInstanceId>,
    undo: Undo,
    /// The activity that has been kept to be undone and is about to be completed.
    registered: Option<ElementInstanceId>,
    /// The event of which something has come just now.
    part: Option<(ElementInstanceId, ElementIdx)>,
    expected: Vec<Expected>,
    /// The flows that a completed element may still take at once.
    leaving: Vec<FlowIdx>,
    /// How many of them it must, and how many it may.
    leaving_bounds: (usize, usize),
    /// What begins by hand, without a token.
    made: Vec<ElementInstanceId>,
    started: Vec<ElementInstanceId>,
    /// Flows taken by hand.
    taken: Vec<FlowIdx>,
}

impl Auditor {
    /// Follows the events of one step.
    pub(super) fn follow<'d>(
        &mut self,
        mut definition: &'d ProcessDefinition,
        target: Option<&'d ProcessDefinition>,
        events: &[Event],
        work_is_left: bool,
    ) -> Result<(), String> {
        for event in events {
            if !matches!(event, Event::PartsComplete { .. }) {
                self.part = None;
            }
            if let (Event::InstanceMigrated(it), Some(target)) = (event, target) {
                self.migrate(it);
                definition = target;
            }
            self.observe(definition, event)
                .map_err(|error| format!("{error}, at {event:?}"))?;
        }
        if !(self.made.is_empty() && self.started.is_empty() && self.taken.is_empty()) {
            return Err("what was to begin by hand has not".to_owned());
        }
        if self.leaving_bounds.0 > 0 {
            return Err("a completed element has not taken its flows".to_owned());
        }
        if !work_is_left && let Some(expected) = self.expected.first() {
            return Err(format!("it was expected to come: {expected:?}"));
        }
        Ok(())
    }

    fn observe(&mut self, definition: &ProcessDefinition, event: &Event) -> Result<(), String> {
        if !matches!(event, Event::SequenceFlowTaken { .. }) {
            if self.leaving_bounds.0 > 0 {
                return Err("a completed element has not taken its flows".to_owned());
            }
            self.leaving.clear();
        }
        match event {
            Event::ElementActivating(activating) => self.activating(definition, activating)?,
            Event::ElementActivated { id } => self.activated(definition, *id),
            Event::ElementCompleting { id, .. } => self.completing(definition, *id)?,
            Event::ElementCompleted { id } => self.completed(definition, *id)?,
            Event::ElementTerminating { id } => self.terminating(*id)?,
            Event::ElementTerminated { id } => {
                let entry = self.remove(*id)?;
                self.iteration_gone(definition, entry.scope);
            }
            Event::ElementInterrupted { id, by, .. } => self.interrupted(definition, *id, *by)?,
            Event::SequenceFlowTaken { scope, flow } => {
                if let Some(idx) = self.taken.iter().position(|it| it == flow) {
                    self.taken.remove(idx);
                } else {
                    self.leave(*flow)?;
                }
                *self.tokens.entry((*scope, *flow)).or_insert(0) += 1;
            }
            Event::JobCreated(job) => {
                self.jobs.insert(job.id, (job.element_instance, job.kind));
            }
            Event::JobCompleted { id } => {
                if let Some((owner, JobKind::Task)) = self.jobs.remove(id) {
                    self.expected.push(Expected::Complete { id: owner });
                }
            }
            Event::UserTaskCompleted { id, .. } => {
                self.expected.push(Expected::Complete {
                    id: id.element_instance(),
                });
            }
            Event::TimerScheduled(it) => {
                self.timers.insert(it.id, (it.element_instance, it.element));
            }
            Event::TimerTriggered { id } => {
                let (owner, element) = self.timers.remove(id).ok_or("no such timer")?;
                self.arrived(definition, owner, element)?;
            }
            Event::MessageSubscriptionOpened(it) => {
                self.subscriptions
                    .insert(it.id, (it.element_instance, it.element));
            }
            Event::SignalSubscriptionOpened(it) => {
                self.subscriptions
                    .insert(it.id, (it.element_instance, it.element));
            }
            Event::ConditionSubscriptionOpened(it) => {
                self.subscriptions
                    .insert(it.id, (it.element_instance, it.element));
            }
            Event::MessageSubscriptionClosed { id }
            | Event::SignalSubscriptionClosed { id }
            | Event::ConditionSubscriptionClosed { id } => {
                self.subscriptions
                    .remove(id)
                    .ok_or("no such subscription")?;
            }
            Event::MessageCorrelated { id, .. }
            | Event::SignalReceived { id }
            | Event::ConditionChanged { id, holds: true } => {
                let (owner, element) = *self.subscriptions.get(id).ok_or("no such subscription")?;
                self.arrived(definition, owner, element)?;
            }
            Event::PartArrived {
                element_instance,
                arrival,
            } => self.part = Some((*element_instance, arrival.element)),
            // A migration lets go of what has come of an event that is not awaited any more.
            Event::PartsComplete {
                element_instance,
                element,
            } => {
                let have_all_come = self.part.take() == Some((*element_instance, *element));
                if have_all_come {
                    self.triggered(definition, *element_instance, *element)?;
                }
            }
            Event::CompensationRegistered(it) => {
                let entry = self.entry(it.element_instance)?;
                let scope = entry.scope.ok_or("an activity has a scope")?;
                let (element, of) = (entry.element, (it.id, it.element_instance));
                self.undo.registered(of, element, scope, it.keeps_contents);
                self.registered = Some(it.element_instance);
            }
            Event::CompensationStarted(it) => self.undo.started(it)?,
            Event::CompensationCarriedOut(it) => {
                let of = (
                    it.element_instance,
                    self.entry(it.element_instance)?.element,
                );
                self.undo.carried_out(definition, of, it.run, it.is_scope)?;
            }
            Event::CompensationCompleted { id, .. } => {
                if let Some(thrower) = self.undo.completed(*id)?
                    && self.throws_one(definition, thrower)
                {
                    self.expected.push(Expected::Complete { id: thrower });
                }
            }
            Event::EscalationThrown {
                element_instance,
                code,
            } => self.escalated(definition, *element_instance, code)?,
            Event::EscalationPropagated(it) => self.answered(it.thrower),
            Event::EscalationNotCaught {
                element_instance, ..
            } => self.answered(*element_instance),
            Event::LoopStarted(it) => self.loop_started(definition, it)?,
            Event::IterationCompleted(it) => self.iteration_completed(definition, it)?,
            Event::IterationsStarted { id, count } => {
                let it = self.iterations(*id)?;
                if !it.spread || it.satisfied || it.next + count > it.last + 1 {
                    return Err("more iterations are started than there are".to_owned());
                }
                it.next += count;
                it.active += count;
            }
            Event::IterationsTerminationRequested { id } => self.iterations(*id)?.active = 0,
            Event::OutputsRequested { id, .. } | Event::OutputsForgone { id } => {
                self.discharge(Expected::Gather { id: *id });
            }
            Event::OutputsCollected {
                id,
                is_complete: true,
                ..
            } => self.expected.push(Expected::Complete { id: *id }),
            Event::InstanceModified(it) => {
                self.made.clone_from(&it.made);
                self.started.clone_from(&it.started);
                self.taken.clone_from(&it.taken);
            }
            Event::GatewayStarted { id, consumed } => {
                self.gateway_started(definition, *id, consumed)?;
            }
            Event::GatewayReset { id, consumed } => {
                self.gateway_reset(definition, *id, consumed)?;
            }
            Event::ActivitiesChosen { id, activities } => {
                self.activities_chosen(definition, *id, activities)?;
            }
            Event::AdHocSatisfied { id } => self.satisfied(definition, *id)?,
            Event::ErrorThrown {
                element_instance, ..
            } => {
                self.expected.push(Expected::Answer {
                    thrower: *element_instance,
                });
            }
            Event::ErrorPropagated(it) => self.answered(it.thrower),
            Event::ErrorReturned {
                element_instance, ..
            } => self.answered(*element_instance),
            Event::IncidentResolved { id, .. } | Event::IncidentWithdrawn { id } => {
                self.incidents.remove(id).ok_or("no such incident")?;
            }
            Event::IncidentRaised(it) => {
                let id = it.element_instance;
                self.incidents.insert(it.id, id);
                self.answered(id);
                self.discharge(Expected::Gather { id });
            }
            _ => {}
        }
        Ok(())
    }

    /// A completed element takes a flow.
    fn leave(&mut self, flow: FlowIdx) -> Result<(), String> {
        let leaves = self.leaving.iter().position(|it| *it == flow);
        self.leaving
            .remove(leaves.ok_or("a flow is taken by nobody")?);
        let (min, max) = self.leaving_bounds;
        let max = max
            .checked_sub(1)
            .ok_or("more flows are taken than may be")?;
        self.leaving_bounds = (min.saturating_sub(1), max);
        Ok(())
    }

    /// Everything is at the same place of another version.
    fn migrate(&mut self, migrated: &InstanceMigrated) {
        let elements: BTreeMap<_, _> = migrated.elements.iter().copied().collect();
        let flows: BTreeMap<_, _> = migrated.flows.iter().copied().collect();
        self.undo.migrate(&elements);
        let to = |element: ElementIdx| elements.get(&element).copied();
        for entry in self.instances.values_mut() {
            entry.element = to(entry.element).unwrap_or(entry.element);
            entry.interrupted_by = entry.interrupted_by.and_then(to);
            for activity in &mut entry.chosen {
                *activity = to(*activity).unwrap_or(*activity);
            }
            for flow in entry.given.iter_mut().flatten() {
                *flow = flows.get(flow).copied().unwrap_or(*flow);
            }
        }
        for ((scope, flow), count) in std::mem::take(&mut self.tokens) {
            let flow = flows.get(&flow).copied().unwrap_or(flow);
            *self.tokens.entry((scope, flow)).or_insert(0) += count;
        }
        let waits = self.timers.values_mut();
        for (_, element) in waits.chain(self.subscriptions.values_mut()) {
            // What has no counterpart has been closed.
            *element = to(*element).unwrap_or(*element);
        }
        for expected in &mut self.expected {
            if let Expected::Start { element, .. } = expected {
                *element = to(*element).unwrap_or(*element);
            }
        }
    }

    fn entry(&self, id: ElementInstanceId) -> Result<&Entry, String> {
        self.instances
            .get(&id)
            .ok_or_else(|| format!("{id:?} is not there"))
    }

    fn activating(
        &mut self,
        definition: &ProcessDefinition,
        activating: &ElementActivating,
    ) -> Result<(), String> {
        let element = definition.element(activating.element);
        let mut consumed = activating.consumed.clone();
        consumed.sort_unstable();
        let made = forget(&mut self.made, activating.id);
        let by_hand = made || forget(&mut self.started, activating.id);
        let fits = match element.kind {
            _ if by_hand => consumed.is_empty(),
            ElementKind::Process(_)
            | ElementKind::StartEvent(_)
            | ElementKind::BoundaryEvent(_)
            | ElementKind::EventSubProcess(_) => consumed.is_empty(),
            _ if consumed.is_empty()
                && (self.undo).may_begin(definition, activating.scope, activating.element) =>
            {
                true
            }
            // It is there from the first token on, which waits until the gateway starts.
            ElementKind::ComplexGateway(_) if !element.incoming.is_empty() => {
                consumed.is_empty() && self.has_arrived(definition, activating)
            }
            ElementKind::ParallelGateway => {
                let mut incoming = element.incoming.clone();
                incoming.sort_unstable();
                consumed == incoming
            }
            _ if join::is_join(definition, activating.element) => {
                self.may_join(definition, activating, &consumed)
            }
            // An iteration, or the body in an instance that runs one.
            _ if element.incoming.is_empty() => {
                consumed.is_empty() && self.may_begin(definition, activating)
            }
            _ => {
                consumed.len() == element.start_quantity as usize
                    && consumed.iter().all(|it| element.incoming.contains(it))
            }
        };
        if !fits {
            return Err("it takes other tokens than those that lead to it".to_owned());
        }
        if let Some(scope) = activating.scope {
            for flow in consumed {
                let token = self
                    .tokens
                    .get_mut(&(scope, flow))
                    .ok_or("the token is not there")?;
                *token -= 1;
                if *token == 0 {
                    self.tokens.remove(&(scope, flow));
                }
            }
            if !by_hand {
                self.discharge(Expected::Start {
                    scope,
                    element: activating.element,
                });
            }
            if let Some(around) = self.instances.get_mut(&scope) {
                if let Some(it) = around.iterations.as_mut() {
                    it.next += 1;
                    it.active += 1;
                }
                around.rounds += u32::from(activating.loop_counter.is_some());
                if activating.is_chosen {
                    around.chosen.remove(0);
                }
            }
        }
        let (element, scope) = (activating.element, activating.scope);
        let entry = Entry {
            element,
            scope,
            terminating: false,
            made,
            interrupted_by: None,
            iterations: None,
            rounds: 0,
            given: None,
            chosen: Vec::new(),
            is_satisfied: false,
        };
        self.instances.insert(activating.id, entry);
        Ok(())
    }

    /// An active container starts at its start event.
    fn activated(&mut self, definition: &ProcessDefinition, id: ElementInstanceId) {
        let Some(entry) = self.instances.get(&id).filter(|it| !it.made) else {
            return;
        };
        let starts: Vec<ElementIdx> = match &definition.element(entry.element).kind {
            _ if self.undo.is_carrier(id) && self.undo.is_scope(id) => {
                let undoing = undo::undoing_sub_process(definition, entry.element);
                undoing.into_iter().collect()
            }
            ElementKind::SubProcess(container) | ElementKind::Transaction(container) => {
                match container.start_event {
                    Some(start) => vec![start],
                    None => container.begins_with.clone(),
                }
            }
            ElementKind::EventSubProcess(it) => vec![it.start],
            _ => Vec::new(),
        };
        for element in starts {
            self.expected.push(Expected::Start { scope: id, element });
        }
    }

    fn completing(
        &mut self,
        definition: &ProcessDefinition,
        id: ElementInstanceId,
    ) -> Result<(), String> {
        let element = self.entry(id)?.element;
        let is_scope = definition.element(element).kind.container().is_some();
        let has_children = self.instances.values().any(|it| it.scope == Some(id));
        let has_tokens = self.tokens.keys().any(|(scope, _)| *scope == id);
        if !self.entry(id)?.chosen.is_empty() && self.entry(id)?.interrupted_by.is_none() {
            return Err("an ad-hoc sub-process ends before what was chosen".to_owned());
        }
        let is_awaited = self
            .expected
            .iter()
            .any(|it| matches!(it, Expected::Start { scope, .. } if *scope == id));
        if is_scope && (has_children || has_tokens || is_awaited) {
            return Err("a scope ends before its contents".to_owned());
        }
        self.discharge(Expected::Complete { id });
        self.discharge(Expected::Gather { id });
        if let Some(it) = &self.entry(id)?.iterations
            && (it.active > 0 || (it.next <= it.last && !it.satisfied))
        {
            return Err("a multi-instance ends before its iterations".to_owned());
        }
        Ok(())
    }

    fn completed(
        &mut self,
        definition: &ProcessDefinition,
        id: ElementInstanceId,
    ) -> Result<(), String> {
        let chosen = self.chosen(id);
        let ends_within = self.is_satisfied(self.entry(id)?.scope);
        self.check_registered(definition, id)?;
        let is_past = self.undo.is_scope(id);
        let entry = self.remove(id)?;
        let element = definition.element(entry.element);
        let quantity = element.completion_quantity as usize;
        self.leaving = element.outgoing.repeat(quantity);
        if is_past {
            self.leaving.clear();
        }
        let n_flows = self.leaving.len();
        self.leaving_bounds = match element.kind {
            ElementKind::ExclusiveGateway { .. } => (n_flows.min(1), n_flows.min(1)),
            ElementKind::InclusiveGateway(_) => (n_flows.min(1), n_flows),
            ElementKind::ComplexGateway(_) => (0, n_flows),
            // One that starts the process waits for nothing.
            ElementKind::EventBasedGateway(it) if it.instantiates.is_some() => {
                (n_flows.min(1), n_flows)
            }
            ElementKind::EventBasedGateway(_) => {
                self.leaving
                    .retain(|flow| Some(definition.flow(*flow).target) == chosen);
                (1, 1)
            }
            // Its flows may have conditions; then one of them is taken at least.
            _ if is_conditional(definition, entry.element) => (quantity.min(n_flows), n_flows),
            _ => (n_flows, n_flows),
        };
        if ends_within {
            self.leaving_bounds.0 = 0;
        } else if let (Some(scope), Some(element)) = (entry.scope, chosen) {
            self.expected.push(Expected::Start { scope, element });
        }
        self.iteration_gone(definition, entry.scope);
        let ElementKind::EndEvent(Some(ended)) = &element.kind else {
            return Ok(());
        };
        for part in ended.parts() {
            let scope = match part {
                EventDefinition::Terminate => entry.scope,
                EventDefinition::Cancel => self.transaction_around(definition, entry.scope),
                _ => None,
            };
            self.expected
                .extend(scope.map(|scope| Expected::Interrupt { scope }));
        }
        Ok(())
    }

    fn transaction_around(
        &self,
        definition: &ProcessDefinition,
        scope: Option<ElementInstanceId>,
    ) -> Option<ElementInstanceId> {
        let mut next = scope;
        while let Some(id) = next {
            let entry = self.instances.get(&id)?;
            let kind = &definition.element(entry.element).kind;
            if matches!(kind, ElementKind::Transaction(_)) && !self.undo.is_scope(id) {
                return Some(id);
            }
            next = entry.scope;
        }
        None
    }

    /// What can be undone is kept when it has been completed, and nothing else.
    fn check_registered(
        &mut self,
        definition: &ProcessDefinition,
        id: ElementInstanceId,
    ) -> Result<(), String> {
        let entry = self.entry(id)?;
        let can_be_undone = definition
            .element(entry.element)
            .compensation_handler
            .is_some()
            || undo::undoing_sub_process(definition, entry.element).is_some()
            || self.undo.has_contents(id);
        let is_past = self.undo.is_carrier(id) || entry.interrupted_by.is_some();
        let is_expected = can_be_undone && !is_past && entry.scope.is_some();
        // What it had done has gone with what is kept.
        let is_kept = self.registered.take() == Some(id);
        if is_kept || !is_expected {
            return Ok(());
        }
        Err("what has been completed is not kept to be undone".to_owned())
    }

    /// Whether an event throws a single thing.
    fn throws_one(&self, definition: &ProcessDefinition, id: ElementInstanceId) -> bool {
        let Some(entry) = self.instances.get(&id) else {
            return false;
        };
        match &definition.element(entry.element).kind {
            ElementKind::EndEvent(Some(it)) | ElementKind::IntermediateThrowEvent(Some(it)) => {
                !matches!(it, EventDefinition::Multiple(_))
            }
            _ => false,
        }
    }

    fn terminating(&mut self, id: ElementInstanceId) -> Result<(), String> {
        let entry = self.instances.get_mut(&id).ok_or("it is not there")?;
        entry.terminating = true;
        self.undo.forget(id);
        self.tokens.retain(|(scope, _), _| *scope != id);
        self.discharge(Expected::Terminate { id });
        self.discharge(Expected::Complete { id });
        self.discharge(Expected::Gather { id });
        self.chosen(id);
        self.answered(id);
        self.expected
            .retain(|it| !matches!(it, Expected::Start { scope, .. } if *scope == id));
        Ok(())
    }

    fn interrupted(
        &mut self,
        definition: &ProcessDefinition,
        id: ElementInstanceId,
        by: ElementIdx,
    ) -> Result<(), String> {
        self.tokens.retain(|(scope, _), _| *scope != id);
        self.expected
            .retain(|it| !matches!(it, Expected::Start { scope, .. } if *scope == id));
        self.discharge(Expected::Interrupt { scope: id });
        self.undo.interrupted(id);
        // Whatever error brought this about has been caught.
        self.expected
            .retain(|it| !matches!(it, Expected::Answer { .. }));
        let children: Vec<_> = self
            .instances
            .iter()
            .filter(|(_, it)| it.scope == Some(id))
            .map(|(id, _)| *id)
            .collect();
        match definition.element(by).kind {
            ElementKind::BoundaryEvent(_) => {
                self.expected.push(Expected::Terminate { id });
                let scope = self.entry(id)?.scope.ok_or("an activity has a scope")?;
                let open =
                    self.entry(scope)?.interrupted_by.is_none() && !self.entry(scope)?.terminating;
                if open {
                    self.expected.push(Expected::Start { scope, element: by });
                }
            }
            ElementKind::EventSubProcess(_) => {
                self.expected
                    .extend(children.iter().map(|id| Expected::Terminate { id: *id }));
                self.expected.push(Expected::Start {
                    scope: id,
                    element: by,
                });
            }
            _ => self
                .expected
                .extend(children.iter().map(|id| Expected::Terminate { id: *id })),
        }
        let children_end = |it: &Expected| matches!(it, Expected::Terminate { id } if self.instances.get(id).is_some_and(|it| it.terminating));
        let ended: Vec<Expected> = self
            .expected
            .iter()
            .filter(|it| children_end(it))
            .copied()
            .collect();
        self.expected.retain(|it| !ended.contains(it));
        self.instances
            .get_mut(&id)
            .ok_or("it is not there")?
            .interrupted_by = Some(by);
        Ok(())
    }

    /// Something has come; a parallel multiple event is triggered when all its parts have.
    fn arrived(
        &mut self,
        definition: &ProcessDefinition,
        owner: ElementInstanceId,
        element: ElementIdx,
    ) -> Result<(), String> {
        let is_parallel = match &definition.element(element).kind {
            ElementKind::BoundaryEvent(it) => it.definition.is_parallel(),
            ElementKind::StartEvent(it) => {
                (it.definition.as_ref()).is_some_and(EventDefinition::is_parallel)
            }
            ElementKind::IntermediateCatchEvent(it) => it.is_parallel(),
            _ => false,
        };
        match is_parallel {
            true => Ok(()),
            false => self.triggered(definition, owner, element),
        }
    }

    /// A trigger that does not interrupt starts its element beside; one of a catch event completes.
    fn triggered(
        &mut self,
        definition: &ProcessDefinition,
        owner: ElementInstanceId,
        element: ElementIdx,
    ) -> Result<(), String> {
        let of_event = definition.element(element);
        match &of_event.kind {
            ElementKind::BoundaryEvent(event) if event.cancel_activity => {
                self.expected.push(Expected::Terminate { id: owner });
            }
            ElementKind::BoundaryEvent(_) => {
                let scope = self.entry(owner)?.scope.ok_or("an activity has a scope")?;
                self.expected.push(Expected::Start { scope, element });
            }
            ElementKind::StartEvent(_) => {
                let element = of_event.scope.ok_or("a start event has a scope")?;
                self.expected.push(Expected::Start {
                    scope: owner,
                    element,
                });
            }
            _ => {
                let waits = self.entry(owner)?.element;
                self.expected.push(match definition.element(waits).kind {
                    ElementKind::EventBasedGateway(_) => Expected::Choose {
                        gateway: owner,
                        element,
                    },
                    _ => Expected::Complete { id: owner },
                });
            }
        }
        Ok(())
    }

    /// The event towards which an event-based gateway has to be left.
    fn chosen(&mut self, id: ElementInstanceId) -> Option<ElementIdx> {
        let of_gateway = |it: &Expected| match it {
            Expected::Choose { gateway, element } if *gateway == id => Some(*element),
            _ => None,
        };
        let chosen = self.expected.iter().find_map(of_gateway);
        self.expected.retain(|it| of_gateway(it).is_none());
        chosen
    }

    /// Whether an inclusive gateway takes one token of each flow where any waits, and no other
    /// could still come.
    fn may_join(
        &self,
        definition: &ProcessDefinition,
        activating: &ElementActivating,
        consumed: &[FlowIdx],
    ) -> bool {
        let Some(scope) = activating.scope else {
            return false;
        };
        let flows = self.tokens.keys().filter(|(of, _)| *of == scope);
        let flows: Vec<FlowIdx> = flows.map(|(_, flow)| *flow).collect();
        let leads_here = |flow: &FlowIdx| definition.flow(*flow).target == activating.element;
        let waiting: Vec<FlowIdx> = flows.iter().copied().filter(leads_here).collect();
        let places = self.places(scope, None);
        waiting == consumed && join::may_join(definition, activating.element, &places)
    }

    /// Whether an element without incoming flows begins where it may: the activity within the body
    /// of a multi-instance, or the body in an instance that runs one iteration.
    fn may_begin(&self, definition: &ProcessDefinition, activating: &ElementActivating) -> bool {
        let around = activating
            .scope
            .and_then(|scope| self.instances.get(&scope));
        let Some(around) = around else { return false };
        match &definition.element(around.element).kind {
            ElementKind::StandardLoop(model) => {
                let next = around.rounds + 1;
                let is_alone = !self
                    .instances
                    .values()
                    .any(|it| it.scope == activating.scope);
                return is_alone
                    && activating.loop_counter == Some(next)
                    && model.maximum.is_none_or(|max| next <= max);
            }
            ElementKind::AdHocSubProcess(_) => {
                let is_next = around.chosen.first() == Some(&activating.element);
                return is_next && activating.is_chosen;
            }
            // Without a start event, what nothing leads to begins, once.
            ElementKind::SubProcess(container) | ElementKind::Transaction(container) => {
                let begins = |it: &Expected| matches!(it, Expected::Start { scope, element } if Some(*scope) == activating.scope && *element == activating.element);
                return container.begins_with.contains(&activating.element)
                    && self.expected.iter().any(begins);
            }
            _ => {}
        }
        let Some(it) = &around.iterations else {
            if starts_process(definition, activating.element) {
                return around.element == ElementIdx::ROOT;
            }
            let root = definition.container(ElementIdx::ROOT);
            let begins = |it: &Container| {
                it.start_event == Some(activating.element)
                    || it.begins_with.contains(&activating.element)
            };
            return around.element == ElementIdx::ROOT && root.is_some_and(begins);
        };
        let sequential = match &definition.element(around.element).kind {
            ElementKind::MultiInstance(it) => it.is_sequential,
            _ => return false,
        };
        activating.loop_counter == Some(it.next)
            && it.next <= it.last
            && !it.satisfied
            && !it.spread
            && (!sequential || it.active == 0)
    }

    /// Whether a token waits at a complex gateway that is not there yet.
    fn has_arrived(&self, definition: &ProcessDefinition, activating: &ElementActivating) -> bool {
        let mut tokens = self.tokens.keys();
        let waits = tokens.any(|(scope, flow)| {
            Some(*scope) == activating.scope && definition.flow(*flow).target == activating.element
        });
        let mut others = self.instances.values();
        let is_there =
            others.any(|it| it.scope == activating.scope && it.element == activating.element);
        waits && !is_there
    }

    /// Takes one token of each flow.
    fn take(&mut self, scope: ElementInstanceId, flows: &[FlowIdx]) -> Result<(), String> {
        for flow in flows {
            let token = self
                .tokens
                .get_mut(&(scope, *flow))
                .ok_or("the token is not there")?;
            *token -= 1;
            if *token == 0 {
                self.tokens.remove(&(scope, *flow));
            }
        }
        Ok(())
    }

    /// A complex gateway that starts takes a token of each flow where any waits, at least one.
    fn gateway_started(
        &mut self,
        definition: &ProcessDefinition,
        id: ElementInstanceId,
        consumed: &[FlowIdx],
    ) -> Result<(), String> {
        let entry = self.entry(id)?;
        let scope = entry.scope.ok_or("a gateway has a scope")?;
        let element = definition.element(entry.element);
        let waits = |flow: &&FlowIdx| self.tokens.contains_key(&(scope, **flow));
        let waiting: Vec<FlowIdx> = element.incoming.iter().filter(waits).copied().collect();
        // One to which nothing leads begins with its scope, with nothing.
        let needs_none = element.incoming.is_empty();
        if entry.given.is_some() || waiting != consumed || (consumed.is_empty() && !needs_none) {
            return Err("a gateway starts that cannot".to_owned());
        }
        self.take(scope, consumed)?;
        let n_flows = element.outgoing.len();
        self.leaving.clone_from(&element.outgoing);
        let min = if self.is_satisfied(Some(scope)) {
            0
        } else {
            n_flows.min(1)
        };
        self.leaving_bounds = (min, n_flows);
        let entry = self.instances.get_mut(&id).ok_or("it is not there")?;
        entry.given = Some(consumed.to_vec());
        Ok(())
    }

    /// One that resets takes a token of each of the other flows where any waits, once no other is
    /// expected.
    fn gateway_reset(
        &mut self,
        definition: &ProcessDefinition,
        id: ElementInstanceId,
        consumed: &[FlowIdx],
    ) -> Result<(), String> {
        let entry = self.entry(id)?;
        let scope = entry.scope.ok_or("a gateway has a scope")?;
        let given = entry
            .given
            .clone()
            .ok_or("a gateway resets before it starts")?;
        let element = definition.element(entry.element);
        let waits =
            |flow: &&FlowIdx| !given.contains(flow) && self.tokens.contains_key(&(scope, **flow));
        let waiting: Vec<FlowIdx> = element.incoming.iter().filter(waits).copied().collect();
        let places = self.places(scope, Some(id));
        if waiting != consumed || !join::may_reset(definition, entry.element, &places, &given) {
            return Err("a gateway resets that cannot".to_owned());
        }
        self.take(scope, consumed)
    }

    /// Where the tokens of a scope stand, one element instance left out.
    fn places(&self, scope: ElementInstanceId, except: Option<ElementInstanceId>) -> Vec<Place> {
        let inside = self.instances.iter();
        let inside = inside.filter(|(id, it)| it.scope == Some(scope) && Some(**id) != except);
        let mut places: Vec<Place> = inside.map(|(_, it)| Place::Element(it.element)).collect();
        let flows = self.tokens.keys().filter(|(of, _)| *of == scope);
        places.extend(flows.map(|(_, flow)| Place::Flow(*flow)));
        // What is about to start in the scope is a token that has not arrived yet.
        let starts = self.expected.iter().filter_map(|it| match it {
            Expected::Start { scope: of, element } if *of == scope => Some(*element),
            _ => None,
        });
        places.extend(starts.map(Place::Element));
        places
    }

    fn activities_chosen(
        &mut self,
        definition: &ProcessDefinition,
        id: ElementInstanceId,
        activities: &[ElementIdx],
    ) -> Result<(), String> {
        let entry = self.instances.get_mut(&id).ok_or("it is not there")?;
        let ElementKind::AdHocSubProcess(model) = &definition.element(entry.element).kind else {
            return Err("it is no ad-hoc sub-process".to_owned());
        };
        let can_be = |it: &ElementIdx| model.activities.contains(it);
        if entry.is_satisfied || entry.interrupted_by.is_some() || !activities.iter().all(can_be) {
            return Err("what cannot be chosen is".to_owned());
        }
        entry.chosen.extend_from_slice(activities);
        Ok(())
    }

    fn satisfied(
        &mut self,
        definition: &ProcessDefinition,
        id: ElementInstanceId,
    ) -> Result<(), String> {
        let entry = self.instances.get_mut(&id).ok_or("it is not there")?;
        let ElementKind::AdHocSubProcess(model) = &definition.element(entry.element).kind else {
            return Err("it is no ad-hoc sub-process".to_owned());
        };
        if entry.is_satisfied || model.completion_condition.is_none() {
            return Err("it is satisfied without a condition".to_owned());
        }
        entry.is_satisfied = true;
        entry.chosen.clear();
        self.tokens.retain(|(scope, _), _| *scope != id);
        if model.cancel_remaining_instances {
            self.expected.push(Expected::Interrupt { scope: id });
        }
        Ok(())
    }

    fn is_satisfied(&self, scope: Option<ElementInstanceId>) -> bool {
        let around = scope.and_then(|scope| self.instances.get(&scope));
        around.is_some_and(|it| it.is_satisfied)
    }

    fn iterations(&mut self, id: ElementInstanceId) -> Result<&mut Iterations, String> {
        let entry = self.instances.get_mut(&id).ok_or("it is not there")?;
        entry
            .iterations
            .as_mut()
            .ok_or_else(|| "it has no loop".to_owned())
    }

    fn loop_started(
        &mut self,
        definition: &ProcessDefinition,
        started: &LoopStarted,
    ) -> Result<(), String> {
        let entry = self
            .instances
            .get_mut(&started.id)
            .ok_or("it is not there")?;
        if !matches!(
            definition.element(entry.element).kind,
            ElementKind::MultiInstance(_)
        ) {
            return Err("what is no multi-instance begins a loop".to_owned());
        }
        entry.iterations = Some(Iterations {
            next: started.first,
            last: started.last,
            active: 0,
            satisfied: false,
            spread: started.is_spread,
            ending: false,
        });
        self.loop_done(started.id);
        Ok(())
    }

    fn iteration_completed(
        &mut self,
        definition: &ProcessDefinition,
        completed: &IterationCompleted,
    ) -> Result<(), String> {
        let body = self.entry(completed.id)?.element;
        let ElementKind::MultiInstance(model) = &definition.element(body).kind else {
            return Err("it is no multi-instance".to_owned());
        };
        let (has_output, has_condition) =
            (model.output.is_some(), model.completion_condition.is_some());
        let it = self.iterations(completed.id)?;
        let fits = it.spread == completed.child.is_some()
            && (completed.loop_counter < it.next && it.active > 0)
            && completed.output.is_some() == has_output
            && (has_condition || !completed.is_satisfied)
            && !it.ending;
        if !fits {
            return Err("an iteration ends that cannot".to_owned());
        }
        // The others end before another begins or the body completes.
        it.satisfied |= completed.is_satisfied;
        if it.spread {
            it.active -= 1;
            self.loop_done(completed.id);
        } else {
            it.ending = true;
        }
        Ok(())
    }

    /// The element instance of an iteration is gone.
    fn iteration_gone(&mut self, definition: &ProcessDefinition, scope: Option<ElementInstanceId>) {
        let Some(id) = scope else { return };
        let Some(entry) = self.instances.get_mut(&id) else {
            return;
        };
        if !matches!(
            definition.element(entry.element).kind,
            ElementKind::MultiInstance(_)
        ) {
            return;
        }
        if let Some(it) = entry.iterations.as_mut() {
            it.active = it.active.saturating_sub(1);
            it.ending = false;
            self.loop_done(id);
        }
    }

    /// With its last iteration a multi-instance comes to its end.
    fn loop_done(&mut self, id: ElementInstanceId) {
        let Some(entry) = self.instances.get(&id).filter(|it| !it.terminating) else {
            return;
        };
        let Some(it) = &entry.iterations else { return };
        let is_done =
            (it.next > it.last || it.satisfied) && (it.active == 0 || it.spread && it.satisfied);
        // Behind an incident it waits until that is resolved.
        let is_stopped = self.incidents.values().any(|owner| *owner == id);
        if !is_done || is_stopped || entry.interrupted_by.is_some() {
            return;
        }
        let expected = match it.spread {
            true => Expected::Gather { id },
            false => Expected::Complete { id },
        };
        if !self.expected.contains(&expected) {
            self.expected.push(expected);
        }
    }

    /// What catches an escalation is looked for anew, from the thrower outwards.
    fn escalated(
        &mut self,
        definition: &ProcessDefinition,
        thrower: ElementInstanceId,
        code: &str,
    ) -> Result<(), String> {
        let mut id = thrower;
        loop {
            let entry = self.entry(id)?;
            let of_host = &definition.element(entry.element).boundary_events;
            let is_past = self.undo.is_scope(id);
            if let Some(event) = catching(definition, of_host, code).filter(|_| !is_past) {
                if cancels(definition, event) {
                    self.expected.push(Expected::Terminate { id });
                } else {
                    let scope = entry.scope.ok_or("an activity has a scope")?;
                    self.expected.push(Expected::Start {
                        scope,
                        element: event,
                    });
                }
                return Ok(());
            }
            let Some(scope) = entry.scope else {
                self.expected.push(Expected::Answer { thrower });
                return Ok(());
            };
            let around = self.entry(scope)?;
            let container = definition.container(around.element);
            let others: Vec<ElementIdx> = container
                .filter(|_| around.interrupted_by.is_none() && !self.undo.is_scope(scope))
                .map(|it| it.event_sub_processes.as_slice())
                .unwrap_or_default()
                .iter()
                .copied()
                .filter(|it| *it != entry.element)
                .collect();
            if let Some(element) = catching(definition, &others, code) {
                self.expected.push(Expected::Start { scope, element });
                return Ok(());
            }
            id = scope;
        }
    }

    fn answered(&mut self, thrower: ElementInstanceId) {
        self.discharge(Expected::Answer { thrower });
    }

    fn discharge(&mut self, what: Expected) {
        match what {
            // Each of two starts is a start of its own.
            Expected::Start { .. } => {
                if let Some(idx) = self.expected.iter().position(|it| *it == what) {
                    self.expected.remove(idx);
                }
            }
            Expected::Complete { .. }
            | Expected::Terminate { .. }
            | Expected::Interrupt { .. }
            | Expected::Choose { .. }
            | Expected::Gather { .. }
            | Expected::Answer { .. } => {
                self.expected.retain(|it| *it != what);
            }
        }
    }

    fn remove(&mut self, id: ElementInstanceId) -> Result<Entry, String> {
        self.jobs.retain(|_, (owner, _)| *owner != id);
        // A child that completes before its end is carried out has ended, too.
        self.discharge(Expected::Terminate { id });
        self.undo.gone(id);
        self.instances
            .remove(&id)
            .ok_or_else(|| format!("{id:?} is not there"))
    }
}

fn forget(from: &mut Vec<ElementInstanceId>, id: ElementInstanceId) -> bool {
    let found = from.iter().position(|it| *it == id);
    found.map(|idx| from.remove(idx)).is_some()
}

/// The first of these boundary events or event sub-processes that names an escalation, else the
/// first that catches all.
fn catching(
    definition: &ProcessDefinition,
    events: &[ElementIdx],
    code: &str,
) -> Option<ElementIdx> {
    let parts = |idx: &ElementIdx| match &definition.element(*idx).kind {
        ElementKind::BoundaryEvent(it) => it.definition.parts(),
        ElementKind::EventSubProcess(it) => match &definition.element(it.start).kind {
            ElementKind::StartEvent(start) => {
                (start.definition.as_ref()).map_or(&[][..], EventDefinition::parts)
            }
            _ => &[],
        },
        _ => &[],
    };
    let catches = |idx: &ElementIdx, code| {
        let mut caught = parts(idx).iter().filter_map(escalation_of);
        caught.any(|it| it == code)
    };
    let named = events.iter().find(|it| catches(it, Some(code)));
    let found = named.or_else(|| events.iter().find(|it| catches(it, None)));
    found.copied()
}

/// The code of an escalation event; the inner option is empty if it catches all.
fn escalation_of(definition: &EventDefinition) -> Option<Option<&str>> {
    match definition {
        EventDefinition::Escalation(it) => Some(it.code.as_deref()),
        _ => None,
    }
}

/// Whether an element is a gateway whose events start the process, or a receive task that does.
fn starts_process(definition: &ProcessDefinition, element: ElementIdx) -> bool {
    let kind = &definition.element(element).kind;
    definition.element(element).instantiates
        || matches!(kind, ElementKind::EventBasedGateway(it) if it.instantiates.is_some())
}

/// Whether an element is left by conditions.
fn is_conditional(definition: &ProcessDefinition, element: ElementIdx) -> bool {
    let mut outgoing = definition.element(element).outgoing.iter();
    outgoing.any(|flow| definition.flow(*flow).condition.is_some())
}

fn cancels(definition: &ProcessDefinition, event: ElementIdx) -> bool {
    matches!(&definition.element(event).kind, ElementKind::BoundaryEvent(it) if it.cancel_activity)
}
