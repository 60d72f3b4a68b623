//! Parameters of plugins: what a value must fulfil, which one is in force, who has set it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use tongban_feel::environment::Environment;
use tongban_feel::expression::{Expression, Names};
use tongban_feel::json::from_json;
use tongban_feel::time::{Date, DateTime, Timestamp};
use tongban_feel::value::{Context, Value};
use tongban_host::call::{Dated, in_force};
use tongban_host::manifest::{Parameter, ParameterType, Text as HostText};
use tongban_host::plugin::Plugin;
use tongban_store::error::Error as StoreError;
use tongban_store::id::TenantId;
use tongban_store::query::configuration;
use tongban_store::row::configuration::Parameter as Row;

use crate::capability::calendar::to_host;
use crate::engine::Handle;
use crate::error::{Text, UserError};

/// A parameter of an active plugin as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterDetail {
    /// Name of the plugin.
    pub plugin: Arc<str>,
    /// Key.
    pub key: Arc<str>,
    /// For people.
    pub title: Text,
    /// `string`, `integer`, `boolean`, `date` or `json`.
    pub type_name: &'static str,
    /// The plugin's default.
    pub default: Json,
    /// The value in force on the date asked for.
    pub value: Json,
    /// All values that the county has set, the earliest date first.
    pub versions: Vec<ParameterVersion>,
    /// The default is a guess of the plugin's, and the county has not set a value of its own.
    pub unconfirmed: bool,
    /// The law on which it or its bounds rest.
    pub law_basis: Option<Text>,
    /// The least number that makes sense.
    pub min: Option<i64>,
    /// The greatest.
    pub max: Option<i64>,
    /// The least number that the law allows.
    pub law_floor: Option<i64>,
    /// The greatest.
    pub law_ceiling: Option<i64>,
    /// The only values allowed, if not empty.
    pub one_of: Vec<Json>,
    /// FEEL over `value` that must be true.
    pub assertion: Option<Arc<str>>,
}

/// A value that the county has set.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterVersion {
    /// The date from which it holds, `YYYY-MM-DD`; from ever where absent.
    pub effective_from: Option<Arc<str>>,
    /// The value; null goes back to the plugin's default.
    pub value: Json,
    /// The configuration item it was approved as, if it was.
    pub item: Option<i64>,
    /// When it was set.
    pub set_at: i64,
    /// By whom.
    pub set_by: Arc<str>,
}

impl Handle {
    /// The parameters of the active plugins, by plugin and in the order of their manifests, with
    /// the values in force on a date, today's where none is given.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn parameters(
        &self,
        tenant: &str,
        plugin: Option<&str>,
        as_of: Option<&str>,
    ) -> Result<Vec<ParameterDetail>, StoreError> {
        let world = self.shared.world(tenant);
        let now = Timestamp::from_microseconds(self.shared.clock.now());
        let today = DateTime::from_timestamp(now, self.shared.zone.clone()).date();
        let date = as_of.and_then(parse_date).unwrap_or(today);
        let id = TenantId::new(tenant);
        let rows = configuration::parameters(&self.shared.database, &id).await?;
        let mut set: BTreeMap<(&str, &str), Vec<&Row>> = BTreeMap::new();
        for row in &rows {
            set.entry((&row.plugin, &row.key)).or_default().push(row);
        }
        let mut plugins: Vec<&Arc<Plugin>> = world.plugins.iter().collect();
        plugins.sort_by_key(|it| &it.manifest().plugin.name);
        let mut shown = Vec::new();
        for it in plugins {
            let name = it.manifest().plugin.name.as_str();
            if plugin.is_some_and(|asked| asked != name) {
                continue;
            }
            for declared in &it.manifest().parameters {
                let rows = set.get(&(name, declared.key.as_str()));
                let rows = rows.map(Vec::as_slice).unwrap_or_default();
                shown.push(detail(name, declared, rows, date));
            }
        }
        Ok(shown)
    }
}

