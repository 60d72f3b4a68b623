//! Scripts: a process, commands, and the trace they leave; a domain expert can read them.
//!
//! ```text
//! # What it shows.
//! process order
//!   start s
//!   user-task review
//!   flow s -> review
//!
//! > create amount=5
//!   instance created
//!   …
//! > +3600 complete-task 3
//! ```
//! Lines that begin with `>` are commands, `+3600` lets that many seconds pass before; what follows
//! them is their trace: events, and after `~` effects. [`run`] writes it anew. A line `part review`
//! before the process lets the instance run one iteration of that multi-instance, which
//! `create iteration:2/9 item:5` names; `around x=1` sets what it sees of its caller. A second
//! process before the commands is the version that `migrate` goes to.

use std::sync::Arc;

use tongban_bpmn::graph::ProcessDefinition;
use tongban_feel::environment::Environment;
use tongban_feel::time::Zone;
use tongban_feel::value::{Context, Value};
use tongban_feel::workday::Weekends;

use super::invariant;
use super::model;
use super::trace::{self, Tracer};
use crate::command::migration::{ElementMapping, MigrateInstance};
use crate::command::modification::{Instruction, ModifyInstance, Place, ScopeVariables};
use crate::command::{
    CancelCause, ChildThrower, Command, CreateInstance, Iteration, ParentLink, StartAt,
    SuspensionCause,
};
use crate::data_type::NoDataTypes;
use crate::effect::effects;
use crate::event::{DecisionEvidence, DecisionRule, Event};
use crate::id::{
    DefinitionId, ElementIdx, ElementInstanceId, IncidentId, Instant, JobId, ProcessInstanceId,
    SubscriptionId, TimerId, UserTaskId,
};
use crate::incident::Kind;
use crate::limit::Limits;
use crate::now::Now;
use crate::state::State;
use crate::step::step;
use crate::variable::Variables;

/// The instance of a script.
pub(super) const INSTANCE: ProcessInstanceId = ProcessInstanceId(1);

const MICROSECONDS: i64 = 1_000_000;

/// Runs a script, checks the invariants after every step, and returns the text with the trace it
/// really leaves.
///
/// # Errors
/// If the script cannot be read or an invariant does not hold.
pub fn run(text: &str) -> Result<String, String> {
    let lines: Vec<&str> = text.lines().collect();
    let first_command = lines
        .iter()
        .position(|line| line.starts_with('>'))
        .unwrap_or(lines.len());
    let (header, commands) = lines.split_at(first_command);
    let (definition, limits) = read_header(header)?;
    let target = read_target(header)?;
    let mut output: Vec<String> = header.iter().map(|line| (*line).to_owned()).collect();
    let mut player = Player::new(&definition, target.as_ref(), &limits);
    for line in commands.iter().filter(|line| line.starts_with('>')) {
        output.push((*line).to_owned());
        player
            .play(line, &mut output)
            .map_err(|error| format!("{line}: {error}"))?;
    }
    output.push(format!(
        "= {}",
        trace::state(player.definition, &player.live)
    ));
    Ok(output.join("\n") + "\n")
}

fn read_header(header: &[&str]) -> Result<(ProcessDefinition, Limits), String> {
    let mut limits = Limits::default();
    for word in header.iter().filter_map(|line| line.strip_prefix("limit ")) {
        match word.split_once('=') {
            Some(("steps", max)) => limits.steps_max = number(max)?,
            Some(("bytes", max)) => limits.state_bytes_max = number(max)?,
            Some(("elements", max)) => limits.element_instances_max = number(max)?,
            Some(("inline", max)) => limits.iterations_inline_max = number(max)?,
            Some(("iterations", max)) => limits.iterations_max = number(max)?,
            Some(("items", max)) => limits.items_bytes_max = number(max)?,
            Some(("outputs", max)) => limits.output_collection_bytes_max = number(max)?,
            _ => return Err(format!("no limit {word}")),
        }
    }
    let start = header.iter().position(|line| line.starts_with("process "));
    let process = start
        .map(|start| &header[start..second_process(header).unwrap_or(header.len())])
        .ok_or("expected a process")?;
    let definition = model::read(process)?;
    let part = header.iter().find_map(|line| line.strip_prefix("part "));
    Ok(match part {
        Some(id) => (part_of(&definition, id)?, limits),
        None => (definition, limits),
    })
}

