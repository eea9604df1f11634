//! The whole control step: action, substeps, removal, reward, end, reset.

use std::sync::Arc;

use halle_dynamics::{
    ArmState, Grid, Links, Pass, Plan, Reference, Substep, Surface, forward_kinematics,
    gravity_compensation, joint_velocities, move_links, pad_contact, pad_from, place_links,
    remove_material,
};
use halle_lanes::{Draw, Few, Lane, Slab};
use halle_model::Model;
use halle_sim::{Layout, Program};

use super::config::{PolishConfig, Randomisation};
use super::control::Control;
use super::error::TaskError;
use super::observe::{MAX_JOINTS, Observation, observations, observe};
use super::quantity::ACTION_COUNT;
use super::randomise::{draw_joints, draw_parameters, purpose, true_pad, true_surface};
use super::raster::Raster;
use super::state::{EnvState, INFO, PARAMETERS, state_len};

/// Blocks of an env's output, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Observation; of an ended env that of its next episode.
    Observation,
    /// Last observation of the episode; read it where an env ended.
    FinalObservation,
    /// One number.
    Reward,
    /// Two flags: terminated and truncated, never both.
    Ended,
    /// Numbers of [`INFO`], then those of [`PARAMETERS`].
    Info,
}

/// Numbers in the fault word.
pub(crate) mod fault {
    /// A number of the state was not finite.
    pub(crate) const NON_FINITE: f64 = 1.0;
}

/// Place of the fault word among the numbers of [`INFO`].
pub(crate) const FAULT: usize = INFO.len() - 1;

/// Polishing, compiled for one model.
#[derive(Clone, Debug)]
pub struct PolishTask {
    model: Arc<Model>,
    config: PolishConfig,
    randomisation: Randomisation,
    grid: Grid,
    raster: Raster,
    substeps: usize,
    start: Vec<f64>,
    pad_x: [f64; 3],
    /// Numbers of an env's state before its removal map.
    map_start: usize,
    /// Foreseen numbers and patch before anything is removed.
    untouched: ([f64; 3], [f64; 9]),
}

impl PolishTask {
    /// The task in a cell, for training.
    ///
    /// # Errors
    ///
    /// [`TaskError`] if a setting is out of range or the arm cannot reach the start.
    pub fn new(model: Arc<Model>, config: PolishConfig) -> Result<Self, TaskError> {
        check(&model, &config)?;
        let control_step = 1.0 / config.control_rate;
        let substeps = (control_step / model.time_step).round();
        if substeps < 1.0 || (substeps * model.time_step - control_step).abs() > 1.0e-9 {
            return Err(TaskError::ControlStep {
                control_step,
                time_step: model.time_step,
            });
        }
        let region = model.workpiece.polish_half_extent;
        let mut task = Self {
            grid: Grid::over(region, config.cell),
            raster: Raster::over(region, &config.controller),
            randomisation: config.randomisation.clone(),
            substeps: substeps as usize,
            start: model.links.iter().map(|link| link.home).collect(),
            pad_x: [0.0; 3],
            map_start: state_len(model.links.len()),
            untouched: ([0.0; 3], [0.0; 9]),
            model,
            config,
        };
        task.find_start()?;
        task.foresee();
        Ok(task)
    }

    /// The same task on held-out workpieces.
    #[must_use]
    pub fn held_out(&self) -> Self {
        Self {
            randomisation: self.config.randomisation.held_out(),
            ..self.clone()
        }
    }

    /// Settings.
    #[must_use]
    pub fn config(&self) -> &PolishConfig {
        &self.config
    }

    /// Constants of the cell.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Cells of the removal map.
    #[must_use]
    pub fn grid(&self) -> Grid {
        self.grid
    }

    /// Path of the scripted controller.
    #[must_use]
    pub fn raster(&self) -> Raster {
        self.raster
    }

    /// Joint positions at the start of an episode.
    #[must_use]
    pub fn start(&self) -> &[f64] {
        &self.start
    }

    /// First number of the removal map in an env's state; one cell after the other follows \[m\].
    #[must_use]
    pub fn map_start(&self) -> usize {
        self.map_start
    }

