//! Convex hulls of points, by quickhull.

use std::collections::HashMap;

use nalgebra::Vector3;

/// A face of the hull, its corners counter-clockwise from outside.
struct Face {
    corners: [usize; 3],
    /// Faces across the edges corner 0-1, 1-2 and 2-0.
    neighbours: [usize; 3],
    normal: Vector3<f64>,
    offset: f64,
    /// Points above the face.
    outside: Vec<usize>,
    alive: bool,
}

impl Face {
    fn new(points: &[Vector3<f64>], corners: [usize; 3]) -> Self {
        let [a, b, c] = corners.map(|k| points[k]);
        let normal = (b - a).cross(&(c - a));
        let length = normal.norm();
        let normal = if length > 0.0 {
            normal / length
        } else {
            normal
        };
        Self {
            corners,
            neighbours: [usize::MAX; 3],
            normal,
            offset: normal.dot(&a),
            outside: Vec::new(),
            alive: true,
        }
    }

    fn height(&self, point: &Vector3<f64>) -> f64 {
        self.normal.dot(point) - self.offset
    }
}

struct Hull<'a> {
    points: &'a [Vector3<f64>],
    faces: Vec<Face>,
    /// Heights below this are none.
    tolerance: f64,
}

/// Triangles of the convex hull, counter-clockwise from outside.
///
/// `None` if the points lie in a plane, or are not numbers.
pub(super) fn triangles(points: &[Vector3<f64>]) -> Option<Vec<[usize; 3]>> {
    let largest = |k: usize| points.iter().map(|p| p[k].abs()).fold(0.0, f64::max);
    let extent = largest(0) + largest(1) + largest(2);
    if !points.iter().all(|p| p.iter().all(|x| x.is_finite())) {
        return None;
    }
    let mut hull = Hull {
        points,
        faces: Vec::new(),
        tolerance: 16.0 * f64::EPSILON * extent,
    };
    hull.simplex()?;
    let mut next = 0;
    while next < hull.faces.len() {
        if hull.faces[next].alive && !hull.faces[next].outside.is_empty() {
            hull.grow(next)?;
        } else {
            next += 1;
        }
    }
    let alive = hull.faces.iter().filter(|face| face.alive);
    Some(alive.map(|face| face.corners).collect())
}

