//! Applications for money (§5.2), from the limit (DT-F6) to the acceptance, and their withdrawal.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, OperationError, PublishMessage, RecordId, Violations, operation};

use crate::case::{Benefit, FuneralCase, FuneralState};
use crate::code;
use crate::dossier::{self, CaseInput, CaseState, SUPERVISOR};
use crate::review;
use crate::service::ServiceRecord;
use crate::statistics::ending;

/// The applicant has withdrawn.
const WITHDRAWN: &str = "FUNERAL_WITHDRAWN";

/// What DT-F6 says.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClaimLimit {
    /// 月数
    pub months: u32,
    /// 起算: CREMATION, BURIAL
    pub from: String,
}

/// DT-F6 for a case.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteFuneralLimitInput {
    /// 办件
    pub case_id: RecordId,
    /// DT-F6
    pub limit: ClaimLimit,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoteFuneralLimitOutput {
    /// `IN_TIME`, `LATE`, or `FORCE_MAJEURE`: an approver decides.
    pub timeliness: String,
    /// 申请截止
    pub claim_until: Date,
    /// 服务日期
    pub service_date: Date,
}

/// Row 7: late without force majeure is not accepted at once.
#[operation(name = "noteFuneralLimit")]
pub fn note_limit(
    ctx: &mut Context,
    input: NoteFuneralLimitInput,
) -> Result<NoteFuneralLimitOutput, OperationError> {
    let mut case = dossier::read(ctx, &input.case_id, &[FuneralState::Submitted])?;
    let cremated = case.service.as_ref().and_then(ServiceRecord::cremated_on);
    let burial = case.eco.as_ref().map(|it| it.burial_date);
    let anchor = match &*input.limit.from {
        "BURIAL" => burial.or(cremated),
        _ => cremated.or(burial),
    };
    let anchor = anchor.ok_or_else(|| OperationError::failed("expected a day of the service"))?;
    let id = case.id().clone();
    let until = ctx
        .set_deadline_of("funeral_claim", &id, anchor, input.limit.months)?
        .due_on;
    case.claim_until = Some(until);
    let late = ctx.today() > until;
    let timeliness = match (late, case.force_majeure.is_some()) {
        (false, _) => "IN_TIME",
        (true, true) => "FORCE_MAJEURE",
        (true, false) => "LATE",
    };
    if timeliness == "LATE" {
        case.refuse(ctx, code::LATE, None);
        case.issue(ctx, "N-03");
        case.move_to(ctx, FuneralState::NotAccepted, ("DT-F6", "LATE"), None);
        dossier::close_deadline(ctx, "funeral_accept", &id, "not accepted")?;
        dossier::tell_applicant(ctx, &case, "FUNERAL-NOTICE-NOT-ACCEPTED");
    }
    let service_date = case.service_date.unwrap_or(anchor);
    ctx.put(&case)?;
    ending::ended(ctx, &case)?;
    Ok(NoteFuneralLimitOutput {
        timeliness: timeliness.to_owned(),
        claim_until: until,
        service_date,
    })
}