    /// Longest episode in control steps.
    #[must_use]
    pub fn horizon_steps(&self) -> usize {
        (self.config.horizon * self.config.control_rate).round() as usize
    }

    fn control(&self) -> Control<'_> {
        Control {
            settings: &self.config.controller,
            raster: &self.raster,
            set_point: self.model.tool.force_set_point,
            control_step: 1.0 / self.config.control_rate,
            pad_x: self.pad_x,
        }
    }

    /// Solves for joint positions with the pad above the start of the raster.
    fn find_start(&mut self) -> Result<(), TaskError> {
        let model = self.model.clone();
        let home = forward_kinematics::<f64>(&model, &self.start);
        let axis = pad_from(&model, &home).rotation.column_x();
        self.pad_x = [axis.x, axis.y, axis.z];
        let nominal = Surface::<f64>::nominal(&model.workpiece);
        let first = self.raster.at(0.0_f64);
        let clearance = self.config.controller.clearance;
        let goal = self
            .control()
            .goal(&nominal, first.x, first.y, clearance, [0.0; 2]);
        for _ in 0..200 {
            let links = forward_kinematics::<f64>(&model, &self.start);
            let step = joint_velocities(&model, &links, &goal, 1.0);
            for ((q, dq), link) in self.start.iter_mut().zip(&step).zip(&model.links) {
                *q = (*q + dq).clamp(link.limit[0], link.limit[1]);
            }
        }
        let links = forward_kinematics::<f64>(&model, &self.start);
        let pad = pad_from(&model, &links);
        let missed = (pad.origin - goal.position).norm();
        let cosine = pad.rotation.column_z().dot(goal.rotation.column_z());
        let turned = cosine.clamp(-1.0, 1.0).acos();
        let reached = missed <= 1.0e-4 && turned <= 1.0e-3;
        if !reached {
            return Err(TaskError::OutOfReach {
                missed_mm: missed * 1.0e3,
                missed_deg: turned.to_degrees(),
            });
        }
        Ok(())
    }

    /// Notes what the plan foresees before anything is removed.
    fn foresee(&mut self) {
        let mut state = EnvState::<f64>::zero(self.start.len());
        for (q, start) in state.q.iter_mut().zip(&self.start) {
            *q = *start;
        }
        state.step = 1.0;
        let surface = Surface::nominal(&self.model.workpiece);
        let mut cells = vec![0.0; self.map_start + self.grid.len()];
        self.polish(&surface, &mut state, 0.0, &mut Slab(&mut cells));
        self.untouched = (state.foreseen, state.patch);
    }

    /// What the rest of the raster is expected to remove at nominal settings.
    #[inline(always)]
    fn plan<S: Lane>(&self, line: S) -> Plan<S> {
        let tool = &self.model.tool;
        // Depth in the middle of a pass of a disc under uniform pressure.
        let depth = tool.preston * tool.force_set_point * tool.spindle_speed.abs()
            / (core::f64::consts::PI * self.config.controller.feed);
        Plan {
            lines: self.raster.lines,
            line_y: [self.raster.first_y, self.raster.spacing],
            half_line: 0.5 * self.raster.line,
            amplitude: depth / self.model.workpiece.target_removal,
            connected: 0.5,
            line,
        }
    }

    /// A new episode.
    #[inline(always)]
    fn fresh<S: Lane>(&self, key: [S::Bits; 2], episode: S) -> EnvState<S> {
        let zero = S::lit(0.0);
        let one = S::lit(1.0);
        let draw = Draw {
            key,
            episode,
            step: zero,
        };
        let mut state = EnvState::zero(self.model.links.len());
        state.q = draw_joints(&self.start, &self.randomisation, &draw);
        state.q_reference = state.q.clone();
        state.normal_offset = S::lit(self.config.controller.clearance);
        state.episode = episode;
        state.parameters = draw_parameters(&self.model, &self.randomisation, &draw);
        let horizon = self.horizon_steps() as f64;
        let cut = draw.uniform4(purpose::BUDGET)[0]
            * S::lit(self.randomisation.first_episode_cut * horizon);
        let first = episode.lt(S::lit(0.5));
        state.budget = S::lit(horizon) - S::select(first, cut, zero);
        state.removal[2] = one;
        state.foreseen = S::lits(self.untouched.0);
        state.patch = S::lits(self.untouched.1);
        state
    }

    #[inline(always)]
    fn observe<S: Lane>(&self, nominal: &Surface<S>, state: &EnvState<S>) -> Observation<S> {
        observe(
            &self.control(),
            self.model.tool.radius,
            self.model.workpiece.polish_half_extent,
            &self.start,
            nominal,
            state,
        )
    }

    /// Moves the arm through the substeps of a control step; returns what the pad felt.
    #[inline(always)]
    fn advance_arm<S: Lane>(
        &self,
        truth: &Surface<S>,
        nominal: &Surface<S>,
        state: &mut EnvState<S>,
        action: &[S; ACTION_COUNT],
    ) -> ArmState<S> {
        let model = &*self.model;
        let control = self.control();
        let goal = control.command(nominal, state, action);
        let mut reference_links = Links::new();
        place_links(model, &state.q_reference, &mut reference_links);
        let speed = joint_velocities(model, &reference_links, &goal, control.control_step);
        let mut links = Links::new();
        place_links(model, &state.q, &mut links);
        let reference = Reference {
            q: state.q_reference.clone(),
            qd: speed,
            feedforward: gravity_compensation(model, &links),
        };
        let pad = true_pad(model, &state.parameters);
        let mut arm = ArmState::new(state.q.clone(), state.qd.clone());
        let mut body = Substep {
            model,
            surface: truth,
            pad: &pad,
            reference: &reference,
        };
        S::repeat(self.substeps, &mut arm, &mut body);
        for i in 0..model.links.len() {
            let moved = S::lit(control.control_step);
            state.q_reference[i] = reference.qd[i].mul_add(moved, state.q_reference[i]);
        }
        state.q = arm.q.clone();
        state.qd = arm.qd.clone();
        arm
    }

    /// Takes off material under the pad and notes what the map then looks like.
    #[inline(always)]
    fn polish<S: Lane>(
        &self,
        truth: &Surface<S>,
        state: &mut EnvState<S>,
        force: S,
        array: &mut S::Array<'_>,
    ) {
        let model = &*self.model;
        let tool = &model.tool;
        let mut links = Links::new();
        move_links(model, &state.q, &state.qd, &mut links);
        let world_from_pad = pad_from(model, &links);
        let carrier = &links[tool.link];
        let mut velocity = carrier.velocity;
        velocity.linear = velocity.at(world_from_pad.origin - carrier.world_from_link.origin);
        let pad = true_pad(model, &state.parameters);
        let contact = pad_contact(tool, truth, &pad, &world_from_pad, &velocity);
        let world = &truth.world_from_workpiece;
        let axes = world
            .rotation
            .transposed()
            .product(&world_from_pad.rotation);
        let turned = &world_from_pad.rotation;
        let pass = Pass {
            center: world.point_back(world_from_pad.origin),
            axes: [axes.column_x(), axes.column_y(), axes.column_z()],
            feed: [
                turned.column_x().dot(velocity.linear),
                turned.column_y().dot(velocity.linear),
            ],
            force,
            mean_depth: contact.mean_depth,
            preston: state.parameters[10],
            radius: tool.radius,
            spindle_speed: tool.spindle_speed,
            duration: 1.0 / self.config.control_rate,
            target: model.workpiece.target_removal,
            ahead: self.raster.at(state.path).ahead,
            fresh: state.step.lt(S::lit(1.5)),
        };
        let plan = self.plan(self.raster.at(state.path).number);
        let removal = remove_material(&self.grid, truth, &pass, &plan, array, self.map_start);
        state.removal = [
            removal.mean,
            removal.mean_square,
            removal.error,
            removal.coverage,
            removal.over,
        ];
        state.foreseen = removal.foreseen;
        state.patch = removal.patch;
    }

    /// Reads the sensors and keeps the episode's accounts.
    #[inline(always)]
    fn sense<S: Lane>(&self, key: [S::Bits; 2], arm: &ArmState<S>, state: &mut EnvState<S>) -> S {
        let (zero, one) = (S::lit(0.0), S::lit(1.0));
        let law = &self.randomisation;
        let set_point = S::lit(self.model.tool.force_set_point);
        let draw = Draw {
            key,
            episode: state.episode,
            step: state.step,
        };
        let share = S::lit(1.0 / self.substeps as f64);
        let force = arm.force_sum * share;
        let noise = draw.bell(purpose::FORCE);
        let reading = noise.mul_add(S::lit(law.force_noise), force + state.parameters[12]);
        for k in 0..2 {
            let noise = draw.bell(purpose::MOMENT + k as u32);
            state.moments[k] = noise.mul_add(S::lit(law.moment_noise), arm.tilt_sum[k] * share);
        }
        state.readings = [reading, state.readings[0]];
        let take = S::lit(self.config.controller.force_filter);
        state.force += (reading - state.force) * take;

        // Approach does not count: the episode is judged from the first firm contact on.
        let firm = force.gt(set_point * S::lit(0.9));
        state.engaged = S::select(firm, one, state.engaged);
        let error = force - set_point;
        state.force_square_sum = (error * error).mul_add(state.engaged, state.force_square_sum);
        let band = error.abs().le(set_point * S::lit(0.1));
        state.band_steps += S::select(band, state.engaged, zero);
        state.contact_steps += state.engaged;
        state.force_peak = state.force_peak.max(arm.force_peak);
        state.work += arm.work;
        force
    }

    #[inline(always)]
    fn info<S: Lane>(&self, state: &EnvState<S>, force: S, fault: S) -> Info<S> {
        let at = self.raster.at(state.path);
        let mut row = Info::new();
        row.push(state.step * S::lit(1.0 / self.config.control_rate));
        row.push(force);
        row.push(state.readings[0]);
        row.push(at.x);
        row.push(at.y + state.lateral);
        row.push(state.normal_offset);
        row.push(state.path * S::lit(1.0 / self.raster.length()));
        for removal in state.removal {
            row.push(removal);
        }
        row.push(state.force_square_sum);
        row.push(state.band_steps);
        row.push(state.contact_steps);
        row.push(state.force_peak);
        row.push(state.work);
        row.push(fault);
        for parameter in state.parameters {
            row.push(parameter);
        }
        row
    }
}

