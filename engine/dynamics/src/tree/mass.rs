//! The mass matrix by composite rigid bodies (Featherstone 2008, ch. 6).

use halle_lanes::Lane;
use halle_spatial::{Sym3, Vec3, Wrench};

use super::frames::Frame;
use super::plan::{DofKind, Tree, refill};

/// Place of entry (i, j), j <= i.
#[inline(always)]
pub(crate) const fn entry(i: usize, j: usize) -> usize {
    i * (i + 1) / 2 + j
}

/// A rigid body or several that move as one, about a link's origin, world axes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rigid<S> {
    /// Mass \[kg\].
    pub(crate) mass: S,
    /// Mass times centre of mass \[kg m\].
    pub(crate) moment: Vec3<S>,
    /// Rotational inertia about the origin \[kg m^2\].
    pub(crate) inertia: Sym3<S>,
}

impl<S: Lane> Rigid<S> {
    /// The same and another whose origin lies `r` away.
    #[inline(always)]
    fn with(&self, other: &Self, r: Vec3<S>) -> Self {
        let (m, h, i) = (other.mass, other.moment, &other.inertia);
        // Twice the mean of h and what r adds to it, for the parallel-axis theorem.
        let g = r.mul_add(m * S::lit(0.5), h);
        let (x, y, z) = (r.x * g.x, r.y * g.y, r.z * g.z);
        let two = S::lit(2.0);
        let own = &self.inertia;
        Self {
            mass: self.mass + m,
            moment: self.moment + r.mul_add(m, h),
            inertia: Sym3 {
                xx: two.mul_add(y + z, own.xx + i.xx),
                yy: two.mul_add(x + z, own.yy + i.yy),
                zz: two.mul_add(x + y, own.zz + i.zz),
                xy: own.xy + i.xy - (r.x * g.y + r.y * g.x),
                xz: own.xz + i.xz - (r.x * g.z + r.z * g.x),
                yz: own.yz + i.yz - (r.y * g.z + r.z * g.y),
            },
        }
    }
}

/// Appends the body of each link alone.
#[inline(always)]
pub(crate) fn bodies<S: Lane>(tree: &Tree, frames: &[Frame<S>], out: &mut Vec<Rigid<S>>) {
    for (link, frame) in tree.system().links.iter().zip(frames) {
        let rotation = &frame.world_from_link.rotation;
        let mass = S::lit(link.mass);
        let c = rotation.apply(Vec3::constant(link.center_of_mass));
        let h = c * mass;
        let inertia = Sym3::constant(link.inertia).rotated(rotation);
        let square = c.dot(h);
        out.push(Rigid {
            mass,
            moment: h,
            inertia: Sym3 {
                xx: inertia.xx + (square - h.x * c.x),
                yy: inertia.yy + (square - h.y * c.y),
                zz: inertia.zz + (square - h.z * c.z),
                xy: inertia.xy - h.x * c.y,
                xz: inertia.xz - h.x * c.z,
                yz: inertia.yz - h.y * c.z,
            },
        });
    }
}

/// Writes the mass matrix without armature: the lower triangle by rows, in which entries of two that are
/// not on one way to the root are zero and never touched; `bodies` become those of the subtrees.
#[inline(always)]
pub(crate) fn composite<S: Lane>(
    tree: &Tree,
    frames: &[Frame<S>],
    bodies: &mut [Rigid<S>],
    out: &mut Vec<S>,
) {
    let links = &tree.system().links;
    for i in (0..links.len()).rev() {
        if let Some(p) = links[i].parent {
            bodies[p] = bodies[p].with(&bodies[i], frames[i].from_parent);
        }
    }
    let n = tree.dof_count();
    refill(out, S::lit(0.0), entry(n, 0));
    for i in 0..n {
        let dof = tree.dof(i);
        let body = &bodies[dof.link];
        let axis = frames[dof.link].axis(dof.kind);
        let mut wrench = match dof.kind {
            DofKind::Turn(_) => Wrench {
                moment: body.inertia.apply(axis),
                force: axis.cross(body.moment),
            },
            DofKind::Slide(_) | DofKind::Drift(_) => Wrench {
                moment: body.moment.cross(axis),
                force: axis * body.mass,
            },
        };
        let (mut at, mut link) = (Some(i), dof.link);
        while let Some(j) = at {
            let other = tree.dof(j);
            while let Some(parent) = links[link].parent.filter(|_| link != other.link) {
                wrench = wrench.shifted(frames[link].from_parent);
                link = parent;
            }
            out[entry(i, j)] = along(&wrench, frames, other.link, other.kind);
            at = other.parent;
        }
    }
}

/// What a wrench about a link's origin does along one of its degrees of freedom.
#[inline(always)]
pub(crate) fn along<S: Lane>(
    wrench: &Wrench<S>,
    frames: &[Frame<S>],
    link: usize,
    kind: DofKind,
) -> S {
    match kind {
        DofKind::Turn(_) => frames[link].axis(kind).dot(wrench.moment),
        DofKind::Slide(_) => frames[link].axis(kind).dot(wrench.force),
        DofKind::Drift(k) => [wrench.force.x, wrench.force.y, wrench.force.z][k],
    }
}

/// Writes the mass matrix, armature included: the lower triangle by rows \[kg m^2, kg m or kg\].
#[inline(always)]
pub fn mass_matrix<S: Lane>(tree: &Tree, frames: &[Frame<S>], out: &mut Vec<S>) {
    let mut all = Vec::new();
    bodies(tree, frames, &mut all);
    composite(tree, frames, &mut all, out);
    for i in 0..tree.dof_count() {
        let armature = tree.system().links[tree.dof(i).link].armature;
        out[entry(i, i)] += S::lit(armature);
    }
}
