//! After the registration (rows 16, 17): print, hand over, upload to the national base, archive.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, OperationError, Query, RecordId, operation};

use crate::archive::{Certificate, CertificateKind};
use crate::authority::require_registrar;
use crate::blank::{BlankState, Print, PrintedBlank, check_blank, take};
use crate::code;
use crate::marriage::case::{MarriageCase, State};
use crate::marriage::{CaseInput, CaseState, Dossier, deadline, require_other, require_reason};
use crate::statistics;

/// The check kind that puts a registration into the national base.
const UPLOAD: &str = "X-MARRIAGE-PUT";
/// An answer to an upload is looked up at once.
const ANSWER_HOURS: u32 = 24;

/// The printed certificates.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HandOverMarriageInput {
    /// 办件
    pub case_id: RecordId,
    /// 打印结果
    pub result: PrintResult,
    /// For `PRINTED`: one blank for each party.
    #[serde(default)]
    pub print_serials: Vec<PrintedBlank>,
    /// For `SPOILED`: the blanks that cannot be used.
    #[serde(default)]
    pub spoiled_blanks: Vec<SpoiledBlank>,
    /// 颁证仪式
    #[serde(default)]
    pub ceremony: Option<bool>,
}

/// A blank that cannot be used.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "SpoiledMarriageBlank")]
pub struct SpoiledBlank {
    /// 证件印制号
    pub serial: String,
}

/// 打印结果
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "MarriagePrintResult")]
pub enum PrintResult {
    /// 已打印、交付
    Printed,
    /// 证件打印作废
    Spoiled,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HandOverMarriageOutput {
    /// `PRINTED` or `SPOILED`
    pub print_result: String,
}

/// Notes the blanks on which the certificates were printed, or those that were spoiled: they are
/// replaced, and the number stays (§4.6).
#[operation(name = "handOverMarriageCertificates")]
pub fn hand_over(
    ctx: &mut Context,
    input: HandOverMarriageInput,
) -> Result<HandOverMarriageOutput, OperationError> {
    let states = [State::Registered, State::Uploaded];
    let mut dossier = Dossier::read(ctx, &input.case_id, &states)?;
    require_registrar(ctx, &dossier.case.id_numbers(), "/caseId")?;
    let result = match input.result {
        PrintResult::Printed => {
            print(ctx, &mut dossier.case, &input.print_serials)?;
            dossier.case.ceremony = input.ceremony;
            dossier.case.handed_over = true;
            dossier.case.add_document(ctx, "D-01", None);
            "PRINTED"
        }
        PrintResult::Spoiled => {
            spoil(ctx, &mut dossier.case, &input.spoiled_blanks)?;
            "SPOILED"
        }
    };
    ctx.note_audit(
        format!("MARRIAGE-CERTIFICATES-{result}"),
        dossier.case.number().to_owned(),
    );
    dossier.put(ctx)?;
    if input.result == PrintResult::Spoiled {
        statistics::marriage::spoiled(ctx, &dossier, input.spoiled_blanks.len())?;
    }
    Ok(HandOverMarriageOutput {
        print_result: result.into(),
    })
}

fn print_of<'a>(case: &'a MarriageCase, number: &'a str) -> Print<'a> {
    Print {
        authority_code: &case.authority_code,
        kind: CertificateKind::J,
        certificate_number: number,
    }
}

fn print(
    ctx: &mut Context,
    case: &mut MarriageCase,
    blanks: &[PrintedBlank],
) -> Result<(), OperationError> {
    let holders: Vec<String> = blanks.iter().map(|it| it.person_id.clone()).collect();
    if !case.are_both(&holders) {
        let path = "/printSerials";
        return Err(OperationError::invalid(path, code::MATERIAL_MISSING));
    }
    let number = case.certificate_number.clone().unwrap_or_default();
    for (idx, blank) in blanks.iter().enumerate() {
        let path = format!("/printSerials/{idx}/serial");
        check_blank(ctx, &blanks[..idx], blank, path.clone())?;
        let print = print_of(case, &number);
        take(ctx, print, &blank.serial, BlankState::Used, &path)?;
    }
    let query = Query::new().equal("number", &number);
    for mut certificate in ctx.find::<Certificate>(query)?.items {
        let holder = &certificate.holder.person_id;
        let blank = blanks.iter().find(|it| it.person_id == *holder);
        certificate.print_serial = blank.map(|it| it.serial.trim().to_owned());
        ctx.put(&certificate)?;
    }
    Ok(())
}

fn spoil(
    ctx: &mut Context,
    case: &mut MarriageCase,
    blanks: &[SpoiledBlank],
) -> Result<(), OperationError> {
    if blanks.is_empty() {
        let path = "/spoiledBlanks";
        return Err(OperationError::invalid(path, code::MATERIAL_MISSING));
    }
    let number = case.certificate_number.clone().unwrap_or_default();
    for (idx, blank) in blanks.iter().enumerate() {
        let path = format!("/spoiledBlanks/{idx}/serial");
        let print = print_of(case, &number);
        take(ctx, print, &blank.serial, BlankState::Spoiled, &path)?;
        case.spoiled_blanks.push(blank.serial.trim().to_owned());
    }
    Ok(())
}

/// What a check task hands over.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrepareMarriageUploadInput {
    /// 办件
    pub record_id: RecordId,
    /// `X-MARRIAGE-PUT`
    pub kind: String,
}

