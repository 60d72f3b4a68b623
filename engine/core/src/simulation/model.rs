//! Processes in a few words: the upper part of a script, made into a compiled graph.
//!
//! ```text
//! process order
//!   start s
//!   user-task review assignee=li
//!   boundary late on=review timer-duration=PT1H
//!   end done
//!   flow s -> review -> done
//!   flow late -> done
//! ```
//! Contents of a scope are indented under it. A value that begins with `=` is FEEL; backquotes hold
//! values with spaces. `in.x=` and `out.x=` are mappings. `each=` (a list) or `times=` (a number)
//! make an activity a multi-instance, with `sequential`, `item=`, `until=`, and `collect=` for the
//! list of what `give=` gives; `one-signal=`, `none-signal=` and the like are what it throws, and
//! `throw-signal=` what it throws when `when=` holds. `while=` or `max=` make it a loop, with
//! `test-before`. `takes=` and `leaves=` are the tokens of an activity. `any-of` and `all-of` make an
//! event multiple, its definitions separated by `+`. A handler says `compensates=` which activity
//! it undoes. `data.x=` is the type of the variable `x` of an element, or of the process, and `gives.x=`
//! of what comes with the end of an element: `date`, `list:integer`.

use std::collections::BTreeMap;
use std::sync::Arc;

use tongban_bpmn::builder::ProcessBuilder;
use tongban_bpmn::graph::ad_hoc_sub_process::{AdHocSubProcess, Ordering};
use tongban_bpmn::graph::complex_gateway::ComplexGateway;
use tongban_bpmn::graph::data_type::{DataDeclaration, DataRole, DataType};
use tongban_bpmn::graph::event::{
    CompensateDefinition, ConditionalDefinition, LinkDefinition, MultipleDefinition,
};
use tongban_bpmn::graph::multi_instance::{
    Behavior, ComplexBehavior, LoopInput, LoopOutput, MultiInstance,
};
use tongban_bpmn::graph::standard_loop::StandardLoop;
use tongban_bpmn::graph::{
    Binding, BusinessRuleTask, CallActivity, CalledDecision, Container, ElementIdx, ElementKind,
    ErrorDefinition, EscalationDefinition, EventBasedGateway, EventDefinition, FormReference,
    InclusiveGateway, Instantiation, JobWork, Mapping, Message, ProcessDefinition, RecordReference,
    ScriptTask, SendTask, Signal, TaskListener, TaskListenerEvent, TimerDefinition, UserTask,
};
use tongban_feel::expression::{Expression, Names};
use tongban_feel::value::Value;

/// One word of a line: `name`, or `name=value`.
struct Word<'a> {
    name: &'a str,
    value: Option<&'a str>,
}

/// The words of a line; backquotes hold spaces together.
struct Words<'a>(Vec<Word<'a>>);

impl<'a> Words<'a> {
    fn read(line: &'a str) -> Words<'a> {
        Words(split(line).into_iter().map(word).collect())
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0
            .iter()
            .find(|word| word.name == name)
            .and_then(|word| word.value)
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|word| word.name == name)
    }

    fn with_prefix(&self, prefix: &str) -> Vec<(&'a str, &'a str)> {
        let named = |word: &Word<'a>| Some((word.name.strip_prefix(prefix)?, word.value?));
        self.0.iter().filter_map(named).collect()
    }
}

/// Splits at spaces that are not within backquotes.
pub(super) fn split(line: &str) -> Vec<&str> {
    let mut quoted = false;
    let at_space = |character: char| {
        quoted ^= character == '`';
        character == ' ' && !quoted
    };
    line.split(at_space)
        .filter(|word| !word.is_empty())
        .collect()
}

fn word(text: &str) -> Word<'_> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(unquote(value))),
        None => (text, None),
    };
    Word { name, value }
}

/// A value without its backquotes.
pub(super) fn unquote(text: &str) -> &str {
    text.strip_prefix('`')
        .and_then(|it| it.strip_suffix('`'))
        .unwrap_or(text)
}

