//! Lanes: each gives its user tasks a candidate group, unless the task says otherwise.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Place, code};
use crate::extension;
use crate::parse::{Parse, reference};
use crate::xml::{Node, Space};

/// The property of a lane that names the group, if it is not the lane's name.
pub(crate) const CANDIDATE_GROUP: &str = "tongban:candidate-group";

/// The lanes of a process.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    /// The innermost lane of each element that stands in one.
    by_element: BTreeMap<String, usize>,
    /// Every reference from a lane, to be checked.
    pub(crate) references: Vec<(Place, String)>,
    lanes: Vec<Lane>,
}

#[derive(Debug)]
struct Lane {
    group: Option<String>,
}

impl Lanes {
    /// The lane an element stands in: its group, if it has one.
    pub(crate) fn group_of(&self, element_id: &str) -> Option<Option<&str>> {
        let lane = self.lanes.get(*self.by_element.get(element_id)?)?;
        Some(lane.group.as_deref())
    }

    /// Reads a `bpmn:laneSet`; an inner set refines the lane it is in.
    pub(crate) fn read(&mut self, parse: &mut Parse<'_>, set: &Node) {
        parse.check_attributes(set, &[], &[]);
        let mut seen = BTreeSet::new();
        for node in set.children.iter().filter(|it| it.space == Space::Bpmn) {
            match node.local.as_str() {
                "lane" => self.lane(parse, node, &mut seen),
                "documentation" | "extensionElements" => {}
                other => {
                    let found = [other.into(), set.local.as_str().into()];
                    parse.report(&code::UNKNOWN_ELEMENT, node.at(), &found);
                }
            }
        }
    }

    fn lane(&mut self, parse: &mut Parse<'_>, node: &Node, seen: &mut BTreeSet<String>) {
        parse.check_attributes(node, &[], &["partitionElementRef"]);
        let name = parse.name(node);
        let extension = extension::read(parse, node, &["properties"], &[CANDIDATE_GROUP]);
        let group = extension.properties.get(CANDIDATE_GROUP).cloned().or(name);
        let lane_idx = self.lanes.len();
        self.lanes.push(Lane {
            group: group.map(|it| it.trim().to_owned()),
        });
        for child in node.children.iter().filter(|it| it.space == Space::Bpmn) {
            match child.local.as_str() {
                "flowNodeRef" => {
                    let id = reference(&child.text).to_owned();
                    self.references.push((child.place, id.clone()));
                    if !seen.insert(id.clone()) {
                        parse.report(&code::SEVERAL_LANES, node.at(), &[id.as_str().into()]);
                    }
                    self.by_element.insert(id, lane_idx);
                }
                "childLaneSet" | "documentation" | "extensionElements" | "partitionElement" => {}
                other => {
                    let found = [other.into(), "lane".into()];
                    parse.report(&code::UNKNOWN_ELEMENT, child.at(), &found);
                }
            }
        }
        // After the lane's own references, so that the innermost lane wins.
        for child in node.bpmn("childLaneSet") {
            self.read(parse, child);
        }
    }
}
