//! Data: item definitions that fit together, sets of inputs and outputs, what operations, events
//! and calls take and give (BPMN 2.0, 10.4).

use std::collections::BTreeSet;

use super::file::{File, Idx};
use super::flow;
use crate::diagnostic::{Problems, code};
use crate::xml::Space;

pub(super) fn check(problems: &mut Problems, file: &File<'_>) {
    // In a drawing data are only drawn.
    let executed = |of: &'static str| {
        let all = file.all(of).filter(|it| file.is_executable(*it));
        all.filter(|it| !is_mapped(file, *it)).collect::<Vec<Idx>>()
    };
    for of in ["DataInput", "DataOutput", "DataObject"] {
        for item in executed(of) {
            check_collection(problems, file, item);
        }
    }
    for reference in executed("DataObjectReference") {
        check_name(problems, file, reference);
    }
    for association in executed("DataAssociation") {
        check_association(problems, file, association);
    }
    for set in executed("InputSet")
        .into_iter()
        .chain(executed("OutputSet"))
    {
        check_set(problems, file, set);
    }
    for task in executed("Task") {
        check_operation(problems, file, task);
    }
    for event in executed("Event") {
        check_event(problems, file, event);
    }
    for marker in executed("MultiInstanceLoopCharacteristics") {
        check_loop(problems, file, marker);
    }
    for call in executed("CallActivity") {
        check_call(problems, file, call);
    }
    for callable in executed("CallableElement") {
        check_bindings(problems, file, callable);
    }
}

/// Whether something is, or belongs to, an element that our dialect says the data of: what it says in
/// the standard's own words beside that is decoration.
fn is_mapped(file: &File<'_>, idx: Idx) -> bool {
    let mut current = Some(idx);
    while let Some(at) = current {
        let is_owner = file.is(at, "Activity") || file.is(at, "Event");
        if is_owner || file.is(at, "Process") {
            let mut extensions = file.at(at).node.bpmn("extensionElements");
            return is_owner
                && extensions.any(|it| it.children.iter().any(|it| it.space == Space::Zeebe));
        }
        current = file.at(at).parent;
    }
    false
}

/// The item definition of something that has data, or of the data object it refers to.
fn item(file: &File<'_>, idx: Idx) -> Option<Idx> {
    let own = file.lead(idx, "itemSubjectRef");
    let own = own.or_else(|| file.lead(idx, "itemRef"));
    let own = own.or_else(|| file.lead(idx, "structureRef"));
    own.or_else(|| {
        let object = file.lead(idx, "dataObjectRef");
        let object = object.or_else(|| file.lead(idx, "dataStoreRef"))?;
        file.lead(object, "itemSubjectRef")
    })
}

fn structure<'a>(file: &File<'a>, item: Idx) -> Option<&'a str> {
    file.at(item).node.attribute("structureRef").map(str::trim)
}

/// Whether two item definitions are the same: one element, or one structure.
fn same(file: &File<'_>, one: Option<Idx>, other: Option<Idx>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => {
            let (left, right) = (structure(file, one), structure(file, other));
            one == other || (left.is_some() && left == right)
        }
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn type_label(file: &File<'_>, item: Option<Idx>) -> String {
    let Some(item) = item else {
        return "-".to_owned();
    };
    match structure(file, item) {
        Some(structure) => format!("{} ({structure})", file.label(item)),
        None => file.label(item).to_owned(),
    }
}

fn mismatch(
    problems: &mut Problems,
    file: &File<'_>,
    at: Idx,
    (one, one_item): (Idx, Option<Idx>),
    (other, other_item): (Idx, Option<Idx>),
) {
    let (one_type, other_type) = (type_label(file, one_item), type_label(file, other_item));
    let found = [
        file.label(one).into(),
        one_type.as_str().into(),
        file.label(other).into(),
        other_type.as_str().into(),
    ];
    problems.report(&code::TYPE_MISMATCH, file.place(at), &found);
}

