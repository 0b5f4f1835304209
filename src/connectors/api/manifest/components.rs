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
    known(
        "DeclarativeSource",
        &["check", "streams", "dynamic_streams", "spec", "api_budget", "concurrency_level"],
        &[],
    ),
    known("CheckStream", &["dynamic_streams_check_configs"], &[]),
    known("CheckDynamicStream", &[], &[]),
    known("DynamicStreamCheckConfig", &[], &[]),
    known("Spec", &["config_normalization_rules"], &[]),
    known("ConfigNormalizationRules", &["config_migrations", "transformations", "validations"], &[]),
    known("ConfigMigration", &["transformations"], &[]),
    known("ConfigAddFields", &["fields"], &[]),
    known("ConfigRemapField", &[], &[]),
    known("ConfigRemoveFields", &[], &[]),
    known("DpathValidator", &["validation_strategy"], &[]),
    known("PredicateValidator", &["validation_strategy"], &[]),
    known("ValidateAdheresToSchema", &[], &[]),
    known("ConcurrencyLevel", &[], &[]),
    known("ConditionalStreams", &["streams"], &[]),
    known("DynamicDeclarativeStream", &["stream_template", "components_resolver"], &[]),
    known("HttpComponentsResolver", &["retriever", "components_mapping"], &[]),
    known("ConfigComponentsResolver", &["stream_config", "components_mapping"], &[]),
    known("ParametrizedComponentsResolver", &["stream_parameters", "components_mapping"], &[]),
    known("StreamConfig", &[], &[]),
    known("StreamParametersDefinition", &[], &[]),
    known("ComponentMappingDefinition", &[], &[]),
    known("StateDelegatingStream", &["full_refresh_stream", "incremental_stream"], &[]),
    known(
        "DeclarativeStream",
        &["retriever", "incremental_sync", "schema_loader", "transformations", "state_migrations"],
        &["file_uploader"],
    ),
    known(
        "SimpleRetriever",
        &[
            "requester",
            "decoder",
            "record_selector",
            "paginator",
            "pagination_reset",
            "page_size_reduction",
            "request_window_splitting",
            "partition_router",
        ],
        &[],
    ),
    known("PaginationReset", &["limits"], &[]),
    known("PaginationResetLimits", &[], &[]),
    known("PageSizeReduction", &[], &[]),
    known("RequestWindowSplitting", &[], &[]),
    known(
        "AsyncRetriever",
        &[
            "creation_requester",
            "polling_requester",
            "download_target_requester",
            "download_requester",
            "abort_requester",
            "delete_requester",
            "decoder",
            "download_decoder",
            "status_mapping",
            "status_extractor",
            "download_target_extractor",
            "download_extractor",
            "download_paginator",
            "record_selector",
            "partition_router",
        ],
        &[],
    ),
    known("AsyncJobStatusMap", &[], &[]),
    known("ResponseToFileExtractor", &[], &[]),
    known(
        "HttpRequester",
        &[
            "authenticator",
            "error_handler",
            "request_body",
            "request_parameters",
            "fetch_properties_from_endpoint",
            "query_properties",
        ],
        &[],
    ),
    known("QueryProperties", &["property_list", "property_chunking", "property_selector"], &[]),
    known("PropertiesFromEndpoint", &["retriever"], &[]),
    known("PropertyChunking", &["record_merge_strategy"], &[]),
    known("GroupByKeyMergeStrategy", &[], &[]),
    known("JsonSchemaPropertySelector", &["transformations"], &[]),
    known("RequestBodyGraphQL", &[], &[]),
    known("RequestBodyJsonObject", &[], &[]),
    known("RequestBodyPlainText", &[], &[]),
    known("RequestBodyUrlEncodedForm", &[], &[]),
    known("RequestOption", &[], &[]),
    known("RequestPath", &[], &[]),
    known("RecordSelector", &["extractor", "record_filter", "schema_normalization"], &[]),
    known("DpathExtractor", &["record_expander"], &[]),
    known("RecordExpander", &["parent_fields", "truncated_list_retriever"], &[]),
    known("ParentFieldPath", &[], &[]),
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
    known("LegacySessionTokenAuthenticator", &[], &[]),
    known("SelectiveAuthenticator", &["authenticators"], &[]),
    known("RateLimitedMultipleTokenAuthenticator", &["quota_status_source", "quotas"], &[]),
    known("QuotaStatusSource", &[], &[]),
    known("TokenQuota", &["matchers"], &[]),
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
    known("ZipfileDecoder", &["decoder"], &[]),
    known("JsonItemsDecoder", &[], &[]),
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
    known("ParentStreamConfig", &["stream", "request_option"], &[]),
    known("UnionPartitionRouter", &["partition_routers"], &[]),
    known("GroupingPartitionRouter", &["underlying_partition_router"], &[]),
    known("LegacyToPerPartitionStateMigration", &[], &[]),
];

/// Components of the format that are not run.
const NOT_RUN: &[&str] = &["FileUploader"];

/// What to do instead of a field that is not run, by its place.
const INSTEAD: &[(&str, &str)] = &[
    (
        "DeclarativeStream.file_uploader",
        "tables hold rows and no files: without it the stream's records are read, with what they say of their files; files that \
         lie in a folder, a bucket or a drive are read by the connectors of those",
    ),
    ("JwtAuthenticator.passphrase", "give the key without one: secrets are kept encrypted here"),
];

/// What to do instead of a field that is not run.
pub(super) fn instead(place: &str) -> Option<&'static str> {
    INSTEAD.iter().find(|(known, _)| *known == place).map(|(_, advice)| *advice)
}

/// The types of components that the format lets go without, by the component that they lie in and its field. Nothing is
/// handed down to them.
const IMPLIED: &[(&str, &str)] = &[
    ("AsyncRetriever.status_mapping", "AsyncJobStatusMap"),
    ("DeclarativeSource.concurrency_level", "ConcurrencyLevel"),
    ("DeclarativeStream.state_migrations", "LegacyToPerPartitionStateMigration"),
    ("DynamicSchemaLoader.schema_type_identifier", "SchemaTypeIdentifier"),
    ("FixedWindowCallRatePolicy.matchers", "HttpRequestRegexMatcher"),
    ("MovingWindowCallRatePolicy.matchers", "HttpRequestRegexMatcher"),
    ("MovingWindowCallRatePolicy.rates", "Rate"),
    ("SchemaTypeIdentifier.types_mapping", "TypesMap"),
    ("TokenQuota.matchers", "HttpRequestRegexMatcher"),
    ("UnlimitedCallRatePolicy.matchers", "HttpRequestRegexMatcher"),
];

/// The type of a component that is written without one; empty where the format asks for it.
pub(super) fn implied(place: &str) -> &'static str {
    IMPLIED.iter().find(|(known, _)| *known == place).map_or("", |(_, name)| name)
}

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
