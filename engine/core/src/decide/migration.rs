//! Another version of the process.
//!
//! Everything is looked at before anything is changed, and all that stands against it is told at
//! once. What is waited for is fitted to the new version: timers keep running, messages and signals
//! are awaited as the new version names them, new boundary events and event sub-processes begin to
//! wait, and what the new version does not have is not awaited any more.

use std::collections::BTreeSet;
use std::sync::Arc;

use tongban_bpmn::graph::{ElementIdx, ElementKind, EventDefinition, FlowIdx, ProcessDefinition};

use crate::behavior::{event_subscription, migration as fitting};
use crate::command::migration::MigrateInstance;
use crate::context::Context;
use crate::event::Event;
use crate::event::migration::InstanceMigrated;
use crate::limit::MIGRATION_FINDINGS_MAX;
use crate::migration::{Finding, FindingKind, Plan};
use crate::rejection::Rejection;
use crate::state::compensation::CompletedActivity;
use crate::state::element_instance::{ElementInstance, Phase};
use crate::work::Work;

pub(super) fn migrate(ctx: &mut Context<'_>, migrate: &MigrateInstance) -> Result<(), Rejection> {
    let target = ctx.target.expect("a migration brings its target");
    let plan = check_versions(ctx, migrate, target)
        .and_then(|()| Plan::new(ctx.definition, target, &migrate.mapping))
        .map_err(refused)?;
    let findings = Check::new(ctx, target, &plan).all();
    if !findings.is_empty() {
        return Err(refused(findings));
    }
    let mut state = ctx.state().clone();
    let mut trial = ctx.trial(&mut state);
    let findings = carry_out(&mut trial, migrate, target, &plan);
    if !findings.is_empty() {
        return Err(refused(findings));
    }
    let outcome = trial.into_outcome();
    ctx.definition = target;
    ctx.adopt(outcome);
    Ok(())
}

fn refused(mut findings: Vec<Finding>) -> Rejection {
    findings.sort();
    findings.dedup();
    findings.truncate(MIGRATION_FINDINGS_MAX);
    Rejection::MigrationRefused { findings }
}

fn check_versions(
    ctx: &Context<'_>,
    migrate: &MigrateInstance,
    target: &ProcessDefinition,
) -> Result<(), Vec<Finding>> {
    let instance = ctx.state().instance();
    let instance = instance.expect("the command is for a running instance");
    let (kind, detail) = if instance.iteration.is_some() {
        let detail = "an iteration ends by the version it began with";
        (FindingKind::Iteration, detail.to_owned())
    } else if ctx.definition.key != target.key {
        let (from, to) = (&ctx.definition.key, &target.key);
        let detail = format!("expected a version of the process {from}, found {to}");
        (FindingKind::ProcessDiffers, detail)
    } else if instance.definition == migrate.definition {
        let detail = "expected another version than the one it has";
        (FindingKind::SameVersion, detail.to_owned())
    } else {
        return Ok(());
    };
    Err(vec![Finding {
        kind,
        element: ctx.definition.root().id.clone(),
        target: None,
        detail: Arc::from(detail),
    }])
}

fn carry_out(
    ctx: &mut Context<'_>,
    migrate: &MigrateInstance,
    target: &'_ ProcessDefinition,
    plan: &Plan,
) -> Vec<Finding> {
    let source = ctx.definition;
    fitting::close_outdated(ctx, target, plan);
    let renamed = plan.elements().filter_map(|(from, to)| {
        let (from, to) = (&source.element(from).id, &target.element(to).id);
        (from != to).then(|| (from.clone(), to.clone()))
    });
    let mut renamed: Vec<_> = renamed.collect();
    renamed.dedup();
    let migrated = InstanceMigrated {
        definition: migrate.definition,
        elements: plan.elements().collect(),
        flows: plan.flows().collect(),
        renamed,
        migrated_at: ctx.now.at,
    };
    ctx.emit(Event::InstanceMigrated(Box::new(migrated)));
    ctx.definition = ctx.target.expect("a migration brings its target");
    let findings = fitting::fit(ctx, source, plan);
    // A join may need fewer tokens now than have come.
    let waiting = ctx.state().element_instances();
    let waiting = waiting.flat_map(|it| it.taken_flows.iter().map(|flow| (it.id, flow)));
    let waiting = waiting.map(|(scope, (flow, count))| (scope, *flow, *count));
    let waiting: Vec<_> = waiting.collect();
    for (scope, flow, count) in waiting {
        // Each token enters by itself.
        for _ in 0..count {
            ctx.queue(Work::Enter { scope, flow });
        }
    }
    findings
}

