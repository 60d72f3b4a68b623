//! Rows 9 to 11: a source is silent, and nothing may be registered without it. The couple keeps
//! its place; on the same day the case goes on by itself as soon as the source answers.

use schemars::JsonSchema;
use serde::Serialize;
use tongban_sdk::{Context, Date, OperationError, operation};

use crate::code;
use crate::marriage::case::{Hold, State};
use crate::marriage::{CaseInput, CaseState, Dossier, missing};
use crate::notice::{self, Told};
use crate::statistics;

/// Row 9: hold note with the time and a priority slot (D-11). The same again if a retry fails.
#[operation(name = "holdMarriageChecks")]
pub fn hold(ctx: &mut Context, input: CaseInput) -> Result<CaseState, OperationError> {
    let states = [State::Checking, State::HoldCheck];
    let mut dossier = Dossier::read(ctx, &input.case_id, &states)?;
    let silent = dossier.examination.silent.iter().filter(|it| !it.owed);
    let mut sources: Vec<String> = silent.map(|it| it.source.clone()).collect();
    sources.sort_unstable();
    sources.dedup();
    if dossier.case.state == State::HoldCheck {
        if let Some(hold) = &mut dossier.case.hold {
            hold.sources = sources;
        }
    } else {
        dossier.case.hold = Some(Hold {
            since: ctx.now(),
            sources,
            ended_at: None,
            priority: true,
        });
        dossier.case.add_document(ctx, "D-11", None);
        dossier.case.move_to(ctx, State::HoldCheck, "MARRIAGE-HELD");
        dossier.tell(ctx, Told::of(notice::MARRIAGE_HELD));
    }
    dossier.put(ctx)?;
    Ok(CaseState::of(&dossier.case))
}

/// Row 10: every source has answered while the parties wait.
#[operation(name = "resumeMarriageChecks")]
pub fn resume(ctx: &mut Context, input: CaseInput) -> Result<CaseState, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::HoldCheck])?;
    let now = ctx.now();
    if let Some(hold) = &mut dossier.case.hold {
        hold.ended_at = Some(now);
    }
    dossier
        .case
        .move_to(ctx, State::Checking, "MARRIAGE-RESUMED");
    dossier.put(ctx)?;
    dossier.tell(ctx, Told::of(notice::MARRIAGE_RESUMED));
    statistics::marriage::held(ctx, &dossier)?;
    Ok(CaseState::of(&dossier.case))
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndMarriageDayOutput {
    /// The last day to come again.
    pub supply_until: Date,
}

/// Row 11: the day ends before the source answers. The couple comes again without queueing.
#[operation(name = "endMarriageDay")]
pub fn end_day(
    ctx: &mut Context,
    input: CaseInput,
) -> Result<EndMarriageDayOutput, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::HoldCheck])?;
    let now = ctx.now();
    if let Some(hold) = &mut dossier.case.hold {
        hold.ended_at = Some(now);
    }
    let again = vec![missing(code::CHECK_DOWN, None, None)];
    let supply_until = dossier.stop(ctx, again, "MARRIAGE-HELD-OVER")?;
    dossier.put(ctx)?;
    let arguments = [("until", supply_until.to_string())];
    dossier.tell(ctx, Told::of(notice::MARRIAGE_HELD_OVER).with(&arguments));
    statistics::marriage::held(ctx, &dossier)?;
    Ok(EndMarriageDayOutput { supply_until })
}
