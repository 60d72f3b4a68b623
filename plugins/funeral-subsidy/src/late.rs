//! The late look at a sheet that documents alone have carried (§5.1 row 8, K-07): what was silent is asked again
//! until it answers. What it then says changes nothing by itself; if it disagrees, a task is opened.

use schemars::JsonSchema;
use serde::Serialize;
use tongban_sdk::{Context, OperationError, StartProcess, Stored, operation};

use crate::case::FuneralCase;
use crate::check::{POLICE, PROVINCE, PoliceAnswer, ProvinceAnswer, STATUS, said};
use crate::dossier::{self, CaseInput};
use crate::facts;
use crate::recheck;

const PROCESS: &str = "funeral-late-check";
/// Why such a case is looked at again.
pub const CAUSE: &str = "LATE_MISMATCH";

/// The sources are asked again from now on.
pub fn begin(ctx: &mut Context, case: &Stored<FuneralCase>) {
    let start = StartProcess::new(PROCESS)
        .with_business_key(&case.no)
        .with_variable("caseId", case.id());
    ctx.start_process(start);
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoteLateCheckOutput {
    /// `WAIT`: a source is silent still; `CONFIRMED`; or `MISMATCH`
    pub late_check: String,
}

/// Row 8: the state of the case stays; a mismatch is for the county to look at.
#[operation(name = "noteLateFuneralCheck")]
pub fn note(ctx: &mut Context, input: CaseInput) -> Result<NoteLateCheckOutput, OperationError> {
    let mut case = dossier::any(ctx, &input.case_id)?;
    let silent = |it: &str| case.silent_sources.iter().any(|source| source == it);
    if [POLICE, STATUS, PROVINCE].into_iter().any(silent) {
        return Ok(output("WAIT"));
    }
    let sources = disagreeing(ctx, &case)?;
    case.provisional = false;
    let result = if sources.is_empty() {
        "CONFIRMED"
    } else {
        recheck::open(
            ctx,
            &case,
            (CAUSE, ctx.today().year()),
            Some(sources.join(", ")),
        )?;
        "MISMATCH"
    };
    case.note(ctx, ("LATE_CHECK", result));
    ctx.put(&case)?;
    Ok(output(result))
}

fn output(late_check: &str) -> NoteLateCheckOutput {
    NoteLateCheckOutput {
        late_check: late_check.to_owned(),
    }
}

/// The sources that say otherwise than the documents did.
fn disagreeing(
    ctx: &Context,
    case: &Stored<FuneralCase>,
) -> Result<Vec<&'static str>, OperationError> {
    let police: PoliceAnswer = said(ctx, POLICE, case.id())?;
    let province: ProvinceAnswer = said(ctx, PROVINCE, case.id())?;
    let held = facts::registered(ctx, case)?;
    let declared = case.deceased.categories.iter();
    let unproven = declared
        .filter(|it| it.category.is_registered() && it.proof.is_some())
        .any(|it| !held.contains(&it.category));
    let elsewhere = police
        .hukou_area
        .as_deref()
        .is_some_and(|it| it != ctx.tenant());
    let given = facts::given_elsewhere(ctx, &province, case.benefit.word());
    let all = [
        (STATUS, unproven),
        (POLICE, elsewhere || police.alive == Some(true)),
        (PROVINCE, given),
    ];
    let disagree = all.into_iter().filter(|(_, it)| *it);
    Ok(disagree.map(|(source, _)| source).collect())
}
