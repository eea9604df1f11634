//! Elements into a robot: links, materials, shapes.

use std::collections::BTreeMap;

use halle_world::{Severity, Shape};
use nalgebra::Matrix3;
use roxmltree::Node;

use crate::error::UrdfError;
use crate::materials::Materials;
use crate::names::{Index, Scope, duplicate, identifier, renamed};
use crate::reader::{Element, Reader, child, children, full_name};
use crate::robot::{GeometryDef, Inertial, Link, Robot, ShapeDef};
use crate::{extras, parse_joint};

/// Most links of a robot.
const LINK_LIMIT: usize = 10_000;

/// Reads the outermost element.
pub(crate) fn robot<'d>(reader: &Reader<'d>, element: Element<'d>) -> Result<Robot<'d>, UrdfError> {
    if element.tag_name().name() != "robot" {
        return Err(UrdfError::NotUrdf {
            at: reader.place(element),
            found: full_name(element),
        });
    }
    no_xacro(reader, element)?;
    let elements = ["link", "joint", "material", "transmission", "gazebo"];
    reader.expect(element, &elements, &["name", "version"]);
    let name = element.attribute("name").map(str::trim).unwrap_or_default();
    if name.is_empty() {
        let message = "the robot has no name: `robot` is assumed".to_owned();
        let help = "author `name`";
        reader.find(
            Severity::Warning,
            "UR0114",
            (element, "name"),
            message,
            help,
        );
    }
    let name = if name.is_empty() { "robot" } else { name };
    let mut robot = Robot {
        element,
        prim: format!("/{}", identifier(name)),
        links: Vec::new(),
        joints: Vec::new(),
        motors: Vec::new(),
        feels: BTreeMap::new(),
    };
    let links = name_links(reader, &mut robot)?;
    let materials = Materials::read(reader, element)?;
    for index in 0..robot.links.len() {
        let (inertial, shapes) = link(reader, robot.links[index].element, &materials)?;
        robot.links[index].inertial = inertial;
        robot.links[index].shapes = shapes;
    }
    let joints = parse_joint::joints(reader, &mut robot, &links)?;
    extras::transmissions(reader, &mut robot, &joints);
    extras::gazebo(reader, &mut robot, &links);
    Ok(robot)
}

/// Refuses macros and expressions, which another program must expand first.
fn no_xacro(reader: &Reader<'_>, root: Element<'_>) -> Result<(), UrdfError> {
    for element in root.descendants().filter(Node::is_element) {
        let name = full_name(element);
        let expression = element
            .attributes()
            .map(|a| a.value())
            .find(|v| v.contains("${") || v.contains("$("));
        let found = if name.starts_with("xacro:") {
            Some(name.as_str())
        } else {
            expression
        };
        if let Some(found) = found {
            return Err(UrdfError::Xacro {
                at: reader.place(element),
                found: found.chars().take(60).collect(),
            });
        }
    }
    Ok(())
}

/// Makes the links and gives them their prims.
fn name_links<'d>(reader: &Reader<'d>, robot: &mut Robot<'d>) -> Result<Index, UrdfError> {
    let mut index = Index::new();
    let mut scope = Scope::default();
    for reserved in ["joints", "actuators"] {
        scope.take(reserved);
    }
    for element in children(robot.element, "link") {
        let name = reader.required(element, "name", "the attribute `name`")?;
        if let Some(first) = index.insert(name.to_owned(), robot.links.len()) {
            let first = robot.links[first].element;
            return Err(duplicate(reader, element, "link", name, first));
        }
        let prim = format!("{}/{}", robot.prim, scope.take(name));
        renamed(reader, element, name, &prim);
        robot.links.push(Link {
            element,
            name: name.to_owned(),
            prim,
            inertial: None,
            shapes: Vec::new(),
        });
    }
    let count = robot.links.len();
    if count > LINK_LIMIT {
        return Err(UrdfError::TooLarge {
            path: reader.path.to_owned(),
            unit: "links",
            found: count as u64,
            limit: LINK_LIMIT as u64,
        });
    }
    if count == 0 {
        return Err(UrdfError::NoLink {
            at: reader.place(robot.element),
        });
    }
    Ok(index)
}

type LinkParts<'d> = (Option<Inertial<'d>>, Vec<ShapeDef<'d>>);

fn link<'d>(
    reader: &Reader<'d>,
    element: Element<'d>,
    materials: &Materials,
) -> Result<LinkParts<'d>, UrdfError> {
    reader.expect(
        element,
        &["inertial", "visual", "collision"],
        &["name", "type"],
    );
    let inertial = child(element, "inertial").map(|i| inertial(reader, i));
    let mut shapes = Vec::new();
    for shape in element.children().filter(Node::is_element) {
        let collision = match full_name(shape).as_str() {
            "visual" => false,
            "collision" => true,
            _ => continue,
        };
        reader.expect(
            shape,
            &["origin", "geometry", "material"],
            &["name", "group"],
        );
        let Some(geometry) = geometry(reader, shape)? else {
            continue;
        };
        let paint = if collision {
            None
        } else {
            materials.of_visual(reader, shape)?
        };
        let name = shape.attribute("name").map(str::trim);
        shapes.push(ShapeDef {
            collision,
            name: name.filter(|n| !n.is_empty()).map(str::to_owned),
            origin: reader.origin(shape)?,
            geometry,
            paint,
            element: shape,
        });
    }
    Ok((inertial.transpose()?, shapes))
}

