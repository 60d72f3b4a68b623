//! Link events: pairs that stand for a sequence flow (BPMN 2.0, 10.4.5).

use std::collections::{BTreeMap, BTreeSet};

use super::file::{File, Idx};
use super::flow::Flows;
use crate::diagnostic::{Problems, code};

/// Findings of the reading about links.
const SAID: &[&str] = &[
    "BPMN-0303",
    "BPMN-0304",
    "BPMN-0305",
    "BPMN-0306",
    "BPMN-0307",
];

/// A link event.
#[derive(Clone, Copy)]
struct Link<'a> {
    event: Idx,
    definition: Idx,
    scope: Option<Idx>,
    throws: bool,
    /// Empty if it has none.
    name: &'a str,
}

/// The link events of a file, found by their definitions and by their scopes and names.
struct Links<'a> {
    by_definition: BTreeMap<Idx, Link<'a>>,
    by_name: BTreeMap<(Option<Idx>, &'a str, bool), Vec<Link<'a>>>,
    /// Definitions that some other link names as its counterpart.
    named: BTreeSet<Idx>,
}

pub(super) fn check(problems: &mut Problems, file: &File<'_>) {
    let flows = Flows::of(file);
    let mut links = Links {
        by_definition: BTreeMap::new(),
        by_name: BTreeMap::new(),
        named: BTreeSet::new(),
    };
    for definition in file.all("LinkEventDefinition") {
        let Some(event) = file.at(definition).parent else {
            continue;
        };
        let throws = file.is(event, "IntermediateThrowEvent");
        if !throws && !file.is(event, "IntermediateCatchEvent") {
            continue;
        }
        let name = file.at(definition).node.attribute("name");
        let link = Link {
            event,
            definition,
            scope: file.at(event).parent,
            throws,
            name: name.map_or("", str::trim),
        };
        links.by_definition.insert(definition, link);
        let key = (link.scope, link.name, link.throws);
        links.by_name.entry(key).or_default().push(link);
        let partners = file.leads(definition, if throws { "target" } else { "source" });
        links.named.extend(partners);
    }
    for link in links.by_definition.values() {
        // Of links that are executed their reading has told.
        let is_said = [link.event, link.definition]
            .iter()
            .any(|it| problems.has(file.at(*it).node.place, SAID));
        if is_said {
            continue;
        }
        check_flows(problems, file, &flows, *link);
        check_partner(problems, file, &links, *link);
    }
}

fn check_flows(problems: &mut Problems, file: &File<'_>, flows: &Flows, link: Link<'_>) {
    let wrong = if link.throws {
        flows.outgoing(link.event)
    } else {
        flows.incoming(link.event)
    };
    for flow in wrong {
        let found = [file.label(link.event).into(), file.label(*flow).into()];
        problems.report(&code::LINK_STANDS_FOR_FLOW, file.place(link.event), &found);
    }
}

/// What a link names: the ends by reference, or else those with its name.
fn check_partner(problems: &mut Problems, file: &File<'_>, links: &Links<'_>, link: Link<'_>) {
    let (own, other) = if link.throws {
        ("target", "source")
    } else {
        ("source", "target")
    };
    if refers(file, link.definition, own) {
        for partner in file.leads(link.definition, own) {
            let Some(partner) = links.by_definition.get(&partner) else {
                continue;
            };
            let mut named_back = file.leads(partner.definition, other);
            let names_back = named_back.any(|it| it == link.definition);
            let agrees = partner.throws != link.throws
                && partner.scope == link.scope
                && (names_back || !refers(file, partner.definition, other));
            if !agrees {
                mismatch(problems, file, link, *partner);
            }
        }
        return;
    }
    let key = (link.scope, link.name, !link.throws);
    let has_partner = !link.name.is_empty() && links.by_name.contains_key(&key);
    if !has_partner && !links.named.contains(&link.definition) {
        let at = file.place(link.event);
        let found = [file.label(link.event).into()];
        problems.report(&code::LINK_WITHOUT_PARTNER, at, &found);
    }
    // Two ends of one name: nobody could say where the token goes.
    let twins = links.by_name.get(&(link.scope, link.name, false));
    let first = twins.and_then(|it| it.first()).copied();
    let first = first.filter(|it| !link.throws && it.event != link.event);
    if let Some(first) = first.filter(|_| has_partner) {
        mismatch(problems, file, link, first);
    }
}

fn mismatch(problems: &mut Problems, file: &File<'_>, link: Link<'_>, other: Link<'_>) {
    let found = [
        file.label(link.event).into(),
        file.label(other.event).into(),
    ];
    problems.report(&code::LINK_MISMATCH, file.place(link.event), &found);
}

fn refers(file: &File<'_>, definition: Idx, name: &str) -> bool {
    let references = &file.at(definition).references;
    references.iter().any(|it| it.name == name)
}