/// Looks at an instance for what stands against its migration.
struct Check<'c, 'a> {
    ctx: &'c Context<'a>,
    target: &'c ProcessDefinition,
    plan: &'c Plan,
    findings: Vec<Finding>,
}

impl<'c, 'a> Check<'c, 'a> {
    fn new(ctx: &'c Context<'a>, target: &'c ProcessDefinition, plan: &'c Plan) -> Self {
        Check {
            ctx,
            target,
            plan,
            findings: Vec::new(),
        }
    }

    fn all(mut self) -> Vec<Finding> {
        let state = self.ctx.state();
        for instance in state.element_instances() {
            self.element_instance(instance);
        }
        self.complex_gateways();
        for work in state.deferred() {
            match work {
                // Of a scope that has ended since it is overtaken, and does nothing.
                Work::Enter { scope, flow } => {
                    if let Some(scope) = state.element_instance(*scope) {
                        self.flow(*flow, self.plan.element(scope.element));
                    }
                }
                Work::Start { scope, element, .. } | Work::Join { scope, element } => {
                    if let Some(scope) = state.element_instance(*scope) {
                        self.begins_within(*element, self.plan.element(scope.element));
                    }
                }
                Work::Activate { .. }
                | Work::Complete { .. }
                | Work::Terminate { .. }
                | Work::Settle { .. }
                | Work::Retry { .. }
                | Work::Evaluate { .. }
                | Work::Compensate { .. } => {}
            }
        }
        // A process whose activation waits for an incident has still to begin.
        let begins = state.root().is_some_and(|it| it.phase == Phase::Activating);
        if let Some(instance) = state.instance().filter(|_| begins) {
            self.counterpart(instance.start);
        }
        self.findings
    }

    fn element_instance(&mut self, instance: &ElementInstance) {
        let Some(to) = self.counterpart(instance.element) else {
            return;
        };
        let (source, target) = (self.ctx.definition, self.target);
        let around = instance.scope.map(|it| self.ctx.instance(it).element);
        let around = around.and_then(|it| self.plan.element(it));
        if target.element(to).scope != around && (around.is_some() || instance.scope.is_none()) {
            let found = target.element(to).scope;
            let found = found.map_or("nothing", |it| &target.element(it).id);
            let detail = format!("expected it in the same scope, found it in {found}");
            self.find(
                FindingKind::ScopeDiffers,
                instance.element,
                Some(to),
                detail,
            );
        }
        let kinds = (
            &source.element(instance.element).kind,
            &target.element(to).kind,
        );
        let kinds_differ = difference(kinds.0, kinds.1);
        let work_differs = || work_difference(kinds.0, kinds.1);
        let is_active = instance.phase == Phase::Active;
        let differs = kinds_differ.or_else(|| is_active.then(work_differs).flatten());
        if let Some((kind, detail)) = differs {
            self.find(kind, instance.element, Some(to), detail);
        }
        if let Some(interruption) = &instance.interruption {
            self.counterpart(interruption.by);
        }
        for flow in instance.taken_flows.keys() {
            self.flow(*flow, Some(to));
        }
        for flow in instance.given.iter().flatten() {
            self.flow(*flow, around);
        }
        if let Some(ad_hoc) = &instance.ad_hoc {
            for activity in &ad_hoc.chosen {
                self.chosen(*activity, to);
            }
        }
        if let Some(compensation) = &instance.compensation {
            if instance.is_undoing() || compensation.carries_out.is_some() {
                let detail = "what has been completed in it is being undone";
                let kind = FindingKind::Compensating;
                self.find(kind, instance.element, Some(to), detail.to_owned());
            }
            self.completed(&compensation.completed, to);
        }
    }

