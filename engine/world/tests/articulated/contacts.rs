//! Shapes and pairs that may touch.

use std::collections::BTreeSet;
use std::sync::Arc;

use halle_model::articulated::{ContactForm, System};
use halle_world::components::{
    Approximation, ArticulationRoot, Collider, CollisionGroup, Combine, ContactMaterial,
    FilteredPairs, Joint, MaskFilter, Motion, Parent,
};
use halle_world::{Entity, Shape, TriangleMesh};
use nalgebra::Vector3;

use crate::plants::{Site, at, ball, codes};

/// Three bodies with balls `a`, `b`, `c` in a chain of hinges from the world, and a static `floor`.
struct Chain {
    site: Site,
    bodies: [Entity; 3],
    joints: [Entity; 3],
    balls: [Entity; 3],
}

fn chain(touch: bool) -> Chain {
    let mut site = Site::new();
    let names = ["a", "b", "c"];
    let bodies = names.map(|n| site.body(&format!("body_{n}"), at(0.0, 0.0, 0.0), Vector3::x()));
    let balls = [0, 1, 2].map(|k| site.collider(names[k], Some(bodies[k]), ball(0.1)));
    let floor = Shape::Plane {
        half_extent: [1.0; 2],
    };
    site.collider("floor", None, floor);
    let joints = [0, 1, 2].map(|k: usize| {
        let parent = k.checked_sub(1).map(|p| bodies[p]);
        let mut joint = Joint::between(Motion::Revolute, parent, Some(bodies[k]));
        joint.bodies_touch = touch;
        site.joint(&format!("j{k}"), joint)
    });
    Chain {
        site,
        bodies,
        joints,
        balls,
    }
}

/// Pairs by the names of their shapes, as `ab`.
fn pairs(system: &System) -> BTreeSet<String> {
    let name = |k: usize| &system.shapes[k].name[1..];
    let named = |p: &[usize; 2]| format!("{}-{}", name(p[0]), name(p[1]));
    system.pairs.iter().map(|p| named(&p.shapes)).collect()
}

fn expect(chain: &Chain, expected: &[&str]) {
    let expected: BTreeSet<String> = expected.iter().map(|p| (*p).to_owned()).collect();
    assert_eq!(pairs(&chain.site.made().0), expected);
}

const ALL: [&str; 6] = ["a-b", "a-c", "b-c", "a-floor", "b-floor", "c-floor"];

/// All that moves against each other may touch; bodies of one joint only if it says so; what stands
/// touches nothing that stands, and a link not itself.
#[test]
fn joints_and_links() {
    expect(&chain(true), &ALL);
    expect(&chain(false), &["a-c", "a-floor", "b-floor", "c-floor"]);
    let mut made = chain(true);
    made.site.collider("wall", None, ball(1.0));
    made.site.collider("twin", Some(made.bodies[0]), ball(0.2));
    let mut expected = ALL.to_vec();
    expected.extend([
        "a-wall",
        "b-wall",
        "c-wall",
        "b-twin",
        "c-twin",
        "floor-twin",
        "wall-twin",
    ]);
    expect(&made, &expected);
    // Switched off, it touches nothing.
    made.site
        .world
        .get_mut::<Collider>(made.balls[2])
        .unwrap()
        .enabled = false;
    expected.retain(|p| !p.contains('c'));
    expect(&made, &expected);
    // Fixed to its parent, it is one link with it.
    made.site
        .world
        .get_mut::<Joint>(made.joints[1])
        .unwrap()
        .motion = Motion::Fixed;
    expected.retain(|p| !["a-b", "b-twin"].contains(p));
    expect(&made, &expected);
}

/// An articulation without self collision touches only what is not a part of it, base included.
#[test]
fn self_collision() {
    for (below, touch) in [(false, false), (true, false), (false, true)] {
        let mut made = chain(true);
        let root = ArticulationRoot {
            self_collision: touch,
        };
        if below {
            let top = made.site.prim("top", root);
            for body in made.bodies {
                made.site.world.entity_mut(body).insert(Parent(top));
            }
        } else {
            made.site.world.entity_mut(made.bodies[0]).insert(root);
        }
        let base = made
            .site
            .body("body_base", at(0.0, 0.0, 0.0), Vector3::zeros());
        made.site.collider("base", Some(base), ball(0.1));
        let anchor = Joint::between(Motion::Fixed, None, Some(base));
        made.site.joint("anchor", anchor);
        let mut first = made.site.world.get_mut::<Joint>(made.joints[0]).unwrap();
        first.body0 = Some(base);
        if touch {
            let mut expected = ALL.to_vec();
            expected.extend(["a-base", "b-base", "c-base"]);
            expect(&made, &expected);
        } else {
            expect(&made, &["a-floor", "b-floor", "c-floor"]);
        }
    }
}

