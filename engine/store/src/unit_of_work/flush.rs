//! Tells the database what a layer holds: a few bulk statements a table.

use std::collections::BTreeMap;
use std::sync::Arc;

use sea_orm::{ConnectionTrait, ModelTrait, Value};

use crate::bulk::{self, Shape};
use crate::database::Database;
use crate::dialect::Dialect;
use crate::entity;
use crate::error::Error;
use crate::overlay::{Changes, Layer, Overlay};
use crate::record::encode_state;
use crate::record_kind::RecordTable;
use crate::unit_of_work::process_instance::to_model;
use crate::unit_of_work::tables::{
    InstanceKey, InstanceRow, IterationKey, NameKey, PartKey, RecordKey, RecordRow, Tables,
    TenantKey,
};

/// Tells everything of a layer, and takes it as told.
pub(super) async fn flush<C: ConnectionTrait>(
    db: &C,
    database: &Database,
    kinds: &[Arc<RecordTable>],
    tables: &mut Tables,
    layer: Layer,
) -> Result<(), Error> {
    if tables.is_empty(layer) {
        return Ok(());
    }
    flush_instances(db, &mut tables.process_instance, layer).await?;
    flush_table(db, &mut tables.event_record, layer).await?;
    flush_table(db, &mut tables.user_task, layer).await?;
    flush_table(db, &mut tables.timer, layer).await?;
    flush_table(db, &mut tables.message_subscription, layer).await?;
    flush_table(db, &mut tables.signal_subscription, layer).await?;
    flush_table(db, &mut tables.message, layer).await?;
    flush_table(db, &mut tables.message_correlation, layer).await?;
    flush_table(db, &mut tables.message_start, layer).await?;
    flush_table(db, &mut tables.iteration_input, layer).await?;
    flush_table(db, &mut tables.iteration_output, layer).await?;
    flush_table(db, &mut tables.incident, layer).await?;
    flush_table(db, &mut tables.job, layer).await?;
    flush_table(db, &mut tables.continuation, layer).await?;
    flush_table(db, &mut tables.number_series, layer).await?;
    flush_table(db, &mut tables.idempotency, layer).await?;
    flush_table(db, &mut tables.audit_entry, layer).await?;
    flush_table(db, &mut tables.check_request, layer).await?;
    flush_table(db, &mut tables.check_answer, layer).await?;
    flush_table(db, &mut tables.deadline, layer).await?;
    flush_table(db, &mut tables.schedule_item, layer).await?;
    flush_table(db, &mut tables.notice, layer).await?;
    flush_table(db, &mut tables.notice_read, layer).await?;
    flush_table(db, &mut tables.notice_delivery, layer).await?;
    flush_table(db, &mut tables.notice_preference, layer).await?;
    flush_table(db, &mut tables.batch, layer).await?;
    flush_table(db, &mut tables.batch_item, layer).await?;
    flush_table(db, &mut tables.batch_finding, layer).await?;
    flush_table(db, &mut tables.document, layer).await?;
    flush_records(db, database, kinds, &mut tables.record, layer).await
}

/// A key as the values of its columns.
trait KeyValues {
    fn key_values(&self) -> Vec<Value>;
}

impl KeyValues for TenantKey {
    fn key_values(&self) -> Vec<Value> {
        vec![self.0.as_str().into(), self.1.into()]
    }
}

impl KeyValues for InstanceKey {
    fn key_values(&self) -> Vec<Value> {
        vec![self.0.as_str().into(), self.1.into(), self.2.into()]
    }
}

impl KeyValues for IterationKey {
    fn key_values(&self) -> Vec<Value> {
        let numbers = [self.1.into(), self.2.into(), self.3.into()];
        [self.0.as_str().into()]
            .into_iter()
            .chain(numbers)
            .collect()
    }
}

impl KeyValues for NameKey {
    fn key_values(&self) -> Vec<Value> {
        vec![self.0.as_str().into(), (*self.1).into()]
    }
}

