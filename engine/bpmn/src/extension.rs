//! The `zeebe:` extension elements of Camunda 8.
//!
//! An element lists which of them it takes; any other is refused by name, so that nothing that was
//! meant to be executed is passed over. Start from [`read`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tongban_feel::expression::Expression;

use crate::diagnostic::{At, code};
use crate::expression;
use crate::graph::{Binding, FormReference, JobWork, Mapping, TaskListener, TaskListenerEvent};
use crate::parse::Parse;
use crate::timer::TimerKind;
use crate::xml::{Node, Space};

/// Retries a model may ask for.
const RETRIES_MAX: u32 = 100;
/// The highest priority of a user task.
const PRIORITY_MAX: u32 = 100;

/// What stands in an element's `extensionElements`. A broken part has been reported and is absent.
#[derive(Debug, Default)]
pub(crate) struct Extension {
    present: BTreeSet<String>,
    pub(crate) job_type: Option<Expression>,
    pub(crate) retries: Option<Expression>,
    pub(crate) headers: BTreeMap<Arc<str>, Arc<str>>,
    pub(crate) inputs: Vec<Mapping>,
    pub(crate) outputs: Vec<Mapping>,
    pub(crate) properties: BTreeMap<Arc<str>, Arc<str>>,
    pub(crate) assignee: Option<Expression>,
    pub(crate) candidate_groups: Option<Expression>,
    pub(crate) candidate_users: Option<Expression>,
    pub(crate) due_date: Option<Expression>,
    pub(crate) follow_up_date: Option<Expression>,
    pub(crate) priority: Option<Expression>,
    pub(crate) form: Option<FormReference>,
    pub(crate) listeners: Vec<TaskListener>,
    pub(crate) called_element: Option<CalledElement>,
    pub(crate) decision: Option<DecisionReference>,
    pub(crate) script: Option<(Expression, Arc<str>)>,
    pub(crate) correlation_key: Option<Expression>,
    pub(crate) publish: Option<PublishMessage>,
    pub(crate) loop_characteristics: Option<LoopCharacteristics>,
    pub(crate) active_elements: Option<Expression>,
    /// Something in `adHoc` has been reported.
    pub(crate) is_ad_hoc_broken: bool,
    pub(crate) version_tag: Option<Arc<str>>,
    pub(crate) condition_variables: Option<Vec<Arc<str>>>,
}

/// `zeebe:calledElement`
#[derive(Debug)]
pub(crate) struct CalledElement {
    pub(crate) process_id: Expression,
    pub(crate) binding: Binding,
    pub(crate) propagate_all_child_variables: bool,
    pub(crate) propagate_all_parent_variables: bool,
}

/// `zeebe:calledDecision`
#[derive(Debug)]
pub(crate) struct DecisionReference {
    pub(crate) decision_id: Expression,
    pub(crate) result_variable: Arc<str>,
    pub(crate) binding: Binding,
}

/// `zeebe:publishMessage`
#[derive(Debug, Default)]
pub(crate) struct PublishMessage {
    pub(crate) correlation_key: Option<Expression>,
    pub(crate) message_id: Option<Expression>,
    pub(crate) time_to_live: Option<Expression>,
    /// Something in it has been reported.
    pub(crate) is_broken: bool,
}

/// `zeebe:loopCharacteristics`; a part that is broken has been reported.
#[derive(Debug, Default)]
pub(crate) struct LoopCharacteristics {
    pub(crate) has_input_collection: bool,
    pub(crate) input_collection: Option<Expression>,
    pub(crate) input_element: Option<Arc<str>>,
    pub(crate) has_output_collection: bool,
    pub(crate) output_collection: Option<Arc<str>>,
    pub(crate) has_output_element: bool,
    pub(crate) output_element: Option<Expression>,
}

impl Extension {
    /// Whether the extension element is there, even if it is broken.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.present.contains(name)
    }

    /// `taskDefinition` and `taskHeaders` as work for a plugin or worker.
    pub(crate) fn job(&mut self) -> Option<JobWork> {
        let job_type = self.job_type.take()?;
        let headers = std::mem::take(&mut self.headers);
        Some(JobWork {
            job_type,
            retries: self.retries.take(),
            headers,
        })
    }
}

