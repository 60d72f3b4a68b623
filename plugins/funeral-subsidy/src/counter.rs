//! At the hall's counter (§5.1): WAIVER, SPECIAL and UNNAMED, from the body's coming to the signed
//! sheet.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, OperationError, PublishMessage, RecordId, StartProcess, Stored, Violations,
    operation,
};

use crate::case::{Benefit, FuneralCase, FuneralState};
use crate::code;
use crate::dossier::{self, CaseState, NewCase};
use crate::late;
use crate::person::{Deceased, FuneralApplicant};
use crate::service::{ServiceItem, ServiceRecord, ServiceUnit};
use crate::statistics::ending;

const PROCESS: &str = "funeral-counter";
/// The clock of the public notice of an unnamed body.
pub const NOTICE: &str = "funeral_unnamed_notice";
/// A relative has claimed the body.
const CLAIMED: &str = "FUNERAL_BODY_CLAIMED";
/// The family wants no benefit.
const DECLINED: &str = "FUNERAL_DECLINED";

/// A body has come to the hall.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenFuneralCaseInput {
    /// 项目: WAIVER, SPECIAL, UNNAMED
    pub benefit: Benefit,
    /// 逝者
    pub deceased: Deceased,
    /// 丧属; of an unnamed body nobody
    #[serde(default)]
    pub applicant: Option<FuneralApplicant>,
    /// 公安案件编号, of an unnamed body
    #[serde(default)]
    pub police_case_no: Option<String>,
    /// 无名遗体公告日期
    #[serde(default)]
    pub notice_posted_on: Option<Date>,
    /// 卫生健康部门要求立即火化
    #[serde(default)]
    pub immediate_cremation_order: Option<String>,
    /// 丧属同意短信提醒
    #[serde(default)]
    pub consents_to_reminder: bool,
}

/// Row 1: no case without a death certificate. **HARD**
#[operation(name = "openFuneralCase")]
pub fn open(ctx: &mut Context, input: OpenFuneralCaseInput) -> Result<NewCase, OperationError> {
    let OpenFuneralCaseInput {
        benefit,
        mut deceased,
        mut applicant,
        police_case_no,
        notice_posted_on,
        immediate_cremation_order,
        consents_to_reminder,
    } = input;
    let mut violations = Violations::new();
    let at_counter = benefit.is_counter(false);
    violations.require(at_counter, "/benefit", code::STATE_FORBIDS);
    deceased.check(ctx.today(), &mut violations);
    if let Some(applicant) = &mut applicant {
        applicant.check(&deceased, ctx.today(), &mut violations);
    }
    let unnamed = benefit == Benefit::Unnamed;
    violations.require(
        unnamed || applicant.is_some(),
        "/applicant",
        code::FIELD_MISSING,
    );
    let papers = !unnamed || police_case_no.is_some();
    violations.require(papers, "/policeCaseNo", code::FIELD_MISSING);
    let noticed = !unnamed || notice_posted_on.is_some() || immediate_cremation_order.is_some();
    violations.require(noticed, "/noticePostedOn", code::FIELD_MISSING);
    violations.into_result()?;
    let key = deceased.key(police_case_no.as_deref());
    dossier::require_no_other(ctx, &key, benefit.exclusion_group(), None)?;

    let begin = (benefit, false, FuneralState::Open);
    let mut case = dossier::new_case(ctx, begin, deceased, police_case_no)?;
    case.applicant = applicant;
    case.notice_posted_on = notice_posted_on;
    case.consents_to_reminder = consents_to_reminder;
    case.flags
        .extend(immediate_cremation_order.map(|it| format!("CREMATE-AT-ONCE:{it}")));
    case.move_to(ctx, FuneralState::Open, ("OPEN", "DONE"), None);
    if unnamed {
        case.issue(ctx, "N-13");
    }
    let no = case.no.clone();
    let case_id = ctx.put_new(&case)?;
    ending::received(ctx, &case)?;
    if let Some(posted) = notice_posted_on.filter(|_| unnamed) {
        ctx.set_deadline(NOTICE, &case_id, posted)?;
    }
    let start = StartProcess::new(PROCESS)
        .with_business_key(&no)
        .with_variable("caseId", &case_id);
    ctx.start_process(start);
    Ok(NewCase {
        case_id,
        no,
        state: FuneralState::Open,
    })
}

