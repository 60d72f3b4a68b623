//! The checks of other departments' data about one party (§9): the request of each, and what is
//! noted when a source stays silent (§9.3). The answers themselves are looked up afterwards.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, OperationError, RecordId, operation};

use crate::case::Flag;
use crate::code;
use crate::marriage::Dossier;
use crate::marriage::case::State;
use crate::marriage::examination::SilentSource;
use crate::party::{IdDocumentType, Party};
use crate::statistics;

/// 公安人口信息
pub const POLICE: &str = "X-POLICE-ID";
/// 全国婚姻基础信息库
pub const MARRIAGE: &str = "X-MARRIAGE";
/// 法院裁判信息
pub const COURT: &str = "X-COURT";
/// 死亡信息
pub const DEATH: &str = "X-DEATH";

/// 出入境证件信息, of who has no resident identity card
pub const EXIT: &str = "X-EXIT";

/// What a check task hands over.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PreparePartyCheckInput {
    /// 办件
    pub record_id: RecordId,
    /// `X-POLICE-ID`, `X-MARRIAGE`, `X-COURT`, `X-DEATH` or `X-EXIT`
    pub kind: String,
    /// Which of the two: 0 or 1.
    pub party_no: usize,
}

/// The request to the exchange: the only place where personal data leaves the case.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreparePartyCheckOutput {
    /// What the answer is looked up by afterwards; no personal data.
    pub subject: String,
    /// The identity number that is asked about.
    pub key: String,
    /// 姓名
    pub name: String,
    /// 公民身份号码 or another document's number
    pub id_number: String,
    /// 证件类型, of X-EXIT
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc_type: Option<IdDocumentType>,
    /// 出生日期, of X-EXIT
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Date>,
    /// 办件编号
    pub case_no: String,
    /// 经办人
    pub operator: Option<String>,
    /// 用途
    pub purpose: String,
    /// 法律依据
    pub legal_basis: String,
}

/// Builds the request about one party.
#[operation(name = "preparePartyCheck")]
pub fn prepare(
    ctx: &mut Context,
    input: PreparePartyCheckInput,
) -> Result<PreparePartyCheckOutput, OperationError> {
    let dossier = Dossier::read(ctx, &input.record_id, &[State::Checking, State::HoldCheck])?;
    let party = party(&dossier, input.party_no)?;
    let (name, id_number) = if input.kind == DEATH {
        late_spouse(&dossier, party)?
    } else {
        (party.name.clone(), party.id_number.clone())
    };
    let from_abroad = input.kind == EXIT;
    let document = party.id_docs.first().filter(|_| from_abroad);
    let id_number = document.map_or(id_number, |it| it.number.clone());
    Ok(PreparePartyCheckOutput {
        subject: party.person_id.clone(),
        key: id_number.clone(),
        name: party
            .name_foreign
            .clone()
            .filter(|_| from_abroad)
            .unwrap_or(name),
        id_number,
        doc_type: document.map(|it| it.r#type),
        birth_date: Some(party.birth_date).filter(|_| from_abroad),
        case_no: dossier.case.number().to_owned(),
        operator: dossier.case.registrar_id.clone(),
        purpose: "结婚登记".into(),
        legal_basis: "婚姻登记条例(国务院令第804号)".into(),
    })
}

fn party(dossier: &Dossier, party_no: usize) -> Result<&Party, OperationError> {
    let party = dossier.case.parties.get(party_no);
    party.ok_or_else(|| OperationError::failed(format!("expected party 0 or 1, found {party_no}")))
}

/// The health and civil data are asked about the spouse who has died.
fn late_spouse(dossier: &Dossier, party: &Party) -> Result<(String, String), OperationError> {
    let mut ends = dossier.examination.previous_marriages.iter();
    let late = ends.find(|it| it.person_id == party.person_id);
    let number = late.and_then(|it| it.spouse_id_number.clone());
    let number =
        number.ok_or_else(|| OperationError::failed("expected the number of a late spouse"))?;
    let name = late.and_then(|it| it.spouse_name.clone());
    Ok((name.unwrap_or_default(), number))
}

/// What has to be asked about a party.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanPartyChecksInput {
    /// 办件
    pub case_id: RecordId,
    /// Which of the two: 0 or 1.
    pub party_no: usize,
}

