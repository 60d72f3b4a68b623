//! Tokens moved by hand.
//!
//! All instructions are carried out on a copy of the state first, so that a refused one leaves
//! nothing behind; what they led to is then adopted, and the step goes on from there.

use std::sync::Arc;

use tongban_bpmn::graph::{ElementIdx, ElementKind, EventBasedGateway, FlowIdx};

use super::check_size;
use crate::behavior::scope_chain::{self, Anchor};
use crate::behavior::{event_subscription, instantiation, state_transition, variable_mapping};
use crate::command::modification::{Instruction, ModifyInstance, Place, ScopeVariables};
use crate::context::Context;
use crate::event::Event;
use crate::event::modification::InstanceModified;
use crate::id::ElementInstanceId;
use crate::limit::MODIFICATION_INSTRUCTIONS_MAX;
use crate::modification::ModificationRefusal as Refusal;
use crate::rejection::Rejection;
use crate::state::element_instance::Phase;
use crate::variable::Variables;
use crate::work::Work;

/// What the instructions so far have led to.
#[derive(Default)]
struct Changes {
    made: Vec<ElementInstanceId>,
    started: Vec<ElementInstanceId>,
    taken: Vec<FlowIdx>,
    summary: Vec<Arc<str>>,
    /// What is ended, without what lies within.
    leaving: Vec<ElementInstanceId>,
}

pub(super) fn modify(ctx: &mut Context<'_>, modify: &ModifyInstance) -> Result<(), Rejection> {
    check(ctx, modify)?;
    let mut state = ctx.state().clone();
    let mut trial = ctx.trial(&mut state);
    let mut changes = Changes::default();
    for (instruction, it) in modify.instructions.iter().enumerate() {
        let refused = |refusal| Rejection::ModificationRefused {
            instruction,
            refusal,
        };
        carry_out(&mut trial, it, &mut changes).map_err(refused)?;
    }
    let mut work = ends(&trial, &mut changes);
    let (events, begun) = trial.into_outcome();
    // What is ended makes room first.
    work.extend(begun);
    let Changes {
        made,
        started,
        taken,
        summary,
        ..
    } = changes;
    let modified = InstanceModified {
        made,
        started,
        taken,
        summary,
    };
    // Looks at conditions that were kept come last, so that nothing triggers what is ended here.
    let kept = ctx.state().deferred().to_vec();
    if !kept.is_empty() {
        ctx.emit(Event::WorkResumed);
        let looks = kept.into_iter().filter(|it| !work.contains(it));
        let looks: Vec<Work> = looks.collect();
        work.extend(looks);
    }
    ctx.emit(Event::InstanceModified(Box::new(modified)));
    ctx.adopt((events, work));
    Ok(())
}

fn check(ctx: &Context<'_>, modify: &ModifyInstance) -> Result<(), Rejection> {
    // What is left over may move the very tokens that are to be moved; a look at a condition does not.
    let is_look = |it: &Work| matches!(it, Work::Evaluate { .. });
    if !ctx.state().deferred().iter().all(is_look) {
        return Err(Rejection::WorkPending);
    }
    let found = modify.instructions.len();
    let max = MODIFICATION_INSTRUCTIONS_MAX;
    let refusal = match found {
        0 => Refusal::Empty,
        _ if found > max => Refusal::TooMany { max, found },
        _ => return check_variables(ctx, modify),
    };
    Err(Rejection::ModificationRefused {
        instruction: 0,
        refusal,
    })
}

fn check_variables(ctx: &Context<'_>, modify: &ModifyInstance) -> Result<(), Rejection> {
    let mut all = Variables::new();
    for (idx, instruction) in modify.instructions.iter().enumerate() {
        let Instruction::Start { variables, .. } = instruction else {
            continue;
        };
        for (place, of_scope) in variables.iter().enumerate() {
            let named = of_scope.variables.iter();
            // Each under a name of its own, since several scopes may have the same variable.
            all.extend(named.map(|(name, value)| {
                let name = format!("{idx}/{place}/{name}");
                (Arc::from(name), value.clone())
            }));
        }
    }
    check_size(ctx, &all)
}

