//! The local archive: marriage records and certificates (婚姻登记证).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    CheckCode, Context, Date, Instant, OperationError, Query, Record, RecordId, Stored,
};

use crate::party::Party;

/// One of the two persons on a record or certificate.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriagePerson")]
pub struct Person {
    /// Key of the person in the county's person index.
    pub person_id: String,
    /// 姓名
    pub name: String,
    /// 公民身份号码
    pub id_number: String,
    /// GB/T 2261.1; absent in records older than this plugin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<String>,
    /// 出生日期
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Date>,
    /// GB/T 2659.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nationality: Option<String>,
}

/// 婚姻登记记录 of this authority's archive.
#[derive(Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageRecord")]
#[record(kind = "marriage_record")]
#[record(filter(name = "wifeName", path = "/wife/name"))]
#[record(filter(name = "husbandName", path = "/husband/name"))]
#[record(filter(name = "husbandId", path = "/husband/personId"))]
#[record(filter(name = "wifeId", path = "/wife/personId"))]
pub struct MarriageRecord {
    /// 结婚证字号
    pub cert_number: String,
    /// 登记日期
    pub registration_date: Date,
    /// 登记机关
    pub authority_code: String,
    /// Both person ids in order: names the couple without naming a person's number.
    pub couple_key: String,
    /// 男方
    pub husband: Person,
    /// 女方
    pub wife: Person,
    /// 状态
    pub status: RegistryStatus,
    /// The day it ended.
    pub ended_on: Option<Date>,
    /// What ended it: the number of the divorce certificate, or another document.
    pub ended_by: Option<String>,
    /// 有争议: a lead says that it was obtained by fraud. A warning, nothing more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disputed: bool,
    /// 补发的证字号, the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reissued_as: Option<String>,
    /// 上传: since when the national base has it as it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<RegistryUpload>,
}

/// 上传
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "RegistryUpload")]
pub struct RegistryUpload {
    /// The number that the national base gave.
    pub no: String,
    /// When.
    pub at: Instant,
}

/// 婚姻状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "MarriageRegistryStatus")]
pub enum RegistryStatus {
    /// 有效
    Valid,
    /// 已离婚(登记)
    DivorcedReg,
    /// 已离婚(法院)
    DivorcedCourt,
    /// 一方死亡
    Death,
    /// 法院确认无效
    VoidCourt,
    /// 法院撤销
    AnnulledCourt,
    /// 行政撤销
    RevokedAdmin,
    /// 待核实
    Unclear,
}

/// 婚姻登记证: one copy for each party, both with the same number.
#[derive(Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageCertificate")]
#[record(kind = "certificate")]
#[record(filter(name = "holderId", path = "/holder/personId"))]
pub struct Certificate {
    /// 证字号 (V-10).
    pub number: String,
    /// 种类
    pub kind: CertificateKind,
    /// 持证人
    pub holder: Person,
    /// 另一方
    pub other: Person,
    /// 登记机关
    pub authority_code: String,
    /// 发证日期
    pub issued_date: Date,
    /// 登记日期
    pub registration_date: Date,
    /// 状态
    pub status: CertificateStatus,
    /// 证件印制号 of the blank, once printed.
    pub print_serial: Option<String>,
    /// 备注
    pub remarks: Option<String>,
    /// 校验码, printed on it: see [`Certificate::code`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_code: Option<String>,
    /// 婚姻登记员 who signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registrar_id: Option<String>,
    /// 照片
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo_ref: Option<String>,
    /// The case that issued it.
    pub case_id: Option<RecordId>,
}

/// 证件种类
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "MarriageCertificateKind")]
pub enum CertificateKind {
    /// 结婚证
    J,
    /// 离婚证
    L,
    /// 补发结婚证
    #[serde(rename = "BJ")]
    Bj,
    /// 补发离婚证
    #[serde(rename = "BL")]
    Bl,
}

/// 证件状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "MarriageCertificateStatus")]
pub enum CertificateStatus {
    /// 已发
    Issued,
    /// 作废
    Spoiled,
    /// 注销
    Cancelled,
    /// 法院收缴
    CollectedByCourt,
}

impl CertificateKind {
    /// The kind of the blank it is printed on: a re-issued certificate has the blank of the first.
    pub fn blank(self) -> Self {
        match self {
            Self::J | Self::Bj => Self::J,
            Self::L | Self::Bl => Self::L,
        }
    }
}

impl Certificate {
    /// The check code that whoever holds one of the two copies can have verified: it follows from
    /// the number, the day and both identity numbers, and is the same on both copies.
    pub fn code(&self) -> CheckCode {
        let mut numbers = [&*self.holder.id_number, &*self.other.id_number];
        numbers.sort_unstable();
        let day = self.registration_date.to_string();
        CheckCode::of(&[&self.number, &day, numbers[0], numbers[1]])
    }
}

impl MarriageRecord {
    /// Both.
    pub fn couple(&self) -> [&Person; 2] {
        [&self.husband, &self.wife]
    }

    /// Whether this is one of the two.
    pub fn is_of(&self, person_id: &str) -> bool {
        self.husband.person_id == person_id || self.wife.person_id == person_id
    }
}

/// The records of a person in the local archive, the youngest first.
pub fn records_of(
    ctx: &Context,
    person_id: &str,
) -> Result<Vec<Stored<MarriageRecord>>, OperationError> {
    let mut records = Vec::new();
    for side in ["husbandId", "wifeId"] {
        let query = Query::new().equal(side, person_id);
        records.extend(ctx.find::<MarriageRecord>(query)?.items);
    }
    records.sort_by_key(|it| std::cmp::Reverse(it.registration_date));
    Ok(records)
}

impl From<&Party> for Person {
    fn from(party: &Party) -> Self {
        Self {
            person_id: party.person_id.clone(),
            name: party.name.clone(),
            id_number: party.id_number.clone(),
            sex: Some(party.sex.clone()),
            birth_date: Some(party.birth_date),
            nationality: Some(party.nationality.clone()),
        }
    }
}

/// Names the couple: both person ids in order, so that it is the same whoever comes first.
pub fn couple_key(first: &str, second: &str) -> String {
    if first <= second {
        format!("{first}+{second}")
    } else {
        format!("{second}+{first}")
    }
}

/// The record with this certificate number.
pub fn record_by_number(
    ctx: &Context,
    number: &str,
) -> Result<Option<Stored<MarriageRecord>>, OperationError> {
    ctx.find_first::<MarriageRecord>(Query::new().equal("certNumber", number))
}

/// Takes both copies of a certificate out of force, with the reason as remark.
pub fn cancel_certificates(
    ctx: &mut Context,
    number: &str,
    (status, remark): (CertificateStatus, &str),
) -> Result<usize, OperationError> {
    let mut n_cancelled = 0;
    for mut certificate in ctx
        .find::<Certificate>(Query::new().equal("number", number))?
        .items
    {
        if certificate.status == CertificateStatus::Issued {
            certificate.status = status;
            certificate.remarks = Some(remark.to_owned());
            ctx.put(&certificate)?;
            n_cancelled += 1;
        }
    }
    Ok(n_cancelled)
}
