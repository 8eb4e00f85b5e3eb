//! A cell of an Arrow column as a JSON value.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Float16Type,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, OffsetSizeTrait};
use arrow_schema::{DataType, TimeUnit};
use jiff::Timestamp;
use serde_json::{Map, Value};
use types::FieldError;

/// Whether values of this type have a JSON value.
pub(super) fn is_supported(kind: &DataType) -> bool {
    match kind {
        DataType::Null
        | DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64
        | DataType::Float16
        | DataType::Float32
        | DataType::Float64
        | DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_)
        | DataType::Date32
        | DataType::Date64
        | DataType::Timestamp(..)
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..) => true,
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            is_supported(item.data_type())
        }
        DataType::Struct(fields) => fields.iter().all(|field| is_supported(field.data_type())),
        DataType::Map(entries, _) => is_supported(entries.data_type()),
        DataType::Dictionary(_, value) => is_supported(value),
        _ => false,
    }
}

/// The value in `row`. Times become ISO 8601 in UTC, decimals numbers, lists lists, structs and maps objects.
pub(super) fn cell(column: &dyn Array, row: usize) -> Result<Value, FieldError> {
    if column.is_null(row) {
        return Ok(Value::Null);
    }
    match column.data_type() {
        DataType::Boolean => Ok(Value::from(column.as_boolean().value(row))),
        DataType::Int8 => Ok(Value::from(column.as_primitive::<Int8Type>().value(row))),
        DataType::Int16 => Ok(Value::from(column.as_primitive::<Int16Type>().value(row))),
        DataType::Int32 => Ok(Value::from(column.as_primitive::<Int32Type>().value(row))),
        DataType::Int64 => Ok(Value::from(column.as_primitive::<Int64Type>().value(row))),
        DataType::UInt8 => Ok(Value::from(column.as_primitive::<UInt8Type>().value(row))),
        DataType::UInt16 => Ok(Value::from(column.as_primitive::<UInt16Type>().value(row))),
        DataType::UInt32 => Ok(Value::from(column.as_primitive::<UInt32Type>().value(row))),
        DataType::UInt64 => Ok(Value::from(column.as_primitive::<UInt64Type>().value(row))),
        DataType::Float16 => float(f64::from(column.as_primitive::<Float16Type>().value(row))),
        DataType::Float32 => single(column.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => float(column.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => Ok(Value::from(column.as_string::<i32>().value(row))),
        DataType::LargeUtf8 => Ok(Value::from(column.as_string::<i64>().value(row))),
        DataType::Utf8View => Ok(Value::from(column.as_string_view().value(row))),
        DataType::Binary => text(column.as_binary::<i32>().value(row)),
        DataType::LargeBinary => text(column.as_binary::<i64>().value(row)),
        DataType::BinaryView => text(column.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => text(column.as_fixed_size_binary().value(row)),
        DataType::Decimal32(_, scale) => decimal(i128::from(column.as_primitive::<Decimal32Type>().value(row)), *scale),
        DataType::Decimal64(_, scale) => decimal(i128::from(column.as_primitive::<Decimal64Type>().value(row)), *scale),
        DataType::Decimal128(_, scale) => decimal(column.as_primitive::<Decimal128Type>().value(row), *scale),
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => time(column, row),
        DataType::List(_) => list::<i32>(column, row),
        DataType::LargeList(_) => list::<i64>(column, row),
        DataType::FixedSizeList(..) => elements(column.as_fixed_size_list().value(row).as_ref()),
        DataType::Struct(_) => structure(column, row),
        DataType::Map(..) => map(column, row),
        DataType::Dictionary(key, _) => dictionary(column, key, row),
        other => Err(FieldError::new("type_mismatch", "", "a type with a JSON value", other.to_string())),
    }
}

fn float(number: f64) -> Result<Value, FieldError> {
    if number.is_finite() {
        return Ok(Value::from(number));
    }
    Err(FieldError::new("number_not_finite", "", "a finite number", number.to_string()))
}

/// By its own shortest digits: 12.99, not 12.989999771118164.
fn single(number: f32) -> Result<Value, FieldError> {
    float(number.to_string().parse().unwrap_or_else(|_| f64::from(number)))
}

fn decimal(unscaled: i128, scale: i8) -> Result<Value, FieldError> {
    let written = format!("{unscaled}e{}", -i32::from(scale));
    float(written.parse().unwrap_or(f64::NAN))
}

fn text(bytes: &[u8]) -> Result<Value, FieldError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Value::from(text)),
        Err(error) => Err(crate::json::invalid_utf8(bytes, error.valid_up_to())),
    }
}