type Reader = fn(&mut Parse<'_>, &Node, At<'_>, &mut Extension);

/// Every extension element that is executed.
static READERS: &[(&str, Reader)] = &[
    ("taskDefinition", task_definition),
    ("taskHeaders", task_headers),
    ("ioMapping", io_mapping),
    ("properties", properties),
    ("assignmentDefinition", assignment_definition),
    ("taskSchedule", task_schedule),
    ("priorityDefinition", priority_definition),
    ("formDefinition", form_definition),
    ("userTask", user_task),
    ("taskListeners", task_listeners),
    ("calledElement", called_element),
    ("calledDecision", called_decision),
    ("script", script),
    ("subscription", subscription),
    ("publishMessage", publish_message),
    ("loopCharacteristics", loop_characteristics),
    ("adHoc", ad_hoc),
    ("versionTag", version_tag),
    ("conditionalFilter", conditional_filter),
];

/// Every known extension element that is not executed yet, with what to use instead.
static REFUSED: &[(&str, &str, &str)] = &[
    (
        "executionListeners",
        "model the listener as a service task before or after the element",
        "请在该元素前后用服务任务表示监听器",
    ),
    (
        "linkedResources",
        "name the resource in a task header or a plugin parameter",
        "请在任务头或插件参数中指明资源",
    ),
    (
        "jobPriorityDefinition",
        "remove it; jobs are taken in the order in which they fell due",
        "请删除；作业按到期顺序处理",
    ),
];

/// Extension elements that are for clients only: kept in the file, where a client finds them.
static KEPT: &[(&str, &str, &str)] = &[(
    "userTaskForm",
    "a client finds the form by its formKey; to have the server serve it, deploy it as a file of its own and name it by formId",
    "客户端按 formKey 找到该表单；如需由服务器提供，请将表单作为单独文件部署，并用 formId 引用",
)];

/// Reads the extension elements of `owner`, of which those in `allowed` may appear, and among the
/// `tongban:` properties those in `own_properties`.
pub(crate) fn read(
    parse: &mut Parse<'_>,
    owner: &Node,
    allowed: &[&str],
    own_properties: &[&str],
) -> Extension {
    let extension = read_of(parse, owner, owner.id(), allowed);
    check_own_properties(parse, owner, &extension, own_properties);
    extension
}

/// Reads the extension elements of a part of an element; what is found is told of the element.
pub(crate) fn read_of(
    parse: &mut Parse<'_>,
    owner: &Node,
    element_id: Option<&str>,
    allowed: &[&str],
) -> Extension {
    let mut extension = Extension::default();
    for elements in owner.bpmn("extensionElements") {
        for node in &elements.children {
            match &node.space {
                Space::Zeebe => {
                    let at = At {
                        place: node.place,
                        element_id,
                    };
                    read_one(parse, (owner, at), node, allowed, &mut extension);
                }
                Space::Foreign(uri) => parse.note_foreign(uri, owner.at()),
                Space::Bpmn | Space::None | Space::Diagram | Space::SchemaInstance => {
                    let found = [node.local.as_str().into(), "extensionElements".into()];
                    parse.report(&code::UNKNOWN_ELEMENT, node.at(), &found);
                }
            }
        }
    }
    extension
}

