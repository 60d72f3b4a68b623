//! The registrar's decision on a re-issue: the number, the new certificates, the end of the old.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, OperationError, Query, RecordId, Stored, operation};

use super::case::{ReissueCase, ReissueState};
use super::{ARCHIVE, reissue_case};
use crate::archive::{
    Certificate, CertificateStatus, MarriageRecord, Person, RegistryStatus, couple_key,
};
use crate::authority::{area_of, require_registrar};
use crate::case::{compact, word};
use crate::code;
use crate::statistics::Tally;

/// The decision.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReviewReissueInput {
    /// 办件
    pub case_id: RecordId,
    /// 决定
    pub decision: ReissueDecision,
    /// 已签署申请补领婚姻登记证声明书
    #[serde(default)]
    pub declaration_signed: bool,
    /// 照片符合要求
    #[serde(default)]
    pub photo_ok: bool,
    /// 已核对身份证件
    #[serde(default)]
    pub identity_confirmed: bool,
    /// 第二核验人 where the police source was silent.
    #[serde(default)]
    pub second_staff_id: Option<String>,
    /// 说明
    #[serde(default)]
    pub note: Option<String>,
}

/// 决定
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReissueDecision {
    /// 补发
    Issue,
    /// 不予补发
    Refuse,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReviewReissueOutput {
    /// Whether a certificate was issued.
    pub issued: bool,
    /// 补发证字号
    pub certificate_number: Option<String>,
    /// The record that is uploaded, if the local archive has one.
    pub marriage_record_id: Option<RecordId>,
}

/// Issues, if V-20 holds in this transaction; or refuses, and offers a copy of the archive.
#[operation(name = "reviewReissue")]
pub fn review(
    ctx: &mut Context,
    input: ReviewReissueInput,
) -> Result<ReviewReissueOutput, OperationError> {
    let mut case = reissue_case(ctx, &input.case_id, &[ReissueState::Review])?;
    case.registrar_id = Some(require_registrar(ctx, &case.id_numbers(), "/caseId")?);
    let holds = still_holds(ctx, &case)?;
    case.current_status_still_holds = Some(holds);
    if input.decision == ReissueDecision::Refuse {
        return refuse(ctx, case, input.note);
    }
    if !holds {
        return Err(OperationError::invalid("/decision", code::STATUS_CHANGED));
    }
    check(ctx, &case, &input)?;
    let number = issue(ctx, &mut case)?;
    ctx.put(&case)?;
    let reason = word(case.reason);
    let tally = Tally::default()
        .count("REISSUES")
        .count(format!("REISSUES:{reason}"));
    tally.note(ctx, &case.course.authority_code)?;
    Ok(ReviewReissueOutput {
        issued: true,
        certificate_number: Some(number),
        marriage_record_id: case.marriage_record_id.clone(),
    })
}

fn refuse(
    ctx: &mut Context,
    mut case: Stored<ReissueCase>,
    note: Option<String>,
) -> Result<ReviewReissueOutput, OperationError> {
    let code = if case.current_status_still_holds == Some(false) {
        code::STATUS_CHANGED
    } else {
        code::CHECK_MISMATCH
    };
    if code == code::CHECK_MISMATCH && case.identity_matches != Some(false) {
        return Err(OperationError::invalid("/decision", code::CHOICE_UNKNOWN));
    }
    case.course.refuse(ctx, code, note);
    case.course.add_document(ctx, "D-07");
    // The copy of the archive that is offered instead.
    case.course.add_document(ctx, "D-12");
    case.move_to(ctx, ReissueState::Refused, "REISSUE-REFUSED");
    ctx.put(&case)?;
    Ok(ReviewReissueOutput {
        issued: false,
        certificate_number: None,
        marriage_record_id: None,
    })
}

fn check(
    ctx: &Context,
    case: &ReissueCase,
    input: &ReviewReissueInput,
) -> Result<(), OperationError> {
    let missing = |path: &str| Err(OperationError::invalid(path, code::MATERIAL_MISSING));
    if !input.declaration_signed {
        return missing("/declarationSigned");
    }
    if !input.photo_ok {
        return missing("/photoOk");
    }
    if !input.identity_confirmed {
        return missing("/identityConfirmed");
    }
    match case.identity_matches {
        Some(true) => Ok(()),
        Some(false) => Err(OperationError::invalid("/decision", code::CHECK_MISMATCH)),
        // §9.3 a: chip reader and two persons.
        None => {
            let second = input.second_staff_id.as_deref().map_or("", str::trim);
            let own = ctx.actor().is_some_and(|it| it.id == second);
            if second.is_empty() || own {
                return Err(OperationError::invalid(
                    "/secondStaffId",
                    code::SAME_PERSON_TWICE,
                ));
            }
            Ok(())
        }
    }
}

/// V-20, read again: what the search saw may be over.
fn still_holds(ctx: &Context, case: &ReissueCase) -> Result<bool, OperationError> {
    let known = case.current_status_still_holds == Some(true);
    let Some(id) = &case.marriage_record_id else {
        return Ok(known);
    };
    let record = ctx.require::<MarriageRecord>(id, "/caseId")?;
    if case.target_kind == super::case::ReissueTarget::J {
        return Ok(record.status == RegistryStatus::Valid);
    }
    let query = Query::new()
        .equal("coupleKey", &record.couple_key)
        .equal("status", RegistryStatus::Valid);
    Ok(ctx.count::<MarriageRecord>(query)? == 0)
}

fn issue(ctx: &mut Context, case: &mut Stored<ReissueCase>) -> Result<String, OperationError> {
    let area = area_of(&case.course.authority_code).to_owned();
    let year = ctx.today().year();
    let scope: [(&str, &dyn ToString); 2] = [("area", &area), ("year", &year)];
    let number = ctx.number(case.target_kind.series(), &scope)?;
    let original = case.original_number.clone().unwrap_or_default();
    let registered = case.original_date.unwrap_or_else(|| ctx.today());
    let Some(other) = case.other.clone() else {
        return Err(OperationError::invalid("/caseId", code::MATERIAL_MISSING));
    };
    let holders: Vec<Person> = case.applicants.iter().map(Person::from).collect();
    for holder in &holders {
        let opposite = holders
            .iter()
            .find(|it| it.person_id != holder.person_id)
            .unwrap_or(&other);
        cancel(ctx, case, holder, opposite)?;
        let mut certificate = Certificate {
            number: number.clone(),
            kind: case.target_kind.issued(),
            holder: holder.clone(),
            other: opposite.clone(),
            authority_code: case.course.authority_code.clone(),
            issued_date: ctx.today(),
            registration_date: registered,
            status: CertificateStatus::Issued,
            print_serial: None,
            remarks: Some(format!(
                "补发,原证字号{original},原登记日期{}",
                compact(registered)
            )),
            check_code: None,
            registrar_id: case.registrar_id.clone(),
            photo_ref: None,
            case_id: Some(case.id().clone()),
        };
        certificate.check_code = Some(certificate.code().as_str().to_owned());
        ctx.put_new(&certificate)?;
    }
    if let Some(id) = &case.marriage_record_id {
        let mut record = ctx.require::<MarriageRecord>(id, "/caseId")?;
        record.reissued_as = Some(number.clone());
        ctx.put(&record)?;
    }
    case.certificate_number = Some(number.clone());
    case.course.add_document(ctx, "D-09");
    case.move_to(ctx, ReissueState::Issued, "REISSUED");
    ctx.set_deadline(ARCHIVE, case.id(), ctx.today())?;
    Ok(number)
}

/// The copy that the new one replaces, and any that was re-issued before.
fn cancel(
    ctx: &mut Context,
    case: &ReissueCase,
    holder: &Person,
    other: &Person,
) -> Result<(), OperationError> {
    let query = Query::new().equal("holderId", &holder.person_id);
    let couple = couple_key(&holder.person_id, &other.person_id);
    for mut old in ctx.find::<Certificate>(query)?.items {
        let same = couple_key(&old.holder.person_id, &old.other.person_id) == couple;
        let kind = case.target_kind.original().contains(&old.kind);
        if same && kind && old.status == CertificateStatus::Issued {
            old.status = CertificateStatus::Cancelled;
            old.remarks = Some(format!("补领注销 {}", case.course.case_no));
            ctx.put(&old)?;
        }
    }
    Ok(())
}
