//! From the text of a pattern to its tree.

use super::class::{Class, Part};
use super::{Flags, Invalid};

/// Groups and classes nested in each other.
const DEPTH_MAX: u32 = 40;
/// The largest count of a repetition.
const COUNT_MAX: u32 = 10_000;

/// A pattern.
#[derive(Debug, PartialEq)]
pub(super) enum Tree {
    Empty,
    Char(char),
    /// `.`
    Dot,
    Class(Class),
    /// `^`
    Start,
    /// `$`
    End,
    /// A group that is captured under its number, from 1.
    Group(usize, Box<Tree>),
    Sequence(Vec<Tree>),
    Either(Vec<Tree>),
    Repeat {
        of: Box<Tree>,
        min: u32,
        max: Option<u32>,
        greedy: bool,
    },
    /// What a group matched before.
    Back(usize),
}

/// A pattern and its number of groups.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) tree: Tree,
    pub(super) groups: usize,
    pub(super) has_back_references: bool,
}

pub(super) fn parse(pattern: &str, flags: Flags) -> Result<Parsed, Invalid> {
    if flags.quoted {
        let characters = pattern.chars().map(Tree::Char).collect();
        return Ok(Parsed {
            tree: Tree::Sequence(characters),
            groups: 0,
            has_back_references: false,
        });
    }
    let mut parser = Parser {
        rest: pattern,
        flags,
        groups: 0,
        closed: Vec::new(),
        has_back_references: false,
        depth: 0,
    };
    let tree = parser.either()?;
    if !parser.rest.is_empty() {
        return Err(Invalid("an unmatched closing parenthesis"));
    }
    Ok(Parsed {
        tree,
        groups: parser.groups,
        has_back_references: parser.has_back_references,
    })
}

struct Parser<'p> {
    rest: &'p str,
    flags: Flags,
    groups: usize,
    /// The numbers of the groups that are complete.
    closed: Vec<usize>,
    has_back_references: bool,
    depth: u32,
}

