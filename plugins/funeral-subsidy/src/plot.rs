//! Plots and niches (墓位、格位, §5.4): DT-F9 says who has a right to one; no grave for the living.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, Fen, LeapPolicy, OperationError, Query, Record, RecordId, StartProcess, Stored,
    operation,
};

use crate::code;
use crate::payment::BurialSite;
use crate::statistics::{ASHES_PLACED, Breakdown, Sums};

const PROCESS: &str = "funeral-plot";

/// 墓位状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PlotState {
    /// 空闲
    Free,
    /// 预留
    Reserved,
    /// 在用
    Occupied,
    /// 已收回
    Released,
}

/// 墓位种类
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PlotKind {
    /// 单穴
    Single,
    /// 双穴
    Double,
    /// 格位
    Niche,
    /// 遗体墓
    Body,
}

/// 墓位、格位 (§4.10)
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[record(kind = "burial_plot")]
pub struct BurialPlot {
    /// 编号
    pub no: String,
    /// 公墓
    pub site_code: String,
    /// 种类
    pub kind: PlotKind,
    /// 面积(平方厘米)
    pub area_cm2: i64,
    /// 使用年限
    pub term_years: i64,
    /// 价格
    pub fee_fen: Fen,
    /// 使用人
    pub occupants: Vec<String>,
    /// 状态
    pub state: PlotState,
    /// 使用期满
    pub term_until: Option<Date>,
}

/// 申请理由
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PlotReason {
    /// 逝者安葬
    Deceased,
    /// 已故配偶的健在一方
    SpouseOfDeceased,
    /// 高龄
    Old,
    /// 危重病人
    Critical,
    /// 公共建设迁葬
    Relocation,
    /// 其他
    Other,
}

/// 申请状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PlotRequestState {
    /// 已申请
    Requested,
    /// 已核对
    Checked,
    /// 不予提供
    Refused,
    /// 已分配
    Allocated,
    /// 已签约
    Contracted,
    /// 已安葬
    Occupied,
}

/// 墓位申请
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[record(kind = "plot_request")]
pub struct PlotRequest {
    /// 申请编号
    pub no: String,
    /// 公墓
    pub site_code: String,
    /// 申请人编号
    pub applicant_id: String,
    /// 使用人编号
    pub person_id: String,
    /// 使用人出生日期
    pub birth_date: Date,
    /// 理由
    pub reason: PlotReason,
    /// 死亡证明编号
    pub death_certificate_no: Option<String>,
    /// 火化证明编号
    pub cremation_cert_no: Option<String>,
    /// 医院证明
    pub hospital_paper: Option<String>,
    /// 同穴墓位
    pub beside_plot_no: Option<String>,
    /// 本村村民
    pub villager: bool,
    /// 本县户籍
    pub local: bool,
    /// 状态
    pub state: PlotRequestState,
    /// 结果: ALLOCATE, RESERVE, DENY
    pub outcome: Option<String>,
    /// 不予提供代码
    pub refusal_code: Option<String>,
    /// 墓位
    pub plot_no: Option<String>,
    /// 申请日期
    pub requested_on: Date,
}

/// Somebody asks for a plot.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestPlotInput {
    /// 公墓
    pub site_code: String,
    /// 申请人编号
    pub applicant_id: String,
    /// 使用人编号
    pub person_id: String,
    /// 使用人出生日期
    pub birth_date: Date,
    /// 理由
    pub reason: PlotReason,
    /// 死亡证明编号
    #[serde(default)]
    pub death_certificate_no: Option<String>,
    /// 火化证明编号
    #[serde(default)]
    pub cremation_cert_no: Option<String>,
    /// 医院证明
    #[serde(default)]
    pub hospital_paper: Option<String>,
    /// 同穴墓位
    #[serde(default)]
    pub beside_plot_no: Option<String>,
    /// 本村村民
    #[serde(default)]
    pub villager: bool,
    /// 本县户籍
    pub local: bool,
}

/// The request.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestPlotOutput {
    /// 申请
    pub plot_request_id: RecordId,
    /// 申请编号
    pub no: String,
}