fn carry_out(
    ctx: &mut Context<'_>,
    instruction: &Instruction,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    match instruction {
        Instruction::Start {
            at,
            within,
            variables,
        } => {
            let anchor = within.map_or(Anchor::Process, Anchor::New);
            start(ctx, at, (anchor, variables), changes)
        }
        Instruction::Cancel { element_instance } => cancel(ctx, *element_instance, changes),
        Instruction::CancelAll { element } => {
            for id in instances_of(ctx, element, changes)? {
                cancel(ctx, id, changes)?;
            }
            Ok(())
        }
        Instruction::Move { from, to } => {
            for id in instances_of(ctx, from, changes)? {
                cancel(ctx, id, changes)?;
                let around = ctx.instance(id).scope;
                let anchor = around.map_or(Anchor::Process, Anchor::Near);
                start(ctx, to, (anchor, &[]), changes)?;
            }
            Ok(())
        }
    }
}

/// The running instances of an element that are not being ended yet.
fn instances_of(
    ctx: &Context<'_>,
    element: &Arc<str>,
    changes: &Changes,
) -> Result<Vec<ElementInstanceId>, Refusal> {
    let idx = find(ctx, element)?;
    if idx == ElementIdx::ROOT {
        return Err(Refusal::IsProcess);
    }
    let state = ctx.state();
    let found = state.element_instances().filter(|it| it.element == idx);
    let found = found.map(|it| it.id);
    let found: Vec<_> = found.filter(|id| is_there(ctx, *id, changes)).collect();
    if found.is_empty() {
        let element = element.clone();
        return Err(Refusal::NotActive { element });
    }
    Ok(found)
}

fn find(ctx: &Context<'_>, element: &Arc<str>) -> Result<ElementIdx, Refusal> {
    let found = ctx.definition.find(element);
    // The process is not among those that are found by their ids.
    let root = || (ctx.definition.root().id == *element).then_some(ElementIdx::ROOT);
    found.or_else(root).ok_or_else(|| Refusal::ElementUnknown {
        element: element.clone(),
    })
}

/// Whether an element instance runs and neither it nor anything around it is being ended.
fn is_there(ctx: &Context<'_>, id: ElementInstanceId, changes: &Changes) -> bool {
    let mut next = Some(id);
    while let Some(id) = next {
        if changes.leaving.contains(&id) {
            return false;
        }
        next = ctx.state().element_instance(id).and_then(|it| it.scope);
    }
    state_transition::is_live(ctx, id)
}

fn cancel(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    if !is_there(ctx, id, changes) {
        return Err(Refusal::InstanceNotActive {
            element_instance: id,
        });
    }
    if ctx.instance(id).scope.is_none() {
        return Err(Refusal::IsProcess);
    }
    if ctx.instance(id).carries_out().is_some() {
        return Err(Refusal::Undoing {
            element_instance: id,
        });
    }
    // Its tokens would wait for nobody.
    if matches!(ctx.element(id).kind, ElementKind::ComplexGateway(_)) {
        return Err(Refusal::HoldsTokens {
            element: ctx.element(id).id.clone(),
        });
    }
    changes.leaving.push(id);
    let element = ctx.element(id).id.clone();
    changes.summary.push(Arc::from(format!("-{element}")));
    Ok(())
}

