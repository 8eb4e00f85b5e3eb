/// Columns that one tile of the product covers at most, in vectors of 16.
pub(super) const PANEL_VECTORS: usize = 3;

/// 16 columns by 4 inputs, the bytes of one column side by side: what one instruction multiplies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(align(64))]
pub(super) struct Block(pub(super) [i8; 64]);

/// An int8 matrix with a scale per column and a bias, laid out in the order in which a product reads it: panels of 48
/// columns (the last one of 16, 32 or 48), in a panel four inputs after four inputs.
pub(super) struct Packed {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) blocks: Vec<Block>,
    pub(super) scale: Vec<f32>,
    /// Sum of each column: what a row's zero point must be multiplied by to be taken off.
    pub(super) sums: Vec<i32>,
    pub(super) bias: Vec<f32>,
}

/// A matrix as it is stored: `numbers[input * outputs + output]`.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Int8Matrix {
    pub(super) inputs: usize,
    pub(super) numbers: Vec<i8>,
    pub(super) scale: Vec<f32>,
}

impl Int8Matrix {
    /// Quantises rows of `[out, in]`, each output by its largest weight.
    pub(super) fn quantise(weights: &[f32], inputs: usize) -> Self {
        let outputs = weights.len() / inputs.max(1);
        let mut numbers = vec![0i8; weights.len()];
        let mut scale = Vec::with_capacity(outputs);
        for (output, row) in weights.chunks_exact(inputs.max(1)).enumerate() {
            let (quantised, step) = quantise_symmetric(row);
            quantised.iter().enumerate().for_each(|(input, number)| numbers[input * outputs + output] = *number);
            scale.push(step);
        }
        Self { inputs, numbers, scale }
    }

    pub(super) fn outputs(&self) -> usize {
        self.scale.len()
    }

    /// Adds outputs of nothing but zeros, up to `outputs`.
    pub(super) fn fill_outputs(&mut self, outputs: usize) {
        let row = self.numbers.chunks_exact(self.outputs().max(1));
        self.numbers = row.flat_map(|row| row.iter().copied().chain(vec![0; outputs - row.len()])).collect();
        self.scale.resize(outputs, 0.0);
    }

    /// Adds inputs that count for nothing, up to `inputs`.
    pub(super) fn fill_inputs(&mut self, inputs: usize) {
        self.numbers.resize(inputs * self.outputs(), 0);
        self.inputs = inputs;
    }
}

/// Whether the kernels know matrices of this size: whole blocks, and sums that stay within 32 bits (255 * 127 a product).
pub(super) fn fits(inputs: usize, outputs: usize) -> bool {
    inputs.is_multiple_of(16) && outputs.is_multiple_of(16) && inputs <= 65_536
}

/// Numbers as signed bytes times the step returned, the largest at 127.
pub(super) fn quantise_symmetric(numbers: &[f32]) -> (Vec<i8>, f32) {
    let largest = numbers.iter().fold(0.0f32, |largest, number| largest.max(number.abs()));
    let step = if largest.is_finite() { largest / 127.0 } else { 0.0 };
    let inverse = if step > 0.0 { 1.0 / step } else { 0.0 };
    (numbers.iter().map(|number| (number * inverse).round_ties_even() as i8).collect(), step)
}

impl Packed {
    /// Puts matrices of equal inputs side by side, their biases likewise. Each count of columns [`fits`].
    pub(super) fn new(parts: &[(Int8Matrix, Vec<f32>)]) -> Self {
        let inputs = parts.first().map_or(0, |(matrix, _)| matrix.inputs);
        let scale: Vec<f32> = parts.iter().flat_map(|(matrix, _)| matrix.scale.iter().copied()).collect();
        let bias: Vec<f32> = parts.iter().flat_map(|(_, bias)| bias.iter().copied()).collect();
        let outputs = scale.len();
        assert!(fits(inputs, outputs) && bias.len() == outputs, "{inputs} by {outputs}");
        let columns: Vec<(&Int8Matrix, usize)> =
            parts.iter().flat_map(|(matrix, _)| (0..matrix.outputs()).map(move |column| (matrix, column))).collect();
        let number = |input: usize, column: usize| {
            let (matrix, own) = columns[column];
            matrix.numbers[input * matrix.outputs() + own]
        };
        let mut blocks = Vec::with_capacity(inputs * outputs / 64);
        for panel in (0..outputs).step_by(16 * PANEL_VECTORS) {
            let end = outputs.min(panel + 16 * PANEL_VECTORS);
            for input in (0..inputs).step_by(4) {
                for first in (panel..end).step_by(16) {
                    let mut block = [0i8; 64];
                    for (place, byte) in block.iter_mut().enumerate() {
                        *byte = number(input + place % 4, first + place / 4);
                    }
                    blocks.push(Block(block));
                }
            }
        }
        let sums = (0..outputs).map(|column| (0..inputs).map(|input| i32::from(number(input, column))).sum());
        Self { inputs, outputs, blocks, scale, sums: sums.collect(), bias }
    }

    /// Bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.blocks.as_slice()) + 12 * self.outputs
    }
}
