//! Whether a process can work out, whatever its data: no token waits forever, no element is passed
//! twice at once, everything can be reached, every loop waits or ends.
//!
//! It looks at the compiled graph with the core's semantics, each scope by itself: a sub-process is
//! to its scope an activity that completes or is left by its events. Data are not looked at: every
//! condition may hold or not. Structured parts are reduced before the rest is explored state by
//! state (`reduce`), up to a bound; past it the answer is «unknown». Each finding shows a way that
//! leads there. Start from [`check`].

mod explore;
mod loops;
mod net;
mod reduce;

use crate::diagnostic::{Argument, At, CodeText, Diagnostic, Place, Problems, Severity, code};
use crate::graph::{ElementIdx, ElementKind, ProcessDefinition};

use explore::Verdict;
use net::Net;

/// How thoroughly to look, and what findings are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// States of one scope that are looked at.
    pub states_max: usize,
    /// Whether findings prevent a deployment.
    pub are_errors: bool,
}

/// See [`Options::states_max`].
pub const STATES_MAX: usize = 20_000;
/// Elements of one scope that are looked at.
const ELEMENTS_MAX: usize = 2_000;
/// Findings about one process.
const FINDINGS_MAX: usize = 50;
/// Elements named as the way to a finding.
const WAY_MAX: usize = 40;

impl Default for Options {
    fn default() -> Options {
        Options {
            states_max: STATES_MAX,
            are_errors: false,
        }
    }
}

/// What cannot work out in a process, in the order of its elements.
pub fn check(
    file_name: &str,
    definition: &ProcessDefinition,
    options: &Options,
) -> Vec<Diagnostic> {
    let mut check = Check {
        definition,
        problems: Problems::new(file_name, FINDINGS_MAX),
    };
    check.defaults();
    for scope in definition.indices() {
        if definition.container(scope).is_some() {
            check.scope(scope, options);
        }
    }
    let mut found = check.problems.into_list();
    if options.are_errors {
        let unknown = code::SOUNDNESS_UNKNOWN.code;
        for it in found.iter_mut().filter(|it| it.code != unknown) {
            it.severity = Severity::Error;
        }
    }
    found
}

struct Check<'a> {
    definition: &'a ProcessDefinition,
    problems: Problems,
}

impl Check<'_> {
    fn report(&mut self, text: &'static CodeText, element: ElementIdx, arguments: &[Argument]) {
        let element = self.definition.element(element);
        let at = At {
            place: Place {
                line: element.line,
                column: 1,
            },
            element_id: Some(&element.id),
        };
        self.problems.report(text, at, arguments);
    }

    fn id(&self, element: ElementIdx) -> &str {
        &self.definition.element(element).id
    }

    /// The way to a state, by the ids of the elements passed.
    fn way(&self, elements: &[ElementIdx]) -> String {
        let mut ids: Vec<&str> = Vec::new();
        for element in elements {
            let id = self.id(*element);
            if ids.last() != Some(&id) {
                ids.push(id);
            }
        }
        if ids.len() > WAY_MAX {
            ids.truncate(WAY_MAX);
            ids.push("…");
        }
        ids.join(" → ")
    }

    /// Gateways, and activities that choose as such, that may find no way out.
    fn defaults(&mut self) {
        let definition = self.definition;
        for (element, idx) in definition.elements().iter().zip(definition.indices()) {
            let default = match &element.kind {
                ElementKind::ExclusiveGateway { default } => default,
                ElementKind::InclusiveGateway(it) => &it.default,
                ElementKind::ComplexGateway(it) => &it.default,
                kind if kind.is_activity() => &element.default_flow,
                _ => continue,
            };
            let mut conditions = element.outgoing.iter().map(|it| definition.flow(*it));
            let all = conditions.all(|it| it.condition.is_some());
            if default.is_none() && all && !element.outgoing.is_empty() {
                let found = [self.id(idx).into()];
                self.report(&code::MISSING_DEFAULT, idx, &found);
            }
        }
    }

    fn scope(&mut self, scope: ElementIdx, options: &Options) {
        if self.definition.element(scope).contents.len() > ELEMENTS_MAX {
            self.unknown(scope, ELEMENTS_MAX, ("elements", "元素数"));
            return;
        }
        for found in loops::find(self.definition, scope) {
            let way = self.way(&found.elements);
            let text = if found.has_exit {
                &code::LOOP_WITHOUT_WAIT
            } else {
                &code::ENDLESS_LOOP
            };
            self.report(text, found.elements[0], &[way.as_str().into()]);
        }
        let container = self.definition.container(scope);
        let n_beginnings = container.map_or(0, |it| it.begins_with.len());
        if n_beginnings > 1 {
            self.unknown(scope, 1, ("elements that begin together", "同时开始的元素"));
            return;
        }
        let Some(net) = Net::of(self.definition, scope) else {
            return;
        };
        if net.counts_data {
            let joins = ("joins that data decide", "由数据决定的汇合");
            self.unknown(scope, 0, joins);
            return;
        }
        if let Some(element) = net.without_way_out() {
            let found = [self.id(element).into()];
            self.report(&code::NO_WAY_OUT, element, &found);
        }
        let reduced = reduce::reduce(net.clone());
        let verdict = explore::explore(self.definition, &reduced, options.states_max);
        self.verdict(scope, &net, &verdict, options);
    }

    fn unknown(&mut self, scope: ElementIdx, max: usize, what: (&'static str, &'static str)) {
        let found = [self.id(scope).into(), max.into(), what.into()];
        self.report(&code::SOUNDNESS_UNKNOWN, scope, &found);
    }

    fn verdict(&mut self, scope: ElementIdx, net: &Net, verdict: &Verdict, options: &Options) {
        for it in &verdict.deadlocks {
            let missing: Vec<&str> = it
                .missing
                .iter()
                .map(|flow| &*self.definition.flow(*flow).id)
                .collect();
            let (missing, way) = (missing.join(", "), self.way(&it.way));
            let found = [
                self.id(it.join).into(),
                missing.as_str().into(),
                way.as_str().into(),
            ];
            self.report(&code::DEADLOCK, it.join, &found);
        }
        for it in &verdict.unsynchronized {
            let way = self.way(&it.way);
            let found = [self.id(it.element).into(), way.as_str().into()];
            self.report(&code::LACK_OF_SYNCHRONIZATION, it.element, &found);
        }
        // What was found is so all the same; that nothing else is, nobody knows.
        if verdict.is_cut_off {
            self.unknown(scope, options.states_max, ("states", "状态数"));
            return;
        }
        if net.is_partial {
            let ways = ("ways out of a gateway", "网关的出路组合");
            self.unknown(scope, net::OPTIONS_MAX, ways);
            return;
        }
        let is_sound = verdict.deadlocks.is_empty() && verdict.unsynchronized.is_empty();
        if is_sound {
            for element in net.dead(&verdict.alive) {
                let found = [self.id(element).into()];
                self.report(&code::DEAD_ELEMENT, element, &found);
            }
        }
    }
}