/// Compiles FEEL.
pub(super) fn feel(source: &str) -> Result<Expression, String> {
    Expression::compile(source, &Names::default())
        .map_err(|errors| format!("`{source}` does not compile: {errors:?}"))
}

/// A static text, or FEEL after `=`.
fn expression(text: &str) -> Result<Expression, String> {
    match text.strip_prefix('=') {
        Some(source) => feel(source.trim()),
        None => Ok(Expression::constant(Value::from(text))),
    }
}

/// Reads the lines of one process, the first of which is `process <key>`.
pub(super) fn read(lines: &[&str]) -> Result<ProcessDefinition, String> {
    let (first, lines) = lines.split_first().ok_or("expected a process")?;
    let key = first
        .strip_prefix("process ")
        .ok_or("expected `process <key>`")?
        .trim();
    let (key, words) = key.split_once(' ').unwrap_or((key, ""));
    let mut builder = ProcessBuilder::new(key);
    builder.element_mut(ElementIdx::ROOT).data = data(&Words::read(words))?;
    let mut scopes = vec![ElementIdx::ROOT];
    let mut ids: BTreeMap<&str, ElementIdx> = BTreeMap::new();
    let mut flows = Vec::new();
    let mut handlers = Vec::new();
    for line in lines.iter().filter(|line| !line.trim().is_empty()) {
        let depth = (line.len() - line.trim_start().len()) / 2;
        scopes.truncate(depth);
        let scope = *scopes
            .last()
            .ok_or_else(|| format!("expected an indented line: {line}"))?;
        let line = line.trim();
        if let Some(path) = line.strip_prefix("flow ") {
            flows.push(path);
            continue;
        }
        let (id, idx, inner) =
            add(&mut builder, scope, line, &ids).map_err(|it| format!("{line}: {it}"))?;
        ids.insert(id, idx);
        scopes.push(inner);
        handlers.extend(Words::read(line).get("compensates").map(|it| (it, idx)));
    }
    for (activity, handler) in handlers {
        let activity = ids.get(activity);
        let activity =
            activity.ok_or_else(|| format!("no element to compensate for {handler:?}"))?;
        builder.set_compensation_handler(*activity, handler);
    }
    for path in flows {
        connect(&mut builder, path, &ids).map_err(|it| format!("flow {path}: {it}"))?;
    }
    Ok(builder.build())
}

fn connect(
    builder: &mut ProcessBuilder,
    path: &str,
    ids: &BTreeMap<&str, ElementIdx>,
) -> Result<(), String> {
    let words = Words::read(path);
    let steps: Vec<&str> = words.0.iter().map(|word| word.name).collect();
    let ends = steps
        .iter()
        .filter(|it| !matches!(**it, "->" | "when" | "default"));
    let ends: Vec<ElementIdx> = ends
        .map(|id| {
            ids.get(id)
                .copied()
                .ok_or_else(|| format!("no element {id}"))
        })
        .collect::<Result<_, _>>()?;
    for pair in ends.windows(2) {
        let condition = words.get("when").map(expression).transpose()?;
        let flow = builder.flow(None, pair[0], pair[1], condition);
        if words.has("default") {
            builder.set_default(pair[0], flow);
        }
    }
    Ok(())
}

