//! From TOML text to a [`Manifest`], with the line of every problem.
//!
//! Reading goes on after a problem, with a placeholder, so that an author sees all of them at
//! once. The lists of known keys at the foot are the same as in the published JSON Schema; a
//! test compares them.

mod deadline;
mod schedule;

use std::cell::RefCell;
#[cfg(test)]
use std::collections::BTreeMap;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::pattern::Pattern;
use super::{
    AsOf, Assertion, Audience, Check, Condition, Document, FILE_NAME, Filter, FilterType, Header,
    Manifest, MaskRule, Masked, Notice, NoticeField, NumberSeries, Operation, Parameter,
    ParameterType, Read, RecordKind, Role, SnapshotRead, Text, UniqueKey,
};
use crate::limit::Requested;
use crate::name;
use crate::problem::Problem;

/// Entries of any one list in a manifest.
const ENTRIES_MAX: usize = 500;

/// The manifest (absent only if the text is no TOML) and what is wrong with it.
pub(super) fn manifest(source: &str) -> (Option<Manifest>, Vec<Problem>) {
    let reader = Reader {
        source,
        problems: RefCell::default(),
    };
    let document = match DeTable::parse(source) {
        Ok(document) => document,
        Err(error) => {
            let line = error.span().map(|span| reader.line(span.start));
            let message = format!("expected TOML, found: {}", error.message());
            return (
                None,
                vec![Problem::error("HOST-0001", FILE_NAME, message).at(line, "")],
            );
        }
    };
    let root = Table {
        reader: &reader,
        table: document.get_ref(),
        path: String::new(),
        line: 1,
    };
    let manifest = read_root(&root);
    (Some(manifest), reader.problems.into_inner())
}

fn read_root(root: &Table<'_>) -> Manifest {
    root.known(ROOT_KEYS);
    let plugin = root.table("plugin");
    if plugin.is_none() {
        root.report("HOST-0002", "plugin", "expected a table `[plugin]`");
    }
    Manifest {
        plugin: plugin.map_or_else(empty_header, |table| read_header(&table)),
        limits: root
            .table("limits")
            .map(|table| read_limits(&table))
            .unwrap_or_default(),
        roles: root.each("role", read_role),
        records: root.each("record", read_record),
        operations: root.each("operation", read_operation),
        number_series: root.each("number_series", read_series),
        parameters: root.each("parameter", read_parameter),
        checks: root.each("check", read_check),
        deadlines: root.each("deadline", deadline::read),
        schedules: root.each("schedule", schedule::read),
        escalations: root.each("escalation", schedule::read_escalation),
        notices: root.each("notice", read_notice),
        documents: root.each("document", read_document),
        assertions: root.each("assertion", read_assertion),
    }
}

fn empty_header() -> Header {
    Header {
        name: String::new(),
        version: String::new(),
        contract: String::new(),
        namespace: String::new(),
        title: Text {
            zh: String::new(),
            en: String::new(),
        },
    }
}

fn read_header(table: &Table<'_>) -> Header {
    table.known(PLUGIN_KEYS);
    Header {
        name: table.name(
            "name",
            name::is_kebab,
            "a name in kebab case, such as `marriage-registration`",
        ),
        version: table.name(
            "version",
            name::is_version,
            "three numbers, such as `0.1.0`",
        ),
        contract: table.name(
            "contract",
            name::is_version,
            "the version of the interface, `0.1.0`",
        ),
        namespace: table.name(
            "namespace",
            name::is_snake,
            "a short name in snake case, such as `marriage`",
        ),
        title: table.text("title"),
    }
}

fn read_limits(table: &Table<'_>) -> Requested {
    table.known(LIMITS_KEYS);
    Requested {
        memory_mib: table.optional_number("memory_mib", 1, 1024).map(narrow),
        fuel: table
            .optional_number("fuel", 10_000, 10_000_000_000)
            .map(|it| it.unsigned_abs()),
        deadline_ms: table.optional_number("deadline_ms", 1, 10_000).map(narrow),
    }
}

