//! Expressions that are evaluated are formal (BPMN 2.0, 8.3.6); in words they may stand in a drawing only.

use super::file::{File, Idx};
use crate::diagnostic::{Problems, code};
use crate::timer::{self, TimerKind};
use crate::xml::{Node, Space};

/// Findings of the reading that say the same of an empty expression.
const EMPTY_SAID: &[&str] = &["BPMN-0112", "BPMN-0308"];

pub(super) fn check(problems: &mut Problems, file: &File<'_>) {
    for idx in file.all("Expression") {
        if file.is_executable(idx) && is_evaluated(file, idx) {
            check_one(problems, file, idx);
        }
    }
}

/// Whether the engine evaluates it; what data associations and resources say is kept only.
fn is_evaluated(file: &File<'_>, idx: Idx) -> bool {
    matches!(
        file.at(idx).node.local.as_str(),
        "conditionExpression"
            | "completionCondition"
            | "activationCondition"
            | "loopCondition"
            | "loopCardinality"
            | "condition"
            | "timeDate"
            | "timeDuration"
            | "timeCycle"
    )
}

fn check_one(problems: &mut Problems, file: &File<'_>, idx: Idx) {
    let node = file.at(idx).node;
    let (at, name) = (file.place(idx), node.local.as_str());
    let text = node.text.trim();
    if text.is_empty() {
        let mut around = Some(idx);
        while let Some(current) = around {
            if problems.has(file.at(current).node.place, EMPTY_SAID) {
                return;
            }
            around = file
                .at(current)
                .parent
                .filter(|it| !file.is(*it, "Process"));
        }
        problems.report(&code::EMPTY_FORMAL, at, &[name.into()]);
    } else if !is_formal(node) && !text.starts_with('=') && !is_static(name, text) {
        problems.report(&code::NOT_FORMAL, at, &[name.into(), text.into()]);
    }
}

/// `xsi:type="bpmn:tFormalExpression"`, or an element that is formal by its type.
fn is_formal(node: &Node) -> bool {
    let mut types = node
        .attributes
        .iter()
        .filter(|it| it.space == Space::SchemaInstance && it.local == "type");
    types.any(|it| crate::parse::reference(&it.value) == "tFormalExpression")
}

/// A static value of our dialect, which needs no language.
fn is_static(name: &str, text: &str) -> bool {
    match name {
        "timeDate" => {
            // Without its zone an instant is not the same everywhere.
            timer::check(TimerKind::Date, text).is_ok()
                && (text.ends_with('Z') || text.contains('+') || text.matches('-').count() > 2)
        }
        "timeDuration" => timer::check(TimerKind::Duration, text).is_ok(),
        "timeCycle" => timer::check(TimerKind::Cycle, text).is_ok(),
        "loopCardinality" => text.parse::<u32>().is_ok(),
        _ => false,
    }
}