/// What the hall did.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordHallServicesInput {
    /// 办件
    pub case_id: RecordId,
    /// 殡仪馆服务
    pub service: ServiceRecord,
}

/// By which policy, and for whom.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordHallServicesOutput {
    /// 服务日期
    pub service_date: Date,
    /// DT-F2: `RESIDENT`, `SPECIAL` or `UNNAMED`.
    pub item_group: String,
    /// What WAIVER or REIMB has already given for this deceased.
    pub basic_paid_fen: i64,
}

/// Row 4: the service lines. An unnamed body is not cremated before every condition is met (FS-S-02).
#[operation(name = "recordHallServices")]
pub fn record_services(
    ctx: &mut Context,
    input: RecordHallServicesInput,
) -> Result<RecordHallServicesOutput, OperationError> {
    let states = [FuneralState::Eligible, FuneralState::EligibleProvisional];
    let mut case = dossier::read(ctx, &input.case_id, &states)?;
    let mut violations = Violations::new();
    input
        .service
        .check(case.deceased.death_date, &mut violations);
    let cremated = input.service.cremated_on();
    violations.require(
        cremated.is_some(),
        "/service/crematedAt",
        code::FIELD_MISSING,
    );
    let past = cremated.is_none_or(|it| it <= ctx.today());
    violations.require(past, "/service/crematedAt", code::DATES_DISAGREE);
    violations.into_result()?;
    if let (Some(on), Some(until), true) = (
        cremated,
        case.notice_until,
        case.benefit == Benefit::Unnamed,
    ) && on <= until
    {
        return Err(OperationError::invalid(
            "/service/crematedAt",
            code::STATE_FORBIDS,
        ));
    }
    if let Some(no) = &input.service.cremation_cert_no
        && dossier::certificate_of_another(ctx, no, &case.deceased_key)?
    {
        let path = "/service/cremationCertNo";
        return Err(OperationError::invalid(path, code::CERTIFICATE_USED));
    }
    let service_date = cremated.unwrap_or(case.deceased.death_date);
    case.service_date = Some(service_date);
    case.service = Some(input.service);
    ctx.put(&case)?;
    Ok(RecordHallServicesOutput {
        service_date,
        item_group: item_group(case.benefit).to_owned(),
        basic_paid_fen: basic_paid(ctx, &case)?,
    })
}

/// The group of DT-F2.
pub fn item_group(benefit: Benefit) -> &'static str {
    match benefit {
        Benefit::Special => "SPECIAL",
        Benefit::Unnamed => "UNNAMED",
        _ => "RESIDENT",
    }
}

/// The special cap is the sum for one deceased: what WAIVER or REIMB has given counts.
pub fn basic_paid(ctx: &Context, case: &Stored<FuneralCase>) -> Result<i64, OperationError> {
    if case.benefit != Benefit::Special {
        return Ok(0);
    }
    let query = tongban_sdk::Query::new()
        .equal("deceasedKey", &case.deceased_key)
        .equal("exclusionGroup", Benefit::Waiver.exclusion_group())
        .equal("holdsPlace", true);
    let cases = ctx.find::<FuneralCase>(query)?.items;
    Ok(cases.iter().map(|it| it.result().get()).sum())
}

/// Whether only sample tables have made the amount.
pub fn is_demo_case(case: &FuneralCase) -> bool {
    let policy = case.policy_version.as_deref();
    policy.is_some_and(crate::batch::is_demo)
}

/// The sheet is signed.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignWaiverInput {
    /// 办件
    pub case_id: RecordId,
    /// 丧属(无名遗体:移交单位)已签字
    pub signed: bool,
}

/// Row 5: the hall's manager confirms what the clerk has entered, and the family has signed.
#[operation(name = "signWaiver")]
pub fn sign(ctx: &mut Context, input: SignWaiverInput) -> Result<CaseState, OperationError> {
    let mut case = dossier::read(ctx, &input.case_id, &[FuneralState::Calculated])?;
    if !input.signed {
        return Err(OperationError::invalid("/signed", code::FIELD_MISSING));
    }
    dossier::require_other_person(ctx, &case, &["OPEN"])?;
    case.move_to(ctx, FuneralState::Waived, ("SIGN", "WAIVED"), None);
    case.issue(ctx, "N-04");
    case.ashes_until = ashes_until(&case);
    ctx.put(&case)?;
    ending::ended(ctx, &case)?;
    if case.provisional {
        late::begin(ctx, &case);
    }
    Ok(CaseState {
        state: FuneralState::Waived,
    })
}