/// Stores the request and asks DT-F9.
#[operation(name = "requestPlot")]
pub fn request(
    ctx: &mut Context,
    input: RequestPlotInput,
) -> Result<RequestPlotOutput, OperationError> {
    let sites = ctx.find::<BurialSite>(Query::new().equal("code", &input.site_code))?;
    let Some(site) = sites.items.first() else {
        return Err(OperationError::invalid("/siteCode", code::SITE_NOT_LISTED));
    };
    let village = site.village;
    let beside = spouse_plot(ctx, &input)?;
    let age_min: u32 = ctx.parameter("plot_old_age")?;
    let today = ctx.today();
    let is_old = input.birth_date.age_on(today, LeapPolicy::Later) >= age_min;
    let certified = input.death_certificate_no.is_some() && input.cremation_cert_no.is_some();
    let (area, date) = (ctx.tenant().to_owned(), today.to_string().replace('-', ""));
    let kind = "P";
    let scope: [(&str, &dyn ToString); 3] = [("kind", &kind), ("area", &area), ("date", &date)];
    let no = ctx.number("funeral_case_no", &scope)?;
    let request = PlotRequest {
        no: no.clone(),
        site_code: input.site_code,
        applicant_id: input.applicant_id,
        person_id: input.person_id,
        birth_date: input.birth_date,
        reason: input.reason,
        death_certificate_no: input.death_certificate_no,
        cremation_cert_no: input.cremation_cert_no,
        hospital_paper: input.hospital_paper,
        beside_plot_no: input.beside_plot_no,
        villager: input.villager,
        local: input.local,
        state: PlotRequestState::Requested,
        outcome: None,
        refusal_code: None,
        plot_no: None,
        requested_on: today,
    };
    let plot_request_id = ctx.put_new(&request)?;
    let start = StartProcess::new(PROCESS)
        .with_business_key(&no)
        .with_variable("plotRequestId", &plot_request_id)
        .with_variable("reason", crate::word(request.reason))
        .with_variable("village", village)
        .with_variable("villager", request.villager)
        .with_variable("local", request.local)
        .with_variable("certified", certified)
        .with_variable("besideSpouse", beside)
        .with_variable("old", is_old)
        .with_variable("hospitalPaper", request.hospital_paper.is_some());
    ctx.start_process(start);
    Ok(RequestPlotOutput {
        plot_request_id,
        no,
    })
}

/// Whether the plot beside is a double one with an occupant.
fn spouse_plot(ctx: &Context, input: &RequestPlotInput) -> Result<bool, OperationError> {
    let Some(no) = &input.beside_plot_no else {
        return Ok(false);
    };
    let plots = ctx.find::<BurialPlot>(Query::new().equal("no", no))?.items;
    let fits = |it: &Stored<BurialPlot>| {
        it.kind == PlotKind::Double && it.occupants.len() == 1 && it.site_code == input.site_code
    };
    Ok(plots.iter().any(fits) && input.reason == PlotReason::SpouseOfDeceased)
}

/// What DT-F9 says.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlotVerdict {
    /// `ALLOCATE`, `RESERVE` or `DENY`
    pub outcome: String,
    /// 代码
    #[serde(default)]
    pub code: Option<String>,
}

/// DT-F9 for a request.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NotePlotVerdictInput {
    /// 申请
    pub plot_request_id: RecordId,
    /// DT-F9
    pub verdict: PlotVerdict,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlotRequestOutput {
    /// 状态
    pub plot_state: PlotRequestState,
}

/// Checked, or refused with a code.
#[operation(name = "notePlotVerdict")]
pub fn note(
    ctx: &mut Context,
    input: NotePlotVerdictInput,
) -> Result<PlotRequestOutput, OperationError> {
    let states = [PlotRequestState::Requested];
    let mut request = read(ctx, &input.plot_request_id, &states)?;
    let denied = input.verdict.outcome == "DENY";
    request.state = if denied {
        PlotRequestState::Refused
    } else {
        PlotRequestState::Checked
    };
    request.refusal_code = input
        .verdict
        .code
        .or_else(|| Some(code::NO_RIGHT_TO_PLOT.to_owned()))
        .filter(|_| denied);
    request.outcome = Some(input.verdict.outcome);
    ctx.put(&request)?;
    Ok(PlotRequestOutput {
        plot_state: request.state,
    })
}

fn read(
    ctx: &Context,
    id: &RecordId,
    states: &[PlotRequestState],
) -> Result<Stored<PlotRequest>, OperationError> {
    let request = ctx.require::<PlotRequest>(id, "/plotRequestId")?;
    if states.contains(&request.state) {
        Ok(request)
    } else {
        Err(OperationError::invalid(
            "/plotRequestId",
            code::STATE_FORBIDS,
        ))
    }
}

/// Which plot.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AllocatePlotInput {
    /// 申请
    pub plot_request_id: RecordId,
    /// 墓位
    pub plot_no: String,
}