type Parse<T> = Result<T, Invalid>;

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next();
        self.rest = characters.as_str();
        next
    }

    fn take(&mut self, sign: char) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Skips space outside of classes, where it does not count.
    fn skip_space(&mut self) {
        if self.flags.ignore_space {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
        }
    }

    fn either(&mut self) -> Parse<Tree> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Invalid("groups are nested too deeply"));
        }
        let mut branches = vec![self.branch()?];
        while self.take('|') {
            branches.push(self.branch()?);
        }
        self.depth -= 1;
        Ok(match branches.len() {
            1 => branches.pop().unwrap_or(Tree::Empty),
            _ => Tree::Either(branches),
        })
    }

    fn branch(&mut self) -> Parse<Tree> {
        let mut pieces = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                None | Some('|' | ')') => break,
                Some(_) => pieces.push(self.piece()?),
            }
        }
        Ok(match pieces.len() {
            0 => Tree::Empty,
            1 => pieces.pop().unwrap_or(Tree::Empty),
            _ => Tree::Sequence(pieces),
        })
    }

    fn piece(&mut self) -> Parse<Tree> {
        let atom = self.atom()?;
        self.skip_space();
        let (min, max) = match self.peek() {
            Some('?') => (0, Some(1)),
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('{') => {
                let (min, max) = self.count()?;
                return self.finish_repeat(atom, min, max);
            }
            _ => return Ok(atom),
        };
        self.next();
        self.finish_repeat(atom, min, max)
    }

    fn finish_repeat(&mut self, atom: Tree, min: u32, max: Option<u32>) -> Parse<Tree> {
        if matches!(atom, Tree::Start | Tree::End) {
            return Err(Invalid("an anchor is repeated"));
        }
        self.skip_space();
        let greedy = !self.take('?');
        self.skip_space();
        if matches!(self.peek(), Some('?' | '*' | '+' | '{')) {
            return Err(Invalid("a repetition is repeated"));
        }
        Ok(Tree::Repeat {
            of: Box::new(atom),
            min,
            max,
            greedy,
        })
    }

    /// `{n}`, `{n,}` or `{n,m}`.
    fn count(&mut self) -> Parse<(u32, Option<u32>)> {
        let end = self
            .rest
            .find('}')
            .ok_or(Invalid("a brace is not closed"))?;
        let inner = &self.rest[1..end];
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
            let number = digits.then(|| text.parse::<u32>().ok()).flatten();
            number
                .filter(|it| *it <= COUNT_MAX)
                .ok_or(Invalid("a count is no small number"))
        };
        let (min, max) = match inner.split_once(',') {
            None => {
                let count = number(inner)?;
                (count, Some(count))
            }
            Some((min, "")) => (number(min)?, None),
            Some((min, max)) => (number(min)?, Some(number(max)?)),
        };
        if max.is_some_and(|max| max < min) {
            return Err(Invalid("a count ends below its beginning"));
        }
        self.rest = &self.rest[end + 1..];
        Ok((min, max))
    }

    fn atom(&mut self) -> Parse<Tree> {
        Ok(match self.next() {
            Some('(') => self.group()?,
            Some('[') => Tree::Class(self.class()?),
            Some('.') => Tree::Dot,
            Some('^') => Tree::Start,
            Some('$') => Tree::End,
            Some('\\') => self.escape()?,
            Some('?' | '*' | '+' | '{') => return Err(Invalid("nothing is repeated")),
            Some('}' | ']') => return Err(Invalid("an unmatched closing bracket")),
            Some(character) => Tree::Char(character),
            None => Tree::Empty,
        })
    }

    fn group(&mut self) -> Parse<Tree> {
        let captures = match self.rest.strip_prefix("?:") {
            Some(rest) => {
                self.rest = rest;
                false
            }
            None if self.rest.starts_with('?') => return Err(Invalid("an unknown sort of group")),
            None => true,
        };
        if !captures {
            let inner = self.either()?;
            return self.close(inner);
        }
        self.groups += 1;
        let number = self.groups;
        let inner = self.either()?;
        let inner = self.close(inner)?;
        self.closed.push(number);
        Ok(Tree::Group(number, Box::new(inner)))
    }

    fn close(&mut self, inner: Tree) -> Parse<Tree> {
        match self.take(')') {
            true => Ok(inner),
            false => Err(Invalid("a parenthesis is not closed")),
        }
    }

    fn escape(&mut self) -> Parse<Tree> {
        if matches!(self.peek(), Some('1'..='9')) {
            return self.back_reference();
        }
        Ok(match self.escaped()? {
            Escape::Char(character) => Tree::Char(character),
            Escape::Set(part) => Tree::Class(Class::of(part)),
        })
    }

    /// As many digits as there are groups for.
    fn back_reference(&mut self) -> Parse<Tree> {
        let mut number = 0;
        while let Some(digit) = self.peek().and_then(|it| it.to_digit(10)) {
            let longer = number * 10 + digit as usize;
            if number > 0 && longer > self.groups {
                break;
            }
            number = longer;
            self.next();
        }
        if !self.closed.contains(&number) {
            return Err(Invalid("a back reference to no complete group"));
        }
        self.has_back_references = true;
        Ok(Tree::Back(number))
    }

    fn escaped(&mut self) -> Parse<Escape> {
        let Some(sign) = self.next() else {
            return Err(Invalid("an escape at the end"));
        };
        let set = |part: Part, negated: bool| {
            Escape::Set(match negated {
                true => Part::Not(Box::new(part)),
                false => part,
            })
        };
        Ok(match sign {
            'n' => Escape::Char('\n'),
            'r' => Escape::Char('\r'),
            't' => Escape::Char('\t'),
            '\\' | '|' | '.' | '?' | '*' | '+' | '(' | ')' | '{' | '}' | '-' | '[' | ']' | '^'
            | '$' => Escape::Char(sign),
            's' | 'S' => set(Part::Space, sign == 'S'),
            'i' | 'I' => set(Part::NameStart, sign == 'I'),
            'c' | 'C' => set(Part::NameChar, sign == 'C'),
            'w' | 'W' => set(Part::Word, sign == 'W'),
            'd' | 'D' => {
                let digit = Part::property("Nd").ok_or(Invalid("no category of digits"))?;
                set(digit, sign == 'D')
            }
            'p' | 'P' => {
                let rest = self.rest.strip_prefix('{');
                let end = rest.and_then(|rest| rest.find('}'));
                let (Some(rest), Some(end)) = (rest, end) else {
                    return Err(Invalid("a category without braces"));
                };
                let part = Part::property(&rest[..end]).ok_or(Invalid("an unknown category"))?;
                self.rest = &rest[end + 1..];
                set(part, sign == 'P')
            }
            _ => return Err(Invalid("an unknown escape")),
        })
    }

    /// A class after its opening bracket.
    fn class(&mut self) -> Parse<Class> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Invalid("classes are nested too deeply"));
        }
        let mut class = Class {
            negated: self.take('^'),
            ..Class::default()
        };
        loop {
            if class.parts.is_empty() && self.take('-') {
                self.range_or_single('-', &mut class)?;
                continue;
            }
            match self.next() {
                None => return Err(Invalid("a class is not closed")),
                Some(']') if !class.parts.is_empty() => break,
                Some(']') => return Err(Invalid("an empty class")),
                Some('[') => return Err(Invalid("an opening bracket in a class")),
                Some('-') if self.take('[') => {
                    class.without = Some(Box::new(self.class()?));
                    if !self.take(']') {
                        return Err(Invalid("something after what is taken from a class"));
                    }
                    break;
                }
                Some('-') if self.peek() == Some(']') => class.parts.push(Part::Range('-', '-')),
                Some('-') => return Err(Invalid("a hyphen inside a class")),
                Some('\\') => match self.escaped()? {
                    Escape::Char(character) => self.range_or_single(character, &mut class)?,
                    Escape::Set(part) => class.parts.push(part),
                },
                Some(character) => self.range_or_single(character, &mut class)?,
            }
        }
        self.depth -= 1;
        Ok(class)
    }

    /// A character, or a range that begins with it.
    fn range_or_single(&mut self, low: char, class: &mut Class) -> Parse<()> {
        let is_range = self
            .rest
            .strip_prefix('-')
            .is_some_and(|after| !after.starts_with([']', '[']));
        if !is_range {
            class.parts.push(Part::Range(low, low));
            return Ok(());
        }
        self.next();
        let high = match self.next() {
            Some('\\') => match self.escaped()? {
                Escape::Char(character) => character,
                Escape::Set(_) => return Err(Invalid("a range ends with a set")),
            },
            Some(character) => character,
            None => return Err(Invalid("a class is not closed")),
        };
        if high < low {
            return Err(Invalid("a range ends below its beginning"));
        }
        class.parts.push(Part::Range(low, high));
        Ok(())
    }
}

enum Escape {
    Char(char),
    Set(Part),
}
