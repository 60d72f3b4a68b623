//! What has become of a marriage record goes to the national base (X-MARRIAGE-PUT), whatever the
//! procedure: re-issue, correction, court note, revocation, back-fill. One process carries it and
//! tries again until the base takes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, OperationError, RecordId, operation};

use crate::archive::{MarriageRecord, Person, RegistryUpload};
use crate::case::word;
use crate::marriage::finish::UploadedPerson;

/// The check kind that puts a record into the national base.
const UPLOAD: &str = "X-MARRIAGE-PUT";
const ANSWER_HOURS: u32 = 24;

/// What a check task hands over.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrepareRecordUploadInput {
    /// 婚姻登记记录
    pub record_id: RecordId,
    /// `X-MARRIAGE-PUT`
    pub kind: String,
}

/// The record as the national base takes it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrepareRecordUploadOutput {
    /// What the answer is looked up by; no personal data.
    pub subject: String,
    /// 结婚证字号
    pub cert_number: String,
    /// 种类
    pub kind: String,
    /// 登记日期
    pub date: Date,
    /// 登记机关
    pub authority: String,
    /// 状态
    pub status: String,
    /// The day it ended.
    pub ended_on: Option<Date>,
    /// 补发的证字号
    pub reissued_as: Option<String>,
    /// 双方
    pub persons: Vec<UploadedPerson>,
    /// 法律依据
    pub legal_basis: String,
}

fn uploaded(person: &Person) -> UploadedPerson {
    UploadedPerson {
        name: person.name.clone(),
        id_number: person.id_number.clone(),
        sex: person.sex.clone().unwrap_or_default(),
        nationality: person.nationality.clone().unwrap_or_default(),
    }
}

/// Builds the upload of a record as it stands.
#[operation(name = "prepareRecordUpload")]
pub fn prepare(
    ctx: &mut Context,
    input: PrepareRecordUploadInput,
) -> Result<PrepareRecordUploadOutput, OperationError> {
    let record = ctx.require::<MarriageRecord>(&input.record_id, "/recordId")?;
    let status = word(record.status);
    Ok(PrepareRecordUploadOutput {
        // Each state is an upload of its own.
        subject: subject(record.id(), &status, record.reissued_as.as_deref()),
        cert_number: record.cert_number.clone(),
        kind: "J".into(),
        date: record.registration_date,
        authority: record.authority_code.clone(),
        status,
        ended_on: record.ended_on,
        reissued_as: record.reissued_as.clone(),
        persons: vec![uploaded(&record.husband), uploaded(&record.wife)],
        legal_basis: "婚姻登记条例(国务院令第804号)".into(),
    })
}

fn subject(id: &RecordId, status: &str, reissued_as: Option<&str>) -> String {
    format!("{id}:{status}:{}", reissued_as.unwrap_or_default())
}

/// The record that was uploaded.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordRegistryUploadInput {
    /// 婚姻登记记录
    pub marriage_record_id: RecordId,
}

/// What the national base answers.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct UploadAnswer {
    record_id: Option<String>,
}

/// What was uploaded.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordRegistryUploadOutput {
    /// The number that the base gave.
    pub upload_no: String,
}

/// Notes that the national base has the record as it stands.
#[operation(name = "recordRegistryUpload")]
pub fn record(
    ctx: &mut Context,
    input: RecordRegistryUploadInput,
) -> Result<RecordRegistryUploadOutput, OperationError> {
    let id = &input.marriage_record_id;
    let mut record = ctx.require::<MarriageRecord>(id, "/marriageRecordId")?;
    let subject = subject(id, &word(record.status), record.reissued_as.as_deref());
    let answer = ctx.checks().lookup(UPLOAD, &subject, ANSWER_HOURS)?;
    let Some(answer) = answer.filter(|it| it.outcome() != "NOT_FOUND") else {
        let number = &record.cert_number;
        let text = format!("record {number}: the national base has not taken the upload");
        return Err(OperationError::failed(text));
    };
    let body = answer.body::<Option<UploadAnswer>>()?.unwrap_or_default();
    let upload_no = body.record_id.unwrap_or_else(|| record.cert_number.clone());
    record.upload = Some(RegistryUpload {
        no: upload_no.clone(),
        at: ctx.now(),
    });
    ctx.note_audit("REGISTRY-UPLOADED", record.cert_number.clone());
    ctx.put(&record)?;
    Ok(RecordRegistryUploadOutput { upload_no })
}
