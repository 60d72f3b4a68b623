//! Who asks for what at the counter, and what the tables make of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, OperationError, RecordId, ResidentId, StartProcess, Violations, operation,
};

use super::case::{ReissueAgent, ReissueCase, ReissueReason, ReissueState, ReissueTarget};
use super::{PROCESS, reissue_case};
use crate::archive::Person;
use crate::authority::authority;
use crate::case::{Flag, word};
use crate::certificate_number::CertificateNumber;
use crate::code;
use crate::course::{Course, FileOpened, FileState};
use crate::divorce::requirements::{Competence, Material};
use crate::marriage::requirements::demanded;
use crate::party::Party;

/// What is asked for.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestReissueInput {
    /// 登记机关
    pub authority_code: String,
    /// 申请人
    pub applicants: Vec<Party>,
    /// 受委托人
    #[serde(default)]
    pub agent: Option<ReissueAgent>,
    /// 另一方
    #[serde(default)]
    pub other: Option<Person>,
    /// 补领原因
    pub reason: ReissueReason,
    /// 补领证件
    pub target_kind: ReissueTarget,
    /// 原证字号
    #[serde(default)]
    pub original_number: Option<String>,
    /// 原登记日期
    #[serde(default)]
    pub original_date: Option<Date>,
    /// 原登记机关
    #[serde(default)]
    pub original_authority: Option<String>,
}

/// Opens a case for one or both of a couple, or for whoever holds their notarised power.
#[operation(name = "requestReissue")]
pub fn request(
    ctx: &mut Context,
    mut input: RequestReissueInput,
) -> Result<FileOpened, OperationError> {
    let authority = authority(ctx, &input.authority_code, "/authorityCode")?;
    input.applicants.iter_mut().for_each(Party::normalise);
    check(ctx, &input)?;
    let mut case = ReissueCase {
        course: Course::begin(ctx, "reissue_case_no", &authority)?,
        state: ReissueState::Present,
        applicants: input.applicants,
        agent: input.agent,
        other: input.other,
        reason: input.reason,
        target_kind: input.target_kind,
        original_number: input.original_number.map(|it| normalised(&it, ctx)),
        original_date: input.original_date,
        original_authority: input.original_authority,
        flags: Vec::new(),
        required_materials: Vec::new(),
        archive_evidence: None,
        marriage_record_id: None,
        current_status_still_holds: None,
        identity_matches: None,
        evidence: Vec::new(),
        archive_reply_until: None,
        evidence_until: None,
        certificate_number: None,
        registrar_id: None,
        images_complete: false,
    };
    case.course.pass(ctx, "REISSUE-REQUESTED", case.state);
    let case_id = ctx.put_new(&case)?;
    ctx.start_process(start(&case, &case_id, authority.foreign_power));
    Ok(FileOpened {
        case_id,
        case_no: case.course.case_no,
        state: word(case.state),
        code: None,
    })
}

fn start(case: &ReissueCase, case_id: &RecordId, foreign_power: bool) -> StartProcess {
    let kinds: Vec<String> = case.applicants.iter().map(|it| word(it.kind)).collect();
    let outside = |it: &&Party| !it.kind.is_mainland();
    let n_outside = case.applicants.iter().filter(outside).count();
    let circumstances: Vec<&str> = case.agent.iter().map(|_| "AGENT").collect();
    StartProcess::new(PROCESS)
        .with_business_key(&*case.course.case_no)
        .with_variable("caseId", case_id)
        .with_variable("procedure", "REISSUE")
        .with_variable("stage", "APPLY")
        .with_variable("partyKinds", kinds)
        .with_variable("anyPartyOutside", n_outside > 0)
        .with_variable("bothPartiesOutside", n_outside == 2)
        .with_variable(
            "anyPartyForeign",
            case.applicants.iter().any(|it| it.kind.is_foreign()),
        )
        .with_variable("foreignPower", foreign_power)
        .with_variable("recordMadeHere", true)
        .with_variable("circumstances", circumstances)
}

