//! What a step works with: the state to read, events to emit, work to queue.
//!
//! **Invariant:** [`Context::emit`] is the only thing in a step that changes the state, but for
//! [`Context::adopt`], which repeats what was emitted on a copy.

use std::collections::VecDeque;

use tongban_bpmn::graph::{Element, ElementIdx, ProcessDefinition};
use tongban_feel::environment::Environment;

use crate::behavior::{condition, event_subscription};
use crate::event::Event;
use crate::id::{ElementInstanceId, SubscriptionId};
use crate::now::Now;
use crate::state::State;
use crate::state::condition_subscription::ConditionSubscription;
use crate::state::element_instance::ElementInstance;
use crate::state::multi_instance::ATTRIBUTES;
use crate::work::Work;

/// One step under way.
pub(crate) struct Context<'a> {
    /// The compiled process.
    pub(crate) definition: &'a ProcessDefinition,
    /// The moment of the command.
    pub(crate) now: &'a Now<'a>,
    /// The compiled process by which the instance goes on, if the command is a migration.
    pub(crate) target: Option<&'a ProcessDefinition>,
    /// The world as expressions see it.
    pub(crate) environment: Environment<'a>,
    state: &'a mut State,
    events: Vec<Event>,
    queue: VecDeque<Work>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        state: &'a mut State,
        definition: &'a ProcessDefinition,
        now: &'a Now<'a>,
    ) -> Context<'a> {
        let environment = now.environment();
        let (events, queue) = (Vec::with_capacity(16), VecDeque::new());
        Context {
            definition,
            now,
            target: None,
            environment,
            state,
            events,
            queue,
        }
    }

    pub(crate) fn state(&self) -> &State {
        self.state
    }

    /// Appends an event and folds it into the state.
    pub(crate) fn emit(&mut self, event: Event) {
        let body = self.changed_loop(&event);
        self.state.apply(&event);
        if let Event::VariablesSet { scope, variables } = &event {
            self.queue_conditions(*scope, |name| variables.contains(name));
        }
        if let Some(body) = body {
            self.queue_conditions(body, |name| ATTRIBUTES.contains(&name));
        }
        self.events.push(event);
    }

    /// The body of the multi-instance whose attributes an event changes that is about to be folded.
    fn changed_loop(&self, event: &Event) -> Option<ElementInstanceId> {
        let of_iteration = |loop_counter: Option<u32>, scope: Option<ElementInstanceId>| {
            loop_counter?;
            let body = self.state.element_instance(scope?)?;
            body.multi_instance.as_ref().map(|_| body.id)
        };
        match event {
            Event::LoopStarted(it) => Some(it.id),
            Event::IterationCompleted(it) => Some(it.id),
            Event::IterationsStarted { id, .. } | Event::IterationsTerminationRequested { id } => {
                Some(*id)
            }
            Event::ElementActivating(it) => of_iteration(it.loop_counter, it.scope),
            Event::ElementTerminated { id } => {
                let iteration = self.state.element_instance(*id)?;
                of_iteration(iteration.loop_counter, iteration.scope)
            }
            _ => None,
        }
    }

    /// Queues a look at each condition that reads a variable which has changed, and sees it.
    fn queue_conditions(&mut self, scope: ElementInstanceId, has_changed: impl Fn(&str) -> bool) {
        let state = &*self.state;
        let reads = |it: &ConditionSubscription| {
            condition::of(self.definition, it)
                .is_some_and(|it| it.variables.iter().any(|name| has_changed(name)))
        };
        let concerned = state
            .condition_subscriptions()
            .filter(|it| reads(it) && is_within(state, it.element_instance, scope));
        let concerned: Vec<SubscriptionId> = concerned.map(|it| it.id).collect();
        for subscription in concerned {
            self.queue_condition(subscription);
        }
    }

    /// Queues a look at a condition, unless one is queued already.
    pub(crate) fn queue_condition(&mut self, subscription: SubscriptionId) {
        let work = Work::Evaluate { subscription };
        if !self.queue.contains(&work) {
            self.queue(work);
        }
    }

    /// The id the next event that draws one must carry.
    pub(crate) fn next_id(&self) -> u32 {
        self.state.next_id()
    }

    /// Queues work behind what is queued already.
    pub(crate) fn queue(&mut self, work: Work) {
        self.queue.push_back(work);
    }

    pub(crate) fn next_work(&mut self) -> Option<Work> {
        self.queue.pop_front()
    }

    /// Whether anything is left to do.
    pub(crate) fn has_work(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Whether something is about to start in a scope, which must not end before.
    pub(crate) fn is_start_queued(&self, scope: ElementInstanceId) -> bool {
        let starts = |work: &Work| matches!(work, Work::Start { scope: of, .. } if *of == scope);
        self.queue.iter().any(starts)
    }

    pub(crate) fn is_untouched(&self) -> bool {
        self.events.is_empty() && self.queue.is_empty()
    }

    /// Puts what an earlier step left over before what is queued.
    pub(crate) fn resume(&mut self) {
        if self.state.deferred().is_empty() {
            return;
        }
        let mut queue: VecDeque<Work> = self.state.deferred().iter().cloned().collect();
        queue.append(&mut self.queue);
        self.queue = queue;
        self.emit(Event::WorkResumed);
    }

    /// Leaves what is queued for a later step.
    pub(crate) fn defer(&mut self) {
        if !self.queue.is_empty() {
            let work = std::mem::take(&mut self.queue).into();
            self.emit(Event::WorkDeferred { work });
        }
    }

    /// Keeps what is queued until the instance is resumed.
    pub(crate) fn hold(&mut self) {
        if !self.queue.is_empty() {
            let work = std::mem::take(&mut self.queue).into();
            self.emit(Event::WorkHeld { work });
        }
        // What is about to end is not triggered any more; whoever keeps the time need not know it.
        for id in event_subscription::overtaken_timers(self) {
            self.emit(Event::TimerCanceled { id });
        }
    }

    /// A step on a copy of the state, to see where it leads.
    pub(crate) fn trial<'t>(&self, state: &'t mut State) -> Context<'t>
    where
        'a: 't,
    {
        let mut trial = Context::new(state, self.definition, self.now);
        trial.target = self.target;
        trial
    }

    /// Makes what a trial has led to happen here. The looks at conditions that follow from its events
    /// are among its work already, where its author wants them.
    pub(crate) fn adopt(&mut self, (events, work): (Vec<Event>, Vec<Work>)) {
        for event in events {
            self.state.apply(&event);
            self.events.push(event);
        }
        self.queue.extend(work);
    }

    /// What a trial has led to.
    pub(crate) fn into_outcome(self) -> (Vec<Event>, Vec<Work>) {
        (self.events, self.queue.into())
    }

    pub(crate) fn into_events(self) -> Vec<Event> {
        self.events
    }

    /// The row of an element instance that is known to be there.
    pub(crate) fn instance(&self, id: ElementInstanceId) -> &ElementInstance {
        self.state
            .element_instance(id)
            .expect("the element instance is there while it is worked on")
    }

    /// The element of an element instance that is known to be there.
    pub(crate) fn element(&self, id: ElementInstanceId) -> &'a Element {
        self.definition.element(self.instance(id).element)
    }

    /// An element of the process.
    pub(crate) fn element_at(&self, idx: ElementIdx) -> &'a Element {
        self.definition.element(idx)
    }
}

/// Whether an element instance is a scope or lies within it.
fn is_within(state: &State, id: ElementInstanceId, scope: ElementInstanceId) -> bool {
    let mut next = Some(id);
    while let Some(id) = next {
        if id == scope {
            return true;
        }
        next = state.element_instance(id).and_then(|it| it.scope);
    }
    false
}