impl KeyValues for PartKey {
    fn key_values(&self) -> Vec<Value> {
        vec![self.0.as_str().into(), self.1.into(), (*self.2).into()]
    }
}

impl KeyValues for RecordKey {
    fn key_values(&self) -> Vec<Value> {
        vec![self.0.as_str().into(), (*self.1).into(), (*self.2).into()]
    }
}

async fn flush_table<C, K, M>(
    db: &C,
    overlay: &mut Overlay<K, M>,
    layer: Layer,
) -> Result<(), Error>
where
    C: ConnectionTrait,
    K: Ord + Clone + KeyValues,
    M: ModelTrait,
{
    if overlay.is_told(layer) {
        return Ok(());
    }
    let shape = Shape::of::<M::Entity>();
    let Changes {
        inserts,
        upserts,
        deletes,
    } = overlay.take_changes(layer);
    let values = |rows: Vec<(K, M)>| rows.iter().map(|(_, it)| bulk::values(it)).collect();
    bulk::delete(db, &shape, deletes.iter().map(K::key_values).collect()).await?;
    bulk::insert(db, &shape, values(inserts)).await?;
    bulk::upsert(db, &shape, values(upserts)).await
}

async fn flush_instances<C: ConnectionTrait>(
    db: &C,
    overlay: &mut Overlay<TenantKey, InstanceRow>,
    layer: Layer,
) -> Result<(), Error> {
    if overlay.is_told(layer) {
        return Ok(());
    }
    let changes = overlay.take_changes(layer);
    let mut values = |rows: Vec<(TenantKey, InstanceRow)>| -> Vec<Vec<Value>> {
        let encode = |(key, row): (TenantKey, InstanceRow)| {
            overlay.amend_told(layer, &key, |it| it.version += 1);
            let state = row.state.as_deref().map(encode_state);
            bulk::values(&to_model(&key.0, row.head, state, row.version + 1))
        };
        rows.into_iter().map(encode).collect()
    };
    let (inserts, upserts) = (values(changes.inserts), values(changes.upserts));
    let shape = Shape::of::<entity::process_instance::Entity>().with_version("version");
    bulk::insert(db, &shape, inserts).await?;
    bulk::upsert(db, &shape, upserts).await
}

/// The changes of one record kind.
#[derive(Default)]
struct KindChanges {
    inserts: Vec<(RecordKey, RecordRow)>,
    upserts: Vec<(RecordKey, RecordRow)>,
    deletes: Vec<RecordKey>,
}

async fn flush_records<C: ConnectionTrait>(
    db: &C,
    database: &Database,
    kinds: &[Arc<RecordTable>],
    overlay: &mut Overlay<RecordKey, RecordRow>,
    layer: Layer,
) -> Result<(), Error> {
    if overlay.is_told(layer) {
        return Ok(());
    }
    let changes = overlay.take_changes(layer);
    for (key, row) in changes.inserts.iter().chain(&changes.upserts) {
        overlay.amend_told(layer, key, |it| {
            it.stored_version = Some(row.record.version);
            it.stored_parties.clone_from(&row.parties);
            it.stored_columns = Some(row.columns.clone());
        });
    }
    for (kind, changes) in by_kind(changes) {
        let declared = kinds.iter().rev().find(|it| it.kind.kind == kind).cloned();
        let table = declared.or_else(|| database.record_table(&kind));
        let table = table.ok_or_else(|| Error::UnknownRecordKind {
            kind: kind.to_string(),
        })?;
        flush_kind(db, database.dialect(), &table, changes).await?;
    }
    Ok(())
}

fn by_kind(changes: Changes<RecordKey, RecordRow>) -> BTreeMap<Arc<str>, KindChanges> {
    let mut kinds: BTreeMap<Arc<str>, KindChanges> = BTreeMap::new();
    for (key, row) in changes.inserts {
        kinds
            .entry(key.1.clone())
            .or_default()
            .inserts
            .push((key, row));
    }
    for (key, row) in changes.upserts {
        kinds
            .entry(key.1.clone())
            .or_default()
            .upserts
            .push((key, row));
    }
    for key in changes.deletes {
        kinds.entry(key.1.clone()).or_default().deletes.push(key);
    }
    kinds
}

