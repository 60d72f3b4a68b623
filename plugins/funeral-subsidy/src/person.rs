//! The deceased (逝者), who handles the funeral, and who is paid (§4.2, §4.3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Date, LeapPolicy, MobileNumber, ResidentId, Violation, Violations};

use crate::code;

/// 死亡性质
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeathKind {
    /// 正常死亡
    Normal,
    /// 非正常死亡
    Abnormal,
    /// 身份不明
    UnknownPerson,
}

/// 遗体处置
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Disposal {
    /// 火化
    Cremated,
    /// 土葬
    Buried,
    /// 遗体捐献
    Donated,
}

/// 无公民身份号码的原因
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NoIdReason {
    /// 无名
    Unnamed,
    /// 未登记户口婴儿
    Newborn,
    /// 无户口
    NoHukou,
    /// 外国人
    Foreign,
}

/// 死亡证明种类
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeathCertificateKind {
    /// 居民死亡医学证明(推断)书
    Medical,
    /// 公安证明
    Police,
    /// 宣告死亡
    Court,
}

/// 死亡证明
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeathCertificate {
    /// 种类
    pub kind: DeathCertificateKind,
    /// 编号
    pub no: String,
    /// 出具单位
    pub issuer: String,
    /// 出具日期
    pub date: Date,
}

/// 对象类别 (§4.1)
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FuneralCategory {
    /// 本县户籍居民
    Resident,
    /// 非本县户籍
    NonLocal,
    /// 低保
    LowIncome,
    /// 低保边缘
    LowMargin,
    /// 特困供养
    Destitute,
    /// 重点优抚
    SpecialCare,
    /// 驻地部队牺牲病故官兵
    MartyrSoldier,
    /// 见义勇为牺牲
    Hero,
    /// 百岁老人
    Centenarian,
    /// 孤儿、事实无人抚养儿童
    Orphan,
    /// 计生特殊家庭
    LostOnlyChild,
    /// 重度残疾
    SevereDisabled,
    /// 流浪乞讨
    Vagrant,
    /// 无名、无主
    Unnamed,
    /// 遗体或器官捐献者
    Donor,
    /// 未登记户口婴儿
    Newborn,
    /// 突发公共事件遇难
    Incident,
    /// 县政府认定
    OtherGov,
}

impl FuneralCategory {
    /// Whether the status registers (X-STATUS) know who belongs to it; the others are proven by a
    /// document or follow from the case itself.
    pub fn is_registered(self) -> bool {
        matches!(
            self,
            Self::LowIncome
                | Self::LowMargin
                | Self::Destitute
                | Self::SpecialCare
                | Self::SevereDisabled
                | Self::LostOnlyChild
                | Self::Orphan
        )
    }

    /// Whether it is reckoned from the case, whatever anybody declares.
    pub fn is_reckoned(self) -> bool {
        matches!(self, Self::Resident | Self::NonLocal | Self::Centenarian)
    }
}

/// 对象类别及证明
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CategoryProof {
    /// 类别
    pub category: FuneralCategory,
    /// 证明材料
    pub proof: Option<String>,
}

/// 逝者
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Deceased {
    /// 姓名
    pub name: Option<String>,
    /// 公民身份号码
    pub id_number: Option<String>,
    /// 无公民身份号码的原因
    pub no_id_reason: Option<NoIdReason>,
    /// 出生日期
    pub birth_date: Option<Date>,
    /// 户籍地(县)
    pub hukou_area: Option<String>,
    /// 户籍地(乡镇)
    pub hukou_town: Option<String>,
    /// 死亡日期; of an unknown person the day of finding
    pub death_date: Date,
    /// 日期为推定
    #[serde(default)]
    pub approximate: bool,
    /// 死亡性质
    pub death_kind: DeathKind,
    /// 死亡地(县)
    pub death_place_area: String,
    /// 死亡证明
    pub death_certificate: Option<DeathCertificate>,
    /// 户口已注销
    #[serde(default)]
    pub hukou_cancelled: bool,
    /// 民族
    pub ethnicity: Option<String>,
    /// 父母公民身份号码, of a newborn
    #[serde(default)]
    pub parent_id_numbers: Vec<String>,
    /// 处置方式
    pub disposal: Disposal,
    /// 对象类别
    #[serde(default)]
    pub categories: Vec<CategoryProof>,
}

impl Deceased {
    /// V-01, V-04 and what §4.2 asks for. Numbers are normalised.
    pub fn check(&mut self, today: Date, violations: &mut Violations) {
        let mut found = violations.at("/deceased");
        if let Some(number) = &self.id_number {
            match ResidentId::parse_on(number, today) {
                Ok(id) => {
                    let told = self.birth_date.is_none_or(|it| it == id.birth_date());
                    found.require(told, "/birthDate", code::ID_NUMBER_WRONG);
                    self.birth_date = Some(id.birth_date());
                    self.id_number = Some(id.as_str().to_owned());
                }
                Err(_) => found.add("/idNumber", code::ID_NUMBER_WRONG),
            }
        } else {
            let explained = self.no_id_reason.is_some();
            found.require(explained, "/noIdReason", code::ID_NUMBER_WRONG);
        }
        let newborn = self.no_id_reason == Some(NoIdReason::Newborn);
        if newborn && self.parent_id_numbers.is_empty() {
            found.add("/parentIdNumbers", code::ID_NUMBER_WRONG);
        }
        for number in &self.parent_id_numbers {
            if ResidentId::parse_on(number, today).is_err() {
                found.add("/parentIdNumbers", code::ID_NUMBER_WRONG);
            }
        }
        let certified = self
            .death_certificate
            .as_ref()
            .is_some_and(|it| (4..=40).contains(&it.no.trim().chars().count()));
        found.require(certified, "/deathCertificate", code::NO_DEATH_CERTIFICATE);
        let ordered = self.birth_date.is_none_or(|it| it <= self.death_date);
        let past = self.death_date <= today;
        found.require(ordered && past, "/deathDate", code::DATES_DISAGREE);
    }

