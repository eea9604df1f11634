//! The constraints of a step: equations, limits, joint friction, contacts.

use halle_lanes::{Few, Lane, Mask as _};
use halle_spatial::{Transform, Vec3};

use super::factor::Factor;
use super::frames::Frame;
use super::plan::{DofKind, Tree, refill};
use super::rows::relative;
use super::solve::{Constraints, Scalar, Touch, disc_step};
use crate::contact::{self, ContactPoint, MAX_PAIR_POINTS};

/// Part of an overlap that is mended per step.
const MENDED: f64 = 0.3;
/// Gap beyond which shapes are not looked at \[m\], beside what they can close within a step.
const NEAR: f64 = 1.0e-3;
/// Stands for no bound.
const UNBOUND: f64 = 1.0e30;

/// What constraints are made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Making<'a, S: Copy> {
    pub(crate) tree: &'a Tree,
    pub(crate) frames: &'a [Frame<S>],
    pub(crate) factor: &'a Factor<S>,
    /// Length of the step \[s\].
    pub(crate) h: f64,
    /// Positions in the middle of the step.
    pub(crate) q: &'a [S],
    /// Velocities at its start.
    pub(crate) before: &'a [S],
    /// Velocities at its end without constraints.
    pub(crate) free: &'a [S],
    /// Impulses of the step before.
    pub(crate) warm: &'a [S],
    /// World frames from shape frames.
    pub(crate) poses: &'a [Transform<S>],
    /// Speeds that no point of a shape passes \[m/s\].
    pub(crate) speeds: &'a [S],
}

/// Appends where shapes are, and how fast at most.
#[inline(always)]
pub(crate) fn place_shapes<S: Lane>(
    tree: &Tree,
    frames: &[Frame<S>],
    poses: &mut Vec<Transform<S>>,
    speeds: &mut Vec<S>,
) {
    if tree.system().pairs.is_empty() {
        return;
    }
    for shape in &tree.system().shapes {
        poses.push(pose(frames, shape.link, &shape.link_from_shape));
        speeds.push(match shape.link {
            Some(link) => {
                let velocity = &frames[link].velocity;
                let reach = S::lit(tree.reach(link));
                velocity
                    .angular
                    .norm()
                    .mul_add(reach, velocity.linear.norm())
            }
            None => S::lit(0.0),
        });
    }
}

#[inline(always)]
fn pose<S: Lane>(
    frames: &[Frame<S>],
    link: Option<usize>,
    fixed: &halle_model::Pose,
) -> Transform<S> {
    let fixed = Transform::constant(fixed.rotation, fixed.translation);
    match link {
        Some(link) => frames[link].world_from_link.then(&fixed),
        None => fixed,
    }
}

