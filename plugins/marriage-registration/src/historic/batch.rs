//! A batch of old volumes, and the import of a file into it with a report for each row.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, CsvFile, CsvRow, Date, DeadlineStatus, Instant, OperationError, Record, RecordId,
    SendNotice, StartProcess, Violation, Violations, operation,
};

use super::{
    BATCH_LIMIT, HistoricContent, HistoricKind, HistoricPerson, HistoricRecord, HistoricState,
    SourceVolume,
};
use crate::authority::authority;
use crate::case::word;
use crate::code;
use crate::course::{Course, FileInput, FileOpened, FileState, actor, filled, in_state};
use crate::schedule::ScheduledWork;

/// The key of the process of an import.
const PROCESS: &str = "backfill-import";
/// Rows of a file: more come in further files, so that each is one transaction.
const ROWS_MAX: usize = 100;

/// 补录批次
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "BackfillBatch")]
#[record(kind = "backfill_batch")]
#[record(filter(name = "decidedDate", path = "/course/decidedDate"))]
#[record(filter(name = "authorityCode", path = "/course/authorityCode"))]
#[record(filter(name = "caseNo", path = "/course/caseNo"))]
pub struct BackfillBatch {
    /// 办理经过
    pub course: Course,
    /// 状态
    pub state: BatchState,
    /// 批次名称
    pub title: String,
    /// 完成期限
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<Date>,
    /// 导入
    #[serde(default)]
    pub imports: Vec<ImportReport>,
    /// 已接收条数
    pub n_accepted: u32,
}

/// 状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "BackfillBatchState")]
pub enum BatchState {
    /// 进行中
    Open,
    /// 已完成
    Done,
}

/// 导入报告
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "BackfillImport")]
pub struct ImportReport {
    /// 文件名
    pub file_name: String,
    /// 导入人
    pub by: String,
    /// When.
    pub at: Instant,
    /// 逐行结果
    pub rows: Vec<RowReport>,
}

/// 一行的结果
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "BackfillRow")]
pub struct RowReport {
    /// 行号
    pub line: u32,
    /// 是否接收
    pub accepted: bool,
    /// 补录记录
    pub historic_id: Option<RecordId>,
    /// 列
    pub column: Option<String>,
    /// 原因代码
    pub code: Option<String>,
}

/// A batch begins.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenBackfillBatchInput {
    /// 登记机关
    pub authority_code: String,
    /// 批次名称
    pub title: String,
}

/// Opens a batch, for ninety days.
#[operation(name = "openBackfillBatch")]
pub fn open(
    ctx: &mut Context,
    input: OpenBackfillBatchInput,
) -> Result<FileOpened, OperationError> {
    let authority = authority(ctx, &input.authority_code, "/authorityCode")?;
    let title = filled(&input.title, "/title", code::MATERIAL_MISSING)?;
    let mut batch = BackfillBatch {
        course: Course::begin(ctx, "backfill_batch_no", &authority)?,
        state: BatchState::Open,
        title,
        due_on: Some(ctx.reckon_deadline(BATCH_LIMIT, ctx.today())?.due_on),
        imports: Vec::new(),
        n_accepted: 0,
    };
    batch.course.pass(ctx, "BACKFILL-OPENED", batch.state);
    let case_id = ctx.put_new(&batch)?;
    ctx.set_deadline(BATCH_LIMIT, &case_id, ctx.today())?;
    Ok(FileOpened {
        case_id,
        case_no: batch.course.case_no,
        state: word(batch.state),
        code: None,
    })
}

/// A file of rows.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImportHistoricRecordsInput {
    /// 批次
    pub case_id: RecordId,
    /// 文件名
    pub file_name: String,
    /// 文件内容 (CSV, UTF-8)
    #[schemars(length(max = 200_000))]
    pub csv: String,
}

/// What became of the rows.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportHistoricRecordsOutput {
    /// 接收条数
    pub accepted: u32,
    /// 未接收条数
    pub rejected: u32,
    /// 逐行结果
    pub rows: Vec<RowReport>,
}