/// For numbers that `optional_number` has already held within bounds that fit.
fn narrow(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn read_role(table: &Table<'_>) -> Role {
    table.known(ROLE_KEYS);
    Role {
        code: table.name("code", name::is_code, CODE),
        title: table.text("title"),
        configures: table.flag("configures"),
    }
}

fn read_record(table: &Table<'_>) -> RecordKind {
    table.known(RECORD_KEYS);
    RecordKind {
        kind: table.name(
            "kind",
            name::is_snake,
            "a name in snake case, such as `divorce_case`",
        ),
        schema: table.name("schema", name::is_schema_path, SCHEMA_PATH),
        schema_version: table
            .optional_number("schema_version", 1, 1_000_000)
            .map_or(1, narrow),
        title: table.text("title"),
        parties: table.names("parties", name::is_pattern_pointer, POINTER),
        division: table.optional_name("division", name::is_pointer, POINTER),
        filters: table.each("filters", read_filter),
        unique: table.each("unique", read_unique),
        read: table.names("read", name::is_code, CODE),
        masked: table.each("masked", read_masked),
    }
}

fn read_filter(table: &Table<'_>) -> Filter {
    table.known(FILTER_KEYS);
    Filter {
        name: table.name(
            "name",
            name::is_camel,
            "a name in camel case, such as `caseNo`",
        ),
        path: table.name("path", name::is_pointer, POINTER),
        r#type: table
            .choice("type", FILTER_TYPES)
            .unwrap_or(FilterType::String),
    }
}

fn read_unique(table: &Table<'_>) -> UniqueKey {
    table.known(UNIQUE_KEYS);
    let paths = table.names("paths", name::is_pointer, POINTER);
    if paths.is_empty() {
        table.report("HOST-0002", "paths", "expected at least one JSON Pointer");
    }
    UniqueKey {
        name: table.name("name", name::is_snake, "a name in snake case"),
        paths,
        when: table.table("when").map(|when| {
            when.known(CONDITION_KEYS);
            Condition {
                path: when.name("path", name::is_pointer, POINTER),
                equals: when.scalar("equals"),
            }
        }),
    }
}

fn read_masked(table: &Table<'_>) -> Masked {
    table.known(MASKED_KEYS);
    Masked {
        path: table.name("path", name::is_pattern_pointer, POINTER),
        rule: table.choice("rule", MASK_RULES).unwrap_or(MaskRule::Full),
        clear_for: table.names("clear_for", name::is_code, CODE),
    }
}

fn read_operation(table: &Table<'_>) -> Operation {
    table.known(OPERATION_KEYS);
    Operation {
        name: table.name(
            "name",
            name::is_camel,
            "a name in camel case, such as `acceptApplication`",
        ),
        title: table
            .table
            .contains_key("title")
            .then(|| table.text("title")),
        exposed: table.flag("exposed"),
        query: table.flag("query"),
        roles: table.names("roles", name::is_code, CODE),
        input: table.name("input", name::is_schema_path, SCHEMA_PATH),
        output: table.name("output", name::is_schema_path, SCHEMA_PATH),
        reads: table.each("reads", read_read),
        writes: table.names("writes", name::is_snake, "a record kind"),
        starts: table.names("starts", name::is_text, "the id of a process"),
        publishes: table.names("publishes", name::is_text, "the name of a message"),
        numbers: table.names("numbers", name::is_snake, "the name of a number series"),
        checks: table.names("checks", name::is_code, CODE),
        decisions: table.names("decisions", name::is_text, "the id of a decision"),
        deadlines: table.names("deadlines", name::is_snake, "the key of a deadline"),
        notices: table.names("notices", name::is_code, CODE),
        documents: table.names("documents", name::is_kebab, DOCUMENT),
        as_of: table.table("as_of").and_then(|it| read_as_of(&it)),
    }
}

fn read_as_of(table: &Table<'_>) -> Option<AsOf> {
    table.known(AS_OF_KEYS);
    let input = table.optional_name("input", name::is_pointer, POINTER);
    let snapshot = table.optional_name("snapshot", name::is_snake_or_camel, "a name of `reads`");
    let path = table.optional_name("path", name::is_pointer, POINTER);
    match (input, snapshot, path) {
        (Some(pointer), None, None) => Some(AsOf::Input(pointer)),
        (None, Some(name), Some(path)) => Some(AsOf::Snapshot { name, path }),
        _ => {
            table.report(
                "HOST-0008",
                "",
                "expected `input` (a place in the input), or `snapshot` and `path` (a place in a record read beforehand)",
            );
            None
        }
    }
}

fn read_read(table: &Table<'_>) -> Read {
    table.known(READ_KEYS);
    let name = table.optional_name("name", name::is_snake_or_camel, "a name for the snapshot");
    let id = table.optional_name("id", name::is_pointer, POINTER);
    if name.is_some() != id.is_some() {
        table.report("HOST-0008", "", "expected `name` and `id` together (read before the call), or neither (may be read during the call)");
    }
    Read {
        kind: table.name("kind", name::is_snake, "a record kind"),
        snapshot: name.zip(id).map(|(name, id)| SnapshotRead { name, id }),
    }
}

fn read_series(table: &Table<'_>) -> NumberSeries {
    table.known(SERIES_KEYS);
    let source = table.string("pattern");
    let pattern = Pattern::parse(&source).or_else(|expected| {
        if !source.is_empty() {
            table.report("HOST-0004", "pattern", format!("{expected} in `{source}`"));
        }
        Pattern::parse("{seq:1}")
    });
    let scope = table.names(
        "scope",
        name::is_snake_or_camel,
        "the name of a scope value",
    );
    let Ok(pattern) = pattern else {
        unreachable!("the placeholder pattern is well-formed")
    };
    for shown in pattern
        .scope_names()
        .filter(|shown| !scope.iter().any(|it| it == shown))
    {
        table.report(
            "HOST-0007",
            "pattern",
            format!("`{{{shown}}}` is not in `scope` {scope:?}"),
        );
    }
    NumberSeries {
        name: table.name("name", name::is_snake, "a name in snake case"),
        pattern,
        scope,
    }
}

fn read_parameter(table: &Table<'_>) -> Parameter {
    table.known(PARAMETER_KEYS);
    let r#type = table
        .choice("type", PARAMETER_TYPES)
        .unwrap_or(ParameterType::String);
    let parameter = Parameter {
        key: table.name("key", name::is_snake, "a name in snake case"),
        r#type,
        default: table.value("default"),
        title: table.text("title"),
        schema: table.optional_name("schema", name::is_schema_path, SCHEMA_PATH),
        min: table.optional_number("min", i64::MIN, i64::MAX),
        max: table.optional_number("max", i64::MIN, i64::MAX),
        law_floor: table.optional_number("law_floor", i64::MIN, i64::MAX),
        law_ceiling: table.optional_number("law_ceiling", i64::MIN, i64::MAX),
        one_of: table.scalars("one_of"),
        assert: table.optional_name("assert", name::is_text, "a FEEL expression over `value`"),
        basis: table
            .table
            .contains_key("basis")
            .then(|| table.text("basis")),
        unconfirmed: table.flag("unconfirmed"),
    };
    check_bounds(table, &parameter);
    if !fits(parameter.r#type, &parameter.default) && !parameter.default.is_null() {
        let (expected, found) = (expected_of(r#type), &parameter.default);
        table.report(
            "HOST-0003",
            "default",
            format!("expected {expected}, found {found}"),
        );
    }
    parameter
}

/// Whether a value has the type of a parameter; of `json` the schema says more.
pub(crate) fn fits(r#type: ParameterType, value: &Value) -> bool {
    match r#type {
        ParameterType::Integer => value.is_i64(),
        ParameterType::String => value.is_string(),
        ParameterType::Boolean => value.is_boolean(),
        ParameterType::Date => value.as_str().is_some_and(name::is_date),
        ParameterType::Json => !value.is_null(),
    }
}

fn expected_of(r#type: ParameterType) -> &'static str {
    match r#type {
        ParameterType::Integer => "a whole number",
        ParameterType::String => "a string",
        ParameterType::Boolean => "true or false",
        ParameterType::Date => "an ISO date in quotes",
        ParameterType::Json => "a value",
    }
}

fn check_bounds(table: &Table<'_>, parameter: &Parameter) {
    let is_json = parameter.r#type == ParameterType::Json;
    if is_json != parameter.schema.is_some() {
        table.report(
            "HOST-0008",
            "schema",
            "expected `schema` for the type json, and for no other",
        );
    }
    let bounds = [
        ("min", parameter.min),
        ("max", parameter.max),
        ("law_floor", parameter.law_floor),
        ("law_ceiling", parameter.law_ceiling),
    ];
    for (key, bound) in bounds {
        if bound.is_some() && parameter.r#type != ParameterType::Integer {
            table.report("HOST-0008", key, "expected a bound on an integer only");
        }
    }
    let is_bound_by_law = parameter.law_floor.is_some() || parameter.law_ceiling.is_some();
    if is_bound_by_law && parameter.basis.is_none() {
        table.report("HOST-0002", "basis", "expected the law that sets the bound");
    }
    let misfits = parameter.one_of.iter();
    let misfits = misfits.filter(|it| !fits(parameter.r#type, it)).count();
    if misfits > 0 {
        table.report(
            "HOST-0003",
            "one_of",
            "expected values of the parameter's type",
        );
    }
    let number = parameter.default.as_i64();
    let is_outside = number.is_some_and(|it| {
        let floors = [parameter.min, parameter.law_floor];
        let ceilings = [parameter.max, parameter.law_ceiling];
        floors.into_iter().flatten().any(|floor| it < floor)
            || ceilings.into_iter().flatten().any(|ceiling| it > ceiling)
    });
    let is_other = !parameter.one_of.is_empty() && !parameter.one_of.contains(&parameter.default);
    if is_outside || is_other {
        table.report(
            "HOST-0004",
            "default",
            "expected a default within the parameter's own bounds",
        );
    }
}

fn read_assertion(table: &Table<'_>) -> Assertion {
    table.known(ASSERTION_KEYS);
    let assertion = Assertion {
        decision: table.name("decision", name::is_text, "the id of a decision"),
        code: table.name("code", name::is_code, CODE),
        vectors: table.optional_name(
            "vectors",
            |it| it.starts_with("fixtures/") && it.ends_with(".json") && name::is_file_path(it),
            "a path `fixtures/….json` without `..`",
        ),
        assert: table.optional_name(
            "assert",
            name::is_text,
            "a FEEL expression over the inputs and `result`",
        ),
        forbidden_inputs: table.names("forbidden_inputs", name::is_text, "the name of an input"),
        locked_rules: table.names("locked_rules", name::is_text, "the id of a rule"),
    };
    let says_nothing = assertion.vectors.is_none()
        && assertion.forbidden_inputs.is_empty()
        && assertion.locked_rules.is_empty();
    if says_nothing || assertion.assert.is_some() && assertion.vectors.is_none() {
        table.report(
            "HOST-0002",
            "vectors",
            "expected vectors (with or without `assert`), forbidden inputs or locked rules",
        );
    }
    assertion
}

fn read_check(table: &Table<'_>) -> Check {
    table.known(CHECK_KEYS);
    Check {
        kind: table.name("kind", name::is_code, CODE),
        title: table.text("title"),
        prepare: table.name("prepare", name::is_camel, "the name of an operation"),
        timeout_ms: table
            .optional_number("timeout_ms", 10, 600_000)
            .map_or(5_000, narrow),
        tries: table.optional_number("tries", 1, 100).map_or(3, narrow),
    }
}

fn read_notice(table: &Table<'_>) -> Notice {
    table.known(NOTICE_KEYS);
    let audience = table.choices("audience", AUDIENCES);
    if audience.is_empty() {
        table.report(
            "HOST-0002",
            "audience",
            "expected at least one of party, role, staff",
        );
    }
    Notice {
        code: table.name("code", name::is_code, CODE),
        title: table.text("title"),
        audience,
        record: table.optional_name("record", name::is_snake, "a record kind"),
        fields: table.each("fields", |field| {
            field.known(NOTICE_FIELD_KEYS);
            NoticeField {
                name: field.name("name", name::is_snake_or_camel, "the name of a placeholder"),
                path: field.name("path", name::is_pointer, POINTER),
            }
        }),
        channels: table.names("channels", name::is_code, CODE),
    }
}

fn read_document(table: &Table<'_>) -> Document {
    table.known(DOCUMENT_KEYS);
    Document {
        key: table.name("key", name::is_kebab, DOCUMENT),
        title: table.text("title"),
        record: table.name("record", name::is_snake, "a record kind"),
        roles: table.names("roles", name::is_code, CODE),
        party: table.flag("party"),
    }
}

struct Reader<'s> {
    source: &'s str,
    problems: RefCell<Vec<Problem>>,
}

impl Reader<'_> {
    fn line(&self, offset: usize) -> u32 {
        line_of(self.source, offset)
    }
}

