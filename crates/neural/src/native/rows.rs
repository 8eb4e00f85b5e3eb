//! What is done to rows of numbers between two matrix products, written once over vectors of 16 numbers. The order of
//! every sum is fixed and fused multiplication is asked for by name, so that all kinds of [`Vector`] give the same bits.

/// Numbers in a vector.
pub(super) const LANES: usize = 16;

/// 16 numbers in whatever registers a machine has. Results are the same to the last bit for all kinds.
pub(super) trait Vector: Copy {
    fn splat(number: f32) -> Self;
    fn load(numbers: &[f32; LANES]) -> Self;
    fn store(self, numbers: &mut [f32; LANES]);
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    /// `self * by + plus`, rounded once.
    fn mul_add(self, by: Self, plus: Self) -> Self;
    /// Of each pair the larger; the other one where one is not a number.
    fn larger(self, other: Self) -> Self;
    /// Of each pair the smaller; the other one where one is not a number.
    fn smaller(self, other: Self) -> Self;
    /// The sum of all, halves upon halves.
    fn sum(self) -> f32;
    /// The largest.
    fn largest(self) -> f32;
    /// The smallest.
    fn smallest(self) -> f32;
    /// The whole numbers to which [`MAGIC`] was added, cut to 0 to 255.
    fn whole_bytes(self, bytes: &mut [u8; LANES]);
    /// 2 to the power of the whole numbers to which [`MAGIC`] was added.
    fn power_of_two(self) -> Self;
}

/// 1.5 * 2^23: added to a small number it leaves the nearest whole number in the last bits.
pub(super) const MAGIC: f32 = 12_582_912.0;

/// Rows of bytes, each with its scale and zero point: `number = (byte - zero) * scale`.
#[derive(Default)]
pub(super) struct QuantisedRows {
    pub(super) bytes: Vec<u8>,
    pub(super) scale: Vec<f32>,
    pub(super) zero: Vec<i32>,
}

impl QuantisedRows {
    /// Room for `rows` of `width`, never less than before.
    pub(super) fn reserve(&mut self, rows: usize, width: usize) {
        if self.bytes.len() < rows * width {
            self.bytes.resize(rows * width, 0);
        }
        if self.scale.len() < rows {
            self.scale.resize(rows, 0.0);
            self.zero.resize(rows, 0);
        }
    }
}

/// A layer normalisation's numbers.
pub(super) struct Norm {
    pub(super) gain: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) epsilon: f32,
}

/// `rows = norm(rows + added)`, and the same quantised.
#[inline(always)]
pub(super) fn add_norm_quantise<V: Vector>(norm: &Norm, rows: &mut [f32], added: &[f32], to: &mut QuantisedRows) {
    let width = norm.gain.len();
    for (place, (row, added)) in rows.chunks_exact_mut(width).zip(added.chunks_exact(width)).enumerate() {
        for (row, added) in row.as_chunks_mut().0.iter_mut().zip(added.as_chunks().0) {
            V::load(row).add(V::load(added)).store(row);
        }
        norm_quantise_row::<V>(norm, row, to, place);
    }
}

/// `rows = norm(rows)`, and the same quantised.
#[inline(always)]
pub(super) fn norm_quantise<V: Vector>(norm: &Norm, rows: &mut [f32], to: &mut QuantisedRows) {
    for (place, row) in rows.chunks_exact_mut(norm.gain.len()).enumerate() {
        norm_quantise_row::<V>(norm, row, to, place);
    }
}

#[inline(always)]
fn norm_quantise_row<V: Vector>(norm: &Norm, row: &mut [f32], to: &mut QuantisedRows, place: usize) {
    let width = norm.gain.len() as f32;
    let mean = V::splat(sum_of::<V>(row, |sum, numbers| sum.add(numbers)) / width);
    let squares = sum_of::<V>(row, |sum, numbers| {
        let away = numbers.sub(mean);
        away.mul_add(away, sum)
    });
    let inverse = V::splat(1.0 / (squares / width + norm.epsilon).sqrt());
    let mut range = Range::<V>::new();
    let scales = norm.gain.as_chunks().0.iter().zip(norm.bias.as_chunks().0);
    for (numbers, (gain, bias)) in row.as_chunks_mut().0.iter_mut().zip(scales) {
        let normal = V::load(numbers).sub(mean).mul(inverse).mul_add(V::load(gain), V::load(bias));
        normal.store(numbers);
        range.widen(normal);
    }
    quantise_row(row, range, to, place);
}

/// The rows quantised.
#[inline(always)]
pub(super) fn quantise<V: Vector>(width: usize, rows: &[f32], to: &mut QuantisedRows) {
    for (place, row) in rows.chunks_exact(width).enumerate() {
        let mut range = Range::<V>::new();
        row.as_chunks().0.iter().for_each(|numbers| range.widen(V::load(numbers)));
        quantise_row(row, range, to, place);
    }
}

