//! Items of a large multi-instance that wait for their iterations.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "iteration_input")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(crate) tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) process_instance_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) element_instance_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) first_loop_counter: i64,
    pub(crate) content: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
