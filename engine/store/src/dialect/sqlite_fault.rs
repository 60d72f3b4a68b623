//! A file layer of SQLite that loses what was not flushed: a power cut by `kill -9`.
//!
//! An ordinary process that is killed loses nothing, since the operating system keeps what it has
//! written. Under this layer writes to the database, its log and its journal stay in the memory of
//! the process until SQLite asks for a flush; only then do they reach the file and the real flush.
//! All connections of the process see them, as they would see the system's cache. Killing the
//! process loses exactly what was never flushed, so a missing flush shows as a missing commit.
//!
//! It is for tests: never serve with it. Start from [`register`]; a database opens with it through
//! [`SqliteOptions::vfs`](crate::database::SqliteOptions::vfs).

#![expect(
    unsafe_code,
    reason = "SQLite calls its file layer through C function pointers; all of that is in here"
)]

use std::collections::{BTreeMap, HashMap};
use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::fs::File as StdFile;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};

use libsqlite3_sys::{
    SQLITE_ACCESS_EXISTS, SQLITE_FCNTL_CHUNK_SIZE, SQLITE_FCNTL_MMAP_SIZE, SQLITE_FCNTL_SIZE_HINT,
    SQLITE_IOCAP_BATCH_ATOMIC, SQLITE_IOERR_SHORT_READ, SQLITE_NOTFOUND, SQLITE_OK,
    SQLITE_OPEN_MAIN_DB, SQLITE_OPEN_MAIN_JOURNAL, SQLITE_OPEN_WAL, sqlite3_file, sqlite3_filename,
    sqlite3_int64, sqlite3_io_methods, sqlite3_vfs, sqlite3_vfs_find, sqlite3_vfs_register,
};

/// The name under which SQLite knows this layer.
pub const NAME: &str = "drop-unflushed";
const C_NAME: &CStr = c"drop-unflushed";

/// Appended to the database's name: the file in which flushes are counted, for other processes.
pub const FLUSH_COUNT_SUFFIX: &str = "-flush-count";

const BLOCK_BYTES: u64 = 4096;

/// Makes the layer known to SQLite; once is enough, more is harmless.
pub fn register() {
    static REGISTERED: OnceLock<()> = OnceLock::new();
    REGISTERED.get_or_init(|| {
        // SAFETY: a null name asks for the default layer, which lives as long as the process.
        let real = unsafe { sqlite3_vfs_find(ptr::null()) };
        assert!(!real.is_null(), "SQLite always has a default file layer");
        let layer = Box::leak(Box::new(layer_over(real)));
        // SAFETY: the layer is leaked, so it lives as long as the process, and SQLite alone uses it.
        let code = unsafe { sqlite3_vfs_register(layer, 0) };
        assert_eq!(code, SQLITE_OK, "SQLite takes any number of file layers");
    });
}

/// How often a file of a database was flushed in this process.
#[must_use]
pub fn flush_count() -> u64 {
    FLUSHES.load(Ordering::Relaxed)
}

static FLUSHES: AtomicU64 = AtomicU64::new(0);

/// What files hold beyond what was flushed, by path. Guards only the map; each file has its own
/// lock.
static PENDING: LazyLock<Mutex<HashMap<PathBuf, Arc<Mutex<Pending>>>>> =
    LazyLock::new(Mutex::default);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a file holds beyond what was flushed.
#[derive(Debug, Default)]
struct Pending {
    /// Blocks that differ from the file, by number.
    blocks: BTreeMap<u64, Box<[u8]>>,
    /// Size as those who have the file open see it; the real one until something is written.
    size: Option<u64>,
    /// The smallest size it was cut to since the last flush.
    cut_to: Option<u64>,
    /// Where flushes are counted, beside the database.
    counter: Option<StdFile>,
}

/// An open file as SQLite holds it. The real layer's part follows it in the same allocation.
#[repr(C)]
struct File {
    base: sqlite3_file,
    real: *mut sqlite3_file,
    /// Absent for temporary files, which are not ours to lose.
    pending: Option<Arc<Mutex<Pending>>>,
}