/// One plot, one case; area and term within the table of the province (FS-P-03).
#[operation(name = "allocatePlot")]
pub fn allocate(
    ctx: &mut Context,
    input: AllocatePlotInput,
) -> Result<PlotRequestOutput, OperationError> {
    let states = [PlotRequestState::Checked];
    let mut request = read(ctx, &input.plot_request_id, &states)?;
    let query = Query::new().equal("no", &input.plot_no);
    let Some(mut plot) = ctx.find_first::<BurialPlot>(query)? else {
        return Err(OperationError::invalid("/plotNo", code::NOT_REGISTERED));
    };
    let beside = request.beside_plot_no.as_deref() == Some(&*plot.no);
    let free = plot.state == PlotState::Free || beside && plot.occupants.len() == 1;
    if !free || plot.site_code != request.site_code {
        return Err(OperationError::invalid("/plotNo", code::STATE_FORBIDS));
    }
    let area_max: i64 = ctx.parameter("plot_area_max_cm2")?;
    let term_max: i64 = ctx.parameter("plot_term_years")?;
    if plot.area_cm2 > area_max || plot.term_years > term_max {
        return Err(OperationError::invalid("/plotNo", code::PLOT_TOO_LARGE));
    }
    if plot.state == PlotState::Free {
        plot.state = PlotState::Reserved;
        ctx.put(&plot)?;
    }
    request.state = PlotRequestState::Allocated;
    request.plot_no = Some(input.plot_no);
    ctx.put(&request)?;
    Ok(PlotRequestOutput {
        plot_state: request.state,
    })
}

/// The contract.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContractPlotInput {
    /// 申请
    pub plot_request_id: RecordId,
    /// 收费
    pub fee_fen: Fen,
}

/// The fee is that of the published list, and no other.
#[operation(name = "contractPlot")]
pub fn contract(
    ctx: &mut Context,
    input: ContractPlotInput,
) -> Result<PlotRequestOutput, OperationError> {
    let states = [PlotRequestState::Allocated];
    let mut request = read(ctx, &input.plot_request_id, &states)?;
    let plot = plot_of(ctx, &request)?;
    if plot.fee_fen != input.fee_fen {
        return Err(OperationError::invalid("/feeFen", code::ITEM_NOT_LISTED));
    }
    request.state = PlotRequestState::Contracted;
    ctx.put(&request)?;
    Ok(PlotRequestOutput {
        plot_state: request.state,
    })
}

fn plot_of(ctx: &Context, request: &PlotRequest) -> Result<Stored<BurialPlot>, OperationError> {
    let query = Query::new().equal("no", &request.plot_no);
    let found = ctx.find_first::<BurialPlot>(query)?;
    found.ok_or_else(|| OperationError::failed("expected the plot of a request"))
}

/// The burial.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteBurialInput {
    /// 申请
    pub plot_request_id: RecordId,
    /// 安葬日期
    pub buried_on: Date,
    /// 火化证明编号
    pub cremation_cert_no: String,
}

/// The register; the term begins.
#[operation(name = "noteBurial")]
pub fn bury(
    ctx: &mut Context,
    input: NoteBurialInput,
) -> Result<PlotRequestOutput, OperationError> {
    let states = [PlotRequestState::Contracted];
    let mut request = read(ctx, &input.plot_request_id, &states)?;
    if input.buried_on > ctx.today() {
        return Err(OperationError::invalid("/buriedOn", code::DATES_DISAGREE));
    }
    let mut plot = plot_of(ctx, &request)?;
    let years = i32::try_from(plot.term_years).unwrap_or(0);
    plot.state = PlotState::Occupied;
    plot.occupants.push(request.person_id.clone());
    plot.term_until = Some(input.buried_on.anniversary(years, LeapPolicy::Earlier));
    ctx.put(&plot)?;
    request.cremation_cert_no = Some(input.cremation_cert_no);
    request.state = PlotRequestState::Occupied;
    ctx.put(&request)?;
    count_ashes(ctx, plot.kind)?;
    Ok(PlotRequestOutput {
        plot_state: request.state,
    })
}

/// A grave for a body holds no ashes.
fn count_ashes(ctx: &mut Context, kind: PlotKind) -> Result<(), OperationError> {
    let place = match kind {
        PlotKind::Niche => "NICHE",
        PlotKind::Single | PlotKind::Double => "PLOT",
        PlotKind::Body => return Ok(()),
    };
    let mut sums = Sums::default();
    sums.count(ASHES_PLACED, Breakdown::Place, Some(place));
    sums.note(ctx)
}
