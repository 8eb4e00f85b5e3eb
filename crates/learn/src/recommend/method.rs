use std::collections::BTreeMap;
use std::fmt::Debug;

use types::FieldError;

use super::{FitError, Model, TrainingData, Watcher};

/// A way to recommend: its name everywhere (command line, registry, API), its hyper-parameters, how it is trained, and how
/// what it made is read again. A new one is one file and one line in [`METHODS`](super::METHODS).
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// Its stable name.
    pub name: &'static str,
    /// What it is, in a line for people.
    pub about: &'static str,
    /// What can be chosen; the defaults are good on shops that nobody has tuned for.
    pub parameters: &'static [Parameter],
    /// Makes the trainer with these hyper-parameters.
    pub trainer: fn(&Parameters) -> Box<dyn Trainer>,
    /// Reads what [`Model::encode`] wrote.
    pub decode: fn(&[u8]) -> crate::Result<Box<dyn Model>>,
}

/// Learns a [`Model`]; offline, and another thing than the model it makes.
pub trait Trainer: Send + Sync + Debug {
    /// The most bytes that training will hold at once beyond the data, to be refused before it begins rather than killed.
    fn memory(&self, data: &TrainingData<'_>) -> u64;

    /// Makes a model. The same data, seed and number of threads give the same bytes.
    ///
    /// # Errors
    /// Where there is nothing to learn from, numbers run off, or the watcher stops it.
    fn fit(&self, data: &TrainingData<'_>, watcher: &mut dyn Watcher) -> Result<Box<dyn Model>, FitError>;
}

/// A number that can be chosen for a method.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Parameter {
    /// Its name, in `kebab-case`.
    pub name: &'static str,
    /// What it does, in a line for people, with its unit.
    pub about: &'static str,
    /// Its value where none is chosen.
    pub default: f64,
    /// The least value allowed.
    pub min: f64,
    /// The largest value allowed.
    pub max: f64,
    /// How it is searched when tuned.
    pub scale: Scale,
}

/// How the values of a parameter are spread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// Evenly by factors; the least value is above 0.
    Log,
    /// Whole numbers, evenly by factors where the least is above 0.
    Whole,
    /// 0 or 1.
    Switch,
}

/// Chosen numbers of a method, defaults filled in.
#[derive(Clone, PartialEq, Debug)]
pub struct Parameters {
    known: &'static [Parameter],
    values: BTreeMap<&'static str, f64>,
}

impl Parameters {
    /// The defaults.
    pub fn new(known: &'static [Parameter]) -> Self {
        Self { known, values: known.iter().map(|parameter| (parameter.name, parameter.default)).collect() }
    }

    /// Chooses a value.
    ///
    /// # Errors
    /// A [`FieldError`] that names the parameter and what is expected: `unknown_parameter` with the names there are,
    /// `parameter_out_of_range` with the range.
    pub fn set(&mut self, name: &str, value: f64) -> Result<(), FieldError> {
        let Some(known) = self.known.iter().find(|parameter| parameter.name == name) else {
            let names: Vec<&str> = self.known.iter().map(|parameter| parameter.name).collect();
            let expected =
                if names.is_empty() { "no parameter".to_owned() } else { format!("one of {}", names.join(", ")) };
            return Err(FieldError::new("unknown_parameter", "parameter", expected, name));
        };
        let whole = matches!(known.scale, Scale::Whole | Scale::Switch);
        if !(known.min..=known.max).contains(&value) || whole && value.fract() != 0.0 {
            let kind = if whole { "a whole number" } else { "a number" };
            let expected = format!("{kind} from {} to {}", known.min, known.max);
            return Err(FieldError::new("parameter_out_of_range", name, expected, value.to_string()));
        }
        self.values.insert(known.name, value);
        Ok(())
    }

    /// The value of a parameter.
    ///
    /// # Panics
    /// Where the method has no such parameter: a bug of the method.
    pub fn get(&self, name: &str) -> f64 {
        *self.values.get(name).unwrap_or_else(|| panic!("a method asks for its own parameters, not for {name}"))
    }

    /// The value of a parameter in 32 bits, see [`Parameters::get`].
    pub fn float(&self, name: &str) -> f32 {
        self.get(name) as f32
    }

    /// The value of a whole parameter, see [`Parameters::get`].
    pub fn whole(&self, name: &str) -> usize {
        self.get(name) as usize
    }

    /// The value of a switch, see [`Parameters::get`].
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name) != 0.0
    }

    /// Every value, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, f64)> {
        self.values.iter().map(|(name, value)| (*name, *value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Parameter] = &[
        Parameter { name: "decay", about: "", default: 0.5, min: 0.0, max: 1.0, scale: Scale::Linear },
        Parameter { name: "factors", about: "", default: 64.0, min: 1.0, max: 512.0, scale: Scale::Whole },
    ];

    #[test]
    fn faults_name_the_parameter_and_what_was_expected() {
        let mut parameters = Parameters::new(KNOWN);
        parameters.set("factors", 32.0).unwrap();
        assert_eq!((parameters.whole("factors"), parameters.float("decay")), (32, 0.5));
        let mut fault = |name, value| parameters.set(name, value).unwrap_err().to_string();
        assert_eq!(fault("factor", 1.0), "`parameter`: expected one of decay, factors, got factor");
        assert_eq!(fault("factors", 1.5), "`factors`: expected a whole number from 1 to 512, got 1.5");
        assert_eq!(fault("decay", f64::NAN), "`decay`: expected a number from 0 to 1, got NaN");
    }
}
