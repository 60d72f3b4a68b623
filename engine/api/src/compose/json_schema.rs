//! JSON Schema 2020-12, as the SDK derives it from Rust types, to GraphQL types.
//!
//! What GraphQL can say becomes types: objects, lists, enums whose values are names, dates, instants, integers.
//! The rest is the scalar `JSON`, checked by the schema in the host all the same.

use std::collections::BTreeMap;

use async_graphql::dynamic::{Enum, EnumItem, InputObject, InputValue, Object, Type, TypeRef};
use serde_json::Value as Json;

use super::json_value::{self, Shape};
use crate::builder::{Builder, NameClash};
use crate::scalar;

/// Largest nesting of a schema's types.
const DEPTH_MAX: usize = 16;

/// Whether types are for answers or for arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Objects.
    Output,
    /// Input objects, named with the suffix `Input`.
    Input,
}

/// Turns the schemas of one plugin into types, each named type once.
pub(crate) struct Types {
    /// The schema text behind each name, to tell a type used twice from a clash.
    known: BTreeMap<String, String>,
}

/// A GraphQL type and how its values are read off JSON.
#[derive(Debug, Clone)]
pub(crate) struct Typed {
    pub(crate) ty: TypeRef,
    pub(crate) shape: Shape,
    pub(crate) description: String,
}

impl Types {
    pub(crate) fn new() -> Self {
        Self {
            known: BTreeMap::new(),
        }
    }

    /// The fields of the object that `schema` describes; its own name is the caller's to give.
    pub(crate) fn fields(
        &mut self,
        builder: &mut Builder,
        schema: &Json,
        owner: &str,
        direction: Direction,
    ) -> Result<Vec<(String, Typed)>, NameClash> {
        let scope = Scope {
            root: schema,
            direction,
            depth: 0,
        };
        self.properties(builder, schema, owner, scope)
    }

    fn properties(
        &mut self,
        builder: &mut Builder,
        schema: &Json,
        owner: &str,
        scope: Scope<'_>,
    ) -> Result<Vec<(String, Typed)>, NameClash> {
        let schema = resolve(scope.root, schema);
        let required: Vec<&str> = schema["required"]
            .as_array()
            .map(|it| it.iter().filter_map(Json::as_str).collect())
            .unwrap_or_default();
        let Some(properties) = schema["properties"].as_object() else {
            return Ok(Vec::new());
        };
        let mut fields = Vec::with_capacity(properties.len());
        for (name, property) in properties.iter().filter(|(name, _)| is_name(name)) {
            let hint = format!("{owner}{}", crate::builder::pascal(name));
            let mut typed = self.typed(builder, property, &hint, scope)?;
            if required.contains(&name.as_str()) && !accepts_null(scope.root, property) {
                typed.ty = TypeRef::NonNull(Box::new(typed.ty));
            }
            fields.push((name.clone(), typed));
        }
        Ok(fields)
    }

