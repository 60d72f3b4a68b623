//! What registry, archive, police and court say of one party, brought into the words of DT-M6.
//!
//! «Registry says nothing» is not «single»: the national base lacks old records. A marriage that a
//! court has declared void or annulled, or that was revoked, counts as none (Art. 1054).

use serde::Deserialize;
use tongban_sdk::{Answer, Context, Date, Instant, OperationError, Query};

use crate::archive::{Certificate, CertificateStatus, MarriageRecord, RegistryStatus, records_of};
use crate::historic::{HistoricContent, HistoricRecord, HistoricState};
use crate::kinship::{Kinship, KinshipLine, KinshipSource};
use crate::marriage::party_check::{COURT, DEATH, EXIT, MARRIAGE, POLICE};
use crate::party::Party;

/// An answer counts on the day on which it came (`check_validity` = `SAME_DAY`).
const MAX_AGE_HOURS: u32 = 24;

/// The answer of today about a party.
pub fn answer_of_today(
    ctx: &Context,
    source: &str,
    party: &Party,
) -> Result<Option<Answer>, OperationError> {
    let answer = ctx
        .checks()
        .lookup(source, &party.person_id, MAX_AGE_HOURS)?;
    let is_today = |at: Instant| at.local_date() == ctx.today();
    Ok(answer.filter(|it| it.is_fresh() && is_today(it.answered_at())))
}

/// What the police say (X-POLICE-ID).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PoliceAnswer {
    name: Option<String>,
    alive: Option<bool>,
    /// Where the person is registered.
    pub address_area: Option<String>,
    id_hash: Option<String>,
    parents_id_hash: Vec<String>,
    grandparents_id_hash: Vec<String>,
    kin: Vec<PoliceKin>,
}

/// A relative that the police know.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PoliceKin {
    id_hash: String,
    /// The larger of the two counts of generations.
    degree: u8,
    #[serde(default = "collateral")]
    line: KinshipLine,
}

fn collateral() -> KinshipLine {
    KinshipLine::Collateral
}

/// What the police say today, if they answered.
pub fn police(
    ctx: &Context,
    party: &Party,
) -> Result<Option<(String, PoliceAnswer)>, OperationError> {
    let Some(answer) = answer_of_today(ctx, POLICE, party)? else {
        return Ok(None);
    };
    let body = answer.body::<Option<PoliceAnswer>>()?.unwrap_or_default();
    Ok(Some((answer.outcome().to_owned(), body)))
}

/// Whether the police data are about this living person.
pub fn is_identity(party: &Party, outcome: &str, police: &PoliceAnswer) -> bool {
    let named = police.name.as_ref().is_none_or(|it| *it == party.name);
    outcome == "MATCH" && police.alive != Some(false) && named
}

/// What the immigration data say of a document (X-EXIT).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ExitAnswer {
    valid: Option<bool>,
    valid_to: Option<Date>,
}

/// Whether the immigration data know the document and it is valid today; none if they are not asked
/// about the party, or have not answered today.
pub fn document_holds(ctx: &Context, party: &Party) -> Result<Option<bool>, OperationError> {
    if party.kind.is_mainland() {
        return Ok(None);
    }
    let Some(answer) = answer_of_today(ctx, EXIT, party)? else {
        return Ok(None);
    };
    let body = answer.body::<Option<ExitAnswer>>()?.unwrap_or_default();
    let in_time = body.valid_to.is_none_or(|it| ctx.today() <= it);
    let known = answer.outcome() == "MATCH";
    Ok(Some(known && body.valid != Some(false) && in_time))
}

/// Kinship by the police data of both: the nearest line that is listed or follows from a shared
/// parent or grandparent.
pub fn kinship(first: &PoliceAnswer, second: &PoliceAnswer) -> Kinship {
    let by_police = |line, generations| Kinship {
        line,
        generations,
        source: KinshipSource::Police,
    };
    let mut nearest = Kinship::default();
    for (one, other) in [(first, second), (second, first)] {
        let Some(hash) = &other.id_hash else { continue };
        if one.parents_id_hash.contains(hash) {
            nearest = nearest.nearer(by_police(KinshipLine::Lineal, 2));
        }
        if one.grandparents_id_hash.contains(hash) {
            nearest = nearest.nearer(by_police(KinshipLine::Lineal, 3));
        }
        for kin in one.kin.iter().filter(|it| it.id_hash == *hash) {
            nearest = nearest.nearer(by_police(kin.line, kin.degree));
        }
    }
    let shares = |a: &[String], b: &[String]| a.iter().any(|it| b.contains(it));
    if shares(&first.parents_id_hash, &second.parents_id_hash) {
        nearest = nearest.nearer(by_police(KinshipLine::Collateral, 2));
    }
    let uncle_or_aunt = shares(&first.parents_id_hash, &second.grandparents_id_hash)
        || shares(&first.grandparents_id_hash, &second.parents_id_hash);
    if uncle_or_aunt || shares(&first.grandparents_id_hash, &second.grandparents_id_hash) {
        nearest = nearest.nearer(by_police(KinshipLine::Collateral, 3));
    }
    nearest
}