async fn flush_kind<C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
    table: &RecordTable,
    changes: KindChanges,
) -> Result<(), Error> {
    if dialect == Dialect::Postgresql {
        let read = changes.upserts.iter();
        let read = read.filter_map(|(key, row)| Some((key.clone(), row.stored_version?)));
        lock_at_versions(db, table, &read.collect::<Vec<_>>()).await?;
    }
    let record_key = |key: &RecordKey| vec![key.0.as_str().into(), (*key.2).into()];
    // One record may take over a unique key that another one gives up, in whatever order their ids
    // are: those that give one up are taken out first and put in again.
    let several = changes.upserts.len() > 1;
    let leaves = |row: &RecordRow| several && table.leaves_unique_key(row);
    let mut deletes: Vec<Vec<Value>> = changes.deletes.iter().map(record_key).collect();
    let (mut upserts, mut inserts) = (Vec::new(), Vec::new());
    for (key, row) in &changes.upserts {
        if leaves(row) {
            deletes.push(record_key(key));
            inserts.push(table.values(&key.0, row));
        } else {
            upserts.push(table.values(&key.0, row));
        }
    }
    inserts.extend(
        changes
            .inserts
            .iter()
            .map(|(key, row)| table.values(&key.0, row)),
    );
    bulk::delete(db, &table.shape, deletes).await?;
    bulk::upsert(db, &table.shape, upserts).await?;
    bulk::insert(db, &table.shape, inserts).await?;
    flush_parties(db, changes).await
}

/// PostgreSQL has other writers: the rows to be replaced must still be what was read.
pub(super) async fn lock_at_versions<C: ConnectionTrait>(
    db: &C,
    table: &RecordTable,
    expected: &[(RecordKey, i64)],
) -> Result<(), Error> {
    let values = |(key, version): &(RecordKey, i64)| -> Vec<Value> {
        vec![key.0.as_str().into(), (*key.2).into(), (*version).into()]
    };
    let rows = expected.iter().map(values).collect();
    let n_locked = bulk::lock(
        db,
        &table.shape.table,
        &["tenant_id", "id", "version"],
        rows,
    )
    .await?;
    if n_locked == expected.len() {
        return Ok(());
    }
    Err(Error::conflict(
        "store records at the versions they were read at",
    ))
}

async fn flush_parties<C: ConnectionTrait>(db: &C, changes: KindChanges) -> Result<(), Error> {
    let replaced = changes.upserts.iter().filter(|(_, row)| {
        // A row that the database may hold without our having read it counts as changed.
        row.stored_version.is_none() || row.parties != row.stored_parties
    });
    let replaced: Vec<&RecordKey> = replaced.map(|(key, _)| key).collect();
    let gone = replaced
        .iter()
        .copied()
        .chain(&changes.deletes)
        .map(KeyValues::key_values);
    let by_record = Shape {
        table: "record_party".to_owned(),
        columns: ["tenant_id", "kind", "record_id"]
            .map(str::to_owned)
            .to_vec(),
        n_key: 3,
        version: None,
    };
    bulk::delete(db, &by_record, gone.collect()).await?;
    let written = changes
        .upserts
        .iter()
        .filter(|(key, _)| replaced.contains(&key));
    let mut rows = Vec::new();
    for (key, row) in written.chain(&changes.inserts) {
        let mut persons = row.parties.clone();
        persons.sort();
        persons.dedup();
        rows.extend(persons.iter().map(|person| -> Vec<Value> {
            vec![
                key.0.as_str().into(),
                (**person).into(),
                (*key.1).into(),
                (*key.2).into(),
            ]
        }));
    }
    bulk::insert(db, &Shape::of::<entity::record_party::Entity>(), rows).await
}