fn read_one(
    parse: &mut Parse<'_>,
    (owner, at): (&Node, At<'_>),
    node: &Node,
    allowed: &[&str],
    extension: &mut Extension,
) {
    let local = node.local.as_str();
    if let Some((_, en, zh)) = REFUSED.iter().find(|(name, _, _)| *name == local) {
        parse.report(
            &code::REFUSED_EXTENSION,
            at,
            &[local.into(), (*en, *zh).into()],
        );
        return;
    }
    if let Some((_, en, zh)) = KEPT.iter().find(|(name, _, _)| *name == local) {
        let found = [local.into(), (*en, *zh).into()];
        parse.report(&code::EXTENSION_KEPT, at, &found);
        return;
    }
    let Some((_, reader)) = READERS.iter().find(|(name, _)| *name == local) else {
        parse.report(&code::UNKNOWN_EXTENSION, at, &[local.into()]);
        return;
    };
    if !allowed.contains(&local) {
        let allowed = if allowed.is_empty() {
            "–".to_owned()
        } else {
            allowed.join(", ")
        };
        let found = [
            local.into(),
            owner.local.as_str().into(),
            allowed.as_str().into(),
        ];
        parse.report(&code::MISPLACED_EXTENSION, at, &found);
        return;
    }
    if !extension.present.insert(local.to_owned()) {
        parse.report(&code::DUPLICATE_EXTENSION, at, &[local.into()]);
        return;
    }
    reader(parse, node, at, extension);
}

fn check_own_properties(
    parse: &mut Parse<'_>,
    owner: &Node,
    extension: &Extension,
    own_properties: &[&str],
) {
    for name in extension
        .properties
        .keys()
        .filter(|it| it.starts_with("tongban:"))
    {
        if own_properties.contains(&&**name) {
            continue;
        }
        let known = if own_properties.is_empty() {
            "–".to_owned()
        } else {
            own_properties.join(", ")
        };
        let found = [
            (&**name).into(),
            owner.local.as_str().into(),
            known.as_str().into(),
        ];
        parse.report(&code::UNKNOWN_PROPERTY, owner.at(), &found);
    }
}

/// Attributes of a `zeebe:` element; its children are given to `child`, all others are refused.
fn children<'n>(
    parse: &mut Parse<'_>,
    node: &'n Node,
    at: At<'_>,
    attributes: &[&str],
    names: &[&str],
) -> Vec<&'n Node> {
    for attribute in &node.attributes {
        if !attributes.contains(&attribute.local.as_str()) {
            let found = [attribute.local.as_str().into(), node.local.as_str().into()];
            parse.report(&code::UNKNOWN_ATTRIBUTE, at, &found);
        }
    }
    let mut known = Vec::new();
    for child in &node.children {
        if child.space == Space::Zeebe && names.contains(&child.local.as_str()) {
            known.push(child);
        } else {
            let found = [child.local.as_str().into(), node.local.as_str().into()];
            parse.report(&code::UNKNOWN_ELEMENT, at_child(child, at), &found);
        }
    }
    known
}

fn at_child<'a>(child: &Node, at: At<'a>) -> At<'a> {
    At {
        place: child.place,
        element_id: at.element_id,
    }
}

fn task_definition(parse: &mut Parse<'_>, node: &Node, at: At<'_>, extension: &mut Extension) {
    children(parse, node, at, &["type", "retries"], &[]);
    if let Some(text) = parse.required(node, at, "type") {
        extension.job_type = parse.text_or_feel(at, "type", text);
    }
    extension.retries = retries(parse, node, at);
}

fn retries(parse: &mut Parse<'_>, node: &Node, at: At<'_>) -> Option<Expression> {
    let text = node.attribute("retries")?;
    parse.integer_or_feel(at, "retries", text, 1..=RETRIES_MAX)
}

fn task_headers(parse: &mut Parse<'_>, node: &Node, at: At<'_>, extension: &mut Extension) {
    let entries = children(parse, node, at, &[], &["header"]);
    extension.headers = entries_of(parse, at, &entries, ["key", "value"]);
}

fn properties(parse: &mut Parse<'_>, node: &Node, at: At<'_>, extension: &mut Extension) {
    let entries = children(parse, node, at, &[], &["property"]);
    extension.properties = entries_of(parse, at, &entries, ["name", "value"]);
}

fn entries_of(
    parse: &mut Parse<'_>,
    at: At<'_>,
    entries: &[&Node],
    [key_name, value_name]: [&str; 2],
) -> BTreeMap<Arc<str>, Arc<str>> {
    let mut read = BTreeMap::new();
    for entry in entries {
        let at = at_child(entry, at);
        children(parse, entry, at, &["id", key_name, value_name], &[]);
        let Some(key) = parse.required(entry, at, key_name) else {
            continue;
        };
        let value = entry.attribute(value_name).unwrap_or_default();
        if read.insert(Arc::from(key), Arc::from(value)).is_some() {
            let found = [entry.local.as_str().into(), key.into()];
            parse.report(&code::DUPLICATE_KEY, at, &found);
        }
    }
    read
}

