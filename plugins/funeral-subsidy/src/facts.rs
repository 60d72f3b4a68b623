//! What the answers and the case come to, in the words of the tables (§6). Routing values only: no
//! name and no number leaves the case.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, LeapPolicy, OperationError, Query, Record, ResidentId, Stored, operation,
};

use crate::case::{Benefit, FuneralAssessment, FuneralCase, FuneralState};
use crate::check::{
    INSURANCE, InsuranceAnswer, POLICE, PROVINCE, PoliceAnswer, ProvinceAnswer, STATUS,
    StatusAnswer, said,
};
use crate::counter;
use crate::dossier::{self, CaseInput};
use crate::payment::FuneralPayment;
use crate::person::{Disposal, FuneralCategory, NoIdReason};
use crate::statistics::ending;

/// 火葬区、土葬改革区
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Zone {
    /// 火葬区
    Cremation,
    /// 土葬改革区
    BurialReform,
}

/// Which zone an area or a town was in, and when.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[record(kind = "burial_zone")]
pub struct BurialZone {
    /// 县或乡镇
    pub area: String,
    /// 分区
    pub zone: Zone,
    /// 起
    pub from: Date,
    /// 止
    pub to: Option<Date>,
}

/// The inputs of DT-F1, DT-F3, DT-F4, DT-F5, DT-F8 and DT-F10.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FuneralFacts {
    /// A source that must answer is silent, and money waits for it (§9.3).
    pub must_wait: bool,
    /// 项目
    pub benefit: Benefit,
    /// 以货币发放
    pub by_money: bool,
    /// 对象类别
    pub categories: Vec<FuneralCategory>,
    /// 本县户籍
    pub local: bool,
    /// A parent of the newborn is local.
    pub parent_local: bool,
    /// 分区
    pub zone: Zone,
    /// 处置方式
    pub disposal: Disposal,
    /// 少数民族土葬习俗
    pub minority_exempt: bool,
    /// 在外地火化
    pub cremated_outside: bool,
    /// 已在火化地享受减免
    pub waived_elsewhere: bool,
    /// 其他地区已发放同类补贴
    pub paid_elsewhere: bool,
    /// 有职工养老保险丧葬待遇
    pub grant_right: bool,
    /// 已领丧葬补助金
    pub grant_paid_fen: i64,
    /// 叠加政策
    pub overlap_policy: String,
    /// 非本县户籍生态安葬
    pub eco_non_local: String,
    /// 受保护人员
    pub protected: bool,
    /// 服务日期, by which the tables are chosen
    pub service_date: Date,
    /// DT-F2
    pub item_group: String,
    /// What WAIVER or REIMB has given.
    pub basic_paid_fen: i64,
    /// 安葬方式
    pub eco_mode: Option<String>,
    /// 另立标识
    pub keeps_mark: bool,
    /// 可降解
    pub degradable: bool,
    /// 存放年数
    pub storage_years: i64,
    /// DT-F8: the rows that are hit.
    pub suspicions: Vec<String>,
}

/// Brings the answers together.
#[operation(name = "assessFuneralCase")]
pub fn assess(ctx: &mut Context, input: CaseInput) -> Result<FuneralFacts, OperationError> {
    let states = [FuneralState::Open, FuneralState::Accepted];
    let mut case = dossier::read(ctx, &input.case_id, &states)?;
    let police: PoliceAnswer = said(ctx, POLICE, case.id())?;
    let province: ProvinceAnswer = said(ctx, PROVINCE, case.id())?;
    let insurance: InsuranceAnswer = said(ctx, INSURANCE, case.id())?;
    if let Some(area) = &police.hukou_area {
        case.deceased.hukou_area = Some(area.clone());
    }
    if police.hukou_town.is_some() {
        case.deceased.hukou_town.clone_from(&police.hukou_town);
    }
    case.deceased.hukou_cancelled |= police.cancelled_date.is_some();
    case.provisional = !case.silent_sources.is_empty();
    let local = case.deceased.hukou_area.as_deref() == Some(ctx.tenant());
    let categories = categories(ctx, &case, local)?;
    let groups: Vec<String> = ctx.parameter("minority_burial_groups")?;
    let ethnicity = case.deceased.ethnicity.clone();
    let parent_areas = police.parent_areas.iter();
    let must_answer = [POLICE, STATUS, PROVINCE];
    let silent = case.silent_sources.iter();
    let is_counter = case.benefit.is_counter(case.by_money);
    let eco = case.eco.as_ref();
    let facts = FuneralFacts {
        must_wait: !is_counter && silent.clone().any(|it| must_answer.contains(&&**it)),
        benefit: case.benefit,
        by_money: case.by_money,
        local,
        parent_local: parent_areas.clone().any(|it| it == ctx.tenant()),
        zone: zone(ctx, &case)?,
        disposal: case.deceased.disposal,
        minority_exempt: ethnicity.is_some_and(|it| groups.contains(&it)),
        cremated_outside: case
            .service
            .as_ref()
            .is_some_and(|it| it.hall_area != ctx.tenant()),
        waived_elsewhere: given_elsewhere(ctx, &province, "WAIVER"),
        paid_elsewhere: given_elsewhere(ctx, &province, case.benefit.word()),
        grant_right: insurance.has_right(),
        grant_paid_fen: insurance.grant_paid_fen,
        overlap_policy: overlap_policy(ctx, case.benefit)?,
        eco_non_local: ctx.parameter("eco_non_local")?,
        protected: case.flags.iter().any(|it| it == "PROTECTED"),
        service_date: case.service_date.unwrap_or(case.deceased.death_date),
        item_group: counter::item_group(case.benefit).to_owned(),
        basic_paid_fen: counter::basic_paid(ctx, &case)?,
        eco_mode: eco.map(|it| crate::word(it.mode)),
        keeps_mark: eco.is_some_and(|it| it.keeps_mark),
        degradable: eco.is_some_and(|it| it.degradable),
        storage_years: eco.and_then(|it| it.storage_years).unwrap_or(0),
        suspicions: suspicions(ctx, &case, &police)?,
        categories,
    };
    let is_first = is_first_look(ctx, &case)?;
    case.assessed = Some(FuneralAssessment {
        zone: facts.zone,
        local: facts.local,
        minority_exempt: facts.minority_exempt,
        categories: facts.categories.clone(),
    });
    ctx.put(&case)?;
    if is_first {
        ending::died(ctx, &case)?;
    }
    Ok(facts)
}