impl<S: Lane> Making<'_, S> {
    /// Appends all constraints, in the order of the slots that their impulses are kept in.
    #[inline(always)]
    pub(crate) fn all(&self, direction: &mut Vec<S>, out: &mut Constraints<S>) {
        let mut slot = 0;
        self.loops(&mut slot, direction, out);
        self.couplings(&mut slot, direction, out);
        self.limits(&mut slot, direction, out);
        self.frictions(&mut slot, direction, out);
        self.contacts(&mut slot, direction, out);
    }

    #[inline(always)]
    fn equation(
        &self,
        direction: &[S],
        last: Option<usize>,
        error: S,
        slot: usize,
        out: &mut Constraints<S>,
    ) {
        out.rows.push(self.tree, self.factor, direction, last);
        out.scalars.push(Scalar {
            row: out.rows.len() - 1,
            target: S::lit(0.0),
            shift: -error,
            low: S::lit(-UNBOUND),
            high: S::lit(UNBOUND),
            mends: true,
            slot,
            flipped: false,
            impulse: self.warm[slot],
        });
    }

    #[inline(always)]
    fn loops(&self, slot: &mut usize, direction: &mut Vec<S>, out: &mut Constraints<S>) {
        for joint in &self.tree.system().loops {
            let first = pose(self.frames, joint.links[0], &joint.link_from_joint[0]);
            let second = pose(self.frames, joint.links[1], &joint.link_from_joint[1]);
            let apart = second.origin - first.origin;
            let (a, b) = (&first.rotation, &second.rotation);
            // Half the sum of the axes' cross products: the rotation from one frame to the other,
            // for small angles.
            let turned = (a.column_x().cross(b.column_x())
                + a.column_y().cross(b.column_y())
                + a.column_z().cross(b.column_z()))
                * S::lit(0.5);
            let axes = [a.column_x(), a.column_y(), a.column_z()];
            for k in 0..6 {
                if !joint.locked[k] {
                    continue;
                }
                let axis = axes[k % 3];
                let (push, twist, error) = if k < 3 {
                    (None, Some(axis), axis.dot(turned))
                } else {
                    (Some(axis), None, axis.dot(apart))
                };
                let last = relative(
                    self.tree,
                    self.frames,
                    joint.links,
                    second.origin,
                    push,
                    twist,
                    direction,
                );
                self.equation(direction, last, error, *slot, out);
                *slot += 1;
            }
        }
    }

    #[inline(always)]
    fn couplings(&self, slot: &mut usize, direction: &mut Vec<S>, out: &mut Constraints<S>) {
        for coupling in &self.tree.system().couplings {
            refill(direction, S::lit(0.0), self.tree.dof_count());
            let follower = self.tree.place(coupling.follower);
            direction[follower.dof] = S::lit(1.0);
            let c = coupling.coefficients;
            let mut led = S::lit(c[0]);
            let mut last = follower.dof;
            if let Some(leader) = coupling.leader {
                let place = self.tree.place(leader);
                let q = self.q[place.position];
                let (mut value, mut slope) = (S::lit(0.0), S::lit(0.0));
                for k in (0..5).rev() {
                    slope = slope.mul_add(q, value);
                    value = value.mul_add(q, S::lit(c[k]));
                }
                led = value;
                direction[place.dof] = -slope;
                last = last.max(place.dof);
            }
            let error = self.q[follower.position] - led;
            self.equation(direction, Some(last), error, *slot, out);
            *slot += 1;
        }
    }

    #[inline(always)]
    fn limits(&self, slot: &mut usize, direction: &mut Vec<S>, out: &mut Constraints<S>) {
        let zero = S::lit(0.0);
        let half = S::lit(self.h * 0.5);
        for (i, link) in self.tree.system().links.iter().enumerate() {
            let [low, high] = link.limit;
            if link.joint.dof_count() != 1 || !(low.is_finite() || high.is_finite()) {
                continue;
            }
            let place = self.tree.place(i);
            let q = self.q[place.position];
            let end = self.free[place.dof].mul_add(half, q);
            let own = *slot;
            *slot += 1;
            for (limit, sign) in [(low, 1.0), (high, -1.0)] {
                if !limit.is_finite() {
                    continue;
                }
                let sign_lane = S::lit(sign);
                let room = (q - S::lit(limit)) * sign_lane;
                let active = ((end - S::lit(limit)) * sign_lane).lt(zero);
                if !active.any() {
                    continue;
                }
                refill(direction, zero, self.tree.dof_count());
                direction[place.dof] = sign_lane;
                out.rows
                    .push(self.tree, self.factor, direction, Some(place.dof));
                let warm = (self.warm[own] * sign_lane).max(zero);
                let high = S::select(active, S::lit(UNBOUND), zero);
                out.scalars.push(Scalar {
                    row: out.rows.len() - 1,
                    target: -(room.max(zero) / half),
                    shift: S::select(active, (-room).max(zero), zero),
                    low: zero,
                    high,
                    mends: true,
                    slot: own,
                    flipped: sign < 0.0,
                    impulse: S::select(active, warm, zero),
                });
            }
        }
    }

    #[inline(always)]
    fn frictions(&self, slot: &mut usize, direction: &mut Vec<S>, out: &mut Constraints<S>) {
        for k in 0..self.tree.dof_count() {
            let link = &self.tree.system().links[self.tree.dof(k).link];
            if link.friction <= 0.0 || matches!(self.tree.dof(k).kind, DofKind::Drift(_)) {
                continue;
            }
            refill(direction, S::lit(0.0), self.tree.dof_count());
            direction[k] = S::lit(1.0);
            out.rows.push(self.tree, self.factor, direction, Some(k));
            let bound = S::lit(link.friction * self.h);
            out.scalars.push(Scalar {
                row: out.rows.len() - 1,
                target: S::lit(0.0),
                shift: S::lit(0.0),
                low: -bound,
                high: bound,
                mends: false,
                slot: *slot,
                flipped: false,
                impulse: self.warm[*slot],
            });
            *slot += 1;
        }
    }

    #[inline(always)]
    fn contacts(&self, slot: &mut usize, direction: &mut Vec<S>, out: &mut Constraints<S>) {
        let system = self.tree.system();
        for (index, pair) in system.pairs.iter().enumerate() {
            let [a, b] = pair.shapes;
            let first_slot = *slot;
            *slot += 3 * self.tree.points(index);
            let poses = [&self.poses[a], &self.poses[b]];
            let near = NEAR + pair.rest_offset;
            let fast = (self.speeds[a] + self.speeds[b]) * S::lit(self.h);
            let bounds = [self.tree.bounds(a), self.tree.bounds(b)];
            let far = contact::far_apart(bounds[0], poses[0], bounds[1], poses[1], near, fast);
            if !(!far).any() {
                continue;
            }
            let forms = [&system.shapes[a].form, &system.shapes[b].form];
            let mut points: Few<ContactPoint<S>, MAX_PAIR_POINTS> = Few::new();
            contact::touch(forms[0], poses[0], forms[1], poses[1], &mut points);
            for (k, point) in points.iter().enumerate() {
                self.point(index, point, first_slot + 3 * k, direction, out);
            }
        }
    }

    /// Velocity of a point of a link \[m/s\].
    #[inline(always)]
    fn moves(&self, link: Option<usize>, point: Vec3<S>) -> Vec3<S> {
        match link {
            Some(link) => {
                let frame = &self.frames[link];
                frame.velocity.at(point - frame.world_from_link.origin)
            }
            None => Vec3::zero(),
        }
    }

    #[inline(always)]
    fn point(
        &self,
        index: usize,
        point: &ContactPoint<S>,
        slot: usize,
        direction: &mut Vec<S>,
        out: &mut Constraints<S>,
    ) {
        let system = self.tree.system();
        let pair = &system.pairs[index];
        let [a, b] = pair.shapes;
        let links = [system.shapes[a].link, system.shapes[b].link];
        let zero = S::lit(0.0);
        let gap = point.gap - S::lit(pair.rest_offset);
        // Velocities of the frames are those of the middle: what may close within a step counts.
        let apart = self.moves(links[0], point.point) - self.moves(links[1], point.point);
        let closing = apart.dot(point.normal).max(zero);
        let margin = closing.mul_add(S::lit(self.h), S::lit(NEAR));
        let active = gap.lt(margin);
        if !active.any() {
            return;
        }
        let tangents = contact::tangents(point.normal);
        let row = out.rows.len();
        for axis in [point.normal, tangents.0, tangents.1] {
            let push = Some(axis);
            let last = relative(
                self.tree,
                self.frames,
                links,
                point.point,
                push,
                None,
                direction,
            );
            out.rows.push(self.tree, self.factor, direction, last);
        }
        let has_turning = pair.torsional_friction > 0.0;
        let has_rolling = pair.rolling_friction > 0.0;
        let mut twists: Few<Vec3<S>, 3> = Few::new();
        if has_turning {
            twists.push(point.normal);
        }
        if has_rolling {
            twists.push(tangents.0);
            twists.push(tangents.1);
        }
        for axis in &twists {
            let twist = Some(*axis);
            let last = relative(
                self.tree,
                self.frames,
                links,
                point.point,
                None,
                twist,
                direction,
            );
            out.rows.push(self.tree, self.factor, direction, last);
        }
        let one = S::lit(1.0);
        let rolling = row + 3 + usize::from(has_turning);
        let steps = [
            disc_step(&out.rows, row + 1),
            one,
            if has_rolling {
                disc_step(&out.rows, rolling)
            } else {
                one
            },
        ];
        let law = self.normal_law(index, gap, row, out);
        let w = Vec3::new(self.warm[slot], self.warm[slot + 1], self.warm[slot + 2]);
        let on = S::select(active, one, zero);
        let held = w.dot(point.normal).max(zero) * on;
        let share = S::select(held.gt(zero), one, zero);
        let kept = [w.dot(tangents.0) * share, w.dot(tangents.1) * share];
        out.touches.push(Touch {
            row,
            target: law.target,
            shift: law.shift,
            softness: law.softness,
            active: on,
            slot,
            has_turning,
            has_rolling,
            tangents: [tangents.0, tangents.1],
            step: steps,
            pair: index,
            point: point.point,
            normal: point.normal,
            gap,
            impulse: [held, kept[0], kept[1], zero, zero, zero],
        });
    }

    /// What the normal row of a contact wants.
    #[inline(always)]
    fn normal_law(&self, index: usize, gap: S, row: usize, out: &Constraints<S>) -> NormalLaw<S> {
        let pair = &self.tree.system().pairs[index];
        let zero = S::lit(0.0);
        let before = out.rows.speed(row, self.before);
        if let Some([stiffness, damping]) = pair.compliance {
            let seen = out.rows.compliance[row];
            let (k, b, h) = (S::lit(stiffness), S::lit(damping), S::lit(self.h));
            let z = k.mul_add(h, b) * h * seen;
            let theta = z / z.mul_add(S::lit(2.0), S::lit(12.0)) + S::lit(0.5);
            let after = theta * (k * theta).mul_add(h, b);
            let early = (k * h).mul_add(
                theta - S::lit(0.5) - theta * theta,
                b * (S::lit(1.0) - theta),
            );
            return NormalLaw {
                target: -(k.mul_add(gap, early * before) / after),
                softness: S::lit(1.0) / (h * after),
                shift: zero,
            };
        }
        let half = S::lit(self.h * 0.5);
        let free = out.rows.speed(row, self.free);
        let rest = -(gap.max(zero) / half);
        let mend = (-gap).max(zero) * S::lit(MENDED);
        if pair.restitution <= 0.0 {
            return NormalLaw {
                target: rest,
                softness: zero,
                shift: mend,
            };
        }
        // Slower than what gravity gives in a few steps is rest.
        let [gx, gy, gz] = self.tree.system().gravity;
        let slow = (gx * gx + gy * gy + gz * gz).sqrt() * self.h * 4.0;
        let hits = before.lt(S::lit(-slow)) & free.mul_add(half, gap).lt(zero);
        let e = pair.restitution;
        NormalLaw {
            target: S::select(hits, before * S::lit(-e), rest),
            softness: zero,
            // What the bounce began too late or too early within the step.
            shift: S::select(hits, gap * S::lit(-(1.0 + e)), mend),
        }
    }
}

/// Speed, displacement and softness of a normal row.
#[derive(Clone, Copy, Debug)]
struct NormalLaw<S> {
    target: S,
    shift: S,
    softness: S,
}
