//! `AT TIME ZONE` as PostgreSQL has it, as the function `timezone(zone, value)`.
//!
//! | value | `value AT TIME ZONE zone` |
//! |---|---|
//! | timestamp with time zone | timestamp: what the zone's clocks show at that instant |
//! | timestamp | timestamp with time zone: the instant at which the zone's clocks show it |
//! | date, text | the first of the two, of an instant in UTC |
//!
//! What no clock shows, since it is set forward, is counted as if it had not been; what clocks show twice, since they are
//! set back, is the second time.

mod zone;

use std::convert::Infallible;
use std::mem::replace;
use std::ops::ControlFlow;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, Int64Array};
use arrow::compute::{cast, cast_with_options};
use arrow::datatypes::{DataType, FieldRef, Int64Type, TimeUnit};
use chrono::DateTime;
use datafusion::common::format::DEFAULT_CAST_OPTIONS;
use datafusion::common::utils::take_function_args;
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::sql::sqlparser::ast::{Expr as SqlExpr, Statement, Value, visit_expressions_mut};

use self::zone::Zone;
use crate::query::rewrite;
use crate::sdk::types::type_name;

const FUNCTION: &str = "timezone";

/// Puts the function in the place of the operator, everywhere in a statement.
pub(super) fn as_function(statement: &mut Statement) {
    let ControlFlow::Continue(()) = visit_expressions_mut(statement, |expr| -> ControlFlow<Infallible> {
        if let SqlExpr::AtTimeZone { timestamp, time_zone } = expr {
            let arguments = [time_zone, timestamp].map(|side| replace(side.as_mut(), SqlExpr::value(Value::Null)));
            *expr = rewrite::call(FUNCTION, arguments);
        }
        ControlFlow::Continue(())
    });
}

/// The function that stands for the operator.
pub(super) fn function() -> ScalarUDF {
    ScalarUDF::new_from_impl(AtTimeZone { signature: Signature::any(2, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct AtTimeZone {
    signature: Signature,
}

impl ScalarUDFImpl for AtTimeZone {
    fn name(&self) -> &str {
        FUNCTION
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let [zone, value] = take_function_args(FUNCTION, args)?;
        Ok(format!("{} AT TIME ZONE {}", value.schema_name(), zone.schema_name()))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let [zone, value] = take_function_args(FUNCTION, types)?;
        let is_zone = zone.is_string() || zone.is_null() || matches!(zone, DataType::Interval(_));
        if !is_zone {
            let given = type_name(zone);
            return Err(refused(format!("a time zone is given as a text, such as 'Europe/Berlin', not as {given}")));
        }
        Ok(match taken(value)? {
            DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(unit, None),
            DataType::Timestamp(unit, None) => DataType::Timestamp(unit, Some("+00:00".into())),
            other => other,
        })
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        rewrite::field(self, &args)
    }

    fn is_strict(&self) -> bool {
        true
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_constant = args.args.iter().all(|value| matches!(value, ColumnarValue::Scalar(_)));
        let rows = if is_constant { 1 } else { args.number_rows };
        let result = args.return_field.data_type();
        let [zones, values] = take_function_args(FUNCTION, args.args)?;
        let values = values.into_array(rows)?;
        let values = cast_with_options(&values, &taken(values.data_type())?, &DEFAULT_CAST_OPTIONS)?;
        let shifted = match zones {
            ColumnarValue::Scalar(zone) => {
                let zone = Zone::all(&zone.to_array()?)?.pop().flatten();
                shifted(&values, |_| zone)?
            }
            ColumnarValue::Array(zones) => {
                let zones = Zone::all(&zones)?;
                shifted(&values, |row| zones[row])?
            }
        };
        let shifted = cast(&shifted, result)?;
        Ok(if is_constant {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&shifted, 0)?)
        } else {
            ColumnarValue::Array(shifted)
        })
    }
}

/// The timestamps that values are taken for.
fn taken(value: &DataType) -> Result<DataType> {
    match value {
        DataType::Timestamp(..) => Ok(value.clone()),
        other if other.is_string() || other.is_null() || matches!(other, DataType::Date32 | DataType::Date64) => {
            Ok(DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into())))
        }
        DataType::Dictionary(_, value) => taken(value),
        other => Err(refused(format!("AT TIME ZONE takes a timestamp, not {}", type_name(other)))),
    }
}

/// The ticks of timestamps after their clocks were changed for those of a zone, or back.
fn shifted(values: &ArrayRef, zone_of: impl Fn(usize) -> Option<Zone>) -> Result<Int64Array> {
    let DataType::Timestamp(unit, of_instants) = values.data_type() else {
        return Err(DataFusionError::Internal(format!("{} are no timestamps", values.data_type())));
    };
    let second = match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    };
    let ticks = cast(values, &DataType::Int64)?;
    let ticks = ticks.as_primitive::<Int64Type>();
    let shift = |ticks: i64, zone: Zone| {
        let time = DateTime::from_timestamp(ticks.div_euclid(second), 0)?.naive_utc();
        let ahead = if of_instants.is_some() { zone.ahead_at(time) } else { -zone.ahead_while_showing(time)? };
        ticks.checked_add(ahead.checked_mul(second)?)
    };
    let of_row = |row: usize| match zone_of(row).filter(|_| ticks.is_valid(row)) {
        Some(zone) => {
            shift(ticks.value(row), zone).map(Some).ok_or_else(|| refused("a timestamp is out of range".into()))
        }
        None => Ok(None),
    };
    (0..ticks.len()).map(of_row).collect()
}

fn refused(message: String) -> DataFusionError {
    DataFusionError::Execution(message)
}