    /// The nullable type of a property.
    fn typed(
        &mut self,
        builder: &mut Builder,
        property: &Json,
        hint: &str,
        scope: Scope<'_>,
    ) -> Result<Typed, NameClash> {
        let description = property["description"].as_str().map(str::to_owned);
        let inner = without_null(scope.root, property);
        let name = definition_name(property, scope.root).unwrap_or_else(|| hint.to_owned());
        let description = description.or_else(|| inner["description"].as_str().map(str::to_owned));
        let leaf = |ty: &str| (TypeRef::named(ty), Shape::Leaf);
        let (ty, shape) = match type_of(inner) {
            _ if scope.depth >= DEPTH_MAX => leaf(scalar::JSON),
            Some("boolean") => leaf(TypeRef::BOOLEAN),
            Some("integer") if fits_in_int(inner) => leaf(TypeRef::INT),
            Some("integer") => leaf(scalar::LONG),
            Some("string") => match (inner["enum"].as_array(), inner["format"].as_str()) {
                (Some(values), _) if values.iter().all(is_enum_value) => {
                    self.enumeration(builder, &name, inner, values)?;
                    (TypeRef::named(name), Shape::Enum)
                }
                (None, Some("date")) => leaf(scalar::DATE),
                (None, Some("date-time")) => leaf(scalar::DATE_TIME),
                _ => leaf(TypeRef::STRING),
            },
            Some("array") => {
                let items = self.typed(builder, &inner["items"], hint, scope.deeper())?;
                let item = if accepts_null(scope.root, &inner["items"]) {
                    items.ty
                } else {
                    TypeRef::NonNull(Box::new(items.ty))
                };
                (TypeRef::List(Box::new(item)), items.shape)
            }
            Some("object")
                if inner["properties"]
                    .as_object()
                    .is_some_and(|it| !it.is_empty()) =>
            {
                let name = self.object(builder, &name, inner, scope.deeper())?;
                (TypeRef::named(name), Shape::Object)
            }
            _ => match constants(inner) {
                Some(values) if values.iter().all(is_enum_value) => {
                    self.enumeration(builder, &name, inner, &values)?;
                    (TypeRef::named(name), Shape::Enum)
                }
                _ => leaf(scalar::JSON),
            },
        };
        Ok(Typed {
            ty,
            shape,
            description: description.unwrap_or_else(|| sentence(hint)),
        })
    }

    fn object(
        &mut self,
        builder: &mut Builder,
        name: &str,
        schema: &Json,
        scope: Scope<'_>,
    ) -> Result<String, NameClash> {
        let name = match scope.direction {
            Direction::Output => name.to_owned(),
            Direction::Input => format!("{name}Input"),
        };
        if !self.is_new(builder, &name, schema)? {
            return Ok(name);
        }
        let owner = name.strip_suffix("Input").unwrap_or(&name).to_owned();
        let fields = self.properties(builder, schema, &owner, scope)?;
        let description = schema["description"]
            .as_str()
            .map_or_else(|| sentence(&name), str::to_owned);
        builder.register(object_type(&name, &description, fields, scope.direction))?;
        Ok(name)
    }

    fn enumeration(
        &mut self,
        builder: &mut Builder,
        name: &str,
        schema: &Json,
        values: &[Json],
    ) -> Result<(), NameClash> {
        if !self.is_new(builder, name, schema)? {
            return Ok(());
        }
        let description = schema["description"]
            .as_str()
            .map_or_else(|| sentence(name), str::to_owned);
        let items = values.iter().filter_map(Json::as_str).map(|it| {
            EnumItem::new(it)
                .description(described_constant(schema, it).unwrap_or_else(|| sentence(it)))
        });
        let ty = items.fold(Enum::new(name).description(description), Enum::item);
        builder.register(ty)
    }

    /// Whether `name` is met for the first time; the same name with another schema is a clash.
    fn is_new(
        &mut self,
        builder: &mut Builder,
        name: &str,
        schema: &Json,
    ) -> Result<bool, NameClash> {
        let text = schema.to_string();
        match self.known.get(name) {
            Some(known) if *known == text => Ok(false),
            Some(_) => {
                builder.define(name)?;
                Ok(true)
            }
            None => {
                self.known.insert(name.to_owned(), text);
                Ok(true)
            }
        }
    }
}

/// A GraphQL object or input object with `fields`.
pub(crate) fn object_type(
    name: &str,
    description: &str,
    fields: Vec<(String, Typed)>,
    direction: Direction,
) -> Type {
    match direction {
        Direction::Output => {
            let fields = fields
                .into_iter()
                .map(|(key, it)| json_value::field(&key, it.ty, &it.description, it.shape));
            fields
                .fold(Object::new(name).description(description), Object::field)
                .into()
        }
        Direction::Input => {
            let fields = fields
                .into_iter()
                .map(|(key, it)| InputValue::new(key, it.ty).description(it.description));
            fields
                .fold(
                    InputObject::new(name).description(description),
                    InputObject::field,
                )
                .into()
        }
    }
}

