//! Blank certificates (空白证件): a blank carries a pre-printed number and is used once. What the
//! keeper of the stock does with it is in [`stock`], the evening's balance in
//! [`crate::schedule::stock`]; here is what becomes of it at the printer.

pub mod stock;

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
    /// 领用人: at whose desk it is or was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desk_registrar: Option<String>,
    /// 发放人
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_by: Option<String>,
    /// Whether a desk has it, or had it, from the stock.
    #[serde(default)]
    pub issued: bool,
    /// Whether it has been at the printer.
    #[serde(default)]
    pub printed: bool,
    /// 作废原因, if it was not the printer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
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

impl CertificateBlank {
    /// A blank that nothing has happened to.
    fn received(ctx: &Context, authority_code: &str, kind: CertificateKind, serial: &str) -> Self {
        Self {
            print_serial: serial.to_owned(),
            authority_code: authority_code.to_owned(),
            kind,
            state: BlankState::Received,
            certificate_number: None,
            at: ctx.now(),
            by: ctx.actor().map(|it| it.id.clone()),
            desk_registrar: None,
            issued_by: None,
            issued: false,
            printed: false,
            reason: None,
        }
    }

    /// Puts it into a state, by whoever asks.
    fn pass(&mut self, ctx: &Context, state: BlankState) {
        self.state = state;
        self.at = ctx.now();
        self.by = ctx.actor().map(|it| it.id.clone());
    }
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
/// that the stock does not know is noted as new, and the evening's balance names it.
pub fn take(
    ctx: &mut Context,
    print: Print<'_>,
    serial: &str,
    state: BlankState,
    path: &str,
) -> Result<(), OperationError> {
    let serial = check_serial(serial, path)?;
    let number = Some(print.certificate_number.to_owned());
    let kind = print.kind.blank();
    let query = Query::new().equal("printSerial", serial);
    let Some(mut known) = ctx.find_first::<CertificateBlank>(query)? else {
        let mut unknown = CertificateBlank::received(ctx, print.authority_code, kind, serial);
        unknown.pass(ctx, state);
        unknown.printed = true;
        unknown.certificate_number = number;
        ctx.put_new(&unknown)?;
        return Ok(());
    };
    match known.state {
        BlankState::Received | BlankState::IssuedToDesk => {}
        BlankState::Used | BlankState::Spoiled | BlankState::Returned => {
            return Err(OperationError::invalid(path, code::NUMBER_TAKEN));
        }
    }
    if known.kind.blank() != kind || known.authority_code != print.authority_code {
        return Err(OperationError::invalid(path, code::BLANK_ELSEWHERE));
    }
    // R3: who keeps the stock and gave the blank out is not the registrar of its certificate.
    let keeper = known.issued_by.as_deref();
    if keeper.is_some_and(|it| ctx.actor().is_some_and(|actor| actor.id == it)) {
        return Err(OperationError::invalid(path, code::SAME_PERSON_TWICE));
    }
    known.printed = true;
    known.certificate_number = number;
    known.pass(ctx, state);
    ctx.put(&known)
}
