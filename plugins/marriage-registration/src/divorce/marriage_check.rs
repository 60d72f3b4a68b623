//! The check of the national marriage base (X-MARRIAGE): its request, its answer, and what a
//! person records when the source is down (§9.3 c, d).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, OperationError, Query, RecordId, Stored, operation};

use crate::archive::{MarriageRecord, RegistryStatus};
use crate::authority::require_registrar;
use crate::case::Flag;
use crate::code;
use crate::divorce::case;
use crate::divorce::case::{
    DivorceCase, ManualBasis, ManualCheck, State, Verification, require_state,
};

/// The code of the check.
pub const SOURCE: &str = "X-MARRIAGE";
/// An answer counts on the day it was given (`check_validity` = `SAME_DAY`).
const MAX_AGE_HOURS: u32 = 24;

/// What a check task hands over.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrepareMarriageCheckInput {
    /// 办件
    pub record_id: RecordId,
    /// `X-MARRIAGE`
    pub kind: String,
}

/// The request to the exchange: the only place where personal data leaves the case.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrepareMarriageCheckOutput {
    /// What the answer is looked up by afterwards; no personal data.
    pub subject: String,
    /// Both identity numbers in order, joined by `+`.
    pub key: String,
    /// 办件编号
    pub case_no: String,
    /// 用途
    pub purpose: String,
    /// 法律依据
    pub legal_basis: String,
    /// 结婚证字号
    pub cert_number: String,
    /// 双方
    pub persons: Vec<CheckedPerson>,
}

/// A person asked about.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckedPerson {
    /// 姓名
    pub name: String,
    /// 公民身份号码
    pub id_number: String,
}

/// Builds the request about a couple.
#[operation(name = "prepareMarriageCheck")]
pub fn prepare(
    ctx: &mut Context,
    input: PrepareMarriageCheckInput,
) -> Result<PrepareMarriageCheckOutput, OperationError> {
    let case = ctx.require::<DivorceCase>(&input.record_id, "/recordId")?;
    let mut numbers = case.id_numbers();
    numbers.sort_unstable();
    let persons = case.parties.iter();
    Ok(PrepareMarriageCheckOutput {
        subject: case.couple_key.clone(),
        key: numbers.join("+"),
        case_no: case.case_no.clone(),
        purpose: "离婚登记".into(),
        legal_basis: "婚姻登记条例(国务院令第804号)".into(),
        cert_number: case.marriage.cert_number.clone(),
        persons: persons
            .map(|it| CheckedPerson {
                name: it.name.clone(),
                id_number: it.id_number.clone(),
            })
            .collect(),
    })
}

/// What the finished check task hands over.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssessMarriageCheckInput {
    /// 办件
    pub case_id: RecordId,
    /// `MATCH`, `MISMATCH`, `NOT_FOUND`.
    pub check_result: String,
    /// The stored answer.
    #[serde(default)]
    pub check_id: Option<String>,
}

/// What DT-M5 reads.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NationalRecord {
    /// The status of the record, or `NONE`.
    pub national_record: String,
}

#[derive(Deserialize, Default)]
struct MarriageAnswer {
    #[serde(default)]
    records: Vec<RegistryRecord>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RegistryRecord {
    cert_number: String,
    status: String,
    #[serde(default)]
    open_divorce: bool,
}

/// Puts the answer of the national base into the case.
#[operation(name = "assessMarriageCheck")]
pub fn assess(
    ctx: &mut Context,
    input: AssessMarriageCheckInput,
) -> Result<NationalRecord, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    require_state(&case, &[State::Present, State::ClaimReceived], "/caseId")?;
    let answer = ctx
        .checks()
        .lookup(SOURCE, &case.couple_key, MAX_AGE_HOURS)?;
    // A couple that the base does not know is answered without a body.
    let body = match &answer {
        Some(answer) => answer.body::<Option<MarriageAnswer>>()?.unwrap_or_default(),
        None => MarriageAnswer::default(),
    };
    let named = body
        .records
        .iter()
        .find(|it| it.cert_number == case.marriage.cert_number);
    let valid = body.records.iter().find(|it| it.status == "VALID");
    let record = named.or(valid).or(body.records.first());
    let verification = Verification {
        source: SOURCE.into(),
        for_state: case.state,
        at: ctx.now(),
        result: input.check_result,
        marriage_status: record.map(|it| it.status.clone()),
        open_divorce: body.records.iter().any(|it| it.open_divorce),
        check_id: input.check_id,
        manual: None,
    };
    let national_record = verification
        .marriage_status
        .clone()
        .unwrap_or_else(|| "NONE".into());
    ctx.note_audit(
        "MARRIAGE-CHECKED",
        format!("{}: {national_record}", case.case_no),
    );
    case.verifications.push(verification);
    case.check_owed_since = None;
    ctx.put(&case)?;
    Ok(NationalRecord { national_record })
}

