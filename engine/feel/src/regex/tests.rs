//! The examples of Functions and Operators 7.6, the rules of XML Schema, and what must be refused.

use super::*;

/// Counts what it is charged, and refuses beyond a bound.
struct Counter {
    left: u64,
}

impl Meter for Counter {
    type Stop = ();

    fn charge(&mut self, steps: u64) -> Result<(), ()> {
        self.left = self.left.checked_sub(steps).ok_or(())?;
        Ok(())
    }

    fn afford_bytes(&mut self, _bytes: usize) -> Result<(), ()> {
        Ok(())
    }
}

fn compile(pattern: &str, flags: &str) -> Result<Regex, Invalid> {
    Regex::new(pattern, Flags::parse(flags).unwrap(), 10_000)
}

/// What the pattern matches first, and its groups.
#[track_caller]
fn found(pattern: &str, flags: &str, text: &str) -> Option<Vec<String>> {
    let regex = compile(pattern, flags).unwrap_or_else(|why| panic!("{pattern}: {}", why.0));
    let mut meter = Counter { left: 1_000_000 };
    let captures = regex.find(text, 0, &mut meter).unwrap()?;
    let group = |idx| match captures.span(idx) {
        Some((start, end)) => text[start..end].to_owned(),
        None => "-".to_owned(),
    };
    Some((0..=regex.groups()).map(group).collect())
}

#[track_caller]
fn check(pattern: &str, flags: &str, text: &str, expected: Option<&[&str]>) {
    let found = found(pattern, flags, text);
    let found: Option<Vec<&str>> = found
        .as_ref()
        .map(|groups| groups.iter().map(String::as_str).collect());
    assert_eq!(found.as_deref(), expected, "{pattern} on {text:?}");
}

#[test]
fn the_first_alternative_that_fits_is_taken() {
    check("a|ab", "", "ab", Some(&["a"]));
    check("(ab)|(a)", "", "abcd", Some(&["ab", "ab", "-"]));
    check("a.*a", "", "abracadabra", Some(&["abracadabra"]));
    check("a.*?a", "", "abracadabra", Some(&["abra"]));
    check("A+?", "", "AAAA", Some(&["A"]));
    check("^(.*?)d(.*)$", "", "darted", Some(&["darted", "", "arted"]));
    check("(a*)*", "", "aab", Some(&["aa", "aa"]));
    check("(a|b)*c", "", "ababc", Some(&["ababc", "b"]));
    check("x{2,3}", "", "xxxx", Some(&["xxx"]));
    check("x{2,3}?", "", "xxxx", Some(&["xx"]));
    check("", "", "abc", Some(&[""]));
}

#[test]
fn anchors_and_dots_follow_the_flags() {
    let poem = "Kaum hat dies der Hahn gesehen,\nFängt er auch schon an zu krähen:\n";
    check("Kaum.*krähen", "", poem, None);
    assert!(found("Kaum.*krähen", "s", poem).is_some());
    assert!(found("^Kaum.*gesehen,$", "m", poem).is_some());
    check("^Kaum.*gesehen,$", "", poem, None);
    assert!(found("KRÄHEN", "i", poem).is_some());
    check("^$", "m", "a\n", None);
    check("^b", "m", "a\nb", Some(&["b"]));
    check("a\\sb", "x", "a b", Some(&["a b"]));
    check("hello[ ]world", "x", "hello world", Some(&["hello world"]));
    check("hello world", "x", "helloworld", Some(&["helloworld"]));
    check("a.b", "q", "a.b", Some(&["a.b"]));
    check("a.b", "q", "axb", None);
}

