//! Expressions and their values, written as FEEL writes them.

use tongban_feel::environment::Environment;
use tongban_feel::expression::{Expression, Names};
use tongban_feel::time::{DateTime, Zone};
use tongban_feel::value::{Context, Value};
use tongban_feel::workday::Weekends;

fn names() -> Names {
    Names::of([
        "Monthly Fee",
        "申请人 年龄",
        "applicant's income",
        "a-b",
        "Full Name",
        "order",
    ])
}

fn variables() -> Context {
    let mut person = Context::new();
    person.insert("Full Name", Value::from("王芳"));
    person.insert("age", Value::from(31));
    let mut older = person.clone();
    older.insert("age", Value::from(64));
    let mut variables = Context::new();
    variables.insert("Monthly Fee", Value::from(100));
    variables.insert("申请人 年龄", Value::from(25));
    variables.insert("金额", Value::from(1200));
    variables.insert("applicant's income", Value::from(5000));
    variables.insert("a-b", Value::from(7));
    variables.insert("a", Value::from(10));
    variables.insert("b", Value::from(4));
    variables.insert("person", Value::from(person.clone()));
    variables.insert(
        "people",
        Value::list(vec![Value::from(person), Value::from(older)]),
    );
    variables.insert("date", Value::from("a variable named like a function"));
    variables
}

#[track_caller]
fn check(source: &str, expected: &str) {
    let expression = match Expression::compile(source, &names()) {
        Ok(expression) => expression,
        Err(errors) => panic!("{source}: {}", errors[0]),
    };
    let now = DateTime::parse("2026-03-05T09:30:00+08:00").unwrap();
    let environment = Environment::new(
        now.to_timestamp(&Zone::utc()).unwrap(),
        Zone::named("Asia/Shanghai").unwrap(),
        &Weekends,
    );
    let (value, warnings) = expression.evaluate_traced(&variables(), &environment);
    let mut result = Context::new();
    result.insert("it", value.unwrap());
    let text = Expression::compile("string([it])", &Names::default())
        .unwrap()
        .evaluate(&result, &environment)
        .unwrap();
    let text = text.as_str().unwrap();
    assert_eq!(&text[1..text.len() - 1], expected, "{source} {warnings:?}");
}

#[track_caller]
fn refuse(source: &str, code: &str) {
    match Expression::compile(source, &names()) {
        Ok(_) => panic!("{source} was accepted"),
        Err(errors) => assert!(
            errors.iter().any(|it| it.code == code),
            "{source}: {errors:?}"
        ),
    }
}

#[test]
fn arithmetic_follows_precedence_and_decimals() {
    check("1 + 2 * 3 - 4 / 8", "6.5");
    check("0.1 + 0.2", "0.3");
    check("1 / 3", &format!("0.{}", "3".repeat(34)));
    check("-2 ** 2", "4");
    check("2 ** 3 ** 2", "64");
    check("10 - 3 - 2", "5");
    check("1 / 0", "null");
    check("\"a\" + \"b\"", "\"ab\"");
    check("1 + \"b\"", "null");
    check("- (3)", "-3");
}

#[test]
fn logic_is_three_valued() {
    check("true and null", "null");
    check("false and null", "false");
    check("true or null", "true");
    check("false or null", "null");
    check("not(null)", "null");
    check("1 = null", "false");
    check("null = null", "true");
    check("1 = \"1\"", "null");
    check("1 < \"1\"", "null");
    check("3 between 1 and 5 and true", "true");
}

#[test]
fn names_may_hold_spaces_signs_and_chinese() {
    check("Monthly Fee * 12", "1200");
    check("Monthly   Fee*2", "200");
    check("申请人 年龄 >= 22 and 金额 > 1000", "true");
    check("applicant's income / 2", "2500");
    check("a-b", "7");
    check("a - b", "7");
    check("b-a", "-6");
    check("person.Full Name", "\"王芳\"");
    check("order", "null");
    check("date", "\"a variable named like a function\"");
    check("date(\"2026-03-05\")", "2026-03-05");
}

#[test]
fn conditions_chain() {
    check("if 金额 > 1000 then \"high\" else \"low\"", "\"high\"");
    check("if null then 1 else if false then 2 else 3", "3");
    check("(if true then 1 else 2) + 1", "2");
    check("if true then 1 else 2 + 1", "1");
}

#[test]
fn loops_go_over_lists_and_ranges() {
    check("for i in 1..3 return i * 2", "[2, 4, 6]");
    check("for i in 3..1 return i", "[3, 2, 1]");
    check(
        "for i in [1, 2], j in [10, 20] return i + j",
        "[11, 21, 12, 22]",
    );
    check(
        "for i in 1..5 return if i <= 2 then 1 else partial[-1] + partial[-2]",
        "[1, 1, 2, 3, 5]",
    );
    check("for i in [1..3) return i", "[1, 2]");
    check(
        "for d in @\"2026-02-27\"..@\"2026-03-01\" return d.day",
        "[27, 28, 1]",
    );
    check("some x in [1, 2, 3] satisfies x > 2", "true");
    check("every x in [1, 2, 3] satisfies x > 2", "false");
    check("every x in [] satisfies x > 2", "true");
    check("for i in 5 return i", "[5]");
    check("for i in 1.5..3 return i", "null");
}