fn detail(plugin: &str, declared: &Parameter, rows: &[&Row], on: Date) -> ParameterDetail {
    let versions: Vec<Dated> = rows.iter().map(|it| dated(it)).collect();
    let set = to_host(on).and_then(|on| in_force(&versions, on));
    let version = |row: &&Row| ParameterVersion {
        effective_from: row.effective_from.clone(),
        value: value_of(row),
        item: row.item,
        set_at: row.updated_at,
        set_by: row.updated_by.clone(),
    };
    ParameterDetail {
        plugin: Arc::from(plugin),
        key: Arc::from(declared.key.as_str()),
        title: text(&declared.title),
        type_name: type_name(declared.r#type),
        default: declared.default.clone(),
        value: set.unwrap_or(&declared.default).clone(),
        versions: rows.iter().map(version).collect(),
        unconfirmed: declared.unconfirmed && set.is_none(),
        law_basis: declared.basis.as_ref().map(text),
        min: declared.min,
        max: declared.max,
        law_floor: declared.law_floor,
        law_ceiling: declared.law_ceiling,
        one_of: declared.one_of.clone(),
        assertion: declared.assert.as_deref().map(Arc::from),
    }
}

fn text(text: &HostText) -> Text {
    Text {
        zh: text.zh.clone(),
        en: text.en.clone(),
    }
}

fn value_of(row: &Row) -> Json {
    // Only checked values are stored.
    serde_json::from_str(&row.value).unwrap_or(Json::Null)
}

/// A stored value as a plugin call needs it.
pub(crate) fn dated(row: &Row) -> Dated {
    let from = row.effective_from.as_deref().and_then(parse_date);
    Dated {
        from: from.and_then(to_host),
        value: value_of(row),
    }
}

/// A date as `YYYY-MM-DD`, the form in which dates are compared as texts.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    let date = Date::parse(text)?;
    (text.len() == "YYYY-MM-DD".len()).then_some(date)
}

