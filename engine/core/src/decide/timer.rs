//! Timers that come due.

use tongban_bpmn::timer;
use tongban_feel::time::Timestamp;

use super::not_waiting;
use crate::behavior::event_subscription::{self, Arrived};
use crate::context::Context;
use crate::event::{Event, TimerDue};
use crate::id::{Instant, TimerId};
use crate::rejection::Rejection;
use crate::state::arrival::Awaited;
use crate::variable::Variables;

pub(super) fn trigger(ctx: &mut Context<'_>, id: TimerId) -> Result<(), Rejection> {
    let found = ctx
        .state()
        .timer(id)
        .ok_or(Rejection::TimerNotFound { timer: id })?
        .clone();
    let due_at = found.due.at();
    if let Some(due_at) = due_at.filter(|it| *it > ctx.now.at) {
        return Err(Rejection::TimerNotDue { timer: id, due_at });
    }
    if !event_subscription::can_trigger(ctx, found.element_instance, found.element) {
        return Err(not_waiting(found.element_instance, "a timer"));
    }
    ctx.emit(Event::TimerTriggered { id });
    let place = (found.element_instance, found.element);
    // Among several things of which all have to come, a cycle goes on when all have.
    let goes_on_later = event_subscription::awaits_all(ctx, found.element);
    // Counted from when it was due, so that a late trigger does not shift the rhythm. The text was
    // made by the same module, so that it can be read; a cycle without a next time has ended.
    if let (Some(then), Some(due_at), false) = (&found.then, due_at, goes_on_later) {
        let previous = Timestamp::from_microseconds(due_at.0);
        if let Ok(Some(due)) = timer::next_due(then, previous, &ctx.now.zone) {
            let (due, then) = (TimerDue::At(Instant(due.at.microseconds())), due.then);
            event_subscription::schedule(ctx, place, due, then);
        }
    }
    // A moment that has passed is not awaited again.
    let then = found.then.filter(|_| goes_on_later);
    let arrived = Arrived {
        subscription: None,
        again: then.map(|then| Awaited::Timer { then }),
    };
    event_subscription::arrive(ctx, place, arrived, Variables::new());
    Ok(())
}