#[derive(Clone, Copy)]
struct Scope<'a> {
    root: &'a Json,
    direction: Direction,
    depth: usize,
}

impl Scope<'_> {
    fn deeper(self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self
        }
    }
}

/// Follows `$ref` within the document.
fn resolve<'a>(root: &'a Json, mut schema: &'a Json) -> &'a Json {
    for _ in 0..DEPTH_MAX {
        let Some(pointer) = schema["$ref"].as_str().and_then(|it| it.strip_prefix('#')) else {
            break;
        };
        match root.pointer(pointer) {
            Some(target) => schema = target,
            None => break,
        }
    }
    schema
}

/// The alternatives of `anyOf` or `oneOf`.
fn alternatives(schema: &Json) -> &[Json] {
    let list = schema["anyOf"]
        .as_array()
        .or_else(|| schema["oneOf"].as_array());
    list.map_or(&[], Vec::as_slice)
}

fn is_null_schema(schema: &Json) -> bool {
    schema["type"] == "null"
}

fn accepts_null(root: &Json, schema: &Json) -> bool {
    let schema = resolve(root, schema);
    schema["type"]
        .as_array()
        .is_some_and(|it| it.iter().any(|it| it == "null"))
        || alternatives(schema).iter().any(is_null_schema)
}

/// The one type of a schema beside null, which Rust's `Option` adds.
fn type_of(schema: &Json) -> Option<&str> {
    match &schema["type"] {
        Json::String(name) => Some(name),
        Json::Array(names) => {
            let mut others = names
                .iter()
                .filter_map(Json::as_str)
                .filter(|it| *it != "null");
            others.next().filter(|_| others.next().is_none())
        }
        _ => None,
    }
}

/// The schema of the values other than null; a union of several stays a union.
fn without_null<'a>(root: &'a Json, schema: &'a Json) -> &'a Json {
    let schema = resolve(root, schema);
    let mut others = alternatives(schema).iter().filter(|it| !is_null_schema(it));
    match (others.next(), others.next()) {
        (Some(only), None) => resolve(root, only),
        _ => schema,
    }
}

/// The name under `$defs` that a property refers to, directly or beside null.
fn definition_name(property: &Json, root: &Json) -> Option<String> {
    let direct = property["$ref"].as_str();
    let beside_null = || {
        alternatives(property)
            .iter()
            .find(|it| !is_null_schema(it))
            .and_then(|it| it["$ref"].as_str())
    };
    let reference = direct.or_else(beside_null)?;
    let target = root.pointer(reference.strip_prefix('#')?)?;
    let name = target["title"]
        .as_str()
        .or_else(|| reference.rsplit('/').next())?;
    is_name(name).then(|| name.to_owned())
}

/// The constants of an enum that was derived with a description for each value.
fn constants(schema: &Json) -> Option<Vec<Json>> {
    let all = alternatives(schema);
    if all.is_empty() {
        return None;
    }
    let mut values = Vec::new();
    for it in all {
        match (it.get("const"), it["enum"].as_array()) {
            (Some(value), _) => values.push(value.clone()),
            (None, Some(list)) => values.extend(list.iter().cloned()),
            (None, None) => return None,
        }
    }
    Some(values)
}

fn described_constant(schema: &Json, value: &str) -> Option<String> {
    let found = alternatives(schema)
        .iter()
        .find(|it| it["const"] == value)?;
    found["description"].as_str().map(str::to_owned)
}

fn fits_in_int(schema: &Json) -> bool {
    matches!(
        schema["format"].as_str(),
        Some("int32" | "int16" | "int8" | "uint16" | "uint8")
    ) || schema["maximum"]
        .as_i64()
        .is_some_and(|it| it <= i64::from(i32::MAX))
        && schema["minimum"]
            .as_i64()
            .is_some_and(|it| it >= i64::from(i32::MIN))
}

fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes
        .next()
        .is_some_and(|it| it.is_ascii_alphabetic() || it == b'_')
        && bytes.all(|it| it.is_ascii_alphanumeric() || it == b'_')
        && !text.starts_with("__")
}