fn second_process(header: &[&str]) -> Option<usize> {
    let starts = header.iter().enumerate();
    let mut starts = starts.filter(|(_, line)| line.starts_with("process "));
    starts.nth(1).map(|(idx, _)| idx)
}

/// The other version of the process, if there is one.
fn read_target(header: &[&str]) -> Result<Option<Arc<ProcessDefinition>>, String> {
    let second = second_process(header);
    let target = second.map(|start| model::read(&header[start..]));
    Ok(target.transpose()?.map(Arc::new))
}

/// What an instance runs that is made for one iteration of a large multi-instance.
fn part_of(definition: &ProcessDefinition, id: &str) -> Result<ProcessDefinition, String> {
    let body = definition.find(id).and_then(|body| definition.part(body));
    body.ok_or_else(|| format!("no multi-instance {id}"))
}

struct Player<'a> {
    definition: &'a ProcessDefinition,
    target: Option<&'a Arc<ProcessDefinition>>,
    limits: &'a Limits,
    tracer: Tracer<'a>,
    live: State,
    replayed: State,
    at: Instant,
}

impl<'a> Player<'a> {
    fn new(
        definition: &'a ProcessDefinition,
        target: Option<&'a Arc<ProcessDefinition>>,
        limits: &'a Limits,
    ) -> Player<'a> {
        let tracer = Tracer::new(definition);
        let (live, replayed, at) = (State::empty(), State::empty(), Instant(0));
        Player {
            definition,
            target,
            limits,
            tracer,
            live,
            replayed,
            at,
        }
    }

    fn play(&mut self, line: &str, output: &mut Vec<String>) -> Result<(), String> {
        let mut words = model::split(line.trim_start_matches('>'));
        if let Some(seconds) = words.first().and_then(|word| word.strip_prefix('+')) {
            self.at = self.at.plus_us(number::<i64>(seconds)? * MICROSECONDS);
            words.remove(0);
        }
        if let Some(("around", arguments)) = words.split_first().map(|(it, rest)| (*it, rest)) {
            let variables = read_variables(arguments)?;
            self.replayed.set_surroundings(variables.clone());
            self.live.set_surroundings(variables);
            return Ok(());
        }
        let command = match (words.split_first(), self.target) {
            (Some((&"migrate", mapping)), Some(target)) => read_migration(mapping, target)?,
            _ => read_command(&words, self.definition)?,
        };
        let (zone, limits) = (Zone::utc(), self.limits);
        let now = Now {
            at: self.at,
            zone,
            calendar: &Weekends,
            limits,
            types: &NoDataTypes,
        };
        match step(&mut self.live, self.definition, command, now) {
            Err(rejection) => output.push(format!("  rejected {}: {rejection}", rejection.code())),
            Ok(events) => {
                for event in &events {
                    self.replayed.apply(event);
                    if let (Event::InstanceMigrated(it), Some(target)) = (event, self.target) {
                        self.tracer.migrate(it, target);
                        self.definition = target;
                    }
                    output.push(format!("  {}", self.tracer.event(event)));
                }
                for effect in effects(&events) {
                    output.push(format!("  ~ {}", self.tracer.effect(&effect)));
                }
            }
        }
        invariant::check(self.definition, &self.live, &self.replayed, self.limits)
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("expected a number, found {text}"))
}

