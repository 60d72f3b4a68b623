//! Correction of an error in the authority's own record (更正, §5.6): clerical data alone, checked by
//! one person and approved by another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, OperationError, Record, RecordId, ResidentId, StartProcess, Stored, operation,
};

use crate::archive::{MarriageRecord, Person, record_by_number};
use crate::authority::authority;
use crate::case::word;
use crate::code;
use crate::course::{
    Course, FileOpened, FileState, actor, filled, in_state, require_none_of, tell_couple,
};
use crate::statistics::Tally;

const PROCESS: &str = "record-correction";
/// To decide, in all.
pub const LIMIT: &str = "correction";

/// 婚姻登记信息更正办件
#[derive(Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "CorrectionCase")]
#[record(kind = "correction_case")]
#[record(filter(name = "certNumber", path = "/targetCertNumber"))]
#[record(filter(name = "decidedDate", path = "/course/decidedDate"))]
#[record(filter(name = "authorityCode", path = "/course/authorityCode"))]
#[record(filter(name = "caseNo", path = "/course/caseNo"))]
pub struct CorrectionCase {
    /// 办理经过
    pub course: Course,
    /// 状态
    pub state: CorrectionState,
    /// 结婚证字号
    pub target_cert_number: String,
    /// 婚姻登记记录
    pub marriage_record_id: RecordId,
    /// 更正事项
    pub fields: Vec<CorrectedField>,
    /// 错误来源
    pub error_source: ErrorSource,
    /// 申请登记人
    pub requested_by: String,
    /// 核对人
    pub checked_by: Option<String>,
    /// 批准人
    pub approved_by: Option<String>,
    /// 须换发证件: the text of the certificate changes; a re-issue with the reason MISMATCH does it.
    pub certificate_exchange: bool,
    /// 办理期限
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<Date>,
}

/// 更正事项
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CorrectedField {
    /// 更正项目
    pub path: CorrectablePath,
    /// 原内容
    pub old: String,
    /// 更正内容
    pub new: String,
    /// 证明材料
    pub proof: String,
}

/// 更正项目
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CorrectablePath {
    /// 男方姓名
    HusbandName,
    /// 男方公民身份号码
    HusbandIdNumber,
    /// 男方出生日期
    HusbandBirthDate,
    /// 女方姓名
    WifeName,
    /// 女方公民身份号码
    WifeIdNumber,
    /// 女方出生日期
    WifeBirthDate,
    /// 登记日期
    RegistrationDate,
    /// 婚姻状态
    Status,
}

/// 错误来源
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorSource {
    /// 登记机关
    Authority,
    /// 当事人
    Party,
    /// 原始材料
    SourceDoc,
}

/// 状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CorrectionState {
    /// 已申请
    Requested,
    /// 已核对
    Checked,
    /// 已更正
    Applied,
    /// 不予更正
    Rejected,
}

/// What is wrong in a record.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestCorrectionInput {
    /// 登记机关
    pub authority_code: String,
    /// 结婚证字号
    pub target_cert_number: String,
    /// 更正事项
    pub fields: Vec<CorrectedField>,
    /// 错误来源
    pub error_source: ErrorSource,
}

