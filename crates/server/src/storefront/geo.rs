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
    let text = params.text("aroundLatLng")?.filter(|text| !text.trim().is_empty());
    let Some(text) = text.filter(|_| !is_inside_something(params)) else { return Ok(None) };
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

/// What lies in one of the boxes that a search names, or where it names none, in one of the polygons.
pub(crate) fn inside(params: &Params, names: &Names) -> Answer<Option<Filter>> {
    let boxes = boxes(params, names)?;
    if boxes.is_some() { Ok(boxes) } else { polygons(params, names) }
}

/// Whether a search names boxes or polygons: then a point to look around has no effect.
fn is_inside_something(params: &Params) -> bool {
    let is_there =
        |name: &str| params.get(name).is_some_and(|value| *value != "" && *value != Value::Array(Vec::new()));
    is_there("insideBoundingBox") || is_there("insidePolygon")
}

/// Lists of numbers: a list of lists, one list alone, or a text with commas.
fn lists(value: &Value, wrong: &dyn Fn() -> Refused) -> Answer<Vec<Vec<f64>>> {
    let number = |value: &Value| value.as_f64().filter(|number| number.is_finite()).ok_or_else(wrong);
    match value {
        Value::String(text) if text.trim_start().starts_with('[') => {
            lists(&serde_json::from_str(text).map_err(|_| wrong())?, wrong)
        }
        Value::String(text) if text.trim().is_empty() => Ok(Vec::new()),
        Value::String(text) => {
            let read =
                |part: &str| part.trim().parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(wrong);
            Ok(vec![text.split(',').map(read).collect::<Answer<_>>()?])
        }
        Value::Array(parts) if parts.iter().all(Value::is_number) && !parts.is_empty() => {
            Ok(vec![parts.iter().map(number).collect::<Answer<_>>()?])
        }
        Value::Array(parts) => {
            let list = |part: &Value| part.as_array().ok_or_else(wrong)?.iter().map(number).collect::<Answer<_>>();
            parts.iter().map(list).collect()
        }
        _ => Err(wrong()),
    }
}

/// Corners of all polygons of a search, at most.
const CORNERS_MAX: usize = 10_000;

fn polygons(params: &Params, names: &Names) -> Answer<Option<Filter>> {
    let Some(value) = params.get("insidePolygon") else { return Ok(None) };
    let expected = "arrays of three to 10,000 points, each latitude and longitude";
    let wrong = || wrong("insidePolygon", expected, value);
    let lists = lists(value, &wrong)?;
    let is_polygon = |list: &Vec<f64>| list.len().is_multiple_of(2) && list.len() >= 6;
    let numbers: usize = lists.iter().map(Vec::len).sum();
    if numbers > 2 * CORNERS_MAX || !lists.iter().all(is_polygon) {
        return Err(wrong());
    }
    let known = names.number(LATITUDE).zip(names.number(LONGITUDE));
    let inside = |list: Vec<f64>| {
        let (latitude, longitude) = known.clone()?;
        let corners = list.chunks_exact(2).map(|corner| (corner[0], corner[1])).collect();
        Some(Filter::Inside { latitude, longitude, corners })
    };
    Ok((!lists.is_empty()).then(|| Filter::Or(lists.into_iter().filter_map(inside).collect())))
}

/// What lies in one of the boxes that a search names.
fn boxes(params: &Params, names: &Names) -> Answer<Option<Filter>> {
    let Some(value) = params.get("insideBoundingBox") else { return Ok(None) };
    let expected = "arrays of four numbers: latitude and longitude of two opposite corners";
    let wrong = || wrong("insideBoundingBox", expected, value);
    let four = |numbers: &[f64]| <[f64; 4]>::try_from(numbers).map_err(|_| wrong());
    let lists = lists(value, &wrong)?;
    let boxes: Vec<[f64; 4]> = lists.iter().flat_map(|list| list.chunks(4)).map(four).collect::<Answer<_>>()?;
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