/// Reads one command.
fn read_command(words: &[&str], definition: &ProcessDefinition) -> Result<Command, String> {
    let (name, arguments) = words.split_first().ok_or("expected a command")?;
    let argument = |idx: usize| arguments.get(idx).copied().ok_or("an argument is missing");
    let id = |idx: usize| number::<u32>(argument(idx)?);
    let element = |idx: usize| id(idx).map(ElementInstanceId);
    let child = |idx: usize| number(argument(idx)?).map(ProcessInstanceId);
    let text = |idx: usize| argument(idx).map(|it| Arc::from(model::unquote(it)));
    let variables = || read_variables(arguments);
    Ok(match *name {
        "create" => Command::CreateInstance(read_create(arguments, definition)?),
        "complete-job" => Command::CompleteJob {
            job: JobId(id(0)?),
            variables: variables()?,
        },
        "fail-job" => Command::FailJob {
            job: JobId(id(0)?),
            retries: option(arguments, "retries").map_or(Ok(0), number)?,
            back_off_us: option(arguments, "back-off").map_or(Ok(0), number::<i64>)? * MICROSECONDS,
            message: Arc::from("it failed"),
        },
        "retry-job" => Command::RetryJob { job: JobId(id(0)?) },
        "throw-error" => Command::ThrowError {
            job: JobId(id(0)?),
            code: text(1)?,
            message: Arc::from("it was so"),
            variables: variables()?,
        },
        "job-incident" => Command::RaiseJobIncident {
            job: JobId(id(0)?),
            kind: Kind::from_code(argument(1)?).ok_or("no such incident kind")?,
            message: Arc::from("it cannot be"),
        },
        "complete-task" => Command::CompleteUserTask {
            task: UserTaskId(id(0)?),
            variables: variables()?,
            by: Arc::from("li"),
        },
        "assign-task" => Command::AssignUserTask {
            task: UserTaskId(id(0)?),
            assignee: arguments.get(1).map(|it| Arc::from(*it)),
        },
        "timer" => Command::TriggerTimer {
            timer: TimerId(id(0)?),
        },
        "message" => Command::CorrelateMessage {
            subscription: SubscriptionId(id(0)?),
            message_id: Arc::from("m"),
            variables: variables()?,
        },
        "child-started" => Command::ChildStarted {
            element_instance: element(0)?,
            child: child(1)?,
            definition: DefinitionId(2),
        },
        "child-completed" => Command::ChildCompleted {
            element_instance: element(0)?,
            child: child(1)?,
            variables: variables()?,
        },
        "child-failed" => Command::ChildFailed {
            element_instance: element(0)?,
            message: Arc::from("it does not exist"),
        },
        "signal" => Command::ReceiveSignal {
            subscriptions: ids(arguments)?,
            variables: variables()?,
        },
        "iterations-started" => Command::IterationsStarted {
            element_instance: element(0)?,
            count: id(1)?,
        },
        "iterations-failed" => Command::IterationsFailed {
            element_instance: element(0)?,
            message: Arc::from("it cannot be started"),
        },
        "iteration" => Command::IterationCompleted {
            element_instance: element(0)?,
            child: child(1)?,
            loop_counter: id(2)?,
            variables: variables()?,
        },
        "outputs" => Command::OutputsCollected {
            element_instance: element(0)?,
            outputs: read_outputs(arguments)?,
            is_complete: arguments.contains(&"last"),
        },
        "child-escalation" => Command::ChildThrewEscalation {
            element_instance: element(0)?,
            child: child(1)?,
            thrower: element(2)?,
            path: read_path(arguments)?,
            code: text(3)?,
            variables: variables()?,
        },
        "escalation-answered" => Command::EscalationAnswered {
            element_instance: element(0)?,
            path: read_path(arguments)?,
        },
        "child-error" => Command::ChildThrewError {
            element_instance: element(0)?,
            child: child(1)?,
            thrower: element(2)?,
            path: read_path(arguments)?,
            code: text(3)?,
            message: Arc::from("it was so"),
            variables: variables()?,
        },
        "error-not-caught" => Command::ErrorNotCaught {
            element_instance: element(0)?,
            path: read_path(arguments)?,
        },
        "decision" => Command::DecisionEvaluated {
            element_instance: element(0)?,
            result: read_value(argument(1)?)?,
            evidence: match argument(2) {
                Ok(word) => {
                    let rule = word.strip_prefix("rule=").ok_or("expected rule=<number>")?;
                    Some(Box::new(evidence(number(rule)?)))
                }
                Err(_) => None,
            },
        },
        "decision-failed" => Command::DecisionFailed {
            element_instance: element(0)?,
            message: Arc::from("no rule matches"),
        },
        "choose" => Command::ChooseActivities {
            element_instance: element(0)?,
            activities: arguments.iter().skip(1).map(|it| Arc::from(*it)).collect(),
        },
        "set" => Command::SetVariables {
            element_instance: arguments
                .first()
                .and_then(|it| it.parse().ok())
                .map(ElementInstanceId),
            variables: variables()?,
        },
        "resolve" => Command::ResolveIncident {
            incident: IncidentId(id(0)?),
            variables: variables()?,
        },
        "cancel" => Command::CancelInstance {
            cause: CancelCause::Request,
        },
        "cancel-by-parent" => Command::CancelInstance {
            cause: CancelCause::Parent,
        },
        "suspend" => Command::SuspendInstance {
            cause: SuspensionCause::Request,
        },
        "suspend-by-parent" => Command::SuspendInstance {
            cause: SuspensionCause::Parent,
        },
        "resume" => Command::ResumeInstance {
            cause: SuspensionCause::Request,
        },
        "resume-by-parent" => Command::ResumeInstance {
            cause: SuspensionCause::Parent,
        },
        "modify" => Command::ModifyInstance(Box::new(read_modification(arguments)?)),
        "continue" => Command::Continue,
        other => return Err(format!("no command {other}")),
    })
}

