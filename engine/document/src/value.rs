//! How values are written: dates, money, numbers, in the forms of official documents.

use tongban_feel::value::Value;

/// The names of the forms that a template may ask for.
pub(crate) const FORMS: &[&str] = &[
    "date",
    "date-upper",
    "date-iso",
    "money",
    "money-upper",
    "integer",
    "percent",
];

const DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
const UPPER: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];

/// The value as text; `Err` says what was expected.
pub(crate) fn text(value: &Value, form: Option<&str>) -> Result<String, &'static str> {
    match form {
        None => plain(value),
        Some("date") => date(value).map(|(year, month, day)| format!("{year}年{month}月{day}日")),
        Some("date-upper") => date(value).map(upper_date),
        Some("date-iso") => {
            date(value).map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}"))
        }
        Some("money") => integer(value).map(money),
        Some("money-upper") => integer(value).map(upper_money),
        Some("integer") => integer(value).map(grouped),
        Some("percent") => integer(value).map(|it| format!("{}%", hundredths(it))),
        Some(_) => Err("a known form"),
    }
}

fn plain(value: &Value) -> Result<String, &'static str> {
    match value {
        Value::String(text) => Ok(text.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Date(_) => text(value, Some("date")),
        _ => Err("a text, a number or a date"),
    }
}

/// Year, month and day of a date or of its text.
pub(crate) fn date(value: &Value) -> Result<(u16, u8, u8), &'static str> {
    const EXPECTED: &str = "a date as YYYY-MM-DD";
    let text = match value {
        Value::Date(date) => date.to_string(),
        Value::String(text) => text.to_string(),
        _ => return Err(EXPECTED),
    };
    let date = tongban_feel::time::Date::parse(&text)
        .ok_or(EXPECTED)?
        .to_string();
    let mut parts = date.splitn(3, '-');
    let mut number = || parts.next()?.parse::<u16>().ok();
    let (Some(year), Some(month), Some(day)) = (number(), number(), number()) else {
        return Err(EXPECTED);
    };
    let small = |it: u16| u8::try_from(it).map_err(|_| EXPECTED);
    Ok((year, small(month)?, small(day)?))
}

/// A whole number.
pub(crate) fn integer(value: &Value) -> Result<i64, &'static str> {
    const EXPECTED: &str = "a whole number";
    let number = value.as_number().ok_or(EXPECTED)?;
    number.to_i64().ok_or(EXPECTED)
}

/// 二〇二六年三月五日
fn upper_date((year, month, day): (u16, u8, u8)) -> String {
    let year: String = year
        .to_string()
        .bytes()
        .map(|it| DIGITS[usize::from(it - b'0')])
        .collect();
    format!("{year}年{}月{}日", upper_small(month), upper_small(day))
}

/// 1 to 31 in words: 三十一.
fn upper_small(number: u8) -> String {
    let (tens, ones) = (usize::from(number / 10), usize::from(number % 10));
    let mut text = String::new();
    if tens > 1 {
        text.push(DIGITS[tens]);
    }
    if tens > 0 {
        text.push('十');
    }
    if ones > 0 || tens == 0 {
        text.push(DIGITS[ones]);
    }
    text
}

/// 1,234.56
pub(crate) fn money(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    let yuan = i64::try_from(fen / 100).unwrap_or(i64::MAX);
    format!("{sign}{}.{:02}", grouped(yuan), fen % 100)
}

fn hundredths(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let number = number.unsigned_abs();
    format!("{sign}{}.{:02}", number / 100, number % 100)
}

fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// 壹仟零伍元叁角整, as 支付结算办法 writes amounts.
fn upper_money(fen: i64) -> String {
    let amount = fen.unsigned_abs();
    let (yuan, jiao, fen_left) = (amount / 100, amount / 10 % 10, amount % 10);
    let mut text = String::from(if fen < 0 { "负" } else { "" });
    if yuan > 0 {
        text += &upper_integer(yuan);
        text.push('元');
    }
    let digit = |it: u64| UPPER[usize::try_from(it).unwrap_or(0)];
    if jiao > 0 {
        text.push(digit(jiao));
        text.push('角');
    } else if fen_left > 0 && yuan > 0 {
        text.push('零');
    }
    if fen_left > 0 {
        text.push(digit(fen_left));
        text.push('分');
        return text;
    }
    if amount == 0 {
        text += "零元";
    }
    text.push('整');
    text
}

fn upper_integer(number: u64) -> String {
    const GROUPS: [&str; 5] = ["", "万", "亿", "万亿", "亿亿"];
    let mut groups = Vec::new();
    let mut rest = number;
    while rest > 0 {
        groups.push(rest % 10_000);
        rest /= 10_000;
    }
    let mut text = String::new();
    let mut is_zero_owed = false;
    for (position, group) in groups.iter().enumerate().rev() {
        if *group == 0 {
            is_zero_owed = !text.is_empty();
            continue;
        }
        if is_zero_owed || (!text.is_empty() && *group < 1000) {
            text.push('零');
        }
        text += &upper_group(*group);
        text += GROUPS[position];
        is_zero_owed = false;
    }
    text
}

/// A number below ten thousand.
fn upper_group(group: u64) -> String {
    let mut text = String::new();
    let mut is_zero_owed = false;
    for (unit, name) in [(1000, "仟"), (100, "佰"), (10, "拾"), (1, "")] {
        let digit = usize::try_from(group / unit % 10).unwrap_or(0);
        if digit == 0 {
            is_zero_owed = !text.is_empty();
            continue;
        }
        if is_zero_owed {
            text.push('零');
        }
        text.push(UPPER[digit]);
        text += name;
        is_zero_owed = false;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_out() {
        for (fen, expected) in [
            (0, "零元整"),
            (5, "伍分"),
            (10, "壹角整"),
            (105, "壹元零伍分"),
            (150, "壹元伍角整"),
            (100_530, "壹仟零伍元叁角整"),
            (1_000_000, "壹万元整"),
            (1_001_000, "壹万零壹拾元整"),
            (123_456_789, "壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分"),
            (10_000_000_100, "壹亿零壹元整"),
            (20_005_000_000, "贰亿零伍万元整"),
            (-100, "负壹元整"),
        ] {
            assert_eq!(upper_money(fen), expected, "{fen}");
        }
    }

    #[test]
    fn amounts_and_shares_have_their_digits() {
        assert_eq!(money(123_456_789), "1,234,567.89");
        assert_eq!(money(-5), "-0.05");
        assert_eq!(grouped(100), "100");
        assert_eq!(hundredths(1234), "12.34");
    }

    #[test]
    fn dates_are_written_in_both_ways() {
        let date = Value::from("2026-03-05");
        assert_eq!(text(&date, Some("date")).as_deref(), Ok("2026年3月5日"));
        assert_eq!(
            text(&date, Some("date-upper")).as_deref(),
            Ok("二〇二六年三月五日")
        );
        let date = Value::from("2030-10-31");
        assert_eq!(
            text(&date, Some("date-upper")).as_deref(),
            Ok("二〇三〇年十月三十一日")
        );
        assert!(text(&Value::from("2026-02-30"), Some("date")).is_err());
        assert!(text(&Value::from("昨天"), Some("date")).is_err());
    }
}
