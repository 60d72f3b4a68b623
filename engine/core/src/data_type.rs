//! Whether values are what data are declared to be.
//!
//! Types of FEEL are known here; a record kind or a schema is asked of [`DataTypes`], which comes in
//! with the command. Nothing is a value of every type: data may be missing. A text that says a date,
//! a time or a duration becomes one where one is declared, since JSON has none of them. Start from
//! [`fit`].

use std::fmt;
use std::sync::Arc;

use tongban_bpmn::graph::data_type::{DataDeclaration, DataRole, DataType, ExternalType};
use tongban_feel::time::{Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration};
use tongban_feel::value::Value;

use crate::variable::Variables;

/// Types that are declared outside the process.
pub trait DataTypes: Sync {
    /// The first thing in which a value is not of a type; nothing if it is, or if nobody knows the
    /// type at present.
    fn misfit(&self, of: &ExternalType, value: &Value) -> Option<Misfit>;
}

/// A world in which nothing is declared outside the processes.
#[derive(Debug, Clone, Copy)]
pub struct NoDataTypes;

impl DataTypes for NoDataTypes {
    fn misfit(&self, _of: &ExternalType, _value: &Value) -> Option<Misfit> {
        None
    }
}

/// Where a value is not of its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// A JSON Pointer into the value; empty for the whole.
    pub path: String,
    /// What would be right.
    pub expected: String,
    /// What is there: a type, never the value, which may be personal.
    pub found: String,
}

/// A variable whose value is not what is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataMismatch {
    /// The variable.
    pub variable: Arc<str>,
    /// The XML id of the data object, property, data input or output.
    pub item_id: Arc<str>,
    /// The type declared.
    pub of: String,
    /// In what it does not fit.
    pub misfit: Misfit,
}

impl fmt::Display for DataMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Misfit {
            path,
            expected,
            found,
        } = &self.misfit;
        let (variable, item_id, of) = (&self.variable, &self.item_id, &self.of);
        let at = if path.is_empty() { "" } else { " at " };
        write!(
            f,
            "expected {expected}{at}{path} in the variable {variable}, found {found} ({item_id} is declared as {of})"
        )
    }
}

/// The variables as they are declared.
///
/// # Errors
/// The first of them that is not of its type.
pub fn fit(
    declared: &[DataDeclaration],
    role: DataRole,
    mut variables: Variables,
    types: &dyn DataTypes,
) -> Result<Variables, Box<DataMismatch>> {
    for declaration in declared.iter().filter(|it| it.role == role) {
        let Some(value) = variables.get(&declaration.variable) else {
            continue;
        };
        let fitted = fit_value(&declaration.of, value, types);
        let fitted = fitted.map_err(|misfit| {
            Box::new(DataMismatch {
                variable: declaration.variable.clone(),
                item_id: declaration.item_id.clone(),
                of: declaration.of.to_string(),
                misfit,
            })
        })?;
        if let Some(fitted) = fitted {
            variables.insert(declaration.variable.clone(), fitted);
        }
    }
    Ok(variables)
}

/// The value as it has to be, if it is not so yet.
fn fit_value(of: &DataType, value: &Value, types: &dyn DataTypes) -> Result<Option<Value>, Misfit> {
    let said = |said: Option<Value>| said.map(Some).ok_or_else(|| misfit(of, value));
    match (of, value) {
        (_, Value::Null)
        | (DataType::String, Value::String(_))
        | (DataType::Number, Value::Number(_))
        | (DataType::Boolean, Value::Boolean(_))
        | (DataType::Date, Value::Date(_))
        | (DataType::Time, Value::Time(_))
        | (DataType::DateTime, Value::DateTime(_))
        | (DataType::Duration, Value::DaysTimeDuration(_) | Value::YearsMonthsDuration(_))
        | (DataType::DaysTimeDuration, Value::DaysTimeDuration(_))
        | (DataType::YearsMonthsDuration, Value::YearsMonthsDuration(_))
        | (DataType::Context, Value::Context(_))
        | (DataType::List(None), Value::List(_)) => Ok(None),
        (DataType::Integer, Value::Number(number)) if number.is_integer() => Ok(None),
        (DataType::Date, Value::String(text)) => said(Date::parse(text).map(Value::Date)),
        (DataType::Time, Value::String(text)) => said(Time::parse(text).map(Value::Time)),
        (DataType::DateTime, Value::String(text)) => {
            said(DateTime::parse(text).map(Value::DateTime))
        }
        (DataType::Duration, Value::String(text)) => {
            let days = DaysTimeDuration::parse(text).map(Value::DaysTimeDuration);
            let years = || YearsMonthsDuration::parse(text).map(Value::YearsMonthsDuration);
            said(days.or_else(years))
        }
        (DataType::DaysTimeDuration, Value::String(text)) => {
            said(DaysTimeDuration::parse(text).map(Value::DaysTimeDuration))
        }
        (DataType::YearsMonthsDuration, Value::String(text)) => {
            said(YearsMonthsDuration::parse(text).map(Value::YearsMonthsDuration))
        }
        (DataType::List(Some(of)), Value::List(items)) => fit_items(of, items, types),
        (DataType::External(external), value) => match types.misfit(external, value) {
            Some(misfit) => Err(misfit),
            None => Ok(None),
        },
        (
            DataType::String
            | DataType::Number
            | DataType::Integer
            | DataType::Boolean
            | DataType::Date
            | DataType::Time
            | DataType::DateTime
            | DataType::Duration
            | DataType::DaysTimeDuration
            | DataType::YearsMonthsDuration
            | DataType::Context
            | DataType::List(_),
            value,
        ) => Err(misfit(of, value)),
    }
}