/// The source is down: a person vouches.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordManualMarriageCheckInput {
    /// 办件
    pub case_id: RecordId,
    /// 依据
    pub basis: ManualBasis,
    /// 说明
    #[serde(default)]
    pub note: Option<String>,
}

/// The application goes on with the original certificate or the local archive; the check of the
/// national base is still owed, which the flag `MANUAL_FALLBACK` says (§9.3 c).
#[operation(name = "recordManualMarriageCheck")]
pub fn record_manual(
    ctx: &mut Context,
    input: RecordManualMarriageCheckInput,
) -> Result<NationalRecord, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    require_state(&case, &[State::Present], "/caseId")?;
    let by = require_registrar(ctx, &case.id_numbers(), "/caseId")?;
    let archived = local_record(ctx, &case)?;
    let is_vouched = match input.basis {
        ManualBasis::OriginalCertificate => case.marriage_certs_shown > 0,
        ManualBasis::LocalArchive => archived.is_some(),
    };
    if !is_vouched {
        return Err(OperationError::invalid("/basis", code::MATERIAL_MISSING));
    }
    let verification = Verification {
        source: SOURCE.into(),
        for_state: case.state,
        at: ctx.now(),
        result: "MANUAL".into(),
        marriage_status: None,
        open_divorce: false,
        check_id: None,
        manual: Some(ManualCheck {
            by,
            basis: input.basis,
            note: input.note,
        }),
    };
    case.verifications.push(verification);
    case.set_flag(Flag::ManualFallback);
    case.check_owed_since = Some(ctx.today());
    ctx.note_audit("MARRIAGE-CHECKED-BY-HAND", case.case_no.clone());
    ctx.put(&case)?;
    Ok(NationalRecord {
        national_record: "NONE".into(),
    })
}

/// The record of this marriage in the local archive, if it was registered here.
pub fn local_record(
    ctx: &Context,
    case: &DivorceCase,
) -> Result<Option<Stored<MarriageRecord>>, OperationError> {
    let query = Query::new().equal("certNumber", &case.marriage.cert_number);
    ctx.find_first::<MarriageRecord>(query)
}

/// V-18 and what the check of this state said: the code and the field that speak against going on.
pub fn objection(
    ctx: &Context,
    case: &DivorceCase,
) -> Result<Option<&'static str>, OperationError> {
    let checked = case
        .verifications
        .iter()
        .rev()
        .find(|it| it.for_state == case.state);
    let Some(checked) = checked else {
        return Ok(Some(code::CHECK_DOWN));
    };
    if checked.at.local_date() != ctx.today() {
        return Ok(Some(code::CHECK_DOWN));
    }
    if checked.result == "MISMATCH" {
        return Ok(Some(code::CHECK_MISMATCH));
    }
    // The national base lacks old records: saying nothing is not saying that the marriage ended.
    let ended = checked
        .marriage_status
        .as_deref()
        .is_some_and(|it| !matches!(it, "VALID" | "UNCLEAR"));
    let archived = local_record(ctx, case)?;
    let contradicted = archived.is_some_and(|record| {
        record.couple_key != case.couple_key || record.status != RegistryStatus::Valid
    });
    Ok((ended || contradicted).then_some(code::MARRIAGE_ENDED))
}
