//! Rows 7 to 8b: what is known of both parties' marital status, what DT-M6 makes of it, and where
//! the case goes on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, OperationError, RecordId, operation};

use crate::archive::RegistryStatus;
use crate::authority::area_of;
use crate::case::{Flag, word};
use crate::code;
use crate::divorce::requirements::Material;
use crate::kinship::Kinship;
use crate::marriage::case::{MissingItem, State};
use crate::marriage::examination::{
    EndOfMarriage, RegistryAnswer, SecondOpinion, StatusFinding, Verification,
};
use crate::marriage::party_check::{COURT, DEATH, EXIT, MARRIAGE, POLICE};
use crate::marriage::registry::{self, KnownMarriage, PoliceAnswer};
use crate::marriage::requirements::demanded;
use crate::marriage::{CaseInput, Dossier, missing, refuse, require_other, require_reason};
use crate::party::Party;

/// What DT-M6 reads of a party.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatusFacts {
    /// 声明的婚姻状况
    pub declared: String,
    /// What the registry says.
    pub registry: RegistryAnswer,
    /// Confirmed by certificate or police.
    pub confirmed: bool,
    /// `NONE`, `DIVORCE`, `DEATH` or `VOID`
    pub proof: String,
    /// X-DEATH shows the death.
    pub death_shown: bool,
    /// An application for divorce is open.
    pub open_divorce: bool,
}

/// What is known of both.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssessMarriageChecksOutput {
    /// Of the first party.
    pub first: StatusFacts,
    /// Of the second party.
    pub second: StatusFacts,
    /// Two persons have to vouch for a source that did not answer.
    pub vouching_owed: bool,
    /// 亲系
    pub kin_line: String,
    /// The larger of the two counts.
    pub kin_generations: u8,
}

/// Looks up what the departments answered today and brings it into the words of the tables.
#[operation(name = "assessMarriageChecks")]
pub fn assess(
    ctx: &mut Context,
    input: CaseInput,
) -> Result<AssessMarriageChecksOutput, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Checking])?;
    let [first, second] = dossier.case.couple()?.map(Party::clone);
    let mut found = Vec::new();
    for (party, other) in [(&first, &second), (&second, &first)] {
        verify(ctx, &mut dossier, party)?;
        found.push(finding(ctx, &dossier, party, other)?);
    }
    dossier.examination.kinship = kinship(ctx, [&first, &second])?;
    dossier.examination.statuses = found;
    let [first, second] = [0, 1].map(|idx| facts(&dossier.examination.statuses[idx]));
    ctx.note_audit("MARRIAGE-CHECKED", dossier.case.number().to_owned());
    dossier.put(ctx)?;
    let kinship = dossier.examination.kinship;
    Ok(AssessMarriageChecksOutput {
        first,
        second,
        vouching_owed: vouching_owed(&dossier),
        kin_line: word(kinship.line),
        kin_generations: kinship.generations,
    })
}

/// Whether police or marriage base were silent and nobody has vouched yet.
fn vouching_owed(dossier: &Dossier) -> bool {
    let mut silent = dossier.examination.silent.iter();
    silent.any(|it| {
        let counts = it.owed && matches!(&*it.source, POLICE | MARRIAGE);
        let vouched = dossier.examination.verification(&it.source, &it.person_id);
        counts && vouched.is_none_or(|it| it.manual.as_ref().is_none_or(|it| it.second.is_none()))
    })
}

/// Puts the answers of today into the examination: source, time, result and id, nothing of the
/// content.
fn verify(ctx: &Context, dossier: &mut Dossier, party: &Party) -> Result<(), OperationError> {
    for source in [POLICE, MARRIAGE, COURT, DEATH, EXIT] {
        let Some(answer) = registry::answer_of_today(ctx, source, party)? else {
            continue;
        };
        let person_id = party.person_id.clone();
        let kept = &mut dossier.examination.verifications;
        kept.retain(|it| it.source != source || it.person_id != person_id);
        kept.push(Verification {
            source: source.into(),
            person_id,
            responded_at: answer.answered_at(),
            result: answer.outcome().to_owned(),
            check_id: Some(answer.id().to_owned()),
            manual: None,
        });
    }
    Ok(())
}

