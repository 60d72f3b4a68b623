//! §9.3 a, b: two persons vouch for an identity or a status while the source is silent. Only where
//! the province has a written rule and the county has set it.

use schemars::JsonSchema;
use serde::Deserialize;
use tongban_sdk::{Context, OperationError, RecordId, Violations, operation};

use crate::authority::require_registrar;
use crate::case::Flag;
use crate::code;
use crate::marriage::case::State;
use crate::marriage::examination::{
    RegistryAnswer, SilentSource, TwoPersonBasis, TwoPersonCheck, Verification,
};
use crate::marriage::party_check::{MARRIAGE, POLICE};
use crate::marriage::{CaseInput, CaseState, Dossier, require_other};

/// What the first person vouches for.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VouchForMarriageInput {
    /// 办件
    pub case_id: RecordId,
    /// One for each source that was silent about a party.
    pub checks: Vec<VouchedCheck>,
}

/// What is vouched for.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "MarriageVouchedCheck")]
pub struct VouchedCheck {
    /// About whom.
    pub person_id: String,
    /// `X-POLICE-ID` or `X-MARRIAGE`
    pub source: String,
    /// 依据
    pub basis: TwoPersonBasis,
    /// What the marriage base said by telephone.
    #[serde(default)]
    pub registry: Option<RegistryAnswer>,
    /// 说明
    #[serde(default)]
    pub note: Option<String>,
}

/// The registrar vouches for all that is owed.
#[operation(name = "vouchForMarriageParties")]
pub fn vouch(ctx: &mut Context, input: VouchForMarriageInput) -> Result<CaseState, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Checking])?;
    let by = require_registrar(ctx, &dossier.case.id_numbers(), "/caseId")?;
    let owed: Vec<SilentSource> = owed(&dossier).cloned().collect();
    let mut violations = Violations::new();
    for silent in &owed {
        let vouched = input.checks.iter().find(|it| answers(it, silent));
        let good = vouched.is_some_and(is_good);
        violations.require(good, "/checks", code::MATERIAL_MISSING);
    }
    violations.into_result()?;
    for check in input.checks {
        if owed.iter().any(|it| answers(&check, it)) {
            put(ctx, &mut dossier, check, &by);
        }
    }
    ctx.note_audit("MARRIAGE-VOUCHED", dossier.case.number().to_owned());
    dossier.put(ctx)?;
    Ok(CaseState::of(&dossier.case))
}

fn owed(dossier: &Dossier) -> impl Iterator<Item = &SilentSource> {
    let silent = dossier.examination.silent.iter();
    silent.filter(|it| it.owed && matches!(&*it.source, POLICE | MARRIAGE))
}

fn answers(check: &VouchedCheck, silent: &SilentSource) -> bool {
    check.source == silent.source && check.person_id == silent.person_id
}

/// An identity is vouched for by chip reader, a status by telephone with what was said.
fn is_good(check: &VouchedCheck) -> bool {
    match (&*check.source, check.basis) {
        (POLICE, TwoPersonBasis::ChipReader) => true,
        (MARRIAGE, TwoPersonBasis::Telephone) => {
            let said = check.registry;
            said.is_some_and(|it| it != RegistryAnswer::Down)
        }
        (_, _) => false,
    }
}

fn put(ctx: &Context, dossier: &mut Dossier, check: VouchedCheck, by: &str) {
    let kept = &mut dossier.examination.verifications;
    kept.retain(|it| it.source != check.source || it.person_id != check.person_id);
    kept.push(Verification {
        source: check.source,
        person_id: check.person_id,
        responded_at: ctx.now(),
        result: "MANUAL".into(),
        check_id: None,
        manual: Some(TwoPersonCheck {
            by: by.to_owned(),
            second: None,
            basis: check.basis,
            registry: check.registry,
            note: check.note,
        }),
    });
}

/// The second person confirms; not the one who vouched.
#[operation(name = "confirmMarriageVouching")]
pub fn confirm(ctx: &mut Context, input: CaseInput) -> Result<CaseState, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Checking])?;
    let mut open = dossier.examination.verifications.iter();
    let vouched = open.find_map(|it| it.manual.as_ref().filter(|it| it.second.is_none()));
    let vouched = vouched.map(|it| it.by.clone());
    let second = require_other(ctx, vouched.as_deref(), "/caseId")?;
    for verification in &mut dossier.examination.verifications {
        if let Some(manual) = &mut verification.manual {
            manual.second.get_or_insert_with(|| second.clone());
        }
    }
    dossier.case.set_flag(Flag::ManualFallback);
    ctx.note_audit(
        "MARRIAGE-VOUCHING-CONFIRMED",
        dossier.case.number().to_owned(),
    );
    dossier.put(ctx)?;
    Ok(CaseState::of(&dossier.case))
}
