//! A party (当事人) and what can be checked of one without the registry (V-01 to V-05).
//!
//! The types carry no `Debug`: a log line must not hold a person's number.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, MobileNumber, ResidentId, Sex, Violation, Violations};

use crate::code;

/// GB/T 2261.1.
pub const MALE: &str = "1";
/// GB/T 2261.1.
pub const FEMALE: &str = "2";

/// 当事人
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageParty")]
pub struct Party {
    /// Key of the person in the county's person index; the login of the citizen. Never the number.
    pub person_id: String,
    /// 姓名
    pub name: String,
    /// As in the passport.
    pub name_foreign: Option<String>,
    /// GB/T 2261.1: `1` 男, `2` 女.
    pub sex: String,
    /// 出生日期
    pub birth_date: Date,
    /// 当事人类别
    pub kind: PartyKind,
    /// 公民身份号码, or the number of the first identity document.
    pub id_number: String,
    /// 身份证件
    pub id_docs: Vec<IdDocument>,
    /// GB/T 2659, `CHN`.
    #[serde(default = "china")]
    pub nationality: String,
    /// GB/T 3304.
    pub ethnicity: Option<String>,
    /// GB/T 2261.2; `20` 已婚 for a divorce.
    #[serde(default = "married")]
    pub declared_marital_status: String,
    /// 手机号
    pub mobile: String,
    /// 语言帮助
    pub language_help: Option<LanguageHelp>,
    /// 民事行为能力; stated by the registrar.
    #[serde(default)]
    pub capacity: Capacity,
    /// From the police check; never demanded.
    pub registered_address: Option<String>,
}

fn china() -> String {
    "CHN".into()
}

fn married() -> String {
    "20".into()
}

/// 当事人类别
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "MarriagePartyKind")]
pub enum PartyKind {
    /// 内地居民
    Mainland,
    /// 现役军人
    Military,
    /// 香港居民
    Hk,
    /// 澳门居民
    Macao,
    /// 台湾居民
    Taiwan,
    /// 华侨
    OverseasCn,
    /// 外国人
    Foreign,
    /// 无国籍
    Stateless,
}

/// 身份证件
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdDocument {
    /// 证件类型
    pub r#type: IdDocumentType,
    /// 证件号码
    pub number: String,
    /// 有效期起
    pub valid_from: Option<Date>,
    /// 有效期止, last day included; absent: 长期.
    pub valid_to: Option<Date>,
}

/// 证件类型
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum IdDocumentType {
    /// 居民身份证
    IdCard,
    /// 临时居民身份证
    TempIdCard,
    /// 军人证件
    MilId,
    /// 港澳居民来往内地通行证
    HkmPermit,
    /// 台湾居民来往大陆通行证
    TwPermit,
    /// 港澳台居民居住证
    HmtResidence,
    /// 香港身份证
    HkId,
    /// 澳门身份证
    MacaoId,
    /// 台湾身份证
    TwId,
    /// 护照
    Passport,
    /// 国际旅行证件
    TravelDoc,
    /// 外国人永久居留身份证
    PrCard,
}

/// 语言帮助
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LanguageHelp {
    /// 手语
    Sign,
    /// 翻译
    Interpreter,
}

/// 民事行为能力
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Capacity {
    /// 完全
    Full,
    /// 限制
    Limited,
    /// 无
    None,
    /// 未确认
    #[default]
    Unknown,
}

impl PartyKind {
    /// Whether the party is a resident of the mainland (DT-M1).
    pub fn is_mainland(self) -> bool {
        match self {
            Self::Mainland | Self::Military => true,
            Self::Hk
            | Self::Macao
            | Self::Taiwan
            | Self::OverseasCn
            | Self::Foreign
            | Self::Stateless => false,
        }
    }

    /// Whether the party is no Chinese citizen.
    pub fn is_foreign(self) -> bool {
        matches!(self, Self::Foreign | Self::Stateless)
    }
}

impl Party {
    /// Brings identity and telephone numbers into their one form, so that equality means the same
    /// person.
    pub fn normalise(&mut self) {
        self.name = self.name.trim().replace(['•', '‧', '・'], "·");
        if let Ok(number) = ResidentId::parse(&self.id_number) {
            self.id_number = number.as_str().to_owned();
        }
        if let Ok(mobile) = MobileNumber::parse(&self.mobile) {
            self.mobile = mobile.as_str().to_owned();
        }
    }

