// c = a · b in tiles, for b [inner × columns] and c [rows × columns], both by rows. `a` is by rows
// as [rows × inner], or with TRANSPOSED as [inner × rows].
//
// A workgroup of 16 × 16 makes 64 rows by 32 columns of c; each invocation makes 4 × 2 of them, 16
// apart. Every entry is summed by one invocation, in an order that depends on nothing but the
// sizes: the same device gives the same bits.

override TRANSPOSED: bool = false;

const SIDE: u32 = 16u;
const ROWS: u32 = 64u;
const COLUMNS: u32 = 32u;
const DEPTH: u32 = 16u;
const DOWN: u32 = 4u;
const ACROSS: u32 = 2u;

struct Shape {
    rows: u32,
    inner: u32,
    columns: u32,
    // The row of b that belongs to the first inner place of this a.
    b_first: u32,
    // The row of c that belongs to the first row of this a.
    c_first: u32,
    // 1: add to what c holds, 0: replace it.
    add: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;

// [DEPTH × ROWS] and [DEPTH × COLUMNS].
var<workgroup> tile_a: array<f32, 1024>;
var<workgroup> tile_b: array<f32, 512>;

fn a_at(row: u32, inner: u32) -> f32 {
    // Zeros beyond the edges add nothing, so that the sums need no test.
    if (row >= shape.rows || inner >= shape.inner) {
        return 0.0;
    }
    if (TRANSPOSED) {
        return a[inner * shape.rows + row];
    }
    return a[row * shape.inner + inner];
}

fn b_at(inner: u32, column: u32) -> f32 {
    if (inner >= shape.inner || column >= shape.columns) {
        return 0.0;
    }
    return b[(shape.b_first + inner) * shape.columns + column];
}

@compute @workgroup_size(16, 16)
fn product(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let row = group.x * ROWS;
    let column = group.y * COLUMNS;
    var sum: array<f32, 8>;
    for (var inner = 0u; inner < shape.inner; inner += DEPTH) {
        // Neighbours read neighbours: along the inner side, or along the rows if those are laid
        // side by side.
        for (var at = index; at < DEPTH * ROWS; at += SIDE * SIDE) {
            if (TRANSPOSED) {
                tile_a[at] = a_at(row + at % ROWS, inner + at / ROWS);
            } else {
                tile_a[at % DEPTH * ROWS + at / DEPTH] = a_at(row + at / DEPTH, inner + at % DEPTH);
            }
        }
        for (var at = index; at < DEPTH * COLUMNS; at += SIDE * SIDE) {
            tile_b[at] = b_at(inner + at / COLUMNS, column + at % COLUMNS);
        }
        workgroupBarrier();
        // A tile is summed on its own first: fewer roundings than in one sum over tens of
        // thousands of genes.
        var part: array<f32, 8>;
        for (var depth = 0u; depth < DEPTH; depth++) {
            for (var down = 0u; down < DOWN; down++) {
                let left = tile_a[depth * ROWS + local.y + down * SIDE];
                for (var across = 0u; across < ACROSS; across++) {
                    let right = tile_b[depth * COLUMNS + local.x + across * SIDE];
                    part[down * ACROSS + across] += left * right;
                }
            }
        }
        for (var entry = 0u; entry < DOWN * ACROSS; entry++) {
            sum[entry] += part[entry];
        }
        workgroupBarrier();
    }
    for (var down = 0u; down < DOWN; down++) {
        for (var across = 0u; across < ACROSS; across++) {
            let to_row = row + local.y + down * SIDE;
            let to_column = column + local.x + across * SIDE;
            if (to_row < shape.rows && to_column < shape.columns) {
                let to = (shape.c_first + to_row) * shape.columns + to_column;
                var value = sum[down * ACROSS + across];
                if (shape.add == 1u) {
                    value += c[to];
                }
                c[to] = value;
            }
        }
    }
}