fn io_mapping(parse: &mut Parse<'_>, node: &Node, at: At<'_>, extension: &mut Extension) {
    for child in children(parse, node, at, &[], &["input", "output"]) {
        let at = at_child(child, at);
        children(parse, child, at, &["source", "target"], &[]);
        let source = parse.required(child, at, "source");
        let target = parse.required(child, at, "target");
        let (Some(source), Some(target)) = (source, target) else {
            continue;
        };
        let target = target.trim();
        if !expression::is_path(target) {
            parse.report(
                &code::INVALID_VARIABLE,
                at,
                &["target".into(), target.into()],
            );
        }
        let Some(source) = parse.text_or_feel(at, "source", source) else {
            continue;
        };
        let mapping = Mapping {
            source,
            target: Arc::from(target),
        };
        if child.local == "input" {
            extension.inputs.push(mapping);
        } else {
            extension.outputs.push(mapping);
        }
    }
}

fn assignment_definition(
    parse: &mut Parse<'_>,
    node: &Node,
    at: At<'_>,
    extension: &mut Extension,
) {
    children(
        parse,
        node,
        at,
        &["assignee", "candidateGroups", "candidateUsers"],
        &[],
    );
    if let Some(text) = filled(node, "assignee") {
        extension.assignee = parse.text_or_feel(at, "assignee", text);
    }
    if let Some(text) = filled(node, "candidateGroups") {
        extension.candidate_groups = parse.list_or_feel(at, "candidateGroups", text);
    }
    if let Some(text) = filled(node, "candidateUsers") {
        extension.candidate_users = parse.list_or_feel(at, "candidateUsers", text);
    }
}

/// An optional attribute; modelers leave empty ones behind when a field is cleared.
fn filled<'n>(node: &'n Node, name: &str) -> Option<&'n str> {
    node.attribute(name).filter(|it| !it.trim().is_empty())
}

fn task_schedule(parse: &mut Parse<'_>, node: &Node, at: At<'_>, extension: &mut Extension) {
    children(parse, node, at, &["dueDate", "followUpDate"], &[]);
    if let Some(text) = filled(node, "dueDate") {
        extension.due_date = parse.timer_or_feel(at, "dueDate", text, TimerKind::Date);
    }
    if let Some(text) = filled(node, "followUpDate") {
        extension.follow_up_date = parse.timer_or_feel(at, "followUpDate", text, TimerKind::Date);
    }
}

fn priority_definition(parse: &mut Parse<'_>, node: &Node, at: At<'_>, extension: &mut Extension) {
    children(parse, node, at, &["priority"], &[]);
    if let Some(text) = parse.required(node, at, "priority") {
        extension.priority = parse.integer_or_feel(at, "priority", text, 0..=PRIORITY_MAX);
    }
}

fn form_definition(parse: &mut Parse<'_>, node: &Node, at: At<'_>, extension: &mut Extension) {
    const REFERENCES: [&str; 3] = ["formId", "formKey", "externalReference"];
    let known = [
        "formId",
        "formKey",
        "externalReference",
        "bindingType",
        "versionTag",
    ];
    children(parse, node, at, &known, &[]);
    let given: Vec<&str> = REFERENCES
        .into_iter()
        .filter(|it| filled(node, it).is_some())
        .collect();
    let binding = binding(parse, node, at);
    let [name] = given.as_slice() else {
        parse.report(&code::FORM_REFERENCE, at, &[given.len().into()]);
        return;
    };
    let text = filled(node, name).unwrap_or_default();
    let Some(expression) = parse.text_or_feel(at, name, text) else {
        return;
    };
    extension.form = Some(match *name {
        "formId" => FormReference::Id {
            form_id: expression,
            binding,
        },
        _ => FormReference::Key(expression),
    });
}

/// All user tasks are managed by the engine, so the marker only needs to be well-formed.
fn user_task(parse: &mut Parse<'_>, node: &Node, at: At<'_>, _extension: &mut Extension) {
    children(parse, node, at, &[], &[]);
}