/// What the marriage base says (X-MARRIAGE).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct MarriageAnswer {
    records: Vec<NationalRecord>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NationalRecord {
    cert_number: String,
    date: Date,
    status: RegistryStatus,
    #[serde(default)]
    spouse_name: Option<String>,
    #[serde(default)]
    spouse_id_masked: Option<String>,
    #[serde(default)]
    open_divorce: bool,
}

/// What the courts say (X-COURT).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CourtAnswer {
    cases: Vec<CourtCase>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CourtCase {
    kind: String,
    effective_date: Date,
}

/// What health and civil data say (X-DEATH).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DeathAnswer {
    date_of_death: Option<Date>,
}

/// One marriage of a party, whoever knows of it.
#[derive(Debug, Clone)]
pub struct KnownMarriage {
    /// 结婚证字号
    pub cert_number: String,
    /// 登记日期
    pub date: Date,
    /// 状态
    pub status: RegistryStatus,
    /// Whether it is with the other party of the case.
    pub with_other: bool,
    /// Whether the local archive holds its certificate, not cancelled.
    pub certified: bool,
    /// Whether an application for divorce is open.
    pub open_divorce: bool,
}

/// All marriages of a party that count, the youngest first; none if the marriage base has not
/// answered today.
pub fn marriages_of(
    ctx: &Context,
    party: &Party,
    other: &Party,
) -> Result<Option<Vec<KnownMarriage>>, OperationError> {
    let Some(answer) = answer_of_today(ctx, MARRIAGE, party)? else {
        return Ok(None);
    };
    let national = answer.body::<Option<MarriageAnswer>>()?.unwrap_or_default();
    let mut known: Vec<KnownMarriage> = national
        .records
        .into_iter()
        .map(|it| of_nation(it, other))
        .collect();
    add_local(ctx, party, other, &mut known)?;
    add_historic(ctx, party, &mut known)?;
    end_by_court(ctx, party, &mut known)?;
    known.retain(|it| !is_none_from_the_start(it.status));
    known.sort_by_key(|it| std::cmp::Reverse(it.date));
    Ok(Some(known))
}

fn of_nation(record: NationalRecord, other: &Party) -> KnownMarriage {
    let masked = masked(&other.id_number);
    let same_number = record.spouse_id_masked.as_ref() == Some(&masked);
    let same_name = record.spouse_name.as_ref() == Some(&other.name);
    KnownMarriage {
        cert_number: record.cert_number,
        date: record.date,
        status: record.status,
        with_other: same_number && same_name,
        certified: false,
        open_divorce: record.open_divorce,
    }
}

fn masked(number: &str) -> String {
    let first: String = number.chars().take(6).collect();
    let last = number.chars().count().saturating_sub(4);
    let last: String = number.chars().skip(last).collect();
    format!("{first}********{last}")
}

/// The local archive knows marriages that the base lacks, and holds certificates.
fn add_local(
    ctx: &Context,
    party: &Party,
    other: &Party,
    known: &mut Vec<KnownMarriage>,
) -> Result<(), OperationError> {
    for record in records_of(ctx, &party.person_id)? {
        let certified = has_certificate(ctx, &record)?;
        let with_other = record.is_of(&other.person_id);
        let twin = known
            .iter_mut()
            .find(|it| it.cert_number == record.cert_number);
        match twin {
            Some(twin) => {
                twin.certified = certified;
                twin.with_other |= with_other;
                // An end that one of the two knows of is an end.
                if twin.status == RegistryStatus::Valid {
                    twin.status = record.status;
                }
            }
            None => known.push(KnownMarriage {
                cert_number: record.cert_number.clone(),
                date: record.registration_date,
                status: record.status,
                with_other,
                certified,
                open_divorce: false,
            }),
        }
    }
    Ok(())
}

