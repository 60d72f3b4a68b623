//! The course of a case (办理经过) of the smaller procedures: its number, who did what when, which
//! documents were handed out, and why it was refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, Instant, OperationError, RecordId, SendNotice, Stored};

use crate::archive::MarriageRecord;
use crate::authority::{Authority, area_of};
use crate::case::{Document, Refusal, compact, word};
use crate::code;

/// 办理经过
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageCourse")]
pub struct Course {
    /// 办件编号
    pub case_no: String,
    /// 登记机关
    pub authority_code: String,
    /// 办理记录
    #[serde(default)]
    pub history: Vec<Passage>,
    /// 出具的文书
    #[serde(default)]
    pub documents: Vec<Document>,
    /// 不予办理
    pub refusal: Option<Refusal>,
    /// The day on which the case came to its end.
    pub decided_date: Option<Date>,
}

/// One thing that happened to a case.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriagePassage")]
pub struct Passage {
    /// What, as a code.
    pub event: String,
    /// 状态 afterwards.
    pub to: String,
    /// When.
    pub at: Instant,
    /// Who; absent: the system.
    pub by: Option<String>,
}

impl Course {
    /// A case begins at an authority: it takes the next number of the day.
    pub fn begin(
        ctx: &mut Context,
        series: &str,
        authority: &Authority,
    ) -> Result<Self, OperationError> {
        let (area, day) = (area_of(&authority.code).to_owned(), compact(ctx.today()));
        let case_no = ctx.number(series, &[("area", &area), ("date", &day)])?;
        Ok(Self {
            case_no,
            authority_code: authority.code.clone(),
            history: Vec::new(),
            documents: Vec::new(),
            refusal: None,
            decided_date: None,
        })
    }

    /// Notes what happened, in the case and in the audit trail.
    pub fn pass(&mut self, ctx: &mut Context, event: &str, to: impl Serialize) {
        let to = word(to);
        ctx.note_audit(event, format!("{}: {to}", self.case_no));
        self.history.push(Passage {
            event: event.to_owned(),
            to,
            at: ctx.now(),
            by: ctx.actor().map(|it| it.id.clone()),
        });
    }

    /// Notes what brings the case to its end.
    pub fn decide(&mut self, ctx: &mut Context, event: &str, to: impl Serialize) {
        self.decided_date = Some(ctx.today());
        self.pass(ctx, event, to);
    }

    /// A document was handed out.
    pub fn add_document(&mut self, ctx: &Context, code: &str) {
        self.documents.push(Document {
            code: code.to_owned(),
            person_id: None,
            at: ctx.now(),
        });
    }

    /// Why nothing is issued.
    pub fn refuse(&mut self, ctx: &Context, code: &str, note: Option<String>) {
        self.refusal = Some(Refusal {
            code: code.to_owned(),
            note,
            by: actor(ctx),
            at: ctx.now(),
        });
    }
}

/// Who acts; the server itself where nobody does.
pub fn actor(ctx: &Context) -> String {
    ctx.actor()
        .map_or_else(|| "system".to_owned(), |it| it.id.clone())
}

/// The case, in one of these states.
pub fn in_state<S: PartialEq>(state: &S, states: &[S]) -> Result<(), OperationError> {
    if states.contains(state) {
        return Ok(());
    }
    Err(OperationError::invalid("/caseId", code::NOT_IN_THIS_STATE))
}

/// R1: whoever acts is none of those who acted before.
pub fn require_none_of(ctx: &Context, before: &[Option<&str>]) -> Result<String, OperationError> {
    let by = actor(ctx);
    if before.contains(&Some(by.as_str())) {
        return Err(OperationError::invalid("/caseId", code::SAME_PERSON_TWICE));
    }
    Ok(by)
}

/// A text that is not only blanks.
pub fn filled(text: &str, path: &str, code: &str) -> Result<String, OperationError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(OperationError::invalid(path, code));
    }
    Ok(text.to_owned())
}

/// Tells both persons of a marriage what has become of its record; they read the record, not the
/// case.
pub fn tell_couple(ctx: &mut Context, notice: &str, record: &Stored<MarriageRecord>, case: &str) {
    for person in record.couple() {
        let told = SendNotice::to_person(notice, &person.person_id)
            .about_record::<MarriageRecord>(record.id())
            .once(format!("{case}:{notice}"));
        ctx.send_notice(told);
    }
}

/// The case an operation of these procedures is about.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "MarriageFileInput")]
pub struct FileInput {
    /// 办件
    pub case_id: RecordId,
}

/// A case that was opened.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageFileOpened")]
pub struct FileOpened {
    /// 办件
    pub case_id: RecordId,
    /// 办件编号
    pub case_no: String,
    /// 状态
    pub state: String,
    /// Why, if the answer is no.
    pub code: Option<String>,
}

/// Where a case is now.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageFileState")]
pub struct FileState {
    /// 办件
    pub case_id: RecordId,
    /// 状态
    pub state: String,
}

impl FileState {
    /// Of a case in this state.
    pub fn of(id: &RecordId, state: impl Serialize) -> Self {
        Self {
            case_id: id.clone(),
            state: word(state),
        }
    }
}
