//! The products on a graphics processor, through wgpu: Vulkan, Metal or Direct3D 12.

mod adapter;
mod matrix;
#[cfg(test)]
mod tests;

pub use adapter::Gpu;