/// The line, from 1, in which the byte at `offset` lies.
pub(crate) fn line_of(source: &str, offset: usize) -> u32 {
    let before = source.as_bytes().iter().take(offset);
    let breaks = before.filter(|byte| **byte == b'\n').count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}

struct Table<'t> {
    reader: &'t Reader<'t>,
    table: &'t DeTable<'t>,
    path: String,
    line: u32,
}

impl<'t> Table<'t> {
    fn get(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.table.get(key)
    }

    fn field(&self, key: &str) -> String {
        match (self.path.is_empty(), key.is_empty()) {
            (true, _) => key.to_owned(),
            (false, true) => self.path.clone(),
            (false, false) => format!("{}.{key}", self.path),
        }
    }

    fn report(&self, code: &'static str, key: &str, message: impl Into<String>) {
        let line = self
            .get(key)
            .map_or(self.line, |value| self.reader.line(value.span().start));
        self.report_at(code, line, self.field(key), message);
    }

    fn report_at(&self, code: &'static str, line: u32, field: String, message: impl Into<String>) {
        let problem = Problem::error(code, FILE_NAME, message).at(Some(line), field);
        self.reader.problems.borrow_mut().push(problem);
    }

    fn wrong_type(&self, key: &str, expected: &str, found: &DeValue<'_>) {
        self.report(
            "HOST-0003",
            key,
            format!("expected {expected}, found {}", described(found)),
        );
    }

