//! Files of a folder or a bucket.
