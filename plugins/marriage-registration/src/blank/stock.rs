//! What the keeper of the stock (证件保管员) does with blanks: takes them in, gives them to a desk,
//! takes them back, writes them off, and counts what lies at the desks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, Instant, OperationError, Query, Record, RecordId, Stored, operation,
};

use super::{BlankState, CertificateBlank, check_serial};
use crate::archive::CertificateKind;
use crate::authority::{Registrar, authority};
use crate::code;

/// So many in one call: each is a write of its own.
const SERIALS_MAX: usize = 100;

/// 空白证件盘点: what lies at the desks of an authority, counted by hand.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "BlankCount")]
#[record(kind = "blank_count")]
pub struct BlankCount {
    /// 登记机关
    pub authority_code: String,
    /// 种类: `J` or `L`.
    pub kind: CertificateKind,
    /// 盘点日
    pub counted_on: Date,
    /// 结存
    #[schemars(range(min = 0))]
    pub rest: u32,
    /// When.
    pub at: Instant,
    /// By whom.
    pub by: Option<String>,
}

/// How many blanks it was.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MovedBlanks")]
pub struct MovedBlanks {
    /// 数量
    pub blanks: usize,
}

/// A delivery.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReceiveBlanksInput {
    /// 登记机关
    pub authority_code: String,
    /// 种类: `J` or `L`.
    pub kind: CertificateKind,
    /// 证件印制号, at most 100.
    pub serials: Vec<String>,
}

/// 入库. A number that was ever seen before is refused, and nothing is taken in.
#[operation(name = "receiveBlanks")]
pub fn receive(
    ctx: &mut Context,
    input: ReceiveBlanksInput,
) -> Result<MovedBlanks, OperationError> {
    let authority = authority(ctx, &input.authority_code, "/authorityCode")?;
    check_kind(input.kind)?;
    let serials = serials(&input.serials)?;
    for (idx, serial) in serials.iter().enumerate() {
        let query = Query::new().equal("printSerial", serial);
        if ctx.count::<CertificateBlank>(query)? > 0 {
            let path = format!("/serials/{idx}");
            return Err(OperationError::invalid(path, code::NUMBER_TAKEN));
        }
        let blank = CertificateBlank::received(ctx, &authority.code, input.kind, serial);
        ctx.put_new(&blank)?;
    }
    let text = format!("{}: {} {:?}", authority.code, serials.len(), input.kind);
    ctx.note_audit("BLANKS-RECEIVED", text);
    Ok(MovedBlanks {
        blanks: serials.len(),
    })
}

/// Blanks for a desk.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IssueBlanksInput {
    /// 领用人
    pub registrar_id: RecordId,
    /// 证件印制号
    pub serials: Vec<String>,
}

/// 发放 to a registrar of the same authority, who is another person (R3). A blank that was printed on
/// before the stock knew of it is booked afterwards, and stays what it is.
#[operation(name = "issueBlanks")]
pub fn issue(ctx: &mut Context, input: IssueBlanksInput) -> Result<MovedBlanks, OperationError> {
    let registrar = ctx.require::<Registrar>(&input.registrar_id, "/registrarId")?;
    let keeper = ctx.actor().map(|it| it.id.clone());
    if keeper.as_deref() == Some(input.registrar_id.as_str()) {
        return Err(OperationError::invalid(
            "/registrarId",
            code::SAME_PERSON_TWICE,
        ));
    }
    let blanks = blanks(ctx, &input.serials, |it| match it.state {
        BlankState::Received | BlankState::Returned => true,
        BlankState::Used | BlankState::Spoiled => it.printed && !it.issued,
        BlankState::IssuedToDesk => false,
    })?;
    for (idx, blank) in blanks.iter().enumerate() {
        if blank.authority_code != registrar.authority_code {
            let path = format!("/serials/{idx}");
            return Err(OperationError::invalid(path, code::BLANK_ELSEWHERE));
        }
    }
    let n_blanks = blanks.len();
    for mut blank in blanks {
        blank.desk_registrar = Some(input.registrar_id.to_string());
        blank.issued_by.clone_from(&keeper);
        blank.issued = true;
        if !blank.printed {
            blank.pass(ctx, BlankState::IssuedToDesk);
        }
        ctx.put(&blank)?;
    }
    let text = format!("{}: {n_blanks}", input.registrar_id);
    ctx.note_audit("BLANKS-ISSUED", text);
    Ok(MovedBlanks { blanks: n_blanks })
}

/// Blanks that come back from a desk.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReturnBlanksInput {
    /// 证件印制号
    pub serials: Vec<String>,
}

/// 退回 to the stock: no desk answers for them any more.
#[operation(name = "returnBlanks")]
pub fn give_back(
    ctx: &mut Context,
    input: ReturnBlanksInput,
) -> Result<MovedBlanks, OperationError> {
    let at_desk = |it: &CertificateBlank| it.state == BlankState::IssuedToDesk;
    let blanks = blanks(ctx, &input.serials, at_desk)?;
    let n_blanks = blanks.len();
    for mut blank in blanks {
        blank.desk_registrar = None;
        blank.issued_by = None;
        blank.issued = false;
        blank.pass(ctx, BlankState::Returned);
        ctx.put(&blank)?;
    }
    ctx.note_audit("BLANKS-RETURNED", n_blanks.to_string());
    Ok(MovedBlanks { blanks: n_blanks })
}

