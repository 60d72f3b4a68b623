//! What large multi-instances keep outside of their instances.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tongban_core::id::{ElementInstanceId, ProcessInstanceId};
use tongban_feel::value::Value;

use super::UnitOfWork;
use super::tables::IterationKey;
use crate::entity::{iteration_input, iteration_output};
use crate::error::Error;
use crate::projection::local;
use crate::record::{decode_value, decode_values};

/// Items of iterations that follow each other.
#[derive(Debug, Clone, PartialEq)]
pub struct IterationInputs {
    /// The loop counter of the first.
    pub first: u32,
    /// The items, in order.
    pub items: Vec<Value>,
}

/// Outputs of iterations.
#[derive(Debug, Clone, PartialEq)]
pub struct IterationOutputs {
    /// Loop counters and outputs, in order.
    pub outputs: Vec<(u32, Value)>,
    /// Whether none follow.
    pub is_last: bool,
}

impl UnitOfWork {
    /// The row of items in which that of an iteration lies.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read, [`Error::Decode`] if it cannot be understood.
    pub async fn iteration_inputs(
        &mut self,
        instance: ProcessInstanceId,
        body: ElementInstanceId,
        loop_counter: u32,
    ) -> Result<Option<IterationInputs>, Error> {
        use iteration_input::{Column, Entity};
        let until = self.iteration_key(instance, body, loop_counter);
        let select = Entity::find()
            .filter(Column::TenantId.eq(until.0.as_str()))
            .filter(Column::ProcessInstanceId.eq(until.1))
            .filter(Column::ElementInstanceId.eq(until.2))
            .filter(Column::FirstLoopCounter.lte(until.3))
            .order_by_desc(Column::FirstLoopCounter);
        let stored = select.one(self.tx().await?).await;
        let stored = stored.map_err(Error::database("read the items of iterations"))?;
        let overlay = &self.tables.iteration_input;
        let from = (until.0.clone(), until.1, until.2, 0);
        let key = |first: i64| (until.0.clone(), until.1, until.2, first);
        let stored = stored.filter(|it| overlay.get(&key(it.first_loop_counter)).is_none());
        let known = overlay.known_in(from..=until.clone());
        let known = known.filter_map(|(_, row)| row.cloned());
        let found = stored
            .into_iter()
            .chain(known)
            .max_by_key(|it| it.first_loop_counter);
        let Some(row) = found else { return Ok(None) };
        Ok(Some(IterationInputs {
            first: local(row.first_loop_counter),
            items: decode_values(&row.content)?,
        }))
    }

    /// Removes a row of items, once all its iterations have been started.
    pub fn remove_iteration_input(
        &mut self,
        instance: ProcessInstanceId,
        body: ElementInstanceId,
        first: u32,
    ) {
        let key = self.iteration_key(instance, body, first);
        self.tables.iteration_input.remove(&key);
    }

    /// Removes all items of a multi-instance that starts no further iteration.
    pub(crate) async fn remove_iteration_inputs(
        &mut self,
        instance: ProcessInstanceId,
        body: ElementInstanceId,
    ) -> Result<(), Error> {
        use iteration_input::{Column, Entity};
        let from = self.iteration_key(instance, body, 0);
        let until = self.iteration_key(instance, body, u32::MAX);
        let select = Entity::find()
            .select_only()
            .column(Column::FirstLoopCounter)
            .filter(Column::TenantId.eq(from.0.as_str()))
            .filter(Column::ProcessInstanceId.eq(from.1))
            .filter(Column::ElementInstanceId.eq(from.2));
        let stored: Result<Vec<i64>, _> = select.into_tuple().all(self.tx().await?).await;
        let mut firsts = stored.map_err(Error::database("read the items of iterations"))?;
        let overlay = &mut self.tables.iteration_input;
        let known = overlay.known_in(from.clone()..=until);
        firsts.extend(known.filter_map(|(key, row)| row.map(|_| key.3)));
        for first in firsts {
            let key = (from.0.clone(), from.1, from.2, first);
            overlay.remove(&key);
        }
        Ok(())
    }

    /// Outputs of a multi-instance: those with a greater loop counter, and at most so many.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be read, [`Error::Decode`] if one cannot be understood.
    pub async fn iteration_outputs(
        &mut self,
        instance: ProcessInstanceId,
        body: ElementInstanceId,
        after: u32,
        limit: usize,
    ) -> Result<IterationOutputs, Error> {
        use iteration_output::{Column, Entity, Model};
        let from = self.iteration_key(instance, body, after.saturating_add(1));
        let until = self.iteration_key(instance, body, u32::MAX);
        let select = Entity::find()
            .filter(Column::TenantId.eq(from.0.as_str()))
            .filter(Column::ProcessInstanceId.eq(from.1))
            .filter(Column::ElementInstanceId.eq(from.2))
            .filter(Column::LoopCounter.gte(from.3))
            .order_by_asc(Column::LoopCounter)
            .limit(limit as u64 + 1);
        let stored = select.all(self.tx().await?).await;
        let stored = stored.map_err(Error::database("read the outputs of iterations"))?;
        let overlay = &self.tables.iteration_output;
        let key = |it: &Model| (from.0.clone(), from.1, from.2, it.loop_counter);
        let mut rows: Vec<Model> = stored
            .into_iter()
            .filter(|it| overlay.get(&key(it)).is_none())
            .collect();
        let known = overlay.known_in(from.clone()..=until);
        rows.extend(known.filter_map(|(_, row)| row.cloned()));
        rows.sort_by_key(|it| it.loop_counter);
        let is_last = rows.len() <= limit;
        rows.truncate(limit);
        let output = |it: &Model| Ok((local(it.loop_counter), decode_value(&it.content)?));
        let outputs: Result<Vec<_>, Error> = rows.iter().map(output).collect();
        Ok(IterationOutputs {
            outputs: outputs?,
            is_last,
        })
    }

    fn iteration_key(
        &self,
        instance: ProcessInstanceId,
        body: ElementInstanceId,
        loop_counter: u32,
    ) -> IterationKey {
        let tenant = self.context().tenant.clone();
        (
            tenant,
            instance.0,
            i64::from(body.0),
            i64::from(loop_counter),
        )
    }
}
