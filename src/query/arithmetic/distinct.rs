//! `sum(DISTINCT …)`: DataFusion gathers the values, and they are added up here.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::Accumulator;

use super::total::Total;

/// The sum of values that differ.
#[derive(Debug)]
pub(super) struct DistinctTotal {
    values: Box<dyn Accumulator>,
    data_type: DataType,
}

impl DistinctTotal {
    /// `values` gathers them, and gives them as its state.
    pub(super) fn of(values: Box<dyn Accumulator>, data_type: DataType) -> Self {
        Self { values, data_type }
    }
}

impl Accumulator for DistinctTotal {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.values.update_batch(values)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.values.retract_batch(values)
    }

    fn supports_retract_batch(&self) -> bool {
        self.values.supports_retract_batch()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.values.merge_batch(states)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.values.state()
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let state = self.values.state()?;
        let Some(ScalarValue::List(values)) = state.first() else {
            return Err(DataFusionError::Internal(format!("distinct values are no list: {state:?}")));
        };
        let mut total = Total::of(self.data_type.clone());
        total.update_batch(&[Arc::clone(values.values())])?;
        total.evaluate()
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.values.size()
    }
}