fn finding(
    ctx: &Context,
    dossier: &Dossier,
    party: &Party,
    other: &Party,
) -> Result<StatusFinding, OperationError> {
    let police = registry::police(ctx, party)?;
    let known_to_police = match &police {
        Some((outcome, police)) => registry::is_identity(party, outcome, police),
        None => is_vouched(dossier, POLICE, party),
    };
    let document_holds = match registry::document_holds(ctx, party)? {
        Some(holds) => holds,
        None => party.kind.is_mainland(),
    };
    let identity_matches = known_to_police && document_holds;
    let marriages = registry::marriages_of(ctx, party, other)?;
    let answered = police.is_some() || is_vouched(dossier, POLICE, party);
    let proof = accepted_proof(dossier, party);
    let registry = match (&marriages, answered) {
        (Some(marriages), true) => registry_answer(marriages, proof),
        (None, true) => vouched_registry(dossier, party),
        (_, false) => RegistryAnswer::Down,
    };
    let marriages = marriages.unwrap_or_default();
    let valid: Vec<&KnownMarriage> = marriages
        .iter()
        .filter(|it| it.status == RegistryStatus::Valid && !it.with_other)
        .collect();
    let ended = marriages.iter().find(|it| is_ended(it.status));
    Ok(StatusFinding {
        person_id: party.person_id.clone(),
        declared: party.declared_marital_status.clone(),
        identity_matches,
        registry,
        confirmed: valid.iter().any(|it| it.certified),
        proof: proof.into(),
        death_shown: registry::shows_death(ctx, party)?,
        open_divorce: marriages.iter().any(|it| it.open_divorce),
        valid_marriages: valid.iter().map(|it| it.cert_number.clone()).collect(),
        ended_with_other: ended.is_some_and(|it| it.with_other),
        address_area: police.and_then(|(_, it)| it.address_area),
        outcome: None,
        code: None,
        row: None,
    })
}

fn is_vouched(dossier: &Dossier, source: &str, party: &Party) -> bool {
    let verification = dossier.examination.verification(source, &party.person_id);
    let manual = verification.and_then(|it| it.manual.as_ref());
    manual.is_some_and(|it| it.second.is_some())
}

fn vouched_registry(dossier: &Dossier, party: &Party) -> RegistryAnswer {
    let verification = dossier.examination.verification(MARRIAGE, &party.person_id);
    let manual = verification.and_then(|it| it.manual.as_ref());
    let vouched = manual.filter(|it| it.second.is_some());
    vouched
        .and_then(|it| it.registry)
        .unwrap_or(RegistryAnswer::Down)
}

fn registry_answer(marriages: &[KnownMarriage], proof: &str) -> RegistryAnswer {
    let valid = marriages
        .iter()
        .filter(|it| it.status == RegistryStatus::Valid);
    if valid.clone().any(|it| it.with_other) {
        return RegistryAnswer::ValidSame;
    }
    match (valid.count(), proof) {
        (0, _) => {}
        (1, _) | (_, "NONE") => return RegistryAnswer::ValidOther,
        // One paper ends one marriage: which of several it is, a person has to see.
        (_, _) => return RegistryAnswer::Unclear,
    }
    let unclear = |it: &KnownMarriage| it.status == RegistryStatus::Unclear;
    if marriages.iter().any(unclear) {
        return RegistryAnswer::Unclear;
    }
    match marriages.first().map(|it| it.status) {
        None => RegistryAnswer::NotFound,
        Some(RegistryStatus::Death) => RegistryAnswer::Death,
        Some(_) => RegistryAnswer::Divorced,
    }
}

fn is_ended(status: RegistryStatus) -> bool {
    match status {
        RegistryStatus::DivorcedReg | RegistryStatus::DivorcedCourt | RegistryStatus::Death => true,
        RegistryStatus::Valid
        | RegistryStatus::VoidCourt
        | RegistryStatus::AnnulledCourt
        | RegistryStatus::RevokedAdmin
        | RegistryStatus::Unclear => false,
    }
}

/// The paper that the counter has seen and scanned.
fn accepted_proof(dossier: &Dossier, party: &Party) -> &'static str {
    let proven = dossier.examination.proven_end(&party.person_id);
    match proven.map(|it| it.ended_by) {
        Some(EndOfMarriage::DivorceReg | EndOfMarriage::DivorceCourt) => "DIVORCE",
        Some(EndOfMarriage::Death) => "DEATH",
        Some(EndOfMarriage::Void) => "VOID",
        None => "NONE",
    }
}

