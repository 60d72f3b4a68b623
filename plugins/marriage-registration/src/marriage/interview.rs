//! Rows 12 and 13: both are questioned, told of the duty to disclose serious illness, and sign
//! their declarations before the registrar; or the registrar stops to protect one of them.

pub mod protect;
mod requirement;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, OperationError, RecordId, StartProcess, Violations, operation};

use crate::archive::RegistryStatus;
use crate::authority::require_registrar;
use crate::case::word;
use crate::code;
use crate::kinship::{Kinship, KinshipLine, KinshipRule, KinshipSource};
use crate::marriage::case::State;
use crate::marriage::examination::{
    Declaration, EndOfMarriage, ProtectionSign, Questioning, Repair, StatusFinding,
};
use crate::marriage::{CaseState, Dossier, REPAIR_PROCESS, refuse};

/// What DT-M2 demands beside the registrar.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenMarriageInterviewInput {
    /// 办件
    pub case_id: RecordId,
    /// DT-M2
    #[serde(default)]
    pub requirements: Vec<String>,
}

/// Row 7: the checks are done. Registry data that a paper has shown to be out of date are reported
/// for repair (DT-M6 rows 2 and 3).
#[operation(name = "openMarriageInterview")]
pub fn open(
    ctx: &mut Context,
    input: OpenMarriageInterviewInput,
) -> Result<CaseState, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Checking])?;
    let mut requirements = input.requirements;
    requirements.sort_unstable();
    requirements.dedup();
    dossier.examination.requirements = requirements;
    queue_repairs(ctx, &mut dossier);
    let event = "MARRIAGE-CHECKS-DONE";
    dossier.case.move_to(ctx, State::Interview, event);
    dossier.put(ctx)?;
    Ok(CaseState::of(&dossier.case))
}

fn queue_repairs(ctx: &mut Context, dossier: &mut Dossier) {
    let mut repairs = Vec::new();
    for finding in &dossier.examination.statuses {
        let Some(status) = cleared_as(finding) else {
            continue;
        };
        let proven = dossier.examination.proven_end(&finding.person_id);
        let end = proven.map(|it| it.ended_by);
        for cert_number in &finding.valid_marriages {
            repairs.push(Repair {
                person_id: finding.person_id.clone(),
                cert_number: cert_number.clone(),
                status: match end {
                    Some(EndOfMarriage::DivorceReg) => RegistryStatus::DivorcedReg,
                    Some(_) | None => status,
                },
                proof_no: proven.and_then(|it| it.document_no.clone()),
                ended_on: proven.and_then(|it| it.ended_on),
                reported_no: None,
            });
        }
    }
    if !repairs.is_empty() {
        let start = StartProcess::new(REPAIR_PROCESS)
            .with_business_key(dossier.case.number())
            .with_variable("caseId", dossier.case.id())
            .with_variable("examinationId", dossier.examination.id());
        ctx.start_process(start);
    }
    dossier.examination.repairs = repairs;
}

/// What a marriage that DT-M6 row 2 or 3 cleared has become.
pub fn cleared_as(finding: &StatusFinding) -> Option<RegistryStatus> {
    let cleared = finding.outcome.as_deref() == Some("OK");
    match (
        &*finding.declared,
        cleared && !finding.valid_marriages.is_empty(),
    ) {
        ("40", true) => Some(RegistryStatus::DivorcedCourt),
        ("30", true) => Some(RegistryStatus::Death),
        (_, _) => None,
    }
}

/// What came of the questioning.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InterviewMarriageInput {
    /// 办件
    pub case_id: RecordId,
    /// 结果
    pub decision: InterviewDecision,
    /// 分别询问
    #[serde(default)]
    pub asked_separately: bool,
    /// 询问记录
    #[serde(default)]
    #[schemars(length(max = 500))]
    pub questioning_notes: Option<String>,
    /// 申请结婚登记声明书
    #[serde(default)]
    pub declarations: Vec<Declaration>,
    /// What of DT-M2 was there.
    #[serde(default)]
    pub requirements_met: Vec<String>,
    /// 当事人声明的亲属关系
    #[serde(default)]
    pub declared_line: Option<KinshipLine>,
    /// The larger of the two counts of generations.
    #[serde(default)]
    pub declared_generations: u8,
    /// For `SUSPEND`: what was seen.
    #[serde(default)]
    pub sign: Option<ProtectionSign>,
    /// For `SUSPEND` and `NOT_VOLUNTARY`.
    #[serde(default)]
    pub note: Option<String>,
}