/// Adds an element; answers its id, where its flows belong and where its contents do.
fn add<'a>(
    builder: &mut ProcessBuilder,
    scope: ElementIdx,
    line: &'a str,
    ids: &BTreeMap<&str, ElementIdx>,
) -> Result<(&'a str, ElementIdx, ElementIdx), String> {
    let words = Words::read(line);
    let [kind, id, ..] = words.0.as_slice() else {
        return Err("expected a kind and an id".to_owned());
    };
    let (kind, id) = (kind.name, id.name);
    let idx = match kind {
        "event-sub-process" => builder.event_sub_process(scope, id),
        "start" => match event_definition(&words)? {
            Some(definition) => {
                builder.start_on(scope, id, definition, !words.has("non-interrupting"))
            }
            None => builder.start(scope, id),
        },
        "boundary" => {
            let on = words
                .get("on")
                .and_then(|on| ids.get(on))
                .ok_or("expected on=<activity>")?;
            let definition = event_definition(&words)?.ok_or("expected a trigger")?;
            builder.boundary_event(*on, id, definition, !words.has("non-interrupting"))
        }
        other => {
            let kind = element_kind(other, &words)?;
            let body = match (multi_instance(&words)?, standard_loop(&words)?) {
                (Some(it), _) => Some(builder.multi_instance(scope, id, it)),
                (None, Some(it)) => Some(builder.standard_loop(scope, id, it)),
                (None, None) => None,
            };
            match body {
                None => builder.add(scope, id, kind),
                Some(body) => {
                    let inner = builder.add(body, id, kind);
                    describe(builder, inner, &words)?;
                    let (takes, leaves) = (quantity(&words, "takes")?, quantity(&words, "leaves")?);
                    let outer = builder.element_mut(body);
                    outer.name = words.get("name").map(Arc::from);
                    (outer.start_quantity, outer.completion_quantity) = (takes, leaves);
                    let activity = builder.element_mut(inner);
                    (activity.start_quantity, activity.completion_quantity) = (1, 1);
                    return Ok((id, body, inner));
                }
            }
        }
    };
    describe(builder, idx, &words)?;
    Ok((id, idx, idx))
}

fn describe(
    builder: &mut ProcessBuilder,
    idx: ElementIdx,
    words: &Words<'_>,
) -> Result<(), String> {
    let element = builder.element_mut(idx);
    element.instantiates = words.has("receive-task") && words.has("starts");
    element.name = words.get("name").map(Arc::from);
    element.start_quantity = quantity(words, "takes")?;
    element.completion_quantity = quantity(words, "leaves")?;
    element.inputs = mappings(words, "in.")?;
    element.outputs = mappings(words, "out.")?;
    element.data = data(words)?;
    Ok(())
}

/// What variables hold, and what comes with the end.
fn data(words: &Words<'_>) -> Result<Vec<DataDeclaration>, String> {
    let of = |prefix, role| {
        let named = words.with_prefix(prefix).into_iter();
        named.map(move |(name, of)| declaration((name, of), role))
    };
    let local = of("data.", DataRole::Local);
    local.chain(of("gives.", DataRole::Output)).collect()
}

fn declaration((name, of): (&str, &str), role: DataRole) -> Result<DataDeclaration, String> {
    let (is_list, of) = match of.strip_prefix("list:") {
        Some(of) => (true, of),
        None => (false, of),
    };
    let of = match of {
        "string" => DataType::String,
        "number" => DataType::Number,
        "integer" => DataType::Integer,
        "boolean" => DataType::Boolean,
        "date" => DataType::Date,
        "context" => DataType::Context,
        other => return Err(format!("no type {other}")),
    };
    Ok(DataDeclaration {
        item_id: Arc::from(name),
        variable: Arc::from(name),
        of: if is_list {
            DataType::List(Some(Box::new(of)))
        } else {
            of
        },
        role,
    })
}

fn quantity(words: &Words<'_>, name: &str) -> Result<u32, String> {
    let number = words.get(name).map_or(Ok(1), str::parse::<u32>);
    number.map_err(|it| format!("expected {name}=<number>: {it}"))
}

