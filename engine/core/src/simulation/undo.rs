//! A plain second model of compensation: what can be undone, and who undoes it.

use std::collections::BTreeMap;

use tongban_bpmn::graph::{ElementIdx, ElementKind, EventDefinition, ProcessDefinition};

use crate::event::compensation::CompensationStarted;
use crate::id::{CompensationId, ElementInstanceId};

/// Something that has been completed.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub(super) id: CompensationId,
    pub(super) element: ElementIdx,
    pub(super) contents: Vec<Done>,
}

impl Done {
    fn migrate(&mut self, to: &BTreeMap<ElementIdx, ElementIdx>) {
        self.element = to.get(&self.element).copied().unwrap_or(self.element);
        for inner in &mut self.contents {
            inner.migrate(to);
        }
    }
}

#[derive(Debug)]
struct Run {
    id: CompensationId,
    scope: ElementInstanceId,
    thrower: Option<ElementInstanceId>,
    left: Vec<Done>,
    carrier: Option<ElementInstanceId>,
}

/// What can be undone in each scope, and what is being undone.
#[derive(Debug, Default)]
pub(super) struct Undo {
    done: BTreeMap<ElementInstanceId, Vec<Done>>,
    runs: Vec<Run>,
    /// Who undoes something, and whether it is a scope.
    carriers: BTreeMap<ElementInstanceId, bool>,
}

impl Undo {
    /// Everything is at the same place of another version.
    pub(super) fn migrate(&mut self, to: &BTreeMap<ElementIdx, ElementIdx>) {
        for done in self.done.values_mut().flatten() {
            done.migrate(to);
        }
    }

    pub(super) fn has_contents(&self, id: ElementInstanceId) -> bool {
        self.done.get(&id).is_some_and(|it| !it.is_empty())
    }

    pub(super) fn is_carrier(&self, id: ElementInstanceId) -> bool {
        self.carriers.contains_key(&id)
    }

    /// Whether it is a scope that has been made again.
    pub(super) fn is_scope(&self, id: ElementInstanceId) -> bool {
        self.carriers.get(&id) == Some(&true)
    }

    pub(super) fn registered(
        &mut self,
        (id, of): (CompensationId, ElementInstanceId),
        element: ElementIdx,
        scope: ElementInstanceId,
        keeps_contents: bool,
    ) {
        let contents = self.done.remove(&of).filter(|_| keeps_contents);
        let contents = contents.unwrap_or_default();
        self.done.entry(scope).or_default().push(Done {
            id,
            element,
            contents,
        });
    }

    pub(super) fn started(&mut self, it: &CompensationStarted) -> Result<(), String> {
        let done = self.done.entry(it.scope).or_default();
        let mut left = Vec::new();
        for id in &it.activities {
            let idx = done.iter().position(|done| done.id == *id);
            left.push(done.remove(idx.ok_or("what is undone has not been done")?));
        }
        if left.is_empty() || !left.is_sorted_by_key(|it| it.id) {
            return Err("it undoes nothing, or out of order".to_owned());
        }
        self.runs.push(Run {
            id: it.id,
            scope: it.scope,
            thrower: it.thrower,
            left,
            carrier: None,
        });
        Ok(())
    }

    /// Whether an element may begin in a scope to undo what comes next there.
    pub(super) fn may_begin(
        &self,
        definition: &ProcessDefinition,
        scope: Option<ElementInstanceId>,
        element: ElementIdx,
    ) -> bool {
        self.runs.iter().any(|run| {
            let next = run.left.last();
            let target = next.map(|it| carrier_of(definition, it.element));
            Some(run.scope) == scope && run.carrier.is_none() && target == Some(element)
        })
    }

    pub(super) fn carried_out(
        &mut self,
        definition: &ProcessDefinition,
        (id, element): (ElementInstanceId, ElementIdx),
        run: CompensationId,
        is_scope: bool,
    ) -> Result<(), String> {
        let run = self.runs.iter_mut().find(|it| it.id == run);
        let run = run.ok_or("there is no such run")?;
        let done = run.left.pop().ok_or("the run has nothing left")?;
        let fits = carrier_of(definition, done.element) == element
            && is_scope == (done.element == element)
            && run.carrier.is_none();
        if !fits {
            return Err("another activity undoes it".to_owned());
        }
        run.carrier = Some(id);
        self.carriers.insert(id, is_scope);
        if is_scope {
            self.done.insert(id, done.contents);
        }
        Ok(())
    }

    /// A run is over; answers who has waited for it and waits for no other.
    pub(super) fn completed(
        &mut self,
        id: CompensationId,
    ) -> Result<Option<ElementInstanceId>, String> {
        let idx = self.runs.iter().position(|it| it.id == id);
        let run = self.runs.remove(idx.ok_or("there is no such run")?);
        if !run.left.is_empty() || run.carrier.is_some() {
            return Err("a run ends before all is undone".to_owned());
        }
        let awaits = |thrower: &ElementInstanceId| {
            let mut others = self.runs.iter();
            !others.any(|it| it.thrower == Some(*thrower))
        };
        Ok(run.thrower.filter(awaits))
    }

    /// A scope has been interrupted: what it has not begun to undo can be undone later.
    pub(super) fn interrupted(&mut self, scope: ElementInstanceId) {
        let done = self.done.entry(scope).or_default();
        for run in self.runs.extract_if(.., |it| it.scope == scope) {
            done.extend(run.left);
        }
        done.sort_by_key(|it| it.id);
    }

    /// A scope is ended early, or gone.
    pub(super) fn forget(&mut self, scope: ElementInstanceId) {
        self.done.remove(&scope);
        self.runs.retain(|it| it.scope != scope);
    }

    /// An element instance is gone.
    pub(super) fn gone(&mut self, id: ElementInstanceId) {
        self.forget(id);
        self.carriers.remove(&id);
        for run in &mut self.runs {
            run.carrier = run.carrier.filter(|it| *it != id);
        }
    }
}

/// What undoes an activity: its handler, or itself as a scope.
fn carrier_of(definition: &ProcessDefinition, activity: ElementIdx) -> ElementIdx {
    let handler = definition.element(activity).compensation_handler;
    handler.unwrap_or(activity)
}

/// The event sub-process that undoes a scope.
pub(super) fn undoing_sub_process(
    definition: &ProcessDefinition,
    scope: ElementIdx,
) -> Option<ElementIdx> {
    let contents = definition.element(scope).contents.iter().copied();
    let mut undoing = contents.filter(|idx| match &definition.element(*idx).kind {
        ElementKind::EventSubProcess(it) => matches!(
            &definition.element(it.start).kind,
            ElementKind::StartEvent(start)
                if matches!(start.definition, Some(EventDefinition::Compensate(_)))
        ),
        _ => false,
    });
    undoing.next()
}
