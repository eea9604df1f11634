//! Convex hulls of point sets.

use std::collections::BTreeSet;

use nalgebra::Vector3;

/// Most points that a hull gets beside the first four; a larger one stays slightly inside.
const ROUND_LIMIT: usize = 20_000;

struct Face {
    corners: [u32; 3],
    normal: Vector3<f64>,
    offset: f64,
    /// Points outside this face that no earlier face has taken.
    outside: Vec<u32>,
    alive: bool,
}

/// Triangles of the convex hull, anticlockwise seen from outside; `None` if the points lie in a
/// plane. Quickhull: each round adds the point farthest from some face.
pub(crate) fn faces(points: &[[f64; 3]]) -> Option<Vec<[u32; 3]>> {
    let at = |i: u32| Vector3::from(points[i as usize]);
    let size = points.iter().flatten().fold(0.0_f64, |m, v| m.max(v.abs()));
    let slack = 1e-10 * size;
    let first = first_four(points, slack)?;
    let inside = first.iter().map(|i| at(*i)).sum::<Vector3<f64>>() / 4.0;
    let make = |corners: [u32; 3]| {
        let [a, b, c] = corners.map(at);
        let normal = (b - a).cross(&(c - a));
        let normal = normal.try_normalize(0.0).unwrap_or_else(Vector3::zeros);
        let offset = normal.dot(&a);
        let flip = normal.dot(&inside) > offset;
        let sign = if flip { -1.0 } else { 1.0 };
        Face {
            corners: if flip {
                [corners[0], corners[2], corners[1]]
            } else {
                corners
            },
            normal: normal * sign,
            offset: offset * sign,
            outside: Vec::new(),
            alive: true,
        }
    };
    let [a, b, c, d] = first;
    let mut hull: Vec<Face> = [[a, b, c], [a, b, d], [a, c, d], [b, c, d]]
        .map(make)
        .into();
    let all: Vec<u32> = (0..points.len() as u32).collect();
    hand_out(&mut hull, 0, &all, points, slack);
    let (mut next, mut rounds) = (0, 0);
    while next < hull.len() && rounds < ROUND_LIMIT {
        let height = |face: &Face, i: u32| face.normal.dot(&at(i)) - face.offset;
        let face = &hull[next];
        let farthest = face
            .outside
            .iter()
            .copied()
            .max_by(|a, b| height(face, *a).total_cmp(&height(face, *b)));
        let Some(top) = farthest.filter(|_| face.alive) else {
            next += 1;
            continue;
        };
        rounds += 1;
        let mut edges: BTreeSet<[u32; 2]> = BTreeSet::new();
        let mut loose = Vec::new();
        for face in hull.iter_mut().filter(|f| f.alive) {
            if height(face, top) <= slack {
                continue;
            }
            face.alive = false;
            loose.append(&mut face.outside);
            let [a, b, c] = face.corners;
            edges.extend([[a, b], [b, c], [c, a]]);
        }
        let start = hull.len();
        // Edges of the horizon belong to one visible face only.
        let rim = edges.iter().filter(|[a, b]| !edges.contains(&[*b, *a]));
        hull.extend(rim.map(|[a, b]| make([*a, *b, top])));
        hand_out(&mut hull, start, &loose, points, slack);
        // Dead faces pile up; clearing them keeps a round cheap.
        if hull.len() > 64 && hull.iter().filter(|f| f.alive).count() * 2 < hull.len() {
            hull.retain(|f| f.alive);
            next = 0;
        }
    }
    Some(hull.iter().filter(|f| f.alive).map(|f| f.corners).collect())
}

/// Gives each point to the first face that it lies outside of.
fn hand_out(hull: &mut [Face], start: usize, points: &[u32], all: &[[f64; 3]], slack: f64) {
    for &point in points {
        let p = Vector3::from(all[point as usize]);
        let mut fresh = hull[start..].iter_mut().filter(|f| f.alive);
        if let Some(face) = fresh.find(|f| f.normal.dot(&p) - f.offset > slack) {
            face.outside.push(point);
        }
    }
}

/// Four points that span a volume: two far apart, then the farthest from their line and plane.
fn first_four(points: &[[f64; 3]], slack: f64) -> Option<[u32; 4]> {
    let at = |i: usize| Vector3::from(points[i]);
    let best = |score: &dyn Fn(usize) -> f64| {
        let scored = (0..points.len()).map(|i| (score(i), i));
        let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
        (best.0 > slack).then_some(best.1)
    };
    let a = 0;
    points.first()?;
    let b = best(&|i| (at(i) - at(a)).norm())?;
    let along = (at(b) - at(a)).normalize();
    let c = best(&|i| (at(i) - at(a)).cross(&along).norm())?;
    let normal = along.cross(&(at(c) - at(a))).normalize();
    let d = best(&|i| (at(i) - at(a)).dot(&normal).abs())?;
    Some([a, b, c, d].map(|i| i as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(points: &[[f64; 3]], faces: &[[u32; 3]]) -> f64 {
        let corner = |i: u32| Vector3::from(points[i as usize]);
        let six = |f: &[u32; 3]| corner(f[0]).dot(&corner(f[1]).cross(&corner(f[2])));
        faces.iter().map(six).sum::<f64>() / 6.0
    }

    /// The hull of a grid in a cube is the cube: volume 8, whatever stands inside.
    #[test]
    fn hull_of_a_grid_is_its_cube() {
        let line = [-1.0, -0.3, 0.4, 1.0];
        let points: Vec<[f64; 3]> = line
            .iter()
            .flat_map(|x| line.iter().flat_map(move |y| line.map(|z| [*x, *y, z])))
            .collect();
        let made = faces(&points).unwrap();
        assert!((volume(&points, &made) - 8.0).abs() < 1e-12);
    }

    /// Points on a ball are all corners: V - E + F = 2, so F = 2 V - 4.
    #[test]
    fn hull_of_a_ball_keeps_all_points() {
        let points: Vec<[f64; 3]> = (0..300)
            .map(|k| {
                let z = 1.0 - (2.0 * f64::from(k) + 1.0) / 300.0;
                let (s, c) = (2.399_963 * f64::from(k)).sin_cos();
                let r = (1.0 - z * z).sqrt();
                [r * c, r * s, z]
            })
            .collect();
        let made = faces(&points).unwrap();
        assert_eq!(made.len(), 2 * points.len() - 4);
        assert!(volume(&points, &made) < 4.2 && volume(&points, &made) > 4.0);
    }

    /// A flat set has no hull, and neither has nothing.
    #[test]
    fn flat_sets_have_no_hull() {
        assert!(faces(&[]).is_none());
        let flat = [[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0]];
        assert!(faces(&flat).is_none());
    }
}
