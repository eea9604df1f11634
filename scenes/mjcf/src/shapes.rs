//! Meshes for shapes that the world does not have.

use halle_world::TriangleMesh;

/// Rings of an ellipsoid between its poles, and corners of a ring.
const RINGS: u32 = 15;
const CORNERS: u32 = 32;

/// An ellipsoid as triangles. Its corners lie on the surface.
pub(crate) fn ellipsoid(radii: [f64; 3]) -> TriangleMesh {
    let pi = std::f64::consts::PI;
    let mut points = vec![[0.0, 0.0, -radii[2]]];
    for ring in 1..=RINGS {
        let (up, out) = (pi * f64::from(ring) / f64::from(RINGS + 1)).sin_cos();
        for corner in 0..CORNERS {
            let (s, c) = (2.0 * pi * f64::from(corner) / f64::from(CORNERS)).sin_cos();
            points.push([radii[0] * up * c, radii[1] * up * s, -radii[2] * out]);
        }
    }
    points.push([0.0, 0.0, radii[2]]);
    let top = points.len() as u32 - 1;
    let at = |ring: u32, corner: u32| 1 + ring * CORNERS + corner % CORNERS;
    let mut triangles = Vec::new();
    for corner in 0..CORNERS {
        triangles.push([0, at(0, corner + 1), at(0, corner)]);
        for ring in 0..RINGS - 1 {
            let (a, b) = (at(ring, corner), at(ring, corner + 1));
            let (c, d) = (at(ring + 1, corner), at(ring + 1, corner + 1));
            triangles.extend([[a, b, d], [a, d, c]]);
        }
        triangles.push([top, at(RINGS - 1, corner), at(RINGS - 1, corner + 1)]);
    }
    TriangleMesh {
        points,
        triangles,
        normals: Vec::new(),
    }
}

/// A height field as a closed body: the surface, four walls and a floor.
///
/// Heights go by row from the near edge, -y, and are stretched to run from zero to `size[2]`; the
/// floor lies `size[3]` below zero.
pub(crate) fn height_field(columns: usize, heights: &[f64], size: [f64; 4]) -> TriangleMesh {
    let rows = heights.len() / columns;
    let low = heights.iter().copied().fold(f64::INFINITY, f64::min);
    let span = heights.iter().copied().fold(f64::NEG_INFINITY, f64::max) - low;
    let scale = if span > 0.0 { size[2] / span } else { 0.0 };
    let place = |row: usize, column: usize| {
        let x = size[0] * (2.0 * column as f64 / (columns - 1) as f64 - 1.0);
        let y = size[1] * (2.0 * row as f64 / (rows - 1) as f64 - 1.0);
        [x, y]
    };
    let mut points = Vec::with_capacity(heights.len() + 2 * (rows + columns));
    for (k, height) in heights.iter().enumerate() {
        let [x, y] = place(k / columns, k % columns);
        points.push([x, y, (height - low) * scale]);
    }
    let at = |row: usize, column: usize| (row * columns + column) as u32;
    let mut triangles = Vec::new();
    for row in 0..rows - 1 {
        for column in 0..columns - 1 {
            let (a, b) = (at(row, column), at(row, column + 1));
            let (c, d) = (at(row + 1, column), at(row + 1, column + 1));
            triangles.extend([[a, b, d], [a, d, c]]);
        }
    }
    // The rim, anticlockwise seen from above, and its copy on the floor.
    let mut rim: Vec<u32> = (0..columns).map(|c| at(0, c)).collect();
    rim.extend((1..rows).map(|r| at(r, columns - 1)));
    rim.extend((0..columns - 1).rev().map(|c| at(rows - 1, c)));
    rim.extend((1..rows - 1).rev().map(|r| at(r, 0)));
    let floor = points.len() as u32;
    for corner in &rim {
        let [x, y, _] = points[*corner as usize];
        points.push([x, y, -size[3]]);
    }
    let count = rim.len() as u32;
    points.push([0.0, 0.0, -size[3]]);
    for k in 0..count {
        let next = (k + 1) % count;
        let (a, b) = (rim[k as usize], rim[next as usize]);
        let (c, d) = (floor + k, floor + next);
        triangles.extend([[a, c, d], [a, d, b], [floor + count, d, c]]);
    }
    TriangleMesh {
        points,
        triangles,
        normals: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use halle_world::Shape;
    use std::sync::Arc;

    fn volume(mesh: TriangleMesh) -> f64 {
        Shape::Mesh(Arc::new(mesh)).unit_mass().unwrap().volume
    }

    /// The triangles lie inside the ellipsoid, whose volume is 4/3 π a b c: two parts in a hundred
    /// are missing at this fineness.
    #[test]
    fn ellipsoid_encloses_its_volume() {
        let exact = 4.0 / 3.0 * std::f64::consts::PI * 0.3 * 0.2 * 0.1;
        let made = volume(ellipsoid([0.3, 0.2, 0.1]));
        assert!(made < exact && made > 0.98 * exact, "{made} of {exact}");
    }

    /// A ramp from zero to the full height over a floor: base plus half a box, exactly.
    #[test]
    fn ramp_encloses_its_volume() {
        let heights: Vec<f64> = (0..12).map(|k| f64::from(k % 4)).collect();
        let made = volume(height_field(4, &heights, [1.0, 2.0, 0.6, 0.1]));
        assert!((made - (8.0 * 0.1 + 8.0 * 0.3)).abs() < 1e-12, "{made}");
    }
}
