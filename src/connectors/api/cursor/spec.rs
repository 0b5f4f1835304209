//! What a manifest says of a stream's cursor.

use std::sync::Arc;

use super::super::failure::Failure;
use super::super::http::{Parts, RequestOption};
use super::super::manifest::{ManifestError, Node};
use super::super::slice::Slice;
use super::super::template::{Interpolated, Scope};
use super::super::time::{Moment, Period, as_int, format_by, parse_by};
use super::super::value::{Value, text};
use super::clamp::Clamp;
use super::mark::Mark;

/// Cheap to clone.
#[derive(Clone, Debug)]
pub(in super::super) struct CursorSpec(pub(super) Arc<Spec>);

#[derive(Debug)]
pub(super) struct Spec {
    pub(super) field: String,
    pub(super) kind: Kind,
    /// The names of a window's start and end.
    pub(super) keys: [String; 2],
    start_option: Option<RequestOption>,
    end_option: Option<RequestOption>,
    pub(super) is_client_side: bool,
    pub(super) is_data_feed: bool,
    pub(super) is_global: bool,
}

#[derive(Debug)]
pub(super) enum Kind {
    Dates(Box<Dates>),
    /// A number that only grows, and where it starts.
    Count(i128),
}

#[derive(Debug)]
pub(super) struct Dates {
    format: String,
    formats: Vec<String>,
    start: Bounded,
    end: Option<Bounded>,
    pub(super) step: Option<Period>,
    pub(super) granularity: Option<Period>,
    pub(super) lookback: Option<Period>,
    pub(super) clamp: Option<Clamp>,
    pub(super) strict: bool,
}

/// A date, kept within two others.
#[derive(Debug)]
struct Bounded {
    date: Interpolated,
    format: String,
    least: Option<Interpolated>,
    most: Option<Interpolated>,
}

impl Bounded {
    fn build(node: &Node, owner: &Node, usual: &str) -> Result<Self, ManifestError> {
        if !node.is_map() {
            let source = node.as_text().unwrap_or_default();
            let date = node.compiled(Interpolated::new(&source, &owner.parameters()))?;
            return Ok(Self { date, format: usual.to_owned(), least: None, most: None });
        }
        let bound =
            |key: &str| node.text(key).filter(|source| !source.is_empty()).map_or(Ok(None), |_| node.template(key));
        Ok(Self {
            date: node.required_template("datetime")?,
            format: node
                .text("datetime_format")
                .filter(|format| !format.is_empty())
                .unwrap_or_else(|| usual.to_owned()),
            least: bound("min_datetime")?,
            most: bound("max_datetime")?,
        })
    }

    fn moment(&self, scope: &Scope) -> Result<Moment, Failure> {
        let read = |template: &Interpolated| -> Result<Option<Moment>, Failure> {
            let word = template.text(scope)?;
            if word.is_empty() {
                return Ok(None);
            }
            Ok(Some(parse_by(&Value::from(word), &self.format)?))
        };
        let date = self.date.text(scope)?;
        let mut moment = parse_by(&Value::from(date), &self.format)?;
        if let Some(least) = self.least.as_ref().map(read).transpose()?.flatten() {
            moment = moment.max(least);
        }
        if let Some(most) = self.most.as_ref().map(read).transpose()?.flatten() {
            moment = moment.min(most);
        }
        Ok(moment)
    }
}

