//! What the recorder prints: folding, sharing, dead code, loops, memory, and that naga takes it.

use halle_lanes::{ArrayId, Bits, Body, Draw, KernelSpec, Lane, Rec, Recording, record};

/// Records a law over the rows of `input` (read) and `output` (read and written).
fn recording(law: impl FnOnce(ArrayId, ArrayId)) -> Recording {
    let mut spec = KernelSpec::new("apply_law").with_about("a law of a test");
    let input = spec.read("input");
    let output = spec.read_write("output");
    record(spec, || law(input, output))
}

/// The statements of the kernel, without its head.
fn body(recording: &Recording) -> String {
    let text = recording.wgsl();
    validate(&text);
    let start = text.find("return;\n    }\n").expect("guard") + "return;\n    }\n".len();
    text[start..]
        .trim_end_matches("}\n")
        .replace("\n    ", "\n")
        .trim()
        .to_owned()
}

fn validate(text: &str) {
    let module = match naga::front::wgsl::parse_str(text) {
        Ok(module) => module,
        Err(error) => panic!("{}\n{text}", error.emit_to_string(text)),
    };
    let flags = naga::valid::ValidationFlags::all();
    let mut validator = naga::valid::Validator::new(flags, naga::valid::Capabilities::empty());
    if let Err(error) = validator.validate(&module) {
        panic!("{}\n{text}", error.emit_to_string(text));
    }
}

fn row(array: ArrayId, k: usize) -> Rec {
    Rec::load(&array, Rec::index(k))
}

fn put(mut array: ArrayId, k: usize, x: Rec) {
    Rec::store(&mut array, Rec::index(k), x);
}

/// One law of `x`, `y` and `z`, stored; the text of what is stored.
fn check(law: impl FnOnce(Rec, Rec, Rec) -> Rec, expected: &str) {
    let recording = recording(|input, output| {
        put(output, 0, law(row(input, 0), row(input, 1), row(input, 2)));
    });
    let text = body(&recording)
        .replace("input[env]", "x")
        .replace("input[env_count + env]", "y")
        .replace("input[2u * env_count + env]", "z");
    assert_eq!(text, expected);
}

#[test]
fn folds_what_cannot_matter() {
    let n = Rec::lit;
    check(|x, y, _| x * n(0.0) + y, "output[env] = y;");
    check(|x, _, _| x * n(1.0) + n(0.0), "output[env] = x;");
    check(|x, _, _| -(x * n(-1.0)), "output[env] = x;");
    check(|x, y, _| x + -y, "output[env] = x - y;");
    check(|x, y, _| n(0.0) - (x - -y), "output[env] = -(x + y);");
    check(|x, y, _| (-x) * (-y), "output[env] = x * y;");
    check(|x, _, _| x / n(4.0), "output[env] = x * 0.25f;");
    check(|x, _, _| x / n(3.0), "output[env] = x / 3.0f;");
    check(|x, _, _| n(0.0) / x, "output[env] = 0.0f;");
    check(|x, y, _| x.mul_add(n(0.0), y), "output[env] = y;");
    check(|x, y, _| x.mul_add(n(-1.0), y), "output[env] = y - x;");
    check(|x, y, _| x.mul_add(y, n(0.0)), "output[env] = x * y;");
    check(|x, _, _| (-x).abs().abs(), "output[env] = abs(x);");
    check(|x, _, _| x.min(x).max(x), "output[env] = x;");
    check(|x, y, _| Rec::select(x.lt(x), x, y), "output[env] = y;");
    check(
        |x, y, z| Rec::select(!x.lt(y), y, z),
        "let v1 = y;\noutput[env] = select(v1, z, x < v1);",
    );
    check(
        |x, y, _| Rec::select(n(1.0).lt(n(2.0)) & x.le(y), y, y),
        "output[env] = y;",
    );
    check(
        |x, _, _| Rec::from_bits(x.to_bits() * Bits::splat(0)),
        "output[env] = 0.0f;",
    );
}

