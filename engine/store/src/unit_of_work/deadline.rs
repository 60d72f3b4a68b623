//! Deadlines within a command, the timers that are bound to them, and all of them in pages when a
//! calendar is published.
//!
//! **Invariant:** whoever arms a timer of a deadline and whoever moves the deadline hold the same
//! lock, so that no timer is armed by a date that is being replaced.

use std::sync::Arc;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryResult, Statement,
    Value,
};
use tongban_core::deadline::{Extension, Pause, Rule};
use tongban_feel::time::Date;

use super::UnitOfWork;
use super::tables::RecordKey;
use crate::bulk::{self, Target};
use crate::database::link::Transaction;
use crate::dialect::Dialect;
use crate::entity::{deadline, timer};
use crate::error::Error;
use crate::query::deadline as query;
use crate::record_kind::column_name;
use crate::row::deadline::{Deadline, DeadlineEnd, DeadlineStatus, MovedDeadline, NEVER, Protects};

/// What is needed to reckon a deadline again.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadlineFacts {
    /// Its key.
    pub key: Arc<str>,
    /// The day of the fact.
    pub anchor_on: Date,
    /// How it is counted.
    pub rule: Rule,
    /// Minute of the last day at which it is over.
    pub ends_minute: u16,
    /// Whose time it is.
    pub protects: Protects,
    /// The stops of its clock.
    pub pauses: Vec<Pause>,
    /// What officers have granted.
    pub extensions: Vec<Extension>,
    /// A day below which it may not come.
    pub floor_on: Option<Date>,
    /// Where it ends now.
    pub end: DeadlineEnd,
}

/// What a deadline becomes when it is reckoned again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reckoning {
    /// Where it ends.
    pub end: DeadlineEnd,
    /// The day below which it may not come from now on.
    pub floor_on: Option<Date>,
    /// Whether it would have come earlier.
    pub kept: bool,
}

/// A page of deadlines that were reckoned again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReckonedPage {
    /// Deadlines looked at.
    pub n_selected: u64,
    /// Those that would have come earlier.
    pub n_kept: u64,
    /// Those that are provisional.
    pub n_provisional: u64,
    /// Those that moved.
    pub moved: Vec<MovedDeadline>,
    /// The last deadline of the page, key and record; none where there was nothing left.
    pub last: Option<(Arc<str>, Arc<str>)>,
}

/// Which fields of a record kind follow a deadline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mirror {
    /// JSON Pointers into the body.
    pub paths: Vec<String>,
    /// The declared columns that hold the same values.
    pub columns: Vec<Arc<str>>,
}

