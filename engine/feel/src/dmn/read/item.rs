//! Item definitions (DMN 1.5, 7.3.3).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{File, Instances, Reader};
use crate::ast::Tests;
use crate::diagnostic::{self, Severity};
use crate::dmn::xml::Element;
use crate::names::Names;
use crate::parse;
use crate::types::{Defined, Type};

/// Item definitions nested in each other.
const DEPTH_MAX: u32 = 32;

/// The types of a file by their names, those of its imports as `import.name`.
#[derive(Debug, Default)]
pub(super) struct ItemTypes(BTreeMap<String, Type>);

impl ItemTypes {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Type)> {
        self.0.iter().map(|(name, of)| (name.as_str(), of))
    }
}

/// The item definitions of one file while they are read.
struct Definitions<'e> {
    elements: BTreeMap<&'e str, &'e Element>,
    read: BTreeMap<String, Type>,
}

impl Reader<'_> {
    /// The types of each file. Types of imported files are read first.
    pub(super) fn types_of_files(
        &mut self,
        files: &[File],
        instances: &Instances,
    ) -> Vec<Arc<ItemTypes>> {
        let mut types: Vec<Option<Arc<ItemTypes>>> = files.iter().map(|_| None).collect();
        // An instance stands before those it imports.
        for instance in instances.iter().rev() {
            if types[instance.file].is_some() {
                continue;
            }
            let mut known = BTreeMap::new();
            for (import, target) in &instance.imports {
                let Some(imported) = &types[instances[*target].file] else {
                    continue;
                };
                for (name, of) in imported.iter() {
                    let name = match import.is_empty() {
                        true => name.to_owned(),
                        false => format!("{import}.{name}"),
                    };
                    known.insert(name, of.clone());
                }
            }
            let file = &files[instance.file];
            self.file = file.name.clone();
            let read = self.item_types(&file.root, known);
            types[instance.file] = Some(Arc::new(ItemTypes(read)));
        }
        types.into_iter().map(Option::unwrap_or_default).collect()
    }

    fn item_types(
        &mut self,
        root: &Element,
        known: BTreeMap<String, Type>,
    ) -> BTreeMap<String, Type> {
        let mut definitions = Definitions {
            elements: root
                .all("itemDefinition")
                .filter_map(|element| Some((element.attribute("name")?, element)))
                .collect(),
            read: known,
        };
        for element in root.all("itemDefinition") {
            let name = self.required(element, "name");
            self.define(name, &mut definitions, 0);
        }
        definitions.read
    }

    fn define(
        &mut self,
        name: &str,
        definitions: &mut Definitions<'_>,
        depth: u32,
    ) -> Option<Type> {
        let element = definitions.elements.get(name).copied();
        if let Some(known) = definitions.read.get(name) {
            return Some(known.clone());
        }
        let element = element?;
        if depth > DEPTH_MAX {
            let message = format!("the type {name:?} is defined by itself or too deeply");
            self.error(diagnostic::DMN_TYPE, element, message);
            return None;
        }
        let of = self.item_type(element, definitions, depth + 1);
        definitions.read.insert(name.to_owned(), of.clone());
        Some(of)
    }

    fn item_type(
        &mut self,
        element: &Element,
        definitions: &mut Definitions<'_>,
        depth: u32,
    ) -> Type {
        let name: Arc<str> = Arc::from(element.attribute("name").unwrap_or_default());
        let reference = element.first("typeRef").map(|it| it.text.trim().to_owned());
        let components: Vec<&Element> = element.all("itemComponent").collect();
        let single = if let Some(reference) = reference.filter(|it| !it.is_empty()) {
            self.referenced_type(&reference, element, definitions, depth)
        } else if let Some(function) = element.first("functionItem") {
            self.function_type(function, definitions, depth)
        } else if components.is_empty() {
            Type::Any
        } else {
            let mut entries = Vec::with_capacity(components.len());
            for component in components {
                let name = Arc::from(self.required(component, "name"));
                entries.push((name, self.item_type(component, definitions, depth)));
            }
            Type::Context(entries.into())
        };
        let is_collection = matches!(element.attribute("isCollection"), Some("true" | "1"));
        let allowed = self.allowed(element, "allowedValues", &single);
        let single = constrained(&name, single, allowed);
        let whole = if is_collection {
            Type::list(single)
        } else {
            single
        };
        let constraint = self.allowed(element, "typeConstraint", &whole);
        match (whole, constraint) {
            (whole @ Type::Defined(_), None) => whole,
            (whole, constraint) => Type::Defined(Arc::new(Defined {
                name,
                of: whole,
                allowed: constraint,
            })),
        }
    }

    fn function_type(
        &mut self,
        function: &Element,
        definitions: &mut Definitions<'_>,
        depth: u32,
    ) -> Type {
        let mut type_of = |reference: Option<&str>| match reference {
            Some(reference) => self.referenced_type(reference, function, definitions, depth),
            None => Type::Any,
        };
        let result = type_of(function.attribute("outputTypeRef"));
        let parameters = function
            .all("parameters")
            .map(|it| type_of(it.attribute("typeRef")))
            .collect();
        Type::function(parameters, result)
    }

    fn referenced_type(
        &mut self,
        reference: &str,
        element: &Element,
        definitions: &mut Definitions<'_>,
        depth: u32,
    ) -> Type {
        let plain = plain(reference);
        if definitions.elements.contains_key(plain) || definitions.read.contains_key(plain) {
            return super::any_if_missing(self.define(plain, definitions, depth));
        }
        match simple(plain) {
            Some(of) => of,
            None => {
                let message = format!("found no type {reference:?}");
                self.error(diagnostic::DMN_TYPE, element, message);
                Type::Any
            }
        }
    }

    /// The unary tests in a child element.
    pub(super) fn allowed(&mut self, element: &Element, name: &str, of: &Type) -> Option<Tests> {
        let values = element.first(name)?;
        let text = values.expression_text().filter(|text| !text.is_empty())?;
        self.check_language(values);
        match parse::tests(text, &Names::default(), of.clone()) {
            Ok((tests, warnings)) => {
                self.note(Severity::Warning, values, text, warnings);
                Some(tests)
            }
            Err(errors) => {
                self.note(Severity::Error, values, text, errors);
                None
            }
        }
    }

    /// The type an element refers to by its name.
    pub(super) fn type_named(&mut self, name: &str, element: &Element) -> Type {
        let plain = plain(name);
        let known = self.types.0.get(plain).cloned();
        if let Some(of) = known.or_else(|| simple(plain)) {
            return of;
        }
        if !plain.is_empty() {
            let message = format!("found no type {name:?}");
            self.error(diagnostic::DMN_TYPE, element, message);
        }
        Type::Any
    }

    /// The type in an attribute; `Any` if there is none.
    pub(super) fn type_ref(&mut self, element: &Element) -> Type {
        match element.attribute("typeRef") {
            Some(name) => self.type_named(name, element),
            None => Type::Any,
        }
    }
}

fn constrained(name: &Arc<str>, of: Type, allowed: Option<Tests>) -> Type {
    match allowed {
        Some(allowed) => Type::Defined(Arc::new(Defined {
            name: name.clone(),
            of,
            allowed: Some(allowed),
        })),
        None => of,
    }
}

/// The name without the prefix that DMN 1.1 puts before it.
fn plain(name: &str) -> &str {
    let name = name.trim();
    name.rsplit_once(':').map_or(name, |(_, plain)| plain)
}

/// A type of FEEL, or what Camunda's modeler writes for one.
fn simple(name: &str) -> Option<Type> {
    match name {
        "integer" | "long" | "double" => Some(Type::Number),
        name => Type::simple(name),
    }
}
