//! A grammar for what people write: many ways to say a thing, each made of parts that can be said in many ways.
//!
//! In a phrase, `{name}` stands for a value that is given, or else for any phrase of the rule of that name; `[a|b|]` stands for
//! one of its alternatives.

use std::collections::HashMap;

use rand::RngExt;

use super::dice::Dice;

/// Phrases by the names of their rules.
pub(super) struct Grammar {
    rules: HashMap<&'static str, &'static [&'static str]>,
}

/// A rule: its name, and what can be said.
pub(super) type Rule = (&'static str, &'static [&'static str]);

impl Grammar {
    pub(super) fn of(rules: &[&[Rule]]) -> Self {
        Self { rules: rules.iter().flat_map(|rules| rules.iter().copied()).collect() }
    }

    /// One of the phrases of a rule, with these values in it. A name that is neither a value nor a rule stays as it is.
    pub(super) fn say(&self, rule: &str, values: &[(&str, &str)], dice: &mut Dice) -> String {
        let mut said = String::new();
        self.rule(rule, values, dice, &mut said);
        said
    }

    fn rule(&self, rule: &str, values: &[(&str, &str)], dice: &mut Dice, said: &mut String) {
        if let Some((_, value)) = values.iter().find(|(name, _)| *name == rule) {
            said.push_str(value);
        } else if let Some(phrases) = self.rules.get(rule) {
            self.phrase(phrases[dice.random_range(0..phrases.len())], values, dice, said);
        } else {
            said.extend(["{", rule, "}"]);
        }
    }

    fn phrase(&self, phrase: &str, values: &[(&str, &str)], dice: &mut Dice, said: &mut String) {
        let mut rest = phrase;
        while let Some(start) = rest.find(['{', '[']) {
            said.push_str(&rest[..start]);
            let (closing, is_rule) = if rest[start..].starts_with('{') { ('}', true) } else { (']', false) };
            let inside = &rest[start + 1..];
            let Some(end) = inside.find(closing) else { break };
            if is_rule {
                self.rule(&inside[..end], values, dice, said);
            } else {
                let count = inside[..end].split('|').count();
                let chosen = inside[..end].split('|').nth(dice.random_range(0..count)).unwrap_or_default();
                self.phrase(chosen, values, dice, said);
            }
            rest = &inside[end + 1..];
        }
        said.push_str(rest);
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn rules_values_and_alternatives_are_put_together() {
        let grammar = Grammar::of(&[&[("greeting", &["[Hi|Hello] {who}{end}"]), ("end", &["!"])]]);
        let mut dice = Dice::seed_from_u64(1);
        for _ in 0..20 {
            let said = grammar.say("greeting", &[("who", "Ada")], &mut dice);
            assert!(["Hi Ada!", "Hello Ada!"].contains(&said.as_str()), "{said}");
        }
        assert_eq!(grammar.say("unknown", &[], &mut dice), "{unknown}");
    }
}
