//! Values of splines.

use crate::text::{Curve, Extrapolation, Knot, Mode, Spline};

/// The value of a spline at a time of its layer; `None` where it has none.
pub(crate) fn value(spline: &Spline, time: f64) -> Option<f64> {
    let knots = unrolled(spline);
    let (first, last) = (knots.first()?, knots.last()?);
    if time < first.time {
        return outside(spline, &knots, time, spline.pre, false);
    }
    if time > last.time {
        return outside(spline, &knots, time, spline.post, true);
    }
    inside(spline.curve, &knots, time)
}

/// The knots with the prototype of an inner loop repeated.
fn unrolled(spline: &Spline) -> Vec<Knot> {
    let Some([start, end, before, behind, offset]) = spline.repeat else {
        return spline.knots.clone();
    };
    let span = end - start;
    let fits = span > 0.0 && spline.knots.iter().any(|knot| knot.time == start);
    if !fits || before < 0.0 || behind < 0.0 || before + behind > 1e4 {
        return spline.knots.clone();
    }
    let (before, behind) = (before as i64, behind as i64);
    let low = start - span * before as f64;
    let high = end + span * behind as f64;
    let prototype = spline
        .knots
        .iter()
        .filter(|knot| knot.time >= start && knot.time < end);
    let prototype: Vec<&Knot> = prototype.collect();
    let mut out: Vec<Knot> = spline
        .knots
        .iter()
        .filter(|knot| knot.time < low)
        .cloned()
        .collect();
    for turn in -before..=behind {
        for knot in &prototype {
            out.push(moved(knot, span * turn as f64, offset * turn as f64));
        }
    }
    // The last turn ends as the next would begin.
    if let Some(first) = prototype.first() {
        let turn = (behind + 1) as f64;
        out.push(moved(first, span * turn, offset * turn));
    }
    out.extend(spline.knots.iter().filter(|knot| knot.time > high).cloned());
    out
}

fn moved(knot: &Knot, time: f64, value: f64) -> Knot {
    Knot {
        time: knot.time + time,
        value: knot.value + value,
        before: knot.before.map(|before| before + value),
        ..knot.clone()
    }
}

fn inside(curve: Curve, knots: &[Knot], time: f64) -> Option<f64> {
    let next = knots.partition_point(|knot| knot.time <= time);
    let knot = &knots[next.checked_sub(1)?];
    let Some(end) = knots.get(next).filter(|_| knot.time < time) else {
        // A knot has a value whatever comes behind, unless nothing does.
        return (knot.mode != Mode::Nothing || next == knots.len()).then_some(knot.value);
    };
    let span = end.time - knot.time;
    let share = (time - knot.time) / span;
    let to = end.before.unwrap_or(end.value);
    match knot.mode {
        Mode::Nothing => None,
        Mode::Held => Some(knot.value),
        Mode::Linear => Some(knot.value + (to - knot.value) * share),
        Mode::Curved => Some(match curve {
            Curve::Hermite => {
                let third = span / 3.0;
                bezier(
                    share,
                    [
                        knot.value,
                        knot.value + knot.post[1] * third,
                        to - end.pre[1] * third,
                        to,
                    ],
                )
            }
            Curve::Bezier => {
                let (mut out, mut back) = (knot.post[0], end.pre[0]);
                // Tangents that together would turn time back are shortened alike.
                if out > span || back > span {
                    let most = out.max(back);
                    out *= span / most;
                    back *= span / most;
                }
                let at = solve(share, out / span, 1.0 - back / span);
                bezier(
                    at,
                    [
                        knot.value,
                        knot.value + knot.post[1] * out,
                        to - end.pre[1] * back,
                        to,
                    ],
                )
            }
        }),
    }
}

/// A cubic in Bernstein form.
fn bezier(t: f64, p: [f64; 4]) -> f64 {
    let s = 1.0 - t;
    s * s * s * p[0] + 3.0 * s * s * t * p[1] + 3.0 * s * t * t * p[2] + t * t * t * p[3]
}

/// The parameter at which a curve of time from zero to one, with inner points `a` and `b`, is at
/// `share`; by bisection, as time never runs back.
fn solve(share: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..64 {
        let middle = 0.5 * (low + high);
        if bezier(middle, [0.0, a, b, 1.0]) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The value before the first or behind the last knot.
fn outside(
    spline: &Spline,
    knots: &[Knot],
    time: f64,
    how: Extrapolation,
    behind: bool,
) -> Option<f64> {
    let (first, last) = (knots.first()?, knots.last()?);
    let end = if behind { last } else { first };
    let from = if behind {
        end.value
    } else {
        end.before.unwrap_or(end.value)
    };
    let span = last.time - first.time;
    match how {
        Extrapolation::Nothing => None,
        Extrapolation::Held => Some(from),
        Extrapolation::Linear => {
            Some(from + slope(spline.curve, knots, behind) * (time - end.time))
        }
        Extrapolation::Sloped(slope) => Some(from + slope * (time - end.time)),
        _ if span <= 0.0 => Some(from),
        Extrapolation::Repeat | Extrapolation::Reset | Extrapolation::Oscillate => {
            let turns = ((time - first.time) / span).floor();
            let mut at = time - turns * span;
            if how == Extrapolation::Oscillate && turns.rem_euclid(2.0) != 0.0 {
                at = first.time + last.time - at;
            }
            let rise = if how == Extrapolation::Repeat {
                last.value - first.value
            } else {
                0.0
            };
            Some(inside(spline.curve, knots, at)? + turns * rise)
        }
    }
}

/// The slope with which a spline leaves its knots.
fn slope(curve: Curve, knots: &[Knot], behind: bool) -> f64 {
    let pair = if behind {
        knots.last_chunk::<2>()
    } else {
        knots.first_chunk::<2>()
    };
    let Some([a, b]) = pair else {
        return 0.0;
    };
    let line = (b.before.unwrap_or(b.value) - a.value) / (b.time - a.time);
    match (a.mode, behind) {
        (Mode::Linear, _) => line,
        (Mode::Curved, true) if curve == Curve::Hermite || b.pre[0] > 0.0 => b.pre[1],
        (Mode::Curved, false) if curve == Curve::Hermite || a.post[0] > 0.0 => a.post[1],
        _ => 0.0,
    }
}
