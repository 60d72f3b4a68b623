//! The list that is posted (公示名单, N-07): whoever reads it sees what is to be paid for whom, in a
//! masked name and nothing else of a person, and whom to tell if it is wrong.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, Fen, OperationError, Query, operation};

use crate::case::{Benefit, FuneralCase, FuneralState};
use crate::dossier;

/// The cases of a page.
const PAGE: u32 = 100;

/// Which list.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PublicityListInput {
    /// 县, or one of its 乡镇(街道)
    pub area: String,
    /// A day on which it is posted.
    pub date: Date,
    /// `next` of the page before
    #[serde(default)]
    pub after: Option<String>,
}

/// 公示名单
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicityListOutput {
    /// 县或乡镇(街道)
    pub area: String,
    /// 日期
    pub date: Date,
    /// 异议受理电话; absent: the county has not said it
    pub phone: Option<String>,
    /// 名单
    pub items: Vec<PublicityItem>,
    /// Where the next page begins; absent on the last.
    pub next: Option<String>,
}

/// 公示内容
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicityItem {
    /// 办件编号, by which one objects
    pub no: String,
    /// 逝者, masked
    pub name: String,
    /// 项目
    pub benefit: Benefit,
    /// 金额
    pub amount_fen: Fen,
    /// First day.
    pub from: Date,
    /// Last day.
    pub until: Date,
}

/// What is posted on a day: nothing before its first day, nothing after its last, and no case that an
/// objection has taken off the list.
#[operation(name = "publicityList")]
pub fn list(
    ctx: &mut Context,
    input: PublicityListInput,
) -> Result<PublicityListOutput, OperationError> {
    let PublicityListInput { area, date, after } = input;
    let town = dossier::town_of(ctx, &area)?;
    let mut query = Query::new()
        .equal("state", FuneralState::Publicity)
        .at_least("publicityUntil", date)
        .order_by("publicityUntil")
        .limit(PAGE);
    if let Some(after) = after {
        query = query.after(after);
    }
    let page = ctx.find::<FuneralCase>(query)?;
    let cases = page.items.iter();
    let posted = cases.filter(|it| town.is_none() || it.deceased.hukou_town.as_deref() == town);
    let phone: String = ctx.parameter("objection_phone")?;
    Ok(PublicityListOutput {
        items: posted.filter_map(|it| item(it, date)).collect(),
        next: page.next,
        phone: Some(phone).filter(|it| !it.is_empty()),
        date,
        area,
    })
}

fn item(case: &FuneralCase, date: Date) -> Option<PublicityItem> {
    let (from, until) = (case.publicity_from?, case.publicity_until?);
    let protected = case.flags.iter().any(|it| it == "PROTECTED");
    if date < from || protected {
        return None;
    }
    Some(PublicityItem {
        no: case.no.clone(),
        name: masked(case.deceased.name.as_deref().unwrap_or_default()),
        benefit: case.benefit,
        amount_fen: case.result(),
        from,
        until,
    })
}

/// `publish_mask`: 张*, 张*三, and of a longer name the first and the last with two stars.
fn masked(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    match characters.as_slice() {
        [] | [_] => "*".to_owned(),
        [first, _] => format!("{first}*"),
        [first, _, last] => format!("{first}*{last}"),
        [first, .., last] => format!("{first}**{last}"),
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn a_name_is_masked_by_its_length() {
        for (name, shown) in [
            ("张三", "张*"),
            ("张小三", "张*三"),
            ("欧阳小三", "欧**三"),
            ("阿卜杜拉·买买提", "阿**提"),
            ("张", "*"),
            ("", "*"),
        ] {
            assert_eq!(masked(name), shown);
        }
    }
}
