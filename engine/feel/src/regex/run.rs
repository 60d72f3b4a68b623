//! Matching by trying one way after the other.
//!
//! Without back references the way on from an instruction at a place of the text does not depend on
//! how one came there: what failed once is not tried again.

use super::class::same_but_case;
use super::program::{Instruction, Program};
use super::{Captures, Meter};

/// Instructions that are tried for one step.
const TRIES_PER_STEP: u64 = 16;

/// What is still to be done, the last first.
enum Todo {
    /// Go on with an instruction at a place.
    Try(usize, usize),
    /// Put back what was noted of a group.
    Restore(usize, Option<usize>),
    /// Put back where a round of a loop began.
    Unmark(usize, usize),
}

pub(super) struct Run<'r, M: Meter> {
    program: &'r Program,
    text: &'r str,
    meter: &'r mut M,
    /// Which instructions were tried at which places.
    tried: Vec<u64>,
    /// The words of `tried` that are not empty.
    touched: Vec<usize>,
    places: Vec<Option<usize>>,
    marks: Vec<usize>,
    todo: Vec<Todo>,
    tries: u64,
}

impl<'r, M: Meter> Run<'r, M> {
    pub(super) fn new(
        program: &'r Program,
        text: &'r str,
        meter: &'r mut M,
    ) -> Result<Run<'r, M>, M::Stop> {
        let words = match program.has_back_references {
            true => 0,
            false => (program.instructions.len() * (text.len() + 1)).div_ceil(64),
        };
        meter.afford_bytes(words * 8)?;
        meter.charge(words as u64 / 64)?;
        Ok(Run {
            program,
            text,
            meter,
            tried: vec![0; words],
            touched: Vec::new(),
            places: vec![None; (program.groups + 1) * 2],
            marks: vec![usize::MAX; program.marks],
            todo: Vec::new(),
            tries: 0,
        })
    }

    pub(super) fn meter(&mut self) -> &mut M {
        self.meter
    }

    /// The first match that begins at or after a place.
    pub(super) fn find(&mut self, from: usize) -> Result<Option<Captures>, M::Stop> {
        for word in self.touched.drain(..) {
            self.tried[word] = 0;
        }
        let mut start = from;
        loop {
            self.places.fill(None);
            if self.matches_at(start)? {
                let places = self.places.clone();
                return Ok(Some(Captures { places }));
            }
            let next = self.text[start..].chars().next();
            match next {
                Some(next) if !self.program.is_anchored => start += next.len_utf8(),
                _ => return Ok(None),
            }
        }
    }

    fn charge(&mut self) -> Result<(), M::Stop> {
        self.tries += 1;
        if self.tries.is_multiple_of(TRIES_PER_STEP) {
            self.meter.charge(1)?;
        }
        Ok(())
    }

    fn matches_at(&mut self, start: usize) -> Result<bool, M::Stop> {
        self.todo.clear();
        self.todo.push(Todo::Try(0, start));
        while let Some(todo) = self.todo.pop() {
            match todo {
                Todo::Restore(group, place) => self.places[group] = place,
                Todo::Unmark(mark, place) => self.marks[mark] = place,
                Todo::Try(instruction, at) => {
                    if self.follow(instruction, at)? {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    /// Whether it is the first time here.
    fn is_new(&mut self, instruction: usize, at: usize) -> bool {
        if self.program.has_back_references {
            return true;
        }
        let idx = instruction * (self.text.len() + 1) + at;
        let (word, bit) = (idx / 64, 1u64 << (idx % 64));
        if self.tried[word] & bit != 0 {
            return false;
        }
        if self.tried[word] == 0 {
            self.touched.push(word);
        }
        self.tried[word] |= bit;
        true
    }

    /// Goes on until nothing fits or all of it did.
    fn follow(&mut self, mut instruction: usize, mut at: usize) -> Result<bool, M::Stop> {
        let program = self.program;
        loop {
            self.charge()?;
            if !self.is_new(instruction, at) {
                return Ok(false);
            }
            let next = self.text[at..].chars().next();
            let consumed = match &program.instructions[instruction] {
                Instruction::Match => return Ok(true),
                Instruction::Char(expected) => next.filter(|it| self.same(*it, *expected)),
                Instruction::Any { line_ends } => next.filter(|it| *line_ends || *it != '\n'),
                Instruction::Class(class) => {
                    next.filter(|it| class.contains(*it, program.flags.ignore_case))
                }
                Instruction::Jump(place) => {
                    instruction = *place;
                    continue;
                }
                Instruction::Split(first, second) => {
                    self.todo.push(Todo::Try(*second, at));
                    instruction = *first;
                    continue;
                }
                other => match self.pass(other, at)? {
                    Some(place) => {
                        at = place;
                        instruction += 1;
                        continue;
                    }
                    None => return Ok(false),
                },
            };
            match consumed {
                Some(character) => {
                    at += character.len_utf8();
                    instruction += 1;
                }
                None => return Ok(false),
            }
        }
    }

    /// The place after an instruction that consumes no single character.
    fn pass(&mut self, instruction: &Instruction, at: usize) -> Result<Option<usize>, M::Stop> {
        let fits = match instruction {
            Instruction::Start => self.is_start(at),
            Instruction::End => self.is_end(at),
            Instruction::Save(place) => {
                self.todo.push(Todo::Restore(*place, self.places[*place]));
                self.places[*place] = Some(at);
                true
            }
            Instruction::Mark(mark) => {
                self.todo.push(Todo::Unmark(*mark, self.marks[*mark]));
                self.marks[*mark] = at;
                true
            }
            Instruction::Progress(mark) => self.marks[*mark] != at,
            Instruction::Back(group) => return self.back(*group, at),
            Instruction::Char(_)
            | Instruction::Any { .. }
            | Instruction::Class(_)
            | Instruction::Split(..)
            | Instruction::Jump(_)
            | Instruction::Match => false,
        };
        Ok(fits.then_some(at))
    }

    fn same(&self, found: char, expected: char) -> bool {
        found == expected || (self.program.flags.ignore_case && same_but_case(found, expected))
    }

    fn is_start(&self, at: usize) -> bool {
        let after_line = || {
            self.program.flags.multi_line && at < self.text.len() && self.text[..at].ends_with('\n')
        };
        at == 0 || after_line()
    }

    fn is_end(&self, at: usize) -> bool {
        let before_line = || self.program.flags.multi_line && self.text[at..].starts_with('\n');
        at == self.text.len() || before_line()
    }

    /// The place behind what a group matched before; a group that took no part matched nothing.
    fn back(&mut self, group: usize, at: usize) -> Result<Option<usize>, M::Stop> {
        let (Some(start), Some(end)) = (self.places[group * 2], self.places[group * 2 + 1]) else {
            return Ok(Some(at));
        };
        self.meter.charge((end.saturating_sub(start)) as u64 / 64)?;
        let mut rest = self.text[at..].chars();
        for expected in self.text[start..end].chars() {
            match rest.next() {
                Some(found) if self.same(found, expected) => {}
                _ => return Ok(None),
            }
        }
        Ok(Some(self.text.len() - rest.as_str().len()))
    }
}
