//! The committed schema is the code's, says what everything means, and holds what our own examples ask for.

use std::path::{Path, PathBuf};
use std::{env, fs};

use async_graphql::Positioned;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{InputValueDefinition, TypeKind, TypeSystemDefinition};
use serde_json::{Value, json};

use crate::harness::TestApp;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_committed_schema_is_the_one_of_the_code() {
    let file = root().join("schema.graphql");
    let sdl = dataweaver::graphql::sdl();
    if env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(&file, &sdl).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == sdl, "schema.graphql is not up to date: run this test with UPDATE_SCHEMA=1 and read its diff");
}

#[test]
fn every_type_field_argument_and_value_is_described() {
    let document = parse_schema(dataweaver::graphql::sdl()).unwrap();
    let mut silent = Vec::new();
    for definition in &document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let definition = &definition.node;
        let name = definition.name.node.as_str();
        if definition.description.is_none() {
            silent.push(name.to_owned());
        }
        let fields = match &definition.kind {
            TypeKind::Object(object) => object.fields.as_slice(),
            TypeKind::Interface(interface) => interface.fields.as_slice(),
            TypeKind::InputObject(input) => {
                inputs(name, &input.fields, &mut silent);
                continue;
            }
            TypeKind::Enum(words) => {
                let undescribed = words.values.iter().filter(|word| word.node.description.is_none());
                silent.extend(undescribed.map(|word| format!("{name}.{}", word.node.value.node)));
                continue;
            }
            TypeKind::Scalar | TypeKind::Union(_) => continue,
        };
        for field in fields {
            let path = format!("{name}.{}", field.node.name.node);
            inputs(&path, &field.node.arguments, &mut silent);
            if field.node.description.is_none() {
                silent.push(path);
            }
        }
    }
    assert!(silent.is_empty(), "without a description: {silent:#?}");
}

fn inputs(path: &str, values: &[Positioned<InputValueDefinition>], silent: &mut Vec<String>) {
    let undescribed = values.iter().filter(|value| value.node.description.is_none());
    silent.extend(undescribed.map(|value| format!("{path}({})", value.node.name.node)));
}

#[tokio::test]
async fn the_examples_of_graphiql_are_valid() {
    let app = TestApp::new().await;
    let mut examples: Vec<PathBuf> = fs::read_dir(root().join("web/src/examples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "graphql"))
        .collect();
    examples.sort();
    assert!(!examples.is_empty());
    for example in examples {
        // A document is validated whole; executed is only the operation that does nothing.
        let query = format!("{}\nquery Nothing {{ __typename }}", fs::read_to_string(&example).unwrap());
        let body = json!({ "query": query, "operationName": "Nothing", "variables": variables(&example) });
        let answer = app.client().post(app.url("/graphql")).json(&body).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer, json!({ "data": { "__typename": "Query" } }), "{}", example.display());
    }
    app.stop().await;
}

fn variables(example: &Path) -> Value {
    let text = fs::read_to_string(example.with_extension("json")).unwrap_or_else(|_| "{}".to_owned());
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn the_schema_can_be_asked_for() {
    let app = TestApp::new().await;
    let mut types = "kind name".to_owned();
    for _ in 0..9 {
        types = format!("kind name ofType {{ {types} }}");
    }
    let query = format!(
        "{{ __schema {{ queryType {{ name }} types {{ ...Full }} directives {{ name args {{ ...Input }} }} }} }}
         fragment Full on __Type {{ kind name fields(includeDeprecated: true) {{ name args {{ ...Input }} type {{ ...Ref }} }}
           inputFields {{ ...Input }} interfaces {{ ...Ref }} enumValues {{ name }} possibleTypes {{ ...Ref }} }}
         fragment Input on __InputValue {{ name description type {{ ...Ref }} defaultValue }}
         fragment Ref on __Type {{ {types} }}"
    );
    let data = app.gql(&query, json!({})).await;
    assert_eq!(data["__schema"]["queryType"]["name"], "Query");
    app.stop().await;
}
