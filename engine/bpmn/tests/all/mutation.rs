//! Good files made bad: bytes, pieces and attributes changed at random, from a seed.

/// Pseudo-random numbers from a seed.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// The same numbers for the same seed.
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `bound`, which is not zero.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % bound.max(1) as u64).unwrap_or_default()
    }
}

/// Texts that mean something to a reader, or too much.
const TOKENS: [&str; 18] = [
    "<",
    ">",
    "/>",
    "\"",
    "'",
    "&",
    "&#0;",
    "&#x10FFFF;",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "=",
    "\u{0}",
    "id",
    "sourceRef",
    "99999999999999999999",
    "-1",
];

/// A file made of one of these with a few changes; now and then bytes of no file at all.
pub(crate) fn mutant(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    if seeds.is_empty() || random.below(40) == 0 {
        let length = random.below(2_000);
        return (0..length)
            .map(|_| u8::try_from(random.below(256)).unwrap_or_default())
            .collect();
    }
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(6) {
        change(random, &mut bytes, seeds);
    }
    bytes
}

fn change(random: &mut Random, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    let start = random.below(bytes.len() + 1);
    let longest = [8, 80, 2_000][random.below(3)];
    let end = (start + random.below(longest)).min(bytes.len());
    match random.below(8) {
        0 => {
            bytes.drain(start..end);
        }
        1 => {
            let piece = bytes[start..end].to_vec();
            bytes.splice(start..start, piece);
        }
        2 => {
            if let Some(byte) = bytes.get_mut(start) {
                *byte = u8::try_from(random.below(256)).unwrap_or_default();
            }
        }
        3 => {
            let token = TOKENS[random.below(TOKENS.len())];
            bytes.splice(start..start, token.bytes());
        }
        4 => {
            let other = &seeds[random.below(seeds.len())];
            let from = random.below(other.len() + 1);
            let to = (from + random.below(500)).min(other.len());
            bytes.splice(start..end, other[from..to].to_vec());
        }
        5 => swap_values(random, bytes),
        6 => swap_lines(random, bytes),
        _ => bytes.truncate(end),
    }
}

/// Puts the value of one attribute into another: the XML stays well-formed, the model does not.
fn swap_values(random: &mut Random, bytes: &mut Vec<u8>) {
    let quotes: Vec<usize> = (0..bytes.len()).filter(|it| bytes[*it] == b'"').collect();
    if quotes.len() < 4 {
        return;
    }
    let pick = |random: &mut Random| {
        let at = random.below(quotes.len() - 1) & !1;
        (quotes[at] + 1, quotes[at + 1])
    };
    let (from, to) = (pick(random), pick(random));
    let value = bytes[from.0..from.1].to_vec();
    bytes.splice(to.0..to.1, value);
}

/// Moves or doubles a line.
fn swap_lines(random: &mut Random, bytes: &mut Vec<u8>) {
    let mut lines: Vec<Vec<u8>> = bytes.split(|it| *it == b'\n').map(<[u8]>::to_vec).collect();
    let (from, to) = (random.below(lines.len()), random.below(lines.len()));
    let line = lines[from].clone();
    if random.below(2) == 0 {
        lines.remove(from);
    }
    lines.insert(to.min(lines.len()), line);
    *bytes = lines.join(&b'\n');
}
