//! The composition root: turns a configuration into a running product.
