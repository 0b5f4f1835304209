//! What does not go together, though each part of it is run: rows would be lost, or read twice.

use super::super::template::{ends_on_short_pages, is_template};
use super::super::time::{Period, as_int};
use super::ManifestError;
use super::node::Node;

const REDUCE: &str = "REDUCE_PAGE_SIZE";
const SPLIT: &str = "SPLIT_REQUEST_WINDOW";

/// What is wrong with how the parts of a component go together.
pub(super) fn slips(name: &str, node: &Node) -> Vec<ManifestError> {
    let mut slips = Vec::new();
    match name {
        "SimpleRetriever" => retriever(node, &mut slips),
        "DeclarativeStream" => {
            if let Some(splitting) =
                node.get("retriever").and_then(|retriever| retriever.get("request_window_splitting"))
            {
                windows(splitting, node.get("incremental_sync"), &mut slips);
            }
        }
        "RecordExpander" => {
            let whole = node.get("truncated_list_retriever");
            for key in ["partition_router", "pagination_reset"] {
                if let Some(member) = whole.and_then(|whole| whole.get(key)) {
                    slips.push(member.error(format!("`{key}` does not go with `truncated_list_retriever`")));
                }
            }
        }
        _ => {}
    }
    // Whoever has no pages and no window cannot ask for others.
    for (key, member) in node.members().iter().filter(|(key, _)| name != "SimpleRetriever" || key != "requester") {
        if member.component() == "HttpRequester" {
            for action in [REDUCE, SPLIT] {
                if let Some(filter) = asking_for(action, member) {
                    slips.push(filter.error(format!("the action {action} does not go with {name}.{key}")));
                }
            }
        }
    }
    slips
}

/// The filter of a requester's error handler that answers with an action.
fn asking_for<'a>(action: &str, requester: &'a Node) -> Option<&'a Node> {
    fn among<'a>(action: &str, handler: &'a Node) -> Option<&'a Node> {
        let is_it = |filter: &&Node| filter.text("action").as_deref() == Some(action);
        let own = handler.list("response_filters").iter().find(is_it);
        own.or_else(|| handler.list("error_handlers").iter().find_map(|handler| among(action, handler)))
    }
    among(action, requester.get("error_handler")?)
}

fn retriever(node: &Node, slips: &mut Vec<ManifestError>) {
    let requester = node.get("requester");
    let rules = [(REDUCE, "page_size_reduction"), (SPLIT, "request_window_splitting")];
    let reads_lazily = node.list("partition_router").iter().any(|router| {
        router
            .list("parent_stream_configs")
            .iter()
            .any(|parent| parent.get("lazy_read_pointer").is_some_and(Node::is_truthy))
    });
    let has_properties = requester.is_some_and(|requester| {
        let in_parameters = requester.get("request_parameters").map(Node::members).unwrap_or_default();
        in_parameters.iter().any(|(_, value)| value.component() == "QueryProperties")
            || ["query_properties", "fetch_properties_from_endpoint"].iter().any(|key| requester.get(key).is_some())
    });
    for (action, key) in rules {
        let filter = requester.and_then(|requester| asking_for(action, requester));
        let rule = node.get(key);
        if let (Some(filter), None) = (filter, rule) {
            slips.push(filter.error(format!("the action {action} needs `{key}` on the retriever")));
        }
        if let (Some(rule), true) = (rule, has_properties) {
            slips.push(rule.error(format!("`{key}` does not go with query properties")));
        }
        if let (Some(rule), true) = (rule.or(filter), reads_lazily) {
            slips.push(rule.error(format!("`{key}` does not go with a parent's `lazy_read_pointer`")));
        }
    }
    let extractor = node.get("record_selector").and_then(|selector| selector.get("extractor"));
    let strategy = node.get("paginator").and_then(|paginator| paginator.get("pagination_strategy"));
    if let Some(union) = extractor.and_then(union_in)
        && strategy.is_some_and(|strategy| strategy.component() == "OffsetIncrement")
    {
        slips.push(union.error(
            "a CombinedExtractor of the mode union does not go with OffsetIncrement: its sum would be taken for the offset",
        ));
    }
    let limits = node.get("pagination_reset").and_then(|reset| reset.get("limits"));
    let filters = node.get("record_selector").is_some_and(|selector| selector.get("record_filter").is_some());
    if let (Some(limits), true) = (limits, filters) {
        slips.push(limits.error("`limits` of a PaginationReset do not go with a `record_filter`"));
    }
    if let Some(reduction) = node.get("page_size_reduction")
        && let Err(slip) = sizes(reduction, node.get("paginator"))
    {
        slips.push(slip);
    }
}

