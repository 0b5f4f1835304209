//! The engine as the reference sets up its own: no file access, no `range`, no loop controls, and its macros and filters.

use std::sync::LazyLock;

use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use super::bridge::text;
use super::{filters, growing, macros, methods, operators, wording};

static BASE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Lenient);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(|out, _, value| {
        out.write_str(&text(value))?;
        Ok(())
    });
    environment.set_unknown_method_callback(methods::call);
    for unwanted in ["range", "debug"] {
        environment.remove_global(unwanted);
    }
    operators::add_to(&mut environment);
    macros::add_to(&mut environment);
    filters::add_to(&mut environment);
    wording::add_to(&mut environment);
    growing::add_to(&mut environment);
    environment
});

/// A copy to put a template into.
pub(super) fn base() -> Environment<'static> {
    BASE.clone()
}
