"""Indented USD text and the few lines of linear algebra that its numbers need."""

import math


def number(value, digits=10):
    """The shortest text of a number, never in more digits than asked, never minus zero."""
    text = f"{value:.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        return text if mantissa else exponent
    return "0" if text in ("-0", "0") else text


class Vec(tuple):
    """A tuple that prints as USD prints one."""

    def __new__(cls, *values, digits=10):
        made = super().__new__(cls, values)
        made.digits = digits
        return made

    def __str__(self):
        # Numbers below the last digit of the largest are rounding noise of the computation.
        floor = 1e-14 * max(1.0, max(abs(v) for v in self))
        return "(" + ", ".join(number(0.0 if abs(v) < floor else v, self.digits) for v in self) + ")"

    def negated(self):
        return Vec(*[-v for v in self], digits=self.digits)

    def unit(self):
        length = math.sqrt(sum(v * v for v in self))
        return Vec(*[v / length for v in self], digits=self.digits)


class Text:
    """Lines with their indentation; prims open and close."""

    def __init__(self):
        self.lines, self.depth, self.fresh = [], 0, True

    def raw(self, text):
        self.lines.append(text)

    def line(self, *texts):
        self.lines.extend("    " * self.depth + text for text in texts)
        self.fresh = False

    def comment(self, *texts):
        if not self.fresh:
            self.lines.append("")
        self.line(*[f"# {text}" for text in texts])
        self.fresh = True

    def open(self, head, apis=(), metadata=()):
        if apis:
            names = ", ".join(f'"{a}"' for a in apis)
            metadata = [*metadata, f"prepend apiSchemas = [{names}]"]
        if not self.fresh:
            self.lines.append("")
        if metadata:
            self.line(f"{head} (".strip())
            pad = "    " * (self.depth + 1)
            self.lines.extend(pad + m for m in metadata)
            self.line(")")
        else:
            self.line(head)
        if head:
            self.line("{")
            self.depth += 1
            self.fresh = True

    def close(self):
        self.depth -= 1
        self.line("}")

    def array(self, head, items, per_line):
        self.line(f"{head} = [")
        pad = "    " * (self.depth + 1)
        for i in range(0, len(items), per_line):
            comma = "," if i + per_line < len(items) else ""
            self.lines.append(pad + ", ".join(items[i:i + per_line]) + comma)
        self.line("]")

    def text(self):
        return "\n".join(self.lines) + "\n"


def add(a, b):
    return tuple(u + v for u, v in zip(a, b))


def mat_vec(m, v):
    return tuple(sum(m[i][k] * v[k] for k in range(3)) for i in range(3))


def mat_mul(a, b):
    return [[sum(a[i][k] * b[k][j] for k in range(3)) for j in range(3)] for i in range(3)]


def transpose(m):
    return [list(row) for row in zip(*m)]


def rot_x(angle):
    c, s = math.cos(angle), math.sin(angle)
    return [[1, 0, 0], [0, c, -s], [0, s, c]]


def rot_z(angle):
    c, s = math.cos(angle), math.sin(angle)
    return [[c, -s, 0], [s, c, 0], [0, 0, 1]]


def quat_from_matrix(m):
    """Unit quaternion (w, x, y, z) with a positive first part that is not zero."""
    trace = m[0][0] + m[1][1] + m[2][2]
    squares = [1 + trace] + [1 + 2 * m[i][i] - trace for i in range(3)]
    k = max(range(4), key=lambda i: squares[i])
    off = [m[2][1] - m[1][2], m[0][2] - m[2][0], m[1][0] - m[0][1]]
    if k == 0:
        q = [squares[0], *off]
    else:
        i, j, l = k - 1, k % 3, (k + 1) % 3
        q = [off[i], 0, 0, 0]
        q[k] = squares[k]
        q[j + 1] = m[j][i] + m[i][j]
        q[l + 1] = m[l][i] + m[i][l]
    length = math.sqrt(sum(v * v for v in q))
    q = [0.0 if abs(v / length) < 1e-15 else v / length for v in q]
    sign = -1 if next(v for v in q if v) < 0 else 1
    return tuple(sign * v for v in q)


def diagonalise(matrix):
    """Principal moments and axes (columns) of a symmetric matrix, by Jacobi rotations."""
    a = [list(row) for row in matrix]
    axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    for _ in range(30):
        p, q = max(((0, 1), (0, 2), (1, 2)), key=lambda ij: abs(a[ij[0]][ij[1]]))
        if abs(a[p][q]) < 1e-18:
            break
        angle = 0.5 * math.atan2(2 * a[p][q], a[q][q] - a[p][p])
        c, s = math.cos(angle), math.sin(angle)
        turn = [[float(i == j) for j in range(3)] for i in range(3)]
        turn[p][p] = turn[q][q] = c
        turn[p][q], turn[q][p] = s, -s
        a = mat_mul(mat_mul(transpose(turn), a), turn)
        axes = mat_mul(axes, turn)
    # Jacobi's angle is the small one, so the axes stay a right-handed frame.
    return tuple(a[i][i] for i in range(3)), axes