/// The day on which what was waived of the storage of the ashes ends, counted from the cremation.
fn ashes_until(case: &FuneralCase) -> Option<Date> {
    let (service, calculation) = (case.service.as_ref()?, case.calculation.as_ref()?);
    // The calculation has a line for each line of the hall, in its order.
    let lines = service.lines.iter().zip(&calculation.lines);
    let stored = lines.filter(|(line, _)| line.item == ServiceItem::AshesStorage);
    let months: i64 = stored
        .map(|(line, paid)| months(line.unit, paid.paid_quantity_hundredths))
        .sum();
    let months = i32::try_from(months).ok().filter(|it| *it > 0)?;
    Some(service.cremated_on()?.plus_months(months))
}

fn months(unit: ServiceUnit, quantity_hundredths: i64) -> i64 {
    match unit {
        ServiceUnit::Year => quantity_hundredths.saturating_mul(12) / 100,
        ServiceUnit::Month => quantity_hundredths / 100,
        _ => 0,
    }
}

/// The family wants no benefit.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeclineFuneralBenefitInput {
    /// 办件
    pub case_id: RecordId,
    /// 签字说明
    pub note: String,
}

/// Row 9.
#[operation(name = "declineFuneralBenefit")]
pub fn decline(
    ctx: &mut Context,
    input: DeclineFuneralBenefitInput,
) -> Result<CaseState, OperationError> {
    let states = [
        FuneralState::Open,
        FuneralState::Eligible,
        FuneralState::EligibleProvisional,
        FuneralState::Calculated,
    ];
    let mut case = dossier::read(ctx, &input.case_id, &states)?;
    case.move_to(
        ctx,
        FuneralState::Declined,
        ("DECLINE", "DECLINED"),
        Some(input.note),
    );
    ctx.put(&case)?;
    ending::ended(ctx, &case)?;
    ctx.publish_message(PublishMessage::new(DECLINED, case.id()));
    Ok(CaseState {
        state: FuneralState::Declined,
    })
}

/// A relative comes for an unnamed body.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClaimUnnamedBodyInput {
    /// 办件
    pub case_id: RecordId,
    /// 逝者, now known
    pub deceased: Deceased,
    /// 认领人
    pub applicant: FuneralApplicant,
    /// 丧属同意短信提醒
    #[serde(default)]
    pub consents_to_reminder: bool,
}

/// Row 10: the same case and number becomes a WAIVER, and DT-F1 decides about the now known
/// deceased.
#[operation(name = "claimUnnamedBody")]
pub fn claim(ctx: &mut Context, input: ClaimUnnamedBodyInput) -> Result<CaseState, OperationError> {
    let states = [
        FuneralState::Open,
        FuneralState::Eligible,
        FuneralState::EligibleProvisional,
    ];
    let mut case = dossier::read(ctx, &input.case_id, &states)?;
    if case.benefit != Benefit::Unnamed {
        return Err(OperationError::invalid("/caseId", code::STATE_FORBIDS));
    }
    let (mut deceased, mut applicant) = (input.deceased, input.applicant);
    let mut violations = Violations::new();
    deceased.check(ctx.today(), &mut violations);
    applicant.check(&deceased, ctx.today(), &mut violations);
    let proven = applicant.proof_of_relation.is_some();
    violations.require(
        proven,
        "/applicant/proofOfRelation",
        code::RELATION_UNPROVEN,
    );
    violations.into_result()?;
    let key = deceased.key(None);
    let group = Benefit::Waiver.exclusion_group();
    dossier::require_no_other(ctx, &key, group, Some(case.id()))?;
    case.deceased_key = key;
    case.deceased = deceased;
    case.applicant = Some(applicant);
    case.consents_to_reminder = input.consents_to_reminder;
    case.benefit = Benefit::Waiver;
    case.notice_until = None;
    case.move_to(ctx, FuneralState::Open, ("CLAIM", "CLAIMED"), None);
    let id = case.id().clone();
    dossier::close_deadline(ctx, NOTICE, &id, "claimed by a relative")?;
    ctx.put(&case)?;
    ctx.publish_message(PublishMessage::new(CLAIMED, case.id()));
    Ok(CaseState {
        state: FuneralState::Open,
    })
}
