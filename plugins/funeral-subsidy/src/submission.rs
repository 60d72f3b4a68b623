//! An application for money is submitted (§5.2, rows 1 and 2): REIMB, VOLCREM, ECO and SPECIAL by
//! money; as it is given, or from a draft that is there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, OperationError, Query, RecordId, StartProcess, Stored, Violations, operation,
};

use crate::case::{Benefit, EcoBurial, EcoMode, FuneralState};
use crate::code;
use crate::dossier::{self, NewCase};
use crate::draft::{self, FuneralDraft};
use crate::payment::BurialSite;
use crate::person::{Deceased, FuneralApplicant, FuneralPayee};
use crate::service::ServiceRecord;
use crate::statistics::ending;

const PROCESS: &str = "funeral-application";
/// Why a draft goes.
const SUBMITTED: &str = "FUNERAL-DRAFT-SUBMITTED";

/// An application; of a draft, what is not given stays as it was saved.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FuneralApplicationInput {
    /// 草稿
    #[serde(default)]
    pub draft_id: Option<RecordId>,
    /// 项目: REIMB, VOLCREM, ECO, SPECIAL
    #[serde(default)]
    pub benefit: Option<Benefit>,
    /// 逝者
    #[serde(default)]
    pub deceased: Option<Deceased>,
    /// 申请人
    #[serde(default)]
    pub applicant: Option<FuneralApplicant>,
    /// 收款人
    #[serde(default)]
    pub payee: Option<FuneralPayee>,
    /// 殡仪馆服务
    #[serde(default)]
    pub service: Option<ServiceRecord>,
    /// 生态安葬
    #[serde(default)]
    pub eco: Option<EcoBurial>,
    /// 不可抗力说明, of a late application
    #[serde(default)]
    pub force_majeure: Option<String>,
    /// 受保护人员(未成年人、暴力受害人)
    #[serde(default)]
    pub protected: Option<bool>,
}

impl FuneralApplicationInput {
    /// What is filled in, without the draft that it goes on with.
    pub fn into_sheet(self) -> FuneralSheet {
        FuneralSheet {
            benefit: self.benefit,
            deceased: self.deceased,
            applicant: self.applicant,
            payee: self.payee,
            service: self.service,
            eco: self.eco,
            force_majeure: self.force_majeure,
            protected: self.protected,
        }
    }
}

/// 申请表, as far as it is filled in
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FuneralSheet {
    /// 项目
    pub benefit: Option<Benefit>,
    /// 逝者
    pub deceased: Option<Deceased>,
    /// 申请人
    pub applicant: Option<FuneralApplicant>,
    /// 收款人
    pub payee: Option<FuneralPayee>,
    /// 殡仪馆服务
    pub service: Option<ServiceRecord>,
    /// 生态安葬
    pub eco: Option<EcoBurial>,
    /// 不可抗力说明
    pub force_majeure: Option<String>,
    /// 受保护人员
    pub protected: Option<bool>,
}

impl FuneralSheet {
    /// What is filled in here, and of the older one what is not.
    pub fn over(self, older: Self) -> Self {
        Self {
            benefit: self.benefit.or(older.benefit),
            deceased: self.deceased.or(older.deceased),
            applicant: self.applicant.or(older.applicant),
            payee: self.payee.or(older.payee),
            service: self.service.or(older.service),
            eco: self.eco.or(older.eco),
            force_majeure: self.force_majeure.or(older.force_majeure),
            protected: self.protected.or(older.protected),
        }
    }

    /// What every application needs is there.
    fn into_application(self) -> Result<Application, OperationError> {
        let mut violations = Violations::new();
        let missing = code::FIELD_MISSING;
        violations.require(self.benefit.is_some(), "/benefit", missing);
        violations.require(self.deceased.is_some(), "/deceased", missing);
        violations.require(self.applicant.is_some(), "/applicant", missing);
        violations.require(self.payee.is_some(), "/payee", missing);
        violations.into_result()?;
        let parts = (self.benefit, self.deceased, self.applicant, self.payee);
        let (Some(benefit), Some(deceased), Some(applicant), Some(payee)) = parts else {
            return Err(OperationError::failed("expected what was there before"));
        };
        Ok(Application {
            benefit,
            deceased,
            applicant,
            payee,
            service: self.service,
            eco: self.eco,
            force_majeure: self.force_majeure,
            protected: self.protected.unwrap_or(false),
        })
    }
}

/// An application of which nothing is missing.
struct Application {
    benefit: Benefit,
    deceased: Deceased,
    applicant: FuneralApplicant,
    payee: FuneralPayee,
    service: Option<ServiceRecord>,
    eco: Option<EcoBurial>,
    force_majeure: Option<String>,
    protected: bool,
}