/// Whether nobody has asked the sources about this deceased before, in whichever case: a death counts
/// once.
fn is_first_look(ctx: &Context, case: &Stored<FuneralCase>) -> Result<bool, OperationError> {
    if case.assessed.is_some() {
        return Ok(false);
    }
    let query = Query::new().equal("deceasedKey", &case.deceased_key);
    let of_deceased = ctx.find::<FuneralCase>(query)?.items;
    Ok(of_deceased.iter().all(|it| it.assessed.is_none()))
}

/// The status that holds on the day of the death (§2.1): what the registers know, what a document
/// proves, and what follows from the case. A document stands for a register that is silent (§9.3).
fn categories(
    ctx: &Context,
    case: &Stored<FuneralCase>,
    local: bool,
) -> Result<Vec<FuneralCategory>, OperationError> {
    let mut found = registered(ctx, case)?;
    let silent = case.silent_sources.iter().any(|it| it == STATUS);
    for declared in &case.deceased.categories {
        let by_document = !declared.category.is_registered() || silent;
        let proven = declared.proof.is_some() && !declared.category.is_reckoned();
        if by_document && proven {
            found.push(declared.category);
        }
    }
    found.push(if local {
        FuneralCategory::Resident
    } else {
        FuneralCategory::NonLocal
    });
    let policy: String = ctx.parameter("leap_birthday_policy")?;
    let policy = if policy == "FEB_28" {
        LeapPolicy::Earlier
    } else {
        LeapPolicy::Later
    };
    if case.deceased.is_centenarian(policy) {
        found.push(FuneralCategory::Centenarian);
    }
    if case.deceased.no_id_reason == Some(NoIdReason::Newborn) {
        found.push(FuneralCategory::Newborn);
    }
    if case.benefit == Benefit::Unnamed {
        found.push(FuneralCategory::Unnamed);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// What the registers know of the deceased on the day that counts.
pub fn registered(
    ctx: &Context,
    case: &Stored<FuneralCase>,
) -> Result<Vec<FuneralCategory>, OperationError> {
    let answer: StatusAnswer = said(ctx, STATUS, case.id())?;
    let on = reference_date(ctx, case)?;
    let held = answer
        .statuses
        .into_iter()
        .filter(|it| it.from <= on && it.to.is_none_or(|end| on <= end));
    Ok(held.map(|it| it.category).collect())
}

fn reference_date(ctx: &Context, case: &FuneralCase) -> Result<Date, OperationError> {
    let by: String = ctx.parameter("status_reference_date")?;
    let applied = case.submitted_at.map(tongban_sdk::Instant::local_date);
    Ok(match (&*by, applied) {
        ("APPLICATION", Some(applied)) => applied,
        _ => case.deceased.death_date,
    })
}

/// Of the hukou, else of the place of death «unconfirmed», on the day of death.
fn zone(ctx: &Context, case: &FuneralCase) -> Result<Zone, OperationError> {
    let deceased = &case.deceased;
    let areas = [
        deceased.hukou_town.as_deref(),
        deceased.hukou_area.as_deref(),
        Some(&*deceased.death_place_area),
    ];
    for area in areas.into_iter().flatten() {
        let entries = ctx
            .find::<BurialZone>(Query::new().equal("area", area))?
            .items;
        let on = deceased.death_date;
        let valid = |it: &&Stored<BurialZone>| it.from <= on && it.to.is_none_or(|end| on <= end);
        if let Some(entry) = entries.iter().find(valid) {
            return Ok(entry.zone);
        }
    }
    Ok(Zone::Cremation)
}

/// V-12
pub fn given_elsewhere(ctx: &Context, answer: &ProvinceAnswer, benefit: &str) -> bool {
    let mut payments = answer.payments.iter();
    payments.any(|it| it.county != ctx.tenant() && it.benefit == benefit)
}

/// How the county treats other funeral money beside a benefit.
pub fn overlap_policy(ctx: &Context, benefit: Benefit) -> Result<String, OperationError> {
    let key = match benefit {
        Benefit::Waiver | Benefit::Unnamed => "overlap_policy_waiver",
        Benefit::Reimb => "overlap_policy_reimb",
        Benefit::Special => "overlap_policy_special",
        Benefit::Eco => "overlap_policy_eco",
        Benefit::Volcrem => "overlap_policy_volcrem",
    };
    ctx.parameter(key)
}

/// Which rows of DT-F8 are hit. A burial by custom is none (§2.1).
fn suspicions(
    ctx: &Context,
    case: &Stored<FuneralCase>,
    police: &PoliceAnswer,
) -> Result<Vec<String>, OperationError> {
    let mut hits = Vec::new();
    let mut note = |is_hit: bool, row: &str| {
        if is_hit {
            hits.push(row.to_owned());
        }
    };
    let service = case.service.as_ref();
    let certificate = service.and_then(|it| it.cremation_cert_no.as_deref());
    let of_another = match certificate {
        Some(no) => dossier::certificate_of_another(ctx, no, &case.deceased_key)?,
        None => false,
    };
    note(of_another, "CERTIFICATE_OF_ANOTHER");
    note(police.alive == Some(true), "POLICE_SAYS_ALIVE");
    note(card_of_many(ctx, case)?, "CARD_OF_MANY");
    if let Some(applicant) = &case.applicant {
        note(applicant.works_at.is_some(), "APPLICANT_WORKS_THERE");
        let masked = ResidentId::parse(&applicant.id_number).map(|it| it.masked());
        let is_kin = masked.is_ok_and(|it| police.kin.contains(&it));
        let shown = is_kin || applicant.proof_of_relation.is_some();
        note(
            !shown && !applicant.relation.is_organisation(),
            "RELATION_UNCONFIRMED",
        );
    }
    let alarm: i64 = ctx.parameter("storage_alarm_days")?;
    let kept = service.and_then(|it| {
        let out = it.cremated_at?.local_date();
        Some(i64::from(it.body_in_at.local_date().days_until(out)))
    });
    let long = kept.is_some_and(|days| days > alarm) && case.benefit != Benefit::Unnamed;
    note(long, "STORED_LONG");
    note(invoice_twice(ctx, case)?, "INVOICE_TWICE");
    note(eco_twice(ctx, case)?, "ECO_TWICE");
    Ok(hits)
}

/// A card that was paid to for three other deceased within twelve months; organisations excepted.
fn card_of_many(ctx: &Context, case: &FuneralCase) -> Result<bool, OperationError> {
    let Some(payee) = &case.payee else {
        return Ok(false);
    };
    if payee.card_kind == crate::person::CardKind::Org {
        return Ok(false);
    }
    let since = ctx.today().plus_months(-12);
    let query = Query::new()
        .equal("cardNo", &payee.card_no)
        .at_least("paidOn", since);
    let payments = ctx.find::<FuneralPayment>(query)?.items;
    let mut others: Vec<_> = payments.iter().map(|it| &it.deceased_key).collect();
    others.sort_unstable();
    others.dedup();
    Ok(others
        .into_iter()
        .filter(|it| **it != case.deceased_key)
        .count()
        >= 3)
}

fn invoice_twice(ctx: &Context, case: &Stored<FuneralCase>) -> Result<bool, OperationError> {
    let invoice = case
        .service
        .as_ref()
        .and_then(|it| it.invoice_no.as_deref());
    let Some(invoice) = invoice else {
        return Ok(false);
    };
    let cases = ctx
        .find::<FuneralCase>(Query::new().equal("invoiceNo", invoice))?
        .items;
    Ok(cases.iter().any(|it| it.deceased_key != case.deceased_key))
}

fn eco_twice(ctx: &Context, case: &Stored<FuneralCase>) -> Result<bool, OperationError> {
    if case.benefit != Benefit::Eco {
        return Ok(false);
    }
    let query = Query::new()
        .equal("deceasedKey", &case.deceased_key)
        .equal("exclusionGroup", Benefit::Eco.exclusion_group());
    let cases = ctx.find::<FuneralCase>(query)?.items;
    let own = case.eco.as_ref().map(|it| &it.certificate_no);
    Ok(cases.iter().any(|it| {
        let other = it.eco.as_ref().map(|eco| &eco.certificate_no);
        it.id() != case.id() && it.paid_on.is_some() && other != own
    }))
}
