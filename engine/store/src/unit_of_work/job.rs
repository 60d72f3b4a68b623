//! The queue of jobs whose work is done outside: offered, taken under a lease, given back.
//!
//! A lease is a place in time and a fencing token in the job's own row, so that it ends with the
//! job and costs no table of its own. A lapsed lease needs no sweeper: a leased job is one that
//! becomes available later.

use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tongban_core::id::{JobId, ProcessInstanceId};

use super::UnitOfWork;
use super::tables::InstanceKey;
use crate::dialect::Dialect;
use crate::entity::job::{Column, Entity, Model};
use crate::error::Error;
use crate::id::TenantId;
use crate::projection;
use crate::query;
use crate::row::job::{QueuedJob, Taking};

impl UnitOfWork {
    /// A job; on PostgreSQL it is locked.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn job(
        &mut self,
        instance: ProcessInstanceId,
        id: JobId,
    ) -> Result<Option<QueuedJob>, Error> {
        let key = self.job_key(instance, id);
        Ok(self.job_row(&key).await?.map(query::job::from_model))
    }

    /// Puts an open job into a queue: from that instant on it can be taken.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn offer_job(
        &mut self,
        (instance, id): (ProcessInstanceId, JobId),
        queue: &str,
        available_at: i64,
    ) -> Result<(), Error> {
        let key = self.job_key(instance, id);
        // What is in a queue already, or with a worker, stays there: after a suspension all jobs of an
        // instance are offered again.
        let row = self.job_row(&key).await?;
        if let Some(mut row) = row.filter(|it| it.available_at.is_none()) {
            row.queue = Some(queue.to_owned());
            row.available_at = Some(available_at);
            row.worker = None;
            row.n_failures = 0;
            self.put_job_row(key, row);
        }
        Ok(())
    }

    /// Takes jobs of a queue under a lease, those that have been available longest first.
    ///
    /// What another transaction is taking at the same moment is passed over.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be read.
    pub async fn take_jobs(&mut self, taking: &Taking<'_>) -> Result<Vec<QueuedJob>, Error> {
        let known: Vec<Model> = self.known_in_queue(taking);
        let n_known = self.tables.job.known().count();
        let stored = self.stored_in_queue(taking, n_known).await?;
        let unknown = stored
            .into_iter()
            .filter(|it| self.tables.job.get(&key_of(it)).is_none());
        let mut found: Vec<Model> = unknown.chain(known).collect();
        found.sort_by(|a, b| place(a).cmp(&place(b)));
        found.truncate(taking.limit);
        let mut taken = Vec::with_capacity(found.len());
        for mut row in found {
            row.available_at = Some(taking.until);
            row.lease_token += 1;
            row.worker = Some(taking.worker.to_owned());
            taken.push(query::job::from_model(row.clone()));
            self.put_job_row(key_of(&row), row);
        }
        Ok(taken)
    }

    /// Moves the end of a lease.
    ///
    /// # Errors
    /// [`Error::Database`] if the job cannot be read.
    pub async fn extend_job_lease(
        &mut self,
        (instance, id): (ProcessInstanceId, JobId),
        until: i64,
    ) -> Result<(), Error> {
        let key = self.job_key(instance, id);
        if let Some(mut row) = self.job_row(&key).await? {
            row.available_at = Some(until);
            self.put_job_row(key, row);
        }
        Ok(())
    }

    /// Gives a job back that was tried in vain: it can be taken again from that instant on.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn postpone_job(
        &mut self,
        (instance, id): (ProcessInstanceId, JobId),
        until: i64,
        failed: bool,
    ) -> Result<(), Error> {
        let key = self.job_key(instance, id);
        if let Some(mut row) = self.job_row(&key).await? {
            row.available_at = Some(until);
            row.worker = None;
            // The lease ends with it, so that the same try is never counted twice.
            row.lease_token += 1;
            row.n_failures += i32::from(failed);
            self.put_job_row(key, row);
        }
        Ok(())
    }

    /// Takes all jobs of an instance out of their queues: nobody may work on them.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be read.
    pub async fn withdraw_jobs(&mut self, instance: ProcessInstanceId) -> Result<(), Error> {
        let tenant = self.tenant();
        let mut select = Entity::find()
            .filter(Column::TenantId.eq(tenant.as_str()))
            .filter(Column::ProcessInstanceId.eq(instance.0))
            .order_by_asc(Column::Id);
        if self.database.dialect() == Dialect::Postgresql {
            select = select.lock_exclusive();
        }
        let stored = select.all(self.tx().await?).await;
        for row in stored.map_err(Error::database("read the jobs of an instance"))? {
            self.tables.job.learn(key_of(&row), Some(row));
        }
        let whole = (tenant.clone(), instance.0, i64::MIN)..=(tenant, instance.0, i64::MAX);
        let known = self.tables.job.known_in(whole);
        let open: Vec<Model> = known
            .filter_map(|(_, row)| row.filter(|it| it.available_at.is_some()).cloned())
            .collect();
        for mut row in open {
            projection::job::withdraw(&mut row);
            self.put_job_row(key_of(&row), row);
        }
        Ok(())
    }

    /// The row of a job, as the running command sees it; on PostgreSQL it is locked.
    pub(crate) async fn job_row(&mut self, key: &InstanceKey) -> Result<Option<Model>, Error> {
        if self.tables.job.get(key).is_none() {
            let mut find = Entity::find_by_id((key.0.as_str().to_owned(), key.1, key.2));
            if self.database.dialect() == Dialect::Postgresql {
                find = find.lock_exclusive();
            }
            let found = find.one(self.tx().await?).await;
            let found = found.map_err(Error::database("read a job"))?;
            self.tables.job.learn(key.clone(), found);
        }
        Ok(self.tables.job.get(key).flatten().cloned())
    }

    fn put_job_row(&mut self, key: InstanceKey, row: Model) {
        self.grow(160);
        self.tables.job.put(key, row);
    }

    fn job_key(&self, instance: ProcessInstanceId, id: JobId) -> InstanceKey {
        (self.context().tenant.clone(), instance.0, i64::from(id.0))
    }

    /// What the group itself knows to be available.
    fn known_in_queue(&self, taking: &Taking<'_>) -> Vec<Model> {
        let known = self.tables.job.known().filter_map(|(_, row)| row);
        let available = |it: &&Model| {
            it.queue.as_deref() == Some(taking.queue)
                && !it.is_suspended
                && it.available_at.is_some_and(|at| at <= taking.at)
                && taking.share.has(it.process_instance_id)
                && taking.tenant.is_none_or(|one| one.as_str() == it.tenant_id)
        };
        known.filter(available).cloned().collect()
    }

    async fn stored_in_queue(
        &mut self,
        taking: &Taking<'_>,
        n_known: usize,
    ) -> Result<Vec<Model>, Error> {
        let mut select = Entity::find()
            .filter(Column::Queue.eq(taking.queue))
            .filter(Column::AvailableAt.lte(taking.at))
            .filter(Column::IsSuspended.eq(false))
            .filter(taking.share.of(Column::ProcessInstanceId));
        if let Some(tenant) = taking.tenant {
            select = select.filter(Column::TenantId.eq(tenant.as_str()));
        }
        select = select
            .order_by_asc(Column::AvailableAt)
            .order_by_asc(Column::TenantId)
            .order_by_asc(Column::ProcessInstanceId)
            .order_by_asc(Column::Id)
            // Some of these rows may have been taken by the group already.
            .limit((taking.limit + n_known) as u64);
        if self.database.dialect() == Dialect::Postgresql {
            select = select.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        }
        let stored = select.all(self.tx().await?).await;
        stored.map_err(Error::database("read a queue of jobs"))
    }
}

fn key_of(row: &Model) -> InstanceKey {
    (
        TenantId::new(&row.tenant_id),
        row.process_instance_id,
        row.id,
    )
}

fn place(row: &Model) -> (Option<i64>, &str, i64, i64) {
    (
        row.available_at,
        row.tenant_id.as_str(),
        row.process_instance_id,
        row.id,
    )
}
