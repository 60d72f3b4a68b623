//! What is wrong with an expression or a decision model, and where. Every code is listed in
//! [`CODES`] with its texts in both languages.

use std::fmt;

/// A stable code with its texts.
#[derive(Clone, Copy, Debug)]
pub struct CodeText {
    /// The code; it never changes its meaning.
    pub code: &'static str,
    /// What it means, in Chinese.
    pub zh: &'static str,
    /// What it means, in English.
    pub en: &'static str,
    /// What to do about it.
    pub help: &'static str,
}

macro_rules! codes {
    ($($name:ident = $code:literal, $zh:literal, $en:literal, $help:literal;)*) => {
        $(pub(crate) const $name: &str = $code;)*
        /// All codes of this crate.
        pub static CODES: &[CodeText] = &[
            $(CodeText { code: $code, zh: $zh, en: $en, help: $help },)*
        ];
    };
}

codes! {
    UNEXPECTED = "FEEL-0001", "表达式语法错误", "the expression is not well formed",
        "look at the place named; compare with the FEEL grammar of DMN 1.5";
    UNKNOWN_FUNCTION = "FEEL-0002", "未知函数", "unknown function",
        "check the spelling; only built-in functions and functions in scope can be called";
    TOO_DEEP = "FEEL-0003", "表达式嵌套过深", "the expression is nested too deeply",
        "split the expression into several";
    TOO_LONG = "FEEL-0004", "表达式过长", "the expression is too long",
        "split the expression into several";
    BAD_LITERAL = "FEEL-0005", "字面量无效", "the literal is not valid",
        "write dates as @\"2026-03-05\", durations as @\"P30D\"; numbers have at most 34 digits";
    FULL_WIDTH = "FEEL-0006", "使用了全角标点", "full-width punctuation",
        "write operators, commas, quotation marks and parentheses in half width";
    WRONG_ARGUMENTS = "FEEL-0007", "函数参数不符", "the arguments do not fit the function",
        "compare number and names of the arguments with the function's signatures";
    UNKNOWN_TYPE = "FEEL-0008", "未知类型", "unknown type",
        "use a type of FEEL or one the model defines";
    UNKNOWN_NAME = "FEEL-0009", "未知名称", "unknown name",
        "check the spelling, or add the input or requirement that is meant";
    EXTERNAL_FUNCTION = "FEEL-0010", "不支持外部函数", "external functions are not executed",
        "write the function in FEEL";
    DUPLICATE_ENTRY = "FEEL-0011", "上下文条目重名", "two entries of a context have the same name",
        "give each entry a name of its own";
    TYPE_MISMATCH = "FEEL-0012", "类型不匹配", "the types do not fit",
        "compare or combine values of one type; convert with string, number, date or duration";
    UNKNOWN_MEMBER = "FEEL-0013", "没有该成员", "there is no such member",
        "check the spelling against the type's components or the value's properties";
    STEPS_EXHAUSTED = "FEEL-0101", "计算步数超限", "the evaluation took too many steps",
        "let the expression work on fewer items";
    DEPTH_EXHAUSTED = "FEEL-0102", "计算嵌套过深", "the evaluation went too deep",
        "look for a function that calls itself without end";
    BYTES_EXHAUSTED = "FEEL-0103", "计算占用内存超限", "the evaluation made too much data",
        "let the expression work on fewer or smaller items";
    NESTING_EXHAUSTED = "FEEL-0104", "结果嵌套过深", "a value is nested too deeply",
        "keep lists of lists flat";
    DMN_XML = "DMN-0001", "XML 无效", "the file is not well-formed XML", "export the model anew";
    DMN_TOO_LARGE = "DMN-0002", "文件过大或嵌套过深", "the file is too large or nested too deeply",
        "split the model into several files";
    DMN_NAMESPACE = "DMN-0003", "不是 DMN 模型", "the file is no DMN model",
        "the root element must be definitions in a DMN 1.1 to 1.6 namespace";
    DMN_DTD = "DMN-0004", "不允许 DTD", "a document type declaration is not allowed",
        "remove the DOCTYPE from the file";
    DMN_MISSING = "DMN-0005", "缺少必需的属性或元素", "a required attribute or element is missing",
        "complete the element in the modeler";
    DMN_DUPLICATE_ID = "DMN-0006", "标识重复", "two elements have the same id",
        "give each element an id of its own";
    DMN_UNRESOLVED = "DMN-0007", "引用的元素不存在", "a reference leads nowhere",
        "the element must be in the same file, or in one that is imported and deployed with it";
    DMN_CYCLE = "DMN-0008", "决策互相依赖成环", "decisions require each other in a circle",
        "take one of the requirements out";
    DMN_UNSUPPORTED = "DMN-0009", "不支持的元素", "the element is not executed",
        "write the logic as FEEL, a decision table or a boxed expression; import DMN models only";
    DMN_HIT_POLICY = "DMN-0010", "命中策略无效", "there is no such hit policy",
        "use UNIQUE, FIRST, ANY, PRIORITY, COLLECT, RULE ORDER or OUTPUT ORDER";
    DMN_COLUMNS = "DMN-0011", "规则列数不符", "a rule has not as many entries as there are columns",
        "complete the rule in the modeler";
    DMN_EXPRESSION = "DMN-0012", "表达式有错", "an expression in the model is wrong",
        "see the message for the place in the expression";
    DMN_LANGUAGE = "DMN-0013", "表达式语言不支持", "the expression language is not FEEL",
        "write the expression in FEEL";
    DMN_TYPE = "DMN-0014", "类型未定义", "a type is not defined",
        "use a type of FEEL or define it as an item definition";
    DMN_DUPLICATE_NAME = "DMN-0015", "名称重复", "two elements have the same name",
        "give each input and decision a name of its own";
    DMN_REQUIREMENT = "DMN-0016", "需求与逻辑不符", "requirements and logic do not agree",
        "draw a requirement to what the logic uses, and remove those it does not use";
    DMN_EFFECTIVE_FROM = "DMN-0040", "生效日期无效", "the date from which it holds is not a date",
        "write the property tongban:effective-from as YYYY-MM-DD";
    DMN_UNKNOWN_DECISION = "DMN-0101", "决策不存在", "the model has no such decision",
        "name the decision by its id";
    DMN_INPUT_TYPE = "DMN-0102", "输入值类型不符", "an input does not have its declared type",
        "pass a value of the type or among the allowed values";
    DMN_NOT_UNIQUE = "DMN-0103", "命中多条规则", "more than one rule of a UNIQUE table matches",
        "make the rules exclude each other";
    DMN_NOT_ANY = "DMN-0104", "命中规则输出不一致", "matching rules of an ANY table differ",
        "let overlapping rules give the same output";
    DMN_UNREACHABLE = "DMN-0201", "规则永远不会命中", "a rule can never be taken",
        "remove the rule, or move it or change its conditions so that something is left for it";
    DMN_OVERLAP = "DMN-0202", "规则重叠", "rules overlap that must not",
        "change the conditions so that no input fits both rules, or choose another hit policy";
    DMN_GAP = "DMN-0203", "规则未覆盖全部输入", "no rule covers some inputs",
        "add a rule for the example, or give default outputs";
    DMN_FRACTION_GAP = "DMN-0204", "仅小数未被规则覆盖", "no rule covers some fractions",
        "if the input can be a fraction, let the ranges touch, as in [1..10], (10..20]";
    DMN_OUTPUT_NOT_ALLOWED = "DMN-0205", "输出值不在允许范围内", "a rule gives an output that is not allowed",
        "give one of the output values, or add this one to them";
    DMN_UNDECIDED = "DMN-0206", "规则过多，无法判定是否完整", "it is unknown whether the table is complete",
        "split the table; its completeness takes too long to decide";
    DMN_INPUT_NOT_ALLOWED = "DMN-0207", "条件测试了不允许的输入值", "a condition asks for an input that is not allowed",
        "test for one of the input values, or add this one to them";
    DMN_OUTPUT_TYPE = "DMN-0105", "输出值类型不符", "an output does not have its declared type",
        "let the rule give a value of the type or among the allowed values";
}

