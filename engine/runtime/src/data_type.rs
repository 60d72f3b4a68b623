//! The types of data that are declared outside the processes: record kinds of plugins, and JSON
//! schemas that were deployed with a process.
//!
//! A schema is pinned by the version of the process; a record kind is the one of the active plugin,
//! as its operations write it. Start from [`Types`].

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;
use tongban_bpmn::graph::data_type::ExternalType;
use tongban_core::data_type::{DataTypes, Misfit};
use tongban_feel::json::to_json;
use tongban_feel::value::Value;
use tongban_host::call::Violation;
use tongban_host::schema::Schema;

use crate::tenant::TenantWorld;

/// Schemas by their names in the deployment.
pub(crate) type Schemas = BTreeMap<Arc<str>, Arc<Schema>>;

/// The types that an instance of one version of a process knows.
pub(crate) struct Types<'a> {
    pub(crate) tenant: &'a TenantWorld,
    pub(crate) schemas: &'a Schemas,
}

impl DataTypes for Types<'_> {
    fn misfit(&self, of: &ExternalType, value: &Value) -> Option<Misfit> {
        let schema = match of {
            ExternalType::Schema(name) => self.schemas.get(name)?,
            ExternalType::Record { plugin, kind } => record_schema(self.tenant, plugin, kind)?,
        };
        let Ok(json) = to_json(value) else {
            return Some(Misfit {
                path: String::new(),
                expected: of.to_string(),
                found: value.type_name().to_owned(),
            });
        };
        let violations = schema.check(&json);
        violations.first().map(|it| misfit(of, it, &json))
    }
}

/// The schema of a record kind, if the plugin is active and has such a kind.
pub(crate) fn record_schema<'t>(
    tenant: &'t TenantWorld,
    plugin: &str,
    kind: &str,
) -> Option<&'t Arc<Schema>> {
    let plugin = tenant.plugin(plugin)?;
    let record = plugin.manifest().record(kind)?;
    plugin.schema(&record.schema)
}

/// What the value at a place has to be, and of what type it is: never the value itself.
fn misfit(of: &ExternalType, violation: &Violation, json: &Json) -> Misfit {
    let arguments: Vec<(&str, &str)> = violation
        .arguments
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let text = crate::code::text(&violation.code, &arguments).en;
    let found = match json.pointer(&violation.path) {
        None => "nothing",
        Some(Json::Null) => "null",
        Some(Json::Bool(_)) => "boolean",
        Some(Json::Number(_)) => "number",
        Some(Json::String(_)) => "string",
        Some(Json::Array(_)) => "array",
        Some(Json::Object(_)) => "object",
    };
    Misfit {
        path: violation.path.clone(),
        expected: format!("a value of {of} ({text})"),
        found: found.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_tells_where_a_value_does_not_fit() {
        let text =
            br#"{"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}"#;
        let name: Arc<str> = Arc::from("schemas/case.json");
        let schema = Schema::compile(&name, text).unwrap();
        let schemas = Schemas::from([(name.clone(), Arc::new(schema))]);
        let tenant = TenantWorld::empty("150627");
        let types = Types {
            tenant: &tenant,
            schemas: &schemas,
        };
        let of = ExternalType::Schema(name);
        let value =
            |text: &str| tongban_feel::json::from_json(&serde_json::from_str(text).unwrap());
        assert_eq!(types.misfit(&of, &value(r#"{"id": "a"}"#)), None);
        let misfit = types.misfit(&of, &value(r#"{"id": 1}"#)).unwrap();
        assert_eq!(
            (misfit.path.as_str(), misfit.found.as_str()),
            ("/id", "number")
        );
        let misfit = types.misfit(&of, &value("{}")).unwrap();
        assert_eq!(
            (misfit.path.as_str(), misfit.found.as_str()),
            ("/id", "nothing")
        );
    }

    #[test]
    fn what_nobody_knows_at_present_is_not_checked() {
        let tenant = TenantWorld::empty("150627");
        let schemas = Schemas::new();
        let types = Types {
            tenant: &tenant,
            schemas: &schemas,
        };
        let (plugin, kind) = (Arc::from("marriage"), Arc::from("registration"));
        let of = ExternalType::Record { plugin, kind };
        assert_eq!(types.misfit(&of, &Value::from(1)), None);
    }
}
