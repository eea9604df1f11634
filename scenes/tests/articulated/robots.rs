//! Robots of other formats than MJCF, and the library's cell.

use std::collections::BTreeMap;

use halle_scenes::load;
use halle_world::components::{Joint, Mimic, Motion, Plant};
use halle_world::kinematics::{BodyTree, JointPosition};
use halle_world::{Entity, articulate};
use nalgebra::{Isometry3, Vector3};

use crate::local;
use crate::model::{Model, path};
use crate::motion::stand;

/// Robots of all formats in the corpus compile: nothing is refused, and what is left out is told.
#[test]
fn robots_of_the_corpus() {
    let corpus = local("../../shared/corpus");
    let files = [
        ("robots-urdf/ur10e/ur10e.urdf", 6),
        ("robots-urdf/ur5e/ur5e.urdf", 6),
        ("robots-urdf/fr3/fr3.urdf", 9),
        ("robots-usdphysics/converted/ur10e/ur10e.usda", 6),
        ("robots-usdphysics/converted/fr3/fr3.usda", 9),
        (
            "robots-usdphysics/newton-1.8.0/newton/examples/assets/ant.usda",
            14,
        ),
        (
            "robots-usdphysics/newton-1.8.0/newton/examples/assets/humanoid.usda",
            27,
        ),
        (
            "robots-usdphysics/newton-1.8.0/newton/examples/assets/cartpole.usda",
            3,
        ),
    ];
    for (file, dofs) in files {
        let path = corpus.join(file);
        if !path.is_file() {
            println!("{file} is not there: it is not compiled");
            continue;
        }
        let model = Model::new(&path, 0);
        let told = &model.diagnostics;
        assert_eq!(model.system.dof_count(), dofs, "{file}\n{told}");
        follows_the_world(&model);
    }
}

/// At every position each link carries its body where the kinematics over the world's own joints has
/// it, which is held against usd-core and MuJoCo elsewhere. Where a body sits in its link
/// is constant, and so it follows from the first position. Rotations of USD are single precision and
/// keep unit length only to 1e-7 in the world, unlike in the system: ten frames leave a few of that.
fn follows_the_world(model: &Model) {
    let (world, system) = (&model.world, &model.system);
    let tree = BodyTree::new(world);
    let by_name = |name: &str| system.links.iter().position(|l| l.name == name);
    let entities = &world.resource::<Plant>().entities;
    let mut seats: BTreeMap<Entity, Isometry3<f64>> = BTreeMap::new();
    for random in &model.positions {
        let (named, position) = positions(model, random);
        let (bodies, links) = (tree.poses(&named), stand(system, &position));
        let mut compared = 0;
        for &entity in entities {
            let Some(link) = by_name(path(world, entity)) else {
                continue;
            };
            let Some(expected) = bodies.get(&entity) else {
                continue;
            };
            let seat = *seats
                .entry(entity)
                .or_insert_with(|| links[link].inv_mul(expected));
            let off = expected.inv_mul(&(links[link] * seat));
            let far = off.translation.vector.norm() + 2.0 * off.rotation.vector().norm();
            let name = model.names();
            assert!(far < 1e-6, "{name} {}: {far:e}", path(world, entity));
            compared += 1;
        }
        assert!(compared > 0, "{}", model.names());
    }
}

/// A random position for the joints of the world, and in the numbers of the system. What floats or
/// turns in all ways stays where it starts; followers stand where their leaders put them.
fn positions(model: &Model, random: &[f64]) -> (BTreeMap<Entity, JointPosition>, Vec<f64>) {
    let (world, system) = (&model.world, &model.system);
    let (places, mut made) = (system.places(), system.start_position.clone());
    let mut named: BTreeMap<Entity, JointPosition> = BTreeMap::new();
    for &joint in &world.resource::<Plant>().entities {
        let Some(it) = world.get::<Joint>(joint) else {
            continue;
        };
        let body = it.body1.or(it.body0).map(|b| path(world, b));
        let link = system.links.iter().position(|l| Some(&*l.name) == body);
        let Some(at) = link.map(|l| places[l].position) else {
            continue;
        };
        if !matches!(it.motion, Motion::Revolute | Motion::Prismatic) {
            continue;
        }
        made[at] = random[at];
        if let Some(mimic) = world.get::<Mimic>(joint)
            && let Some(JointPosition::Scalar(q)) = named.get(&mimic.leader)
        {
            let terms = mimic.coefficients.iter().rev();
            made[at] = terms.fold(0.0, |sum, c| sum * q + c);
        }
        named.insert(joint, JointPosition::Scalar(made[at]));
    }
    (named, made)
}

/// The library's polishing cell is one robot with the links of the model that its task simulates.
#[test]
fn polishing_cell() {
    let cell = local("library/polishing_cell.usda");
    let (world, _) = load(cell).unwrap();
    let (model, _) = halle_world::compile(&world).unwrap();
    let (system, diagnostics) = articulate(&world).unwrap();
    let (own, other) = (&system.links, &model.links);
    assert_eq!(own.len(), other.len(), "{diagnostics}");
    for (k, (a, b)) in own.iter().zip(other).enumerate() {
        assert!((a.mass - b.mass).abs() < 1e-12, "{}", a.name);
        // Link frames differ by a turn about their axes, which leaves lengths and traces.
        let size = |v: [f64; 3]| Vector3::from(v).norm();
        assert!((size(a.center_of_mass) - size(b.center_of_mass)).abs() < 1e-12);
        let trace = |i: &[f64; 6]| i[0] + i[1] + i[2];
        assert!((trace(&a.inertia) - trace(&b.inertia)).abs() < 1e-12);
        assert_eq!(a.limit, b.limit);
        assert_eq!((a.armature, a.damping), (b.armature, b.damping));
        assert!((system.start_position[k] - b.home).abs() < 1e-12);
        let motor = system.actuators.iter().find(|m| m.link == k).unwrap();
        assert_eq!(motor.gain[0], b.drive_stiffness);
        assert_eq!(motor.effort_range[1], b.effort_limit);
    }
}
