//! The bodies over mutated seeds, for a compiler that cannot fuzz. A fixed number of rounds from a fixed start, so that a
//! failure comes again; `PATCHSEAL_FUZZ_ROUNDS` asks for more. With `PATCHSEAL_FUZZ_SEEDS` set, the seeds are written to
//! `corpus/`, where `cargo fuzz` starts from them.

use crate::TARGETS;

/// xorshift64*: all that is asked of it is to wander.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below.max(1)
    }
}

const PIECES: [&[u8]; 24] = [
    b"null",
    b"[]",
    b"{}",
    b"-1",
    b"1e308",
    b"18446744073709551616",
    b"\"\"",
    b"true",
    b"\\",
    b"\"",
    b",",
    b";",
    b"\n",
    b"\r\n",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"9999-12-31T23:59:59Z",
    b"-009999-01-01T00:00:00Z",
    b"/",
    b"<a>",
    b"&#0;",
    b"\xf0\x9f\x92\xa5",
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
];

/// Replaces, cuts, repeats or turns round a few pieces.
fn mutate(seed: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.roll(4) {
        let start = dice.roll(bytes.len() + 1);
        let end = (start + dice.roll(16)).min(bytes.len());
        match dice.roll(6) {
            0 => bytes.truncate(start),
            1 => drop(bytes.splice(start..end, PIECES[dice.roll(PIECES.len())].iter().copied())),
            2 => bytes.extend_from_within(start..end),
            3 => drop(bytes.drain(start..end)),
            4 if start < bytes.len() => bytes[start] ^= 1 << dice.roll(8),
            _ => bytes[start..end].reverse(),
        }
    }
    bytes
}

#[test]
fn no_target_panics_on_mutated_seeds() {
    let rounds = std::env::var("PATCHSEAL_FUZZ_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000);
    for (number, (name, body, seeds)) in TARGETS.iter().enumerate() {
        let seeds = seeds();
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ number as u64);
        seeds.iter().for_each(|seed| body(seed));
        for round in 0..rounds {
            let input = mutate(&seeds[dice.roll(seeds.len())], &mut dice);
            let ran = std::panic::catch_unwind(|| body(&input));
            assert!(ran.is_ok(), "{name}, round {round}: {:?}", String::from_utf8_lossy(&input));
        }
    }
}

#[test]
fn seeds_can_be_written() {
    if std::env::var_os("PATCHSEAL_FUZZ_SEEDS").is_none() {
        return;
    }
    for (name, _, seeds) in TARGETS {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for seed in seeds() {
            std::fs::write(folder.join(patchseal_log::sha256(&seed).to_string()), seed).unwrap();
        }
    }
}