impl UnitOfWork {
    /// The deadline of a key of a record.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn deadline(
        &mut self,
        key: &str,
        record_id: &str,
    ) -> Result<Option<Deadline>, Error> {
        let place = self.deadline_key(key, record_id);
        self.read_deadline(&place).await?;
        let row = self.tables.deadline.get(&place).flatten().cloned();
        row.map(query::from_model).transpose()
    }

    /// Stores a deadline, new or changed, and lets the timers that are bound to it follow.
    ///
    /// # Errors
    /// [`Error::Database`] if the timers cannot be read.
    pub async fn put_deadline(&mut self, deadline: &Deadline) -> Result<(), Error> {
        let place = self.deadline_key(&deadline.key, &deadline.record_id);
        self.read_deadline(&place).await?;
        self.grow(320);
        let model = query::to_model(&place.0, deadline);
        self.tables.deadline.put(place.clone(), model);
        self.move_timers(&place, deadline.timer_at()).await
    }

    /// Removes a deadline with its record; timers that are bound to it wait for ever.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn remove_deadline(&mut self, key: &str, record_id: &str) -> Result<(), Error> {
        let place = self.deadline_key(key, record_id);
        self.read_deadline(&place).await?;
        if self.tables.deadline.get(&place).flatten().is_some() {
            self.tables.deadline.remove(&place);
            self.move_timers(&place, NEVER).await?;
        }
        Ok(())
    }

    /// When a timer that is bound to a deadline fires; never, while there is none or it waits.
    pub(crate) async fn deadline_timer_at(
        &mut self,
        key: &str,
        record_id: &str,
    ) -> Result<i64, Error> {
        let found = self.deadline(key, record_id).await?;
        Ok(found.map_or(NEVER, |it| it.timer_at()))
    }

    fn deadline_key(&self, key: &str, record_id: &str) -> RecordKey {
        (self.tenant(), Arc::from(key), Arc::from(record_id))
    }

    /// Makes a deadline known to the overlay, and on PostgreSQL keeps others from changing it or
    /// arming timers by it until the end of the transaction.
    async fn read_deadline(&mut self, place: &RecordKey) -> Result<(), Error> {
        if self.tables.deadline.get(place).is_some() {
            return Ok(());
        }
        let dialect = self.database.dialect();
        let tx = self.tx().await?;
        if dialect == Dialect::Postgresql {
            // There may be no row yet that could be locked.
            let text = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
            let name = format!("deadline/{}/{}/{}", place.0, place.1, place.2);
            let statement =
                Statement::from_sql_and_values(DbBackend::Postgres, text, [name.into()]);
            tx.execute_raw(statement)
                .await
                .map_err(Error::database("lock a deadline"))?;
        }
        let found = read_row(tx, dialect, place).await?;
        self.tables.deadline.learn(place.clone(), found);
        Ok(())
    }

    /// Sets the moment of all timers that are bound to a deadline.
    async fn move_timers(&mut self, place: &RecordKey, due_at: i64) -> Result<(), Error> {
        use timer::Column;
        let select = timer::Entity::find()
            .filter(Column::TenantId.eq(place.0.as_str()))
            .filter(Column::DeadlineKey.eq(&*place.1))
            .filter(Column::DeadlineRecordId.eq(&*place.2));
        let stored = select.all(self.tx().await?).await;
        let stored = stored.map_err(Error::database("read the timers of a deadline"))?;
        let overlay = &self.tables.timer;
        let key = |it: &timer::Model| (place.0.clone(), it.process_instance_id, it.id);
        let mut rows: Vec<timer::Model> = stored
            .into_iter()
            .filter(|it| overlay.get(&key(it)).is_none())
            .collect();
        let is_bound = |it: &&timer::Model| {
            it.deadline_key.as_deref() == Some(&*place.1)
                && it.deadline_record_id.as_deref() == Some(&*place.2)
        };
        let known = overlay
            .known()
            .filter(|(it, _)| it.0 == place.0)
            .filter_map(|(_, row)| row);
        rows.extend(known.filter(is_bound).cloned());
        for mut row in rows.into_iter().filter(|it| it.due_at != due_at) {
            row.due_at = due_at;
            let key = key(&row);
            self.tables.timer.put(key, row);
        }
        Ok(())
    }

    /// Sets the moment of one timer, where it was armed by a date that is no longer true.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn rearm_timer(&mut self, key: &str, record_id: &str) -> Result<(), Error> {
        let place = self.deadline_key(key, record_id);
        self.read_deadline(&place).await?;
        let due_at = self.deadline_timer_at(key, record_id).await?;
        self.move_timers(&place, due_at).await
    }

    /// Reckons a page of open deadlines again, those after `after` in the order of key and record,
    /// and stores what changed: the deadlines and the timers that are bound to them.
    ///
    /// Those that are over at `now` stay as they are.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Decode`].
    pub async fn reckon_deadlines(
        &mut self,
        after: (&str, &str),
        limit: u32,
        calendar_version: &str,
        reckon: &mut (dyn FnMut(&DeadlineFacts) -> Option<Reckoning> + Send),
    ) -> Result<ReckonedPage, Error> {
        let (tenant, at) = (self.tenant(), self.context().at);
        let dialect = self.database.dialect();
        let tx = self.told().await?;
        let rows = read_page(tx, dialect, tenant.as_str(), after, limit).await?;
        let mut page = ReckonedPage::default();
        let (mut changes, mut timers) = (Vec::new(), Vec::new());
        for row in &rows {
            let row = read_facts(row)?;
            page.n_selected += 1;
            page.last = Some((row.facts.key.clone(), row.record_id.clone()));
            let is_running = row.is_open && row.facts.end.due_at > at;
            let reckoned = if is_running { reckon(&row.facts) } else { None };
            let Some(reckoning) = reckoned else {
                continue;
            };
            page.n_kept += u64::from(reckoning.kept);
            page.n_provisional += u64::from(reckoning.end.provisional);
            let was = row.facts.end;
            if reckoning.end == was && reckoning.floor_on == row.facts.floor_on {
                continue;
            }
            let moves = reckoning.end.due_on != was.due_on;
            changes.push(changed(&row, &reckoning, moves.then_some(at)));
            if reckoning.end.due_at != was.due_at {
                timers.push(vec![
                    (*row.facts.key).into(),
                    (*row.record_id).into(),
                    reckoning.end.due_at.into(),
                ]);
            }
            if moves {
                page.moved.push(MovedDeadline {
                    key: row.facts.key.clone(),
                    record_id: row.record_id.clone(),
                    record_kind: row.record_kind.clone(),
                    was_on: was.due_on,
                    end: reckoning.end,
                });
            }
        }
        store_changes(tx, tenant.as_str(), changes, timers).await?;
        if let Some(last) = &page.last {
            note_version(tx, tenant.as_str(), after, last, calendar_version).await?;
        }
        Ok(page)
    }

    /// Makes the mirrored fields of records equal to their due days, bodies and columns, and says
    /// which records there were.
    ///
    /// # Errors
    /// [`Error::UnknownRecordKind`]; [`Error::Database`].
    pub async fn mirror_records(
        &mut self,
        kind: &str,
        mirror: &Mirror,
        due: &[(Arc<str>, Date)],
    ) -> Result<u64, Error> {
        let (tenant, at) = (self.tenant(), self.context().at);
        let dialect = self.database.dialect();
        let table = self.declared(kind).await?;
        let table = table.ok_or_else(|| Error::UnknownRecordKind {
            kind: kind.to_owned(),
        })?;
        let columns: Vec<String> = mirror.columns.iter().map(|it| column_name(it)).collect();
        let mut set: Vec<&str> = vec!["body", "updated_at"];
        set.extend(columns.iter().map(String::as_str));
        let tx = self.told().await?;
        let mut n_changed = 0;
        for chunk in due.chunks(READ_ROWS_MAX) {
            let bodies =
                read_bodies(tx, dialect, (tenant.as_str(), &table.shape.table), chunk).await?;
            let mut rows = Vec::with_capacity(bodies.len());
            for (id, body) in bodies {
                let due_on = chunk.binary_search_by(|it| (*it.0).cmp(&*id));
                let Ok(position) = due_on else { continue };
                let due_on = chunk[position].1.to_string();
                let mut row: Vec<Value> = vec![
                    id.as_str().into(),
                    with_members(&body, &mirror.paths, &due_on)?.into(),
                    at.into(),
                ];
                row.extend(columns.iter().map(|_| Value::from(due_on.as_str())));
                rows.push(row);
            }
            let target = Target {
                table: &table.shape.table,
                tenant: tenant.as_str(),
                key: &["id"],
                set: &set,
                also: ", \"version\" = \"version\" + 1",
            };
            n_changed += bulk::update(tx, &target, rows).await?;
        }
        Ok(n_changed)
    }
}