    /// By what two cases are of one person (V-11): the number, else the police case, else the death
    /// certificate.
    pub fn key(&self, police_case_no: Option<&str>) -> String {
        match (&self.id_number, police_case_no, &self.death_certificate) {
            (Some(number), _, _) => number.clone(),
            (None, Some(no), _) => format!("POLICE:{no}"),
            (None, None, Some(certificate)) => format!("CERTIFICATE:{}", certificate.no),
            (None, None, None) => String::new(),
        }
    }

    /// V-08: a hundred years completed on the day of death.
    pub fn is_centenarian(&self, policy: LeapPolicy) -> bool {
        self.birth_date
            .is_some_and(|it| it.age_on(self.death_date, policy) >= 100)
    }
}

/// 与逝者关系
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FuneralRelation {
    /// 配偶
    Spouse,
    /// 子女
    Child,
    /// 父母
    Parent,
    /// 孙子女
    Grandchild,
    /// 祖父母
    Grandparent,
    /// 兄弟姐妹
    Sibling,
    /// 其他亲属
    OtherKin,
    /// 监护人
    Guardian,
    /// 生前委托人
    Entrusted,
    /// 受托人
    Agent,
    /// 村(居)委会
    Village,
    /// 供养机构
    Institution,
    /// 殡仪馆
    Hall,
    /// 公安机关
    Police,
}

impl FuneralRelation {
    /// Who needs no letter of a close relative (V-15).
    pub fn needs_letter(self) -> bool {
        matches!(self, Self::Entrusted | Self::Agent)
    }

    /// Paid to the account of an organisation.
    pub fn is_organisation(self) -> bool {
        matches!(self, Self::Village | Self::Institution | Self::Hall)
    }

    /// Kin that the police data can show.
    pub fn is_direct(self) -> bool {
        matches!(
            self,
            Self::Spouse | Self::Child | Self::Parent | Self::Grandchild | Self::Grandparent
        )
    }
}

/// 丧属、经办人
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FuneralApplicant {
    /// 人员编号
    pub person_id: String,
    /// 姓名
    pub name: String,
    /// 公民身份号码
    pub id_number: String,
    /// 手机号
    pub mobile: String,
    /// 与逝者关系
    pub relation: FuneralRelation,
    /// 关系证明
    pub proof_of_relation: Option<String>,
    /// 近亲属委托书
    pub authority_letter: Option<String>,
    /// 任职的殡仪馆、公墓
    pub works_at: Option<String>,
}

impl FuneralApplicant {
    /// V-01 to V-03 and V-15.
    pub fn check(&mut self, deceased: &Deceased, today: Date, violations: &mut Violations) {
        let mut found = violations.at("/applicant");
        match ResidentId::parse_on(&self.id_number, today) {
            Ok(id) => {
                self.id_number = id.as_str().to_owned();
                let adult = id.age_on(today, LeapPolicy::Later) >= 18
                    || self.relation == FuneralRelation::Guardian;
                found.require(adult, "/idNumber", code::RELATION_UNPROVEN);
            }
            Err(_) => found.add("/idNumber", code::ID_NUMBER_WRONG),
        }
        match MobileNumber::parse(&self.mobile) {
            Ok(mobile) => self.mobile = mobile.as_str().to_owned(),
            Err(error) => found.add("/mobile", error.code()),
        }
        let self_paid = deceased.id_number.as_ref() == Some(&self.id_number);
        found.require(!self_paid, "/idNumber", code::RELATION_UNPROVEN);
        let lettered = !self.relation.needs_letter() || self.authority_letter.is_some();
        found.require(lettered, "/authorityLetter", code::RELATION_UNPROVEN);
    }
}

/// 账户种类
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CardKind {
    /// 社会保障卡、一卡通
    OneCard,
    /// 银行卡
    Bank,
    /// 单位账户
    Org,
}

/// 收款人
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FuneralPayee {
    /// 户名
    pub name: String,
    /// 开户行
    pub bank_code: String,
    /// 卡号
    pub card_no: String,
    /// 账户种类
    pub card_kind: CardKind,
    /// 户名核验日期
    pub verified_on: Option<Date>,
}

impl FuneralPayee {
    /// V-06 and that nobody but the applicant is paid. **HARD**
    pub fn check(&mut self, applicant: &FuneralApplicant, violations: &mut Violations) {
        let parsed = tongban_sdk::BankCard::parse(&self.card_no);
        match parsed {
            Ok(card) => self.card_no = card.as_str().to_owned(),
            Err(error) if self.card_kind != CardKind::Org => {
                let violation = Violation::new("/payee/cardNo", code::CARD_WRONG);
                violations.push(violation.with("cause", error.code()));
            }
            Err(_) => {}
        }
        let organisation = applicant.relation.is_organisation();
        let right_kind = organisation == (self.card_kind == CardKind::Org);
        let right_name = organisation || self.name == applicant.name;
        violations.require(right_kind && right_name, "/payee/name", code::CARD_WRONG);
        self.verified_on = None;
    }
}
