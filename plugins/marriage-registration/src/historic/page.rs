//! A page on its way: scanned, keyed by one person, checked by another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, OperationError, RecordId, operation};

use super::{Anomaly, HistoricContent, HistoricOutput, HistoricState, historic};
use crate::code;
use crate::course::actor;

/// The images of a page.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScanHistoricRecordInput {
    /// 补录记录
    pub historic_id: RecordId,
    /// 影像
    pub images: Vec<ScannedImage>,
}

/// 影像
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "HistoricImage")]
pub struct ScannedImage {
    /// 影像编号
    pub image_ref: String,
    /// 校验值 (SHA-256)
    pub sha256: String,
    /// 分辨率
    pub dpi: u16,
}

/// Takes legible images with their hashes.
#[operation(name = "scanHistoricRecord")]
pub fn scan(
    ctx: &mut Context,
    input: ScanHistoricRecordInput,
) -> Result<HistoricOutput, OperationError> {
    let mut record = historic(ctx, &input.historic_id, &[HistoricState::Queued])?;
    let dpi_min: u16 = ctx.parameter("backfill_dpi_min")?;
    if input.images.is_empty() {
        return Err(OperationError::invalid("/images", code::MATERIAL_MISSING));
    }
    for (idx, image) in input.images.iter().enumerate() {
        let hex = |it: u8| it.is_ascii_hexdigit();
        let hashed = image.sha256.len() == 64 && image.sha256.bytes().all(hex);
        if !hashed || image.dpi < dpi_min || image.image_ref.trim().is_empty() {
            let path = format!("/images/{idx}");
            return Err(OperationError::invalid(path, code::MATERIAL_MISSING));
        }
    }
    record.image_hashes = input.images.iter().map(|it| it.sha256.clone()).collect();
    record.image_refs = input.images.into_iter().map(|it| it.image_ref).collect();
    record.move_to(ctx, HistoricState::Scanned, "HISTORIC-SCANNED");
    ctx.put(&record)?;
    Ok(HistoricOutput::of(&record))
}

/// What the first person reads on the page.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyHistoricRecordInput {
    /// 补录记录
    pub historic_id: RecordId,
    /// 录入内容
    pub content: HistoricContent,
    /// 异常
    #[serde(default)]
    pub anomalies: Vec<Anomaly>,
}

/// Keys a page.
#[operation(name = "keyHistoricRecord")]
pub fn key(
    ctx: &mut Context,
    input: KeyHistoricRecordInput,
) -> Result<HistoricOutput, OperationError> {
    let mut record = historic(ctx, &input.historic_id, &[HistoricState::Scanned])?;
    input.content.check(ctx, "/content")?;
    record.anomalies = input.anomalies;
    record.take(input.content);
    record.keyed_by = Some(actor(ctx));
    record.checked_by = None;
    record.move_to(ctx, HistoricState::Keyed, "HISTORIC-KEYED");
    ctx.put(&record)?;
    Ok(HistoricOutput::of(&record))
}

/// What the second person reads on the same page.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckHistoricRecordInput {
    /// 补录记录
    pub historic_id: RecordId,
    /// 与影像一致, where the county keys once.
    #[serde(default)]
    pub agrees: bool,
    /// 录入内容, where the county keys twice.
    #[serde(default)]
    pub content: Option<HistoricContent>,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckHistoricRecordOutput {
    /// Whether both have read the same.
    pub agreed: bool,
    /// 差异
    pub differences: Vec<String>,
}

/// Another person checks: field by field against a second keying, if the county demands it
/// (`backfill_double_key`). A difference sends the page back to be keyed again. MR-S-03 to whoever
/// keyed it. **HARD**
#[operation(name = "checkHistoricRecord")]
pub fn check(
    ctx: &mut Context,
    input: CheckHistoricRecordInput,
) -> Result<CheckHistoricRecordOutput, OperationError> {
    let mut record = historic(ctx, &input.historic_id, &[HistoricState::Keyed])?;
    let by = actor(ctx);
    if record.keyed_by.as_deref() == Some(&by) {
        return Err(OperationError::invalid(
            "/historicId",
            code::SAME_PERSON_TWICE,
        ));
    }
    let double: bool = ctx.parameter("backfill_double_key")?;
    let differences = match (&input.content, &record.content) {
        (Some(second), Some(first)) => {
            second.check(ctx, "/content")?;
            differences(first, second)
        }
        (None, _) if double => {
            return Err(OperationError::invalid("/content", code::MATERIAL_MISSING));
        }
        (None, _) if input.agrees => Vec::new(),
        _ => vec!["content".to_owned()],
    };
    let agreed = differences.is_empty();
    record.differences.clone_from(&differences);
    if agreed {
        record.checked_by = Some(by);
        record.move_to(ctx, HistoricState::Checked, "HISTORIC-CHECKED");
    } else {
        let text = differences.join(", ");
        ctx.note_audit("HISTORIC-DIFFERENCES", text);
        record.move_to(ctx, HistoricState::Scanned, "HISTORIC-NOT-AGREED");
    }
    ctx.put(&record)?;
    Ok(CheckHistoricRecordOutput {
        agreed,
        differences,
    })
}

/// The fields in which the two keyings differ, by name; not what they say.
fn differences(first: &HistoricContent, second: &HistoricContent) -> Vec<String> {
    let mut fields = Vec::new();
    let mut compare = |name: String, same: bool| {
        if !same {
            fields.push(name);
        }
    };
    compare(
        "registerDate".into(),
        first.register_date == second.register_date,
    );
    compare("kind".into(), first.kind == second.kind);
    compare("numberText".into(), first.number_text == second.number_text);
    for (side, one, other) in [
        ("first", &first.first, &second.first),
        ("second", &first.second, &second.second),
    ] {
        compare(format!("{side}.name"), one.name == other.name);
        compare(
            format!("{side}.idNumber"),
            one.full_number() == other.full_number(),
        );
        compare(
            format!("{side}.birthDateText"),
            one.birth_date_text == other.birth_date_text,
        );
    }
    fields
}