/// Records read in one statement.
const READ_ROWS_MAX: usize = 500;

/// A deadline as a page reads it.
struct PageRow {
    record_id: Arc<str>,
    record_kind: Arc<str>,
    is_open: bool,
    facts: DeadlineFacts,
}

async fn read_row(
    tx: &Transaction,
    dialect: Dialect,
    place: &RecordKey,
) -> Result<Option<deadline::Model>, Error> {
    use sea_orm::QuerySelect as _;
    let key = (
        place.0.as_str().to_owned(),
        place.1.to_string(),
        place.2.to_string(),
    );
    let mut select = deadline::Entity::find_by_id(key);
    if dialect == Dialect::Postgresql {
        select = select.lock_exclusive();
    }
    let found = select.one(tx).await;
    found.map_err(Error::database("read a deadline"))
}

/// In the order of [`read_facts`].
const PAGE_COLUMNS: &str = "\"key\", \"record_id\", \"record_kind\", \"status\", \"anchor_on\", \
     \"amount\", \"unit\", \"roll\", \"weekends_rest\", \"ends_minute\", \"protects\", \
     \"nominal_on\", \"due_on\", \"due_at\", \"floor_on\", \"provisional\", \"pauses\", \
     \"extensions\", \"yellow_at\", \"red_at\", \"remind_at\"";

