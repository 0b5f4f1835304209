//! The paths into our own modules that a source file names: in `use`, in code and inside macros.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The paths that a file names, each from the root of the crate on, for example `["events", "log"]`; `module` is the path of
/// the module that the file is. What is compiled for tests only may reach for whatever it needs, and is left out.
pub fn named_in(text: &str, module: &[String]) -> BTreeSet<Vec<String>> {
    let mut reader = Reader { module: module.to_vec(), paths: BTreeSet::new() };
    reader.read(text.parse().expect("it is Rust"));
    reader.paths.retain(|path| !path.is_empty());
    reader.paths
}

struct Reader {
    /// Where it reads.
    module: Vec<String>,
    paths: BTreeSet<Vec<String>>,
}

impl Reader {
    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = tokens.as_slice();
        while let Some((first, behind)) = rest.split_first() {
            rest = match (first, behind) {
                (_, [TokenTree::Group(attribute), item @ ..]) if is(first, '#') && is_for_tests(attribute) => {
                    behind_item(item)
                }
                (TokenTree::Ident(word), [TokenTree::Ident(name), TokenTree::Group(body), behind @ ..])
                    if word == "mod" =>
                {
                    self.module.push(name.to_string());
                    self.read(body.stream());
                    self.module.pop();
                    behind
                }
                (TokenTree::Ident(word), _) => match self.beginning(&word.to_string()) {
                    Some(parts) => self.follow(parts, behind),
                    None => behind,
                },
                (TokenTree::Group(group), _) => {
                    self.read(group.stream());
                    behind
                }
                _ => behind,
            };
        }
    }

    /// Where a path that begins with this word begins.
    fn beginning(&self, word: &str) -> Option<Vec<String>> {
        match word {
            "crate" => Some(Vec::new()),
            "self" => Some(self.module.clone()),
            "super" => Some(self.module.iter().take(self.module.len().saturating_sub(1)).cloned().collect()),
            _ => None,
        }
    }

    /// Follows a path of which these are the parts so far; gives what is behind it.
    fn follow<'a>(&mut self, mut parts: Vec<String>, mut rest: &'a [TokenTree]) -> &'a [TokenTree] {
        while let [one, other, behind @ ..] = rest
            && is(one, ':')
            && is(other, ':')
        {
            match behind {
                [TokenTree::Ident(name), behind @ ..] => {
                    step(&mut parts, name.to_string());
                    rest = behind;
                }
                [TokenTree::Group(branches), behind @ ..] => {
                    self.branch(&parts, branches.stream());
                    return behind;
                }
                // The star of a glob, or the arguments of a generic type.
                _ => {
                    rest = behind;
                    break;
                }
            }
        }
        self.paths.insert(parts);
        rest
    }

    /// Follows the paths of a `use` that go on in braces.
    fn branch(&mut self, parts: &[String], branches: TokenStream) {
        let tokens: Vec<TokenTree> = branches.into_iter().collect();
        for branch in tokens.split(|token| is(token, ',')) {
            let mut parts = parts.to_vec();
            match branch {
                [] => {}
                [TokenTree::Ident(name), rest @ ..] => {
                    step(&mut parts, name.to_string());
                    self.follow(parts, rest);
                }
                [..] => {
                    self.paths.insert(parts);
                }
            }
        }
    }
}

fn step(parts: &mut Vec<String>, name: String) {
    match name.as_str() {
        "self" => {}
        "super" => {
            parts.pop();
        }
        _ => parts.push(name),
    }
}

fn is(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

fn is_for_tests(attribute: &Group) -> bool {
    attribute.stream().to_string().split_whitespace().collect::<String>() == "cfg(test)"
}

/// What comes behind an item: it ends with its braces, or with a semicolon.
fn behind_item(mut rest: &[TokenTree]) -> &[TokenTree] {
    while let [token, behind @ ..] = rest {
        rest = behind;
        if is(token, ';') || matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace) {
            break;
        }
    }
    rest
}

#[test]
fn a_path_is_seen_wherever_it_stands() {
    let text = r##"
        //! Not `crate::words::in_comments`.
        use crate::{alpha::{self, Beta}, gamma::C as Delta,};
        use super::super::epsilon::*;
        #[cfg(unix)]
        mod here { fn f() { super::zeta::g::<u8>(); crate::eta::E::new(self.field) } }
        #[cfg(test)]
        use crate::for_tests::{A, B};
        fn g() { try_stream! { yield json!({ "a": crate::theta::A, "b": [super::iota()] }) } }
        #[cfg(test)]
        mod tests { use crate::for_tests::C; }
        #[cfg(test)]
        mod more;
        pub(in super::super) const LAST: Option<crate::kappa::T> = None;
    "##;
    let module = ["one", "two", "three"].map(str::to_owned);
    let named: Vec<String> = named_in(text, &module).iter().map(|path| path.join("::")).collect();
    let expected = [
        "alpha",
        "alpha::Beta",
        "eta::E::new",
        "gamma::C",
        "kappa::T",
        "one",
        "one::epsilon",
        "one::two::iota",
        "one::two::three::here",
        "one::two::three::zeta::g",
        "theta::A",
    ];
    assert_eq!(named, expected);
}
