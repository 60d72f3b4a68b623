//! Many commands, one transaction: what they read and write is held in memory over it.
//!
//! A caller opens a command, lets it read and write, then accepts or drops it; at the end of the
//! group it commits. Reads look into what the running command has done, then into what the group
//! has done, then into the database. Nothing reaches the database before the end of the group,
//! except that a read over many rows ([`UnitOfWork::find_records`] and all that deals with
//! definitions and configuration) tells it early: then the running command stands under a
//! savepoint, so that it can still be dropped alone.
//!
//! The unit of work is owned, `'static` and `Send`: it can be moved into a plugin's call and back.
//! It knows neither the engine's commands nor plugins. All its methods work in the tenant of the
//! running command.
//!
//! **Invariant:** after an [`Error`] of the database only [`UnitOfWork::rollback`] is of use, or
//! dropping the unit of work, which does the same.

use std::ops::Range;

use sea_orm::ConnectionTrait;

use crate::database::link::Transaction;
use crate::database::{Database, id_block, standing};
use crate::error::Error;
use crate::id::TenantId;
use crate::overlay::Layer;
use crate::record_kind::RecordTable;
use crate::row::process_instance::HistoryEntry;
use tables::Tables;

pub mod audit_entry;
pub mod batch;
pub mod calendar;
pub mod check;
pub mod configuration;
mod configuration_item;
pub mod continuation;
pub mod deadline;
pub mod definition;
pub mod document;
pub mod idempotency;
pub mod iteration;
pub mod job;
pub mod message;
pub mod notice;
pub mod number;
pub mod plugin;
pub mod process_instance;
pub mod record;
pub mod schedule;
pub mod schedule_run;
pub mod scheduler;
pub mod time_event;
pub mod user_task;
pub mod wait;

mod flush;
pub(crate) mod tables;

/// On whose behalf a command runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandContext {
    /// The county bureau whose data it concerns.
    pub tenant: TenantId,
    /// Who sent it.
    pub principal: std::sync::Arc<str>,
    /// When it is carried out, in microseconds.
    pub at: i64,
}

/// Many commands, one transaction.
#[derive(Debug)]
pub struct UnitOfWork {
    database: Database,
    /// Opened by the first read or flush.
    transaction: Option<Transaction>,
    pub(crate) tables: Tables,
    command: Option<RunningCommand>,
    /// Ids reserved within this transaction.
    ids: Range<i64>,
    /// Record kinds declared within this transaction.
    kinds: Vec<std::sync::Arc<RecordTable>>,
    /// Whether something changed that all nodes keep in memory.
    is_revised: bool,
    /// Whether what the overlay holds is what is stored.
    is_committed: bool,
    /// Rough size of what the group has yet to tell the database.
    pending_bytes: usize,
}

#[derive(Debug)]
struct RunningCommand {
    context: CommandContext,
    /// Whether the group has been told to the database and the command stands under a savepoint.
    under_savepoint: bool,
    /// What happened, one entry an instance.
    history: Vec<HistoryEntry>,
    /// How many record kinds the group had declared before.
    n_kinds: usize,
    bytes: usize,
}

impl UnitOfWork {
    pub(crate) fn new(database: Database) -> UnitOfWork {
        UnitOfWork {
            database,
            transaction: None,
            tables: Tables::default(),
            command: None,
            ids: 0..0,
            kinds: Vec::new(),
            is_revised: false,
            is_committed: false,
            pending_bytes: 0,
        }
    }

    /// Opens a command.
    ///
    /// # Panics
    /// If one is open.
    pub fn begin_command(&mut self, context: CommandContext) {
        assert!(self.command.is_none(), "one command runs at a time");
        self.command = Some(RunningCommand {
            context,
            under_savepoint: false,
            history: Vec::new(),
            n_kinds: self.kinds.len(),
            bytes: 0,
        });
    }

    /// Changes the instant of the running command; a manual clock is moved within one.
    ///
    /// # Panics
    /// If no command is open.
    pub fn set_command_at(&mut self, at: i64) {
        self.running().context.at = at;
    }

    /// Lays what the command has done into the group.
    ///
    /// # Errors
    /// [`Error::Database`] if the savepoint of an early flush cannot be released.
    ///
    /// # Panics
    /// If no command is open.
    pub async fn accept_command(&mut self) -> Result<(), Error> {
        self.encode_history();
        let command = self.command.take().expect("a command is open");
        if command.under_savepoint {
            self.execute("RELEASE SAVEPOINT \"command\"", "release a savepoint")
                .await?;
        }
        self.tables.accept();
        self.pending_bytes += command.bytes;
        Ok(())
    }

    /// Undoes what the command has done, and nothing else.
    ///
    /// # Errors
    /// [`Error::Database`] if an early flush cannot be undone.
    ///
    /// # Panics
    /// If no command is open.
    pub async fn drop_command(&mut self) -> Result<(), Error> {
        let command = self.command.take().expect("a command is open");
        self.tables.drop_command();
        self.kinds.truncate(command.n_kinds);
        if command.under_savepoint {
            let text = "ROLLBACK TO SAVEPOINT \"command\"; RELEASE SAVEPOINT \"command\"";
            self.execute(text, "undo a command").await?;
            // A block of ids reserved under the savepoint is given back with it.
            self.ids = 0..0;
        }
        Ok(())
    }

    /// The context of the running command.
    ///
    /// # Panics
    /// If no command is open.
    #[must_use]
    pub fn context(&self) -> &CommandContext {
        &self.command.as_ref().expect("a command is open").context
    }

