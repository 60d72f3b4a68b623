//! The archive of a re-issue: the local one, then the national base, then the authority that
//! registered the marriage.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Answer, Context, Date, OperationError, RecordId, SendNotice, Stored, operation};

use super::case::{ArchiveEvidence, EvidenceSource, ReissueCase, ReissueState, ReissueTarget};
use super::{ARCHIVE_REPLY, EVIDENCE, close, reissue_case};
use crate::archive::{MarriageRecord, RegistryStatus, records_of};
use crate::case::Flag;
use crate::code;
use crate::course::{FileInput, FileState, filled};
use crate::marriage::party_check::{MARRIAGE, POLICE};
use crate::schedule::ScheduledWork;

const MAX_AGE_HOURS: u32 = 24;

/// What a check task hands over.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrepareReissueCheckInput {
    /// 办件
    pub record_id: RecordId,
    /// `X-POLICE-ID` or `X-MARRIAGE`
    pub kind: String,
}

/// The request to the exchange about the first applicant.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrepareReissueCheckOutput {
    /// What the answer is looked up by afterwards; no personal data.
    pub subject: String,
    /// The identity number that is asked about.
    pub key: String,
    /// 姓名
    pub name: String,
    /// 公民身份号码
    pub id_number: String,
    /// 办件编号
    pub case_no: String,
    /// 用途
    pub purpose: String,
    /// 法律依据
    pub legal_basis: String,
}