    fn known(&self, keys: &[&str]) {
        for (key, _) in self.table {
            let found = key.get_ref().as_ref();
            if !keys.contains(&found) {
                let line = self.reader.line(key.span().start);
                let message = format!("unknown field; known here: {}", keys.join(", "));
                self.report_at("HOST-0005", line, self.field(found), message);
            }
        }
    }

    fn string(&self, key: &str) -> String {
        match self.get(key).map(Spanned::get_ref) {
            Some(DeValue::String(text)) => text.clone().into_owned(),
            Some(other) => {
                self.wrong_type(key, "a string", other);
                String::new()
            }
            None => {
                self.report("HOST-0002", key, "expected a string, found nothing");
                String::new()
            }
        }
    }

    fn name(&self, key: &str, fits: fn(&str) -> bool, expected: &str) -> String {
        let text = self.string(key);
        if !fits(&text)
            && matches!(
                self.get(key).map(Spanned::get_ref),
                Some(DeValue::String(_))
            )
        {
            self.report(
                "HOST-0004",
                key,
                format!("expected {expected}, found `{text}`"),
            );
        }
        text
    }

    fn optional_name(&self, key: &str, fits: fn(&str) -> bool, expected: &str) -> Option<String> {
        self.get(key).map(|_| self.name(key, fits, expected))
    }