/// Opens a case about a record of this authority.
#[operation(name = "requestCorrection")]
pub fn request(
    ctx: &mut Context,
    input: RequestCorrectionInput,
) -> Result<FileOpened, OperationError> {
    let authority = authority(ctx, &input.authority_code, "/authorityCode")?;
    let Some(record) = record_by_number(ctx, &input.target_cert_number)? else {
        return Err(OperationError::invalid(
            "/targetCertNumber",
            code::RECORD_UNKNOWN,
        ));
    };
    // DT-M1 row 7: another authority's record is corrected there.
    if record.authority_code != authority.code {
        return Err(OperationError::invalid(
            "/targetCertNumber",
            code::OTHER_AUTHORITY,
        ));
    }
    if input.fields.is_empty() {
        return Err(OperationError::invalid("/fields", code::MATERIAL_MISSING));
    }
    for (idx, field) in input.fields.iter().enumerate() {
        filled(
            &field.proof,
            &format!("/fields/{idx}/proof"),
            code::MATERIAL_MISSING,
        )?;
        if value(&record, field.path) != field.old {
            let path = format!("/fields/{idx}/old");
            return Err(OperationError::invalid(path, code::OLD_VALUE_DIFFERS));
        }
    }
    let mut case = CorrectionCase {
        course: Course::begin(ctx, "correction_case_no", &authority)?,
        state: CorrectionState::Requested,
        target_cert_number: input.target_cert_number,
        marriage_record_id: record.id().clone(),
        fields: input.fields,
        error_source: input.error_source,
        requested_by: actor(ctx),
        checked_by: None,
        approved_by: None,
        certificate_exchange: false,
        due_on: None,
    };
    case.course.pass(ctx, "CORRECTION-REQUESTED", case.state);
    case.due_on = Some(ctx.reckon_deadline(LIMIT, ctx.today())?.due_on);
    let case_id = ctx.put_new(&case)?;
    ctx.set_deadline(LIMIT, &case_id, ctx.today())?;
    let start = StartProcess::new(PROCESS)
        .with_business_key(&*case.course.case_no)
        .with_variable("caseId", &case_id)
        .with_variable("marriageRecordId", record.id());
    ctx.start_process(start);
    Ok(FileOpened {
        case_id,
        case_no: case.course.case_no,
        state: word(case.state),
        code: None,
    })
}

fn value(record: &MarriageRecord, path: CorrectablePath) -> String {
    let born = |it: &Person| it.birth_date.map(|it| it.to_string()).unwrap_or_default();
    match path {
        CorrectablePath::HusbandName => record.husband.name.clone(),
        CorrectablePath::HusbandIdNumber => record.husband.id_number.clone(),
        CorrectablePath::HusbandBirthDate => born(&record.husband),
        CorrectablePath::WifeName => record.wife.name.clone(),
        CorrectablePath::WifeIdNumber => record.wife.id_number.clone(),
        CorrectablePath::WifeBirthDate => born(&record.wife),
        CorrectablePath::RegistrationDate => record.registration_date.to_string(),
        CorrectablePath::Status => word(record.status),
    }
}

/// Why a correction is none: a change of the status, or of the person behind it.
fn objection(case: &CorrectionCase) -> Option<&'static str> {
    let changes = |path| case.fields.iter().any(|it| it.path == path);
    let status = changes(CorrectablePath::Status);
    let another = (changes(CorrectablePath::HusbandName)
        && changes(CorrectablePath::HusbandIdNumber))
        || (changes(CorrectablePath::WifeName) && changes(CorrectablePath::WifeIdNumber));
    (status || another).then_some(code::NOT_CLERICAL)
}

/// What the archivist finds in the source document.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckCorrectionInput {
    /// 办件
    pub case_id: RecordId,
    /// 属于笔误
    pub clerical: bool,
    /// 与原始材料一致
    pub source_agrees: bool,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckCorrectionOutput {
    /// Whether it goes on to the approval.
    pub clerical: bool,
}

/// Compares record and source document. A change of person or status is not clerical, whatever was
/// ticked. **HARD**
#[operation(name = "checkCorrection")]
pub fn check(
    ctx: &mut Context,
    input: CheckCorrectionInput,
) -> Result<CheckCorrectionOutput, OperationError> {
    let mut case = correction(ctx, &input.case_id, &[CorrectionState::Requested])?;
    let by = require_none_of(ctx, &[Some(&*case.requested_by)])?;
    let clerical = input.clerical && input.source_agrees && objection(&case).is_none();
    case.checked_by = Some(by);
    if clerical {
        case.state = CorrectionState::Checked;
    }
    let state = case.state;
    case.course.pass(ctx, "CORRECTION-CHECKED", state);
    ctx.put(&case)?;
    Ok(CheckCorrectionOutput { clerical })
}

fn correction(
    ctx: &Context,
    id: &RecordId,
    states: &[CorrectionState],
) -> Result<Stored<CorrectionCase>, OperationError> {
    let case = ctx.require::<CorrectionCase>(id, "/caseId")?;
    in_state(&case.state, states)?;
    Ok(case)
}

/// The reviewer's decision.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RejectCorrectionInput {
    /// 办件
    pub case_id: RecordId,
    /// 理由
    pub reason: String,
}