#[test]
fn computes_constants_as_the_f32_lane_does() {
    fn law<S: Lane>() -> S {
        let (s, c) = S::lit(100.3).sin_cos();
        let t = (S::lit(2.0).sqrt() / S::lit(3.0)).mul_add(s, c.abs());
        t.min(S::lit(0.7)).max(S::lit(-1.0)) - (t * S::lit(9.9)).floor() + S::from_bits(t.to_bits())
    }
    check(
        |_, _, _| law::<Rec>(),
        &format!("output[env] = {:?}f;", law::<f32>()),
    );
}

#[test]
fn literals_are_read_back_exactly() {
    for x in [
        1.0e-7_f32,
        3.0e38,
        -0.1,
        1.175_494_4e-38,
        16_777_216.0,
        1.0 / 3.0,
    ] {
        check(|_, _, _| Rec::splat(x), &format!("output[env] = {x:?}f;"));
        assert_eq!(
            format!("{x:?}").parse::<f32>().unwrap().to_bits(),
            x.to_bits()
        );
    }
    check(
        |_, _, _| Rec::splat(f32::INFINITY),
        "output[env] = number_from_word(0x7f800000u);",
    );
}

#[test]
fn shares_terms_and_leaves_out_the_dead() {
    check(
        |x, y, z| {
            let _dead = (x + z).sqrt();
            (x * y + z) * (y * x).sqrt()
        },
        "let v1 = x * y;\noutput[env] = (v1 + z) * sqrt(v1);",
    );
    let recording = recording(|input, output| {
        let (x, y) = (row(input, 0), row(input, 1));
        put(output, 0, x + y);
        put(output, 1, y + x);
    });
    let total = recording.operations();
    let adds = total
        .iter()
        .find(|kind| kind.kind == "add")
        .map(|kind| kind.printed);
    assert_eq!(adds, Some(1));
    assert_eq!(recording.operation_totals(), (5, 5));
}

#[test]
fn loads_and_stores_keep_their_order() {
    let recording = recording(|_, output| {
        let old = row(output, 0);
        put(output, 0, old + Rec::lit(1.0));
        // What was just stored is known; another row still is what it was.
        put(output, 1, row(output, 0) * row(output, 0));
        put(output, 2, row(output, 3));
        put(output, 3, old);
        put(output, 4, row(output, 3));
    });
    assert_eq!(
        body(&recording),
        "let v1 = output[env];\n\
         let v2 = v1 + 1.0f;\n\
         output[env] = v2;\n\
         output[env_count + env] = v2 * v2;\n\
         let v3 = output[3u * env_count + env];\n\
         output[2u * env_count + env] = v3;\n\
         output[3u * env_count + env] = v1;\n\
         output[4u * env_count + env] = v1;"
    );
}

/// A pair of numbers that swap, and a sum of a row of the input.
struct Swap {
    input: ArrayId,
}

impl Body<Rec, [Rec; 4]> for Swap {
    fn run(&mut self, k: <Rec as Lane>::Index, carry: &mut [Rec; 4]) {
        let [a, b, sum, constant] = *carry;
        let factor = row(self.input, 9).sqrt();
        *carry = [
            b,
            a,
            Rec::load(&self.input, k).mul_add(factor, sum),
            constant,
        ];
    }
}