fn layer_over(real: *mut sqlite3_vfs) -> sqlite3_vfs {
    // SAFETY: `real` is the default layer found by `register`, valid for the life of the process.
    let (real_bytes, path_bytes_max) = unsafe { ((*real).szOsFile, (*real).mxPathname) };
    let own_bytes = c_int::try_from(size_of::<File>()).expect("a file handle is small");
    sqlite3_vfs {
        iVersion: 2,
        szOsFile: own_bytes + real_bytes,
        mxPathname: path_bytes_max,
        pNext: ptr::null_mut(),
        zName: C_NAME.as_ptr(),
        pAppData: real.cast(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_pathname),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: Some(current_time),
        xGetLastError: Some(last_error),
        xCurrentTimeInt64: Some(current_time_int64),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    }
}

/// The real layer under ours.
///
/// # Safety
/// `layer` is the one that [`register`] made.
unsafe fn real_layer(layer: *mut sqlite3_vfs) -> *mut sqlite3_vfs {
    // SAFETY: the caller's promise; `pAppData` was set by `layer_over`.
    unsafe { (*layer).pAppData.cast() }
}

/// Calls a function of the real layer, which is there in every layer of version 2.
macro_rules! forward {
    ($layer:ident, $function:ident $(, $argument:expr)*) => {{
        // SAFETY: SQLite calls us with our own layer, and the arguments are its own.
        unsafe {
            let real = real_layer($layer);
            let function = (*real).$function.expect("the default layer is complete");
            function(real $(, $argument)*)
        }
    }};
}

unsafe extern "C" fn open(
    layer: *mut sqlite3_vfs,
    name: sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let file: *mut File = file.cast();
    // SAFETY: SQLite allocates `szOsFile` bytes for the handle: ours, then the real layer's. Both
    // are aligned to eight bytes.
    let real = unsafe { file.add(1).cast::<sqlite3_file>() };
    // SAFETY: as above; the handle is not initialized yet, so it is written without being read.
    unsafe { (&raw mut (*file).base.pMethods).write(ptr::null()) };
    let code = forward!(layer, xOpen, name, real, flags, out_flags);
    // SAFETY: the real layer has written its handle, if only to say that there are no methods.
    if code != SQLITE_OK || unsafe { (*real).pMethods.is_null() } {
        return code;
    }
    let durable = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
    let pending = if flags & durable != 0 && !name.is_null() {
        // SAFETY: SQLite passes a path that ends with a zero and lives during the call.
        Some(pending_of(unsafe { path(name) }))
    } else {
        None
    };
    let base = sqlite3_file { pMethods: &METHODS };
    // SAFETY: the memory is ours and large enough; nothing in it needs dropping yet.
    unsafe {
        file.write(File {
            base,
            real,
            pending,
        })
    };
    SQLITE_OK
}

/// # Safety
/// `name` is a path that ends with a zero.
unsafe fn path(name: *const c_char) -> PathBuf {
    // SAFETY: the caller's promise.
    let bytes = unsafe { CStr::from_ptr(name) }.to_bytes();
    PathBuf::from(OsStr::from_bytes(bytes))
}

fn pending_of(path: PathBuf) -> Arc<Mutex<Pending>> {
    let counter = counter_beside(&path);
    let pending = lock(&PENDING).entry(path).or_default().clone();
    // Counting is for a test's report; it must not keep a database from opening.
    lock(&pending).counter = StdFile::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(counter)
        .ok();
    pending
}

/// The file in which the flushes of a database, its log and its journal are counted.
fn counter_beside(path: &Path) -> PathBuf {
    let name = path.as_os_str().as_bytes();
    let database = name
        .strip_suffix(b"-wal")
        .or_else(|| name.strip_suffix(b"-journal"));
    let mut counter = OsStr::from_bytes(database.unwrap_or(name)).to_owned();
    counter.push(FLUSH_COUNT_SUFFIX);
    PathBuf::from(counter)
}

unsafe extern "C" fn delete(
    layer: *mut sqlite3_vfs,
    name: *const c_char,
    sync_directory: c_int,
) -> c_int {
    // SAFETY: SQLite passes a path that ends with a zero.
    lock(&PENDING).remove(&unsafe { path(name) });
    forward!(layer, xDelete, name, sync_directory)
}

