//! A transaction: an embedded sub-process until it is canceled, see [`crate::behavior::transaction`].

use super::sub_process;
use crate::behavior::incident::Failure;
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;

/// BPMN 2.0, 10.3.5.
pub(in crate::element) struct Transaction;

impl Processor for Transaction {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        sub_process::activate(ctx, id)
    }
}
