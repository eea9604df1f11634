//! A scene made ready for rays: search trees over instances and over each mesh.

use std::sync::Arc;

use crate::{
    RenderError,
    bvh::{Bounds, Bvh},
    scene::{Camera, Instance, Light, Material, Mesh, Pose, Scene, Shape},
    shape,
    vector::{Ray, Vec3},
};

/// What a ray hit, in the world.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit {
    pub(crate) t: f64,
    pub(crate) point: Vec3,
    /// Unit normal of the surface as it is, turned against the ray.
    pub(crate) face: Vec3,
    /// Unit normal for shading, turned against the ray.
    pub(crate) normal: Vec3,
    /// Material with colour of vertex or grid put in.
    pub(crate) material: Material,
    pub(crate) id: u32,
}

/// A nearest hit before its shading is worked out.
#[derive(Clone, Copy, Debug)]
struct Near {
    t: f64,
    instance: usize,
    /// Normal in the frame of the shape, or none for a mesh.
    normal: Vec3,
    /// Triangle and weights of its second and third corner.
    triangle: Option<(u32, f64, f64)>,
}

#[derive(Debug)]
pub(crate) struct Stage<'a> {
    instances: &'a [Instance],
    /// Tree of the mesh of each instance; shared meshes share it.
    meshes: Vec<Option<Arc<Bvh>>>,
    /// Instances with bounds, by place in the tree.
    bounded: Vec<u32>,
    tree: Bvh,
    /// Planes without end.
    endless: Vec<u32>,
    /// How far a new ray starts off the surface \[m\].
    pub(crate) offset: f64,
}

impl<'a> Stage<'a> {
    pub(crate) fn build(scene: &'a Scene) -> Result<Self, RenderError> {
        check_camera(&scene.camera)?;
        for (index, light) in scene.lights.iter().enumerate() {
            check_light(index, light)?;
        }
        let mut known: Vec<(*const Mesh, Arc<Bvh>)> = Vec::new();
        let mut meshes = Vec::with_capacity(scene.instances.len());
        let (mut bounded, mut boxes, mut endless) = (Vec::new(), Vec::new(), Vec::new());
        for (index, instance) in scene.instances.iter().enumerate() {
            check_instance(index, instance)?;
            meshes.push(match &instance.shape {
                Shape::Mesh(mesh) => {
                    let address = Arc::as_ptr(mesh);
                    let shared = known
                        .iter()
                        .find(|(a, _)| *a == address)
                        .map(|(_, b)| b.clone());
                    Some(shared.unwrap_or_else(|| {
                        let tree = Arc::new(mesh_tree(mesh));
                        known.push((address, tree.clone()));
                        tree
                    }))
                }
                _ => None,
            });
            match shape::bounds(&instance.shape) {
                Some(local) => {
                    bounded.push(index as u32);
                    boxes.push(world_bounds(&instance.world_from_shape, &local));
                }
                None => endless.push(index as u32),
            }
        }
        let tree = Bvh::build(&boxes);
        let size = if boxes.is_empty() {
            1.0
        } else {
            (tree.bounds().high - tree.bounds().low).length()
        };
        let instances = &scene.instances;
        Ok(Self {
            instances,
            meshes,
            bounded,
            tree,
            endless,
            offset: 1e-7 * size.max(1e-3),
        })
    }

    /// The nearest surface with `t_min < t < t_max`.
    pub(crate) fn trace(&self, ray: &Ray, t_min: f64, t_max: f64) -> Option<Hit> {
        let mut best: Option<Near> = None;
        let mut limit = t_max;
        for &index in &self.endless {
            if let Some(near) = self.meet(index as usize, ray, t_min, limit) {
                limit = near.t;
                best = Some(near);
            }
        }
        self.tree.walk(ray, limit, |item, limit| {
            match self.meet(self.bounded[item as usize] as usize, ray, t_min, limit) {
                Some(near) => {
                    best = Some(near);
                    near.t
                }
                None => limit,
            }
        });
        best.map(|near| self.finish(&near, ray))
    }

    /// True when something stands between the origin and `t_max`.
    pub(crate) fn blocked(&self, ray: &Ray, t_max: f64) -> bool {
        let meets = |index: u32| self.meet(index as usize, ray, 0.0, t_max).is_some();
        if self.endless.iter().any(|&index| meets(index)) {
            return true;
        }
        let visit = |item: u32, limit| {
            if meets(self.bounded[item as usize]) {
                -1.0
            } else {
                limit
            }
        };
        self.tree.walk(ray, t_max, visit) < 0.0
    }

    fn meet(&self, index: usize, ray: &Ray, t_min: f64, t_max: f64) -> Option<Near> {
        let Instance {
            shape,
            world_from_shape: pose,
            ..
        } = &self.instances[index];
        let local = Ray {
            origin: pose.point_back(ray.origin),
            direction: pose.vector_back(ray.direction),
        };
        let (Shape::Mesh(mesh), Some(tree)) = (shape, &self.meshes[index]) else {
            let contact = shape::intersect(shape, &local, t_min, t_max)?;
            let (t, normal) = (contact.t, contact.normal);
            return Some(Near {
                t,
                instance: index,
                normal,
                triangle: None,
            });
        };
        let mut best = None;
        tree.walk(&local, t_max, |item, limit| {
            let corners = corners(mesh, item);
            let Some((t, u, v)) = shape::meet_triangle(corners, &local, t_min, limit) else {
                return limit;
            };
            let normal = (corners[1] - corners[0])
                .cross(corners[2] - corners[0])
                .unit();
            best = Some(Near {
                t,
                instance: index,
                normal,
                triangle: Some((item, u, v)),
            });
            t
        });
        best
    }