#[test]
fn filters_see_the_item_and_its_entries() {
    check("people[age > 60].Full Name", "[\"王芳\"]");
    check("people[item.age > 60][1].age", "64");
    check("[1, 2, 3][item > 1]", "[2, 3]");
    check("[1, 2, 3][-1]", "3");
    check("[1, 2, 3][4]", "null");
    check("[1, 2, 3][a - 8]", "2");
    check("people[age > Monthly Fee]", "[]");
    check("count(people[some n in [31] satisfies n = age])", "1");
    check("null[1]", "[]");
    check("100[1]", "100");
}

#[test]
fn contexts_see_their_earlier_entries() {
    check("{ a: 1, b: a + 1, \"c d\": a + b }", "{a: 1, b: 2, c d: 3}");
    check("{ Monthly Fee: 1, x: Monthly Fee + 1 }.x", "2");
    check(
        "{ 出生 日期: @\"2000-01-01\", 年: 出生 日期.year }.年",
        "2000",
    );
    check("{}", "{}");
    check("{ a: { b: [1, 2] } }.a.b[2]", "2");
}

#[test]
fn ranges_test_membership() {
    check("5 in [1..5]", "true");
    check("5 in [1..5)", "false");
    check("1 in ]1..5]", "false");
    check("5 in (> 3)", "true");
    check("5 in (< 3, > 4)", "true");
    check("5 in (1, 5)", "true");
    check("5 in (1..5]", "true");
    check("\"b\" in [\"a\", \"b\"]", "true");
    check("[1..5[.end included", "false");
    check("(>= 3).start", "3");
    check(
        "@\"2026-03-05\" in [@\"2026-03-01\"..@\"2026-03-31\"]",
        "true",
    );
    check("[\"a\"..5]", "null");
}

#[test]
fn functions_are_values_and_may_call_themselves() {
    check("(function(x, y) x + y)(1, 2)", "3");
    check("{ f: function(x: number) x * 2, r: f(21) }.r", "42");
    check("{ f: function(x: number) x * 2, r: f(x: \"a\") }.r", "null");
    check(
        "{ fact: function(n) if n < 2 then 1 else n * fact(n - 1), r: fact(20) }.r",
        "2432902008176640000",
    );
    check(
        "{ k: 3, f: function(x) function(y) x + y + k, r: f(1)(2) }.r",
        "6",
    );
    check("sort([3, 1, 2], function(x, y) x > y)", "[3, 2, 1]");
    check("{ min: function(x) 0, r: min([1, 2]) }.r", "0");
}

#[test]
fn calls_take_names() {
    check(
        "substring(string: \"foobar\", start position: 3)",
        "\"obar\"",
    );
    check(
        "substring(length: 1, string: \"foobar\", start position: 3)",
        "\"o\"",
    );
    check("substring(text: \"foobar\", start position: 3)", "null");
    check("date(year: 2026, month: 3, day: 5)", "2026-03-05");
}

#[test]
fn texts_count_characters() {
    check("string length(\"鄂尔多斯\")", "4");
    check("substring(\"鄂尔多斯\", -2)", "\"多斯\"");
    check("substring(\"foobar\", 3, 3)", "\"oba\"");
    check("replace(\"abcd\", \"(b)(c)\", \"[$2$1]\")", "\"a[cb]d\"");
    check(
        "matches(\"150603199909099096\", \"^[0-9]{17}[0-9X]$\")",
        "true",
    );
    check("matches(\"a\", \"(\")", "null");
    check("split(\"a;b;;c\", \";\")", "[\"a\", \"b\", \"\", \"c\"]");
    check("string join([\"a\", null, \"b\"], \"、\")", "\"a、b\"");
    check("\"\\u5f20\\U01F600\\n\"", "\"张😀\\n\"");
    check("string({a: 1, b: [\"x\"]})", "\"{a: 1, b: [\\\"x\\\"]}\"");
    check(
        "contains(\"foobar\", \"ob\") and starts with(\"foobar\", \"fo\")",
        "true",
    );
    check("number(\"1,234.5\", \",\", \".\")", "1234.5");
}

#[test]
fn dates_reckon_with_durations() {
    check("@\"2026-03-05\" + @\"P30D\"", "2026-04-04");
    check("@\"2026-01-31\" + @\"P1M\"", "2026-02-28");
    check("@\"2026-04-04\" - @\"2026-03-05\"", "P30D");
    check(
        "date and time(@\"2026-03-05\", @\"09:30:00\")",
        "2026-03-05T09:30:00",
    );
    check(
        "years and months duration(@\"2004-03-11\", @\"2026-03-10\")",
        "P21Y11M",
    );
    check("@\"P1D\" / @\"PT6H\"", "4");
    check("today()", "2026-03-05");
    check("now() - date and time(\"2026-03-05T00:00:00Z\")", "PT1H30M");
    check("@\"2026-03-05\".weekday", "4");
    check("day of week(@\"2026-03-05\")", "\"Thursday\"");
}

