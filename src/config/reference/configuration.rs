//! All settings of the process in `docs/configuration.md`, as a configuration file.

use super::{keep, resolved};
use crate::config::Config;
use crate::config::load::PLAIN_VARIABLES;

const BEGIN: &str = "<!-- made from src/config: UPDATE_DOCS=1 cargo test --lib reference -->\n";
/// Longest line of a comment, in characters.
const WIDTH: usize = 100;

#[test]
fn the_configuration_is_up_to_date() {
    let kept = keep("docs/configuration.md", BEGIN, &format!("```toml\n{}```\n", reference()));
    assert_eq!(kept, Ok(()));
}

/// Every setting with its meaning, default and environment variable, as a configuration file.
fn reference() -> String {
    let defaults = serde_json::to_value(Config::default()).unwrap();
    let schema = schemars::schema_for!(Config).to_value();
    let mut lines = Vec::new();
    for (section, settings) in defaults.as_object().unwrap() {
        let declared = &schema["properties"][section];
        lines.extend(comment(declared["description"].as_str().unwrap_or_default()));
        lines.push(format!("[{section}]"));
        let declared = resolved(&schema, declared);
        for (key, default) in settings.as_object().unwrap() {
            let meaning = declared["properties"][key]["description"].as_str();
            lines.push(String::new());
            lines.extend(comment(meaning.unwrap_or_else(|| panic!("{section}.{key} has no doc comment"))));
            lines.push(format!("# Environment: {}", variables(section, key)));
            lines.push(if default.is_null() { format!("# {key} =") } else { format!("{key} = {default}") });
        }
        lines.push(String::new());
    }
    lines.pop();
    lines.join("\n") + "\n"
}

fn variables(section: &str, key: &str) -> String {
    let long = format!("DATAWEAVER_{}__{}", section.to_uppercase(), key.to_uppercase());
    let short = PLAIN_VARIABLES.iter().find(|(_, plain)| *plain == format!("{section}.{key}"));
    short.map_or(long.clone(), |(short, _)| format!("{short} or {long}"))
}

fn comment(text: &str) -> Vec<String> {
    let mut lines = vec!["#".to_owned()];
    for word in text.split_whitespace() {
        if lines.last().unwrap().len() + 1 + word.len() > WIDTH {
            lines.push("#".to_owned());
        }
        let line = lines.last_mut().unwrap();
        line.push(' ');
        line.push_str(word);
    }
    lines
}
