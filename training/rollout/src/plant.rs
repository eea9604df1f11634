//! Tables of a plant run: poses, contacts and joint states over time, and the names of it all.
//!
//! Rows name bodies, colliders and joints by their numbers; `names.parquet` tells which prims
//! they are, so that a long run does not repeat its paths a million times.

use crate::{Column, RolloutError, Table, Values};

/// A body at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PoseRow {
    /// Env.
    pub env: usize,
    /// Simulated time \[s\].
    pub time: f64,
    /// Number of the body.
    pub body: usize,
    /// Rotation as a quaternion w, x, y, z.
    pub rotation: [f64; 4],
    /// Position \[m\].
    pub position: [f64; 3],
    /// Angular velocity \[rad/s\].
    pub angular: [f64; 3],
    /// Linear velocity of the body's origin \[m/s\].
    pub linear: [f64; 3],
    /// Whether it sleeps.
    pub asleep: bool,
}

/// A contact at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ContactRow {
    /// Env.
    pub env: usize,
    /// Simulated time \[s\].
    pub time: f64,
    /// Numbers of both colliders.
    pub colliders: [usize; 2],
    /// The point \[m\].
    pub point: [f64; 3],
    /// Normal from the first collider to the second.
    pub normal: [f64; 3],
    /// Normal force \[N\].
    pub force: f64,
    /// Friction force on the second collider \[N\].
    pub friction: [f64; 3],
    /// Depth of overlap \[m\].
    pub penetration: f64,
}

/// A joint at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct JointRow {
    /// Env.
    pub env: usize,
    /// Simulated time \[s\].
    pub time: f64,
    /// Number of the joint.
    pub joint: usize,
    /// Coordinate \[rad or m\].
    pub position: f64,
    /// Its rate \[rad/s or m/s\].
    pub velocity: f64,
    /// Force or torque of its drive \[N or N m\].
    pub effort: f64,
    /// Force that it bears \[N\].
    pub force: f64,
    /// Torque that it bears \[N m\].
    pub torque: f64,
    /// Whether it is broken.
    pub broken: bool,
}

/// The prim behind a number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NameRow {
    /// `body`, `collider` or `joint`.
    pub what: &'static str,
    /// Its number in the tables.
    pub number: usize,
    /// Path of the prim.
    pub path: String,
    /// How a body moves, or the unit of a joint's coordinate.
    pub kind: String,
    /// Mass of a body \[kg\]; zero for others.
    pub mass: f64,
}

/// Rows since they were last taken.
#[derive(Clone, Debug, Default)]
pub struct PlantTables {
    /// Bodies.
    pub poses: Vec<PoseRow>,
    /// Contacts.
    pub contacts: Vec<ContactRow>,
    /// Joints.
    pub joints: Vec<JointRow>,
}

fn number<T>(rows: &[T], name: &str, unit: &str, get: impl Fn(&T) -> f64) -> Column {
    Column::new(name, unit, Values::F64(rows.iter().map(get).collect()))
}

fn single<T>(rows: &[T], name: &str, unit: &str, get: impl Fn(&T) -> f64) -> Column {
    let values = rows.iter().map(|r| get(r) as f32).collect();
    Column::new(name, unit, Values::F32(values))
}

fn count<T>(rows: &[T], name: &str, get: impl Fn(&T) -> usize) -> Column {
    let values = rows.iter().map(|r| get(r) as i64).collect();
    Column::new(name, "", Values::I64(values))
}

/// Columns `name.x`, `name.y`, `name.z`.
fn vector<T>(
    rows: &[T],
    name: &str,
    unit: &str,
    get: impl Fn(&T) -> [f64; 3],
) -> impl Iterator<Item = Column> {
    let part = |k: usize| {
        let letter = ["x", "y", "z"][k];
        single(rows, &format!("{name}.{letter}"), unit, |r| get(r)[k])
    };
    [part(0), part(1), part(2)].into_iter()
}

impl PlantTables {
    /// Rows kept.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.poses.len() + self.contacts.len() + self.joints.len()
    }

    /// Tables of poses, contacts and joints; the rows are gone then.
    ///
    /// # Errors
    ///
    /// Those of [`Table::new`]; none with these columns.
    pub fn take(&mut self) -> Result<[(&'static str, Table); 3], RolloutError> {
        let rows = std::mem::take(self);
        Ok([
            ("poses", poses(&rows.poses)?),
            ("contacts", contacts(&rows.contacts)?),
            ("joints", joints(&rows.joints)?),
        ])
    }
}