#[test]
fn classes_are_those_of_xml_schema() {
    check("[a-z-[aeiou]]+", "", "aeiobcd", Some(&["bcd"]));
    check("[^a-z]+", "", "abc123", Some(&["123"]));
    check("[^a-z-[0-5]]+", "", "01678", Some(&["678"]));
    check("\\d+", "", "x٣4", Some(&["٣4"]));
    check("\\w+", "", "、张三-四", Some(&["张三"]));
    check("\\p{L}+", "", "12王芳", Some(&["王芳"]));
    check("\\P{L}+", "", "王12", Some(&["12"]));
    check("\\p{Lu}", "i", "a", None);
    check(
        "\\p{IsCJKUnifiedIdeographs}+",
        "",
        "a鄂尔多斯",
        Some(&["鄂尔多斯"]),
    );
    check("\\i\\c*", "", "1a-b.c", Some(&["a-b.c"]));
    check("[-a]+", "", "b-a", Some(&["-a"]));
    check("[a-]+", "", "b-a", Some(&["-a"]));
    check("[A-Z]+", "i", "1abC", Some(&["abC"]));
    check("[^Q]", "i", "q", None);
    check("[\\]\\\\]+", "", "a]\\", Some(&["]\\"]));
    check("\\s", "", "a\u{a0}b", None);
}

#[test]
fn back_references_match_the_same_text() {
    check("(ab)\\1", "", "xababx", Some(&["abab", "ab"]));
    check(
        "([md])[aeiou]\\1[aeiou]",
        "",
        "Mum's mama",
        Some(&["mama", "m"]),
    );
    check("(a)\\1", "i", "aA", Some(&["aA", "a"]));
    check(
        "('|\").*?\\1",
        "",
        "say \"it's\"",
        Some(&["\"it's\"", "\""]),
    );
    check("(a)|b\\1", "", "b", Some(&["b", "-"]));
    let ten = "(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\\10";
    assert!(found(ten, "", "abcdefghijj").is_some());
    assert!(found("(a)\\10", "", "aa0").is_some());
}

#[test]
fn what_is_no_pattern_is_refused() {
    for pattern in [
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "*",
        "+a",
        "a**",
        "a{2,1}",
        "a{,3}",
        "a{x}",
        "\\",
        "\\y",
        "\\u0041",
        "[z-a]",
        "[]",
        "[a-z-b]",
        "[a[b]]",
        "\\p{Xx}",
        "\\p{IsNowhere}",
        "\\pL",
        "(?i)a",
        "(?=a)",
        "\\1",
        "(\\1)",
        "a{99999}",
        "[a-\\d]",
        "^*",
        "a|*",
    ] {
        assert!(compile(pattern, "").is_err(), "{pattern}");
    }
    assert_eq!(Flags::parse("z"), None);
    assert!(compile(&"(".repeat(1_000), "").is_err());
    assert!(compile(&"[a-[".repeat(1_000), "").is_err());
    assert!(compile("((a{100}){100}){100}", "").is_err());
}

#[test]
fn patterns_without_back_references_take_linear_time() {
    for pattern in ["(a*)*b", "(a|a)*b", "(a|aa)+$", "(.*)*x", "((a+)+)+b"] {
        let regex = compile(pattern, "").unwrap();
        let text = "a".repeat(2_000);
        let mut meter = Counter { left: 100_000 };
        regex.find(&text, 0, &mut meter).unwrap();
    }
}

#[test]
fn back_references_are_charged_until_nothing_is_left() {
    let regex = compile("(a*)*(a*)*\\1b", "").unwrap();
    let mut meter = Counter { left: 10_000 };
    assert!(regex.find(&"a".repeat(60), 0, &mut meter).is_err());
}

#[test]
fn all_matches_are_found_one_after_the_other() {
    let all = |pattern: &str, text: &str| {
        let mut spans = Vec::new();
        let regex = compile(pattern, "").unwrap();
        let mut meter = Counter { left: 1_000_000 };
        regex
            .find_all(text, &mut meter, |_, captures| {
                spans.extend(captures.span(0));
                Ok(())
            })
            .unwrap();
        spans
    };
    assert_eq!(all("a", "banana"), [(1, 2), (3, 4), (5, 6)]);
    assert_eq!(all("x*", "ax"), [(0, 0), (1, 2), (2, 2)]);
    assert_eq!(all("", "张a"), [(0, 0), (3, 3), (4, 4)]);
}