fn kinship(ctx: &Context, couple: [&Party; 2]) -> Result<Kinship, OperationError> {
    let [first, second] = [
        registry::police(ctx, couple[0])?,
        registry::police(ctx, couple[1])?,
    ];
    let body = |it: Option<(String, PoliceAnswer)>| it.map(|(_, body)| body).unwrap_or_default();
    Ok(registry::kinship(&body(first), &body(second)))
}

fn facts(finding: &StatusFinding) -> StatusFacts {
    StatusFacts {
        declared: finding.declared.clone(),
        registry: finding.registry,
        confirmed: finding.confirmed,
        proof: finding.proof.clone(),
        death_shown: finding.death_shown,
        open_divorce: finding.open_divorce,
    }
}

/// What DT-M6 decided of each.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteMarriageStatusInput {
    /// 办件
    pub case_id: RecordId,
    /// Of the first party.
    pub first_status: StatusRule,
    /// Of the second party.
    pub second_status: StatusRule,
}

/// A row of DT-M6.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageStatusRule")]
pub struct StatusRule {
    /// `OK`, `NEED_PROOF`, `HUMAN`, `REFUSE` or `HOLD`.
    pub outcome: String,
    /// A code of the specification.
    #[serde(default)]
    pub code: Option<String>,
    /// The row.
    #[serde(default)]
    pub row: Option<u8>,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoteMarriageStatusOutput {
    /// `OK`, `NEED_PROOF`, `HUMAN`, `REFUSE` or `HOLD`: the gravest of both.
    pub status_outcome: String,
    /// Circumstances for DT-M3: which paper has to prove the status.
    pub circumstances: Vec<String>,
    /// 标记, for DT-M2.
    pub flags: Vec<String>,
    /// 语言帮助, for DT-M2.
    pub language_help: Vec<String>,
}

/// The gravest first. An identity that does not match comes before everything: the other data may
/// be about somebody else.
const OUTCOMES: [&str; 5] = ["HOLD", "REFUSE", "NEED_PROOF", "HUMAN", "OK"];

/// Writes what the table decided into the examination, and derives the flags.
#[operation(name = "noteMarriageStatus")]
pub fn note(
    ctx: &mut Context,
    input: NoteMarriageStatusInput,
) -> Result<NoteMarriageStatusOutput, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Checking])?;
    let rules = [input.first_status, input.second_status];
    for (finding, rule) in dossier.examination.statuses.iter_mut().zip(rules) {
        if !OUTCOMES.contains(&&*rule.outcome) {
            let text = format!(
                "DT-M6: expected one of {OUTCOMES:?}, found {}",
                rule.outcome
            );
            return Err(OperationError::failed(text));
        }
        finding.outcome = Some(rule.outcome);
        finding.code = rule.code;
        finding.row = rule.row;
    }
    derive_flags(&mut dossier);
    let status_outcome = gravest(&dossier);
    dossier.put(ctx)?;
    let case = &dossier.case;
    let helps = case.parties.iter().filter_map(|it| it.language_help);
    Ok(NoteMarriageStatusOutput {
        circumstances: circumstances(&dossier),
        flags: case.flags.iter().map(|it| it.name()).collect(),
        language_help: helps.map(word).collect(),
        status_outcome,
    })
}

fn gravest(dossier: &Dossier) -> String {
    let statuses = &dossier.examination.statuses;
    let is = |outcome: &str| {
        let mut outcomes = statuses.iter();
        outcomes.any(|it| it.outcome.as_deref() == Some(outcome))
    };
    if !is("HOLD") && statuses.iter().any(|it| !it.identity_matches) {
        return "NEED_PROOF".into();
    }
    let gravest = OUTCOMES.iter().find(|it| is(it));
    (*gravest.unwrap_or(&"HUMAN")).to_owned()
}

/// `REMARRY_SAME`: the last marriage that ended was of both with each other. `CROSS_PROVINCE`: a
/// party of the mainland is registered in another province; it changes no right.
fn derive_flags(dossier: &mut Dossier) {
    let statuses = &dossier.examination.statuses;
    let remarry = !statuses.is_empty() && statuses.iter().all(|it| it.ended_with_other);
    let province = |area: &str| area.chars().take(2).collect::<String>();
    let own = province(area_of(&dossier.case.authority_code));
    let elsewhere = statuses.iter().any(|it| {
        let mut parties = dossier.case.parties.iter();
        let party = parties.find(|party| party.person_id == it.person_id);
        let mainland = party.is_some_and(|it| it.kind.is_mainland());
        let area = it.address_area.as_deref();
        mainland && area.is_some_and(|it| province(it) != own)
    });
    for (flag, holds) in [
        (Flag::RemarrySame, remarry),
        (Flag::CrossProvince, elsewhere),
    ] {
        dossier.case.flags.retain(|it| *it != flag);
        if holds {
            dossier.case.set_flag(flag);
        }
    }
}

