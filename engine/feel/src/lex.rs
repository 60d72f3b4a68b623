//! Characters, words and literals of FEEL's text.
//!
//! Names may hold spaces and signs, so that where a name ends depends on the names in scope. There
//! is therefore no token stream: the parser asks for what it expects at a place.

/// Between the words of a name in the key under which it is looked up.
const WORD_SEPARATOR: char = '\u{1}';

/// The longest name of several words, counted in words and signs.
pub(crate) const NAME_WORDS_MAX: usize = 48;

pub(crate) fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{180e}' | '\u{200b}' | '\u{feff}')
}

/// Letters of any script, `_` and `?`. The grammar's ranges would also take in the full-width
/// punctuation of Chinese input methods, which is always a slip.
pub(crate) fn is_name_start(character: char) -> bool {
    match character {
        'A'..='Z' | 'a'..='z' | '_' | '?' => true,
        _ if character.is_ascii() => false,
        _ => {
            character.is_alphabetic()
                || matches!(character, '\u{1f000}'..='\u{effff}' | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}')
        }
    }
}

pub(crate) fn is_name_part(character: char) -> bool {
    is_name_start(character)
        || character.is_numeric()
        || matches!(character, '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// Signs that may stand inside a name.
fn is_name_sign(character: char) -> bool {
    matches!(character, '.' | '/' | '-' | '\'' | '’' | '+' | '*')
}

/// Punctuation of Chinese input methods.
pub(crate) fn is_full_width(character: char) -> bool {
    matches!(
        character,
        '，' | '。'
            | '；'
            | '：'
            | '（'
            | '）'
            | '“'
            | '”'
            | '‘'
            | '’'
            | '、'
            | '【'
            | '】'
            | '《'
            | '》'
            | '＝'
            | '＞'
            | '＜'
            | '＋'
            | '－'
            | '！'
            | '＂'
            | '［'
            | '］'
            | '｛'
            | '｝'
    )
}

/// The words of a name, each a run of letters and digits or one sign; `None` for what is no name.
pub(crate) fn name_words(name: &str) -> Option<Vec<&str>> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some((word, end)) = next_word(name, at) {
        words.push(word);
        at = end;
        if words.len() > NAME_WORDS_MAX {
            return None;
        }
    }
    let complete = name[at..].chars().all(is_space);
    (complete && !words.is_empty()).then_some(words)
}

pub(crate) fn join_words(words: &[&str]) -> String {
    let mut joined = String::new();
    for word in words {
        push_word(&mut joined, word);
    }
    joined
}

pub(crate) fn push_word(joined: &mut String, word: &str) {
    if !joined.is_empty() {
        joined.push(WORD_SEPARATOR);
    }
    joined.push_str(word);
}

/// The next word or sign of a name after spaces, and where it ends.
pub(crate) fn next_word(text: &str, at: usize) -> Option<(&str, usize)> {
    let rest = &text[at..];
    let start = at + rest.len() - rest.trim_start_matches(is_space).len();
    let first = text[start..].chars().next()?;
    if is_name_part(first) {
        let end = word_end(text, start);
        return Some((&text[start..end], end));
    }
    if is_name_sign(first) {
        let end = start + first.len_utf8();
        return Some((&text[start..end], end));
    }
    None
}

pub(crate) fn word_end(text: &str, start: usize) -> usize {
    text[start..]
        .find(|it| !is_name_part(it))
        .map_or(text.len(), |length| start + length)
}

/// The place of the first character that is neither space nor comment.
pub(crate) fn skip_space(text: &str, mut at: usize) -> usize {
    loop {
        let rest = &text[at..];
        at += rest.len() - rest.trim_start_matches(is_space).len();
        let rest = &text[at..];
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if let Some(comment) = rest.strip_prefix("/*") {
            at += comment.find("*/").map_or(rest.len(), |length| length + 4);
        } else {
            return at;
        }
    }
}

/// The end of a number literal that begins here, if one does.
pub(crate) fn number_end(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let mut at = digits(start);
    let fraction_follows =
        bytes.get(at) == Some(&b'.') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
    if fraction_follows {
        at = digits(at + 1);
    }
    if at == start {
        return None;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let end = digits(at + 1 + sign);
        if end > at + 1 + sign {
            at = end;
        }
    }
    Some(at)
}

/// The text of a string literal whose opening quote is at `start`, and where the literal ends.
pub(crate) fn string(text: &str, start: usize) -> Option<(String, usize)> {
    let body = text[start..].strip_prefix('"')?;
    let mut value = String::new();
    let mut at = 0;
    while let Some(character) = body[at..].chars().next() {
        if character == '"' {
            return Some((value, start + at + 2));
        }
        let decoded = if character == '\\' {
            escape(&body[at..])
        } else {
            None
        };
        let (character, length) = decoded.unwrap_or((character, character.len_utf8()));
        value.push(character);
        at += length;
    }
    None
}

/// The character of an escape and the escape's length in bytes. Surrogates stand in pairs.
fn escape(text: &str) -> Option<(char, usize)> {
    let code = |at: usize, count: usize| {
        let digits = text.get(at..at + count)?;
        let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        plain
            .then(|| u32::from_str_radix(digits, 16).ok())
            .flatten()
    };
    match text.chars().nth(1)? {
        '"' => Some(('"', 2)),
        '\'' => Some(('\'', 2)),
        '\\' => Some(('\\', 2)),
        'n' => Some(('\n', 2)),
        'r' => Some(('\r', 2)),
        't' => Some(('\t', 2)),
        'U' => char::from_u32(code(2, 6)?).map(|character| (character, 8)),
        'u' => {
            let first = code(2, 4)?;
            if !(0xd800..0xdc00).contains(&first) {
                return char::from_u32(first).map(|character| (character, 6));
            }
            let second = text
                .get(6..8)
                .filter(|it| *it == "\\u")
                .and_then(|_| code(8, 4))?;
            let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
            let joined = 0x10000 + ((first - 0xd800) << 10) + low;
            char::from_u32(joined).map(|character| (character, 12))
        }
        _ => None,
    }
}