fn check_collection(problems: &mut Problems, file: &File<'_>, idx: Idx) {
    let Some(item) = file.lead(idx, "itemSubjectRef") else {
        return;
    };
    if !file.is(item, "ItemDefinition")
        || file.flag(idx, "isCollection") == file.flag(item, "isCollection")
    {
        return;
    }
    let text = |value: bool| if value { "true" } else { "false" };
    let found = [
        text(file.flag(idx, "isCollection")).into(),
        file.label(item).into(),
        text(file.flag(item, "isCollection")).into(),
    ];
    problems.report(&code::COLLECTION_MISMATCH, file.place(idx), &found);
}

/// BPMN 2.0, 10.4.1: a reference in a state is named after its object and the state.
fn check_name(problems: &mut Problems, file: &File<'_>, reference: Idx) {
    let name = |idx: Idx| file.at(idx).node.attribute("name").map(str::trim);
    let state = file.named(reference, "dataState").next();
    let object = file.lead(reference, "dataObjectRef");
    let (Some(state), Some(object), Some(own)) =
        (state.and_then(name), object.and_then(name), name(reference))
    else {
        return;
    };
    // Who does not follow the form at all has chosen a name of his own.
    if own.ends_with(']') && own.contains('[') && own != format!("{object} [{state}]") {
        let found = [object.into(), state.into(), own.into()];
        problems.report(&code::REFERENCE_NAME, file.place(reference), &found);
    }
}

/// BPMN 2.0, 10.4.2: without a transformation what is copied has the type of where it goes.
fn check_association(problems: &mut Problems, file: &File<'_>, association: Idx) {
    let converts = file.named(association, "transformation").next().is_some()
        || file.named(association, "assignment").next().is_some();
    let mut sources = file.leads(association, "sourceRef");
    let (source, more) = (sources.next(), sources.next().is_some());
    let target = file.lead(association, "targetRef");
    let (Some(source), Some(target)) = (source, target) else {
        return;
    };
    let (from, to) = (item(file, source), item(file, target));
    if !converts && !more && from.is_some() && to.is_some() && !same(file, from, to) {
        mismatch(problems, file, association, (source, from), (target, to));
    }
}

fn check_set(problems: &mut Problems, file: &File<'_>, set: Idx) {
    let (all, some, others, back) = if file.is(set, "InputSet") {
        (
            "dataInputRefs",
            ["optionalInputRefs", "whileExecutingInputRefs"],
            "outputSetRefs",
            "inputSetRefs",
        )
    } else {
        (
            "dataOutputRefs",
            ["optionalOutputRefs", "whileExecutingOutputRefs"],
            "inputSetRefs",
            "outputSetRefs",
        )
    };
    let members: Vec<Idx> = file.leads(set, all).collect();
    for name in some {
        for item in file.leads(set, name).filter(|it| !members.contains(it)) {
            let found = [file.label(item).into()];
            problems.report(&code::OPTIONAL_NOT_IN_SET, file.place(set), &found);
        }
    }
    for other in file.leads(set, others) {
        if !file.leads(other, back).any(|it| it == set) {
            let found = [file.label(set).into(), file.label(other).into()];
            problems.report(&code::SETS_DISAGREE, file.place(set), &found);
        }
    }
}

/// The inputs, outputs and sets of an activity or a callable element.
struct Data {
    inputs: Vec<Idx>,
    outputs: Vec<Idx>,
    input_sets: usize,
    output_sets: usize,
}

impl Data {
    fn of(file: &File<'_>, owner: Idx) -> Option<Data> {
        let specification = file.named(owner, "ioSpecification").next()?;
        Some(Data {
            inputs: file.named(specification, "dataInput").collect(),
            outputs: file.named(specification, "dataOutput").collect(),
            input_sets: file.named(specification, "inputSet").count(),
            output_sets: file.named(specification, "outputSet").count(),
        })
    }
}

