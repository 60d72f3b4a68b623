//! Random processes as script text: blocks within blocks, now and then a flaw.

use std::fmt::Write as _;

use super::random::Random;

/// How deep blocks lie within each other.
const DEPTH_MAX: u32 = 4;
/// Elements of one process, roughly.
const ELEMENTS_MAX: u32 = 40;

/// The keys of the processes of a model; they may call each other.
pub(super) const KEYS: [&str; 3] = ["p0", "p1", "p2"];
/// The errors that are thrown and caught.
pub(super) const ERRORS: [&str; 2] = ["E1", "E2"];
/// The escalations that are thrown and caught.
const ESCALATIONS: [&str; 2] = ["L1", "L2"];
/// The signals that are broadcast and awaited.
const SIGNALS: [&str; 2] = ["S1", "S2"];
/// The variables that conditions read.
pub(super) const VARIABLES: [&str; 3] = ["a", "b", "c"];

/// Where a block is entered and left.
struct Block {
    entry: String,
    exit: String,
}

struct Generator<'a> {
    random: &'a mut Random,
    text: String,
    flows: String,
    count: u32,
    indent: usize,
    /// How many transactions lie around.
    transactions: u32,
}

/// The text of one process.
pub(super) fn process(random: &mut Random, key: &str) -> String {
    let mut generator = Generator {
        random,
        text: format!("process {key}\n"),
        flows: String::new(),
        count: 0,
        indent: 1,
        transactions: 0,
    };
    generator.scope_contents(0, true);
    if generator.random.chance(50) {
        generator.instantiation();
    }
    generator.text + &generator.flows
}

/// Another version of a process: a few events more here, one less there, and joins that need fewer
/// tokens.
pub(super) fn next_version(random: &mut Random, text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let activities: Vec<(String, usize)> = lines
        .iter()
        .filter_map(|line| {
            let depth = (line.len() - line.trim_start().len()) / 2;
            let mut words = line.split_whitespace();
            let (kind, id) = (words.next()?, words.next()?);
            let is_activity = kind.ends_with("-task") || kind == "sub-process" || kind == "call";
            // A handler has no boundary: while its scope is undone nothing else begins there.
            let is_handler = line.contains(" compensates=");
            (is_activity && !is_handler).then(|| (id.to_owned(), depth))
        })
        .collect();
    if random.chance(30) {
        let boundary = |line: &String| line.trim_start().starts_with("boundary ");
        if let Some(idx) = lines.iter().position(boundary) {
            let id = lines[idx].split_whitespace().nth(1).map(str::to_owned);
            let names = |line: &String, id: &str| line.split_whitespace().any(|word| word == id);
            lines.retain(|line| !id.as_deref().is_some_and(|id| names(line, id)));
        }
    }
    if random.chance(30) {
        need_fewer_tokens(random, &mut lines);
    }
    let flows = lines
        .iter()
        .position(|line| line.trim_start().starts_with("flow "));
    let at = flows.unwrap_or(lines.len());
    for number in 0..random.below(3) {
        if activities.is_empty() {
            break;
        }
        let on = &activities[random.index(activities.len())].0;
        let trigger = [
            "timer-duration=PT2H",
            "message=M key=k",
            "signal=S1 non-interrupting",
            "timer-duration=PT20M non-interrupting",
        ][random.index(4)];
        lines.insert(at, format!("  boundary new{number} on={on} {trigger}"));
    }
    if random.chance(40) {
        let kind = ["", " non-interrupting"][random.index(2)];
        let added = [
            "  event-sub-process newes".to_owned(),
            format!("    start newt signal=S2{kind}"),
        ];
        lines.splice(at..at, added);
    }
    lines.join("\n") + "\n"
}

/// Activities begin with one token, and a parallel gateway may do without one of its flows.
fn need_fewer_tokens(random: &mut Random, lines: &mut Vec<String>) {
    for line in lines.iter_mut() {
        *line = line.replace(" takes=2", "").replace(" takes=3", "");
    }
    let gateways: Vec<String> = lines
        .iter()
        .filter_map(|line| line.trim_start().strip_prefix("parallel "))
        .filter_map(|line| line.split_whitespace().next())
        .map(|id| format!(" -> {id}"))
        .collect();
    let leads_there = |line: &String| gateways.iter().any(|it| line.ends_with(it));
    let flows: Vec<usize> = (0..lines.len())
        .filter(|it| leads_there(&lines[*it]))
        .collect();
    if !flows.is_empty() {
        lines.remove(flows[random.index(flows.len())]);
    }
}

