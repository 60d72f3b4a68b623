//! Matching by identity number alone, anomalies, and the seal.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, OperationError, Query, RecordId, Stored, operation};

use super::{
    Anomaly, AnomalyCode, HistoricContent, HistoricInput, HistoricKind, HistoricOutput,
    HistoricPerson, HistoricRecord, HistoricState, Resolution, historic,
};
use crate::archive::{MarriageRecord, Person, RegistryStatus, couple_key};
use crate::code;
use crate::course::{actor, filled};

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MatchHistoricRecordOutput {
    /// Whether somebody has to look at it.
    pub anomaly: bool,
    /// The record that is uploaded.
    pub marriage_record_id: Option<RecordId>,
}

/// Matches a checked page: others of the same two numbers are linked, never merged, and make it an
/// anomaly. What has no number takes part in no matching.
#[operation(name = "matchHistoricRecord")]
pub fn find_twins(
    ctx: &mut Context,
    input: HistoricInput,
) -> Result<MatchHistoricRecordOutput, OperationError> {
    let mut record = historic(ctx, &input.historic_id, &[HistoricState::Checked])?;
    let mut twins = Vec::new();
    if let (Some(first), Some(second)) = (&record.first_id_number, &record.second_id_number) {
        let query = Query::new()
            .equal("firstIdNumber", first)
            .equal("secondIdNumber", second);
        let others = ctx.find::<HistoricRecord>(query)?.items;
        let other = |it: &&Stored<HistoricRecord>| it.id() != record.id();
        let kind = |it: &HistoricRecord| it.content.as_ref().map(|it| it.kind);
        twins.extend(
            others
                .iter()
                .filter(other)
                .filter(|it| kind(it) == kind(&record))
                .map(|it| it.id().clone()),
        );
    }
    if !twins.is_empty() {
        record.linked = twins;
        record.anomalies.push(Anomaly {
            code: AnomalyCode::SamePersonTwoRecords,
            note: None,
        });
    }
    let anomaly = !record.anomalies.is_empty();
    if anomaly {
        record.move_to(ctx, HistoricState::Anomaly, "HISTORIC-ANOMALY");
    } else {
        let status = status_of(&record);
        file(ctx, &mut record, status)?;
        record.move_to(ctx, HistoricState::Matched, "HISTORIC-MATCHED");
    }
    ctx.put(&record)?;
    Ok(MatchHistoricRecordOutput {
        anomaly,
        marriage_record_id: record.marriage_record_id.clone(),
    })
}

fn status_of(record: &HistoricRecord) -> RegistryStatus {
    match record.content.as_ref().map(|it| it.kind) {
        Some(HistoricKind::J | HistoricKind::Bj) => RegistryStatus::Valid,
        Some(HistoricKind::L | HistoricKind::Bl) => RegistryStatus::DivorcedReg,
        // Whether administration or court annulled it, the old page does not say.
        Some(HistoricKind::Annul) | None => RegistryStatus::Unclear,
    }
}

/// The local archive gets the marriage, unless it knows one of this number already.
fn file(
    ctx: &mut Context,
    record: &mut Stored<HistoricRecord>,
    status: RegistryStatus,
) -> Result<(), OperationError> {
    let Some(content) = record.content.clone() else {
        return Err(OperationError::invalid(
            "/historicId",
            code::NOT_IN_THIS_STATE,
        ));
    };
    let volume = &record.source_volume;
    let number = content.number_text.clone().unwrap_or_else(|| {
        format!(
            "{}-{}-{}-{}",
            volume.archive_unit, volume.year, volume.volume, volume.page
        )
    });
    let known = ctx.find_first::<MarriageRecord>(Query::new().equal("certNumber", &number))?;
    if let Some(known) = known {
        record.marriage_record_id = Some(known.id().clone());
        return Ok(());
    }
    let id = record.id().clone();
    let [husband, wife] = persons(ctx, &id, &content)?;
    let has_valid = |ctx: &Context, side: &str, person: &Person| {
        let query = Query::new()
            .equal(side, &person.person_id)
            .equal("status", RegistryStatus::Valid);
        ctx.count::<MarriageRecord>(query)
    };
    let taken = has_valid(ctx, "husbandId", &husband)? + has_valid(ctx, "wifeId", &wife)?;
    let status = if status == RegistryStatus::Valid && taken > 0 {
        RegistryStatus::Unclear
    } else {
        status
    };
    let day = content.earliest_day().unwrap_or_else(|| ctx.today());
    let filed = MarriageRecord {
        cert_number: number,
        registration_date: day,
        authority_code: record.authority_code.clone(),
        couple_key: couple_key(&husband.person_id, &wife.person_id),
        husband,
        wife,
        status,
        ended_on: (status == RegistryStatus::DivorcedReg).then_some(day),
        ended_by: None,
        disputed: false,
        reissued_as: None,
        upload: None,
    };
    record.marriage_record_id = Some(ctx.put_new(&filed)?);
    Ok(())
}

