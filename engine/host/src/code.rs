//! The stable codes of this crate with their texts. A code, once released, keeps its meaning.

/// A code with its texts in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeText {
    /// The code.
    pub code: &'static str,
    /// What a user sees, in Chinese; `{name}` stands for an argument.
    pub zh: &'static str,
    /// What a user sees, in English.
    pub en: &'static str,
    /// What to do about it.
    pub help: &'static str,
}

const fn text(
    code: &'static str,
    zh: &'static str,
    en: &'static str,
    help: &'static str,
) -> CodeText {
    CodeText { code, zh, en, help }
}

/// Every code of this crate, in order.
pub static CODES: &[CodeText] = &[
    text(
        "HOST-0001",
        "插件清单不是有效的 TOML",
        "the manifest is not TOML",
        "Mend the syntax at the line named.",
    ),
    text(
        "HOST-0002",
        "缺少必填项",
        "a field is missing",
        "Add the field named.",
    ),
    text(
        "HOST-0003",
        "值的类型不正确",
        "a value has the wrong type",
        "Give a value of the type named.",
    ),
    text(
        "HOST-0004",
        "值的格式不正确或超出范围",
        "a value has the wrong form or is out of range",
        "Give a value of the form named.",
    ),
    text(
        "HOST-0005",
        "未知的字段",
        "a field is unknown",
        "Remove it, or spell it as listed.",
    ),
    text(
        "HOST-0006",
        "名称重复",
        "a name is used twice",
        "Rename one of the two.",
    ),
    text(
        "HOST-0007",
        "引用了未声明的内容",
        "something undeclared is referred to",
        "Declare it in plugin.toml, or refer to something declared.",
    ),
    text(
        "HOST-0008",
        "字段之间相互矛盾",
        "fields contradict each other",
        "Change one of them as the message says.",
    ),
    text(
        "HOST-0009",
        "缺少文件",
        "a file is missing",
        "Add the file to the plugin's folder.",
    ),
    text(
        "HOST-0020",
        "插件包已损坏或格式不正确",
        "the package is damaged or has the wrong format",
        "Pack it again with `tongban plugin pack`.",
    ),
    text(
        "HOST-0021",
        "插件包中的文件名不允许",
        "a file name in the package is not allowed",
        "Use the folders and names of a plugin.",
    ),
    text(
        "HOST-0022",
        "插件包过大或文件过多",
        "the package is too large or has too many files",
        "Leave out what the server does not need.",
    ),
    text(
        "HOST-0023",
        "文件摘要不一致，插件包可能被篡改",
        "a digest does not match: the package may have been tampered with",
        "Get the package again from its author.",
    ),
    text(
        "HOST-0024",
        "签名缺失或无效",
        "a signature is missing or not valid",
        "Have it signed with a trusted key: `tongban plugin sign`.",
    ),
    text(
        "HOST-0030",
        "JSON Schema 无效",
        "a JSON Schema is not valid",
        "Mend the schema at the place named.",
    ),
    text(
        "HOST-0031",
        "JSON Schema 引用了文件之外的内容",
        "a JSON Schema refers outside of its file",
        "Copy the definition into `$defs`.",
    ),
    text(
        "HOST-0032",
        "路径在 JSON Schema 中不存在",
        "a path is not in the JSON Schema",
        "Name a property that the schema has.",
    ),
    text(
        "HOST-0033",
        "JSON Schema 不适用于此处",
        "a JSON Schema does not suit its place",
        "Describe an object with a title.",
    ),
    text(
        "HOST-0034",
        "JSON Schema 中使用了小数",
        "a JSON Schema uses fractions",
        "Use integers of the smallest unit, or decimal text.",
    ),
    text(
        "HOST-0040",
        "消息文本缺失",
        "a message text is missing",
        "Add the code to both catalogues.",
    ),
    text(
        "HOST-0041",
        "两种语言的占位符不一致",
        "the placeholders differ between the languages",
        "Use the same placeholders in both texts.",
    ),
    text(
        "HOST-0042",
        "消息文件无效",
        "a message file is not valid",
        "Write `CODE = \"text\"`, or a table with text and basis.",
    ),
    text(
        "HOST-0043",
        "通知缺少文本",
        "a notice has no text",
        "Add a text under the notice's code to both message catalogues.",
    ),
    text(
        "HOST-0050",
        "表单文件无效",
        "a form is not valid",
        "Save it again with the form editor.",
    ),
    text(
        "HOST-0051",
        "表单字段与操作的输入不符",
        "a field of a form does not fit the operation's input",
        "Name a property of the input schema.",
    ),
    text(
        "HOST-0052",
        "表单引用的操作不存在",
        "a form names an unknown operation",
        "Name a declared operation in `tongban:operation`.",
    ),
    text(
        "HOST-0060",
        "不是有效的 WebAssembly 组件",
        "this is not a WebAssembly component",
        "Build it with `tongban plugin build`.",
    ),
    text(
        "HOST-0061",
        "组件导入了不允许的接口",
        "the component imports an interface that is not allowed",
        "Remove the dependency that needs it; there is no WASI.",
    ),
    text(
        "HOST-0062",
        "组件导入了未授权的接口",
        "the component imports an interface that no operation declares",
        "Declare what is used in plugin.toml.",
    ),
    text(
        "HOST-0063",
        "组件未提供所需的接口",
        "the component does not provide the interface",
        "Build it with the SDK of the version in `contract`.",
    ),
    text(
        "HOST-0064",
        "不支持的接口版本",
        "this version of the interface is not supported",
        "Use a version that this server knows.",
    ),
    text(
        "HOST-0101",
        "业务模块内部出错，已通知管理员",
        "the module failed; the administrator has been told",
        "The plugin panicked: see the text, file and line; install a mended version, then resolve the incident.",
    ),
    text(
        "HOST-0102",
        "业务模块内存不足，已通知管理员",
        "the module ran out of memory; the administrator has been told",
        "The plugin asked for more than its memory limit.",
    ),
    text(
        "HOST-0103",
        "业务模块运算量超限，已通知管理员",
        "the module computed too long; the administrator has been told",
        "The plugin used up its fuel: look for a loop that does not end.",
    ),
    text(
        "HOST-0104",
        "业务模块响应超时，将自动重试",
        "the module took too long; it will be tried again",
        "The machine was busy, or the plugin is slow; it is tried again by itself.",
    ),
    text(
        "HOST-0105",
        "业务模块调用层次过深，已通知管理员",
        "the module nested too deeply; the administrator has been told",
        "The plugin's stack overflowed: look for recursion.",
    ),
    text(
        "HOST-0106",
        "业务模块使用了未声明的能力，已通知管理员",
        "the module used something undeclared; the administrator has been told",
        "Declare it at the operation in plugin.toml, or do not use it.",
    ),
    text(
        "HOST-0107",
        "业务模块的读写超出限额，已通知管理员",
        "the module exceeded a budget; the administrator has been told",
        "Read or write less in one call; work in pages.",
    ),
    text(
        "HOST-0108",
        "业务模块的应答无效，已通知管理员",
        "the module's answer makes no sense; the administrator has been told",
        "The answer breaks a schema or the rules for ids: see the detail.",
    ),
    text(
        "HOST-0109",
        "业务模块异常中止，已通知管理员",
        "the module broke down; the administrator has been told",
        "See the trap code in the detail.",
    ),
    text(
        "HOST-0110",
        "服务器繁忙，稍后自动重试",
        "the server was busy; it is tried again by itself",
        "Give the server more places for plugins, or send less at once.",
    ),
    text("HOST-0201", "此项必填", "this is required", "Fill it in."),
    text(
        "HOST-0202",
        "值的类型应为 {expected}",
        "expected a value of type {expected}",
        "Give a value of this type.",
    ),
    text(
        "HOST-0203",
        "格式应为 {expected}",
        "expected the form {expected}",
        "Give a value of this form.",
    ),
    text(
        "HOST-0204",
        "超出允许的范围（{limit}）",
        "outside of the range allowed ({limit})",
        "Stay within the limit.",
    ),
    text(
        "HOST-0205",
        "应为以下之一：{expected}",
        "expected one of {expected}",
        "Choose one of them.",
    ),
    text(
        "HOST-0206",
        "不应有此项",
        "this is not expected here",
        "Remove it.",
    ),
    text(
        "HOST-0207",
        "不符合要求（{keyword}）",
        "this does not fit ({keyword})",
        "See the schema of the operation.",
    ),
    text(
        "HOST-0208",
        "内容过大（上限 {limit} 字节）",
        "too large (at most {limit} bytes)",
        "Send less at once.",
    ),
];

/// The texts of a code.
pub fn find(code: &str) -> Option<&'static CodeText> {
    CODES.iter().find(|it| it.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_in_order_and_have_all_texts() {
        for pair in CODES.windows(2) {
            let [first, second] = pair else { continue };
            assert!(first.code < second.code, "{}", second.code);
        }
        for it in CODES {
            assert!(
                !it.zh.is_empty() && !it.en.is_empty() && !it.help.is_empty(),
                "{}",
                it.code
            );
        }
    }
}