/// `a->b`: pairs of a mapping.
fn read_migration(mapping: &[&str], target: &Arc<ProcessDefinition>) -> Result<Command, String> {
    let pair = |pair: &&str| {
        let (source, target) = pair.split_once("->").ok_or("expected a->b")?;
        let (source, target) = (Arc::from(source), Arc::from(target));
        Ok::<_, String>(ElementMapping { source, target })
    };
    Ok(Command::MigrateInstance(Box::new(MigrateInstance {
        definition: DefinitionId(2),
        target: target.clone(),
        mapping: mapping.iter().map(pair).collect::<Result<_, _>>()?,
    })))
}

/// `start:before:t@5 x=1 sub/y=2 cancel:7 cancel-all:t move:t:after:u`: instructions; variables
/// belong to the start before them.
fn read_modification(words: &[&str]) -> Result<ModifyInstance, String> {
    let mut instructions = Vec::new();
    for word in words {
        let rest = |name: &str| word.strip_prefix(name)?.strip_prefix(':');
        if let Some(place) = rest("start") {
            let (place, within) = match place.split_once('@') {
                Some((place, within)) => (place, Some(ElementInstanceId(number(within)?))),
                None => (place, None),
            };
            instructions.push(Instruction::Start {
                at: read_place(place)?,
                within,
                variables: Vec::new(),
            });
        } else if let Some(id) = rest("cancel") {
            let element_instance = ElementInstanceId(number(id)?);
            instructions.push(Instruction::Cancel { element_instance });
        } else if let Some(id) = rest("cancel-all") {
            let element = Arc::from(id);
            instructions.push(Instruction::CancelAll { element });
        } else if let Some((from, to)) = rest("move").and_then(|it| it.split_once(':')) {
            let (from, to) = (Arc::from(from), read_place(to)?);
            instructions.push(Instruction::Move { from, to });
        } else if let (Some(Instruction::Start { variables, .. }), Some((name, value))) =
            (instructions.last_mut(), word.split_once('='))
        {
            let (scope, name) = match name.split_once('/') {
                Some((scope, name)) => (Some(Arc::from(scope)), name),
                None => (None, name),
            };
            let value = Variables::from_iter([(Arc::from(name), read_value(value)?)]);
            variables.push(ScopeVariables {
                scope,
                variables: value,
            });
        } else {
            return Err(format!("no instruction {word}"));
        }
    }
    Ok(ModifyInstance { instructions })
}

fn read_place(text: &str) -> Result<Place, String> {
    match text.split_once(':') {
        Some(("before", id)) => Ok(Place::Before(Arc::from(id))),
        Some(("after", id)) => Ok(Place::After(Arc::from(id))),
        Some(("flow", id)) => Ok(Place::Flow(Arc::from(id))),
        _ => Err(format!("no place {text}")),
    }
}