impl Hull<'_> {
    fn farthest(&self, measure: impl Fn(&Vector3<f64>) -> f64) -> Option<(usize, f64)> {
        let all = self.points.iter().map(measure).enumerate();
        all.max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Starts with four points that enclose a volume.
    fn simplex(&mut self) -> Option<()> {
        let points = self.points;
        let (a, _) = self.farthest(|p| -p.x)?;
        let (b, length) = self.farthest(|p| (p - points[a]).norm())?;
        let along = points[b] - points[a];
        let (c, area) = self.farthest(|p| along.cross(&(p - points[a])).norm())?;
        let normal = along.cross(&(points[c] - points[a]));
        let unit = normal / normal.norm();
        let (d, height) = self.farthest(|p| unit.dot(&(p - points[a])).abs())?;
        let flat = length <= self.tolerance || area <= self.tolerance * length;
        if flat || height <= self.tolerance {
            return None;
        }
        let [b, c] = if unit.dot(&(points[d] - points[a])) > 0.0 {
            [c, b]
        } else {
            [b, c]
        };
        // The last point is below the first face.
        for corners in [[a, b, c], [a, d, b], [b, d, c], [c, d, a]] {
            self.faces.push(Face::new(points, corners));
        }
        let neighbours = [[1, 2, 3], [3, 2, 0], [1, 3, 0], [2, 1, 0]];
        for (face, neighbours) in self.faces.iter_mut().zip(neighbours) {
            face.neighbours = neighbours;
        }
        let all: Vec<usize> = (0..points.len()).collect();
        self.hand_out(&all, 0);
        Some(())
    }

    /// Gives each point to the face, of those from `first` on, that it is highest above.
    fn hand_out(&mut self, points: &[usize], first: usize) {
        for &k in points {
            let mut best = (self.tolerance, usize::MAX);
            for (f, face) in self.faces.iter().enumerate().skip(first) {
                let height = face.height(&self.points[k]);
                if height > best.0 {
                    best = (height, f);
                }
            }
            if let Some(face) = self.faces.get_mut(best.1) {
                face.outside.push(k);
            }
        }
    }

    /// Adds the point that is highest above a face. `None` if rounding breaks the surface.
    fn grow(&mut self, start: usize) -> Option<()> {
        let face = &self.faces[start];
        let height = |k: &&usize| face.height(&self.points[**k]);
        let tip = *face
            .outside
            .iter()
            .max_by(|a, b| height(a).total_cmp(&height(b)))?;
        let point = self.points[tip];
        // The faces that the point sees, and the edges to those it does not.
        let mut seen = vec![start];
        let mut rim = Vec::new();
        self.faces[start].alive = false;
        let mut next = 0;
        while let Some(&f) = seen.get(next) {
            next += 1;
            for edge in 0..3 {
                let other = self.faces[f].neighbours[edge];
                if !self.faces[other].alive && seen.contains(&other) {
                    continue;
                }
                if self.faces[other].height(&point) > self.tolerance {
                    self.faces[other].alive = false;
                    seen.push(other);
                } else {
                    let corners = self.faces[f].corners;
                    rim.push((corners[edge], corners[(edge + 1) % 3], other));
                }
            }
        }
        let first = self.faces.len();
        let mut starting: HashMap<usize, usize> = HashMap::new();
        for &(from, to, other) in &rim {
            let index = self.faces.len();
            let mut face = Face::new(self.points, [from, to, tip]);
            face.neighbours[0] = other;
            let theirs = &mut self.faces[other];
            let edge =
                (0..3).find(|&e| theirs.corners[e] == to && theirs.corners[(e + 1) % 3] == from)?;
            theirs.neighbours[edge] = index;
            self.faces.push(face);
            if starting.insert(from, index).is_some() {
                return None;
            }
        }
        for index in first..self.faces.len() {
            let to = self.faces[index].corners[1];
            let after = *starting.get(&to)?;
            self.faces[index].neighbours[1] = after;
            self.faces[after].neighbours[2] = index;
        }
        for f in seen {
            let mut orphans = std::mem::take(&mut self.faces[f].outside);
            // Rounding may put the new corner above a sliver of its own: it is done with.
            orphans.retain(|&k| k != tip);
            self.hand_out(&orphans, first);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: &mut u32) -> f64 {
        *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(*seed >> 8) / f64::from(1 << 24) - 0.5
    }

    /// No point lies above a face, and the surface is closed: with n corners it has 2n - 4 faces.
    #[test]
    fn convex_and_closed() {
        let seed = &mut 1;
        let mut point = || Vector3::new(noise(seed), noise(seed), noise(seed)).normalize();
        let points: Vec<Vector3<f64>> = (0..500).map(|_| point()).collect();
        let faces = triangles(&points).unwrap();
        assert_eq!(faces.len(), 2 * points.len() - 4);
        for face in &faces {
            let [a, b, c] = face.map(|k| points[k]);
            let normal = (b - a).cross(&(c - a)).normalize();
            let highest = points.iter().map(|p| normal.dot(&(p - a)));
            // Rounding of numbers around one.
            assert!(highest.fold(0.0, f64::max) < 1e-13);
        }
    }

    /// Many points a rounding apart on an edge, a plane and a corner: it ends, with the box's volume.
    #[test]
    fn slivers_end() {
        let seed = &mut 7;
        let mut points = Vec::new();
        for k in 0..3000_u32 {
            let corner = |bit: u32| if k >> bit & 1 == 1 { 0.04 } else { -0.04 };
            let mut p = Vector3::new(corner(0), corner(1), corner(2));
            if k % 3 != 0 {
                p[(k % 3) as usize] *= noise(seed) * 2.0;
            }
            points.push(p.map(|x| x + 1e-17 * noise(seed)));
        }
        let faces = triangles(&points).unwrap();
        let volume: f64 = faces
            .iter()
            .map(|face| face.map(|k| points[k]))
            .map(|[a, b, c]| a.dot(&b.cross(&c)) / 6.0)
            .sum();
        assert!((volume / 0.08_f64.powi(3) - 1.0).abs() < 1e-9);
    }
}
