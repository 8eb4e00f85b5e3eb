use std::sync::Arc;

use serde_json::Value;
use types::{Around, Comparison, Filter};

use super::error::{Answer, Refused};
use super::filter::compare;
use super::params::{Params, wrong};
use super::record::Names;

/// Where records say where they are.
pub(crate) const LATITUDE: &str = "_geoloc.lat";
/// See [`LATITUDE`].
pub(crate) const LONGITUDE: &str = "_geoloc.lng";

/// Where a search stands, and how far around it looks; what is farther is left out only by a radius.
pub(crate) fn around(params: &Params, names: &Names) -> Answer<Option<Around>> {
    if params.switch("aroundLatLngViaIP")? == Some(true) {
        return Err(Refused::bad("aroundLatLngViaIP: addresses are not looked up; send aroundLatLng"));
    }
    let Some(text) = params.text("aroundLatLng")?.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let expected = "two numbers: latitude, longitude";
    let point =
        text.split_once(',').and_then(|(north, east)| Some((north.trim().parse().ok()?, east.trim().parse().ok()?)));
    let point: (f64, f64) = point.ok_or_else(|| wrong("aroundLatLng", expected, &Value::from(text)))?;
    if !(point.0.abs() <= 90.0 && point.1.abs() <= 180.0) {
        return Err(wrong("aroundLatLng", expected, &Value::from(text)));
    }
    let radius = match params.get("aroundRadius") {
        None => None,
        Some(Value::String(all)) if all == "all" => None,
        Some(_) => params.whole("aroundRadius", 50_000_000)?.map(|metres| metres as f64),
    };
    let least = params.whole("minimumAroundRadius", 50_000_000)?.map(|metres| metres as f64);
    let precision = match params.get("aroundPrecision") {
        Some(Value::Array(_)) => return Err(Refused::bad("aroundPrecision: ranges are not supported, one number is")),
        _ => params.whole("aroundPrecision", 50_000_000)?.unwrap_or(1).max(1) as f64,
    };
    let known = |name: &str| names.number(name).unwrap_or_else(|| Arc::from(name));
    Ok(Some(Around {
        latitude: known(LATITUDE),
        longitude: known(LONGITUDE),
        point,
        radius: radius.map(|radius| radius.max(least.unwrap_or(0.0))),
        precision,
    }))
}

/// What lies in one of the boxes that a search names.
pub(crate) fn boxes(params: &Params, names: &Names) -> Answer<Option<Filter>> {
    if params.get("insidePolygon").is_some_and(|value| !matches!(value, Value::Array(parts) if parts.is_empty())) {
        return Err(Refused::bad("insidePolygon is not supported; use insideBoundingBox or aroundLatLng"));
    }
    let Some(value) = params.get("insideBoundingBox") else { return Ok(None) };
    let expected = "arrays of four numbers: latitude and longitude of two opposite corners";
    let wrong = || wrong("insideBoundingBox", expected, value);
    let four = |numbers: Vec<f64>| <[f64; 4]>::try_from(numbers).map_err(|_| wrong());
    let boxes: Vec<[f64; 4]> = match value {
        Value::String(text) => {
            let numbers = text.split(',').map(|part| part.trim().parse().map_err(|_| wrong()));
            let numbers: Vec<f64> = numbers.collect::<Answer<_>>()?;
            numbers.chunks(4).map(|corner| four(corner.to_vec())).collect::<Answer<_>>()?
        }
        Value::Array(parts) => {
            let numbers = |part: &Value| {
                let numbers = part.as_array().ok_or_else(wrong)?.iter().map(|n| n.as_f64().ok_or_else(wrong));
                four(numbers.collect::<Answer<_>>()?)
            };
            parts.iter().map(numbers).collect::<Answer<_>>()?
        }
        _ => return Err(wrong()),
    };
    let inside = |[north, east, south, west]: [f64; 4]| {
        let at_least = |name, number| compare(name, Comparison::GreaterOrEqual, number, names);
        let at_most = |name, number| compare(name, Comparison::LessOrEqual, number, names);
        // The first corner is the north-eastern one by custom; whichever it is, the box between the two is meant, and one
        // whose first longitude is the smaller by more than half the earth crosses the date line.
        let crosses = (east - west).abs() > 180.0;
        let (left, right) = (east.min(west), east.max(west));
        let longitude = if crosses {
            Filter::Or(vec![at_least(LONGITUDE, right), at_most(LONGITUDE, left)])
        } else {
            Filter::And(vec![at_least(LONGITUDE, left), at_most(LONGITUDE, right)])
        };
        Filter::And(vec![at_least(LATITUDE, north.min(south)), at_most(LATITUDE, north.max(south)), longitude])
    };
    Ok((!boxes.is_empty()).then(|| Filter::Or(boxes.into_iter().map(inside).collect())))
}
