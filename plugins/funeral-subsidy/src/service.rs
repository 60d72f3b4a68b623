//! What the hall did and charged (§4.4), and what it may charge (公示价目).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, Fen, Instant, OperationError, Query, Record, Violation, Violations,
};

use crate::calculation::amount;
use crate::code;

/// 服务项目
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ServiceItem {
    /// 遗体接运
    Transport,
    /// 存放(冷藏)
    Storage,
    /// 消毒、清洗
    Clean,
    /// 包裹
    Wrap,
    /// 告别厅
    Farewell,
    /// 火化(普通炉)
    Cremation,
    /// 骨灰寄存
    AshesStorage,
    /// 卫生纸棺
    Coffin,
    /// 普通、可降解骨灰盒
    Urn,
    /// 墓穴挖坑
    Dig,
    /// 骨灰格位
    Niche,
    /// 清单外项目
    Other,
}

/// 计价单位
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ServiceUnit {
    /// 次
    Trip,
    /// 公里
    Km,
    /// 小时
    Hour,
    /// 天
    Day,
    /// 具
    Body,
    /// 月
    Month,
    /// 年
    Year,
    /// 件
    Piece,
}

/// 档次
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Grade {
    /// 普通
    Normal,
    /// 高档
    High,
}

/// 收费明细
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceLine {
    /// 项目
    pub item: ServiceItem,
    /// 名称, of an item outside the list
    #[serde(default)]
    pub name: Option<String>,
    /// 数量(百分之一)
    pub quantity_hundredths: i64,
    /// 单位
    pub unit: ServiceUnit,
    /// 里程(百分之一公里), of a transport
    #[serde(default)]
    pub km_hundredths: Option<i64>,
    /// 单价
    pub unit_price_fen: Fen,
    /// 金额; absent: quantity times price
    #[serde(default)]
    pub amount_fen: Option<Fen>,
    /// 档次
    pub grade: Grade,
}

/// No line is of more: ten thousand units, or ten million yuan for one.
const QUANTITY_MAX: i64 = 1_000_000;
const PRICE_MAX: Fen = Fen::new(1_000_000_000);

impl ServiceLine {
    /// Whether it is quantity times price, and both can be.
    pub fn agrees(&self) -> bool {
        let sane = (0..=QUANTITY_MAX).contains(&self.quantity_hundredths)
            && (Fen::ZERO..=PRICE_MAX).contains(&self.unit_price_fen);
        sane && {
            let reckoned = amount(self.quantity_hundredths, self.unit_price_fen.get());
            self.amount_fen.is_none_or(|it| it.get() == reckoned)
        }
    }

    /// What was charged.
    pub fn charged(&self) -> Fen {
        let reckoned = amount(self.quantity_hundredths, self.unit_price_fen.get());
        self.amount_fen.unwrap_or(Fen::new(reckoned))
    }
}

/// 殡仪馆服务记录
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceRecord {
    /// 殡仪馆
    pub hall_code: String,
    /// 殡仪馆所在县
    pub hall_area: String,
    /// 遗体入馆时间
    pub body_in_at: Instant,
    /// 火化时间
    pub cremated_at: Option<Instant>,
    /// 火化证明编号
    pub cremation_cert_no: Option<String>,
    /// 收费明细
    #[serde(default)]
    pub lines: Vec<ServiceLine>,
    /// 发票号
    #[serde(default)]
    pub invoice_no: Option<String>,
    /// 发票金额
    #[serde(default)]
    pub invoice_fen: Option<Fen>,
}

impl ServiceRecord {
    /// The day of the cremation.
    pub fn cremated_on(&self) -> Option<Date> {
        self.cremated_at.map(Instant::local_date)
    }

    /// V-05 up to the cremation, and that each line is quantity times price.
    pub fn check(&self, death_date: Date, violations: &mut Violations) {
        let body_in = self.body_in_at.local_date();
        let in_order =
            death_date <= body_in && self.cremated_at.is_none_or(|it| it >= self.body_in_at);
        violations.require(in_order, "/service/bodyInAt", code::DATES_DISAGREE);
        let certified = self
            .cremation_cert_no
            .as_ref()
            .is_none_or(|it| (4..=40).contains(&it.trim().chars().count()));
        violations.require(certified, "/service/cremationCertNo", code::DATES_DISAGREE);
        for (idx, line) in self.lines.iter().enumerate() {
            let path = format!("/service/lines/{idx}/amountFen");
            violations.require(line.agrees(), path, code::INVOICE_DIFFERS);
        }
    }

    /// V-14: the invoice is the sum of its lines, to the fen.
    pub fn check_invoice(&self, violations: &mut Violations) {
        let total = self.lines.iter().map(|it| it.charged().get()).sum::<i64>();
        if self.invoice_fen != Some(Fen::new(total)) {
            let wrong = Violation::new("/service/invoiceFen", code::INVOICE_DIFFERS);
            violations.push(wrong.with("lines", Fen::new(total)));
        }
    }
}

/// 公示价目: what a hall has published that it charges.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[record(kind = "hall_price")]
pub struct HallPrice {
    /// 殡仪馆
    pub hall_code: String,
    /// 项目
    pub item: ServiceItem,
    /// 档次
    pub grade: Grade,
    /// 单位
    pub unit: ServiceUnit,
    /// 单价
    pub unit_price_fen: Fen,
    /// 基本服务项目
    pub basic: bool,
    /// 起
    pub valid_from: Date,
    /// 止
    pub valid_to: Option<Date>,
}

/// 殡仪馆
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[record(kind = "funeral_hall")]
pub struct FuneralHall {
    /// 编号
    pub code: String,
    /// 名称
    pub name: String,
    /// 所在县
    pub area: String,
}

/// What a hall charges for basic items on a day.
pub fn prices(ctx: &Context, hall_code: &str, on: Date) -> Result<Vec<HallPrice>, OperationError> {
    let query = Query::new().equal("hallCode", hall_code).limit(200);
    let found = ctx.find::<HallPrice>(query)?.items;
    let valid = found
        .iter()
        .map(|it| HallPrice::clone(it))
        .filter(|it| it.basic && it.valid_from <= on && it.valid_to.is_none_or(|end| on <= end));
    Ok(valid.collect())
}
