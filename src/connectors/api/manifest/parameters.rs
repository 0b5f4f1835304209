//! What components hand down: `$parameters` become fields of every component below, unless it has its own; and types
//! that a manifest may leave out are filled in.

use std::sync::Arc;

use super::super::value::{Text, Value};
use super::node::{Content, Node, PARAMETERS};
use crate::sdk::TextPlace;

/// The type that a component has where none is written, by the component that it lies in and its field.
const DEFAULT_TYPES: &[(&str, &str)] = &[
    ("CompositeErrorHandler.error_handlers", "DefaultErrorHandler"),
    ("CursorPagination.decoder", "JsonDecoder"),
    ("DatetimeBasedCursor.end_datetime", "MinMaxDatetime"),
    ("DatetimeBasedCursor.end_time_option", "RequestOption"),
    ("DatetimeBasedCursor.start_datetime", "MinMaxDatetime"),
    ("DatetimeBasedCursor.start_time_option", "RequestOption"),
    ("DeclarativeSource.check", "CheckStream"),
    ("DeclarativeSource.spec", "Spec"),
    ("DeclarativeSource.streams", "DeclarativeStream"),
    ("DeclarativeStream.retriever", "SimpleRetriever"),
    ("DeclarativeStream.schema_loader", "JsonFileSchemaLoader"),
    ("DynamicDeclarativeStream.stream_template", "DeclarativeStream"),
    ("DynamicDeclarativeStream.components_resolver", "ConfigComponentResolver"),
    ("HttpComponentsResolver.retriever", "SimpleRetriever"),
    ("HttpComponentsResolver.components_mapping", "ComponentMappingDefinition"),
    ("ConfigComponentsResolver.stream_config", "StreamConfig"),
    ("ConfigComponentsResolver.components_mapping", "ComponentMappingDefinition"),
    ("DefaultErrorHandler.response_filters", "HttpResponseFilter"),
    ("DefaultPaginator.decoder", "JsonDecoder"),
    ("DefaultPaginator.page_size_option", "RequestOption"),
    ("DpathExtractor.decoder", "JsonDecoder"),
    ("DpathExtractor.record_expander", "RecordExpander"),
    ("HttpRequester.error_handler", "DefaultErrorHandler"),
    ("ListPartitionRouter.request_option", "RequestOption"),
    ("ParentStreamConfig.request_option", "RequestOption"),
    ("ParentStreamConfig.stream", "DeclarativeStream"),
    ("RecordExpander.parent_fields", "ParentFieldPath"),
    ("RecordSelector.extractor", "DpathExtractor"),
    ("RecordSelector.record_filter", "RecordFilter"),
    ("SimpleRetriever.paginator", "NoPagination"),
    ("SimpleRetriever.record_selector", "RecordSelector"),
    ("SimpleRetriever.requester", "HttpRequester"),
    ("SubstreamPartitionRouter.parent_stream_configs", "ParentStreamConfig"),
    ("AddFields.fields", "AddedFieldDefinition"),
    ("CustomPartitionRouter.parent_stream_configs", "ParentStreamConfig"),
    ("DynamicSchemaLoader.retriever", "SimpleRetriever"),
    ("SchemaTypeIdentifier.types_map", "TypesMap"),
];

/// The same for components that name a class.
const CUSTOM_TYPES: &[(&str, &str)] = &[
    ("CompositeErrorHandler.backoff_strategies", "CustomBackoffStrategy"),
    ("DeclarativeStream.retriever", "CustomRetriever"),
    ("DeclarativeStream.transformations", "CustomTransformation"),
    ("DefaultErrorHandler.backoff_strategies", "CustomBackoffStrategy"),
    ("DefaultPaginator.pagination_strategy", "CustomPaginationStrategy"),
    ("HttpRequester.authenticator", "CustomAuthenticator"),
    ("HttpRequester.error_handler", "CustomErrorHandler"),
    ("RecordSelector.extractor", "CustomRecordExtractor"),
    ("SimpleRetriever.partition_router", "CustomPartitionRouter"),
];