async fn read_page(
    tx: &Transaction,
    dialect: Dialect,
    tenant: &str,
    after: (&str, &str),
    limit: u32,
) -> Result<Vec<QueryResult>, Error> {
    let (places, lock) = match dialect {
        Dialect::Sqlite => (["?", "?", "?"], ""),
        Dialect::Postgresql => (["$1", "$2", "$3"], " FOR UPDATE"),
    };
    let text = format!(
        "SELECT {PAGE_COLUMNS} FROM \"deadline\" WHERE \"tenant_id\" = {} \
         AND (\"key\", \"record_id\") > ({}, {}) ORDER BY \"key\", \"record_id\" LIMIT {limit}{lock}",
        places[0], places[1], places[2]
    );
    let values: [Value; 3] = [tenant.into(), after.0.into(), after.1.into()];
    let statement = Statement::from_sql_and_values(dialect.backend(), text, values);
    tx.query_all_raw(statement)
        .await
        .map_err(Error::database("read a page of deadlines"))
}

fn read_facts(row: &QueryResult) -> Result<PageRow, Error> {
    let failed = Error::database("read a page of deadlines");
    let text = |idx: usize| row.try_get_by_index::<String>(idx).map_err(&failed);
    let short = |idx: usize| row.try_get_by_index::<i16>(idx).map_err(&failed);
    let flag = |idx: usize| row.try_get_by_index::<bool>(idx).map_err(&failed);
    let at = |idx: usize| row.try_get_by_index::<Option<i64>>(idx).map_err(&failed);
    let date = |text: &str| {
        Date::parse(text).ok_or_else(|| Error::Decode {
            what: "date of a deadline",
            source: text.to_owned().into(),
        })
    };
    let floor_on: Option<String> = row.try_get_by_index(14).map_err(&failed)?;
    let amount: i32 = row.try_get_by_index(5).map_err(&failed)?;
    let pauses = query::pauses_of(&text(16)?)?;
    let ended = pauses.iter().filter_map(|it| {
        Some(Pause {
            from: it.from,
            until: it.until?,
        })
    });
    let extensions = query::extensions_of(&text(17)?)?;
    Ok(PageRow {
        record_id: text(1)?.into(),
        record_kind: text(2)?.into(),
        is_open: short(3)? == query::status_code(DeadlineStatus::Open),
        facts: DeadlineFacts {
            key: text(0)?.into(),
            anchor_on: date(&text(4)?)?,
            rule: query::rule_of(amount, short(6)?, short(7)?, flag(8)?),
            ends_minute: u16::try_from(short(9)?).unwrap_or(0),
            protects: query::protects_of(short(10)?),
            pauses: ended.collect(),
            extensions: extensions.iter().map(|it| it.extension).collect(),
            floor_on: floor_on.as_deref().map(date).transpose()?,
            end: DeadlineEnd {
                nominal_on: date(&text(11)?)?,
                due_on: date(&text(12)?)?,
                due_at: row.try_get_by_index(13).map_err(&failed)?,
                provisional: flag(15)?,
                yellow_at: at(18)?,
                red_at: at(19)?,
                remind_at: at(20)?,
            },
        },
    })
}

/// A row of the update: the key, then the columns of [`CHANGED_COLUMNS`].
fn changed(row: &PageRow, reckoning: &Reckoning, moved_at: Option<i64>) -> Vec<Value> {
    let end = reckoning.end;
    vec![
        (*row.facts.key).into(),
        (*row.record_id).into(),
        end.nominal_on.to_string().into(),
        end.due_on.to_string().into(),
        end.due_at.into(),
        reckoning.floor_on.map(|it| it.to_string()).into(),
        end.provisional.into(),
        end.yellow_at.into(),
        end.red_at.into(),
        end.remind_at.into(),
        moved_at.into(),
    ]
}