/// Numbers of [`INFO`], then those of [`PARAMETERS`].
type Info<S> = Few<S, { INFO.len() + PARAMETERS.len() }>;

/// Fails where a setting makes no sense.
fn check(model: &Model, config: &PolishConfig) -> Result<(), TaskError> {
    let settings = [
        (
            "control_rate",
            config.control_rate,
            config.control_rate >= 1.0,
            "at least 1 Hz",
        ),
        ("horizon", config.horizon, config.horizon > 0.0, "above 0 s"),
        (
            "cell",
            config.cell,
            config.cell >= 5.0e-4,
            "at least 0.0005 m",
        ),
        (
            "feed",
            config.controller.feed,
            config.controller.feed > 0.0,
            "above 0 m/s",
        ),
        (
            "line_spacing",
            config.controller.line_spacing,
            config.controller.line_spacing > 0.0,
            "above 0 m",
        ),
        (
            "joints",
            model.links.len() as f64,
            (1..=MAX_JOINTS).contains(&model.links.len()),
            "1 to 8",
        ),
    ];
    for (name, value, fine, range) in settings {
        if !fine {
            return Err(TaskError::Setting { name, value, range });
        }
    }
    Ok(())
}

#[inline(always)]
fn write<S: Lane>(output: &mut S::Array<'_>, start: &mut usize, row: &[S]) {
    for x in row {
        S::store(output, S::index(*start), *x);
        *start += 1;
    }
}