/// A record of an old volume with an anomaly is unclear: a person decides (§5.8).
fn add_historic(
    ctx: &Context,
    party: &Party,
    known: &mut Vec<KnownMarriage>,
) -> Result<(), OperationError> {
    for side in ["firstIdNumber", "secondIdNumber"] {
        let query = Query::new()
            .equal(side, &party.id_number)
            .equal("state", HistoricState::Anomaly);
        for record in ctx.find::<HistoricRecord>(query)?.items {
            let content = record.content.as_ref();
            known.push(KnownMarriage {
                cert_number: record.id().to_string(),
                date: content
                    .and_then(HistoricContent::earliest_day)
                    .unwrap_or(party.birth_date),
                status: RegistryStatus::Unclear,
                with_other: false,
                certified: false,
                open_divorce: false,
            });
        }
    }
    Ok(())
}

fn has_certificate(ctx: &Context, record: &MarriageRecord) -> Result<bool, OperationError> {
    let query = Query::new().equal("number", &record.cert_number);
    let copies = ctx.find::<Certificate>(query)?.items;
    Ok(copies
        .iter()
        .any(|it| it.status == CertificateStatus::Issued))
}

/// A judgment ends the marriages that were registered before it.
fn end_by_court(
    ctx: &Context,
    party: &Party,
    known: &mut [KnownMarriage],
) -> Result<(), OperationError> {
    let Some(answer) = answer_of_today(ctx, COURT, party)? else {
        return Ok(());
    };
    let court = answer.body::<Option<CourtAnswer>>()?.unwrap_or_default();
    for case in court.cases {
        let status = match &*case.kind {
            "DIVORCE" => RegistryStatus::DivorcedCourt,
            "VOID" => RegistryStatus::VoidCourt,
            "ANNUL" => RegistryStatus::AnnulledCourt,
            _ => continue,
        };
        let before = known.iter_mut().filter(|it| it.date <= case.effective_date);
        // The last marriage before the judgment is the one it is about.
        let ended = before
            .filter(|it| it.status == RegistryStatus::Valid)
            .max_by_key(|it| it.date);
        if let Some(ended) = ended {
            ended.status = status;
        }
    }
    Ok(())
}

fn is_none_from_the_start(status: RegistryStatus) -> bool {
    match status {
        RegistryStatus::VoidCourt
        | RegistryStatus::AnnulledCourt
        | RegistryStatus::RevokedAdmin => true,
        RegistryStatus::Valid
        | RegistryStatus::DivorcedReg
        | RegistryStatus::DivorcedCourt
        | RegistryStatus::Death
        | RegistryStatus::Unclear => false,
    }
}

/// Whether X-DEATH shows that the late spouse of the party has died.
pub fn shows_death(ctx: &Context, party: &Party) -> Result<bool, OperationError> {
    let Some(answer) = answer_of_today(ctx, DEATH, party)? else {
        return Ok(false);
    };
    let body = answer.body::<Option<DeathAnswer>>()?.unwrap_or_default();
    Ok(body.date_of_death.is_some_and(|it| it <= ctx.today()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn police(json: serde_json::Value) -> PoliceAnswer {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn kinship_follows_from_shared_ancestors_and_from_what_is_listed() {
        use serde_json::json;
        let me =
            police(json!({ "idHash": "me", "parentsIdHash": ["p"], "grandparentsIdHash": ["g"] }));
        for (other, line, generations) in [
            (json!({ "idHash": "x" }), KinshipLine::None, 0),
            (json!({ "idHash": "p" }), KinshipLine::Lineal, 2),
            (json!({ "idHash": "g" }), KinshipLine::Lineal, 3),
            (
                json!({ "parentsIdHash": ["p", "q"] }),
                KinshipLine::Collateral,
                2,
            ),
            (
                json!({ "parentsIdHash": ["g"] }),
                KinshipLine::Collateral,
                3,
            ),
            (
                json!({ "grandparentsIdHash": ["g"] }),
                KinshipLine::Collateral,
                3,
            ),
            (
                json!({ "kin": [{ "idHash": "me", "degree": 4 }] }),
                KinshipLine::Collateral,
                4,
            ),
            (
                json!({ "kin": [{ "idHash": "me", "degree": 2, "line": "ADOPTIVE" }] }),
                KinshipLine::Adoptive,
                2,
            ),
            (
                json!({ "kin": [{ "idHash": "another", "degree": 2 }] }),
                KinshipLine::None,
                0,
            ),
        ] {
            let other = police(other);
            for found in [kinship(&me, &other), kinship(&other, &me)] {
                assert_eq!(
                    (found.line, found.generations),
                    (line, generations),
                    "{other:?}"
                );
            }
        }
    }
}
