/// Whether a point lies in the polygon with these corners, all in degrees north and east; the last corner is joined to the
/// first. What lies on an edge may count as inside or not. Edges are straight on the map, and a polygon wider than half the
/// earth crosses the date line instead. A point without a place lies nowhere.
///
/// By how often a ray to the east crosses the edges (Shimrat 1962, "Algorithm 112: position of point relative to polygon").
pub fn is_inside(corners: &[(f64, f64)], latitude: f64, longitude: f64) -> bool {
    let (west, east) = corners
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(west, east), (_, corner)| (west.min(*corner), east.max(*corner)));
    let is_across = east - west > 180.0;
    let turned = |degrees: f64| if is_across && degrees < 0.0 { degrees + 360.0 } else { degrees };
    let longitude = turned(longitude);
    let next = corners.iter().cycle().skip(1);
    let crossings = corners.iter().zip(next).filter(|((from, from_east), (to, to_east))| {
        let (from_east, to_east) = (turned(*from_east), turned(*to_east));
        // One of the ends alone is above: then the edge is not level, and the division below is by something.
        (*from > latitude) != (*to > latitude)
            && longitude < from_east + (latitude - from) / (to - from) * (to_east - from_east)
    });
    crossings.count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_in_polygons() {
        let dented = [(0.0, 0.0), (0.0, 10.0), (10.0, 10.0), (5.0, 5.0), (10.0, 0.0)];
        for (latitude, longitude, expected) in [
            (2.0, 5.0, true),
            (7.0, 5.0, false),
            (7.0, 1.0, true),
            (7.0, 9.0, true),
            (-1.0, 5.0, false),
            (2.0, 11.0, false),
        ] {
            assert_eq!(is_inside(&dented, latitude, longitude), expected, "{latitude} {longitude}");
        }
        let across = [(0.0, 170.0), (0.0, -170.0), (10.0, -170.0), (10.0, 170.0)];
        assert!(is_inside(&across, 5.0, 179.0) && is_inside(&across, 5.0, -179.0) && !is_inside(&across, 5.0, 0.0));
        assert!(!is_inside(&dented, f64::NAN, 5.0) && !is_inside(&dented, 2.0, f64::NAN) && !is_inside(&[], 0.0, 0.0));
    }
}