    fn names(&self, key: &str, fits: fn(&str) -> bool, expected: &str) -> Vec<String> {
        let mut names = Vec::new();
        for (item_idx, item) in self.items(key).iter().enumerate() {
            let field = format!("{}[{item_idx}]", self.field(key));
            let line = self.reader.line(item.span().start);
            match item.get_ref() {
                DeValue::String(text) if !fits(text) => {
                    let message = format!("expected {expected}, found `{text}`");
                    self.report_at("HOST-0004", line, field, message);
                }
                DeValue::String(text) if names.iter().any(|it| it == text.as_ref()) => {
                    self.report_at("HOST-0006", line, field, format!("`{text}` stands twice"));
                }
                DeValue::String(text) => names.push(text.clone().into_owned()),
                other => {
                    let message = format!("expected {expected}, found {}", described(other));
                    self.report_at("HOST-0003", line, field, message);
                }
            }
        }
        names
    }

    fn items(&self, key: &str) -> &'t [Spanned<DeValue<'t>>] {
        match self.get(key).map(Spanned::get_ref) {
            Some(DeValue::Array(items)) if items.len() > ENTRIES_MAX => {
                let message = format!(
                    "expected at most {ENTRIES_MAX} entries, found {}",
                    items.len()
                );
                self.report("HOST-0004", key, message);
                &[]
            }
            Some(DeValue::Array(items)) => items,
            Some(other) => {
                self.wrong_type(key, "a list", other);
                &[]
            }
            None => &[],
        }
    }

    fn each<T>(&self, key: &str, read: fn(&Table<'_>) -> T) -> Vec<T> {
        let mut entries = Vec::new();
        for (entry_idx, item) in self.items(key).iter().enumerate() {
            let path = format!("{}[{entry_idx}]", self.field(key));
            let line = self.reader.line(item.span().start);
            match item.get_ref() {
                DeValue::Table(table) => {
                    entries.push(read(&Table {
                        reader: self.reader,
                        table,
                        path,
                        line,
                    }));
                }
                other => {
                    let message = format!("expected a table, found {}", described(other));
                    self.report_at("HOST-0003", line, path, message);
                }
            }
        }
        entries
    }

    fn table(&self, key: &str) -> Option<Table<'t>> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::Table(table) => {
                let line = self.reader.line(value.span().start);
                Some(Table {
                    reader: self.reader,
                    table,
                    path: self.field(key),
                    line,
                })
            }
            other => {
                self.wrong_type(key, "a table", other);
                None
            }
        }
    }

    fn text(&self, key: &str) -> Text {
        let Some(table) = self.table(key) else {
            if self.get(key).is_none() {
                self.report(
                    "HOST-0002",
                    key,
                    "expected `{ \"zh-CN\" = \"…\", en = \"…\" }`, found nothing",
                );
            }
            return Text {
                zh: String::new(),
                en: String::new(),
            };
        };
        table.known(TEXT_KEYS);
        Text {
            zh: table.name("zh-CN", name::is_text, "a text"),
            en: table.name("en", name::is_text, "a text"),
        }
    }

    fn flag(&self, key: &str) -> bool {
        match self.get(key).map(Spanned::get_ref) {
            Some(DeValue::Boolean(flag)) => *flag,
            Some(other) => {
                self.wrong_type(key, "true or false", other);
                false
            }
            None => false,
        }
    }

    fn optional_number(&self, key: &str, min: i64, max: i64) -> Option<i64> {
        match self.get(key).map(Spanned::get_ref)? {
            DeValue::Integer(integer) => {
                let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
                let number = number.filter(|number| (min..=max).contains(number));
                if number.is_none() {
                    let message = format!("expected {min} to {max}, found {}", integer.as_str());
                    self.report("HOST-0004", key, message);
                }
                number
            }
            other => {
                self.wrong_type(key, "a whole number", other);
                None
            }
        }
    }

    /// A choice that may be left out.
    fn optional_choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        self.get(key).and_then(|_| self.choice(key, choices))
    }

    /// A list of choices.
    fn choices<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Vec<T> {
        let mut found = Vec::new();
        for name in self.names(key, name::is_text, "a word") {
            match choices.iter().find(|(it, _)| *it == name) {
                Some((_, choice)) => found.push(*choice),
                None => {
                    let names: Vec<&str> = choices.iter().map(|(it, _)| *it).collect();
                    let message = format!("expected {}, found `{name}`", names.join(" or "));
                    self.report("HOST-0004", key, message);
                }
            }
        }
        found
    }

    fn choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let found = self.string(key);
        let choice = choices
            .iter()
            .find(|(name, _)| *name == found)
            .map(|(_, value)| *value);
        if choice.is_none()
            && matches!(
                self.get(key).map(Spanned::get_ref),
                Some(DeValue::String(_))
            )
        {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            self.report(
                "HOST-0004",
                key,
                format!("expected one of {}, found `{found}`", names.join(", ")),
            );
        }
        choice
    }

    /// A list of scalars.
    fn scalars(&self, key: &str) -> Vec<Value> {
        let mut found = Vec::new();
        for item in self.items(key) {
            match json_of(item.get_ref(), 0) {
                Some(value) if !value.is_array() && !value.is_object() => found.push(value),
                _ => self.wrong_type(
                    key,
                    "a list of strings, whole numbers, true or false",
                    item.get_ref(),
                ),
            }
        }
        found
    }

    /// Any value that JSON can say.
    fn value(&self, key: &str) -> Value {
        let Some(found) = self.get(key).map(Spanned::get_ref) else {
            self.report("HOST-0002", key, "expected a value, found nothing");
            return Value::Null;
        };
        json_of(found, 0).unwrap_or_else(|| {
            self.wrong_type(key, "a value without fractions and plain dates", found);
            Value::Null
        })
    }

    fn scalar(&self, key: &str) -> Value {
        match self.get(key).map(Spanned::get_ref) {
            Some(DeValue::String(text)) => Value::String(text.clone().into_owned()),
            Some(DeValue::Boolean(flag)) => Value::Bool(*flag),
            Some(DeValue::Integer(integer)) => {
                match i64::from_str_radix(integer.as_str(), integer.radix()) {
                    Ok(number) => Value::from(number),
                    Err(_) => {
                        self.report("HOST-0004", key, "expected a number of 64 bits");
                        Value::Null
                    }
                }
            }
            Some(other) => {
                self.wrong_type(key, "a string, a whole number, true or false", other);
                Value::Null
            }
            None => {
                self.report("HOST-0002", key, "expected a value, found nothing");
                Value::Null
            }
        }
    }
}

