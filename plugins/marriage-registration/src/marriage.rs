//! Marriage registration (结婚登记, §5.1 of the specification): the operations behind
//! `processes/marriage-registration.bpmn`, in the order in which a case walks through them.
//!
//! Start with [`case::MarriageCase`], which the parties see, and
//! [`examination::MarriageExamination`], which they do not.

pub mod case;
pub mod examination;

pub mod draft;
pub mod precheck;

pub mod check_in;
pub mod requirements;

pub mod deadline;
pub mod materials;

pub mod accept;

pub mod party_check;

pub mod hold;

pub mod registry;

pub mod status;

pub mod vouch;

pub mod interview;

pub mod review;

pub mod guard;

pub mod register;

pub mod refuse;

pub mod finish;

pub mod close;

pub mod repair;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, OperationError, RecordId, Stored};

use crate::code;
use crate::marriage::case::{MarriageCase, MissingItem, State};
use crate::marriage::examination::MarriageExamination;
use crate::notice::{self, Told, tell_parties};

/// The key of the process.
pub const PROCESS: &str = "marriage-registration";
/// The key of the process that puts registry data right.
pub const REPAIR_PROCESS: &str = "registry-repair";
/// A registrar closes a case whose parties have left.
pub const CLOSED: &str = "MARRIAGE_CASE_CLOSED";

/// The case an operation is about.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "MarriageCaseInput")]
pub struct CaseInput {
    /// 办件
    pub case_id: RecordId,
}

/// Where the case is now.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageCaseState")]
pub struct CaseState {
    /// 办件
    pub case_id: RecordId,
    /// 状态
    pub state: State,
}

impl CaseState {
    /// Of this case.
    pub fn of(case: &Stored<MarriageCase>) -> Self {
        Self {
            case_id: case.id().clone(),
            state: case.state,
        }
    }
}

/// A case with its examination (案卷).
pub struct Dossier {
    /// What the parties see.
    pub case: Stored<MarriageCase>,
    /// What they do not see.
    pub examination: Stored<MarriageExamination>,
}

impl Dossier {
    /// The dossier of a case that has been checked in and is in one of these states.
    pub fn read(ctx: &Context, id: &RecordId, states: &[State]) -> Result<Self, OperationError> {
        let case = ctx.require::<MarriageCase>(id, "/caseId")?;
        case::require_state(&case, states)?;
        let examination = case.examination_id.as_ref();
        let examination = examination
            .ok_or_else(|| OperationError::invalid("/caseId", code::NOT_IN_THIS_STATE))?;
        let examination = ctx.require::<MarriageExamination>(examination, "/caseId")?;
        Ok(Self { case, examination })
    }

    /// Writes both.
    pub fn put(&self, ctx: &mut Context) -> Result<(), OperationError> {
        ctx.put(&self.examination)?;
        ctx.put(&self.case)
    }

    /// Tells both parties.
    pub fn tell(&self, ctx: &mut Context, told: Told) {
        tell_parties::<MarriageCase>(ctx, self.case.id(), &self.case.parties, told);
    }

    /// The case stops until the parties have supplied what is missing (rows 3, 8): one list, one
    /// notice (一次性告知), thirty days.
    pub fn stop_for(
        &mut self,
        ctx: &mut Context,
        missing: Vec<MissingItem>,
        event: &str,
    ) -> Result<Date, OperationError> {
        let until = self.stop(ctx, missing, event)?;
        let arguments = [("until", until.to_string())];
        self.tell(ctx, Told::of(notice::MARRIAGE_MISSING).with(&arguments));
        Ok(until)
    }

    /// The case stops for thirty days (rows 3, 8, 11).
    fn stop(
        &mut self,
        ctx: &mut Context,
        missing: Vec<MissingItem>,
        event: &str,
    ) -> Result<Date, OperationError> {
        let today = ctx.today();
        let until = ctx.set_deadline(deadline::SUPPLY, self.case.id(), today)?;
        let until = until.due_on;
        self.case.missing = missing;
        self.case.supply_until = Some(until);
        self.case.add_document(ctx, "D-08", None);
        self.case.move_to(ctx, State::Incomplete, event);
        Ok(until)
    }

    /// V-14 after the check-in: what decides about a marriage happens on the day on which both came.
    pub fn is_same_day(&self, ctx: &Context) -> bool {
        self.case.checked_in_date == Some(ctx.today())
    }
}

/// Of both, with this code and, if one is missing, this material.
pub fn missing(code: &str, material: Option<&str>, person_id: Option<&str>) -> MissingItem {
    MissingItem {
        code: code.to_owned(),
        material: material.map(str::to_owned),
        person_id: person_id.map(str::to_owned),
    }
}

/// The second of two who must not be the same person (R1).
pub fn require_other(
    ctx: &Context,
    first: Option<&str>,
    path: &str,
) -> Result<String, OperationError> {
    let actor = ctx.actor().map(|it| it.id.clone());
    match actor {
        Some(actor) if first != Some(&*actor) => Ok(actor),
        Some(_) | None => Err(OperationError::invalid(path, code::SAME_PERSON_TWICE)),
    }
}

/// A reason that is not only blanks.
pub fn require_reason(reason: &str) -> Result<String, OperationError> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(OperationError::invalid("/reason", code::REASON_MISSING));
    }
    Ok(reason.to_owned())
}