/// Imports a file: each row is taken or refused by itself, and the report says which and why. A row
/// with images and content is keyed already and goes to the second person; one without is queued for
/// the scanner.
#[operation(name = "importHistoricRecords")]
pub fn import(
    ctx: &mut Context,
    input: ImportHistoricRecordsInput,
) -> Result<ImportHistoricRecordsOutput, OperationError> {
    let mut batch = ctx.require::<BackfillBatch>(&input.case_id, "/caseId")?;
    in_state(&batch.state, &[BatchState::Open])?;
    let file_name = filled(&input.file_name, "/fileName", code::MATERIAL_MISSING)?;
    let file = CsvFile::parse(&input.csv).map_err(|error| unreadable(error.line()))?;
    if file.rows().is_empty() || file.rows().len() > ROWS_MAX {
        return Err(unreadable(1));
    }
    let mut rows = Vec::with_capacity(file.rows().len());
    let mut ids = Vec::new();
    for row in file.rows() {
        let line = u32::try_from(row.line()).unwrap_or(u32::MAX);
        let report = match record_of(
            ctx,
            &file,
            row,
            &batch.course.authority_code,
            &input.case_id,
        ) {
            Ok(mut record) => {
                record.move_to(ctx, record.state, "HISTORIC-IMPORTED");
                let id = ctx.put_new(&record)?;
                ids.push((id.clone(), record.state));
                RowReport {
                    line,
                    accepted: true,
                    historic_id: Some(id),
                    column: None,
                    code: None,
                }
            }
            Err((column, code)) => RowReport {
                line,
                accepted: false,
                historic_id: None,
                column: Some(column.to_owned()),
                code: Some(code.to_owned()),
            },
        };
        rows.push(report);
    }
    let accepted = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    let rejected = u32::try_from(rows.len()).unwrap_or(u32::MAX) - accepted;
    batch.n_accepted = batch.n_accepted.saturating_add(accepted);
    batch.imports.push(ImportReport {
        file_name,
        by: actor(ctx),
        at: ctx.now(),
        rows: rows.clone(),
    });
    let state = batch.state;
    batch.course.pass(ctx, "BACKFILL-IMPORTED", state);
    ctx.put(&batch)?;
    if !ids.is_empty() {
        let records: Vec<serde_json::Value> = ids
            .iter()
            .map(|(id, state)| serde_json::json!({ "historicId": id, "state": state }))
            .collect();
        let start = StartProcess::new(PROCESS)
            .with_variable("caseId", &input.case_id)
            .with_variable("records", records);
        ctx.start_process(start);
    }
    Ok(ImportHistoricRecordsOutput {
        accepted,
        rejected,
        rows,
    })
}

fn unreadable(line: usize) -> OperationError {
    let violation = Violation::new("/csv", code::FILE_UNREADABLE);
    let mut violations = Violations::new();
    violations.push(violation.with("line", line.to_string()));
    match violations.into_result() {
        Err(error) => error,
        Ok(()) => OperationError::invalid("/csv", code::FILE_UNREADABLE),
    }
}

type Refused = (&'static str, &'static str);

fn record_of(
    ctx: &Context,
    file: &CsvFile,
    row: &CsvRow,
    authority_code: &str,
    batch_id: &RecordId,
) -> Result<HistoricRecord, Refused> {
    let text = |column: &'static str| {
        let cell = file.cell(row, column).map(str::to_owned);
        cell.ok_or((column, code::MATERIAL_MISSING))
    };
    let year = text("year")?
        .parse()
        .map_err(|_| ("year", code::PERIOD_WRONG))?;
    let images: Vec<String> = file
        .cell(row, "images")
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let mut record = HistoricRecord {
        batch_id: batch_id.clone(),
        authority_code: authority_code.to_owned(),
        state: HistoricState::Queued,
        source_volume: SourceVolume {
            archive_unit: text("archiveUnit")?,
            year,
            volume: text("volume")?,
            page: text("page")?,
        },
        content: None,
        first_name: None,
        second_name: None,
        first_id_number: None,
        second_id_number: None,
        image_refs: images,
        image_hashes: Vec::new(),
        anomalies: Vec::new(),
        keyed_by: None,
        checked_by: None,
        differences: Vec::new(),
        resolution: None,
        linked: Vec::new(),
        marriage_record_id: None,
        history: Vec::new(),
    };
    if !record.image_refs.is_empty() {
        record.state = HistoricState::Scanned;
    }
    if file.cell(row, "husbandName").is_some() {
        let content = content_of(ctx, file, row)?;
        record.take(content);
        if record.state == HistoricState::Scanned {
            record.state = HistoricState::Keyed;
            record.keyed_by = Some(actor(ctx));
        }
    }
    Ok(record)
}

