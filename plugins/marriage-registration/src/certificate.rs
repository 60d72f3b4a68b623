//! Whether a certificate is genuine, for whoever holds it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, OperationError, Query, operation};

use crate::archive::{Certificate, CertificateKind, CertificateStatus};
use crate::certificate_number::CertificateNumber;

/// What is typed off a certificate.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VerifyCertificateInput {
    /// 证字号
    #[schemars(length(max = 128))]
    pub number: String,
    /// 校验码
    #[schemars(length(max = 64))]
    pub check_code: String,
}

/// What may be told to anybody who holds it: no name and no number of a person.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifyCertificateOutput {
    /// A certificate with this number and code was issued here. Otherwise nothing more is said, not
    /// even whether the number exists.
    pub genuine: bool,
    /// 种类
    pub kind: Option<CertificateKind>,
    /// 状态
    pub status: Option<CertificateStatus>,
    /// 发证日期
    pub issued_date: Option<Date>,
    /// 登记机关
    pub authority_code: Option<String>,
}

/// Verifies a certificate by its number and its check code.
#[operation(name = "verifyCertificate")]
pub fn verify(
    ctx: &mut Context,
    input: VerifyCertificateInput,
) -> Result<VerifyCertificateOutput, OperationError> {
    let mut found = None;
    let number = CertificateNumber::parse(&input.number, ctx.today().year());
    if let Ok(number) = number {
        let query = Query::new().equal("number", number.as_str());
        let copies = ctx.find::<Certificate>(query)?.items;
        let holds = |it: &Certificate| it.code().matches(&input.check_code);
        found = copies.into_iter().find(|it| holds(it));
    }
    Ok(VerifyCertificateOutput {
        genuine: found.is_some(),
        kind: found.as_ref().map(|it| it.kind),
        status: found.as_ref().map(|it| it.status),
        issued_date: found.as_ref().map(|it| it.issued_date),
        authority_code: found.map(|it| it.authority_code.clone()),
    })
}
