//! Models with one fault each.

use std::path::PathBuf;

use crate::{Scratch, judged};

/// Models that break one rule each; MuJoCo refuses all of them, and so do we.
const REFUSED: &[(&str, &str)] = &[
    ("no size", r#"<worldbody><geom/></worldbody>"#),
    (
        "box size",
        r#"<worldbody><geom type="box" size="1 1"/></worldbody>"#,
    ),
    (
        "plane size",
        r#"<worldbody><geom type="plane" size="1 1 0"/></worldbody>"#,
    ),
    (
        "unknown element",
        r#"<worldbody><gem size="1"/></worldbody>"#,
    ),
    (
        "unknown attribute",
        r#"<worldbody><geom size="1" colour="1"/></worldbody>"#,
    ),
    ("attribute of the world", r#"<worldbody pos="0 0 0"/>"#),
    ("joint of the world", r#"<worldbody><joint/></worldbody>"#),
    (
        "inertial of the world",
        r#"<worldbody><inertial pos="0 0 0" mass="1"/></worldbody>"#,
    ),
    ("keyword", r#"<compiler angle="turns"/>"#),
    ("two words", r#"<compiler angle="degree radian"/>"#),
    ("few numbers", r#"<option gravity="0 0"/>"#),
    ("many numbers", r#"<option gravity="0 0 0 0"/>"#),
    ("no number", r#"<option gravity="0 0 x"/>"#),
    (
        "euler letters",
        r#"<compiler eulerseq="abc"/><worldbody><body euler="1 2 3"/>
        </worldbody>"#,
    ),
    ("global", r#"<compiler coordinate="global"/>"#),
    (
        "class",
        r#"<worldbody><geom class="none" size="1"/></worldbody>"#,
    ),
    (
        "child class",
        r#"<worldbody><body childclass="none"/></worldbody>"#,
    ),
    ("main class", r#"<default class="other"/>"#),
    ("nameless class", r#"<default><default/></default>"#),
    (
        "class twice",
        r#"<default><default class="a"/><default class="a"/></default>"#,
    ),
    (
        "geom twice in class",
        r#"<default><geom/><geom/></default>"#,
    ),
    (
        "two inertials",
        r#"<worldbody><body><inertial pos="0 0 0" mass="1"
        diaginertia="1 1 1"/><inertial pos="0 0 0" mass="1" diaginertia="1 1 1"/></body></worldbody>"#,
    ),
    (
        "name twice",
        r#"<worldbody><body name="a"/><body name="a"/></worldbody>"#,
    ),
    (
        "world twice",
        r#"<worldbody><body name="world"/></worldbody>"#,
    ),
    (
        "mass of nothing",
        r#"<worldbody><body><joint/></body></worldbody>"#,
    ),
    (
        "inertia rule",
        r#"<worldbody><body><inertial pos="0 0 0" mass="1" diaginertia="1 1 3"/>
        </body></worldbody>"#,
    ),
    (
        "full inertia",
        r#"<worldbody><body><inertial pos="0 0 0" mass="1"
        fullinertia="1 1 -1 0 0 0"/></body></worldbody>"#,
    ),
    (
        "full and turned",
        r#"<worldbody><body><inertial pos="0 0 0" mass="1" quat="1 0 0 0"
        fullinertia="1 1 1 0 0 0"/></body></worldbody>"#,
    ),
    (
        "range",
        r#"<worldbody><body><joint limited="true" range="1 -1"/><geom size="1"/></body>
        </worldbody>"#,
    ),
    (
        "range without switch",
        r#"<compiler autolimits="false"/><worldbody><body>
        <joint range="-1 1"/><geom size="1"/></body></worldbody>"#,
    ),
    (
        "ball range",
        r#"<worldbody><body><joint type="ball" range="-1 1"/><geom size="1"/></body>
        </worldbody>"#,
    ),
    (
        "axis",
        r#"<worldbody><body><joint axis="0 0 0"/><geom size="1"/></body></worldbody>"#,
    ),
    (
        "inner free joint",
        r#"<worldbody><body><geom size="1"/><body><freejoint/><geom size="1"/>
        </body></body></worldbody>"#,
    ),
    (
        "free joint and another",
        r#"<worldbody><body><freejoint/><joint/><geom size="1"/></body>
        </worldbody>"#,
    ),
    (
        "seven dofs",
        r#"<worldbody><body><joint type="slide"/><joint type="slide" axis="1 0 0"/>
        <joint type="slide" axis="0 1 0"/><joint/><joint/><joint/><joint/><geom size="1"/></body>
        </worldbody>"#,
    ),
    (
        "turn after ball",
        r#"<worldbody><body><joint type="ball"/><joint/><geom size="1"/></body>
        </worldbody>"#,
    ),
    (
        "inner mocap",
        r#"<worldbody><body><body mocap="true"/></body></worldbody>"#,
    ),
    (
        "mocap with joint",
        r#"<worldbody><body mocap="true"><joint/><geom size="1"/></body>
        </worldbody>"#,
    ),
    (
        "quaternion",
        r#"<worldbody><body quat="0 0 0 0"/></worldbody>"#,
    ),
    (
        "orientations",
        r#"<worldbody><body euler="0 0 1" zaxis="0 1 0"/></worldbody>"#,
    ),
    (
        "two orientations",
        r#"<worldbody><body quat="1 0 0 0" euler="0 0 1"/></worldbody>"#,
    ),
    (
        "fromto of a ball",
        r#"<worldbody><geom fromto="0 0 0 1 0 0" size="1"/></worldbody>"#,
    ),
    (
        "fromto of a point",
        r#"<worldbody><geom type="capsule" fromto="0 0 0 0 0 0" size="1"/>
        </worldbody>"#,
    ),
    (
        "fromto and pos",
        r#"<worldbody><geom type="capsule" pos="1 0 0" fromto="0 0 0 1 0 0"
        size="1"/></worldbody>"#,
    ),
    (
        "condim",
        r#"<worldbody><geom size="1" condim="2"/></worldbody>"#,
    ),
    (
        "negative mass",
        r#"<worldbody><body><geom size="1" mass="-1"/></body></worldbody>"#,
    ),
    ("no mesh", r#"<worldbody><geom type="mesh"/></worldbody>"#),
    (
        "unknown mesh",
        r#"<worldbody><geom type="mesh" mesh="m"/></worldbody>"#,
    ),
    (
        "unknown material",
        r#"<worldbody><geom size="1" material="m"/></worldbody>"#,
    ),
    (
        "unknown texture",
        r#"<asset><material name="m" texture="t"/></asset>"#,
    ),
    (
        "flat mesh",
        r#"<asset><mesh name="m" vertex="0 0 0 1 0 0 0 1 0 1 1 0"/></asset>
        <worldbody><geom type="mesh" mesh="m"/></worldbody>"#,
    ),
    (
        "face of nothing",
        r#"<asset><mesh name="m" vertex="0 0 0 1 0 0 0 1 0 0 0 1" face="0 1 7"/>
        </asset><worldbody><geom type="mesh" mesh="m"/></worldbody>"#,
    ),
    (
        "elevation",
        r#"<asset><hfield name="h" nrow="2" ncol="2" size="1 1 1 1" elevation="1 2"/>
        </asset>"#,
    ),
    ("actuator on nothing", r#"<actuator><motor/></actuator>"#),
    (
        "actuator on a stranger",
        r#"<actuator><motor joint="j"/></actuator>"#,
    ),
    (
        "exclude",
        r#"<contact><exclude body1="a" body2="world"/></contact>"#,
    ),
    ("pair", r#"<contact><pair geom1="a" geom2="b"/></contact>"#),
    (
        "connect",
        r#"<worldbody><body name="a"/></worldbody><equality><connect body1="a"/></equality>"#,
    ),
    ("weld", r#"<equality><weld body1="a"/></equality>"#),
    ("coupled", r#"<equality><joint joint1="a"/></equality>"#),
    ("sensor", r#"<sensor><gyro site="s"/></sensor>"#),
    (
        "tendon",
        r#"<tendon><fixed><joint joint="j" coef="1"/></fixed></tendon>"#,
    ),
    ("key", r#"<keyframe><key qpos="1"/></keyframe>"#),
    (
        "replicated joint",
        r#"<worldbody><body><replicate count="2"><joint/></replicate>
        <geom size="1"/></body></worldbody>"#,
    ),
    (
        "replicas of none",
        r#"<worldbody><replicate offset="1 0 0"><geom size="1"/></replicate>
        </worldbody>"#,
    ),
    (
        "attach",
        r#"<worldbody><attach model="m" prefix="a"/></worldbody>"#,
    ),
    (
        "site size",
        r#"<worldbody><site type="box" size="1 0 1"/></worldbody>"#,
    ),
    ("text", r#"<worldbody"#),
    (
        "moving plane",
        r#"<worldbody><body><joint/><geom size="1"/><geom type="plane" size="1 1 1"/>
        </body></worldbody>"#,
    ),
    (
        "sliding point",
        r#"<worldbody><body><joint type="slide"/><inertial pos="0 0 0" mass="1"
        diaginertia="0 0 0"/></body></worldbody>"#,
    ),
    (
        "wide camera",
        r#"<worldbody><camera fovy="200"/></worldbody>"#,
    ),
    (
        "camera target",
        r#"<worldbody><camera target="x"/></worldbody>"#,
    ),
    (
        "two lenses",
        r#"<worldbody><camera sensorsize="1 1" fovy="3"/></worldbody>"#,
    ),
    ("light", r#"<worldbody><light dir="0 0 0"/></worldbody>"#),
    (
        "two lights",
        r#"<worldbody><light directional="true" type="spot"/></worldbody>"#,
    ),
    (
        "light texture",
        r#"<worldbody><light texture="x"/></worldbody>"#,
    ),
    (
        "self weld",
        r#"<worldbody><body name="a"/></worldbody><equality><weld body1="a" body2="a"/>
        </equality>"#,
    ),
    (
        "exclude twice",
        r#"<worldbody><body name="a"/></worldbody><contact><exclude name="q" body1="a"
        body2="world"/><exclude name="q" body1="world" body2="a"/></contact>"#,
    ),
    (
        "stray attribute",
        r#"<actuator><motor body="a"/></actuator>"#,
    ),
    ("no extent", r#"<statistic extent="0"/>"#),
    ("near plane", r#"<visual><map znear="0"/></visual>"#),
    ("memory", r#"<size memory="much"/>"#),
    ("nameless material", r#"<asset><material/></asset>"#),
    ("nameless mesh", r#"<asset><mesh/></asset>"#),
    ("empty texture", r#"<asset><texture name="a"/></asset>"#),
    (
        "no pixels",
        r#"<asset><texture name="a" type="2d" builtin="flat" width="0" height="2"/>
        </asset>"#,
    ),
    (
        "five numbers",
        r#"<asset><mesh name="m" vertex="0 0 0 1 1"/></asset>"#,
    ),
    (
        "no thickness",
        r#"<asset><mesh name="m" vertex="0 0 0 1 0 0 0 1 0 0 0 1" scale="0 1 1"/>
        </asset>"#,
    ),
    (
        "inside out",
        r#"<asset><mesh name="m" inertia="exact" vertex="0 0 0 1 0 0 0 1 0 0 0 1"
        face="0 1 2 0 3 1 0 2 3 1 3 2"/></asset><worldbody><geom type="mesh" mesh="m"/></worldbody>"#,
    ),
    (
        "composite",
        r#"<worldbody><body><composite type="cable"/></body></worldbody>"#,
    ),
    (
        "blank keyword",
        r#"<worldbody><geom type="" size="1"/></worldbody>"#,
    ),
    ("flag", r#"<option><flag contact="off"/></option>"#),
    ("old option", r#"<option apirate="3"/>"#),
];

/// Rules about a hinge `j` on a body `a`, beside the world.
const REFUSED_BY_A_HINGE: &[(&str, &str)] = &[
    (
        "negative kv",
        r#"<actuator><position joint="j" kv="-1"/></actuator>"#,
    ),
    (
        "damper",
        r#"<actuator><damper joint="j" kv="1"/></actuator>"#,
    ),
    (
        "damper range",
        r#"<actuator><damper joint="j" kv="1" ctrlrange="-1 1"/></actuator>"#,
    ),
    (
        "two dampings",
        r#"<actuator><position joint="j" kv="1" dampratio="1"/></actuator>"#,
    ),
    (
        "range of none",
        r#"<actuator><position joint="j" inheritrange="1"/></actuator>"#,
    ),
    (
        "empty range",
        r#"<actuator><motor joint="j" ctrllimited="true"/></actuator>"#,
    ),
    (
        "same actuators",
        r#"<actuator><motor joint="j" name="m"/><motor joint="j" name="m"/>
        </actuator>"#,
    ),
    (
        "itself",
        r#"<equality><joint joint1="j" joint2="j"/></equality>"#,
    ),
    (
        "cutoff",
        r#"<sensor><jointpos joint="j" cutoff="-1"/></sensor>"#,
    ),
    (
        "no object",
        r#"<sensor><framepos objtype="body"/></sensor>"#,
    ),
    (
        "half a reference",
        r#"<sensor><framepos objtype="body" objname="a" reftype="body"/></sensor>"#,
    ),
    ("not a ball", r#"<sensor><ballquat joint="j"/></sensor>"#),
    ("no limit", r#"<sensor><jointlimitpos joint="j"/></sensor>"#),
    ("no dimension", r#"<sensor><user/></sensor>"#),
    ("no path", r#"<tendon><fixed/></tendon>"#),
    (
        "no coefficient",
        r#"<tendon><fixed name="t"><joint joint="j"/></fixed></tendon>"#,
    ),
    (
        "tendon range",
        r#"<tendon><fixed range="1 0" limited="true"><joint joint="j" coef="1"/></fixed>
        </tendon>"#,
    ),
    (
        "same keys",
        r#"<keyframe><key name="a"/><key name="a"/></keyframe>"#,
    ),
    ("controls", r#"<keyframe><key ctrl="1"/></keyframe>"#),
    ("mocap", r#"<keyframe><key mpos="1 1 1"/></keyframe>"#),
];

/// What MuJoCo refuses is refused, with a place in the file.
#[test]
fn faults_are_refused_as_by_mujoco() {
    let scratch = Scratch::new("refused");
    let hinge =
        r#"<worldbody><body name="a"><joint name="j"/><geom size=".1"/></body></worldbody>"#;
    let texts = REFUSED
        .iter()
        .map(|(_, text)| format!("<mujoco>\n{text}</mujoco>"));
    let more = REFUSED_BY_A_HINGE.iter();
    let more = more.map(|(_, text)| format!("<mujoco>\n{hinge}\n{text}</mujoco>"));
    let files: Vec<PathBuf> = texts
        .chain(more)
        .enumerate()
        .map(|(k, text)| scratch.file(&format!("{k}.xml"), &text))
        .collect();
    let names = || REFUSED.iter().chain(REFUSED_BY_A_HINGE);
    let mut wrong = Vec::new();
    for ((name, _), file) in names().zip(&files) {
        match halle_mjcf::load(file) {
            Ok(_) => wrong.push(format!("we take `{name}`")),
            Err(error) => assert!(
                error.place().is_some_and(|p| p.line >= 2),
                "{name}: {error}"
            ),
        }
    }
    for ((name, _), judge) in names().zip(judged(&files).unwrap_or_default()) {
        if judge["refused"].as_str().is_none() {
            wrong.push(format!("MuJoCo takes `{name}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