/// 结果
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "InterviewMarriageDecision")]
pub enum InterviewDecision {
    /// 双方签署声明书
    Sign,
    /// 非完全自愿
    NotVoluntary,
    /// 中止并保护当事人
    Suspend,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InterviewMarriageOutput {
    /// `SIGNED`, `REFUSED` or `SUSPENDED`.
    pub interview_decision: String,
    /// 亲系, declared or known to the police, whichever is nearer.
    pub kin_line: String,
    /// The larger of the two counts.
    pub kin_generations: u8,
}

/// Questions both and takes their signed declarations (V-12, V-13).
#[operation(name = "interviewMarriageParties")]
pub fn interview(
    ctx: &mut Context,
    input: InterviewMarriageInput,
) -> Result<InterviewMarriageOutput, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Interview])?;
    let registrar_id = require_registrar(ctx, &dossier.case.id_numbers(), "/caseId")?;
    let decision = match input.decision {
        InterviewDecision::Sign => {
            sign(ctx, &mut dossier, input, &registrar_id)?;
            "SIGNED"
        }
        InterviewDecision::NotVoluntary => {
            let by = registrar_id.clone();
            refuse::refuse(ctx, &mut dossier, code::NOT_FREE_WILL, input.note, by)?;
            "REFUSED"
        }
        InterviewDecision::Suspend => {
            protect::suspend(ctx, &mut dossier, input.sign, input.note, &registrar_id)?;
            "SUSPENDED"
        }
    };
    dossier.case.registrar_id = Some(registrar_id);
    dossier.put(ctx)?;
    let kinship = dossier.examination.kinship;
    Ok(InterviewMarriageOutput {
        interview_decision: decision.into(),
        kin_line: word(kinship.line),
        kin_generations: kinship.generations,
    })
}

fn sign(
    ctx: &mut Context,
    dossier: &mut Dossier,
    input: InterviewMarriageInput,
    registrar_id: &str,
) -> Result<(), OperationError> {
    let related = input
        .declared_line
        .is_some_and(|it| it != KinshipLine::None);
    check(ctx, dossier, &input, related)?;
    let now = ctx.now();
    let examination = &mut dossier.examination;
    examination.questioning = Some(Questioning {
        asked_at: now,
        asked_separately: input.asked_separately,
        notes: input.questioning_notes,
    });
    examination.requirements_met = input.requirements_met;
    examination.declarations = input.declarations;
    for declaration in &mut examination.declarations {
        declaration.signed_at = Some(now);
        declaration.witnessed_by = Some(registrar_id.to_owned());
    }
    if related {
        examination.kinship = examination.kinship.nearer(Kinship {
            line: input.declared_line.unwrap_or_default(),
            generations: input.declared_generations,
            source: KinshipSource::Declared,
        });
    }
    let signers = dossier.examination.declarations.iter();
    let signers: Vec<String> = signers.map(|it| it.person_id.clone()).collect();
    for person_id in &signers {
        dossier.case.add_document(ctx, "D-10", Some(person_id));
    }
    dossier
        .case
        .move_to(ctx, State::Review, "MARRIAGE-DECLARED");
    Ok(())
}

/// Both have declared all four (§4.4), and what DT-M2 demands is there.
fn check(
    ctx: &Context,
    dossier: &Dossier,
    input: &InterviewMarriageInput,
    related: bool,
) -> Result<(), OperationError> {
    let mut violations = Violations::new();
    let same_day = dossier.is_same_day(ctx);
    violations.require(same_day, "/caseId", code::NOT_BOTH_PRESENT);
    let signers: Vec<String> = input
        .declarations
        .iter()
        .map(|it| it.person_id.clone())
        .collect();
    let both = dossier.case.are_both(&signers);
    violations.require(both, "/declarations", code::MATERIAL_MISSING);
    for (idx, declaration) in input.declarations.iter().enumerate() {
        let mut at = violations.at(format!("/declarations/{idx}"));
        at.require(declaration.voluntary, "/voluntary", code::NOT_FREE_WILL);
        at.require(declaration.no_spouse, "/noSpouse", code::SPOUSE_EXISTS);
        // Who declares a kinship that does not forbid the marriage leaves the box open.
        let unrelated = declaration.not_related || related;
        at.require(unrelated, "/notRelated", code::KINSHIP);
        let read = declaration.illness_duty_read;
        at.require(read, "/illnessDutyRead", code::MATERIAL_MISSING);
        at.require(declaration.signed, "/signed", code::MATERIAL_MISSING);
    }
    requirement::check(dossier, &input.requirements_met, &mut violations);
    violations.into_result()
}

/// What DT-M4 made of the kinship.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteMarriageKinshipInput {
    /// 办件
    pub case_id: RecordId,
    /// `ALLOWED`, `FORBIDDEN` or `REFER`
    pub kinship_rule: KinshipRule,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoteMarriageKinshipOutput {
    /// A second person has to look at the case.
    pub second_person: bool,
}

/// Writes what the table decided into the examination.
#[operation(name = "noteMarriageKinship")]
pub fn note_kinship(
    ctx: &mut Context,
    input: NoteMarriageKinshipInput,
) -> Result<NoteMarriageKinshipOutput, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Review])?;
    dossier.examination.kinship_rule = Some(input.kinship_rule);
    let refer = input.kinship_rule == KinshipRule::Refer;
    let second_person = refer || requirement::needs_second_person(&dossier);
    dossier.put(ctx)?;
    Ok(NoteMarriageKinshipOutput { second_person })
}
