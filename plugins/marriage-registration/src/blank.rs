//! Blank certificates (空白证件): a blank carries a pre-printed number and is used once.

use schemars::JsonSchema;
use serde::Deserialize;
use tongban_sdk::{Context, OperationError, Query};

use crate::archive::Certificate;
use crate::code;

/// A blank on which a certificate was printed.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrintedBlank {
    /// The holder.
    pub person_id: String,
    /// 证件印制号
    pub serial: String,
}

/// Whether the blank can be printed on: its number is given, and neither used nor named twice.
pub fn check_blank(
    ctx: &Context,
    before: &[PrintedBlank],
    blank: &PrintedBlank,
    path: String,
) -> Result<(), OperationError> {
    let serial = blank.serial.trim();
    if !(1..=20).contains(&serial.chars().count()) {
        return Err(OperationError::invalid(path, code::MATERIAL_MISSING));
    }
    let used = ctx.count::<Certificate>(Query::new().equal("printSerial", serial))?;
    if used > 0 || before.iter().any(|it| it.serial.trim() == serial) {
        return Err(OperationError::invalid(path, code::NUMBER_TAKEN));
    }
    Ok(())
}
