//! What tests share: a client over stdio that drives the real binary.

#![allow(dead_code, unused_imports, reason = "each test module uses what it needs")]

mod intake;
pub mod sentry;
mod server;

pub use intake::Intake;
pub use server::{Reply, RpcError, Server, Setup};

/// How many rounds a test with generated input does: `rounds`, times `FIXLOOP_FUZZ` where it is set (`make fuzz`).
pub fn fuzz_rounds(rounds: usize) -> usize {
    let times = std::env::var("FIXLOOP_FUZZ").map_or(1, |times| times.parse().expect("FIXLOOP_FUZZ is a number"));
    rounds * times
}

/// Numbers that only look random: the same for the same seed.
#[derive(Debug, Clone)]
pub struct Random {
    seed: u64,
    state: u64,
}

impl Random {
    /// The seed that an environment variable names, else a fresh one where `FIXLOOP_FUZZ` asks for more, else always the
    /// same: a plain run of the tests is the same each time. A test that fails prints it.
    pub fn seeded(variable: &str) -> Self {
        let fresh = || {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
            if std::env::var_os("FIXLOOP_FUZZ").is_some() { now.as_nanos() as u64 } else { 1 }
        };
        let seed = std::env::var(variable).map_or_else(|_| fresh(), |seed| seed.parse().expect("the seed is a number"));
        Self { seed, state: seed ^ 0x9E37_79B9_7F4A_7C15 }
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    fn next(&mut self) -> u64 {
        // splitmix64.
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// One of these.
    pub fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}
