//! A matrix in the memory of a graphics processor, and its products.

use std::sync::mpsc;

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, Buffer, BufferDescriptor, BufferUsages,
    CommandEncoderDescriptor, ComputePassDescriptor, ComputePipeline, MapMode, PollType,
};

use super::adapter::Gpu;
use crate::error::{Error, Result};
use crate::latent::products::Products;

/// Rows and columns that one workgroup of the shader makes.
const TILE: (usize, usize) = (64, 32);
/// Bytes of a value.
const WIDTH: u64 = size_of::<f32>() as u64;

/// A matrix `[rows × columns]`, by blocks of rows: a buffer is smaller than the values can be.
#[derive(Debug)]
pub struct GpuMatrix<'a> {
    gpu: &'a Gpu,
    blocks: Vec<GpuBlock>,
    rows: usize,
    columns: usize,
}

#[derive(Debug)]
struct GpuBlock {
    first: usize,
    rows: usize,
    values: Buffer,
}

/// The shader's `Shape`, as words.
type Shape = [u32; 6];

impl Gpu {
    /// Copies a matrix `[rows × columns]`, by rows, to the device.
    ///
    /// # Errors
    /// A row that no buffer can hold, or too little memory.
    pub fn hold(&self, matrix: &[f32], rows: usize, columns: usize) -> Result<GpuMatrix<'_>> {
        self.hold_in_blocks(matrix, rows, columns, self.most_bytes())
    }

    /// As [`Gpu::hold`], in blocks of at most `bytes`.
    pub(super) fn hold_in_blocks(
        &self,
        matrix: &[f32],
        rows: usize,
        columns: usize,
        bytes: u64,
    ) -> Result<GpuMatrix<'_>> {
        assert_eq!(matrix.len(), rows * columns, "the matrix is rows × columns");
        let held = |blocks| GpuMatrix {
            gpu: self,
            blocks,
            rows,
            columns,
        };
        if matrix.is_empty() {
            return Ok(held(Vec::new()));
        }
        let height = (bytes / (WIDTH * columns as u64)) as usize;
        if height == 0 {
            return Err(too_large(self, &format!("a row of {columns} values")));
        }
        let mut blocks = Vec::new();
        for (position, block) in matrix.chunks(height * columns).enumerate() {
            blocks.push(GpuBlock {
                first: position * height,
                rows: block.len() / columns,
                values: self.sent(block, BufferUsages::STORAGE),
            });
            // Sends what was written, so that two copies of one block are the most there are.
            self.queue.submit([]);
            self.check("the values cannot be stored")?;
        }
        Ok(held(blocks))
    }

    fn buffer(&self, bytes: u64, usage: BufferUsages) -> Buffer {
        self.device.create_buffer(&BufferDescriptor {
            label: None,
            size: bytes,
            usage,
            mapped_at_creation: false,
        })
    }

    /// A new buffer with these values.
    fn sent<T: bytemuck::NoUninit>(&self, values: &[T], usage: BufferUsages) -> Buffer {
        let bytes = bytemuck::cast_slice(values);
        let buffer = self.buffer(bytes.len() as u64, usage | BufferUsages::COPY_DST);
        self.queue.write_buffer(&buffer, 0, bytes);
        buffer
    }
}

impl Products for GpuMatrix<'_> {
    fn multiply(&self, b: &[f32], width: usize) -> Result<Vec<f32>> {
        assert_eq!(b.len(), self.columns * width, "b is columns × width");
        let shape =
            |block: &GpuBlock| shape(block.rows, self.columns, width, (0, block.first), false);
        self.product(&self.gpu.multiply, b, (self.rows, width), &shape)
    }

    fn multiply_transposed(&self, b: &[f32], width: usize) -> Result<Vec<f32>> {
        assert_eq!(b.len(), self.rows * width, "b is rows × width");
        // A block is a part of every sum: the first replaces what the buffer held, others add.
        let shape = |block: &GpuBlock| {
            let added = block.first > 0;
            shape(self.columns, block.rows, width, (block.first, 0), added)
        };
        let size = (self.columns, width);
        self.product(&self.gpu.multiply_transposed, b, size, &shape)
    }
}

