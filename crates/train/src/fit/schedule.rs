use super::{Decay, Options};

/// The share of the highest rate in force for an update that begins at `before` and ends at `after`, shares of the whole
/// training: it rises in a straight line during the warm-up, then falls.
pub(crate) fn rate_share(options: &Options, before: f64, after: f64) -> f64 {
    let warm_up = options.warm_up;
    if before < warm_up {
        return (after / warm_up).clamp(0.0, 1.0);
    }
    let left = if warm_up >= 1.0 { 0.0 } else { ((1.0 - before) / (1.0 - warm_up)).clamp(0.0, 1.0) };
    match options.decay {
        Decay::Linear => left,
        Decay::Cosine => 0.5 * (1.0 - (std::f64::consts::PI * left).cos()),
        Decay::Constant => 1.0,
    }
}

/// By how much slower a parameter learns than the topmost: `decay` to the number of layers above its own. Tables under
/// the layers are one level below the lowest, whatever is beside or above the encoder is one above the highest.
pub(crate) fn layer_shares(paths: &[String], decay: f64) -> Vec<f64> {
    let places: Vec<_> = paths.iter().map(|path| layer_of(path)).collect();
    let layers = places.iter().flatten().map(|(_, layer)| layer + 1).max().unwrap_or(0);
    let bases: Vec<&str> = places.iter().flatten().map(|(base, _)| *base).collect();
    let level = |path: &str, place: &Option<(&str, usize)>| match place {
        Some((_, layer)) => layer + 1,
        None if bases.iter().any(|base| path.starts_with(base)) => 0,
        None => layers + 1,
    };
    let top = layers + 1;
    let levels = paths.iter().zip(&places).map(|(path, place)| level(path, place));
    levels.map(|level| decay.powi((top - level) as i32)).collect()
}

/// What stands before `layers.N` in a path, and N.
fn layer_of(path: &str) -> Option<(&str, usize)> {
    let at = if path.starts_with("layers.") { 0 } else { path.find(".layers.")? + 1 };
    let number = path[at..].split('.').nth(1)?.parse().ok()?;
    Some((&path[..at], number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_and_falls() {
        let options = Options { warm_up: 0.2, ..Options::default() };
        let share =
            |options: &Options, step: u32| rate_share(options, f64::from(step) / 10.0, f64::from(step + 1) / 10.0);
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(near(share(&options, 0), 0.5) && near(share(&options, 1), 1.0) && near(share(&options, 2), 1.0));
        assert!(near(share(&options, 6), 0.5) && near(share(&options, 9), 0.125));
        let cosine = Options { decay: Decay::Cosine, ..options.clone() };
        assert!(near(share(&cosine, 6), 0.5) && share(&cosine, 9) < 0.05);
        let constant = Options { decay: Decay::Constant, warm_up: 0.0, ..options };
        assert!((0..10).all(|step| near(share(&constant, step), 1.0)));
    }

    #[test]
    fn lower_layers_learn_slower() {
        let paths = ["encoder.words", "encoder.layers.0.up.weight", "encoder.layers.1.up.weight", "head.weight"];
        let shares = layer_shares(&paths.map(str::to_owned), 0.5);
        assert_eq!(shares, [0.125, 0.25, 0.5, 1.0]);
        let bare = layer_shares(&["words", "layers.0.up.weight", "norm.bias"].map(str::to_owned), 0.5);
        assert_eq!(bare, [0.25, 0.5, 0.25]);
    }
}