/// Blanks that can no longer be printed on.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpoilBlanksInput {
    /// 证件印制号
    pub serials: Vec<String>,
    /// 原因
    pub reason: String,
}

/// 作废 of blanks that no printer has spoiled.
#[operation(name = "spoilBlanks")]
pub fn spoil(ctx: &mut Context, input: SpoilBlanksInput) -> Result<MovedBlanks, OperationError> {
    let reason = input.reason.trim();
    if reason.is_empty() {
        return Err(OperationError::invalid("/reason", code::REASON_MISSING));
    }
    let blanks = blanks(ctx, &input.serials, |it| match it.state {
        BlankState::Received | BlankState::IssuedToDesk | BlankState::Returned => true,
        BlankState::Used | BlankState::Spoiled => false,
    })?;
    let n_blanks = blanks.len();
    for mut blank in blanks {
        blank.reason = Some(reason.to_owned());
        blank.pass(ctx, BlankState::Spoiled);
        ctx.put(&blank)?;
    }
    ctx.note_audit("BLANKS-SPOILED", n_blanks.to_string());
    Ok(MovedBlanks { blanks: n_blanks })
}

/// What was counted.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CountBlanksInput {
    /// 登记机关
    pub authority_code: String,
    /// 种类: `J` or `L`.
    pub kind: CertificateKind,
    /// 结存 at all desks.
    #[schemars(range(min = 0))]
    pub rest: u32,
}

/// The count of a day.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CountBlanksOutput {
    /// What the records say lies at the desks.
    pub expected: u64,
    /// 结存
    pub rest: u32,
}

/// 盘点. A second count of the day takes the place of the first; the evening compares.
#[operation(name = "countBlanks")]
pub fn count(
    ctx: &mut Context,
    input: CountBlanksInput,
) -> Result<CountBlanksOutput, OperationError> {
    let authority = authority(ctx, &input.authority_code, "/authorityCode")?;
    check_kind(input.kind)?;
    let counted = BlankCount {
        authority_code: authority.code.clone(),
        kind: input.kind,
        counted_on: ctx.today(),
        rest: input.rest,
        at: ctx.now(),
        by: ctx.actor().map(|it| it.id.clone()),
    };
    match count_of_today(ctx, &authority.code, input.kind)? {
        Some(mut before) => {
            *before = counted;
            ctx.put(&before)?;
        }
        None => {
            ctx.put_new(&counted)?;
        }
    }
    let text = format!("{}: {:?} {}", authority.code, input.kind, input.rest);
    ctx.note_audit("BLANKS-COUNTED", text);
    let desks = Query::new()
        .equal("authorityCode", &authority.code)
        .equal("kind", input.kind)
        .equal("state", BlankState::IssuedToDesk);
    Ok(CountBlanksOutput {
        expected: ctx.count::<CertificateBlank>(desks)?,
        rest: input.rest,
    })
}

/// What was counted today, if anybody has.
pub fn count_of_today(
    ctx: &Context,
    authority_code: &str,
    kind: CertificateKind,
) -> Result<Option<Stored<BlankCount>>, OperationError> {
    let query = Query::new()
        .equal("authorityCode", authority_code)
        .equal("kind", kind)
        .equal("countedOn", ctx.today());
    ctx.find_first::<BlankCount>(query)
}

/// A re-issued certificate has no blank of its own.
fn check_kind(kind: CertificateKind) -> Result<(), OperationError> {
    if kind == kind.blank() {
        return Ok(());
    }
    Err(OperationError::invalid("/kind", code::CHOICE_UNKNOWN))
}

/// The numbers, each once.
fn serials(given: &[String]) -> Result<Vec<&str>, OperationError> {
    if !(1..=SERIALS_MAX).contains(&given.len()) {
        return Err(OperationError::invalid("/serials", code::MATERIAL_MISSING));
    }
    let mut serials: Vec<&str> = Vec::new();
    for (idx, serial) in given.iter().enumerate() {
        let path = format!("/serials/{idx}");
        let serial = check_serial(serial, &path)?;
        if serials.contains(&serial) {
            return Err(OperationError::invalid(path, code::NUMBER_TAKEN));
        }
        serials.push(serial);
    }
    Ok(serials)
}

/// The blanks with these numbers, if all of them are what is asked for.
fn blanks(
    ctx: &Context,
    given: &[String],
    fits: impl Fn(&CertificateBlank) -> bool,
) -> Result<Vec<Stored<CertificateBlank>>, OperationError> {
    let mut blanks = Vec::new();
    for (idx, serial) in serials(given)?.into_iter().enumerate() {
        let query = Query::new().equal("printSerial", serial);
        let known = ctx.find_first::<CertificateBlank>(query)?;
        let Some(blank) = known.filter(|it| fits(it)) else {
            let path = format!("/serials/{idx}");
            return Err(OperationError::invalid(path, code::NOT_IN_THIS_STATE));
        };
        blanks.push(blank);
    }
    Ok(blanks)
}