/// MR-C-01: it is not clerical; the way is a revocation or the court (D-13).
#[operation(name = "rejectCorrection")]
pub fn reject(
    ctx: &mut Context,
    input: RejectCorrectionInput,
) -> Result<FileState, OperationError> {
    let mut case = correction(ctx, &input.case_id, &[CorrectionState::Requested])?;
    let reason = filled(&input.reason, "/reason", code::REASON_MISSING)?;
    case.state = CorrectionState::Rejected;
    case.course.refuse(ctx, code::NOT_CLERICAL, Some(reason));
    case.course.add_document(ctx, "D-13");
    case.course
        .decide(ctx, "CORRECTION-REJECTED", CorrectionState::Rejected);
    ctx.close_deadline(LIMIT, case.id(), "CORRECTION-REJECTED");
    ctx.put(&case)?;
    Ok(FileState::of(case.id(), case.state))
}

/// The reviewer approves.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApproveCorrectionInput {
    /// 办件
    pub case_id: RecordId,
    /// 同意更正
    pub approved: bool,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApproveCorrectionOutput {
    /// Whether the record was corrected.
    pub applied: bool,
}

/// Writes the new version of the record, by somebody who neither asked for it nor checked it. What
/// stood there before stands in the case.
#[operation(name = "approveCorrection")]
pub fn approve(
    ctx: &mut Context,
    input: ApproveCorrectionInput,
) -> Result<ApproveCorrectionOutput, OperationError> {
    let mut case = correction(ctx, &input.case_id, &[CorrectionState::Checked])?;
    let before = [Some(&*case.requested_by), case.checked_by.as_deref()];
    let by = require_none_of(ctx, &before)?;
    if !input.approved {
        case.state = CorrectionState::Requested;
        case.course
            .pass(ctx, "CORRECTION-NOT-APPROVED", CorrectionState::Requested);
        ctx.put(&case)?;
        return Ok(ApproveCorrectionOutput { applied: false });
    }
    let mut record = ctx.require::<MarriageRecord>(&case.marriage_record_id, "/caseId")?;
    for (idx, field) in case.fields.iter().enumerate() {
        let path = format!("/fields/{idx}");
        if value(&record, field.path) != field.old {
            return Err(OperationError::invalid(path, code::OLD_VALUE_DIFFERS));
        }
        set(&mut record, field, &path)?;
    }
    ctx.put(&record)?;
    case.approved_by = Some(by);
    // Every correctable item is printed on the certificate.
    case.certificate_exchange = true;
    case.state = CorrectionState::Applied;
    case.course.add_document(ctx, "D-09");
    case.course
        .decide(ctx, "CORRECTION-APPLIED", CorrectionState::Applied);
    ctx.close_deadline(LIMIT, case.id(), "CORRECTION-APPLIED");
    ctx.put(&case)?;
    tell_couple(
        ctx,
        "CORRECTION-NOTICE-APPLIED",
        &record,
        &case.course.case_no,
    );
    let source = word(case.error_source);
    let tally = Tally::default()
        .count("CORRECTIONS")
        .count(format!("CORRECTIONS:{source}"));
    tally.note(ctx, &case.course.authority_code)?;
    Ok(ApproveCorrectionOutput { applied: true })
}

fn set(
    record: &mut MarriageRecord,
    field: &CorrectedField,
    path: &str,
) -> Result<(), OperationError> {
    let wrong = |code: &str| OperationError::invalid(format!("{path}/new"), code);
    let date = || {
        field
            .new
            .parse::<Date>()
            .map_err(|_| wrong(code::IDENTITY_DIFFERS))
    };
    let number = || match ResidentId::parse(&field.new) {
        Ok(number) => Ok(number.as_str().to_owned()),
        Err(_) => Err(wrong(code::ID_NUMBER_WRONG)),
    };
    match field.path {
        CorrectablePath::HusbandName => record.husband.name.clone_from(&field.new),
        CorrectablePath::HusbandIdNumber => record.husband.id_number = number()?,
        CorrectablePath::HusbandBirthDate => record.husband.birth_date = Some(date()?),
        CorrectablePath::WifeName => record.wife.name.clone_from(&field.new),
        CorrectablePath::WifeIdNumber => record.wife.id_number = number()?,
        CorrectablePath::WifeBirthDate => record.wife.birth_date = Some(date()?),
        CorrectablePath::RegistrationDate => record.registration_date = date()?,
        CorrectablePath::Status => return Err(wrong(code::NOT_CLERICAL)),
    }
    Ok(())
}
