//! Activities: what their kinds must and must not have (BPMN 2.0, 10.3).

use super::file::{File, Idx};
use super::flow;
use crate::diagnostic::{At, Problems, code};

/// Findings of the reading about ad-hoc sub-processes.
const AD_HOC_SAID: &[&str] = &["BPMN-0353", "BPMN-0354"];
/// Findings of the reading about the events of a multi-instance.
const BEHAVIOR_SAID: &[&str] = &["BPMN-0358", "BPMN-0359", "BPMN-0360"];

pub(super) fn check(problems: &mut Problems, file: &File<'_>) {
    for activity in file.all("Activity") {
        check_quantities(problems, file, activity);
    }
    for task in file.all("ScriptTask") {
        check_script(problems, file, task);
    }
    for scope in file.all("AdHocSubProcess") {
        check_ad_hoc(problems, file, scope);
    }
    for scope in file.all("SubProcess") {
        check_data(problems, file, scope);
    }
    for scope in flow::scopes(file) {
        check_contents(problems, file, scope);
    }
    for process in file.all("Process") {
        check_public(problems, file, process);
    }
    for role in file.all("ResourceRole") {
        check_role(problems, file, role);
    }
    for activity in file.all("MultiInstanceLoopCharacteristics") {
        check_behavior(problems, file, activity);
    }
}

fn check_quantities(problems: &mut Problems, file: &File<'_>, activity: Idx) {
    for name in ["startQuantity", "completionQuantity"] {
        let value = file.at(activity).node.attribute(name).map(str::trim);
        let number = value.and_then(|it| it.parse::<i64>().ok());
        if number.is_some_and(|it| it < 1) {
            let at = file.place(activity);
            problems.supersede(at.place, &["BPMN-0027"]);
            let found = [name.into(), value.unwrap_or_default().into()];
            problems.report(&code::INVALID_QUANTITY, at, &found);
        }
    }
}

fn check_script(problems: &mut Problems, file: &File<'_>, task: Idx) {
    let has_script = file.named(task, "script").next().is_some();
    let format = file.at(task).node.attribute("scriptFormat");
    if has_script && format.is_none_or(|it| it.trim().is_empty()) {
        problems.report(&code::SCRIPT_WITHOUT_FORMAT, file.place(task), &[]);
    }
}

/// BPMN 2.0, 10.3.5: activities in any order, so nothing begins or ends.
fn check_ad_hoc(problems: &mut Problems, file: &File<'_>, scope: Idx) {
    let at = file.place(scope);
    let label = file.label(scope);
    let said = problems.has(at.place, AD_HOC_SAID);
    if file.children(scope, "Activity").next().is_none() && !said {
        problems.report(&code::AD_HOC_WITHOUT_ACTIVITY, at, &[label.into()]);
    }
    for of in [
        "StartEvent",
        "EndEvent",
        "ConversationNode",
        "ConversationLink",
    ] {
        for child in file.children(scope, of) {
            let found = [label.into(), file.at(child).node.local.as_str().into()];
            if !problems.has(file.at(child).node.place, AD_HOC_SAID) {
                problems.report(&code::AD_HOC_PART, file.place(child), &found);
            }
        }
    }
}

/// BPMN 2.0, 10.4.1: an embedded sub-process reads the data around it.
fn check_data(problems: &mut Problems, file: &File<'_>, scope: Idx) {
    for specification in file.named(scope, "ioSpecification") {
        let at = At {
            place: file.at(specification).node.place,
            element_id: file.place(scope).element_id,
        };
        problems.report(&code::SUB_PROCESS_DATA, at, &[file.label(scope).into()]);
    }
}

fn check_contents(problems: &mut Problems, file: &File<'_>, scope: Idx) {
    for child in file.children(scope, "ChoreographyActivity") {
        let at = file.place(child);
        let found = [
            file.at(child).node.local.as_str().into(),
            file.label(scope).into(),
        ];
        problems.report(&code::CHOREOGRAPHY_IN_PROCESS, at, &found);
    }
}

/// BPMN 2.0, 10.2: a public process shows messages only.
fn check_public(problems: &mut Problems, file: &File<'_>, process: Idx) {
    let kind = file.at(process).node.attribute("processType");
    if kind.map(str::trim) == Some("Public") && file.flag(process, "isExecutable") {
        let at = file.place(process);
        problems.supersede(at.place, &["BPMN-0027"]);
        problems.report(&code::PUBLIC_EXECUTABLE, at, &[file.label(process).into()]);
    }
}

fn check_role(problems: &mut Problems, file: &File<'_>, role: Idx) {
    let references = &file.at(role).references;
    let names = references.iter().any(|it| it.name == "resourceRef");
    let computes = file.named(role, "resourceAssignmentExpression");
    if names && computes.count() > 0 {
        problems.report(
            &code::RESOURCE_TWICE,
            file.place(role),
            &[file.label(role).into()],
        );
    }
}

/// BPMN 2.0, table 10.28: which events are thrown follows from the behavior.
fn check_behavior(problems: &mut Problems, file: &File<'_>, marker: Idx) {
    let node = file.at(marker).node;
    let behavior = node.attribute("behavior").map_or("All", str::trim);
    let at = file.place(marker);
    let owner = file.at(marker).parent.map(|it| file.at(it).node.place);
    let is_said = problems.has(at.place, BEHAVIOR_SAID)
        || owner.is_some_and(|it| problems.has(it, BEHAVIOR_SAID));
    if is_said {
        return;
    }
    let parts = [
        ("noneBehaviorEventRef", "None"),
        ("oneBehaviorEventRef", "One"),
    ];
    for (name, wanted) in parts {
        if node.attribute(name).is_some() && behavior != wanted {
            let found = [name.into(), behavior.into()];
            problems.report(&code::BEHAVIOR_PARTS, at, &found);
        }
    }
    let complex = file.named(marker, "complexBehaviorDefinition").next();
    if complex.is_some() && behavior != "Complex" {
        let found = ["complexBehaviorDefinition".into(), behavior.into()];
        problems.report(&code::BEHAVIOR_PARTS, at, &found);
    }
}