/// Which checks are made.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanPartyChecksOutput {
    /// X-DEATH: the party is widowed and has named the late spouse.
    pub ask_death: bool,
    /// X-EXIT: the party is no resident of the mainland.
    pub ask_exit: bool,
}

/// Which checks a party needs; what a former attempt noted of silent sources is taken back.
#[operation(name = "planPartyChecks")]
pub fn plan(
    ctx: &mut Context,
    input: PlanPartyChecksInput,
) -> Result<PlanPartyChecksOutput, OperationError> {
    let states = [State::Checking, State::HoldCheck];
    let mut dossier = Dossier::read(ctx, &input.case_id, &states)?;
    let party = party(&dossier, input.party_no)?.clone();
    let widowed = party.declared_marital_status == "30";
    let ask_death = widowed && late_spouse(&dossier, &party).is_ok();
    let ask_exit = !party.kind.is_mainland();
    let silent = &mut dossier.examination.silent;
    let before = silent.len();
    silent.retain(|it| it.person_id != party.person_id);
    if dossier.examination.silent.len() != before {
        dossier.put(ctx)?;
    }
    Ok(PlanPartyChecksOutput {
        ask_death,
        ask_exit,
    })
}

/// A source did not answer about a party.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteSilentSourceInput {
    /// 办件
    pub case_id: RecordId,
    /// Which of the two: 0 or 1.
    pub party_no: usize,
    /// `X-POLICE-ID`, `X-MARRIAGE`, `X-COURT`, `X-DEATH` or `X-EXIT`
    pub source: String,
}

/// Whether the case goes on without.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoteSilentSourceOutput {
    /// Otherwise it is held until the source answers.
    pub may_go_on: bool,
}

/// §9.3: without the police and the marriage base nothing is registered, unless the province has a
/// written rule for two persons to vouch and the county has set it; without the immigration data on
/// a document from abroad nothing is registered either, whatever is set; without court and death data
/// the case goes on, and the answer is owed.
#[operation(name = "noteSilentSource")]
pub fn note_silent(
    ctx: &mut Context,
    input: NoteSilentSourceInput,
) -> Result<NoteSilentSourceOutput, OperationError> {
    let states = [State::Checking, State::HoldCheck];
    let mut dossier = Dossier::read(ctx, &input.case_id, &states)?;
    let person_id = party(&dossier, input.party_no)?.person_id.clone();
    let may_go_on = match &*input.source {
        POLICE => ctx.parameter::<String>("manual_fallback_identity")? == "ALLOW_TWO_PERSON",
        MARRIAGE => ctx.parameter::<String>("manual_fallback_marital")? == "PHONE_TWO_PERSON",
        COURT | DEATH => true,
        // No chip reader reads a document from abroad: nobody can vouch for it.
        EXIT => false,
        _ => return Err(OperationError::invalid("/source", code::CHOICE_UNKNOWN)),
    };
    let text = format!("{}: {}", dossier.case.number(), input.source);
    ctx.note_audit("MARRIAGE-SOURCE-SILENT", text);
    statistics::marriage::silent(ctx, &dossier, &input.source)?;
    if may_go_on {
        dossier.case.set_flag(Flag::ManualFallback);
        let today = ctx.today();
        dossier.case.check_owed_since.get_or_insert(today);
    }
    dossier.examination.silent.push(SilentSource {
        source: input.source,
        person_id,
        since: ctx.now(),
        owed: may_go_on,
    });
    dossier.put(ctx)?;
    Ok(NoteSilentSourceOutput { may_go_on })
}
