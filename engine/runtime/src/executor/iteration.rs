//! Iterations of large multi-instances: each an instance of its own, started, ended and collected
//! page by page, so that no transaction grows with their number.

use std::sync::Arc;

use tongban_bpmn::graph::ElementKind;
use tongban_bpmn::graph::multi_instance::LoopInput;
use tongban_core::command::{Command, Iteration, ParentLink};
use tongban_core::id::{ElementInstanceId, ProcessInstanceId};
use tongban_core::state::State;
use tongban_core::variable::Variables;
use tongban_feel::value::Value;
use tongban_store::unit_of_work::iteration::IterationInputs;

use crate::definition::Definition;
use crate::executor::follow_up::FollowUp;
use crate::executor::instance::{Instance, NewInstance, refuse_at_rest};
use crate::executor::session::Session;
use crate::executor::stop::{Decided, Stop};

/// Iterations started in one command at most.
const STARTED_MAX: u32 = 50;
/// Bytes of what the started iterations leave to be done, beyond which no further one is started.
const LEFT_BYTES_MAX: usize = 1 << 20;
/// Iterations ended by one command at most, each then by a command of its own.
const TERMINATED_MAX: usize = 100;
/// Outputs handed over in one command at most.
const COLLECTED_MAX: usize = 2_000;

/// The iterations of a body that are to be started.
struct Batch {
    parent: ParentLink,
    definition: Arc<Definition>,
    part: Arc<str>,
    /// How many iterations there are in all.
    count: u32,
    has_items: bool,
    /// The row of items in which the last one lay.
    inputs: Option<IterationInputs>,
}

