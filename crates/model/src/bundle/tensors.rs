//! Files of safetensors: named arrays, checked for shape and finite values when they are read.

use std::collections::BTreeMap;

use half::f16;
use half::slice::HalfFloatSliceExt;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::TENSORS;
use crate::error::{Error, Result};

/// One array.
#[derive(Debug, Clone, PartialEq)]
pub enum Tensor {
    /// Single precision.
    F32(Vec<f32>),
    /// Half precision: the effect bank, whose values carry no more than three digits.
    F16(Vec<f16>),
    /// Masks, a byte a value.
    U8(Vec<u8>),
}

/// The arrays of one file of a bundle by name, with their shapes.
#[derive(Debug, Clone)]
pub struct Tensors {
    file: &'static str,
    by_name: BTreeMap<String, (Vec<usize>, Tensor)>,
}

/// Those of [`TENSORS`], none yet.
impl Default for Tensors {
    fn default() -> Self {
        Self::new(TENSORS)
    }
}

impl Tensors {
    /// Those of a file, none yet.
    pub fn new(file: &'static str) -> Self {
        Self {
            file,
            by_name: BTreeMap::new(),
        }
    }

    /// Reads the bytes of [`TENSORS`].
    ///
    /// # Errors
    /// No safetensors, another type of number, or a value that is not finite.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        Self::read_file(TENSORS, bytes)
    }

    /// Reads the bytes of a file of that name, which faults name.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_file(file: &'static str, bytes: &[u8]) -> Result<Self> {
        let damaged = |problem: String| Error::bundle(file, problem);
        let found = SafeTensors::deserialize(bytes).map_err(|error| damaged(error.to_string()))?;
        let mut tensors = Self::new(file);
        for (name, view) in found.iter() {
            let tensor = decode(name, &view).map_err(damaged)?;
            tensors.insert(name, view.shape(), tensor);
        }
        Ok(tensors)
    }

    /// Writes a safetensors file; the same arrays give the same bytes.
    ///
    /// # Errors
    /// A shape that does not fit its values.
    pub fn write(&self) -> Result<Vec<u8>> {
        let encoded: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = self
            .by_name
            .iter()
            .map(|(name, (shape, tensor))| {
                let (dtype, bytes) = encode(tensor);
                (name.clone(), dtype, shape.clone(), bytes)
            })
            .collect();
        let mut views = Vec::with_capacity(encoded.len());
        for (name, dtype, shape, bytes) in &encoded {
            let view = TensorView::new(*dtype, shape.clone(), bytes)
                .map_err(|problem| self.damaged(format!("{name}: {problem}")))?;
            views.push((name.clone(), view));
        }
        safetensors::serialize(views, None).map_err(|problem| self.damaged(problem.to_string()))
    }

    fn damaged(&self, problem: String) -> Error {
        Error::bundle(self.file, problem)
    }

    /// Adds an array.
    pub fn insert(&mut self, name: impl Into<String>, shape: &[usize], tensor: Tensor) {
        self.by_name.insert(name.into(), (shape.to_vec(), tensor));
    }

    /// Whether there is a tensor of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// Adds numbers in half precision, rounded to nearest.
    pub fn insert_half(
        &mut self,
        name: impl Into<String>,
        shape: &[usize],
        values: impl IntoIterator<Item = f32>,
    ) {
        let halves = values.into_iter().map(f16::from_f32).collect();
        self.insert(name, shape, Tensor::F16(halves));
    }

    /// Takes single-precision numbers of the given shape; half-precision ones are widened.
    ///
    /// # Errors
    /// Missing, or of another shape or type.
    pub fn take_f32(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        match self.take(name, shape)? {
            Tensor::F32(values) => Ok(values),
            Tensor::F16(values) => {
                let mut wide = vec![0.0; values.len()];
                values.convert_to_f32_slice(&mut wide);
                Ok(wide)
            }
            Tensor::U8(_) => Err(self.wrong_type(name, "bytes")),
        }
    }

    /// Takes numbers that must all be above 0: variances, which are divided by.
    ///
    /// # Errors
    /// As [`Tensors::take_f32`], and a number that is not above 0.
    pub fn take_positive(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        self.take_checked(name, shape, |value| value > 0.0, "not above 0")
    }

    /// Takes numbers that must not be below 0: spreads, whose roots are taken.
    ///
    /// # Errors
    /// As [`Tensors::take_f32`], and a number below 0.
    pub fn take_not_negative(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        self.take_checked(name, shape, |value| value >= 0.0, "below 0")
    }

    fn take_checked(
        &mut self,
        name: &str,
        shape: &[usize],
        is_good: impl Fn(f32) -> bool,
        fault: &str,
    ) -> Result<Vec<f32>> {
        let values = self.take_f32(name, shape)?;
        match values.iter().position(|value| !is_good(*value)) {
            Some(at) => Err(self.damaged(format!("{name}: value {at} is {}, {fault}", values[at]))),
            None => Ok(values),
        }
    }

    /// Takes half-precision numbers of the given shape.
    ///
    /// # Errors
    /// Missing, or of another shape or type.
    pub fn take_f16(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f16>> {
        match self.take(name, shape)? {
            Tensor::F16(values) => Ok(values),
            Tensor::F32(_) => Err(self.wrong_type(name, "single-precision numbers")),
            Tensor::U8(_) => Err(self.wrong_type(name, "bytes")),
        }
    }

    /// Takes bytes of the given shape.
    ///
    /// # Errors
    /// Missing, or of another shape or type.
    pub fn take_u8(&mut self, name: &str, shape: &[usize]) -> Result<Vec<u8>> {
        match self.take(name, shape)? {
            Tensor::U8(values) => Ok(values),
            _ => Err(self.wrong_type(name, "numbers")),
        }
    }

    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let Some((found, tensor)) = self.by_name.remove(name) else {
            return Err(self.damaged(format!("has no tensor {name}")));
        };
        if found != shape {
            let problem = format!("{name} has shape {found:?}; the manifest makes it {shape:?}");
            return Err(self.damaged(problem));
        }
        Ok(tensor)
    }

    fn wrong_type(&self, name: &str, found: &str) -> Error {
        self.damaged(format!("{name} holds {found}"))
    }
}