fn start(
    ctx: &mut Context<'_>,
    at: &Place,
    (anchor, variables): (Anchor, &[ScopeVariables]),
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let (element, flows) = entry(ctx, at)?;
    let request = scope_chain::Request {
        element,
        anchor,
        variables,
        leaving: &changes.leaving,
    };
    // What is given for the process is seen by the mappings of the scopes that are made.
    set_of_process(ctx, variables)?;
    let chain = scope_chain::build(ctx, &request)?;
    let begins = flows.is_empty().then_some(element);
    check_named(ctx, variables, &chain.made, begins)?;
    changes.made.extend(&chain.made);
    let name = match at {
        Place::Before(id) => format!("+{id}"),
        Place::After(id) => format!("+after {id}"),
        Place::Flow(id) => format!("+flow {id}"),
    };
    changes.summary.push(Arc::from(name));
    for flow in flows.iter().copied() {
        let scope = chain.scope;
        ctx.emit(Event::SequenceFlowTaken { scope, flow });
        ctx.queue(Work::Enter { scope, flow });
        changes.taken.push(flow);
    }
    if begins.is_some() {
        begin(ctx, chain.scope, (element, variables), changes)?;
    }
    Ok(())
}

/// The element that starts, or the one that is left and by which flows.
fn entry(ctx: &Context<'_>, at: &Place) -> Result<(ElementIdx, Vec<FlowIdx>), Refusal> {
    match at {
        Place::Before(id) => {
            let idx = find(ctx, id)?;
            let element = ctx.element_at(idx);
            match element.kind {
                _ if element.is_for_compensation => Err(Refusal::NotStartable {
                    element: id.clone(),
                    kind: element.kind.name(),
                }),
                // It begins with a token: one can start on a flow that leads to it.
                ElementKind::ComplexGateway(_) => Err(Refusal::NotStartable {
                    element: id.clone(),
                    kind: element.kind.name(),
                }),
                // Its event has to have started the process.
                ElementKind::EventBasedGateway(EventBasedGateway {
                    instantiates: Some(_),
                }) if !instantiation::has_begun_at(ctx, idx) => Err(Refusal::NotStartable {
                    element: id.clone(),
                    kind: element.kind.name(),
                }),
                ElementKind::Process(_) | ElementKind::BoundaryEvent(_) => {
                    Err(Refusal::NotStartable {
                        element: id.clone(),
                        kind: element.kind.name(),
                    })
                }
                _ => Ok((idx, Vec::new())),
            }
        }
        Place::After(id) => {
            let idx = find(ctx, id)?;
            let element = ctx.element_at(idx);
            let count = element.outgoing.len();
            let element_id = || id.clone();
            match element.kind {
                _ if count == 0 => Err(Refusal::NoExit {
                    element: element_id(),
                }),
                ElementKind::ExclusiveGateway { .. }
                | ElementKind::InclusiveGateway(_)
                | ElementKind::ComplexGateway(_)
                | ElementKind::EventBasedGateway(_)
                    if count > 1 =>
                {
                    Err(Refusal::ExitAmbiguous {
                        element: element_id(),
                        count,
                    })
                }
                // An activity may take some of its flows, too.
                _ if count > 1 && is_conditional(ctx, &element.outgoing) => {
                    Err(Refusal::ExitAmbiguous {
                        element: element_id(),
                        count,
                    })
                }
                _ => Ok((idx, element.outgoing.clone())),
            }
        }
        Place::Flow(id) => {
            let flows = ctx.definition.flows();
            let position = flows.iter().position(|it| it.id == *id);
            let position = position.and_then(|it| u32::try_from(it).ok());
            let flow = position
                .map(FlowIdx)
                .ok_or_else(|| Refusal::FlowUnknown { flow: id.clone() })?;
            Ok((ctx.definition.flow(flow).source, vec![flow]))
        }
    }
}

fn is_conditional(ctx: &Context<'_>, flows: &[FlowIdx]) -> bool {
    let mut flows = flows.iter().map(|flow| ctx.definition.flow(*flow));
    flows.any(|it| it.condition.is_some())
}

/// Variables are given to what is made here, or to the process.
fn check_named(
    ctx: &Context<'_>,
    variables: &[ScopeVariables],
    made: &[ElementInstanceId],
    begins: Option<ElementIdx>,
) -> Result<(), Refusal> {
    let is_new = |scope: &Arc<str>| {
        let made = made.iter().map(|it| ctx.instance(*it).element);
        made.chain(begins).any(|it| ctx.element_at(it).id == *scope)
    };
    let mut named = variables.iter().filter_map(|it| it.scope.as_ref());
    match named.find(|scope| !is_new(scope)) {
        Some(scope) => Err(Refusal::ScopeNotNew {
            scope: scope.clone(),
        }),
        None => Ok(()),
    }
}

