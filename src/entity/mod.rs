//! What our own tables hold: SeaORM entities, one table a file.
