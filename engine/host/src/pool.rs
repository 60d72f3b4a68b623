//! The machine on which plugins run: engine, instance pool, memory meter and ticker.
//!
//! Every call gets a fresh instance from the pool; nothing of a call survives in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, ResourceLimiter,
};

use crate::limit::Limits;

/// How often the deadline of running guests is looked at.
pub(crate) const TICK: Duration = Duration::from_millis(5);
/// Native stack of a guest: deep recursion in a guest ends here or in its own stack.
const STACK_BYTES: usize = 512 << 10;
/// Frames kept of a trap.
pub(crate) const FRAMES_MAX: usize = 20;
/// What is zeroed by hand rather than given back to the kernel: the initial memory of a plugin
/// with a stack of 128 KiB. More is slower (measured: 1 MiB doubles the call).
const KEEP_RESIDENT_BYTES: usize = 256 << 10;

/// The engine with its ticker.
pub(crate) struct Machine {
    pub(crate) engine: Engine,
    ticking: Arc<AtomicBool>,
    ticker: Option<JoinHandle<()>>,
}

impl Machine {
    /// With room for so many calls at the same time.
    pub(crate) fn new(limits: &Limits, calls_max: u32) -> wasmtime::Result<Self> {
        let engine = Engine::new(&config(limits, calls_max))?;
        let ticking = Arc::new(AtomicBool::new(true));
        let ticker = start_ticker(&engine, Arc::clone(&ticking))?;
        Ok(Self {
            engine,
            ticking,
            ticker: Some(ticker),
        })
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.ticking.store(false, Ordering::Relaxed);
        if let Some(ticker) = self.ticker.take() {
            ticker.thread().unpark();
            // It holds a weak engine only and ends within one tick; a panic in it cannot be helped.
            drop(ticker.join());
        }
    }
}

fn config(limits: &Limits, calls_max: u32) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    // One component takes several core instances and tables (main, shim, fix-up).
    pool.total_component_instances(calls_max)
        .total_core_instances(calls_max.saturating_mul(4))
        .total_memories(calls_max)
        .total_tables(calls_max.saturating_mul(4))
        .max_memories_per_component(1)
        .max_memory_size(usize::try_from(limits.memory_bytes_max).unwrap_or(usize::MAX))
        .table_elements(limits.table_elements_max as usize)
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .table_keep_resident(8 << 10);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(STACK_BYTES)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(FRAMES_MAX))
        // The same bits on every machine: no hardware-dependent instructions, one form of NaN.
        .wasm_relaxed_simd(false)
        .cranelift_nan_canonicalization(true);
    config
}

fn start_ticker(engine: &Engine, ticking: Arc<AtomicBool>) -> wasmtime::Result<JoinHandle<()>> {
    let engine = engine.weak();
    let ticker = std::thread::Builder::new().name("plugin-ticker".to_owned());
    let spawned = ticker.spawn(move || {
        while ticking.load(Ordering::Relaxed) {
            std::thread::park_timeout(TICK);
            match engine.upgrade() {
                Some(engine) => engine.increment_epoch(),
                None => break,
            }
        }
    });
    Ok(spawned?)
}

/// Holds a guest to its memory and remembers that it wanted more.
pub(crate) struct MemoryMeter {
    bytes_max: usize,
    table_elements_max: usize,
    pub(crate) bytes_peak: usize,
    pub(crate) denied: bool,
}

impl MemoryMeter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            bytes_max: usize::try_from(limits.memory_bytes_max).unwrap_or(usize::MAX),
            table_elements_max: limits.table_elements_max as usize,
            bytes_peak: 0,
            denied: false,
        }
    }
}

impl ResourceLimiter for MemoryMeter {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let allowed = desired <= self.bytes_max;
        self.denied |= !allowed;
        if allowed {
            self.bytes_peak = self.bytes_peak.max(desired);
        }
        Ok(allowed)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let allowed = desired <= self.table_elements_max;
        self.denied |= !allowed;
        Ok(allowed)
    }
}