impl CursorSpec {
    /// `chosen` is a field that takes the place of the manifest's where that allows it.
    pub(in super::super) fn build(
        node: Option<&Node>,
        chosen: Option<&str>,
        scope: &Scope,
    ) -> Result<Option<Self>, ManifestError> {
        let Some(node) = node else { return Ok(None) };
        let is_open = node.flag("allow_catalog_defined_cursor_field") == Some(true);
        let field = match chosen.filter(|chosen| is_open && !chosen.is_empty()) {
            Some(chosen) => chosen.to_owned(),
            None => node.compiled(node.required_template("cursor_field")?.text(scope))?,
        };
        let spec = match node.component() {
            "IncrementingCountCursor" => {
                let start = node.template("start_value")?;
                let start = start.map(|start| node.compiled(start.eval(scope))).transpose()?;
                let start = start.map_or(Some(0), |start| as_int(&start));
                Spec {
                    field,
                    kind: Kind::Count(start.ok_or_else(|| node.error("`start_value` must be a whole number"))?),
                    keys: ["start".to_owned(), "end".to_owned()],
                    start_option: node.get("start_value_option").map(RequestOption::build).transpose()?,
                    end_option: None,
                    is_client_side: false,
                    is_data_feed: false,
                    is_global: false,
                }
            }
            "DatetimeBasedCursor" => {
                let key = |name: &str, usual: &str| -> Result<String, ManifestError> {
                    let template = node.template(name)?;
                    template.map_or(Ok(usual.to_owned()), |template| node.compiled(template.text(scope)))
                };
                Spec {
                    field,
                    kind: Kind::Dates(Box::new(Dates::build(node, scope)?)),
                    keys: [key("partition_field_start", "start_time")?, key("partition_field_end", "end_time")?],
                    start_option: node.get("start_time_option").map(RequestOption::build).transpose()?,
                    end_option: node.get("end_time_option").map(RequestOption::build).transpose()?,
                    is_client_side: node.flag("is_client_side_incremental").unwrap_or(false),
                    is_data_feed: node.flag("is_data_feed").unwrap_or(false),
                    is_global: node.flag("global_substream_cursor").unwrap_or(false),
                }
            }
            other => return Err(node.error(format!("{other} is no cursor that is run here"))),
        };
        Ok(Some(Self(Arc::new(spec))))
    }

    pub(in super::super) fn field(&self) -> &str {
        &self.0.field
    }

    pub(in super::super) fn is_client_side(&self) -> bool {
        self.0.is_client_side
    }

    /// Whether what is to be read is cut into windows of a length.
    pub(in super::super) fn has_steps(&self) -> bool {
        matches!(&self.0.kind, Kind::Dates(dates) if dates.step.is_some())
    }

    pub(in super::super) fn is_data_feed(&self) -> bool {
        self.0.is_data_feed
    }

    /// How far has been read by a state, where it is a moment.
    pub(in super::super) fn stands_at(&self, state: &Value) -> Option<Moment> {
        let value = match state.get("state_type").and_then(Value::as_str) {
            Some("date-range") => {
                let span = state.get("slices")?.as_list()?.first()?;
                let given = |key: &str| span.get(key).filter(|value| value.is_truthy());
                given("most_recent_cursor_value").or_else(|| given("end"))?
            }
            _ => state.get(self.field()).filter(|value| value.is_truthy())?,
        };
        match self.0.read(value)? {
            Mark::Moment(moment) => Some(moment),
            Mark::Count(_) => None,
        }
    }

    /// What the window adds to a request.
    pub(in super::super) fn parts(&self, slice: &Slice, scope: &Scope) -> Result<Parts, Failure> {
        let mut parts = Parts::default();
        if slice.window.is_empty() {
            return Ok(parts);
        }
        for (option, key) in [(&self.0.start_option, &self.0.keys[0]), (&self.0.end_option, &self.0.keys[1])] {
            if let Some(option) = option {
                option.inject(&mut parts, slice.window.get(key).cloned().unwrap_or_default(), scope)?;
            }
        }
        Ok(parts)
    }
}

impl Spec {
    /// Where reading starts at the very first time.
    pub(super) fn start(&self, scope: &Scope) -> Result<Mark, Failure> {
        match &self.kind {
            Kind::Dates(dates) => dates.start.moment(scope).map(Mark::Moment),
            Kind::Count(start) => Ok(Mark::Count(Value::int(*start))),
        }
    }