fn is_enum_value(value: &Json) -> bool {
    value
        .as_str()
        .is_some_and(|it| is_name(it) && !matches!(it, "true" | "false" | "null"))
}

/// A description for what its author left without one: `acceptedDate` to `Accepted date.`
fn sentence(name: &str) -> String {
    let mut text = String::new();
    for (n, c) in name.chars().enumerate() {
        if n == 0 {
            text.extend(c.to_uppercase());
        } else if c.is_ascii_uppercase() && name.chars().any(|it| it.is_ascii_lowercase()) {
            text.push(' ');
            text.push(c.to_ascii_lowercase());
        } else {
            text.push(if c == '_' { ' ' } else { c });
        }
    }
    text.push('.');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::principal::Audience;
    use serde_json::json;

    fn fields(schema: Json, direction: Direction) -> Vec<String> {
        let mut builder = Builder::new(Audience::Admin);
        let fields = Types::new()
            .fields(&mut builder, &schema, "Case", direction)
            .unwrap();
        fields
            .into_iter()
            .map(|(name, typed)| format!("{name}: {}", typed.ty))
            .collect()
    }

    #[test]
    fn types_of_rust_become_types_of_graphql() {
        let schema = json!({
            "type": "object",
            "required": ["caseNo", "open", "parties", "acceptedDate"],
            "properties": {
                "caseNo": { "type": "string" },
                "open": { "type": "boolean" },
                "count": { "type": "integer", "format": "uint8" },
                "amountFen": { "type": "integer", "format": "int64" },
                "acceptedDate": { "type": "string", "format": "date" },
                "acceptedAt": { "type": ["string", "null"], "format": "date-time" },
                "parties": { "type": "array", "items": { "$ref": "#/$defs/Party" } },
                "state": { "$ref": "#/$defs/State" },
                "note": { "anyOf": [{ "$ref": "#/$defs/Note" }, { "type": "null" }] },
                "free": {},
                "不是名": { "type": "string" }
            },
            "$defs": {
                "Party": { "type": "object", "properties": { "name": { "type": "string" } } },
                "Note": { "type": "object", "properties": { "text": { "type": "string" } } },
                "State": { "oneOf": [{ "const": "DRAFT", "description": "A draft." }, { "const": "DONE" }] }
            }
        });
        let expected = [
            "caseNo: String!",
            "open: Boolean!",
            "count: Int",
            "amountFen: Long",
            "acceptedDate: Date!",
            "acceptedAt: DateTime",
            "parties: [Party!]!",
            "state: State",
            "note: Note",
            "free: JSON",
        ];
        assert_eq!(fields(schema.clone(), Direction::Output), expected);
        assert_eq!(
            fields(schema, Direction::Input)[6],
            "parties: [PartyInput!]!"
        );
    }

    #[test]
    fn two_different_types_of_one_name_clash() {
        let one = json!({ "properties": { "a": { "$ref": "#/$defs/T" } },
            "$defs": { "T": { "type": "object", "properties": { "x": { "type": "string" } } } } });
        let other = json!({ "properties": { "a": { "$ref": "#/$defs/T" } },
            "$defs": { "T": { "type": "object", "properties": { "y": { "type": "string" } } } } });
        let mut builder = Builder::new(Audience::Admin);
        let mut types = Types::new();
        types
            .fields(&mut builder, &one, "A", Direction::Output)
            .unwrap();
        types
            .fields(&mut builder, &one, "B", Direction::Output)
            .unwrap();
        let clash = types
            .fields(&mut builder, &other, "C", Direction::Output)
            .unwrap_err();
        assert_eq!(clash.name, "T");
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let schema = json!({ "$defs": { "T": { "type": "object", "properties": { "t": { "$ref": "#/$defs/T" } } } },
            "properties": { "t": { "$ref": "#/$defs/T" } } });
        assert_eq!(fields(schema, Direction::Output), ["t: T"]);
    }
}