const CHANGED_COLUMNS: &[&str] = &[
    "nominal_on",
    "due_on",
    "due_at",
    "floor_on",
    "provisional",
    "yellow_at",
    "red_at",
    "remind_at",
    "moved_at",
];

async fn store_changes(
    tx: &Transaction,
    tenant: &str,
    changes: Vec<Vec<Value>>,
    timers: Vec<Vec<Value>>,
) -> Result<(), Error> {
    let deadlines = Target {
        table: "deadline",
        tenant,
        key: &["key", "record_id"],
        set: CHANGED_COLUMNS,
        also: "",
    };
    bulk::update(tx, &deadlines, changes).await?;
    let bound = Target {
        table: "timer",
        tenant,
        key: &["deadline_key", "deadline_record_id"],
        set: &["due_at"],
        also: "",
    };
    bulk::update(tx, &bound, timers).await?;
    Ok(())
}

/// All of the page are now reckoned by this edition, also those that did not change.
async fn note_version(
    tx: &Transaction,
    tenant: &str,
    after: (&str, &str),
    last: &(Arc<str>, Arc<str>),
    version: &str,
) -> Result<(), Error> {
    let backend = tx.get_database_backend();
    let place = |number: usize| match backend {
        DbBackend::Postgres => format!("${number}"),
        _ => "?".to_owned(),
    };
    let text = format!(
        "UPDATE \"deadline\" SET \"calendar_version\" = {} WHERE \"tenant_id\" = {} \
         AND (\"key\", \"record_id\") > ({}, {}) AND (\"key\", \"record_id\") <= ({}, {}) \
         AND \"status\" < 2 AND \"calendar_version\" <> {}",
        place(1),
        place(2),
        place(3),
        place(4),
        place(5),
        place(6),
        place(7)
    );
    let values: [Value; 7] = [
        version.into(),
        tenant.into(),
        after.0.into(),
        after.1.into(),
        (*last.0).into(),
        (*last.1).into(),
        version.into(),
    ];
    let statement = Statement::from_sql_and_values(backend, text, values);
    tx.execute_raw(statement)
        .await
        .map_err(Error::database("note the edition of deadlines"))?;
    Ok(())
}

async fn read_bodies(
    tx: &Transaction,
    dialect: Dialect,
    (tenant, table): (&str, &str),
    due: &[(Arc<str>, Date)],
) -> Result<Vec<(String, String)>, Error> {
    let failed = Error::database("read the records of deadlines");
    let backend = dialect.backend();
    let places = bulk::placeholders(backend, 1, due.len() + 1);
    let list = places.trim_start_matches('(').trim_end_matches(')');
    let (first, ids) = list.split_once(", ").unwrap_or((list, "NULL"));
    let lock = match dialect {
        Dialect::Sqlite => "",
        Dialect::Postgresql => " ORDER BY \"id\" FOR UPDATE",
    };
    let text = format!(
        "SELECT \"id\", \"body\" FROM \"{table}\" WHERE \"tenant_id\" = {first} AND \"id\" IN ({ids}){lock}"
    );
    let mut values: Vec<Value> = vec![tenant.into()];
    values.extend(due.iter().map(|it| Value::from(&*it.0)));
    let statement = Statement::from_sql_and_values(backend, text, values);
    let rows = tx.query_all_raw(statement).await.map_err(&failed)?;
    rows.iter()
        .map(|row| {
            let text = |idx| row.try_get_by_index::<String>(idx).map_err(&failed);
            Ok((text(0)?, text(1)?))
        })
        .collect()
}

/// The body with these members set to a date.
fn with_members(body: &str, paths: &[String], due_on: &str) -> Result<String, Error> {
    let mut value: serde_json::Value =
        serde_json::from_str(body).map_err(|error| Error::Decode {
            what: "body of a record",
            source: Box::new(error),
        })?;
    for path in paths {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        if let Some(serde_json::Value::Object(members)) = value.pointer_mut(parent) {
            let name = name.replace("~1", "/").replace("~0", "~");
            members.insert(name, due_on.into());
        }
    }
    Ok(value.to_string())
}
