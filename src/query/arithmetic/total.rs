//! `sum` of integers and decimals in 128 bits, which fails where the sum does not fit its type.

use std::mem::size_of_val;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, PrimitiveArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DECIMAL128_MAX_PRECISION, DataType, Decimal128Type, DecimalType, Field, FieldRef, Int64Type,
    UInt64Type,
};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, EmitTo, GroupsAccumulator, ReversedUDAF,
    SetMonotonicity, Signature,
};

use super::distinct::DistinctTotal;

/// DataFusion's `sum`, but for whole numbers and decimals.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ExactSum {
    inner: Arc<AggregateUDF>,
}

impl ExactSum {
    pub(super) fn new(inner: Arc<AggregateUDF>) -> Self {
        Self { inner }
    }
}

/// Whether sums of this type are ours.
fn is_ours(sum: &DataType) -> bool {
    matches!(sum, DataType::Int64 | DataType::UInt64 | DataType::Decimal128(..))
}

impl AggregateUDFImpl for ExactSum {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(types)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        let data_type = args.return_type().clone();
        match (is_ours(&data_type), args.is_distinct) {
            (false, _) => self.inner.accumulator(args),
            (true, true) => Ok(Box::new(DistinctTotal::of(self.inner.accumulator(args)?, data_type))),
            (true, false) => Ok(Box::new(Total::of(data_type))),
        }
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        let data_type = args.return_type().clone();
        match (is_ours(&data_type), args.is_distinct) {
            (false, _) => self.inner.create_sliding_accumulator(args),
            (true, true) => Ok(Box::new(DistinctTotal::of(self.inner.create_sliding_accumulator(args)?, data_type))),
            (true, false) => self.accumulator(args),
        }
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        self.inner.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        if args.is_distinct || !is_ours(args.return_type()) {
            return self.inner.create_groups_accumulator(args);
        }
        let data_type = args.return_type().clone();
        Ok(Box::new(Totals { data_type, sums: Vec::new(), has_value: Vec::new() }))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        if args.is_distinct || !is_ours(args.return_type()) {
            return self.inner.state_fields(args);
        }
        let state = state_type(args.return_type());
        Ok(vec![Arc::new(Field::new(format_state_name(args.name, "sum"), state, true))])
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn set_monotonicity(&self, data_type: &DataType) -> SetMonotonicity {
        self.inner.inner().set_monotonicity(data_type)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }
}

/// What partial sums travel in: all 128 bits, at the scale of the sum.
fn state_type(sum: &DataType) -> DataType {
    let scale = if let DataType::Decimal128(_, scale) = sum { *scale } else { 0 };
    DataType::Decimal128(DECIMAL128_MAX_PRECISION, scale)
}

/// Takes each value that counts: with its row, as 128 bits.
fn each(values: &ArrayRef, filter: Option<&BooleanArray>, take: impl FnMut(usize, i128)) -> Result<()> {
    match values.data_type() {
        DataType::Int64 => each_of(values.as_primitive::<Int64Type>(), filter, take),
        DataType::UInt64 => each_of(values.as_primitive::<UInt64Type>(), filter, take),
        DataType::Decimal128(..) => each_of(values.as_primitive::<Decimal128Type>(), filter, take),
        other => return Err(DataFusionError::Internal(format!("sums are not made of {other}"))),
    }
    Ok(())
}

fn each_of<T>(values: &PrimitiveArray<T>, filter: Option<&BooleanArray>, mut take: impl FnMut(usize, i128))
where
    T: ArrowPrimitiveType,
    T::Native: Into<i128>,
{
    if values.null_count() == 0 && filter.is_none() {
        for (row, value) in values.values().iter().enumerate() {
            take(row, (*value).into());
        }
        return;
    }
    for (row, value) in values.iter().enumerate() {
        let counts = filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
        if let Some(value) = value.filter(|_| counts) {
            take(row, value.into());
        }
    }
}

/// Adds, and remembers when 128 bits are too few.
struct Adding {
    overflows: bool,
}

impl Adding {
    fn add(&mut self, sum: &mut i128, value: i128) {
        let (added, overflows) = sum.overflowing_add(value);
        *sum = added;
        self.overflows |= overflows;
    }

    fn done(&self, data_type: &DataType) -> Result<()> {
        if self.overflows { Err(super::out_of_range("the sum", data_type)) } else { Ok(()) }
    }
}