fn set_of_process(ctx: &mut Context<'_>, variables: &[ScopeVariables]) -> Result<(), Refusal> {
    let root = ctx.state().root().map(|it| it.id);
    let root = root.expect("a running instance has its process");
    let of_process = variables.iter().filter(|it| it.scope.is_none());
    for it in of_process.filter(|it| !it.variables.is_empty()) {
        let variables = variable_mapping::fit(ctx, root, it.variables.clone());
        let variables = variables.map_err(Refusal::DataMismatch)?;
        ctx.emit(Event::VariablesSet {
            scope: root,
            variables,
        });
    }
    Ok(())
}

fn begin(
    ctx: &mut Context<'_>,
    scope: ElementInstanceId,
    (element, variables): (ElementIdx, &[ScopeVariables]),
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let of = ctx.element_at(element);
    if let ElementKind::EventSubProcess(it) = &of.kind {
        let mut received = Variables::new();
        let own = variables.iter();
        let own = own.filter(|given| given.scope.as_ref() == Some(&of.id));
        own.for_each(|given| received.set_all(&given.variables));
        // As if its event had come: it interrupts the scope if it does so at all.
        event_subscription::trigger(ctx, scope, it.start, received);
        return Ok(());
    }
    let id = state_transition::create(ctx, state_transition::New::at(element, Some(scope)));
    changes.started.push(id);
    scope_chain::set_variables(ctx, id, &of.id, variables)?;
    ctx.queue(Work::Activate { id });
    Ok(())
}

/// Ends what is to be ended, and with it every scope that nothing is left in.
fn ends(ctx: &Context<'_>, changes: &mut Changes) -> Vec<Work> {
    let mut idx = 0;
    while let Some(id) = changes.leaving.get(idx).copied() {
        idx += 1;
        let around = ctx.instance(id).scope;
        if let Some(around) = around.filter(|around| is_left_empty(ctx, *around, &changes.leaving))
        {
            changes.leaving.push(around);
        }
    }
    let outermost = |id: &ElementInstanceId| {
        let around = ctx.instance(*id).scope;
        around.is_none_or(|around| !changes.leaving.contains(&around))
    };
    let mut ends: Vec<_> = changes.leaving.iter().copied().filter(outermost).collect();
    ends.sort_unstable();
    ends.dedup();
    ends.into_iter().map(|id| Work::Terminate { id }).collect()
}

/// Whether a scope has nothing left once these are gone. A multi-instance goes on with its next
/// iteration or ends as the model says, and so do a loop, an ad-hoc sub-process and a process that
/// others wait for.
fn is_left_empty(
    ctx: &Context<'_>,
    scope: ElementInstanceId,
    leaving: &[ElementInstanceId],
) -> bool {
    let instance = ctx.instance(scope);
    let is_called = || {
        let instance = ctx.state().instance();
        instance.is_some_and(|it| it.parent.is_some())
    };
    let is_kept = instance.multi_instance.is_some()
        || matches!(ctx.element(scope).kind, ElementKind::StandardLoop(_))
        || instance.ad_hoc.is_some()
        || instance.is_undoing()
        || instance.carries_out().is_some()
        || instance.phase != Phase::Active
        || instance.interruption.as_ref().is_some_and(|it| !it.started)
        || !instance.taken_flows.is_empty()
        || leaving.contains(&scope)
        || (instance.scope.is_none() && is_called())
        || ctx.is_start_queued(scope);
    if is_kept {
        return false;
    }
    let mut inside = ctx.state().element_instances();
    inside.all(|it| it.scope != Some(scope) || leaving.contains(&it.id))
}