/// An approver on force majeure (`late_policy`).
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DecideLateApplicationInput {
    /// 办件
    pub case_id: RecordId,
    /// 认可不可抗力
    pub agree: bool,
    /// 理由
    pub reason: String,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DecideLateApplicationOutput {
    /// `IN_TIME` or `LATE`
    pub timeliness: String,
}

/// Row 7: the approver says whether force majeure excuses.
#[operation(name = "decideLateApplication")]
pub fn decide_late(
    ctx: &mut Context,
    input: DecideLateApplicationInput,
) -> Result<DecideLateApplicationOutput, OperationError> {
    let mut case = dossier::read(ctx, &input.case_id, &[FuneralState::Submitted])?;
    dossier::require_reason(false, Some(&input.reason))?;
    let (state, result) = if input.agree {
        (FuneralState::Submitted, "IN_TIME")
    } else {
        (FuneralState::NotAccepted, "LATE")
    };
    case.move_to(ctx, state, ("LATE", result), Some(input.reason));
    if !input.agree {
        case.refuse(ctx, code::LATE, None);
        case.issue(ctx, "N-03");
        let id = case.id().clone();
        dossier::close_deadline(ctx, "funeral_accept", &id, "not accepted")?;
        dossier::tell_applicant(ctx, &case, "FUNERAL-NOTICE-NOT-ACCEPTED");
    }
    ctx.put(&case)?;
    ending::ended(ctx, &case)?;
    Ok(DecideLateApplicationOutput {
        timeliness: result.to_owned(),
    })
}

/// 受理决定
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FuneralAcceptDecision {
    /// 受理
    Accept,
    /// 补正
    Supplement,
    /// 不予受理
    NotAccept,
}

/// The town's decision whether to accept.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AcceptFuneralInput {
    /// 办件
    pub case_id: RecordId,
    /// 决定
    pub decision: FuneralAcceptDecision,
    /// 缺少的材料, all at once
    #[serde(default)]
    pub missing_materials: Vec<String>,
    /// 不予受理代码
    #[serde(default)]
    pub code: Option<String>,
    /// 说明
    #[serde(default)]
    pub note: Option<String>,
    /// DT-F4
    #[serde(default)]
    pub required_materials: Vec<String>,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcceptFuneralOutput {
    /// `ACCEPT`, `SUPPLEMENT` or `NOT_ACCEPT`
    pub accept_decision: String,
}

/// Rows 3, 4 and 7. With the acceptance the policy of the day of the service is frozen.
#[operation(name = "acceptFuneral")]
pub fn accept(
    ctx: &mut Context,
    input: AcceptFuneralInput,
) -> Result<AcceptFuneralOutput, OperationError> {
    let mut case = dossier::read(ctx, &input.case_id, &[FuneralState::Submitted])?;
    let id = case.id().clone();
    case.required_materials
        .clone_from(&input.required_materials);
    let today = ctx.today();
    let decision = match input.decision {
        FuneralAcceptDecision::Accept => {
            check_acceptance(ctx, &case)?;
            let policy: String = ctx.parameter("policy_version")?;
            if policy.is_empty() {
                return Err(OperationError::invalid("/caseId", code::NO_POLICY));
            }
            case.policy_version = Some(policy);
            case.accepted_at = Some(ctx.now());
            case.missing_materials.clear();
            case.move_to(
                ctx,
                FuneralState::Accepted,
                ("ACCEPT", "ACCEPTED"),
                input.note,
            );
            case.issue(ctx, "N-01");
            dossier::close_deadline(ctx, "funeral_accept", &id, "accepted")?;
            dossier::close_deadline(ctx, "funeral_claim", &id, "accepted")?;
            dossier::tell_applicant(ctx, &case, "FUNERAL-NOTICE-ACCEPTED");
            "ACCEPT"
        }
        FuneralAcceptDecision::Supplement => {
            let mut violations = Violations::new();
            let named = !input.missing_materials.is_empty();
            // One time, and the list is complete.
            violations.require(named, "/missingMaterials", code::MATERIAL_WRONG);
            violations.require(case.supplements == 0, "/decision", code::STATE_FORBIDS);
            violations.into_result()?;
            case.missing_materials = input.missing_materials;
            case.supplements += 1;
            case.move_to(
                ctx,
                FuneralState::Supplement,
                ("ACCEPT", "SUPPLEMENT"),
                input.note,
            );
            case.issue(ctx, "N-02");
            case.supply_until = Some(ctx.set_deadline("funeral_supply", &id, today)?.due_on);
            ctx.pause_deadline("funeral_accept", &id, today, "supplement");
            dossier::tell_applicant(ctx, &case, "FUNERAL-NOTICE-SUPPLEMENT");
            "SUPPLEMENT"
        }
        FuneralAcceptDecision::NotAccept => {
            dossier::require_reason(false, input.note.as_ref())?;
            let code = input.code.unwrap_or_else(|| code::NOT_ELIGIBLE.to_owned());
            case.refuse(ctx, &code, input.note.clone());
            case.move_to(
                ctx,
                FuneralState::NotAccepted,
                ("ACCEPT", "NOT_ACCEPTED"),
                input.note,
            );
            case.issue(ctx, "N-03");
            dossier::close_deadline(ctx, "funeral_accept", &id, "not accepted")?;
            dossier::tell_applicant(ctx, &case, "FUNERAL-NOTICE-NOT-ACCEPTED");
            "NOT_ACCEPT"
        }
    };
    ctx.put(&case)?;
    ending::ended(ctx, &case)?;
    Ok(AcceptFuneralOutput {
        accept_decision: decision.to_owned(),
    })
}

/// V-11, V-14 and that the certificate is nobody else's.
fn check_acceptance(
    ctx: &Context,
    case: &tongban_sdk::Stored<FuneralCase>,
) -> Result<(), OperationError> {
    let mut violations = Violations::new();
    if let Some(service) = &case.service {
        if case.benefit == Benefit::Reimb {
            service.check_invoice(&mut violations);
        }
        if let Some(no) = &service.cremation_cert_no
            && dossier::certificate_of_another(ctx, no, &case.deceased_key)?
        {
            violations.add("/service/cremationCertNo", code::CERTIFICATE_USED);
        }
    }
    violations.into_result()?;
    let (key, group) = (&case.deceased_key, &case.exclusion_group);
    dossier::require_no_other(ctx, key, group, Some(case.id()))
}

/// What was missing.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SupplyFuneralMaterialsInput {
    /// 办件
    pub case_id: RecordId,
    /// 补交的材料
    pub materials: Vec<String>,
    /// 更正后的服务记录
    #[serde(default)]
    pub service: Option<ServiceRecord>,
}