fn poses(rows: &[PoseRow]) -> Result<Table, RolloutError> {
    let mut columns = vec![
        count(rows, "env", |r| r.env),
        number(rows, "time", "s", |r| r.time),
        count(rows, "body", |r| r.body),
    ];
    for (k, letter) in ["w", "x", "y", "z"].into_iter().enumerate() {
        columns.push(single(rows, &format!("rotation.{letter}"), "", |r| {
            r.rotation[k]
        }));
    }
    columns.extend(vector(rows, "position", "m", |r| r.position));
    columns.extend(vector(rows, "angular_velocity", "rad/s", |r| r.angular));
    columns.extend(vector(rows, "linear_velocity", "m/s", |r| r.linear));
    let asleep = rows.iter().map(|r| r.asleep).collect();
    columns.push(Column::new("asleep", "", Values::Bool(asleep)));
    Table::new(columns)
}

fn contacts(rows: &[ContactRow]) -> Result<Table, RolloutError> {
    let mut columns = vec![
        count(rows, "env", |r| r.env),
        number(rows, "time", "s", |r| r.time),
        count(rows, "first_collider", |r| r.colliders[0]),
        count(rows, "second_collider", |r| r.colliders[1]),
    ];
    columns.extend(vector(rows, "point", "m", |r| r.point));
    columns.extend(vector(rows, "normal", "", |r| r.normal));
    columns.push(single(rows, "force", "N", |r| r.force));
    columns.extend(vector(rows, "friction", "N", |r| r.friction));
    columns.push(single(rows, "penetration", "m", |r| r.penetration));
    Table::new(columns)
}

fn joints(rows: &[JointRow]) -> Result<Table, RolloutError> {
    let broken = rows.iter().map(|r| r.broken).collect();
    Table::new(vec![
        count(rows, "env", |r| r.env),
        number(rows, "time", "s", |r| r.time),
        count(rows, "joint", |r| r.joint),
        number(rows, "position", "rad or m", |r| r.position),
        number(rows, "velocity", "rad/s or m/s", |r| r.velocity),
        single(rows, "effort", "N m or N", |r| r.effort),
        single(rows, "force", "N", |r| r.force),
        single(rows, "torque", "N m", |r| r.torque),
        Column::new("broken", "", Values::Bool(broken)),
    ])
}

/// The table of names.
///
/// # Errors
///
/// Those of [`Table::new`]; none with these columns.
pub fn names_table(rows: &[NameRow]) -> Result<Table, RolloutError> {
    let text = |get: fn(&NameRow) -> String| Values::Text(rows.iter().map(get).collect());
    Table::new(vec![
        Column::new("what", "", text(|r| r.what.to_owned())),
        count(rows, "number", |r| r.number),
        Column::new("path", "", text(|r| r.path.clone())),
        Column::new("kind", "", text(|r| r.kind.clone())),
        number(rows, "mass", "kg", |r| r.mass),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every number comes back under its name, and taking leaves nothing behind.
    #[test]
    fn rows_become_columns() {
        let mut tables = PlantTables::default();
        tables.poses.push(PoseRow {
            env: 2,
            time: 0.5,
            body: 7,
            rotation: [1.0, 0.0, 0.0, 0.0],
            position: [1.0, 2.0, 3.0],
            linear: [4.0, 5.0, 6.0],
            asleep: true,
            ..PoseRow::default()
        });
        tables.contacts.push(ContactRow {
            colliders: [3, 9],
            force: 12.0,
            penetration: 1.0e-4,
            ..ContactRow::default()
        });
        tables.joints.push(JointRow {
            joint: 1,
            position: 0.25,
            ..JointRow::default()
        });
        assert_eq!(tables.rows(), 3);
        let [(_, poses), (_, contacts), (_, joints)] = tables.take().unwrap();
        assert_eq!(tables.rows(), 0);
        assert_eq!(poses.numbers("position.z").unwrap(), [3.0]);
        assert_eq!(poses.numbers("linear_velocity.x").unwrap(), [4.0]);
        assert_eq!(poses.numbers("asleep").unwrap(), [1.0]);
        assert_eq!(contacts.numbers("second_collider").unwrap(), [9.0]);
        assert_eq!(contacts.numbers("force").unwrap(), [12.0]);
        assert_eq!(joints.numbers("position").unwrap(), [0.25]);
        let names = names_table(&[NameRow {
            what: "body",
            path: "/Cell/Box".to_owned(),
            ..NameRow::default()
        }]);
        assert_eq!(names.unwrap().row_count(), 1);
    }
}
