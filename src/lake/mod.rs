//! Lake tables: Delta tables on an object store.