impl GpuMatrix<'_> {
    /// The product of every block, each of its own shape, in one result `[n × m]`.
    fn product(
        &self,
        pipeline: &ComputePipeline,
        b: &[f32],
        (n, m): (usize, usize),
        shape: &dyn Fn(&GpuBlock) -> Shape,
    ) -> Result<Vec<f32>> {
        let gpu = self.gpu;
        if n * m == 0 || self.blocks.is_empty() {
            return Ok(vec![0.0; n * m]);
        }
        self.fits(b, (n, m))?;
        let b = gpu.sent(b, BufferUsages::STORAGE);
        let bytes = (n * m) as u64 * WIDTH;
        let c = gpu.buffer(bytes, BufferUsages::STORAGE | BufferUsages::COPY_SRC);
        let back = gpu.buffer(bytes, BufferUsages::MAP_READ | BufferUsages::COPY_DST);
        let mut commands = gpu
            .device
            .create_command_encoder(&CommandEncoderDescriptor::default());
        {
            let mut pass = commands.begin_compute_pass(&ComputePassDescriptor::default());
            pass.set_pipeline(pipeline);
            for block in &self.blocks {
                let shape = shape(block);
                let bound = self.bound(pipeline, shape, [&block.values, &b, &c]);
                pass.set_bind_group(0, &bound, &[]);
                let groups = |size: u32, tile: usize| size.div_ceil(tile as u32);
                pass.dispatch_workgroups(groups(shape[0], TILE.0), groups(shape[2], TILE.1), 1);
            }
        }
        commands.copy_buffer_to_buffer(&c, 0, &back, 0, bytes);
        gpu.queue.submit([commands.finish()]);
        self.read(&back)
    }

    fn bound(
        &self,
        pipeline: &ComputePipeline,
        shape: Shape,
        [a, b, c]: [&Buffer; 3],
    ) -> BindGroup {
        let shape = self.gpu.sent(&shape, BufferUsages::UNIFORM);
        let entries = [&shape, a, b, c].map(Buffer::as_entire_binding);
        let entries: Vec<BindGroupEntry<'_>> = (0..)
            .zip(entries)
            .map(|(binding, resource)| BindGroupEntry { binding, resource })
            .collect();
        self.gpu.device.create_bind_group(&BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        })
    }

    /// Waits for the device, and copies the buffer's values.
    fn read(&self, buffer: &Buffer) -> Result<Vec<f32>> {
        const DOING: &str = "the product failed";
        let gpu = self.gpu;
        let failed =
            |problem: &dyn std::fmt::Display| Error::Gpu(format!("{}: {problem}", gpu.name()));
        let (tell, told) = mpsc::channel();
        buffer.map_async(MapMode::Read, .., move |result| {
            // The other end waits in this function; it is gone only after an error that it gave.
            let _ = tell.send(result);
        });
        let waited = gpu.device.poll(PollType::wait_indefinitely());
        // What the device complained of says more than that nothing came back.
        gpu.check(DOING)?;
        waited.map_err(|problem| failed(&problem))?;
        let mapped = told
            .try_recv()
            .map_err(|_| failed(&"the device gave no answer"))?;
        mapped.map_err(|problem| failed(&problem))?;
        let view = buffer
            .get_mapped_range(..)
            .map_err(|problem| failed(&problem))?;
        Ok(bytemuck::pod_collect_to_vec(&view))
    }

    /// # Errors
    /// An operand or result that is too large for one buffer or one dispatch.
    fn fits(&self, b: &[f32], (n, m): (usize, usize)) -> Result<()> {
        let most = self.gpu.most_bytes() / WIDTH;
        let groups = self
            .gpu
            .device
            .limits()
            .max_compute_workgroups_per_dimension as usize;
        let within = b.len().max(n * m) as u64 <= most
            && n.div_ceil(TILE.0) <= groups
            && m.div_ceil(TILE.1) <= groups;
        if within {
            Ok(())
        } else {
            Err(too_large(self.gpu, &format!("a product of {n} × {m}")))
        }
    }
}

/// Sizes of one dispatch, with the first rows of b and c that it is about. What fits a buffer fits
/// 32 bits.
fn shape(rows: usize, inner: usize, columns: usize, first: (usize, usize), add: bool) -> Shape {
    [rows, inner, columns, first.0, first.1, usize::from(add)].map(|size| size as u32)
}

fn too_large(gpu: &Gpu, what: &str) -> Error {
    Error::Gpu(format!(
        "{}: {what} is more than a buffer holds ({} MiB); train with the device `cpu`",
        gpu.name(),
        gpu.most_bytes() >> 20
    ))
}