    /// Where reading ends now.
    pub(super) fn end(&self, scope: &Scope) -> Result<Mark, Failure> {
        let Kind::Dates(dates) = &self.kind else { return Ok(Mark::Count(Value::Float(f64::INFINITY))) };
        let end = dates.end.as_ref().map_or_else(|| Ok(Moment::now()), |end| end.moment(scope))?;
        let Some(clamp) = dates.clamp else { return Ok(Mark::Moment(end)) };
        let usual = Period::seconds(if matches!(clamp, Clamp::Day) { 1 } else { 86_400 });
        let before = dates.granularity.unwrap_or(usual);
        Ok(Mark::Moment(clamp.apply(end, false).shifted(&before, -1)?))
    }

    /// Reads a cursor's value; `None` where it follows none of the formats.
    pub(super) fn read(&self, value: &Value) -> Option<Mark> {
        match &self.kind {
            Kind::Dates(dates) => {
                dates.formats.iter().find_map(|format| parse_by(value, format).ok()).map(Mark::Moment)
            }
            Kind::Count(_) => (!value.is_null()).then(|| Mark::Count(value.clone())),
        }
    }

    pub(super) fn read_state(&self, value: &Value) -> Result<Mark, Failure> {
        self.read(value).ok_or_else(|| {
            Failure::Config(format!("the state's cursor {} follows none of the cursor's formats", text(value)))
        })
    }

    pub(super) fn write(&self, mark: &Mark) -> Value {
        match (&self.kind, mark) {
            (Kind::Dates(dates), Mark::Moment(moment)) => Value::from(format_by(*moment, &dates.format)),
            (_, Mark::Count(value)) => value.clone(),
            (Kind::Count(_), Mark::Moment(_)) => Value::Null,
        }
    }

    /// The cursor's value of a record.
    pub(super) fn of_record(&self, record: &Value) -> Option<Mark> {
        record.get(&self.field).filter(|value| !value.is_null()).and_then(|value| self.read(value))
    }
}

impl Dates {
    fn build(node: &Node, scope: &Scope) -> Result<Self, ManifestError> {
        let format = node.required_text("datetime_format")?;
        let mut formats: Vec<String> = node.list("cursor_datetime_formats").iter().filter_map(Node::as_text).collect();
        formats.push(format.clone());
        let period = |key: &str| -> Result<Option<Period>, ManifestError> {
            let Some(template) = node.template(key)? else { return Ok(None) };
            let word = node.compiled(template.text(scope))?;
            if word.is_empty() {
                return Ok(None);
            }
            Period::parse(&word).map(Some).map_err(|error| node.error(format!("`{key}`: {error}")))
        };
        if node.get("step").is_some() != node.get("cursor_granularity").is_some() {
            return Err(node.error("DatetimeBasedCursor takes `step` and `cursor_granularity` together"));
        }
        Ok(Self {
            start: Bounded::build(node.required("start_datetime")?, node, &format)?,
            end: node.get("end_datetime").map(|end| Bounded::build(end, node, &format)).transpose()?,
            step: period("step")?,
            granularity: period("cursor_granularity")?,
            lookback: period("lookback_window")?,
            clamp: node.get("clamping").map(|clamping| clamp(clamping, node, scope)).transpose()?,
            strict: node.flag("is_compare_strictly").unwrap_or(false),
            format,
            formats,
        })
    }
}

fn clamp(node: &Node, owner: &Node, scope: &Scope) -> Result<Clamp, ManifestError> {
    const WEEK: [&str; 7] = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
    let target = node.compiled(Interpolated::new(&node.required_text("target")?, &owner.parameters()))?;
    match node.compiled(target.text(scope))?.as_str() {
        "DAY" => Ok(Clamp::Day),
        "MONTH" => Ok(Clamp::Month),
        "WEEK" => {
            let weekday = node.get("target_details").and_then(|details| details.text("weekday"));
            let place = weekday.and_then(|weekday| WEEK.iter().position(|known| *known == weekday));
            let place = place.and_then(|place| u32::try_from(place).ok());
            place.map(Clamp::Week).ok_or_else(|| node.error("clamping to WEEK needs a weekday in `target_details`"))
        }
        other => Err(node.error(format!("clamping to {other}: known are DAY, WEEK and MONTH"))),
    }
}
