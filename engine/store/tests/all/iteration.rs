//! What large multi-instances keep outside of their instances.

use std::sync::Arc;

use tongban_core::event::Event;
use tongban_core::id::{ElementInstanceId, ProcessInstanceId};
use tongban_core::state::State;
use tongban_feel::value::Value;
use tongban_store::query::page::PageRequest;
use tongban_store::query::process_instance;
use tongban_store::unit_of_work::UnitOfWork;

use crate::support::process::{self, Process};
use crate::support::{TestDatabase, commit, context, on_both, tenant};

on_both!(
    items_are_kept_in_rows_and_not_in_the_history,
    items_of_an_ended_loop_are_removed,
    outputs_are_read_in_pages_and_go_when_they_are_collected,
    running_iterations_are_found_in_pages,
);

const BODY: ElementInstanceId = ElementInstanceId(2);

fn numbers(count: i64) -> Vec<Value> {
    (1..=count).map(Value::from).collect()
}

async fn put(work: &mut UnitOfWork, process: &mut Process, events: Vec<Event>) -> Arc<State> {
    let (state, events) = process.apply(events);
    let put = work.put_instance(process.id, state.clone(), events);
    put.await.unwrap();
    state
}

/// An instance with a large multi-instance of so many items.
async fn spread(work: &mut UnitOfWork, count: i64) -> Process {
    let mut process = Process::new(1);
    let mut events = process.created("L-1", 100);
    events.extend(process::waiting(2, 5));
    events.push(process::spread(2, numbers(count)));
    put(work, &mut process, events).await;
    process
}

async fn first_and_size(work: &mut UnitOfWork, loop_counter: u32) -> Option<(u32, usize)> {
    let found = work.iteration_inputs(ProcessInstanceId(1), BODY, loop_counter);
    let found = found.await.unwrap()?;
    assert_eq!(found.items[0], Value::from(i64::from(found.first)));
    Some((found.first, found.items.len()))
}

async fn items_are_kept_in_rows_and_not_in_the_history(db: &TestDatabase) {
    let mut work = db.begin(100);
    spread(&mut work, 1_200).await;
    assert_eq!(first_and_size(&mut work, 1).await, Some((1, 500)));
    commit(work).await;

    let mut work = db.begin(200);
    assert_eq!(first_and_size(&mut work, 500).await, Some((1, 500)));
    assert_eq!(first_and_size(&mut work, 501).await, Some((501, 500)));
    assert_eq!(first_and_size(&mut work, 1_200).await, Some((1_001, 200)));
    work.remove_iteration_input(ProcessInstanceId(1), BODY, 1);
    assert_eq!(first_and_size(&mut work, 300).await, None);
    commit(work).await;
    let mut work = db.begin(300);
    assert_eq!(first_and_size(&mut work, 300).await, None);
    drop(work);

    let page = PageRequest::first(10);
    let id = ProcessInstanceId(1);
    let history = process_instance::history(&db.database, &tenant(), id, &page).await;
    let mut folded = State::empty();
    for event in history
        .unwrap()
        .into_nodes()
        .iter()
        .flat_map(|it| &it.events)
    {
        if let Event::LoopStarted(started) = event {
            assert!(started.items.is_empty(), "they have rows of their own");
        }
        folded.apply(event);
    }
    let stored = process_instance::state(&db.database, &tenant(), id).await;
    assert_eq!(stored.unwrap(), Some(folded));
}

async fn items_of_an_ended_loop_are_removed(db: &TestDatabase) {
    let mut work = db.begin(100);
    let mut process = spread(&mut work, 1_200).await;
    commit(work).await;
    let mut work = db.begin(200);
    work.remove_iteration_input(process.id, BODY, 1);
    let ended = Event::IterationsTerminationRequested { id: BODY };
    put(&mut work, &mut process, vec![ended]).await;
    for loop_counter in [1, 501, 1_001] {
        assert_eq!(first_and_size(&mut work, loop_counter).await, None);
    }
    commit(work).await;
    let mut work = db.begin(300);
    assert_eq!(first_and_size(&mut work, 1_001).await, None);
}

async fn outputs_are_read_in_pages_and_go_when_they_are_collected(db: &TestDatabase) {
    let mut work = db.begin(100);
    let mut process = spread(&mut work, 200).await;
    let started = [
        Event::IterationsRequested {
            id: BODY,
            first: 1,
            limit: 200,
        },
        Event::IterationsStarted {
            id: BODY,
            count: 200,
        },
    ];
    put(&mut work, &mut process, started.into()).await;
    for counter in [3, 1] {
        let output = Value::from(i64::from(counter) * 10);
        let event = process::iteration(2, counter, output);
        put(&mut work, &mut process, vec![event]).await;
    }
    commit(work).await;

    let mut work = db.begin(200);
    let event = process::iteration(2, 2, Value::Null);
    put(&mut work, &mut process, vec![event]).await;
    let page = work
        .iteration_outputs(process.id, BODY, 0, 2)
        .await
        .unwrap();
    assert_eq!(page.outputs, [(1, Value::from(10)), (2, Value::Null)]);
    assert!(!page.is_last);
    let rest = work
        .iteration_outputs(process.id, BODY, 2, 2)
        .await
        .unwrap();
    assert_eq!(
        (rest.outputs, rest.is_last),
        (vec![(3, Value::from(30))], true)
    );

    let collected = Event::OutputsCollected {
        id: BODY,
        outputs: page.outputs,
        is_complete: false,
    };
    let asked = Event::OutputsRequested { id: BODY, after: 0 };
    put(&mut work, &mut process, vec![asked, collected]).await;
    commit(work).await;
    let mut work = db.begin(300);
    let left = work
        .iteration_outputs(process.id, BODY, 0, 9)
        .await
        .unwrap();
    assert_eq!(
        (left.outputs, left.is_last),
        (vec![(3, Value::from(30))], true)
    );
}

async fn running_iterations_are_found_in_pages(db: &TestDatabase) {
    let mut work = db.begin(100);
    let mut children = Vec::new();
    for (id, body) in [(11, 2), (12, 2), (13, 3), (14, 2)] {
        let mut child = Process::new(id);
        let mut events = child.created("L-1", 100);
        let Event::InstanceCreated(created) = &mut events[0] else {
            panic!("an instance begins with its creation")
        };
        created.parent = Some(tongban_core::command::ParentLink {
            instance: ProcessInstanceId(1),
            element_instance: ElementInstanceId(body),
            depth: 1,
        });
        put(&mut work, &mut child, events).await;
        children.push(child);
    }
    work.accept_command().await.unwrap();
    work.flush().await.unwrap();
    work.begin_command(context(200));
    let ended = children[0].completed(200);
    put(&mut work, &mut children[0], ended).await;
    let after = ProcessInstanceId;
    let parent = after(1);
    let first = work
        .child_instances(parent, BODY, after(0), 1)
        .await
        .unwrap();
    assert_eq!(first, [ProcessInstanceId(12)]);
    let rest = work
        .child_instances(parent, BODY, after(12), 9)
        .await
        .unwrap();
    assert_eq!(rest, [ProcessInstanceId(14)]);
    commit(work).await;
    let mut work = db.begin(300);
    let all = work
        .child_instances(parent, BODY, after(0), 9)
        .await
        .unwrap();
    assert_eq!(all, [ProcessInstanceId(12), ProcessInstanceId(14)]);
}