/// The registration as the national base takes it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrepareMarriageUploadOutput {
    /// What the answer is looked up by; no personal data.
    pub subject: String,
    /// 结婚证字号
    pub cert_number: String,
    /// 种类
    pub kind: String,
    /// 登记日期
    pub date: Option<tongban_sdk::Date>,
    /// 登记机关
    pub authority: String,
    /// 双方
    pub persons: Vec<UploadedPerson>,
    /// 法律依据
    pub legal_basis: String,
}

/// A party as the national base takes it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "UploadedMarriagePerson")]
pub struct UploadedPerson {
    /// 姓名
    pub name: String,
    /// 公民身份号码 or another document's number
    pub id_number: String,
    /// GB/T 2261.1
    pub sex: String,
    /// GB/T 2659
    pub nationality: String,
}

/// Builds the upload of a registration.
#[operation(name = "prepareMarriageUpload")]
pub fn prepare_upload(
    ctx: &mut Context,
    input: PrepareMarriageUploadInput,
) -> Result<PrepareMarriageUploadOutput, OperationError> {
    let dossier = Dossier::read(ctx, &input.record_id, &[State::Registered])?;
    let case = &dossier.case;
    let persons = case.parties.iter().map(|it| UploadedPerson {
        name: it.name.clone(),
        id_number: it.id_number.clone(),
        sex: it.sex.clone(),
        nationality: it.nationality.clone(),
    });
    Ok(PrepareMarriageUploadOutput {
        subject: case.id().to_string(),
        cert_number: case.certificate_number.clone().unwrap_or_default(),
        kind: "J".into(),
        date: case.decided_date,
        authority: case.authority_code.clone(),
        persons: persons.collect(),
        legal_basis: "婚姻登记条例(国务院令第804号)".into(),
    })
}

/// What the national base answers.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct UploadAnswer {
    record_id: Option<String>,
    conflicts: Vec<String>,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordMarriageUploadOutput {
    /// The national base has records in conflict: a reviewer looks at them.
    pub upload_conflict: bool,
}

/// Row 16: the national base has the registration. A conflict undoes nothing by itself (§9.3 f).
#[operation(name = "recordMarriageUpload")]
pub fn record_upload(
    ctx: &mut Context,
    input: CaseInput,
) -> Result<RecordMarriageUploadOutput, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Registered])?;
    let subject = dossier.case.id().to_string();
    let answer = ctx.checks().lookup(UPLOAD, &subject, ANSWER_HOURS)?;
    let Some(answer) = answer.filter(|it| it.outcome() != "NOT_FOUND") else {
        let case_no = dossier.case.number();
        let text = format!("case {case_no}: the national base has not taken the registration");
        return Err(OperationError::failed(text));
    };
    let body = answer.body::<Option<UploadAnswer>>()?.unwrap_or_default();
    let number = dossier.case.certificate_number.clone();
    dossier.case.upload_no = body.record_id.or(number);
    let upload_conflict = !body.conflicts.is_empty();
    dossier.examination.upload_conflicts = body.conflicts;
    dossier
        .case
        .move_to(ctx, State::Uploaded, "MARRIAGE-UPLOADED");
    let case = &dossier.case;
    statistics::uploaded(ctx, &case.authority_code, case.decided_at)?;
    dossier.put(ctx)?;
    Ok(RecordMarriageUploadOutput { upload_conflict })
}

/// A reviewer has looked at the records in conflict.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SettleUploadConflictInput {
    /// 办件
    pub case_id: RecordId,
    /// 处理意见
    pub reason: String,
}

/// Notes what the reviewer made of a conflict: further steps are procedures of their own.
#[operation(name = "settleUploadConflict")]
pub fn settle_conflict(
    ctx: &mut Context,
    input: SettleUploadConflictInput,
) -> Result<CaseState, OperationError> {
    let dossier = Dossier::read(ctx, &input.case_id, &[State::Uploaded])?;
    require_other(ctx, dossier.case.registrar_id.as_deref(), "/caseId")?;
    let reason = require_reason(&input.reason)?;
    let text = format!("{}: {reason}", dossier.case.number());
    ctx.note_audit("MARRIAGE-CONFLICT-SETTLED", text);
    Ok(CaseState::of(&dossier.case))
}

/// The file is complete.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArchiveMarriageInput {
    /// 办件
    pub case_id: RecordId,
    /// 影像齐全
    pub images_complete: bool,
}

/// Row 17: files the case.
#[operation(name = "archiveMarriageCase")]
pub fn archive(
    ctx: &mut Context,
    input: ArchiveMarriageInput,
) -> Result<CaseState, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Uploaded])?;
    if !input.images_complete || !dossier.case.handed_over {
        let path = "/imagesComplete";
        return Err(OperationError::invalid(path, code::MATERIAL_MISSING));
    }
    dossier
        .case
        .move_to(ctx, State::Archived, "MARRIAGE-ARCHIVED");
    let (key, id) = (deadline::ARCHIVE, dossier.case.id());
    deadline::close(ctx, key, id, "MARRIAGE-ARCHIVED")?;
    dossier.put(ctx)?;
    Ok(CaseState::of(&dossier.case))
}
