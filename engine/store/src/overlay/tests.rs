//! The overlay against a plain map: any run of commands, accepted or dropped, with flushes in
//! between, must come to the same as doing the accepted ones one after another.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

type Table = Overlay<u8, u32>;

/// A database that is told changes as ours is: an insert of a present row is an error.
#[derive(Debug, Default, Clone, PartialEq)]
struct Stored(BTreeMap<u8, u32>);

impl Stored {
    fn tell(&mut self, changes: Changes<u8, u32>) {
        for key in changes.deletes {
            self.0.remove(&key);
        }
        for (key, value) in changes.inserts {
            assert_eq!(self.0.insert(key, value), None, "an insert is of a new row");
        }
        for (key, value) in changes.upserts {
            self.0.insert(key, value);
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Read(u8),
    Put(u8, u32),
    PutUnread(u8, u32),
    /// Stored as new by someone who knows that no row of the database has the key.
    PutNew(u8, u32),
    Remove(u8),
    /// A read over many rows: the database is told early.
    Tell,
}

#[derive(Debug, Clone)]
struct Command {
    steps: Vec<Step>,
    accepted: bool,
    flushed_after: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let key = 0..3u8;
    prop_oneof![
        key.clone().prop_map(Step::Read),
        (key.clone(), any::<u32>()).prop_map(|(key, value)| Step::Put(key, value)),
        (key.clone(), any::<u32>()).prop_map(|(key, value)| Step::PutUnread(key, value)),
        (key.clone(), any::<u32>()).prop_map(|(key, value)| Step::PutNew(key, value)),
        key.prop_map(Step::Remove),
        Just(Step::Tell),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    let steps = prop::collection::vec(step(), 0..8);
    (steps, any::<bool>(), any::<bool>()).prop_map(|(steps, accepted, flushed_after)| Command {
        steps,
        accepted,
        flushed_after,
    })
}

/// What a reader sees: the overlay's word, else the database's, which is learnt.
fn read(table: &mut Table, stored: &Stored, key: u8) -> Option<u32> {
    if table.get(&key).is_none() {
        table.learn(key, stored.0.get(&key).copied());
    }
    table.get(&key).flatten().copied()
}

fn run(command: &Command, table: &mut Table, stored: &mut Stored, model: &mut BTreeMap<u8, u32>) {
    let mut savepoint: Option<Stored> = None;
    let mut ahead = model.clone();
    for step in &command.steps {
        match step {
            Step::Read(key) => {
                assert_eq!(read(table, stored, *key), ahead.get(key).copied());
            }
            Step::Put(key, value) => {
                read(table, stored, *key);
                table.put(*key, *value);
                ahead.insert(*key, *value);
            }
            Step::PutUnread(key, value) => {
                table.put(*key, *value);
                ahead.insert(*key, *value);
            }
            Step::PutNew(key, value) => {
                if !stored.0.contains_key(key) {
                    table.put_new(*key, *value);
                    ahead.insert(*key, *value);
                }
            }
            Step::Remove(key) => {
                table.remove(key);
                ahead.remove(key);
            }
            Step::Tell => {
                if savepoint.is_none() {
                    stored.tell(table.take_changes(Layer::Group));
                    savepoint = Some(stored.clone());
                }
                stored.tell(table.take_changes(Layer::Command));
                assert_eq!(stored.0, ahead, "what was told is what the command sees");
            }
        }
    }
    if command.accepted {
        table.accept();
        *model = ahead;
    } else {
        table.drop_command();
        if let Some(savepoint) = savepoint {
            *stored = savepoint;
        }
    }
    if command.flushed_after {
        stored.tell(table.take_changes(Layer::Group));
        assert_eq!(stored.0, *model);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..Default::default() })]

    #[test]
    fn accepted_commands_come_to_the_same_as_one_after_another(
        commands in prop::collection::vec(command(), 0..12),
        present in prop::collection::btree_map(0..3u8, any::<u32>(), 0..3),
    ) {
        let mut table = Table::default();
        let (mut stored, mut model) = (Stored(present.clone()), present);
        for command in &commands {
            run(command, &mut table, &mut stored, &mut model);
        }
        stored.tell(table.take_changes(Layer::Group));
        prop_assert_eq!(stored.0, model);
    }
}

#[test]
fn a_row_that_comes_and_goes_within_a_group_never_reaches_the_database() {
    let mut table = Table::default();
    table.put_new(1, 10);
    table.accept();
    table.remove(&1);
    table.accept();
    let changes = table.take_changes(Layer::Group);
    assert!(changes.inserts.is_empty() && changes.upserts.is_empty() && changes.deletes.is_empty());
    assert_eq!(table.get(&1), Some(None));
}

#[test]
fn a_row_that_comes_and_goes_within_a_command_is_known_to_be_absent() {
    let mut table = Table::default();
    table.put_new(1, 10);
    table.remove(&1);
    assert!(table.is_told(Layer::Command));
    assert_eq!(table.get(&1), Some(None));
}

#[test]
fn a_row_that_the_database_was_told_to_delete_stays_deleted() {
    let mut table = Table::default();
    table.put_new(1, 10);
    table.accept();
    table.remove(&1);
    table.take_changes(Layer::Group);
    table.take_changes(Layer::Command);
    table.remove(&1);
    assert_eq!(table.get(&1), Some(None));
    table.put(1, 11);
    table.remove(&1);
    assert_eq!(table.get(&1), Some(None));
}

#[test]
fn a_range_shows_each_key_once_with_the_commands_word() {
    let mut table = Table::default();
    table.put(1, 10);
    table.put(2, 20);
    table.accept();
    table.put(2, 21);
    table.remove(&1);
    let mut known: Vec<_> = table
        .known_in(0..=9)
        .map(|(key, value)| (*key, value.copied()))
        .collect();
    known.sort_unstable();
    assert_eq!(known, [(1, None), (2, Some(21))]);
}