    fn finish(&self, near: &Near, ray: &Ray) -> Hit {
        let Instance {
            shape,
            world_from_shape: pose,
            material,
            id,
        } = &self.instances[near.instance];
        let point = ray.at(near.t);
        let (mut normal, mut material) = (near.normal, *material);
        if let (Shape::Mesh(mesh), Some((triangle, u, v))) = (shape, near.triangle) {
            let blend = |values: &[[f32; 3]]| {
                let [a, b, c] = mesh.triangles[triangle as usize]
                    .map(|corner| Vec3::from_f32(values[corner as usize]));
                a * (1.0 - u - v) + b * u + c * v
            };
            if let Some(normals) = &mesh.normals {
                let smooth = blend(normals).unit();
                // A smooth normal may point to the other side of the face than its winding.
                normal = if smooth == Vec3::ZERO { normal } else { smooth };
            }
            if let Some(colors) = &mesh.colors {
                material.base_color = blend(colors).0.map(|v| v as f32);
            }
        }
        if let Some(grid) = material.grid {
            let [x, y, _] = pose.point_back(point).0;
            let apart = |v: f64| {
                let cells = v / f64::from(grid.spacing);
                (cells - cells.round()).abs() * f64::from(grid.spacing)
            };
            if apart(x).min(apart(y)) < 0.5 * f64::from(grid.width) {
                material.base_color = grid.color;
            }
        }
        let face = against(pose.vector(near.normal), ray.direction);
        let mut normal = pose.vector(normal);
        if normal.dot(face) < 0.0 {
            normal = -normal;
        }
        // At a silhouette a smooth normal may lean away from the viewer; bend it back.
        let away = normal.dot(ray.direction);
        if away > -1e-3 {
            normal = (normal - ray.direction * (away + 1e-3)).unit();
        }
        Hit {
            t: near.t,
            point,
            face,
            normal,
            material,
            id: *id,
        }
    }
}

fn against(normal: Vec3, direction: Vec3) -> Vec3 {
    if normal.dot(direction) > 0.0 {
        -normal
    } else {
        normal
    }
}

fn corners(mesh: &Mesh, triangle: u32) -> [Vec3; 3] {
    mesh.triangles[triangle as usize].map(|i| Vec3::from_f32(mesh.points[i as usize]))
}

fn mesh_tree(mesh: &Mesh) -> Bvh {
    let boxes: Vec<Bounds> = (0..mesh.triangles.len() as u32)
        .map(|i| {
            corners(mesh, i)
                .into_iter()
                .fold(Bounds::EMPTY, Bounds::with_point)
        })
        .collect();
    Bvh::build(&boxes)
}

fn world_bounds(pose: &Pose, local: &Bounds) -> Bounds {
    (0..8).fold(Bounds::EMPTY, |b, corner| {
        let pick = |i: usize| {
            if corner >> i & 1 == 1 {
                local.high.0[i]
            } else {
                local.low.0[i]
            }
        };
        b.with_point(pose.point(Vec3([pick(0), pick(1), pick(2)])))
    })
}

fn check_camera(camera: &Camera) -> Result<(), RenderError> {
    let sizes = [
        camera.focal_length,
        camera.horizontal_aperture,
        camera.vertical_aperture,
    ];
    let good = sizes.iter().all(|v| v.is_finite() && *v > 0.0)
        && camera.near_clip.is_finite()
        && camera.world_from_camera.is_finite();
    if good {
        Ok(())
    } else {
        Err(RenderError::Camera)
    }
}

fn check_light(light: usize, value: &Light) -> Result<(), RenderError> {
    let positive = |v: f64| v.is_finite() && v > 0.0;
    let good = match value {
        Light::Dome { intensity, .. } => intensity.is_finite(),
        Light::Distant {
            direction, angle, ..
        } => {
            Vec3(*direction).is_finite()
                && Vec3(*direction).length() > 0.0
                && (0.0..std::f64::consts::PI).contains(angle)
        }
        Light::Rect {
            world_from_light,
            width,
            height,
            ..
        } => world_from_light.is_finite() && positive(*width) && positive(*height),
        Light::Disk {
            world_from_light,
            radius,
            ..
        } => world_from_light.is_finite() && positive(*radius),
        Light::Sphere { center, radius, .. } => Vec3(*center).is_finite() && positive(*radius),
    };
    if good {
        Ok(())
    } else {
        Err(RenderError::Light { light })
    }
}

fn check_instance(index: usize, instance: &Instance) -> Result<(), RenderError> {
    let id = instance.id;
    if !instance.world_from_shape.is_finite() {
        return Err(RenderError::Pose {
            instance: index,
            id,
        });
    }
    if let Shape::Mesh(mesh) = &instance.shape {
        let points = mesh.points.len();
        let fits = |list: &Option<Vec<[f32; 3]>>| list.as_ref().is_none_or(|l| l.len() == points);
        let inside = mesh
            .triangles
            .iter()
            .flatten()
            .all(|&i| (i as usize) < points);
        let finite = mesh.points.iter().flatten().all(|v| v.is_finite());
        if mesh.triangles.is_empty()
            || !(inside && finite && fits(&mesh.normals) && fits(&mesh.colors))
        {
            return Err(RenderError::Mesh {
                instance: index,
                id,
            });
        }
    }
    let finite =
        shape::bounds(&instance.shape).is_none_or(|b| b.low.is_finite() && b.high.is_finite());
    if finite {
        Ok(())
    } else {
        Err(RenderError::Size {
            instance: index,
            id,
        })
    }
}