#[test]
fn loops_assign_at_once_and_lift_what_does_not_change() {
    let recording = recording(|input, output| {
        let mut carry = [row(input, 0), row(input, 1), Rec::lit(0.0), row(input, 2)];
        Rec::repeat(7, &mut carry, &mut Swap { input });
        for (k, x) in carry.into_iter().enumerate() {
            put(output, k, x);
        }
        put(output, 4, row(input, 9).sqrt());
    });
    assert_eq!(
        body(&recording),
        "let v1 = sqrt(input[9u * env_count + env]);\n\
         var a1 = input[env];\n\
         var a2 = input[env_count + env];\n\
         var a3 = 0.0f;\n\
         for (var k1 = 0u; k1 < 7u; k1 += 1u) {\n    \
         let v2 = fma(input[k1 * env_count + env], v1, a3);\n    \
         let v3 = a2;\n    \
         let v4 = a1;\n    \
         a1 = v3;\n    \
         a2 = v4;\n    \
         a3 = v2;\n\
         }\n\
         output[env] = a1;\n\
         output[env_count + env] = a2;\n\
         output[2u * env_count + env] = a3;\n\
         output[3u * env_count + env] = input[2u * env_count + env];\n\
         output[4u * env_count + env] = v1;"
    );
}

#[test]
fn a_loop_that_nothing_needs_is_not_printed() {
    let recording = recording(|input, output| {
        let mut carry = [row(input, 0), row(input, 1), Rec::lit(0.0), row(input, 2)];
        Rec::repeat(7, &mut carry, &mut Swap { input });
        put(output, 0, carry[3]);
    });
    assert_eq!(
        body(&recording),
        "output[env] = input[2u * env_count + env];"
    );
}

/// Adds to each row what the row before it holds: memory that one turn hands to the next.
struct Accumulate {
    output: ArrayId,
}

impl Body<Rec, ()> for Accumulate {
    fn run(&mut self, k: <Rec as Lane>::Index, (): &mut ()) {
        let next = Rec::index_mul_add(k, 1, Rec::index(1));
        let sum = Rec::load(&self.output, k) + row(self.output, 0) + Rec::load(&self.output, next);
        Rec::store(&mut self.output, next, sum);
    }
}

#[test]
fn a_turn_reads_memory_anew() {
    let recording = recording(|_, output| {
        let first = row(output, 0);
        Rec::repeat(3, &mut (), &mut Accumulate { output });
        put(output, 9, first * row(output, 0));
    });
    assert_eq!(
        body(&recording),
        "let v1 = output[env];\n\
         for (var k1 = 0u; k1 < 3u; k1 += 1u) {\n    \
         let v2 = k1 + 1u;\n    \
         let v3 = output[k1 * env_count + env];\n    \
         let v4 = output[env];\n    \
         let v5 = output[v2 * env_count + env];\n    \
         output[v2 * env_count + env] = (v3 + v4) + v5;\n\
         }\n\
         let v6 = output[env];\n\
         output[9u * env_count + env] = v1 * v6;"
    );
}

#[test]
fn one_turn_is_no_loop() {
    let recording = recording(|_, output| {
        Rec::repeat(1, &mut (), &mut Accumulate { output });
    });
    assert!(!body(&recording).contains("for"), "{}", body(&recording));
}

/// Random numbers, trigonometry, masks and a loop: a bit of everything.
fn everything(key: ArrayId, shared: ArrayId, mut output: ArrayId) {
    let words = [Rec::input_word(key, 0), Rec::input_word(key, 1)];
    let state = row(output, 0);
    let draw = Draw::<Rec> {
        key: words,
        episode: state,
        step: row(output, 1),
    };
    let (s, c) = draw.bell(3).sin_cos();
    let mut carry = vec![s, c, row(shared, 5)];
    struct Spin;
    impl Body<Rec, Vec<Rec>> for Spin {
        fn run(&mut self, k: <Rec as Lane>::Index, carry: &mut Vec<Rec>) {
            let [a, b, r] = [carry[0], carry[1], carry[2]];
            carry[0] = a.mul_add(b, Rec::index_lane(k)) * r;
            carry[1] = Rec::select(a.lt(b) | !a.is_finite(), a, b / r);
        }
    }
    Rec::repeat(12, &mut carry, &mut Spin);
    for (k, x) in carry.into_iter().enumerate() {
        Rec::store(&mut output, Rec::index(k), x);
    }
}