/// The sums in their own type.
fn finished(sums: Vec<Option<i128>>, data_type: &DataType) -> Result<ArrayRef> {
    let too_large = |sum: i128| super::out_of_range(&format!("the sum {sum}"), data_type);
    Ok(match data_type {
        DataType::Int64 => Arc::new(fitted::<Int64Type>(sums, too_large)?),
        DataType::UInt64 => Arc::new(fitted::<UInt64Type>(sums, too_large)?),
        DataType::Decimal128(precision, scale) => {
            let limit = 10_i128.pow(u32::from(*precision));
            if let Some(sum) = sums.iter().flatten().find(|sum| **sum >= limit || **sum <= -limit) {
                let text = Decimal128Type::format_decimal(*sum, u8::MAX, *scale);
                return Err(super::out_of_range(&format!("the sum {text}"), data_type));
            }
            Arc::new(Decimal128Array::from(sums).with_precision_and_scale(*precision, *scale)?)
        }
        other => return Err(DataFusionError::Internal(format!("sums are not of {other}"))),
    })
}

fn fitted<T>(sums: Vec<Option<i128>>, too_large: impl Fn(i128) -> DataFusionError) -> Result<PrimitiveArray<T>>
where
    T: ArrowPrimitiveType,
    T::Native: TryFrom<i128>,
{
    let fit = |sum: Option<i128>| sum.map(|sum| T::Native::try_from(sum).map_err(|_| too_large(sum))).transpose();
    sums.into_iter().map(fit).collect::<Result<Vec<_>>>().map(PrimitiveArray::from_iter)
}

/// The sum of all rows, or of a window's.
#[derive(Debug)]
pub(super) struct Total {
    data_type: DataType,
    sum: i128,
    values: u64,
}

impl Total {
    pub(super) fn of(data_type: DataType) -> Self {
        Self { data_type, sum: 0, values: 0 }
    }

    fn change(&mut self, values: &ArrayRef, is_added: bool) -> Result<()> {
        let mut adding = Adding { overflows: false };
        let (mut sum, mut count) = (self.sum, 0);
        each(values, None, |_, value| {
            adding.add(&mut sum, if is_added { value } else { -value });
            count += 1;
        })?;
        self.sum = sum;
        self.values = if is_added { self.values + count } else { self.values.saturating_sub(count) };
        adding.done(&self.data_type)
    }

    fn value(&self) -> Option<i128> {
        (self.values > 0).then_some(self.sum)
    }
}

impl Accumulator for Total {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.change(&values[0], true)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.change(&values[0], false)
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.change(&states[0], true)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let DataType::Decimal128(precision, scale) = state_type(&self.data_type) else { return Ok(Vec::new()) };
        Ok(vec![ScalarValue::Decimal128(self.value(), precision, scale)])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        ScalarValue::try_from_array(&finished(vec![self.value()], &self.data_type)?, 0)
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}

/// The sums of groups.
struct Totals {
    data_type: DataType,
    sums: Vec<i128>,
    has_value: Vec<bool>,
}

impl Totals {
    fn taken(&mut self, emit_to: EmitTo) -> Vec<Option<i128>> {
        let sums = emit_to.take_needed(&mut self.sums);
        let has_value = emit_to.take_needed(&mut self.has_value);
        sums.into_iter().zip(has_value).map(|(sum, has_value)| has_value.then_some(sum)).collect()
    }

    fn states(&self, sums: Vec<Option<i128>>) -> Result<Vec<ArrayRef>> {
        let states = Decimal128Array::from(sums).with_data_type(state_type(&self.data_type));
        Ok(vec![Arc::new(states)])
    }
}

impl GroupsAccumulator for Totals {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total_groups: usize,
    ) -> Result<()> {
        self.sums.resize(total_groups, 0);
        self.has_value.resize(total_groups, false);
        let mut adding = Adding { overflows: false };
        let (sums, has_value) = (&mut self.sums, &mut self.has_value);
        each(&values[0], filter, |row, value| {
            let group = groups[row];
            adding.add(&mut sums[group], value);
            has_value[group] = true;
        })?;
        adding.done(&self.data_type)
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total_groups: usize) -> Result<()> {
        self.update_batch(values, groups, None, total_groups)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        finished(self.taken(emit_to), &self.data_type)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let sums = self.taken(emit_to);
        self.states(sums)
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let mut sums = vec![None; values[0].len()];
        each(&values[0], filter, |row, value| sums[row] = Some(value))?;
        self.states(sums)
    }

    fn size(&self) -> usize {
        self.sums.capacity() * size_of::<i128>() + self.has_value.capacity()
    }
}
