//! Which device makes the products.

use std::fmt;
use std::str::FromStr;

use refcast_core::error::quoted;

use super::Products;
use super::cpu::Cpu;
#[cfg(feature = "gpu")]
use super::gpu::Gpu;
use crate::error::Result;

/// A device that this build can train on. `gpu` is one of them if the feature `gpu` is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// A graphics processor, for the large products.
    #[cfg(feature = "gpu")]
    Gpu,
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "cpu",
            #[cfg(feature = "gpu")]
            Self::Gpu => "gpu",
        })
    }
}

impl FromStr for Device {
    type Err = refcast_core::Error;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        match text.trim() {
            "cpu" => Ok(Self::Cpu),
            #[cfg(feature = "gpu")]
            "gpu" => Ok(Self::Gpu),
            #[cfg(not(feature = "gpu"))]
            "gpu" => Err(refcast_core::Error::one(
                "device",
                "not_built",
                "this build has no `gpu`: build it with the feature `gpu` (`cargo build --release \
                 --features gpu`), or use `cpu`",
            )),
            other => Err(refcast_core::Error::one(
                "device",
                "unknown_device",
                format!("{} is no device: use `cpu` or `gpu`", quoted(other)),
            )),
        }
    }
}

/// A device, ready to work.
#[derive(Debug)]
pub enum Backend {
    /// The processor.
    Cpu,
    /// A graphics processor.
    #[cfg(feature = "gpu")]
    Gpu(Box<Gpu>),
}

impl Backend {
    /// Makes a device ready.
    ///
    /// # Errors
    /// A graphics processor that is not there or not able.
    pub fn open(device: Device) -> Result<Self> {
        match device {
            Device::Cpu => Ok(Self::Cpu),
            #[cfg(feature = "gpu")]
            Device::Gpu => Ok(Self::Gpu(Box::new(Gpu::open()?))),
        }
    }

    /// What the system calls a device that is not the processor.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Cpu => None,
            #[cfg(feature = "gpu")]
            Self::Gpu(gpu) => Some(gpu.name()),
        }
    }

    /// Hands over a matrix `[rows × columns]`, for many products.
    ///
    /// # Errors
    /// A matrix that the device has no room for.
    pub fn hold<'a>(
        &'a self,
        matrix: &'a [f32],
        rows: usize,
        columns: usize,
    ) -> Result<Box<dyn Products + 'a>> {
        match self {
            Self::Cpu => Ok(Box::new(Cpu::new(matrix, rows, columns))),
            #[cfg(feature = "gpu")]
            Self::Gpu(gpu) => Ok(Box::new(gpu.hold(matrix, rows, columns)?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_have_the_names_that_they_print() {
        assert_eq!("cpu".parse::<Device>().unwrap(), Device::default());
        assert_eq!(Device::default().to_string(), "cpu");
        #[cfg(feature = "gpu")]
        assert_eq!(Device::Gpu.to_string().parse::<Device>(), Ok(Device::Gpu));
        let refused = "tpu".parse::<Device>().unwrap_err().to_string();
        assert!(refused.contains("`tpu`") && refused.contains("`cpu` or `gpu`"));
    }

    #[cfg(not(feature = "gpu"))]
    #[test]
    fn a_build_without_gpu_names_the_feature() {
        let refused = "gpu".parse::<Device>().unwrap_err().to_string();
        assert!(refused.contains("--features gpu"), "{refused}");
    }
}