fn write_modification(modify: &ModifyInstance) -> String {
    let mut line = "modify".to_owned();
    for instruction in &modify.instructions {
        match instruction {
            Instruction::Start {
                at,
                within,
                variables,
            } => {
                let within = within.map_or(String::new(), |it| format!("@{it}"));
                line.push_str(&format!(" start:{}{within}", write_place(at)));
                for of_scope in variables {
                    let scope = of_scope.scope.as_ref();
                    let scope = scope.map_or(String::new(), |it| format!("{it}/"));
                    for (name, value) in of_scope.variables.iter() {
                        let value = trace::value(value);
                        line.push_str(&format!(" {scope}{name}=`{value}`"));
                    }
                }
            }
            Instruction::Cancel { element_instance } => {
                line.push_str(&format!(" cancel:{element_instance}"));
            }
            Instruction::CancelAll { element } => line.push_str(&format!(" cancel-all:{element}")),
            Instruction::Move { from, to } => {
                line.push_str(&format!(" move:{from}:{}", write_place(to)));
            }
        }
    }
    line
}

fn write_place(place: &Place) -> String {
    match place {
        Place::Before(id) => format!("before:{id}"),
        Place::After(id) => format!("after:{id}"),
        Place::Flow(id) => format!("flow:{id}"),
    }
}

/// Numbers at the beginning.
fn ids(arguments: &[&str]) -> Result<Vec<SubscriptionId>, String> {
    let numbers = arguments.iter().map_while(|it| it.parse().ok());
    let ids: Vec<_> = numbers.map(SubscriptionId).collect();
    if ids.is_empty() {
        return Err("expected a number".to_owned());
    }
    Ok(ids)
}

/// `path:9/3,8/2`: the way back to a thrower.
fn read_path(arguments: &[&str]) -> Result<Vec<ChildThrower>, String> {
    let Some(path) = option(arguments, "path") else {
        return Ok(Vec::new());
    };
    let step = |step: &str| {
        let (instance, element) = step.split_once('/').ok_or("expected path:9/3")?;
        Ok(ChildThrower {
            instance: ProcessInstanceId(number(instance)?),
            element_instance: ElementInstanceId(number(element)?),
        })
    };
    path.split(',').map(step).collect()
}

fn write_path(path: &[ChildThrower]) -> String {
    if path.is_empty() {
        return String::new();
    }
    let step = |it: &ChildThrower| format!("{}/{}", it.instance.0, it.element_instance);
    let steps: Vec<String> = path.iter().map(step).collect();
    format!(" path:{}", steps.join(","))
}

/// `1:`5``: outputs by loop counter.
fn read_outputs(arguments: &[&str]) -> Result<Vec<(u32, Value)>, String> {
    let outputs = arguments.iter().filter_map(|it| it.split_once(':'));
    outputs
        .map(|(counter, value)| Ok((number(counter)?, read_value(value)?)))
        .collect()
}

/// Options of commands are written with `:`, variables with `=`.
fn option<'a>(arguments: &[&'a str], name: &str) -> Option<&'a str> {
    arguments
        .iter()
        .find_map(|it| it.strip_prefix(name)?.strip_prefix(':'))
}

fn read_create(
    arguments: &[&str],
    definition: &ProcessDefinition,
) -> Result<CreateInstance, String> {
    let start = match option(arguments, "at") {
        Some(id) => StartAt::Event(definition.find(id).ok_or("no such element")?),
        None => StartAt::None,
    };
    let parent = match option(arguments, "called-by") {
        Some(place) => {
            let (instance, element) = place.split_once('/').ok_or("expected called-by:9/3")?;
            Some(ParentLink {
                instance: ProcessInstanceId(number(instance)?),
                element_instance: ElementInstanceId(number(element)?),
                depth: option(arguments, "depth").map_or(Ok(1), number)?,
            })
        }
        None => None,
    };
    Ok(CreateInstance {
        instance: INSTANCE,
        definition: DefinitionId(1),
        business_key: option(arguments, "key").map(Arc::from),
        variables: read_variables(arguments)?,
        start,
        parent,
        iteration: read_iteration(arguments, definition)?,
    })
}