unsafe extern "C" fn access(
    layer: *mut sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    result: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes a path that ends with a zero.
    let pending = lock(&PENDING).get(&unsafe { path(name) }).cloned();
    let size = pending.and_then(|it| lock(&it).size);
    match size {
        // The real layer takes an empty file for an absent one; so do we.
        Some(size) if flags == SQLITE_ACCESS_EXISTS => {
            // SAFETY: SQLite passes a place for the result.
            unsafe { *result = c_int::from(size > 0) };
            SQLITE_OK
        }
        _ => forward!(layer, xAccess, name, flags, result),
    }
}

unsafe extern "C" fn full_pathname(
    layer: *mut sqlite3_vfs,
    name: *const c_char,
    bytes_max: c_int,
    result: *mut c_char,
) -> c_int {
    forward!(layer, xFullPathname, name, bytes_max, result)
}

unsafe extern "C" fn randomness(layer: *mut sqlite3_vfs, bytes: c_int, out: *mut c_char) -> c_int {
    forward!(layer, xRandomness, bytes, out)
}

unsafe extern "C" fn sleep(layer: *mut sqlite3_vfs, microseconds: c_int) -> c_int {
    forward!(layer, xSleep, microseconds)
}

unsafe extern "C" fn current_time(layer: *mut sqlite3_vfs, out: *mut f64) -> c_int {
    forward!(layer, xCurrentTime, out)
}

unsafe extern "C" fn current_time_int64(layer: *mut sqlite3_vfs, out: *mut sqlite3_int64) -> c_int {
    forward!(layer, xCurrentTimeInt64, out)
}

unsafe extern "C" fn last_error(layer: *mut sqlite3_vfs, bytes: c_int, out: *mut c_char) -> c_int {
    forward!(layer, xGetLastError, bytes, out)
}

/// Version 2: with shared memory, without memory-mapped reading, which would pass us by.
static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock_file),
    xUnlock: Some(unlock_file),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// A file of the real layer.
#[derive(Clone, Copy)]
struct Real(*mut sqlite3_file);

macro_rules! call {
    ($real:expr, $method:ident $(, $argument:expr)*) => {{
        let real: *mut sqlite3_file = $real;
        // SAFETY: the handle was opened by the real layer and is closed by `close` alone, after
        // which SQLite does not call us with it; the arguments are SQLite's own or ours, and live
        // during the call.
        unsafe {
            let methods = (*real).pMethods;
            let method = (*methods).$method.expect("the default layer has all methods");
            method(real $(, $argument)*)
        }
    }};
}

impl Real {
    /// Fills a buffer from an offset; what lies beyond the end is zero.
    fn read(self, buffer: &mut [u8], offset: u64) -> c_int {
        let (bytes, offset) = (len_of(buffer), offset_of(offset));
        let code = call!(self.0, xRead, buffer.as_mut_ptr().cast(), bytes, offset);
        if code == SQLITE_IOERR_SHORT_READ {
            SQLITE_OK
        } else {
            code
        }
    }

    fn write(self, buffer: &[u8], offset: u64) -> c_int {
        call!(
            self.0,
            xWrite,
            buffer.as_ptr().cast(),
            len_of(buffer),
            offset_of(offset)
        )
    }

    fn size(self) -> Result<u64, c_int> {
        let mut size: sqlite3_int64 = 0;
        match call!(self.0, xFileSize, &raw mut size) {
            SQLITE_OK => Ok(size.unsigned_abs()),
            code => Err(code),
        }
    }
}

fn len_of(buffer: &[u8]) -> c_int {
    c_int::try_from(buffer.len()).expect("SQLite reads and writes less than 2 GB at a time")
}

fn offset_of(offset: u64) -> sqlite3_int64 {
    sqlite3_int64::try_from(offset).expect("a file has less than 2^63 bytes")
}

impl Pending {
    fn size(&mut self, real: Real) -> Result<u64, c_int> {
        match self.size {
            Some(size) => Ok(size),
            None => real.size(),
        }
    }

