//! Small systems, and what to measure on them.

use halle_dynamics::tree::{SolverOptions, Tree, TreeState, Work, mass_matrix, move_frames, step};
use halle_lanes::Lane;
use halle_model::Pose;
use halle_model::articulated::{
    ContactForm, ContactPair, ContactShape, System, SystemJoint, SystemLink,
};

/// Gravity \[m/s^2\].
pub(crate) const G: f64 = 9.81;

/// Nothing in a field of gravity.
pub(crate) fn empty(time_step: f64, gravity: [f64; 3]) -> System {
    System {
        gravity,
        time_step,
        links: Vec::new(),
        shapes: Vec::new(),
        pairs: Vec::new(),
        loops: Vec::new(),
        couplings: Vec::new(),
        actuators: Vec::new(),
        start_position: Vec::new(),
        start_velocity: Vec::new(),
    }
}

/// A link without mass, friction or bounds.
pub(crate) fn link(joint: SystemJoint, parent: Option<usize>) -> SystemLink {
    SystemLink {
        name: String::new(),
        parent,
        joint,
        parent_from_link: Pose::IDENTITY,
        mass: 0.0,
        center_of_mass: [0.0; 3],
        inertia: [0.0; 6],
        gravity_scale: 1.0,
        armature: 0.0,
        damping: 0.0,
        friction: 0.0,
        spring: [0.0; 2],
        limit: [f64::NEG_INFINITY, f64::INFINITY],
        velocity_limit: f64::INFINITY,
    }
}

/// A free box of uniform density, or a ball, at a place; gives its link.
pub(crate) fn add_body(
    system: &mut System,
    form: ContactForm,
    mass: f64,
    at: [f64; 3],
    velocity: [f64; 6],
) -> usize {
    let diagonal = match form {
        ContactForm::Box {
            half_extent: [x, y, z],
        } => [y * y + z * z, x * x + z * z, x * x + y * y].map(|s| s * mass / 3.0),
        ContactForm::Sphere { radius } => [0.4 * mass * radius * radius; 3],
        _ => panic!("a box or a ball"),
    };
    let [xx, yy, zz] = diagonal;
    let index = system.links.len();
    system.links.push(SystemLink {
        mass,
        inertia: [xx, yy, zz, 0.0, 0.0, 0.0],
        ..link(SystemJoint::Free, None)
    });
    system.start_position.extend(at);
    system.start_position.extend([1.0, 0.0, 0.0, 0.0]);
    system.start_velocity.extend(velocity);
    system.shapes.push(ContactShape {
        name: String::new(),
        link: Some(index),
        link_from_shape: Pose::IDENTITY,
        form,
    });
    index
}

/// A fixed plane z = 0; gives its shape.
pub(crate) fn add_ground(system: &mut System) -> usize {
    system.shapes.push(ContactShape {
        name: String::new(),
        link: None,
        link_from_shape: Pose::IDENTITY,
        form: ContactForm::Plane,
    });
    system.shapes.len() - 1
}

/// Lets two shapes touch.
pub(crate) fn add_pair(system: &mut System, shapes: [usize; 2], friction: f64, restitution: f64) {
    system.pairs.push(ContactPair {
        shapes,
        friction,
        torsional_friction: 0.0,
        rolling_friction: 0.0,
        restitution,
        compliance: None,
        rest_offset: 0.0,
    });
}

/// A running simulation of one env.
pub(crate) struct Run<S: Lane> {
    pub(crate) tree: Tree,
    pub(crate) state: TreeState<S>,
    pub(crate) outside: Vec<S>,
    pub(crate) controls: Vec<S>,
    pub(crate) options: SolverOptions,
    /// Normal impulses of the last step.
    pub(crate) normal: f64,
}

impl<S: Lane> Run<S> {
    pub(crate) fn new(system: System) -> Self {
        let controls = system
            .actuators
            .iter()
            .map(|a| S::lit(a.start_control))
            .collect();
        let tree = Tree::new(system);
        let state = TreeState::new(&tree);
        let outside = vec![S::lit(0.0); tree.dof_count()];
        Self {
            tree,
            state,
            outside,
            controls,
            options: SolverOptions::default(),
            normal: 0.0,
        }
    }
}

impl<S: Lane<Elem = E> + Into<f64>, E: halle_lanes::Elem> Run<S> {
    pub(crate) fn steps(&mut self, count: usize) {
        for _ in 0..count {
            let mut work = Work::new(&self.tree);
            step(
                &self.tree,
                &self.controls,
                &self.outside,
                &self.options,
                &mut self.state,
                &mut work,
            );
            let touches = work.constraints.touches.iter();
            self.normal = touches.map(|t| t.push().dot(t.normal).into()).sum();
        }
    }

    pub(crate) fn q(&self, k: usize) -> f64 {
        self.state.q[k].into()
    }

    pub(crate) fn v(&self, k: usize) -> f64 {
        self.state.v[k].into()
    }

    /// Kinetic and potential energy \[J\], computed in double precision.
    pub(crate) fn energy(&self) -> f64 {
        let q: Vec<f64> = self.state.q.iter().map(|x| (*x).into()).collect();
        let v: Vec<f64> = self.state.v.iter().map(|x| (*x).into()).collect();
        energy(&self.tree, &q, &v)
    }
}

/// Kinetic and potential energy \[J\].
pub(crate) fn energy(tree: &Tree, q: &[f64], v: &[f64]) -> f64 {
    let mut frames = Vec::new();
    move_frames(tree, q, v, &mut frames);
    let mut matrix = Vec::new();
    mass_matrix(tree, &frames, &mut matrix);
    let mut sum = 0.0;
    for i in 0..v.len() {
        for j in 0..v.len() {
            let (a, b) = (i.max(j), i.min(j));
            sum += 0.5 * v[i] * v[j] * matrix[a * (a + 1) / 2 + b];
        }
    }
    let system = tree.system();
    for (link, frame) in system.links.iter().zip(&frames) {
        let c = frame
            .world_from_link
            .point(halle_spatial::Vec3::constant(link.center_of_mass));
        let [x, y, z] = system.gravity;
        sum -= link.mass * (x * c.x + y * c.y + z * c.z);
    }
    sum
}
