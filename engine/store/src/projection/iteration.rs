//! What a large multi-instance keeps outside of its instance: the items of iterations that have not
//! been started, and the outputs that have not been brought into a variable.

use tongban_core::event::Event;
use tongban_core::event::multi_instance::LoopStarted;
use tongban_core::id::ElementInstanceId;
use tongban_feel::value::Value;

use crate::entity::{iteration_input, iteration_output};
use crate::error::Error;
use crate::record::{encode_value, encode_values};
use crate::row::process_instance::ProcessInstance;
use crate::unit_of_work::UnitOfWork;
use crate::unit_of_work::tables::IterationKey;

/// Items in one row at most.
const ITEMS_MAX: usize = 500;
/// Bytes of the items of one row, beyond which it takes no further one.
const ITEMS_BYTES_MAX: usize = 32 * 1024;

pub(crate) async fn project(
    work: &mut UnitOfWork,
    head: &ProcessInstance,
    event: &Event,
) -> Result<(), Error> {
    match event {
        Event::LoopStarted(started) if started.is_spread => put_items(work, head, started),
        Event::IterationCompleted(completed) if completed.child.is_some() => {
            if let Some(output) = &completed.output {
                put_output(work, head, (completed.id, completed.loop_counter), output);
            }
            if completed.is_satisfied {
                work.remove_iteration_inputs(head.id, completed.id).await?;
            }
        }
        Event::IterationsTerminationRequested { id } => {
            work.remove_iteration_inputs(head.id, *id).await?;
        }
        Event::OutputsCollected { id, outputs, .. } => {
            for (loop_counter, _) in outputs {
                let key = key_of(work, head, *id, *loop_counter);
                work.tables.iteration_output.remove(&key);
            }
        }
        _ => {}
    }
    Ok(())
}

fn put_items(work: &mut UnitOfWork, head: &ProcessInstance, started: &LoopStarted) {
    let mut first = started.first;
    for items in pages(&started.items) {
        let key = key_of(work, head, started.id, first);
        let content = encode_values(items);
        work.grow(64 + content.len());
        let model = iteration_input::Model {
            tenant_id: key.0.as_str().to_owned(),
            process_instance_id: key.1,
            element_instance_id: key.2,
            first_loop_counter: key.3,
            content,
        };
        work.tables.iteration_input.put_new(key, model);
        let n_items = u32::try_from(items.len()).expect("a page has few items");
        first = first.saturating_add(n_items);
    }
}

/// Cuts items into what one row holds each; an item that is larger has a row of its own.
fn pages(items: &[Value]) -> Vec<&[Value]> {
    let mut pages = Vec::new();
    let (mut from, mut bytes) = (0, 0);
    for (idx, item) in items.iter().enumerate() {
        let item_bytes = encode_value(item).len();
        let is_full = idx - from >= ITEMS_MAX || bytes + item_bytes > ITEMS_BYTES_MAX;
        if is_full && idx > from {
            pages.push(&items[from..idx]);
            (from, bytes) = (idx, 0);
        }
        bytes += item_bytes;
    }
    if from < items.len() {
        pages.push(&items[from..]);
    }
    pages
}

fn put_output(
    work: &mut UnitOfWork,
    head: &ProcessInstance,
    (body, loop_counter): (ElementInstanceId, u32),
    output: &Value,
) {
    let key = key_of(work, head, body, loop_counter);
    let content = encode_value(output);
    work.grow(64 + content.len());
    let model = iteration_output::Model {
        tenant_id: key.0.as_str().to_owned(),
        process_instance_id: key.1,
        element_instance_id: key.2,
        loop_counter: key.3,
        content,
    };
    work.tables.iteration_output.put_new(key, model);
}

fn key_of(
    work: &UnitOfWork,
    head: &ProcessInstance,
    body: ElementInstanceId,
    loop_counter: u32,
) -> IterationKey {
    let (tenant, instance, body) = work.key_of(head, body.0);
    (tenant, instance, body, i64::from(loop_counter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(items: &[Value]) -> Vec<usize> {
        pages(items).iter().map(|it| it.len()).collect()
    }

    #[test]
    fn items_are_cut_by_number_and_by_bytes() {
        let small: Vec<Value> = (0..1_001).map(|n| Value::from(i64::from(n))).collect();
        assert_eq!(sizes(&small), [500, 500, 1]);
        let large = vec![Value::from("x".repeat(20_000).as_str()); 3];
        assert_eq!(sizes(&large), [1, 1, 1]);
        assert_eq!(sizes(&[]), [0_usize; 0]);
    }
}
