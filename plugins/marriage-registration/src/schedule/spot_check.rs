//! J-12: every Monday some of the cases decided in the week before are drawn, to be looked at again.
//! DT-M10 says how many of which class; the seed is stored, so that the draw can be repeated.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, Draw, OperationError, Query, Record, RecordId, StartProcess, operation,
};

use super::ScheduledWork;
use crate::authority::Authority;
use crate::case::Flag;
use crate::code;
use crate::course::{actor, filled};
use crate::marriage::case::MarriageCase;
use crate::reissue::case::{EvidenceSource, ReissueCase};

const PROCESS: &str = "spot-check";
const CASES_MAX: u32 = 1_000;

/// 抽查
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "SpotCheckDraw")]
#[record(kind = "spot_check_draw")]
pub struct SpotCheckDraw {
    /// 登记机关
    pub authority_code: String,
    /// 起始日期
    pub week_from: Date,
    /// 截止日期
    pub week_to: Date,
    /// 随机种子
    pub seed: String,
    /// 候选办件
    pub candidates: Vec<Candidate>,
    /// 抽中办件
    #[serde(default)]
    pub drawn: Vec<DrawnCase>,
    /// 已抽取
    pub done: bool,
}

/// 候选办件
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "SpotCheckCandidate")]
pub struct Candidate {
    /// 办件
    pub case_id: RecordId,
    /// 办件编号
    pub case_no: String,
    /// 类别 of DT-M10.
    pub class: String,
}

/// 抽中办件
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "SpotCheckCase")]
pub struct DrawnCase {
    /// 办件
    pub case_id: RecordId,
    /// 办件编号
    pub case_no: String,
    /// 抽查结论
    pub finding: Option<String>,
    /// 抽查人
    pub examined_by: Option<String>,
}

/// The classes of DT-M10.
const CLASSES: [&str; 4] = [
    "FOREIGN",
    "MANUAL_FALLBACK",
    "REISSUE_WITHOUT_ARCHIVE",
    "OTHER",
];

/// The authority whose cases are drawn.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BeginSpotCheckInput {
    /// 登记机关
    pub authority_code: RecordId,
}

/// Gathers the cases that were decided in the seven days before.
#[operation(name = "beginSpotCheck")]
pub fn begin(
    ctx: &mut Context,
    input: BeginSpotCheckInput,
) -> Result<ScheduledWork, OperationError> {
    let authority = ctx.require::<Authority>(&input.authority_code, "/authorityCode")?;
    let as_of = ctx.schedule().map_or(ctx.today(), |it| it.as_of);
    let (from, to) = (as_of.plus_days(-7), as_of.plus_days(-1));
    let mut candidates = marriages(ctx, (&authority.code, from, to))?;
    candidates.extend(reissues(ctx, (&authority.code, from, to))?);
    if candidates.is_empty() {
        return Ok(ScheduledWork::NOTHING);
    }
    let draw = SpotCheckDraw {
        seed: format!("{} {from} {}", authority.code, candidates.len()),
        authority_code: authority.code.clone(),
        week_from: from,
        week_to: to,
        candidates,
        drawn: Vec::new(),
        done: false,
    };
    let draw_id = ctx.put_new(&draw)?;
    let classes: Vec<&str> = CLASSES.to_vec();
    let sample: u32 = ctx.parameter("recheck_sample_percent")?;
    let start = StartProcess::new(PROCESS)
        .with_variable("drawId", &draw_id)
        .with_variable("classes", classes)
        .with_variable("samplePercent", sample);
    ctx.start_process(start);
    Ok(ScheduledWork::DONE)
}

fn marriages(
    ctx: &Context,
    (authority, from, to): (&str, Date, Date),
) -> Result<Vec<Candidate>, OperationError> {
    let query = Query::new()
        .equal("authorityCode", authority)
        .at_least("decidedDate", from)
        .at_most("decidedDate", to)
        .limit(CASES_MAX);
    let cases = ctx.find::<MarriageCase>(query)?.items;
    let decided = cases.iter().filter(|it| it.certificate_number.is_some());
    let candidates = decided.map(|case| {
        let class = if case.has_flag(Flag::Foreign) {
            CLASSES[0]
        } else if case.has_flag(Flag::ManualFallback) {
            CLASSES[1]
        } else {
            CLASSES[3]
        };
        Candidate {
            case_id: case.id().clone(),
            case_no: case.number().to_owned(),
            class: class.to_owned(),
        }
    });
    Ok(candidates.collect())
}

