//! What the data of an element are declared to hold (BPMN 2.0, 8.4.10 and 10.4).
//!
//! A type is a name here: whether a value fits is looked at by whoever executes the process. What is
//! not declared holds anything. Start from [`DataDeclaration`].

use std::fmt;
use std::sync::Arc;

/// A variable of an element that holds values of one type only; having none is no value, and fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDeclaration {
    /// The XML id of the data object, property, data input or output.
    pub item_id: Arc<str>,
    /// The variable that holds it.
    pub variable: Arc<str>,
    /// What it may hold.
    pub of: DataType,
    /// Whether the element holds it, or gives it at its end.
    pub role: DataRole,
}

/// Where a declared variable stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataRole {
    /// A local variable of the element: a data object, a property, a data input.
    Local,
    /// What comes with the end of the element: a data output.
    Output,
}

/// What a variable may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataType {
    /// A text.
    String,
    /// A number.
    Number,
    /// A number without a fraction.
    Integer,
    /// True or false.
    Boolean,
    /// A calendar date.
    Date,
    /// A time of day.
    Time,
    /// A date and time.
    DateTime,
    /// A duration of either kind.
    Duration,
    /// A duration in days, hours, minutes and seconds.
    DaysTimeDuration,
    /// A duration in years and months.
    YearsMonthsDuration,
    /// Named values.
    Context,
    /// Values of one type, of any if it is not said.
    List(Option<Box<DataType>>),
    /// Declared outside the process.
    External(ExternalType),
}

/// A type that is declared outside the process.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExternalType {
    /// A record kind of a plugin, `plugin:kind`. The same form is used by other tools for types of
    /// theirs; it says something only where there is such a plugin.
    Record {
        /// The plugin.
        plugin: Arc<str>,
        /// The record kind.
        kind: Arc<str>,
    },
    /// A JSON schema that is deployed with the process, `schemas/<name>.json`.
    Schema(Arc<str>),
}

impl DataType {
    /// The type that `structureRef` names: one of FEEL's, a simple one of XML Schema, or one that
    /// is declared elsewhere. `Err` if nobody here knows it, `Ok(None)` if anything fits.
    pub(crate) fn read(structure: &str) -> Result<Option<DataType>, ()> {
        let structure = structure.trim();
        if ExternalType::is_schema(structure) {
            let schema = ExternalType::Schema(Arc::from(structure));
            return Ok(Some(DataType::External(schema)));
        }
        match structure.split_once(':') {
            None => feel(structure).ok_or(()),
            Some(("feel", name)) => feel(name).ok_or(()),
            Some(("xsd" | "xs", name)) => xml_schema(name).ok_or(()),
            Some((plugin, kind)) if is_name(plugin) && is_name(kind) => {
                let (plugin, kind) = (Arc::from(plugin), Arc::from(kind));
                let record = ExternalType::Record { plugin, kind };
                Ok(Some(DataType::External(record)))
            }
            Some(_) => Err(()),
        }
    }

    /// What is declared outside the process, if the type or that of its items is.
    pub fn external(&self) -> Option<&ExternalType> {
        match self {
            DataType::External(external) => Some(external),
            DataType::List(of) => of.as_ref()?.external(),
            _ => None,
        }
    }
}

impl ExternalType {
    /// Whether a file of a deployment is a schema, and a reference leads to one.
    pub fn is_schema(name: &str) -> bool {
        let name = name.strip_prefix("schemas/");
        let name = name.and_then(|it| it.strip_suffix(".json"));
        name.is_some_and(|it| !it.is_empty() && !it.contains(char::is_whitespace))
    }
}

impl fmt::Display for ExternalType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExternalType::Record { plugin, kind } => write!(f, "{plugin}:{kind}"),
            ExternalType::Schema(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DataType::String => "string",
            DataType::Number => "number",
            DataType::Integer => "integer",
            DataType::Boolean => "boolean",
            DataType::Date => "date",
            DataType::Time => "time",
            DataType::DateTime => "date and time",
            DataType::Duration => "duration",
            DataType::DaysTimeDuration => "days and time duration",
            DataType::YearsMonthsDuration => "years and months duration",
            DataType::Context => "context",
            DataType::List(None) => "list",
            DataType::List(Some(of)) => return write!(f, "list<{of}>"),
            DataType::External(external) => return external.fmt(f),
        })
    }
}

/// `plugin` and `kind` are written in small letters, digits, `-` and `_`, a kind also as in `Kind`.
fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(char::is_alphabetic)
        && characters.all(|it| it.is_alphanumeric() || matches!(it, '-' | '_'))
}

fn feel(name: &str) -> Option<Option<DataType>> {
    Some(Some(match name {
        "string" => DataType::String,
        "number" => DataType::Number,
        "boolean" => DataType::Boolean,
        "date" => DataType::Date,
        "time" => DataType::Time,
        "date and time" | "dateTime" => DataType::DateTime,
        "days and time duration" | "dayTimeDuration" => DataType::DaysTimeDuration,
        "years and months duration" | "yearMonthDuration" => DataType::YearsMonthsDuration,
        "context" => DataType::Context,
        "list" => DataType::List(None),
        "Any" => return Some(None),
        _ => return None,
    }))
}

fn xml_schema(name: &str) -> Option<Option<DataType>> {
    Some(Some(match name {
        "string" | "normalizedString" | "token" | "language" | "Name" | "NCName" | "NMTOKEN"
        | "ID" | "IDREF" | "ENTITY" | "anyURI" | "QName" | "base64Binary" | "hexBinary" => {
            DataType::String
        }
        "decimal" | "float" | "double" => DataType::Number,
        "integer" | "int" | "long" | "short" | "byte" | "nonNegativeInteger"
        | "positiveInteger" | "nonPositiveInteger" | "negativeInteger" | "unsignedInt"
        | "unsignedLong" | "unsignedShort" | "unsignedByte" => DataType::Integer,
        "boolean" => DataType::Boolean,
        "date" => DataType::Date,
        "time" => DataType::Time,
        "dateTime" | "dateTimeStamp" => DataType::DateTime,
        "duration" => DataType::Duration,
        "dayTimeDuration" => DataType::DaysTimeDuration,
        "yearMonthDuration" => DataType::YearsMonthsDuration,
        "anyType" | "anySimpleType" | "anyAtomicType" => return Some(None),
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(structure: &str) -> String {
        match DataType::read(structure) {
            Ok(Some(of)) => of.to_string(),
            Ok(None) => "anything".to_owned(),
            Err(()) => "unknown".to_owned(),
        }
    }

    #[test]
    fn types_are_those_of_feel_of_xml_schema_or_declared_elsewhere() {
        assert_eq!(read("date and time"), "date and time");
        assert_eq!(read("feel:number"), "number");
        assert_eq!(read("xsd:int"), "integer");
        assert_eq!(read("xs:dateTime"), "date and time");
        assert_eq!(read("xsd:anyType"), "anything");
        assert_eq!(read("Any"), "anything");
        assert_eq!(read("marriage:registration"), "marriage:registration");
        assert_eq!(read("schemas/case.json"), "schemas/case.json");
    }

    #[test]
    fn types_of_other_tools_are_not_known() {
        for structure in [
            "java.lang.String",
            "xsd:tOrder",
            "http://example.com/a",
            "",
            "schemas/.json",
        ] {
            assert_eq!(read(structure), "unknown", "{structure}");
        }
    }
}