impl Session<'_> {
    /// Starts the next iterations of a body, as many as the bounds allow, and tells the body.
    pub(crate) fn start_iterations(&mut self, id: i64, body: u32, limit: u32) -> Decided<()> {
        let body = ElementInstanceId(body);
        let instance = self.load(id)?;
        let Some((first, mut batch)) = self.batch(&instance, body)? else {
            // Ended or satisfied in the meantime.
            return Ok(());
        };
        refuse_at_rest(&instance)?;
        drop(instance);
        let mut count = 0;
        while count < limit.min(STARTED_MAX) && (count == 0 || self.has_room()) {
            match self.start_iteration(&mut batch, first + count) {
                Ok(()) => count += 1,
                Err(Stop::Refused(error)) if count == 0 => {
                    let command = Command::IterationsFailed {
                        element_instance: body,
                        message: error.to_string().into(),
                    };
                    return self.advance(id, command);
                }
                // It is the first of the next command, and fails there.
                Err(Stop::Refused(_)) => break,
                Err(stop) => return Err(stop),
            }
        }
        let command = Command::IterationsStarted {
            element_instance: body,
            count,
        };
        self.advance(id, command)
    }

    /// Whether the running command may start another iteration.
    fn has_room(&mut self) -> bool {
        let left = self.running.follow_ups.iter().map(FollowUp::bytes);
        left.sum::<usize>() < LEFT_BYTES_MAX && !self.is_group_full()
    }

    /// What is needed to start iterations, and the loop counter of the first; nothing if the body
    /// does not ask for any.
    fn batch(
        &mut self,
        instance: &Instance,
        body: ElementInstanceId,
    ) -> Decided<Option<(u32, Batch)>> {
        let found = instance.state.element_instance(body);
        let Some((found, it)) = found.and_then(|it| Some((it, it.multi_instance.as_deref()?)))
        else {
            return Ok(None);
        };
        if !it.spread.is_some_and(|it| it.is_requested) {
            return Ok(None);
        }
        let element = instance.definition.process.element(found.element);
        let ElementKind::MultiInstance(multi_instance) = &element.kind else {
            let reason = format!("{} is not the body of a multi-instance", element.id);
            return Err(Stop::Failed(reason));
        };
        let caller = instance.state.instance().and_then(|it| it.parent);
        let parent = ParentLink {
            instance: ProcessInstanceId(instance.id),
            element_instance: body,
            depth: caller.map_or(0, |it| it.depth) + 1,
        };
        let part = element.id.clone();
        let batch = Batch {
            parent,
            definition: self.part_of(instance.definition.id, &part)?,
            part,
            count: it.count,
            has_items: matches!(multi_instance.input, LoopInput::Collection { .. }),
            inputs: None,
        };
        Ok(Some((it.next, batch)))
    }

    fn start_iteration(&mut self, batch: &mut Batch, loop_counter: u32) -> Decided<()> {
        let item = match batch.has_items {
            true => Some(self.iteration_item(batch, loop_counter)?),
            false => None,
        };
        let iteration = Iteration {
            part: batch.part.clone(),
            loop_counter,
            count: batch.count,
            item,
        };
        let new = NewInstance {
            parent: Some(batch.parent),
            iteration: Some(iteration),
            ..NewInstance::of(Variables::new())
        };
        self.create(batch.definition.clone(), new)?;
        self.let_go_of_items(batch, loop_counter);
        Ok(())
    }

    fn iteration_item(&mut self, batch: &mut Batch, loop_counter: u32) -> Decided<Value> {
        let (instance, body) = (batch.parent.instance, batch.parent.element_instance);
        let lies_in = |it: &IterationInputs| {
            let position = loop_counter.checked_sub(it.first)?;
            it.items.get(position as usize).cloned()
        };
        if let Some(item) = batch.inputs.as_ref().and_then(lies_in) {
            return Ok(item);
        }
        let runtime = self.runtime;
        let read = self.unit().iteration_inputs(instance, body, loop_counter);
        batch.inputs = runtime.block_on(read)?;
        let item = batch.inputs.as_ref().and_then(lies_in);
        item.ok_or_else(|| {
            let ProcessInstanceId(instance) = instance;
            Stop::Failed(format!(
                "item {loop_counter} of element instance {} of process instance {instance} is \
                 not stored",
                body.0
            ))
        })
    }

    /// Removes a row of items of which this iteration has taken the last.
    fn let_go_of_items(&mut self, batch: &Batch, loop_counter: u32) {
        let Some(inputs) = &batch.inputs else { return };
        let next = inputs.first as usize + inputs.items.len();
        if loop_counter as usize + 1 == next {
            let (instance, body) = (batch.parent.instance, batch.parent.element_instance);
            self.unit()
                .remove_iteration_input(instance, body, inputs.first);
        }
    }

    /// What an iteration sees of its caller at this moment.
    pub(crate) fn surroundings(&mut self, parent: ParentLink) -> Decided<Variables> {
        let runtime = self.runtime;
        let peeked = runtime.block_on(self.unit().peek_state(parent.instance))?;
        let Some(state) = peeked else {
            // Its caller has ended, and so will it.
            return Ok(Variables::new());
        };
        let mut state = State::clone(&state);
        if let Some(around) = iteration_parent(&state) {
            let variables = self.surroundings(around)?;
            state.set_surroundings(variables);
        }
        Ok(state.iteration_variables(parent.element_instance))
    }

    /// Ends a page of the iterations that run, and leaves the rest.
    pub(crate) fn terminate_iterations(&mut self, id: i64, body: u32, after: i64) -> Decided<()> {
        let (parent, element_instance) = (ProcessInstanceId(id), ElementInstanceId(body));
        let (runtime, after) = (self.runtime, ProcessInstanceId(after));
        let find = self
            .unit()
            .child_instances(parent, element_instance, after, TERMINATED_MAX);
        let found = runtime.block_on(find)?;
        for child in &found {
            self.leave(FollowUp::TerminateChild { child: child.0 });
        }
        if let Some(last) = found.last().filter(|_| found.len() == TERMINATED_MAX) {
            self.leave(FollowUp::TerminateIterations {
                process_instance: id,
                body,
                after: last.0,
            });
        }
        Ok(())
    }

    /// Hands a body a page of the outputs of its iterations.
    pub(crate) fn collect_outputs(&mut self, id: i64, body: u32, after: u32) -> Decided<()> {
        let (instance, body) = (ProcessInstanceId(id), ElementInstanceId(body));
        let runtime = self.runtime;
        let read = self
            .unit()
            .iteration_outputs(instance, body, after, COLLECTED_MAX);
        let page = runtime.block_on(read)?;
        let command = Command::OutputsCollected {
            element_instance: body,
            outputs: page.outputs,
            is_complete: page.is_last,
        };
        self.advance(id, command)
    }
}

/// The body of which an instance runs one iteration.
pub(crate) fn iteration_parent(state: &State) -> Option<ParentLink> {
    let instance = state.instance()?;
    instance.parent.filter(|_| instance.iteration.is_some())
}
