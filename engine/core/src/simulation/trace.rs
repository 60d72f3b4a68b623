//! Events and effects as lines that a person can read.

use tongban_bpmn::graph::{ElementIdx, FlowIdx, ProcessDefinition};
use tongban_feel::value::Value;

use crate::effect::Effect;
use crate::event::migration::InstanceMigrated;
use crate::event::{DecisionRule, Event, TimerDue};
use crate::id::{ElementInstanceId, Instant};
use crate::state::State;
use crate::variable::Variables;

/// Writes events of one process. It keeps which element an id belongs to, since the row may be gone
/// when its last event is written.
pub(super) struct Tracer<'a> {
    definition: &'a ProcessDefinition,
    elements: Vec<(ElementInstanceId, ElementIdx)>,
}

impl<'a> Tracer<'a> {
    pub(super) fn new(definition: &'a ProcessDefinition) -> Tracer<'a> {
        Tracer {
            definition,
            elements: Vec::new(),
        }
    }

    /// Goes on with another version of the process.
    pub(super) fn migrate(&mut self, migrated: &InstanceMigrated, target: &'a ProcessDefinition) {
        for (_, element) in &mut self.elements {
            let to = migrated.elements.iter().find(|(from, _)| from == element);
            *element = to.map_or(ElementIdx::ROOT, |(_, to)| *to);
        }
        self.definition = target;
    }

    /// One event as a line.
    pub(super) fn event(&mut self, event: &Event) -> String {
        if let Event::ElementActivating(activating) = event {
            self.elements.push((activating.id, activating.element));
        }
        match event {
            Event::InstanceCreated(created) => {
                let key = created
                    .business_key
                    .as_ref()
                    .map_or(String::new(), |it| format!(" key {it}"));
                let parent = created.parent.map_or(String::new(), |it| {
                    format!(" called by {}/{}", it.instance.0, it.element_instance)
                });
                format!("instance created{key}{parent}")
            }
            Event::InstanceCompleted(completed) => {
                format!("instance completed{}", variables(&completed.variables))
            }
            Event::InstanceTerminated(_) => "instance terminated".to_owned(),
            Event::ElementActivating(activating) => {
                let scope = activating
                    .scope
                    .map_or(String::new(), |it| format!(" in {}", self.name(it)));
                let received = variables(&activating.received);
                let iteration = activating.loop_counter;
                let iteration = iteration.map_or(String::new(), |it| format!(" as {it}"));
                let triggered = if activating.is_triggered {
                    " triggered"
                } else {
                    ""
                };
                let name = self.name(activating.id);
                format!("{name} activating{scope}{iteration}{triggered}{received}")
            }
            Event::ElementActivated { id } => format!("{} active", self.name(*id)),
            Event::ElementCompleting { id, received } => {
                format!("{} completing{}", self.name(*id), variables(received))
            }
            Event::OutputsWritten { id } => format!("{} has its outputs written", self.name(*id)),
            Event::ElementCompleted { id } => format!("{} completed", self.name(*id)),
            Event::ElementTerminating { id } => format!("{} terminating", self.name(*id)),
            Event::ElementTerminated { id } => format!("{} terminated", self.name(*id)),
            Event::ElementInterrupted { id, by, received } => {
                let by = self.element(*by);
                format!(
                    "{} interrupted by {by}{}",
                    self.name(*id),
                    variables(received)
                )
            }
            Event::SequenceFlowTaken { scope, flow } => {
                format!("{} in {}", self.flow(*flow), self.name(*scope))
            }
            Event::VariablesSet {
                scope,
                variables: set,
            } => {
                format!("{} sets{}", self.name(*scope), variables(set))
            }
            other => self.work_event(other),
        }
    }

    fn work_event(&self, event: &Event) -> String {
        match event {
            Event::JobCreated(job) => {
                let headers: String = job
                    .headers
                    .iter()
                    .map(|(k, v)| format!(" {k}={v}"))
                    .collect();
                let owner = self.name(job.element_instance);
                let (id, kind, job_type) = (job.id, format!("{:?}", job.kind), &job.job_type);
                format!(
                    "{owner} {} job {id} {job_type} retries {}{headers}",
                    kind.to_lowercase(),
                    job.retries
                )
            }
            Event::JobCompleted { id } => format!("job {id} completed"),
            Event::JobFailed {
                id,
                retries,
                message,
                due_at,
            } => {
                let due = due_at.map_or(String::new(), |it| format!(" until {}", instant(it)));
                format!("job {id} failed, retries {retries}{due}: {message}")
            }
            Event::JobRetried { id, retries, .. } => format!("job {id} retried, retries {retries}"),
            Event::JobErrorThrown { id } => format!("job {id} threw an error"),
            Event::JobCanceled { id } => format!("job {id} canceled"),
            Event::UserTaskCreated(task) => self.user_task(task),
            Event::UserTaskAssigned { id, assignee } => {
                format!(
                    "task {id} assigned to {}",
                    assignee.as_deref().unwrap_or("nobody")
                )
            }
            Event::UserTaskCompleting {
                id,
                variables: entered,
                by,
                listeners,
            } => {
                let listeners: String = listeners
                    .iter()
                    .map(|it| format!(" ask {}", it.job_type))
                    .collect();
                format!(
                    "task {id} completing by {by}{}{listeners}",
                    variables(entered)
                )
            }
            Event::UserTaskListenerCompleted {
                id,
                variables: added,
            } => {
                format!("task {id} listener agreed{}", variables(added))
            }
            Event::UserTaskCompleted { id, by, .. } => format!("task {id} completed by {by}"),
            Event::UserTaskCanceled { id, .. } => format!("task {id} canceled"),
            Event::TimerScheduled(timer) => {
                let then = timer
                    .then
                    .as_ref()
                    .map_or(String::new(), |it| format!(" then {it}"));
                let (owner, due) = (self.name(timer.element_instance), due_text(&timer.due));
                format!(
                    "{owner} timer {} for {} due {due}{then}",
                    timer.id, timer.element_id
                )
            }
            Event::TimerTriggered { id } => format!("timer {id} triggered"),
            Event::TimerCanceled { id } => format!("timer {id} canceled"),
            Event::MessageSubscriptionOpened(it) => {
                let (owner, name, key) = (
                    self.name(it.element_instance),
                    &it.message_name,
                    &it.correlation_key,
                );
                format!(
                    "{owner} awaits message {} {name} key {key:?} for {}",
                    it.id, it.element_id
                )
            }
            Event::MessageCorrelated { id, message_id } => {
                format!("message {id} correlated with {message_id}")
            }
            Event::MessageSubscriptionClosed { id } => format!("message {id} not awaited any more"),
            Event::MessagePublished {
                element_instance,
                name,
                correlation_key,
                variables: carried,
                time_to_live_us,
                message_id,
            } => {
                let owner = self.name(*element_instance);
                let mut line = format!("{owner} publishes {name} key {correlation_key:?}");
                if let Some(message_id) = message_id {
                    line.push_str(&format!(" id {message_id:?}"));
                }
                if *time_to_live_us > 0 {
                    line.push_str(&format!(" for {}", instant(Instant(*time_to_live_us))));
                }
                line + &variables(carried)
            }
            Event::SignalSubscriptionOpened(it) => {
                let (owner, name) = (self.name(it.element_instance), &it.signal_name);
                format!(
                    "{owner} awaits signal {} {name} for {}",
                    it.id, it.element_id
                )
            }
            Event::SignalReceived { id } => format!("signal {id} received"),
            Event::SignalSubscriptionClosed { id } => format!("signal {id} not awaited any more"),
            Event::SignalThrown {
                element_instance,
                name,
                variables: carried,
            } => {
                let owner = self.name(*element_instance);
                format!("{owner} broadcasts {name}{}", variables(carried))
            }
            Event::ConditionSubscriptionOpened(it) => {
                let owner = self.name(it.element_instance);
                let of = match it.definition {
                    0 => String::new(),
                    position => format!(" part {position}"),
                };
                format!(
                    "{owner} awaits condition {}{of} for {}",
                    it.id, it.element_id
                )
            }
            Event::ConditionChanged { id, holds: true } => {
                format!("condition {id} has become true")
            }
            Event::ConditionChanged { id, holds: false } => {
                format!("condition {id} has become false")
            }
            Event::ConditionSubscriptionClosed { id } => {
                format!("condition {id} not awaited any more")
            }
            other => self.part_event(other),
        }
    }

    fn part_event(&self, event: &Event) -> String {
        match event {
            Event::PartArrived {
                element_instance,
                arrival,
            } => {
                let owner = self.name(*element_instance);
                let element = self.element(arrival.element);
                let received = variables(&arrival.received);
                format!("{owner} has a part of {element}{received}")
            }
            Event::PartsComplete {
                element_instance,
                element,
            } => {
                let owner = self.name(*element_instance);
                format!("{owner} has all of {}", self.element(*element))
            }
            Event::PartThrown { element_instance } => {
                format!("{} throws one of several", self.name(*element_instance))
            }
            Event::CompensationRegistered(it) => {
                let activity = self.name(it.element_instance);
                let whole = if it.keeps_contents {
                    ""
                } else {
                    " by its handler"
                };
                format!("{activity} can be undone{whole} as {}", it.id)
            }
            Event::CompensationStarted(it) => {
                let by = it
                    .thrower
                    .map_or(String::new(), |it| format!(" for {}", self.name(it)));
                let activities: Vec<String> =
                    it.activities.iter().map(ToString::to_string).collect();
                let (scope, activities) = (self.name(it.scope), activities.join(", "));
                format!("{scope} undoes {activities} as run {}{by}", it.id)
            }
            Event::CompensationCarriedOut(it) => {
                let handler = self.name(it.element_instance);
                let scope = if it.is_scope { " as a scope" } else { "" };
                format!("{handler} undoes for run {}{scope}", it.run)
            }
            Event::CompensationCompleted { scope, id } => {
                format!("{} has undone run {id}", self.name(*scope))
            }
            other => self.loop_event(other),
        }
    }

    fn loop_event(&self, event: &Event) -> String {
        match event {
            Event::GatewayStarted { id, consumed } => {
                format!("{} starts{}", self.name(*id), self.taken(consumed))
            }
            Event::GatewayReset { id, consumed } => {
                format!("{} resets{}", self.name(*id), self.taken(consumed))
            }
            Event::ActivitiesChosen { id, activities } => {
                let chosen = activities
                    .iter()
                    .map(|it| format!(" {}", self.element(*it)));
                let chosen: String = chosen.collect();
                let chosen = if chosen.is_empty() {
                    " nothing"
                } else {
                    &chosen
                };
                format!("{} chooses{chosen}", self.name(*id))
            }
            Event::AdHocSatisfied { id } => format!("{} is satisfied", self.name(*id)),
            Event::LoopStarted(it) => {
                let body = self.name(it.id);
                let spread = if it.is_spread { " spread" } else { "" };
                let items: Vec<String> = it.items.iter().map(value).collect();
                let items = match items.is_empty() {
                    true => String::new(),
                    false => format!(" over {}", items.join(", ")),
                };
                format!(
                    "{body} iterates {} to {} of {}{spread}{items}",
                    it.first, it.last, it.count
                )
            }
            Event::IterationCompleted(it) => {
                let body = self.name(it.id);
                let child = it.child.map_or(String::new(), |it| format!(" by {}", it.0));
                let output = it.output.as_ref();
                let output = output.map_or(String::new(), |it| format!(" giving {}", value(it)));
                let end = if it.is_satisfied { ", satisfied" } else { "" };
                format!(
                    "{body} iteration {}{child} done{output}{end}",
                    it.loop_counter
                )
            }
            Event::IterationsRequested { id, first, limit } => {
                format!(
                    "{} asks for {limit} iterations from {first}",
                    self.name(*id)
                )
            }
            Event::IterationsStarted { id, count } => {
                format!("{} has started {count} iterations", self.name(*id))
            }
            Event::IterationsTerminationRequested { id } => {
                format!("{} ends its iterations", self.name(*id))
            }
            Event::OutputsRequested { id, after } => {
                format!("{} asks for the outputs after {after}", self.name(*id))
            }
            Event::OutputsCollected {
                id,
                outputs,
                is_complete,
            } => {
                let output = |(counter, it): &(u32, Value)| format!(" {counter}={}", value(it));
                let outputs: String = outputs.iter().map(output).collect();
                let end = if *is_complete { ", all" } else { "" };
                format!("{} collects{outputs}{end}", self.name(*id))
            }
            Event::OutputsForgone { id } => {
                format!("{} leaves its outputs outside", self.name(*id))
            }
            other => self.exception_event(other),
        }
    }

    fn exception_event(&self, event: &Event) -> String {
        match event {
            Event::IncidentRaised(it) => {
                let job = it.job.map_or(String::new(), |job| format!(" of job {job}"));
                let (owner, kind) = (self.name(it.element_instance), it.kind.code());
                format!("{owner} incident {}{job} {kind}: {}", it.id, it.message)
            }
            Event::IncidentResolved { id, corrected } if corrected.is_empty() => {
                format!("incident {id} resolved")
            }
            Event::IncidentResolved { id, corrected } => {
                format!("incident {id} resolved with{}", variables(corrected))
            }
            Event::IncidentWithdrawn { id } => format!("incident {id} withdrawn"),
            Event::ErrorThrown {
                element_instance,
                code,
                ..
            } => {
                format!("{} throws {code}", self.name(*element_instance))
            }
            Event::ErrorPropagated(it) => {
                format!(
                    "{} asks the parent to catch {}",
                    self.name(it.thrower),
                    it.code
                )
            }
            Event::ErrorReturned {
                element_instance,
                child,
                thrower,
                ..
            } => {
                format!(
                    "{} tells {}/{thrower} that nothing catches its error",
                    self.name(*element_instance),
                    child.0
                )
            }
            Event::EscalationThrown {
                element_instance,
                code,
            } => format!("{} escalates {code}", self.name(*element_instance)),
            Event::EscalationPropagated(it) => {
                let thrower = self.name(it.thrower);
                format!("{thrower} asks the parent about {}", it.code)
            }
            Event::EscalationNotCaught {
                element_instance,
                code,
            } => {
                let thrower = self.name(*element_instance);
                format!("{thrower} goes on, nothing catches {code}")
            }
            Event::EscalationAnswered(it) => {
                let call = self.name(it.element_instance);
                format!("{call} lets {}/{} go on", it.child.0, it.thrower)
            }
            Event::DecisionRequested(it) => {
                let as_of = it
                    .as_of
                    .as_ref()
                    .map_or(String::new(), |at| format!(" as of {}", value(at)));
                format!(
                    "{} asks for the decision {}{as_of}",
                    self.name(it.element_instance),
                    it.decision_id
                )
            }
            Event::DecisionEvaluated(it) => {
                let rule =
                    |it: &DecisionRule| format!("{} rule {}", it.decision_id, it.rule_number);
                let rules: Vec<String> = it.evidence.rules.iter().map(rule).collect();
                format!(
                    "{} is decided by {} version {} as of {}: {}",
                    self.name(it.element_instance),
                    it.evidence.decision_id,
                    it.evidence.version,
                    it.evidence.as_of,
                    rules.join(", ")
                )
            }
            Event::ChildRequested(it) => {
                let key = it
                    .business_key
                    .as_ref()
                    .map_or(String::new(), |it| format!(" key {it}"));
                format!(
                    "{} asks for the process {}{key}",
                    self.name(it.element_instance),
                    it.process_key
                )
            }
            Event::ChildStarted {
                element_instance,
                child,
                ..
            } => {
                format!("{} has called {}", self.name(*element_instance), child.0)
            }
            Event::ChildTerminationRequested {
                element_instance,
                child,
            } => {
                format!(
                    "{} ends its child {}",
                    self.name(*element_instance),
                    child.0
                )
            }
            Event::WorkDeferred { work } => format!("{} units of work deferred", work.len()),
            Event::WorkResumed => "work resumed".to_owned(),
            other => self.operation_event(other),
        }
    }

    fn operation_event(&self, event: &Event) -> String {
        match event {
            Event::InstanceSuspended { .. } => "instance suspended".to_owned(),
            Event::InstanceResumed { .. } => "instance resumed".to_owned(),
            Event::ChildSuspensionRequested {
                element_instance,
                child,
                is_suspended,
            } => {
                let call = self.name(*element_instance);
                format!("{call} {} {}", rests(*is_suspended), child.0)
            }
            Event::IterationsSuspensionRequested { id, is_suspended } => {
                format!("{} {} its iterations", self.name(*id), rests(*is_suspended))
            }
            Event::WorkHeld { work } => format!("{} units of work held", work.len()),
            Event::InstanceModified(it) => format!("instance modified {}", it.summary.join(" ")),
            Event::InstanceMigrated(it) => {
                let renamed = it.renamed.iter();
                let renamed = renamed.map(|(from, to)| format!(" {from} as {to}"));
                format!(
                    "instance migrated to {}{}",
                    it.definition.0,
                    renamed.collect::<String>()
                )
            }
            Event::UserTaskMigrated(it) => {
                let name = it.name.as_deref().unwrap_or_default();
                let groups: String = it
                    .candidate_groups
                    .iter()
                    .map(|it| format!(" group {it}"))
                    .collect();
                format!("task {} shown as {} {name}{groups}", it.id, it.element_id)
            }
            other => format!("{other:?}"),
        }
    }

    fn user_task(&self, task: &crate::event::UserTaskCreated) -> String {
        let mut line = format!(
            "{} task {} created",
            self.name(task.id.element_instance()),
            task.id
        );
        if let Some(assignee) = &task.assignee {
            line.push_str(&format!(" for {assignee}"));
        }
        for group in &task.candidate_groups {
            line.push_str(&format!(" group {group}"));
        }
        for user in &task.candidate_users {
            line.push_str(&format!(" user {user}"));
        }
        if let Some(due_at) = task.due_at {
            line.push_str(&format!(" due {}", instant(due_at)));
        }
        if task.priority != 50 {
            line.push_str(&format!(" priority {}", task.priority));
        }
        if let (Some(kind), Some(id)) = (&task.record_kind, &task.record_id) {
            line.push_str(&format!(" about {kind} {id}"));
        }
        line
    }

    /// One effect as a line.
    pub(super) fn effect(&self, effect: &Effect) -> String {
        match effect {
            Effect::ActivateJob { job, job_type, .. } => format!("activate job {job} {job_type}"),
            Effect::ScheduleRetry { job, due_at } => {
                format!("retry job {job} at {}", instant(*due_at))
            }
            Effect::EvaluateDecision {
                element_instance,
                decision_id,
                ..
            } => {
                format!("decide {decision_id} for {}", self.name(*element_instance))
            }
            Effect::ScheduleTimer { timer, due } => {
                format!("trigger timer {timer} at {}", due_text(due))
            }
            Effect::CancelTimer { timer } => format!("forget timer {timer}"),
            Effect::OpenSubscription {
                subscription,
                message_name,
                ..
            } => {
                format!("await message {subscription} {message_name}")
            }
            Effect::CloseSubscription { subscription } => format!("forget message {subscription}"),
            Effect::PublishMessage { name, .. } => format!("publish {name}"),
            Effect::StartChild(it) => format!(
                "start {} for {}",
                it.process_key,
                self.name(it.element_instance)
            ),
            Effect::TerminateChild { child } => format!("end {}", child.0),
            Effect::SuspendChild {
                child,
                is_suspended,
            } => format!("{} {}", rests(*is_suspended), child.0),
            Effect::SuspendIterations {
                element_instance,
                is_suspended,
            } => {
                let body = self.name(*element_instance);
                format!("{} the iterations of {body}", rests(*is_suspended))
            }
            Effect::ReturnToParent {
                parent,
                variables: returned,
                ..
            } => {
                format!(
                    "return to {}/{}{}",
                    parent.instance.0,
                    parent.element_instance,
                    variables(returned)
                )
            }
            Effect::PropagateError { parent, code, .. } => {
                format!(
                    "ask {}/{} to catch {code}",
                    parent.instance.0, parent.element_instance
                )
            }
            Effect::ReturnErrorToChild { child, thrower, .. } => {
                format!("tell {}/{thrower} that nothing catches its error", child.0)
            }
            Effect::PropagateEscalation(it) => {
                let parent = it.parent;
                let (instance, element) = (parent.instance.0, parent.element_instance);
                format!("ask {instance}/{element} about {}", it.code)
            }
            Effect::AnswerEscalation(it) => format!("let {}/{} go on", it.child.0, it.thrower),
            Effect::BroadcastSignal { name, .. } => format!("broadcast {name}"),
            Effect::StartIterations {
                element_instance,
                limit,
            } => {
                let body = self.name(*element_instance);
                format!("start {limit} iterations for {body}")
            }
            Effect::TerminateIterations { element_instance } => {
                format!("end the iterations of {}", self.name(*element_instance))
            }
            Effect::CollectOutputs {
                element_instance,
                after,
            } => {
                let body = self.name(*element_instance);
                format!("collect the outputs of {body} after {after}")
            }
            Effect::ReturnIteration {
                parent,
                loop_counter,
                variables: returned,
                ..
            } => {
                let (instance, body) = (parent.instance.0, parent.element_instance);
                let returned = variables(returned);
                format!("return iteration {loop_counter} to {instance}/{body}{returned}")
            }
            Effect::EndInstance { .. } => "close the instance".to_owned(),
            Effect::Continue => "continue".to_owned(),
        }
    }

    fn name(&self, id: ElementInstanceId) -> String {
        let found = self.elements.iter().find(|(known, _)| *known == id);
        let element = found.map_or("?", |(_, element)| &*self.definition.element(*element).id);
        format!("{element}#{id}")
    }

    fn element(&self, idx: ElementIdx) -> &str {
        &self.definition.element(idx).id
    }

    fn taken(&self, flows: &[FlowIdx]) -> String {
        let sources = flows.iter().map(|it| self.definition.flow(*it).source);
        let sources: Vec<&str> = sources.map(|it| self.element(it)).collect();
        match sources.is_empty() {
            true => " with nothing".to_owned(),
            false => format!(" with what came from {}", sources.join(", ")),
        }
    }

    fn flow(&self, idx: FlowIdx) -> String {
        let flow = self.definition.flow(idx);
        format!(
            "{} -> {}",
            self.element(flow.source),
            self.element(flow.target)
        )
    }
}

/// What is there after a script: tokens that wait.
pub(super) fn state(definition: &ProcessDefinition, state: &State) -> String {
    let mut waiting: Vec<String> = Vec::new();
    for instance in state.element_instances() {
        let element = &definition.element(instance.element).id;
        waiting.push(format!("{element}#{} {:?}", instance.id, instance.phase));
        for (flow, count) in &instance.taken_flows {
            let flow = definition.flow(*flow);
            let (source, target) = (
                definition.element(flow.source),
                definition.element(flow.target),
            );
            waiting.push(format!("{} -> {} x{count}", source.id, target.id));
        }
    }
    if waiting.is_empty() {
        "nothing".to_owned()
    } else {
        waiting.join(", ")
    }
}

fn rests(is_suspended: bool) -> &'static str {
    if is_suspended { "suspends" } else { "resumes" }
}

fn variables(variables: &Variables) -> String {
    variables
        .iter()
        .map(|(name, it)| format!(" {name}={}", value(it)))
        .collect()
}

/// A value in FEEL, as far as a trace needs it.
pub(super) fn value(value_of: &Value) -> String {
    match value_of {
        Value::Null => "null".to_owned(),
        Value::Boolean(it) => it.to_string(),
        Value::Number(it) => it.to_string(),
        Value::String(it) => format!("{it:?}"),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(value).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Context(context) => {
            let entries: Vec<String> = context
                .iter()
                .map(|(name, it)| format!("{name}: {}", value(it)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => format!("{other:?}"),
    }
}

fn due_text(due: &TimerDue) -> String {
    match due {
        TimerDue::At(at) => instant(*at),
        TimerDue::Deadline(it) => format!("with {} of {}", it.key, it.record_id),
    }
}

/// Seconds since the epoch.
fn instant(at: Instant) -> String {
    let (seconds, rest) = (at.0.div_euclid(1_000_000), at.0.rem_euclid(1_000_000));
    if rest == 0 {
        format!("{seconds}s")
    } else {
        format!("{seconds}.{rest:06}s")
    }
}
