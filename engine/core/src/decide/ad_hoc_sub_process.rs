//! Activities that are chosen in an ad-hoc sub-process.

use std::sync::Arc;

use tongban_bpmn::graph::ElementIdx;
use tongban_bpmn::graph::ad_hoc_sub_process::{AdHocSubProcess, Ordering};

use super::{not_found, not_waiting};
use crate::behavior::ad_hoc_sub_process;
use crate::context::Context;
use crate::event::Event;
use crate::id::ElementInstanceId;
use crate::rejection::Rejection;
use crate::work::Work;

/// Chooses activities. Where one at a time is carried out, nothing may be under way
/// (BPMN 2.0, 13.3.5).
pub(super) fn choose(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    activities: &[Arc<str>],
) -> Result<(), Rejection> {
    if ctx.state().element_instance(id).is_none() {
        return Err(not_found(id));
    }
    let found = ad_hoc_sub_process::of(ctx, id);
    let Some(ad_hoc) = found.filter(|_| is_open(ctx, id)) else {
        return Err(not_waiting(id, "activities to be chosen"));
    };
    if ad_hoc.ordering == Ordering::Sequential && is_busy(ctx, id) {
        return Err(not_waiting(
            id,
            "an activity before the end of the one under way",
        ));
    }
    let activities = find_all(ctx, ad_hoc, activities)?;
    check_room(ctx, activities.len())?;
    ctx.emit(Event::ActivitiesChosen { id, activities });
    ctx.queue(Work::Settle { scope: id });
    Ok(())
}

/// Whether something may be chosen now.
pub(crate) fn may_choose(ctx: &Context<'_>, id: ElementInstanceId) -> bool {
    let is_sequential = |it: &AdHocSubProcess| it.ordering == Ordering::Sequential;
    let found = ad_hoc_sub_process::of(ctx, id).filter(|_| is_open(ctx, id));
    found.is_some_and(|it| !is_sequential(it) || !is_busy(ctx, id))
}

fn find_all(
    ctx: &Context<'_>,
    ad_hoc: &AdHocSubProcess,
    activities: &[Arc<str>],
) -> Result<Vec<ElementIdx>, Rejection> {
    if activities.is_empty() {
        let activity = Arc::from("none");
        return Err(Rejection::ActivityNotFound { activity });
    }
    let find = |activity: &Arc<str>| {
        let found = ad_hoc_sub_process::find(ctx.definition, ad_hoc, activity);
        let activity = activity.clone();
        found.ok_or(Rejection::ActivityNotFound { activity })
    };
    activities.iter().map(find).collect()
}

/// Whether something may still begin in it.
fn is_open(ctx: &Context<'_>, id: ElementInstanceId) -> bool {
    let is_satisfied = ctx
        .instance(id)
        .ad_hoc
        .as_ref()
        .is_none_or(|it| it.is_satisfied);
    !is_satisfied && ad_hoc_sub_process::goes_on(ctx, id)
}

/// Each of them will be a row of the state.
fn check_room(ctx: &Context<'_>, n_activities: usize) -> Result<(), Rejection> {
    const ROW_BYTES: usize = 32;
    let own = n_activities.saturating_mul(ROW_BYTES);
    let bytes = ctx.state().bytes().saturating_add(own);
    let bytes_max = ctx.now.limits.state_bytes_max;
    if bytes <= bytes_max {
        return Ok(());
    }
    Err(Rejection::StateTooLarge { bytes, bytes_max })
}

fn is_busy(ctx: &Context<'_>, id: ElementInstanceId) -> bool {
    let instance = ctx.instance(id);
    let is_chosen = instance
        .ad_hoc
        .as_ref()
        .is_some_and(|it| !it.chosen.is_empty());
    is_chosen || instance.active_children > 0 || !instance.taken_flows.is_empty()
}