fn multi_instance(words: &Words<'_>) -> Result<Option<MultiInstance>, String> {
    let input = match (words.get("times"), words.get("each")) {
        (None, None) => return Ok(None),
        (Some(times), _) => LoopInput::Cardinality(expression(times)?),
        (None, Some(each)) => LoopInput::Collection {
            collection: expression(each)?,
            element: words.get("item").map(Arc::from),
        },
    };
    let output = match (words.get("collect"), words.get("give")) {
        (Some(collection), Some(element)) => {
            let element = element.trim_start_matches('=').trim();
            Some(LoopOutput::new(collection, feel(element)?))
        }
        _ => None,
    };
    Ok(Some(MultiInstance {
        inner: ElementIdx::ROOT,
        is_sequential: words.has("sequential"),
        input,
        output,
        completion_condition: words.get("until").map(expression).transpose()?,
        behavior: behavior(words)?,
    }))
}

fn behavior(words: &Words<'_>) -> Result<Behavior, String> {
    let thrown = |prefix: &str| -> Result<Option<EventDefinition>, String> {
        let named = words.with_prefix(prefix);
        let Some((kind, name)) = named.first().copied() else {
            return Ok(None);
        };
        let words = Words(vec![Word {
            name: kind,
            value: Some(name),
        }]);
        event_definition(&words)
    };
    if let Some(event) = thrown("one-")? {
        return Ok(Behavior::One(event));
    }
    if let Some(event) = thrown("none-")? {
        return Ok(Behavior::None(event));
    }
    let Some(condition) = words.get("when") else {
        return Ok(Behavior::All);
    };
    let event = thrown("throw-")?.ok_or("expected throw-signal= or the like")?;
    let condition = expression(condition)?;
    Ok(Behavior::Complex(vec![ComplexBehavior {
        condition,
        event,
    }]))
}

fn standard_loop(words: &Words<'_>) -> Result<Option<StandardLoop>, String> {
    let condition = words.get("while").map(expression).transpose()?;
    let maximum = words.get("max").map(str::parse::<u32>).transpose();
    let maximum = maximum.map_err(|it| format!("expected max=<number>: {it}"))?;
    if condition.is_none() && maximum.is_none() {
        return Ok(None);
    }
    Ok(Some(StandardLoop {
        inner: ElementIdx::ROOT,
        test_before: words.has("test-before"),
        condition,
        maximum,
    }))
}

fn ad_hoc(words: &Words<'_>) -> Result<AdHocSubProcess, String> {
    Ok(AdHocSubProcess {
        ordering: match words.has("one-by-one") {
            true => Ordering::Sequential,
            false => Ordering::Parallel,
        },
        completion_condition: words.get("complete").map(expression).transpose()?,
        cancel_remaining_instances: !words.has("waits-for-rest"),
        active_elements: words.get("active").map(expression).transpose()?,
        ..AdHocSubProcess::default()
    })
}

fn mappings(words: &Words<'_>, prefix: &str) -> Result<Vec<Mapping>, String> {
    let mapping = |(target, source): (&str, &str)| {
        Ok(Mapping {
            source: expression(source)?,
            target: Arc::from(target),
        })
    };
    words.with_prefix(prefix).into_iter().map(mapping).collect()
}

fn element_kind(kind: &str, words: &Words<'_>) -> Result<ElementKind, String> {
    Ok(match kind {
        "end" => ElementKind::EndEvent(event_definition(words)?),
        "catch" => ElementKind::IntermediateCatchEvent(
            event_definition(words)?.ok_or("expected a trigger")?,
        ),
        "throw" => ElementKind::IntermediateThrowEvent(event_definition(words)?),
        "ad-hoc" => ElementKind::AdHocSubProcess(Box::new(ad_hoc(words)?)),
        "sub-process" => ElementKind::SubProcess(Container::default()),
        "transaction" => ElementKind::Transaction(Container::default()),
        "task" => ElementKind::Task,
        "manual-task" => ElementKind::ManualTask,
        "user-task" => ElementKind::UserTask(Box::new(user_task(words)?)),
        "service-task" => ElementKind::ServiceTask(job(words)?),
        "script-task" => ElementKind::ScriptTask(script_task(words)?),
        "rule-task" => ElementKind::BusinessRuleTask(rule_task(words)?),
        "send-task" => ElementKind::SendTask(send_task(words)?),
        "receive-task" => {
            let name = words.get("message").ok_or("expected message=")?;
            ElementKind::ReceiveTask(message(name, words)?)
        }
        "exclusive" => ElementKind::ExclusiveGateway { default: None },
        "parallel" => ElementKind::ParallelGateway,
        "inclusive" => ElementKind::InclusiveGateway(InclusiveGateway::default()),
        "complex" => ElementKind::ComplexGateway(Box::new(ComplexGateway {
            activation_condition: words.get("activation").map(expression).transpose()?,
            ..ComplexGateway::default()
        })),
        "event-gateway" => {
            let instantiates = match (words.has("starts"), words.has("all")) {
                (false, _) => None,
                (true, false) => Some(Instantiation::Exclusive),
                (true, true) => Some(Instantiation::Parallel),
            };
            ElementKind::EventBasedGateway(EventBasedGateway { instantiates })
        }
        "call" => ElementKind::CallActivity(call(words)?),
        other => return Err(format!("no element of the kind {other}")),
    })
}

