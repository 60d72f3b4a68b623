//! Area codes of the seed places, current and former; a county brings the table of the ministry.

use serde_json::{Value, json};

/// Code, name, from, until, successors.
type Area = (
    &'static str,
    &'static str,
    Option<i32>,
    Option<i32>,
    &'static str,
);

/// Area codes of the seed places, current and former.
const AREAS: [Area; 33] = [
    ("110101", "北京市东城区", None, None, ""),
    ("140105", "太原市小店区", Some(1997), None, ""),
    ("140106", "太原市迎泽区", Some(1997), None, ""),
    ("140107", "太原市杏花岭区", Some(1997), None, ""),
    ("140108", "太原市尖草坪区", Some(1997), None, ""),
    ("140109", "太原市万柏林区", Some(1997), None, ""),
    ("140110", "太原市晋源区", Some(1997), None, ""),
    ("150602", "鄂尔多斯市东胜区", Some(2001), None, ""),
    ("150603", "鄂尔多斯市康巴什区", Some(2016), None, ""),
    ("150621", "达拉特旗", Some(2001), None, ""),
    ("150622", "准格尔旗", Some(2001), None, ""),
    ("150623", "鄂托克前旗", Some(2001), None, ""),
    ("150624", "鄂托克旗", Some(2001), None, ""),
    ("150625", "杭锦旗", Some(2001), None, ""),
    ("150626", "乌审旗", Some(2001), None, ""),
    ("150627", "伊金霍洛旗", Some(2001), None, ""),
    ("152502", "锡林浩特市", Some(1983), None, ""),
    ("152525", "东乌珠穆沁旗", None, None, ""),
    ("152701", "东胜市", Some(1983), Some(2001), "150602"),
    ("152722", "达拉特旗", Some(1981), Some(2001), "150621"),
    ("152723", "准格尔旗", Some(1981), Some(2001), "150622"),
    ("152724", "鄂托克前旗", Some(1981), Some(2001), "150623"),
    ("152725", "鄂托克旗", Some(1981), Some(2001), "150624"),
    ("152726", "杭锦旗", Some(1981), Some(2001), "150625"),
    ("152727", "乌审旗", Some(1981), Some(2001), "150626"),
    ("152728", "伊金霍洛旗", Some(1981), Some(2001), "150627"),
    ("310101", "上海市黄浦区", None, None, ""),
    (
        "340502",
        "马鞍山市金家庄区",
        Some(1983),
        Some(2012),
        "340503",
    ),
    ("340503", "马鞍山市花山区", None, None, ""),
    ("340504", "马鞍山市雨山区", None, None, ""),
    ("340506", "马鞍山市博望区", Some(2012), None, ""),
    ("500112", "重庆市渝北区", Some(1997), None, ""),
    (
        "510218",
        "四川省重庆市渝北区",
        Some(1994),
        Some(1997),
        "500112",
    ),
];

/// The records of all.
pub(crate) fn areas() -> Vec<Value> {
    let record = |(code, name, from, until, successor): &Area| {
        let successors: Vec<&str> = successor.split(' ').filter(|it| !it.is_empty()).collect();
        json!({
            "id": code,
            "body": {
                "code": code,
                "name": name,
                "validFromYear": from,
                "validUntilYear": until,
                "successors": successors,
                "statistical": false,
            }
        })
    };
    AREAS.iter().map(record).collect()
}