/// `rows = gelu(rows)`, and the same quantised.
#[inline(always)]
pub(super) fn gelu_quantise<V: Vector>(width: usize, rows: &mut [f32], to: &mut QuantisedRows) {
    for (place, row) in rows.chunks_exact_mut(width).enumerate() {
        let mut range = Range::<V>::new();
        for numbers in row.as_chunks_mut().0 {
            let outcome = gelu(V::load(numbers));
            outcome.store(numbers);
            range.widen(outcome);
        }
        quantise_row(row, range, to, place);
    }
}

/// x Φ(x), Φ being the normal distribution function, as .5 + x P(x²) with |x| cut at 5 and P a polynomial of degree 10
/// fitted to the least largest error of x Φ(x) (Chebyshev, 200 rounds of reweighted least squares). The largest error
/// is 1.2e-5 for |x| up to 10; a quantisation step of these numbers is some .01.
#[inline(always)]
pub(super) fn gelu<V: Vector>(x: V) -> V {
    const P: [f32; 11] = [
        0.141_364_3,
        -0.070_300_52,
        0.051_488_005,
        -0.040_319_137,
        0.031_744_167,
        -0.024_215_348,
        0.015_547_954,
        -0.008_329_452,
        0.007_021_033_7,
        -0.006_278_250_4,
        0.002_277_469_5,
    ];
    let cut = x.larger(V::splat(-5.0)).smaller(V::splat(5.0));
    let u = cut.mul(cut).mul_add(V::splat(0.08), V::splat(-1.0));
    let mut sum = V::splat(P[10]);
    for power in (0..10).rev() {
        sum = sum.mul_add(u, V::splat(P[power]));
    }
    x.mul(cut.mul_add(sum, V::splat(0.5)))
}

/// e to the power of `x`, for `x` up to 0; below -87 as at -87. Relative error below 3e-7: x = n ln 2 + r, the power of
/// r by its Taylor polynomial of degree 6.
#[inline(always)]
pub(super) fn exp<V: Vector>(x: V) -> V {
    let x = x.larger(V::splat(-87.0));
    let shifted = x.mul_add(V::splat(std::f32::consts::LOG2_E), V::splat(MAGIC));
    let whole = shifted.sub(V::splat(MAGIC));
    // ln 2 in two parts, the first of few bits, so that its product is exact.
    let r = whole.mul_add(V::splat(-0.693_145_75), x);
    let r = whole.mul_add(V::splat(-1.428_606_8e-6), r);
    let mut sum = V::splat(1.0 / 720.0);
    for factor in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        sum = sum.mul_add(r, V::splat(factor));
    }
    sum.mul(shifted.power_of_two())
}

/// Bounds of a row, lane by lane, 0 always within.
#[derive(Clone, Copy)]
struct Range<V> {
    low: V,
    high: V,
}

impl<V: Vector> Range<V> {
    #[inline(always)]
    fn new() -> Self {
        Self { low: V::splat(0.0), high: V::splat(0.0) }
    }

    #[inline(always)]
    fn widen(&mut self, numbers: V) {
        self.low = numbers.smaller(self.low);
        self.high = numbers.larger(self.high);
    }
}

/// Bytes of a row whose bounds are `range`; a row without numbers to tell apart becomes zeros.
#[inline(always)]
fn quantise_row<V: Vector>(row: &[f32], range: Range<V>, to: &mut QuantisedRows, place: usize) {
    let (low, high) = (range.low.smallest(), range.high.largest());
    let bytes = &mut to.bytes[place * row.len()..][..row.len()];
    let span = high - low;
    if !(span > 1e-30 && span < f32::MAX) {
        bytes.fill(0);
        (to.scale[place], to.zero[place]) = (0.0, 0);
        return;
    }
    let inverse = 255.0 / span;
    let zero = MAGIC - low * inverse;
    for (bytes, numbers) in bytes.as_chunks_mut().0.iter_mut().zip(row.as_chunks().0) {
        V::load(numbers).mul_add(V::splat(inverse), V::splat(zero)).whole_bytes(bytes);
    }
    (to.scale[place], to.zero[place]) = (span / 255.0, (zero - MAGIC) as i32);
}

/// Sum over a row in a fixed order, in four vectors so that one addition need not wait for the one before.
#[inline(always)]
fn sum_of<V: Vector>(row: &[f32], add: impl Fn(V, V) -> V) -> f32 {
    let mut sums = [V::splat(0.0); 4];
    let (fours, rest) = row.as_chunks::<LANES>().0.as_chunks::<4>();
    for four in fours {
        for (sum, numbers) in sums.iter_mut().zip(four) {
            *sum = add(*sum, V::load(numbers));
        }
    }
    for (sum, numbers) in sums.iter_mut().zip(rest) {
        *sum = add(*sum, V::load(numbers));
    }
    sums[0].add(sums[1]).add(sums[2].add(sums[3])).sum()
}
