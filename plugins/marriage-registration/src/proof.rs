//! Record proof and archive look-up (（无）婚姻登记记录证明、查档, §5.7): who may have what stands in
//! DT-M8; every access to the archive is in the audit trail.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, OperationError, Query, Record, RecordId, StartProcess, operation,
};

use crate::archive::{MarriageRecord, Person, records_of};
use crate::authority::authority;
use crate::case::{compact, word};
use crate::code;
use crate::course::{Course, FileOpened, FileState, filled, in_state};
use crate::historic::{HistoricRecord, HistoricState};

const PROCESS: &str = "record-proof";

/// 记录证明、查档办件
#[derive(Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "RecordProof")]
#[record(kind = "record_proof")]
#[record(filter(name = "subjectId", path = "/subject/personId"))]
#[record(filter(name = "decidedDate", path = "/course/decidedDate"))]
#[record(filter(name = "authorityCode", path = "/course/authorityCode"))]
#[record(filter(name = "caseNo", path = "/course/caseNo"))]
pub struct RecordProof {
    /// 办理经过
    pub course: Course,
    /// 状态
    pub state: ProofState,
    /// 查询对象
    pub subject: Person,
    /// 申请人
    pub requester: Requester,
    /// 用途
    pub purpose: ProofPurpose,
    /// 使用国 (GB/T 2659), for `NOTARY_COUNTRY`.
    pub country: Option<String>,
    /// 查询期间起
    pub period_from: Option<Date>,
    /// 查询期间止
    pub period_to: Option<Date>,
    /// DT-M8: `ISSUE_COPY`, `ANSWER`, `ISSUE_PROOF` or `DENY`.
    pub outcome: Option<String>,
    /// 查到的记录
    #[serde(default)]
    pub hits: Vec<RecordId>,
    /// 同名记录, of whom the archivist says that they are others.
    #[serde(default)]
    pub same_name_hits: Vec<RecordId>,
    /// 结果
    pub result: Option<ProofResult>,
    /// 出具的文字
    pub statement: Option<String>,
}

/// 申请人
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "ProofRequester")]
pub struct Requester {
    /// 申请人类别
    pub kind: RequesterKind,
    /// 姓名或单位名称
    pub name: String,
    /// 公函文号
    #[serde(default)]
    pub letter_no: Option<String>,
    /// 出示工作证人数
    #[serde(default)]
    pub officer_cards: u8,
    /// 系统协查
    #[serde(default)]
    pub system_request: bool,
    /// 公证授权委托书编号
    #[serde(default)]
    pub power_no: Option<String>,
    /// 公证机构
    #[serde(default)]
    pub notary_office: Option<String>,
}

/// 申请人类别
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "ProofRequesterKind")]
pub enum RequesterKind {
    /// 本人
    Own,
    /// 受委托人
    Agent,
    /// 法院、检察、公安、纪检监察机关
    Authority,
    /// 公证机构
    Notary,
}

/// 用途
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProofPurpose {
    /// 涉台事项
    Taiwan,
    /// 公证事项(限定国家)
    NotaryCountry,
    /// 有关机关查询
    CourtOrAuthorityEnquiry,
    /// 本人档案复制
    OwnArchiveCopy,
    /// 其他
    Other,
}

/// 结果
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProofResult {
    /// 有记录
    Record,
    /// 无记录
    NoRecord,
}

/// 状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "RecordProofState")]
pub enum ProofState {
    /// 已申请
    Requested,
    /// 同意办理
    Granted,
    /// 不予办理
    Denied,
    /// 已出具
    Issued,
}

/// What is asked for.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestRecordProofInput {
    /// 登记机关
    pub authority_code: String,
    /// 查询对象
    pub subject: Person,
    /// 申请人
    pub requester: Requester,
    /// 用途
    pub purpose: ProofPurpose,
    /// 使用国
    #[serde(default)]
    pub country: Option<String>,
    /// 查询期间起
    #[serde(default)]
    pub period_from: Option<Date>,
    /// 查询期间止
    #[serde(default)]
    pub period_to: Option<Date>,
}

