//! The marriage registration authority (婚姻登记机关), its counter hours, and its registrars.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, OperationError, Record, RecordId, TimeOfDay};

use crate::code;

/// 婚姻登记机关. The id of the record is the code: the area code and two digits of the office.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageAuthority")]
#[record(kind = "authority")]
pub struct Authority {
    /// Six digits of the area and two of the office.
    pub code: String,
    /// 名称
    pub name: String,
    /// 级别
    pub level: AuthorityLevel,
    /// Whether it may handle parties from Hong Kong, Macao, Taiwan, overseas and abroad.
    pub foreign_power: bool,
    /// 开始办公时间, `08:30`.
    pub opens: String,
    /// 停止办公时间, `17:00`: with it the last day of a period ends (民法典第203条).
    pub closes: String,
    /// Days with other hours, or closed by order.
    #[serde(default)]
    pub exceptions: Vec<OpeningException>,
}

/// 登记机关级别
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuthorityLevel {
    /// 县级
    County,
    /// 乡镇
    Township,
    /// 省级指定
    ProvinceDesignated,
}

/// A day that differs from the ordinary hours.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OpeningException {
    /// The day.
    pub date: Date,
    /// Absent: as on other days.
    pub closes: Option<String>,
    /// Closed all day by order (flood, epidemic): the day counts as a rest day.
    #[serde(default)]
    pub closed: bool,
    /// 原因
    pub reason: Option<String>,
}

/// 婚姻登记员. The id of the record is the staff id.
#[derive(Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageRegistrar")]
#[record(kind = "registrar")]
pub struct Registrar {
    /// 姓名
    pub name: String,
    /// Where the registrar works.
    pub authority_code: String,
    /// 培训考核合格证 valid from.
    pub trained_from: Date,
    /// 培训考核合格证 valid to, last day included.
    pub trained_until: Date,
    /// For the recusal check (回避).
    pub id_number: Option<String>,
}

impl Authority {
    /// The closing time of the counter on a day.
    pub fn closes_on(&self, day: Date) -> Result<TimeOfDay, OperationError> {
        let exception = self.exceptions.iter().find(|it| it.date == day);
        let text = exception
            .and_then(|it| it.closes.as_deref())
            .unwrap_or(&self.closes);
        time_of_day(text).ok_or_else(|| {
            let code = &self.code;
            OperationError::failed(format!(
                "authority {code}: expected a time as 17:00, found {text}"
            ))
        })
    }

    /// Whether the counter is closed all day by order: the day counts as a rest day.
    pub fn is_closed_on(&self, day: Date) -> bool {
        self.exceptions.iter().any(|it| it.date == day && it.closed)
    }

    /// The area code of GB/T 2260: the first six digits.
    pub fn area(&self) -> &str {
        area_of(&self.code)
    }
}

/// The area code of an authority code.
pub fn area_of(authority_code: &str) -> &str {
    authority_code.get(..6).unwrap_or(authority_code)
}

/// A time as `17:00`.
pub fn time_of_day(text: &str) -> Option<TimeOfDay> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(TimeOfDay {
        hour,
        minute,
        second: 0,
    })
}

/// The authority with this code; it is an input, so an unknown one is wrong at `path`.
pub fn authority(ctx: &Context, code: &str, path: &str) -> Result<Authority, OperationError> {
    Ok(ctx
        .require::<Authority>(&RecordId::new(code), path)?
        .into_body())
}

/// The registrar who asks (V-15): a valid training certificate today, **HARD**. With the parties'
/// numbers also R2: nobody handles his own case.
pub fn require_registrar(
    ctx: &Context,
    id_numbers: &[&str],
    path: &str,
) -> Result<String, OperationError> {
    let unfit = || OperationError::invalid(path, code::REGISTRAR_UNFIT);
    let actor = ctx.actor().ok_or_else(unfit)?;
    let id = RecordId::new(actor.id.as_str());
    let registrar = ctx.get::<Registrar>(&id)?.ok_or_else(unfit)?;
    let is_trained = (registrar.trained_from..=registrar.trained_until).contains(&ctx.today());
    let own_case = registrar
        .id_number
        .as_deref()
        .is_some_and(|it| id_numbers.contains(&it));
    let recusal = ctx.parameter::<bool>("recusal_enforced")?;
    if !is_trained || (recusal && own_case) {
        return Err(unfit());
    }
    Ok(actor.id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_the_day_is_read_from_hours_and_minutes() {
        assert_eq!(
            time_of_day("17:00"),
            Some(TimeOfDay {
                hour: 17,
                minute: 0,
                second: 0
            })
        );
        for text in ["24:00", "17", "17:60", "x:00"] {
            assert_eq!(time_of_day(text), None, "{text}");
        }
    }
}