/// One definition, or several after `any-of` or `all-of`, separated by `+`.
fn event_definition(words: &Words<'_>) -> Result<Option<EventDefinition>, String> {
    let is_parallel = words.has("all-of");
    if !is_parallel && !words.has("any-of") {
        return single_definition(words);
    }
    let parts = words.0.split(|word| word.name == "+");
    let definitions = parts.map(|part| {
        let part = part.iter().map(|word| Word {
            name: word.name,
            value: word.value,
        });
        let definition = single_definition(&Words(part.collect()))?;
        definition.ok_or("expected a definition on each side of +".to_owned())
    });
    let definitions = definitions.collect::<Result<_, String>>()?;
    Ok(Some(EventDefinition::Multiple(Box::new(
        MultipleDefinition {
            definitions,
            is_parallel,
        },
    ))))
}

fn single_definition(words: &Words<'_>) -> Result<Option<EventDefinition>, String> {
    if words.has("terminate") {
        return Ok(Some(EventDefinition::Terminate));
    }
    if words.has("cancel") {
        return Ok(Some(EventDefinition::Cancel));
    }
    if words.has("compensate") {
        return Ok(Some(EventDefinition::Compensate(CompensateDefinition {
            activity: words.get("compensate").map(Arc::from),
            wait_for_completion: !words.has("no-wait"),
        })));
    }
    if let Some(name) = words.get("link") {
        let name = Arc::from(name);
        return Ok(Some(EventDefinition::Link(LinkDefinition { name })));
    }
    if let Some(condition) = words.get("condition") {
        let condition = ConditionalDefinition::new(expression(condition)?);
        return Ok(Some(EventDefinition::Conditional(condition)));
    }
    if words.has("any-error") {
        return Ok(Some(EventDefinition::Error(ErrorDefinition { code: None })));
    }
    if let Some(code) = words.get("error") {
        return Ok(Some(EventDefinition::Error(ErrorDefinition {
            code: Some(Arc::from(code)),
        })));
    }
    if words.has("any-escalation") {
        let any = EscalationDefinition { code: None };
        return Ok(Some(EventDefinition::Escalation(any)));
    }
    if let Some(code) = words.get("escalation") {
        return Ok(Some(EventDefinition::Escalation(EscalationDefinition {
            code: Some(Arc::from(code)),
        })));
    }
    if let Some(name) = words.get("signal") {
        let name = expression(name)?;
        return Ok(Some(EventDefinition::Signal(Signal { name })));
    }
    let timer = if let Some(date) = words.get("timer-date") {
        TimerDefinition::Date(expression(date)?)
    } else if let Some(duration) = words.get("timer-duration") {
        TimerDefinition::Duration(expression(duration)?)
    } else if let Some(key) = words.get("timer-deadline") {
        let record_id = words.get("record").ok_or("timer-deadline needs record=…")?;
        TimerDefinition::Deadline {
            key: Arc::from(key),
            record_id: expression(record_id)?,
        }
    } else if let Some(cycle) = words.get("timer-cycle") {
        TimerDefinition::Cycle(expression(cycle)?)
    } else if let Some(name) = words.get("message") {
        return message(name, words).map(|it| Some(EventDefinition::Message(it)));
    } else {
        return Ok(None);
    };
    Ok(Some(EventDefinition::Timer(timer)))
}

