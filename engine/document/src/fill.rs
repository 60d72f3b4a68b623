//! Puts data into a template. Start from [`fill`].

mod workbook;

use serde_json::{Map, Value as Json};
use tongban_feel::environment::Environment;
use tongban_feel::expression::{Expression, Scope};
use tongban_feel::json::context_from_json;
use tongban_feel::value::{Context, Value};

use crate::content::{Content, FilledBlock, FilledField, Pages, RunningText};
use crate::problem::{Problem, Problems, TOO_LONG, VALUE_MISSING, VALUE_WRONG};
use crate::template::{Block, BlockKind, Body, Piece, TableColumn, Template, Text};
use crate::value;

/// Rows of a table or a sheet.
pub const ROWS_MAX: usize = 20_000;

/// The content of a document; on failure all values that are missing or wrong.
pub fn fill(
    template: &Template,
    data: &Map<String, Json>,
    environment: &Environment<'_>,
) -> Result<Content, Problems> {
    let mut data = context_from_json(data);
    // What was declared and not given is null, so that an expression can ask for it.
    for name in &template.data {
        if !data.contains(name) {
            data.insert(name.as_str(), Value::Null);
        }
    }
    let mut filler = Filler {
        data: &data,
        row: None,
        environment,
        problems: Vec::new(),
    };
    let content = match &template.body {
        Body::Pages(pages) => Content::Pages(Pages {
            title: filler.text(&template.title, "title"),
            fields: pages
                .fields
                .iter()
                .enumerate()
                .map(|(field, it)| FilledField {
                    field,
                    text: filler.text(&it.text, &it.name),
                })
                .collect(),
            blocks: filler.blocks(&pages.blocks),
            header: filler.running(pages.header.as_ref().map(|it| &it.text), "header"),
            footer: filler.running(pages.footer.as_ref().map(|it| &it.text), "footer"),
        }),
        Body::Workbook(sheets) => Content::Workbook(crate::content::Workbook {
            title: filler.text(&template.title, "title"),
            sheets: sheets.iter().map(|it| filler.sheet(it)).collect(),
        }),
    };
    let problems = filler.problems;
    if problems.is_empty() {
        Ok(content)
    } else {
        Err(Problems(problems))
    }
}

struct Filler<'f> {
    data: &'f Context,
    /// A row of a table and its number.
    row: Option<(Value, Value)>,
    environment: &'f Environment<'f>,
    problems: Vec<Problem>,
}

impl Scope for Filler<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        Scope::get(self, name).cloned()
    }

    fn get(&self, name: &str) -> Option<&Value> {
        match (&self.row, name) {
            (Some((row, _)), "row") => Some(row),
            (Some((_, position)), "position") => Some(position),
            _ => Context::get(self.data, name),
        }
    }
}

impl Filler<'_> {
    fn blocks(&mut self, blocks: &[Block]) -> Vec<FilledBlock> {
        let mut filled = Vec::new();
        for (position, block) in blocks.iter().enumerate() {
            if !self.is_wanted(block) {
                continue;
            }
            let (mut text, mut rows) = (String::new(), Vec::new());
            match &block.kind {
                BlockKind::Paragraph { text: it, .. } | BlockKind::Signature { text: it, .. } => {
                    text = self.text(it, &block.name);
                }
                BlockKind::Table { rows: it, columns } => {
                    rows = self.table(it.as_ref(), columns, &block.name);
                }
                BlockKind::Break => {}
            }
            filled.push(FilledBlock {
                block: position,
                text,
                rows,
            });
        }
        filled
    }

    fn is_wanted(&mut self, block: &Block) -> bool {
        let Some(when) = &block.when else {
            return true;
        };
        match self.evaluate(when, &block.name) {
            Some(Value::Boolean(it)) => it,
            Some(_) => {
                self.wrong(&block.name, when, "true or false");
                false
            }
            None => false,
        }
    }

    fn table(
        &mut self,
        rows: Option<&Expression>,
        columns: &[TableColumn],
        place: &str,
    ) -> Vec<Vec<String>> {
        let mut filled = Vec::new();
        for (number, row) in self.rows(rows, place).into_iter().enumerate() {
            let place = format!("{place}[{}]", number + 1);
            self.enter(number, row);
            let cells = columns
                .iter()
                .map(|it| self.text(&it.text, &format!("{place} {}", it.head)));
            filled.push(cells.collect());
        }
        self.row = None;
        filled
    }

    fn enter(&mut self, number: usize, row: Value) {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        self.row = Some((row, Value::from(number + 1)));
    }

    /// The items of a list.
    fn rows(&mut self, rows: Option<&Expression>, place: &str) -> Vec<Value> {
        let Some(expression) = rows else {
            return Vec::new();
        };
        let Some(value) = self.evaluate(expression, place) else {
            return Vec::new();
        };
        let Value::List(items) = value else {
            self.wrong(place, expression, "a list");
            return Vec::new();
        };
        if items.len() > ROWS_MAX {
            let problem = Problem::new(TOO_LONG, place).with("what", "rows");
            self.problems
                .push(problem.with("max", ROWS_MAX.to_string()));
            return Vec::new();
        }
        items.iter().cloned().collect()
    }

    fn text(&mut self, text: &Text, place: &str) -> String {
        let mut filled = String::new();
        for piece in &text.0 {
            match piece {
                Piece::Literal(it) => filled += it,
                Piece::Value { expression, form } => {
                    filled += &self.value(expression, *form, place)
                }
                // Stand in running texts alone.
                Piece::Page | Piece::Pages => {}
            }
        }
        filled
    }

    fn running(&mut self, text: Option<&Text>, place: &str) -> Vec<RunningText> {
        let pieces = text.iter().flat_map(|it| &it.0);
        pieces
            .map(|piece| match piece {
                Piece::Literal(it) => RunningText::Text(it.clone()),
                Piece::Value { expression, form } => {
                    RunningText::Text(self.value(expression, *form, place))
                }
                Piece::Page => RunningText::Page,
                Piece::Pages => RunningText::Pages,
            })
            .collect()
    }

    fn value(&mut self, expression: &Expression, form: Option<&str>, place: &str) -> String {
        let Some(value) = self.evaluate(expression, place) else {
            return String::new();
        };
        match value::text(&value, form) {
            Ok(text) => text,
            Err(expected) => {
                self.wrong(place, expression, expected);
                String::new()
            }
        }
    }

    /// The value of an expression; null is reported, since nothing may be left blank unasked.
    fn evaluate(&mut self, expression: &Expression, place: &str) -> Option<Value> {
        let (result, warnings) = expression.evaluate_traced(&*self, self.environment);
        let reason = match result {
            Ok(Value::Null) => match warnings.first() {
                Some(warning) => warning.message.clone(),
                None => "null".to_owned(),
            },
            Ok(value) => return Some(value),
            Err(error) => error.to_string(),
        };
        let problem = Problem::new(VALUE_MISSING, place).with("expression", expression.source());
        self.problems.push(problem.with("reason", reason));
        None
    }

    fn wrong(&mut self, place: &str, expression: &Expression, expected: &str) {
        let problem = Problem::new(VALUE_WRONG, place).with("expression", expression.source());
        self.problems.push(problem.with("expected", expected));
    }
}
