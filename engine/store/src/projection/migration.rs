//! What waits, as another version of its process names it.

use sea_orm::EntityTrait;
use tongban_core::event::Event;
use tongban_core::event::migration::InstanceMigrated;
use tongban_core::state::State;

use crate::entity::{incident, job, message_subscription, signal_subscription, timer};
use crate::error::Error;
use crate::row::process_instance::ProcessInstance;
use crate::unit_of_work::UnitOfWork;

/// Changes the rows of one table, by their numbers within an instance.
macro_rules! change {
    ($work:ident, $head:ident, $table:ident, $ids:expr, |$row:ident| $change:expr) => {
        for id in $ids {
            let key = $work.key_of($head, id);
            if $work.tables.$table.get(&key).is_none() {
                let find = (key.0.as_str().to_owned(), key.1, key.2);
                let find = $table::Entity::find_by_id(find);
                let found = find.one($work.tx().await?).await;
                let found = found.map_err(Error::database("read what an instance waits for"))?;
                $work.tables.$table.learn(key.clone(), found);
            }
            if let Some(mut $row) = $work.tables.$table.get(&key).flatten().cloned() {
                $change;
                $work.tables.$table.put(key, $row);
            }
        }
    };
}

pub(crate) async fn project(
    work: &mut UnitOfWork,
    head: &ProcessInstance,
    state: &State,
    event: &Event,
) -> Result<(), Error> {
    let Event::InstanceMigrated(migrated) = event else {
        return Ok(());
    };
    let incidents: Vec<u32> = state.incidents().map(|it| it.id.0).collect();
    change!(work, head, incident, incidents, |row| {
        row.definition_id = migrated.definition.0;
        rename(&mut row.element_id, migrated);
    });
    if migrated.renamed.is_empty() {
        return Ok(());
    }
    let jobs: Vec<u32> = state.jobs().map(|it| it.id.0).collect();
    change!(work, head, job, jobs, |row| rename(
        &mut row.element_id,
        migrated
    ));
    let timers: Vec<u32> = state.timers().map(|it| it.id.0).collect();
    change!(work, head, timer, timers, |row| rename(
        &mut row.element_id,
        migrated
    ));
    let messages = state.message_subscriptions().map(|it| it.id.0);
    let messages: Vec<u32> = messages.collect();
    change!(work, head, message_subscription, messages, |row| {
        rename(&mut row.element_id, migrated);
    });
    let signals = state.signal_subscriptions().map(|it| it.id.0);
    let signals: Vec<u32> = signals.collect();
    change!(work, head, signal_subscription, signals, |row| {
        rename(&mut row.element_id, migrated);
    });
    Ok(())
}

fn rename(element_id: &mut String, migrated: &InstanceMigrated) {
    let mut renamed = migrated.renamed.iter();
    if let Some((_, to)) = renamed.find(|(from, _)| **from == **element_id) {
        *element_id = to.to_string();
    }
}