fn inertial<'d>(reader: &Reader<'d>, element: Element<'d>) -> Result<Inertial<'d>, UrdfError> {
    reader.expect(element, &["origin", "mass", "inertia"], &[]);
    let mass = match child(element, "mass") {
        Some(mass) => {
            reader.expect(mass, &[], &["value"]);
            let value = reader.number(mass, "value")?;
            let value = value.ok_or_else(|| reader.lacks(mass, "the attribute `value`"))?;
            if value < 0.0 {
                return Err(reader.bad(mass, "value", "a mass that is not negative [kg]"));
            }
            value
        }
        None => 0.0,
    };
    let mut made = Inertial {
        element,
        origin: reader.origin(element)?,
        mass,
        inertia: None,
    };
    if let Some(inertia) = child(element, "inertia") {
        let names = ["ixx", "ixy", "ixz", "iyy", "iyz", "izz"];
        reader.expect(inertia, &[], &names);
        let mut v = [0.0; 6];
        for (value, name) in v.iter_mut().zip(names) {
            *value = reader.number(inertia, name)?.unwrap_or_default();
        }
        let [xx, xy, xz, yy, yz, zz] = v;
        made.inertia = Some(Matrix3::new(xx, xy, xz, xy, yy, yz, xz, yz, zz));
    }
    Ok(made)
}

/// The geometry of a visual or collision; `None`, with a finding, where it has none to use.
fn geometry<'d>(
    reader: &Reader<'d>,
    shape: Element<'d>,
) -> Result<Option<GeometryDef<'d>>, UrdfError> {
    let nothing = |element: Element<'d>, message: String| {
        let help = "give it a box, cylinder, sphere, capsule or mesh";
        reader.find(Severity::Warning, "UR0115", (element, ""), message, help);
        Ok(None)
    };
    let name = shape.tag_name().name();
    let Some(geometry) = child(shape, "geometry") else {
        return nothing(shape, format!("`{name}` has no geometry: it is left out"));
    };
    let kinds = ["box", "cylinder", "sphere", "capsule", "mesh"];
    reader.expect(geometry, &kinds, &[]);
    let Some(element) = kinds.iter().find_map(|kind| child(geometry, kind)) else {
        return nothing(
            geometry,
            format!("geometry of `{name}` is empty: it is left out"),
        );
    };
    let length = |attribute: &'static str, what: &'static str| {
        let value = reader.lengths::<1>(element, attribute)?;
        value
            .map(|[v]| v)
            .ok_or_else(|| reader.lacks(element, what))
    };
    let radius = || length("radius", "the attribute `radius`");
    let half_height = || Ok::<f64, UrdfError>(length("length", "the attribute `length`")? / 2.0);
    let solid = match element.tag_name().name() {
        "box" => {
            reader.expect(element, &[], &["size"]);
            let size = reader.lengths::<3>(element, "size")?;
            let size = size.ok_or_else(|| reader.lacks(element, "the attribute `size`"))?;
            Shape::Box {
                half_extent: size.map(|v| v / 2.0),
            }
        }
        "sphere" => {
            reader.expect(element, &[], &["radius"]);
            Shape::Sphere { radius: radius()? }
        }
        "mesh" => return mesh(reader, element),
        kind => {
            reader.expect(element, &[], &["radius", "length"]);
            let (radius, half_height) = (radius()?, half_height()?);
            if kind == "capsule" {
                Shape::Capsule {
                    radius,
                    half_height,
                }
            } else {
                Shape::Cylinder {
                    radius,
                    half_height,
                }
            }
        }
    };
    if solid.lengths().any(|(_, v)| v <= 0.0) {
        let kind = element.tag_name().name();
        return nothing(element, format!("`{kind}` has no volume: it is left out"));
    }
    Ok(Some(GeometryDef::Solid(solid)))
}

fn mesh<'d>(
    reader: &Reader<'d>,
    element: Element<'d>,
) -> Result<Option<GeometryDef<'d>>, UrdfError> {
    reader.expect(element, &[], &["filename", "scale"]);
    let uri = element
        .attribute("filename")
        .map(str::trim)
        .unwrap_or_default();
    let scale = match element
        .attribute("scale")
        .map(|s| s.split_whitespace().count())
    {
        // One number for all axes is not of the format, but common.
        Some(1) => reader.lengths::<1>(element, "scale")?.map(|[s]| [s; 3]),
        _ => reader.lengths::<3>(element, "scale")?,
    };
    let scale = scale.unwrap_or([1.0; 3]);
    let fault = match () {
        () if uri.is_empty() => "`mesh` names no file: it is left out",
        () if scale.contains(&0.0) => "`mesh` is scaled to nothing: it is left out",
        () => {
            return Ok(Some(GeometryDef::Mesh {
                element,
                uri: uri.to_owned(),
                scale,
            }));
        }
    };
    let help = "give a `filename`, and a `scale` without zeros";
    reader.find(
        Severity::Warning,
        "UR0115",
        (element, ""),
        fault.to_owned(),
        help,
    );
    Ok(None)
}