/// Takes a request; DT-M8 says at once whether it is granted.
#[operation(name = "requestRecordProof")]
pub fn request(
    ctx: &mut Context,
    input: RequestRecordProofInput,
) -> Result<FileOpened, OperationError> {
    let authority = authority(ctx, &input.authority_code, "/authorityCode")?;
    let requester = &input.requester;
    let given = |it: &Option<String>| it.as_ref().is_some_and(|it| !it.trim().is_empty());
    let powered = given(&requester.power_no) && given(&requester.notary_office);
    if requester.kind == RequesterKind::Agent && !powered {
        return Err(OperationError::invalid(
            "/requester/powerNo",
            code::POWER_LACKS,
        ));
    }
    if input.period_from > input.period_to && input.period_to.is_some() {
        return Err(OperationError::invalid("/periodTo", code::PERIOD_WRONG));
    }
    let countries: String = ctx.parameter("proof_countries")?;
    let listed = input
        .country
        .as_deref()
        .is_some_and(|it| countries.split_whitespace().any(|listed| listed == it));
    let letter = given(&requester.letter_no);
    let official = (letter && requester.officer_cards >= 2) || requester.system_request;
    let mut proof = RecordProof {
        course: Course::begin(ctx, "record_proof_case_no", &authority)?,
        state: ProofState::Requested,
        subject: input.subject,
        requester: input.requester,
        purpose: input.purpose,
        country: input.country,
        period_from: input.period_from,
        period_to: input.period_to,
        outcome: None,
        hits: Vec::new(),
        same_name_hits: Vec::new(),
        result: None,
        statement: None,
    };
    proof.course.pass(ctx, "PROOF-REQUESTED", proof.state);
    let case_id = ctx.put_new(&proof)?;
    let start = StartProcess::new(PROCESS)
        .with_business_key(&*proof.course.case_no)
        .with_variable("caseId", &case_id)
        .with_variable("requesterKind", word(proof.requester.kind))
        .with_variable("purpose", word(proof.purpose))
        .with_variable("countryListed", listed)
        .with_variable("powered", powered)
        .with_variable("official", official)
        .with_variable("letter", letter);
    ctx.start_process(start);
    Ok(FileOpened {
        case_id,
        case_no: proof.course.case_no,
        state: word(proof.state),
        code: None,
    })
}

/// What DT-M8 decided.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteProofOutcomeInput {
    /// 办件
    pub case_id: RecordId,
    /// `ISSUE_COPY`, `ANSWER`, `ISSUE_PROOF` or `DENY`
    pub outcome: String,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoteProofOutcomeOutput {
    /// Whether something is issued.
    pub granted: bool,
}

/// Grants the request, and searches the archive; or denies it with a note that such proofs are not
/// issued any more, and that the enquiring body has to check by itself (D-13).
#[operation(name = "noteProofOutcome")]
pub fn note_outcome(
    ctx: &mut Context,
    input: NoteProofOutcomeInput,
) -> Result<NoteProofOutcomeOutput, OperationError> {
    let mut proof = ctx.require::<RecordProof>(&input.case_id, "/caseId")?;
    in_state(&proof.state, &[ProofState::Requested])?;
    let granted = match &*input.outcome {
        "ISSUE_COPY" | "ANSWER" | "ISSUE_PROOF" => true,
        "DENY" => false,
        _ => return Err(OperationError::invalid("/outcome", code::CHOICE_UNKNOWN)),
    };
    proof.outcome = Some(input.outcome);
    if granted {
        proof.state = ProofState::Granted;
        search(ctx, &mut proof)?;
        proof.course.pass(ctx, "PROOF-GRANTED", ProofState::Granted);
    } else {
        proof.state = ProofState::Denied;
        proof.course.refuse(ctx, code::PROOF_NOT_ISSUED, None);
        proof.course.add_document(ctx, "D-13");
        proof.course.decide(ctx, "PROOF-DENIED", ProofState::Denied);
    }
    ctx.put(&proof)?;
    Ok(NoteProofOutcomeOutput { granted })
}

