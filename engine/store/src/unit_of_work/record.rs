//! Records of cases: reading, storing, finding.

use std::sync::Arc;

use super::UnitOfWork;
use super::flush::lock_at_versions;
use super::tables::{RecordKey, RecordRow};
use crate::dialect::Dialect;
use crate::error::Error;
use crate::query;
use crate::query::page::{Page, PageRequest};
use crate::query::record::RecordFilter;
use crate::record_kind::{RecordTable, UniqueKey};
use crate::row::record::{Columns, ExpectedVersion, Record, RecordPut};

impl UnitOfWork {
    /// A record.
    ///
    /// # Errors
    /// [`Error::UnknownRecordKind`] if the kind is not declared; [`Error::Database`].
    pub async fn record(&mut self, kind: &str, id: &str) -> Result<Option<Record>, Error> {
        let key = self.record_key(kind, id);
        self.read_record(&key).await?;
        Ok(self
            .tables
            .record
            .get(&key)
            .flatten()
            .map(|row| row.record.clone()))
    }

    /// Stores a record and says its new version.
    ///
    /// The declared unique keys are looked at at once, so that the caller can name the record that
    /// holds one; the database has the last word when it is told.
    ///
    /// # Errors
    /// [`Error::StaleRecord`] if the stored version is not the expected one,
    /// [`Error::UniqueKeyTaken`] if another record holds a unique key,
    /// [`Error::UnknownRecordKind`], [`Error::UnknownRecordColumn`]; [`Error::Database`].
    pub async fn put_record(&mut self, new: RecordPut) -> Result<i64, Error> {
        let table = self.record_table(&new.kind).await?;
        table.check_columns(&new.columns)?;
        let key = self.record_key(&new.kind, &new.id);
        self.read_record(&key).await?;
        let stored = self.tables.record.get(&key).flatten().cloned();
        let version = stored.as_ref().map(|it| it.record.version);
        check_expected(&key, new.expected, version)?;
        for unique_key in &table.kind.unique_keys {
            self.check_unique(&table, unique_key, &key, &new.columns)
                .await?;
        }
        let at = self.context().at;
        let record = Record {
            id: new.id,
            version: version.unwrap_or(0) + 1,
            schema_version: new.schema_version,
            body: new.body,
            created_at: stored.as_ref().map_or(at, |it| it.record.created_at),
            updated_at: at,
        };
        self.grow(256 + record.body.len());
        let version = record.version;
        let row = RecordRow {
            record,
            columns: new.columns,
            parties: new.parties,
            stored_version: stored.as_ref().and_then(|it| it.stored_version),
            stored_columns: stored.as_ref().and_then(|it| it.stored_columns.clone()),
            stored_parties: stored.map(|it| it.stored_parties).unwrap_or_default(),
        };
        self.tables.record.put(key, row);
        Ok(version)
    }

    /// Removes a record; says whether there was one.
    ///
    /// # Errors
    /// [`Error::StaleRecord`] if the stored version is not the expected one,
    /// [`Error::UnknownRecordKind`]; [`Error::Database`].
    pub async fn remove_record(
        &mut self,
        kind: &str,
        id: &str,
        expected: ExpectedVersion,
    ) -> Result<bool, Error> {
        let key = self.record_key(kind, id);
        self.read_record(&key).await?;
        let stored = self.tables.record.get(&key).flatten();
        let version = stored.map(|it| it.record.version);
        check_expected(&key, expected, version)?;
        if let Some(stored_version) = stored.and_then(|it| it.stored_version) {
            let table = self.record_table(kind).await?;
            self.lock_record(&table, &key, stored_version).await?;
        }
        self.tables.record.remove(&key);
        Ok(version.is_some())
    }