    /// Fills the buffer as far as the file reaches; says whether it does to the end.
    fn read(&mut self, real: Real, buffer: &mut [u8], offset: u64) -> Result<bool, c_int> {
        let size = self.size(real)?;
        // Beyond a cut the real file may still hold what is gone for those who read.
        let real_end = self.cut_to.unwrap_or(u64::MAX);
        accept(real.read(buffer, offset))?;
        zero_from(buffer, offset, real_end.min(size));
        let end = offset + buffer.len() as u64;
        for (number, block) in self
            .blocks
            .range(offset / BLOCK_BYTES..end.div_ceil(BLOCK_BYTES))
        {
            let block_offset = number * BLOCK_BYTES;
            let (from, to) = (
                offset.max(block_offset),
                end.min(block_offset + BLOCK_BYTES),
            );
            let target = (from - offset) as usize..(to - offset) as usize;
            let source = (from - block_offset) as usize..(to - block_offset) as usize;
            buffer[target].copy_from_slice(&block[source]);
        }
        zero_from(buffer, offset, size);
        Ok(end <= size)
    }

    fn write(&mut self, real: Real, buffer: &[u8], offset: u64) -> Result<(), c_int> {
        let size = self.size(real)?;
        let end = offset + buffer.len() as u64;
        for number in offset / BLOCK_BYTES..end.div_ceil(BLOCK_BYTES) {
            let block_offset = number * BLOCK_BYTES;
            if !self.blocks.contains_key(&number) {
                let mut block = vec![0; BLOCK_BYTES as usize].into_boxed_slice();
                self.read(real, &mut block, block_offset)?;
                self.blocks.insert(number, block);
            }
            let block = self
                .blocks
                .get_mut(&number)
                .expect("the block was put in just now");
            let (from, to) = (
                offset.max(block_offset),
                end.min(block_offset + BLOCK_BYTES),
            );
            let source = (from - offset) as usize..(to - offset) as usize;
            let target = (from - block_offset) as usize..(to - block_offset) as usize;
            block[target].copy_from_slice(&buffer[source]);
        }
        self.size = Some(size.max(end));
        Ok(())
    }

    fn truncate(&mut self, size: u64) {
        self.cut_to = Some(self.cut_to.map_or(size, |it| it.min(size)));
        self.size = Some(size);
        self.blocks.split_off(&size.div_ceil(BLOCK_BYTES));
        if let Some(block) = self.blocks.get_mut(&(size / BLOCK_BYTES)) {
            block[(size % BLOCK_BYTES) as usize..].fill(0);
        }
    }

    /// Writes everything through and flushes it.
    fn sync(&mut self, real: Real, flags: c_int) -> Result<(), c_int> {
        if let Some(cut_to) = self.cut_to
            && cut_to < real.size()?
        {
            accept(call!(real.0, xTruncate, offset_of(cut_to)))?;
        }
        let size = self.size(real)?;
        for (number, block) in &self.blocks {
            let offset = number * BLOCK_BYTES;
            let bytes = (size - offset).min(BLOCK_BYTES) as usize;
            accept(real.write(&block[..bytes], offset))?;
        }
        accept(call!(real.0, xSync, flags))?;
        self.blocks.clear();
        self.cut_to = None;
        self.size = None;
        self.count();
        Ok(())
    }

    /// Counts a flush, for this process and in a file that outlives it.
    fn count(&self) {
        FLUSHES.fetch_add(1, Ordering::Relaxed);
        let Some(counter) = &self.counter else { return };
        let mut text = [b' '; 20];
        let n_read = counter.read_at(&mut text, 0).unwrap_or(0);
        let before = std::str::from_utf8(&text[..n_read]).ok();
        let before: u64 = before.and_then(|it| it.trim().parse().ok()).unwrap_or(0);
        // A count that cannot be written is missing from a report, no more.
        let _ = counter.write_at(format!("{:20}", before + 1).as_bytes(), 0);
    }
}

/// Zeroes the part of a buffer that lies beyond an end of the file.
fn zero_from(buffer: &mut [u8], offset: u64, end: u64) {
    let kept = end.saturating_sub(offset).min(buffer.len() as u64) as usize;
    buffer[kept..].fill(0);
}

fn accept(code: c_int) -> Result<(), c_int> {
    if code == SQLITE_OK { Ok(()) } else { Err(code) }
}

fn code_of(result: Result<(), c_int>) -> c_int {
    result.err().unwrap_or(SQLITE_OK)
}

/// Our handle behind SQLite's.
///
/// # Safety
/// `file` was opened by [`open`] and not closed yet.
unsafe fn own<'a>(file: *mut sqlite3_file) -> &'a File {
    // SAFETY: the caller's promise; handles are changed by `open` and `close` only.
    unsafe { &*file.cast::<File>() }
}

