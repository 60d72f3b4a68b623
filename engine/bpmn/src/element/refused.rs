//! What BPMN knows and we cannot execute yet: refused by name, with what to use instead.

use crate::diagnostic::code;
use crate::element::{ElementType, Family, Parsed, no_references, no_rules};
use crate::parse::Parse;
use crate::xml::Node;

/// Stands for a refused flow node, so that flows to it do not dangle.
pub(crate) static TYPE: ElementType = ElementType {
    name: "refused",
    family: Family::Other,
    attributes: &[],
    children: &[],
    extensions: &[],
    properties: &[],
    parse: |_, _| Parsed::default(),
    check: no_rules,
    compile: no_references,
};

/// Name, remedy in English and in Chinese, and whether it is a flow node.
struct Refused {
    name: &'static str,
    en: &'static str,
    zh: &'static str,
    is_flow_node: bool,
}

const fn node(name: &'static str, en: &'static str, zh: &'static str) -> Refused {
    Refused {
        name,
        en,
        zh,
        is_flow_node: true,
    }
}

const fn part(name: &'static str, en: &'static str, zh: &'static str) -> Refused {
    Refused {
        name,
        en,
        zh,
        is_flow_node: false,
    }
}

const ASSIGN_EN: &str = "use zeebe:assignmentDefinition";
const ASSIGN_ZH: &str = "请使用 zeebe:assignmentDefinition";
const CHOREOGRAPHY_EN: &str = "model each participant as a process with message events";
const CHOREOGRAPHY_ZH: &str = "请将各参与方建模为带消息事件的流程";

static REFUSED: &[Refused] = &[
    node("choreographyTask", CHOREOGRAPHY_EN, CHOREOGRAPHY_ZH),
    node("callChoreography", CHOREOGRAPHY_EN, CHOREOGRAPHY_ZH),
    node("subChoreography", CHOREOGRAPHY_EN, CHOREOGRAPHY_ZH),
    node(
        "implicitThrowEvent",
        "use an intermediate throw event",
        "请使用中间抛出事件",
    ),
    node("event", "use an intermediate event", "请使用中间事件"),
    part("potentialOwner", ASSIGN_EN, ASSIGN_ZH),
    part("humanPerformer", ASSIGN_EN, ASSIGN_ZH),
    part("performer", ASSIGN_EN, ASSIGN_ZH),
    part("resourceRole", ASSIGN_EN, ASSIGN_ZH),
    part(
        "ioBinding",
        "use a service task with zeebe:taskDefinition",
        "请使用带 zeebe:taskDefinition 的服务任务",
    ),
    part(
        "operationRef",
        "use a service task with zeebe:taskDefinition",
        "请使用带 zeebe:taskDefinition 的服务任务",
    ),
    part(
        "completionCondition",
        "use an exclusive gateway",
        "请使用排他网关",
    ),
    part("choreography", CHOREOGRAPHY_EN, CHOREOGRAPHY_ZH),
    part("globalChoreographyTask", CHOREOGRAPHY_EN, CHOREOGRAPHY_ZH),
    part("globalConversation", "use a collaboration", "请使用协作图"),
];

/// Reports a child that is not executed: refused by name if BPMN knows it, else unknown. Answers
/// whether it is a flow node, to which flows may lead.
pub(crate) fn report(parse: &mut Parse<'_>, child: &Node, parent: &Node) -> bool {
    let at = crate::diagnostic::At {
        place: child.place,
        element_id: child.id().or_else(|| parent.id()),
    };
    match REFUSED.iter().find(|it| it.name == child.local) {
        Some(refused) => {
            let found = [refused.name.into(), (refused.en, refused.zh).into()];
            parse.report(&code::REFUSED_ELEMENT, at, &found);
            refused.is_flow_node
        }
        None => {
            let found = [child.local.as_str().into(), parent.local.as_str().into()];
            parse.report(&code::UNKNOWN_ELEMENT, at, &found);
            false
        }
    }
}