fn union_in(extractor: &Node) -> Option<&Node> {
    if extractor.component() != "CombinedExtractor" {
        return None;
    }
    if extractor.text("mode").as_deref() != Some("first_match") {
        return Some(extractor);
    }
    extractor.list("extractors").iter().find_map(union_in)
}

/// A page can be asked for in a smaller size only where that is told to the API, and moves no other page.
fn sizes(reduction: &Node, paginator: Option<&Node>) -> Result<(), ManifestError> {
    let number = |node: &Node, key: &str| node.get(key).and_then(|number| as_int(&number.value()));
    let least = number(reduction, "minimum_page_size").unwrap_or(1);
    let is_positive = |key: &str| number(reduction, key).is_none_or(|number| number >= 1);
    if reduction.float("reduction_factor").is_some_and(|factor| factor <= 1.0)
        || !is_positive("minimum_page_size")
        || !is_positive("max_attempts")
    {
        return Err(reduction.error("a PageSizeReduction needs a `reduction_factor` above 1, and counts above 0"));
    }
    let paginator = paginator.filter(|paginator| paginator.component() == "DefaultPaginator");
    let paginator = paginator.ok_or_else(|| reduction.error("`page_size_reduction` needs a DefaultPaginator"))?;
    if paginator.get("page_size_option").is_none() {
        return Err(paginator.error("`page_size_reduction` needs a `page_size_option` that tells the size"));
    }
    if let Some(option) = paginator.get("page_token_option").filter(|option| option.component() == "RequestPath") {
        return Err(option.error("`page_size_reduction` does not go with a RequestPath, which tells the size itself"));
    }
    let strategy = paginator.required("pagination_strategy")?;
    if strategy.component() == "PageIncrement" {
        return Err(strategy.error("`page_size_reduction` does not go with PageIncrement: all pages behind would move"));
    }
    let size = strategy.required("page_size")?;
    if as_int(&size.value()).is_some_and(|size| size <= least) {
        return Err(size.error(format!("a `page_size` that is to be reduced must be above {least}")));
    }
    match strategy.get("stop_condition") {
        Some(stop) if ends_on_short_pages(&stop.as_text().unwrap_or_default(), least) => Err(stop.error(
            "this `stop_condition` would take a page that was asked for smaller for the last one: compare \
             `last_page_size` with `page_size`",
        )),
        _ => Ok(()),
    }
}

/// A window can be halved only where it is sent, and where it is known how close together two can lie.
fn windows(splitting: &Node, cursor: Option<&Node>, slips: &mut Vec<ManifestError>) {
    let cursor = cursor.filter(|cursor| cursor.component() == "DatetimeBasedCursor");
    let granularity = cursor.and_then(|cursor| cursor.get("cursor_granularity"));
    let (Some(cursor), Some(granularity)) = (cursor, granularity) else {
        slips.push(splitting.error("`request_window_splitting` needs a DatetimeBasedCursor with `cursor_granularity`"));
        return;
    };
    if cursor.flag("is_client_side_incremental") == Some(true) {
        slips.push(splitting.error("`request_window_splitting` does not go with `is_client_side_incremental`"));
    }
    let least = splitting.get("min_split_window").filter(|least| least.is_truthy());
    for span in [Some(granularity), least].into_iter().flatten() {
        let text = span.as_text().unwrap_or_default();
        let period = Period::parse(&text).ok();
        if !is_template(&text) && !period.is_some_and(|period| period.months == 0 && period.micros > 0) {
            slips.push(span.error("a window that is to be split needs spans of a fixed length above zero"));
        }
    }
}