/// Whether a value is one that the plugin allows, with everything that is against it.
pub(crate) fn check(
    plugin: &Plugin,
    key: &str,
    value: &Json,
    environment: &Environment<'_>,
) -> Vec<UserError> {
    let Some(declared) = plugin.manifest().parameter(key) else {
        let names = [
            ("plugin", plugin.manifest().plugin.name.as_str()),
            ("key", key),
        ];
        return vec![UserError::new("PARAMETER_UNKNOWN", &names)];
    };
    if !Plugin::fits_type(declared, value) {
        let parameters = [("key", key), ("type", type_name(declared.r#type))];
        return vec![UserError::new("PARAMETER_TYPE", &parameters)];
    }
    let mut errors = Vec::new();
    errors.extend(schema(plugin, declared, value));
    errors.extend(bounds(declared, value));
    if !declared.one_of.is_empty() && !declared.one_of.contains(value) {
        let allowed = Json::Array(declared.one_of.clone()).to_string();
        let parameters = [("key", key), ("allowed", allowed.as_str())];
        errors.push(UserError::new("PARAMETER_NOT_ALLOWED", &parameters));
    }
    if let Some(assertion) = &declared.assert
        && !holds(declared, assertion, value, environment)
    {
        let parameters = [("key", key), ("assertion", assertion.as_str())];
        errors.push(UserError::new("PARAMETER_ASSERTION", &parameters));
    }
    let on_law = |mut error: UserError| {
        error.law_basis = declared.basis.as_ref().map(text);
        error.details = Some(json!({ "plugin": plugin.manifest().plugin.name, "key": key }));
        error
    };
    errors.into_iter().map(on_law).collect()
}

fn schema(plugin: &Plugin, declared: &Parameter, value: &Json) -> Vec<UserError> {
    let schema = declared.schema.as_ref().and_then(|it| plugin.schema(it));
    let violations = schema.map(|it| it.check(value)).unwrap_or_default();
    let error = |it: &tongban_host::call::Violation| UserError {
        code: it.code.clone(),
        field: Some(it.path.clone()),
        text: text(&plugin.violation_text(it)),
        law_basis: None,
        details: None,
    };
    violations.iter().map(error).collect()
}

fn bounds(declared: &Parameter, value: &Json) -> Vec<UserError> {
    let Some(number) = value.as_i64() else {
        return Vec::new();
    };
    let outside = |least: Option<i64>, most: Option<i64>| {
        least.is_some_and(|it| number < it) || most.is_some_and(|it| number > it)
    };
    let range = |least: Option<i64>, most: Option<i64>| {
        let end = |it: Option<i64>| it.map_or_else(|| "-".to_owned(), |it| it.to_string());
        format!("{} … {}", end(least), end(most))
    };
    let mut errors = Vec::new();
    let mut check = |code: &str, least: Option<i64>, most: Option<i64>| {
        if outside(least, most) {
            let (range, value) = (range(least, most), number.to_string());
            let parameters = [
                ("key", declared.key.as_str()),
                ("value", value.as_str()),
                ("range", range.as_str()),
            ];
            errors.push(UserError::new(code, &parameters));
        }
    };
    check(
        "PARAMETER_OUTSIDE_LAW",
        declared.law_floor,
        declared.law_ceiling,
    );
    check("PARAMETER_OUT_OF_RANGE", declared.min, declared.max);
    errors
}

/// Whether the manifest's assertion is true of the value; one that fails is not.
fn holds(
    declared: &Parameter,
    assertion: &str,
    value: &Json,
    environment: &Environment<'_>,
) -> bool {
    let Ok(expression) = Expression::compile(assertion, &Names::default()) else {
        return false;
    };
    let value = match (declared.r#type, value.as_str().and_then(parse_date)) {
        (ParameterType::Date, Some(date)) => Value::Date(date),
        _ => from_json(value),
    };
    let scope: Context = [(Arc::from("value"), value)].into_iter().collect();
    expression.evaluate(&scope, environment) == Ok(Value::Boolean(true))
}

fn type_name(of: ParameterType) -> &'static str {
    match of {
        ParameterType::String => "string",
        ParameterType::Integer => "integer",
        ParameterType::Boolean => "boolean",
        ParameterType::Date => "date",
        ParameterType::Json => "json",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(r#type: ParameterType) -> Parameter {
        Parameter {
            key: "fee".to_owned(),
            r#type,
            default: json!(0),
            title: HostText {
                zh: "费用".to_owned(),
                en: "Fee".to_owned(),
            },
            schema: None,
            min: Some(0),
            max: Some(100),
            law_floor: None,
            law_ceiling: Some(50),
            one_of: Vec::new(),
            assert: None,
            basis: None,
            unconfirmed: true,
        }
    }

    #[test]
    fn a_number_beyond_the_law_is_told_apart_from_one_beyond_reason() {
        let declared = declared(ParameterType::Integer);
        let codes = |value: i64| -> Vec<String> {
            let errors = bounds(&declared, &json!(value));
            errors.into_iter().map(|it| it.code).collect()
        };
        assert_eq!(codes(50), Vec::<String>::new());
        assert_eq!(codes(51), ["PARAMETER_OUTSIDE_LAW"]);
        assert_eq!(
            codes(101),
            ["PARAMETER_OUTSIDE_LAW", "PARAMETER_OUT_OF_RANGE"]
        );
        assert_eq!(codes(-1), ["PARAMETER_OUT_OF_RANGE"]);
    }

    #[test]
    fn an_assertion_sees_a_date_as_a_date() {
        let declared = declared(ParameterType::Date);
        let holds = |text: &str, value: &str| {
            holds(&declared, text, &json!(value), &Environment::default())
        };
        assert!(holds("value >= date(\"2026-01-01\")", "2026-05-10"));
        assert!(!holds("value >= date(\"2026-01-01\")", "2025-05-10"));
        // What is neither true nor false is not true.
        assert!(!holds("value + 1", "2026-05-10"));
    }

    #[test]
    fn the_value_in_force_is_the_last_that_has_begun() {
        let row = |from: Option<&str>, value: &str| Row {
            plugin: "p".into(),
            key: "fee".into(),
            effective_from: from.map(Arc::from),
            value: value.into(),
            item: None,
            updated_at: 0,
            updated_by: "a".into(),
        };
        let rows = [
            row(None, "1"),
            row(Some("2026-01-01"), "2"),
            row(Some("2027-01-01"), "null"),
        ];
        let rows: Vec<&Row> = rows.iter().collect();
        for (date, value, unconfirmed) in [
            ("2025-12-31", 1, false),
            ("2026-01-01", 2, false),
            ("2027-03-05", 0, true),
        ] {
            let on = parse_date(date).unwrap();
            let shown = detail("p", &declared(ParameterType::Integer), &rows, on);
            assert_eq!(
                (shown.value, shown.unconfirmed),
                (json!(value), unconfirmed),
                "{date}"
            );
        }
    }
}