fn fit_items(
    of: &DataType,
    items: &[Value],
    types: &dyn DataTypes,
) -> Result<Option<Value>, Misfit> {
    let mut fitted: Option<Vec<Value>> = None;
    for (idx, item) in items.iter().enumerate() {
        let of_item = fit_value(of, item, types).map_err(|it| Misfit {
            path: format!("/{idx}{}", it.path),
            ..it
        })?;
        if let Some(value) = of_item {
            fitted.get_or_insert_with(|| items.to_vec())[idx] = value;
        }
    }
    Ok(fitted.map(Value::list))
}

fn misfit(of: &DataType, value: &Value) -> Misfit {
    Misfit {
        path: String::new(),
        expected: of.to_string(),
        found: value.type_name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(of: DataType) -> Vec<DataDeclaration> {
        vec![DataDeclaration {
            item_id: Arc::from("o1"),
            variable: Arc::from("x"),
            of,
            role: DataRole::Local,
        }]
    }

    fn fitted(of: DataType, value: Value) -> Result<Value, String> {
        let variables = Variables::from_iter([(Arc::from("x"), value)]);
        let fitted = fit(&declared(of), DataRole::Local, variables, &NoDataTypes);
        let fitted = fitted.map_err(|it| it.to_string())?;
        Ok(fitted.get("x").cloned().unwrap_or_default())
    }

    #[test]
    fn a_text_becomes_the_date_that_it_says() {
        let date = Value::Date(Date::parse("2026-04-07").unwrap());
        let text = Value::from("2026-04-07");
        assert_eq!(fitted(DataType::Date, text.clone()), Ok(date.clone()));
        let list = DataType::List(Some(Box::new(DataType::Date)));
        let given = Value::list(vec![date.clone(), text]);
        assert_eq!(
            fitted(list, given),
            Ok(Value::list(vec![date.clone(), date]))
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let list = DataType::List(Some(Box::new(DataType::Integer)));
        let given = Value::list(vec![Value::from(1), Value::from("two")]);
        let expected = "expected integer at /1 in the variable x, found string (o1 is declared as list<integer>)";
        assert_eq!(fitted(list, given), Err(expected.to_owned()));
        let half = Value::Number("0.5".parse().unwrap());
        assert!(fitted(DataType::Integer, half).is_err());
        assert!(fitted(DataType::Date, Value::from("tomorrow")).is_err());
    }

    #[test]
    fn no_value_is_of_every_type() {
        assert_eq!(fitted(DataType::Number, Value::Null), Ok(Value::Null));
    }

    #[test]
    fn types_of_others_are_asked_for() {
        struct Never;
        impl DataTypes for Never {
            fn misfit(&self, of: &ExternalType, _value: &Value) -> Option<Misfit> {
                Some(Misfit {
                    path: "/a".to_owned(),
                    expected: of.to_string(),
                    found: "something".to_owned(),
                })
            }
        }
        let schema = DataType::External(ExternalType::Schema(Arc::from("schemas/s.json")));
        let of = declared(DataType::List(Some(Box::new(schema))));
        let given = [(Arc::from("x"), Value::list(vec![Value::from(1)]))];
        let given = Variables::from_iter(given);
        let refused = fit(&of, DataRole::Local, given, &Never).unwrap_err();
        assert_eq!(refused.misfit.path, "/0/a");
    }
}
