//! The scalars of the API: times, whole numbers beyond 32 bits, and typed ids.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{
    ContextSelectionSet, ID, InputType, InputValueError, InputValueResult, OutputType, Positioned, Scalar, ScalarType,
    ServerResult, Value,
};
use chrono::{SecondsFormat, Utc};

use crate::entity::ids::{
    ConnectorId, ConversationId, DataExtractId, DataSourceId, SyncEventId, SyncLogId, WorkflowId,
};

/// Whole numbers up to here are exact in every client.
const MAX_EXACT: i64 = 1 << 53;

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime(pub chrono::DateTime<Utc>);

impl From<chrono::DateTime<Utc>> for DateTime {
    fn from(time: chrono::DateTime<Utc>) -> Self {
        Self(time)
    }
}

/// RFC 3339 time in UTC, for example `2026-11-22T08:30:00Z`.
#[Scalar(name = "DateTime", specified_by_url = "https://datatracker.ietf.org/doc/html/rfc3339")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        Ok(Self(chrono::DateTime::parse_from_rfc3339(text)?.with_timezone(&Utc)))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// A whole number of rows or bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BigInt(pub i64);

impl From<i64> for BigInt {
    fn from(number: i64) -> Self {
        Self(number)
    }
}

impl From<u64> for BigInt {
    fn from(number: u64) -> Self {
        Self(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for BigInt {
    fn from(number: usize) -> Self {
        Self(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// A whole number up to 2^53, for rows and bytes; a JSON number.
#[Scalar(name = "BigInt")]
impl ScalarType for BigInt {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::Number(number) = &value else { return Err(InputValueError::expected_type(value)) };
        match number.as_i64() {
            Some(number) if (-MAX_EXACT..=MAX_EXACT).contains(&number) => Ok(Self(number)),
            _ => Err(InputValueError::custom("expected a whole number between -2^53 and 2^53")),
        }
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.into())
    }
}

/// Makes a typed id an `ID` of the API: what is not of its kind is refused before a resolver sees it.
macro_rules! ids {
    ($($id:ty),+ $(,)?) => {$(
        impl InputType for $id {
            type RawValueType = Self;

            fn type_name() -> Cow<'static, str> {
                <ID as InputType>::type_name()
            }

            fn create_type_info(registry: &mut Registry) -> String {
                <ID as InputType>::create_type_info(registry)
            }

            fn parse(value: Option<Value>) -> InputValueResult<Self> {
                match value.unwrap_or_default() {
                    Value::String(text) => text.parse().map_err(InputValueError::custom),
                    other => Err(InputValueError::expected_type(other)),
                }
            }

            fn to_value(&self) -> Value {
                Value::String(self.to_string())
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }
        }

        impl OutputType for $id {
            fn type_name() -> Cow<'static, str> {
                <ID as OutputType>::type_name()
            }

            fn create_type_info(registry: &mut Registry) -> String {
                <ID as OutputType>::create_type_info(registry)
            }

            async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
                Ok(Value::String(self.to_string()))
            }
        }
    )+};
}

ids!(ConnectorId, DataSourceId, DataExtractId, SyncLogId, SyncEventId, ConversationId, WorkflowId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc_and_read_in_any_zone() {
        let time = <DateTime as ScalarType>::parse(Value::String("2026-11-22T10:30:00.25+02:00".to_owned())).unwrap();
        assert_eq!(ScalarType::to_value(&time), Value::String("2026-11-22T08:30:00.250Z".to_owned()));
        assert!(<DateTime as ScalarType>::parse(Value::String("yesterday".to_owned())).is_err());
    }

    #[test]
    fn a_number_that_a_client_could_not_hold_is_refused() {
        let parse = |number: i64| <BigInt as ScalarType>::parse(Value::Number(number.into()));
        assert_eq!(parse(MAX_EXACT).unwrap(), BigInt(MAX_EXACT));
        assert!(parse(MAX_EXACT + 1).is_err());
        assert!(<BigInt as ScalarType>::parse(Value::String("1".to_owned())).is_err());
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let source = DataSourceId::generate();
        let error = <ConnectorId as InputType>::parse(Some(Value::String(source.to_string())));
        assert!(error.is_err(), "{source} is no connector");
    }
}