/// Which paper DT-M3 has to ask for.
fn circumstances(dossier: &Dossier) -> Vec<String> {
    let unproven = dossier.examination.statuses.iter();
    let unproven = unproven.filter(|it| it.outcome.as_deref() == Some("NEED_PROOF"));
    let mut circumstances: Vec<String> = unproven
        .filter_map(|it| match (&*it.declared, it.registry) {
            ("40", RegistryAnswer::ValidOther) => Some("DECLARED_DIVORCED_REGISTRY_VALID"),
            ("30", RegistryAnswer::ValidOther) => Some("DECLARED_WIDOWED_NOT_SHOWN"),
            _ => None,
        })
        .map(str::to_owned)
        .collect();
    if dossier.case.has_flag(Flag::RemarrySame) {
        circumstances.push("REMARRY_SAME".into());
    }
    circumstances.sort_unstable();
    circumstances.dedup();
    circumstances
}

/// DT-M3 with what the check has shown.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DemandMarriageProofInput {
    /// 办件
    pub case_id: RecordId,
    /// DT-M3
    pub required_materials: Vec<Material>,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DemandMarriageProofOutput {
    /// The last day to supply what is missing.
    pub supply_until: Date,
}

/// Row 8: the declared status differs from the registry, or the identity does not match.
#[operation(name = "demandMarriageProof")]
pub fn demand_proof(
    ctx: &mut Context,
    input: DemandMarriageProofInput,
) -> Result<DemandMarriageProofOutput, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Checking])?;
    dossier.case.required_materials = demanded(ctx, input.required_materials);
    let lacking = to_prove(&dossier);
    let supply_until = dossier.stop_for(ctx, lacking, "MARRIAGE-PROOF-DEMANDED")?;
    dossier.put(ctx)?;
    Ok(DemandMarriageProofOutput { supply_until })
}

/// Of each party, what does not fit.
fn to_prove(dossier: &Dossier) -> Vec<MissingItem> {
    let mut lacking = Vec::new();
    for finding in &dossier.examination.statuses {
        let person_id = Some(&*finding.person_id);
        if !finding.identity_matches {
            lacking.push(missing(code::CHECK_MISMATCH, None, person_id));
        } else if finding.outcome.as_deref() == Some("NEED_PROOF") {
            lacking.push(missing(code::STATUS_DIFFERS, None, person_id));
        }
    }
    if lacking.is_empty() {
        lacking.push(missing(code::STATUS_DIFFERS, None, None));
    }
    lacking
}

/// The reviewer's opinion on an unclear status.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReviewMarriageStatusInput {
    /// 办件
    pub case_id: RecordId,
    /// 决定
    pub decision: StatusDecision,
    /// 理由
    pub reason: String,
}

/// 决定
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "MarriageStatusDecision")]
pub enum StatusDecision {
    /// 可以办理
    Ok,
    /// 须提供证明
    NeedProof,
    /// 不予登记
    Refuse,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReviewMarriageStatusOutput {
    /// `OK`, `NEED_PROOF` or `REFUSED`.
    pub status_outcome: String,
}

/// Row 8b: a person decides, with a reason, and not the one who accepted the case.
#[operation(name = "reviewMarriageStatus")]
pub fn review(
    ctx: &mut Context,
    input: ReviewMarriageStatusInput,
) -> Result<ReviewMarriageStatusOutput, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Checking])?;
    let by = require_other(ctx, dossier.case.registrar_id.as_deref(), "/caseId")?;
    let reason = require_reason(&input.reason)?;
    dossier.examination.status_review = Some(SecondOpinion {
        by: by.clone(),
        at: ctx.now(),
        decision: word(input.decision),
        reason: reason.clone(),
    });
    let status_outcome = match input.decision {
        StatusDecision::Ok => "OK",
        StatusDecision::NeedProof => "NEED_PROOF",
        StatusDecision::Refuse => {
            refuse::refuse(ctx, &mut dossier, code::SPOUSE_EXISTS, Some(reason), by)?;
            "REFUSED"
        }
    };
    dossier.put(ctx)?;
    Ok(ReviewMarriageStatusOutput {
        status_outcome: status_outcome.into(),
    })
}