/// The records of the person, and those of the same name: a second look tells them apart.
fn search(ctx: &mut Context, proof: &mut RecordProof) -> Result<(), OperationError> {
    let subject = proof.subject.clone();
    let within = |day: Date| {
        proof.period_from.is_none_or(|it| it <= day) && proof.period_to.is_none_or(|it| day <= it)
    };
    let own = records_of(ctx, &subject.person_id)?;
    let own = own.iter().filter(|it| within(it.registration_date));
    let hits: Vec<RecordId> = own.map(|it| it.id().clone()).collect();
    let mut same = Vec::new();
    for side in ["husbandName", "wifeName"] {
        let query = Query::new().equal(side, &subject.name);
        same.extend(
            ctx.find::<MarriageRecord>(query)?
                .items
                .iter()
                .map(|it| it.id().clone()),
        );
    }
    for side in ["firstName", "secondName"] {
        let sealed = [
            HistoricState::Matched,
            HistoricState::Sealed,
            HistoricState::Anomaly,
        ];
        let query = Query::new()
            .equal(side, &subject.name)
            .one_of("state", sealed);
        same.extend(
            ctx.find::<HistoricRecord>(query)?
                .items
                .iter()
                .map(|it| it.id().clone()),
        );
    }
    same.retain(|it| !hits.contains(it));
    ctx.note_audit(
        "ARCHIVE-SEARCHED",
        format!("{}: {} + {}", proof.course.case_no, hits.len(), same.len()),
    );
    proof.hits = hits;
    proof.same_name_hits = same;
    Ok(())
}

/// The archivist has looked.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IssueRecordProofInput {
    /// 办件
    pub case_id: RecordId,
    /// 已核对同名记录
    pub same_name_checked: bool,
    /// 属于本人的同名记录
    #[serde(default)]
    pub own_records: Vec<RecordId>,
    /// 说明
    #[serde(default)]
    pub note: Option<String>,
}

/// Issues copy, answer or proof (D-12). What was not found is told with the limits of the search.
#[operation(name = "issueRecordProof")]
pub fn issue(ctx: &mut Context, input: IssueRecordProofInput) -> Result<FileState, OperationError> {
    let mut proof = ctx.require::<RecordProof>(&input.case_id, "/caseId")?;
    in_state(&proof.state, &[ProofState::Granted])?;
    if !proof.same_name_hits.is_empty() && !input.same_name_checked {
        return Err(OperationError::invalid(
            "/sameNameChecked",
            code::MATERIAL_MISSING,
        ));
    }
    for (idx, own) in input.own_records.iter().enumerate() {
        if !proof.same_name_hits.contains(own) {
            let path = format!("/ownRecords/{idx}");
            return Err(OperationError::invalid(path, code::CHOICE_UNKNOWN));
        }
        proof.hits.push(own.clone());
    }
    let statement = statement(ctx, &proof)?;
    let found = !proof.hits.is_empty();
    proof.result = Some(if found {
        ProofResult::Record
    } else {
        ProofResult::NoRecord
    });
    proof.statement = Some(match input.note {
        Some(note) => format!(
            "{statement}{}",
            filled(&note, "/note", code::REASON_MISSING)?
        ),
        None => statement,
    });
    proof.state = ProofState::Issued;
    proof.course.add_document(ctx, "D-12");
    proof.course.decide(ctx, "PROOF-ISSUED", ProofState::Issued);
    let text = format!("{}: {}", proof.course.case_no, proof.hits.len());
    ctx.note_audit("ARCHIVE-ACCESSED", text);
    ctx.put(&proof)?;
    Ok(FileState::of(proof.id(), proof.state))
}

fn statement(ctx: &Context, proof: &RecordProof) -> Result<String, OperationError> {
    let day = |it: Option<Date>, open: &str| it.map_or_else(|| open.to_owned(), compact);
    let (from, to) = (
        day(proof.period_from, "建档"),
        day(proof.period_to, &compact(ctx.today())),
    );
    if proof.hits.is_empty() {
        return Ok(format!(
            "本系统中{from}至{to}期间未查到婚姻登记记录;早期档案可能不完整。"
        ));
    }
    let numbers: Vec<String> = ctx
        .get_many::<MarriageRecord>(&proof.hits)?
        .iter()
        .map(|it| format!("{}({})", it.cert_number, word(it.status)))
        .collect();
    Ok(format!(
        "本系统中{from}至{to}期间有婚姻登记记录:{}。",
        numbers.join("、")
    ))
}
