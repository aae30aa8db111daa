//! A graphics processor, opened: its queue, the compiled shader, and what has gone wrong.

use std::sync::{Arc, Mutex, PoisonError};

use wgpu::{
    Adapter, ComputePipeline, Device, DeviceDescriptor, DeviceType, Instance, InstanceDescriptor,
    Limits, PowerPreference, Queue, RequestAdapterOptions,
};

use crate::error::{Error, Result};

/// What to do without an adapter, after what was not found.
const NO_ADAPTER: &str = "install a driver for Vulkan (Linux, Windows; Mesa has a software one), \
                          Metal (macOS) or Direct3D 12 (Windows), or train with the device `cpu`";

/// The most bytes of one buffer. Places in the shader are numbers of 32 bits, and memory is easier
/// to find in pieces.
const MOST_BYTES: u64 = 1 << 30;

/// A graphics processor that is ready to make products.
#[derive(Debug)]
pub struct Gpu {
    name: String,
    pub(super) device: Device,
    pub(super) queue: Queue,
    pub(super) multiply: ComputePipeline,
    pub(super) multiply_transposed: ComputePipeline,
    fault: Arc<Mutex<Option<String>>>,
}

impl Gpu {
    /// Opens the adapter that the system calls the fastest. `WGPU_BACKEND` (`vulkan`, `metal`,
    /// `dx12`) narrows the choice.
    ///
    /// # Errors
    /// No adapter, or one that cannot compute.
    pub fn open() -> Result<Self> {
        let instance = Instance::new(InstanceDescriptor::new_without_display_handle_from_env());
        let wanted = RequestAdapterOptions {
            power_preference: PowerPreference::HighPerformance,
            ..RequestAdapterOptions::default()
        };
        let adapter = pollster::block_on(instance.request_adapter(&wanted))
            .map_err(|problem| Error::Gpu(format!("{problem}; {NO_ADAPTER}")))?;
        let name = described(&adapter);
        let descriptor = DeviceDescriptor {
            label: Some("refcast"),
            required_limits: limits(&adapter),
            ..DeviceDescriptor::default()
        };
        let (device, queue) =
            pollster::block_on(adapter.request_device(&descriptor)).map_err(|problem| {
                Error::Gpu(format!(
                    "{name} cannot be used: {problem}; train with the device `cpu`"
                ))
            })?;
        // Without a handler wgpu ends the program at the first error.
        let fault = Arc::new(Mutex::new(None));
        let first = Arc::clone(&fault);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            first
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert_with(|| error.to_string());
        }));
        let shader = device.create_shader_module(wgpu::include_wgsl!("product.wgsl"));
        let pipeline = |transposed: bool| {
            device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some("product"),
                layout: None,
                module: &shader,
                entry_point: Some("product"),
                compilation_options: wgpu::PipelineCompilationOptions {
                    constants: &[("TRANSPOSED", f64::from(u8::from(transposed)))],
                    ..Default::default()
                },
                cache: None,
            })
        };
        let gpu = Self {
            multiply: pipeline(false),
            multiply_transposed: pipeline(true),
            name,
            device,
            queue,
            fault,
        };
        gpu.check("the shader cannot be compiled")?;
        Ok(gpu)
    }

    /// What the system calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The most bytes that one buffer of the shader can have.
    pub(super) fn most_bytes(&self) -> u64 {
        let limits = self.device.limits();
        limits
            .max_storage_buffer_binding_size
            .min(limits.max_buffer_size)
            .min(MOST_BYTES)
    }

    /// # Errors
    /// The first error since the device was opened, as what `doing` came to.
    pub(super) fn check(&self, doing: &str) -> Result<()> {
        let fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.as_ref().map_or(Ok(()), |fault| {
            Err(Error::Gpu(format!(
                "{}: {doing}: {fault}; train with the device `cpu`",
                self.name
            )))
        })
    }
}

/// Little is asked for, so that old devices will do; but buffers as large as the adapter has them.
fn limits(adapter: &Adapter) -> Limits {
    let own = adapter.limits();
    Limits {
        max_storage_buffer_binding_size: own.max_storage_buffer_binding_size,
        max_buffer_size: own.max_buffer_size,
        ..Limits::downlevel_defaults()
    }
}

fn described(adapter: &Adapter) -> String {
    let info = adapter.get_info();
    let software = if info.device_type == DeviceType::Cpu {
        ", software"
    } else {
        ""
    };
    format!("{} ({}{software})", info.name, info.backend)
}
