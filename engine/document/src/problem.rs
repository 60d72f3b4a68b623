//! What is wrong with a template, or with what is to be put into it. Start from [`Problem`].

use std::fmt;

/// A stable code with its texts; `{name}` stands for a parameter.
#[derive(Clone, Copy, Debug)]
pub struct CodeText {
    /// The code; it never changes its meaning.
    pub code: &'static str,
    /// Simplified Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
    /// What to do about it.
    pub help: &'static str,
}

macro_rules! codes {
    ($($name:ident = $code:literal: $zh:literal, $en:literal, $help:literal;)*) => {
        $(pub(crate) const $name: &str = $code;)*
        /// All codes of this crate.
        pub static CODES: &[CodeText] = &[
            $(CodeText { code: $code, zh: $zh, en: $en, help: $help },)*
        ];
    };
}

codes! {
    SYNTAX = "DOCUMENT_TEMPLATE_SYNTAX": "模板不是有效的 TOML（{place}）：{reason}", "the template is not TOML ({place}): {reason}",
        "Mend the line that is named.";
    KEY_UNKNOWN = "DOCUMENT_TEMPLATE_KEY_UNKNOWN": "模板中没有“{key}”这一项（{place}），可用：{known}", "a template has no {key} here ({place}); known are {known}",
        "Look at the list of keys in the manual of templates.";
    KEY_MISSING = "DOCUMENT_TEMPLATE_KEY_MISSING": "模板缺少“{key}”（{place}）", "the template lacks {key} ({place})",
        "Add the key.";
    WRONG = "DOCUMENT_TEMPLATE_VALUE_WRONG": "模板的值无效（{place}）：应为{expected}，实为 {found}", "a value of the template is not valid ({place}): expected {expected}, found {found}",
        "Correct the value in the line that is named.";
    EXPRESSION = "DOCUMENT_TEMPLATE_EXPRESSION_WRONG": "模板的表达式无效（{place}）：{reason}", "an expression of the template is not valid ({place}): {reason}",
        "Correct the FEEL expression; values stand between {{ and }}.";
    NAME_UNKNOWN = "DOCUMENT_TEMPLATE_NAME_UNKNOWN": "表达式使用了未声明的数据“{name}”（{place}），已声明：{known}", "an expression uses the data {name}, which is not declared ({place}); declared are {known}",
        "Name the data under `data`, or correct the spelling.";
    FONT_UNKNOWN = "DOCUMENT_TEMPLATE_FONT_UNKNOWN": "未知字体“{font}”（{place}），可用：{known}", "unknown font {font} ({place}); known are {known}",
        "Name one of the kinds of type; the server's configuration says which files serve it.";
    OUTSIDE_PAGE = "DOCUMENT_TEMPLATE_OUTSIDE_PAGE": "“{name}”超出页面（{place}）", "{name} reaches beyond the page ({place})",
        "Correct position and width, in millimeters from the top left corner.";
    OVERLAP = "DOCUMENT_TEMPLATE_OVERLAP": "“{name}”与“{other}”重叠（{place}）", "{name} overlaps {other} ({place})",
        "Move one of the fields, or make it narrower.";
    DUPLICATE = "DOCUMENT_TEMPLATE_DUPLICATE": "“{name}”重复（{place}）", "{name} stands twice ({place})",
        "Give each its own name.";
    EMPTY = "DOCUMENT_TEMPLATE_EMPTY": "模板没有内容（{place}）", "the template has no content ({place})",
        "Add a `[[field]]` or a `[[block]]`, or a `[[sheet]]` for a workbook.";
    VALUE_MISSING = "DOCUMENT_VALUE_MISSING": "文书缺少“{place}”的内容（{expression}）：{reason}", "the document lacks the content of {place} ({expression}): {reason}",
        "Complete the data, or let the template say what stands there instead.";
    VALUE_WRONG = "DOCUMENT_VALUE_WRONG": "文书“{place}”的内容无效（{expression}）：应为{expected}", "the content of {place} is not valid ({expression}): expected {expected}",
        "Correct the data or the expression.";
    CHARACTER_MISSING = "DOCUMENT_CHARACTER_MISSING": "字体中没有“{character}”（{code_point}），位置：{place}", "no font has the character {character} ({code_point}) in {place}",
        "Install a font that has it, such as Debian's fonts-noto-cjk-extra, and name it in the configuration.";
    SCRIPT_UNSUPPORTED = "DOCUMENT_SCRIPT_UNSUPPORTED": "暂不支持排印“{character}”（{code_point}）所属的文字，位置：{place}", "the script of {character} ({code_point}) in {place} cannot be set",
        "Scripts whose letters join or reorder, such as Mongolian, are not set by this server.";
    DOES_NOT_FIT = "DOCUMENT_DOES_NOT_FIT": "“{place}”的内容超出版面：需要 {needed} 毫米，只有 {available} 毫米", "the content of {place} does not fit: it needs {needed} mm, there are {available} mm",
        "Shorten the content, widen the field, or allow it to shrink.";
    FONT_MISSING = "DOCUMENT_FONT_MISSING": "服务器未配置中文字体，不能制作文书", "the server has no Chinese font and cannot make documents",
        "Install a font, such as Debian's fonts-noto-cjk, and name it under [document] in the configuration.";
    TOO_LONG = "DOCUMENT_TOO_LONG": "文书过长：{what}超过 {max}", "the document is too long: more than {max} {what}",
        "Split it into several documents.";
    NOT_WRITTEN = "DOCUMENT_NOT_WRITTEN": "文书未能生成：{reason}", "the document could not be written: {reason}",
        "Look at the fonts that are configured; report it with the reason.";
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The stable code; its texts are in [`CODES`].
    pub code: &'static str,
    /// The line of the template, where it is known.
    pub line: Option<u32>,
    /// The field, such as `field[2].width`, or the name of what is filled.
    pub place: String,
    /// Values for the placeholders of the texts.
    pub parameters: Vec<(&'static str, String)>,
}

impl Problem {
    pub(crate) fn new(code: &'static str, place: &str) -> Problem {
        Problem {
            code,
            line: None,
            place: place.to_owned(),
            parameters: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Problem {
        self.parameters.push((name, value.into()));
        self
    }

    pub(crate) fn at_line(mut self, line: u32) -> Problem {
        self.line = Some(line);
        self
    }

    /// All parameters, the place among them.
    pub fn all_parameters(&self) -> Vec<(&str, String)> {
        let place = match self.line {
            Some(line) => format!("{}:{line}", self.place),
            None => self.place.clone(),
        };
        let own = self.parameters.iter();
        std::iter::once(("place", place))
            .chain(own.map(|(name, value)| (*name, value.clone())))
            .collect()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = CODES.iter().find(|it| it.code == self.code);
        let mut text = text.map_or("", |it| it.en).to_owned();
        for (name, value) in self.all_parameters() {
            text = text.replace(&format!("{{{name}}}"), &value);
        }
        write!(formatter, "{}: {text}", self.code)
    }
}

/// Everything that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Problems(pub Vec<Problem>);

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Problems {
        Problems(vec![problem])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_stands_once_and_has_both_texts() {
        let mut codes: Vec<&str> = CODES.iter().map(|it| it.code).collect();
        codes.sort_unstable();
        let n_codes = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), n_codes);
        for it in CODES {
            assert!(!it.zh.is_ascii() && it.en.is_ascii(), "{}", it.code);
        }
    }
}
