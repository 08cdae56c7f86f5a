//! Tables of orders and quotes in Arrow columns, read exactly: what cannot be read in a row refuses that row.

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Float32Type, Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_cast::cast;
use arrow_schema::DataType;
use pyo3::prelude::*;
use pyo3_arrow::input::AnyRecordBatch;
use risk_core::{Side, parse_decimal};
use rust_decimal::Decimal;

use crate::error::plain;
use crate::number;

/// A table as one batch.
pub(crate) struct Table(RecordBatch);

impl Table {
    /// Reads anything that speaks the Arrow capsule protocol: tables of pyarrow, polars and pandas.
    pub(crate) fn read(py: Python<'_>, table: &Bound<'_, PyAny>, name: &str) -> PyResult<Self> {
        let wrong = |problem: String| plain(py, "InputError", &format!("{name}: {problem}"));
        let stream: AnyRecordBatch = table.extract().map_err(|_| {
            wrong("a table is needed that speaks the Arrow capsule protocol; for columns use pyarrow.table(columns)".into())
        })?;
        let reader = stream.into_reader()?;
        let schema = reader.schema();
        let batches = reader.collect::<Result<Vec<_>, _>>().map_err(|e| wrong(e.to_string()))?;
        arrow_select(&schema, &batches).map(Self).map_err(|e| wrong(e.to_string()))
    }

    pub(crate) fn rows(&self) -> usize {
        self.0.num_rows()
    }

    fn column(&self, name: &str) -> Option<&ArrayRef> {
        self.0.column_by_name(name)
    }

    /// A column of numbers.
    pub(crate) fn numbers(&self, py: Python<'_>, name: &str) -> PyResult<Option<Numbers>> {
        let Some(column) = self.column(name) else { return Ok(None) };
        Numbers::of(column)
            .map(Some)
            .map_err(|problem| plain(py, "InputError", &format!("column {name}: {problem}")))
    }

    /// A column that must be there.
    pub(crate) fn needed<T>(py: Python<'_>, name: &str, column: Option<T>) -> PyResult<T> {
        column.ok_or_else(|| plain(py, "InputError", &format!("column {name} is missing")))
    }

    /// A column of text, in whatever form.
    pub(crate) fn texts(&self, py: Python<'_>, name: &str) -> PyResult<Option<Texts>> {
        let Some(column) = self.column(name) else { return Ok(None) };
        let text = cast(column, &DataType::Utf8)
            .map_err(|problem| plain(py, "InputError", &format!("column {name}: {problem}")))?;
        Ok(Some(Texts(text)))
    }

    /// A column of times: whole nanoseconds, or timestamps.
    pub(crate) fn times(&self, py: Python<'_>, name: &str) -> PyResult<Vec<i64>> {
        let wrong = |problem: &str| plain(py, "InputError", &format!("column {name}: {problem}"));
        let column = Self::needed(py, name, self.column(name))?;
        let nanos = match column.data_type() {
            DataType::Int64 => column.clone(),
            DataType::Timestamp(_, _) => {
                let unit = DataType::Timestamp(arrow_schema::TimeUnit::Nanosecond, None);
                cast(column, &unit)
                    .and_then(|times| cast(&times, &DataType::Int64))
                    .map_err(|e| wrong(&e.to_string()))?
            }
            _ => return Err(wrong("times are int64 nanoseconds or timestamps")),
        };
        if nanos.null_count() > 0 {
            return Err(wrong("a time is missing"));
        }
        Ok(nanos.as_primitive::<Int64Type>().values().to_vec())
    }
}

fn arrow_select(
    schema: &arrow_schema::SchemaRef,
    batches: &[RecordBatch],
) -> Result<RecordBatch, arrow_schema::ArrowError> {
    match batches {
        [one] => Ok(one.clone()),
        many => arrow_select::concat::concat_batches(schema, many),
    }
}

/// Numbers of one column. A row that is missing or no number is `Err`.
pub(crate) enum Numbers {
    Wide(ArrayRef),
    Narrow(ArrayRef),
    Whole(ArrayRef),
    Exact(ArrayRef, i8),
    Text(ArrayRef),
}

/// Nothing that could be read.
pub(crate) struct Unreadable;

impl Numbers {
    fn of(column: &ArrayRef) -> Result<Self, String> {
        let whole = |kind| cast(column, &kind).map_err(|e| e.to_string());
        Ok(match column.data_type() {
            DataType::Float64 => Self::Wide(column.clone()),
            DataType::Float32 => Self::Narrow(column.clone()),
            DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32 => Self::Whole(whole(DataType::Int64)?),
            DataType::Decimal128(_, scale) => Self::Exact(column.clone(), *scale),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Text(whole(DataType::Utf8)?),
            other => return Err(format!("{other} is no type of numbers")),
        })
    }

    /// The number of a row; nothing where the row is null.
    pub(crate) fn at(&self, row: usize) -> Result<Option<Decimal>, Unreadable> {
        let column = match self {
            Self::Wide(c) | Self::Narrow(c) | Self::Whole(c) | Self::Exact(c, _) | Self::Text(c) => c,
        };
        if column.is_null(row) {
            return Ok(None);
        }
        let read = match self {
            Self::Wide(column) => {
                let value = column.as_primitive::<Float64Type>().value(row);
                value.is_finite().then(|| number::of_float(value)).flatten()
            }
            Self::Narrow(column) => {
                let value = column.as_primitive::<Float32Type>().value(row);
                value
                    .is_finite()
                    .then(|| parse_decimal(zmij::Buffer::new().format_finite(value)).ok())
                    .flatten()
            }
            Self::Whole(column) => Some(Decimal::from(column.as_primitive::<Int64Type>().value(row))),
            Self::Exact(column, scale) => u32::try_from(*scale).ok().and_then(|scale| {
                let digits = column.as_primitive::<Decimal128Type>().value(row);
                Decimal::try_from_i128_with_scale(digits, scale).ok()
            }),
            Self::Text(column) => parse_decimal(column.as_string::<i32>().value(row)).ok(),
        };
        read.map(Some).ok_or(Unreadable)
    }
}

/// Text of one column.
pub(crate) struct Texts(ArrayRef);

impl Texts {
    pub(crate) fn at(&self, row: usize) -> Option<&str> {
        (!self.0.is_null(row)).then(|| self.0.as_string::<i32>().value(row))
    }
}

/// The side of a row.
pub(crate) fn side_of(text: Option<&str>) -> Option<Side> {
    match text {
        Some("buy") => Some(Side::Buy),
        Some("sell") => Some(Side::Sell),
        _ => None,
    }
}