/// Rows 1 and 2: an application arrives. The draft it was made from is gone with it.
#[operation(name = "submitFuneralApplication")]
pub fn submit(
    ctx: &mut Context,
    input: FuneralApplicationInput,
) -> Result<NewCase, OperationError> {
    let draft = match &input.draft_id {
        Some(id) => Some(draft::own(ctx, id)?),
        None => None,
    };
    let sheet = input.into_sheet();
    let sheet = match &draft {
        Some(draft) => sheet.over(draft.sheet.clone()),
        None => sheet,
    };
    let application = checked(ctx, sheet)?;
    let opened = open(ctx, application)?;
    if let Some(draft) = draft {
        remove(ctx, &draft)?;
    }
    Ok(opened)
}

fn remove(ctx: &mut Context, draft: &Stored<FuneralDraft>) -> Result<(), OperationError> {
    ctx.remove(draft, SUBMITTED)
}

fn open(ctx: &mut Context, application: Application) -> Result<NewCase, OperationError> {
    let benefit = application.benefit;
    let begin = (benefit, true, FuneralState::Submitted);
    let mut case = dossier::new_case(ctx, begin, application.deceased, None)?;
    let service = application.service;
    let cremated = service.as_ref().and_then(ServiceRecord::cremated_on);
    let buried = application.eco.as_ref().map(|it| it.burial_date);
    case.service_date = buried.or(cremated);
    case.applicant = Some(application.applicant);
    case.payee = Some(application.payee);
    case.service = service;
    case.eco = application.eco;
    case.submitted_at = Some(ctx.now());
    case.scan_on = Some(ctx.today());
    case.force_majeure = application.force_majeure;
    if application.protected {
        case.flags.push("PROTECTED".to_owned());
    }
    case.move_to(ctx, FuneralState::Submitted, ("SUBMIT", "DONE"), None);
    let no = case.no.clone();
    let case_id = ctx.put_new(&case)?;
    ending::received(ctx, &case)?;
    let today = ctx.today();
    ctx.set_deadline("funeral_accept", &case_id, today)?;
    let start = StartProcess::new(PROCESS)
        .with_business_key(&no)
        .with_variable("caseId", &case_id)
        .with_variable("benefit", benefit.word());
    ctx.start_process(start);
    Ok(NewCase {
        case_id,
        no,
        state: FuneralState::Submitted,
    })
}

/// What a submission of this would be refused for.
pub fn check(ctx: &Context, sheet: FuneralSheet) -> Result<(), OperationError> {
    checked(ctx, sheet).map(|_| ())
}

/// V-01 to V-06, V-11, V-15 to V-17. Numbers are normalised.
fn checked(ctx: &Context, sheet: FuneralSheet) -> Result<Application, OperationError> {
    let mut application = sheet.into_application()?;
    let Application {
        benefit,
        deceased,
        applicant,
        payee,
        service,
        eco,
        ..
    } = &mut application;
    let today = ctx.today();
    let mut violations = Violations::new();
    let by_money = !benefit.is_counter(true);
    violations.require(by_money, "/benefit", code::STATE_FORBIDS);
    deceased.check(today, &mut violations);
    applicant.check(deceased, today, &mut violations);
    payee.check(applicant, &mut violations);
    if let Some(service) = &service {
        service.check(deceased.death_date, &mut violations);
        let past = service.cremated_on().is_none_or(|it| it <= today);
        violations.require(past, "/service/crematedAt", code::DATES_DISAGREE);
    }
    let has_service = service.as_ref().is_some_and(|it| it.cremated_at.is_some());
    let served = has_service || *benefit == Benefit::Eco;
    violations.require(served, "/service", code::FIELD_MISSING);
    let has_eco = eco.is_some() || *benefit != Benefit::Eco;
    violations.require(has_eco, "/eco", code::FIELD_MISSING);
    if let Some(eco) = &eco {
        let cremated = service.as_ref().and_then(ServiceRecord::cremated_on);
        let earliest = cremated.unwrap_or(deceased.death_date);
        let in_order = earliest <= eco.burial_date && eco.burial_date <= today;
        violations.require(in_order, "/eco/burialDate", code::DATES_DISAGREE);
        let stays = eco.reinterred_on.is_none();
        violations.require(stays, "/eco/reinterredOn", code::REINTERRED);
        let listed = is_listed_site(ctx, eco)?;
        violations.require(listed, "/eco/siteCode", code::SITE_NOT_LISTED);
    }
    violations.into_result()?;
    let key = deceased.key(None);
    dossier::require_no_other(ctx, &key, benefit.exclusion_group(), None)?;
    Ok(application)
}

/// V-16: a registered site; a sea burial may be one of the city's.
fn is_listed_site(ctx: &Context, eco: &EcoBurial) -> Result<bool, OperationError> {
    let Some(site) = &eco.site_code else {
        return Ok(eco.mode == EcoMode::Sea);
    };
    Ok(ctx.count::<BurialSite>(Query::new().equal("code", site))? > 0)
}