type Parameters = Vec<(Text, Node)>;

/// Whose parameters count where a component has one of the same name as those above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Precedence {
    Own,
    Above,
}

/// Hands everything down from the root.
pub(super) fn propagate(manifest: &Node, precedence: Precedence) -> Node {
    component("", manifest, &Vec::new(), precedence)
}

fn component(place: &str, node: &Node, from_above: &Parameters, precedence: Precedence) -> Node {
    let mut members: Vec<(Text, Node)> = node.members().to_vec();
    if !members.iter().any(|(key, _)| key == "type") {
        let table = if members.iter().any(|(key, _)| key == "class_name") { CUSTOM_TYPES } else { DEFAULT_TYPES };
        if let Some((_, name)) = table.iter().find(|(known, _)| *known == place) {
            members.push((Text::from("type"), Node { place: node.place, content: Content::Scalar(Value::str(name)) }));
        }
    }
    let mut parameters = from_above.clone();
    if let Some(index) = members.iter().position(|(key, _)| key == PARAMETERS) {
        let (_, own) = members.remove(index);
        for (key, value) in own.members() {
            if precedence == Precedence::Own || !from_above.iter().any(|(known, _)| known == key) {
                set(&mut parameters, key.clone(), value.clone());
            }
        }
    }
    let kind = members.iter().find(|(key, _)| key == "type").map(|(_, node)| node.content.clone());
    let name = match kind {
        // JSON schemas are no components.
        Some(Content::Scalar(Value::Str(name))) if name == "object" => return map(node.place, members),
        Some(Content::List(_) | Content::Map(_)) => return map(node.place, members),
        Some(Content::Scalar(Value::Str(name))) => name,
        Some(Content::Scalar(_)) => Text::default(),
        None => return nested_only(place, members, &parameters, node.place, precedence),
    };
    for (key, value) in &parameters {
        match members.iter_mut().find(|(known, _)| known == key) {
            Some((_, own)) if own.is_truthy() => {}
            Some((_, own)) => *own = value.clone(),
            None => members.push((key.clone(), value.clone())),
        }
    }
    for (key, value) in &mut members {
        if matches!(value.content, Content::Scalar(_)) {
            continue;
        }
        let below = format!("{name}.{key}");
        // A parameter is not handed to the field that it has become itself; an empty one is lost there, as in the reference.
        let own = parameters.iter().position(|(known, _)| known == key).map(|place| parameters.remove(place));
        match &mut value.content {
            Content::Map(_) => *value = component(&below, value, &parameters, precedence),
            Content::List(items) => {
                if items.iter().any(Node::is_map) {
                    for item in Arc::make_mut(items).iter_mut().filter(|item| item.is_map()) {
                        *item = component(&below, item, &parameters, precedence);
                    }
                }
            }
            Content::Scalar(_) => {}
        }
        parameters.extend(own.filter(|(_, value)| value.is_truthy()));
    }
    if !parameters.is_empty() {
        members.push((Text::from(PARAMETERS), map(node.place, parameters)));
    }
    map(node.place, members)
}

/// A map that is no component, but may hold some.
fn nested_only(
    place: &str,
    mut members: Vec<(Text, Node)>,
    parameters: &Parameters,
    written: TextPlace,
    precedence: Precedence,
) -> Node {
    for (_, value) in &mut members {
        if value.is_map() && value.get("type").is_some_and(Node::is_truthy) {
            *value = component(place, value, parameters, precedence);
        }
    }
    map(written, members)
}

fn map(place: TextPlace, members: Vec<(Text, Node)>) -> Node {
    Node { place, content: Content::map(members) }
}

fn set(parameters: &mut Parameters, key: Text, value: Node) {
    match parameters.iter_mut().find(|(known, _)| *known == key) {
        Some((_, place)) => *place = value,
        None => parameters.push((key, value)),
    }
}
