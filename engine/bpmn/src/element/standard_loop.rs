//! `bpmn:standardLoopCharacteristics`: an activity is carried out again and again.

use crate::diagnostic::code;
use crate::element::{condition, refused};
use crate::extension;
use crate::graph::ElementIdx;
use crate::graph::standard_loop::StandardLoop;
use crate::parse::Parse;
use crate::xml::{Node, Space};

pub(crate) const NAME: &str = "standardLoopCharacteristics";

/// The condition that is looked at between the iterations.
const CONDITION: &str = "loopCondition";

/// Iterations a model may ask for; the core has the same bound for a loop without a maximum.
const ITERATIONS_MAX: u32 = 100_000;

/// Reads the marker of an activity; what is wrong is reported and nothing answered.
pub(crate) fn read(parse: &mut Parse<'_>, activity: &Node) -> Option<StandardLoop> {
    let marker = activity.bpmn(NAME).next()?;
    parse.check_attributes(marker, &[], &["testBefore", "loopMaximum"]);
    extension::read_of(parse, marker, activity.id(), &[]);
    let mut is_sound = check_children(parse, activity, marker);
    let test_before = parse.boolean(marker, "testBefore", false);
    let maximum = maximum(parse, activity, marker);
    let condition = condition::read(parse, activity, marker, CONDITION);
    if matches!((&maximum, &condition), (Some(None), Some(None))) {
        parse.report(&code::LOOP_WITHOUT_END, activity.at(), &[]);
        is_sound = false;
    }
    let read = StandardLoop {
        // The activity's position is derived when the graph is built.
        inner: ElementIdx::ROOT,
        test_before,
        condition: condition?,
        maximum: maximum?,
    };
    is_sound.then_some(read)
}

fn check_children(parse: &mut Parse<'_>, activity: &Node, marker: &Node) -> bool {
    let mut is_sound = true;
    for child in marker.children.iter().filter(|it| it.space == Space::Bpmn) {
        match child.local.as_str() {
            "documentation" | "extensionElements" | CONDITION => {}
            _ => {
                refused::report(parse, child, activity);
                is_sound = false;
            }
        }
    }
    is_sound
}

/// The outer option is empty if it is broken, the inner if there is none.
fn maximum(parse: &mut Parse<'_>, activity: &Node, marker: &Node) -> Option<Option<u32>> {
    let Some(text) = marker.attribute("loopMaximum").map(str::trim) else {
        return Some(None);
    };
    let number = text.parse::<u32>().ok();
    let maximum = number.filter(|it| (1..=ITERATIONS_MAX).contains(it));
    if maximum.is_none() {
        let max = ITERATIONS_MAX.to_string();
        let found = [
            "loopMaximum".into(),
            "1".into(),
            max.as_str().into(),
            text.into(),
        ];
        parse.report(&code::INVALID_INTEGER, activity.at(), &found);
        return None;
    }
    Some(maximum)
}