impl Generator<'_> {
    fn id(&mut self, prefix: &str) -> String {
        self.count += 1;
        format!("{prefix}{}", self.count)
    }

    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{:indent$}{line}", "", indent = self.indent * 2);
    }

    fn flow(&mut self, source: &str, target: &str, rest: &str) {
        let _ = writeln!(self.flows, "  flow {source} -> {target}{rest}");
    }

    fn variable(&mut self) -> &'static str {
        VARIABLES[self.random.index(VARIABLES.len())]
    }

    fn error(&mut self) -> &'static str {
        ERRORS[self.random.index(ERRORS.len())]
    }

    fn escalation(&mut self) -> &'static str {
        ESCALATIONS[self.random.index(ESCALATIONS.len())]
    }

    fn signal(&mut self) -> &'static str {
        SIGNALS[self.random.index(SIGNALS.len())]
    }

    fn condition(&mut self) -> String {
        let (variable, number) = (self.variable(), self.random.below(4));
        if self.random.chance(5) {
            return format!(" when=`= {variable} + missing > 1`");
        }
        let operator = ["<", ">", "="][self.random.index(3)];
        format!(" when=`= {variable} {operator} {number}`")
    }

    /// A start event, a block, an end event, and now and then event sub-processes beside them.
    fn scope_contents(&mut self, depth: u32, is_process: bool) {
        if self.random.chance(12) {
            // Without a start event, what nothing leads to begins.
            for _ in 0..=self.random.below(2) {
                let first = self.id("u");
                self.line(&format!("task {first}"));
                self.from(&first, depth, is_process);
            }
        } else {
            let start = self.id("s");
            self.line(&format!("start {start}"));
            self.from(&start, depth, is_process);
        }
        if depth < DEPTH_MAX {
            while self.random.chance(30) && self.count < ELEMENTS_MAX {
                self.event_sub_process(depth + 1);
            }
        }
    }

    /// A block and an end after an element.
    fn from(&mut self, source: &str, depth: u32, may_throw: bool) {
        let block = self.block(depth);
        self.flow(source, &block.entry, "");
        self.end(&block.exit, may_throw);
    }

    fn end(&mut self, source: &str, plain: bool) {
        let end = self.id("e");
        let definition = match self.random.below(if plain { 44 } else { 22 }) {
            0 => format!(" error={}", self.error()),
            1 => " terminate".to_owned(),
            2 => " message=M key=k".to_owned(),
            3 | 4 => format!(" escalation={}", self.escalation()),
            5 => format!(" signal={}", self.signal()),
            6 | 7 => " compensate".to_owned(),
            8 => " compensate no-wait".to_owned(),
            9 => format!(" {}", self.thrown()),
            10..14 if self.transactions > 0 => " cancel".to_owned(),
            _ => String::new(),
        };
        self.line(&format!("end {end}{definition}"));
        self.flow(source, &end, "");
    }

    fn event_sub_process(&mut self, depth: u32) {
        let id = self.id("es");
        self.line(&format!("event-sub-process {id}"));
        self.indent += 1;
        let start = self.id("t");
        // What is thrown in the scope more often than by chance.
        let trigger = match self.random.below(6) {
            0 => "any-error".to_owned(),
            1 => "any-escalation".to_owned(),
            _ => self.trigger().0,
        };
        self.line(&format!("start {start} {trigger}"));
        self.from(&start, depth, false);
        self.indent -= 1;
    }

    /// An event sub-process that undoes the sub-process around it.
    fn undoing_sub_process(&mut self, depth: u32) {
        let id = self.id("es");
        self.line(&format!("event-sub-process {id}"));
        self.indent += 1;
        let start = self.id("t");
        self.line(&format!("start {start} compensate"));
        self.from(&start, depth, false);
        self.indent -= 1;
    }

    /// Something that can be awaited beside other things.
    fn part(&mut self) -> String {
        match self.random.below(5) {
            0 => "timer-duration=PT20M".to_owned(),
            4 => "timer-cycle=R3/PT30M".to_owned(),
            1 => format!("message=M key=`= {}`", self.variable()),
            2 => format!("condition=`= {} > 2`", self.variable()),
            _ => format!("signal={}", self.signal()),
        }
    }

    /// One or all of several things.
    fn several(&mut self) -> String {
        let kind = ["any-of", "all-of"][self.random.index(2)];
        let (first, second) = (self.part(), self.part());
        format!("{kind} {first} + {second}")
    }

    /// Several things that an event throws.
    fn thrown(&mut self) -> String {
        let mut parts = Vec::new();
        for _ in 0..2 + self.random.below(2) {
            parts.push(match self.random.below(4) {
                0 => "message=M key=k".to_owned(),
                1 => format!("signal={}", self.signal()),
                2 => format!("escalation={}", self.escalation()),
                _ => "compensate".to_owned(),
            });
        }
        format!("any-of {}", parts.join(" + "))
    }

    /// A trigger of a boundary event or event sub-process.
    fn trigger(&mut self) -> (String, bool) {
        let interrupting = self.random.chance(50);
        let suffix = if interrupting {
            ""
        } else {
            " non-interrupting"
        };
        let trigger = match self.random.below(14) {
            0 => "timer-duration=PT1H".to_owned(),
            1 if !interrupting => "timer-cycle=R3/PT30M".to_owned(),
            1 | 2 => format!("message=M key=`= {}`", self.variable()),
            3 => "message=N key=k".to_owned(),
            4 => return (format!("error={}", self.error()), true),
            5 | 6 => format!("signal={}", self.signal()),
            7 => format!("escalation={}", self.escalation()),
            8 => "any-escalation".to_owned(),
            9 | 10 => format!("condition=`= {} > 2`", self.variable()),
            11 => self.several(),
            12 => {
                let escalation = self.escalation();
                format!("any-of escalation={escalation} + {}", self.part())
            }
            _ => return ("any-error".to_owned(), true),
        };
        (trigger + suffix, interrupting)
    }

    fn block(&mut self, depth: u32) -> Block {
        if depth >= DEPTH_MAX || self.count >= ELEMENTS_MAX {
            return self.activity();
        }
        match self.random.below(20) {
            18 | 19 => self.conditional(depth),
            14 | 15 => self.complex(depth),
            16 | 17 => self.ad_hoc(depth),
            0..3 => self.activity(),
            3..5 => self.sequence(depth),
            5 => self.exclusive(depth),
            6 => self.parallel(depth),
            7 => self.repeated(depth),
            8 | 9 => self.inclusive(depth),
            10 => self.event_choice(depth),
            _ => self.sub_process(depth),
        }
    }

    fn sequence(&mut self, depth: u32) -> Block {
        let first = self.block(depth + 1);
        let second = self.block(depth + 1);
        self.flow(&first.exit, &second.entry, "");
        Block {
            entry: first.entry,
            exit: second.exit,
        }
    }

    fn exclusive(&mut self, depth: u32) -> Block {
        let (split, join) = (self.id("x"), self.id("x"));
        self.line(&format!("exclusive {split}"));
        // Now and then the paths meet in a join that will wait for ever.
        let flawed = self.random.chance(5);
        self.line(&format!(
            "{} {join}",
            if flawed { "parallel" } else { "exclusive" }
        ));
        for _ in 0..=self.random.below(2) {
            let block = self.block(depth + 1);
            let condition = self.condition();
            self.flow(&split, &block.entry, &condition);
            self.leave(&block.exit, &join);
        }
        if self.random.chance(80) {
            self.flow(&split, &join, " default");
        }
        Block {
            entry: split,
            exit: join,
        }
    }

    fn leave(&mut self, exit: &str, join: &str) {
        if self.random.chance(12) {
            self.end(exit, false);
        } else {
            self.flow(exit, join, "");
        }
    }

    fn parallel(&mut self, depth: u32) -> Block {
        let (split, join) = (self.id("g"), self.id("g"));
        self.line(&format!("parallel {split}"));
        let flawed = self.random.chance(10);
        self.line(&format!(
            "{} {join}",
            if flawed { "exclusive" } else { "parallel" }
        ));
        for _ in 0..2 + self.random.below(2) {
            let block = self.block(depth + 1);
            self.flow(&split, &block.entry, "");
            if flawed || !self.random.chance(4) {
                self.flow(&block.exit, &join, "");
            } else {
                self.end(&block.exit, false);
            }
        }
        Block {
            entry: split,
            exit: join,
        }
    }

    /// Paths between inclusive gateways; now and then one leads back, or elsewhere.
    fn inclusive(&mut self, depth: u32) -> Block {
        let (split, join) = (self.id("i"), self.id("i"));
        self.line(&format!("inclusive {split}"));
        self.line(&format!("inclusive {join}"));
        for _ in 0..2 + self.random.below(2) {
            let block = self.block(depth + 1);
            let condition = self.condition();
            self.flow(&split, &block.entry, &condition);
            if self.random.chance(5) {
                let again = self.id("x");
                self.line(&format!("exclusive {again}"));
                self.flow(&block.exit, &again, "");
                let condition = self.condition();
                self.flow(&again, &join, " default");
                self.flow(&again, &split, &condition);
            } else {
                self.leave(&block.exit, &join);
            }
        }
        if self.random.chance(70) {
            self.flow(&split, &join, " default");
        }
        Block {
            entry: split,
            exit: join,
        }
    }

    /// Paths that leave an activity by conditions, and meet again without waiting.
    fn conditional(&mut self, depth: u32) -> Block {
        let (activity, merge) = (self.id("a"), self.id("x"));
        let quantity = if self.random.chance(20) {
            " leaves=2"
        } else {
            ""
        };
        self.line(&format!("user-task {activity}{quantity}"));
        self.line(&format!("exclusive {merge}"));
        for _ in 0..=self.random.below(2) {
            let block = self.block(depth + 1);
            let condition = match self.random.chance(80) {
                true => self.condition(),
                false => String::new(),
            };
            self.flow(&activity, &block.entry, &condition);
            self.leave(&block.exit, &merge);
        }
        if self.random.chance(70) {
            self.flow(&activity, &merge, " default");
        }
        Block {
            entry: activity,
            exit: merge,
        }
    }

    /// An event-based gateway, whose paths meet again.
    fn event_choice(&mut self, depth: u32) -> Block {
        let (gateway, merge) = (self.id("eg"), self.id("x"));
        self.line(&format!("event-gateway {gateway}"));
        self.line(&format!("exclusive {merge}"));
        let by_task = self.random.chance(30);
        for _ in 0..2 + self.random.below(2) {
            let event = self.id("c");
            let trigger = match self.random.below(5) {
                0 => "timer-duration=PT5M".to_owned(),
                3 => format!("condition=`= {} = 3`", self.variable()),
                4 => self.several(),
                1 => format!("signal={}", self.signal()),
                _ => format!("message=M key=`= {}`", self.variable()),
            };
            let is_message = trigger.starts_with("message");
            let kind = if by_task && is_message {
                "receive-task"
            } else {
                "catch"
            };
            self.line(&format!("{kind} {event} {trigger}"));
            self.flow(&gateway, &event, "");
            let block = self.block(depth + 1);
            self.flow(&event, &block.entry, "");
            self.leave(&block.exit, &merge);
        }
        Block {
            entry: gateway,
            exit: merge,
        }
    }

    /// Paths that meet in a complex gateway, which goes on with some of them; now and then one comes
    /// from elsewhere, or never.
    fn complex(&mut self, depth: u32) -> Block {
        let (split, join) = (self.id("k"), self.id("k"));
        let n_paths = 2 + self.random.below(2);
        let is_complex = self.random.chance(50);
        let kind = if is_complex { "complex" } else { "parallel" };
        self.line(&format!("{kind} {split}"));
        let variable = self.variable();
        let activation = match self.random.below(5) {
            0 => "activationCount >= 2".to_owned(),
            1 => format!("activationCount >= {n_paths}"),
            2 => format!("activationCount + {variable} > 2"),
            3 => "activationCounts.missing > 0".to_owned(),
            _ => "activationCount >= 1".to_owned(),
        };
        self.line(&format!("complex {join} activation=`= {activation}`"));
        for _ in 0..n_paths {
            let block = self.block(depth + 1);
            let condition = if is_complex {
                self.condition()
            } else {
                String::new()
            };
            self.flow(&split, &block.entry, &condition);
            self.leave(&block.exit, &join);
        }
        if is_complex {
            self.flow(&split, &join, " default");
        }
        if self.random.chance(60) {
            return Block {
                entry: split,
                exit: join,
            };
        }
        // It says which way is taken first, and which later.
        let (late, merge) = (self.activity(), self.id("x"));
        self.line(&format!("exclusive {merge}"));
        self.flow(&join, &merge, " when=`= waitingForStart`");
        self.flow(&join, &late.entry, " default");
        self.end(&late.exit, false);
        Block {
            entry: split,
            exit: merge,
        }
    }

    /// A sub-process whose activities are chosen while it runs.
    fn ad_hoc(&mut self, depth: u32) -> Block {
        let id = self.id("ah");
        let mut line = format!("ad-hoc {id}");
        if self.random.chance(40) {
            line.push_str(" one-by-one");
        }
        if self.random.chance(50) {
            let condition = ["a > 2", "b = 1", "missing > 1", "true"][self.random.index(4)];
            line.push_str(&format!(" complete=`= {condition}`"));
        }
        if self.random.chance(40) {
            line.push_str(" waits-for-rest");
        }
        // What is inside is not known yet: it will be given the next ids.
        let next = self.count + 1;
        match self.random.below(4) {
            0 => line.push_str(&format!(" active=`= [\"a{next}\"]`")),
            1 => line.push_str(&format!(" active=`= [\"a{next}\", \"a{next}\"]`")),
            2 => line.push_str(&format!(" active=`= [\"a{next}\", \"nothing\"]`")),
            _ => {}
        }
        let marker = self.marker();
        self.line(&(line + &marker));
        self.indent += 1;
        self.activity();
        for _ in 0..=self.random.below(2) {
            let first = self.block(depth + 1);
            if self.random.chance(40) {
                let second = self.block(depth + 1);
                self.flow(&first.exit, &second.entry, "");
            }
        }
        if depth + 1 < DEPTH_MAX && self.random.chance(15) {
            self.event_sub_process(depth + 1);
        }
        self.indent -= 1;
        self.with_boundary_events(id, depth)
    }

    /// A gateway whose events start the process, beside its start event.
    fn instantiation(&mut self) {
        if self.random.chance(40) {
            let task = self.id("r");
            let key = self.variable();
            self.line(&format!(
                "receive-task {task} message=M key=`= {key}` starts"
            ));
            return self.from(&task, DEPTH_MAX, true);
        }
        if self.random.chance(70) {
            let start = self.id("s");
            let signal = self.signal();
            let trigger = match self.random.below(5) {
                0 => "message=N".to_owned(),
                1 => format!("signal={signal}"),
                2 => "timer-cycle=R3/PT1H".to_owned(),
                3 => "condition=`= a > 1`".to_owned(),
                _ => format!("any-of message=N + signal={signal}"),
            };
            self.line(&format!("start {start} {trigger}"));
            return self.from(&start, DEPTH_MAX, true);
        }
        let gateway = self.id("ig");
        let all = if self.random.chance(50) { " all" } else { "" };
        self.line(&format!("event-gateway {gateway} starts{all}"));
        for _ in 0..2 + self.random.below(2) {
            let event = self.id("c");
            let kind = ["catch", "receive-task"][self.random.index(2)];
            let key = self.variable();
            self.line(&format!("{kind} {event} message=M key=`= {key}`"));
            self.flow(&gateway, &event, "");
            self.from(&event, DEPTH_MAX, true);
        }
    }

    /// Makes an activity a multi-instance or a loop now and then: few iterations, or many.
    fn marker(&mut self) -> String {
        if self.random.chance(10) {
            return self.standard_loop();
        }
        if !self.random.chance(25) {
            return String::new();
        }
        let variable = self.variable();
        let mut marker = match self.random.below(6) {
            0 => " each=`= [1, 2, 3]` item=i".to_owned(),
            1 => format!(" each=`= [{variable}, 7]` item=i"),
            2 => format!(" times=`= {variable}`"),
            3 => " each=`= missing`".to_owned(),
            4 => " each=`= [1..4]` item=i".to_owned(),
            _ => " times=2".to_owned(),
        };
        if self.random.chance(40) {
            marker.push_str(" sequential");
        }
        if self.random.chance(40) {
            let given = ["loopCounter", "i", "a", "missing.x"][self.random.index(4)];
            marker.push_str(&format!(" collect=r give=`= {given}`"));
        }
        if self.random.chance(30) {
            let condition = [
                "numberOfCompletedInstances > 1",
                "numberOfCompletedInstances + numberOfActiveInstances < numberOfInstances",
                "a > 2",
            ][self.random.index(3)];
            marker.push_str(&format!(" until=`= {condition}`"));
        }
        if self.random.chance(30) {
            let (signal, escalation) = (self.signal(), self.escalation());
            let behavior = match self.random.below(6) {
                0 => format!(" one-signal={signal}"),
                1 => format!(" none-signal={signal}"),
                2 => format!(" one-escalation={escalation}"),
                3 => " none-message=M key=k".to_owned(),
                4 => format!(" throw-escalation={escalation} when=`= missing > 1`"),
                _ => format!(" throw-signal={signal} when=`= loopCounter > 1`"),
            };
            marker.push_str(&behavior);
        }
        marker
    }

    fn standard_loop(&mut self) -> String {
        let variable = self.variable();
        let mut marker = match self.random.below(4) {
            0 => " max=2".to_owned(),
            1 => " while=`= loopCounter < 3`".to_owned(),
            2 => " while=`= missing > 1`".to_owned(),
            _ => format!(" while=`= {variable} > 1` max=3"),
        };
        if self.random.chance(40) {
            marker.push_str(" test-before");
        }
        marker
    }

    fn repeated(&mut self, depth: u32) -> Block {
        let (merge, split, count) = (self.id("x"), self.id("x"), self.id("n"));
        self.line(&format!("exclusive {merge}"));
        self.line(&format!("exclusive {split}"));
        let next = self.id("st");
        let script = format!("= if {count} = null then 1 else {count} + 1");
        self.line(&format!(
            "script-task {next} script=`{script}` result={count}"
        ));
        let block = self.block(depth + 1);
        self.flow(&merge, &block.entry, "");
        self.flow(&block.exit, &next, "");
        self.flow(&next, &split, "");
        let condition = if self.random.chance(4) {
            "= true".to_owned()
        } else {
            format!("= {count} < 3")
        };
        self.flow(&split, &merge, &format!(" when=`{condition}`"));
        let out = self.id("m");
        self.line(&format!("task {out}"));
        self.flow(&split, &out, " default");
        Block {
            entry: merge,
            exit: out,
        }
    }

    fn sub_process(&mut self, depth: u32) -> Block {
        let id = self.id("sp");
        let mapping = if self.random.chance(20) {
            " in.local=`= 1` out.c=`= local`"
        } else {
            ""
        };
        let marker = self.marker();
        let is_transaction = self.random.chance(50);
        let kind = match is_transaction {
            true => "transaction",
            false => "sub-process",
        };
        self.line(&format!("{kind} {id}{mapping}{marker}"));
        self.indent += 1;
        self.transactions += u32::from(is_transaction);
        self.scope_contents(depth + 1, false);
        if self.random.chance(12) {
            self.undoing_sub_process(depth + 2);
        }
        self.transactions -= u32::from(is_transaction);
        self.indent -= 1;
        if is_transaction && marker.is_empty() && self.random.chance(80) {
            let (canceled, end) = (self.id("b"), self.id("e"));
            self.line(&format!("boundary {canceled} on={id} cancel"));
            self.line(&format!("end {end}"));
            self.flow(&canceled, &end, "");
        }
        self.undone(&id);
        self.with_boundary_events(id, depth)
    }

    /// Now and then a handler for an activity.
    fn undone(&mut self, id: &str) {
        if !self.random.chance(40) {
            return;
        }
        let handler = self.id("h");
        let kind = match self.random.below(4) {
            0 => format!("user-task {handler}"),
            1 => format!("service-task {handler} type=w"),
            2 => format!("manual-task {handler}"),
            _ => {
                let variable = self.variable();
                format!("script-task {handler} script=`= 4` result={variable}")
            }
        };
        self.line(&format!("{kind} compensates={id}"));
    }

    fn activity(&mut self) -> Block {
        let id = self.id("a");
        let variable = self.variable();
        let kind = match self.random.below(25) {
            0..3 => format!("user-task {id} assignee=li"),
            3 => format!("user-task {id} listener=check listener=write"),
            4..7 => format!("service-task {id} type=w"),
            7 => format!(
                "script-task {id} script=`= if {variable} = null then 0 else modulo({variable} + 1, 5)` result={variable}"
            ),
            8 => format!("rule-task {id} decision=d result={variable}"),
            9 => format!("call {id} process={}", KEYS[self.random.index(KEYS.len())]),
            10 => format!("manual-task {id}"),
            11 if self.random.chance(30) => format!("throw {id}"),
            11 => format!("throw {id} message=M key=k in.x=`= 1`"),
            12 => {
                self.line(&format!("catch {id} timer-duration=PT10M"));
                return Block {
                    entry: id.clone(),
                    exit: id,
                };
            }
            13 => {
                self.line(&format!("catch {id} message=M key=`= {variable}`"));
                return Block {
                    entry: id.clone(),
                    exit: id,
                };
            }
            14 => format!("send-task {id} type=w"),
            15 => format!("send-task {id} message=M key=k ttl=PT1H in.x=`= 1`"),
            16 => format!("receive-task {id} message=M key=`= {variable}`"),
            17 => format!("throw {id} signal={} in.x=`= 1`", self.signal()),
            18 => format!("throw {id} escalation={} in.x=`= 1`", self.escalation()),
            19 => format!("throw {id} compensate"),
            20 => format!("throw {id} {} in.x=`= 1`", self.thrown()),
            21 => {
                let caught = match self.random.chance(50) {
                    true => self.several(),
                    false => format!("condition=`= {variable} > 1`"),
                };
                self.line(&format!("catch {id} {caught}"));
                return Block {
                    entry: id.clone(),
                    exit: id,
                };
            }
            22 => {
                // A link stands for the flow between its ends.
                let target = self.id("l");
                self.line(&format!("throw {id} link={id}"));
                self.line(&format!("catch {target} link={id}"));
                return Block {
                    entry: id,
                    exit: target,
                };
            }
            _ => {
                let signal = self.signal();
                self.line(&format!("catch {id} signal={signal}"));
                return Block {
                    entry: id.clone(),
                    exit: id,
                };
            }
        };
        let mapping = match self.random.below(12) {
            0 => format!(" in.{variable}=`= 2`"),
            1 => format!(" out.{variable}=`= {variable}` out.r.s=`= a`"),
            2 => " out.q=`= date(missing) + 1`".to_owned(),
            _ => String::new(),
        };
        let throws = kind.starts_with("throw");
        // Now and then an activity leaves several tokens, or takes them together.
        let quantity = match self.random.below(60) {
            0 => " leaves=2",
            1 => " takes=2",
            _ => "",
        };
        let quantity = if throws { "" } else { quantity };
        let marker = if throws { String::new() } else { self.marker() };
        self.line(&(kind + &mapping + &marker + quantity));
        if throws {
            return Block {
                entry: id.clone(),
                exit: id,
            };
        }
        self.undone(&id);
        self.with_boundary_events(id, DEPTH_MAX)
    }

    fn with_boundary_events(&mut self, id: String, depth: u32) -> Block {
        if !self.random.chance(40) {
            return Block {
                entry: id.clone(),
                exit: id,
            };
        }
        let merge = self.id("x");
        self.line(&format!("exclusive {merge}"));
        self.flow(&id, &merge, "");
        for _ in 0..=self.random.below(2) {
            let boundary = self.id("b");
            let (trigger, _) = self.trigger();
            self.line(&format!("boundary {boundary} on={id} {trigger}"));
            if self.random.chance(50) {
                self.flow(&boundary, &merge, "");
            } else {
                self.from(&boundary, depth + 1, false);
            }
        }
        Block {
            entry: id,
            exit: merge,
        }
    }
}