macro_rules! own {
    ($file:ident) => {
        // SAFETY: SQLite calls a method with a handle that `open` has made and it has not closed.
        unsafe { own($file) }
    };
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // What is pending stays, as it would in the system's cache.
    let code = call!(own!(file).real, xClose);
    // SAFETY: SQLite does not use the handle after this; what it owns is dropped once.
    unsafe { ptr::drop_in_place(file.cast::<File>()) };
    code
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    buffer: *mut c_void,
    bytes: c_int,
    offset: sqlite3_int64,
) -> c_int {
    let own = own!(file);
    let Some(pending) = &own.pending else {
        return call!(own.real, xRead, buffer, bytes, offset);
    };
    // SAFETY: SQLite passes a buffer of so many bytes, which no one else uses meanwhile.
    let buffer = unsafe { std::slice::from_raw_parts_mut(buffer.cast(), bytes as usize) };
    match lock(pending).read(Real(own.real), buffer, offset.unsigned_abs()) {
        Ok(true) => SQLITE_OK,
        Ok(false) => SQLITE_IOERR_SHORT_READ,
        Err(code) => code,
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    buffer: *const c_void,
    bytes: c_int,
    offset: sqlite3_int64,
) -> c_int {
    let own = own!(file);
    let Some(pending) = &own.pending else {
        return call!(own.real, xWrite, buffer, bytes, offset);
    };
    // SAFETY: SQLite passes a buffer of so many bytes, which does not change meanwhile.
    let buffer = unsafe { std::slice::from_raw_parts(buffer.cast(), bytes as usize) };
    code_of(lock(pending).write(Real(own.real), buffer, offset.unsigned_abs()))
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    let own = own!(file);
    let Some(pending) = &own.pending else {
        return call!(own.real, xTruncate, size);
    };
    lock(pending).truncate(size.unsigned_abs());
    SQLITE_OK
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    let own = own!(file);
    let Some(pending) = &own.pending else {
        return call!(own.real, xSync, flags);
    };
    code_of(lock(pending).sync(Real(own.real), flags))
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, result: *mut sqlite3_int64) -> c_int {
    let own = own!(file);
    let Some(pending) = &own.pending else {
        return call!(own.real, xFileSize, result);
    };
    match lock(pending).size(Real(own.real)) {
        Ok(size) => {
            // SAFETY: SQLite passes a place for the result.
            unsafe { *result = offset_of(size) };
            SQLITE_OK
        }
        Err(code) => code,
    }
}

unsafe extern "C" fn lock_file(file: *mut sqlite3_file, level: c_int) -> c_int {
    call!(own!(file).real, xLock, level)
}

unsafe extern "C" fn unlock_file(file: *mut sqlite3_file, level: c_int) -> c_int {
    call!(own!(file).real, xUnlock, level)
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, result: *mut c_int) -> c_int {
    call!(own!(file).real, xCheckReservedLock, result)
}

unsafe extern "C" fn file_control(
    file: *mut sqlite3_file,
    operation: c_int,
    argument: *mut c_void,
) -> c_int {
    let own = own!(file);
    match operation {
        // These change the real file behind our back, or let it be read past us.
        SQLITE_FCNTL_SIZE_HINT | SQLITE_FCNTL_CHUNK_SIZE | SQLITE_FCNTL_MMAP_SIZE
            if own.pending.is_some() =>
        {
            SQLITE_NOTFOUND
        }
        _ => call!(own.real, xFileControl, operation, argument),
    }
}

unsafe extern "C" fn sector_size(file: *mut sqlite3_file) -> c_int {
    call!(own!(file).real, xSectorSize)
}

unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    call!(own!(file).real, xDeviceCharacteristics) & !SQLITE_IOCAP_BATCH_ATOMIC
}

unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    page: c_int,
    page_bytes: c_int,
    extend: c_int,
    result: *mut *mut c_void,
) -> c_int {
    call!(own!(file).real, xShmMap, page, page_bytes, extend, result)
}

unsafe extern "C" fn shm_lock(
    file: *mut sqlite3_file,
    offset: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    call!(own!(file).real, xShmLock, offset, count, flags)
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    call!(own!(file).real, xShmBarrier);
}

unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, delete: c_int) -> c_int {
    call!(own!(file).real, xShmUnmap, delete)
}