/// Builds the request about whoever asks for a certificate.
#[operation(name = "prepareReissueCheck")]
pub fn prepare(
    ctx: &mut Context,
    input: PrepareReissueCheckInput,
) -> Result<PrepareReissueCheckOutput, OperationError> {
    let case = reissue_case(ctx, &input.record_id, &[ReissueState::ArchiveSearch])?;
    let party = &case.applicants[0];
    Ok(PrepareReissueCheckOutput {
        subject: party.person_id.clone(),
        key: party.id_number.clone(),
        name: party.name.clone(),
        id_number: party.id_number.clone(),
        case_no: case.course.case_no.clone(),
        purpose: "补领婚姻登记证".into(),
        legal_basis: "婚姻登记条例(国务院令第804号)".into(),
    })
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchReissueArchiveOutput {
    /// `FOUND`, `ELSEWHERE` or `NOT_FOUND`
    pub archive: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PoliceAnswer {
    name: Option<String>,
    alive: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MarriageAnswer {
    records: Vec<NationalRecord>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NationalRecord {
    cert_number: String,
    date: Date,
    authority: Option<String>,
    status: RegistryStatus,
    spouse_name: Option<String>,
}

/// Looks in the local archive, then at what the national base has answered; what is held by another
/// authority alone is asked of it.
#[operation(name = "searchReissueArchive")]
pub fn search(
    ctx: &mut Context,
    input: FileInput,
) -> Result<SearchReissueArchiveOutput, OperationError> {
    let mut case = reissue_case(ctx, &input.case_id, &[ReissueState::ArchiveSearch])?;
    note_identity(ctx, &mut case)?;
    let archive = if find_local(ctx, &mut case)? || find_national(ctx, &mut case)? {
        case.move_to(ctx, ReissueState::Review, "REISSUE-ARCHIVE-FOUND");
        "FOUND"
    } else if case
        .original_authority
        .as_deref()
        .is_some_and(|it| it != case.course.authority_code)
    {
        ask_elsewhere(ctx, &mut case)?;
        "ELSEWHERE"
    } else {
        substitute(ctx, &mut case, "REISSUE-ARCHIVE-NOT-FOUND")?;
        "NOT_FOUND"
    };
    ctx.put(&case)?;
    Ok(SearchReissueArchiveOutput {
        archive: archive.into(),
    })
}

/// A source that is silent is replaced by two persons (`manual_fallback_identity` of §9.3 a).
fn note_identity(ctx: &Context, case: &mut ReissueCase) -> Result<(), OperationError> {
    let party = case.applicants[0].clone();
    let Some(answer) = ctx
        .checks()
        .lookup(POLICE, &party.person_id, MAX_AGE_HOURS)?
    else {
        case.set_flag(Flag::ManualFallback);
        return Ok(());
    };
    let body = answer.body::<Option<PoliceAnswer>>()?.unwrap_or_default();
    let named = body.name.is_none_or(|it| it == party.name);
    case.identity_matches = Some(answer.outcome() == "MATCH" && named && body.alive != Some(false));
    Ok(())
}

fn find_local(ctx: &Context, case: &mut ReissueCase) -> Result<bool, OperationError> {
    let party = &case.applicants[0];
    let records = records_of(ctx, &party.person_id)?;
    let is_meant = |it: &&Stored<MarriageRecord>| {
        let number = case.original_number.as_ref();
        let by_number = number.is_none_or(|number| {
            *number == it.cert_number
                || Some(number) == it.ended_by.as_ref()
                || Some(number) == it.reissued_as.as_ref()
        });
        let other = case.other.as_ref().map(|it| it.name.clone());
        let by_other = other.is_none_or(|name| it.couple().iter().any(|it| it.name == name));
        let kind = case.target_kind == ReissueTarget::J || was_divorced(it.status);
        by_number && by_other && kind
    };
    let Some(record) = records.iter().find(is_meant) else {
        return Ok(false);
    };
    let partner = |it: &MarriageRecord| it.couple_key == record.couple_key;
    let again = records
        .iter()
        .any(|it| it.status == RegistryStatus::Valid && partner(it));
    let holds = match case.target_kind {
        ReissueTarget::J => record.status == RegistryStatus::Valid,
        ReissueTarget::L => !again,
    };
    case.current_status_still_holds = Some(holds);
    case.marriage_record_id = Some(record.id().clone());
    case.archive_evidence = Some(ArchiveEvidence {
        source: EvidenceSource::LocalArchive,
        reference: record.cert_number.clone(),
    });
    case.original_number = Some(match case.target_kind {
        ReissueTarget::J => record.cert_number.clone(),
        ReissueTarget::L => record.ended_by.clone().unwrap_or_default(),
    });
    case.original_date = match case.target_kind {
        ReissueTarget::J => Some(record.registration_date),
        ReissueTarget::L => record.ended_on,
    };
    let other = record
        .couple()
        .into_iter()
        .find(|it| it.person_id != case.applicants[0].person_id);
    case.other = other.cloned().or(case.other.take());
    Ok(true)
}

fn was_divorced(status: RegistryStatus) -> bool {
    status == RegistryStatus::DivorcedReg
}

fn find_national(ctx: &Context, case: &mut ReissueCase) -> Result<bool, OperationError> {
    let person_id = case.applicants[0].person_id.clone();
    let answer: Option<Answer> = ctx.checks().lookup(MARRIAGE, &person_id, MAX_AGE_HOURS)?;
    let Some(answer) = answer else {
        return Ok(false);
    };
    let body = answer.body::<Option<MarriageAnswer>>()?.unwrap_or_default();
    let (Some(other), number) = (case.other.clone(), case.original_number.clone()) else {
        return Ok(false);
    };
    let found = body.records.into_iter().find(|it| {
        let named = it.spouse_name.as_ref() == Some(&other.name);
        named
            && number
                .as_ref()
                .is_none_or(|number| *number == it.cert_number)
    });
    let Some(found) = found else {
        return Ok(false);
    };
    case.current_status_still_holds = Some(match case.target_kind {
        ReissueTarget::J => found.status == RegistryStatus::Valid,
        ReissueTarget::L => was_divorced(found.status),
    });
    case.archive_evidence = Some(ArchiveEvidence {
        source: EvidenceSource::NationalDb,
        reference: found.cert_number.clone(),
    });
    let elsewhere = found.authority.as_ref();
    if elsewhere.is_some_and(|it| it.get(..2) != case.course.authority_code.get(..2)) {
        case.set_flag(Flag::CrossProvince);
    }
    case.original_authority = found.authority.or(case.original_authority.take());
    case.original_date = case.original_date.or(Some(found.date));
    case.original_number = Some(found.cert_number);
    Ok(true)
}

fn ask_elsewhere(ctx: &mut Context, case: &mut Stored<ReissueCase>) -> Result<(), OperationError> {
    let until = ctx
        .set_deadline(ARCHIVE_REPLY, case.id(), ctx.today())?
        .due_on;
    case.archive_reply_until = Some(until);
    let asked = case.original_authority.clone().unwrap_or_default();
    if asked.get(..2) != case.course.authority_code.get(..2) {
        case.set_flag(Flag::CrossProvince);
    }
    for party in &case.applicants {
        let told = SendNotice::to_person("REISSUE-NOTICE-ARCHIVE-ASKED", &party.person_id)
            .about_record::<ReissueCase>(case.id())
            .with_argument("caseNo", &case.course.case_no)
            .with_argument("until", until);
        ctx.send_notice(told);
    }
    case.move_to(ctx, ReissueState::WaitOtherArchive, "REISSUE-ARCHIVE-ASKED");
    Ok(())
}

/// Nobody has an archive: the applicant brings what DT-M7 takes instead.
fn substitute(
    ctx: &mut Context,
    case: &mut Stored<ReissueCase>,
    event: &str,
) -> Result<(), OperationError> {
    let until = ctx.set_deadline(EVIDENCE, case.id(), ctx.today())?.due_on;
    case.evidence_until = Some(until);
    case.course.add_document(ctx, "D-08");
    for party in &case.applicants {
        let told = SendNotice::to_person("REISSUE-NOTICE-EVIDENCE", &party.person_id)
            .about_record::<ReissueCase>(case.id())
            .with_argument("until", until);
        ctx.send_notice(told);
    }
    case.move_to(ctx, ReissueState::Substitute, event);
    Ok(())
}

/// What another authority has answered.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordArchiveReplyInput {
    /// 办件
    pub case_id: RecordId,
    /// 查到档案
    pub found: bool,
    /// 档案编号
    #[serde(default)]
    pub reference: Option<String>,
    /// 原登记日期
    #[serde(default)]
    pub registered_on: Option<Date>,
    /// 现状仍符合
    #[serde(default)]
    pub status_still_holds: bool,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordArchiveReplyOutput {
    /// `FOUND` or `NOT_FOUND`
    pub archive: String,
}

/// Notes the answer of the authority that holds the file.
#[operation(name = "recordArchiveReply")]
pub fn record_reply(
    ctx: &mut Context,
    input: RecordArchiveReplyInput,
) -> Result<RecordArchiveReplyOutput, OperationError> {
    let mut case = reissue_case(ctx, &input.case_id, &[ReissueState::WaitOtherArchive])?;
    close(ctx, ARCHIVE_REPLY, case.id())?;
    let archive = if input.found {
        let reference = input.reference.unwrap_or_default();
        let reference = filled(&reference, "/reference", code::MATERIAL_MISSING)?;
        case.original_number = case.original_number.clone().or(Some(reference.clone()));
        case.original_date = case.original_date.or(input.registered_on);
        case.current_status_still_holds = Some(input.status_still_holds);
        case.archive_evidence = Some(ArchiveEvidence {
            source: EvidenceSource::OtherAuthorityCopy,
            reference,
        });
        case.move_to(ctx, ReissueState::Review, "REISSUE-ARCHIVE-ANSWERED");
        "FOUND"
    } else {
        substitute(ctx, &mut case, "REISSUE-ARCHIVE-ANSWERED")?;
        "NOT_FOUND"
    };
    ctx.put(&case)?;
    Ok(RecordArchiveReplyOutput {
        archive: archive.into(),
    })
}

/// The authority that was asked has not answered in time.
#[operation(name = "endArchiveReply")]
pub fn end_reply(ctx: &mut Context, input: FileInput) -> Result<FileState, OperationError> {
    let mut case = reissue_case(ctx, &input.case_id, &[ReissueState::WaitOtherArchive])?;
    close(ctx, ARCHIVE_REPLY, case.id())?;
    substitute(ctx, &mut case, "REISSUE-ARCHIVE-SILENT")?;
    ctx.put(&case)?;
    Ok(FileState::of(case.id(), case.state))
}

/// J-16, §5.11: five and ten working days after the request the archivists are told to ask again.
#[operation(name = "remindOfArchiveReply")]
pub fn remind(ctx: &mut Context, input: FileInput) -> Result<ScheduledWork, OperationError> {
    let case = ctx.require::<ReissueCase>(&input.case_id, "/caseId")?;
    let passages = &case.course.history;
    let asked = passages
        .iter()
        .find(|it| it.event == "REISSUE-ARCHIVE-ASKED");
    let asked = asked.filter(|_| case.state == ReissueState::WaitOtherArchive);
    let Some(asked) = asked.map(|it| it.at.local_date()) else {
        return Ok(ScheduledWork::NOTHING);
    };
    let gone = ctx.calendar().working_days_between(asked, ctx.today())?;
    let stage = match gone {
        10.. => 10,
        5..=9 => 5,
        _ => return Ok(ScheduledWork::NOTHING),
    };
    let told = SendNotice::to_role("REISSUE-NOTICE-ARCHIVE-SILENT", "ARCHIVIST")
        .about_record::<ReissueCase>(case.id())
        .with_argument("caseNo", &case.course.case_no)
        .once(format!("{}:{stage}", case.id()));
    ctx.send_notice(told);
    Ok(ScheduledWork::DONE)
}