fn read_iteration(
    arguments: &[&str],
    definition: &ProcessDefinition,
) -> Result<Option<Iteration>, String> {
    let Some(place) = option(arguments, "iteration") else {
        return Ok(None);
    };
    let (loop_counter, count) = place.split_once('/').ok_or("expected iteration:2/9")?;
    let start = definition
        .container(ElementIdx::ROOT)
        .and_then(|it| it.start_event);
    let part = start.map(|start| definition.element(start).id.clone());
    Ok(Some(Iteration {
        part: part.ok_or("expected a part")?,
        loop_counter: number(loop_counter)?,
        count: number(count)?,
        item: option(arguments, "item").map(read_value).transpose()?,
    }))
}

fn read_variables(arguments: &[&str]) -> Result<Variables, String> {
    let named = arguments.iter().filter_map(|it| it.split_once('='));
    named
        .map(|(name, value)| Ok((Arc::from(name), read_value(value)?)))
        .collect()
}

fn read_value(text: &str) -> Result<Value, String> {
    let expression = model::feel(model::unquote(text))?;
    let value = expression.evaluate(&Context::new(), &Environment::default());
    value.map_err(|error| error.to_string())
}

/// A decision made by one rule, as scripts and random runs have it.
pub(super) fn evidence(rule_number: u32) -> DecisionEvidence {
    DecisionEvidence {
        decision_id: Arc::from("fees"),
        version: 1,
        effective_from: None,
        as_of: Arc::from("2026-01-01"),
        rules: vec![DecisionRule {
            decision_id: Arc::from("fees"),
            rule_id: None,
            rule_number,
        }],
    }
}

