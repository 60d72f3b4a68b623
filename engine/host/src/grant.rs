//! What one operation may do, prepared once from the manifest: the schemas and the declared
//! kinds, series, processes, messages and checks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::manifest::deadline::Deadline;
use crate::manifest::{Document, FilterType, Notice, NumberSeries, Operation, SnapshotRead};
use crate::schema::Schema;

/// What may be known of one record kind.
#[derive(Debug)]
pub(crate) struct RecordGrant {
    pub(crate) schema: Arc<Schema>,
    pub(crate) schema_version: u32,
    pub(crate) filters: BTreeMap<String, FilterType>,
}

/// What one operation may do.
#[derive(Debug)]
pub(crate) struct OperationGrant {
    pub(crate) name: String,
    pub(crate) input: Arc<Schema>,
    pub(crate) output: Arc<Schema>,
    /// Kind and snapshot reads, in the order of the manifest.
    pub(crate) snapshots: Vec<(String, SnapshotRead)>,
    /// Kinds that may be read: declared reads and writes.
    pub(crate) readable: BTreeMap<String, Arc<RecordGrant>>,
    pub(crate) writable: BTreeSet<String>,
    pub(crate) starts: BTreeSet<String>,
    pub(crate) publishes: BTreeSet<String>,
    pub(crate) numbers: BTreeMap<String, NumberSeries>,
    pub(crate) checks: BTreeSet<String>,
    pub(crate) decisions: BTreeSet<String>,
    /// Keys of deadlines that may be changed.
    pub(crate) deadlines: BTreeSet<String>,
    /// Keys of deadlines that may be read: those, and those of readable records.
    pub(crate) readable_deadlines: BTreeSet<String>,
    pub(crate) notices: BTreeMap<String, Notice>,
    pub(crate) documents: BTreeMap<String, Document>,
}

/// What a manifest declares that operations may be granted.
pub(crate) struct Declared<'m> {
    pub(crate) series: &'m [NumberSeries],
    pub(crate) deadlines: &'m [Deadline],
    pub(crate) notices: &'m [Notice],
    pub(crate) documents: &'m [Document],
}

impl OperationGrant {
    /// From the manifest's operation; the maps hold what the package check has found complete.
    pub(crate) fn new(
        operation: &Operation,
        schemas: (Arc<Schema>, Arc<Schema>),
        records: &BTreeMap<String, Arc<RecordGrant>>,
        manifest: &Declared<'_>,
    ) -> Self {
        let declared = operation
            .reads
            .iter()
            .map(|read| &read.kind)
            .chain(&operation.writes);
        let readable: BTreeMap<String, Arc<RecordGrant>> = declared
            .filter_map(|kind| Some((kind.clone(), Arc::clone(records.get(kind)?))))
            .collect();
        let readable_deadlines = manifest
            .deadlines
            .iter()
            .filter(|it| readable.contains_key(&it.record) || operation.deadlines.contains(&it.key))
            .map(|it| it.key.clone())
            .collect();
        let snapshots = operation
            .reads
            .iter()
            .filter_map(|read| Some((read.kind.clone(), read.snapshot.clone()?)))
            .collect();
        let numbers = manifest
            .series
            .iter()
            .filter(|series| operation.numbers.contains(&series.name))
            .map(|series| (series.name.clone(), series.clone()))
            .collect();
        Self {
            name: operation.name.clone(),
            input: schemas.0,
            output: schemas.1,
            snapshots,
            readable,
            writable: operation.writes.iter().cloned().collect(),
            starts: operation.starts.iter().cloned().collect(),
            publishes: operation.publishes.iter().cloned().collect(),
            numbers,
            checks: operation.checks.iter().cloned().collect(),
            decisions: operation.decisions.iter().cloned().collect(),
            deadlines: operation.deadlines.iter().cloned().collect(),
            readable_deadlines,
            notices: manifest
                .notices
                .iter()
                .filter(|notice| operation.notices.contains(&notice.code))
                .map(|notice| (notice.code.clone(), notice.clone()))
                .collect(),
            documents: manifest
                .documents
                .iter()
                .filter(|it| operation.documents.contains(&it.key))
                .map(|it| (it.key.clone(), it.clone()))
                .collect(),
        }
    }
}
