//! A plain second model of the rules, which follows the events and knows nothing of the state.
//!
//! It keeps which element instances live, which tokens wait, and what must still follow from what
//! has happened: an interrupted activity starts its boundary event, a completed job completes its
//! element, a completed element takes its flows. Start from [`Auditor`].

use std::collections::BTreeMap;

use tongban_bpmn::graph::{ElementIdx, ElementKind, EventDefinition, FlowIdx, ProcessDefinition};

use crate::event::{ElementActivating, Event, JobKind};
use crate::id::{ElementInstanceId, JobId, SubscriptionId, TimerId};

struct Entry {
    element: ElementIdx,
    scope: Option<ElementInstanceId>,
    terminating: bool,
    interrupted_by: Option<ElementIdx>,
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
    /// An error is caught, passed on, or becomes an incident.
    Answer { thrower: ElementInstanceId },
}

/// The tokens of one instance, seen through its events.
#[derive(Default)]
pub(super) struct Auditor {
    instances: BTreeMap<ElementInstanceId, Entry>,
    tokens: BTreeMap<(ElementInstanceId, FlowIdx), u32>,
    jobs: BTreeMap<JobId, (ElementInstanceId, JobKind)>,
    timers: BTreeMap<TimerId, (ElementInstanceId, ElementIdx)>,
    messages: BTreeMap<SubscriptionId, (ElementInstanceId, ElementIdx)>,
    expected: Vec<Expected>,
    /// The flows that a completed element has still to take at once.
    leaving: Vec<FlowIdx>,
    /// How many of them.
    leaving_count: usize,
}

impl Auditor {
    /// Follows the events of one step.
    pub(super) fn follow(
        &mut self,
        definition: &ProcessDefinition,
        events: &[Event],
        work_is_left: bool,
    ) -> Result<(), String> {
        for event in events {
            self.observe(definition, event)
                .map_err(|error| format!("{error}, at {event:?}"))?;
        }
        if self.leaving_count > 0 {
            return Err("a completed element has not taken its flows".to_owned());
        }
        if !work_is_left && let Some(expected) = self.expected.first() {
            return Err(format!("it was expected to come: {expected:?}"));
        }
        Ok(())
    }

    fn observe(&mut self, definition: &ProcessDefinition, event: &Event) -> Result<(), String> {
        if self.leaving_count > 0 && !matches!(event, Event::SequenceFlowTaken { .. }) {
            return Err("a completed element has not taken its flows".to_owned());
        }
        match event {
            Event::ElementActivating(activating) => self.activating(definition, activating)?,
            Event::ElementActivated { id } => self.activated(definition, *id),
            Event::ElementCompleting { id, .. } => self.completing(definition, *id)?,
            Event::ElementCompleted { id } => self.completed(definition, *id)?,
            Event::ElementTerminating { id } => self.terminating(*id)?,
            Event::ElementTerminated { id } => {
                self.remove(*id)?;
            }
            Event::ElementInterrupted { id, by, .. } => self.interrupted(definition, *id, *by)?,
            Event::SequenceFlowTaken { scope, flow } => {
                let leaves = self.leaving.iter().position(|it| it == flow);
                self.leaving
                    .remove(leaves.ok_or("a flow is taken by nobody")?);
                self.leaving_count = self.leaving_count.saturating_sub(1);
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
                self.triggered(definition, owner, element)?;
            }
            Event::MessageSubscriptionOpened(it) => {
                self.messages
                    .insert(it.id, (it.element_instance, it.element));
            }
            Event::MessageCorrelated { id, .. } => {
                let (owner, element) = *self.messages.get(id).ok_or("no such subscription")?;
                self.triggered(definition, owner, element)?;
            }
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
            Event::IncidentRaised(it) => self.answered(it.element_instance),
            _ => {}
        }
        Ok(())
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
        let fits = match element.kind {
            ElementKind::Process(_)
            | ElementKind::StartEvent(_)
            | ElementKind::BoundaryEvent(_)
            | ElementKind::EventSubProcess(_) => consumed.is_empty(),
            ElementKind::ParallelGateway => {
                let mut incoming = element.incoming.clone();
                incoming.sort_unstable();
                consumed == incoming
            }
            _ => consumed.len() == 1 && element.incoming.contains(&consumed[0]),
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
            self.discharge(Expected::Start {
                scope,
                element: activating.element,
            });
        }
        let (element, scope) = (activating.element, activating.scope);
        let entry = Entry {
            element,
            scope,
            terminating: false,
            interrupted_by: None,
        };
        self.instances.insert(activating.id, entry);
        Ok(())
    }

    /// An active container starts at its start event.
    fn activated(&mut self, definition: &ProcessDefinition, id: ElementInstanceId) {
        let Some(entry) = self.instances.get(&id) else {
            return;
        };
        let start = match &definition.element(entry.element).kind {
            ElementKind::SubProcess(container) => container.start_event,
            ElementKind::EventSubProcess(it) => Some(it.start),
            _ => None,
        };
        if let Some(element) = start {
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
        let is_awaited = self
            .expected
            .iter()
            .any(|it| matches!(it, Expected::Start { scope, .. } if *scope == id));
        if is_scope && (has_children || has_tokens || is_awaited) {
            return Err("a scope ends before its contents".to_owned());
        }
        self.discharge(Expected::Complete { id });
        Ok(())
    }

    fn completed(
        &mut self,
        definition: &ProcessDefinition,
        id: ElementInstanceId,
    ) -> Result<(), String> {
        let entry = self.remove(id)?;
        let element = definition.element(entry.element);
        self.leaving.clone_from(&element.outgoing);
        self.leaving_count = match element.kind {
            ElementKind::ExclusiveGateway { .. } => self.leaving.len().min(1),
            _ => self.leaving.len(),
        };
        if matches!(
            element.kind,
            ElementKind::EndEvent(Some(EventDefinition::Terminate))
        ) && let Some(scope) = entry.scope
        {
            self.expected.push(Expected::Interrupt { scope });
        }
        Ok(())
    }

    fn terminating(&mut self, id: ElementInstanceId) -> Result<(), String> {
        let entry = self.instances.get_mut(&id).ok_or("it is not there")?;
        entry.terminating = true;
        self.tokens.retain(|(scope, _), _| *scope != id);
        self.discharge(Expected::Terminate { id });
        self.discharge(Expected::Complete { id });
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
            _ => self.expected.push(Expected::Complete { id: owner }),
        }
        Ok(())
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
            | Expected::Answer { .. } => {
                self.expected.retain(|it| *it != what);
            }
        }
    }

    fn remove(&mut self, id: ElementInstanceId) -> Result<Entry, String> {
        self.jobs.retain(|_, (owner, _)| *owner != id);
        // A child that completes before its end is carried out has ended, too.
        self.discharge(Expected::Terminate { id });
        self.instances
            .remove(&id)
            .ok_or_else(|| format!("{id:?} is not there"))
    }
}