fn content_of(ctx: &Context, file: &CsvFile, row: &CsvRow) -> Result<HistoricContent, Refused> {
    let cell = |column: &str| file.cell(row, column).map(str::to_owned);
    let missing = code::MATERIAL_MISSING;
    let register_date = cell("registerDate").ok_or(("registerDate", missing))?;
    let kind = match cell("kind").as_deref() {
        Some("J") => HistoricKind::J,
        Some("L") => HistoricKind::L,
        Some("BJ") => HistoricKind::Bj,
        Some("BL") => HistoricKind::Bl,
        Some("ANNUL") => HistoricKind::Annul,
        _ => return Err(("kind", code::CHOICE_UNKNOWN)),
    };
    let content = HistoricContent {
        register_date,
        kind,
        number_text: cell("numberText"),
        first: HistoricPerson {
            person_id: cell("husbandPersonId"),
            name: cell("husbandName").unwrap_or_default(),
            birth_date_text: cell("husbandBirthDate"),
            id_number: cell("husbandIdNumber"),
            ethnicity: None,
            address: cell("husbandAddress"),
        },
        second: HistoricPerson {
            person_id: cell("wifePersonId"),
            name: cell("wifeName").ok_or(("wifeName", missing))?,
            birth_date_text: cell("wifeBirthDate"),
            id_number: cell("wifeIdNumber"),
            ethnicity: None,
            address: cell("wifeAddress"),
        },
    };
    let today = ctx.today();
    if content.earliest_day().is_none_or(|it| it > today) {
        return Err(("registerDate", code::PERIOD_WRONG));
    }
    for (person, column) in [
        (&content.first, "husbandIdNumber"),
        (&content.second, "wifeIdNumber"),
    ] {
        if person.check("").is_err() {
            return Err((column, code::ID_NUMBER_WRONG));
        }
    }
    Ok(content)
}

/// All records of an import are sealed.
#[operation(name = "noteImportSealed")]
pub fn note_sealed(ctx: &mut Context, input: FileInput) -> Result<FileState, OperationError> {
    let mut batch = ctx.require::<BackfillBatch>(&input.case_id, "/caseId")?;
    let query = tongban_sdk::Query::new().equal("batchId", batch.id());
    let all = ctx.count::<HistoricRecord>(query.clone())?;
    let sealed = ctx.count::<HistoricRecord>(query.equal("state", HistoricState::Sealed))?;
    if batch.state == BatchState::Open && all == sealed {
        batch.state = BatchState::Done;
        batch.course.decide(ctx, "BACKFILL-DONE", BatchState::Done);
        let open = ctx.deadline(BATCH_LIMIT, batch.id())?;
        if open.is_some_and(|it| it.status() != DeadlineStatus::Closed) {
            ctx.close_deadline(BATCH_LIMIT, batch.id(), "BACKFILL-DONE");
        }
        ctx.put(&batch)?;
    }
    Ok(FileState::of(batch.id(), batch.state))
}

/// The ninety days are over: the supervisors are told; nothing ends.
#[operation(name = "tellOfOverdueBackfill")]
pub fn tell_overdue(ctx: &mut Context, input: FileInput) -> Result<ScheduledWork, OperationError> {
    let batch = ctx.require::<BackfillBatch>(&input.case_id, "/caseId")?;
    if batch.state != BatchState::Open {
        return Ok(ScheduledWork::NOTHING);
    }
    let told = SendNotice::to_role("BACKFILL-NOTICE-OVERDUE", crate::notice::SUPERVISOR)
        .about_record::<BackfillBatch>(batch.id())
        .with_argument("caseNo", &batch.course.case_no)
        .once(batch.id());
    ctx.send_notice(told);
    Ok(ScheduledWork::DONE)
}