fn everything_text() -> String {
    let mut spec = KernelSpec::new("do_everything").with_workgroup_size(32);
    let key = spec.words("key");
    let shared = spec.shared("shared_numbers");
    let output = spec.read_write("output");
    record(spec, || everything(key, shared, output)).wgsl()
}

#[test]
fn the_same_law_gives_the_same_text() {
    let text = everything_text();
    validate(&text);
    assert!(
        text.starts_with("// do_everything\n//\n// One invocation per env."),
        "{text}"
    );
    assert!(
        text.contains("var<storage, read> key: array<u32>;"),
        "{text}"
    );
    assert!(text.contains("@workgroup_size(32)"), "{text}");
    assert!(text.contains("shared_numbers[5u]"), "{text}");
    let threads: Vec<_> = (0..4)
        .map(|_| std::thread::spawn(everything_text))
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), text);
    }
}

/// Thirty thousand operations are recorded, planned and printed well within a second.
#[test]
fn large_laws_are_quick() {
    let start = std::time::Instant::now();
    let recording = recording(|input, output| {
        let mut x: Vec<Rec> = (0..32).map(|k| row(input, k)).collect();
        for turn in 0..30_000 {
            let (a, b, c) = (
                x[turn % 32],
                x[(turn * 7 + 3) % 32],
                x[(turn * 11 + 5) % 32],
            );
            x[turn % 32] = a.mul_add(b, c);
        }
        for (k, x) in x.into_iter().enumerate() {
            put(output, k, x);
        }
    });
    let text = recording.wgsl();
    let taken = start.elapsed().as_secs_f64();
    assert!(
        recording.operation_totals().0 > 20_000,
        "{:?}",
        recording.operations()
    );
    assert!(taken < 1.0, "{taken} s for {} bytes", text.len());
}

fn panic_of(act: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let panic = std::panic::catch_unwind(act).expect_err("must panic");
    match panic.downcast_ref::<String>() {
        Some(text) => text.clone(),
        None => (*panic.downcast_ref::<&str>().expect("text")).to_owned(),
    }
}

#[test]
fn misuse_is_named() {
    assert!(panic_of(|| assert_eq!(Rec::lit(1.0), Rec::lit(1.0))).contains("outside of `record`"));
    let nested = || drop(recording(|_, _| drop(recording(|_, _| ()))));
    assert!(panic_of(nested).contains("inside of `record`"));
    let read_only = || drop(recording(|input, _| put(input, 0, Rec::lit(1.0))));
    assert!(panic_of(read_only).contains("`input` is only read"));
    let words = || {
        drop(recording(|input, _| {
            assert_ne!(Rec::input_word(input, 0), Bits::splat(0));
        }));
    };
    assert!(panic_of(words).contains("numbers, not words"));
    let stale = || {
        let mut kept = None;
        drop(recording(|input, _| kept = Some(row(input, 0))));
        drop(recording(|_, output| put(output, 0, kept.expect("set"))));
    };
    assert!(panic_of(stale).contains("another recording"));
    struct Leak(Option<Rec>);
    impl Body<Rec, [Rec; 1]> for Leak {
        fn run(&mut self, _: <Rec as Lane>::Index, carry: &mut [Rec; 1]) {
            self.0 = Some(carry[0].sqrt());
            carry[0] += Rec::lit(1.0);
        }
    }
    let leak = || {
        drop(recording(|input, output| {
            let mut body = Leak(None);
            Rec::repeat(2, &mut [row(input, 0)], &mut body);
            put(output, 0, body.0.expect("set"));
        }));
    };
    assert!(panic_of(leak).contains("hand it out through `carry`"));
    // A panic leaves the thread able to record again.
    check(|x, _, _| x, "output[env] = x;");
    assert!(panic_of(|| drop(KernelSpec::new("env"))).contains("cannot name"));
}
