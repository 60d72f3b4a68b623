//! The soundness check of the compiler against walks of the core: where a token is left waiting for
//! ever, the check has said so.

use std::sync::Arc;

use tongban_bpmn::builder::{ProcessBuilder, feel};
use tongban_bpmn::graph::{ElementIdx, ProcessDefinition};
use tongban_bpmn::soundness;
use tongban_core::command::{Command, CreateInstance, StartAt};
use tongban_core::data_type::NoDataTypes;
use tongban_core::id::{DefinitionId, Instant, ProcessInstanceId};
use tongban_core::limit::Limits;
use tongban_core::now::Now;
use tongban_core::state::State;
use tongban_core::step::step;
use tongban_core::variable::Variables;
use tongban_feel::time::Zone;
use tongban_feel::value::Value;
use tongban_feel::workday::Weekends;

const MODELS: u64 = 600;
/// Walks of one model.
const WALKS: usize = 12;
/// Tasks completed in one walk; a loop may go round for ever.
const TASKS_MAX: usize = 40;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % bound as u64).unwrap()
    }
}

/// Gateways that choose by `v`, each behind a task, so that every choice is made anew.
fn process(random: &mut Random) -> ProcessDefinition {
    let root = ElementIdx::ROOT;
    let mut builder = ProcessBuilder::new("p");
    let start = builder.start(root, "start");
    let end = builder.end(root, "end");
    let count = 3 + random.below(6);
    let mut entries = Vec::new();
    let mut exits = Vec::new();
    for n in 0..count {
        let task = builder.user_task(root, &format!("t{n}"));
        let kind = random.below(5);
        let gateway = match kind {
            0 | 1 => builder.exclusive_gateway(root, &format!("g{n}")),
            2 | 3 => builder.parallel_gateway(root, &format!("g{n}")),
            _ => builder.inclusive_gateway(root, &format!("g{n}")),
        };
        // Now and then tokens are joined before the task, by the gateway's own kind.
        let entry = match (random.below(2), kind) {
            (0, 2 | 3) => {
                let join = builder.parallel_gateway(root, &format!("j{n}"));
                builder.connect(join, task);
                join
            }
            (0, 4) => {
                let join = builder.inclusive_gateway(root, &format!("j{n}"));
                builder.connect(join, task);
                join
            }
            _ => task,
        };
        builder.connect(task, gateway);
        entries.push(entry);
        exits.push((kind, gateway));
    }
    builder.connect(start, entries[0]);
    for (n, (kind, gateway)) in exits.into_iter().enumerate() {
        for flow in 0..1 + random.below(3) {
            let target = if random.below(7) == 0 {
                random.below(count)
            } else {
                n + 1 + random.below(3)
            };
            let target = entries.get(target).copied().unwrap_or(end);
            match kind {
                2 | 3 => builder.connect(gateway, target),
                _ if flow == 0 => builder.connect_default(gateway, target),
                _ => builder.connect_when(gateway, target, feel(&format!("v = {flow} or v = 3"))),
            };
        }
    }
    builder.build()
}

/// Whether a walk ends with tokens that wait and nobody who could do anything.
fn gets_stuck(process: &ProcessDefinition, random: &mut Random) -> bool {
    let limits = Limits::default();
    let now = Now {
        at: Instant(0),
        zone: Zone::utc(),
        calendar: &Weekends,
        limits: &limits,
        types: &NoDataTypes,
    };
    let variables = |random: &mut Random| {
        let mut variables = Variables::new();
        variables.insert(
            Arc::from("v"),
            Value::from(i64::try_from(random.below(4)).unwrap()),
        );
        variables
    };
    let mut state = State::empty();
    let create = Command::CreateInstance(CreateInstance {
        instance: ProcessInstanceId(1),
        definition: DefinitionId(1),
        business_key: None,
        variables: variables(random),
        start: StartAt::None,
        parent: None,
        iteration: None,
    });
    step(&mut state, process, create, now.clone()).unwrap();
    for _ in 0..TASKS_MAX {
        let tasks: Vec<_> = state.user_tasks().map(|it| it.id).collect();
        if tasks.is_empty() {
            break;
        }
        let complete = Command::CompleteUserTask {
            task: tasks[random.below(tasks.len())],
            variables: variables(random),
            by: Arc::from("li"),
        };
        step(&mut state, process, complete, now.clone()).unwrap();
    }
    let waits = state.user_tasks().len() == 0 && state.incidents().len() == 0;
    waits && state.element_instances().len() > 0
}

#[test]
fn a_token_that_waits_forever_in_a_walk_was_foretold() {
    let (mut stuck, mut sound) = (0, 0);
    for seed in 0..MODELS {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let process = process(&mut random);
        let found = soundness::check("p", &process, &soundness::Options::default());
        // Past a token that meets another nothing is looked at any more; and what is unknown is said so.
        let foretold = ["BPMN-0480", "BPMN-0481", "BPMN-0489"];
        let is_foretold = found.iter().any(|it| foretold.contains(&it.code));
        sound += usize::from(!is_foretold);
        for _ in 0..WALKS {
            if gets_stuck(&process, &mut random) {
                stuck += 1;
                assert!(is_foretold, "seed {seed}: {:#?}", process.flows());
            }
        }
    }
    // Both sorts occur, or the test says nothing.
    assert!(stuck > 100 && sound > 50, "{stuck} stuck, {sound} sound");
}