#[test]
fn working_days_follow_the_calendar_passed_in() {
    check("is working day(@\"2026-03-07\")", "false");
    check("add working days(@\"2026-03-05\", 2)", "2026-03-09");
    check("roll forward to working day(@\"2026-03-07\")", "2026-03-09");
    check(
        "roll back to working day(date: @\"2026-03-07\")",
        "2026-03-06",
    );
    check(
        "working days between(@\"2026-03-05\", @\"2026-03-12\")",
        "5",
    );
    check("anniversary(@\"2004-02-29\", 22, \"MAR_01\")", "2026-03-01");
    check("corresponding day(@\"2026-01-31\", 1)", "2026-02-28");
    check("is statutory holiday(@\"2026-10-01\")", "false");
    check("is rest day(@\"2026-03-07\")", "true");
    check("is rest day(@\"2026-03-07\", false)", "false");
    check("is rest day(date: @\"2026-03-06\")", "false");
    check("roll forward from rest day(@\"2026-03-07\")", "2026-03-09");
    check(
        "roll forward from rest day(@\"2026-03-07\", false)",
        "2026-03-07",
    );
    check("is rest day(@\"2026-03-07\", 1)", "null");
}

#[test]
fn types_are_tested() {
    check("1 instance of number", "true");
    check("[1, 2] instance of list<number>", "true");
    check("{a: 1} instance of context<a: number, b: string>", "false");
    check("null instance of Any", "false");
    check("@\"P1D\" instance of days and time duration", "true");
    check("1 + 1 instance of number", "null");
}

#[test]
fn relations_compare_points_and_ranges() {
    check("before(1, [2..5])", "true");
    check("overlaps([1..3], [3..5])", "true");
    check("overlaps([1..3), [3..5])", "false");
    check("includes([1..5], 3)", "true");
    check("during(point: 3, range: [1..5])", "true");
    check("meets([1..3], [3..5])", "true");
    check("finishes(5, [1..5])", "true");
}

#[test]
fn comments_are_skipped() {
    check("1 /* one */ + // plus\n 2", "3");
}

#[test]
fn a_text_that_is_no_feel_is_refused_with_a_code() {
    refuse("", "FEEL-0001");
    refuse("1 +", "FEEL-0001");
    refuse("(1", "FEEL-0001");
    refuse("\"abc", "FEEL-0001");
    refuse("for in [1] return 1", "FEEL-0001");
    refuse("if true then 1", "FEEL-0001");
    refuse("frobnicate(1)", "FEEL-0002");
    refuse("@\"2026-02-30\"", "FEEL-0005");
    refuse("金额 ＞ 1000", "FEEL-0006");
    refuse("sum（1，2）", "FEEL-0006");
    refuse("1 instance of parsnip", "FEEL-0008");
    refuse("function(x) external { java: {} }", "FEEL-0010");
    refuse("1 2", "FEEL-0001");
}

#[test]
fn all_semantic_problems_are_reported_at_once() {
    let errors = Expression::compile("foo(1) + bar(2)", &Names::default()).unwrap_err();
    let messages: Vec<&str> = errors.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[0].contains("foo") && messages[1].contains("bar"));
}

#[test]
fn free_variables_are_known_without_evaluating() {
    let source = "for x in people return x.age + limit[item > bonus][1]";
    let expression = Expression::compile(source, &Names::default()).unwrap();
    let variables: Vec<String> = expression
        .variables()
        .iter()
        .map(|name| name.to_string())
        .collect();
    assert_eq!(variables, ["bonus", "limit", "people"]);
}

#[test]
fn a_trace_says_why_a_null_appeared() {
    let expression = Expression::compile("missing + 1", &Names::default()).unwrap();
    let (value, warnings) = expression.evaluate_traced(&Context::new(), &Environment::default());
    assert_eq!(value, Ok(Value::Null));
    assert!(warnings[0].message.contains("missing"), "{warnings:?}");
}

#[test]
fn unary_tests_read_their_input() {
    let holds = |source: &str, input: Value| {
        let mut scope = variables();
        scope.insert("?", input);
        let tests = Expression::compile_unary_tests(source, &names()).unwrap();
        tests.evaluate(&scope, &Environment::default()).unwrap() == Value::Boolean(true)
    };
    assert!(holds("-", Value::from(1)));
    assert!(holds("> 1000", Value::from(1200)));
    assert!(holds("\"A\", \"B\"", Value::from("B")));
    assert!(!holds("not(\"A\", \"B\")", Value::from("B")));
    assert!(holds("[1..5], > 10", Value::from(11)));
    assert!(holds("? > 3 and ? < 5", Value::from(4)));
    assert!(holds("starts with(?, \"1506\")", Value::from("150627")));
    assert!(holds("true", Value::from(true)));
    assert!(!holds("true", Value::from(false)));
    assert!(holds("-1", Value::from(-1)));
    assert!(holds("null", Value::Null));
    assert!(holds("< Monthly Fee", Value::from(99)));
    assert!(holds("not(null)", Value::from(99)));
    assert!(holds("[\"a\", \"b\"]", Value::from("a")));
}
