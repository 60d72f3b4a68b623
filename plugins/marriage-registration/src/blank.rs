//! Blank certificates (空白证件): a blank carries a pre-printed number and is used once. The stock
//! itself is kept by others; here is noted what became of a blank at the printer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Instant, OperationError, Query, Record};

use crate::archive::{Certificate, CertificateKind};
use crate::code;

/// 空白证件
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "CertificateBlank")]
#[record(kind = "certificate_blank")]
pub struct CertificateBlank {
    /// 证件印制号
    pub print_serial: String,
    /// 登记机关
    pub authority_code: String,
    /// 种类
    pub kind: CertificateKind,
    /// 状态
    pub state: BlankState,
    /// 证字号 for which it was taken.
    pub certificate_number: Option<String>,
    /// When it came into this state.
    pub at: Instant,
    /// By whom.
    pub by: Option<String>,
}

/// 状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BlankState {
    /// 入库
    Received,
    /// 领用
    IssuedToDesk,
    /// 已用
    Used,
    /// 作废
    Spoiled,
    /// 退回
    Returned,
}

/// A blank on which a certificate was printed.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrintedBlank {
    /// The holder.
    pub person_id: String,
    /// 证件印制号
    pub serial: String,
}

/// For what a blank is taken.
#[derive(Debug, Clone, Copy)]
pub struct Print<'a> {
    /// 登记机关
    pub authority_code: &'a str,
    /// 种类
    pub kind: CertificateKind,
    /// 证字号
    pub certificate_number: &'a str,
}

/// Whether the blank can be printed on: its number is given, and neither used nor named twice.
pub fn check_blank(
    ctx: &Context,
    before: &[PrintedBlank],
    blank: &PrintedBlank,
    path: String,
) -> Result<(), OperationError> {
    let serial = check_serial(&blank.serial, &path)?;
    let used = ctx.count::<Certificate>(Query::new().equal("printSerial", serial))?;
    if used > 0 || before.iter().any(|it| it.serial.trim() == serial) {
        return Err(OperationError::invalid(path, code::NUMBER_TAKEN));
    }
    Ok(())
}

fn check_serial<'a>(serial: &'a str, path: &str) -> Result<&'a str, OperationError> {
    let serial = serial.trim();
    if (1..=20).contains(&serial.chars().count()) {
        return Ok(serial);
    }
    Err(OperationError::invalid(path, code::MATERIAL_MISSING))
}

/// Notes what became of a blank at the printer. One that was used or spoiled before is refused; one
/// that the stock does not know is noted as new.
pub fn take(
    ctx: &mut Context,
    print: Print<'_>,
    serial: &str,
    state: BlankState,
    path: &str,
) -> Result<(), OperationError> {
    let serial = check_serial(serial, path)?;
    let query = Query::new().equal("printSerial", serial);
    let known = ctx.find_first::<CertificateBlank>(query)?;
    let taken = CertificateBlank {
        print_serial: serial.to_owned(),
        authority_code: print.authority_code.to_owned(),
        kind: print.kind,
        state,
        certificate_number: Some(print.certificate_number.to_owned()),
        at: ctx.now(),
        by: ctx.actor().map(|it| it.id.clone()),
    };
    let Some(mut known) = known else {
        ctx.put_new(&taken)?;
        return Ok(());
    };
    match known.state {
        BlankState::Received | BlankState::IssuedToDesk => {}
        BlankState::Used | BlankState::Spoiled | BlankState::Returned => {
            return Err(OperationError::invalid(path, code::NUMBER_TAKEN));
        }
    }
    *known = taken;
    ctx.put(&known)
}