fn task_listeners(parse: &mut Parse<'_>, node: &Node, at: At<'_>, extension: &mut Extension) {
    for child in children(parse, node, at, &[], &["taskListener"]) {
        let at = at_child(child, at);
        children(parse, child, at, &["eventType", "type", "retries"], &[]);
        let event_type = parse.required(child, at, "eventType");
        let job_type = parse.required(child, at, "type");
        let retries = retries(parse, child, at);
        match event_type {
            // `complete` is the older spelling of the same moment.
            Some("completing" | "complete") => {}
            Some(other) => {
                parse.report(&code::REFUSED_LISTENER, at, &[other.into()]);
                continue;
            }
            None => continue,
        }
        let job_type = job_type.and_then(|it| parse.text_or_feel(at, "type", it));
        if let Some(job_type) = job_type {
            let event = TaskListenerEvent::Completing;
            extension.listeners.push(TaskListener {
                event,
                job_type,
                retries,
            });
        }
    }
}

fn called_element(parse: &mut Parse<'_>, node: &Node, at: At<'_>, extension: &mut Extension) {
    let known = [
        "processId",
        "bindingType",
        "versionTag",
        "propagateAllChildVariables",
        "propagateAllParentVariables",
    ];
    children(parse, node, at, &known, &[]);
    let binding = binding(parse, node, at);
    let propagate_all_child_variables = parse.boolean(node, "propagateAllChildVariables", true);
    let propagate_all_parent_variables = parse.boolean(node, "propagateAllParentVariables", true);
    let Some(text) = parse.required(node, at, "processId") else {
        return;
    };
    let Some(process_id) = parse.text_or_feel(at, "processId", text) else {
        return;
    };
    extension.called_element = Some(CalledElement {
        process_id,
        binding,
        propagate_all_child_variables,
        propagate_all_parent_variables,
    });
}

fn called_decision(parse: &mut Parse<'_>, node: &Node, at: At<'_>, extension: &mut Extension) {
    let known = ["decisionId", "resultVariable", "bindingType", "versionTag"];
    children(parse, node, at, &known, &[]);
    let binding = binding(parse, node, at);
    let result_variable = result_variable(parse, node, at);
    let Some(text) = parse.required(node, at, "decisionId") else {
        return;
    };
    let decision_id = parse.text_or_feel(at, "decisionId", text);
    if let (Some(decision_id), Some(result_variable)) = (decision_id, result_variable) {
        extension.decision = Some(DecisionReference {
            decision_id,
            result_variable,
            binding,
        });
    }
}

fn result_variable(parse: &mut Parse<'_>, node: &Node, at: At<'_>) -> Option<Arc<str>> {
    let text = parse.required(node, at, "resultVariable")?.trim();
    parse
        .variable(at, "resultVariable", text)
        .then(|| Arc::from(text))
}

fn script(parse: &mut Parse<'_>, node: &Node, at: At<'_>, extension: &mut Extension) {
    children(parse, node, at, &["expression", "resultVariable"], &[]);
    let result_variable = result_variable(parse, node, at);
    let Some(text) = parse.required(node, at, "expression") else {
        return;
    };
    let expression = parse.feel(at, "expression", text);
    extension.script = expression.zip(result_variable);
}

fn subscription(parse: &mut Parse<'_>, node: &Node, at: At<'_>, extension: &mut Extension) {
    children(parse, node, at, &["correlationKey"], &[]);
    if let Some(text) = parse.required(node, at, "correlationKey") {
        extension.correlation_key = parse.feel(at, "correlationKey", text);
    }
}

fn publish_message(parse: &mut Parse<'_>, node: &Node, at: At<'_>, extension: &mut Extension) {
    children(
        parse,
        node,
        at,
        &["correlationKey", "messageId", "timeToLive"],
        &[],
    );
    let mut publish = PublishMessage::default();
    if let Some(text) = filled(node, "correlationKey") {
        publish.correlation_key = parse.text_or_feel(at, "correlationKey", text);
        publish.is_broken |= publish.correlation_key.is_none();
    }
    if let Some(text) = filled(node, "messageId") {
        publish.message_id = parse.text_or_feel(at, "messageId", text);
        publish.is_broken |= publish.message_id.is_none();
    }
    if let Some(text) = filled(node, "timeToLive") {
        publish.time_to_live = parse.timer_or_feel(at, "timeToLive", text, TimerKind::Duration);
        publish.is_broken |= publish.time_to_live.is_none();
    }
    extension.publish = Some(publish);
}