/// Pairs, masks and groups take pairs out.
#[test]
fn filters() {
    let mut made = chain(true);
    let pair = FilteredPairs(vec![made.balls[2]]);
    made.site.world.entity_mut(made.balls[0]).insert(pair);
    expect(&made, &["a-b", "b-c", "a-floor", "b-floor", "c-floor"]);

    let mut made = chain(true);
    for (ball, [categories, mask]) in made.balls.into_iter().zip([[1, 1], [2, 2], [4, 1]]) {
        let filter = MaskFilter { categories, mask };
        made.site.world.entity_mut(ball).insert(filter);
    }
    expect(&made, &["a-c", "a-floor", "b-floor", "c-floor"]);

    let mut made = chain(true);
    let group = CollisionGroup {
        members: vec![made.balls[0], made.balls[1]],
        ..CollisionGroup::default()
    };
    let group = made.site.prim("group", group);
    let mut own = made.site.world.get_mut::<CollisionGroup>(group).unwrap();
    own.filtered = vec![group];
    expect(&made, &["a-c", "b-c", "a-floor", "b-floor", "c-floor"]);
}

/// Values of two surfaces become one by the rule with precedence; skins add up.
#[test]
fn surfaces() {
    let mut made = chain(true);
    let touch = |friction: f64, combine: Combine| ContactMaterial {
        static_friction: friction,
        dynamic_friction: friction,
        restitution: 0.5 * friction,
        torsional_friction: 0.1 * friction,
        rolling_friction: 0.01 * friction,
        friction_combine: combine,
        compliance: Some([1000.0, 10.0]),
        ..ContactMaterial::default()
    };
    let materials = [touch(0.2, Combine::Average), touch(0.8, Combine::Max)];
    for (ball, material) in made.balls.into_iter().zip(materials) {
        let mut ball = made.site.world.entity_mut(ball);
        ball.insert(material);
        ball.get_mut::<Collider>().unwrap().rest_offset = 0.001;
    }
    let (system, _) = made.site.made();
    let pair = system.pairs.iter().find(|p| p.shapes == [0, 1]).unwrap();
    let numbers = [
        pair.friction,
        pair.torsional_friction,
        pair.rolling_friction,
    ];
    for (found, expected) in numbers.into_iter().zip([0.8, 0.08, 0.008]) {
        assert!((found - expected).abs() < 1e-15);
    }
    assert!((pair.restitution - 0.25).abs() < 1e-15);
    assert_eq!(pair.compliance, Some([500.0, 5.0]));
    assert_eq!(pair.rest_offset, 0.002);
    // Without a material: 0.5, combined with 0.2 to their mean. A rigid partner adds no give.
    let pair = system.pairs.iter().find(|p| p.shapes == [0, 2]).unwrap();
    assert!((pair.friction - 0.35).abs() < 1e-15);
    assert_eq!(pair.compliance, Some([1000.0, 10.0]));
}

/// Forms of shapes: meshes only as the ball or the box that they ask for.
#[test]
fn forms() {
    let mut site = Site::new();
    let body = site.body("body", at(0.0, 0.0, 1.0), Vector3::zeros());
    let mesh = Arc::new(TriangleMesh {
        points: vec![[0.0; 3], [2.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 4.0]],
        triangles: vec![[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]],
        normals: Vec::new(),
    });
    let mut add = |name: &str, shape: Shape, approximation: Approximation| {
        let made = site.collider(name, Some(body), shape);
        let mut collider = site.world.get_mut::<Collider>(made).unwrap();
        collider.approximation = approximation;
    };
    let exact = Approximation::Exact;
    let shape = |half_height| Shape::Capsule {
        radius: 0.1,
        half_height,
    };
    add("capsule", shape(0.5), exact);
    add("round", shape(0.0), exact);
    let (radius, half_height) = (0.3, 0.4);
    let cylinder = Shape::Cylinder {
        radius,
        half_height,
    };
    add("cylinder", cylinder, exact);
    add(
        "cone",
        Shape::Cone {
            radius,
            half_height,
        },
        exact,
    );
    add(
        "ball",
        Shape::Mesh(mesh.clone()),
        Approximation::BoundingSphere,
    );
    add("box", Shape::Mesh(mesh.clone()), Approximation::BoundingBox);
    add("hull", Shape::Mesh(mesh), Approximation::ConvexHull);
    add("point", ball(0.0), exact);
    let (system, diagnostics) = site.made();
    assert_eq!(codes(&diagnostics), ["SC0312"; 3]);
    let forms: Vec<&ContactForm> = system.shapes.iter().map(|s| &s.form).collect();
    let radius = 0.1;
    let half_length = 0.5;
    assert_eq!(
        *forms[0],
        ContactForm::Capsule {
            radius,
            half_length
        }
    );
    assert_eq!(*forms[1], ContactForm::Sphere { radius });
    assert!(matches!(forms[2], ContactForm::Cylinder { .. }));
    // The ball stands in the middle of the box around the mesh and reaches its farthest corner.
    let radius = 9.0_f64.sqrt();
    assert_eq!(*forms[3], ContactForm::Sphere { radius });
    let half_extent = [1.0, 2.0, 2.0];
    assert_eq!(*forms[4], ContactForm::Box { half_extent });
    assert_eq!(system.shapes[4].link_from_shape.translation, half_extent);
    assert!(system.pairs.is_empty(), "one body touches nothing");
}