    /// Tokens of a complex gateway wait at one element instance of it in a scope.
    fn complex_gateways(&mut self) {
        let gateway = |it: &&ElementInstance| {
            let kind = &self.ctx.element_at(it.element).kind;
            matches!(kind, ElementKind::ComplexGateway(_))
        };
        let gateways: Vec<_> = self
            .ctx
            .state()
            .element_instances()
            .filter(gateway)
            .collect();
        let mut taken = BTreeSet::new();
        for gateway in gateways {
            let to = self.plan.element(gateway.element);
            if to.is_some() && !taken.insert((gateway.scope, to)) {
                let detail = "expected one gateway at which tokens wait to become it, found two";
                let detail = detail.to_owned();
                self.find(FindingKind::KindDiffers, gateway.element, to, detail);
            }
        }
    }

    /// What is in a scope without being active stays in it, too.
    fn stays_within(&mut self, element: ElementIdx, to: ElementIdx, scope: ElementIdx) {
        let found = self.target.element(to).scope;
        if found != Some(scope) {
            let found = found.map_or("nothing", |it| &self.target.element(it).id);
            let detail = format!("expected it in the same scope, found it in {found}");
            self.find(FindingKind::ScopeDiffers, element, Some(to), detail);
        }
    }

    /// What is about to begin in a scope, which becomes this one, begins there; gives what it becomes.
    fn begins_within(
        &mut self,
        element: ElementIdx,
        scope: Option<ElementIdx>,
    ) -> Option<ElementIdx> {
        let becomes = self.counterpart(element)?;
        if let Some(scope) = scope {
            self.stays_within(element, becomes, scope);
        }
        Some(becomes)
    }

    /// What has been chosen in an ad-hoc sub-process, which becomes this one, can be chosen there.
    fn chosen(&mut self, activity: ElementIdx, scope: ElementIdx) {
        let Some(becomes) = self.begins_within(activity, Some(scope)) else {
            return;
        };
        let ElementKind::AdHocSubProcess(there) = &self.target.element(scope).kind else {
            return;
        };
        let is_within = self.target.element(becomes).scope == Some(scope);
        if is_within && !there.activities.contains(&becomes) {
            let detail = "it has been chosen, and cannot be chosen there".to_owned();
            self.find(FindingKind::KindDiffers, activity, Some(becomes), detail);
        }
    }

    /// What has been completed in a scope, which becomes this one, and can be undone stays so.
    fn completed(&mut self, completed: &[CompletedActivity], scope: ElementIdx) {
        let (source, target) = (self.ctx.definition, self.target);
        for activity in completed {
            let from = source.element(activity.element);
            let Some(to) = self.counterpart(activity.element) else {
                continue;
            };
            self.stays_within(activity.element, to, scope);
            let becomes = target.element(to);
            let is_undone_alike =
                from.compensation_handler.is_some() == becomes.compensation_handler.is_some();
            let difference = difference(&from.kind, &becomes.kind);
            let difference = difference.or_else(|| {
                let detail = "it has been completed, and is undone in another way there";
                (!is_undone_alike).then(|| (FindingKind::Compensating, detail.to_owned()))
            });
            if let Some((kind, detail)) = difference {
                self.find(kind, activity.element, Some(to), detail);
            }
            self.completed(&activity.contents, to);
        }
    }

    fn counterpart(&mut self, element: ElementIdx) -> Option<ElementIdx> {
        let found = self.plan.element(element);
        if found.is_none() {
            let detail = "expected a counterpart of what is active, found none; map it to another";
            self.find(FindingKind::TargetMissing, element, None, detail.to_owned());
        }
        found
    }