/// BPMN 2.0, 10.3.3: a service, send or receive task takes and gives what its operation or its
/// message does.
fn check_operation(problems: &mut Problems, file: &File<'_>, task: Idx) {
    let Some(data) = Data::of(file, task) else {
        return;
    };
    let operation = file.lead(task, "operationRef");
    let message = |name: &str| operation.and_then(|it| file.lead(it, name));
    let own = file.lead(task, "messageRef");
    let (takes, gives) = match file.at(task).of.name {
        "ServiceTask" if operation.is_some() => (message("inMessageRef"), message("outMessageRef")),
        "SendTask" => (own.or_else(|| message("inMessageRef")), None),
        "ReceiveTask" => (None, own.or_else(|| message("inMessageRef"))),
        _ => return,
    };
    let is_service = file.is(task, "ServiceTask");
    let counted = [
        ("inputSet", data.input_sets, true),
        ("outputSet", data.output_sets, true),
        ("dataInput", data.inputs.len(), takes.is_some()),
        ("dataOutput", data.outputs.len(), gives.is_some()),
    ];
    for (name, count, counts) in counted {
        let max = 1;
        let applies = counts && (takes.is_some() || gives.is_some() || is_service);
        if applies && count > max {
            let found = [
                file.label(task).into(),
                count.into(),
                name.into(),
                max.into(),
            ];
            problems.report(&code::OPERATION_DATA, file.place(task), &found);
        }
    }
    for (items, message) in [(&data.inputs, takes), (&data.outputs, gives)] {
        let (Some(data), Some(message)) = (items.first(), message) else {
            continue;
        };
        let (own, wanted) = (item(file, *data), item(file, message));
        if wanted.is_some() && !same(file, own, wanted) {
            mismatch(problems, file, *data, (*data, own), (message, wanted));
        }
    }
}

/// BPMN 2.0, 10.4.1: an event has one data item for each of its definitions that carry data.
fn check_event(problems: &mut Problems, file: &File<'_>, event: Idx) {
    let items: Vec<Idx> = file
        .named(event, "dataInput")
        .chain(file.named(event, "dataOutput"))
        .collect();
    if items.is_empty() {
        return;
    }
    let carried: Vec<(Idx, Idx)> = flow::definitions(file, event)
        .into_iter()
        .filter_map(|definition| {
            let names = ["messageRef", "signalRef", "errorRef", "escalationRef"];
            let declared = names.iter().find_map(|it| file.lead(definition, it))?;
            Some((declared, item(file, declared)?))
        })
        .collect();
    if carried.is_empty() {
        return;
    }
    if items.len() != carried.len() {
        let found = [
            file.label(event).into(),
            items.len().into(),
            carried.len().into(),
        ];
        problems.report(&code::EVENT_DATA, file.place(event), &found);
        return;
    }
    for (data, (declared, wanted)) in items.into_iter().zip(carried) {
        let own = item(file, data);
        if !same(file, own, Some(wanted)) {
            mismatch(problems, file, data, (data, own), (declared, Some(wanted)));
        }
    }
}

