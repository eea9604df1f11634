//! A tree of boxes over boxes, built by binned surface-area heuristic.

use crate::vector::{Ray, Vec3};

/// An axis-aligned box.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) low: Vec3,
    pub(crate) high: Vec3,
}

impl Bounds {
    pub(crate) const EMPTY: Self = Self {
        low: Vec3([f64::INFINITY; 3]),
        high: Vec3([f64::NEG_INFINITY; 3]),
    };

    pub(crate) fn with_point(self, p: Vec3) -> Self {
        Self {
            low: self.low.min(p),
            high: self.high.max(p),
        }
    }

    pub(crate) fn union(self, o: Self) -> Self {
        Self {
            low: self.low.min(o.low),
            high: self.high.max(o.high),
        }
    }

    fn center(&self) -> Vec3 {
        (self.low + self.high) * 0.5
    }

    /// Half the surface; zero when empty.
    fn area(&self) -> f64 {
        let [x, y, z] = (self.high - self.low).0;
        if x < 0.0 { 0.0 } else { x * y + y * z + z * x }
    }

    /// Where the ray enters, or infinity when it misses or enters beyond `t_max`.
    #[inline]
    fn enter(&self, origin: Vec3, inverse: Vec3, t_max: f64) -> f64 {
        let (mut near, mut far) = (0.0_f64, t_max);
        for i in 0..3 {
            let a = (self.low.0[i] - origin.0[i]) * inverse.0[i];
            let b = (self.high.0[i] - origin.0[i]) * inverse.0[i];
            // `max` and `min` drop the NaN of 0 · inf, so a ray inside a slab's face is kept.
            near = near.max(a.min(b));
            far = far.min(a.max(b));
        }
        // The slack covers rounding of the products above.
        if near <= far * (1.0 + 1e-14) {
            near
        } else {
            f64::INFINITY
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Node {
    bounds: Bounds,
    /// First item of a leaf, or the left child; the right child follows it.
    first: u32,
    /// Items in a leaf; 0 marks an inner node.
    count: u32,
}

/// A tree over items that are known by number.
#[derive(Clone, Debug)]
pub(crate) struct Bvh {
    nodes: Vec<Node>,
    /// Item numbers in the order of the leaves.
    items: Vec<u32>,
}

const LEAF: usize = 2;
const BINS: usize = 12;
/// Below this depth items are halved, so a tree of 2^32 items is at most 56 deep.
const DEEP: usize = 24;
const STACK: usize = 64;

impl Bvh {
    pub(crate) fn build(bounds: &[Bounds]) -> Self {
        let mut items: Vec<u32> = (0..bounds.len() as u32).collect();
        let mut nodes = vec![Node {
            bounds: Bounds::EMPTY,
            first: 0,
            count: bounds.len() as u32,
        }];
        let mut open = vec![(0, 0)];
        while let Some((index, depth)) = open.pop() {
            let Node { first, count, .. } = nodes[index];
            let range = &mut items[first as usize..(first + count) as usize];
            nodes[index].bounds = range
                .iter()
                .fold(Bounds::EMPTY, |b, &i| b.union(bounds[i as usize]));
            if range.len() <= LEAF {
                continue;
            }
            let middle = split(range, bounds, depth) as u32;
            let left = nodes.len();
            for (first, count) in [(first, middle), (first + middle, count - middle)] {
                nodes.push(Node {
                    bounds: Bounds::EMPTY,
                    first,
                    count,
                });
            }
            nodes[index].first = left as u32;
            nodes[index].count = 0;
            open.extend([(left, depth + 1), (left + 1, depth + 1)]);
        }
        Self { nodes, items }
    }

    pub(crate) fn bounds(&self) -> Bounds {
        self.nodes[0].bounds
    }

    /// Calls `visit(item, t_max)` for items whose box the ray meets before `t_max`, nearest first.
    ///
    /// `visit` returns the new `t_max`; a negative one ends the walk. Returns the last `t_max`.
    #[inline]
    pub(crate) fn walk(
        &self,
        ray: &Ray,
        mut t_max: f64,
        mut visit: impl FnMut(u32, f64) -> f64,
    ) -> f64 {
        if self.items.is_empty() {
            return t_max;
        }
        let inverse = Vec3(ray.direction.0.map(|v| 1.0 / v));
        let mut stack = [(0_u32, 0.0_f64); STACK];
        let mut depth = 0;
        let mut current = 0_u32;
        let mut entered = self.nodes[0].bounds.enter(ray.origin, inverse, t_max);
        loop {
            if entered <= t_max && entered.is_finite() {
                let node = &self.nodes[current as usize];
                if node.count == 0 {
                    let mut near = (node.first, 0.0);
                    let mut far = (node.first + 1, 0.0);
                    for child in [&mut near, &mut far] {
                        let bounds = &self.nodes[child.0 as usize].bounds;
                        child.1 = bounds.enter(ray.origin, inverse, t_max);
                    }
                    if far.1 < near.1 {
                        std::mem::swap(&mut near, &mut far);
                    }
                    if far.1.is_finite() {
                        stack[depth] = far;
                        depth += 1;
                    }
                    (current, entered) = near;
                    continue;
                }
                let first = node.first as usize;
                for &item in &self.items[first..first + node.count as usize] {
                    t_max = visit(item, t_max);
                    if t_max < 0.0 {
                        return t_max;
                    }
                }
            }
            if depth == 0 {
                return t_max;
            }
            depth -= 1;
            (current, entered) = stack[depth];
        }
    }
}

/// Reorders the items into two groups and returns the size of the first, never 0 nor all.
fn split(items: &mut [u32], bounds: &[Bounds], depth: usize) -> usize {
    let center = |i: u32| bounds[i as usize].center();
    let spread = items
        .iter()
        .fold(Bounds::EMPTY, |b, &i| b.with_point(center(i)));
    let size = (spread.high - spread.low).0;
    let mut best = (f64::INFINITY, 0, 0);
    for axis in (0..3).filter(|&axis| depth < DEEP && size[axis] > 0.0) {
        let mut bins = [(Bounds::EMPTY, 0_usize); BINS];
        for &i in items.iter() {
            let bin = &mut bins[bin_of(center(i), &spread, axis)];
            *bin = (bin.0.union(bounds[i as usize]), bin.1 + 1);
        }
        let mut right = [0.0; BINS];
        let mut sum = (Bounds::EMPTY, 0);
        for k in (1..BINS).rev() {
            sum = (sum.0.union(bins[k].0), sum.1 + bins[k].1);
            right[k] = sum.0.area() * sum.1 as f64;
        }
        sum = (Bounds::EMPTY, 0);
        for k in 1..BINS {
            sum = (sum.0.union(bins[k - 1].0), sum.1 + bins[k - 1].1);
            let cost = sum.0.area() * sum.1 as f64 + right[k];
            if sum.1 > 0 && sum.1 < items.len() && cost < best.0 {
                best = (cost, axis, k);
            }
        }
    }
    if best.0.is_finite() {
        let (_, axis, edge) = best;
        let (mut left, mut rest): (Vec<u32>, Vec<u32>) = items
            .iter()
            .partition(|&&i| bin_of(center(i), &spread, axis) < edge);
        let middle = left.len();
        left.append(&mut rest);
        items.copy_from_slice(&left);
        return middle;
    }
    let widest = (0..3).fold(0, |w, axis| if size[axis] > size[w] { axis } else { w });
    items.sort_by(|&a, &b| {
        center(a).0[widest]
            .total_cmp(&center(b).0[widest])
            .then(a.cmp(&b))
    });
    items.len() / 2
}

fn bin_of(center: Vec3, spread: &Bounds, axis: usize) -> usize {
    let part = (center.0[axis] - spread.low.0[axis]) / (spread.high.0[axis] - spread.low.0[axis]);
    ((part * BINS as f64) as usize).min(BINS - 1)
}