/// Tables within tables of a value.
const VALUE_DEPTH_MAX: usize = 20;

fn json_of(value: &DeValue<'_>, depth: usize) -> Option<Value> {
    if depth > VALUE_DEPTH_MAX {
        return None;
    }
    Some(match value {
        DeValue::String(text) => Value::String(text.clone().into_owned()),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Integer(integer) => {
            Value::from(i64::from_str_radix(integer.as_str(), integer.radix()).ok()?)
        }
        DeValue::Array(items) => {
            let items = items.iter().map(|it| json_of(it.get_ref(), depth + 1));
            Value::Array(items.collect::<Option<_>>()?)
        }
        DeValue::Table(table) => {
            let members = table.iter().map(|(key, it)| {
                let key = key.get_ref().clone().into_owned();
                Some((key, json_of(it.get_ref(), depth + 1)?))
            });
            Value::Object(members.collect::<Option<_>>()?)
        }
        DeValue::Float(_) | DeValue::Datetime(_) => return None,
    })
}

fn described(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => {
            format!("the string `{}`", text.chars().take(60).collect::<String>())
        }
        DeValue::Integer(integer) => format!("the number {}", integer.as_str()),
        DeValue::Float(float) => format!("the fraction {}", float.as_str()),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(datetime) => format!("the date {datetime} without quotes"),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

const CODE: &str = "a code of capital letters, digits, `_` and `-`, such as `REGISTRAR`";
const POINTER: &str = "a JSON Pointer, such as `/caseNo`";
const SCHEMA_PATH: &str = "a path `schemas/….json` without `..`";

pub(super) const ROOT_KEYS: &[&str] = &[
    "plugin",
    "limits",
    "role",
    "record",
    "operation",
    "number_series",
    "parameter",
    "check",
    "deadline",
    "schedule",
    "escalation",
    "notice",
    "document",
    "assertion",
];
pub(super) const PLUGIN_KEYS: &[&str] = &["name", "version", "contract", "namespace", "title"];
pub(super) const LIMITS_KEYS: &[&str] = &["memory_mib", "fuel", "deadline_ms"];
pub(super) const ROLE_KEYS: &[&str] = &["code", "title", "configures"];
pub(super) const RECORD_KEYS: &[&str] = &[
    "kind",
    "schema",
    "schema_version",
    "title",
    "parties",
    "division",
    "filters",
    "unique",
    "read",
    "masked",
];
pub(super) const FILTER_KEYS: &[&str] = &["name", "path", "type"];
pub(super) const UNIQUE_KEYS: &[&str] = &["name", "paths", "when"];
pub(super) const CONDITION_KEYS: &[&str] = &["path", "equals"];
pub(super) const MASKED_KEYS: &[&str] = &["path", "rule", "clear_for"];
pub(super) const OPERATION_KEYS: &[&str] = &[
    "name",
    "title",
    "exposed",
    "query",
    "roles",
    "input",
    "output",
    "reads",
    "writes",
    "starts",
    "publishes",
    "numbers",
    "checks",
    "decisions",
    "deadlines",
    "notices",
    "documents",
    "as_of",
];
pub(super) const AS_OF_KEYS: &[&str] = &["input", "snapshot", "path"];
pub(super) const READ_KEYS: &[&str] = &["name", "kind", "id"];
pub(super) const SERIES_KEYS: &[&str] = &["name", "pattern", "scope"];
pub(super) const PARAMETER_KEYS: &[&str] = &[
    "key",
    "type",
    "default",
    "title",
    "schema",
    "min",
    "max",
    "law_floor",
    "law_ceiling",
    "one_of",
    "assert",
    "basis",
    "unconfirmed",
];
pub(super) const ASSERTION_KEYS: &[&str] = &[
    "decision",
    "code",
    "vectors",
    "assert",
    "forbidden_inputs",
    "locked_rules",
];
pub(super) const CHECK_KEYS: &[&str] = &["kind", "title", "prepare", "timeout_ms", "tries"];
pub(super) const NOTICE_KEYS: &[&str] =
    &["code", "title", "audience", "record", "fields", "channels"];
pub(super) const NOTICE_FIELD_KEYS: &[&str] = &["name", "path"];
pub(super) const DOCUMENT_KEYS: &[&str] = &["key", "title", "record", "roles", "party"];
/// What a document is named by.
const DOCUMENT: &str = "a name in kebab case, such as `acceptance-receipt`";
const TEXT_KEYS: &[&str] = &["zh-CN", "en"];
pub(super) const FILTER_TYPES: &[(&str, FilterType)] = &[
    ("string", FilterType::String),
    ("integer", FilterType::Integer),
    ("boolean", FilterType::Boolean),
    ("date", FilterType::Date),
    ("date-time", FilterType::DateTime),
];
pub(super) const PARAMETER_TYPES: &[(&str, ParameterType)] = &[
    ("integer", ParameterType::Integer),
    ("string", ParameterType::String),
    ("boolean", ParameterType::Boolean),
    ("date", ParameterType::Date),
    ("json", ParameterType::Json),
];
pub(super) const AUDIENCES: &[(&str, Audience)] = &[
    ("party", Audience::Party),
    ("role", Audience::Role),
    ("staff", Audience::Staff),
];
pub(super) const MASK_RULES: &[(&str, MaskRule)] = &[
    ("resident-id", MaskRule::ResidentId),
    ("name", MaskRule::Name),
    ("phone", MaskRule::Phone),
    ("address", MaskRule::Address),
    ("full", MaskRule::Full),
];

/// Every table of the manifest with its keys, for the comparison with the JSON Schema.
#[cfg(test)]
pub(super) fn tables() -> BTreeMap<&'static str, &'static [&'static str]> {
    BTreeMap::from([
        ("manifest", ROOT_KEYS),
        ("plugin", PLUGIN_KEYS),
        ("limits", LIMITS_KEYS),
        ("role", ROLE_KEYS),
        ("record", RECORD_KEYS),
        ("filter", FILTER_KEYS),
        ("uniqueKey", UNIQUE_KEYS),
        ("condition", CONDITION_KEYS),
        ("masked", MASKED_KEYS),
        ("operation", OPERATION_KEYS),
        ("read", READ_KEYS),
        ("numberSeries", SERIES_KEYS),
        ("parameter", PARAMETER_KEYS),
        ("assertion", ASSERTION_KEYS),
        ("asOf", AS_OF_KEYS),
        ("check", CHECK_KEYS),
        ("deadline", deadline::DEADLINE_KEYS),
        ("moment", deadline::MOMENT_KEYS),
        ("lamp", deadline::LAMP_KEYS),
        ("schedule", schedule::SCHEDULE_KEYS),
        ("scheduleCondition", schedule::CONDITION_KEYS),
        ("scheduleDue", schedule::DUE_KEYS),
        ("floor", schedule::FLOOR_KEYS),
        ("interval", schedule::INTERVAL_KEYS),
        ("escalation", schedule::ESCALATION_KEYS),
        ("level", schedule::LEVEL_KEYS),
        ("notice", NOTICE_KEYS),
        ("noticeField", NOTICE_FIELD_KEYS),
        ("document", DOCUMENT_KEYS),
        ("text", TEXT_KEYS),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_published_schema_has_the_fields_that_are_read() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../schemas/json/plugin-manifest.schema.json"
        );
        let schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        for (table, keys) in tables() {
            let described = if table == "manifest" {
                &schema
            } else {
                &schema["$defs"][table]
            };
            let mut found: Vec<&str> = described["properties"]
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            let mut expected = keys.to_vec();
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{table}");
        }
        let choices = |table: &str, field: &str| -> Vec<String> {
            let names = schema["$defs"][table]["properties"][field]["enum"]
                .as_array()
                .unwrap();
            names
                .iter()
                .map(|it| it.as_str().unwrap().to_owned())
                .collect()
        };
        fn names<T>(choices: &[(&str, T)]) -> Vec<String> {
            choices.iter().map(|(name, _)| (*name).to_owned()).collect()
        }
        assert_eq!(choices("filter", "type"), names(FILTER_TYPES));
        assert_eq!(choices("parameter", "type"), names(PARAMETER_TYPES));
        assert_eq!(choices("masked", "rule"), names(MASK_RULES));
        assert_eq!(choices("deadline", "unit"), names(deadline::UNITS));
        assert_eq!(choices("deadline", "roll"), names(deadline::ROLLS));
        assert_eq!(choices("deadline", "protects"), names(deadline::PROTECTS));
        assert_eq!(choices("lamp", "color"), names(deadline::COLORS));
        assert_eq!(choices("moment", "unit"), names(deadline::DAY_UNITS));
        assert_eq!(choices("schedule", "on"), names(schedule::DAYS));
        assert_eq!(choices("schedule", "period"), names(schedule::PERIODS));
        assert_eq!(choices("schedule", "missed"), names(schedule::MISSED));
        let adjustable = &schema["$defs"]["schedule"]["properties"]["adjustable"]["items"]["enum"];
        let adjustable: Vec<&str> = adjustable
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().unwrap())
            .collect();
        assert_eq!(adjustable, names(schedule::ADJUSTABLE));
        assert_eq!(choices("plugin", "contract"), crate::contract::VERSIONS);
    }
}