/// BPMN 2.0, 10.3.8: the collections of a multi-instance are data of its activity, and its items have
/// their type.
fn check_loop(problems: &mut Problems, file: &File<'_>, marker: Idx) {
    let Some(activity) = file.at(marker).parent else {
        return;
    };
    let data = Data::of(file, activity);
    let pairs = [
        (
            "loopDataInputRef",
            "inputDataItem",
            data.as_ref().map(|it| &it.inputs),
            ("a data input of the activity", "该活动的数据输入"),
        ),
        (
            "loopDataOutputRef",
            "outputDataItem",
            data.as_ref().map(|it| &it.outputs),
            ("a data output of the activity", "该活动的数据输出"),
        ),
    ];
    for (reference, one, own, expected) in pairs {
        let Some(collection) = file.lead(marker, reference) else {
            continue;
        };
        // Around a sub-process the collection is a data object that it can see.
        let is_own = own.is_some_and(|it| it.contains(&collection));
        let is_seen = file.is(activity, "SubProcess") && !file.is(collection, "ItemDefinition");
        if !is_own && !is_seen {
            let found = [
                reference.into(),
                expected.into(),
                file.label(collection).into(),
            ];
            problems.report(&code::LOOP_DATA, file.place(marker), &found);
        }
        let whole = item(file, collection);
        let one_item = file.named(marker, one).next();
        if let Some(one_item) = one_item {
            let part = item(file, one_item);
            if whole.is_some() && part.is_some() && !same(file, whole, part) {
                mismatch(
                    problems,
                    file,
                    one_item,
                    (collection, whole),
                    (one_item, part),
                );
            }
        }
    }
}

/// BPMN 2.0, 10.3.6: a call has the data of what it calls.
fn check_call(problems: &mut Problems, file: &File<'_>, call: Idx) {
    let called = file.at(call).node.attribute("calledElement");
    let called = called.and_then(|it| file.find(it));
    let Some(called) = called.filter(|it| file.is(*it, "CallableElement")) else {
        return;
    };
    // A called element that says nothing of its data takes and gives variables.
    let (own, other) = (Data::of(file, call), Data::of(file, called));
    if other.is_none() {
        return;
    }
    let none = Vec::new();
    let pairs = [
        (
            "dataInput",
            own.as_ref().map_or(&none, |it| &it.inputs),
            other.as_ref().map_or(&none, |it| &it.inputs),
        ),
        (
            "dataOutput",
            own.as_ref().map_or(&none, |it| &it.outputs),
            other.as_ref().map_or(&none, |it| &it.outputs),
        ),
    ];
    for (name, own, other) in pairs {
        if own.len() != other.len() {
            let found = [own.len().into(), name.into(), other.len().into()];
            problems.report(&code::CALLED_DATA, file.place(call), &found);
            continue;
        }
        for (own, other) in own.iter().zip(other) {
            let items = (item(file, *own), item(file, *other));
            if !same(file, items.0, items.1) {
                mismatch(problems, file, *own, (*own, items.0), (*other, items.1));
            }
        }
    }
}

/// BPMN 2.0, 10.4.1: who supports an interface binds data to each of its operations, of the types of
/// their messages.
fn check_bindings(problems: &mut Problems, file: &File<'_>, callable: Idx) {
    let bindings: Vec<Idx> = file.named(callable, "ioBinding").collect();
    let bound: BTreeSet<Idx> = bindings
        .iter()
        .filter_map(|it| file.lead(*it, "operationRef"))
        .collect();
    // Without data of its own there is nothing to bind.
    let has_data = Data::of(file, callable).is_some();
    let interfaces: BTreeSet<Idx> = file.leads(callable, "supportedInterfaceRef").collect();
    for interface in interfaces {
        for operation in file.named(interface, "operation") {
            if has_data && !bound.contains(&operation) {
                let found = [
                    file.label(callable).into(),
                    file.label(interface).into(),
                    file.label(operation).into(),
                ];
                problems.report(&code::MISSING_BINDING, file.place(callable), &found);
            }
        }
    }
    for binding in bindings {
        let Some(operation) = file.lead(binding, "operationRef") else {
            continue;
        };
        let pairs = [
            ("inputDataRef", "inMessageRef"),
            ("outputDataRef", "outMessageRef"),
        ];
        for (data, message) in pairs {
            let ends = (file.lead(binding, data), file.lead(operation, message));
            let (Some(data), Some(message)) = ends else {
                continue;
            };
            let items = (item(file, data), item(file, message));
            if !same(file, items.0, items.1) {
                mismatch(problems, file, binding, (data, items.0), (message, items.1));
            }
        }
    }
}