    /// A flow on which a token waits, in a scope that becomes this one.
    fn flow(&mut self, flow: FlowIdx, scope: Option<ElementIdx>) {
        let source = self.ctx.definition;
        let of = source.flow(flow);
        let Some(becomes) = self.plan.flow(flow) else {
            let join = &source.element(of.target).id;
            let detail = format!("a token waits on it at {join}, and it has no counterpart");
            self.findings.push(Finding {
                kind: FindingKind::FlowMissing,
                element: of.id.clone(),
                target: None,
                detail: Arc::from(detail),
            });
            return;
        };
        let leads_to = self.target.flow(becomes).target;
        if let Some(scope) = scope {
            self.stays_within(of.target, leads_to, scope);
        }
        let to = self.plan.element(of.target);
        let join = &source.element(of.target).kind;
        let differs = to.and_then(|to| difference(join, &self.target.element(to).kind));
        if let Some((kind, detail)) = differs {
            self.find(kind, of.target, to, detail);
        }
    }

    fn find(
        &mut self,
        kind: FindingKind,
        element: ElementIdx,
        target: Option<ElementIdx>,
        detail: String,
    ) {
        self.findings.push(Finding {
            kind,
            element: self.ctx.element_at(element).id.clone(),
            target: target.map(|it| self.target.element(it).id.clone()),
            detail: Arc::from(detail),
        });
    }
}

/// Why an instance of one element cannot go on as one of another.
fn difference(from: &ElementKind, to: &ElementKind) -> Option<(FindingKind, String)> {
    if std::mem::discriminant(from) != std::mem::discriminant(to) {
        let detail = format!("expected a {}, found a {}", from.name(), to.name());
        return Some((FindingKind::KindDiffers, detail));
    }
    match (from, to) {
        (ElementKind::MultiInstance(from), ElementKind::MultiInstance(to)) => {
            let inputs = (
                std::mem::discriminant(&from.input),
                std::mem::discriminant(&to.input),
            );
            let same = from.is_sequential == to.is_sequential && inputs.0 == inputs.1;
            let detail = "expected it to be carried out several times in the same way";
            (!same).then(|| (FindingKind::LoopDiffers, detail.to_owned()))
        }
        (ElementKind::IntermediateCatchEvent(from), ElementKind::IntermediateCatchEvent(to)) => {
            event_difference(Some(from), Some(to))
        }
        (ElementKind::IntermediateThrowEvent(from), ElementKind::IntermediateThrowEvent(to))
        | (ElementKind::EndEvent(from), ElementKind::EndEvent(to)) => {
            event_difference(from.as_ref(), to.as_ref())
        }
        (ElementKind::EventSubProcess(from), ElementKind::EventSubProcess(to)) => {
            let detail = "expected it to interrupt its scope as before";
            (from.interrupting != to.interrupting)
                .then(|| (FindingKind::EventDiffers, detail.to_owned()))
        }
        _ => None,
    }
}

/// Why what an active element waits for does not come in the other version: a job does work that the
/// engine does itself there, or the other way round.
fn work_difference(from: &ElementKind, to: &ElementKind) -> Option<(FindingKind, String)> {
    let detail = match (fitting::job_work(from), fitting::job_work(to)) {
        (Some(_), None) => "expected a job, found that it is carried out without one",
        (None, Some(_)) => "expected that it is carried out without a job, found one",
        (Some(_), Some(_)) | (None, None) => return None,
    };
    Some((FindingKind::KindDiffers, detail.to_owned()))
}

fn event_difference(
    from: Option<&EventDefinition>,
    to: Option<&EventDefinition>,
) -> Option<(FindingKind, String)> {
    let same = match (from, to) {
        (Some(from), Some(to)) => event_subscription::is_like(from, to),
        (None, None) => true,
        (None, Some(_)) | (Some(_), None) => false,
    };
    let detail = "expected it to wait for, or throw, the same kind of event";
    (!same).then(|| (FindingKind::EventDiffers, detail.to_owned()))
}