    /// Records by their columns. The database is told everything first, so what the group and the
    /// running command have written is found too.
    ///
    /// # Errors
    /// [`Error::UnknownRecordKind`], [`Error::UnknownRecordColumn`], [`Error::BadCursor`];
    /// [`Error::Conflict`] and [`Error::Database`] as with [`UnitOfWork::flush`].
    pub async fn find_records(
        &mut self,
        kind: &str,
        filter: &RecordFilter,
        page: &PageRequest,
    ) -> Result<Page<Record>, Error> {
        let table = self.record_table(kind).await?;
        let tenant = self.tenant();
        query::record::find(self.told().await?, &table, &tenant, filter, page).await
    }

    /// Number of records, by their columns; else as [`UnitOfWork::find_records`].
    ///
    /// # Errors
    /// As [`UnitOfWork::find_records`].
    pub async fn count_records(&mut self, kind: &str, filter: &RecordFilter) -> Result<u64, Error> {
        let table = self.record_table(kind).await?;
        let tenant = self.tenant();
        query::record::count(self.told().await?, &table, &tenant, filter).await
    }

    /// On PostgreSQL, keeps others from changing a record that is about to go.
    async fn lock_record(
        &mut self,
        table: &RecordTable,
        key: &RecordKey,
        version: i64,
    ) -> Result<(), Error> {
        match self.database.dialect() {
            Dialect::Sqlite => Ok(()),
            Dialect::Postgresql => {
                let tx = self.tx().await?;
                lock_at_versions(tx, table, &[(key.clone(), version)]).await
            }
        }
    }

    fn record_key(&self, kind: &str, id: &str) -> RecordKey {
        (self.tenant(), Arc::from(kind), Arc::from(id))
    }

    async fn record_table(&mut self, kind: &str) -> Result<Arc<RecordTable>, Error> {
        let table = self.declared(kind).await?;
        table.ok_or_else(|| Error::UnknownRecordKind {
            kind: kind.to_owned(),
        })
    }

    /// Makes a record known to the overlay.
    async fn read_record(&mut self, key: &RecordKey) -> Result<(), Error> {
        if self.tables.record.get(key).is_some() {
            return Ok(());
        }
        let table = self.record_table(&key.1).await?;
        let found = table.read(self.tx().await?, &key.0, &key.2).await?;
        self.tables.record.learn(key.clone(), found);
        Ok(())
    }

    /// Looks for another record with the same values under a unique key: among what is known in
    /// memory, then in the database among what is not.
    async fn check_unique(
        &mut self,
        table: &RecordTable,
        unique_key: &UniqueKey,
        key: &RecordKey,
        columns: &Columns,
    ) -> Result<(), Error> {
        let Some(values) = unique_key.values(columns) else {
            return Ok(());
        };
        let mut holder = None;
        for (other, row) in self.tables.record.known() {
            let same_kind = other.0 == key.0 && other.1 == key.1 && other.2 != key.2;
            let row = row.filter(|_| same_kind);
            if row.and_then(|it| unique_key.values(&it.columns)) == Some(values.clone()) {
                holder = Some(other.2.clone());
            }
        }
        if holder.is_none() {
            let holders = table
                .holders(self.tx().await?, &key.0, unique_key, &values)
                .await?;
            let unknown = |id: &Arc<str>| {
                let other = (key.0.clone(), key.1.clone(), id.clone());
                *id != key.2 && self.tables.record.get(&other).is_none()
            };
            holder = holders.into_iter().find(unknown);
        }
        match holder {
            None => Ok(()),
            Some(holder) => Err(Error::UniqueKeyTaken {
                kind: key.1.to_string(),
                id: key.2.to_string(),
                key: unique_key.name.to_string(),
                holder: holder.to_string(),
            }),
        }
    }
}

fn check_expected(
    key: &RecordKey,
    expected: ExpectedVersion,
    found: Option<i64>,
) -> Result<(), Error> {
    let expected = match expected {
        ExpectedVersion::Any => return Ok(()),
        ExpectedVersion::Absent => 0,
        ExpectedVersion::Exactly(version) => version,
    };
    if found.unwrap_or(0) == expected {
        return Ok(());
    }
    Err(Error::StaleRecord {
        kind: key.1.to_string(),
        id: key.2.to_string(),
        expected,
        found,
    })
}