fn reissues(
    ctx: &Context,
    (authority, from, to): (&str, Date, Date),
) -> Result<Vec<Candidate>, OperationError> {
    let query = Query::new()
        .equal("authorityCode", authority)
        .at_least("decidedDate", from)
        .at_most("decidedDate", to)
        .limit(CASES_MAX);
    let cases = ctx.find::<ReissueCase>(query)?.items;
    let issued = cases.iter().filter(|it| it.certificate_number.is_some());
    let candidates = issued.map(|case| {
        let source = case.archive_evidence.as_ref().map(|it| it.source);
        let class = if source == Some(EvidenceSource::HouseholdOrOtherProof) {
            CLASSES[2]
        } else if case.flags.contains(&Flag::Foreign) {
            CLASSES[0]
        } else if case.flags.contains(&Flag::ManualFallback) {
            CLASSES[1]
        } else {
            CLASSES[3]
        };
        Candidate {
            case_id: case.id().clone(),
            case_no: case.course.case_no.clone(),
            class: class.to_owned(),
        }
    });
    Ok(candidates.collect())
}

/// What DT-M10 decided, in the order of the classes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DrawSpotCheckInput {
    /// 抽查
    pub draw_id: RecordId,
    /// Hundredths of each class.
    pub percents: Vec<u32>,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DrawSpotCheckOutput {
    /// The cases that were drawn.
    pub drawn: Vec<RecordId>,
}

/// Draws: of each class its hundredths, and at least one where it is not none.
#[operation(name = "drawSpotCheck")]
pub fn draw(
    ctx: &mut Context,
    input: DrawSpotCheckInput,
) -> Result<DrawSpotCheckOutput, OperationError> {
    let mut draw = ctx.require::<SpotCheckDraw>(&input.draw_id, "/drawId")?;
    if draw.done || input.percents.len() != CLASSES.len() {
        return Err(OperationError::invalid("/drawId", code::NOT_IN_THIS_STATE));
    }
    for (class, percent) in CLASSES.iter().zip(&input.percents) {
        let of_class: Vec<Candidate> = draw
            .candidates
            .iter()
            .filter(|it| it.class == *class)
            .cloned()
            .collect();
        let share = usize::try_from((*percent).min(100)).unwrap_or(100);
        let size = (of_class.len() * share).div_ceil(100);
        let drawn = Draw::new(&format!("{} {class}", draw.seed)).sample(of_class.len(), size);
        for idx in drawn {
            draw.drawn.push(DrawnCase {
                case_id: of_class[idx].case_id.clone(),
                case_no: of_class[idx].case_no.clone(),
                finding: None,
                examined_by: None,
            });
        }
    }
    draw.done = true;
    ctx.note_audit(
        "SPOT-CHECK-DRAWN",
        format!("{}: {}", draw.seed, draw.drawn.len()),
    );
    ctx.put(&draw)?;
    let drawn = draw.drawn.iter().map(|it| it.case_id.clone()).collect();
    Ok(DrawSpotCheckOutput { drawn })
}

/// What somebody finds in a case that was drawn.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExamineSpotCheckInput {
    /// 抽查
    pub draw_id: RecordId,
    /// 办件
    pub case_id: RecordId,
    /// 抽查结论
    pub reason: String,
}

/// Notes what was found.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExamineSpotCheckOutput {
    /// 未完成数
    pub open: usize,
}

/// Notes the finding about one case.
#[operation(name = "examineSpotCheck")]
pub fn examine(
    ctx: &mut Context,
    input: ExamineSpotCheckInput,
) -> Result<ExamineSpotCheckOutput, OperationError> {
    let mut draw = ctx.require::<SpotCheckDraw>(&input.draw_id, "/drawId")?;
    let finding = filled(&input.reason, "/reason", code::REASON_MISSING)?;
    let by = actor(ctx);
    let Some(case) = draw.drawn.iter_mut().find(|it| it.case_id == input.case_id) else {
        return Err(OperationError::invalid("/caseId", code::CHOICE_UNKNOWN));
    };
    case.finding = Some(finding);
    case.examined_by = Some(by);
    let open = draw.drawn.iter().filter(|it| it.finding.is_none()).count();
    ctx.note_audit("SPOT-CHECK-EXAMINED", draw.seed.clone());
    ctx.put(&draw)?;
    Ok(ExamineSpotCheckOutput { open })
}