/// Writes a command as [`read_command`] reads it.
pub(super) fn write_command(command: &Command, definition: &ProcessDefinition) -> String {
    match command {
        Command::CreateInstance(create) => {
            let start = match create.start {
                StartAt::None => String::new(),
                StartAt::Event(idx) => definition
                    .get(idx)
                    .map_or(String::new(), |it| format!(" at:{}", it.id)),
            };
            let parent = create.parent.map_or(String::new(), |it| {
                let (instance, element) = (it.instance.0, it.element_instance);
                format!(" called-by:{instance}/{element} depth:{}", it.depth)
            });
            let iteration = create.iteration.as_ref().map_or(String::new(), |it| {
                let item = it.item.as_ref();
                let item = item.map_or(String::new(), |it| format!(" item:`{}`", trace::value(it)));
                format!(" iteration:{}/{}{item}", it.loop_counter, it.count)
            });
            let own = write_variables(&create.variables);
            format!("create{start}{parent}{iteration}{own}")
        }
        Command::CompleteJob { job, variables } => {
            format!("complete-job {job}{}", write_variables(variables))
        }
        Command::FailJob {
            job,
            retries,
            back_off_us,
            ..
        } => {
            format!(
                "fail-job {job} retries:{retries} back-off:{}",
                back_off_us / MICROSECONDS
            )
        }
        Command::RetryJob { job } => format!("retry-job {job}"),
        Command::ThrowError {
            job,
            code,
            variables,
            ..
        } => {
            format!("throw-error {job} {code}{}", write_variables(variables))
        }
        Command::RaiseJobIncident { job, kind, .. } => {
            format!("job-incident {job} {}", kind.code())
        }
        Command::CompleteUserTask {
            task, variables, ..
        } => {
            format!("complete-task {task}{}", write_variables(variables))
        }
        Command::AssignUserTask { task, assignee } => {
            format!(
                "assign-task {task} {}",
                assignee.as_deref().unwrap_or_default()
            )
        }
        Command::TriggerTimer { timer } => format!("timer {timer}"),
        Command::CorrelateMessage {
            subscription,
            variables,
            ..
        } => {
            format!("message {subscription}{}", write_variables(variables))
        }
        Command::ChildStarted {
            element_instance,
            child,
            ..
        } => {
            format!("child-started {element_instance} {}", child.0)
        }
        Command::ChildCompleted {
            element_instance,
            child,
            variables,
        } => {
            format!(
                "child-completed {element_instance} {}{}",
                child.0,
                write_variables(variables)
            )
        }
        Command::ChildFailed {
            element_instance, ..
        } => format!("child-failed {element_instance}"),
        Command::ReceiveSignal {
            subscriptions,
            variables,
        } => {
            let ids = subscriptions.iter().map(|it| format!(" {it}"));
            let ids: String = ids.collect();
            format!("signal{ids}{}", write_variables(variables))
        }
        Command::IterationsStarted {
            element_instance,
            count,
        } => format!("iterations-started {element_instance} {count}"),
        Command::IterationsFailed {
            element_instance, ..
        } => format!("iterations-failed {element_instance}"),
        Command::IterationCompleted {
            element_instance,
            child,
            loop_counter,
            variables,
        } => {
            let variables = write_variables(variables);
            format!(
                "iteration {element_instance} {} {loop_counter}{variables}",
                child.0
            )
        }
        Command::OutputsCollected {
            element_instance,
            outputs,
            is_complete,
        } => {
            let output =
                |(counter, it): &(u32, Value)| format!(" {counter}:`{}`", trace::value(it));
            let outputs: String = outputs.iter().map(output).collect();
            let last = if *is_complete { " last" } else { "" };
            format!("outputs {element_instance}{outputs}{last}")
        }
        Command::ChildThrewEscalation {
            element_instance,
            child,
            thrower,
            path,
            code,
            variables,
        } => {
            let rest = write_path(path) + &write_variables(variables);
            format!(
                "child-escalation {element_instance} {} {thrower} {code}{rest}",
                child.0
            )
        }
        Command::EscalationAnswered {
            element_instance,
            path,
        } => format!("escalation-answered {element_instance}{}", write_path(path)),
        Command::ChildThrewError {
            element_instance,
            child,
            thrower,
            path,
            code,
            variables,
            ..
        } => {
            let rest = write_path(path) + &write_variables(variables);
            format!(
                "child-error {element_instance} {} {thrower} {code}{rest}",
                child.0
            )
        }
        Command::ErrorNotCaught {
            element_instance,
            path,
        } => format!("error-not-caught {element_instance}{}", write_path(path)),
        Command::DecisionEvaluated {
            element_instance,
            result,
            evidence,
        } => {
            let rule = evidence.as_ref().and_then(|it| it.rules.first());
            let rule = rule.map_or(String::new(), |it| format!(" rule={}", it.rule_number));
            format!(
                "decision {element_instance} `{}`{rule}",
                trace::value(result)
            )
        }
        Command::DecisionFailed {
            element_instance, ..
        } => {
            format!("decision-failed {element_instance}")
        }
        Command::ChooseActivities {
            element_instance,
            activities,
        } => {
            let activities = activities.iter().map(|it| format!(" {it}"));
            let activities: String = activities.collect();
            format!("choose {element_instance}{activities}")
        }
        Command::SetVariables {
            element_instance,
            variables,
        } => {
            let scope = element_instance.map_or(String::new(), |it| format!(" {it}"));
            format!("set{scope}{}", write_variables(variables))
        }
        Command::ResolveIncident {
            incident,
            variables,
        } => format!("resolve {incident}{}", write_variables(variables)),
        Command::CancelInstance {
            cause: CancelCause::Request,
        } => "cancel".to_owned(),
        Command::CancelInstance {
            cause: CancelCause::Parent,
        } => "cancel-by-parent".to_owned(),
        Command::SuspendInstance { cause } => match cause {
            SuspensionCause::Request => "suspend".to_owned(),
            SuspensionCause::Parent => "suspend-by-parent".to_owned(),
        },
        Command::ResumeInstance { cause } => match cause {
            SuspensionCause::Request => "resume".to_owned(),
            SuspensionCause::Parent => "resume-by-parent".to_owned(),
        },
        Command::ModifyInstance(modify) => write_modification(modify),
        Command::MigrateInstance(migrate) => {
            let mapping = migrate.mapping.iter();
            let mapping = mapping.map(|it| format!(" {}->{}", it.source, it.target));
            format!("migrate{}", mapping.collect::<String>())
        }
        Command::Continue => "continue".to_owned(),
    }
}

/// Writes what an iteration sees of its caller.
pub(super) fn write_surroundings(variables: &Variables) -> String {
    format!("around{}", write_variables(variables))
}

fn write_variables(variables: &Variables) -> String {
    variables
        .iter()
        .map(|(name, value)| format!(" {name}=`{}`", trace::value(value)))
        .collect()
}