/// One problem of an expression's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The stable code.
    pub code: &'static str,
    /// Where in the text, in bytes from its beginning.
    pub offset: usize,
    /// Expected and found.
    pub message: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} at offset {}: {}",
            self.code, self.offset, self.message
        )
    }
}

impl std::error::Error for SyntaxError {}

/// Why an evaluation ended without a value. What FEEL itself calls an error is no such thing:
/// it yields `null` and a [`Warning`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct EvaluationError {
    /// The stable code.
    pub code: &'static str,
    /// What happened.
    pub message: String,
}

/// Why a `null` appeared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What happened.
    pub message: String,
}

/// How grave a [`Diagnostic`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The model works, but something in it is probably not meant so.
    Warning,
    /// The model cannot be used.
    Error,
}

/// One problem of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code.
    pub code: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// The file, as the caller named it.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1 in characters.
    pub column: u32,
    /// The id of the nearest element that has one.
    pub element_id: Option<String>,
    /// Expected and found.
    pub message: String,
    /// What to do instead.
    pub remedy: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}:{}:{}: {}",
            self.file, self.line, self.column, self.code
        )?;
        if let Some(element_id) = &self.element_id {
            write!(formatter, " ({element_id})")?;
        }
        write!(formatter, ": {}; {}", self.message, self.remedy)
    }
}

/// The help sentence of a code.
pub fn help(code: &str) -> &'static str {
    CODES
        .iter()
        .find(|it| it.code == code)
        .map_or("", |it| it.help)
}

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn every_code_is_listed_once_with_its_texts() {
        for (idx, entry) in CODES.iter().enumerate() {
            assert!(!entry.zh.is_empty() && !entry.en.is_empty() && !entry.help.is_empty());
            assert!(
                CODES[..idx].iter().all(|other| other.code != entry.code),
                "{}",
                entry.code
            );
        }
    }
}
