//! From the tree of a pattern to instructions.

use super::class::Class;
use super::parse::{Parsed, Tree};
use super::{Flags, Invalid};

/// An instruction; places are indices of instructions.
#[derive(Debug)]
pub(super) enum Instruction {
    Char(char),
    /// Any character, the end of a line perhaps apart.
    Any {
        line_ends: bool,
    },
    Class(Class),
    Start,
    End,
    /// Notes where a group begins or ends.
    Save(usize),
    /// Tries the first place, then the second.
    Split(usize, usize),
    Jump(usize),
    /// Notes where a round of a loop begins.
    Mark(usize),
    /// Ends a loop whose round matched nothing.
    Progress(usize),
    Back(usize),
    Match,
}

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) instructions: Vec<Instruction>,
    pub(super) groups: usize,
    pub(super) flags: Flags,
    pub(super) has_back_references: bool,
    /// The number of loops that note their progress.
    pub(super) marks: usize,
    /// Whether a match can begin at the start of the text only.
    pub(super) is_anchored: bool,
}

impl Program {
    pub(super) fn compile(
        parsed: &Parsed,
        flags: Flags,
        instructions_max: usize,
    ) -> Result<Program, Invalid> {
        let mut compiler = Compiler {
            instructions: Vec::new(),
            marks: 0,
            instructions_max,
            flags,
        };
        compiler.push(Instruction::Save(0))?;
        compiler.tree(&parsed.tree)?;
        compiler.push(Instruction::Save(1))?;
        compiler.push(Instruction::Match)?;
        Ok(Program {
            instructions: compiler.instructions,
            groups: parsed.groups,
            flags,
            has_back_references: parsed.has_back_references,
            marks: compiler.marks,
            is_anchored: !flags.multi_line && begins_at_start(&parsed.tree),
        })
    }
}

fn begins_at_start(tree: &Tree) -> bool {
    match tree {
        Tree::Start => true,
        Tree::Sequence(pieces) => pieces.first().is_some_and(begins_at_start),
        Tree::Group(_, inner) => begins_at_start(inner),
        Tree::Either(branches) => branches.iter().all(begins_at_start),
        _ => false,
    }
}

struct Compiler {
    instructions: Vec<Instruction>,
    marks: usize,
    instructions_max: usize,
    flags: Flags,
}

type Compile = Result<(), Invalid>;

impl Compiler {
    fn here(&self) -> usize {
        self.instructions.len()
    }

    fn push(&mut self, instruction: Instruction) -> Compile {
        if self.here() >= self.instructions_max {
            return Err(Invalid("the pattern is too large"));
        }
        self.instructions.push(instruction);
        Ok(())
    }

    fn tree(&mut self, tree: &Tree) -> Compile {
        match tree {
            Tree::Empty => Ok(()),
            Tree::Char(character) => self.push(Instruction::Char(*character)),
            Tree::Dot => self.push(Instruction::Any {
                line_ends: self.flags.dot_all,
            }),
            Tree::Class(class) => self.push(Instruction::Class(class.clone())),
            Tree::Start => self.push(Instruction::Start),
            Tree::End => self.push(Instruction::End),
            Tree::Back(group) => self.push(Instruction::Back(*group)),
            Tree::Group(number, inner) => {
                self.push(Instruction::Save(number * 2))?;
                self.tree(inner)?;
                self.push(Instruction::Save(number * 2 + 1))
            }
            Tree::Sequence(pieces) => pieces.iter().try_for_each(|piece| self.tree(piece)),
            Tree::Either(branches) => self.either(branches),
            Tree::Repeat {
                of,
                min,
                max,
                greedy,
            } => self.repeat(of, *min, *max, *greedy),
        }
    }

    fn either(&mut self, branches: &[Tree]) -> Compile {
        let mut jumps = Vec::new();
        for (idx, branch) in branches.iter().enumerate() {
            if idx + 1 == branches.len() {
                self.tree(branch)?;
                break;
            }
            let split = self.here();
            self.push(Instruction::Split(split + 1, 0))?;
            self.tree(branch)?;
            jumps.push(self.here());
            self.push(Instruction::Jump(0))?;
            let next = self.here();
            self.instructions[split] = Instruction::Split(split + 1, next);
        }
        let end = self.here();
        for jump in jumps {
            self.instructions[jump] = Instruction::Jump(end);
        }
        Ok(())
    }

    fn repeat(&mut self, of: &Tree, min: u32, max: Option<u32>, greedy: bool) -> Compile {
        for _ in 0..min {
            self.tree(of)?;
        }
        match max {
            None => self.endless(of, greedy),
            Some(max) => self.optional(of, max.saturating_sub(min), greedy),
        }
    }

    /// `of*`
    fn endless(&mut self, of: &Tree, greedy: bool) -> Compile {
        let split = self.here();
        self.push(Instruction::Split(0, 0))?;
        let mark = self.marks;
        self.marks += 1;
        self.push(Instruction::Mark(mark))?;
        self.tree(of)?;
        self.push(Instruction::Progress(mark))?;
        self.push(Instruction::Jump(split))?;
        self.instructions[split] = choice(split + 1, self.here(), greedy);
        Ok(())
    }

    /// `of{0,count}`: each round may be the last.
    fn optional(&mut self, of: &Tree, count: u32, greedy: bool) -> Compile {
        let mut splits = Vec::new();
        for _ in 0..count {
            splits.push(self.here());
            self.push(Instruction::Split(0, 0))?;
            self.tree(of)?;
        }
        let end = self.here();
        for split in splits {
            self.instructions[split] = choice(split + 1, end, greedy);
        }
        Ok(())
    }
}

fn choice(inside: usize, outside: usize, greedy: bool) -> Instruction {
    match greedy {
        true => Instruction::Split(inside, outside),
        false => Instruction::Split(outside, inside),
    }
}