fn persons(
    ctx: &Context,
    id: &RecordId,
    content: &HistoricContent,
) -> Result<[Person; 2], OperationError> {
    let placeholder: String = ctx.parameter("backfill_id_placeholder")?;
    let person = |it: &HistoricPerson, side: &str, sex: &str| {
        let digits = |text: &str| {
            text.chars()
                .filter(char::is_ascii_digit)
                .collect::<String>()
        };
        let birth = it
            .birth_date_text
            .as_deref()
            .map(digits)
            .unwrap_or_default();
        let stand_in = match &*placeholder {
            "ZEROS_BIRTH_DATE" => format!("{birth:0>18}"),
            _ => String::new(),
        };
        Person {
            person_id: it
                .person_id
                .clone()
                .unwrap_or_else(|| format!("historic-{id}-{side}")),
            name: it.name.clone(),
            id_number: it.full_number().unwrap_or(stand_in),
            sex: Some(sex.to_owned()),
            birth_date: it.birth_date_text.as_deref().and_then(|it| it.parse().ok()),
            nationality: Some("CHN".into()),
        }
    };
    Ok([
        person(&content.first, "1", "1"),
        person(&content.second, "2", "2"),
    ])
}

/// What somebody makes of an anomaly.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResolveHistoricAnomalyInput {
    /// 补录记录
    pub historic_id: RecordId,
    /// 理由
    pub reason: String,
}

/// Notes the reason with which an anomaly is taken over.
#[operation(name = "resolveHistoricAnomaly")]
pub fn resolve(
    ctx: &mut Context,
    input: ResolveHistoricAnomalyInput,
) -> Result<HistoricOutput, OperationError> {
    let mut record = historic(ctx, &input.historic_id, &[HistoricState::Anomaly])?;
    let reason = filled(&input.reason, "/reason", code::REASON_MISSING)?;
    record.resolution = Some(Resolution {
        reason,
        by: actor(ctx),
        second: None,
    });
    record.move_to(ctx, HistoricState::Anomaly, "HISTORIC-RESOLVED");
    ctx.put(&record)?;
    Ok(HistoricOutput::of(&record))
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfirmHistoricAnomalyOutput {
    /// 状态
    pub state: HistoricState,
    /// The record that is uploaded.
    pub marriage_record_id: Option<RecordId>,
}

/// A second person agrees: the page is filed as unclear, so that nobody is refused by it without a
/// person's decision (V-11).
#[operation(name = "confirmHistoricAnomaly")]
pub fn confirm(
    ctx: &mut Context,
    input: HistoricInput,
) -> Result<ConfirmHistoricAnomalyOutput, OperationError> {
    let mut record = historic(ctx, &input.historic_id, &[HistoricState::Anomaly])?;
    let by = actor(ctx);
    let Some(resolution) = record.resolution.as_mut().filter(|it| it.by != by) else {
        return Err(OperationError::invalid(
            "/historicId",
            code::SAME_PERSON_TWICE,
        ));
    };
    resolution.second = Some(by);
    file(ctx, &mut record, RegistryStatus::Unclear)?;
    record.move_to(ctx, HistoricState::Matched, "HISTORIC-MATCHED");
    ctx.put(&record)?;
    Ok(ConfirmHistoricAnomalyOutput {
        state: record.state,
        marriage_record_id: record.marriage_record_id.clone(),
    })
}

/// The national base has it: read-only from here on.
#[operation(name = "sealHistoricRecord")]
pub fn seal(ctx: &mut Context, input: HistoricInput) -> Result<HistoricOutput, OperationError> {
    let mut record = historic(ctx, &input.historic_id, &[HistoricState::Matched])?;
    record.move_to(ctx, HistoricState::Sealed, "HISTORIC-SEALED");
    ctx.put(&record)?;
    Ok(HistoricOutput::of(&record))
}
