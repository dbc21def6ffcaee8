//! Bytes that Rust and a JavaScript `Buffer` hold together.
//!
//! The memory is reached through a raw pointer only and no reference to it is
//! kept: JavaScript may write to a `Buffer` at any time. A block is created,
//! lent and copied on one JavaScript thread, and Node does not let external
//! buffers be transferred to another.
//!
//! A block is lent to at most one `ArrayBuffer` at a time, since engines do not
//! expect two over the same address.

use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use napi::bindgen_prelude::{BufferSlice, Env, Result};

use crate::cache::Weigh;

/// Bytes outside the JavaScript heap.
pub(in crate::binding) struct Block {
    bytes: NonNull<[u8]>,
    lent: AtomicBool,
}

// SAFETY: a block owns its memory, and dropping it from whatever thread the
// finalizer runs on is all that happens off the JavaScript thread.
unsafe impl Send for Block {}
// SAFETY: as above; `copy` runs on the JavaScript thread alone, which is the
// only one to write.
unsafe impl Sync for Block {}

impl Block {
    /// A copy of `bytes`, or nothing where there is no memory for it.
    pub(in crate::binding) fn copy_of(bytes: &[u8]) -> Option<Arc<Self>> {
        let mut owned = Vec::new();
        owned.try_reserve_exact(bytes.len()).ok()?;
        owned.extend_from_slice(bytes);
        let bytes = NonNull::from(Box::leak(owned.into_boxed_slice()));
        Some(Arc::new(Self { bytes, lent: AtomicBool::new(false) }))
    }

    /// Another block with the same bytes.
    pub(in crate::binding) fn copy(&self) -> Option<Arc<Self>> {
        // SAFETY: the memory lives as long as `self`, and nothing writes to it
        // during this call: that could only be JavaScript, on this thread.
        Self::copy_of(unsafe { self.bytes.as_ref() })
    }

    /// A `Buffer` over the bytes, which it keeps alive; nothing where one is
    /// out already. V8 learns their length from the buffer. Blocks of no bytes
    /// can't be lent.
    pub(in crate::binding) fn lend<'env>(
        self: &Arc<Self>,
        env: &'env Env,
    ) -> Result<Option<BufferSlice<'env>>> {
        if self.lent.swap(true, Ordering::AcqRel) {
            return Ok(None);
        }
        let data = self.bytes.as_ptr().cast::<u8>();
        // SAFETY: `data` is valid for reads and writes of that length while the
        // `Arc` given along lives, and that goes only when the buffer's memory
        // is finalized. It is not null.
        let buffer = unsafe {
            BufferSlice::from_external(env, data, self.bytes.len(), Arc::clone(self), |_, block| {
                block.lent.store(false, Ordering::Release);
            })
        };
        if buffer.is_err() {
            self.lent.store(false, Ordering::Release);
        }
        buffer.map(Some)
    }
}

impl Weigh for Block {
    fn weight(&self) -> usize {
        self.bytes.len()
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: the pointer came from a leaked box, and this is its only
        // owner: a buffer over it holds an `Arc` of this block.
        drop(unsafe { Box::from_raw(self.bytes.as_ptr()) });
    }
}