fn normalised(number: &str, ctx: &Context) -> String {
    let parsed = CertificateNumber::parse(number, ctx.today().year());
    parsed.map_or_else(|_| number.trim().to_owned(), |it| it.as_str().to_owned())
}

fn check(ctx: &Context, input: &RequestReissueInput) -> Result<(), OperationError> {
    let both_needed = !ctx.parameter::<bool>("reissue_one_party")?;
    let n_applicants = input.applicants.len();
    if !(1..=2).contains(&n_applicants) || (both_needed && n_applicants < 2) {
        return Err(OperationError::invalid(
            "/applicants",
            code::NOT_BOTH_PRESENT,
        ));
    }
    let mut violations = Violations::new();
    for (idx, party) in input.applicants.iter().enumerate() {
        party.check(ctx, &format!("/applicants/{idx}"), &mut violations);
    }
    violations.into_result()?;
    input.agent.as_ref().map_or(Ok(()), check_agent)
}

/// MR-R-03: without a notarised power that says everything nobody asks for another.
fn check_agent(agent: &ReissueAgent) -> Result<(), OperationError> {
    let given = |it: &Option<String>| it.as_ref().is_some_and(|it| !it.trim().is_empty());
    let notarised = given(&agent.notarised_power_no) && given(&agent.notary_office);
    if !notarised || !agent.power_complete {
        return Err(OperationError::invalid("/agent", code::POWER_LACKS));
    }
    if ResidentId::parse(&agent.id_number).is_err() {
        return Err(OperationError::invalid(
            "/agent/idNumber",
            code::ID_NUMBER_WRONG,
        ));
    }
    Ok(())
}

/// The results of DT-M1 and DT-M3.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteReissueRequirementsInput {
    /// 办件
    pub case_id: RecordId,
    /// DT-M1
    pub competence: Competence,
    /// DT-M3
    pub required_materials: Vec<Material>,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoteReissueRequirementsOutput {
    /// Whether this authority handles the case.
    pub handled: bool,
}

/// Writes what the tables decided into the case; an authority that is not competent ends it here.
#[operation(name = "noteReissueRequirements")]
pub fn note_requirements(
    ctx: &mut Context,
    input: NoteReissueRequirementsInput,
) -> Result<NoteReissueRequirementsOutput, OperationError> {
    let mut case = reissue_case(ctx, &input.case_id, &[ReissueState::Present])?;
    if input.competence.foreign {
        case.set_flag(Flag::Foreign);
    }
    case.required_materials = demanded(ctx, input.required_materials);
    let handled = input.competence.outcome == "HANDLE";
    if handled {
        case.move_to(ctx, ReissueState::ArchiveSearch, "REISSUE-SEARCH-BEGUN");
    } else {
        case.course.refuse(ctx, code::NO_FOREIGN_POWER, None);
        case.course.add_document(ctx, "D-13");
        case.move_to(ctx, ReissueState::Refused, "REISSUE-REFERRED");
    }
    ctx.put(&case)?;
    Ok(NoteReissueRequirementsOutput { handled })
}

/// The parties have left, or the applicant wants it no more.
#[operation(name = "closeReissueCase")]
pub fn close_case(
    ctx: &mut Context,
    input: crate::course::FileInput,
) -> Result<FileState, OperationError> {
    let open = [
        ReissueState::Present,
        ReissueState::ArchiveSearch,
        ReissueState::WaitOtherArchive,
        ReissueState::Substitute,
        ReissueState::Review,
    ];
    let mut case = reissue_case(ctx, &input.case_id, &open)?;
    for key in [super::ARCHIVE_REPLY, super::EVIDENCE] {
        super::close(ctx, key, case.id())?;
    }
    case.move_to(ctx, ReissueState::ClosedNoAction, "REISSUE-CLOSED");
    ctx.put(&case)?;
    ctx.publish_message(tongban_sdk::PublishMessage::new(
        "REISSUE_CLOSED",
        case.id(),
    ));
    Ok(FileState::of(case.id(), case.state))
}
