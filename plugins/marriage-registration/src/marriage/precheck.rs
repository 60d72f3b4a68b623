//! A question anybody may ask before a marriage: age, kinship, documents. It reads no registry.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, OperationError, operation};

use crate::age;
use crate::code;
use crate::kinship::{Kinship, KinshipLine, KinshipSource};
use crate::party::{IdDocument, MALE, PartyKind};

/// Two persons and the day on which they want to register.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrecheckMarriageInput {
    /// 双方
    pub parties: Vec<PrecheckParty>,
    /// Absent: today.
    #[serde(default)]
    pub on: Option<Date>,
    /// 亲系
    #[serde(default)]
    pub kinship_line: Option<KinshipLine>,
    /// The larger of the two counts of generations up to the common ancestor, oneself being 1.
    #[serde(default)]
    pub kinship_generations: u8,
}

/// What is needed of a party.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrecheckParty {
    /// GB/T 2261.1.
    pub sex: String,
    /// 出生日期
    pub birth_date: Date,
    /// 当事人类别
    pub kind: PartyKind,
    /// 身份证件
    #[serde(default)]
    pub id_docs: Vec<IdDocument>,
}

/// What speaks against it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrecheckMarriageOutput {
    /// Nothing found; the registrar decides at the counter.
    pub nothing_found: bool,
    /// What was found.
    pub findings: Vec<PrecheckFinding>,
    /// From when both are of age.
    pub of_age_from: Option<Date>,
}

/// Something that speaks against it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrecheckFinding {
    /// A code of the specification.
    pub code: String,
    /// JSON Pointer into the input.
    pub field: String,
}

/// Looks at what two persons say of themselves.
#[operation(name = "precheckMarriage")]
pub fn precheck(
    ctx: &mut Context,
    input: PrecheckMarriageInput,
) -> Result<PrecheckMarriageOutput, OperationError> {
    let policy = age::leap_policy(ctx)?;
    let day = input.on.unwrap_or(ctx.today());
    let mut findings = Vec::new();
    let mut find = |code: &str, field: String| {
        findings.push(PrecheckFinding {
            code: code.to_owned(),
            field,
        });
    };
    let men = input.parties.iter().filter(|it| it.sex == MALE).count();
    if input.parties.len() != 2 || men != 1 {
        find(code::NOT_MAN_AND_WOMAN, "/parties".into());
    }
    let mut of_age_from = None;
    for (idx, party) in input.parties.iter().enumerate() {
        let is_man = party.sex == MALE;
        let from = age::marriageable_from(is_man, party.birth_date, policy);
        of_age_from = of_age_from.max(Some(from));
        if day < from {
            let code = if is_man {
                code::MAN_UNDER_AGE
            } else {
                code::WOMAN_UNDER_AGE
            };
            find(code, format!("/parties/{idx}/birthDate"));
        }
        for (document_idx, document) in party.id_docs.iter().enumerate() {
            if !document.is_valid_on(day) {
                let field = format!("/parties/{idx}/idDocs/{document_idx}/validTo");
                find(code::DOCUMENT_INVALID, field);
            }
        }
    }
    let kinship = Kinship {
        line: input.kinship_line.unwrap_or_default(),
        generations: input.kinship_generations,
        source: KinshipSource::Declared,
    };
    if kinship.is_forbidden() {
        find(code::KINSHIP, "/kinshipLine".into());
    }
    Ok(PrecheckMarriageOutput {
        nothing_found: findings.is_empty(),
        findings,
        of_age_from,
    })
}
