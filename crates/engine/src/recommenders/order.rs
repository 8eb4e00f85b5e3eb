use learn::recommend::{METHODS, Method, Parameters, method};
use types::{FieldError, RecommendKind};

use crate::Promote;

/// What is to be trained for a shop, and what becomes of it.
#[derive(Clone, PartialEq, Debug)]
pub struct TrainingOrder {
    /// What the model is to recommend.
    pub kind: RecommendKind,
    /// Methods by name; [`ALL_MODELS`] stands for every one. The best is kept.
    pub models: Vec<String>,
    /// Hyper-parameters other than the defaults: model, name, value.
    pub chosen: Vec<(String, String, f64)>,
    /// Days at the end of the log on which models are compared.
    pub holdout_days: u32,
    /// Bytes a training may take, the data included; `None` takes most of what is free.
    pub memory: Option<u64>,
    /// Threads; 0 takes one a core.
    pub threads: usize,
    /// Whether the new model is put in force.
    pub promote: Promote,
}

/// Stands for every method.
pub const ALL_MODELS: &str = "all";

impl TrainingOrder {
    /// Every method for a kind, compared on the last 30 days, none put in force.
    pub fn new(kind: RecommendKind) -> Self {
        Self {
            kind,
            models: vec![ALL_MODELS.to_owned()],
            chosen: Vec::new(),
            holdout_days: 30,
            memory: None,
            threads: 0,
            promote: Promote::No,
        }
    }

    /// The methods by name with their hyper-parameters, each once.
    ///
    /// # Errors
    /// A [`FieldError`] about a model, a parameter or the days.
    pub fn methods(&self) -> Result<Vec<(&'static Method, Parameters)>, FieldError> {
        if !(1..=3650).contains(&self.holdout_days) {
            let got = self.holdout_days.to_string();
            return Err(FieldError::new("number_out_of_range", "holdout_days", "1 to 3650", got));
        }
        if self.models.is_empty() {
            return Err(FieldError::new("field_missing", "models", "at least one model, or `all`", "none"));
        }
        let mut methods: Vec<(&'static Method, Parameters)> = Vec::new();
        for name in &self.models {
            let named: Vec<&'static Method> =
                if name == ALL_MODELS { METHODS.iter().collect() } else { vec![method(name)?] };
            for method in named {
                if !methods.iter().any(|(known, _)| known.name == method.name) {
                    methods.push((method, Parameters::new(method.parameters)));
                }
            }
        }
        for (model, name, value) in &self.chosen {
            let Some((_, parameters)) = methods.iter_mut().find(|(known, _)| known.name == *model) else {
                let known: Vec<&str> = methods.iter().map(|(known, _)| known.name).collect();
                let expected = format!("one of {}", known.join(", "));
                return Err(FieldError::new("unknown_model", "parameters", expected, model));
            };
            parameters.set(name, *value)?;
        }
        Ok(methods)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_checked_field_by_field() {
        let order = TrainingOrder::new(RecommendKind::ForYou);
        assert_eq!(order.methods().unwrap().len(), METHODS.len());
        let popular = || vec!["popular".to_owned(), "popular".to_owned()];
        let days = |value| ("popular".to_owned(), "half-life-days".to_owned(), value);
        let chosen = TrainingOrder { models: popular(), chosen: vec![days(7.0)], ..order.clone() };
        let methods = chosen.methods().unwrap();
        assert_eq!((methods.len(), methods[0].1.get("half-life-days")), (1, 7.0));
        let fault = |order: TrainingOrder| order.methods().err().map(|error| (error.code, error.field));
        let fault = |order| fault(order).map(|(code, field)| format!("{code} {field}")).unwrap_or_default();
        assert_eq!(fault(TrainingOrder { models: vec![], ..order.clone() }), "field_missing models");
        assert_eq!(fault(TrainingOrder { models: vec!["magic".into()], ..order.clone() }), "unknown_model model");
        assert_eq!(fault(TrainingOrder { holdout_days: 0, ..order.clone() }), "number_out_of_range holdout_days");
        let out = TrainingOrder { chosen: vec![days(-1.0)], ..chosen.clone() };
        assert_eq!(fault(out), "parameter_out_of_range half-life-days");
        let other = TrainingOrder { chosen: vec![("x".into(), "y".into(), 1.0)], ..chosen };
        assert_eq!(fault(other), "unknown_model parameters");
    }
}
