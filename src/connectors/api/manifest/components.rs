//! The components of the format: which of them are run, and what of each.

/// What is known of one type of component.
pub(super) struct Known {
    pub(super) name: &'static str,
    /// Fields that hold components.
    pub(super) nested: &'static [&'static str],
    /// Fields that are not run: a manifest that sets one is refused.
    pub(super) refused: &'static [&'static str],
}

const fn known(name: &'static str, nested: &'static [&'static str], refused: &'static [&'static str]) -> Known {
    Known { name, nested, refused }
}

/// The components that are run.
const RUN: &[Known] = &[
    known("DeclarativeSource", &["check", "streams", "spec", "api_budget", "concurrency_level"], &["dynamic_streams"]),
    known("CheckStream", &[], &["dynamic_streams_check_configs"]),
    known("Spec", &[], &["config_normalization_rules"]),
    known("ConcurrencyLevel", &[], &[]),
    known("ConditionalStreams", &["streams"], &[]),
    known(
        "DeclarativeStream",
        &["retriever", "incremental_sync", "schema_loader", "transformations", "state_migrations"],
        &["file_uploader"],
    ),
    known(
        "SimpleRetriever",
        &["requester", "decoder", "record_selector", "paginator", "partition_router"],
        &["pagination_reset", "page_size_reduction", "request_window_splitting"],
    ),
    known(
        "HttpRequester",
        &["authenticator", "error_handler", "request_body", "request_parameters"],
        &["fetch_properties_from_endpoint", "query_properties"],
    ),
    known("RequestBodyGraphQL", &[], &[]),
    known("RequestBodyJsonObject", &[], &[]),
    known("RequestBodyPlainText", &[], &[]),
    known("RequestBodyUrlEncodedForm", &[], &[]),
    known("RequestOption", &[], &[]),
    known("RequestPath", &[], &[]),
    known("RecordSelector", &["extractor", "record_filter", "schema_normalization"], &[]),
    known("DpathExtractor", &[], &["record_expander"]),
    known("CombinedExtractor", &["extractors"], &[]),
    known("RecordFilter", &[], &[]),
    known("AddFields", &["fields"], &[]),
    known("AddedFieldDefinition", &[], &[]),
    known("RemoveFields", &[], &[]),
    known("KeysToLower", &[], &[]),
    known("KeysToSnakeCase", &[], &[]),
    known("KeysReplace", &[], &[]),
    known("FlattenFields", &[], &[]),
    known("DpathFlattenFields", &["key_transformation"], &[]),
    known("KeyTransformation", &[], &[]),
    known("DefaultPaginator", &["pagination_strategy", "page_size_option", "page_token_option"], &[]),
    known("NoPagination", &[], &[]),
    known("PageIncrement", &[], &[]),
    known("OffsetIncrement", &[], &[]),
    known("CursorPagination", &[], &[]),
    known("NoAuth", &[], &[]),
    known("ApiKeyAuthenticator", &["inject_into"], &[]),
    known("BearerAuthenticator", &[], &[]),
    known("BasicHttpAuthenticator", &[], &[]),
    known("OAuthAuthenticator", &["profile_assertion"], &[]),
    known("SessionTokenAuthenticator", &["login_requester", "request_authentication", "decoder"], &[]),
    known("ApiKey", &["inject_into"], &[]),
    known("Bearer", &[], &[]),
    known("JwtAuthenticator", &["request_option"], &["passphrase"]),
    known("SelectiveAuthenticator", &["authenticators"], &[]),
    known("DefaultErrorHandler", &["backoff_strategies", "response_filters"], &[]),
    known("CompositeErrorHandler", &["error_handlers"], &[]),
    known("HttpResponseFilter", &[], &[]),
    known("ConstantBackoffStrategy", &[], &[]),
    known("ExponentialBackoffStrategy", &[], &[]),
    known("WaitTimeFromHeader", &[], &[]),
    known("WaitUntilTimeFromHeader", &[], &[]),
    known("WaitTimeFromResponse", &[], &[]),
    known("HTTPAPIBudget", &["policies"], &[]),
    known("FixedWindowCallRatePolicy", &["matchers"], &[]),
    known("MovingWindowCallRatePolicy", &["matchers", "rates"], &[]),
    known("UnlimitedCallRatePolicy", &["matchers"], &[]),
    known("HttpRequestRegexMatcher", &[], &[]),
    known("Rate", &[], &[]),
    known("JsonDecoder", &[], &[]),
    known("JsonlDecoder", &[], &[]),
    known("IterableDecoder", &[], &[]),
    known("CsvDecoder", &[], &[]),
    known("XmlDecoder", &[], &[]),
    known("GzipDecoder", &["decoder"], &[]),
    known("InlineSchemaLoader", &[], &[]),
    known("JsonFileSchemaLoader", &[], &[]),
    known(
        "DynamicSchemaLoader",
        &["retriever", "schema_filter", "schema_transformations", "schema_type_identifier"],
        &[],
    ),
    known("SchemaTypeIdentifier", &["types_mapping"], &[]),
    known("TypesMap", &[], &[]),
    known("ComplexFieldType", &[], &[]),
    known("DatetimeBasedCursor", &["start_datetime", "end_datetime", "start_time_option", "end_time_option"], &[]),
    known("MinMaxDatetime", &[], &[]),
    known("IncrementingCountCursor", &["start_value_option"], &[]),
    known("ListPartitionRouter", &["request_option"], &[]),
    known("SubstreamPartitionRouter", &["parent_stream_configs"], &[]),
    known("ParentStreamConfig", &["stream", "request_option"], &["lazy_read_pointer"]),
    known("LegacyToPerPartitionStateMigration", &[], &[]),
];

/// Components of the format that are not run.
const NOT_RUN: &[&str] = &[
    "AsyncRetriever",
    "AsyncJobStatusMap",
    "CheckDynamicStream",
    "ComponentMappingDefinition",
    "ConfigAddFields",
    "ConfigComponentsResolver",
    "ConfigMigration",
    "ConfigRemapField",
    "ConfigRemoveFields",
    "DpathValidator",
    "DynamicDeclarativeStream",
    "DynamicStreamCheckConfig",
    "FileUploader",
    "GroupByKeyMergeStrategy",
    "GroupingPartitionRouter",
    "HttpComponentsResolver",
    "JsonItemsDecoder",
    "JsonSchemaPropertySelector",
    "LegacySessionTokenAuthenticator",
    "PageSizeReduction",
    "PaginationReset",
    "ParametrizedComponentsResolver",
    "ParentFieldPath",
    "PredicateValidator",
    "PropertiesFromEndpoint",
    "PropertyChunking",
    "QueryProperties",
    "RateLimitedMultipleTokenAuthenticator",
    "RecordExpander",
    "RequestWindowSplitting",
    "ResponseToFileExtractor",
    "StateDelegatingStream",
    "StreamConfig",
    "StreamGroup",
    "UnionPartitionRouter",
    "ValidateAdheresToSchema",
    "ZipfileDecoder",
];

/// Whether we run a component, by its type.
pub(super) enum Verdict {
    Runs(&'static Known),
    NotRun,
    Custom,
    Unknown,
}

pub(super) fn verdict(name: &str) -> Verdict {
    if let Some(known) = RUN.iter().find(|known| known.name == name) {
        Verdict::Runs(known)
    } else if NOT_RUN.contains(&name) {
        Verdict::NotRun
    } else if name.starts_with("Custom") {
        Verdict::Custom
    } else {
        Verdict::Unknown
    }
}