    /// V-01 to V-05 and the telephone number, as of today.
    pub fn check(&self, ctx: &Context, path: &str, violations: &mut Violations) {
        self.check_person(ctx, path, violations);
        self.check_documents(ctx.today(), path, violations);
    }

    /// V-01 to V-04 and the telephone number: what is wrong however valid the documents are.
    pub fn check_person(&self, ctx: &Context, path: &str, violations: &mut Violations) {
        let mut at = violations.at(path);
        at.require(self.has_name(), "/name", code::IDENTITY_DIFFERS);
        at.require(
            matches!(&*self.sex, MALE | FEMALE),
            "/sex",
            code::IDENTITY_DIFFERS,
        );
        at.require(
            self.birth_date <= ctx.today(),
            "/birthDate",
            code::IDENTITY_DIFFERS,
        );
        at.require(self.has_mobile(), "/mobile", code::PHONE_FORMAT);
        self.check_number(ctx, path, violations);
    }

    fn has_name(&self) -> bool {
        let is_chinese = |it: char| matches!(u32::from(it), 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFF);
        let is_latin = |it: char| it.is_alphabetic() || matches!(it, ' ' | '-' | '\'');
        let foreign = self.kind.is_foreign();
        (1..=50).contains(&self.name.chars().count())
            && self
                .name
                .chars()
                .all(|it| is_chinese(it) || it == '·' || (foreign && is_latin(it)))
    }

    /// A mobile number of the mainland, or for a foreigner one with its country (E.164).
    fn has_mobile(&self) -> bool {
        let is_digits = |text: &str| text.bytes().all(|it| it.is_ascii_digit());
        let abroad = self.mobile.strip_prefix('+').is_some_and(|number| {
            self.kind.is_foreign() && is_digits(number) && (7..=15).contains(&number.len())
        });
        abroad || MobileNumber::parse(&self.mobile).is_ok()
    }

    fn check_number(&self, ctx: &Context, path: &str, violations: &mut Violations) {
        if !self.kind.is_mainland() {
            return;
        }
        match ResidentId::parse_on(&self.id_number, ctx.today()) {
            Ok(number) => {
                let mut at = violations.at(path);
                let same_birth = number.birth_date() == self.birth_date;
                at.require(same_birth, "/birthDate", code::IDENTITY_DIFFERS);
                let sex = if number.sex() == Sex::Male {
                    MALE
                } else {
                    FEMALE
                };
                at.require(self.sex == sex, "/sex", code::IDENTITY_DIFFERS);
            }
            Err(error) => {
                let path = format!("{path}/idNumber");
                let violation = Violation::new(path, code::ID_NUMBER_WRONG);
                violations.push(violation.with("cause", error.code()));
            }
        }
    }

    /// V-05: every document shown is valid on the day, the last day included.
    pub fn check_documents(&self, day: Date, path: &str, violations: &mut Violations) {
        let mut at = violations.at(path);
        at.require(!self.id_docs.is_empty(), "/idDocs", code::DOCUMENT_INVALID);
        for (idx, document) in self.id_docs.iter().enumerate() {
            at.require(
                document.is_valid_on(day),
                &format!("/idDocs/{idx}/validTo"),
                code::DOCUMENT_INVALID,
            );
        }
    }

    /// V-05 as yes or no.
    pub fn has_valid_documents(&self, day: Date) -> bool {
        !self.id_docs.is_empty() && self.id_docs.iter().all(|it| it.is_valid_on(day))
    }

    /// Whether the party is a man by the document.
    pub fn is_man(&self) -> bool {
        self.sex == MALE
    }

    /// Whether the party is a woman by the document.
    pub fn is_woman(&self) -> bool {
        self.sex == FEMALE
    }

    /// V-06: the area code of the resident identity number, to be looked up.
    pub fn number_area(&self) -> Option<String> {
        let number = ResidentId::parse(&self.id_number).ok()?;
        self.kind
            .is_mainland()
            .then(|| number.address_code().to_owned())
    }
}

impl IdDocument {
    /// Whether the day lies in the time of the document, both ends included.
    pub fn is_valid_on(&self, day: Date) -> bool {
        let began = self.valid_from.is_none_or(|from| from <= day);
        began && self.valid_to.is_none_or(|to| day <= to)
    }
}