/// Row 5: the day of the first submission keeps the deadline.
#[operation(name = "supplyFuneralMaterials")]
pub fn supply(
    ctx: &mut Context,
    input: SupplyFuneralMaterialsInput,
) -> Result<CaseState, OperationError> {
    let mut case = dossier::read(ctx, &input.case_id, &[FuneralState::Supplement])?;
    let mut violations = Violations::new();
    for missing in &case.missing_materials {
        let given = input.materials.contains(missing);
        violations.require(given, "/materials", code::MATERIAL_WRONG);
    }
    if let Some(service) = &input.service {
        service.check(case.deceased.death_date, &mut violations);
    }
    violations.into_result()?;
    if input.service.is_some() {
        case.service = input.service;
        case.scan_on = Some(ctx.today());
    }
    let (id, today) = (case.id().clone(), ctx.today());
    dossier::close_deadline(ctx, "funeral_supply", &id, "supplied")?;
    ctx.resume_deadline("funeral_accept", &id, today);
    case.supply_until = None;
    case.move_to(ctx, FuneralState::Submitted, ("SUPPLY", "DONE"), None);
    ctx.put(&case)?;
    Ok(CaseState {
        state: FuneralState::Submitted,
    })
}

/// Row 6: nothing came; the applicant may submit again while there is time.
#[operation(name = "lapseFuneral")]
pub fn lapse(ctx: &mut Context, input: CaseInput) -> Result<CaseState, OperationError> {
    let mut case = dossier::read(ctx, &input.case_id, &[FuneralState::Supplement])?;
    let id = case.id().clone();
    case.refuse(ctx, code::NOT_SUPPLIED, None);
    case.move_to(ctx, FuneralState::Lapsed, ("SUPPLY", "LAPSED"), None);
    dossier::close_deadline(ctx, "funeral_supply", &id, "over")?;
    dossier::close_deadline(ctx, "funeral_accept", &id, "lapsed")?;
    dossier::tell_applicant(ctx, &case, "FUNERAL-NOTICE-LAPSED");
    ctx.put(&case)?;
    ending::ended(ctx, &case)?;
    Ok(CaseState {
        state: FuneralState::Lapsed,
    })
}

/// K-01: the office has not decided in time. An alarm, and nothing else.
#[operation(name = "alarmFuneralAcceptance")]
pub fn alarm(ctx: &mut Context, input: CaseInput) -> Result<CaseState, OperationError> {
    let mut case = dossier::any(ctx, &input.case_id)?;
    if case.state == FuneralState::Submitted && !case.flags.iter().any(|it| it == "ACCEPT-LATE") {
        case.flags.push("ACCEPT-LATE".to_owned());
        dossier::tell_role(
            ctx,
            ("FUNERAL-NOTICE-ACCEPT-LATE", SUPERVISOR),
            &case,
            "accept",
        );
        ctx.put(&case)?;
    }
    Ok(CaseState { state: case.state })
}

/// The applicant takes the application back.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WithdrawFuneralApplicationInput {
    /// 办件
    pub case_id: RecordId,
    /// 原因
    #[serde(default)]
    pub reason: Option<String>,
}

/// Row 21.
#[operation(name = "withdrawFuneralApplication")]
pub fn withdraw(
    ctx: &mut Context,
    input: WithdrawFuneralApplicationInput,
) -> Result<CaseState, OperationError> {
    let mut case = dossier::any(ctx, &input.case_id)?;
    let by_citizen = ctx.actor().is_some_and(|it| it.has_role("CITIZEN"));
    let own = case.applicant.as_ref().map(|it| it.person_id.as_str());
    let is_own = own == ctx.actor().map(|it| it.id.as_str());
    if !case.state.may_withdraw() || case.benefit.is_counter(case.by_money) || by_citizen && !is_own
    {
        return Err(OperationError::invalid("/caseId", code::STATE_FORBIDS));
    }
    let id = case.id().clone();
    for key in [
        "funeral_accept",
        "funeral_supply",
        "funeral_publicity",
        "funeral_claim",
    ] {
        dossier::close_deadline(ctx, key, &id, "withdrawn")?;
    }
    review::give_back(ctx, &mut case)?;
    case.move_to(
        ctx,
        FuneralState::Withdrawn,
        ("WITHDRAW", "DONE"),
        input.reason,
    );
    ctx.put(&case)?;
    ending::ended(ctx, &case)?;
    ctx.publish_message(PublishMessage::new(WITHDRAWN, &id));
    Ok(CaseState {
        state: FuneralState::Withdrawn,
    })
}