fn time(column: &dyn Array, row: usize) -> Result<Value, FieldError> {
    const DAY_NS: i128 = 86_400_000_000_000;
    let nanoseconds = match column.data_type() {
        DataType::Date32 => i128::from(column.as_primitive::<Date32Type>().value(row)) * DAY_NS,
        DataType::Date64 => i128::from(column.as_primitive::<Date64Type>().value(row)) * 1_000_000,
        DataType::Timestamp(TimeUnit::Second, _) => {
            i128::from(column.as_primitive::<TimestampSecondType>().value(row)) * 1_000_000_000
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            i128::from(column.as_primitive::<TimestampMillisecondType>().value(row)) * 1_000_000
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            i128::from(column.as_primitive::<TimestampMicrosecondType>().value(row)) * 1_000
        }
        _ => i128::from(column.as_primitive::<TimestampNanosecondType>().value(row)),
    };
    match Timestamp::from_nanosecond(nanoseconds) {
        Ok(time) => Ok(Value::from(time.to_string())),
        Err(_) => {
            let found = format!("{nanoseconds} ns since 1970");
            Err(FieldError::new("time_out_of_range", "", "a time before the year 10000", found))
        }
    }
}

fn list<O: OffsetSizeTrait>(column: &dyn Array, row: usize) -> Result<Value, FieldError> {
    elements(column.as_list::<O>().value(row).as_ref())
}

fn elements(values: &dyn Array) -> Result<Value, FieldError> {
    let read = |place| cell(values, place).map_err(|error| error.within(&format!("[{place}]")));
    Ok(Value::Array((0..values.len()).map(read).collect::<Result<_, _>>()?))
}

fn structure(column: &dyn Array, row: usize) -> Result<Value, FieldError> {
    let column = column.as_struct();
    let mut fields = Map::new();
    for (field, values) in column.fields().iter().zip(column.columns()) {
        let value = cell(values.as_ref(), row).map_err(|error| error.within(field.name()))?;
        fields.insert(field.name().clone(), value);
    }
    Ok(Value::Object(fields))
}

fn map(column: &dyn Array, row: usize) -> Result<Value, FieldError> {
    let entries = column.as_map().value(row);
    let mut fields = Map::new();
    for entry in 0..entries.len() {
        let key = match cell(entries.column(0).as_ref(), entry)? {
            Value::String(key) => key,
            other => other.to_string(),
        };
        let value = cell(entries.column(1).as_ref(), entry).map_err(|error| error.within(&key))?;
        fields.insert(key, value);
    }
    Ok(Value::Object(fields))
}

fn dictionary(column: &dyn Array, key: &DataType, row: usize) -> Result<Value, FieldError> {
    fn entry<K: ArrowDictionaryKeyType>(column: &dyn Array, row: usize) -> Result<Value, FieldError> {
        let dictionary = column.as_dictionary::<K>();
        dictionary.key(row).map_or(Ok(Value::Null), |entry| cell(dictionary.values().as_ref(), entry))
    }
    match key {
        DataType::Int8 => entry::<Int8Type>(column, row),
        DataType::Int16 => entry::<Int16Type>(column, row),
        DataType::Int64 => entry::<Int64Type>(column, row),
        DataType::UInt8 => entry::<UInt8Type>(column, row),
        DataType::UInt16 => entry::<UInt16Type>(column, row),
        DataType::UInt32 => entry::<UInt32Type>(column, row),
        DataType::UInt64 => entry::<UInt64Type>(column, row),
        _ => entry::<Int32Type>(column, row),
    }
}