/// The array of a view, or what is wrong with it.
fn decode(name: &str, view: &TensorView<'_>) -> std::result::Result<Tensor, String> {
    let bytes = view.data();
    let tensor = match view.dtype() {
        Dtype::F32 => Tensor::F32(
            bytes
                .as_chunks::<4>()
                .0
                .iter()
                .map(|chunk| f32::from_le_bytes(*chunk))
                .collect(),
        ),
        Dtype::F16 => Tensor::F16(
            bytes
                .as_chunks::<2>()
                .0
                .iter()
                .map(|chunk| f16::from_le_bytes(*chunk))
                .collect(),
        ),
        Dtype::U8 => Tensor::U8(bytes.to_vec()),
        other => return Err(format!("{name} holds {other:?}")),
    };
    let bad = match &tensor {
        Tensor::F32(values) => values.iter().position(|value| !value.is_finite()),
        Tensor::F16(values) => values.iter().position(|value| !value.is_finite()),
        Tensor::U8(_) => None,
    };
    match bad {
        Some(at) => Err(format!("{name}: value {at} is not finite")),
        None => Ok(tensor),
    }
}

fn encode(tensor: &Tensor) -> (Dtype, Vec<u8>) {
    match tensor {
        Tensor::F32(values) => (
            Dtype::F32,
            values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        ),
        Tensor::F16(values) => (
            Dtype::F16,
            values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        ),
        Tensor::U8(values) => (Dtype::U8, values.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Tensors {
        let mut tensors = Tensors::default();
        tensors.insert("a", &[2, 2], Tensor::F32(vec![1.0, -2.5, 0.0, 3.25]));
        tensors.insert_half("b", &[3], [0.5, 1.0, -8.0]);
        tensors.insert("mask", &[2], Tensor::U8(vec![1, 0]));
        tensors
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = example().write().expect("writes");
        let mut read = Tensors::read(&bytes).expect("reads");
        assert_eq!(
            read.take_f32("a", &[2, 2]).expect("a"),
            [1.0, -2.5, 0.0, 3.25]
        );
        assert_eq!(read.take_f32("b", &[3]).expect("b"), [0.5, 1.0, -8.0]);
        assert_eq!(read.take_u8("mask", &[2]).expect("mask"), [1, 0]);
        assert_eq!(bytes, example().write().expect("writes"));
    }

    #[test]
    fn another_shape_or_a_missing_tensor_is_refused_by_name() {
        let mut read = Tensors::read(&example().write().expect("writes")).expect("reads");
        let error = read.take_f32("a", &[4]).expect_err("shape").to_string();
        assert!(error.contains("a has shape [2, 2]"), "{error}");
        let error = read.take_f32("c", &[4]).expect_err("missing").to_string();
        assert!(error.contains("no tensor c"), "{error}");
    }

    #[test]
    fn a_value_that_is_not_finite_is_refused() {
        let mut tensors = Tensors::default();
        tensors.insert("a", &[2], Tensor::F32(vec![1.0, f32::NAN]));
        let error = Tensors::read(&tensors.write().expect("writes")).expect_err("NaN");
        assert!(
            error.to_string().contains("value 1 is not finite"),
            "{error}"
        );
    }
}
