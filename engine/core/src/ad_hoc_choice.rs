//! What can be chosen now in the ad-hoc sub-processes of an instance (BPMN 2.0, 13.3.5).
//!
//! It decides nothing: who chooses sends a command, which looks again. Start from [`choices`].

use std::sync::Arc;

use tongban_bpmn::graph::ProcessDefinition;

use crate::context::Context;
use crate::decide::ad_hoc_sub_process as decide;
use crate::id::{ElementIdx, ElementInstanceId};
use crate::now::Now;
use crate::state::State;
use crate::state::element_instance::ElementInstance;

/// One activity that belongs to what can be chosen in an ad-hoc sub-process under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The ad-hoc sub-process.
    pub sub_process: ElementInstanceId,
    /// The activity.
    pub element: ElementIdx,
    /// Its XML id.
    pub element_id: Arc<str>,
    /// The name shown to people.
    pub name: Option<Arc<str>>,
    /// Whether it would be taken now.
    pub is_enabled: bool,
    /// How often it has begun.
    pub n_begun: u32,
    /// How many times it is under way.
    pub n_active: u32,
    /// How many times it has been chosen and not begun.
    pub n_waiting: u32,
}

/// Everything that belongs to what can be chosen, by sub-process in the order of the file.
pub fn choices(state: &State, definition: &ProcessDefinition, now: &Now<'_>) -> Vec<Choice> {
    if state.element_instances().all(|it| it.ad_hoc.is_none()) {
        return Vec::new();
    }
    let mut state = state.clone();
    let ctx = Context::new(&mut state, definition, now);
    let open = ctx.state().element_instances();
    let open = open.filter(|it| it.ad_hoc.is_some());
    open.flat_map(|it| of(&ctx, it)).collect()
}

fn of(ctx: &Context<'_>, sub_process: &ElementInstance) -> Vec<Choice> {
    let Some(model) = crate::behavior::ad_hoc_sub_process::of(ctx, sub_process.id) else {
        return Vec::new();
    };
    let Some(ad_hoc) = &sub_process.ad_hoc else {
        return Vec::new();
    };
    let is_enabled = !ctx.state().is_suspended() && decide::may_choose(ctx, sub_process.id);
    let choice = |idx: &ElementIdx| {
        let element = ctx.element_at(*idx);
        let is_this =
            |it: &&ElementInstance| it.scope == Some(sub_process.id) && it.element == *idx;
        let waiting = ad_hoc.chosen.iter().filter(|it| **it == *idx);
        Choice {
            sub_process: sub_process.id,
            element: *idx,
            element_id: element.id.clone(),
            name: element.name.clone(),
            is_enabled,
            n_begun: ad_hoc.begun.get(idx).copied().unwrap_or_default(),
            n_active: count(ctx.state().element_instances().filter(is_this).count()),
            n_waiting: count(waiting.count()),
        }
    };
    model.activities.iter().map(choice).collect()
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
