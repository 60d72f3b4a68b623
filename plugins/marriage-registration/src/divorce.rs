//! Divorce registration (离婚登记, §5.2 of the specification): the operations behind
//! `processes/divorce-registration.bpmn`, in the order in which a case walks through them.

pub mod case;

pub mod check_in;
pub mod requirements;

pub mod counselling;
pub mod materials;

pub mod marriage_check;

pub mod decide;

pub mod cooling_off;

pub mod claim;

pub mod examine;

pub mod register;

pub mod finish;

pub mod terminate;

pub mod deadline;

pub mod finding;

pub mod dates;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, OperationError, RecordId, Stored};

use crate::divorce::case::{DivorceCase, State};

/// The key of the process.
pub const PROCESS: &str = "divorce-registration";
/// One party has withdrawn.
pub const WITHDRAWN: &str = "DIVORCE_WITHDRAWN";
/// Both have checked in to claim the certificate.
pub const CLAIM_CHECKIN: &str = "DIVORCE_CLAIM_CHECKIN";
/// A registrar has confirmed a reason that ends the procedure.
pub const TERMINATED: &str = "DIVORCE_TERMINATED";

/// The case an operation is about.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaseInput {
    /// 办件
    pub case_id: RecordId,
}

/// Where the case is now.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "DivorceCaseState")]
pub struct CaseState {
    /// 办件
    pub case_id: RecordId,
    /// 状态
    pub state: State,
}

impl CaseState {
    /// Of this case.
    pub fn of(case: &Stored<DivorceCase>) -> Self {
        Self {
            case_id: case.id().clone(),
            state: case.state,
        }
    }
}

/// The case with this id.
pub fn case(ctx: &Context, id: &RecordId) -> Result<Stored<DivorceCase>, OperationError> {
    ctx.require::<DivorceCase>(id, "/caseId")
}