fn loop_characteristics(parse: &mut Parse<'_>, node: &Node, at: At<'_>, extension: &mut Extension) {
    let known = [
        "inputCollection",
        "inputElement",
        "outputCollection",
        "outputElement",
    ];
    children(parse, node, at, &known, &[]);
    let mut read = LoopCharacteristics::default();
    if let Some(text) = filled(node, "inputCollection") {
        read.has_input_collection = true;
        read.input_collection = parse.feel(at, "inputCollection", text);
    }
    read.input_element = variable(parse, node, at, "inputElement");
    read.has_output_collection = filled(node, "outputCollection").is_some();
    read.output_collection = variable(parse, node, at, "outputCollection");
    if let Some(text) = filled(node, "outputElement") {
        read.has_output_element = true;
        read.output_element = parse.feel(at, "outputElement", text);
    }
    extension.loop_characteristics = Some(read);
}

fn ad_hoc(parse: &mut Parse<'_>, node: &Node, at: At<'_>, extension: &mut Extension) {
    children(parse, node, at, &["activeElementsCollection"], &[]);
    if let Some(text) = filled(node, "activeElementsCollection") {
        extension.active_elements = parse.list_or_feel(at, "activeElementsCollection", text);
        extension.is_ad_hoc_broken = extension.active_elements.is_none();
    }
}

/// An optional attribute that names a variable.
fn variable(
    parse: &mut Parse<'_>,
    node: &Node,
    at: At<'_>,
    name: &'static str,
) -> Option<Arc<str>> {
    let text = filled(node, name)?.trim();
    parse.variable(at, name, text).then(|| Arc::from(text))
}

fn version_tag(parse: &mut Parse<'_>, node: &Node, at: At<'_>, extension: &mut Extension) {
    children(parse, node, at, &["value"], &[]);
    extension.version_tag = parse
        .required(node, at, "value")
        .map(|it| Arc::from(it.trim()));
}

/// The variables whose change lets a condition be looked at again. That the kinds of changes are told
/// apart is not executed.
fn conditional_filter(parse: &mut Parse<'_>, node: &Node, at: At<'_>, extension: &mut Extension) {
    children(parse, node, at, &["variableNames", "variableEvents"], &[]);
    let listed = |text: &str| -> Vec<String> {
        let names = text.split(',').map(|it| it.trim().to_owned());
        names.filter(|it| !it.is_empty()).collect()
    };
    let names = filled(node, "variableNames").map(listed);
    for name in names.iter().flatten() {
        parse.variable(at, "variableNames", name);
    }
    extension.condition_variables =
        names.map(|names| names.iter().map(|it| Arc::from(it.as_str())).collect());
    if let Some(events) = filled(node, "variableEvents") {
        let mut kinds = listed(events);
        kinds.sort_unstable();
        if kinds != ["create", "update"] {
            let remedy = (
                "remove it, or write create, update",
                "请删除，或填写 create, update",
            );
            let found = ["variableEvents".into(), events.into(), remedy.into()];
            parse.report(&code::REFUSED_ATTRIBUTE, at, &found);
        }
    }
}

fn binding(parse: &mut Parse<'_>, node: &Node, at: At<'_>) -> Binding {
    let tag = filled(node, "versionTag");
    match (filled(node, "bindingType"), tag) {
        (None | Some("latest"), None) => Binding::Latest,
        (Some("deployment"), None) => Binding::Deployment,
        (Some("versionTag"), Some(tag)) => Binding::VersionTag(Arc::from(tag)),
        (None, Some(_)) => {
            parse.report(&code::INVALID_BINDING, at, &["versionTag".into()]);
            Binding::Latest
        }
        (Some(other), _) => {
            parse.report(&code::INVALID_BINDING, at, &[other.into()]);
            Binding::Latest
        }
    }
}