impl Program for PolishTask {
    fn layout(&self) -> Layout {
        let joints = self.model.links.len();
        let seen = observations(joints).len();
        Layout {
            state: self.map_start + self.grid.len(),
            action: ACTION_COUNT,
            blocks: vec![seen, seen, 1, 2, INFO.len() + PARAMETERS.len()],
        }
    }

    #[inline(always)]
    fn begin<S: Lane>(
        &self,
        key: [S::Bits; 2],
        array: &mut S::Array<'_>,
        output: &mut S::Array<'_>,
    ) {
        let zero = S::lit(0.0);
        let nominal = Surface::nominal(&self.model.workpiece);
        let mut state = self.fresh(key, zero);
        let seen = self.observe(&nominal, &state);
        let mut at = 0;
        write(output, &mut at, &seen);
        write(output, &mut at, &seen);
        write(output, &mut at, &[zero; 3]);
        write(output, &mut at, &self.info(&state, zero, zero));
        state.store(array);
    }

    #[inline(always)]
    fn step<S: Lane>(
        &self,
        key: [S::Bits; 2],
        action: &S::Array<'_>,
        array: &mut S::Array<'_>,
        output: &mut S::Array<'_>,
    ) {
        let (zero, one) = (S::lit(0.0), S::lit(1.0));
        let weights = &self.config.reward;
        let set_point = self.model.tool.force_set_point;
        let mut state = EnvState::<S>::load(self.model.links.len(), array);
        let mut asked = [zero; ACTION_COUNT];
        for (k, a) in asked.iter_mut().enumerate() {
            *a = S::load(action, S::index(k)).clamp(-one, one);
        }
        // Later steps may hide what is wrong here: a clamp swallows a NaN.
        let came_sound = state.is_finite();
        let episode = S::select(state.episode.is_finite(), state.episode, zero);
        state.step += one;

        let truth = true_surface(&self.model, &state.parameters);
        let nominal = Surface::nominal(&self.model.workpiece);
        let arm = self.advance_arm(&truth, &nominal, &mut state, &asked);
        let force = self.sense(key, &arm, &mut state);
        let before = state.foreseen;
        self.polish(&truth, &mut state, force, array);

        let mut change = zero;
        for k in 0..ACTION_COUNT {
            let d = asked[k] - state.action[k];
            change = d.mul_add(d, change);
        }
        state.action = asked;
        let miss = (force - S::lit(set_point)) * S::lit(10.0 / set_point);
        let miss = (miss * miss).min(S::lit(9.0)) * state.engaged;

        let complete = state.path.ge(S::lit(self.raster.length() * (1.0 - 1.0e-6)));
        let crushed = arm.force_peak.gt(S::lit(self.config.force_limit));
        let late = state.step.ge(state.budget);
        let sound = came_sound & state.is_finite();
        let terminated = sound & (complete | crushed);
        let truncated = !sound | (late & !(complete | crushed));

        let gain = (before[0] - state.foreseen[0]) * S::lit(weights.error)
            + (state.foreseen[1] - before[1]) * S::lit(weights.coverage)
            - (state.foreseen[2] - before[2]) * S::lit(weights.over);
        let cost = miss.mul_add(
            S::lit(weights.force),
            change.mul_add(
                S::lit(weights.smoothness),
                S::lit(weights.time / self.config.control_rate),
            ),
        );
        let failed = S::select(crushed, S::lit(weights.failure), zero);
        let reward = S::select(sound, gain - cost - failed, zero);

        let fault = S::select(sound, zero, S::lit(fault::NON_FINITE));
        let mut last = self.observe(&nominal, &state);
        let mut told = self.info(&state, force, zero);
        let ended = terminated | truncated;
        let mut next = self.fresh(key, episode + one);
        state.replace(ended, &mut next);
        let seen = self.observe(&nominal, &state);
        // What a faulty env would tell is not to be trusted: zeros, and the bits that say why.
        for x in last.iter_mut().chain(told.iter_mut()) {
            *x = S::select(sound, *x, zero);
        }
        told[FAULT] = fault;

        let mut at = 0;
        write(output, &mut at, &seen);
        write(output, &mut at, &last);
        write(output, &mut at, &[reward]);
        write(
            output,
            &mut at,
            &[
                S::select(terminated, one, zero),
                S::select(truncated, one, zero),
            ],
        );
        write(output, &mut at, &told);
        state.store(array);
    }
}
