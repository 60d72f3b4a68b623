//! Which element and which flow of one version become which of another.

use std::collections::BTreeMap;
use std::sync::Arc;

use tongban_bpmn::graph::{ElementIdx, ElementKind, FlowIdx, ProcessDefinition};

use super::{Finding, FindingKind};
use crate::command::migration::ElementMapping;

/// The counterparts of the elements and flows of a version in another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    elements: BTreeMap<ElementIdx, ElementIdx>,
    flows: BTreeMap<FlowIdx, FlowIdx>,
}

impl Plan {
    /// Pairs by ids, and as the mapping says where it says something.
    ///
    /// # Errors
    /// With everything that is wrong with the mapping itself.
    pub fn new(
        source: &ProcessDefinition,
        target: &ProcessDefinition,
        mapping: &[ElementMapping],
    ) -> Result<Plan, Vec<Finding>> {
        let findings = check(source, target, mapping);
        if !findings.is_empty() {
            return Err(findings);
        }
        let named = mapping.iter().map(|it| (&it.source, &it.target)).collect();
        let mut plan = Plan::default();
        for idx in source.indices() {
            if let Some(counterpart) = counterpart(source, target, idx, &named) {
                plan.elements.insert(idx, counterpart);
            }
        }
        plan.pair_flows(source, target);
        Ok(plan)
    }

    /// What an element becomes.
    pub fn element(&self, idx: ElementIdx) -> Option<ElementIdx> {
        self.elements.get(&idx).copied()
    }

    /// What a flow becomes.
    pub fn flow(&self, idx: FlowIdx) -> Option<FlowIdx> {
        self.flows.get(&idx).copied()
    }

    /// All pairs of elements, in order.
    pub fn elements(&self) -> impl Iterator<Item = (ElementIdx, ElementIdx)> {
        self.elements.iter().map(|(from, to)| (*from, *to))
    }

    /// All pairs of flows, in order.
    pub fn flows(&self) -> impl Iterator<Item = (FlowIdx, FlowIdx)> {
        self.flows.iter().map(|(from, to)| (*from, *to))
    }

    /// A flow becomes the one with its id, or the only one between the same elements: modelers draw
    /// flows anew more readily than elements.
    fn pair_flows(&mut self, source: &ProcessDefinition, target: &ProcessDefinition) {
        for (from, flow) in indexed(source) {
            let ends = (self.element(flow.source), self.element(flow.target));
            let (Some(begin), Some(end)) = ends else {
                continue;
            };
            let fits = |it: FlowIdx| {
                let it = target.flow(it);
                it.source == begin && it.target == end
            };
            let between = || indexed(target).map(|(it, _)| it).filter(|it| fits(*it));
            let by_id = indexed(target).find(|(_, it)| it.id == flow.id);
            let by_id = by_id.map(|(it, _)| it).filter(|it| fits(*it));
            let only = || between().next().filter(|_| between().count() == 1);
            if let Some(to) = by_id.or_else(only) {
                self.flows.insert(from, to);
            }
        }
    }
}

fn indexed(
    definition: &ProcessDefinition,
) -> impl Iterator<Item = (FlowIdx, &tongban_bpmn::graph::SequenceFlow)> {
    let flows = definition.flows().iter();
    (0..).map(FlowIdx).zip(flows)
}

fn check(
    source: &ProcessDefinition,
    target: &ProcessDefinition,
    mapping: &[ElementMapping],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |kind, it: &ElementMapping, detail: &str| {
        findings.push(Finding {
            kind,
            element: it.source.clone(),
            target: Some(it.target.clone()),
            detail: Arc::from(detail),
        });
    };
    for (position, it) in mapping.iter().enumerate() {
        if source.find(&it.source).is_none() {
            let detail = "expected an element of the version that is left";
            find(FindingKind::SourceUnknown, it, detail);
        }
        if target.find(&it.target).is_none() {
            let detail = "expected an element of the version that is gone to";
            find(FindingKind::TargetUnknown, it, detail);
        }
        if mapping
            .iter()
            .take(position)
            .any(|before| before.source == it.source)
        {
            let detail = "expected one counterpart, found several";
            find(FindingKind::SourceTwice, it, detail);
        }
    }
    findings
}

/// The body of a multi-instance or loop and its activity have one id: the body becomes the body, the
/// activity the activity.
fn counterpart(
    source: &ProcessDefinition,
    target: &ProcessDefinition,
    idx: ElementIdx,
    named: &BTreeMap<&Arc<str>, &Arc<str>>,
) -> Option<ElementIdx> {
    if idx == ElementIdx::ROOT {
        return Some(ElementIdx::ROOT);
    }
    let element = source.element(idx);
    let id = named.get(&element.id).copied().unwrap_or(&element.id);
    let found = target.find(id)?;
    let around = element.scope.map(|it| &source.element(it).kind);
    let is_iteration = matches!(
        around,
        Some(ElementKind::MultiInstance(_) | ElementKind::StandardLoop(_))
    );
    if !is_iteration {
        return Some(found);
    }
    match &target.element(found).kind {
        ElementKind::MultiInstance(it) => Some(it.inner),
        ElementKind::StandardLoop(it) => Some(it.inner),
        _ => None,
    }
}