fn message(name: &str, words: &Words<'_>) -> Result<Message, String> {
    let job = if words.has("type") {
        Some(job(words)?)
    } else {
        None
    };
    let correlation_key = words.get("key").map(expression).transpose()?;
    Ok(Message {
        name: expression(name)?,
        correlation_key,
        job,
        time_to_live: words.get("ttl").map(expression).transpose()?,
        message_id: words.get("message-id").map(expression).transpose()?,
    })
}

fn send_task(words: &Words<'_>) -> Result<SendTask, String> {
    match words.get("message") {
        Some(name) => message(name, words).map(SendTask::Message),
        None => job(words).map(SendTask::Job),
    }
}

fn job(words: &Words<'_>) -> Result<JobWork, String> {
    let header = |(name, value): (&str, &str)| (Arc::from(name), Arc::from(value));
    Ok(JobWork {
        job_type: expression(words.get("type").ok_or("expected type=")?)?,
        retries: words.get("retries").map(expression).transpose()?,
        headers: words
            .with_prefix("header.")
            .into_iter()
            .map(header)
            .collect(),
    })
}

fn script_task(words: &Words<'_>) -> Result<ScriptTask, String> {
    let Some(source) = words.get("script") else {
        return job(words).map(ScriptTask::Job);
    };
    let expression = expression(source)?;
    let result_variable = Arc::from(words.get("result").ok_or("expected result=")?);
    Ok(ScriptTask::Feel {
        expression,
        result_variable,
    })
}

fn rule_task(words: &Words<'_>) -> Result<BusinessRuleTask, String> {
    let Some(decision_id) = words.get("decision") else {
        return job(words).map(BusinessRuleTask::Job);
    };
    Ok(BusinessRuleTask::Decision(Box::new(CalledDecision {
        decision_id: expression(decision_id)?,
        result_variable: Arc::from(words.get("result").ok_or("expected result=")?),
        as_of: words.get("as-of").map(expression).transpose()?,
        binding: Binding::Latest,
    })))
}

fn call(words: &Words<'_>) -> Result<CallActivity, String> {
    Ok(CallActivity {
        process_id: expression(words.get("process").ok_or("expected process=")?)?,
        binding: Binding::Latest,
        propagate_all_child_variables: !words.has("no-child-variables"),
        propagate_all_parent_variables: !words.has("no-parent-variables"),
        business_key: words.get("business-key").map(expression).transpose()?,
    })
}

fn user_task(words: &Words<'_>) -> Result<UserTask, String> {
    let optional = |name: &str| words.get(name).map(expression).transpose();
    let listeners = words.0.iter().filter(|word| word.name == "listener");
    let listeners = listeners.filter_map(|word| word.value).map(|job_type| {
        let (event, job_type) = (TaskListenerEvent::Completing, expression(job_type)?);
        Ok(TaskListener {
            event,
            job_type,
            retries: None,
        })
    });
    let record = match (words.get("record-kind"), words.get("record-id")) {
        (Some(kind), Some(id)) => Some(RecordReference {
            kind: expression(kind)?,
            id: expression(id)?,
        }),
        _ => None,
    };
    Ok(UserTask {
        assignee: optional("assignee")?,
        candidate_groups: optional("groups")?,
        candidate_users: optional("users")?,
        due_date: optional("due")?,
        follow_up_date: optional("follow-up")?,
        priority: optional("priority")?,
        form: optional("form")?.map(FormReference::Key),
        listeners: listeners.collect::<Result<_, String>>()?,
        record,
        headers: BTreeMap::new(),
    })
}
