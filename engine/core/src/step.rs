//! One command on one instance. Start from [`step`].

use tongban_bpmn::graph::ProcessDefinition;

use crate::behavior::condition;
use crate::command::Command;
use crate::context::Context;
use crate::decide;
use crate::element;
use crate::event::Event;
use crate::now::Now;
use crate::rejection::Rejection;
use crate::state::State;

/// Decides one command: what happened is folded into the state at once and returned.
///
/// Work that an earlier step left over is done first, then what the command brings. What goes
/// beyond [`crate::limit::Limits::steps_max`] remains in the state, and
/// [`crate::effect::Effect::Continue`] asks for the rest. Any command takes up the rest, so that
/// a later `Continue` may find nothing left.
///
/// ```
/// use std::sync::Arc;
/// use tongban_bpmn::builder::ProcessBuilder;
/// use tongban_bpmn::graph::ElementIdx;
/// use tongban_core::command::{Command, CreateInstance, StartAt};
/// use tongban_core::data_type::NoDataTypes;
/// use tongban_core::id::{DefinitionId, Instant, ProcessInstanceId};
/// use tongban_core::limit::Limits;
/// use tongban_core::now::Now;
/// use tongban_core::state::State;
/// use tongban_core::step::step;
/// use tongban_core::variable::Variables;
/// use tongban_feel::time::Zone;
/// use tongban_feel::workday::Weekends;
///
/// let mut process = ProcessBuilder::new("greeting");
/// let start = process.start(ElementIdx::ROOT, "start");
/// let ask = process.user_task(ElementIdx::ROOT, "ask");
/// process.connect(start, ask);
/// let process = process.build();
///
/// let limits = Limits::default();
/// let now = Now { at: Instant(0), zone: Zone::utc(), calendar: &Weekends, limits: &limits, types: &NoDataTypes };
/// let mut state = State::empty();
/// let create = Command::CreateInstance(CreateInstance {
///     instance: ProcessInstanceId(1),
///     definition: DefinitionId(1),
///     business_key: None,
///     variables: Variables::new(),
///     start: StartAt::None,
///     parent: None,
///     iteration: None,
/// });
/// let events = step(&mut state, &process, create, now.clone()).expect("the state is empty");
/// assert_eq!(State::replay(&events), state);
///
/// let task = state.user_tasks().next().expect("the task waits").id;
/// let by = Arc::from("li");
/// let complete = Command::CompleteUserTask { task, variables: Variables::new(), by };
/// step(&mut state, &process, complete, now).expect("the task is open");
/// assert_eq!(state.element_instances().len(), 0);
/// ```
///
/// # Errors
/// If the command does not fit the state, which is then unchanged.
///
/// # Panics
/// If the definition is not the one of the instance, or the core has a bug. The state may then be
/// half changed and has to be thrown away.
pub fn step(
    state: &mut State,
    definition: &ProcessDefinition,
    command: Command,
    now: Now<'_>,
) -> Result<Vec<Event>, Rejection> {
    let target = match &command {
        Command::MigrateInstance(it) => Some(it.target.clone()),
        _ => None,
    };
    let mut ctx = Context::new(state, definition, &now);
    ctx.target = target.as_deref();
    if let Err(rejection) = decide::decide(&mut ctx, command) {
        // Whoever decides looks first and writes then, so that nothing has to be undone.
        assert!(ctx.is_untouched(), "a rejected command has written nothing");
        return Err(rejection);
    }
    if ctx.state().is_suspended() {
        ctx.hold();
        return Ok(ctx.into_events());
    }
    // What it sees of its caller may have changed since.
    if ctx
        .state()
        .instance()
        .is_some_and(|it| it.iteration.is_some())
    {
        condition::queue_all(&mut ctx);
    }
    ctx.resume();
    run(&mut ctx);
    Ok(ctx.into_events())
}

fn run(ctx: &mut Context<'_>) {
    let mut steps = 0;
    // With nothing left to do, every token is where it stays: now inclusive gateways may join.
    while ctx.has_work() || element::queue_join(ctx) {
        if steps == ctx.now.limits.steps_max {
            ctx.defer();
            return;
        }
        if let Some(work) = ctx.next_work() {
            element::perform(ctx, work);
        }
        steps += 1;
    }
}