    /// Rough size in bytes of what the group has yet to tell the database.
    #[must_use]
    pub fn pending_bytes(&self) -> usize {
        self.pending_bytes + self.command.as_ref().map_or(0, |it| it.bytes)
    }

    /// Tells the database what the group has done, in bulk. [`UnitOfWork::commit`] does it too.
    ///
    /// # Errors
    /// [`Error::Conflict`] if another transaction or a unique key is in the way.
    pub async fn flush(&mut self) -> Result<(), Error> {
        if self.tables.is_empty(Layer::Group) {
            return Ok(());
        }
        self.pending_bytes = 0;
        self.open().await?;
        let tx = self.transaction.as_ref().expect("the transaction is open");
        flush::flush(
            tx,
            &self.database,
            &self.kinds,
            &mut self.tables,
            Layer::Group,
        )
        .await
    }

    /// Tells the database and commits: after this, what was accepted is durable and visible.
    ///
    /// # Errors
    /// [`Error::Conflict`] if another transaction or a unique key is in the way; then nothing of
    /// the group is stored.
    ///
    /// # Panics
    /// If a command is open.
    pub async fn commit(mut self) -> Result<(), Error> {
        assert!(
            self.command.is_none(),
            "a command is accepted or dropped before the commit"
        );
        self.flush().await?;
        if self.is_revised {
            // The last row to be locked, so that two revisions never wait for each other in a ring.
            standing::revise(self.tx().await?).await?;
        }
        if let Some(tx) = self.transaction.take() {
            tx.commit().await.map_err(Error::commit)?;
        }
        self.is_committed = true;
        self.database
            .states()
            .put_all(self.tables.process_instance.known());
        self.database.give_spare_ids(std::mem::take(&mut self.ids));
        self.database.publish_kinds(std::mem::take(&mut self.kinds));
        Ok(())
    }

    /// Undoes everything.
    ///
    /// # Errors
    /// [`Error::Database`] if the connection is lost; then, too, nothing is stored.
    pub async fn rollback(mut self) -> Result<(), Error> {
        self.ids = 0..0;
        match self.transaction.take() {
            Some(tx) => tx.rollback().await.map_err(Error::database("roll back")),
            None => Ok(()),
        }
    }

    /// A new id, unique over all tenants and never used before.
    ///
    /// # Errors
    /// [`Error::Database`] if a new block of ids cannot be reserved.
    pub async fn next_id(&mut self) -> Result<i64, Error> {
        if let Some(id) = self.ids.next() {
            return Ok(id);
        }
        if let Some(id) = self.database.take_spare_id() {
            return Ok(id);
        }
        self.open().await?;
        let tx = self.transaction.as_ref().expect("the transaction is open");
        self.ids = id_block::reserve(tx).await?;
        Ok(self.ids.next().expect("a block is not empty"))
    }

    /// What all nodes have to agree upon, as of now.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn standing(&mut self) -> Result<standing::Standing, Error> {
        standing::read(self.tx().await?).await
    }

    /// Notes that something changes which nodes keep in memory.
    pub(crate) fn revise(&mut self) {
        self.is_revised = true;
    }

    /// Opens the transaction, if it is not open.
    async fn open(&mut self) -> Result<(), Error> {
        if self.transaction.is_none() {
            self.transaction = Some(self.database.begin().await?);
        }
        Ok(())
    }

    /// The open transaction.
    pub(crate) async fn tx(&mut self) -> Result<&Transaction, Error> {
        self.open().await?;
        Ok(self
            .transaction
            .as_ref()
            .expect("the transaction was opened"))
    }

    /// The open transaction, which has been told everything up to now.
    ///
    /// The group goes first, then a savepoint is set, then the command follows: what is written
    /// directly afterwards is undone with the command.
    async fn told(&mut self) -> Result<&Transaction, Error> {
        self.open().await?;
        if let Some(false) = self.command.as_ref().map(|it| it.under_savepoint) {
            self.flush().await?;
            self.execute("SAVEPOINT \"command\"", "set a savepoint")
                .await?;
            self.running().under_savepoint = true;
        }
        let tx = self
            .transaction
            .as_ref()
            .expect("the transaction was opened");
        let (kinds, tables) = (&self.kinds, &mut self.tables);
        let layer = if self.command.is_some() {
            Layer::Command
        } else {
            Layer::Group
        };
        flush::flush(tx, &self.database, kinds, tables, layer).await?;
        Ok(tx)
    }

    async fn execute(&mut self, text: &str, action: &'static str) -> Result<(), Error> {
        let tx = self.tx().await?;
        tx.execute_unprepared(text)
            .await
            .map_err(Error::database(action))?;
        Ok(())
    }

    fn running(&mut self) -> &mut RunningCommand {
        self.command.as_mut().expect("a command is open")
    }

    fn tenant(&self) -> TenantId {
        self.context().tenant.clone()
    }

    fn tenant_text(&self) -> String {
        self.context().tenant.as_str().to_owned()
    }

    /// Notes roughly how much the running command adds to the group.
    pub(crate) fn grow(&mut self, bytes: usize) {
        self.running().bytes += bytes;
    }
}

impl Drop for UnitOfWork {
    fn drop(&mut self) {
        if !self.is_committed {
            // A commit that failed may have come to be, and a conflict shows that others write.
            let known = self.tables.process_instance.known();
            self.database.states().forget(known.map(|(key, _)| key));
        }
        // A connection is given back by a task, which needs the runtime even when the executor's
        // own thread drops the unit of work.
        let runtime = self.database.runtime().clone();
        let _guard = runtime.enter();
        self.transaction = None;
    }
}
