//! The stable codes that the SDK itself answers with.

/// A stable code with its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeText {
    /// The code, unique over Tongban.
    pub code: &'static str,
    /// The text in Chinese.
    pub zh: &'static str,
    /// The text in English.
    pub en: &'static str,
    /// What to do about it.
    pub help: &'static str,
}

/// The input does not have the form that the operation expects.
pub(crate) const INPUT_MALFORMED: &str = "INPUT-MALFORMED";
/// There is no record with this id.
pub(crate) const RECORD_NOT_FOUND: &str = "RECORD-NOT-FOUND";

/// Every code the SDK puts into a violation. A plugin's catalogues hold the texts of those it can
/// answer with, as of its own: the server reads all texts from there.
pub static CODES: &[CodeText] = &[
    CodeText {
        code: INPUT_MALFORMED,
        zh: "填写的内容格式不正确",
        en: "the value does not have the expected form",
        help: "compare the input with the operation's JSON Schema at the path of the violation",
    },
    CodeText {
        code: RECORD_NOT_FOUND,
        zh: "未找到该记录",
        en: "there is no such record",
        help: "check the id; records of another county cannot be seen",
    },
    CodeText {
        code: "ID-LEN",
        zh: "公民身份号码应为18位",
        en: "a resident identity number has 18 characters",
        help: "type the number as it stands on the card",
    },
    CodeText {
        code: "ID-LEGACY15",
        zh: "15位身份号码已停止使用",
        en: "15-digit identity numbers are no longer accepted",
        help: "use the 18-digit number of the second-generation card",
    },
    CodeText {
        code: "ID-CHARSET",
        zh: "公民身份号码含非法字符",
        en: "the resident identity number has an illegal character",
        help: "only digits are allowed, and X in the last place",
    },
    CodeText {
        code: "ID-PROVINCE",
        zh: "身份号码省级代码无效",
        en: "the first two digits of the identity number name no province",
        help: "compare the number with the card",
    },
    CodeText {
        code: "ID-DATE",
        zh: "身份号码出生日期不存在",
        en: "the date of birth in the identity number does not exist",
        help: "compare the number with the card",
    },
    CodeText {
        code: "ID-DATE-RANGE",
        zh: "身份号码出生日期超出范围",
        en: "the date of birth in the identity number is out of range",
        help: "compare the number with the card",
    },
    CodeText {
        code: "ID-CHECKSUM",
        zh: "身份号码校验码错误",
        en: "the check digit of the identity number is wrong",
        help: "two digits are often transposed: compare the number with the card",
    },
    CodeText {
        code: "TEL-FORMAT",
        zh: "手机号格式错误",
        en: "a mobile number has 11 digits and begins with 13 to 19",
        help: "compare the number with what the person says; a country code may stand in front",
    },
    CodeText {
        code: "TEL-NOT-MOBILE",
        zh: "非手机号",
        en: "this is a number of the fixed network, not a mobile number",
        help: "ask for a mobile number, or leave the field empty if the form allows it",
    },
    CodeText {
        code: "ID-AGE-IMPLAUSIBLE",
        zh: "年龄超过130岁，请核实",
        en: "the age is above 130 years",
        help: "verify the date of birth with the household register",
    },
    CodeText {
        code: "BANK-LEN",
        zh: "银行卡号应为16至19位",
        en: "a bank card number has 16 to 19 digits",
        help: "type the number as it stands on the card; a passbook is no card",
    },
    CodeText {
        code: "BANK-CHARSET",
        zh: "银行卡号含非法字符",
        en: "the bank card number has an illegal character",
        help: "only digits are allowed",
    },
    CodeText {
        code: "BANK-BIN",
        zh: "非代发银行卡号",
        en: "no paying bank has card numbers that begin so",
        help: "compare the number with the card",
    },
    CodeText {
        code: "BANK-LUHN",
        zh: "银行卡号校验错误",
        en: "the check digit of the bank card number is wrong",
        help: "two digits are often transposed: compare the number with the card",
    },
    CodeText {
        code: "USCC-LEN",
        zh: "统一社会信用代码应为18位",
        en: "a unified social credit code has 18 characters",
        help: "type the code as it stands on the certificate",
    },
    CodeText {
        code: "USCC-CHARSET",
        zh: "统一社会信用代码含非法字符",
        en: "the unified social credit code has an illegal character",
        help: "no code has the letters I, O, S, V or Z: they are often 1, 0, 5, U or 2",
    },
    CodeText {
        code: "USCC-DIVISION",
        zh: "统一社会信用代码行政区划错误",
        en: "places 3 to 8 of the unified social credit code are no division",
        help: "compare the code with the certificate",
    },
    CodeText {
        code: "USCC-CHECKSUM",
        zh: "统一社会信用代码校验错误",
        en: "the check character of the unified social credit code is wrong",
        help: "two characters are often transposed: compare the code with the certificate",
    },
];

/// The code that leads the text of a value type's error, if it is one of ours.
pub(crate) fn leading(text: &str) -> Option<&'static str> {
    let (code, _) = text.split_once(':')?;
    CODES.iter().map(|it| it.code).find(|it| *it == code)
}
