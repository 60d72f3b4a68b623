//! Errands (代办事项): somebody asks for copies of a document, a clerk approves, a program outside
//! prints them.
//!
//! The end-to-end tests upgrade this plugin, set its parameters and change its process and its
//! fee; it is also the smallest plugin that sends notices. It does not know the server.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, IssueDocument, OperationError, Record, RecordId, SendNotice, StartProcess,
    Violations, operation,
};

/// 代办事项
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[record(kind = "errand")]
pub struct Errand {
    /// 申请人编号
    pub applicant_id: String,
    /// 申请人姓名
    pub name: String,
    /// 种类
    pub kind: ErrandKind,
    /// 份数
    pub copies: i64,
    /// 状态
    pub state: ErrandState,
    /// 申请日期
    pub applied_on: Date,
}

/// 种类
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrandKind {
    /// 首次
    First,
    /// 补发
    Copy,
}

impl ErrandKind {
    /// The code as the decision knows it.
    pub fn code(self) -> &'static str {
        match self {
            Self::First => "FIRST",
            Self::Copy => "COPY",
        }
    }
}

/// 状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrandState {
    /// 已申请
    Applied,
    /// 已办结
    Ready,
}

/// What is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApplyForErrandInput {
    /// 申请人编号
    pub applicant_id: String,
    /// 申请人姓名
    pub name: String,
    /// 种类
    pub kind: ErrandKind,
    /// 份数
    pub copies: i64,
    /// 事实发生日期，默认为今天
    pub fact_on: Option<Date>,
}

/// The errand.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplyForErrandOutput {
    /// 代办事项
    pub errand_id: RecordId,
}

/// Stores the application, starts its process and tells the applicant and the clerks.
#[operation(name = "applyForErrand")]
pub fn apply(
    ctx: &mut Context,
    input: ApplyForErrandInput,
) -> Result<ApplyForErrandOutput, OperationError> {
    let copies_max: i64 = ctx.parameter("copies_max")?;
    let mut violations = Violations::new();
    let is_allowed = (1..=copies_max).contains(&input.copies);
    violations.require(is_allowed, "/copies", "ERRAND-TOO-MANY-COPIES");
    violations.into_result()?;

    let applied_on = ctx.today();
    let errand_id = ctx.put_new(&Errand {
        applicant_id: input.applicant_id.clone(),
        name: input.name,
        kind: input.kind,
        copies: input.copies,
        state: ErrandState::Applied,
        applied_on,
    })?;
    let start = StartProcess::new("errand")
        .with_business_key(errand_id.as_str())
        .with_variable("errandId", errand_id.as_str())
        .with_variable("kind", input.kind.code())
        .with_variable("copies", input.copies)
        .with_variable("factOn", input.fact_on.unwrap_or(applied_on).to_string());
    ctx.start_process(start);
    let received = SendNotice::to_person("ERRAND-RECEIVED", &input.applicant_id);
    ctx.send_notice(
        received
            .about_record::<Errand>(&errand_id)
            .with_argument("appliedOn", applied_on)
            .once(&errand_id),
    );
    let waiting = SendNotice::to_role("ERRAND-WAITING", "CLERK");
    ctx.send_notice(waiting.about_record::<Errand>(&errand_id).once(&errand_id));
    Ok(ApplyForErrandOutput { errand_id })
}

/// Which errand.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApproveErrandInput {
    /// 代办事项
    pub errand_id: RecordId,
}

/// How it is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApproveErrandOutput {
    /// 状态
    pub state: ErrandState,
}

/// Notes that an errand is done and tells the applicant.
#[operation(name = "approveErrand")]
pub fn approve(
    ctx: &mut Context,
    input: ApproveErrandInput,
) -> Result<ApproveErrandOutput, OperationError> {
    let mut errand = ctx.require::<Errand>(&input.errand_id, "/errandId")?;
    errand.state = ErrandState::Ready;
    ctx.put(&errand)?;
    let ready = SendNotice::to_person("ERRAND-READY", &errand.applicant_id);
    ctx.send_notice(ready.about_record::<Errand>(&input.errand_id));
    Ok(ApproveErrandOutput {
        state: errand.state,
    })
}

/// Which errand, and under which name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IssueErrandReceiptInput {
    /// 代办事项
    pub errand_id: RecordId,
    /// 在回执上使用的姓名
    pub name: Option<String>,
}

/// Nothing.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IssueErrandOutput {}

/// Issues the receipt of an application, once.
#[operation(name = "issueErrandReceipt")]
pub fn issue_receipt(
    ctx: &mut Context,
    input: IssueErrandReceiptInput,
) -> Result<IssueErrandOutput, OperationError> {
    let errand = ctx.require::<Errand>(&input.errand_id, "/errandId")?;
    let name = input.name.unwrap_or_else(|| errand.name.clone());
    ctx.issue_document(
        IssueDocument::about_record::<Errand>("errand-receipt", &input.errand_id)
            .with("name", name)
            .with("copies", errand.copies)
            .with("appliedOn", errand.applied_on)
            .for_person(&errand.applicant_id)
            .once("receipt"),
    );
    Ok(IssueErrandOutput {})
}

/// Issues a table of errands, in which small counts are not told.
#[operation(name = "issueErrandTable")]
pub fn issue_table(
    ctx: &mut Context,
    input: ApproveErrandInput,
) -> Result<IssueErrandOutput, OperationError> {
    let errand = ctx.require::<Errand>(&input.errand_id, "/errandId")?;
    let row = |kind: &str, count: i64| serde_json::json!({ "kind": kind, "count": count });
    ctx.issue_document(
        IssueDocument::about_record::<Errand>("errand-table", &input.errand_id)
            .with("month", "2026-03")
            .with("rows", [row("首次", 120), row("补发", errand.copies)]),
    );
    Ok(IssueErrandOutput {})
}

/// On which day.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadErrandTermsInput {
    /// 日期，默认为今天
    pub on: Option<Date>,
}

/// The terms.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadErrandTermsOutput {
    /// 最多份数
    pub copies_max: i64,
    /// 领取地点
    pub counter: String,
}

/// Says what holds on a day.
#[operation(name = "readErrandTerms")]
pub fn read_terms(
    ctx: &mut Context,
    _input: ReadErrandTermsInput,
) -> Result<ReadErrandTermsOutput, OperationError> {
    Ok(ReadErrandTermsOutput {
        copies_max: ctx.parameter("copies_max")?,
        counter: ctx.parameter("counter")?,
    })
}

/// What would be copied, and when.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuoteErrandInput {
    /// 种类
    pub kind: String,
    /// 日期，默认为今天
    pub on: Option<Date>,
}

/// What it would cost.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuoteErrandOutput {
    /// 费用
    pub fee: i64,
    /// 收费表版本
    pub version: u32,
    /// 生效日期
    pub effective_from: Option<Date>,
    /// 适用规则
    pub rules: Vec<String>,
}

/// Says what an errand would cost by the fees of a day.
#[operation(name = "quoteErrand")]
pub fn quote(
    ctx: &mut Context,
    input: QuoteErrandInput,
) -> Result<QuoteErrandOutput, OperationError> {
    let on = input.on.unwrap_or(ctx.today());
    let kind = serde_json::json!({ "kind": input.kind });
    let decided = ctx.decide::<i64>("errand_fee", on, &kind)?;
    Ok(QuoteErrandOutput {
        fee: decided.output,
        version: decided.version,
        effective_from: decided.effective_from,
        rules: decided.rules,
    })
}

tongban_sdk::plugin! {
    records: [Errand],
    operations: [apply, approve, issue_receipt, issue_table, quote, read_terms],
}
