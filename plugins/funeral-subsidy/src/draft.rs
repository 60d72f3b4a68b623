//! A draft of an application (§5.2, row 1): what somebody has filled in so far. It has no legal effect,
//! no number and no deadline, it keeps nobody out, and it is removed after ninety days.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, OperationError, Query, Record, RecordId, Stored, operation};

use crate::code;
use crate::submission::{self, FuneralApplicationInput, FuneralSheet};

/// Days a draft is kept after it was saved last.
const DRAFT_DAYS: i32 = 90;
/// Drafts that one person may have.
const DRAFTS_MAX: u64 = 20;
const CITIZEN: &str = "CITIZEN";
/// As the SDK says it of a record that is not there.
const NOT_FOUND: &str = "RECORD-NOT-FOUND";
/// Why a draft goes.
const EXPIRED: &str = "FUNERAL-DRAFT-EXPIRED";

/// 惠民殡葬申请草稿
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[record(kind = "funeral_draft")]
pub struct FuneralDraft {
    /// 所属人: the citizen who saves it, or for whom it is saved
    pub owner_id: Option<String>,
    /// 申请表
    pub sheet: FuneralSheet,
    /// 保存至
    pub draft_until: Date,
}

/// The draft.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SaveFuneralDraftOutput {
    /// 草稿
    pub draft_id: RecordId,
    /// How long it is kept.
    pub draft_until: Date,
    /// Whether it could be submitted; if not, the warnings say why.
    pub complete: bool,
}

/// Saves what is filled in; of a draft that is there, what is not given stays. Citizens save their own.
#[operation(name = "saveFuneralDraft")]
pub fn save(
    ctx: &mut Context,
    input: FuneralApplicationInput,
) -> Result<SaveFuneralDraftOutput, OperationError> {
    let known = match &input.draft_id {
        Some(id) => Some(own(ctx, id)?),
        None => None,
    };
    let draft_until = ctx.today().plus_days(DRAFT_DAYS);
    let sheet = input.into_sheet();
    let (draft_id, sheet) = match known {
        Some(mut draft) => {
            draft.sheet = sheet.over(draft.sheet.clone());
            draft.owner_id = owner(ctx, &draft.sheet).or(draft.owner_id.take());
            draft.draft_until = draft_until;
            ctx.put(&draft)?;
            (draft.id().clone(), draft.into_body().sheet)
        }
        None => {
            let owner_id = owner(ctx, &sheet);
            require_room(ctx, owner_id.as_deref())?;
            let draft = FuneralDraft {
                owner_id,
                sheet,
                draft_until,
            };
            (ctx.put_new(&draft)?, draft.sheet)
        }
    };
    let complete = warn_of_what_is_missing(ctx, sheet)?;
    Ok(SaveFuneralDraftOutput {
        draft_id,
        draft_until,
        complete,
    })
}

fn is_citizen(ctx: &Context) -> bool {
    let actor = ctx.actor();
    actor.is_some_and(|it| it.roles.iter().all(|role| role == CITIZEN))
}

fn owner(ctx: &Context, sheet: &FuneralSheet) -> Option<String> {
    if is_citizen(ctx) {
        return ctx.actor().map(|it| it.id.clone());
    }
    sheet.applicant.as_ref().map(|it| it.person_id.clone())
}

fn require_room(ctx: &Context, owner_id: Option<&str>) -> Result<(), OperationError> {
    let Some(owner_id) = owner_id else {
        return Ok(());
    };
    let kept = ctx.count::<FuneralDraft>(Query::new().equal("ownerId", owner_id))?;
    if kept >= DRAFTS_MAX {
        return Err(OperationError::invalid("", code::TOO_MANY_DRAFTS));
    }
    Ok(())
}

/// The draft, if whoever asks may go on with it: staff with any, for those at their counter. A citizen
/// is not told that there is another's.
pub fn own(ctx: &Context, id: &RecordId) -> Result<Stored<FuneralDraft>, OperationError> {
    let draft = ctx.require::<FuneralDraft>(id, "/draftId")?;
    let actor = ctx.actor().map(|it| it.id.as_str());
    if is_citizen(ctx) && draft.owner_id.as_deref() != actor {
        return Err(OperationError::invalid("/draftId", NOT_FOUND));
    }
    Ok(draft)
}

/// What a submission would be refused for today, as warnings: a draft need not be complete.
fn warn_of_what_is_missing(ctx: &mut Context, sheet: FuneralSheet) -> Result<bool, OperationError> {
    match submission::check(ctx, sheet) {
        Ok(()) => Ok(true),
        Err(OperationError::Invalid(found)) => {
            found.into_iter().for_each(|it| ctx.push_warning(it));
            Ok(false)
        }
        Err(other) => Err(other),
    }
}

/// A draft.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveFuneralDraftInput {
    /// 草稿
    pub draft_id: RecordId,
}

/// What became of it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemoveFuneralDraftOutput {
    /// 已删除
    pub removed: bool,
}

/// Removes a draft whose time is over; nothing of it stays.
#[operation(name = "removeExpiredFuneralDraft")]
pub fn remove(
    ctx: &mut Context,
    input: RemoveFuneralDraftInput,
) -> Result<RemoveFuneralDraftOutput, OperationError> {
    let draft = ctx.get::<FuneralDraft>(&input.draft_id)?;
    let over = draft.filter(|it| it.draft_until < ctx.today());
    let removed = over.is_some();
    if let Some(draft) = over {
        ctx.remove(&draft, EXPIRED)?;
    }
    Ok(RemoveFuneralDraftOutput { removed })
}
